//! What a definition says about a product in lists: price, size, stock, words.

use crate::engine::{Compiled, Evaluation};
use crate::times::tenths;
use product::{CompiledProduct, Domain, Expr};
use serde_json::Value;
use store::products::Facts;

/// Facts of a compiled definition and its default configuration.
pub(crate) fn of(definition: &Value, compiled: &Compiled, default: &Evaluation) -> Facts {
    let product = &compiled.product;
    let number = |pointer: &str| definition.pointer(pointer).and_then(Value::as_f64);
    let whole = |pointer: &str| definition.pointer(pointer).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
    let stock = whole("/erp/stock").unwrap_or(0).max(0);
    Facts {
        sku: product.sku.clone(),
        name: product.name.clone(),
        category: product.category.clone(),
        description: product.description.clone(),
        template_version: product.template_version.clone(),
        default_key: None,
        price_minor: default.response.price.total.minor,
        from_minor: publish::cheapest(product).map(|c| c.minor),
        currency: product.currency.clone(),
        currency_digits: i16::try_from(contract::minor_digits(&product.currency)).unwrap_or(2),
        size_dmm: default.response.bounding_box_mm.map(tenths),
        size_range: size_range(product),
        configurable: !product.options.is_empty(),
        stock,
        availability: definition.get("availability").and_then(Value::as_str).map_or_else(|| availability(stock, whole("/erp/lead_time_days")), str::to_owned),
        embodied_carbon_kg: default.carbon_kg,
        recycled_content_pct: number("/sustainability/recycled_content_pct"),
    }
}

/// Stock and delivery in words.
pub(crate) fn availability(stock: i32, lead_days: Option<i32>) -> String {
    match (stock, lead_days) {
        (0, None) => "Made to order".to_owned(),
        (0, Some(days)) => format!("Made to order, ships in {days} working days"),
        (n, None) => format!("{n} in stock"),
        (n, Some(days)) => format!("{n} in stock, ships in {days} working days"),
    }
}

/// `1000–2400 × 700–900 mm`: width and depth of the envelope, where it is an option or fixed; empty without any.
fn size_range(product: &CompiledProduct) -> String {
    let along = |side: &Expr| {
        let domain = match side {
            Expr::Opt(option) => &product.options.get(usize::from(*option))?.domain,
            Expr::Lit(product::Value::Num(fixed)) => return Some(fixed.to_string()),
            _ => return None,
        };
        let (least, most) = match domain {
            Domain::Range { min, max, .. } => (*min, *max),
            Domain::Enum(values) => {
                let numbers = || values.iter().filter_map(|v| if let product::Value::Num(n) = v { Some(*n) } else { None });
                (numbers().reduce(f64::min)?, numbers().reduce(f64::max)?)
            }
            Domain::Bool => return None,
        };
        Some(if least < most { format!("{least}–{most}") } else { format!("{least}") })
    };
    let sides: Vec<String> = product.envelope.iter().take(2).filter_map(along).collect();
    if sides.is_empty() { String::new() } else { format!("{} mm", sides.join(" × ")) }
}
