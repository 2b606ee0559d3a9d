//! Faulty definitions are refused at the right place.

mod kit;

use kit::{shelf, with};
use serde_json::{Value as Json, json};

/// Puts `value` at `set` and expects a fault at `at` whose words contain `words`.
#[track_caller]
fn check(set: &str, value: Json, at: &str, words: &str) {
    let definition = with(shelf(), set, value);
    match publish::compile(&definition) {
        Ok(_) => panic!("{set}: no fault"),
        Err(faults) => assert!(faults.iter().any(|f| f.pointer == at && f.message.contains(words)), "{set}: expected “{words}” at {at}, got {faults:#?}"),
    }
}

#[test]
fn the_shelf_itself_is_faultless() {
    let published = publish::compile(&shelf()).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!(published.warnings, []);
    let ids: Vec<&str> = published.compiled.options.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(ids, ["width", "depth", "finish", "frame", "tray"]);
    let lets: Vec<&str> = published.compiled.lets.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(lets, ["t", "half"], "sorted by need");
}

#[test]
fn a_template_is_bound_to_what_it_has() {
    let bound = |bind: Json| json!({ "file": "hood.blend", "bind": bind });
    let id = shelf()["recipe"]["parts"][0]["id"].as_str().expect("an id").to_owned();
    let to = |json: Json| bound(json!({ &id: json }));
    check("/template", json!({ "file": "desk.blend", "bind": {} }), "/template/file", "There is no template `desk.blend`. Known: hood.blend");
    check("/template", json!({ "file": "hood.blend" }), "/template", "`bind` is missing");
    check("/template", json!("hood.blend"), "/template", "Must be");
    check("/template", bound(json!({ "wing": { "object": "Spotlight" } })), "/template/bind/wing", "There is no part `wing`");
    check("/template", to(json!({ "object": "Wing" })), &format!("/template/bind/{id}/object"), "Baffle filter, Spotlight");
    check("/template", to(json!({ "object": "Spotlight", "inputs": { "Span": 1 } })), &format!("/template/bind/{id}/inputs/Span"), "no such name");
    check("/template", to(json!({ "object": "Spotlight", "shape_keys": { "Wide": "wings" } })), &format!("/template/bind/{id}/shape_keys/Wide"), "wings");
    assert!(publish::compile(&with(shelf(), "/template", Json::Null)).is_ok());
    let made = publish::compile(&with(shelf(), "/template", to(json!({ "object": "Spotlight", "shape_keys": { "Wide": "7" } })))).expect("bound").compiled;
    let parts = product::parts(&made, &product::Values::new()).expect("parts");
    let template = parts.parts[0].template.as_ref().expect("bound");
    assert_eq!((template.object.as_str(), template.shape_keys.as_slice()), ("Spotlight", &[("Wide".to_owned(), 1.0)][..]), "a shape key ends at 1");
}

#[test]
fn joints() {
    let at = "/recipe/parts/0/joint";
    let turn = |axis: &str| json!({ "turn": { "axis": axis, "about": [0, "width"], "angle": "frame == 'heavy' ? 95 : -95" } });
    for joint in [json!({ "slide": [0, "-depth * 0.8", 0] }), turn("z"), turn("x")] {
        let published = publish::compile(&with(shelf(), at, joint.clone())).unwrap_or_else(|f| panic!("{joint}: {f:#?}"));
        assert!(published.compiled.parts[0].joint.is_some());
    }
    check(at, json!({}), at, "either `slide` or `turn`");
    check(at, json!({ "slide": [0, 0, 0], "turn": { "about": [0, 0], "angle": 90 } }), at, "either `slide` or `turn`");
    check(at, json!({ "slide": [0, 0] }), &format!("{at}/slide"), "3 formulas");
    check(at, json!({ "slide": [0, "widht", 0] }), &format!("{at}/slide/1"), "Unknown name `widht`");
    check(at, turn("w"), &format!("{at}/turn/axis"), "");
    check(at, json!({ "turn": { "about": [0, 0] } }), &format!("{at}/turn"), "`angle` is missing");
    check(at, json!({ "slide": ["1000 / (width - 1600)", 0, 0] }), "/recipe/parts/0", "division by zero");
}

#[test]
fn formulas() {
    let at = "/price/lines/0/amount";
    for (source, words) in [
        ("widht * 2", "Unknown name `widht`"),
        ("width +", "Not a formula"),
        ("", "Not a formula"),
        ("'x'", "must give a number"),
        ("width > 3", "must give a number"),
        ("finish + 1", "does not fit"),
        ("frame == 'hevy' ? 1 : 2", "never `hevy`"),
        ("frame in ['heavy', 'lite'] ? 1 : 2", "never `lite`"),
        ("tray ? 1 : 'a'", "one kind"),
        ("width ? 1 : 2", "before `?`"),
        ("area_m2(width)", "takes 2 values"),
        ("sqrt(width)", "Unknown function `sqrt`"),
        ("width.abs()", "methods"),
        ("[1, 2].map(x, x)[0]", ""),
        ("[1, 2].exists(x, x > 1) ? 1 : 2", "not available"),
        ("frame.length", "fields"),
        ("grade_price(frame)", "no `grade`"),
        ("grade_price(width + 1)", "takes the name of an option"),
        ("i", "repetitions of a part"),
        ("count([width, 'a'])", "one kind"),
        ("1 / 0", "division by zero"),
        ("100 / (width - 1600)", "division by zero"),
        ("1e308 * width", "finite"),
    ] {
        let at = if words == "division by zero" || words == "finite" { "/price/lines/0" } else { at };
        check("/price/lines/0/amount", json!(source), at, words);
    }
}

#[test]
fn giants_are_refused_quickly() {
    let at = "/price/lines/0/amount";
    let deep = format!("{}1{}", "(".repeat(1_500), ")".repeat(1_500));
    check(at, json!(deep), at, "too large");
    check(at, json!("!".repeat(1_501) + "tray ? 1 : 2"), at, "too large");
    check(at, json!("- ".repeat(1_001) + "width"), at, "too large");
    check(at, json!("1 + ".repeat(100) + "1"), at, "too large");
    check(at, json!("1 + ".repeat(390) + "1"), at, "too large");
    check(at, json!("tray ? 1 : ".repeat(60) + "1"), at, "too large");
    check(at, json!("[".repeat(60)), at, "too large");
    // At the limits the parser still has room.
    let nested = format!("{}1{}", "(".repeat(24), ")".repeat(24));
    let chosen = "tray ? 1 : ".repeat(24) + "1";
    for fine in [nested, chosen, "1 + ".repeat(45) + "1", "'((((((((((((((((((((((((((((((' == finish ? 1 : 2".into()] {
        let found = publish::compile(&with(shelf(), at, json!(fine)));
        assert!(found.is_ok() || fine.contains("finish"), "{fine}: {found:?}");
    }
    check(at, json!("9".repeat(5_000)), at, "longer than");
    check(at, json!(vec![1; 3]), at, "number or a formula");
    // A rule writes its `let`s out: doubling thirty times must not.
    let mut definition = with(shelf(), "/recipe/let/a0", json!("width"));
    for k in 1..30 {
        definition = with(definition, &format!("/recipe/let/a{k}"), json!(format!("a{} + a{}", k - 1, k - 1)));
    }
    let definition = with(definition, "/rules/0/when", json!("a29 > 1"));
    let faults = publish::compile(&definition).expect_err("too large");
    assert!(faults.iter().any(|f| f.pointer == "/rules/0/when" && f.message.contains("written out")), "{faults:#?}");
}

#[test]
fn lets() {
    check("/recipe/let/a", json!("a + 1"), "/recipe/let/a", "circle");
    check("/recipe/let/t", json!("half"), "/recipe/let/half", "circle");
    check("/recipe/let/width", json!(1), "/recipe/let/width", "already");
    check("/recipe/let/a b", json!(1), "/recipe/let/a b", "A name is");
    check("/recipe/let/x~1y", json!(1), "/recipe/let/x~1y", "A name is");
    check("/recipe/let/b", json!("tray + 1"), "/recipe/let/b", "does not fit");
}

#[test]
fn schemas() {
    let p = "/config_schema/properties";
    for (set, value, at, words) in [
        (format!("{p}/width/type"), json!("integr"), format!("{p}/width/type"), ""),
        (format!("{p}/width/minimum"), json!("1"), format!("{p}/width/minimum"), ""),
        (format!("{p}/width/default"), json!(1610), format!("{p}/width/default"), "1000 to 2400 in steps of 50"),
        (format!("{p}/width/default"), json!(1600.5), format!("{p}/width/default"), "not allowed"),
        (format!("{p}/width/minimum"), json!(3000), format!("{p}/width"), "No value"),
        (format!("{p}/depth/multipleOf"), json!(0.0001), format!("{p}/depth/multipleOf"), "0.001"),
        (format!("{p}/width/pattern"), json!("a"), format!("{p}/width/pattern"), "Unknown member"),
        (format!("{p}/finish"), json!({ "type": "string", "default": "a" }), format!("{p}/finish"), "enum"),
        (format!("{p}/list"), json!({ "type": "array", "default": [] }), format!("{p}/list"), "`maxItems` must be given"),
        (format!("{p}/i"), json!({ "type": "boolean", "default": true }), format!("{p}/i"), "name"),
        (format!("{p}/tray"), json!({ "type": "boolean" }), format!("{p}/tray"), "`default` is missing"),
        (format!("{p}/finish/x-fitout/grade/walnut"), json!("Z"), format!("{p}/finish/x-fitout/grade/walnut"), "no price"),
        (format!("{p}/finish/x-fitout/grade/teak"), json!("A"), format!("{p}/finish/x-fitout/grade/teak"), "not among"),
        (format!("{p}/frame/x-fitout/code/heavy"), json!("STD"), format!("{p}/frame/x-fitout/code/standard"), "twice"),
        (format!("{p}/frame/x-fitout/widget"), json!("slider"), format!("{p}/frame/x-fitout/widget"), "does not fit"),
        (format!("{p}/frame/x-fitout/colour"), json!(1), format!("{p}/frame/x-fitout/colour"), "Unknown member"),
        (format!("{p}/width/x-fitout/labels"), json!({ "1610": "Odd" }), format!("{p}/width/x-fitout/labels/1610"), "not among the values"),
        (format!("{p}/width/x-fitout/labels"), json!({ "1600": "Usual", "1600.0": "Again" }), format!("{p}/width/x-fitout/labels/1600.0"), "one for a value"),
        (format!("{p}/width/x-fitout/code"), json!({ "1600": "U" }), format!("{p}/width/x-fitout/code"), "A range has no"),
        ("/config_schema/additionalProperties".into(), json!(true), "/config_schema".into(), "additionalProperties"),
        ("/config_schema/allOf".into(), json!([]), "/config_schema/allOf".into(), ""),
        ("/config_schema/$ref".into(), json!("https://example.com/schema.json"), "/config_schema".into(), ""),
        ("/config_schema/x-fitout/order/-".into(), json!("legs"), "/config_schema/x-fitout/order/5".into(), "no option"),
    ] {
        check(&set, value, &at, words);
    }
}

#[test]
fn recipes() {
    let part = "/recipe/parts/0";
    for (set, value, at, words) in [
        (format!("{part}/shape"), json!({ "ball": {} }), format!("{part}/shape"), "Unknown shape"),
        (format!("{part}/shape"), json!({ "box": { "size": [1, 2] } }), format!("{part}/shape/box/size"), "3 formulas"),
        (format!("{part}/shape/panel/holes"), json!([{ "at": [1, 1] }]), format!("{part}/shape/panel/holes/0"), "either"),
        (format!("{part}/shape/panel/hole"), json!([]), format!("{part}/shape/panel/hole"), "Unknown member"),
        (format!("{part}/material"), json!("teak"), format!("{part}/material"), "neither an option nor a material"),
        (format!("{part}/material"), json!("frame"), format!("{part}/material"), "has a material"),
        (format!("{part}/grain"), json!("w"), format!("{part}/grain"), "\"x\""),
        ("/recipe/parts/1/id".into(), json!("board"), "/recipe/parts/1/id".into(), "twice"),
        ("/recipe/parts/1/repeat".into(), json!("width * 10"), "/recipe/parts/1/repeat".into(), "repeats"),
        (format!("{part}/shape/panel/size/2"), json!("width - 1000"), format!("{part}/shape"), "size"),
        (format!("{part}/at/0"), json!(50), "/envelope".into(), "wide"),
        (format!("{part}/at/0"), json!("50 / (width - 1600)"), part.into(), "division by zero"),
    ] {
        // A part that only moves must leave the envelope somewhere, so a second part is moved the other way in that case.
        let definition = with(shelf(), &set, value.clone());
        if words == "wide" {
            let both = with(definition, "/recipe/parts/1/at/0", json!(0));
            let faults = publish::compile(&both).expect_err("outside");
            assert!(faults.iter().any(|f| f.pointer == at && f.message.contains(words)), "{faults:#?}");
        } else {
            check(&set, value, &at, words);
        }
    }
}

#[test]
fn prices() {
    check("/price/currency", json!("usd"), "/price/currency", "ISO 4217");
    check("/price/lines", json!([]), "/price/lines", "at least one");
    check("/price/lines/0/amount", json!("(width - 1600) * 1000"), "/price/lines", "the price is -");
    check("/grades/A", json!(-5), "/grades/A", "not negative");
    check("/rules/0/require", json!("1 < 2 && 3"), "/rules/0/require", "does not fit");
    check("/rules/0", json!({ "id": "r", "require": "true", "message": "m" }), "/rules/0", "says nothing");
    check("/materials/oak/base_color", json!("#12345"), "/materials/oak/base_color", "rrggbb");
}

/// What halving cannot decide within its allowance is a warning with the range, never silence.
#[test]
fn proofs() {
    let proven = ["tray ? 100 : 6400 / (width - 900)", "width == 1600 ? 1 : 1 / (width - 1600) * 0 + 5", "max(0, width - 2000) * 3"];
    for source in proven {
        let published = publish::compile(&with(shelf(), "/price/lines/0/amount", json!(source))).unwrap_or_else(|f| panic!("{source}: {f:#?}"));
        assert_eq!(published.warnings, [], "{source}");
    }
    let hard = "1 / (width * width + depth * depth - 2.0 * width * depth + 0.001 * depth)";
    let published = publish::compile(&with(shelf(), "/price/lines/0/amount", json!(hard))).unwrap_or_else(|f| panic!("{f:#?}"));
    assert!(published.warnings.iter().all(|w| w.message.contains("Could not prove")), "{:#?}", published.warnings);
}

#[test]
fn not_even_an_object() {
    for json in [json!(null), json!(3), json!([]), json!({}), json!({ "config_schema": 7 })] {
        assert!(publish::compile(&json).is_err(), "{json}");
    }
}

#[test]
fn data_against_the_schema() {
    let schema = shelf()["config_schema"].clone();
    let validator = publish::DataValidator::new(&schema).expect("a schema");
    for (data, at) in [
        (json!({}), None),
        (json!({ "width": 1650, "depth": 200.5, "tray": true }), None),
        (json!({ "width": 1651 }), Some("/width")),
        (json!({ "width": "1600" }), Some("/width")),
        (json!({ "height": 3 }), Some("/height")),
        (json!({ "a/b": 3 }), Some("/a~1b")),
        (json!({ "frame": "lite" }), Some("/frame")),
        (json!([]), Some("")),
    ] {
        let found = validator.validate(&data).err().unwrap_or_default();
        assert_eq!(found.first().map(|f| f.pointer.as_str()), at, "{data}: {found:?}");
    }
}
