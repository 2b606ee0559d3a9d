//! Outer boxes of placed parts, and the ground they stand on.

use crate::expr::round_length;
use crate::part::{Part, PartList, Shape};
use std::cmp::Ordering;

/// Ground plan of a product, millimetres, product space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Footprint {
    /// Minimum corner of the box around it.
    pub min_mm: [f64; 2],
    /// Size of that box, `[width, depth]`.
    pub size_mm: [f64; 2],
    /// Convex outline, counter-clockwise seen from above; empty without parts.
    pub outline: Vec<[f64; 2]>,
}

/// Cosine and sine of an angle in degrees, exact at right angles.
pub(crate) fn turn(degrees: f64) -> (f64, f64) {
    let quarters = degrees / 90.0;
    if libm::fabs(quarters - libm::round(quarters)) < 1e-9 {
        let quarter = libm::fmod(libm::fmod(libm::round(quarters), 4.0) + 4.0, 4.0);
        return if quarter < 0.5 {
            (1.0, 0.0)
        } else if quarter < 1.5 {
            (0.0, 1.0)
        } else if quarter < 2.5 {
            (-1.0, 0.0)
        } else {
            (0.0, -1.0)
        };
    }
    let angle = degrees.to_radians();
    (libm::cos(angle), libm::sin(angle))
}

/// The part seen from above in its own frame: it covers what discs of the radius around these points span.
fn plan(part: &Part) -> (Vec<[f64; 2]>, f64) {
    let [w, d, _] = part.size_mm;
    let rect = |r: f64| (vec![[r, r], [w - r, r], [w - r, d - r], [r, d - r]], r);
    match &part.shape {
        Shape::Cylinder { axis: 'z', .. } | Shape::Revolve { .. } => (vec![[w / 2.0, d / 2.0]], w / 2.0),
        Shape::Panel { thickness_axis: 'z', corner, .. } | Shape::Tube { axis: 'z', corner, .. } => rect(*corner),
        Shape::Extrusion { outline, axis: 'z', .. } => (outline.clone(), 0.0),
        _ => rect(0.0),
    }
}

/// The plan's points in product space.
fn placed_plan(part: &Part) -> (Vec<[f64; 2]>, f64) {
    let (mut points, radius) = plan(part);
    let (cos, sin) = turn(part.rotation_deg);
    for p in &mut points {
        *p = [part.at_mm[0] + p[0] * cos - p[1] * sin, part.at_mm[1] + p[0] * sin + p[1] * cos];
    }
    (points, radius)
}

/// Minimum and maximum corner of a placed part.
fn extents(part: &Part) -> ([f64; 3], [f64; 3]) {
    let (points, radius) = placed_plan(part);
    let (mut lo, mut hi) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for p in points {
        for k in 0..2 {
            lo[k] = lo[k].min(p[k] - radius);
            hi[k] = hi[k].max(p[k] + radius);
        }
    }
    lo[2] = part.at_mm[2];
    hi[2] = part.at_mm[2] + part.size_mm[2];
    (lo, hi)
}

/// The list with its bounding box.
pub(super) fn boxed(parts: Vec<Part>) -> PartList {
    let around = parts.iter().map(extents).reduce(|(mut lo, mut hi), (l, h)| {
        for k in 0..3 {
            lo[k] = lo[k].min(l[k]);
            hi[k] = hi[k].max(h[k]);
        }
        (lo, hi)
    });
    let (lo, hi) = around.unwrap_or_default();
    let mut list = PartList { parts, ..PartList::default() };
    for k in 0..3 {
        list.min_mm[k] = round_length(lo[k]);
        list.bounding_box_mm[k] = round_length(hi[k] - lo[k]);
    }
    list
}

/// What the product covers on the floor, seen from above.
#[must_use]
pub fn footprint(list: &PartList) -> Footprint {
    let mut points = Vec::new();
    for part in &list.parts {
        let (centres, radius) = placed_plan(part);
        if radius <= 0.0 {
            points.extend(centres);
            continue;
        }
        // A sixteen-sided ring around each centre, drawn outside the disc so that the plan never falls short of it.
        let outer = radius / libm::cos(core::f64::consts::PI / 16.0);
        for k in 0..16 {
            let (cos, sin) = turn(22.5 * f64::from(k) + 11.25);
            points.extend(centres.iter().map(|c| [c[0] + outer * cos, c[1] + outer * sin]));
        }
    }
    let (lo, size) = (list.min_mm, list.bounding_box_mm);
    for p in &mut points {
        for k in 0..2 {
            p[k] = round_length(p[k].clamp(lo[k], lo[k] + size[k]));
        }
    }
    Footprint { min_mm: [lo[0], lo[1]], size_mm: [size[0], size[1]], outline: hull(points) }
}

/// Convex hull, counter-clockwise from the leftmost point.
fn hull(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_by(|a, b| a[0].partial_cmp(&b[0]).unwrap_or(Ordering::Equal).then(a[1].partial_cmp(&b[1]).unwrap_or(Ordering::Equal)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let left = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 1e-9;
    let mut chain: Vec<[f64; 2]> = Vec::with_capacity(points.len() + 1);
    // Once along the lower side, once back along the upper.
    let mut keep = 1;
    let back = points.iter().rev().skip(1);
    for (i, p) in points.iter().chain(back).enumerate() {
        while chain.len() > keep && !left(chain[chain.len() - 2], chain[chain.len() - 1], *p) {
            chain.pop();
        }
        chain.push(*p);
        if i + 1 == points.len() {
            keep = chain.len();
        }
    }
    chain.pop();
    chain
}
