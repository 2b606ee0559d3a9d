//! What to draw, as plain data. Knows neither products nor GPUs: the renderers read it, the domain writes it.
//!
//! Space: right-handed, Z up, millimetres (product space of the contract). Renderers convert to their own axes.
#![forbid(unsafe_code)]

pub mod frame;

use serde::{Deserialize, Serialize};

/// Opaque identity of something that can be picked. The renderer hands it back; only the domain knows what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PickId(pub u32);

/// A triangle mesh with one material. All vectors have the same length but `indices` (a multiple of 3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mesh {
    /// Vertex positions, millimetres.
    pub positions: Vec<[f32; 3]>,
    /// Unit vertex normals.
    pub normals: Vec<[f32; 3]>,
    /// Texture coordinates in metres of material, `u` along the grain: a texture that covers 0.6 m repeats every 0.6.
    pub uvs: Vec<[f32; 2]>,
    /// Counter-clockwise triangles.
    pub indices: Vec<u32>,
}

impl Mesh {
    /// Appends `other`, moving its indices.
    pub fn append(&mut self, other: &Mesh) {
        let base = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        self.positions.extend_from_slice(&other.positions);
        self.normals.extend_from_slice(&other.normals);
        self.uvs.extend_from_slice(&other.uvs);
        self.indices.extend(other.indices.iter().map(|i| i + base));
    }

    /// Smallest box around the positions as `(min, max)`, or `None` for an empty mesh.
    #[must_use]
    pub fn bounds(&self) -> Option<([f32; 3], [f32; 3])> {
        let first = *self.positions.first()?;
        Some(self.positions.iter().fold((first, first), |(mut lo, mut hi), p| {
            for k in 0..3 {
                lo[k] = lo[k].min(p[k]);
                hi[k] = hi[k].max(p[k]);
            }
            (lo, hi)
        }))
    }
}

/// A surface, metal-rough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Material {
    /// Stable name, the key of the material in the product definition.
    pub name: String,
    /// sRGB base colour, 0–1.
    pub base_color: [f32; 3],
    /// 0 = dielectric, 1 = metal.
    #[serde(default)]
    pub metallic: f32,
    /// 0 = mirror, 1 = matt.
    pub roughness: f32,
    /// Name of a procedural or bundled texture (`"oak"`, `"walnut"`, `"stone"` …); `None` for a plain colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texture: Option<String>,
}

/// How a thing moves when the product is opened (a drawer, a door): about a line parallel to an axis first, then along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Joint {
    /// Index of the axis of the line: 0 = x, 1 = y, 2 = z.
    pub axis: u8,
    /// Where the line meets the plane of the two other axes, in their order, millimetres.
    pub about: [f32; 2],
    /// Angle when wide open, degrees, right-handed about the axis; 0 for a thing that only slides.
    pub angle_deg: f32,
    /// Way when wide open, millimetres.
    pub slide: [f32; 3],
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Handed back by picking.
    pub pick: PickId,
    /// What the exact model calls it.
    pub id: String,
    /// For accessible descriptions and the DOM mirror.
    pub name: String,
    /// Geometry in product space (already placed).
    pub mesh: Mesh,
    /// Index into [`Scene::materials`].
    pub material: usize,
    /// How it moves, when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<Joint>,
}

/// Everything of one product view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Surfaces that items refer to.
    pub materials: Vec<Material>,
    /// Things to draw.
    pub items: Vec<Item>,
}

impl Scene {
    /// Smallest box around all items as `(min, max)`, millimetres.
    #[must_use]
    pub fn bounds(&self) -> Option<([f32; 3], [f32; 3])> {
        self.items.iter().filter_map(|i| i.mesh.bounds()).reduce(|(mut lo, mut hi), (l, h)| {
            for k in 0..3 {
                lo[k] = lo[k].min(l[k]);
                hi[k] = hi[k].max(h[k]);
            }
            (lo, hi)
        })
    }

    /// Where each item goes when the product is taken apart (`share` 1) or half apart (0.5): away from the middle, upwards from the floor, so that
    /// nothing sinks into it. Millimetres, one per item.
    #[must_use]
    pub fn apart(&self, share: f32) -> Vec<[f32; 3]> {
        let Some((min, max)) = self.bounds() else { return Vec::new() };
        let still = [f32::midpoint(min[0], max[0]), f32::midpoint(min[1], max[1]), min[2]];
        let away = |(lo, hi): ([f32; 3], [f32; 3])| [0, 1, 2].map(|k| (f32::midpoint(lo[k], hi[k]) - still[k]) * APART * share);
        self.items.iter().map(|item| item.mesh.bounds().map_or([0.0; 3], away)).collect()
    }
}

/// How far items go when taken apart, of their way from where nothing moves.
const APART: f32 = 0.7;

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle(at: f32) -> Mesh {
        Mesh {
            positions: vec![[at, 0.0, 0.0], [at + 1.0, 0.0, 0.0], [at, 2.0, 0.0]],
            normals: vec![[0.0, 0.0, 1.0]; 3],
            uvs: vec![[0.0, 0.0]; 3],
            indices: vec![0, 1, 2],
        }
    }

    #[test]
    fn appended_meshes_keep_their_own_vertices() {
        let mut mesh = triangle(0.0);
        mesh.append(&triangle(5.0));
        assert_eq!(mesh.indices, [0, 1, 2, 3, 4, 5]);
        assert_eq!(mesh.bounds(), Some(([0.0, 0.0, 0.0], [6.0, 2.0, 0.0])));
    }

    #[test]
    fn bounds_cover_all_items_and_nothing_has_none() {
        let item = |at| Item { pick: PickId(0), id: String::new(), name: String::new(), mesh: triangle(at), material: 0, joint: None };
        let scene = Scene { materials: vec![], items: vec![item(3.0), item(-4.0)] };
        assert_eq!(scene.bounds(), Some(([-4.0, 0.0, 0.0], [4.0, 2.0, 0.0])));
        assert_eq!(Scene::default().bounds(), None);
    }

    #[test]
    fn taken_apart_things_leave_the_middle_and_nothing_sinks() {
        let item = |at| Item { pick: PickId(0), id: String::new(), name: String::new(), mesh: triangle(at), material: 0, joint: None };
        let scene = Scene { materials: vec![], items: vec![item(0.0), item(9.0)] };
        let apart = scene.apart(1.0);
        assert!(apart[0][0] < 0.0 && apart[1][0] > 0.0 && apart.iter().all(|a| a[2] >= 0.0), "{apart:?}");
        assert_eq!(scene.apart(0.0), [[0.0; 3]; 2]);
    }
}
