//! From explicit choices to a complete configuration, with reasons for everything that cannot be chosen.

mod conflict;
mod effect;
mod repair;
mod search;

pub use effect::{price_effects, price_effects_at};

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
    /// Price now − price with the default, minor units; `None` where one of the two has no price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_delta: Option<i64>,
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
    /// Changes that make the whole configuration (of an element of a nest: the element) valid, cheapest first, at most three. For a value that is not chosen they
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
/// value that keeps all rules (`forced`). A value can be chosen when it keeps all rules beside the *present* values, or when only one
/// smallest change of options that nobody chose makes room for it: then choosing it forces those. It is blocked when it conflicts with
/// explicit choices, or when there are several ways and a person has to say which. Explicit choices that leave no valid completion are
/// listed with `chosen`, explained by a minimal set of rules and explicit choices; as long as there are such, a value counts as blocked
/// when it breaks a rule beside the present values. Names and values outside the domains are treated as absent: callers refuse
/// those before ([`crate::check_values`]).
///
/// The elements of a nest are configured one by one after the whole, each beside what the whole passes to it; what is said about the option
/// `front` of element 3 of the nest `modules` names it `modules/3/front`.
#[must_use]
pub fn configure(product: &CompiledProduct, explicit: &Values) -> Configured {
    within(product, explicit, &[], Offers::Told)
}

/// The same, where values that can't be chosen are only marked: of one that is not chosen, why it can't be and what would help is left out ([`why_not`]
/// tells it of the one that somebody asks for). For pages, which draw every answer on every change.
#[must_use]
pub fn marked(product: &CompiledProduct, explicit: &Values) -> Configured {
    within(product, explicit, &[], Offers::Marked)
}

/// The same without a word about values that are not chosen: `blocked` tells of conflicts, where there are any. For whoever stores or builds what was
/// chosen; most of the work of [`configure`] is in the rest.
#[must_use]
pub fn complete(product: &CompiledProduct, explicit: &Values) -> Configured {
    within(product, explicit, &[], Offers::Untold)
}

/// What is answered about values that are not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offers {
    /// Nothing, unless there are conflicts.
    Untold,
    /// Whether they can be chosen.
    Marked,
    /// Why not as well, and what would help.
    Told,
}

/// The same, where some options are not for choosing: they keep their value, and no answer is given for them.
pub(crate) fn within(product: &CompiledProduct, explicit: &Values, locked: &[usize], offers: Offers) -> Configured {
    let now = Now::new(product, explicit, locked);
    let blocked = if offers != Offers::Untold || !now.valid { blocked(&now, offers != Offers::Marked) } else { Vec::new() };
    let mut done = Configured { valid: now.valid, values: product.named(&now.present), forced: now.forced(), blocked };
    crate::nested::configure(product, &now.present, explicit, offers, &mut done);
    done
}

/// Why `value` cannot be chosen for `option` beside the `explicit` choices, with repairs that arrive at exactly this value;
/// `None` when it can be, or when there is no such option or value.
#[must_use]
pub fn why_not(product: &CompiledProduct, explicit: &Values, option: &str, value: &Value) -> Option<Blocked> {
    if let Some((nest, index, inner)) = crate::nested::address(product, option) {
        let now = Now::new(product, explicit, &[]);
        let (values, locked) = crate::nested::element_at(product, &now.present, explicit, nest, index)?;
        let found = why_not_within(&nest.product, &values, &locked, inner, value)?;
        return Some(found.below(&format!("{}/{index}/", nest.id)));
    }
    why_not_within(product, explicit, &[], option, value)
}

fn why_not_within(product: &CompiledProduct, explicit: &Values, locked: &[usize], option: &str, value: &Value) -> Option<Blocked> {
    let i = product.option_index(option)?;
    if !product.options.get(i)?.domain.contains(value) {
        return None;
    }
    let now = Now::new(product, explicit, locked);
    let rule = now.hindrance(&now.desk.with(&now.present, i, value), i)?;
    Some(now.entry(i, value, rule))
}

impl Blocked {
    /// The same about an element of a nest: every option's name carries `prefix`.
    pub(crate) fn below(mut self, prefix: &str) -> Self {
        let name = |option: String| format!("{prefix}{option}");
        self.option = name(self.option);
        self.because = self.because.into_iter().map(name).collect();
        for repair in &mut self.repairs {
            repair.set = crate::value::values(&mut std::mem::take(&mut repair.set).into_iter().map(|(option, value)| (name(option), value)));
        }
        self
    }
}

/// The present configuration and what is asked of it again and again.
pub(crate) struct Now<'a> {
    desk: Desk<'a>,
    /// Not for choosing, by option.
    locked: Vec<bool>,
    /// Explicit choices and defaults.
    start: Vec<Value>,
    /// Chosen explicitly, by option.
    fixed: Vec<bool>,
    /// The completion, or `start` where there is none.
    pub present: Vec<Value>,
    /// The completion keeps all rules.
    valid: bool,
    rules: Vec<usize>,
}

impl<'a> Now<'a> {
    pub fn new(product: &'a CompiledProduct, explicit: &'a Values, locked: &[usize]) -> Self {
        let desk = Desk::new(product, explicit);
        let locked = (0..product.options.len()).map(|i| locked.contains(&i)).collect();
        let fixed: Vec<bool> = product.options.iter().map(|o| explicit.get(&o.id).is_some_and(|v| o.domain.contains(v))).collect();
        let start = product.dense(explicit);
        let rules = desk.all_rules();
        let completed = desk.complete(&start, &fixed, &rules);
        let valid = completed.is_some();
        let present = completed.unwrap_or_else(|| start.clone());
        Self { desk, locked, start, fixed, present, valid, rules }
    }

    /// Where choosing `value` starts from: all explicit choices with this one, defaults for the rest; and what must stay.
    fn choosing(&self, option: usize, value: &Value) -> (Vec<Value>, Vec<bool>) {
        let mut fixed = self.fixed.clone();
        fixed[option] = true;
        (self.desk.with(&self.start, option, value), fixed)
    }

    /// The configuration after choosing `value`.
    fn after(&self, option: usize, value: &Value) -> Option<Vec<Value>> {
        let (start, fixed) = self.choosing(option, value);
        self.desk.complete(&start, &fixed, &self.rules)
    }

    /// The rule that keeps `option` from the value that `tried` has for it; `tried` is the present configuration otherwise.
    fn hindrance(&self, tried: &[Value], option: usize) -> Option<usize> {
        let rule = self.desk.first_broken(tried, option)?;
        if self.valid {
            let (start, fixed) = self.choosing(option, &tried[option]);
            if self.desk.only_way(&start, &fixed, &self.rules).is_some() {
                return None;
            }
        }
        Some(rule)
    }

    /// Present values that a rule moved: what would break, and what would be saved, if the default came back.
    fn forced(&self) -> Vec<Forced> {
        let mut list = Vec::new();
        for (i, option) in self.desk.product.options.iter().enumerate() {
            if self.fixed[i] || self.present[i] == option.default {
                continue;
            }
            let back = self.desk.with(&self.present, i, &option.default);
            let why = self.desk.rules_of(i).iter().filter(|r| !self.desk.holds(**r, &back)).map(|r| self.desk.rule_id(*r)).collect();
            let price_delta = self.desk.total(&self.present).zip(self.desk.total(&back)).map(|(now, then)| now - then);
            list.push(Forced { option: option.id.clone(), value: self.present[i].clone(), why, price_delta });
        }
        list
    }

    /// The entry of a value that is not chosen; beside the present values it breaks `rule`.
    fn entry(&self, option: usize, value: &Value, rule: usize) -> Blocked {
        let desk = &self.desk;
        // Against explicit choices, or else a question of which other option should move.
        let conflict = if self.valid { conflict::core(desk, &self.choosing(option, value).0, &self.fixed, Some(option), &self.rules) } else { None };
        let conflict = conflict.unwrap_or_else(|| conflict::behind(desk, &self.present, option, value, rule));
        let price = if self.valid { desk.total(&self.present) } else { None };
        Blocked {
            value: Some(value.clone()),
            chosen: false,
            repairs: repair::towards(desk, &self.present, &self.locked, option, value, price),
            ..self.told(option, &conflict)
        }
    }

    /// A conflict as it is told at one of its options.
    fn told(&self, option: usize, conflict: &conflict::Conflict) -> Blocked {
        Blocked {
            option: self.desk.option_id(option),
            value: Some(self.present[option].clone()),
            range: None,
            chosen: true,
            why: conflict.rules.iter().map(|r| self.desk.rule_id(*r)).collect(),
            because: conflict.choices.iter().filter(|c| **c != option).map(|c| self.desk.option_id(*c)).collect(),
            message: conflict.rules.first().map(|r| self.desk.message(*r)).unwrap_or_default(),
            repairs: Vec::new(),
        }
    }
}

/// `told`: of values that are not chosen as well, why.
fn blocked(now: &Now<'_>, told: bool) -> Vec<Blocked> {
    let (desk, present) = (&now.desk, &now.present);
    let entry = |i: usize, value: &Value, rule: usize| {
        if told {
            return now.entry(i, value, rule);
        }
        let option = desk.option_id(i);
        Blocked { option, value: Some(value.clone()), range: None, chosen: false, why: vec![], because: vec![], message: String::new(), repairs: vec![] }
    };
    let conflicts = if now.valid { Vec::new() } else { conflict::among_explicit(desk, &now.start, &now.fixed) };
    let ways_out = if now.valid { Vec::new() } else { repair::anyhow(desk, present, &now.locked) };
    let mut list = Vec::new();
    for (i, option) in desk.product.options.iter().enumerate() {
        if now.locked[i] {
            continue;
        }
        let own = conflicts.iter().find(|c| c.choices.contains(&i));
        if let Some(conflict) = own {
            list.push(Blocked { repairs: ways_out.clone(), ..now.told(i, conflict) });
        }
        let explained = own.is_some();
        match &option.domain {
            Domain::Range { .. } => {
                for run in desk.runs(present, i, &|tried| now.hindrance(tried, i)) {
                    let Some(near) = option.domain.nth(run.near) else { continue };
                    let ends = option.domain.nth(run.first).zip(option.domain.nth(run.last));
                    let Some((Value::Num(low), Value::Num(high))) = ends else { continue };
                    list.push(Blocked { value: None, range: Some((low, high)), ..entry(i, &near, run.rule) });
                }
                if !explained
                    && now.fixed[i]
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
                    let Some(rule) = now.hindrance(&desk.with(present, i, &value), i) else { continue };
                    list.push(if here {
                        Blocked { chosen: now.fixed[i], repairs: ways_out.clone(), ..now.entry(i, &value, rule) }
                    } else {
                        entry(i, &value, rule)
                    });
                }
            }
        }
    }
    list
}
