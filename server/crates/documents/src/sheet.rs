//! A technical drawing: four views on one sheet of paper, in first-angle projection (ISO 5456-2), with frame and title block (ISO 5457, ISO 7200).

use crate::figure::{self, Figure};
use crate::line::Camera;
use scene::Scene;
use serde::Serialize;

/// Room inside the frame of a sheet of A3 across, mm. Its origin is [`ORIGIN`] on the sheet.
const ROOM: [f64; 2] = [370.0, 261.0];
/// Where that room begins on the sheet.
const ORIGIN: [f64; 2] = [30.0, 18.0];
/// Left and upper edge of the title block, in the room: nothing is drawn beyond both.
const BLOCK: [f64; 2] = [196.0, 226.0];
/// Between views: room for the names below them.
const GAP: f64 = 9.0;
/// What a straight view needs beside its lines, for sizes.
const EDGES: f64 = SIZES + 2.0;
/// Of that at the left and below.
const SIZES: f64 = 11.0;
/// The view that shows the whole is at least this large, unless no scale allows it.
const WHOLE: f64 = 55.0;

/// A view on a sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// What it is called below.
    pub name: &'static str,
    /// Upper left corner on the sheet, mm.
    pub at: [f64; 2],
    /// Middle of what is drawn, from the left of the sheet, mm: its name stands there.
    pub middle: f64,
    /// The drawing.
    pub figure: Figure,
}

/// Where everything goes at a scale.
struct Layout {
    /// Upper left corners of front, left side and plan, in the room.
    views: [[f64; 2]; 3],
    /// For the whole: corner and size.
    free: ([f64; 2], [f64; 2]),
}

impl Layout {
    /// `size`: of the product, mm. `whole`: of its oblique view, mm of the product. `None` when it does not fit.
    fn at(scale: f64, [w, d, h]: [f64; 3], whole: [f64; 2]) -> Option<Self> {
        let [w, d, h] = [w, d, h].map(|v| v / scale + EDGES);
        let (side, plan) = ([w + GAP, 0.0], [0.0, h + GAP]);
        let inside = |[x, y]: [f64; 2], [width, height]: [f64; 2]| {
            let (right, bottom) = (x + width, y + height + GAP);
            right <= ROOM[0] && bottom <= ROOM[1] && (right <= BLOCK[0] || bottom <= BLOCK[1])
        };
        let all = [([0.0, 0.0], [w, h]), (side, [d, h]), (plan, [w, d])];
        if !all.into_iter().all(|(at, size)| inside(at, size)) {
            return None;
        }
        // Beside the plan, below it, or beside the side view.
        let free =
            [([w + GAP, h + GAP], [ROOM[0], BLOCK[1]]), ([0.0, h + GAP + d + GAP], [BLOCK[0], ROOM[1]]), ([w + GAP + d + GAP, 0.0], [ROOM[0], BLOCK[1]])];
        let free = free.map(|([x, y], [right, bottom])| ([x, y], [right - x, bottom - GAP - y]));
        let large = |(_, room): &([f64; 2], [f64; 2])| share(*room, whole);
        let best = free.into_iter().max_by(|a, b| large(a).total_cmp(&large(b)))?;
        Some(Self { views: [[0.0, 0.0], side, plan], free: best })
    }

    /// Longer side of the whole on paper, mm.
    fn whole(&self, whole: [f64; 2]) -> f64 {
        share(self.free.1, whole) * whole[0].max(whole[1])
    }
}

/// How much of its true size a thing has in a room.
fn share(room: [f64; 2], of: [f64; 2]) -> f64 {
    let inner = room.map(|v| (v - 2.0 * figure::OVERALL_MARGIN).max(0.0));
    (inner[0] / of[0].max(1e-6)).min(inner[1] / of[1].max(1e-6))
}

/// Front, left side at its right, plan below it, all at one scale (`20.0` for 1:20), and the whole from the front right where there is room. `tell` hears
/// the name of each view before it is drawn.
#[must_use]
pub fn four_views(scene: &Scene, name: &str, mut tell: impl FnMut(&'static str)) -> (f64, Vec<Placed>) {
    let size = scene.bounds().map_or([1.0; 3], |(lo, hi)| [0, 1, 2].map(|k| f64::from(hi[k] - lo[k])));
    let oblique = Camera::oblique();
    let corners = (0..8).map(|i| oblique.paper([0, 1, 2].map(|k| if i >> k & 1 == 1 { size[k] } else { 0.0 })));
    let (lo, hi) = corners.fold(([f64::MAX; 2], [f64::MIN; 2]), |(lo, hi), p| ([0, 1].map(|k| p[k].min(lo[k])), [0, 1].map(|k| p[k].max(hi[k]))));
    let whole = [hi[0] - lo[0], hi[1] - lo[1]];
    let fitting = || figure::SCALES.into_iter().filter_map(|s| Some((s, Layout::at(s, size, whole)?)));
    let Some((scale, layout)) = fitting().find(|(_, l)| l.whole(whole) >= WHOLE).or_else(|| fitting().next()) else { return (1.0, Vec::new()) };
    let straight = [(Camera::front(), "Front", "front.svg"), (Camera::left(), "Left side", "left.svg"), (Camera::top(), "Plan", "plan.svg")];
    let on = |at: [f64; 2]| [0, 1].map(|k| ORIGIN[k] + at[k]);
    let mut placed: Vec<Placed> = Vec::new();
    for ((camera, name, file), at) in straight.into_iter().zip(layout.views) {
        tell(name);
        let (at, figure) = (on(at), figure::view(scene, &camera, 1.0 / scale, (name, file)));
        // Its sizes stand at the left: what is drawn is further right than the middle of both.
        placed.push(Placed { name, at, middle: at[0] + (figure.width + SIZES - 2.0) / 2.0, figure });
    }
    tell("From the front right");
    let (corner, room) = layout.free;
    let figure = figure::overall(scene, name, "whole.svg", room);
    let at = on([corner[0] + (room[0] - figure.width) / 2.0, corner[1] + (room[1] - figure.height) / 2.0]);
    placed.push(Placed { name: "From the front right, not to scale", at, middle: at[0] + figure.width / 2.0, figure });
    (scale, placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_its_shape_a_product_finds_a_scale_and_nothing_overlaps() {
        for size in
            [[1600.0, 800.0, 740.0], [40.0, 30.0, 20.0], [9000.0, 400.0, 2700.0], [600.0, 600.0, 2400.0], [300.0, 30_000.0, 300.0], [30_000.0, 10.0, 10.0]]
        {
            let whole = [size[0] * 0.9 + size[1] * 0.5, size[2] * 0.9 + size[1] * 0.4];
            let scale = figure::SCALES.into_iter().find(|s| Layout::at(*s, size, whole).is_some()).expect("some scale");
            let layout = Layout::at(scale, size, whole).expect("fits");
            let [w, d, h] = size.map(|v| v / scale + EDGES);
            let mut boxes: Vec<_> = layout.views.into_iter().zip([[w, h], [d, h], [w, d]]).collect();
            boxes.push(layout.free);
            boxes.push((BLOCK, [174.0, 35.0]));
            for (i, (a, of_a)) in boxes.iter().enumerate() {
                for (b, of_b) in &boxes[i + 1..] {
                    let apart = (0..2).any(|k| a[k] + of_a[k].max(0.0) <= b[k] + 1e-9 || b[k] + of_b[k].max(0.0) <= a[k] + 1e-9);
                    assert!(apart, "{size:?} at 1:{scale}: {a:?} {of_a:?} and {b:?} {of_b:?}");
                }
            }
        }
    }
}
