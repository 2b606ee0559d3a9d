//! Variant codes: a configuration as a model number.

use crate::compiled::{CompiledProduct, Domain};
use crate::value::{Value, Values, whole};

/// The string of chosen options, e.g. `DESK-HA-1800-0800-OAK-STD`: the root model number and one piece per option that has one.
#[must_use]
pub fn variant_code(product: &CompiledProduct, values: &Values) -> String {
    let mut code = product.sku.clone();
    for (option, value) in product.options.iter().zip(product.dense(values)) {
        let piece = match &option.domain {
            Domain::Range { .. } if option.code_digits == 0 => continue,
            Domain::Range { .. } => digits(&value, usize::from(option.code_digits)),
            Domain::Enum(_) | Domain::Bool => option.choices.iter().find(|c| c.value == value).map(|c| c.code.clone()).unwrap_or_default(),
        };
        if !piece.is_empty() {
            code.push('-');
            code.push_str(&piece);
        }
    }
    code
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
