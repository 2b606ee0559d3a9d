//! Definitions while they are written: laid out as text, looked through, tried on samples.

use crate::differences;
use crate::engine::{self, Compiled};
use crate::errors::Refuse;
use crate::inner::Inner;
use crate::{catalogue, products};
use contract::{AppError, BenchCase, ConfigData, DefinitionCheck, DefinitionText, EditDefinition, FaultAt, Money, TextChange};
use facade::{Ctx, Outcome};
use publish::Fault;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::products::Product;
use store::{TenantTx, configurations};
use uuid::Uuid;

/// Members of a definition in the order in which people read them.
const ORDER: [&str; 10] = ["sku", "name", "description", "category", "template_version", "config_schema", "rules", "price", "grades", "recipe"];

/// Longest line of the layout.
const LINE: usize = 140;

/// Largest text that is looked through, bytes.
const LARGEST: usize = 2_000_000;

/// Saved configurations that a definition is tried on, the newest.
const SAMPLES: u32 = 12;

/// The draft of a product, for an editor.
pub(crate) async fn text(inner: &Inner, tx: &mut TenantTx, product: &Product) -> Outcome<DefinitionText> {
    let draft = store::products::draft(tx, product.id).await.refuse()?.ok_or_else(AppError::internal)?;
    let published = match product.published_version {
        Some(number) => catalogue::version(inner, tx, product.id, number).await?,
        None => None,
    };
    Ok(DefinitionText {
        id: product.id.to_string(),
        sku: draft.get("sku").and_then(Value::as_str).unwrap_or(&product.sku).to_owned(),
        name: draft.get("name").and_then(Value::as_str).unwrap_or(&product.name).to_owned(),
        text: laid_out(&draft),
        changed: published.as_ref().is_none_or(|p| *p.definition != draft),
        published: published.map(|p| p.edition.clone()),
        revision: product.revision,
    })
}

/// Reads a definition.
///
/// # Errors
/// The fault with its line, for a text that is no JSON object.
pub(crate) fn parse(text: &str) -> Result<Value, FaultAt> {
    if text.len() > LARGEST {
        return Err(FaultAt { pointer: String::new(), line: 1, message: format!("A definition has at most {} MB.", LARGEST / 1_000_000) });
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(FaultAt { pointer: String::new(), line: 1, message: "A definition is a JSON object: { … }.".to_owned() }),
        Err(error) => {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            Err(FaultAt { pointer: String::new(), line: u32::try_from(error.line().max(1)).unwrap_or(1), message: format!("This is not JSON: {words}.") })
        }
    }
}

/// The text with one value set, added or taken away. Missing objects on the way are made.
///
/// # Errors
/// `Invalid` for a text that is no definition, and for a place that can't be.
pub(crate) fn edit(edit: &EditDefinition) -> Outcome<String> {
    let mut definition = parse(&edit.text).map_err(|f| AppError::invalid_at("/text", format!("Line {}: {}", f.line, f.message)))?;
    let nowhere = || AppError::invalid_at("/pointer", "There is no such place in the definition.");
    let (parent, name) = edit.pointer.rsplit_once('/').ok_or_else(nowhere)?;
    let mut at = &mut definition;
    for piece in parent.split('/').skip(1).map(unescaped) {
        at = match at {
            Value::Object(members) => members.entry(piece).or_insert_with(|| Value::Object(serde_json::Map::new())),
            Value::Array(items) => piece.parse::<usize>().ok().and_then(|i| items.get_mut(i)).ok_or_else(nowhere)?,
            _ => return Err(nowhere()),
        };
    }
    let (name, value) = (unescaped(name), edit.value.clone());
    // The first element of a list that is not there yet.
    if name == "-" && at.as_object().is_some_and(serde_json::Map::is_empty) {
        *at = Value::Array(Vec::new());
    }
    match (at, value) {
        (Value::Object(members), Value::Null) => drop(members.remove(&name)),
        (Value::Object(members), value) => drop(members.insert(name, value)),
        (Value::Array(items), Value::Null) => {
            let i = name.parse::<usize>().ok().filter(|i| *i < items.len()).ok_or_else(nowhere)?;
            items.remove(i);
        }
        (Value::Array(items), value) if name == "-" => items.push(value),
        (Value::Array(items), value) => *name.parse::<usize>().ok().and_then(|i| items.get_mut(i)).ok_or_else(nowhere)? = value,
        _ => return Err(nowhere()),
    }
    Ok(laid_out(&definition))
}

/// A piece of a JSON pointer as a name.
fn unescaped(piece: &str) -> String {
    piece.replace("~1", "/").replace("~0", "~")
}

/// Looks a definition through, and tries it on samples of the product `of`.
pub(crate) async fn check(inner: &Inner, ctx: &Ctx, of: Uuid, text: String) -> Outcome<DefinitionCheck> {
    let definition = match parse(&text) {
        Ok(definition) => definition,
        Err(fault) => return Ok(DefinitionCheck { faults: vec![fault], ..DefinitionCheck::default() }),
    };
    let edition = definition.get("template_version").and_then(Value::as_str).unwrap_or_default().to_owned();
    // Proving ranges takes a while: beside the async threads.
    let looked = tokio::task::spawn_blocking(move || {
        let places = places(&text);
        let at =
            |faults: Vec<Fault>| faults.into_iter().map(|f| FaultAt { line: line_of(&places, &f.pointer), pointer: f.pointer, message: f.message }).collect();
        let published = publish::compile(&definition).map_err(at)?;
        let compiled = engine::compiled(published.compiled).map_err(|e| vec![FaultAt { pointer: String::new(), line: 1, message: e.detail }])?;
        // Whether there is anything to begin with is only known once the rules were run.
        engine::default_configuration(&compiled.product)
            .map_err(|e| vec![FaultAt { line: line_of(&places, "/rules"), pointer: "/rules".to_owned(), message: e.detail }])?;
        Ok((compiled, at(published.warnings)))
    })
    .await
    .map_err(|_| AppError::internal())?;
    let (compiled, warnings): (Compiled, Vec<FaultAt>) = match looked {
        Ok(found) => found,
        Err(faults) => return Ok(DefinitionCheck { faults, edition, ..DefinitionCheck::default() }),
    };
    let parts = engine::default_configuration(&compiled.product)?.parts.parts.len();
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let product = &compiled.product;
    let counts = [size(product.options.len() + product.nests.len()), size(product.rules.len()), size(product.price_lines.len()), size(parts)];
    let bench = bench(inner, ctx, of, Arc::new(compiled)).await?;
    Ok(DefinitionCheck { faults: Vec::new(), warnings, bench, edition, counts })
}

/// Samples, in the edition that people see and in this one.
async fn bench(inner: &Inner, ctx: &Ctx, of: Uuid, draft: Arc<Compiled>) -> Outcome<Vec<BenchCase>> {
    let mut tx = inner.tx(ctx).await?;
    let filter = configurations::Filter { product: Some(of), ..configurations::Filter::default() };
    let saved = configurations::list(&mut tx, &filter, SAMPLES, None).await.refuse()?.items;
    drop(tx);
    let published = match products::published(inner, ctx, of).await {
        Ok(version) => Some(version),
        Err(e) if e.code == "not_published" => None,
        Err(e) => return Err(e),
    };
    let mut cases = vec![("As it comes".to_owned(), None, ConfigData::new())];
    cases.extend(draft.product.presets.iter().map(|p| (p.label.clone(), None, product::value::to_json(&p.values))));
    cases.extend(saved.into_iter().map(|c| (c.name, Some(c.id), c.config_data.as_object().cloned().unwrap_or_default())));
    tokio::task::spawn_blocking(move || {
        cases
            .into_iter()
            .map(|(name, id, choices)| {
                let was = published.as_ref().and_then(|p| engine::tried(&p.compiled, &p.fingerprint, &choices).ok());
                let tried = engine::tried(&draft.product, &draft.hash, &choices);
                let price = |response: &contract::ConfigureResponse| -> Option<Money> { response.valid.then(|| response.price.total.clone()) };
                let problem = match &tried {
                    Ok(e) if e.response.valid => None,
                    Ok(e) => {
                        Some(e.response.blocked.iter().find(|b| b.chosen).map_or_else(|| "These choices can't be combined.".to_owned(), |b| b.message.clone()))
                    }
                    Err(e) => Some(e.detail.clone()),
                };
                let differs = match (&was, &tried, &published) {
                    (Some(was), Ok(now), Some(published)) => differences::options(&published.compiled, was, &draft.product, now),
                    _ => Vec::<TextChange>::new(),
                };
                let (was, now) = (was.and_then(|e| price(&e.response)), tried.ok().and_then(|e| price(&e.response)));
                BenchCase { name, configuration_id: id.map(|id| id.to_string()), was, now, problem, differs }
            })
            .collect()
    })
    .await
    .map_err(|_| AppError::internal())
}

/// A definition as text: members in reading order, what fits on a line on one.
pub(crate) fn laid_out(definition: &Value) -> String {
    let mut out = String::new();
    let Some(members) = definition.as_object() else { return definition.to_string() };
    let known = ORDER.iter().filter_map(|name| members.get_key_value(*name));
    let rest = members.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
    out.push_str("{\n");
    let last = members.len().saturating_sub(1);
    for (i, (name, value)) in known.chain(rest).enumerate() {
        out.push_str("  ");
        out.push_str(&Value::String(name.clone()).to_string());
        out.push_str(": ");
        lay(&mut out, value, 1);
        out.push_str(if i == last { "\n" } else { ",\n" });
    }
    out.push_str("}\n");
    out
}

fn lay(out: &mut String, value: &Value, depth: usize) {
    let line = spaced(value);
    let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    if column + line.len() <= LINE || !(value.is_object() || value.is_array()) {
        out.push_str(&line);
        return;
    }
    let indent = "  ".repeat(depth + 1);
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    out.push(open);
    let mut first = true;
    let mut begin = |out: &mut String| {
        out.push_str(if std::mem::take(&mut first) { "\n" } else { ",\n" });
        out.push_str(&indent);
    };
    for (name, value) in value.as_object().into_iter().flatten() {
        begin(out);
        out.push_str(&Value::String(name.clone()).to_string());
        out.push_str(": ");
        lay(out, value, depth + 1);
    }
    for value in value.as_array().into_iter().flatten() {
        begin(out);
        lay(out, value, depth + 1);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
}

/// On one line, with air.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let inner: Vec<String> = members.iter().map(|(name, value)| format!("{}: {}", Value::String(name.clone()), spaced(value))).collect();
            format!("{{ {} }}", inner.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// Line of every value of a JSON text, by its pointer. The text is known to be JSON.
fn places(text: &str) -> BTreeMap<String, u32> {
    let (bytes, mut places, mut line, mut i) = (text.as_bytes(), BTreeMap::new(), 1_u32, 0);
    // Containers around this place: pointer, and the index of the next element of a list.
    let mut around: Vec<(String, Option<usize>)> = Vec::new();
    let mut key: Option<String> = None;
    while let Some(&b) = bytes.get(i) {
        let start = i;
        i += 1;
        let pointer = || match around.last() {
            None => String::new(),
            Some((at, Some(index))) => format!("{at}/{index}"),
            Some((at, None)) => format!("{at}/{}", key.as_deref().unwrap_or_default().replace('~', "~0").replace('/', "~1")),
        };
        match b {
            b'\n' => line += 1,
            b'{' | b'[' => {
                let at = pointer();
                places.insert(at.clone(), line);
                around.push((at, (b == b'[').then_some(0)));
                key = None;
            }
            b'}' | b']' => drop(around.pop()),
            b',' => {
                key = None;
                if let Some((_, Some(index))) = around.last_mut() {
                    *index += 1;
                }
            }
            b'"' => {
                while let Some(&c) = bytes.get(i) {
                    i += if c == b'\\' { 2 } else { 1 };
                    if c == b'"' {
                        break;
                    }
                }
                if matches!(around.last(), Some((_, None))) && key.is_none() {
                    key = Some(text.get(start..i).and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default());
                } else {
                    places.insert(pointer(), line);
                }
            }
            b' ' | b'\t' | b'\r' | b':' => {}
            _ => {
                places.insert(pointer(), line);
                while bytes.get(i).is_some_and(|c| !b",]} \t\r\n".contains(c)) {
                    i += 1;
                }
            }
        }
    }
    places
}

/// The line of a place, or of the nearest thing around it that is there.
fn line_of(places: &BTreeMap<String, u32>, pointer: &str) -> u32 {
    let mut at = pointer;
    loop {
        if let Some(line) = places.get(at) {
            return *line;
        }
        let Some(cut) = at.rfind('/') else { return 1 };
        at = at.get(..cut).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_laid_out_reads_back_and_stands_in_order() {
        for definition in publish::demo() {
            let text = laid_out(&definition);
            assert_eq!(parse(&text).expect("JSON"), definition);
            assert!(text.lines().all(|l| l.chars().count() <= 400), "lines a person can read");
            let at = |name: &str| text.find(&format!("\n  \"{name}\":")).expect("there");
            assert!(at("sku") < at("name") && at("config_schema") < at("rules") && at("rules") < at("price"));
        }
    }

    #[test]
    fn every_place_has_its_line() {
        let text = "{\n  \"a\": [1,\n    {\"b/c\": \"x \\\" , {\"}],\n  \"d\": true\n}";
        let value: Value = serde_json::from_str(text).expect("JSON");
        let found = places(text);
        assert_eq!(found, BTreeMap::from([("", 1), ("/a", 2), ("/a/0", 2), ("/a/1", 3), ("/a/1/b~1c", 3), ("/d", 4)].map(|(p, l)| (p.to_owned(), l))));
        assert!(found.keys().all(|p| value.pointer(p).is_some()));
        assert_eq!((line_of(&found, "/a/1/none"), line_of(&found, "/zebra/1")), (3, 1));
    }

    #[test]
    fn values_are_set_added_and_taken_away() {
        let change = |text: &str, pointer: &str, value: Value| edit(&EditDefinition { text: text.to_owned(), pointer: pointer.to_owned(), value });
        let after = |text: &str, pointer: &str, value: Value| serde_json::from_str::<Value>(&change(text, pointer, value).expect("changed")).expect("JSON");
        assert_eq!(after("{}", "/rules/-", json!({ "id": "a" })), json!({ "rules": [{ "id": "a" }] }));
        assert_eq!(after(r#"{"rules":[1,2]}"#, "/rules/1", json!(3)), json!({ "rules": [1, 3] }));
        assert_eq!(after(r#"{"rules":[1,2]}"#, "/rules/0", Value::Null), json!({ "rules": [2] }));
        assert_eq!(after("{}", "/a~1b/c", json!(1)), json!({ "a/b": { "c": 1 } }));
        assert_eq!(after(r#"{"a":1}"#, "/a", Value::Null), json!({}));
        for (text, pointer) in [(r#"{"rules":[1]}"#, "/rules/7"), (r#"{"a":1}"#, "/a/b"), ("{}", ""), ("[]", "/0"), ("nope", "/a")] {
            assert_eq!(change(text, pointer, json!(1)).expect_err("refused").kind, contract::ErrorKind::Invalid, "{text} {pointer}");
        }
    }

    #[test]
    fn what_is_no_definition_is_said_with_its_line() {
        assert_eq!(parse("{\n \"a\": 1,\n \"b\" 2 }").expect_err("not JSON").line, 3);
        assert_eq!(parse("[1]").expect_err("no object").message, "A definition is a JSON object: { … }.");
        assert_eq!(laid_out(&json!({ "z": 1, "sku": "A" })), "{\n  \"sku\": \"A\",\n  \"z\": 1\n}\n");
    }
}
