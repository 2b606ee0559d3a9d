//! The product's own code, as this page uses it: one call gives everything that is shown. Runs on both sides.

use contract::{ConfiguratorData, PriceFor};
use product::nested::with_value;
use product::{Blocked, CompiledProduct, Configured, Effect, Forced, OptionDef, PricedLine, Value, Values};
use scene::Scene;
use std::collections::BTreeMap;

/// A product that can be asked.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The compiled definition, under the price list that was asked for.
    pub product: CompiledProduct,
    /// Whose price it is, and in which currency. How many is what people change.
    pub asked: PriceFor,
}

/// Everything about one set of choices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// No rule is broken.
    pub valid: bool,
    /// Complete values.
    pub values: Values,
    /// Set by rules.
    pub forced: Vec<Forced>,
    /// What can't be; of what is chosen, also why.
    pub blocked: Vec<Blocked>,
    /// Breakdown.
    pub lines: Vec<PricedLine>,
    /// Sum, minor units.
    pub total: i64,
    /// String of chosen options.
    pub variant: String,
    /// Price effects of every answer on offer, with what it forces. Several times the work of the rest: empty until [`Engine::effects`] has found them.
    pub effects: BTreeMap<String, Vec<Effect>>,
}

impl Engine {
    /// Reads the compiled product.
    ///
    /// # Errors
    /// Words for a person when this page is older or newer than the product's data.
    pub fn read(data: &ConfiguratorData, asked: PriceFor) -> Result<Self, String> {
        crate::json::read::<CompiledProduct>(&data.compiled)
            .map(|product| Self { product, asked })
            .map_err(|_| "This page and the product's data do not belong together. Load the page again.".to_owned())
    }

    /// The option with an id, or at an address inside a nest (`modules/3/front`).
    #[must_use]
    pub fn option(&self, id: &str) -> Option<&OptionDef> {
        let (product, _, own) = self.around(id);
        product.options.iter().find(|o| o.id == own)
    }

    /// The product that an option belongs to, what its neighbours' names begin with, and its own name there.
    fn around<'a>(&self, id: &'a str) -> (&CompiledProduct, &'a str, &'a str) {
        match product::nested::address(&self.product, id) {
            Some((nest, _, own)) => (&nest.product, &id[..id.len() - own.len()], own),
            None => (&self.product, "", id),
        }
    }

    /// All options of the product that an option belongs to, by full name.
    #[must_use]
    pub fn beside(&self, id: &str) -> Vec<(String, &OptionDef)> {
        let (product, prefix, _) = self.around(id);
        product.options.iter().map(|o| (format!("{prefix}{}", o.id), o)).collect()
    }

    /// A rule about an option, by its id.
    #[must_use]
    pub fn rule(&self, option: &str, id: &str) -> Option<&product::Rule> {
        self.around(option).0.rules.iter().find(|r| r.id == id)
    }

    /// The same with [`Shown::effects`].
    #[must_use]
    pub fn effects(&self, choices: &Values, shown: Shown) -> Shown {
        let Shown { valid, values, forced, blocked, .. } = shown;
        let now = Configured { valid, values, forced, blocked };
        let effects = product::price_effects(&self.product, choices, &now);
        let Configured { valid, values, forced, blocked } = now;
        Shown { valid, values, forced, blocked, effects, ..shown }
    }

    /// Price effects of the answers for all of these elements together, under the first one's names.
    #[must_use]
    pub fn effects_at(&self, choices: &Values, nest: &str, elements: &[usize]) -> BTreeMap<String, Vec<Effect>> {
        let mut sums: BTreeMap<String, Vec<Effect>> = BTreeMap::new();
        for (n, i) in elements.iter().enumerate() {
            for (option, effects) in product::price_effects_at(&self.product, choices, nest, *i) {
                let sum = sums.entry(format!("{nest}/{}/{option}", elements[0])).or_default();
                if n == 0 {
                    *sum = effects;
                    continue;
                }
                for (sum, effect) in sum.iter_mut().zip(effects) {
                    sum.delta = sum.delta.zip(effect.delta).map(|(a, b)| a + b);
                }
            }
        }
        sums
    }

    /// Rules and price for explicit choices.
    #[must_use]
    pub fn evaluate(&self, choices: &Values) -> Shown {
        let configured = product::marked(&self.product, choices);
        // Publishing proves that prices have values; a product from before such a proof shows none rather than stopping the page.
        let price = product::price(&self.product, &configured.values).unwrap_or_default();
        Shown {
            effects: BTreeMap::new(),
            variant: product::variant_code(&self.product, &configured.values),
            valid: configured.valid,
            values: configured.values,
            forced: configured.forced,
            blocked: configured.blocked,
            lines: price.lines,
            total: price.total,
        }
    }

    /// What to draw for complete values, and its outer size.
    #[must_use]
    pub fn scene(&self, values: &Values) -> Scene {
        product::parts(&self.product, values).map(|list| product::scene(&self.product, &list)).unwrap_or_default()
    }

    /// Outer size `[width, depth, height]`, mm.
    #[must_use]
    pub fn size_mm(&self, values: &Values) -> Option<[f64; 3]> {
        product::parts(&self.product, values).ok().map(|list| list.bounding_box_mm)
    }
}

/// The entry of a value that is on offer but blocked (not of one that is chosen).
#[must_use]
pub fn blocks<'a>(blocked: &'a [Blocked], option: &str, value: &Value) -> Option<&'a Blocked> {
    blocked.iter().filter(|b| !b.chosen && b.option == option).find(|b| match (&b.value, &b.range, value) {
        (Some(v), _, _) => v == value,
        (None, Some((low, high)), Value::Num(n)) => (*low..=*high).contains(n),
        _ => false,
    })
}

/// Choices after a repair of a wanted value.
#[must_use]
pub fn repaired(product: &CompiledProduct, choices: &Values, wanted: (&str, &Value), set: &Values) -> Values {
    set.iter().fold(with_value(product, choices, wanted.0, wanted.1), |next, (id, value)| with_value(product, &next, id, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(option: &str, value: Option<&str>, range: Option<(f64, f64)>, chosen: bool) -> Blocked {
        Blocked {
            option: option.into(),
            value: value.map(|v| Value::Text(v.into())),
            range,
            chosen,
            why: vec![],
            because: vec![],
            message: String::new(),
            repairs: vec![],
        }
    }

    #[test]
    fn the_reason_of_a_value_is_found_by_value_and_by_range() {
        let list =
            vec![blocked("frame", Some("light"), None, false), blocked("width", None, Some((2050.0, 2400.0)), false), blocked("top", Some("oak"), None, true)];
        let at = |option: &str, value: Value| blocks(&list, option, &value).and_then(|b| list.iter().position(|x| std::ptr::eq(x, b)));
        assert_eq!(at("frame", Value::Text("light".into())), Some(0));
        assert_eq!(at("frame", Value::Text("heavy".into())), None);
        assert_eq!(at("width", Value::Num(2200.0)), Some(1));
        assert_eq!(at("width", Value::Num(2000.0)), None);
        assert_eq!(at("top", Value::Text("oak".into())), None, "chosen conflicts are told elsewhere");
    }

    #[test]
    fn a_repair_keeps_the_wanted_value_unless_it_gives_it_up() {
        let choices = Values::from([("width".to_owned(), Value::Num(1800.0))]);
        let wanted = Value::Num(2200.0);
        let product = crate::pages::configure::choices::tests::desk();
        let heavy = repaired(&product, &choices, ("width", &wanted), &Values::from([("frame".to_owned(), Value::Text("heavy".into()))]));
        assert_eq!(heavy.get("width"), Some(&Value::Num(2200.0)));
        assert_eq!(heavy.get("frame"), Some(&Value::Text("heavy".into())));
        let narrower = repaired(&product, &choices, ("width", &wanted), &Values::from([("width".to_owned(), Value::Num(2000.0))]));
        assert_eq!(narrower.get("width"), Some(&Value::Num(2000.0)));
    }
}
