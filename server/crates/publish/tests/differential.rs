//! The small evaluator against the `cel` crate, and domains against `jsonschema`, on generated cases.

mod kit;

use cel::{Context, Program};
use product::{CompiledProduct, Env, EvalError, Value, Values, check_values};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::LazyLock;

static SHELF: LazyLock<CompiledProduct> = LazyLock::new(|| kit::compiled(&kit::shelf()));

/// An expression as text twice: as people write it, and lifted to doubles as `cel` wants it.
#[derive(Clone, Debug)]
struct Source {
    plain: String,
    lifted: String,
}

fn same(text: impl Into<String>) -> Source {
    let text = text.into();
    Source { plain: text.clone(), lifted: text }
}

fn join(parts: &[&Source], form: impl Fn(&[&str]) -> String) -> Source {
    let plain: Vec<&str> = parts.iter().map(|p| p.plain.as_str()).collect();
    let lifted: Vec<&str> = parts.iter().map(|p| p.lifted.as_str()).collect();
    Source { plain: form(&plain), lifted: form(&lifted) }
}

fn number() -> impl Strategy<Value = Source> {
    prop_oneof![
        (0..50_i32).prop_map(|n| Source { plain: n.to_string(), lifted: format!("{n}.0") }),
        (0..5_000_i32).prop_map(|n| same(format!("{}.{}", n / 10, n % 10))),
        Just(same("width")),
        Just(same("depth")),
    ]
}

fn text() -> impl Strategy<Value = Source> {
    prop_oneof![Just(same("finish")), Just(same("'oak'")), Just(same("'walnut'"))]
}

/// Numbers (left) and conditions (right), growing together.
fn pair() -> impl Strategy<Value = (Source, Source)> {
    let leaf = (number(), prop_oneof![Just(same("tray")), Just(same("true")), Just(same("false"))]);
    leaf.prop_recursive(5, 60, 4, |inner| {
        let both = (inner.clone(), inner.clone(), inner, text(), text());
        (both, 0..14_u8, 0..13_u8).prop_map(|(((a, p), (b, q), (c, r), s, t), n, k)| {
            let number = match n {
                0..=1 => join(&[&a, &b], |x| format!("({} + {})", x[0], x[1])),
                2..=3 => join(&[&a, &b], |x| format!("({} - {})", x[0], x[1])),
                4 => join(&[&a, &b], |x| format!("{} * {}", x[0], x[1])),
                5 => join(&[&a, &b], |x| format!("({} / ({}))", x[0], x[1])),
                6 => join(&[&p, &a, &b], |x| format!("({} ? {} : {})", x[0], x[1], x[2])),
                7 => join(&[&a], |x| format!("-({})", x[0])),
                8 => join(&[&a, &b, &c], |x| format!("clamp({}, {}, {})", x[0], x[1], x[2])),
                9 => join(&[&a, &b], |x| format!("min({}, {})", x[0], x[1])),
                10 => join(&[&a, &b], |x| format!("max({}, {})", x[0], x[1])),
                11 => join(&[&a], |x| format!("floor({})", x[0])),
                12 => join(&[&a], |x| format!("round({})", x[0])),
                _ => join(&[&a, &b], |x| format!("area_m2({}, {})", x[0], x[1])),
            };
            let condition = match k {
                0 => join(&[&p, &q], |x| format!("({} && {})", x[0], x[1])),
                1 => join(&[&p, &q], |x| format!("({} || {})", x[0], x[1])),
                2 => join(&[&p], |x| format!("!({})", x[0])),
                3 => join(&[&a, &b], |x| format!("({} < {})", x[0], x[1])),
                4 => join(&[&a, &b], |x| format!("({} <= {})", x[0], x[1])),
                5 => join(&[&a, &b], |x| format!("({} > {})", x[0], x[1])),
                6 => join(&[&a, &b], |x| format!("({} == {})", x[0], x[1])),
                7 => join(&[&a, &b], |x| format!("({} != {})", x[0], x[1])),
                8 => join(&[&s, &t], |x| format!("({} == {})", x[0], x[1])),
                9 => join(&[&s, &t], |x| format!("({} < {})", x[0], x[1])),
                10 => join(&[&a, &b, &c], |x| format!("({} in [{}, {}])", x[0], x[1], x[2])),
                11 => join(&[&s, &t], |x| format!("({} in [{}, 'oak'])", x[0], x[1])),
                _ => join(&[&p, &q, &r], |x| format!("({} ? {} : {})", x[0], x[1], x[2])),
            };
            (number, condition)
        })
    })
}

fn in_cel(source: &str, width: f64, depth: f64, finish: &str, tray: bool) -> cel::Value {
    let mut context = Context::default();
    context.add_variable_from_value("width", width);
    context.add_variable_from_value("depth", depth);
    context.add_variable_from_value("finish", finish.to_owned());
    context.add_variable_from_value("tray", tray);
    context.add_function("clamp", |x: f64, lo: f64, hi: f64| x.max(lo).min(hi)).expect("a free name");
    context.add_function("min", |a: f64, b: f64| a.min(b)).expect("a free name");
    context.add_function("max", |a: f64, b: f64| a.max(b)).expect("a free name");
    context.add_function("floor", f64::floor).expect("a free name");
    context.add_function("round", f64::round).expect("a free name");
    context.add_function("area_m2", |a: f64, b: f64| a * b / 1e6).expect("a free name");
    Program::compile(source).expect("parses").execute(&context).unwrap_or_else(|e| panic!("{source}: {e}"))
}

fn ours(source: &str, width: f64, depth: f64, finish: &str, tray: bool) -> Option<Result<Value, EvalError>> {
    // Literals beyond an option's choices and nesting beyond the limits are refused on purpose.
    let expr = publish::compile_formula(source, &SHELF.options).ok()?;
    let values = [Value::Num(width), Value::Num(depth), Value::from(finish), Value::from("standard"), Value::Bool(tray)];
    Some(expr.eval(&Env::without_lets(&SHELF, &values)))
}

#[track_caller]
#[allow(clippy::float_cmp)] // Equal means equal: the same bits on both sides.
fn agree(source: &Source, width: f64, depth: f64, finish: &str, tray: bool) {
    let Some(Ok(ours)) = ours(&source.plain, width, depth, finish, tray) else { return };
    let theirs = in_cel(&source.lifted, width, depth, finish, tray);
    let equal = match (&ours, &theirs) {
        (Value::Num(a), cel::Value::Float(b)) => a == b,
        (Value::Bool(a), cel::Value::Bool(b)) => a == b,
        _ => false,
    };
    assert!(equal, "{}: {ours:?} here, {theirs:?} in cel", source.plain);
}

proptest! {
    #[test]
    fn the_evaluator_agrees_with_cel(
        (number, condition) in pair(),
        width in (20..49_i32).prop_map(|n| f64::from(n) * 50.0),
        depth in (400..800_i32).prop_map(|n| f64::from(n) / 2.0),
        finish in prop_oneof![Just("oak"), Just("walnut")],
        tray: bool,
    ) {
        agree(&number, width, depth, finish, tray);
        agree(&condition, width, depth, finish, tray);
    }

    #[test]
    fn domains_agree_with_json_schema(name in name(), value in value()) {
        let data = json!({ name.clone(): value.clone() });
        let full = DOMAINS.1.validate(&data).is_ok();
        // What no option can hold at all never reaches a domain.
        let small = Value::from_json(&value).is_some_and(|v| check_values(&DOMAINS.0, &Values::from([(name, v)])).is_empty());
        prop_assert_eq!(small, full, "{}", data);
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("d"), Just("e"), Just("f"), Just("g"), Just("h"), Just("z")].prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => (-60..3_000_i64).prop_map(Json::from),
        3 => (-600..30_000_i64).prop_map(|n| json!(n as f64 / 10.0)),
        2 => (0..10_000_i64).prop_map(|n| json!(n as f64 / 1000.0)),
        1 => (-60..300_i64).prop_map(|n| json!(n as f64)),
        1 => any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| json!(x)),
        1 => any::<bool>().prop_map(Json::from),
        1 => "[a-c]{0,2}".prop_map(Json::from),
        1 => Just(Json::Null),
        1 => Just(json!([1])),
        1 => Just(json!({ "a": 1 })),
    ]
}

static DOMAINS: LazyLock<(CompiledProduct, publish::DataValidator)> = LazyLock::new(|| {
    let properties = json!({
        "a": { "type": "integer", "minimum": 1000, "maximum": 2400, "multipleOf": 50, "default": 1600 },
        "b": { "type": "integer", "minimum": -7, "maximum": 7, "default": 0 },
        "c": { "type": "number", "minimum": 0.1, "maximum": 9.9, "multipleOf": 0.1, "default": 0.3 },
        "d": { "type": "number", "minimum": 0.5, "maximum": 200, "multipleOf": 2.5, "default": 5 },
        "e": { "type": "string", "enum": ["a", "b", "cc"], "default": "a" },
        "f": { "type": "integer", "enum": [1, 2, 40], "default": 1 },
        "g": { "type": "boolean", "default": true },
        "h": { "type": "number", "minimum": 0, "maximum": 5, "multipleOf": 0.001, "default": 0 }
    });
    let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    let mut definition = kit::shelf();
    definition = kit::with(definition, "/config_schema", schema.clone());
    definition = kit::with(definition, "/rules", json!([]));
    definition = kit::with(definition, "/price/lines", json!([{ "id": "p", "label": "P", "amount": 1 }]));
    definition = kit::with(
        definition,
        "/recipe",
        json!({ "parts": [
        { "id": "p", "shape": { "box": { "size": [1, 1, 1] } }, "at": [0, 0, 0], "material": "steel", "sku": "P" }
    ] }),
    );
    definition = kit::with(definition, "/envelope", json!([1, 1, 1]));
    (kit::compiled(&definition), publish::DataValidator::new(&schema).expect("a schema"))
});
