//! Where a saved configuration opens.

use crate::loading::encode;
use crate::pages::configure::choices::plain;
use contract::Configuration;

/// What the link of a saved configuration adds to its choices. No option has a dot in its name.
pub(crate) const SAVED: &str = "saved.id";

/// The configurator with these choices; saving there changes this configuration.
pub(crate) fn address(c: &Configuration) -> String {
    let mut parts: Vec<String> =
        c.config_data.iter().filter_map(|(id, json)| Some(format!("{}={}", encode(id), encode(&plain(&product::Value::from_json(json)?))))).collect();
    let price = contract::PriceFor { customer: c.customer.clone(), currency: None, date: None, quantity: Some(c.quantity) };
    parts.extend(price.pairs().into_iter().map(|(name, value)| format!("{name}={}", encode(&value))));
    parts.push(format!("{SAVED}={}", c.id));
    format!("/configure/{}?{}", c.product_id, parts.join("&"))
}

/// Its price, and of how many.
pub(crate) fn pieces(c: &Configuration) -> String {
    match c.quantity {
        0 | 1 => ui::money(&c.price),
        n => format!("{n} × {}", ui::money(&c.price)),
    }
}

#[cfg(test)]
mod tests {
    use super::address;
    use contract::Configuration;

    #[test]
    fn a_saved_configuration_opens_with_its_choices() {
        let data = serde_json::json!({
            "width": 1800, "tray": true, "finish": "smoked oak",
            "modules": [
                { "product": "WALL-ST-M1", "options": { "front": "door" } },
                { "product": "WALL-ST-M1", "options": { "front": "door" } },
                { "product": "WALL-ST-M1", "options": {} },
            ],
        });
        let c = Configuration {
            id: "c".into(),
            product_id: "p".into(),
            customer: Some("North & Co".into()),
            quantity: 12,
            config_data: data.as_object().cloned().unwrap_or_default(),
            ..Configuration::default()
        };
        assert_eq!(
            address(&c),
            "/configure/p?finish=smoked%20oak&modules=WALL-ST-M1/2~front.door/1&tray=true&width=1800&price.customer=North%20%26%20Co&price.quantity=12&saved.id=c"
        );
    }
}
