//! Agreement of all that speaks about a configuration: native code and wasm, reasons and rules, Blender and the parts.
//!
//! `make test` looks at a few configurations, others every day (the seed is in the output of a failed test; `FITOUT_SEED` sets it); `make long`
//! at three hundred of each product.

mod blender;
mod reasons;
mod wasm;

use product::{CompiledProduct, Values, configure, nested};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many configurations of each product are looked at.
fn count(usually: usize) -> usize {
    if std::env::var_os("FITOUT_LONG").is_some() { 300 } else { usually }
}

/// A new one every day.
fn seed() -> u64 {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() / 86_400;
    let seed = std::env::var("FITOUT_SEED").ok().map_or(today, |text| text.parse().expect("FITOUT_SEED is a whole number"));
    eprintln!("FITOUT_SEED={seed}");
    seed
}

/// A small generator with a known start: a failure can be tried again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
    }
}

/// The demo products, compiled.
fn products() -> Vec<CompiledProduct> {
    let all: Vec<_> = publish::demo().iter().map(|definition| publish::compile(definition).expect("the demo products compile").compiled).collect();
    assert_eq!(all.len(), 6);
    all
}

/// Explicit choices as people make them: some options, any of their values, whether they go together or not. The first is none at all.
fn samples(product: &CompiledProduct, count: usize) -> Vec<Values> {
    let mut dice = Dice(seed());
    let mut some = || {
        let mut choices = Values::new();
        for option in &product.options {
            if dice.roll(2) == 0
                && let Some(value) = option.domain.nth(dice.roll(option.domain.len()))
            {
                choices.insert(option.id.clone(), value);
            }
        }
        for nest in &product.nests {
            let (columns, rows) = nested::grid(product, &choices, nest);
            for _ in 0..dice.roll(4) {
                let (i, option) = (dice.roll(columns * rows), &nest.product.options[dice.roll(nest.product.options.len())]);
                if let Some(value) = option.domain.nth(dice.roll(option.domain.len())).filter(|_| !nest.passes(&option.id)) {
                    choices = nested::with_value(product, &choices, &format!("{}/{i}/{}", nest.id, option.id), &value);
                }
            }
        }
        choices
    };
    std::iter::once(Values::new()).chain(std::iter::repeat_with(&mut some)).take(count).collect()
}

/// Complete values of sampled configurations that can be ordered.
fn orderable(product: &CompiledProduct, count: usize) -> Vec<Values> {
    let found: Vec<Values> = samples(product, count * 20).iter().map(|c| configure(product, c)).filter(|d| d.valid).map(|d| d.values).take(count).collect();
    assert_eq!(found.len(), count, "{} has too few that can be ordered", product.sku);
    found
}

/// The repository.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("run by cargo");
    Path::new(&here).ancestors().nth(3).expect("three folders up").to_owned()
}

/// What a long run keeps, for the file of results.
fn keep(name: &str, facts: &Json) {
    if let Some(folder) = std::env::var_os("FITOUT_LONG") {
        let file = Path::new(&folder).join(format!("{name}.json"));
        std::fs::write(&file, facts.to_string()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }
}
