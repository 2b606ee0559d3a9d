//! Judging assignments by the rules, and the bounded search for ones that keep them.

use crate::compiled::{CompiledProduct, Domain};
use crate::expr::Env;
use crate::value::{Value, Values};
use std::cell::Cell;

/// Most values of a range that are looked at one by one; longer ranges are sampled and refined by halving.
const SCAN: usize = 512;
/// Most assignments tried by one search. Bounds the time whatever the product.
const BUDGET: u32 = 6_000;
/// Most assignments tried by all questions for the only way ([`Desk::only_way`]) about one configuration.
const ASKING: u32 = 40_000;
/// Most changes of one completion or repair.
pub(super) const DEEPEST: usize = 4;

/// A contiguous run of blocked values of a range, as places on its grid.
pub(super) struct Run {
    pub first: usize,
    pub last: usize,
    /// The end nearest to the present value.
    pub near: usize,
    /// The first rule that all of them break.
    pub rule: usize,
}

/// A product with its rules indexed by option.
pub(super) struct Desk<'a> {
    pub product: &'a CompiledProduct,
    /// Lists of nests.
    lists: &'a Values,
    by_option: Vec<Vec<usize>>,
    /// Left of [`ASKING`].
    asking: Cell<u32>,
}

/// What one search looks for.
pub(super) struct Goal<'g> {
    /// Options that must keep their value.
    pub fixed: &'g [bool],
    /// Rules to keep.
    pub rules: &'g [usize],
    /// Assignments left to try.
    budget: Cell<u32>,
}

impl<'g> Goal<'g> {
    pub fn new(fixed: &'g [bool], rules: &'g [usize]) -> Self {
        Self::within(fixed, rules, BUDGET)
    }

    fn within(fixed: &'g [bool], rules: &'g [usize], budget: u32) -> Self {
        Self { fixed, rules, budget: Cell::new(budget) }
    }

    fn spend(&self) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'a> Desk<'a> {
    pub fn new(product: &'a CompiledProduct, lists: &'a Values) -> Self {
        let mut by_option = vec![Vec::new(); product.options.len()];
        for (r, rule) in product.rules.iter().enumerate() {
            for i in &rule.reads {
                if let Some(list) = by_option.get_mut(usize::from(*i)) {
                    list.push(r);
                }
            }
        }
        Self { product, lists, by_option, asking: Cell::new(ASKING) }
    }

    /// Places of all rules.
    pub fn all_rules(&self) -> Vec<usize> {
        (0..self.product.rules.len()).collect()
    }

    pub fn rules_of(&self, option: usize) -> &[usize] {
        self.by_option.get(option).map_or(&[], Vec::as_slice)
    }

    pub fn is_range(&self, option: usize) -> bool {
        self.product.options.get(option).is_some_and(|o| matches!(o.domain, Domain::Range { .. }))
    }

    pub fn reads(&self, rule: usize) -> impl Iterator<Item = usize> + '_ {
        self.product.rules.get(rule).into_iter().flat_map(|r| r.reads.iter().map(|i| usize::from(*i)))
    }

    pub fn rule_id(&self, rule: usize) -> String {
        self.product.rules.get(rule).map(|r| r.id.clone()).unwrap_or_default()
    }

    pub fn message(&self, rule: usize) -> String {
        self.product.rules.get(rule).map(|r| r.message.clone()).unwrap_or_default()
    }

    pub fn option_id(&self, option: usize) -> String {
        self.product.options.get(option).map(|o| o.id.clone()).unwrap_or_default()
    }

    /// Price of an assignment; `None` when a formula has no value there.
    pub fn total(&self, values: &[Value]) -> Option<i64> {
        crate::price::total(self.product, values, self.lists).ok()
    }

    /// Whether a rule holds. A rule that cannot be evaluated does not.
    pub fn holds(&self, rule: usize, values: &[Value]) -> bool {
        let Some(rule) = self.product.rules.get(rule) else { return true };
        let env = Env::without_lets(self.product, values);
        match rule.when.eval_bool(&env) {
            Ok(false) => true,
            Ok(true) => rule.require.eval_bool(&env) == Ok(true),
            Err(_) => false,
        }
    }

    /// `values` with one of them replaced.
    pub fn with(&self, values: &[Value], option: usize, value: &Value) -> Vec<Value> {
        let mut changed = values.to_vec();
        if let Some(slot) = changed.get_mut(option) {
            slot.clone_from(value);
        }
        changed
    }

    /// The first rule reading `option` that `values` break.
    pub fn first_broken(&self, values: &[Value], option: usize) -> Option<usize> {
        self.rules_of(option).iter().copied().find(|r| !self.holds(*r, values))
    }

    /// Blocked runs of a range, ascending. `hindrance` says which rule keeps the option from the value that stands in the assignment.
    pub fn runs(&self, present: &[Value], option: usize, hindrance: &dyn Fn(&[Value]) -> Option<usize>) -> Vec<Run> {
        let Some(def) = self.product.options.get(option) else { return Vec::new() };
        if self.rules_of(option).is_empty() {
            return Vec::new();
        }
        let mut values = present.to_vec();
        let mut verdict = |k: usize| {
            values[option] = def.domain.nth(k).unwrap_or(Value::Num(0.0));
            hindrance(&values)
        };
        let n = def.domain.len();
        let stride = n.div_ceil(SCAN).max(1);
        // Where the verdict changes between two samples, halving finds the exact place.
        let mut edges: Vec<(usize, Option<usize>)> = vec![(0, verdict(0))];
        let (mut at, mut last) = (0, edges[0].1);
        while at + 1 < n {
            let next = (at + stride).min(n - 1);
            let there = verdict(next);
            if there != last {
                let (mut low, mut high) = (at, next);
                while high - low > 1 {
                    let middle = usize::midpoint(low, high);
                    if verdict(middle) == last { low = middle } else { high = middle }
                }
                let found = verdict(high);
                edges.push((high, found));
                at = high;
                last = found;
            } else {
                at = next;
            }
        }
        let here = def.domain.place(&present[option]).unwrap_or(0);
        let mut runs = Vec::new();
        for (k, (first, rule)) in edges.iter().enumerate() {
            let end = edges.get(k + 1).map_or(n, |e| e.0);
            if let Some(rule) = *rule {
                let (first, last) = (*first, end.saturating_sub(1).max(*first));
                runs.push(Run { first, last, near: here.clamp(first, last), rule });
            }
        }
        runs
    }

    /// Values of an option to try, nearest to the present one first; of long ranges only some. Never the present one.
    pub fn candidates(&self, present: &[Value], option: usize, most: usize) -> Vec<Value> {
        let Some(def) = self.product.options.get(option) else { return Vec::new() };
        let n = def.domain.len();
        let here = def.domain.place(&present[option]);
        let mut places: Vec<usize> = if n <= most || !matches!(def.domain, Domain::Range { .. }) {
            (0..n).collect()
        } else {
            // Both neighbours, the ends, and an even spread between.
            let near = here.unwrap_or(0);
            let mut some: Vec<usize> = (0..most).map(|k| k * (n - 1) / (most - 1).max(1)).collect();
            some.extend([near.saturating_sub(1), (near + 1).min(n - 1)]);
            some
        };
        if matches!(def.domain, Domain::Range { .. }) {
            let near = here.unwrap_or(0);
            places.sort_by_key(|k| (k.abs_diff(near), *k));
        }
        places.dedup();
        places.into_iter().filter(|k| Some(*k) != here).filter_map(|k| def.domain.nth(k)).collect()
    }

    /// The assignment nearest to `start` that keeps `rules` and all `fixed` options: fewest changes first, then the order of
    /// the form, then the nearest value. `None` when there is none within the search's bounds.
    pub fn complete(&self, start: &[Value], fixed: &[bool], rules: &[usize]) -> Option<Vec<Value>> {
        self.nearest(start, &Goal::new(fixed, rules), &mut |_, _| false)
    }

    /// The same, when it is the only one with so few changes, so that nobody is asked which they meant. Of a range the nearest value is
    /// meant; among the answers of a question there is no nearest one.
    pub fn only_way(&self, start: &[Value], fixed: &[bool], rules: &[usize]) -> Option<Vec<Value>> {
        let granted = self.asking.get().min(BUDGET);
        let goal = Goal::within(fixed, rules, granted);
        let mut only = true;
        let found = self.nearest(start, &goal, &mut |first, other| {
            let same = |i: usize| if self.is_range(i) { (first[i] == start[i]) == (other[i] == start[i]) } else { first[i] == other[i] };
            only = (0..start.len()).all(same);
            only
        });
        let left = goal.budget.get();
        self.asking.set(self.asking.get() - (granted - left));
        // Without budget nobody knows what else there is.
        found.filter(|_| only && left > 0)
    }

    /// The first assignment with the fewest changes; `compare` sees it beside every other one with as many, until it returns false.
    fn nearest(&self, start: &[Value], goal: &Goal<'_>, compare: &mut dyn FnMut(&[Value], &[Value]) -> bool) -> Option<Vec<Value>> {
        if goal.rules.iter().all(|r| self.holds(*r, start)) {
            return Some(start.to_vec());
        }
        (1..=DEEPEST).find_map(|depth| {
            let mut first: Option<Vec<Value>> = None;
            self.dive(&mut start.to_vec(), &mut Vec::new(), depth, goal, &mut |values, _| match &first {
                Some(first) => compare(first, values),
                None => {
                    first = Some(values.to_vec());
                    // Nothing is compared with itself, but a plain search ends here.
                    compare(values, values)
                }
            });
            first
        })
    }

    /// Visits assignments that keep the goal's rules after exactly `depth` changes, until `visit` returns false. Returns
    /// whether to go on. Every solution must change an option that the first broken rule reads, so only those are tried.
    pub fn dive(
        &self,
        values: &mut Vec<Value>,
        changed: &mut Vec<usize>,
        depth: usize,
        goal: &Goal<'_>,
        visit: &mut dyn FnMut(&[Value], &[usize]) -> bool,
    ) -> bool {
        let mut broken = None;
        for rule in goal.rules.iter().copied().filter(|r| !self.holds(*r, values)) {
            // Nothing mends a rule whose options must all stay.
            if self.reads(rule).all(|i| changed.contains(&i) || goal.fixed.get(i).copied().unwrap_or(true)) {
                return true;
            }
            broken = broken.or(Some(rule));
        }
        let Some(broken) = broken else { return true };
        let most = if depth == 1 { SCAN } else { 12 };
        for option in self.reads(broken) {
            if changed.contains(&option) || goal.fixed.get(option).copied().unwrap_or(true) {
                continue;
            }
            let old = values[option].clone();
            for value in self.candidates(values, option, most) {
                if !goal.spend() {
                    values[option] = old;
                    return false;
                }
                values[option] = value;
                // The last change has to mend this rule; earlier ones may prepare it.
                if depth == 1 && !self.holds(broken, values) {
                    continue;
                }
                changed.push(option);
                let go_on = if goal.rules.iter().all(|r| self.holds(*r, values)) {
                    visit(values, changed)
                } else {
                    depth <= 1 || self.dive(values, changed, depth - 1, goal, visit)
                };
                changed.pop();
                if !go_on {
                    values[option] = old;
                    return false;
                }
            }
            values[option] = old;
        }
        true
    }
}
