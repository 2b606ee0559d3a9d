//! Nested products: the Strata wall, whose openings are products of their own.
#![allow(missing_docs, clippy::float_cmp)]

use product::nested::{keep_places, value_at, with_value};
use product::{
    CompiledProduct, Value, Values, bom, check_values, configure, key, parts, price, price_effect, price_effects, price_effects_at, variant_code, why_not,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

fn definition() -> Json {
    serde_json::from_str(include_str!("../demo/wall-st.json")).expect("the demo file is JSON")
}

fn wall() -> CompiledProduct {
    match publish::compile(&definition()) {
        Ok(published) => published.compiled,
        Err(faults) => panic!("{faults:#?}"),
    }
}

fn values(json: Json) -> Values {
    json.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), Value::from_json(v).expect("a value"))).collect()
}

fn module(options: Json) -> Json {
    json!({ "product": "WALL-ST-M1", "options": options })
}

fn at<'v>(values: &'v Values, path: &str) -> Option<&'v str> {
    value_at(values, path).and_then(Value::as_text)
}

#[test]
fn the_wall_is_complete_as_it_comes() {
    let wall = wall();
    let done = configure(&wall, &Values::new());
    assert!(done.valid, "{:?}", done.blocked.iter().filter(|b| b.chosen).collect::<Vec<_>>());
    assert_eq!(done.values["modules"].as_list().map(<[Value]>::len), Some(30));
    assert_eq!(at(&done.values, "modules/0/front"), Some("door"));
    assert_eq!(value_at(&done.values, "modules/0/depth"), None, "what the whole decides is not among the choices");

    let list = parts(&wall, &done.values).expect("parts");
    let [w, d, h] = list.bounding_box_mm;
    assert_eq!([w, d, h], [6.0 * 419.0 + 19.0, 320.0, 70.0 + 5.0 * 379.0 + 19.0]);
    let ids: BTreeSet<&str> = list.parts.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids.len(), list.parts.len());
    assert!(list.parts.iter().all(|p| wall.materials.contains_key(&p.material)));
    // Six doors side by side are one line of the bill, however they came there.
    let fronts: u32 = bom(&list).iter().filter(|l| l.sku == "ST-FRONT" && l.material == "moss_lacquer").map(|l| l.quantity).sum();
    assert_eq!(fronts, 12);

    let bill = price(&wall, &done.values).expect("a price");
    assert_eq!(bill.lines.iter().map(|l| l.amount).sum::<i64>(), bill.total);
    assert!(bill.lines.iter().any(|l| l.label == "13 × Door"), "{:#?}", bill.lines);
    assert_eq!(variant_code(&wall, &done.values), "WALL-ST-06-5-40-H36-D32-OAK-BW-P-7DM.2OM.1DT.1OM.1DM.1OM.2DK.1OM.1DM.1OM.1DK.1SM.2OM.2DM.2OM.1SM.1DM.2OM");
}

#[test]
fn an_opening_changes_alone_and_its_price_with_it() {
    let wall = wall();
    let before = configure(&wall, &Values::new());
    let effects = price_effects_at(&wall, &Values::new(), "modules", 7);
    let door = Value::from("door");
    let told = effects["front"].iter().find(|e| e.value == door).and_then(|e| e.delta).expect("an effect");
    assert!(!effects.contains_key("row"), "what is not chosen is not offered");
    assert_eq!(why_not(&wall, &Values::new(), "modules/7/front", &door), None);
    let choices = with_value(&wall, &Values::new(), "modules/7/front", &door);
    let after = configure(&wall, &choices);
    assert!(after.valid);
    assert_eq!(at(&after.values, "modules/7/front"), Some("door"));
    assert_eq!(at(&after.values, "modules/8/front"), Some("open"), "the others are as they were");
    let total = |v: &Values| price(&wall, v).expect("a price").total;
    assert_eq!(total(&after.values) - total(&before.values), told);
    assert!(told > 0);
    // What the whole changes, changes the elements too.
    let deeper = Value::Num(400.0);
    let delta = price_effect(&wall, &before.values, "depth", &deeper).expect("a price");
    let with_depth = configure(&wall, &values(json!({ "depth": 400 })));
    assert_eq!(total(&with_depth.values) - total(&before.values), delta);
    let wide = price_effects(&wall, &Values::new(), &before);
    let wider = configure(&wall, &values(json!({ "bay": 480 })));
    assert_eq!(wide["bay"][2].delta, Some(total(&wider.values) - total(&before.values)), "with every door");
}

#[test]
fn reasons_inside_an_opening_name_it_and_never_ask_for_what_the_whole_decides() {
    let wall = wall();
    let deep = values(json!({ "depth": 400 }));
    assert_eq!(why_not(&wall, &deep, "modules/2/front", &Value::from("drawers")), None);
    let high = why_not(&wall, &deep, "modules/25/front", &Value::from("drawers")).expect("out of reach");
    assert_eq!(high.why, ["drawers-within-reach"]);
    assert_eq!(high.because, ["modules/25/row"]);
    assert!(high.repairs.is_empty(), "the row is not for choosing: {:?}", high.repairs);
    let locked = why_not(&wall, &deep, "modules/7/lock", &Value::Bool(true));
    // An open module gets a front or it gets no lock: several ways, so it is asked.
    let locked = locked.expect("a lock needs a front");
    assert!(!locked.repairs.is_empty());
    for repair in &locked.repairs {
        assert!(repair.set.keys().all(|k| k.starts_with("modules/7/")), "{repair:?}");
        let choices = repair.set.iter().fold(with_value(&wall, &deep, "modules/7/lock", &Value::Bool(true)), |c, (k, v)| with_value(&wall, &c, k, v));
        assert!(configure(&wall, &choices).valid, "{repair:?}");
    }
    let wrong = with_value(&wall, &deep, "modules/25/front", &Value::from("drawers"));
    let told = configure(&wall, &wrong);
    assert!(!told.valid);
    assert!(told.blocked.iter().any(|b| b.chosen && b.option == "modules/25/front" && b.why == ["drawers-within-reach"]), "{:?}", told.blocked);
    // A shallower wall takes its drawers their room.
    let drawers = with_value(&wall, &deep, "modules/0/front", &Value::from("drawers"));
    assert!(configure(&wall, &drawers).valid);
    let shallow = with_value(&wall, &drawers, "depth", &Value::Num(320.0));
    assert!(!configure(&wall, &shallow).valid);
}

#[test]
fn equal_walls_have_equal_keys_and_openings_keep_their_place() {
    let wall = wall();
    let nothing = Values::new();
    let spelled = configure(&wall, &nothing).values;
    assert_eq!(key(&wall, &nothing), key(&wall, &spelled));
    let other = with_value(&wall, &nothing, "modules/7/front", &Value::from("door"));
    assert_ne!(key(&wall, &nothing), key(&wall, &other));
    // Seven columns: the third of the second row is still the third of the second row.
    let wider = keep_places(&wall, &other, with_value(&wall, &other, "columns", &Value::Num(7.0)));
    assert_eq!(at(&wider, "modules/8/front"), Some("door"));
    assert_eq!(at(&wider, "modules/10/finish"), Some("terracotta"));
    assert_eq!(at(&wider, "modules/6/front"), None, "the new column is open");
    let back = keep_places(&wall, &wider, with_value(&wall, &wider, "columns", &Value::Num(6.0)));
    assert_eq!(key(&wall, &back), key(&wall, &other));
}

#[test]
fn lists_are_checked_by_the_schema_and_by_the_domains_alike() {
    let definition = definition();
    let wall = wall();
    let schema = publish::config_schema(&definition);
    let many: Vec<Json> = (0..61).map(|_| module(json!({}))).collect();
    for (data, pointer) in [
        (json!({ "modules": [] }), None),
        (json!({ "modules": [module(json!({ "front": "door", "finish": "walnut" }))] }), None),
        (json!({ "modules": [{ "product": "WALL-ST-M1" }] }), None),
        (json!({ "modules": "door" }), Some("/modules")),
        (json!({ "modules": many }), Some("/modules")),
        (json!({ "modules": [module(json!({ "front": "curtain" }))] }), Some("/modules/0/options/front")),
        (json!({ "modules": [module(json!({ "row": 3 }))] }), Some("/modules/0/options/row")),
        (json!({ "modules": [module(json!({})), { "product": "DESK-HA", "options": {} }] }), Some("/modules/1/product")),
        (json!({ "modules": [{ "options": {} }] }), None),
        (json!({ "modules": [{ "product": "WALL-ST-M1", "colour": "red" }] }), Some("/modules/0/colour")),
    ] {
        let ours = check_values(&wall, &values(data.clone()));
        let theirs = publish::validate_data(&schema, &data);
        assert_eq!(ours.is_empty(), theirs.is_ok(), "{data}: {ours:?} {theirs:?}");
        let list = Value::from_json(&data["modules"]).expect("a value");
        assert_eq!(product::nested::fits(&wall.nests[0], &list), ours.is_empty(), "{data}");
        if let Some(pointer) = pointer {
            assert_eq!(ours[0].0, pointer, "{ours:?}");
        }
    }
}

#[test]
fn faults_of_nesting_are_named() {
    let faults = |change: &dyn Fn(&mut Json)| {
        let mut definition = definition();
        change(&mut definition);
        publish::compile(&definition).err().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let modules = "/config_schema/properties/modules";
    let absent = faults(&|d| d["products"] = json!({}));
    assert!(absent.contains("There is no definition of `WALL-ST-M1`"), "{absent}");
    let itself = faults(&|d| {
        let whole = d.clone();
        let inner = &mut d["products"]["WALL-ST-M1"];
        inner["config_schema"]["properties"]["inside"] = whole.pointer(modules).cloned().unwrap_or_default();
        inner["products"] = whole["products"].clone();
    });
    assert!(itself.contains("/products/WALL-ST-M1/products/WALL-ST-M1: `WALL-ST-M1` would hold itself: WALL-ST → WALL-ST-M1 → WALL-ST-M1."), "{itself}");
    let narrow = faults(&|d| d["products"]["WALL-ST-M1"]["config_schema"]["properties"]["width"]["enum"] = json!([400, 480]));
    assert!(narrow.contains(&format!("{modules}/x-fitout/pass/width")) && narrow.contains("would get 320"), "{narrow}");
    let crowd = faults(&|d| d["config_schema"]["properties"]["rows"]["maximum"] = json!(8));
    assert!(crowd.contains("at most 60 are possible"), "{crowd}");
    let unknown = faults(&|d| d["config_schema"]["properties"]["modules"]["x-fitout"]["pass"]["weight"] = json!("3"));
    assert!(unknown.contains("`WALL-ST-M1` has no option `weight`"), "{unknown}");
    let currency = faults(&|d| d["products"]["WALL-ST-M1"]["price"]["currency"] = json!("EUR"));
    assert!(currency.contains("The nested product costs EUR, the whole USD"), "{currency}");
    let inner = faults(&|d| d["products"]["WALL-ST-M1"]["price"]["lines"][0]["amount"] = json!("nothing * 2"));
    assert!(inner.contains("/products/WALL-ST-M1/price/lines/0/amount"), "{inner}");
    let default = faults(&|d| d["config_schema"]["properties"]["modules"]["default"][3]["options"]["front"] = json!("curtain"));
    assert!(default.contains(&format!("{modules}/default/3/options/front")), "{default}");
}
