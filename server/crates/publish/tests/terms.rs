//! Prices under a list: for every demo product the sum of the lines is the price, effects are differences of prices, and the lowest price is the lowest.
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs)]

use product::terms::{percent, under};
use product::{Change, CompiledProduct, LineTerms, Pieces, Rounding, Terms, Value, Values, VolumeBreak, Way};
use std::collections::BTreeMap;

/// A demo product under terms that touch everything.
fn listed(product: &CompiledProduct, quantity: u32) -> CompiledProduct {
    let factor = |num, den| LineTerms { change: Change::Factor { num, den }, words: "× (List)".to_owned() };
    let first = product.price_lines.first().map(|l| (l.id.clone(), LineTerms { change: Change::Fixed(12_345), words: "as listed".to_owned() }));
    let nests = product.nests.iter().map(|n| (n.id.clone(), factor(7, 9)));
    let terms = Terms {
        list: "List".to_owned(),
        since: "2026-01-01".to_owned(),
        lines: first.into_iter().chain(nests).collect(),
        others: factor(883, 1_000),
        breaks: vec![VolumeBreak { from: 5, basis_points: 333 }, VolumeBreak { from: 50, basis_points: 1_250 }],
        rounding: Some(Rounding { to: 95, way: Way::Up, words: String::new() }),
        pieces: Pieces::new(quantity),
    };
    let grades: BTreeMap<(String, String), i64> = product.grades.iter().map(|(g, price)| ((product.sku.clone(), g.clone()), price * 11 / 10)).collect();
    under(product, "EUR", terms, &grades)
}

fn sampled(product: &CompiledProduct, seed: usize) -> Values {
    let pick = |(i, o): (usize, &product::OptionDef)| {
        let n = o.domain.len();
        Some((o.id.clone(), o.domain.nth((seed * 7 + i * 13 + seed * i) % n.max(1))?))
    };
    product::configure(product, &product.options.iter().enumerate().filter_map(pick).collect()).values
}

#[test]
fn lines_add_up_and_effects_are_differences_under_a_list_too() {
    for definition in publish::demo() {
        let own = publish::compile(&definition).expect("a demo product").compiled;
        for quantity in [1, 5, 60] {
            let product = listed(&own, quantity);
            for seed in 0..20 {
                let values = sampled(&product, seed);
                let configured = product::configure(&product, &values);
                let Ok(price) = product::price(&product, &configured.values) else { continue };
                assert_eq!(price.lines.iter().map(|l| l.amount).sum::<i64>(), price.total, "{} {values:?}", product.sku);
                assert_eq!(price.total % 95, 0, "{}", product.sku);
                for (option, effects) in product::price_effects(&product, &values, &configured) {
                    for effect in effects.iter().take(2) {
                        let mut other = configured.values.clone();
                        if option.contains('/') || !other.contains_key(&option) {
                            continue;
                        }
                        other.insert(option.clone(), effect.value.clone());
                        let explicit: Values = values.iter().map(|(k, v)| (k.clone(), if *k == option { effect.value.clone() } else { v.clone() })).collect();
                        let then = product::price(&product, &product::configure(&product, &explicit).values).map(|p| p.total);
                        if let (Some(delta), Ok(then)) = (effect.delta, then) {
                            assert_eq!(then - price.total, delta, "{} {option} = {:?}", product.sku, effect.value);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_lowest_price_under_a_list_is_the_lowest() {
    for definition in publish::demo() {
        let own = publish::compile(&definition).expect("a demo product").compiled;
        let product = listed(&own, 1);
        let Some(cheapest) = publish::cheapest(&product) else { panic!("{}: not proven", product.sku) };
        for seed in 0..200 {
            let configured = product::configure(&product, &sampled(&product, seed));
            if configured.valid {
                let price = product::price(&product, &configured.values).expect("a price").total;
                assert!(price >= cheapest.minor, "{}: {price} < {}", product.sku, cheapest.minor);
            }
        }
    }
}

#[test]
fn another_number_of_pieces_changes_the_price_where_a_break_is_crossed_alone() {
    let definition = publish::demo().into_iter().find(|d| d["sku"] == "DESK-HA").expect("the desk");
    let own = publish::compile(&definition).expect("compiles").compiled;
    let one = listed(&own, 1);
    let buy = |pieces| one.terms.as_ref().expect("terms").buy(pieces);
    let price = || product::price(&one, &Values::new()).expect("a price");
    let a = price();
    assert!(!buy(4));
    assert_eq!(price(), a);
    assert!(buy(7), "a break is crossed");
    let b = price();
    assert!(b.total < a.total);
    let tiers = product::terms::tiers(&one, &a.lines);
    assert_eq!(tiers.iter().map(|(from, _)| *from).collect::<Vec<_>>(), [1, 5, 50]);
    assert_eq!((tiers[0].1, tiers[1].1), (a.total, b.total));
    assert_eq!(product::terms::tiers(&one, &b.lines), tiers, "the same table, whichever tier holds");
    assert_eq!(percent(333), "3.33");
    // Terms are no part of what identifies a configuration.
    let values = Values::from([("width".to_owned(), Value::Num(1800.0))]);
    assert_eq!(product::key_with("f", &own, &values), product::key_with("f", &one, &values));
}
