//! The options as a plain form for browsers without script: a GET with the values in the query, which is where the page reads them.

use super::choices::{plain, words};
use super::engine::{Engine, Shown};
use contract::PriceFor;
use product::{Domain, Value};
use std::fmt::Write;
use ui::{Units, escape};

/// HTML of the form. Everything that comes from the product is escaped.
#[must_use]
pub fn form(engine: &Engine, shown: &Shown, price: &PriceFor, action: &str) -> String {
    let mut html = format!("<form method=\"get\" action=\"{}\" class=\"plain\">", escape(action));
    if let Some(entry) = shown.blocked.iter().find(|b| b.chosen) {
        let _ = write!(html, "<p class=\"why\" role=\"alert\">{}</p>", escape(&entry.message));
    }
    for option in &engine.product.options {
        let (id, label) = (escape(&option.id), escape(&option.label));
        let present = shown.values.get(&option.id).unwrap_or(&option.default);
        let _ = match &option.domain {
            Domain::Range { min, max, step, .. } => write!(
                html,
                "<label class=\"control\"><span class=\"head\">{label}</span><span class=\"field\"><input type=\"number\" name=\"{id}\" min=\"{min}\" max=\"{max}\" step=\"{step}\" value=\"{}\"><span class=\"unit\">{}</span></span></label>",
                escape(&plain(present)),
                escape(&option.unit)
            ),
            Domain::Enum(values) => {
                let answers: String = values
                    .iter()
                    .map(|v| {
                        let chosen = if v == present { " selected" } else { "" };
                        format!("<option value=\"{}\"{chosen}>{}</option>", escape(&plain(v)), escape(&words(option, v, Units::Mm)))
                    })
                    .collect();
                write!(
                    html,
                    "<label class=\"control\"><span class=\"head\">{label}</span><span class=\"field\"><select name=\"{id}\">{answers}</select></span></label>"
                )
            }
            // An empty box sends nothing: the hidden field before it says "no", and a later answer wins.
            Domain::Bool => write!(
                html,
                "<input type=\"hidden\" name=\"{id}\" value=\"false\"><label class=\"check\"><input type=\"checkbox\" name=\"{id}\" value=\"true\"{}><span>{label}</span></label>",
                if *present == Value::Bool(true) { " checked" } else { "" }
            ),
        };
    }
    // Modules can't be picked without script; those of the link stay.
    for nest in &engine.product.nests {
        if let Some(list) = shown.values.get(&nest.id) {
            let _ = write!(html, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(&nest.id), escape(&plain(list)));
        }
    }
    for (name, value) in price.pairs().into_iter().filter(|(name, _)| *name != "price.quantity") {
        let _ = write!(html, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(&value));
    }
    let _ = write!(
        html,
        "<label class=\"control\"><span class=\"head\">Pieces</span><span class=\"field\"><input type=\"number\" name=\"price.quantity\" min=\"1\" max=\"100000\" value=\"{}\"></span></label>",
        price.pieces()
    );
    html.push_str("<button class=\"btn\" data-kind=\"main\" type=\"submit\">Show price and model</button></form>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::configure::choices::{from_query, tests::desk};

    #[test]
    fn the_form_carries_every_option_with_its_present_value_and_escapes_words() {
        let mut product = desk();
        product.options[1].label = "Top <b>\"& edge".into();
        let values = from_query(&product, "width=1800&finish=white&frame=heavy&tray=true");
        let shown = Shown { values, ..Shown::default() };
        let html = form(
            &Engine { product, asked: PriceFor::default() },
            &shown,
            &PriceFor { customer: Some("North \"& Co".into()), quantity: Some(12), ..PriceFor::default() },
            "/configure/1",
        );
        assert!(html.contains("value=\"1800\""));
        assert!(html.contains("<option value=\"white\" selected>White</option>"));
        assert!(html.contains("Top &lt;b&gt;&quot;&amp; edge") && !html.contains("<b>\""));
        assert!(html.contains("name=\"tray\" value=\"false\"><label") && html.contains("value=\"true\" checked"));
    }
}
