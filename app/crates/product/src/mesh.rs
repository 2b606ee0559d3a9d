//! The instant model: parts → triangles. Written down directly, part by part, fast enough to run on every change of a slider.

mod cushion;
mod outline;
mod shell;
mod solids;

use crate::compiled::CompiledProduct;
use crate::part::{Joint, Part, PartList};
use crate::parts::turn;
use scene::{Item, Material, Mesh, PickId, Scene};
use shell::Shell;
use std::collections::BTreeMap;

/// The part's closed surface in its own frame, millimetres: minimum corner at the origin, outward normals, counter-clockwise
/// triangles, texture coordinates in metres with `u` along the grain. Total: a part that [`crate::parts()`] accepted has a mesh.
#[must_use]
pub fn mesh(part: &Part) -> Mesh {
    let mut shell = Shell::new(part);
    solids::build(&mut shell, &part.shape);
    shell.finish()
}

/// Moves a mesh from a part's own frame to its place in the product.
fn place(mesh: &mut Mesh, part: &Part) {
    let (cos, sin) = turn(part.rotation_deg);
    let rotate = |v: [f32; 3]| {
        let (x, y) = (f64::from(v[0]), f64::from(v[1]));
        [x * cos - y * sin, x * sin + y * cos, f64::from(v[2])]
    };
    for p in &mut mesh.positions {
        let [x, y, z] = rotate(*p);
        *p = narrow([part.at_mm[0] + x, part.at_mm[1] + y, part.at_mm[2] + z]);
    }
    if part.rotation_deg.abs() > 0.0 {
        for n in &mut mesh.normals {
            *n = narrow(rotate(*n));
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // Lengths up to 100 m keep 0.01 mm.
fn narrow(v: [f64; 3]) -> [f32; 3] {
    [v[0] as f32, v[1] as f32, v[2] as f32]
}

/// Everything to draw: one item per part in recipe order, picked by its index; each material once.
#[must_use]
pub fn scene(product: &CompiledProduct, list: &PartList) -> Scene {
    scene_of(&product.materials, list)
}

/// The same, from the materials alone.
#[must_use]
pub fn scene_of(materials: &BTreeMap<String, Material>, list: &PartList) -> Scene {
    let mut scene = Scene::default();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, part) in list.parts.iter().enumerate() {
        let material = *known.entry(&part.material).or_insert_with(|| {
            scene.materials.push(materials.get(&part.material).cloned().unwrap_or_else(|| plain(&part.material)));
            scene.materials.len() - 1
        });
        let mut mesh = mesh(part);
        place(&mut mesh, part);
        let pick = PickId(u32::try_from(i).unwrap_or(u32::MAX));
        scene.items.push(Item { pick, id: part.id.clone(), name: part.name.clone(), mesh, material, joint: part.joint.as_ref().map(Joint::drawn) });
    }
    scene
}

/// What a material looks like that the definition forgot: a neutral grey, never nothing.
pub(crate) fn plain(name: &str) -> Material {
    Material { name: name.to_owned(), base_color: [0.72, 0.72, 0.70], metallic: 0.0, roughness: 0.7, texture: None }
}
