//! From explicit choices to a complete configuration, with reasons for everything that cannot be chosen.

mod conflict;
mod repair;
mod search;

use crate::compiled::{CompiledProduct, Domain};
use crate::value::{Value, Values};
use search::Desk;
use serde::{Deserialize, Serialize};

/// The complete answer to a set of explicit choices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Configured {
    /// No rule is broken.
    pub valid: bool,
    /// A value for every option; explicit choices are echoed unaltered.
    pub values: Values,
    /// Options that a rule moved away from their default.
    pub forced: Vec<Forced>,
    /// Offered values that cannot be chosen as things stand, in the order of the form.
    pub blocked: Vec<Blocked>,
}

/// A value set by rules, not by a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forced {
    /// Option.
    pub option: String,
    /// Its value.
    pub value: Value,
    /// Rules that the default would break.
    pub why: Vec<String>,
}

/// A value, or a contiguous run of values, that cannot be chosen as things stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// Option.
    pub option: String,
    /// The value, for enumerations, yes/no, and conflicting explicit choices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// First and last blocked value of a run on a range's grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
    /// True for an explicit choice that conflicts.
    pub chosen: bool,
    /// Rules of a minimal conflict.
    pub why: Vec<String>,
    /// Other options of that conflict: free any one of them and the conflict is gone.
    pub because: Vec<String>,
    /// Words of the first rule.
    pub message: String,
    /// Changes that make the whole configuration valid, cheapest first, at most three. For a value that is not chosen they
    /// include choosing it (for a run: its end nearest to the present value).
    pub repairs: Vec<Repair>,
}

/// A set of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    /// Values to set, by option.
    pub set: Values,
    /// Price after − price now in minor units; `None` while the present configuration is invalid.
    pub price_delta: Option<i64>,
}

/// Completes `explicit` and answers for every offered value whether it is possible now. Total and deterministic.
///
/// Explicit choices stay. Other options take their default; where that breaks a rule, the fewest of them move to the nearest
/// value that keeps all rules (`forced`). A value counts as blocked when choosing it, with all other *present* values kept,
/// breaks a rule that reads the option. Explicit choices that leave no valid completion are listed with `chosen`, explained by
/// a minimal set of rules and explicit choices. Names and values outside the domains are treated as absent: callers refuse
/// those before ([`crate::check_values`]).
#[must_use]
pub fn configure(product: &CompiledProduct, explicit: &Values) -> Configured {
    let fixed: Vec<bool> = product.options.iter().map(|o| explicit.get(&o.id).is_some_and(|v| o.domain.contains(v))).collect();
    let desk = Desk::new(product);
    let start = product.dense(explicit);
    let all: Vec<usize> = (0..product.rules.len()).collect();
    let completed = desk.complete(&start, &fixed, &all);
    let valid = completed.is_some();
    let present = completed.unwrap_or(start);
    let forced = forced(&desk, &present, &fixed);
    let blocked = blocked(&desk, &present, &fixed, valid);
    Configured { valid, values: product.named(&present), forced, blocked }
}

/// Why `value` cannot be chosen for `option` beside the present `values`, with repairs that arrive at exactly this value;
/// `None` when it can be, or when there is no such option or value.
#[must_use]
pub fn why_not(product: &CompiledProduct, values: &Values, option: &str, value: &Value) -> Option<Blocked> {
    let desk = Desk::new(product);
    let i = product.option_index(option)?;
    if !product.options.get(i)?.domain.contains(value) {
        return None;
    }
    let present = product.dense(values);
    let now = Now::new(&desk, &present);
    let rule = desk.first_broken(&desk.with(&present, i, value), i)?;
    Some(now.entry(i, value, rule))
}

/// Present values that a rule moved: what would break if the default came back.
fn forced(desk: &Desk<'_>, present: &[Value], fixed: &[bool]) -> Vec<Forced> {
    let mut list = Vec::new();
    for (i, option) in desk.product.options.iter().enumerate() {
        if fixed[i] || present[i] == option.default {
            continue;
        }
        let back = desk.with(present, i, &option.default);
        let why = desk.rules_of(i).iter().filter(|r| !desk.holds(**r, &back)).map(|r| desk.rule_id(*r)).collect();
        list.push(Forced { option: option.id.clone(), value: present[i].clone(), why });
    }
    list
}

/// The present configuration and what is asked of it again and again.
struct Now<'d, 'a> {
    desk: &'d Desk<'a>,
    present: &'d [Value],
    /// Price of the present configuration, when it is valid.
    price: Option<i64>,
}

impl<'d, 'a> Now<'d, 'a> {
    fn new(desk: &'d Desk<'a>, present: &'d [Value]) -> Self {
        let valid = (0..desk.product.rules.len()).all(|r| desk.holds(r, present));
        let price = if valid { desk.total(present) } else { None };
        Self { desk, present, price }
    }

    /// The entry of a value that is not chosen and breaks `rule`.
    fn entry(&self, option: usize, value: &Value, rule: usize) -> Blocked {
        let because = conflict::choices_behind(self.desk, self.present, option, value, rule);
        Blocked {
            option: self.desk.option_id(option),
            value: Some(value.clone()),
            range: None,
            chosen: false,
            why: vec![self.desk.rule_id(rule)],
            because: because.into_iter().map(|i| self.desk.option_id(i)).collect(),
            message: self.desk.message(rule),
            repairs: repair::towards(self.desk, self.present, option, value, self.price),
        }
    }
}

fn blocked(desk: &Desk<'_>, present: &[Value], fixed: &[bool], valid: bool) -> Vec<Blocked> {
    let now = Now::new(desk, present);
    let conflicts = if valid { Vec::new() } else { conflict::among_explicit(desk, present, fixed) };
    let ways_out = if valid { Vec::new() } else { repair::anyhow(desk, present) };
    let mut list = Vec::new();
    for (i, option) in desk.product.options.iter().enumerate() {
        let own = conflicts.iter().find(|c| c.choices.contains(&i));
        if let Some(conflict) = own {
            list.push(Blocked {
                option: option.id.clone(),
                value: Some(present[i].clone()),
                range: None,
                chosen: true,
                why: conflict.rules.iter().map(|r| desk.rule_id(*r)).collect(),
                because: conflict.choices.iter().filter(|c| **c != i).map(|c| desk.option_id(*c)).collect(),
                message: conflict.rules.first().map(|r| desk.message(*r)).unwrap_or_default(),
                repairs: ways_out.clone(),
            });
        }
        let explained = own.is_some();
        match &option.domain {
            Domain::Range { .. } => {
                for run in desk.runs(present, i) {
                    let Some(near) = option.domain.nth(run.near) else { continue };
                    let ends = option.domain.nth(run.first).zip(option.domain.nth(run.last));
                    let Some((Value::Num(low), Value::Num(high))) = ends else { continue };
                    list.push(Blocked { value: None, range: Some((low, high)), ..now.entry(i, &near, run.rule) });
                }
                if !explained
                    && fixed[i]
                    && let Some(rule) = desk.first_broken(present, i)
                {
                    list.push(Blocked { chosen: true, repairs: ways_out.clone(), ..now.entry(i, &present[i], rule) });
                }
            }
            Domain::Enum(_) | Domain::Bool => {
                for value in (0..option.domain.len()).filter_map(|k| option.domain.nth(k)) {
                    let here = value == present[i];
                    if here && explained {
                        continue;
                    }
                    let Some(rule) = desk.first_broken(&desk.with(present, i, &value), i) else { continue };
                    let mut entry = now.entry(i, &value, rule);
                    if here {
                        entry.chosen = fixed[i];
                        entry.repairs.clone_from(&ways_out);
                    }
                    list.push(entry);
                }
            }
        }
    }
    list
}
