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
    parts.push(format!("{SAVED}={}", c.id));
    format!("/configure/{}?{}", c.product_id, parts.join("&"))
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
        let c =
            Configuration { id: "c".into(), product_id: "p".into(), config_data: data.as_object().cloned().unwrap_or_default(), ..Configuration::default() };
        assert_eq!(address(&c), "/configure/p?finish=smoked%20oak&modules=WALL-ST-M1/2~front.door/1&tray=true&width=1800&saved.id=c");
    }
}
