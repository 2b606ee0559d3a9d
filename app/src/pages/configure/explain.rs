//! *Why not*, in words: from a conflict to a title, a reason, causes, and repairs that were tried out.

use super::choices::{snap, words};
use super::engine::{Engine, Shown, blocks, repaired};
use product::nested::{value_at, with_value};
use product::{Blocked, Domain, OptionDef, Value, Values};
use ui::{Cause, RepairOption, Units, delta, format_length};

/// A conflict, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explained {
    /// What can't be.
    pub title: String,
    /// The rule's words.
    pub reason: String,
    /// Smallest set of choices behind it.
    pub because: Vec<Cause>,
    /// Ways out with their price.
    pub repairs: Vec<RepairOption>,
    /// Choices after each way out.
    pub next: Vec<Values>,
    /// Words of the way back.
    pub back: String,
}

/// Explains why `value` of option `id` does not go with the present choices. `shown` is what is shown now.
#[must_use]
pub fn explain(engine: &Engine, choices: &Values, shown: &Shown, id: &str, value: &Value, entry: &Blocked, units: Units) -> Explained {
    let Some(option) = engine.option(id) else { return Explained::default() };
    let others: Vec<(&String, &OptionDef)> = entry.because.iter().filter(|b| *b != id).filter_map(|b| Some((b, engine.option(b)?))).collect();
    let partner = match others.as_slice() {
        [(_, one)] => ["this ", &one.label.to_lowercase()].concat(),
        _ => "the other choices".to_owned(),
    };
    let wanted = words(option, value, units);
    let named = if matches!(value, Value::Bool(_)) { option.label.clone() } else { wanted.clone() };
    let mut because = vec![Cause { label: phrase(option, value, units), option: id.to_owned() }];
    because.extend(others.iter().map(|(id, o)| {
        // What the whole decides has no value among an element's own.
        let label = value_at(&shown.values, id).map_or_else(|| o.label.clone(), |v| phrase(o, v, units));
        Cause { label, option: (*id).clone() }
    }));
    let mut out = Explained {
        title: [&named, " does not go with ", &partner].concat(),
        reason: entry.message.clone(),
        because,
        back: if entry.chosen { ["Use ", &words(option, &option.default, units)].concat() } else { back(engine, shown, id, units) },
        ..Explained::default()
    };
    for repair in &entry.repairs {
        let next = repaired(&engine.product, choices, (id, value), &repair.set);
        let after = engine.evaluate(&next);
        // Of several openings that are in conflict each is repaired for itself.
        let opening = product::nested::address(&engine.product, id).map(|(nest, i, _)| format!("{}/{i}/", nest.id));
        let mended = after.valid || opening.is_some_and(|o| !after.blocked.iter().any(|b| b.chosen && b.option.starts_with(&o)));
        if !mended || out.next.contains(&next) {
            continue;
        }
        let price = if shown.valid { Some(after.total - shown.total) } else { repair.price_delta };
        let price = price.map(|d| if d == 0 { "same price".to_owned() } else { delta(&engine.product.currency, d) });
        out.repairs.push(RepairOption { label: repair_words(engine, &next, shown, id, value, units), delta: price });
        out.next.push(next);
    }
    // Behind the cheapest way to what was wanted: as near to it as the other choices let it be.
    if let Some(near) = nearest(id, option, value, shown).filter(|v| !entry.chosen && value_at(&shown.values, id) != Some(v)) {
        let next = with_value(&engine.product, choices, id, &near);
        let after = engine.evaluate(&next);
        if after.valid {
            let near = words(option, &near, units);
            let label = match others.as_slice() {
                [(_, one)] => ["Keep ", &one.label.to_lowercase(), ", ", &near].concat(),
                _ => ["Take ", &near, " instead"].concat(),
            };
            let at = out.repairs.len().min(1);
            out.repairs.insert(at, RepairOption { label, delta: Some(delta(&engine.product.currency, after.total - shown.total)) });
            out.next.insert(at, next);
        }
    }
    out
}

/// The value nearest to a blocked one of a range that goes.
fn nearest(id: &str, option: &OptionDef, wanted: &Value, shown: &Shown) -> Option<Value> {
    let (Domain::Range { min, max, step, .. }, Value::Num(wanted)) = (&option.domain, wanted) else { return None };
    let (low, high) = blocks(&shown.blocked, id, &Value::Num(*wanted))?.range?;
    let mut ends = [low - step, high + step];
    if (ends[1] - wanted).abs() < (wanted - ends[0]).abs() {
        ends.reverse();
    }
    let ends = ends.into_iter().filter(|v| (*min..=*max).contains(v)).map(|v| Value::Num(snap(v, *min, *max, *step)));
    ends.into_iter().find(|v| blocks(&shown.blocked, id, v).is_none())
}

/// An answer with its question: `Width, 2200 mm`; of a tick box the thing alone.
pub(super) fn phrase(option: &OptionDef, value: &Value, units: Units) -> String {
    match value {
        Value::Bool(true) => option.label.clone(),
        Value::Bool(false) => [&option.label, ", none"].concat(),
        _ => [&option.label, ", ", &words(option, value, units)].concat(),
    }
}

fn back(engine: &Engine, shown: &Shown, id: &str, units: Units) -> String {
    let Some(option) = engine.option(id) else { return "Go back".to_owned() };
    match value_at(&shown.values, id) {
        Some(Value::Bool(true)) => ["Keep ", &option.label.to_lowercase()].concat(),
        Some(Value::Bool(false)) => ["Leave out ", &option.label.to_lowercase()].concat(),
        Some(Value::Num(n)) if option.unit == "mm" => ["Stay at ", &format_length(*n, units)].concat(),
        Some(value @ Value::Num(_)) => ["Stay at ", &words(option, value, units)].concat(),
        Some(value) => ["Keep ", &words(option, value, units)].concat(),
        None => "Go back".to_owned(),
    }
}

/// `Use frame heavy, with 2200 mm`: the changes against what is shown, the wanted value last.
fn repair_words(engine: &Engine, next: &Values, shown: &Shown, id: &str, wanted: &Value, units: Units) -> String {
    let mut changes = Vec::new();
    for (other, option) in engine.beside(id).into_iter().filter(|(other, _)| other != id) {
        if let Some(value) = value_at(next, &other).filter(|v| value_at(&shown.values, &other) != Some(v)) {
            changes.push(match value {
                Value::Bool(true) => ["add ", &option.label.to_lowercase()].concat(),
                Value::Bool(false) => ["leave out ", &option.label.to_lowercase()].concat(),
                other => ["use ", &option.label.to_lowercase(), " ", &words(option, other, units)].concat(),
            });
        }
    }
    if let Some(option) = engine.option(id) {
        let reached = value_at(next, id).cloned();
        let says = reached.as_ref().map(|v| words(option, v, units)).unwrap_or_default();
        match &reached {
            Some(v) if v == wanted && !matches!(v, Value::Bool(_)) && !changes.is_empty() => changes.push(["with ", &says].concat()),
            Some(v) if v != wanted => changes.insert(0, ["take ", &says, " instead"].concat()),
            _ => {}
        }
    }
    let text = changes.join(", ");
    let mut letters = text.chars();
    letters.next().map_or(text.clone(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pages::configure::choices::{from_query, tests::desk, to_query};
    use product::{Expr, Rule, expr::BinOp};

    /// The test desk with the law of the heavy frame.
    pub(in super::super) fn engine() -> Engine {
        let mut product = desk();
        let wide = Expr::Bin(BinOp::Gt, Box::new(Expr::Opt(0)), Box::new(Expr::Lit(Value::Num(2000.0))));
        let heavy = Expr::Bin(BinOp::Eq, Box::new(Expr::Opt(2)), Box::new(Expr::Lit(Value::Text("heavy".into()))));
        product.rules.push(Rule {
            id: "frame-for-wide-tops".into(),
            when: wide,
            require: heavy,
            message: "Tops over 2.0 m need the heavy frame.".into(),
            reads: vec![0, 2],
        });
        Engine { product, asked: contract::PriceFor::default() }
    }

    #[test]
    fn a_blocked_width_is_explained_with_causes_repairs_and_the_way_back() {
        let engine = engine();
        let choices = from_query(&engine.product, "width=1800&frame=standard");
        let shown = engine.evaluate(&choices);
        let wanted = Value::Num(2200.0);
        let entry = product::why_not(&engine.product, &choices, "width", &wanted).expect("blocked");
        let e = explain(&engine, &choices, &shown, "width", &wanted, &entry, Units::Mm);
        assert_eq!(e.title, "2200 mm does not go with this frame");
        assert_eq!(e.reason, "Tops over 2.0 m need the heavy frame.");
        assert_eq!(e.because.iter().map(|c| c.label.as_str()).collect::<Vec<_>>(), ["Width, 2200 mm", "Frame, Standard, 80 kg"]);
        assert_eq!(e.back, "Stay at 1800");
        assert!(!e.repairs.is_empty() && e.repairs.len() == e.next.len());
        assert!(e.repairs.iter().any(|r| r.label == "Use frame Heavy, 120 kg, with 2200 mm"), "{:?}", e.repairs);
        for next in &e.next {
            assert!(engine.evaluate(next).valid, "every repair really repairs: {next:?}");
        }
        assert_eq!(e.repairs[0].delta.as_deref(), Some("same price"));
        assert_eq!(e.repairs[1].label, "Keep frame, 2000 mm");
        assert_eq!(to_query(&engine.product, &e.next[1]), "width=2000&frame=standard");
        // From the very edge there is nothing nearer than to stay.
        let edge = with_value(&engine.product, &choices, "width", &Value::Num(2000.0));
        let shown = engine.evaluate(&edge);
        let e = explain(&engine, &edge, &shown, "width", &wanted, &entry, Units::Mm);
        assert!(e.repairs.iter().all(|r| !r.label.starts_with("Keep")), "{:?}", e.repairs);
    }

    #[test]
    fn a_conflict_that_came_with_the_link_is_explained_too() {
        let engine = engine();
        let choices = from_query(&engine.product, "width=2200&frame=standard");
        let shown = engine.evaluate(&choices);
        assert!(!shown.valid);
        let entry = shown.blocked.iter().find(|b| b.chosen && b.option == "width").expect("told at the option");
        let e = explain(&engine, &choices, &shown, "width", &Value::Num(2200.0), entry, Units::Mm);
        assert_eq!(e.back, "Use 1600 mm");
        assert!(e.next.iter().all(|n| engine.evaluate(n).valid) && !e.next.is_empty());
    }
}
