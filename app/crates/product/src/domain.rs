//! Domains: which values an option takes, and walking along them.

use crate::value::{Value, Values, whole};
use crate::{CompiledProduct, Domain};

/// `x` moved to the nearest multiple of `step`, as the double that the decimal number reads as (0.3, never 0.30000000000000004).
#[must_use]
#[allow(clippy::float_cmp)]
pub fn on_grid(x: f64, step: f64) -> f64 {
    let near = libm::round(x / step) * step;
    // Steps have at most three decimals, so six are exact.
    let clean = if libm::trunc(near) == near { near } else { libm::round(near * 1e6) / 1e6 };
    clean + 0.0
}

impl Domain {
    /// Whether `value` is allowed: the same verdict as the JSON Schema that the domain was compiled from.
    #[must_use]
    #[allow(clippy::float_cmp)]
    pub fn contains(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Range { min, max, step, integer }, Value::Num(x)) => {
                x.is_finite() && x >= min && x <= max && (!integer || whole(*x).is_some()) && on_grid(*x, *step) == *x
            }
            (Self::Enum(values), value) => values.contains(value),
            (Self::Bool, Value::Bool(_)) => true,
            _ => false,
        }
    }

    /// How many values there are.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn len(&self) -> usize {
        match self {
            Self::Range { min, max, step, .. } => {
                let steps = libm::round((max - min) / step);
                if steps >= 0.0 { steps as usize + 1 } else { 0 }
            }
            Self::Enum(values) => values.len(),
            Self::Bool => 2,
        }
    }

    /// True for a domain without values; publishing refuses such.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `k`th value in order, counted from 0.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn nth(&self, k: usize) -> Option<Value> {
        match self {
            Self::Range { min, step, .. } => (k < self.len()).then(|| Value::Num(on_grid(min + k as f64 * step, *step))),
            Self::Enum(values) => values.get(k).cloned(),
            Self::Bool => (k < 2).then_some(Value::Bool(k == 1)),
        }
    }

    /// Place of `value` in order; `None` when it is not allowed.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn place(&self, value: &Value) -> Option<usize> {
        match (self, value) {
            (Self::Range { min, step, .. }, Value::Num(x)) if self.contains(value) => Some(libm::round((x - min) / step) as usize),
            (Self::Enum(values), value) => values.iter().position(|v| v == value),
            (Self::Bool, Value::Bool(b)) => Some(usize::from(*b)),
            _ => None,
        }
    }

    /// The allowed value nearest to `value`; for enumerations the first.
    #[must_use]
    pub fn nearest(&self, value: &Value) -> Option<Value> {
        if self.contains(value) {
            return Some(value.clone());
        }
        match (self, value) {
            (Self::Range { min, max, step, .. }, Value::Num(x)) if x.is_finite() => Some(Value::Num(on_grid(
                if x < min {
                    *min
                } else if x > max {
                    *max
                } else {
                    *x
                },
                *step,
            ))),
            _ => self.nth(0),
        }
    }

    /// What is allowed, for a person.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Range { min, max, step, .. } => {
                format!("{} to {} in steps of {}", Value::Num(*min), Value::Num(*max), Value::Num(*step))
            }
            Self::Enum(values) => format!("one of {}", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            Self::Bool => "true or false".into(),
        }
    }
}

impl CompiledProduct {
    /// Index of an option.
    #[must_use]
    pub fn option_index(&self, id: &str) -> Option<usize> {
        self.options.iter().position(|o| o.id == id)
    }

    /// Values by option index from values by id; absent and forbidden ones become the default.
    #[must_use]
    pub fn dense(&self, values: &Values) -> Vec<Value> {
        let own = |o: &crate::OptionDef| values.get(&o.id).filter(|v| o.domain.contains(v)).unwrap_or(&o.default).clone();
        self.options.iter().map(own).collect()
    }

    /// Values by id from values by option index.
    #[must_use]
    pub fn named(&self, values: &[Value]) -> Values {
        crate::value::values(&mut self.options.iter().zip(values).map(|(o, v)| (o.id.clone(), v.clone())))
    }

    /// A value for every option and every choice of every nest; absent and forbidden ones are the default.
    #[must_use]
    pub fn complete(&self, values: &Values) -> Values {
        let present = self.dense(values);
        let mut all = self.named(&present);
        all.extend(crate::nested::complete(self, &present, values));
        all
    }

    /// All defaults.
    #[must_use]
    pub fn defaults(&self) -> Values {
        crate::value::values(&mut self.options.iter().map(|o| (o.id.clone(), o.default.clone())))
    }
}

/// Checks values against the domains: pairs of JSON pointer and message, empty when all are allowed. The verdict is that of
/// the full JSON Schema, for everything that the supported subset can say.
#[must_use]
pub fn check_values(product: &CompiledProduct, values: &Values) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for (id, value) in values {
        if let Some(nest) = product.nests.iter().find(|n| n.id == *id) {
            faults.extend(crate::nested::check(nest, value).into_iter().map(|(below, what)| (format!("/{id}{below}"), what)));
            continue;
        }
        let pointer = format!("/{}", id.replace('~', "~0").replace('/', "~1"));
        match product.option_index(id).and_then(|i| product.options.get(i)) {
            None => faults.push((pointer, "Unknown option.".into())),
            Some(o) if !o.domain.contains(value) => faults.push((pointer, format!("{} must be {}.", o.label, o.domain.words()))),
            Some(_) => {}
        }
    }
    faults
}
