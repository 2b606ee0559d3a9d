//! Options, rules and price lines as forms over the text: what is typed here stands there.

use super::Draft;
use leptos::prelude::*;
use serde_json::{Value, json};
use ui::{Button, Erase, Glyph, Kind, Size};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sheet {
    Options,
    Rules,
    Price,
}

impl Sheet {
    const ALL: [(Self, &'static str); 3] = [(Self::Options, "Options"), (Self::Rules, "Rules"), (Self::Price, "Price")];
}

#[component]
pub fn Forms(draft: Draft) -> impl IntoView {
    let sheet = RwSignal::new(Sheet::Rules);
    let tab = move |(this, word): (Sheet, &'static str)| {
        view! { <button type="button" aria-pressed=move || if sheet.get() == this { "true" } else { "false" } on:click=move |_| sheet.set(this)>{word}</button> }
    };
    // Typing in a form changes the text after the field is left: then the list is drawn anew.
    view! {
        <div class="seg form-tabs" role="group" aria-label="Form">{Sheet::ALL.map(tab).collect_view()}</div>
        {move || match draft.value.get() {
            None => view! { <p class="notice">"The text below is not JSON at the moment; the forms come back once it is."</p> }.erase(),
            Some(value) => match sheet.get() {
                Sheet::Options => options(draft, &value),
                Sheet::Rules => rows(draft, &value, "/rules", &[("id", "Name"), ("when", "When"), ("require", "Then must hold"), ("message", "Words for people")], "rule"),
                Sheet::Price => rows(draft, &value, "/price/lines", &[("id", "Name"), ("label", "Words for people"), ("amount", "Amount, in cents"), ("when", "Only when")], "line"),
            },
        }}
    }
    .erase()
}

/// A member as it is typed: texts bare, everything else as JSON.
fn typed(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What was typed, as JSON: numbers as such where the member was none of text before; nothing typed takes the member away.
fn read(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        text => text.parse::<i64>().map_or_else(|_| json!(text), Into::into),
    }
}

fn field(label: &str, value: String, wide: bool, change: impl Fn(String) + 'static) -> AnyView {
    view! { <label class="measure" data-wide=wide.then_some("")><span class="lab">{label.to_owned()}</span><span class="field"><input type="text" value=value autocomplete="off" spellcheck="false" on:change=move |ev| change(event_target_value(&ev))/></span></label> }.erase()
}

/// A list of objects with text members.
fn rows(draft: Draft, value: &Value, at: &'static str, members: &'static [(&'static str, &'static str)], what: &'static str) -> AnyView {
    let list = value.pointer(at).and_then(Value::as_array).cloned().unwrap_or_default();
    let next = list.len() + 1;
    let fresh = match what {
        "rule" => json!({ "id": format!("rule-{next}"), "when": "true", "require": "true", "message": "Say why." }),
        _ => json!({ "id": format!("line-{next}"), "label": "New line", "amount": 0 }),
    };
    view! {
        <ul class="form-rows">
            {list.into_iter().enumerate().map(|(i, row)| {
                let name = typed(row.get("id"));
                view! {
                    <li>
                        {members.iter().map(|(member, label)| {
                            let text = matches!(*member, "id" | "label" | "message" | "require" | "when");
                            let put = move |typed: String| draft.put(format!("{at}/{i}/{member}"), if text && !typed.trim().is_empty() { json!(typed.trim()) } else { read(&typed) });
                            field(label, typed(row.get(*member)), *member != "id", put)
                        }).collect_view()}
                        <Button kind=Kind::Ghost size=Size::Small icon=Glyph::Trash2 icon_only=true on_press=move |()| draft.put(format!("{at}/{i}"), Value::Null)>{format!("Take {name} away")}</Button>
                    </li>
                }
            }).collect_view()}
        </ul>
        <p class="below"><Button size=Size::Small icon=Glyph::Plus on_press=move |()| draft.put(format!("{at}/-"), fresh.clone())>{if what == "rule" { "Add a rule" } else { "Add a price line" }}</Button></p>
    }
    .erase()
}

const OPTIONS: &str = "/config_schema/properties";

/// A JSON pointer's piece.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Names of the options, in the order of the form where it is written down.
fn names(value: &Value) -> Vec<String> {
    let Some(all) = value.pointer(OPTIONS).and_then(Value::as_object) else { return Vec::new() };
    let order: Vec<&str> = value.pointer("/config_schema/x-fitout/order").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut names: Vec<String> = order.iter().filter(|n| all.contains_key(**n)).map(|n| (*n).to_owned()).collect();
    names.extend(all.keys().filter(|n| !order.contains(&n.as_str())).cloned());
    names
}

fn options(draft: Draft, value: &Value) -> AnyView {
    let names = names(value);
    let rows: Vec<AnyView> = names
        .iter()
        .filter_map(|name| {
            let option = value.pointer(OPTIONS)?.get(name)?;
            Some(view! { <li><h3 class="dim">{name.clone()}</h3>{option_fields(draft, name, option)}
                <Button kind=Kind::Ghost size=Size::Small icon=Glyph::Trash2 icon_only=true on_press={ let at = format!("{OPTIONS}/{}", escape(name)); move |()| draft.put(at.clone(), Value::Null) }>{format!("Take {name} away")}</Button></li> }.erase())
        })
        .collect();
    let free = (names.len() + 1..).map(|n| format!("option_{n}")).find(|n| !names.contains(n)).unwrap_or_default();
    let fresh = [
        (
            "A size",
            json!({ "type": "integer", "minimum": 100, "maximum": 1000, "multipleOf": 10, "default": 500, "x-fitout": { "label": "New size", "unit": "mm" } }),
        ),
        (
            "A choice",
            json!({ "type": "string", "enum": ["first", "second"], "default": "first", "x-fitout": { "label": "New choice", "labels": { "first": "First", "second": "Second" } } }),
        ),
        ("Yes or no", json!({ "type": "boolean", "default": false, "x-fitout": { "label": "New question" } })),
    ];
    view! {
        <ul class="form-rows">{rows}</ul>
        <p class="below">{fresh.into_iter().map(|(word, option)| { let at = format!("{OPTIONS}/{free}"); view! { <Button size=Size::Small icon=Glyph::Plus on_press=move |()| draft.put(at.clone(), option.clone())>{word}</Button> } }).collect_view()}</p>
    }
    .erase()
}

fn option_fields(draft: Draft, name: &str, option: &Value) -> AnyView {
    let at = format!("{OPTIONS}/{}", escape(name));
    let words = |member: &'static str, label: &'static str| {
        let at = format!("{at}/x-fitout/{member}");
        field(label, typed(option.pointer(&format!("/x-fitout/{member}"))), true, move |t| {
            draft.put(at.clone(), if t.trim().is_empty() { Value::Null } else { json!(t.trim()) })
        })
    };
    let plain = |member: &'static str, label: &'static str| {
        let at = format!("{at}/{member}");
        field(label, typed(option.get(member)), false, move |t| draft.put(at.clone(), read(&t)))
    };
    let own = match option.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => {
            view! { {plain("minimum", "From")}{plain("maximum", "To")}{plain("multipleOf", "Step")}{plain("default", "As it comes")} }.erase()
        }
        Some("string") => {
            let (whole, to) = (option.clone(), at.clone());
            view! { {field("Values", choices(option), true, move |t| draft.put(to.clone(), with_choices(&whole, &t)))}{plain("default", "As it comes")} }
                .erase()
        }
        Some("boolean") => {
            let to = format!("{at}/default");
            view! { {field("As it comes", if option.get("default") == Some(&json!(true)) { "yes".to_owned() } else { "no".to_owned() }, false, move |t| draft.put(to.clone(), json!(matches!(t.trim(), "yes" | "true"))))} }.erase()
        }
        // Lists of other products, and what else there may be, stand in the text.
        _ => view! { <p class="lab">"In the text below."</p> }.erase(),
    };
    view! { {words("label", "Words for people")}{words("group", "Group")}{own} }.erase()
}

/// `oak = Oak, walnut = Walnut`.
fn choices(option: &Value) -> String {
    let values = option.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let pair = |value: &Value| {
        let name = typed(Some(value));
        match option.pointer("/x-fitout/labels").and_then(|l| l.get(&name)).and_then(Value::as_str) {
            Some(label) => format!("{name} = {label}"),
            None => name,
        }
    };
    values.iter().map(pair).collect::<Vec<_>>().join(", ")
}

/// The option with these values and their words; what else is said of a value that is gone (grade, material, code) goes with it.
fn with_choices(option: &Value, typed: &str) -> Value {
    let mut option = option.clone();
    let pairs: Vec<(String, Option<String>)> = typed
        .split(',')
        .filter_map(|piece| {
            let (name, label) = piece.split_once('=').map_or((piece, None), |(n, l)| (n, Some(l.trim().to_owned())));
            let name = name.trim().to_owned();
            (!name.is_empty()).then_some((name, label.filter(|l| !l.is_empty())))
        })
        .collect();
    let has = |name: &str| pairs.iter().any(|(n, _)| n == name);
    if let Some(words) = option.get_mut("x-fitout").and_then(Value::as_object_mut) {
        for (_, about) in words.iter_mut() {
            if let Some(of_each) = about.as_object_mut() {
                of_each.retain(|name, _| has(name));
            }
        }
        let labels: serde_json::Map<String, Value> = pairs.iter().filter_map(|(n, l)| Some((n.clone(), json!(l.clone()?)))).collect();
        words.insert("labels".to_owned(), Value::Object(labels));
    }
    option["enum"] = pairs.iter().map(|(n, _)| json!(n)).collect();
    if !option.get("default").and_then(Value::as_str).is_some_and(has) {
        option["default"] = pairs.first().map_or(Value::Null, |(n, _)| json!(n));
    }
    option
}

#[cfg(test)]
mod tests {
    use super::{choices, names, read, with_choices};
    use serde_json::{Value, json};

    #[test]
    fn values_of_a_choice_are_typed_with_their_words() {
        let option = json!({ "type": "string", "enum": ["oak", "white"], "default": "white", "x-fitout": { "label": "Top", "labels": { "oak": "Oak", "white": "White" }, "grade": { "oak": "B", "white": "A" } } });
        assert_eq!(choices(&option), "oak = Oak, white = White");
        let changed = with_choices(&option, "oak = Oiled oak, , lino");
        assert_eq!(changed["enum"], json!(["oak", "lino"]));
        assert_eq!(
            (&changed["default"], &changed["x-fitout"]["labels"], &changed["x-fitout"]["grade"]),
            (&json!("oak"), &json!({ "oak": "Oiled oak" }), &json!({ "oak": "B" }))
        );
        assert_eq!(changed["x-fitout"]["label"], "Top");
    }

    #[test]
    fn what_is_typed_becomes_json() {
        assert_eq!((read(" 12 "), read("width * 2"), read(" ")), (json!(12), json!("width * 2"), Value::Null));
        let definition = json!({ "config_schema": { "properties": { "a": {}, "b": {}, "c": {} }, "x-fitout": { "order": ["c", "gone", "a"] } } });
        assert_eq!(names(&definition), ["c", "a", "b"]);
    }
}
