//! Minimal conflicts: QuickXplain (Junker 2004) over rules and choices.

use super::search::Desk;
use crate::value::Value;

/// A minimal set of explicit choices and rules that cannot hold together.
pub(super) struct Conflict {
    pub choices: Vec<usize>,
    pub rules: Vec<usize>,
}

/// Options whose present values make `rule` forbid `value`: a minimal set.
pub(super) fn choices_behind(desk: &Desk<'_>, present: &[Value], option: usize, value: &Value, rule: usize) -> Vec<usize> {
    let start = desk.with(present, option, value);
    let others: Vec<usize> = desk.reads(rule).filter(|i| *i != option).collect();
    let possible = |kept: &[usize]| {
        // Options that the rule doesn't read cannot matter.
        let fixed: Vec<bool> = (0..present.len()).map(|i| i == option || kept.contains(&i) || !others.contains(&i)).collect();
        desk.complete(&start, &fixed, &[rule]).is_some()
    };
    let mut behind = minimal(&others, &possible);
    behind.sort_unstable();
    behind
}

/// Conflicts among explicit choices, one after the other until the remaining rules can be kept.
pub(super) fn among_explicit(desk: &Desk<'_>, present: &[Value], explicit: &[bool]) -> Vec<Conflict> {
    #[derive(Clone, Copy, PartialEq)]
    enum Item {
        Rule(usize),
        Choice(usize),
    }
    // Unset options are free, so they start from their defaults.
    let start: Vec<Value> = present.to_vec();
    let mut rules: Vec<usize> = (0..desk.product.rules.len()).collect();
    let mut conflicts = Vec::new();
    while conflicts.len() < 8 {
        let items: Vec<Item> = (0..explicit.len()).filter(|i| explicit[*i]).map(Item::Choice).chain(rules.iter().map(|r| Item::Rule(*r))).collect();
        let possible = |kept: &[Item]| {
            let fixed: Vec<bool> = (0..explicit.len()).map(|i| kept.contains(&Item::Choice(i))).collect();
            let rules: Vec<usize> = kept.iter().filter_map(|item| if let Item::Rule(r) = item { Some(*r) } else { None }).collect();
            desk.complete(&start, &fixed, &rules).is_some()
        };
        if possible(&items) {
            break;
        }
        let core = minimal(&items, &possible);
        let mut conflict = Conflict { choices: Vec::new(), rules: Vec::new() };
        for item in core {
            match item {
                Item::Rule(r) => conflict.rules.push(r),
                Item::Choice(i) => conflict.choices.push(i),
            }
        }
        conflict.rules.sort_unstable();
        conflict.choices.sort_unstable();
        if conflict.rules.is_empty() {
            break;
        }
        rules.retain(|r| !conflict.rules.contains(r));
        conflicts.push(conflict);
    }
    conflicts
}

/// A minimal subset of `items` that is not possible, given that all of them together are not: leaving any one out makes it possible.
fn minimal<T: Copy>(items: &[T], possible: &impl Fn(&[T]) -> bool) -> Vec<T> {
    if !possible(&[]) {
        return Vec::new();
    }
    quick(&[], false, items, possible)
}

fn quick<T: Copy>(base: &[T], grown: bool, items: &[T], possible: &impl Fn(&[T]) -> bool) -> Vec<T> {
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
