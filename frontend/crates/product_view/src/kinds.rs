//! The kinds of things in a scene, for whoever reads it instead of seeing it, and for numbers above the picture.

use crate::diff::digest;
use scene::Scene;

/// Equal things: one name, size and material.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// What it is called.
    pub name: String,
    /// Key of its material.
    pub material: String,
    /// Width, depth, height of the box around it as it stands, millimetres.
    pub size_mm: [f32; 3],
    /// How many there are.
    pub count: usize,
    /// Index of the first.
    pub item: usize,
}

/// The kinds of a scene in the order of its items.
#[must_use]
pub fn kinds(scene: &Scene) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    // Shapes that were measured: a wall repeats the same ones hundreds of times.
    let mut known: Vec<(u64, [f32; 3])> = Vec::new();
    for (item, i) in scene.items.iter().zip(0..) {
        let shape = digest(&item.mesh);
        let size_mm = match known.iter().find(|(s, _)| *s == shape) {
            Some((_, size)) => *size,
            None => {
                let Some((lo, hi)) = item.mesh.bounds() else { continue };
                let size: [f32; 3] = std::array::from_fn(|k| ((hi[k] - lo[k]) * 10.0).round() / 10.0);
                known.push((shape, size));
                size
            }
        };
        let material = scene.materials.get(item.material).map_or("", |m| m.name.as_str());
        let same = |k: &&mut Kind| k.name == item.name && k.material == material && k.size_mm.iter().zip(size_mm).all(|(a, b)| (a - b).abs() < 0.5);
        match kinds.iter_mut().find(same) {
            Some(kind) => kind.count += 1,
            None => kinds.push(Kind { name: item.name.clone(), material: material.to_owned(), size_mm, count: 1, item: i }),
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Item, Material, Mesh, PickId};

    #[test]
    fn equal_things_are_one_kind() {
        let item = |name: &str, at: f32, long: f32, material| {
            let mesh = Mesh { positions: vec![[at, 0.0, 0.0], [at + long, 20.0, 0.0], [at, 0.0, 5.0]], ..Mesh::default() };
            Item { pick: PickId(0), id: String::new(), name: name.into(), mesh, material, joint: None }
        };
        let material = |name: &str| Material { name: name.into(), base_color: [0.5; 3], metallic: 0.0, roughness: 0.5, texture: None };
        let items = vec![item("Shelf", 0.0, 600.0, 0), item("Side", 0.0, 300.0, 0), item("Shelf", 800.0, 600.0, 0), item("Shelf", 0.0, 600.0, 1)];
        let found = kinds(&Scene { materials: vec![material("oak"), material("white")], items });
        let short: Vec<(&str, &str, usize, usize)> = found.iter().map(|k| (k.name.as_str(), k.material.as_str(), k.count, k.item)).collect();
        assert_eq!(short, [("Shelf", "oak", 2, 0), ("Side", "oak", 1, 1), ("Shelf", "white", 1, 3)]);
        assert_eq!(found[0].size_mm.map(f32::round).map(|v| v as i32), [600, 20, 5]);
        assert_eq!(kinds(&Scene::default()), []);
    }
}
