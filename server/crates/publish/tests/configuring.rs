//! Completing, explaining, repairing.

mod kit;

use kit::{compiled, shelf, with};
use product::{Blocked, CompiledProduct, Configured, Value, Values, configure, price};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn values(json: &Json) -> Values {
    json.as_object().expect("an object").iter().map(|(k, v)| (k.clone(), Value::from_json(v).expect("a value"))).collect()
}

fn pairs(values: &Values) -> String {
    values.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ")
}

/// The answer as short text, one line per forced or blocked value.
fn told(done: &Configured) -> Vec<String> {
    let mut lines = vec![if done.valid { "valid".to_owned() } else { "invalid".to_owned() }];
    for f in &done.forced {
        let price = f.price_delta.filter(|d| *d != 0).map_or_else(String::new, |d| format!(" {d:+}"));
        lines.push(format!("forced {}={} [{}]{price}", f.option, f.value, f.why.join(" ")));
    }
    for b in &done.blocked {
        let what = match (&b.value, b.range) {
            (Some(v), _) => v.to_string(),
            (None, Some((low, high))) => format!("{low}..{high}"),
            (None, None) => "?".into(),
        };
        let repairs: Vec<String> =
            b.repairs.iter().map(|r| format!("{{{}}}{}", pairs(&r.set), r.price_delta.map_or_else(String::new, |d| format!(" {d:+}")))).collect();
        let mark = if b.chosen { "!" } else { "" };
        lines.push(format!("{mark}{} {what} [{}] <- {} | {}", b.option, b.why.join(" "), b.because.join(" "), repairs.join(" ")));
    }
    lines
}

#[track_caller]
fn check(rules: Json, choices: Json, expected: &[&str]) {
    let product = compiled(&with(shelf(), "/rules", rules));
    assert_eq!(told(&configure(&product, &values(&choices))), expected);
}

fn wide() -> Json {
    json!([{ "id": "wide", "when": "width > 2000", "require": "frame == 'heavy'", "message": "m" }])
}

#[test]
fn nothing_chosen_and_nothing_forbidden() {
    check(json!([]), json!({}), &["valid"]);
}

#[test]
fn defaults_give_way_and_choices_block() {
    check(wide(), json!({ "depth": 400 }), &["valid"]);
    // 450 mm more of oak, and the heavy frame.
    check(wide(), json!({ "depth": 400, "frame": "standard" }), &["valid", "width 2050..2400 [wide] <- frame | {frame=heavy width=2050} +15330"]);
}

/// A chain of two: nobody chose the frame or the tray, so the width takes both along. Who refused the tray has to decide.
#[test]
fn what_is_forced_is_not_blocked_until_a_choice_stands_in_the_way() {
    let rules = json!([
        { "id": "wide", "when": "width > 2000", "require": "frame == 'heavy'", "message": "m" },
        { "id": "hangs", "when": "frame == 'heavy'", "require": "tray", "message": "n" }
    ]);
    check(rules.clone(), json!({}), &["valid"]);
    check(
        rules.clone(),
        json!({ "frame": "heavy" }),
        &["valid", "forced tray=yes [hangs] +6400", "tray no [hangs] <- frame | {frame=standard tray=no} -18400"],
    );
    check(
        rules,
        json!({ "tray": false }),
        &[
            "valid",
            "width 2050..2400 [wide hangs] <- tray | {frame=heavy tray=yes width=2050} +20898",
            "frame heavy [hangs] <- tray | {frame=heavy tray=yes} +18400",
        ],
    );
}

/// Of a range the nearest value is meant; of three answers nobody knows which.
#[test]
fn a_range_moves_to_its_nearest_value_and_a_question_is_asked() {
    let option = json!({ "type": "string", "enum": ["a", "b", "c"], "default": "a" });
    let definition = with(shelf(), "/config_schema/properties/hook", option);
    let rules = json!([
        { "id": "deep", "when": "depth > 350", "require": "width >= 1800", "message": "m" },
        { "id": "hook", "when": "tray", "require": "hook != 'a'", "message": "n" }
    ]);
    let product = compiled(&with(definition, "/rules", rules));
    let lines = told(&configure(&product, &Values::new()));
    assert_eq!(lines, ["valid", "tray yes [hook] <- hook | {hook=b tray=yes} +6400"]);
    let deep = configure(&product, &values(&json!({ "depth": 400 })));
    assert_eq!(deep.values["width"], Value::Num(1800.0));
    assert_eq!(told(&deep)[1], "forced width=1800 [deep] +1480");
}

#[test]
fn a_rule_forces_what_nobody_chose() {
    check(
        wide(),
        json!({ "width": 2200 }),
        &["valid", "forced frame=heavy [wide] +12000", "frame standard [wide] <- width | {frame=standard width=2000} -13110"],
    );
}

#[test]
fn explicit_choices_conflict_and_stay() {
    check(
        wide(),
        json!({ "width": 2200, "frame": "standard" }),
        &[
            "invalid",
            "!width 2200 [wide] <- frame | {width=2000} {frame=heavy}",
            "width 2050..2400 [wide] <- frame | {frame=heavy}",
            "!frame standard [wide] <- width | {width=2000} {frame=heavy}",
        ],
    );
}

#[test]
fn two_rules_that_meet_in_a_free_option_are_both_named() {
    let rules = json!([
        { "id": "a", "when": "finish == 'walnut'", "require": "frame == 'heavy'", "message": "m" },
        { "id": "b", "when": "tray", "require": "frame == 'standard'", "message": "n" }
    ]);
    let product = compiled(&with(shelf(), "/rules", rules));
    let done = configure(&product, &values(&json!({ "finish": "walnut", "tray": true })));
    let lines = told(&done);
    assert_eq!(lines[0], "invalid");
    assert!(lines[1].starts_with("!finish walnut [a b] <- tray |"), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("!tray yes [a b] <- finish |")), "{lines:?}");
}

#[test]
fn one_force_leads_to_another() {
    let rules = json!([
        { "id": "a", "when": "width > 2000", "require": "frame == 'heavy'", "message": "m" },
        { "id": "b", "when": "frame == 'heavy'", "require": "tray", "message": "n" }
    ]);
    let product = compiled(&with(shelf(), "/rules", rules));
    let lines = told(&configure(&product, &values(&json!({ "width": 2400 }))));
    assert_eq!(lines[..3], ["valid", "forced frame=heavy [a] +12000", "forced tray=yes [b] +6400"]);
}

#[test]
fn ranges_block_at_both_ends_and_only_there() {
    let rules = json!([
        { "id": "low", "require": "width >= 1200 || tray", "message": "m" },
        { "id": "high", "when": "tray", "require": "width <= 1900", "message": "n" },
        { "id": "deep", "when": "depth > 350.25", "require": "width >= 1800", "message": "o" }
    ]);
    let product = compiled(&with(shelf(), "/rules", rules));
    let lines = told(&configure(&product, &values(&json!({ "width": 1600, "tray": false }))));
    assert!(lines[1].starts_with("width 1000..1150 [low] <- tray"), "{lines:?}");
    assert!(lines[2].starts_with("depth 350.5..400 [deep] <- width | {depth=350.5 width=1800}"), "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn unknown_and_forbidden_choices_count_as_absent() {
    let product = compiled(&shelf());
    let odd = values(&json!({ "width": 1601, "legs": 4, "frame": 7, "tray": "yes" }));
    assert_eq!(configure(&product, &odd), configure(&product, &Values::new()));
    let faults: Vec<String> = product::check_values(&product, &odd).into_iter().map(|(p, _)| p).collect();
    assert_eq!(faults, ["/frame", "/legs", "/tray", "/width"]);
}

#[test]
fn prices_codes_and_keys() {
    let product = compiled(&shelf());
    let done = configure(&product, &values(&json!({ "width": 2200, "finish": "walnut", "depth": 300.5, "tray": true })));
    let sum = price(&product, &done.values).expect("a price");
    let lines: Vec<(String, i64)> = sum.lines.iter().map(|l| (l.label.clone(), l.amount)).collect();
    // 2.2 m × 0.3005 m × 244.00
    assert_eq!(lines, [("Frame".into(), 61_900), ("Board, Walnut".into(), 16_131), ("Tray".into(), 6_400)]);
    assert_eq!(sum.total, 84_431);
    assert_eq!(sum.lines[1].rule, "area_m2(width, depth) * grade_price(finish)");
    assert_eq!(product::variant_code(&product, &done.values), "SHELF-2200-300P5-WAL-HVY-TR");
    let effects = product::price_effects(&product, &done.values, &done);
    let frame: Vec<Option<i64>> = effects["frame"].iter().map(|e| e.delta).collect();
    assert_eq!(frame, [Some(-12_000), Some(0)]);
    assert_eq!(product::price_effect(&product, &done.values, "width", &Value::Num(1000.0)), Some(-8_799));

    let key = product::key(&product, &done.values);
    assert_eq!(key.len(), 32);
    assert_eq!(key, product::key(&product, &done.values.clone()));
    assert_ne!(key, product::key(&product, &product.defaults()));
    assert_eq!(product::key(&product, &Values::new()), product::key(&product, &product.defaults()), "absent is default");
    let newer = compiled(&with(shelf(), "/template_version", json!("1.0.1")));
    assert_ne!(product::key(&newer, &done.values), key);
}

#[test]
fn a_preset_is_something_that_can_be_built() {
    let with_presets = |presets: Json| publish::compile(&with(shelf(), "/presets", presets));
    let product = with_presets(json!([{ "label": "Long", "values": { "width": 2200, "tray": true } }])).expect("compiles").compiled;
    let [long] = &product.presets[..] else { panic!("one preset") };
    let done = configure(&product, &long.values);
    assert_eq!((long.label.as_str(), done.valid, long.total), ("Long", true, price(&product, &done.values).expect("a price").total));
    let shorter = json!({ "label": "Same", "values": {} });
    for (presets, at) in [
        (json!([{ "label": "Odd", "values": { "width": 3 } }]), "/presets/0/values/width"),
        (json!([{ "label": "Odd", "values": { "legs": 4 } }]), "/presets/0/values/legs"),
        (json!([{ "label": "Odd", "values": 4 }]), "/presets/0/values"),
        (json!([{ "values": {} }]), "/presets/0"),
        (json!([shorter, shorter]), "/presets/1"),
        (json!([{ "label": "Odd", "values": { "width": 2200, "frame": "standard" } }]), "/presets/0/values"),
    ] {
        let faults = with_presets(presets.clone()).expect_err("refused");
        assert!(faults.iter().any(|f| f.pointer == at), "{presets}: {faults:?}");
    }
}

#[test]
fn why_not_arrives_at_the_value_asked_for() {
    let product = compiled(&shelf());
    let chosen = values(&json!({ "frame": "standard" }));
    let why = product::why_not(&product, &chosen, "width", &Value::Num(2300.0)).expect("blocked");
    assert_eq!(pairs(&why.repairs[0].set), "frame=heavy width=2300");
    assert_eq!(product::why_not(&product, &Values::new(), "width", &Value::Num(2300.0)), None, "nobody chose the frame");
    assert_eq!(product::why_not(&product, &chosen, "width", &Value::Num(1900.0)), None);
    assert_eq!(product::why_not(&product, &chosen, "width", &Value::Num(1901.0)), None);
}

/// Compiled products read what they wrote, and the demo's answers hold together.
#[test]
fn demo_products() {
    for definition in publish::demo() {
        let product = compiled(&definition);
        let name = &product.sku;
        let text = serde_json::to_string(&product).expect("plain data");
        assert_eq!(serde_json::from_str::<CompiledProduct>(&text).expect("reads what it wrote"), product);
        let defaults = configure(&product, &Values::new());
        assert!(defaults.valid && defaults.forced.is_empty(), "{name}: the defaults break a rule");
        for n in 0..24_usize {
            let chosen = product.options.iter().enumerate().filter(|(i, _)| !(n + i).is_multiple_of(3));
            let explicit: Values = chosen.filter_map(|(i, o)| Some((o.id.clone(), o.domain.nth((n * (7 + 4 * i) + i) % o.domain.len())?))).collect();
            hold_together(&product, &explicit);
        }
    }
}

/// A picture that is made from the one before is the one that is made from nothing.
#[test]
fn a_change_draws_what_a_new_page_draws() {
    for definition in publish::demo() {
        let product = compiled(&definition);
        let (mut before, mut drawn) = (product::PartList::default(), scene::Scene::default());
        let mut kept = 0;
        for n in 0..40_usize {
            let chosen = product.options.iter().enumerate().filter(|(i, _)| (n + i).is_multiple_of(3));
            let explicit: Values = chosen.filter_map(|(i, o)| Some((o.id.clone(), o.domain.nth((n / 2 * (3 + 2 * i) + i) % o.domain.len())?))).collect();
            let list = product::parts(&product, &configure(&product, &explicit).values).expect("parts");
            let old = std::mem::take(&mut drawn);
            let was = old.clone();
            let (scene, taken) = product::scene_again(&product.materials, &list, &before, old);
            assert_eq!(scene, product::scene(&product, &list), "{}: {explicit:?}", product.sku);
            assert_eq!(taken.len(), scene.items.len());
            for (item, from) in scene.items.iter().zip(&taken) {
                assert!(from.is_none_or(|i| was.items[i].mesh == item.mesh), "{}: not the mesh that it says", product.sku);
            }
            kept += taken.iter().flatten().count();
            (before, drawn) = (list, scene);
        }
        assert!(kept > 20, "{}: only {kept} meshes were kept", product.sku);
    }
}

/// Explicit choices stay, the answer is deterministic, repairs repair and cost what they say, valid means valid.
fn hold_together(product: &CompiledProduct, explicit: &Values) -> Configured {
    let done = configure(product, explicit);
    assert_eq!(configure(product, explicit), done, "not deterministic");
    let bare = |mut done: Configured| {
        for b in done.blocked.iter_mut().filter(|b| !b.chosen) {
            *b = Blocked { why: vec![], because: vec![], message: String::new(), repairs: vec![], ..b.clone() };
        }
        done
    };
    assert_eq!(bare(product::marked(product, explicit)), bare(done.clone()), "a page marks what the API explains");
    for (id, value) in explicit {
        assert_eq!(done.values.get(id), Some(value), "an explicit choice was altered");
    }
    let openings = done.blocked.iter().any(|b| b.chosen && b.option.contains('/'));
    assert_eq!(done.valid, broken(product, &done.values).is_empty() && !openings);
    let now = price(product, &done.values).expect("a price").total;
    for blocked in &done.blocked {
        assert!(blocked.repairs.len() <= 3);
        assert!(!done.valid || blocked.repairs.is_sorted_by_key(|r| r.price_delta));
        for repair in &blocked.repairs {
            // Openings that a larger grid adds are those of the list as it was chosen, or as it comes.
            let mut before = done.values.clone();
            before.retain(|id, _| product.option_index(id).is_some());
            before.extend(product.nests.iter().filter_map(|n| explicit.get_key_value(&n.id)).map(|(id, list)| (id.clone(), list.clone())));
            let after = repair.set.iter().fold(before, |c, (id, value)| product::nested::with_value(product, &c, id, value));
            let delta = price(product, &after).expect("a price").total - now;
            if let Some((nest, index, _)) = product::nested::address(product, &blocked.option) {
                // One opening is repaired, whatever else is broken.
                let prefix = format!("{}/{index}/", nest.id);
                assert!(
                    !configure(product, &after).blocked.iter().any(|b| b.chosen && b.option.starts_with(&prefix)),
                    "{explicit:?}: {repair:?} for {blocked:?}"
                );
                assert!(repair.price_delta.is_none_or(|told| told == delta), "{blocked:?}");
                continue;
            }
            assert!(broken(product, &after).is_empty(), "{explicit:?}: {repair:?} does not repair {blocked:?}");
            assert_eq!(repair.price_delta, done.valid.then_some(delta), "{blocked:?}");
        }
    }
    if done.valid {
        what_is_offered_works(product, explicit, &done, now);
    }
    done
}

/// Every value that is not blocked can be chosen: the result is valid, keeps all choices, and costs what was said before.
fn what_is_offered_works(product: &CompiledProduct, explicit: &Values, done: &Configured, now: i64) {
    let effects = product::price_effects(product, explicit, done);
    for option in &product.options {
        // Of long ranges some.
        let every = (option.domain.len() / 40).max(1);
        for value in (0..option.domain.len()).step_by(every).filter_map(|k| option.domain.nth(k)) {
            let listed = done.blocked.iter().any(|b| {
                b.option == option.id
                    && (b.value.as_ref() == Some(&value) || b.range.is_some_and(|(low, high)| (low..=high).contains(&value.as_num().unwrap_or(f64::NAN))))
            });
            assert_eq!(product::why_not(product, explicit, &option.id, &value).is_some(), listed, "{explicit:?}: {} = {value}", option.id);
            if listed || done.values[&option.id] == value {
                continue;
            }
            let mut chosen = explicit.clone();
            chosen.insert(option.id.clone(), value.clone());
            let after = configure(product, &chosen);
            assert!(after.valid, "{explicit:?}: {} = {value} was offered", option.id);
            if let Some(effect) = effects.get(&option.id).and_then(|list| list.iter().find(|e| e.value == value)) {
                let delta = price(product, &after.values).expect("a price").total - now;
                assert_eq!(effect.delta, Some(delta), "{explicit:?}: {} = {value}", option.id);
            }
        }
    }
}

/// Ids of broken rules, judged apart from `configure`.
fn broken(product: &CompiledProduct, values: &Values) -> Vec<String> {
    let dense = product.dense(values);
    let env = product::Env::without_lets(product, &dense);
    let holds = |r: &&product::Rule| r.when.eval_bool(&env) == Ok(true) && r.require.eval_bool(&env) != Ok(true);
    product.rules.iter().filter(holds).map(|r| r.id.clone()).collect()
}

/// All assignments of a product with small domains.
fn everything(product: &CompiledProduct) -> Vec<Values> {
    product.options.iter().fold(vec![Values::new()], |all, o| {
        let own: Vec<Value> = (0..o.domain.len()).filter_map(|k| o.domain.nth(k)).collect();
        let grow =
            |v: &Values| own.iter().map(|x| [v.clone(), Values::from([(o.id.clone(), x.clone())])].into_iter().flatten().collect()).collect::<Vec<Values>>();
        all.iter().flat_map(grow).collect()
    })
}

/// Four options of three values with rules between pairs.
fn tangle(rules: &[(usize, usize, usize, usize, bool)]) -> CompiledProduct {
    let names = ["a", "b", "c", "d"];
    let option = json!({ "type": "string", "enum": ["x", "y", "z"], "default": "x" });
    let properties: serde_json::Map<String, Json> = names.iter().map(|n| ((*n).to_owned(), option.clone())).collect();
    let list: Vec<Json> = rules
        .iter()
        .enumerate()
        .map(|(k, (one, is, other, what, not))| {
            let (is, what) = (["x", "y", "z"][*is], ["x", "y", "z"][*what]);
            let (one, other) = (names[*one], names[(one + 1 + other) % 4]);
            let op = if *not { "!=" } else { "==" };
            json!({ "id": format!("r{k}"), "when": format!("{one} == '{is}'"), "require": format!("{other} {op} '{what}'"), "message": "m" })
        })
        .collect();
    let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    let mut definition = with(shelf(), "/config_schema", schema);
    definition = with(definition, "/rules", json!(list));
    definition = with(definition, "/price/lines", json!([{ "id": "p", "label": "P", "amount": "(a == 'y' ? 100 : 200) + (c == 'z' ? 7 : 3)" }]));
    definition = with(
        definition,
        "/recipe",
        json!({ "parts": [
        { "id": "p", "shape": { "box": { "size": [1, 1, 1] } }, "at": [0, 0, 0], "material": "steel", "sku": "P" }
    ] }),
    );
    compiled(&with(definition, "/envelope", json!([1, 1, 1])))
}

proptest! {
    /// Against exhaustive search: a completion is found exactly when there is one, a value is blocked exactly when choosing it
    /// breaks a rule, and every reason is minimal.
    #[test]
    fn answers_agree_with_exhaustive_search(
        rules in prop::collection::vec((0..4_usize, 0..3_usize, 0..3_usize, 0..3_usize, any::<bool>()), 0..7),
        chosen in prop::collection::vec(prop::option::of(0..3_usize), 4),
    ) {
        let product = tangle(&rules);
        let all = everything(&product);
        let explicit: Values = product.options.iter().zip(&chosen)
            .filter_map(|(o, k)| Some((o.id.clone(), o.domain.nth((*k)?)?))).collect();
        let done = hold_together(&product, &explicit);
        let keeps = |v: &Values, fixed: &Values| fixed.iter().all(|(k, x)| v.get(k) == Some(x));
        prop_assert_eq!(done.valid, all.iter().any(|v| keeps(v, &explicit) && broken(&product, v).is_empty()));

        // Is there an assignment with `fixed` that keeps all rules in `why`?
        let possible = |fixed: &Values, why: &[String]| all.iter().any(|v| keeps(v, fixed) && broken(&product, v).iter().all(|r| !why.contains(r)));
        for b in &done.blocked {
            let value = b.value.clone().expect("enumerations only");
            let mut conflict: Values = b.because.iter().map(|id| (id.clone(), done.values[id].clone())).collect();
            conflict.insert(b.option.clone(), value);
            prop_assert!(!possible(&conflict, &b.why), "no conflict: {:?}", b);
            for id in &b.because {
                let mut fewer = conflict.clone();
                fewer.remove(id);
                prop_assert!(possible(&fewer, &b.why), "{} is not needed: {:?}", id, b);
            }
            for k in 0..b.why.len() {
                let mut fewer = b.why.clone();
                fewer.remove(k);
                prop_assert!(possible(&conflict, &fewer), "a rule is not needed: {:?}", b);
            }
        }
        for (i, o) in product.options.iter().enumerate() {
            for value in (0..3).filter_map(|k| o.domain.nth(k)) {
                let mut tried = done.values.clone();
                tried.insert(o.id.clone(), value.clone());
                let mut breaks = product.rules.iter().filter(|r| r.reads.contains(&u16::try_from(i).expect("small"))).any(|r| broken(&product, &tried).contains(&r.id));
                if done.valid && breaks {
                    // Choosing it is no question when one way is the shortest.
                    let mut choices = explicit.clone();
                    choices.insert(o.id.clone(), value.clone());
                    let mut start = product.defaults();
                    start.extend(choices.clone());
                    let ways = all.iter().filter(|v| keeps(v, &choices) && broken(&product, v).is_empty());
                    let mut steps: Vec<usize> = ways.map(|v| v.iter().filter(|(id, x)| start[*id] != **x).count()).collect();
                    steps.sort_unstable();
                    breaks = steps.is_empty() || steps.get(1) == steps.first();
                }
                let listed = done.blocked.iter().any(|b| b.option == o.id && !b.chosen && b.value.as_ref() == Some(&value));
                let conflicting = done.blocked.iter().any(|b| b.option == o.id && b.chosen && b.value.as_ref() == Some(&value));
                prop_assert!(breaks == listed || conflicting, "{} = {}", o.id, value);
            }
        }
    }
}
