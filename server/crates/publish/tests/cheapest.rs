//! “from”: the lowest price of any valid configuration, proven or not said.

mod kit;

use kit::{compiled, shelf, with};
use product::{CompiledProduct, Value, Values};
use serde_json::{Value as Json, json};

/// The lowest price of all valid configurations, one by one.
fn by_hand(product: &CompiledProduct) -> Option<i64> {
    let mut best: Option<i64> = None;
    let sizes: Vec<usize> = product.options.iter().map(|o| o.domain.len()).collect();
    for n in 0..sizes.iter().product() {
        let mut rest = n;
        let mut values = Values::new();
        for (option, size) in product.options.iter().zip(&sizes) {
            values.insert(option.id.clone(), option.domain.nth(rest % size).expect("a value"));
            rest /= size;
        }
        if product::configure(product, &values).valid {
            let price = product::price(product, &values).expect("a price").total;
            best = Some(best.map_or(price, |b| b.min(price)));
        }
    }
    best
}

/// A shelf with few enough configurations to try them all.
fn small() -> Json {
    let definition = with(shelf(), "/config_schema/properties/width/minimum", json!(1800));
    let definition = with(definition, "/config_schema/properties/width/default", json!(1900));
    let definition = with(definition, "/config_schema/properties/width/maximum", json!(2200));
    let definition = with(definition, "/config_schema/properties/depth/multipleOf", json!(50));
    with(definition, "/config_schema/properties/depth/default", json!(300))
}

#[test]
fn it_is_what_trying_them_all_finds() {
    let mut proven = 0;
    for (pointer, value) in [
        ("/name", json!("As it is")),
        // Wider is cheaper, but only with the dearer frame.
        ("/price/lines/1/amount", json!("300000 - 100 * width + grade_price(finish)")),
        // The cheapest lies in the middle of a range.
        ("/price/lines/1/amount", json!("abs(width - 1950) * 40 + abs(depth - 250) * 30 + grade_price(finish)")),
        // A line that is a reduction, and one that hangs on a condition over a range.
        ("/price/lines/2", json!({ "id": "tray", "label": "Tray", "amount": -2500, "when": "tray && width > 1900" })),
        ("/price/lines/0/amount", json!("frame == 'heavy' ? 31900 : 49900")),
        // Half cents are rounded line by line.
        ("/price/lines/1/amount", json!("width * 0.5 + depth * 0.25")),
        // The cheap choice is not allowed where it would be cheapest.
        ("/rules/0", json!({ "id": "r", "when": "frame == 'standard'", "require": "finish == 'walnut' && width >= 2100", "message": "No." })),
        ("/rules/-", json!({ "id": "r", "when": "!tray", "require": "width > 2100 && frame == 'heavy'", "message": "No." })),
    ] {
        let definition = with(small(), pointer, value.clone());
        let definition = if pointer == "/rules/0" {
            with(with(definition, "/config_schema/properties/width/default", json!(2100)), "/config_schema/properties/finish/default", json!("walnut"))
        } else {
            definition
        };
        let product = compiled(&definition);
        let found = publish::cheapest(&product).unwrap_or_else(|| panic!("{pointer} {value}: not proven"));
        assert_eq!(Some(found.minor), by_hand(&product), "{pointer} {value}: {found:?}");
        let configured = product::configure(&product, &found.values);
        assert!(configured.valid && configured.values == found.values, "{pointer} {value}: {found:?}");
        assert_eq!(product::price(&product, &found.values).expect("a price").total, found.minor);
        proven += 1;
    }
    assert_eq!(proven, 8);
}

#[test]
fn the_demo_products_have_one_and_no_sample_is_cheaper() {
    for definition in publish::demo() {
        let product = compiled(&definition);
        let began = std::time::Instant::now();
        let found = publish::cheapest(&product).unwrap_or_else(|| panic!("{}: not proven", product.sku));
        // Publishing waits for it; built without optimisation here.
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{}: {:?}", product.sku, began.elapsed());
        let default = product::configure(&product, &Values::new());
        let default = product::price(&product, &default.values).expect("a price").total;
        assert!(found.minor < default, "{}: the default is not the cheapest: {} {default}", product.sku, found.minor);
        let mut seed = 20_261_121_u64;
        let mut roll = |sides: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap_or(0) % sides.max(1)
        };
        let mut valid = 0;
        for _ in 0..4_000 {
            // Near the cheapest: a few options differ from it.
            let mut values = found.values.clone();
            for _ in 0..3 {
                let option = &product.options[roll(product.options.len())];
                values.insert(option.id.clone(), option.domain.nth(roll(option.domain.len())).expect("a value"));
            }
            let price = product::price(&product, &values).expect("a price").total;
            if price < found.minor {
                assert!(!product::configure(&product, &values).valid, "{}: {price} < {} with {values:?}", product.sku, found.minor);
            } else {
                valid += 1;
            }
        }
        assert!(valid > 100, "looked at too few: {valid}");
    }
}

#[test]
fn what_is_not_proven_is_not_said() {
    // Two long ranges along a ridge that intervals can't see: the boxes are used up before the proof is there.
    let definition = with(small(), "/config_schema/properties/width/minimum", json!(1001));
    let definition = with(definition, "/config_schema/properties/width/multipleOf", json!(1));
    let definition = with(definition, "/config_schema/properties/depth/multipleOf", json!(0.1));
    let ridge = "(width * width + depth * depth - 2 * width * depth) * 0.01 - (width - depth) * (width - depth) * 0.01 + 100";
    let product = compiled(&with(definition, "/price/lines/1/amount", json!(ridge)));
    assert_eq!(publish::cheapest(&product), None);
    // Rules that leave nothing: there is no price to say.
    let mut none = product;
    none.rules[0].require = product::Expr::Lit(Value::Bool(false));
    none.rules[0].when = product::Expr::Lit(Value::Bool(true));
    assert_eq!(publish::cheapest(&none), None);
}
