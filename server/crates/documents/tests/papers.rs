//! Line drawings of every demo product, and the papers that they stand on.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

use documents::figure;
use documents::line::{Camera, Drawing, draw};
use documents::paper::{Head, assembly};
use product::{CompiledProduct, PartList, Values};
use scene::{Item, Mesh, PickId, Scene};

fn demos() -> Vec<(CompiledProduct, PartList, Scene)> {
    let made = |definition: serde_json::Value| {
        let product = publish::compile(&definition).expect("a demo product").compiled;
        let parts = product::parts(&product, &product::configure(&product, &Values::new()).values).expect("parts");
        let scene = product::scene(&product, &parts);
        (product, parts, scene)
    };
    publish::demo().into_iter().map(made).collect()
}

/// A box as a closed mesh with shared corners.
fn cuboid(at: [f32; 3], size: [f32; 3]) -> Item {
    let corner = |i: usize| [0, 1, 2].map(|k| at[k] + if i >> k & 1 == 1 { size[k] } else { 0.0 });
    let positions: Vec<[f32; 3]> = (0..8).map(corner).collect();
    let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let indices = faces.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *a, *c, *d]).collect();
    let mesh = Mesh { normals: vec![[0.0, 0.0, 1.0]; 8], uvs: vec![[0.0; 2]; 8], positions, indices };
    Item { pick: PickId(0), id: String::new(), name: String::new(), mesh, material: 0, joint: None }
}

fn length(drawing: &Drawing) -> f64 {
    drawing.strokes.iter().map(|s| (s.line[0][0] - s.line[1][0]).hypot(s.line[0][1] - s.line[1][1])).sum()
}

#[test]
fn a_box_shows_its_nine_near_edges_and_hides_what_is_behind_it() {
    let scene = |items| Scene { materials: vec![], items };
    let camera = Camera::oblique();
    let alone = draw(&scene(vec![cuboid([0.0; 3], [400.0, 300.0, 200.0])]), &[], &camera);
    let edge = |v: [f64; 3]| {
        let ([x, y], [ox, oy]) = (camera.paper(v), camera.paper([0.0; 3]));
        (x - ox).hypot(y - oy)
    };
    let near: f64 = 3.0 * (edge([400.0, 0.0, 0.0]) + edge([0.0, 300.0, 0.0]) + edge([0.0, 0.0, 200.0]));
    assert!((length(&alone) / near - 1.0).abs() < 0.01, "{} instead of {near}", length(&alone));

    // A small one behind it changes nothing, one beside it is seen whole.
    let behind = draw(&scene(vec![cuboid([0.0; 3], [400.0, 300.0, 200.0]), cuboid([150.0, 320.0, 20.0], [40.0, 40.0, 40.0])]), &[], &camera);
    assert!((length(&behind) / near - 1.0).abs() < 0.01 && behind.seen[1].is_none(), "{behind:?}");
    let beside = draw(&scene(vec![cuboid([0.0; 3], [400.0, 300.0, 200.0]), cuboid([500.0, 0.0, 0.0], [40.0, 40.0, 40.0])]), &[], &camera);
    assert!(beside.seen[1].is_some() && length(&beside) > near * 1.02);
    assert_eq!(draw(&Scene::default(), &[], &camera), Drawing::default());
}

#[test]
fn straight_views_measure_as_the_product_does() {
    for (product, _, scene) in demos() {
        let (lo, hi) = scene.bounds().expect("a box");
        let size = [0, 1, 2].map(|k| f64::from(hi[k] - lo[k]));
        for (camera, want) in [(Camera::front(), [size[0], size[2]]), (Camera::side(), [size[1], size[2]]), (Camera::top(), [size[0], size[1]])] {
            let drawing = draw(&scene, &[], &camera);
            // What is drawn reaches the edges, not only the box around it.
            for k in 0..2 {
                let ends = || drawing.strokes.iter().flat_map(|s| s.line).map(|p| p[k]);
                let reach = ends().fold(f64::MIN, f64::max) - ends().fold(f64::MAX, f64::min);
                assert!((reach - want[k]).abs() < 2.0 && (drawing.size()[k] - want[k]).abs() < 0.01, "{}: {reach} instead of {}", product.sku, want[k]);
            }
        }
        let (scale, views) = figure::views(&scene, [174.0, 200.0]);
        // Measured on paper: the dimension lines stand a figure's margins away from its edges.
        assert!((views[0].width - 13.0 - size[0] / scale).abs() < 0.02, "{}: {} at 1:{scale}", product.sku, views[0].width);
        assert!((size[0] + size[1]) / scale < 174.0 && (size[2] + size[1]) / scale < 200.0, "{}", product.sku);
    }
}

#[test]
fn taken_apart_every_kind_of_part_has_its_number() {
    for (product, parts, scene) in demos() {
        let groups: Vec<Vec<usize>> = product::bom_parts(&parts).into_iter().map(|(_, parts)| parts).collect();
        let figure = figure::exploded(&scene, &groups, (&product.name, "exploded.svg"), [174.0, 128.0]);
        let numbers: Vec<usize> = figure.balloons.iter().map(|b| b.number).collect();
        assert_eq!(numbers, (1..=groups.len()).collect::<Vec<_>>(), "{}", product.sku);
        assert!(figure.balloons.iter().all(|b| (0.0..=figure.height).contains(&b.at[1])), "{}", product.sku);
        let words = Head { title: product.name.clone(), ..Head::default() };
        let paper = assembly(&words, &parts, &scene).expect("drawn");
        assert_eq!(paper, assembly(&words, &parts, &scene).expect("drawn"), "{}: the same files each time", product.sku);
    }
}
