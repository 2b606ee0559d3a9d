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
    draw(materials, list, |_| None)
}

/// The same after a change: meshes are taken out of the scene of `before`, which is left without them, where parts are what they were and where they
/// were. Beside the scene, the index there of each mesh that was taken.
#[must_use]
pub fn scene_again(materials: &BTreeMap<String, Material>, list: &PartList, before: &PartList, mut old: Scene) -> (Scene, Vec<Option<usize>>) {
    let mut taken = Vec::with_capacity(list.parts.len());
    // Most parts follow one another as before.
    let (mut next, count) = (0, before.parts.len().min(old.items.len()));
    let scene = draw(materials, list, |part| {
        let place = (next..count).chain(0..next).find(|i| before.parts[*i].id == part.id);
        next = place.map_or(next, |i| i + 1);
        let from = place.filter(|i| same(&before.parts[*i], part));
        let mesh = from.map(|i| std::mem::take(&mut old.items[i].mesh)).filter(|mesh| !mesh.indices.is_empty());
        taken.push(from.filter(|_| mesh.is_some()));
        mesh
    });
    (scene, taken)
}

/// Whether two parts have the same mesh. Bit by bit: a part that is 0.1 mm longer is another one.
fn same(a: &Part, b: &Part) -> bool {
    (&a.shape, &a.size_mm, &a.at_mm, a.rotation_deg.to_bits(), a.grain) == (&b.shape, &b.size_mm, &b.at_mm, b.rotation_deg.to_bits(), b.grain)
}

fn draw(materials: &BTreeMap<String, Material>, list: &PartList, mut kept: impl FnMut(&Part) -> Option<Mesh>) -> Scene {
    let mut scene = Scene::default();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, part) in list.parts.iter().enumerate() {
        let material = *known.entry(&part.material).or_insert_with(|| {
            scene.materials.push(materials.get(&part.material).cloned().unwrap_or_else(|| plain(&part.material)));
            scene.materials.len() - 1
        });
        let mesh = kept(part).unwrap_or_else(|| {
            let mut mesh = mesh(part);
            place(&mut mesh, part);
            mesh
        });
        let pick = PickId(u32::try_from(i).unwrap_or(u32::MAX));
        scene.items.push(Item { pick, id: part.id.clone(), name: part.name.clone(), mesh, material, joint: part.joint.as_ref().map(Joint::drawn) });
    }
    scene
}

/// What a material looks like that the definition forgot: a neutral grey, never nothing.
pub(crate) fn plain(name: &str) -> Material {
    Material { name: name.to_owned(), base_color: [0.72, 0.72, 0.70], metallic: 0.0, roughness: 0.7, texture: None }
}
