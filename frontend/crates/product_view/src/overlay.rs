//! What the page draws above the canvas: dimension lines in screen pixels, from projected corners of the product's box.

use crate::camera::{Bounds, Pose, diagonal, project};
use three_d::{Mat4, Vec3, vec3};

/// Which outer size a line gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Left to right.
    Width,
    /// Front to back.
    Depth,
    /// Floor to top.
    Height,
}

/// A line between two points, CSS pixels from the upper left of the picture.
pub type Segment = [[f32; 2]; 2];

/// One dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dimension {
    /// Which size.
    pub axis: Axis,
    /// The size, millimetres.
    pub value_mm: f32,
    /// The measuring line.
    pub line: Segment,
    /// From the product to the line and a little further.
    pub extensions: [Segment; 2],
    /// Middle of the lettering.
    pub label: [f32; 2],
}

/// Everything that lies above one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Size of the picture, CSS pixels.
    pub size: [f32; 2],
    /// At most three; those that can't be seen are left out.
    pub dimensions: Vec<Dimension>,
    /// The side that is seen, in words.
    pub seen_from: String,
    /// Where the marked things are, see [`crate::ProductView::kinds`]; far outside when one can't be seen.
    pub marks: Vec<[f32; 2]>,
}

/// Dimension lines for a box seen from `pose`: width on the near long edge, depth on the near side, height at the far end of the
/// near edge, so that no line crosses the product.
#[must_use]
pub fn overlay(bounds: Bounds, pose: &Pose, matrix: &Mat4, size: [f32; 2]) -> Overlay {
    let (lo, hi) = bounds;
    let eye = pose.eye();
    let off = diagonal(bounds) * 0.055;
    let front = eye.y < f32::midpoint(lo[1], hi[1]);
    let left = eye.x < f32::midpoint(lo[0], hi[0]);
    let (near_y, out_y) = if front { (lo[1], -off) } else { (hi[1], off) };
    let (near_x, out_x) = if left { (lo[0], -off) } else { (hi[0], off) };
    let (far_x, away_x) = if left { (hi[0], off) } else { (lo[0], -off) };
    let (top, floor) = (hi[2], lo[2]);
    let at = |x: f32, y: f32, z: f32| vec3(x, y, z);
    let lines = [
        (Axis::Width, [at(lo[0], near_y, top), at(hi[0], near_y, top)], vec3(0.0, out_y, 0.0)),
        (Axis::Depth, [at(near_x, lo[1], top), at(near_x, hi[1], top)], vec3(out_x, 0.0, 0.0)),
        (Axis::Height, [at(far_x, near_y, floor), at(far_x, near_y, top)], vec3(away_x, 0.0, 0.0)),
    ];
    let dimensions = lines
        .into_iter()
        .filter_map(|(axis, ends, out)| {
            let k = match axis {
                Axis::Width => 0,
                Axis::Depth => 1,
                Axis::Height => 2,
            };
            let flat = |p: Vec3| project(matrix, size, p);
            let line = [flat(ends[0] + out)?, flat(ends[1] + out)?];
            let extensions = [[flat(ends[0] + out * 0.25)?, flat(ends[0] + out * 1.22)?], [flat(ends[1] + out * 0.25)?, flat(ends[1] + out * 1.22)?]];
            let length = (line[0][0] - line[1][0]).hypot(line[0][1] - line[1][1]);
            // A line seen from its end says nothing.
            (length > 24.0).then(|| Dimension {
                axis,
                value_mm: hi[k] - lo[k],
                line,
                extensions,
                label: [f32::midpoint(line[0][0], line[1][0]), f32::midpoint(line[0][1], line[1][1])],
            })
        })
        .collect();
    Overlay { size, dimensions, seen_from: pose.words(), marks: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: Bounds = ([0.0, 0.0, 0.0], [1800.0, 800.0, 740.0]);
    const SIZE: [f32; 2] = [1036.0, 780.0];

    fn seen(turn: f32) -> Overlay {
        let mut pose = Pose::home(DESK, SIZE);
        pose.azimuth += turn;
        overlay(DESK, &pose, &pose.projection_view(SIZE, diagonal(DESK)), SIZE)
    }

    #[test]
    fn three_sizes_are_given_with_their_numbers() {
        let o = seen(0.0);
        let values: Vec<(Axis, f32)> = o.dimensions.iter().map(|d| (d.axis, d.value_mm)).collect();
        assert_eq!(values, vec![(Axis::Width, 1800.0), (Axis::Depth, 800.0), (Axis::Height, 740.0)]);
    }

    #[test]
    fn from_the_front_left_the_depth_is_left_and_the_height_right() {
        let o = seen(0.0);
        let label = |axis| o.dimensions.iter().find(|d| d.axis == axis).map(|d| d.label).expect("there");
        assert!(label(Axis::Depth)[0] < SIZE[0] * 0.3);
        assert!(label(Axis::Height)[0] > SIZE[0] * 0.7);
        let height = o.dimensions.iter().find(|d| d.axis == Axis::Height).expect("there");
        assert!((height.line[0][0] - height.line[1][0]).abs() < 40.0, "stands upright");
    }

    #[test]
    fn from_the_other_side_the_lines_change_sides() {
        let o = seen(std::f32::consts::PI);
        let depth = o.dimensions.iter().find(|d| d.axis == Axis::Depth).expect("there");
        assert!(depth.label[0] < SIZE[0] * 0.3, "again at the near, left-hand side: {:?}", depth.label);
    }

    #[test]
    fn a_size_seen_from_its_end_is_left_out() {
        let mut pose = Pose::home(DESK, SIZE);
        pose.azimuth = 0.0;
        pose.elevation = 0.0;
        let thin = ([0.0; 3], [1800.0, 10.0, 740.0]);
        let o = overlay(thin, &pose, &pose.projection_view(SIZE, diagonal(thin)), SIZE);
        assert!(o.dimensions.iter().all(|d| d.axis != Axis::Depth));
    }
}
