//! How long one option change takes: rules, reasons and price effects of every demo product, over sampled choices.
//!
//! `cargo run --release -p publish --example configure_time` prints a line of JSON per product, in microseconds.
#![allow(clippy::print_stdout)] // its output is its purpose
use product::{CompiledProduct, Values, configure, price, price_effects};
use std::time::Instant;

/// Choices number `n`: about two options in three, or none for 0.
fn choices(product: &CompiledProduct, n: usize) -> Values {
    let chosen = product.options.iter().enumerate().filter(|(i, _)| n > 0 && !(n + i).is_multiple_of(3));
    chosen.filter_map(|(i, o)| Some((o.id.clone(), o.domain.nth((n * (7 + 4 * i) + i) % o.domain.len())?))).collect()
}

fn main() -> Result<(), String> {
    for definition in publish::demo() {
        let product = publish::compile(&definition).map_err(|f| format!("{f:?}"))?.compiled;
        for (what, every) in [("nothing chosen", 0), ("sampled choices", 1)] {
            let mut micros: Vec<f64> = (0..600)
                .map(|n| {
                    let explicit = choices(&product, n * every);
                    let start = Instant::now();
                    let done = configure(&product, &explicit);
                    std::hint::black_box((price_effects(&product, &explicit, &done), price(&product, &done.values).is_ok()));
                    start.elapsed().as_secs_f64() * 1e6
                })
                .collect();
            micros.sort_by(f64::total_cmp);
            let at = |share: f64| micros.get((micros.len() as f64 * share) as usize).copied().unwrap_or_default();
            println!(
                r#"{{"product":"{}","choices":"{what}","p50_us":{:.0},"p95_us":{:.0},"max_us":{:.0}}}"#,
                product.sku,
                at(0.5),
                at(0.95),
                micros.last().copied().unwrap_or_default()
            );
        }
    }
    Ok(())
}
