//! Plane outlines with normals, counter-clockwise, millimetres.

use core::f64::consts::FRAC_PI_2;

/// How far a chord may lie from its arc, millimetres.
const TOLERANCE: f64 = 0.12;
/// Corners flatter than this (cosine of 32°) are shaded as a curve.
const SMOOTH: f64 = 0.848;

/// A corner and the outward normals of the sides that meet in it: equal where the outline is round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    pub at: [f64; 2],
    /// Normal of the side that arrives.
    pub into: [f64; 2],
    /// Normal of the side that leaves.
    pub out: [f64; 2],
}

/// Chords for a quarter of a circle.
pub(super) fn quarter_steps(radius: f64) -> u32 {
    if radius <= TOLERANCE {
        return 2;
    }
    let steps = libm::ceil(FRAC_PI_2 / (2.0 * libm::acos(1.0 - TOLERANCE / radius)));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Between 2 and 16.
    let steps = steps.clamp(2.0, 16.0) as u32;
    steps
}

/// Cosine and sine of `quarter` right angles plus `i`/`steps` of one, exact at both ends.
fn unit(quarter: u32, i: u32, steps: u32) -> [f64; 2] {
    let [mut c, mut s] = if i == 0 {
        [1.0, 0.0]
    } else if i == steps {
        [0.0, 1.0]
    } else {
        let angle = FRAC_PI_2 * f64::from(i) / f64::from(steps);
        [libm::cos(angle), libm::sin(angle)]
    };
    for _ in 0..quarter % 4 {
        [c, s] = [-s, c];
    }
    [c, s]
}

/// Directions around a full circle, `4 × steps` of them.
pub(super) fn around(steps: u32) -> impl Iterator<Item = [f64; 2]> {
    (0..4).flat_map(move |quarter| (0..steps).map(move |i| unit(quarter, i, steps)))
}

/// A rectangle from `[x0, y0]` to `[x1, y1]` with corners of a radius. With a radius, every corner has `steps + 1` points
/// even when it is too small to be seen, so that outlines drawn with equal `steps` have equally many.
pub(super) fn rectangle([x0, y0]: [f64; 2], [x1, y1]: [f64; 2], radius: Option<f64>, steps: u32) -> Vec<Corner> {
    let Some(r) = radius else {
        let sides = [[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]];
        let corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
        return (0..4).map(|i| Corner { at: corners[i], into: sides[(i + 3) % 4], out: sides[i] }).collect();
    };
    let centres = [([x0 + r, y0 + r], 2), ([x1 - r, y0 + r], 3), ([x1 - r, y1 - r], 0), ([x0 + r, y1 - r], 1)];
    let corner = |([cx, cy], quarter): ([f64; 2], u32)| {
        (0..=steps).map(move |i| {
            let [c, s] = unit(quarter, i, steps);
            Corner { at: [cx + r * c, cy + r * s], into: [c, s], out: [c, s] }
        })
    };
    let mut corners: Vec<Corner> = centres.into_iter().flat_map(corner).collect();
    if r > 0.0 {
        // A half-circle has no straight side between its quarters: the point between them counts once.
        tidy(&mut corners);
    }
    corners
}

fn tidy(corners: &mut Vec<Corner>) {
    let close = |a: &Corner, b: &Corner| libm::hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]) < 1e-6;
    corners.dedup_by(|b, a| close(a, b));
    if corners.len() > 1 && close(&corners[0], &corners[corners.len() - 1]) {
        corners.pop();
    }
}

/// A circle.
pub(super) fn circle(centre: [f64; 2], radius: f64) -> Vec<Corner> {
    around(quarter_steps(radius)).map(|n| Corner { at: [centre[0] + radius * n[0], centre[1] + radius * n[1]], into: n, out: n }).collect()
}

/// A closed polygon (counter-clockwise) or an open line whose outside is to its right; flat corners are rounded in shading.
pub(super) fn polygon(points: &[[f64; 2]], closed: bool) -> Vec<Corner> {
    let n = points.len();
    let sides = if closed { n } else { n - 1 };
    let normals: Vec<[f64; 2]> = (0..sides)
        .map(|i| {
            let (a, b) = (points[i], points[(i + 1) % n]);
            direction([b[1] - a[1], a[0] - b[0]])
        })
        .collect();
    (0..n)
        .map(|i| {
            let mut out = normals[i.min(sides - 1)];
            let mut into = if i > 0 {
                normals[i - 1]
            } else if closed {
                normals[sides - 1]
            } else {
                out
            };
            if into[0] * out[0] + into[1] * out[1] > SMOOTH {
                out = direction([into[0] + out[0], into[1] + out[1]]);
                into = out;
            }
            Corner { at: points[i], into, out }
        })
        .collect()
}

/// The unit vector along `v`.
fn direction(v: [f64; 2]) -> [f64; 2] {
    let length = libm::hypot(v[0], v[1]).max(1e-12);
    [v[0] / length, v[1] / length]
}
