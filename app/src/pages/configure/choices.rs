//! Choices ⇄ the link. Only what somebody chose is in it; what can't be read is left out, never guessed.

use crate::loading::encode;
use contract::ConfigData;
use product::{CompiledProduct, Domain, OptionDef, Value, Values};
use ui::{Units, format_length};

/// The choices of a query such as `?width=1800&finish=oak`. A later answer to the same question wins, so that a hidden field can stand
/// before a tick box in a form without script.
#[must_use]
pub fn from_query(product: &CompiledProduct, query: &str) -> Values {
    let mut choices = Values::new();
    for (id, text) in pairs(query) {
        if let Some(nest) = product.nests.iter().find(|n| n.id == id) {
            // A list that does not fit is left out as a whole.
            match read_list(&text).map(|list| typed(nest, list)).filter(|list| product::nested::fits(nest, list)) {
                Some(list) => choices.insert(id, list),
                None => choices.remove(&id),
            };
            continue;
        }
        if let Some(option) = product.options.iter().find(|o| o.id == id) {
            match read(option, &text) {
                Some(value) => choices.insert(id, value),
                None => choices.remove(&id),
            };
        }
    }
    choices
}

/// The query of choices, in the order of the form, without `?`; empty when nothing was chosen.
#[must_use]
pub fn to_query(product: &CompiledProduct, choices: &Values) -> String {
    let own = product.options.iter().map(|o| &o.id).chain(product.nests.iter().map(|n| &n.id));
    let parts: Vec<String> = own.filter_map(|id| choices.get(id).map(|v| [&encode(id), "=", &encode(&plain(v))].concat())).collect();
    parts.join("&")
}

/// Elements of a nest in a link: `WALL-ST-M1/4~front.door~finish.moss/1` is the product, four doors in moss and an element without choices.
fn write_list(items: &[Value]) -> Option<String> {
    let sku = items.first()?.as_map()?.get("product")?.as_text()?;
    let mut runs: Vec<(String, usize)> = Vec::new();
    for item in items {
        let options = item.as_map()?.get("options")?.as_map()?;
        let words = options.iter().fold(String::new(), |mut out, (id, value)| {
            out.push_str(&["~", id, ".", &plain(value)].concat());
            out
        });
        match runs.last_mut() {
            Some((last, count)) if *last == words => *count += 1,
            _ => runs.push((words, 1)),
        }
    }
    Some(runs.into_iter().fold(sku.to_owned(), |out, (words, count)| format!("{out}/{count}{words}")))
}

/// Reads what [`write_list`] wrote; values stay texts until the product is known.
fn read_list(text: &str) -> Option<Vec<(String, Values)>> {
    let (sku, rest) = text.split_once('/')?;
    let mut list = Vec::new();
    for run in rest.split('/') {
        let mut pieces = run.split('~');
        let count: usize = pieces.next()?.parse().ok()?;
        let mut options = Values::new();
        for piece in pieces {
            let (id, value) = piece.split_once('.')?;
            options.insert(id.to_owned(), Value::Text(value.to_owned()));
        }
        if list.len() + count > product::nested::MAX_ELEMENTS as usize {
            return None;
        }
        list.extend(std::iter::repeat_n((sku.to_owned(), options), count));
    }
    Some(list)
}

/// The elements with values of the right kind, where the nested product has such options.
fn typed(nest: &product::Nest, list: Vec<(String, Values)>) -> Value {
    let value = |(id, text): (String, Value)| {
        let option = nest.product.options.iter().find(|o| o.id == id);
        let value = option.and_then(|o| read(o, text.as_text().unwrap_or_default())).unwrap_or(text);
        (id, value)
    };
    Value::List(list.into_iter().map(|(sku, options)| element(&sku, product::value::values(&mut options.into_iter().map(value)))).collect())
}

fn element(sku: &str, options: Values) -> Value {
    Value::Map(Values::from([("product".to_owned(), Value::Text(sku.to_owned())), ("options".to_owned(), Value::Map(options))]))
}

/// Same, from the names and values of any query, when the product is not known yet (the server needs them to name files).
#[must_use]
pub fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .trim_start_matches('?')
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        match b {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex: Vec<u8> = rest.clone().take(2).collect();
                match std::str::from_utf8(&hex).ok().filter(|h| h.len() == 2).and_then(|h| u8::from_str_radix(h, 16).ok()) {
                    Some(byte) => {
                        bytes.push(byte);
                        rest.nth(1);
                    }
                    None => bytes.push(b),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A value inside the option's domain, from text. Numbers are moved to the nearest allowed step.
#[must_use]
pub fn read(option: &OptionDef, text: &str) -> Option<Value> {
    let text = text.trim();
    match &option.domain {
        Domain::Range { min, max, step, .. } => ui::decimal_number(text).map(|v| Value::Num(snap(v, *min, *max, *step))),
        Domain::Enum(values) => values.iter().find(|v| plain(v) == text).cloned(),
        Domain::Bool => match text {
            "true" | "on" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "off" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
    }
}

/// Nearest multiple of `step` (counted from zero) between the limits.
#[must_use]
pub fn snap(value: f64, min: f64, max: f64, step: f64) -> f64 {
    if step <= 0.0 {
        return value.clamp(min, max);
    }
    let up = (min / step - 1e-9).ceil() * step;
    let down = (max / step + 1e-9).floor() * step;
    let near = (value / step).round() * step;
    // Steps such as 0.1 must not leave tails of doubles behind.
    (near.clamp(up, down.max(up)) * 1e6).round() / 1e6
}

/// A value as it stands in a link.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::Bool(b) => if *b { "true" } else { "false" }.to_owned(),
        Value::Num(n) => {
            if (n - n.round()).abs() < 1e-9 {
                format!("{n:.0}")
            } else {
                format!("{n}")
            }
        }
        Value::Text(t) => t.clone(),
        Value::List(items) => write_list(items).unwrap_or_else(|| items.iter().map(plain).collect::<Vec<_>>().join(",")),
        Value::Map(values) => values.values().map(plain).collect::<Vec<_>>().join(","),
    }
}

/// A value as people read it, with its unit: `1800 mm`, `Oak`, `with`.
#[must_use]
pub fn words(option: &OptionDef, value: &Value, units: Units) -> String {
    // A named length (`Sit`) is still read as a length.
    let named = !matches!(option.domain, Domain::Range { .. });
    if let Some(choice) = option.choices.iter().find(|c| named && c.value == *value) {
        return choice.label.clone();
    }
    match value {
        Value::Num(n) if option.unit == "mm" && units == Units::FtIn => format_length(*n, Units::FtIn),
        Value::Num(n) if option.unit == "mm" => [&format_length(*n, Units::Mm), " mm"].concat(),
        Value::Num(_) if !option.unit.is_empty() => [&plain(value), " ", &option.unit].concat(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => plain(other),
    }
}

/// Choices as the wire takes them.
#[must_use]
pub fn to_wire(choices: &Values) -> ConfigData {
    product::value::to_json(choices)
}

/// Choices from the wire; what no option can take is left out.
#[must_use]
pub fn from_wire(product: &CompiledProduct, data: &ConfigData) -> Values {
    let own = product.options.iter().map(|o| &o.id).chain(product.nests.iter().map(|n| &n.id));
    product::value::values(&mut own.filter_map(|id| Some((id.clone(), Value::from_json(data.get(id)?)?))))
}

/// What the server is told before the product is known: every pair, read as JSON where it looks like a number or a truth value.
#[must_use]
pub fn guess(query: &str) -> ConfigData {
    let mut data = ConfigData::new();
    // A name with a dot is the page's own, not an option's.
    for (id, text) in pairs(query).into_iter().filter(|(id, _)| !id.contains('.')) {
        let value = match text.contains('/').then(|| read_list(&text)).flatten() {
            Some(list) => list.into_iter().map(|(sku, options)| serde_json::json!({ "product": sku, "options": all_guessed(&options) })).collect(),
            None => guessed(&text),
        };
        data.insert(id, value);
    }
    data
}

fn all_guessed(options: &Values) -> ConfigData {
    let mut data = ConfigData::new();
    for (id, value) in options {
        data.insert(id.clone(), guessed(value.as_text().unwrap_or_default()));
    }
    data
}

fn guessed(text: &str) -> serde_json::Value {
    match text {
        "true" | "on" => true.into(),
        "false" | "off" => false.into(),
        other => other.parse::<i64>().map(Into::into).ok().or_else(|| ui::decimal_number(other).map(Into::into)).unwrap_or_else(|| text.into()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use product::{Choice, Widget};

    pub(crate) fn option(id: &str, widget: Widget, domain: Domain, default: Value, unit: &str, choices: &[(&str, &str)]) -> OptionDef {
        OptionDef {
            id: id.into(),
            label: {
                let mut c = id.replace('_', " ").chars().collect::<Vec<_>>();
                c[0] = c[0].to_ascii_uppercase();
                c.into_iter().collect()
            },
            group: String::new(),
            widget,
            domain,
            default,
            unit: unit.into(),
            handle: None,
            choices: choices
                .iter()
                .map(|(v, l)| Choice { value: Value::Text((*v).into()), label: (*l).into(), grade: None, material: None, code: String::new() })
                .collect(),
            code_digits: 0,
        }
    }

    pub(crate) fn desk() -> CompiledProduct {
        let texts = |v: &[&str]| Domain::Enum(v.iter().map(|t| Value::Text((*t).into())).collect());
        CompiledProduct {
            format: 1,
            sku: "DESK".into(),
            name: "Desk".into(),
            description: String::new(),
            category: "desks".into(),
            template_version: "1".into(),
            options: vec![
                option("width", Widget::Slider, Domain::Range { min: 1000.0, max: 2400.0, step: 50.0, integer: true }, Value::Num(1600.0), "mm", &[]),
                option("finish", Widget::Swatch, texts(&["oak", "white"]), Value::Text("oak".into()), "", &[("oak", "Oak"), ("white", "White")]),
                option(
                    "frame",
                    Widget::Segmented,
                    texts(&["standard", "heavy"]),
                    Value::Text("standard".into()),
                    "",
                    &[("standard", "Standard, 80 kg"), ("heavy", "Heavy, 120 kg")],
                ),
                option("tray", Widget::Checkbox, Domain::Bool, Value::Bool(false), "", &[]),
            ],
            rules: vec![],
            currency: "USD".into(),
            price_lines: vec![],
            grades: std::collections::BTreeMap::new(),
            lets: vec![],
            parts: vec![],
            materials: std::collections::BTreeMap::new(),
            envelope: std::array::from_fn(|_| product::Expr::Lit(Value::Num(1.0))),
            carbon: None,
            nests: vec![],
            presets: vec![],
            terms: None,
        }
    }

    #[test]
    fn a_link_holds_the_choices_and_nothing_else_and_comes_back() {
        let product = desk();
        let choices = from_query(&product, "?frame=heavy&width=2200&utm_source=mail&tray=false&tray=on");
        assert_eq!(to_query(&product, &choices), "width=2200&frame=heavy&tray=true", "in the order of the form; a later answer wins");
        assert_eq!(from_query(&product, &to_query(&product, &choices)), choices);
        assert_eq!(to_query(&product, &Values::new()), "");
    }

    #[test]
    fn what_can_not_be_read_is_left_out_and_numbers_move_to_their_step() {
        let product = desk();
        for (query, expected) in [
            ("width=1813", "width=1800"),
            ("width=99999", "width=2400"),
            ("width=-5", "width=1000"),
            ("width=NaN", ""),
            ("width=inf", ""),
            ("width=", ""),
            ("width=1800&width=wide", ""),
            ("finish=gold", ""),
            ("finish=%6Fak", "finish=oak"),
            ("tray=maybe", ""),
            ("%zz=%", ""),
            ("&&=&width", ""),
        ] {
            assert_eq!(to_query(&product, &from_query(&product, query)), expected, "{query}");
        }
    }

    #[test]
    fn steps_count_from_zero_as_the_schema_does() {
        assert!((snap(1049.0, 1010.0, 2390.0, 50.0) - 1050.0).abs() < 1e-9);
        assert!((snap(0.0, 1010.0, 2390.0, 50.0) - 1050.0).abs() < 1e-9, "1010 itself is no step");
        assert!((snap(9e9, 1010.0, 2390.0, 50.0) - 2350.0).abs() < 1e-9);
        assert!((snap(0.34, 0.0, 1.0, 0.1) - 0.3).abs() < 1e-12, "no tail");
    }

    #[test]
    fn values_read_as_people_say_them() {
        let product = desk();
        assert_eq!(words(&product.options[0], &Value::Num(1800.0), Units::Mm), "1800 mm");
        assert_eq!(words(&product.options[0], &Value::Num(1828.8), Units::FtIn), "6′ 0″");
        assert_eq!(words(&product.options[2], &Value::Text("heavy".into()), Units::Mm), "Heavy, 120 kg");
    }

    #[test]
    fn the_wire_carries_numbers_as_numbers() {
        let product = desk();
        let choices = from_query(&product, "width=1800&tray=true&finish=oak");
        let wire = to_wire(&choices);
        assert_eq!(serde_json::to_string(&wire).ok().as_deref(), Some(r#"{"finish":"oak","tray":true,"width":1800}"#));
        assert_eq!(from_wire(&product, &wire), choices);
        assert_eq!(guess("width=1800&tray=true&finish=oak"), wire);
    }

    /// Six desks, three side by side.
    pub(crate) fn wall() -> CompiledProduct {
        let mut product = desk();
        let number = |n: f64| product::Expr::Lit(Value::Num(n));
        product.nests.push(product::Nest {
            id: "modules".into(),
            label: "{frame}".into(),
            group: "Modules".into(),
            product: CompiledProduct { sku: "DESK-M1".into(), ..desk() },
            columns: number(3.0),
            rows: number(2.0),
            most: 6,
            default: vec![],
            pass: vec![],
            at: [number(0.0), number(0.0), number(0.0)],
        });
        product
    }

    #[test]
    fn a_list_of_nested_products_travels_in_the_link_and_to_the_server() {
        let product = wall();
        let query = "width=1800&modules=DESK-M1/2~frame.heavy~width.2200/1/1~tray.true";
        let choices = from_query(&product, query);
        let at = |path: &str| product::nested::value_at(&choices, path).cloned();
        assert_eq!(at("modules/1/width"), Some(Value::Num(2200.0)));
        assert_eq!(at("modules/2/frame"), None);
        assert_eq!(at("modules/3/tray"), Some(Value::Bool(true)));
        assert_eq!(to_query(&product, &choices), query);
        assert_eq!(from_wire(&product, &to_wire(&choices)), choices);
        assert_eq!(guess(query), to_wire(&choices), "known before the product is");
        for faulty in ["modules=DESK-M1/9", "modules=OTHER/1", "modules=DESK-M1/1~frame.glass", "modules=DESK-M1/x", "modules=/", "modules=DESK-M1/400/400"] {
            assert_eq!(to_query(&product, &from_query(&product, faulty)), "", "{faulty}");
        }
    }
}
