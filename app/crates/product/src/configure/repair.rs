//! Cheapest sets of changes that make the whole configuration valid.

use super::Repair;
use super::search::{DEEPEST, Desk, Goal};
use crate::value::{Value, Values};
use std::collections::BTreeMap;

/// Repairs that a person is shown.
const SHOWN: usize = 3;
/// Solutions per set of changed options whose price is asked.
const PRICED: usize = 6;
/// Most changes of one repair.
const CHANGES: usize = 3;

/// Repairs that end with `option` at `value`; `locked` options stay. `price` is the present price when the present configuration is valid.
pub(super) fn towards(desk: &Desk<'_>, present: &[Value], locked: &[bool], option: usize, value: &Value, price: Option<i64>) -> Vec<Repair> {
    let start = desk.with(present, option, value);
    let mut fixed = locked.to_vec();
    if let Some(own) = fixed.get_mut(option) {
        *own = true;
    }
    collect(desk, present, &start, &fixed, price)
}

/// Repairs of an invalid configuration by any changes but of `locked` options.
pub(super) fn anyhow(desk: &Desk<'_>, present: &[Value], locked: &[bool]) -> Vec<Repair> {
    collect(desk, present, present, locked, None)
}

fn collect(desk: &Desk<'_>, present: &[Value], start: &[Value], fixed: &[bool], price: Option<i64>) -> Vec<Repair> {
    let rules = desk.all_rules();
    for depth in 1..=CHANGES.min(DEEPEST) {
        let goal = Goal::new(fixed, &rules);
        // One repair per set of changed options, so that the three shown are three different ways out.
        let mut ways: BTreeMap<Vec<usize>, Vec<Vec<Value>>> = BTreeMap::new();
        desk.dive(&mut start.to_vec(), &mut Vec::new(), depth, &goal, &mut |values, changed| {
            let mut key = changed.to_vec();
            key.sort_unstable();
            // Of a range the nearest value is the right one; of choices the cheapest.
            let most = if key.iter().any(|i| desk.is_range(*i)) { 1 } else { PRICED };
            let found = ways.entry(key).or_default();
            if found.len() < most {
                found.push(values.to_vec());
            }
            true
        });
        if ways.is_empty() {
            continue;
        }
        let mut ranked: Vec<(i64, usize, Vec<Value>)> = ways
            .into_values()
            .enumerate()
            .filter_map(|(n, found)| {
                let priced = found.into_iter().map(|values| (desk.total(&values).unwrap_or(i64::MAX), n, values));
                priced.min_by_key(|(total, _, _)| *total)
            })
            .collect();
        ranked.sort_by_key(|(total, n, _)| (*total, *n));
        ranked.truncate(SHOWN);
        return ranked
            .into_iter()
            .map(|(total, _, values)| Repair { set: changes(desk, present, &values), price_delta: price.filter(|_| total != i64::MAX).map(|now| total - now) })
            .collect();
    }
    Vec::new()
}

fn changes(desk: &Desk<'_>, before: &[Value], after: &[Value]) -> Values {
    let pairs = desk.product.options.iter().zip(before.iter().zip(after));
    crate::value::values(&mut pairs.filter(|(_, (b, a))| a != b).map(|(o, (_, a))| (o.id.clone(), a.clone())))
}
