//! Whatever is sent to be published, configured or computed: an answer or a refusal at its place, never a crash and never a hang.
//!
//! bolero makes the inputs: some seconds of random ones in `make test`, hours by `make fuzz` (`FITOUT_FUZZ_SECONDS`), and coverage-guided ones under
//! `cargo bolero`. A failing input is printed with the seed that makes it again (`BOLERO_RANDOM_SEED`). `seeds/` are definitions made by hand to do harm.

mod mutate;

use bolero::{check, produce};
use mutate::{Dice, mutated};
use product::{CompiledProduct, Value, Values};
use serde_json::Value as Json;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// How long each target runs.
fn time() -> Duration {
    Duration::from_secs(std::env::var("FITOUT_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(20))
}

fn demos() -> &'static [(Json, CompiledProduct)] {
    static DEMOS: OnceLock<Vec<(Json, CompiledProduct)>> = OnceLock::new();
    DEMOS.get_or_init(|| {
        let made = |d: Json| {
            let compiled = publish::compile(&d).expect("a demo product").compiled;
            (d, compiled)
        };
        publish::demo().into_iter().map(made).collect()
    })
}

/// Inputs that were refused and that were taken.
#[derive(Default)]
struct Seen([AtomicUsize; 2]);

impl Seen {
    fn note(&self, taken: bool) {
        self.0[usize::from(taken)].fetch_add(1, Relaxed);
    }
    /// A target that meets only one kind tests nothing.
    fn both(&self, least: usize) {
        let [refused, taken] = [0, 1].map(|i| self.0[i].load(Relaxed));
        assert!(refused >= least && taken >= least, "{refused} refused, {taken} taken: too few to tell anything");
    }
}

/// What must hold of a definition, whatever it says. Whether it was taken.
fn examine(definition: &Json) -> bool {
    let published = match publish::compile(definition) {
        Err(faults) => {
            assert!(!faults.is_empty() && faults.len() <= 200, "{} faults", faults.len());
            for fault in &faults {
                // This is what a panic inside the check becomes.
                assert!(!fault.message.contains("could not be checked"), "the check itself failed on {definition}");
                assert!(!fault.message.trim().is_empty() && place_is_there(definition, &fault.pointer), "{fault} of {definition}");
            }
            return false;
        }
        Ok(published) => published,
    };
    let product = published.compiled;
    let done = product::configure(&product, &Values::new());
    assert_eq!(done.values.len(), product.options.len() + product.nests.len(), "a value for every option");
    let made = product::parts(&product, &done.values);
    let price = product::price(&product, &done.values);
    // What publishing proved holds; what it could not prove it said.
    if published.warnings.is_empty() && done.valid {
        assert!(made.is_ok() && price.is_ok(), "{made:?} {price:?} of {definition}");
    }
    if let Ok(list) = made {
        let scene = product::scene(&product, &list);
        assert!(scene.items.iter().all(|i| i.mesh.positions.iter().flatten().all(|v| v.is_finite())), "a mesh without end of {definition}");
    }
    let _ = product::variant_code(&product, &done.values);
    true
}

/// The pointer names something of the document, or something that is missing in it.
fn place_is_there(definition: &Json, pointer: &str) -> bool {
    pointer.is_empty() || definition.pointer(pointer).is_some() || pointer.rfind('/').is_some_and(|i| place_is_there(definition, &pointer[..i]))
}

#[test]
fn definitions() {
    let (demos, seen) = (demos(), Seen::default());
    check!().with_test_time(time()).with_generator(produce::<Vec<u8>>().with().len(8..400usize)).for_each(|bytes: &Vec<u8>| {
        seen.note(examine(&mutated(&mut Dice::new(bytes), demos.iter().map(|(d, _)| d))));
    });
    seen.both(5);
}

#[test]
fn choices() {
    let (demos, seen) = (demos(), Seen::default());
    check!().with_test_time(time()).with_generator(produce::<Vec<u8>>().with().len(4..200usize)).for_each(|bytes: &Vec<u8>| {
        let mut dice = Dice::new(bytes);
        let (_, product) = &demos[dice.below(demos.len())];
        let mut sent = serde_json::Map::new();
        for option in &product.options {
            if dice.below(2) == 0 {
                let own = option.choices.get(dice.below(option.choices.len().max(1))).map(|c| c.value.to_json());
                sent.insert(option.id.clone(), own.filter(|_| dice.below(4) > 0).unwrap_or_else(|| mutate::value(&mut dice)));
            }
        }
        for nest in &product.nests {
            if dice.below(2) == 0 {
                let elements = dice.below(70);
                let mut element = || serde_json::json!({ "product": nest.product.sku, "options": mutate::value(&mut dice) });
                let list: Json = (0..elements).map(|_| element()).collect();
                sent.insert(nest.id.clone(), if elements == 0 { mutate::value(&mut dice) } else { list });
            }
        }
        let values: Values = sent.iter().filter_map(|(k, v)| Some((k.clone(), Value::from_json(v)?))).collect();
        let refused = product::check_values(product, &values);
        seen.note(refused.is_empty());
        let done = product::configure(product, &values);
        assert_eq!(done.values.len(), product.options.len() + product.nests.len(), "a value for every option");
        assert!(product::check_values(product, &done.values).is_empty() || !refused.is_empty(), "{} becomes {:?}", Json::Object(sent.clone()), done.values);
        assert!(done.valid || done.blocked.iter().any(|b| b.chosen), "an impossible combination says what is in the way: {}", Json::Object(sent.clone()));
        if done.valid {
            let again = product::configure(product, &done.values);
            assert!(again.valid && again.values == done.values, "what is complete stays as it is: {}", Json::Object(sent));
            product::price(product, &done.values).expect("a price");
            let _ = product::parts(product, &done.values);
        }
        let _ = product::variant_code(product, &done.values);
    });
    seen.both(5);
}

#[test]
fn formulas() {
    let (options, seen) = (&demos()[0].1.options, Seen::default());
    check!().with_test_time(time()).with_generator(produce::<Vec<u8>>().with().len(0..300usize)).for_each(|bytes: &Vec<u8>| {
        let mut dice = Dice::new(bytes);
        let source = if dice.below(4) == 0 { String::from_utf8_lossy(bytes).into_owned() } else { mutate::formula(&mut dice) };
        let made = publish::compile_formula(&source, options);
        seen.note(made.is_ok());
        match made {
            Err(faults) => assert!(faults.iter().all(|f| !f.message.contains("could not be checked")), "the check itself failed on {source:?}"),
            Ok(expr) => {
                // The same words mean the same, and their wire form comes back as it went.
                let wire = serde_json::to_string(&expr).expect("JSON");
                assert_eq!(serde_json::from_str::<product::Expr>(&wire).expect("an expression"), expr, "{source:?}");
            }
        }
    });
    seen.both(5);
}

/// Each seed says itself where it is refused: `x-refused-at` holds the pointer.
#[test]
fn seeds_are_refused_at_their_place() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder).expect("seeds") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let mut definition: Json = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let at = definition.as_object_mut().and_then(|d| d.remove("x-refused-at")).expect("`x-refused-at`");
        assert!(!examine(&definition), "{} is accepted", path.display());
        let faults = publish::compile(&definition).err().unwrap_or_else(|| panic!("{} is accepted", path.display()));
        assert!(faults.iter().any(|f| Some(f.pointer.as_str()) == at.as_str()), "{}: {faults:#?}", path.display());
        looked_at += 1;
    }
    assert!(looked_at >= 20, "only {looked_at}");
}
