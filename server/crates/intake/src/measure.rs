//! Lengths and axes of files that don't say them.

use crate::{Measure, Said};
use scene::Mesh;
use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_is_a_desk_in_whatever_unit() {
        for (longest, unit) in [(1600.0, Unit::Mm), (1.6, Unit::M), (63.0, Unit::Cm), (2.4, Unit::M), (1e9, Unit::Mm)] {
            assert_eq!(guess(longest), unit, "{longest}");
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
