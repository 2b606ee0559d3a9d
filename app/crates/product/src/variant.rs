//! Variant codes: a configuration as a model number.

use crate::compiled::{CompiledProduct, Domain};
use crate::value::{Value, Values, whole};

/// The string of chosen options, e.g. `DESK-HA-1800-0800-OAK-STD`: the root model number and one piece per option that has one.
#[must_use]
pub fn variant_code(product: &CompiledProduct, values: &Values) -> String {
    let mut code = product.sku.clone();
    for piece in pieces(product, values, |_| true) {
        code.push('-');
        code.push_str(&piece);
    }
    code.push_str(&crate::nested::code(product, &product.dense(values), values));
    code
}

/// The pieces of the options that `counts` names, those without a piece left out.
pub(crate) fn pieces(product: &CompiledProduct, values: &Values, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let own = product.options.iter().zip(product.dense(values)).filter(|(o, _)| counts(&o.id));
    let piece = |(option, value): (&crate::OptionDef, Value)| match &option.domain {
        Domain::Range { .. } if option.code_digits == 0 => String::new(),
        Domain::Range { .. } => digits(&value, usize::from(option.code_digits)),
        Domain::Enum(_) | Domain::Bool => option.choices.iter().find(|c| c.value == value).map(|c| c.code.clone()).unwrap_or_default(),
    };
    own.map(piece).filter(|p| !p.is_empty()).collect()
}

/// The number padded with zeros; a fraction follows a `P`, a minus becomes an `N`.
fn digits(value: &Value, pad: usize) -> String {
    let Value::Num(x) = value else { return String::new() };
    let sign = if *x < 0.0 { "N" } else { "" };
    let x = libm::fabs(*x);
    if let Some(n) = whole(x) {
        return format!("{sign}{n:0pad$}");
    }
    let text = format!("{x}");
    let (before, after) = text.split_once('.').unwrap_or((&text, ""));
    format!("{sign}{before:0>pad$}P{after}")
}
