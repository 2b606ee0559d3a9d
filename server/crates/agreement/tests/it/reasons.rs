//! Every reason is minimal, every repair repairs, every price difference is true.

use crate::{count, keep, products, samples};
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

fn check_reason(product: &CompiledProduct, present: &Values, blocked: &Blocked) {
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
                    let mut repaired = explicit.clone();
                    repaired.extend(repair.set.clone());
                    let after = configure(&product, &repaired);
                    let told = || format!("{}: {repair:?} for {blocked:?} after {explicit:?}", product.sku);
                    assert!(after.valid, "still broken. {}", told());
                    assert!(repair.set.iter().all(|(id, value)| after.values.get(id) == Some(value)), "not what was offered. {}", told());
                    // A value that stands already, by choice or because nothing better is left, is kept or given up; any other one is what was wanted.
                    let stands = blocked.chosen || now.values[&blocked.option] == meant(blocked, &now.values);
                    assert!(stands || repair.set.contains_key(&blocked.option), "without the value that was wanted. {}", told());
                    if let Some(delta) = repair.price_delta {
                        // Told for the present values with the repair: what rules moved stays where it is.
                        let mut end = now.values.clone();
                        end.extend(repair.set.clone());
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
