//! Every reason is minimal, every repair repairs, every price difference is true.

use crate::{count, keep, products, samples};
use product::nested::{self, value_at, with_value};
use product::{Blocked, CompiledProduct, Value, Values, configure, price};
use serde_json::{Map, json};

/// Whether these choices can be completed where only these rules hold.
fn possible(product: &CompiledProduct, rules: &[String], choices: &Values) -> bool {
    let mut lenient = product.clone();
    lenient.rules.retain(|r| rules.contains(&r.id));
    configure(&lenient, choices).valid
}

/// The value that the reason is about: of a run its end nearest to the present value.
fn meant(blocked: &Blocked, present: &Values) -> Value {
    match (&blocked.value, blocked.range) {
        (Some(value), _) => value.clone(),
        (None, Some((low, high))) => present[&blocked.option].as_num().expect("a number").clamp(low, high).into(),
        (None, None) => panic!("blocked, but what? {blocked:?}"),
    }
}

/// The product, present values and names that a reason speaks of: about an element of a nest those of the element.
fn spoken_of(product: &CompiledProduct, present: &Values, blocked: &Blocked) -> Option<(CompiledProduct, Values, Blocked)> {
    let (nest, index, option) = nested::address(product, &blocked.option)?;
    let prefix = blocked.option.strip_suffix(option)?;
    let values = nested::element_values(product, present, nest, index)?;
    let own = |name: &String| name.strip_prefix(prefix).unwrap_or_else(|| panic!("{name} is none of {prefix}")).to_owned();
    let because = blocked.because.iter().map(own).collect();
    Some((nest.product.clone(), values, Blocked { option: option.to_owned(), because, ..blocked.clone() }))
}

fn check_reason(product: &CompiledProduct, present: &Values, blocked: &Blocked) {
    if let Some((product, present, blocked)) = spoken_of(product, present, blocked) {
        return check_reason(&product, &present, &blocked);
    }
    let told = || format!("{}: {blocked:?} of {present:?}", product.sku);
    let mut conflict: Values = blocked.because.iter().map(|id| (id.clone(), present[id].clone())).collect();
    conflict.insert(blocked.option.clone(), meant(blocked, present));
    assert!(!possible(product, &blocked.why, &conflict), "no conflict. {}", told());
    for id in &blocked.because {
        let mut fewer = conflict.clone();
        fewer.remove(id);
        assert!(possible(product, &blocked.why, &fewer), "{id} is not needed. {}", told());
    }
    for rule in &blocked.why {
        let fewer: Vec<String> = blocked.why.iter().filter(|r| *r != rule).cloned().collect();
        assert!(possible(product, &fewer, &conflict), "rule {rule} is not needed. {}", told());
    }
}

#[test]
fn reasons_are_minimal_and_repairs_repair() {
    let mut looked = Map::new();
    for product in products() {
        let (mut reasons, mut repairs) = (0_u32, 0_u32);
        for explicit in samples(&product, count(40)) {
            let now = configure(&product, &explicit);
            let cost = |values: &Values| price(&product, values).expect("a price").total;
            for blocked in &now.blocked {
                check_reason(&product, &now.values, blocked);
                reasons += 1;
                for repair in &blocked.repairs {
                    let repaired = repair.set.iter().fold(explicit.clone(), |c, (id, value)| with_value(&product, &c, id, value));
                    let after = configure(&product, &repaired);
                    let told = || format!("{}: {repair:?} for {blocked:?} after {explicit:?}", product.sku);
                    // A repair of an opening repairs that one, whatever else is broken.
                    let prefix = nested::address(&product, &blocked.option).map_or_else(String::new, |(nest, i, _)| format!("{}/{i}/", nest.id));
                    let whole = after.valid || !prefix.is_empty() && !after.blocked.iter().any(|b| b.chosen && b.option.starts_with(&prefix));
                    assert!(whole, "still broken. {}", told());
                    assert!(repair.set.iter().all(|(id, value)| value_at(&after.values, id) == Some(value)), "not what was offered. {}", told());
                    // A value that stands already, by choice or because nothing better is left, is kept or given up; any other one is what was wanted.
                    let stands = blocked.chosen || value_at(&now.values, &blocked.option) == Some(&meant(blocked, &now.values));
                    assert!(stands || repair.set.contains_key(&blocked.option), "without the value that was wanted. {}", told());
                    if let Some(delta) = repair.price_delta {
                        // Told for the present values with the repair: what rules moved stays where it is.
                        // Openings that a larger grid adds are those of the list as it was chosen, or as it comes.
                        let mut before = now.values.clone();
                        before.retain(|id, _| product.option_index(id).is_some());
                        before.extend(product.nests.iter().filter_map(|n| explicit.get_key_value(&n.id)).map(|(id, list)| (id.clone(), list.clone())));
                        let end = repair.set.iter().fold(before, |c, (id, value)| with_value(&product, &c, id, value));
                        assert_eq!(delta, cost(&end) - cost(&now.values), "another price than told. {}", told());
                    }
                    repairs += 1;
                }
            }
        }
        assert!(reasons > 0 && repairs > 0, "{}: {reasons} reasons, {repairs} repairs", product.sku);
        looked.insert(product.sku.clone(), json!({ "configurations": count(40), "minimal_reasons": reasons, "working_repairs": repairs }));
    }
    keep("reasons", &json!(looked));
}

#[test]
fn what_is_kept_is_what_was_shown() {
    let mut looked_at = 0;
    for product in products() {
        for choices in samples(&product, count(20)) {
            let (shown, kept) = (configure(&product, &choices), product::complete(&product, &choices));
            assert_eq!((&kept.values, kept.valid, &kept.forced), (&shown.values, shown.valid, &shown.forced), "{}: {choices:?}", product.sku);
            let chosen = |blocked: &[product::Blocked]| blocked.iter().filter(|b| b.chosen).cloned().collect::<Vec<_>>();
            assert_eq!(chosen(&kept.blocked), chosen(&shown.blocked), "{}: {choices:?}", product.sku);
            looked_at += 1;
        }
    }
    assert!(looked_at >= 100);
}
