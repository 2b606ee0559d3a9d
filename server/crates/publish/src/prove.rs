//! Checks over the whole range of options: proven by interval arithmetic with halving, refuted by a counterexample, or
//! reported as not proven.

use crate::abstraction::{Judge, Space};
use crate::fault::Faults;
use crate::formula::reads;
use crate::solid::around;
use product::parts::{MAX_PARTS, MAX_REPEAT, PartError};
use product::{CompiledProduct, Domain, Env, Expr, JointDef, PartDef, ShapeDef, TemplateDef, Value, Values};
use std::collections::BTreeSet;

/// Boxes that one proof may look at.
const BOXES: usize = 400;
/// Configurations that are evaluated exactly.
const SAMPLES: usize = 240;
/// Lengths are rounded to 0.1 mm, at a place and a size each.
const SLACK: f64 = 0.25;
/// Repetitions up to here are judged one by one.
const ONE_BY_ONE: f64 = 24.0;

/// Adds a fault for everything refuted and a warning for everything not proven.
pub(crate) fn prove(product: &CompiledProduct, faults: &mut Faults, warnings: &mut Faults) {
    samples(product, faults);
    // With a counterexample at hand there is no need for proofs.
    if !faults.0.is_empty() {
        return;
    }
    let prover = Prover { product };
    formulas(&prover, faults, warnings);
    let amounts: Vec<&Expr> = product.price_lines.iter().flat_map(|l| std::iter::once(&l.amount).chain(&l.when)).collect();
    let total = |judge: &Judge<'_>| {
        let mut low = 0.0;
        for line in &product.price_lines {
            let least = judge.range(&judge.number(&line.amount)).0 - 0.5;
            low += match line.when.as_ref().map(|w| judge.truth(w)) {
                Some(Some(false)) => 0.0,
                Some(None) => least.min(0.0),
                _ => least,
            };
        }
        #[allow(clippy::cast_precision_loss)]
        let rounding = 0.5 * product.price_lines.len() as f64;
        low >= -rounding
    };
    let exact = |values: &[Value]| match total_of(product, values) {
        Ok(total) if total < 0 => Err(format!("the price is {total}")),
        Ok(_) => Ok(()),
        Err(e) => Err(e.to_string()),
    };
    prover.report("/price/lines", "that the price is never negative", &amounts, true, &total, &exact, faults, warnings);
    for (i, part) in product.parts.iter().enumerate() {
        repeats(&prover, i, part, faults, warnings);
        inside(&prover, i, part, faults, warnings);
    }
}

fn total_of(product: &CompiledProduct, values: &[Value]) -> Result<i64, product::EvalError> {
    product::price(product, &product.named(values)).map(|p| p.total)
}

/// Every formula outside the parts has a value everywhere, also where rules are broken: a broken configuration has a price too.
fn formulas(prover: &Prover<'_>, faults: &mut Faults, warnings: &mut Faults) {
    let product = prover.product;
    let mut all: Vec<(String, &Expr)> = Vec::new();
    all.extend(product.lets.iter().map(|(name, e)| (format!("/recipe/let/{name}"), e)));
    for (i, line) in product.price_lines.iter().enumerate() {
        all.push((format!("/price/lines/{i}/amount"), &line.amount));
        all.extend(line.when.iter().map(|w| (format!("/price/lines/{i}/when"), w)));
    }
    for (i, rule) in product.rules.iter().enumerate() {
        all.push((format!("/rules/{i}/when"), &rule.when));
        all.push((format!("/rules/{i}/require"), &rule.require));
    }
    all.extend(product.envelope.iter().enumerate().map(|(i, e)| (format!("/envelope/{i}"), e)));
    all.extend(product.carbon.iter().map(|e| ("/sustainability/carbon_kg".to_owned(), e)));
    for (at, expr) in all {
        let proven = |judge: &Judge<'_>| {
            judge.known(expr);
            judge.trouble().is_none()
        };
        let exact = |values: &[Value]| {
            let env = Env::new(product, values).map_err(|e| e.to_string())?;
            expr.eval(&env).map(|_| ()).map_err(|e| e.to_string())
        };
        prover.report(&at, "that nothing is divided by zero", &[expr], false, &proven, &exact, faults, warnings);
    }
}

fn repeats(prover: &Prover<'_>, i: usize, part: &PartDef, faults: &mut Faults, warnings: &mut Faults) {
    let Some(repeat) = &part.repeat else { return };
    #[allow(clippy::cast_precision_loss)]
    let most = MAX_REPEAT as f64;
    let proven = |judge: &Judge<'_>| judge.range(&judge.number(repeat)).1 < most + 1.0 && judge.trouble().is_none();
    let exact = |values: &[Value]| {
        let env = Env::new(prover.product, values).map_err(|e| e.to_string())?;
        let count = repeat.eval_num(&env).map_err(|e| e.to_string())?;
        if count < most + 1.0 { Ok(()) } else { Err(format!("it repeats {count} times")) }
    };
    let words = format!("that it repeats at most {MAX_REPEAT} times");
    prover.report(&format!("/recipe/parts/{i}/repeat"), &words, &[repeat], false, &proven, &exact, faults, warnings);
}

/// The part has a positive size and stays inside the envelope, in every valid configuration.
fn inside(prover: &Prover<'_>, i: usize, part: &PartDef, faults: &mut Faults, warnings: &mut Faults) {
    let product = prover.product;
    let Some(frame) = Frame::of(product) else { return };
    let mut used: Vec<&Expr> = part.at.iter().chain(&part.when).chain(&part.repeat).chain(&part.rotation).chain(&product.envelope).collect();
    used.extend(part.joint.iter().flat_map(JointDef::formulas));
    used.extend(part.template.iter().flat_map(TemplateDef::formulas));
    used.extend(sizes(&part.shape));
    let one = |judge: &Judge<'_>| {
        if part.when.as_ref().is_some_and(|w| judge.truth(w) == Some(false)) {
            return true;
        }
        let Some(box_) = around(part, judge) else { return false };
        // Where it opens to is free; that it has a value is not.
        for formula in part.joint.iter().flat_map(JointDef::formulas) {
            judge.number(formula);
        }
        let axis = |k: usize| {
            let whole = judge.number(&product.envelope[k]);
            let start = whole.times(frame.0[k]);
            let end = start.plus(&whole);
            box_.low[k].iter().all(|x| judge.range(&x.minus(&start)).0 >= -SLACK)
                && box_.high[k].iter().all(|x| judge.range(&end.minus(x)).0 >= -SLACK)
                && judge.range(&box_.size[k]).0 >= 0.05
        };
        (0..3).all(axis) && judge.trouble().is_none()
    };
    let proven = |judge: &Judge<'_>| {
        let Some(repeat) = &part.repeat else { return one(judge) };
        let last = (judge.range(&judge.number(repeat)).1 + 1e-9).floor() - 1.0;
        if last > ONE_BY_ONE {
            judge.count(0.0, last);
            return one(judge);
        }
        // Few repetitions are judged one by one: places are often products of the counter and a size.
        let mut i = 0.0;
        while i <= last {
            judge.count(i, i);
            if !one(judge) {
                return false;
            }
            i += 1.0;
        }
        true
    };
    let exact = |values: &[Value]| fits(product, values);
    let words = format!("that part `{}` has a size and stays inside the envelope", part.id);
    prover.report(&format!("/recipe/parts/{i}"), &words, &used, true, &proven, &exact, faults, warnings);
}

fn sizes(shape: &ShapeDef) -> Vec<&Expr> {
    match shape {
        ShapeDef::Box { size } | ShapeDef::Panel { size, .. } | ShapeDef::Tube { size, .. } | ShapeDef::Cushion { size, .. } => size.iter().collect(),
        ShapeDef::Cylinder { diameter, length, .. } => vec![diameter, length],
        ShapeDef::Extrusion { outline, length, .. } => outline.iter().flatten().chain([length]).collect(),
        ShapeDef::Revolve { profile } => profile.iter().flatten().collect(),
        ShapeDef::Loft { bottom, top, height } => bottom.iter().chain(top).chain([height]).collect(),
    }
}

/// Where the envelope lies, as a multiple of its size per axis: products start at 0, end at 0, or lie around 0.
struct Frame([f64; 3]);

impl Frame {
    fn of(product: &CompiledProduct) -> Option<Self> {
        let values = product.dense(&product.defaults());
        let whole = envelope(product, &values).ok()?;
        let list = product::parts(product, &product.named(&values)).ok()?;
        let mut starts = [0.0; 3];
        for k in 0..3 {
            let (low, high) = (list.min_mm[k], list.min_mm[k] + list.bounding_box_mm[k]);
            let fits = |start: &f64| low >= start * whole[k] - 1.0 && high <= (start + 1.0) * whole[k] + 1.0;
            starts[k] = [0.0, -1.0, -0.5].into_iter().find(fits)?;
        }
        Some(Self(starts))
    }
}

fn envelope(product: &CompiledProduct, values: &[Value]) -> Result<[f64; 3], product::EvalError> {
    let env = Env::new(product, values)?;
    Ok([product.envelope[0].eval_length(&env)?, product.envelope[1].eval_length(&env)?, product.envelope[2].eval_length(&env)?])
}

/// Exactly: parts can be made and their box is not larger than the envelope.
fn fits(product: &CompiledProduct, values: &[Value]) -> Result<(), String> {
    let list = product::parts(product, &product.named(values)).map_err(|e| e.to_string())?;
    inside_envelope(product, values, &list)
}

fn inside_envelope(product: &CompiledProduct, values: &[Value], list: &product::PartList) -> Result<(), String> {
    let whole = envelope(product, values).map_err(|e| e.to_string())?;
    for (k, word) in ["wide", "deep", "high"].into_iter().enumerate() {
        if list.bounding_box_mm[k] > whole[k] + SLACK {
            return Err(format!("the parts are {} mm {word}, the envelope {} mm", list.bounding_box_mm[k], whole[k]));
        }
    }
    Ok(())
}

struct Prover<'a> {
    product: &'a CompiledProduct,
}

/// How a proof ended.
enum Outcome {
    Proven,
    Refuted(Vec<Value>, String),
    Open(Space),
}

impl Prover<'_> {
    #[allow(clippy::too_many_arguments)]
    fn report(
        &self,
        at: &str,
        what: &str,
        used: &[&Expr],
        valid_only: bool,
        proven: &dyn Fn(&Judge<'_>) -> bool,
        exact: &dyn Fn(&[Value]) -> Result<(), String>,
        faults: &mut Faults,
        warnings: &mut Faults,
    ) {
        match self.decide(used, valid_only, proven, exact) {
            Outcome::Proven => {}
            Outcome::Refuted(values, why) => faults.add(at, format!("With {}: {why}.", self.words(&values))),
            Outcome::Open(space) => warnings.add(at, format!("Could not prove {what} for {}.", self.range_words(&space, used))),
        }
    }

    /// Halves the space until everything is proven, a point refutes it, or the allowance is spent.
    fn decide(&self, used: &[&Expr], valid_only: bool, proven: &dyn Fn(&Judge<'_>) -> bool, exact: &dyn Fn(&[Value]) -> Result<(), String>) -> Outcome {
        let (direct, coupled) = (self.relevant(used, false), self.relevant(used, valid_only));
        let mut stack: Vec<Space> = vec![self.product.options.iter().map(|o| (0, o.domain.len().saturating_sub(1))).collect()];
        for _ in 0..BOXES {
            let Some(space) = stack.pop() else { return Outcome::Proven };
            let judge = Judge::new(self.product, &space);
            if valid_only && self.excluded(&judge) {
                continue;
            }
            if proven(&Judge::new(self.product, &space)) {
                continue;
            }
            // What the formulas read comes first; what only shares a rule with that matters for validity alone.
            let Some(dim) = self.widest(&space, &direct).or_else(|| self.widest(&space, &coupled)) else {
                // A single point of all that matters: exact evaluation decides.
                let values = self.point(&space);
                if (!valid_only || self.valid(&values))
                    && let Err(why) = exact(&values)
                {
                    return Outcome::Refuted(values, why);
                }
                continue;
            };
            let (first, last) = space[dim];
            let middle = usize::midpoint(first, last);
            let (mut low, mut high) = (space.clone(), space);
            low[dim] = (first, middle);
            high[dim] = (middle + 1, last);
            stack.push(high);
            stack.push(low);
        }
        stack.pop().map_or(Outcome::Proven, Outcome::Open)
    }

    /// Options that the formulas read; with rules, also those that share a rule with them.
    fn relevant(&self, used: &[&Expr], with_rules: bool) -> BTreeSet<usize> {
        let mut options: BTreeSet<usize> = used.iter().flat_map(|e| reads(e, &self.product.lets)).map(usize::from).collect();
        if with_rules {
            let touching = self.product.rules.iter().filter(|r| r.reads.iter().any(|i| options.contains(&usize::from(*i))));
            let more: Vec<usize> = touching.flat_map(|r| r.reads.iter().map(|i| usize::from(*i))).collect();
            options.extend(more);
        }
        options
    }

    fn excluded(&self, judge: &Judge<'_>) -> bool {
        self.product.rules.iter().any(|r| judge.truth(&r.when) == Some(true) && judge.truth(&r.require) == Some(false))
    }

    fn valid(&self, values: &[Value]) -> bool {
        let env = Env::without_lets(self.product, values);
        self.product.rules.iter().all(|r| match r.when.eval_bool(&env) {
            Ok(false) => true,
            Ok(true) => r.require.eval_bool(&env) == Ok(true),
            Err(_) => false,
        })
    }

    /// The option to halve: counts and choices first, since conditions hang on them, long ranges last.
    fn widest(&self, space: &Space, relevant: &BTreeSet<usize>) -> Option<usize> {
        let open = relevant.iter().copied().filter(|i| space.get(*i).is_some_and(|(a, b)| a < b));
        let short = |i: &usize| self.product.options.get(*i).is_some_and(|o| !matches!(o.domain, Domain::Range { .. }) || o.domain.len() <= 12);
        let (choices, ranges): (Vec<usize>, Vec<usize>) = open.partition(short);
        let length = |i: &usize| space[*i].1 - space[*i].0;
        // A count that is read is worth more than a choice: it sits inside products and quotients.
        let count = |i: &usize| self.product.options.get(*i).is_some_and(|o| matches!(o.domain, Domain::Range { .. }));
        choices.into_iter().max_by_key(|i| (count(i), length(i))).or_else(|| ranges.into_iter().max_by_key(length))
    }

    /// The default where it is inside, else the first value.
    fn point(&self, space: &Space) -> Vec<Value> {
        let pick = |(o, (first, last)): (&product::OptionDef, &(usize, usize))| {
            let own = o.domain.place(&o.default).filter(|k| (first..=last).contains(&k));
            o.domain.nth(own.unwrap_or(*first)).unwrap_or_else(|| o.default.clone())
        };
        self.product.options.iter().zip(space).map(pick).collect()
    }

    fn words(&self, values: &[Value]) -> String {
        let pairs = self.product.options.iter().zip(values);
        pairs.map(|(o, v)| format!("{} = {v}", o.id)).collect::<Vec<_>>().join(", ")
    }

    fn range_words(&self, space: &Space, used: &[&Expr]) -> String {
        let words: Vec<String> = self
            .relevant(used, false)
            .into_iter()
            .filter_map(|i| {
                let (o, (first, last)) = self.product.options.get(i).zip(space.get(i))?;
                let (a, b) = (o.domain.nth(*first)?, o.domain.nth(*last)?);
                Some(if first == last { format!("{} = {a}", o.id) } else { format!("{} from {a} to {b}", o.id) })
            })
            .collect();
        if words.is_empty() { "any options".into() } else { words.join(", ") }
    }
}

/// Exact evaluation of corners and of an even spread of configurations.
fn samples(product: &CompiledProduct, faults: &mut Faults) {
    let prover = Prover { product };
    let mut seen = BTreeSet::new();
    for n in 0..SAMPLES {
        let values = sample(product, n);
        let here = |why: String| format!("With {}: {why}.", prover.words(&values));
        let env = match Env::new(product, &values) {
            Ok(env) => env,
            Err(e) => {
                once(&mut seen, "/recipe/let", here(e.to_string()), faults);
                continue;
            }
        };
        for (i, line) in product.price_lines.iter().enumerate() {
            let there = line.when.as_ref().map_or(Ok(true), |w| w.eval_bool(&env));
            if let Err(e) = there.and_then(|there| if there { line.amount.eval_minor(&env) } else { Ok(0) }) {
                once(&mut seen, &format!("/price/lines/{i}"), here(e.to_string()), faults);
            }
        }
        for (i, rule) in product.rules.iter().enumerate() {
            if let Err(e) = rule.when.eval_bool(&env).and_then(|w| if w { rule.require.eval_bool(&env) } else { Ok(true) }) {
                once(&mut seen, &format!("/rules/{i}"), here(e.to_string()), faults);
            }
        }
        if let Some(Err(e)) = product.carbon.as_ref().map(|c| c.eval_num(&env)) {
            once(&mut seen, "/sustainability/carbon_kg", here(e.to_string()), faults);
        }
        let valid = prover.valid(&values);
        if valid && let Err((at, why)) = crate::nest::passes(product, &values) {
            once(&mut seen, &at, here(why), faults);
        }
        match product::parts(product, &with_elements(product, &values, n)) {
            Err(PartError::Formula { part, fault }) => once(&mut seen, &pointer(product, &part), here(fault.to_string()), faults),
            Err(PartError::Repeat { part, count }) => {
                let why = format!("it repeats {count} times, at most {MAX_REPEAT} are possible");
                once(&mut seen, &format!("{}/repeat", pointer(product, &part)), here(why), faults);
            }
            Err(PartError::TooMany) => {
                once(&mut seen, "/recipe/parts", here(format!("there are more than {MAX_PARTS} parts")), faults);
            }
            Err(PartError::Let(e)) => once(&mut seen, "/recipe/let", here(e.to_string()), faults),
            // Broken configurations may have impossible shapes: that is what the rules are for.
            Err(e @ (PartError::Size { .. } | PartError::Shape { .. })) if valid => {
                let (PartError::Size { part, .. } | PartError::Shape { part, .. }) = &e else { continue };
                once(&mut seen, &format!("{}/shape", pointer(product, part)), here(e.to_string()), faults);
            }
            Ok(list) if valid => {
                if let Err(why) = inside_envelope(product, &values, &list) {
                    once(&mut seen, "/envelope", here(why), faults);
                }
                if let Ok(total) = total_of(product, &values)
                    && total < 0
                {
                    once(&mut seen, "/price/lines", here(format!("the price is {total}")), faults);
                }
            }
            _ => {}
        }
    }
}

/// Values by name; in some samples with choices for the elements of nests, as far as each of them can have them.
fn with_elements(product: &CompiledProduct, values: &[Value], n: usize) -> Values {
    let mut named = product.named(values);
    if product.nests.is_empty() || n % 16 != 1 {
        return named;
    }
    let bare = named.clone();
    for nest in &product.nests {
        for i in 0..nest.most as usize {
            let inner = sample(&nest.product, n.wrapping_mul(31) + i);
            for (option, value) in nest.product.options.iter().zip(&inner).filter(|(o, _)| !nest.passes(&o.id)) {
                if let Some(list) = product::nested::with_element(product, &named, &nest.id, &[i], &option.id, value) {
                    named.insert(nest.id.clone(), list);
                }
            }
        }
    }
    let told = product::configure(product, &named);
    for nest in &product.nests {
        let refused = |i: usize| told.blocked.iter().any(|b| b.chosen && b.option.starts_with(&format!("{}/{i}/", nest.id)));
        let list = named.get(&nest.id).and_then(Value::as_list).unwrap_or_default();
        let kept = list.iter().enumerate().map(|(i, element)| if refused(i) { nest.element(&Values::new()) } else { element.clone() }).collect();
        named.insert(nest.id.clone(), Value::List(kept));
    }
    if product::configure(product, &named).valid { named } else { bare }
}

/// The same fault with a hundred examples is one fault.
fn once(seen: &mut BTreeSet<String>, at: &str, message: String, faults: &mut Faults) {
    if seen.insert(at.to_owned()) {
        faults.add(at, message);
    }
}

fn pointer(product: &CompiledProduct, part: &str) -> String {
    // A repeated part carries its number: `drawer.2`.
    let id = part.split('.').next().unwrap_or(part);
    let i = product.parts.iter().position(|p| p.id == id).unwrap_or_default();
    format!("/recipe/parts/{i}")
}

/// The `n`th sample: the default, then corners, then an even spread by coprime strides.
fn sample(product: &CompiledProduct, n: usize) -> Vec<Value> {
    const STRIDES: [usize; 12] = [1, 7, 13, 29, 37, 53, 71, 89, 101, 131, 149, 173];
    let pick = |(i, o): (usize, &product::OptionDef)| {
        let len = o.domain.len().max(1);
        let place = match n {
            0 => return o.default.clone(),
            // Bit patterns of low and high ends.
            1..=80 => {
                if (n - 1).wrapping_mul(2 * i + 1) >> (i % 6) & 1 == 0 {
                    0
                } else {
                    len - 1
                }
            }
            _ => (n * STRIDES[i % STRIDES.len()] + n / (i + 2) + i) % len,
        };
        o.domain.nth(place).unwrap_or_else(|| o.default.clone())
    };
    product.options.iter().enumerate().map(pick).collect()
}
