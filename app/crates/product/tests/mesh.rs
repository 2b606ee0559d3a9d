//! Meshes of every shape: closed, outward, as large as the part says, as heavy as the formula says.
#![allow(clippy::float_cmp, missing_docs)]

use core::f64::consts::PI;
use product::{Hole, Part, PartList, Shape, look, mesh, scene_of};
use proptest::prelude::*;
use scene::{Material, Mesh};
use std::collections::BTreeMap;

fn part(shape: Shape, size_mm: [f64; 3]) -> Part {
    Part {
        id: "tested".into(),
        name: "Tested".into(),
        material: "oak".into(),
        shape,
        size_mm,
        at_mm: [0.0; 3],
        rotation_deg: 0.0,
        sku: "T".into(),
        grain: Some('x'),
        in_bom: true,
        joint: None,
        template: None,
    }
}

fn sized(axis: char, [a, b]: [f64; 2], length: f64) -> [f64; 3] {
    match axis {
        'x' => [length, a, b],
        'y' => [a, length, b],
        _ => [a, b, length],
    }
}

/// Corners by place, so that faces which don't share vertices still share edges.
fn welded(mesh: &Mesh) -> Vec<usize> {
    let mut known = BTreeMap::new();
    mesh.positions
        .iter()
        .map(|p| {
            let next = known.len();
            *known.entry(p.map(f32::to_bits)).or_insert(next)
        })
        .collect()
}

fn corner(mesh: &Mesh, i: u32) -> [f64; 3] {
    mesh.positions[i as usize].map(f64::from)
}

fn cross(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> [f64; 3] {
    let (u, v) = ([b[0] - a[0], b[1] - a[1], b[2] - a[2]], [c[0] - a[0], c[1] - a[1], c[2] - a[2]]);
    [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn dist(a: [f64; 3], b: [f64; 3]) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    dot(d, d).sqrt()
}

fn volume(mesh: &Mesh) -> f64 {
    mesh.indices
        .chunks_exact(3)
        .map(|t| {
            let (a, b, c) = (corner(mesh, t[0]), corner(mesh, t[1]), corner(mesh, t[2]));
            dot(a, cross([0.0; 3], b, c)) / 6.0
        })
        .sum()
}

/// Everything that holds for any part's mesh. `expected` is the volume in mm³, met within `tolerance` of it.
fn check(part: &Part, expected: f64, tolerance: f64) {
    let mesh = mesh(part);
    assert_eq!(mesh.positions.len(), mesh.normals.len());
    assert_eq!(mesh.positions.len(), mesh.uvs.len());
    assert!(mesh.positions.iter().flatten().chain(mesh.normals.iter().flatten()).chain(mesh.uvs.iter().flatten()).all(|x| x.is_finite()));

    let (lo, hi) = mesh.bounds().expect("a mesh");
    for k in 0..3 {
        assert!(f64::from(lo[k]).abs() < 0.05, "starts at {lo:?} in {:?}", part.shape);
        assert!((f64::from(hi[k]) - part.size_mm[k]).abs() < 0.05, "ends at {hi:?} of {:?} in {:?}", part.size_mm, part.shape);
    }

    let place = welded(&mesh);
    let mut edges: BTreeMap<(usize, usize), i32> = BTreeMap::new();
    for t in mesh.indices.chunks_exact(3) {
        let ids = [place[t[0] as usize], place[t[1] as usize], place[t[2] as usize]];
        for (a, b) in [(ids[0], ids[1]), (ids[1], ids[2]), (ids[2], ids[0])] {
            assert_ne!(a, b, "a triangle without extent in {:?}", part.shape);
            *edges.entry((a, b)).or_default() += 1;
        }
        let points = [corner(&mesh, t[0]), corner(&mesh, t[1]), corner(&mesh, t[2])];
        let face = cross(points[0], points[1], points[2]);
        let longest = (0..3).map(|k| dist(points[k], points[(k + 1) % 3])).fold(0.0, f64::max);
        // The direction of a sliver thinner than 2 µm is a matter of rounding.
        let sliver = dot(face, face).sqrt() < 0.002 * longest;
        for i in t {
            let normal = mesh.normals[*i as usize].map(f64::from);
            assert!((dot(normal, normal) - 1.0).abs() < 1e-3, "normal {normal:?} in {:?}", part.shape);
            assert!(sliver || dot(face, normal) > 0.0, "a normal looks inwards in {:?}", part.shape);
        }
    }
    for ((a, b), count) in &edges {
        assert_eq!(*count, 1, "an edge runs twice the same way in {:?}", part.shape);
        assert_eq!(edges.get(&(*b, *a)), Some(&1), "an open edge in {:?}", part.shape);
    }

    let list = PartList { parts: vec![part.clone()], ..PartList::default() };
    let materials = BTreeMap::from([(
        part.material.clone(),
        Material { name: part.material.clone(), base_color: [0.1, 0.25, 1.0 / 3.0], metallic: 0.5, roughness: 0.7, texture: Some("oak".into()) },
    )]);
    assert_eq!(look::read(&look::write(&materials, &list)), Some(scene_of(&materials, &list)), "the first picture shows another part");

    let found = volume(&mesh);
    assert!((found - expected).abs() <= tolerance * expected, "volume {found} instead of {expected} in {:?}", part.shape);
}

fn tenths(low: u32, high: u32) -> impl Strategy<Value = f64> {
    (low..high).prop_map(|x| f64::from(x) / 10.0)
}

fn axis() -> impl Strategy<Value = char> {
    prop_oneof![Just('x'), Just('y'), Just('z')]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("FITOUT_LONG").is_some() { ProptestConfig::default().cases } else { 96 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn boxes(w in tenths(10, 30_000), d in tenths(10, 30_000), h in tenths(10, 30_000)) {
        let size = [w, d, h];
        check(&part(Shape::Box { size }, size), w * d * h, 1e-4);
    }

    #[test]
    fn cylinders(diameter in tenths(20, 3_000), length in tenths(10, 20_000), axis in axis()) {
        let size = sized(axis, [diameter, diameter], length);
        check(&part(Shape::Cylinder { diameter, length, axis }, size), PI / 4.0 * diameter * diameter * length, 0.11);
    }

    #[test]
    fn tubes(w in tenths(100, 2_000), h in tenths(100, 2_000), length in tenths(100, 20_000), wall in tenths(5, 40), round in 0.0..1.0f64, axis in axis()) {
        let corner = (w.min(h) / 2.0 * round * 10.0).round() / 10.0;
        let size = sized(axis, [w, h], length);
        let area = |w: f64, h: f64, r: f64| w * h - (4.0 - PI) * r * r;
        let section = area(w, h, corner) - area(w - 2.0 * wall, h - 2.0 * wall, (corner - wall).max(0.0));
        // Thin walls of large radius lose more to the chords.
        check(&part(Shape::Tube { size, wall, axis, corner }, size), section * length, 0.25);
    }

    #[test]
    fn panels(w in tenths(1_000, 25_000), h in tenths(1_000, 12_000), t in tenths(30, 500), bevel in tenths(0, 40), corner in tenths(0, 500), axis in axis()) {
        let size = sized(axis, [w, h], t);
        let shape = Shape::Panel { size, thickness_axis: axis, holes: vec![], bevel, corner, banding: String::new() };
        let cut = if corner > 0.0 { bevel.min(0.95 * corner) } else { bevel }.min(0.49 * t);
        let expected = (w * h - (4.0 - PI) * corner * corner) * t - 2.0 * (w + h) * cut * cut;
        check(&part(shape, size), expected, 0.01);
    }

    #[test]
    fn panels_with_holes(across in 1usize..5, up in 1usize..4, diameter in tenths(50, 800), rect in any::<bool>(), corner in tenths(0, 300), bevel in tenths(0, 30), axis in axis()) {
        // A grid: many corners on common lines is what ear cutting likes least.
        let (w, h, t) = (across as f64 * 120.0, up as f64 * 120.0, 19.0);
        let size = sized(axis, [w, h], t);
        let mut holes = Vec::new();
        for i in 0..across {
            for j in 0..up {
                let at = [60.0 + 120.0 * i as f64, 60.0 + 120.0 * j as f64];
                holes.push(if rect && (i + j) % 2 == 0 { Hole::Rect { at, size: [diameter, diameter / 2.0] } } else { Hole::Round { at, diameter } });
            }
        }
        let gone: f64 = holes.iter().map(|hole| match hole {
            Hole::Round { diameter, .. } => PI / 4.0 * diameter * diameter,
            Hole::Rect { size, .. } => size[0] * size[1],
        }).sum();
        let expected = (w * h - (4.0 - PI) * corner * corner - gone) * t;
        check(&part(Shape::Panel { size, thickness_axis: axis, holes, bevel, corner, banding: String::new() }, size), expected, 0.05);
    }

    #[test]
    fn revolved(r in tenths(50, 2_000), h in tenths(50, 2_000), waist in 0.2..0.9f64, pointed in any::<bool>()) {
        let mid = r * waist;
        let bottom = if pointed { 0.0 } else { r };
        let profile = vec![[bottom, 0.0], [r, h / 4.0], [mid, h / 2.0], [r / 2.0, h]];
        let cone = |a: f64, b: f64, h: f64| PI * h / 3.0 * (a * a + a * b + b * b);
        let expected = cone(bottom, r, h / 4.0) + cone(r, mid, h / 4.0) + cone(mid, r / 2.0, h / 2.0);
        check(&part(Shape::Revolve { profile }, [2.0 * r, 2.0 * r, h]), expected, 0.06);
    }

    #[test]
    fn lofted(w in tenths(50, 20_000), d in tenths(50, 20_000), h in tenths(50, 20_000), (x, y) in (tenths(0, 900), tenths(0, 900)), (tw, td) in (tenths(50, 9_000), tenths(50, 9_000))) {
        let (bottom, top) = ([0.0, 0.0, w, d], [x, y, tw, td]);
        let size = [w.max(x + tw), d.max(y + td), h];
        let middle = (w + tw) / 2.0 * (d + td) / 2.0;
        check(&part(Shape::Loft { bottom, top, height: h }, size), h / 6.0 * (w * d + 4.0 * middle + tw * td), 1e-3);
    }
}

/// What holds of soft things: closed, outward, exactly as large as the part says, fuller than a ball and emptier than a box.
#[test]
fn cushions_are_closed_and_fill_their_box() {
    for (size, radius, puff, piping) in
        [([700.0, 650.0, 180.0], 45.0, 28.0, 8.0), ([450.0, 140.0, 420.0], 60.0, 20.0, 0.0), ([90.0, 900.0, 600.0], 40.0, 10.0, 0.0)]
    {
        let soft = part(Shape::Cushion { size, corner: radius, puff, piping }, size);
        let mesh = mesh(&soft);
        let (lo, hi) = mesh.bounds().expect("a mesh");
        for k in 0..3 {
            assert!(f64::from(lo[k]).abs() < 1e-3 && (f64::from(hi[k]) - size[k]).abs() < 1e-3, "{size:?}: {lo:?} {hi:?}");
        }
        let full = size.iter().product::<f64>();
        let share = volume(&mesh) / full;
        assert!((0.52..1.0).contains(&share), "{size:?} {share}");
        let at = welded(&mesh);
        let mut edges = BTreeMap::new();
        for t in mesh.indices.chunks_exact(3) {
            for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                *edges.entry((at[a as usize], at[b as usize])).or_insert(0) += 1;
            }
        }
        assert!(edges.iter().all(|((a, b), n)| *n == 1 && edges.get(&(*b, *a)) == Some(&1)), "{size:?} is open");
        let outward = mesh.normals.iter().all(|n| (n.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(outward, "normals have length 1");
        for t in mesh.indices.chunks_exact(3) {
            let [a, b, c] = [t[0], t[1], t[2]].map(|i| corner(&mesh, i));
            let face = cross(a, b, c);
            for i in t {
                assert!(dot(face, mesh.normals[*i as usize].map(f64::from)) >= -1e-3 * dot(face, face).sqrt(), "a normal looks inwards");
            }
        }
    }
}

#[test]
fn extrusions_along_every_axis() {
    // A channel: concave, with corners on common lines.
    let outline = vec![[0.0, 0.0], [110.0, 0.0], [110.0, 70.0], [108.0, 70.0], [108.0, 2.0], [2.0, 2.0], [2.0, 50.0], [0.0, 50.0]];
    let area = 110.0 * 2.0 + 68.0 * 2.0 + 48.0 * 2.0;
    for axis in ['x', 'y', 'z'] {
        let size = sized(axis, [110.0, 70.0], 900.0);
        check(&part(Shape::Extrusion { outline: outline.clone(), length: 900.0, axis }, size), area * 900.0, 1e-3);
    }
}

#[test]
fn round_surfaces_are_smooth_and_flat_ones_are_flat() {
    let bar = mesh(&part(Shape::Cylinder { diameter: 40.0, length: 100.0, axis: 'z' }, [40.0, 40.0, 100.0]));
    for (p, n) in bar.positions.iter().zip(&bar.normals).filter(|(_, n)| n[2].abs() < 0.5) {
        let outward = [(p[0] - 20.0) / 20.0, (p[1] - 20.0) / 20.0];
        assert!((n[0] - outward[0]).abs() < 1e-4 && (n[1] - outward[1]).abs() < 1e-4, "{n:?} at {p:?}");
    }
    let block = mesh(&part(Shape::Box { size: [10.0, 20.0, 30.0] }, [10.0, 20.0, 30.0]));
    assert_eq!((block.positions.len(), block.indices.len()), (24, 36));
    assert!(block.normals.iter().all(|n| n.iter().map(|x| x.abs()).sum::<f32>() == 1.0));
}

#[test]
fn texture_runs_along_the_grain_in_metres() {
    let mut board = part(Shape::Box { size: [1000.0, 500.0, 20.0] }, [1000.0, 500.0, 20.0]);
    for (grain, along) in [('x', 1.0), ('y', 0.5)] {
        board.grain = Some(grain);
        let mesh = mesh(&board);
        let top: Vec<f32> = mesh.uvs.iter().zip(&mesh.normals).filter(|(_, n)| n[2] > 0.5).map(|(uv, _)| uv[0]).collect();
        let spread = top.iter().copied().fold(f32::MIN, f32::max) - top.iter().copied().fold(f32::MAX, f32::min);
        assert!((spread - along).abs() < 1e-4, "{spread} m along {grain}");
    }
}

#[test]
fn a_first_picture_that_is_none_is_refused() {
    for text in ["nonsense", "p\t0\tbox\ta\tA\t0\t0", "m\toak\t\t0.5\t0\t0\t0\t0", "m\toak", "p\t0\tbox\ta\tWithout its material\t-10\t0\t0\t0\t0\t10\t10\t10"]
    {
        assert_eq!(look::read(text), None, "{text}");
    }
    assert_eq!(look::read(""), Some(scene::Scene::default()));
}
