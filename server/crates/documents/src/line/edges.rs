//! Edges of a mesh that a draughtsman would draw.

use std::collections::BTreeMap;

/// Why an edge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One side is turned to the eye, the other away; or there is no other side.
    Silhouette,
    /// Two sides that meet at an angle, both turned to the eye.
    Crease,
}

/// An edge by its corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub ends: [usize; 2],
    pub kind: Kind,
}

/// Cosine of the angle from which on two sides meet at an edge: 25°. Rounded edges and cushions have smaller ones.
const FLAT: f64 = 0.906;

/// A side of an edge: its normal, and whether it is turned to the eye.
type Side = ([f64; 3], bool);

/// Edges to draw of a mesh in view space (right, up, near), in order of their corners. `eye`: how near the eye is; far away without one.
pub(super) fn features(at: &[[f64; 3]], triangles: &[[usize; 3]], eye: Option<f64>) -> Vec<Edge> {
    let mut sides: BTreeMap<[usize; 2], Vec<Side>> = BTreeMap::new();
    for &[a, b, c] in triangles {
        let Some(normal) = normal(at[a], at[b], at[c]) else { continue };
        let [nx, ny, nz] = normal;
        let to_eye = match eye {
            Some(eye) => (nz * (eye - at[a][2]) - nx * at[a][0] - ny * at[a][1]) / eye > 1e-6,
            None => nz > 1e-6,
        };
        for [from, to] in [[a, b], [b, c], [c, a]] {
            sides.entry([from.min(to), from.max(to)]).or_default().push((normal, to_eye));
        }
    }
    sides.into_iter().filter_map(|(ends, sides)| Some(Edge { ends, kind: kind(&sides)? })).collect()
}

fn kind(sides: &[Side]) -> Option<Kind> {
    let [(one, one_seen), (other, other_seen)] = sides else { return sides.iter().any(|(_, seen)| *seen).then_some(Kind::Silhouette) };
    match (one_seen, other_seen) {
        (true, true) => {
            let cos: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
            (cos < FLAT).then_some(Kind::Crease)
        }
        (false, false) => None,
        _ => Some(Kind::Silhouette),
    }
}

/// Unit normal; `None` for a triangle without area.
fn normal(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> Option<[f64; 3]> {
    let (u, v) = ([0, 1, 2].map(|k| b[k] - a[k]), [0, 1, 2].map(|k| c[k] - a[k]));
    let n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let length = n.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length > 1e-9).then(|| n.map(|x| x / length))
}

#[cfg(test)]
mod tests {
    use super::{Edge, Kind, features};

    /// Two triangles over the edge 0–1, the second one bent back by `angle`.
    fn folded(angle: f64) -> Vec<Edge> {
        let (sin, cos) = angle.to_radians().sin_cos();
        let at = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [cos, 0.0, -sin]];
        features(&at, &[[0, 1, 2], [1, 0, 3]], None).into_iter().filter(|e| e.ends == [0, 1]).collect()
    }

    #[test]
    fn a_fold_is_drawn_when_it_is_sharp_and_as_an_outline_when_one_side_is_turned_away() {
        assert_eq!(folded(10.0), []);
        assert_eq!(folded(60.0), [Edge { ends: [0, 1], kind: Kind::Crease }]);
        assert_eq!(folded(120.0), [Edge { ends: [0, 1], kind: Kind::Silhouette }]);
    }
}
