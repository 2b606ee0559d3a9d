//! Where to look from so that one question of a product is seen best: what another answer would change, from the side that shows most of it.

use crate::camera::{Bounds, HOME_AZIMUTH, HOME_ELEVATION, Pose, centre, diagonal};
use crate::diff::digest;
use scene::{Item, Scene};
use three_d::{InnerSpace, Vec3};

/// Sides to look from, radians, and how much is to be seen from one before it is preferred to those ahead of it.
const SIDES: [(f32, f32, f32); 6] = [
    (HOME_AZIMUTH, HOME_ELEVATION, 1.0),
    (-HOME_AZIMUTH, HOME_ELEVATION, 0.85),
    (HOME_AZIMUTH, 0.06, 0.75),
    (std::f32::consts::PI - HOME_AZIMUTH, HOME_ELEVATION, 0.65),
    (std::f32::consts::PI - HOME_AZIMUTH, 0.06, 0.6),
    (HOME_AZIMUTH, 1.0, 0.6),
];
/// Places of a thing that are looked for.
const SAMPLES: usize = 60;
/// Half of the patch that shows a material, millimetres.
const PATCH: f32 = 170.0;
/// The smallest box that is looked at, millimetres.
const SMALLEST: f32 = 120.0;

/// What another scene has otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
struct Change {
    /// Indices of items of the scene that are other ones there, or made of something else.
    items: Vec<usize>,
    /// Around things that only the other scene has.
    added: Option<Bounds>,
    /// Nothing but materials.
    surface: bool,
}

fn change(now: &Scene, other: &Scene) -> Change {
    let material = |scene: &Scene, item: &Item| scene.materials.get(item.material).cloned();
    let mut found = Change { surface: true, ..Change::default() };
    for (i, item) in now.items.iter().enumerate() {
        match other.items.iter().find(|o| o.id == item.id) {
            Some(o) if digest(&o.mesh) == digest(&item.mesh) => {
                if material(now, item) != material(other, o) {
                    found.items.push(i);
                }
            }
            _ => {
                found.surface = false;
                found.items.push(i);
            }
        }
    }
    for item in other.items.iter().filter(|o| now.items.iter().all(|i| i.id != o.id)) {
        found.surface = false;
        found.added = join(found.added, item.mesh.bounds());
    }
    found
}

fn join(a: Option<Bounds>, b: Option<Bounds>) -> Option<Bounds> {
    match (a, b) {
        (Some((mut lo, mut hi)), Some((l, h))) => {
            for k in 0..3 {
                (lo[k], hi[k]) = (lo[k].min(l[k]), hi[k].max(h[k]));
            }
            Some((lo, hi))
        }
        (one, other) => one.or(other),
    }
}

/// A place on a thing: where, its normal, how much of it that stands for.
type Sample = (Vec3, Vec3, f32);

/// The largest faces of some items.
fn samples(scene: &Scene, items: &[usize]) -> Vec<Sample> {
    let mut all: Vec<Sample> = Vec::new();
    for mesh in items.iter().filter_map(|i| scene.items.get(*i)).map(|i| &i.mesh) {
        let at = |i: u32| mesh.positions.get(i as usize).map(|p| Vec3::from(*p));
        for t in mesh.indices.chunks_exact(3) {
            let (Some(a), Some(b), Some(c)) = (at(t[0]), at(t[1]), at(t[2])) else { continue };
            let normal = (b - a).cross(c - a);
            let area = normal.magnitude() / 2.0;
            if area > 1.0 {
                all.push(((a + b + c) / 3.0, normal / (area * 2.0), area));
            }
        }
    }
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    all.truncate(SAMPLES);
    all
}

/// Whether nothing of the scene lies between a place and an eye far away in a direction.
fn free(scene: &Scene, from: Vec3, towards: Vec3) -> bool {
    scene.items.iter().all(|item| {
        let mesh = &item.mesh;
        let Some(bounds) = mesh.bounds() else { return true };
        if !meets(bounds, from, towards) {
            return true;
        }
        let at = |i: u32| mesh.positions.get(i as usize).map(|p| Vec3::from(*p));
        mesh.indices.chunks_exact(3).all(|t| match (at(t[0]), at(t[1]), at(t[2])) {
            (Some(a), Some(b), Some(c)) => !hits(from, towards, a, b, c),
            _ => true,
        })
    })
}

/// Whether a ray meets a box.
fn meets((lo, hi): Bounds, from: Vec3, towards: Vec3) -> bool {
    let (from, towards): ([f32; 3], [f32; 3]) = (from.into(), towards.into());
    let (mut near, mut far) = (0.0f32, f32::MAX);
    for k in 0..3 {
        let (a, b) = ((lo[k] - from[k]) / towards[k], (hi[k] - from[k]) / towards[k]);
        near = near.max(a.min(b));
        far = far.min(a.max(b));
    }
    near <= far
}

/// Whether a ray meets a triangle (Möller and Trumbore, 1997).
fn hits(from: Vec3, towards: Vec3, a: Vec3, b: Vec3, c: Vec3) -> bool {
    let (u, v) = (b - a, c - a);
    let p = towards.cross(v);
    let det = u.dot(p);
    if det.abs() < 1e-6 {
        return false;
    }
    let s = (from - a) / det;
    let q = s.cross(u);
    let (x, y) = (s.dot(p), towards.dot(q));
    x >= 0.0 && y >= 0.0 && x + y <= 1.0 && v.dot(q) > 1e-3
}

/// What of the samples is seen from a direction, and how large it looks.
fn seen(scene: &Scene, samples: &[Sample], towards: Vec3) -> Vec<(Vec3, f32)> {
    let open = |(at, normal, area): &Sample| {
        let facing = normal.dot(towards);
        (facing > 0.05 && free(scene, at + normal * 0.5, towards)).then_some((*at, area * facing))
    };
    samples.iter().filter_map(open).collect()
}

/// The pose that shows best what would be otherwise in another scene; `None` when nothing would.
#[must_use]
pub fn closer(now: &Scene, other: &Scene, size: [f32; 2]) -> Option<Pose> {
    let change = change(now, other);
    let whole = now.bounds()?;
    let own = change.items.iter().filter_map(|i| now.items.get(*i)?.mesh.bounds()).fold(None, |all, b| join(all, Some(b)));
    let of = join(own, change.added)?;
    let home = Pose::home(whole, size);
    let samples = samples(now, &change.items);
    let from = |(azimuth, elevation, _): (f32, f32, f32)| Pose { azimuth, elevation, ..home };
    let mut best = (home, Vec::new(), 0.0);
    for side in SIDES {
        let pose = from(side);
        let places = seen(now, &samples, pose.outward());
        let much = places.iter().map(|(_, area)| area).sum::<f32>() * side.2;
        if much > best.2 {
            best = (pose, places, much);
        }
    }
    let (pose, places, _) = best;
    let of = if change.surface {
        // The nearest corner of what is seen of it: edges and grain tell a material.
        let out = pose.outward();
        let near = places.iter().max_by(|a, b| a.0.dot(out).total_cmp(&b.0.dot(out))).map_or(centre(of), |(at, _)| (*at).into());
        (near.map(|v| v - PATCH), near.map(|v| v + PATCH))
    } else {
        let middle = centre(of);
        let grow = |k: usize, v: f32, by: f32| if (v - middle[k]).abs() < SMALLEST / 2.0 { middle[k] + by * SMALLEST / 2.0 } else { v };
        (std::array::from_fn(|k| grow(k, of.0[k], -1.0)), std::array::from_fn(|k| grow(k, of.1[k], 1.0)))
    };
    // Nearly all of it: the first look shows that best.
    if diagonal(of) > diagonal(whole) * 0.9 {
        return Some(Pose { azimuth: pose.azimuth, elevation: pose.elevation, ..home }.fitted(whole, size));
    }
    Some(Pose { target: centre(of), ..pose }.fitted(of, size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Material, Mesh, PickId};

    fn cuboid(id: &str, at: [f32; 3], size: [f32; 3], material: usize) -> Item {
        let corner = |i: usize| [0, 1, 2].map(|k| at[k] + if i >> k & 1 == 1 { size[k] } else { 0.0 });
        let faces: [[u32; 4]; 6] = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let indices = faces.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *a, *c, *d]).collect();
        let mesh = Mesh { positions: (0..8).map(corner).collect(), normals: vec![[0.0, 0.0, 1.0]; 8], uvs: vec![[0.0; 2]; 8], indices };
        Item { pick: PickId(0), id: id.into(), name: id.into(), mesh, material, joint: None }
    }

    fn material(name: &str) -> Material {
        Material { name: name.into(), base_color: [0.5; 3], metallic: 0.0, roughness: 0.5, texture: None }
    }

    const SIZE: [f32; 2] = [1000.0, 750.0];

    /// A screen of two metres with a small box behind it and one in front.
    fn room() -> Scene {
        Scene {
            materials: vec![material("oak"), material("steel")],
            items: vec![
                cuboid("screen", [0.0, 400.0, 0.0], [2000.0, 20.0, 1500.0], 0),
                cuboid("behind", [900.0, 430.0, 500.0], [150.0, 150.0, 150.0], 1),
                cuboid("front", [300.0, 0.0, 0.0], [200.0, 200.0, 200.0], 1),
            ],
        }
    }

    #[test]
    fn what_stands_behind_is_looked_at_from_behind_and_filled_into_the_frame() {
        let now = room();
        let mut other = room();
        other.items.remove(1);
        let pose = closer(&now, &other, SIZE).expect("something is gone there");
        assert!(pose.outward().y > 0.3, "{pose:?}");
        assert!((pose.target[0] - 975.0).abs() < 60.0 && pose.distance < Pose::home(now.bounds().expect("box"), SIZE).distance / 3.0, "{pose:?}");
        let mut other = room();
        other.items[2] = cuboid("front", [300.0, 0.0, 0.0], [250.0, 200.0, 200.0], 1);
        let pose = closer(&now, &other, SIZE).expect("another one stands in front");
        assert!(pose.outward().y < -0.3, "{pose:?}");
    }

    #[test]
    fn a_material_is_seen_from_near_and_what_only_the_other_has_counts() {
        let now = room();
        let mut other = room();
        other.items[0].material = 1;
        let pose = closer(&now, &other, SIZE).expect("another material");
        assert!(pose.distance < 2500.0, "{pose:?}");
        let mut other = room();
        other.items.push(cuboid("lamp", [1700.0, 0.0, 1200.0], [100.0, 100.0, 100.0], 1));
        let pose = closer(&now, &other, SIZE).expect("a lamp more");
        assert!((pose.target[0] - 1750.0).abs() < 60.0 && (pose.target[2] - 1250.0).abs() < 60.0, "{pose:?}");
        assert_eq!(closer(&now, &room(), SIZE), None);
    }
}
