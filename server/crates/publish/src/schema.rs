//! `config_schema` → options with domains: the supported subset of JSON Schema 2020-12.

use crate::fault::{Faults, Node, join};
use crate::formula::is_name;
use crate::validate::DataValidator;
use product::{Choice, Domain, OptionDef, Value, Widget};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Most options of a product.
const MAX_OPTIONS: usize = 60;
/// Most values of an enumeration.
const MAX_CHOICES: usize = 400;
/// Most values of a range with a name; they stand side by side.
const MAX_NAMED: usize = 4;
/// Most steps of a range.
const MAX_STEPS: f64 = 10_000.0;

/// Options in the order of the form: `x-fitout.order` of the schema first, then as the document has them.
pub(crate) fn options(node: &Node<'_>, materials: &[String], grades: &BTreeMap<String, i64>, faults: &mut Faults) -> Vec<OptionDef> {
    if node.object(faults).is_none() {
        return Vec::new();
    }
    // The document has to be a schema in the first place; otherwise the rest would be guesswork.
    if let Err(list) = DataValidator::new(node.json) {
        for fault in list {
            faults.add(format!("{}{}", node.at, fault.pointer), fault.message);
        }
        return Vec::new();
    }
    node.only(&["$schema", "$id", "title", "description", "type", "additionalProperties", "properties", "required", "x-fitout"], faults);
    if node.json.get("type").and_then(Json::as_str) != Some("object") {
        faults.add(&node.at, "`type` must be \"object\".");
    }
    if node.json.get("additionalProperties") != Some(&Json::Bool(false)) {
        faults.add(&node.at, "`additionalProperties` must be false, so that unknown options are refused.");
    }
    if node.json.get("required").and_then(Json::as_array).is_some_and(|r| !r.is_empty()) {
        faults.add(join(&node.at, "required"), "Every option has a default, so none can be required.");
    }
    let Some(properties) = node.get("properties") else {
        faults.add(&node.at, "`properties` is missing.");
        return Vec::new();
    };
    let members = properties.members(faults);
    if members.len() > MAX_OPTIONS {
        faults.add(&properties.at, format!("More than {MAX_OPTIONS} options."));
        return Vec::new();
    }
    let order = order(node, faults);
    let mut found: Vec<(usize, OptionDef)> = Vec::new();
    for (i, (id, property)) in members.iter().enumerate() {
        // Lists of nested products are read once everything that their formulas use is known.
        if crate::nest::is_nest(property.json) && is_name(id) {
            continue;
        }
        if !is_name(id) {
            faults.add(&property.at, "An option's name is letters, digits and _, begins with a letter, and is no word of the formula language.");
            continue;
        }
        if let Some(option) = option(id, property, materials, grades, faults) {
            let place = order.iter().position(|o| o == id).unwrap_or(order.len() + i);
            found.push((place, option));
        }
    }
    for (i, id) in order.iter().enumerate() {
        if !members.iter().any(|(name, _)| name == id) {
            faults.add(join(&join(&join(&node.at, "x-fitout"), "order"), i), format!("There is no option `{id}`."));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, option)| option).collect()
}

/// JSON objects have no order that survives a database, so the form's order can be written down.
fn order(node: &Node<'_>, faults: &mut Faults) -> Vec<String> {
    let Some(x) = node.get("x-fitout") else { return Vec::new() };
    x.only(&["order"], faults);
    let Some(list) = x.get("order") else { return Vec::new() };
    let mut order = Vec::new();
    for item in list.items(faults) {
        match item.json.as_str() {
            Some(id) => order.push(id.to_owned()),
            None => faults.add(item.at, "Must be the name of an option."),
        }
    }
    order
}

fn option(id: &str, node: &Node<'_>, materials: &[String], grades: &BTreeMap<String, i64>, faults: &mut Faults) -> Option<OptionDef> {
    node.object(faults)?;
    node.only(&["type", "title", "description", "minimum", "maximum", "multipleOf", "enum", "default", "x-fitout"], faults);
    let domain = domain(node, faults)?;
    let empty = Json::Object(serde_json::Map::new());
    let x = node.get("x-fitout").unwrap_or(Node { json: &empty, at: join(&node.at, "x-fitout") });
    x.object(faults)?;
    x.only(&["label", "group", "unit", "handle", "widget", "grade", "labels", "material", "code", "digits"], faults);

    let default = match node.get("default") {
        None => {
            faults.add(&node.at, "`default` is missing.");
            return None;
        }
        Some(d) => match Value::from_json(d.json) {
            Some(v) if domain.contains(&v) => v,
            _ => {
                faults.add(&d.at, format!("The default is not allowed: {}.", domain.words()));
                return None;
            }
        },
    };
    let title = node.text("title", 80, faults);
    let unit = x.text("unit", 12, faults).unwrap_or_default();
    let handle = x.text("handle", 1, faults);
    if handle.as_ref().is_some_and(|h| !["x", "y", "z"].contains(&h.as_str()) || !matches!(domain, Domain::Range { .. })) {
        faults.add(join(&x.at, "handle"), "Must be \"x\", \"y\" or \"z\", and only ranges have a handle.");
    }
    let choices = choices(id, &domain, &unit, &x, materials, grades, faults);
    let widget = widget(&domain, &unit, &choices, &x, faults);
    let code_digits = digits(&domain, &x, faults);
    Some(OptionDef {
        id: id.to_owned(),
        label: x.text("label", 80, faults).or(title).unwrap_or_else(|| humanise(id)),
        group: x.text("group", 80, faults).unwrap_or_default(),
        widget,
        domain,
        default,
        unit,
        handle,
        choices,
        code_digits,
    })
}

fn domain(node: &Node<'_>, faults: &mut Faults) -> Option<Domain> {
    let Some(kind) = node.json.get("type").and_then(Json::as_str) else {
        faults.add(&node.at, "`type` must be one of \"integer\", \"number\", \"string\", \"boolean\".");
        return None;
    };
    if let Some(list) = node.get("enum") {
        for key in ["minimum", "maximum", "multipleOf"] {
            if let Some(extra) = node.get(key) {
                faults.add(extra.at, format!("`{key}` and `enum` cannot be combined; leave the values out of the list instead."));
            }
        }
        return enumeration(kind, &list, faults);
    }
    match kind {
        "boolean" => Some(Domain::Bool),
        "integer" | "number" => range(kind == "integer", node, faults),
        "string" => {
            faults.add(&node.at, "A text needs `enum`: free texts cannot be configured.");
            None
        }
        other => {
            faults.add(join(&node.at, "type"), format!("`{other}` is not supported. Use \"integer\", \"number\", \"string\" with `enum`, or \"boolean\"."));
            None
        }
    }
}

fn enumeration(kind: &str, list: &Node<'_>, faults: &mut Faults) -> Option<Domain> {
    let items = list.items(faults);
    if items.is_empty() || items.len() > MAX_CHOICES {
        faults.add(&list.at, format!("Must have 1 to {MAX_CHOICES} values."));
        return None;
    }
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        let value = Value::from_json(item.json);
        let fits = match (&value, kind) {
            (Some(Value::Text(t)), "string") => !t.is_empty() && t.len() <= 64,
            (Some(Value::Num(x)), "integer") => is_whole(*x),
            (Some(Value::Num(_)), "number") => true,
            _ => false,
        };
        match value {
            Some(v) if fits => values.push(v),
            _ => {
                faults.add(item.at, format!("Must be of type \"{kind}\" (texts: 1 to 64 bytes)."));
                return None;
            }
        }
    }
    Some(Domain::Enum(values))
}

fn range(integer: bool, node: &Node<'_>, faults: &mut Faults) -> Option<Domain> {
    let mut number = |key: &str, absent: Option<f64>| {
        let value = node.json.get(key).and_then(Json::as_f64).or(absent);
        if value.is_none() {
            faults.add(&node.at, format!("`{key}` is missing; a range needs minimum, maximum and multipleOf."));
        }
        value
    };
    let (low, high) = (number("minimum", None), number("maximum", None));
    let step = number("multipleOf", integer.then_some(1.0));
    let (low, high, step) = (low?, high?, step?);
    if step < 0.001 || product::domain::on_grid(step, 0.001).to_bits() != step.to_bits() {
        faults.add(join(&node.at, "multipleOf"), "Must be at least 0.001 and have at most three decimals.");
        return None;
    }
    if integer && !is_whole(step) {
        faults.add(join(&node.at, "multipleOf"), "Must be a whole number when the type is integer.");
        return None;
    }
    if low.abs() > 1e7 || high.abs() > 1e7 {
        faults.add(&node.at, "Must lie within ±10,000,000.");
        return None;
    }
    // The ends are moved onto the grid: the same values are allowed, and sliders end on one.
    let min = (low / step - 1e-9).ceil() * step;
    let max = (high / step + 1e-9).floor() * step;
    if min > max {
        faults.add(&node.at, "No value is allowed: minimum, maximum and multipleOf leave none.");
        return None;
    }
    if (max - min) / step > MAX_STEPS {
        faults.add(&node.at, format!("More than {MAX_STEPS} steps; use a larger multipleOf."));
        return None;
    }
    Some(Domain::Range { min: product::domain::on_grid(min, step), max: product::domain::on_grid(max, step), step, integer })
}

#[allow(clippy::float_cmp)]
fn is_whole(x: f64) -> bool {
    x.trunc() == x
}

/// A map from value to text in `x-fitout`, with every key checked against the domain.
fn by_value<'a>(key: &str, names: &[String], x: &Node<'a>, faults: &mut Faults) -> BTreeMap<String, (String, Node<'a>)> {
    let Some(node) = x.get(key) else { return BTreeMap::new() };
    let mut map = BTreeMap::new();
    for (name, member) in node.members(faults) {
        if !names.iter().any(|n| n == name) {
            faults.add(&member.at, format!("`{name}` is not among the values {}.", names.join(", ")));
            continue;
        }
        match member.json.as_str() {
            Some(text) if text.len() <= 80 => {
                map.insert(name.to_owned(), (text.to_owned(), member));
            }
            _ => faults.add(&member.at, "Must be a text of at most 80 bytes."),
        }
    }
    map
}

fn choices(id: &str, domain: &Domain, unit: &str, x: &Node<'_>, materials: &[String], grades: &BTreeMap<String, i64>, faults: &mut Faults) -> Vec<Choice> {
    let values = match domain {
        Domain::Enum(values) => values.clone(),
        Domain::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Domain::Range { .. } => {
            for key in ["grade", "material", "code"] {
                if let Some(node) = x.get(key) {
                    faults.add(node.at, format!("A range has no `{key}`."));
                }
            }
            return named(domain, x, faults);
        }
    };
    let names: Vec<String> = values.iter().map(name).collect();
    let labels = by_value("labels", &names, x, faults);
    let graded = x.get("grade").is_some();
    let grade = by_value("grade", &names, x, faults);
    let material = by_value("material", &names, x, faults);
    let code = by_value("code", &names, x, faults);
    for (grade, node) in grade.values() {
        if !grades.contains_key(grade) {
            faults.add(&node.at, format!("Grade `{grade}` has no price in `grades`."));
        }
    }
    for (material, node) in material.values() {
        if !materials.contains(material) {
            faults.add(&node.at, format!("There is no material `{material}`."));
        }
    }
    let mut taken = BTreeSet::new();
    for (code, node) in code.values() {
        if !code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) || code.len() > 12 {
            faults.add(&node.at, "A piece of the variant code is at most 12 capital letters and digits.");
        } else if !taken.insert(code.clone()) {
            faults.add(&node.at, format!("The code `{code}` is used twice; variants could not be told apart."));
        }
    }
    let first_grade = grades.keys().next();
    values
        .into_iter()
        .zip(names)
        .map(|(value, name)| {
            let code = code.get(&name).map_or_else(|| own_code(id, &value, &name, &mut taken), |(c, _)| c.clone());
            Choice {
                label: labels.get(&name).map_or_else(|| label(&value, &name, unit), |(l, _)| l.clone()),
                // A graded option's other values are of the first grade.
                grade: graded.then(|| grade.get(&name).map(|(g, _)| g.clone()).or_else(|| first_grade.cloned())).flatten(),
                material: material.get(&name).map(|(m, _)| m.clone()).or_else(|| materials.contains(&name).then(|| name.clone())),
                code,
                value,
            }
        })
        .collect()
}

/// Values of a range that have a name, in order.
fn named(domain: &Domain, x: &Node<'_>, faults: &mut Faults) -> Vec<Choice> {
    let Some(labels) = x.get("labels") else { return Vec::new() };
    let mut choices = Vec::new();
    for (key, member) in labels.members(faults) {
        let value = key.parse().ok().map(Value::Num).filter(|v| domain.contains(v));
        match (value, member.json.as_str()) {
            (None, _) => faults.add(&member.at, format!("`{key}` is not among the values: {}.", domain.words())),
            (Some(value), Some(text))
                if !text.is_empty() && text.len() <= 24 && choices.len() < MAX_NAMED && !choices.iter().any(|c: &Choice| c.value == value) =>
            {
                choices.push(Choice { value, label: text.to_owned(), grade: None, material: None, code: String::new() });
            }
            _ => faults.add(&member.at, format!("Must be a text of 1 to 24 bytes, one for a value and at most {MAX_NAMED} in all.")),
        }
    }
    choices.sort_by_key(|c| domain.place(&c.value));
    choices
}

/// The value as a key of `x-fitout` maps.
fn name(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        other => other.to_string(),
    }
}

fn label(value: &Value, name: &str, unit: &str) -> String {
    match value {
        Value::Bool(true) => "Yes".into(),
        Value::Bool(false) => "No".into(),
        Value::Num(_) if !unit.is_empty() => format!("{name} {unit}"),
        Value::Text(_) => humanise(name),
        _ => name.to_owned(),
    }
}

/// `cable_tray` → `Cable tray`.
fn humanise(id: &str) -> String {
    let words = id.replace(['_', '-'], " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| format!("{}{}", c.to_uppercase(), chars.as_str()))
}

/// Shortest free piece of the variant code: three letters, else the whole name, else numbered.
fn own_code(id: &str, value: &Value, name: &str, taken: &mut BTreeSet<String>) -> String {
    let capitals = |s: &str| s.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let whole = match value {
        Value::Bool(false) => return String::new(),
        Value::Bool(true) => capitals(id),
        _ => capitals(name),
    };
    let short: String = whole.chars().take(if matches!(value, Value::Bool(_)) { 2 } else { 3 }).collect();
    let first = if matches!(value, Value::Num(_)) { whole.clone() } else { short };
    let candidates = [first, whole.chars().take(12).collect()].into_iter().filter(|c| !c.is_empty());
    let code = candidates.chain((1..).map(|n| format!("V{n}"))).find(|c| !taken.contains(c)).unwrap_or_default();
    taken.insert(code.clone());
    code
}

fn widget(domain: &Domain, unit: &str, choices: &[Choice], x: &Node<'_>, faults: &mut Faults) -> Widget {
    let Some(node) = x.get("widget") else {
        return match domain {
            Domain::Bool => Widget::Checkbox,
            Domain::Range { min, max, step, .. } if unit.is_empty() && (max - min) / step <= 20.0 => Widget::Stepper,
            Domain::Range { .. } => Widget::Slider,
            Domain::Enum(_) if choices.iter().all(|c| c.material.is_some()) => Widget::Swatch,
            Domain::Enum(values) if values.len() <= 5 => Widget::Segmented,
            Domain::Enum(_) => Widget::Select,
        };
    };
    let Ok(widget) = serde_json::from_value::<Widget>(node.json.clone()) else {
        faults.add(node.at, "Must be slider, stepper, segmented, swatch, select or checkbox.");
        return Widget::Select;
    };
    let fits = match domain {
        Domain::Range { .. } => matches!(widget, Widget::Slider | Widget::Stepper),
        Domain::Bool => matches!(widget, Widget::Checkbox | Widget::Segmented),
        Domain::Enum(_) => matches!(widget, Widget::Segmented | Widget::Swatch | Widget::Select),
    };
    if !fits {
        faults.add(
            node.at,
            "This widget does not fit the type: ranges have slider or stepper, yes/no has checkbox or segmented, lists have segmented, swatch or select.",
        );
    }
    widget
}

fn digits(domain: &Domain, x: &Node<'_>, faults: &mut Faults) -> u8 {
    let Domain::Range { max, .. } = domain else {
        if let Some(node) = x.get("digits") {
            faults.add(node.at, "Only ranges have `digits`.");
        }
        return 0;
    };
    match x.get("digits") {
        None => u8::try_from(format!("{max:.0}").len()).unwrap_or(4),
        Some(node) => match node.json.as_u64().and_then(|d| u8::try_from(d).ok()).filter(|d| *d <= 8) {
            Some(d) => d,
            None => {
                faults.add(node.at, "Must be a whole number from 0 (not in the code) to 8.");
                0
            }
        },
    }
}
