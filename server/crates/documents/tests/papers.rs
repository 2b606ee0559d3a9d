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

/// Ends of all lines of a poster.
fn ends(svg: &str) -> Vec<[f64; 2]> {
    let paths = svg.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let points = paths.flat_map(|path| path.split(['M', 'L'])).filter(|p| !p.is_empty());
    points.map(|p| p.split_once(' ').expect("two numbers")).map(|(x, y)| [x.parse().expect("x"), y.parse().expect("y")]).collect()
}

#[test]
fn a_poster_stands_in_its_frame_as_the_first_look_does() {
    for (product, _, scene) in demos() {
        let svg = documents::figure::poster(&scene);
        let points = ends(&svg);
        assert!(points.len() > 40, "{}: {} ends", product.sku, points.len());
        for (k, middle, reach) in [(0, 560.0, 448.0), (1, 420.0, 310.8)] {
            let far = points.iter().map(|p: &[f64; 2]| (p[k] - middle).abs()).fold(0.0, f64::max);
            assert!(far < reach * 1.02, "{}: {far} of {reach}", product.sku);
        }
        let filled = points.iter().map(|p| ((p[0] - 560.0).abs() / 448.0).max((p[1] - 420.0).abs() / 310.8)).fold(0.0, f64::max);
        assert!(filled > 0.85, "{}: {filled} of the frame", product.sku);
        assert_eq!(svg, documents::figure::poster(&scene), "the same bytes each time");
    }
    assert_eq!(ends(&documents::figure::poster(&Scene::default())), Vec::<[f64; 2]>::new());
}

#[test]
fn with_perspective_a_far_edge_is_shorter_than_a_near_one() {
    let scene = Scene { materials: vec![], items: vec![cuboid([0.0; 3], [1000.0, 1000.0, 1000.0])] };
    let camera = Camera::home(scene.bounds().expect("a box"));
    let drawing = draw(&scene, &[], &camera);
    let long = |from: [f64; 3], to: [f64; 3]| {
        let [a, b] = [from, to].map(|p| camera.paper(p));
        (a[0] - b[0]).hypot(a[1] - b[1])
    };
    let (near, far) = (long([0.0, 0.0, 0.0], [0.0, 0.0, 1000.0]), long([1000.0, 1000.0, 0.0], [1000.0, 1000.0, 1000.0]));
    assert!(near > far * 1.1, "{near} {far}");
    // The nine edges that are seen from the upper left, and nothing of the three behind.
    let corner = |x: f64, y: f64, z: f64| [x * 1000.0, y * 1000.0, z * 1000.0];
    let hidden =
        [[corner(1.0, 1.0, 0.0), corner(1.0, 1.0, 1.0)], [corner(0.0, 1.0, 0.0), corner(1.0, 1.0, 0.0)], [corner(1.0, 0.0, 0.0), corner(1.0, 1.0, 0.0)]];
    let mut whole = 0.0;
    for [axis, a, b] in (0..3).flat_map(|axis| [[axis, 0, 0], [axis, 0, 1], [axis, 1, 0], [axis, 1, 1]]) {
        let end = |t: f64| {
            let mut p = [0.0; 3];
            (p[axis], p[(axis + 1) % 3], p[(axis + 2) % 3]) = (t * 1000.0, a as f64 * 1000.0, b as f64 * 1000.0);
            p
        };
        whole += long(end(0.0), end(1.0));
    }
    let seen = whole - hidden.iter().map(|[a, b]| long(*a, *b)).sum::<f64>();
    assert!((length(&drawing) - seen).abs() < seen * 0.02, "{} of {seen}", length(&drawing));
}
