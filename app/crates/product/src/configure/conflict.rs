//! Minimal conflicts: QuickXplain (Junker 2004) over rules and choices.

use super::search::Desk;
use crate::value::Value;

/// A minimal set of explicit choices and rules that cannot hold together.
pub(super) struct Conflict {
    pub choices: Vec<usize>,
    pub rules: Vec<usize>,
}

/// `rule` and a minimal set of other options whose present values make it forbid `value`.
pub(super) fn behind(desk: &Desk<'_>, present: &[Value], option: usize, value: &Value, rule: usize) -> Conflict {
    let start = desk.with(present, option, value);
    let others: Vec<usize> = desk.reads(rule).filter(|i| *i != option).collect();
    let possible = |kept: &[usize]| {
        // Options that the rule doesn't read cannot matter.
        let fixed: Vec<bool> = (0..present.len()).map(|i| i == option || kept.contains(&i) || !others.contains(&i)).collect();
        desk.complete(&start, &fixed, &[rule]).is_some()
    };
    let mut choices = minimal(&others, &possible);
    choices.sort_unstable();
    Conflict { choices, rules: vec![rule] }
}

/// A minimal set of explicit choices and of `rules` that cannot hold together, beside `kept`, which keeps its value in `start`. `None` when
/// all of them can.
pub(super) fn core(desk: &Desk<'_>, start: &[Value], explicit: &[bool], kept: Option<usize>, rules: &[usize]) -> Option<Conflict> {
    // Choices by their place, rules behind them.
    let n = explicit.len();
    let items: Vec<usize> = (0..n).filter(|i| explicit[*i] && Some(*i) != kept).chain(rules.iter().map(|r| n + r)).collect();
    let possible = |held: &[usize]| {
        let fixed: Vec<bool> = (0..n).map(|i| Some(i) == kept || held.contains(&i)).collect();
        let rules: Vec<usize> = held.iter().filter_map(|item| item.checked_sub(n)).collect();
        desk.complete(start, &fixed, &rules).is_some()
    };
    if possible(&items) {
        return None;
    }
    let mut found = minimal(&items, &possible);
    found.sort_unstable();
    let (choices, rules): (Vec<usize>, Vec<usize>) = found.into_iter().partition(|item| *item < n);
    (!rules.is_empty()).then(|| Conflict { choices, rules: rules.into_iter().map(|r| r - n).collect() })
}

/// Conflicts among explicit choices, one after the other until the remaining rules can be kept. Unset options start from `start`.
pub(super) fn among_explicit(desk: &Desk<'_>, start: &[Value], explicit: &[bool]) -> Vec<Conflict> {
    let mut rules = desk.all_rules();
    let mut conflicts = Vec::new();
    while conflicts.len() < 8 {
        let Some(conflict) = core(desk, start, explicit, None, &rules) else { break };
        rules.retain(|r| !conflict.rules.contains(r));
        conflicts.push(conflict);
    }
    conflicts
}

/// A minimal subset of `items` that is not possible, given that all of them together are not: leaving any one out makes it possible.
fn minimal(items: &[usize], possible: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    if !possible(&[]) {
        return Vec::new();
    }
    quick(&[], false, items, possible)
}

fn quick(base: &[usize], grown: bool, items: &[usize], possible: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    if grown && !possible(base) || items.is_empty() {
        return Vec::new();
    }
    if items.len() == 1 {
        return items.to_vec();
    }
    let (one, two) = items.split_at(items.len() / 2);
    let mut core = quick(&[base, one].concat(), true, two, possible);
    let rest = quick(&[base, &core].concat(), !core.is_empty(), one, possible);
    core.extend(rest);
    core
}
