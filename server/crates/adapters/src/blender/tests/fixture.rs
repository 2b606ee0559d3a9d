//! Parts for tests: a desk with every shape, and small lists that turn each shape every way.

use ports::{Artefact, BuildRequest};
use product::{Hole, Part, PartList, Shape};
use scene::Material;
use std::collections::BTreeMap;

fn part(id: &str, material: &str, shape: Shape, size: [f64; 3], at: [f64; 3]) -> Part {
    Part {
        id: id.into(),
        name: id.replace('.', " "),
        material: material.into(),
        shape,
        size_mm: size,
        at_mm: at,
        rotation_deg: 0.0,
        sku: id.to_uppercase(),
        grain: None,
        in_bom: true,
        joint: None,
        template: None,
    }
}

fn panel(size: [f64; 3], axis: char, holes: Vec<Hole>, bevel: f64, corner: f64) -> Shape {
    Shape::Panel { size, thickness_axis: axis, holes, bevel, corner, banding: "ABS".into() }
}

fn tube(size: [f64; 3], axis: char) -> Shape {
    Shape::Tube { size, wall: 2.5, axis, corner: 5.0 }
}

/// A sit-stand desk, 1800 × 800 × 720 mm.
pub(super) fn desk() -> PartList {
    let holes = vec![Hole::Round { at: [90.0, 710.0], diameter: 80.0 }, Hole::Rect { at: [900.0, 740.0], size: [200.0, 60.0] }];
    let mut parts = vec![
        part("top", "finish", panel([1800.0, 800.0, 25.0], 'z', holes, 2.0, 20.0), [1800.0, 800.0, 25.0], [0.0, 0.0, 695.0]),
        part("grommet", "black", Shape::Cylinder { diameter: 80.0, length: 26.0, axis: 'z' }, [80.0, 80.0, 26.0], [50.0, 670.0, 694.0]),
        part("rail", "frame", tube([1040.0, 40.0, 20.0], 'x'), [1040.0, 40.0, 20.0], [380.0, 380.0, 675.0]),
        part("tray", "frame", Shape::Box { size: [900.0, 120.0, 2.0] }, [900.0, 120.0, 2.0], [450.0, 560.0, 600.0]),
        part("handset", "black", Shape::Box { size: [110.0, 40.0, 14.0] }, [110.0, 40.0, 14.0], [1500.0, 4.0, 681.0]),
        part("rod", "steel", Shape::Cylinder { diameter: 12.0, length: 1000.0, axis: 'x' }, [1000.0, 12.0, 12.0], [400.0, 420.0, 640.0]),
    ];
    parts[0].grain = Some('x');
    for (n, x) in [(1, 300.0), (2, 1420.0)] {
        let foot = [80.0, 700.0, 25.0];
        let outline = vec![[0.0, 0.0], [40.0, 0.0], [40.0, 5.0], [5.0, 5.0], [5.0, 40.0], [0.0, 40.0]];
        parts.push(part(&format!("foot.{n}"), "frame", panel(foot, 'z', vec![], 3.0, 20.0), foot, [x, 50.0, 12.0]));
        parts.push(part(&format!("column.{n}"), "frame", tube([80.0, 50.0, 330.0], 'z'), [80.0, 50.0, 330.0], [x, 375.0, 37.0]));
        parts.push(part(&format!("inner.{n}"), "frame", tube([72.0, 42.0, 328.0], 'z'), [72.0, 42.0, 328.0], [x + 4.0, 379.0, 367.0]));
        let bracket = Shape::Extrusion { outline, length: 600.0, axis: 'y' };
        parts.push(part(&format!("bracket.{n}"), "frame", bracket, [40.0, 600.0, 40.0], [x + 20.0, 100.0, 655.0]));
        for k in 0..3_u8 {
            let profile = vec![[10.0, 0.0], [12.0, 3.0], [6.0, 6.0], [6.0, 12.0]];
            let at = [x + 28.0, 80.0 + f64::from(k) * 250.0, 0.0];
            parts.push(part(&format!("glide.{n}.{k}"), "black", Shape::Revolve { profile }, [24.0, 24.0, 12.0], at));
        }
    }
    PartList { parts, bounding_box_mm: [1800.0, 800.0, 720.0], min_mm: [0.0; 3] }
}

/// Size of a shape with sides `a` and `b` across `axis` and `c` along it.
fn along(axis: char, a: f64, b: f64, c: f64) -> [f64; 3] {
    match axis {
        'x' => [c, a, b],
        'y' => [a, c, b],
        _ => [a, b, c],
    }
}

/// One list per shape and axis; the checker holds each part against its stated size.
pub(super) fn one_of_each() -> Vec<PartList> {
    let mut all = Vec::new();
    let mut add = |shape: Shape, size: [f64; 3], turned: bool| {
        let mut one = part("only", "finish", shape, size, [0.0; 3]);
        let mut bounds = size;
        if turned {
            one.rotation_deg = 90.0;
            one.at_mm = [size[1], 0.0, 5.0];
            bounds.swap(0, 1);
        }
        all.push(PartList { parts: vec![one], bounding_box_mm: bounds, min_mm: [0.0; 3] });
    };
    for axis in ['x', 'y', 'z'] {
        let size = along(axis, 300.0, 200.0, 18.0);
        let holes = || vec![Hole::Round { at: [100.0, 60.0], diameter: 35.0 }, Hole::Rect { at: [200.0, 120.0], size: [60.0, 30.0] }];
        add(panel(size, axis, holes(), 1.5, 12.0), size, axis == 'x');
        add(panel(size, axis, vec![], 0.0, 0.0), size, false);
        add(panel(size, axis, holes(), 4.0, 0.0), size, axis == 'y');
        add(Shape::Cylinder { diameter: 50.0, length: 90.0, axis }, along(axis, 50.0, 50.0, 90.0), axis == 'x');
        let profile = along(axis, 60.0, 40.0, 500.0);
        add(tube(profile, axis), profile, true);
        add(Shape::Tube { size: profile, wall: 30.0, axis, corner: 0.0 }, profile, false);
        // Clockwise on purpose, and with a hollow side.
        let outline = vec![[0.0, 0.0], [0.0, 80.0], [60.0, 80.0], [20.0, 40.0], [60.0, 0.0]];
        add(Shape::Extrusion { outline, length: 700.0, axis }, along(axis, 60.0, 80.0, 700.0), axis == 'z');
    }
    let (bottom, top) = ([0.0, 10.0, 600.0, 400.0], [200.0, 0.0, 200.0, 250.0]);
    add(Shape::Loft { bottom, top, height: 250.0 }, [600.0, 410.0, 250.0], true);
    let cushion = [700.0, 640.0, 170.0];
    add(Shape::Cushion { size: cushion, corner: 40.0, puff: 25.0, piping: 8.0 }, cushion, true);
    add(Shape::Box { size: [400.0, 3.0, 1.0] }, [400.0, 3.0, 1.0], true);
    add(Shape::Revolve { profile: vec![[0.0, 0.0], [60.0, 0.0], [80.0, 100.0], [70.0, 100.0], [50.0, 10.0], [0.0, 10.0]] }, [160.0, 160.0, 100.0], false);
    all
}

fn material(name: &str, base_color: [f32; 3], metallic: f32, texture: Option<&str>) -> (String, Material) {
    (name.to_owned(), Material { name: name.into(), base_color, metallic, roughness: 0.5, texture: texture.map(Into::into) })
}

/// A request for `parts` with the materials they name.
pub(super) fn request(parts: PartList, artefacts: &[Artefact]) -> BuildRequest {
    let materials = BTreeMap::from([
        material("finish", [0.80, 0.66, 0.49], 0.0, Some("oak")),
        material("frame", [0.13, 0.13, 0.135], 0.2, None),
        material("black", [0.05, 0.05, 0.05], 0.0, None),
        material("steel", [0.75, 0.76, 0.78], 1.0, None),
    ]);
    BuildRequest { job: "test".into(), name: "Tarn".into(), parts, materials, artefacts: artefacts.to_vec() }
}
