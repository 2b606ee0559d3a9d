//! Lengths and axes of files that don't say them.

use crate::{Measure, Said};
use scene::Mesh;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Length of one unit of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Millimetres.
    Mm,
    /// Centimetres.
    Cm,
    /// Metres.
    M,
    /// Inches.
    Inch,
    /// Feet.
    Foot,
}

impl Unit {
    /// Millimetres of one.
    #[must_use]
    pub fn mm(self) -> f32 {
        match self {
            Self::Mm => 1.0,
            Self::Cm => 10.0,
            Self::M => 1000.0,
            Self::Inch => 25.4,
            Self::Foot => 304.8,
        }
    }
}

/// Direction that is up in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Up {
    /// As in glTF and most of OBJ.
    Y,
    /// As in CAD and STL.
    Z,
}

impl Up {
    /// A direction of the file in product space (Z up, front towards −Y).
    #[must_use]
    pub fn turn(self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        match self {
            Self::Y => [x, -z, y],
            Self::Z => [x, y, z],
        }
    }
}

/// Sizes that furniture and fittings have at their longest, millimetres.
const LIKELY: std::ops::RangeInclusive<f32> = 120.0..=6500.0;

/// The unit in which a thing of this longest side would be furniture. Millimetres first: that is what workshops write.
#[must_use]
pub fn guess(longest: f32) -> Unit {
    [Unit::Mm, Unit::M, Unit::Cm, Unit::Inch].into_iter().find(|u| LIKELY.contains(&(longest * u.mm()))).unwrap_or(Unit::Mm)
}

/// Brings meshes of a file into product space, standing on the floor with their middle over the origin.
pub(crate) fn place(meshes: &mut [Mesh], said: Said, usual_up: Up) -> Measure {
    let bounds = meshes.iter().filter_map(Mesh::bounds).reduce(|(mut lo, mut hi), (l, h)| {
        for k in 0..3 {
            (lo[k], hi[k]) = (lo[k].min(l[k]), hi[k].max(h[k]));
        }
        (lo, hi)
    });
    let Some((lo, hi)) = bounds else { return Measure { unit: Unit::Mm, up: usual_up, guessed: true } };
    let longest = (0..3).map(|k| hi[k] - lo[k]).fold(0.0, f32::max);
    let (unit, up) = (said.unit.unwrap_or_else(|| guess(longest)), said.up.unwrap_or(usual_up));
    let (a, b) = (up.turn(lo), up.turn(hi));
    let middle = [f32::midpoint(a[0], b[0]), f32::midpoint(a[1], b[1]), a[2].min(b[2])];
    for mesh in meshes {
        for p in &mut mesh.positions {
            let at = up.turn(*p);
            *p = [0, 1, 2].map(|k| (at[k] - middle[k]) * unit.mm());
        }
        for n in &mut mesh.normals {
            *n = up.turn(*n);
        }
    }
    Measure { unit, up, guessed: said.unit.is_none() || said.up.is_none() }
}

/// A unit vector, or up for what has no direction.
pub(crate) fn unit(v: [f32; 3]) -> [f32; 3] {
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 1e-20 && length.is_finite() { v.map(|x| x / length) } else { [0.0, 0.0, 1.0] }
}

/// Normal of a triangle.
pub(crate) fn normal(a: [f32; 3], b: [f32; 3], c: [f32; 3]) -> [f32; 3] {
    let (u, v) = ([0, 1, 2].map(|k| b[k] - a[k]), [0, 1, 2].map(|k| c[k] - a[k]));
    unit([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
}

/// Faces that meet at less than this are one smooth surface: cosine of 35°.
const SMOOTH: f32 = 0.819;
/// Faces at one corner that are looked at, at most: the tip of a fan of thousands has no smooth surface.
const CROWD: usize = 48;

/// Gives triangles with corners of their own (three each, in order) the normals of a smooth surface where they meet at small angles, as the files that
/// don't say normals mean them, and as a simplifier needs them.
pub(crate) fn smooth(mesh: &mut Mesh) {
    // The sign of nothing is nothing.
    let place = |p: &[f32; 3]| p.map(|v| (v + 0.0).to_bits());
    let mut around: HashMap<[u32; 3], Vec<u32>> = HashMap::new();
    for (corner, p) in mesh.positions.iter().enumerate() {
        around.entry(place(p)).or_default().push(u32::try_from(corner).unwrap_or(u32::MAX));
    }
    let faces = mesh.normals.clone();
    let areas: Vec<f32> = mesh.positions.chunks_exact(3).map(|t| area(t[0], t[1], t[2])).collect();
    for (corner, n) in mesh.normals.iter_mut().enumerate() {
        let own = faces[corner];
        let Some(others) = around.get(&place(&mesh.positions[corner])).filter(|o| (2..=CROWD).contains(&o.len())) else { continue };
        let mut sum = [0.0; 3];
        for other in others {
            let (face, weight) = (faces[*other as usize], areas[*other as usize / 3]);
            if (0..3).map(|k| own[k] * face[k]).sum::<f32>() > SMOOTH {
                for k in 0..3 {
                    sum[k] += face[k] * weight;
                }
            }
        }
        let longest = sum.iter().map(|v| v.abs()).fold(0.0, f32::max);
        if longest > 0.0 && longest.is_finite() {
            *n = unit(sum.map(|v| v / longest));
        }
    }
}

/// Twice the area of a triangle.
pub(crate) fn area(a: [f32; 3], b: [f32; 3], c: [f32; 3]) -> f32 {
    let (u, v) = ([0, 1, 2].map(|k| b[k] - a[k]), [0, 1, 2].map(|k| c[k] - a[k]));
    let cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    cross.iter().map(|x| x * x).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_is_a_desk_in_whatever_unit() {
        for (longest, unit) in [(1600.0, Unit::Mm), (1.6, Unit::M), (63.0, Unit::Cm), (2.4, Unit::M), (1e9, Unit::Mm)] {
            assert_eq!(guess(longest), unit, "{longest}");
        }
    }

    /// Two squares that share an edge and meet at an angle.
    fn bent(degrees: f32) -> Mesh {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let fold = [[1.0, 0.0, 0.0], [1.0 + cos, 0.0, sin], [1.0 + cos, 1.0, sin], [1.0, 1.0, 0.0]];
        let flat = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]];
        let mut mesh = Mesh::default();
        for q in [flat, fold] {
            for t in [[0, 1, 2], [0, 2, 3]] {
                let [a, b, c] = t.map(|i: usize| q[i]);
                mesh.positions.extend([a, b, c]);
                mesh.normals.extend([normal(a, b, c); 3]);
            }
        }
        mesh
    }

    #[test]
    fn small_angles_are_smooth_and_large_ones_are_edges() {
        let mut round = bent(20.0);
        smooth(&mut round);
        let (at_fold, away) = (round.normals[1], round.normals[0]);
        assert!((-0.3..-0.1).contains(&at_fold[0]) && away[2] > 0.999, "{at_fold:?} {away:?}");
        let sharp = bent(60.0);
        let mut kept = sharp.clone();
        smooth(&mut kept);
        for (a, b) in kept.normals.iter().zip(&sharp.normals) {
            assert!((0..3).all(|k| (a[k] - b[k]).abs() < 1e-5), "{a:?} {b:?}");
        }
    }

    #[test]
    fn things_stand_on_the_floor_over_the_origin() {
        let mesh = Mesh { positions: vec![[1.0, 2.0, 3.0], [2.6, 2.74, 3.8], [1.0, 2.0, 3.8]], normals: vec![[0.0, 1.0, 0.0]; 3], ..Mesh::default() };
        let mut meshes = [mesh];
        let measure = place(&mut meshes, Said::default(), Up::Y);
        assert_eq!((measure.unit, measure.up, measure.guessed), (Unit::M, Up::Y, true));
        let (lo, hi) = meshes[0].bounds().expect("a box");
        for (is, want) in lo.into_iter().chain(hi).zip([-800.0, -400.0, 0.0, 800.0, 400.0, 740.0]) {
            assert!((is - want).abs() < 0.1, "{lo:?} {hi:?}");
        }
        assert!((meshes[0].normals[0][2] - 1.0).abs() < 1e-6);
    }
}
