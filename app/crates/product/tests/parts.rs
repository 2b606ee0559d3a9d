//! The recipe's evaluation: repetition, limits, boxes of turned parts, bill of materials, footprint.
#![allow(clippy::float_cmp, missing_docs)]

use product::expr::BinOp;
use product::{
    CompiledProduct, EdgeDef, EvalError, Expr, HoleDef, HoleSize, MaterialRef, PartDef, PartError, ShapeDef, Value, Values, bom, footprint, parts, scene,
};
use std::collections::BTreeMap;

fn n(x: f64) -> Expr {
    Expr::Lit(Value::Num(x))
}

fn bin(op: BinOp, a: Expr, b: Expr) -> Expr {
    Expr::Bin(op, Box::new(a), Box::new(b))
}

fn product(parts: Vec<PartDef>) -> CompiledProduct {
    CompiledProduct {
        format: 1,
        sku: "T".into(),
        name: "Tested".into(),
        description: String::new(),
        category: "tests".into(),
        template_version: "1".into(),
        options: vec![],
        rules: vec![],
        currency: "USD".into(),
        price_lines: vec![],
        grades: BTreeMap::new(),
        lets: vec![],
        parts,
        materials: BTreeMap::new(),
        envelope: [n(1.0), n(1.0), n(1.0)],
        carbon: None,
        nests: vec![],
        presets: vec![],
        terms: None,
    }
}

fn def(id: &str, shape: ShapeDef) -> PartDef {
    PartDef {
        id: id.into(),
        name: "Part".into(),
        when: None,
        repeat: None,
        shape,
        at: [n(0.0), n(0.0), n(0.0)],
        rotation: None,
        material: MaterialRef::Named("oak".into()),
        sku: "P".into(),
        grain: None,
        in_bom: true,
        joint: None,
        template: None,
    }
}

fn block(w: f64, d: f64, h: f64) -> ShapeDef {
    ShapeDef::Box { size: [n(w), n(d), n(h)] }
}

fn panel(size: [f64; 3], holes: Vec<HoleDef>) -> ShapeDef {
    ShapeDef::Panel { size: size.map(n), holes, edge: Some(EdgeDef { bevel: n(1.0), banding: "ABS".into() }), corner: None }
}

fn hole(x: f64, y: f64, diameter: f64) -> HoleDef {
    HoleDef { at: [n(x), n(y)], size: HoleSize::Round(n(diameter)), when: None }
}

fn run(defs: Vec<PartDef>) -> Result<product::PartList, PartError> {
    parts(&product(defs), &Values::new())
}

#[test]
fn repeats_count_from_zero_and_lengths_are_rounded() {
    let mut shelf = def("shelf", block(100.04, 20.0, 10.0));
    shelf.repeat = Some(n(3.0));
    shelf.at[2] = bin(BinOp::Mul, Expr::Counter, n(33.333));
    let list = run(vec![shelf]).unwrap();
    let ids: Vec<_> = list.parts.iter().map(|p| (p.id.as_str(), p.at_mm[2])).collect();
    assert_eq!(ids, [("shelf.0", 0.0), ("shelf.1", 33.3), ("shelf.2", 66.7)]);
    assert_eq!(list.bounding_box_mm, [100.0, 20.0, 76.7]);
}

#[test]
fn conditions_may_guard_and_may_count() {
    let mut guarded = def("guarded", block(1.0, 1.0, 1.0));
    guarded.when = Some(Expr::Lit(Value::Bool(false)));
    guarded.repeat = Some(bin(BinOp::Div, n(1.0), n(0.0)));
    let mut odd = def("odd", block(1.0, 1.0, 1.0));
    odd.repeat = Some(n(4.0));
    odd.when = Some(bin(BinOp::Gt, Expr::Counter, n(1.0)));
    let ids: Vec<_> = run(vec![guarded, odd]).unwrap().parts.into_iter().map(|p| p.id).collect();
    assert_eq!(ids, ["odd.2", "odd.3"]);
}

#[test]
fn limits_and_bad_sizes_name_the_part() {
    let mut many = def("many", block(1.0, 1.0, 1.0));
    many.repeat = Some(n(1001.0));
    assert_eq!(run(vec![many.clone()]), Err(PartError::Repeat { part: "many".into(), count: 1001.0 }));
    many.repeat = Some(n(1000.0));
    assert_eq!(run(vec![many.clone(); 5]).unwrap().parts.len(), 5000);
    assert_eq!(run(vec![many; 6]), Err(PartError::TooMany));
    assert!(matches!(run(vec![def("thin", block(1.0, 0.04, 1.0))]), Err(PartError::Size { part, size: [1.0, 0.0, 1.0] }) if part == "thin"));
    assert!(matches!(run(vec![def("neg", block(-1.0, 1.0, 1.0))]), Err(PartError::Size { .. })));
    assert!(matches!(run(vec![def("vast", block(1e6, 1.0, 1.0))]), Err(PartError::Size { .. })));
    let bad = def("bad", ShapeDef::Box { size: [bin(BinOp::Div, n(1.0), n(0.0)), n(1.0), n(1.0)] });
    assert_eq!(run(vec![bad]), Err(PartError::Formula { part: "bad".into(), fault: EvalError::DivisionByZero }));
}

#[test]
fn holes_stay_inside_and_apart() {
    let size = [200.0, 100.0, 20.0];
    assert!(run(vec![def("p", panel(size, vec![hole(50.0, 50.0, 60.0), hole(150.0, 50.0, 60.0)]))]).is_ok());
    assert!(matches!(run(vec![def("p", panel(size, vec![hole(20.0, 50.0, 60.0)]))]), Err(PartError::Shape { .. })));
    assert!(matches!(run(vec![def("p", panel(size, vec![hole(80.0, 50.0, 60.0), hole(120.0, 50.0, 60.0)]))]), Err(PartError::Shape { .. })));
}

#[test]
fn outlines_are_normalised_and_must_be_simple() {
    let outline = |points: &[[f64; 2]]| ShapeDef::Extrusion { outline: points.iter().map(|p| p.map(n)).collect(), length: n(10.0), axis: 'z' };
    // Clockwise, off the origin, with a corner on a straight side.
    let list = run(vec![def("e", outline(&[[5.0, 5.0], [5.0, 25.0], [15.0, 25.0], [25.0, 25.0], [25.0, 5.0]]))]).unwrap();
    assert_eq!(list.parts[0].size_mm, [20.0, 20.0, 10.0]);
    assert!(matches!(&list.parts[0].shape, product::Shape::Extrusion { outline, .. } if outline.len() == 4 && outline.contains(&[0.0, 0.0])));
    assert!(run(vec![def("bow", outline(&[[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0]]))]).is_err());
    assert!(run(vec![def("line", outline(&[[0.0, 0.0], [10.0, 10.0], [20.0, 20.0]]))]).is_err());
}

#[test]
fn boxes_of_turned_parts_are_the_real_ones() {
    let turned = |shape: ShapeDef, degrees: f64| {
        let mut one = def("t", shape);
        one.rotation = Some(n(degrees));
        let made = product(vec![one]);
        let list = parts(&made, &Values::new()).unwrap();
        // What is drawn has the same box as what is computed.
        let (lo, hi) = scene(&made, &list).bounds().unwrap();
        for k in 0..3 {
            assert!((f64::from(lo[k]) - list.min_mm[k]).abs() < 0.4, "{lo:?} {:?}", list.min_mm);
            assert!((f64::from(hi[k] - lo[k]) - list.bounding_box_mm[k]).abs() < 0.6, "{hi:?} {:?}", list.bounding_box_mm);
        }
        (list.min_mm, list.bounding_box_mm)
    };
    assert_eq!(turned(block(100.0, 40.0, 10.0), 90.0), ([-40.0, 0.0, 0.0], [40.0, 100.0, 10.0]));
    assert_eq!(turned(block(100.0, 40.0, 10.0), -180.0), ([-100.0, -40.0, 0.0], [100.0, 40.0, 10.0]));
    let (_, size) = turned(block(100.0, 100.0, 10.0), 45.0);
    assert_eq!(size, [141.4, 141.4, 10.0]);
    // A disc is as wide from everywhere.
    let (_, size) = turned(ShapeDef::Cylinder { diameter: n(80.0), length: n(10.0), axis: 'z' }, 30.0);
    assert_eq!(size, [80.0, 80.0, 10.0]);
    let round = ShapeDef::Panel { size: [n(100.0), n(100.0), n(10.0)], holes: vec![], edge: None, corner: Some(n(50.0)) };
    assert_eq!(turned(round, 45.0).1, [100.0, 100.0, 10.0]);
    turned(ShapeDef::Tube { size: [n(90.0), n(60.0), n(300.0)], wall: n(2.0), axis: 'z', corner: n(12.0) }, 17.0);
    turned(ShapeDef::Cylinder { diameter: n(30.0), length: n(300.0), axis: 'x' }, 71.0);
}

#[test]
fn equal_boards_merge_however_they_stand() {
    let mut left = def("left", panel([18.0, 560.0, 720.0], vec![]));
    left.grain = Some('z');
    left.repeat = Some(n(2.0));
    let mut lying = def("lying", panel([720.0, 560.0, 18.0], vec![]));
    lying.grain = Some('x');
    let mut across = def("across", panel([720.0, 560.0, 18.0], vec![]));
    across.grain = Some('y');
    let holed = def("holed", panel([720.0, 560.0, 18.0], vec![hole(100.0, 100.0, 35.0)]));
    let mut helper = def("helper", block(1.0, 1.0, 1.0));
    helper.in_bom = false;
    let lines = bom(&run(vec![left, lying, across, holed, helper]).unwrap());
    let told: Vec<_> = lines.iter().map(|l| l.cut.as_ref().map(|c| (l.quantity, c.length, c.width, c.thickness, c.grain.as_str())).unwrap()).collect();
    assert_eq!(told, [(3, 720.0, 560.0, 18.0, "length"), (1, 560.0, 720.0, 18.0, "length"), (1, 720.0, 560.0, 18.0, "none")]);
}

#[test]
fn different_sizes_of_one_article_stay_apart() {
    let mut short = def("short", ShapeDef::Tube { size: [n(40.0), n(40.0), n(500.0)], wall: n(2.0), axis: 'z', corner: n(4.0) });
    short.repeat = Some(n(4.0));
    let long = def("long", ShapeDef::Tube { size: [n(40.0), n(40.0), n(700.0)], wall: n(2.0), axis: 'z', corner: n(4.0) });
    let quantities: Vec<_> = bom(&run(vec![short, long]).unwrap()).iter().map(|l| (l.quantity, l.cut.is_none())).collect();
    assert_eq!(quantities, [(4, true), (1, true)]);
}

#[test]
fn footprints_are_convex_and_cover_the_parts() {
    let mut leg = def("leg", ShapeDef::Cylinder { diameter: n(40.0), length: n(10.0), axis: 'z' });
    leg.at[0] = n(300.0);
    let plan = footprint(&run(vec![def("block", block(100.0, 40.0, 10.0)), leg]).unwrap());
    assert_eq!((plan.min_mm, plan.size_mm), ([0.0, 0.0], [340.0, 40.0]));
    let corners = plan.outline.len();
    assert!(corners > 4);
    for i in 0..corners {
        let (a, b, c) = (plan.outline[i], plan.outline[(i + 1) % corners], plan.outline[(i + 2) % corners]);
        assert!((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) > 0.0, "not convex at {b:?}");
    }
    assert!(footprint(&run(vec![]).unwrap()).outline.is_empty());
}

#[test]
fn materials_come_once_and_picks_count_parts() {
    let mut list = run(vec![def("a", block(1.0, 1.0, 1.0)), def("b", block(1.0, 1.0, 1.0))]).unwrap();
    list.parts[1].at_mm = [5.0, -5.0, 2.0];
    let drawn = scene(&product(vec![]), &list);
    assert_eq!((drawn.materials.len(), drawn.materials[0].name.as_str()), (1, "oak"));
    assert_eq!(drawn.items.iter().map(|i| i.pick.0).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(drawn.items[1].mesh.bounds(), Some(([5.0, -5.0, 2.0], [6.0, -4.0, 3.0])));
}
