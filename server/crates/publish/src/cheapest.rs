//! The lowest price that any valid configuration has, with proof.
//!
//! Branch and bound over boxes of configurations: interval arithmetic says how cheap a box could be at best; the most promising box is
//! halved first. When no box is left that could hold something cheaper than the cheapest configuration found, that one is proven.

use crate::abstraction::{Judge, Space};
use crate::formula::reads;
use product::{CompiledProduct, Domain, Env, Value, Values};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Boxes that one search may look at.
const BOXES: usize = 3_000;

/// The cheapest valid configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Cheapest {
    /// Its price, minor units.
    pub minor: i64,
    /// Its values, complete.
    pub values: Values,
}

/// The cheapest valid configuration of a product; `None` where the search ended before it was certain. Deterministic.
#[must_use]
pub fn cheapest(product: &CompiledProduct) -> Option<Cheapest> {
    let default = product::configure(product, &Values::new());
    if !default.valid {
        return None;
    }
    let elements: Vec<Cheapest> = product.nests.iter().map(|n| cheapest(&n.product)).collect::<Option<_>>()?;
    let search = Search { product, base: product.dense(&default.values), matter: matter(product), elements };
    let (minor, values) = search.run()?;
    let values = product.complete(&search.named(&values));
    // What the browser would say of it, and whether it can be built at all.
    let same = product::configure(product, &values);
    let sound =
        same.valid && same.values == values && product::price(product, &values).is_ok_and(|p| p.total == minor) && product::parts(product, &values).is_ok();
    sound.then_some(Cheapest { minor, values })
}

/// Options that the price reads, and those that rules couple with them, however far. The others stay as in the default configuration, which
/// keeps their rules.
fn matter(product: &CompiledProduct) -> BTreeSet<usize> {
    let nested = product.nests.iter().flat_map(|n| [&n.columns, &n.rows].into_iter().chain(n.pass.iter().map(|(_, e)| e)));
    let priced = product.price_lines.iter().flat_map(|l| std::iter::once(&l.amount).chain(&l.when)).chain(nested);
    let mut options: BTreeSet<usize> = priced.flat_map(|e| reads(e, &product.lets)).map(usize::from).collect();
    loop {
        let before = options.len();
        for rule in &product.rules {
            if rule.reads.iter().any(|i| options.contains(&usize::from(*i))) {
                options.extend(rule.reads.iter().map(|i| usize::from(*i)));
            }
        }
        if options.len() == before {
            return options;
        }
    }
}

struct Search<'a> {
    product: &'a CompiledProduct,
    /// The default configuration.
    base: Vec<Value>,
    matter: BTreeSet<usize>,
    /// The cheapest element of each nest, whatever the whole tells it.
    elements: Vec<Cheapest>,
}

impl Search<'_> {
    fn run(&self) -> Option<(i64, Vec<Value>)> {
        let mut best: Option<(i64, Vec<Value>)> = None;
        let whole = |(i, o): (usize, &product::OptionDef)| {
            let last = o.domain.len().saturating_sub(1);
            if self.matter.contains(&i) { (0, last) } else { o.domain.place(&self.base[i]).map_or((0, last), |k| (k, k)) }
        };
        let root: Space = self.product.options.iter().enumerate().map(whole).collect();
        // Cheapest bound first; of equal ones the latest, which is the smallest.
        let mut open = BinaryHeap::from([(Reverse(i64::MIN), 0_usize, root)]);
        for n in 1..=BOXES {
            let Some((Reverse(bound), _, space)) = open.pop() else { return best };
            if best.as_ref().is_some_and(|(price, _)| bound >= *price) {
                return best;
            }
            for values in self.points(&space) {
                if let Some(price) = self.price(&values)
                    && best.as_ref().is_none_or(|(least, _)| price < *least)
                {
                    best = Some((price, values));
                }
            }
            // A single configuration was just looked at.
            let Some(dim) = self.widest(&space) else { continue };
            let (first, last) = space[dim];
            let middle = usize::midpoint(first, last);
            for half in [(middle + 1, last), (first, middle)] {
                let mut space = space.clone();
                space[dim] = half;
                let judge = Judge::new(self.product, &space);
                if self.excluded(&judge) {
                    continue;
                }
                let bound = self.bound(&Judge::new(self.product, &space));
                if best.as_ref().is_none_or(|(price, _)| bound < *price) {
                    open.push((Reverse(bound), n, space));
                }
            }
        }
        None
    }

    /// No configuration of the box costs less: each line is rounded as its amount would be; rounding keeps order, and so does a price list.
    fn bound(&self, judge: &Judge<'_>) -> i64 {
        let mut sum = 0_i64;
        for line in &self.product.price_lines {
            let there = line.when.as_ref().map_or(Some(true), |w| judge.truth(w));
            if there == Some(false) {
                continue;
            }
            let (low, _) = judge.range(&judge.number(&line.amount));
            // Single operations are not rounded outwards in the judge.
            let low = (low - 1e-6 * low.abs().max(1.0)).round();
            if !low.is_finite() || low.abs() > 9e15 {
                return i64::MIN;
            }
            #[allow(clippy::cast_possible_truncation)]
            let Ok(low) = product::terms::changed(self.product, &line.id, low as i64) else { return i64::MIN };
            sum = sum.saturating_add(if there.is_none() { low.min(0) } else { low });
        }
        for (nest, element) in self.product.nests.iter().zip(&self.elements) {
            let least = |e: &product::Expr| (judge.range(&judge.number(e)).0 + 1e-9).floor().clamp(0.0, f64::from(nest.most));
            #[allow(clippy::cast_possible_truncation)] // At most a few hundred each.
            let count = (least(&nest.columns) * least(&nest.rows)) as i64;
            let Ok(each) = product::terms::changed(self.product, &nest.id, element.minor.max(0)) else { return i64::MIN };
            sum = sum.saturating_add(count.saturating_mul(each));
        }
        if judge.trouble().is_some() { i64::MIN } else { product::terms::ended(self.product, sum).unwrap_or(i64::MIN) }
    }

    /// Values by name, with the cheapest elements in all nests.
    fn named(&self, values: &[Value]) -> Values {
        let mut named = self.product.named(values);
        for (nest, element) in self.product.nests.iter().zip(&self.elements) {
            named.insert(nest.id.clone(), Value::List(vec![nest.element(&element.values); nest.most as usize]));
        }
        named
    }

    fn excluded(&self, judge: &Judge<'_>) -> bool {
        self.product.rules.iter().any(|r| judge.truth(&r.when) == Some(true) && judge.truth(&r.require) == Some(false))
    }

    /// A few configurations of a box: all first, all last, and the one nearest to the default.
    fn points(&self, space: &Space) -> [Vec<Value>; 3] {
        let pick = |place: &dyn Fn(usize, (usize, usize)) -> usize| -> Vec<Value> {
            let value =
                |(i, (o, range)): (usize, (&product::OptionDef, &(usize, usize)))| o.domain.nth(place(i, *range)).unwrap_or_else(|| self.base[i].clone());
            self.product.options.iter().zip(space).enumerate().map(value).collect()
        };
        let own = |i: usize, (first, last): (usize, usize)| {
            let place = self.product.options.get(i).and_then(|o| o.domain.place(&self.base[i])).unwrap_or(first);
            place.clamp(first, last)
        };
        [pick(&|_, (first, _)| first), pick(&|_, (_, last)| last), pick(&own)]
    }

    /// The price of a configuration, if it is valid.
    fn price(&self, values: &[Value]) -> Option<i64> {
        let env = Env::without_lets(self.product, values);
        let valid = self.product.rules.iter().all(|r| match r.when.eval_bool(&env) {
            Ok(false) => true,
            Ok(true) => r.require.eval_bool(&env) == Ok(true),
            Err(_) => false,
        });
        if valid { product::price(self.product, &self.named(values)).ok().map(|p| p.total) } else { None }
    }

    /// The option to halve: choices and counts first, since conditions hang on them, then the longest range.
    fn widest(&self, space: &Space) -> Option<usize> {
        let open = |i: &usize| space.get(*i).is_some_and(|(first, last)| first < last);
        let long = |i: &usize| self.product.options.get(*i).is_some_and(|o| matches!(o.domain, Domain::Range { .. }) && o.domain.len() > 12);
        self.matter.iter().copied().filter(open).max_by_key(|i| (!long(i), space[*i].1 - space[*i].0, Reverse(*i)))
    }
}
