//! Price with its breakdown.

use crate::compiled::{CompiledProduct, Domain, PriceLine};
use crate::expr::{Env, EvalError};
use crate::terms;
use crate::value::{Value, Values};
use serde::{Deserialize, Serialize};

/// A price; the lines add up to the total exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceBreakdown {
    /// Sum, minor units.
    pub total: i64,
    /// Breakdown, in the order of the definition.
    pub lines: Vec<PricedLine>,
}

/// One line of a price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricedLine {
    /// Stable name.
    pub id: String,
    /// Words, with the present values filled in.
    pub label: String,
    /// Minor units.
    pub amount: i64,
    /// The formula behind it, as written in the definition.
    pub rule: String,
}

/// What choosing a value would change; see [`crate::price_effects`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The value.
    pub value: Value,
    /// Price with it − price now, minor units; `None` when one of the two has no price.
    pub delta: Option<i64>,
}

/// Price of `values`; absent options count with their defaults.
///
/// # Errors
/// When a formula has no value here. Publishing proves or tests that this does not happen.
pub fn price(product: &CompiledProduct, values: &Values) -> Result<PriceBreakdown, EvalError> {
    let present = product.dense(values);
    let env = Env::new(product, &present)?;
    let mut breakdown = PriceBreakdown::default();
    for line in &product.price_lines {
        let Some(amount) = amount(product, line, &env)? else { continue };
        breakdown.total = breakdown.total.checked_add(amount).ok_or(EvalError::NotFinite)?;
        let label = filled(&line.label, product, &present);
        breakdown.lines.push(PricedLine { id: line.id.clone(), label, amount, rule: terms::rule(product, &line.id, &line.source) });
    }
    for line in crate::nested::price(product, &present, values)? {
        breakdown.total = breakdown.total.checked_add(line.amount).ok_or(EvalError::NotFinite)?;
        breakdown.lines.push(line);
    }
    terms::end(product, &mut breakdown)?;
    Ok(breakdown)
}

/// The total alone, for values by option index; `values` holds the lists of nests.
pub(crate) fn total(product: &CompiledProduct, present: &[Value], values: &Values) -> Result<i64, EvalError> {
    let env = Env::new(product, present)?;
    let mut total = 0_i64;
    for line in &product.price_lines {
        total = total.checked_add(amount(product, line, &env)?.unwrap_or(0)).ok_or(EvalError::NotFinite)?;
    }
    terms::ended(product, total.checked_add(crate::nested::total(product, present, values)?).ok_or(EvalError::NotFinite)?)
}

fn amount(product: &CompiledProduct, line: &PriceLine, env: &Env<'_>) -> Result<Option<i64>, EvalError> {
    if let Some(when) = &line.when
        && !when.eval_bool(env)?
    {
        return Ok(None);
    }
    line.amount.eval_minor(env).and_then(|amount| terms::changed(product, &line.id, amount)).map(Some)
}

/// Price effect of one value beside the present `values`: for ranges, at any value; `None` when there is no such option or
/// one of the two has no price.
#[must_use]
pub fn price_effect(product: &CompiledProduct, values: &Values, option: &str, value: &Value) -> Option<i64> {
    let i = product.option_index(option)?;
    let mut present = product.dense(values);
    let now = total(product, &present, values).ok()?;
    present.get_mut(i)?.clone_from(value);
    Some(total(product, &present, values).ok()? - now)
}

/// `{option}` → the label of its present value.
pub(crate) fn filled(label: &str, product: &CompiledProduct, present: &[Value]) -> String {
    if !label.contains('{') {
        return label.to_owned();
    }
    let mut words = label.to_owned();
    for (option, value) in product.options.iter().zip(present) {
        let place = format!("{{{}}}", option.id);
        if words.contains(&place) {
            words = words.replace(&place, &option.words_for(value));
        }
    }
    words
}

impl crate::OptionDef {
    /// The value in words: a choice's label, or the number with its unit.
    #[must_use]
    pub fn words_for(&self, value: &Value) -> String {
        // A named length is still a length.
        let named = !matches!(self.domain, Domain::Range { .. });
        match self.choices.iter().find(|c| named && c.value == *value) {
            Some(choice) => choice.label.clone(),
            None if self.unit.is_empty() => value.to_string(),
            None => format!("{value} {}", self.unit),
        }
    }
}
