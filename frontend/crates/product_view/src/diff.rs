//! What of a new scene is already on the GPU.

use scene::{Item, Mesh};
use std::collections::BTreeMap;

/// A 64-bit digest of a mesh's bits (FNV-1a over words): equal meshes are uploaded once.
#[must_use]
pub fn digest(mesh: &Mesh) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u32| hash = (hash ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17);
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

/// Keeps what stays, makes what is new with `upload`, drops the rest. Returns how many were made.
pub fn update<T>(kept: &mut BTreeMap<u64, T>, items: &[Item], digests: &[u64], mut upload: impl FnMut(&Mesh) -> T) -> usize {
    let mut old = std::mem::take(kept);
    let mut made = 0;
    for (item, digest) in items.iter().zip(digests) {
        if kept.contains_key(digest) {
            continue;
        }
        let thing = old.remove(digest).unwrap_or_else(|| {
            made += 1;
            upload(&item.mesh)
        });
        kept.insert(*digest, thing);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::PickId;

    fn item(width: f32) -> Item {
        let mesh = Mesh {
            positions: vec![[0.0; 3], [width, 0.0, 0.0], [0.0, 1.0, 0.0]],
            normals: vec![[0.0, 0.0, 1.0]; 3],
            uvs: vec![[0.0; 2]; 3],
            indices: vec![0, 1, 2],
        };
        Item { pick: PickId(0), id: "part".into(), name: "Part".into(), mesh, material: 0, joint: None }
    }

    fn apply(kept: &mut BTreeMap<u64, f32>, widths: &[f32]) -> usize {
        let items: Vec<Item> = widths.iter().map(|w| item(*w)).collect();
        let digests: Vec<u64> = items.iter().map(|i| digest(&i.mesh)).collect();
        update(kept, &items, &digests, |m| m.positions[1][0])
    }

    #[test]
    fn only_changed_parts_are_uploaded() {
        let mut kept = BTreeMap::new();
        assert_eq!(apply(&mut kept, &[1.0, 2.0, 3.0]), 3);
        assert_eq!(apply(&mut kept, &[1.0, 2.5, 3.0]), 1);
        assert_eq!(kept.len(), 3, "the old one is gone");
        assert_eq!(apply(&mut kept, &[3.0, 1.0]), 0, "order does not matter");
        assert_eq!(apply(&mut kept, &[1.0, 1.0, 1.0]), 0, "equal parts share");
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn every_part_of_a_mesh_counts() {
        let base = item(1.0).mesh;
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
