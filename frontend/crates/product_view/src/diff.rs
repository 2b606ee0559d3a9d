//! What of a new scene is already on the GPU.

use scene::{Mesh, Scene};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A 64-bit digest of a mesh's bits (FNV-1a over words): equal meshes are uploaded once.
#[must_use]
pub fn digest(mesh: &Mesh) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u32| hash = mixed(hash ^ u64::from(word));
    for p in &mesh.positions {
        p.iter().for_each(|v| add(v.to_bits()));
    }
    for n in &mesh.normals {
        n.iter().for_each(|v| add(v.to_bits()));
    }
    for uv in &mesh.uvs {
        uv.iter().for_each(|v| add(v.to_bits()));
    }
    mesh.indices.iter().for_each(|i| add(*i));
    hash
}

fn mixed(hash: u64) -> u64 {
    hash.wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17)
}

/// Vertices of a mesh from which it is drawn by itself: writing it anew would cost more than one draw call.
const LARGE: usize = 2_000;

/// Items of one material that are drawn together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Digest of its meshes.
    pub key: u64,
    /// Index of the material.
    pub material: usize,
    items: Vec<usize>,
    /// Others may join.
    open: bool,
}

impl Batch {
    /// The item, where it is only one.
    #[must_use]
    pub fn alone(&self) -> Option<usize> {
        self.items.first().copied().filter(|_| self.items.len() == 1)
    }

    /// All its meshes as one.
    #[must_use]
    pub fn mesh<'a>(&self, scene: &'a Scene) -> Cow<'a, Mesh> {
        let mut meshes = self.items.iter().filter_map(|i| scene.items.get(*i)).map(|item| &item.mesh);
        let first = meshes.next().map_or_else(Cow::default, Cow::Borrowed);
        meshes.fold(first, |mut all, mesh| {
            all.to_mut().append(mesh);
            all
        })
    }
}

/// What is drawn in one call each. At `rest` small things of one material are one: a wall of sixty openings has some hundred boards, and each call costs
/// as much as drawing a board.
#[must_use]
pub fn batches(scene: &Scene, digests: &[u64], rest: bool) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for (i, (item, digest)) in scene.items.iter().zip(digests).enumerate() {
        let joins = rest && item.mesh.positions.len() < LARGE;
        match batches.iter_mut().find(|b| joins && b.open && b.material == item.material) {
            Some(batch) => {
                batch.key = mixed(mixed(batch.key) ^ digest);
                batch.items.push(i);
            }
            None => batches.push(Batch { key: *digest, material: item.material, items: vec![i], open: joins }),
        }
    }
    batches
}

/// Keeps what stays, makes what is new with `upload`, drops the rest. Returns how many were made.
pub fn update<T>(kept: &mut BTreeMap<u64, T>, batches: &[Batch], mut upload: impl FnMut(&Batch) -> T) -> usize {
    let mut old = std::mem::take(kept);
    let mut made = 0;
    for batch in batches {
        if kept.contains_key(&batch.key) {
            continue;
        }
        let thing = old.remove(&batch.key).unwrap_or_else(|| {
            made += 1;
            upload(batch)
        });
        kept.insert(batch.key, thing);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Item, PickId};

    fn item(width: f32, material: usize) -> Item {
        let mesh = Mesh {
            positions: vec![[0.0; 3], [width, 0.0, 0.0], [0.0, 1.0, 0.0]],
            normals: vec![[0.0, 0.0, 1.0]; 3],
            uvs: vec![[0.0; 2]; 3],
            indices: vec![0, 1, 2],
        };
        Item { pick: PickId(0), id: "part".into(), name: "Part".into(), mesh, material, joint: None }
    }

    fn scene(items: &[(f32, usize)]) -> (Scene, Vec<u64>) {
        let scene = Scene { items: items.iter().map(|(width, material)| item(*width, *material)).collect(), ..Scene::default() };
        let digests = scene.items.iter().map(|i| digest(&i.mesh)).collect();
        (scene, digests)
    }

    fn apply(kept: &mut BTreeMap<u64, usize>, items: &[(f32, usize)], rest: bool) -> usize {
        let (scene, digests) = scene(items);
        update(kept, &batches(&scene, &digests, rest), |batch| batch.mesh(&scene).positions.len())
    }

    #[test]
    fn only_changed_parts_are_uploaded() {
        let mut kept = BTreeMap::new();
        assert_eq!(apply(&mut kept, &[(1.0, 0), (2.0, 0), (3.0, 0)], false), 3);
        assert_eq!(apply(&mut kept, &[(1.0, 0), (2.5, 0), (3.0, 0)], false), 1);
        assert_eq!(kept.len(), 3, "the old one is gone");
        assert_eq!(apply(&mut kept, &[(3.0, 0), (1.0, 0)], false), 0, "order does not matter");
        assert_eq!(apply(&mut kept, &[(1.0, 0), (1.0, 1), (1.0, 0)], false), 0, "equal parts share");
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn at_rest_small_things_of_one_material_are_one() {
        let mut kept = BTreeMap::new();
        assert_eq!(apply(&mut kept, &[(1.0, 0), (2.0, 1), (3.0, 0)], true), 2);
        assert_eq!(kept.values().copied().collect::<std::collections::BTreeSet<_>>(), [3, 6].into());
        assert_eq!(apply(&mut kept, &[(1.0, 0), (2.5, 1), (3.0, 0)], true), 1, "the other material stays");
        assert_eq!(apply(&mut kept, &[(1.0, 2), (2.5, 1), (3.0, 2)], true), 0, "another material alone is no other mesh");
        assert_eq!(apply(&mut kept, &[(3.0, 2), (2.5, 1), (1.0, 2)], true), 1, "triangles of one mesh have an order");

        let (mut big, _) = scene(&[(1.0, 0), (2.0, 0), (3.0, 0)]);
        big.items[1].mesh.positions.resize(LARGE, [0.0; 3]);
        let found = batches(&big, &[1, 2, 3], true);
        assert_eq!(found.iter().map(|b| b.items.clone()).collect::<Vec<_>>(), [vec![0, 2], vec![1]]);
        assert_eq!(found.iter().map(Batch::alone).collect::<Vec<_>>(), [None, Some(1)]);
    }

    #[test]
    fn a_batch_has_every_triangle() {
        let (scene, digests) = scene(&[(1.0, 0), (2.0, 0)]);
        let found = batches(&scene, &digests, true);
        let mesh = found[0].mesh(&scene);
        assert_eq!((found.len(), mesh.indices.as_slice()), (1, [0, 1, 2, 3, 4, 5].as_slice()));
        assert_eq!(mesh.positions[4][0].to_bits(), 2.0_f32.to_bits());
    }

    #[test]
    fn every_part_of_a_mesh_counts() {
        let base = item(1.0, 0).mesh;
        let mut seen = std::collections::BTreeSet::from([digest(&base)]);
        for change in 0..4 {
            let mut m = base.clone();
            match change {
                0 => m.positions[0][2] = 1.0,
                1 => m.normals[2][0] = 0.5,
                2 => m.uvs[1][1] = 0.5,
                _ => m.indices.swap(0, 1),
            }
            assert!(seen.insert(digest(&m)), "change {change} went unseen");
        }
    }
}
