//! The demo products over a few hundred sampled configurations: parts stay in their envelope, cut lists add up, prices are
//! positive, meshes are closed and as large as their parts.
#![allow(clippy::cast_possible_truncation, missing_docs)]

use product::{CompiledProduct, Shape, Value, Values, bom, configure, mesh, parts, price, scene, variant_code};
use std::collections::{BTreeMap, BTreeSet};

fn compiled(definition: &str) -> CompiledProduct {
    let json = serde_json::from_str(definition).expect("the demo file is JSON");
    match publish::compile(&json) {
        Ok(published) => published.compiled,
        Err(faults) => panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

fn desk() -> CompiledProduct {
    compiled(include_str!("../demo/desk-ha.json"))
}

fn cabinet() -> CompiledProduct {
    compiled(include_str!("../demo/cab-base.json"))
}

fn chosen(pairs: &[(&str, Value)]) -> Values {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}

/// A small generator with a fixed start: a failure can be tried again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

/// Any value of every option, whether the rules like the combination or not: all of them can be shown, so all have parts.
fn samples(product: &CompiledProduct, count: usize) -> Vec<Values> {
    let mut dice = Dice(20_261_121);
    let mut any = || product.options.iter().filter_map(|o| Some((o.id.clone(), o.domain.nth(dice.roll(o.domain.len()))?))).collect();
    (0..count).map(|_| any()).collect()
}

fn check_parts(product: &CompiledProduct, values: &Values) {
    let envelope = ["width", "depth", "height"].map(|id| values.get(id).and_then(Value::as_num).unwrap_or_default());
    let list = parts(product, values).unwrap_or_else(|fault| panic!("{fault} with {values:?}"));
    // Not only inside: the box is the one that the customer chose.
    let lo = [0.0, -envelope[1], 0.0];
    for k in 0..3 {
        assert!((list.bounding_box_mm[k] - envelope[k]).abs() < 0.15, "{:?} instead of {envelope:?} with {values:?}", list.bounding_box_mm);
        assert!((list.min_mm[k] - lo[k]).abs() < 0.15, "starts at {:?} with {values:?}", list.min_mm);
    }
    let ids: BTreeSet<&str> = list.parts.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids.len(), list.parts.len(), "part ids are not unique");
    for part in &list.parts {
        assert!(product.materials.contains_key(&part.material), "no material {}", part.material);
    }

    let lines = bom(&list);
    assert_eq!(lines.iter().map(|l| l.quantity as usize).sum::<usize>(), list.parts.iter().filter(|p| p.in_bom).count());
    let cuts = lines.iter().filter_map(|l| l.cut.as_ref().map(|c| c.length * c.width * c.thickness * f64::from(l.quantity)));
    let cut: f64 = cuts.sum();
    let boards = list.parts.iter().filter(|p| matches!(p.shape, Shape::Panel { .. }));
    let built: f64 = boards.map(|p| p.size_mm.iter().product::<f64>()).sum();
    assert!((cut - built).abs() <= 1e-9 * built, "cut list {cut}, parts {built}");
}

fn check_price(product: &CompiledProduct, values: &Values) {
    let breakdown = price(product, values).unwrap_or_else(|fault| panic!("{fault} with {values:?}"));
    assert!(breakdown.total > 20_000, "{} with {values:?}", breakdown.total);
    assert!(breakdown.lines.iter().all(|l| l.amount > 0), "{breakdown:?}");
    assert_eq!(breakdown.lines.iter().map(|l| l.amount).sum::<i64>(), breakdown.total);
}

#[test]
fn parts_fill_their_box_and_cost_something() {
    for product in [desk(), cabinet()] {
        for values in samples(&product, 300) {
            check_parts(&product, &values);
            check_price(&product, &values);
        }
    }
}

#[test]
fn meshes_are_closed_and_as_large_as_their_parts() {
    for product in [desk(), cabinet()] {
        for values in samples(&product, 10) {
            let list = parts(&product, &values).unwrap();
            for part in &list.parts {
                let mesh = mesh(part);
                let (lo, hi) = mesh.bounds().unwrap();
                for k in 0..3 {
                    assert!(f64::from(lo[k]).abs() < 0.05 && (f64::from(hi[k]) - part.size_mm[k]).abs() < 0.05, "{} in {values:?}", part.id);
                }
                let place = |i: u32| mesh.positions[i as usize].map(f32::to_bits);
                let mut edges: BTreeMap<_, i32> = BTreeMap::new();
                for t in mesh.indices.chunks_exact(3) {
                    for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                        *edges.entry((place(a), place(b))).or_default() += 1;
                        *edges.entry((place(b), place(a))).or_default() -= 1;
                    }
                }
                assert!(edges.values().all(|n| *n == 0), "an open edge in {} of {values:?}", part.id);
            }
            let drawn = scene(&product, &list);
            assert_eq!(drawn.items.len(), list.parts.len());
            let (lo, hi) = drawn.bounds().unwrap();
            for k in 0..3 {
                assert!((f64::from(hi[k] - lo[k]) - list.bounding_box_mm[k]).abs() < 0.1);
            }
        }
    }
}

#[test]
fn defaults_cost_what_the_catalogue_says() {
    let product = desk();
    let shown = configure(&product, &chosen(&[("width", 1800.0.into()), ("tray", true.into())]));
    // Frame 499.00, top 1.44 m² × 245, tray 64.00, handset 45.00.
    assert_eq!(price(&product, &shown.values).unwrap().total, 96_080);
    assert_eq!(variant_code(&product, &shown.values), "DESK-HA-1800-0800-OAK-STD-T-M");
    let product = cabinet();
    let made = configure(&product, &Values::new());
    assert!(made.valid && made.forced.is_empty());
    assert_eq!(price(&product, &made.values).unwrap().total, 115_516);
}

#[test]
fn natural_laws_force_and_block() {
    let product = desk();
    let wide = configure(&product, &chosen(&[("width", 2200.0.into())]));
    let forced: BTreeMap<_, _> = wide.forced.iter().map(|f| (f.option.as_str(), &f.value)).collect();
    assert!(wide.valid);
    assert_eq!(forced, BTreeMap::from([("frame", &Value::from("heavy")), ("tray", &Value::from(true))]));
    let torn = configure(&product, &chosen(&[("width", 2200.0.into()), ("frame", "standard".into()), ("tray", true.into())]));
    assert!(!torn.valid);
    assert!(torn.blocked.iter().any(|b| b.chosen && b.message == "Tops over 2.0 m need the heavy frame."));

    let product = cabinet();
    let wide = configure(&product, &chosen(&[("width", 1000.0.into())]));
    assert!(wide.valid && wide.values.get("runners") == Some(&"heavy".into()));
    let torn = configure(&product, &chosen(&[("drawers", 3.0.into()), ("doors", "left".into())]));
    assert!(!torn.valid);
}

#[test]
fn the_cabinets_cut_list_names_every_board() {
    let product = cabinet();
    let list = parts(&product, &configure(&product, &Values::new()).values).unwrap();
    let mut cuts: BTreeMap<String, u32> = BTreeMap::new();
    for line in bom(&list).into_iter().filter(|l| l.cut.is_some()) {
        *cuts.entry(line.sku).or_default() += line.quantity;
    }
    let told: Vec<(&str, u32)> = cuts.iter().map(|(sku, n)| (sku.as_str(), *n)).collect();
    let expected = [
        ("SHL-BACK", 1),
        ("SHL-BOTTOM", 1),
        ("SHL-DRW-BOT", 3),
        ("SHL-DRW-END", 6),
        ("SHL-DRW-SIDE", 6),
        ("SHL-FRONT", 3),
        ("SHL-PLINTH", 1),
        ("SHL-PLINTH-R", 2),
        ("SHL-RAIL", 1),
        ("SHL-RAIL-S", 1),
        ("SHL-RAIL-T", 2),
        ("SHL-SIDE", 2),
        ("SHL-TOP", 1),
    ];
    assert_eq!(told, expected);
    let sides = bom(&list).into_iter().find(|l| l.sku == "SHL-SIDE").unwrap();
    let cut = sides.cut.unwrap();
    assert_eq!((sides.quantity, cut.length as i64, cut.width as i64, cut.thickness as i64), (2, 780, 524, 18));
    assert_eq!((cut.grain.as_str(), cut.edges.as_str()), ("length", "ABS 1 mm, front and bottom"));
}

/// The far corners of a part, as `(lowest, highest)` per axis, with its joint opened by `share`.
fn swept(part: &product::Part, share: f64) -> ([f64; 3], [f64; 3]) {
    let joint = part.joint.clone().unwrap_or_default();
    let (a, b) = match joint.axis {
        'x' => (1, 2),
        'y' => (2, 0),
        _ => (0, 1),
    };
    // `about` names the plane's axes in their order.
    let line = if joint.axis == 'y' { [joint.about_mm[1], joint.about_mm[0]] } else { joint.about_mm };
    let (sin, cos) = (joint.angle_deg * share).to_radians().sin_cos();
    let (mut lo, mut hi) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for corner in 0..8 {
        let mut at: [f64; 3] = std::array::from_fn(|k| part.at_mm[k] + if corner >> k & 1 == 1 { part.size_mm[k] } else { 0.0 });
        let (u, v) = (at[a] - line[0], at[b] - line[1]);
        (at[a], at[b]) = (line[0] + u * cos - v * sin, line[1] + u * sin + v * cos);
        for k in 0..3 {
            at[k] += joint.slide_mm[k] * share;
            (lo[k], hi[k]) = (lo[k].min(at[k]), hi[k].max(at[k]));
        }
    }
    (lo, hi)
}

/// Doors, flaps and drawers come towards the person, stay above the floor, and drawers stay in their cabinet by a tenth at least.
#[test]
fn what_opens_opens_to_the_front() {
    let wall = compiled(include_str!("../demo/wall-st.json"));
    for product in [cabinet(), compiled(include_str!("../demo/fire-cv.json")), wall] {
        let mut moved = 0;
        for values in samples(&product, 60) {
            let list = parts(&product, &values).unwrap_or_else(|fault| panic!("{fault} with {values:?}"));
            let front = list.min_mm[1];
            for part in list.parts.iter().filter(|p| p.joint.is_some()) {
                let joint = part.joint.as_ref().expect("one");
                if joint.angle_deg.abs() < 1e-9 && joint.slide_mm.iter().all(|s| s.abs() < 1e-9) {
                    continue;
                }
                moved += 1;
                let ((shut, _), (lo, hi)) = (swept(part, 0.0), swept(part, 1.0));
                let what = format!("{} of {} with {values:?}: {lo:?} {hi:?}", part.id, product.sku);
                assert!((0..3).all(|k| (shut[k] - part.at_mm[k]).abs() < 1e-6), "closed it stands where it is: {what}");
                assert!(lo[1] < shut[1] - 5.0 && lo[1] < front + 400.0, "not to the front: {what}");
                assert!(lo[2] > -0.1, "into the floor: {what}");
                if joint.angle_deg.abs() < 1e-9 && part.id.contains("drawer_side") {
                    assert!(hi[1] > front + 0.1 * part.size_mm[1], "falls out: {what}");
                }
            }
        }
        assert!(moved > 20, "{}: only {moved}", product.sku);
    }
}

/// A nested product's hinges stand where its element stands.
#[test]
fn hinges_go_where_their_element_goes() {
    let wall = compiled(include_str!("../demo/wall-st.json"));
    let list = parts(&wall, &wall.defaults()).expect("parts");
    let doors: Vec<_> = list.parts.iter().filter(|p| p.id.ends_with(".front")).collect();
    assert!(doors.len() > 2);
    for door in doors {
        let about = door.joint.as_ref().expect("a hinge").about_mm;
        let sides = [door.at_mm[0], door.at_mm[0] + door.size_mm[0]];
        assert!(sides.iter().any(|side| (side - about[0]).abs() < 1.0), "{}: hinge at {about:?}, door between {sides:?}", door.id);
    }
}
