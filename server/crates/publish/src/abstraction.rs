//! Formulas over whole ranges at once: interval arithmetic that keeps linear dependence on the options.
//!
//! A number is `Σ coefficient · option + [lo, hi]`, so that `at + size − width` cancels exactly; what is not linear falls
//! back to plain intervals. Rounding of single operations is not tracked: callers compare with a tolerance.

use product::expr::BinOp;
use product::{Builtin, CompiledProduct, Expr, Value};
use std::cell::{Cell, RefCell};

/// Stands for the repeat counter among the variables.
const COUNTER: u16 = u16::MAX;
/// Added to a `let`'s index: what is uncertain in a `let` is one unknown number, the same wherever the `let` is used.
const LET: u16 = 0x8000;

/// First and last allowed place of every option, in the order of its domain.
pub(crate) type Space = Vec<(usize, usize)>;

/// What is known of a value.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Num(Linear),
    /// `None`: either.
    Bool(Option<bool>),
    /// One of these.
    Text(Vec<String>),
    List(Vec<Known>),
    /// Nothing.
    Any,
}

/// `Σ coefficient · variable + [lo, hi]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linear {
    terms: Vec<(u16, f64)>,
    lo: f64,
    hi: f64,
}

impl Linear {
    fn span(lo: f64, hi: f64) -> Self {
        Self { terms: Vec::new(), lo, hi }
    }

    /// This times a plain number.
    pub fn times(&self, by: f64) -> Self {
        self.scaled(by)
    }

    fn scaled(&self, by: f64) -> Self {
        // Unbounded times nothing is nothing, not a NaN.
        if by == 0.0 {
            return Self::span(0.0, 0.0);
        }
        let (a, b) = (self.lo * by, self.hi * by);
        Self { terms: self.terms.iter().map(|(v, c)| (*v, c * by)).collect(), lo: a.min(b), hi: a.max(b) }
    }

    pub fn plus(&self, other: &Self) -> Self {
        let mut terms = self.terms.clone();
        for (v, c) in &other.terms {
            match terms.iter_mut().find(|(w, _)| w == v) {
                Some((_, d)) => *d += c,
                None => terms.push((*v, *c)),
            }
        }
        terms.retain(|(_, c)| c.abs() > 1e-12);
        Self { terms, lo: self.lo + other.lo, hi: self.hi + other.hi }
    }

    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.scaled(-1.0))
    }
}

/// Evaluates over one space. Remembers whether something could go wrong on the way.
pub(crate) struct Judge<'a> {
    product: &'a CompiledProduct,
    space: &'a Space,
    lets: RefCell<Vec<Option<Known>>>,
    /// Range of what is uncertain in each `let`.
    spread: RefCell<Vec<(f64, f64)>>,
    /// Range of the repeat counter.
    counter: Cell<(f64, f64)>,
    trouble: Cell<Option<&'static str>>,
}

impl<'a> Judge<'a> {
    pub fn new(product: &'a CompiledProduct, space: &'a Space) -> Self {
        let lets = RefCell::new(vec![None; product.lets.len()]);
        let spread = RefCell::new(vec![(0.0, 0.0); product.lets.len()]);
        Self { product, space, lets, spread, counter: Cell::new((0.0, 0.0)), trouble: Cell::new(None) }
    }

    /// Sets the counter's range.
    pub fn count(&self, first: f64, last: f64) {
        self.counter.set((first, last.max(first)));
    }

    /// What may go wrong in what was evaluated so far.
    pub fn trouble(&self) -> Option<&'static str> {
        self.trouble.get()
    }

    /// Lowest and highest value of a number.
    pub fn range(&self, x: &Linear) -> (f64, f64) {
        x.terms.iter().fold((x.lo, x.hi), |(lo, hi), (v, c)| {
            let (a, b) = self.variable(*v);
            (lo + (a * c).min(b * c), hi + (a * c).max(b * c))
        })
    }

    fn variable(&self, v: u16) -> (f64, f64) {
        if v == COUNTER {
            return self.counter.get();
        }
        if v >= LET {
            return self.spread.borrow().get(usize::from(v - LET)).copied().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        }
        let numbers = self.values(v).into_iter().filter_map(|v| v.as_num());
        numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)))
    }

    /// Values of an option here: of ranges only the ends.
    fn values(&self, v: u16) -> Vec<Value> {
        let i = usize::from(v);
        let Some((option, (first, last))) = self.product.options.get(i).zip(self.space.get(i).copied()) else { return Vec::new() };
        if matches!(option.domain, product::Domain::Range { .. }) {
            return [first, last].into_iter().filter_map(|k| option.domain.nth(k)).collect();
        }
        (first..=last).filter_map(|k| option.domain.nth(k)).collect()
    }

    pub fn number(&self, expr: &Expr) -> Linear {
        match self.known(expr) {
            Known::Num(x) => x,
            _ => Linear::span(f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    pub fn truth(&self, expr: &Expr) -> Option<bool> {
        match self.known(expr) {
            Known::Bool(b) => b,
            _ => None,
        }
    }

    pub fn known(&self, expr: &Expr) -> Known {
        match expr {
            Expr::Lit(value) => literal(value),
            Expr::Opt(i) => self.option(*i),
            Expr::Let(i) => self.let_(*i),
            Expr::Counter => {
                let (lo, hi) = self.counter.get();
                Known::Num(if lo < hi { Linear { terms: vec![(COUNTER, 1.0)], lo: 0.0, hi: 0.0 } } else { Linear::span(lo, hi) })
            }
            Expr::Not(a) => Known::Bool(self.truth(a).map(|b| !b)),
            Expr::Neg(a) => Known::Num(self.number(a).scaled(-1.0)),
            Expr::Bin(op, a, b) => self.binary(*op, a, b),
            Expr::If(c, a, b) => match self.truth(c) {
                Some(true) => self.known(a),
                Some(false) => self.known(b),
                None => self.either(self.known(a), self.known(b)),
            },
            Expr::List(items) => Known::List(items.iter().map(|x| self.known(x)).collect()),
            Expr::Call(f, args) => self.call(*f, args),
        }
    }

    fn option(&self, i: u16) -> Known {
        let values = self.values(i);
        match values.first() {
            Some(Value::Num(_)) => {
                let (lo, hi) = self.variable(i);
                // A settled option is a plain number, so that products of settled options stay exact.
                if lo < hi { Known::Num(Linear { terms: vec![(i, 1.0)], lo: 0.0, hi: 0.0 }) } else { Known::Num(Linear::span(lo, hi)) }
            }
            Some(Value::Bool(b)) => Known::Bool((values.len() == 1).then_some(*b)),
            Some(Value::Text(_)) => Known::Text(values.into_iter().filter_map(|v| v.as_text().map(str::to_owned)).collect()),
            _ => Known::Any,
        }
    }

    fn let_(&self, i: u16) -> Known {
        let k = usize::from(i);
        if let Some(Some(known)) = self.lets.borrow().get(k) {
            return known.clone();
        }
        let Some((_, expr)) = self.product.lets.get(k) else { return Known::Any };
        let mut known = self.known(expr);
        if let Known::Num(x) = &mut known
            && x.lo < x.hi
            && let Some(slot) = self.spread.borrow_mut().get_mut(k)
        {
            *slot = (x.lo, x.hi);
            x.terms.push((LET + i, 1.0));
            (x.lo, x.hi) = (0.0, 0.0);
        }
        if let Some(slot) = self.lets.borrow_mut().get_mut(k) {
            *slot = Some(known.clone());
        }
        known
    }

    /// Everything that either of two may be.
    fn either(&self, a: Known, b: Known) -> Known {
        match (a, b) {
            (Known::Num(a), Known::Num(b)) => Known::Num(self.hull(&a, &b)),
            (Known::Bool(a), Known::Bool(b)) => Known::Bool(if a == b { a } else { None }),
            (Known::Text(mut a), Known::Text(b)) => {
                a.extend(b.into_iter().filter(|t| !a.contains(t)).collect::<Vec<_>>());
                Known::Text(a)
            }
            _ => Known::Any,
        }
    }

    fn hull(&self, a: &Linear, b: &Linear) -> Linear {
        // b = a + (b − a): keeps the dependence that both share.
        let (lo, hi) = self.range(&b.minus(a));
        Linear { terms: a.terms.clone(), lo: a.lo + lo.min(0.0), hi: a.hi + hi.max(0.0) }
    }

    fn binary(&self, op: BinOp, a: &Expr, b: &Expr) -> Known {
        match op {
            BinOp::And | BinOp::Or => {
                let decides = op == BinOp::Or;
                let left = self.truth(a);
                if left == Some(decides) {
                    return Known::Bool(left);
                }
                let right = self.truth(b);
                Known::Bool(if right == Some(decides) || left.is_some() { right } else { None })
            }
            BinOp::Add => Known::Num(self.number(a).plus(&self.number(b))),
            BinOp::Sub => Known::Num(self.number(a).minus(&self.number(b))),
            BinOp::Mul => Known::Num(self.product_of(&self.number(a), &self.number(b))),
            BinOp::Div | BinOp::Rem => {
                let (x, y) = (self.number(a), self.number(b));
                let (lo, hi) = self.range(&y);
                if lo <= 0.0 && hi >= 0.0 {
                    self.trouble.set(Some("division by zero"));
                    return Known::Num(Linear::span(f64::NEG_INFINITY, f64::INFINITY));
                }
                if op == BinOp::Rem {
                    let most = lo.abs().max(hi.abs());
                    let (x_lo, x_hi) = self.range(&x);
                    return Known::Num(Linear::span(if x_lo < 0.0 { -most } else { 0.0 }, if x_hi > 0.0 { most } else { 0.0 }));
                }
                if y.terms.is_empty() && y.lo.to_bits() == y.hi.to_bits() {
                    return Known::Num(x.scaled(1.0 / y.lo));
                }
                Known::Num(self.product_of(&x, &Linear::span(1.0 / hi, 1.0 / lo)))
            }
            BinOp::Eq => Known::Bool(self.equal(&self.known(a), &self.known(b))),
            BinOp::Ne => Known::Bool(self.equal(&self.known(a), &self.known(b)).map(|b| !b)),
            BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => Known::Bool(self.compare(op, &self.known(a), &self.known(b))),
            BinOp::In => {
                let x = self.known(a);
                let Known::List(items) = self.known(b) else { return Known::Bool(None) };
                // A set of texts within a list of settled texts is found in one step.
                let settled: Option<Vec<&String>> = items.iter().map(|i| if let Known::Text(t) = i { (t.len() == 1).then(|| &t[0]) } else { None }).collect();
                if let (Known::Text(ours), Some(list)) = (&x, settled) {
                    let inside = ours.iter().filter(|t| list.contains(t)).count();
                    return Known::Bool(if inside == ours.len() {
                        Some(true)
                    } else if inside == 0 {
                        Some(false)
                    } else {
                        None
                    });
                }
                let each: Vec<Option<bool>> = items.iter().map(|i| self.equal(&x, i)).collect();
                Known::Bool(if each.contains(&Some(true)) {
                    Some(true)
                } else if each.contains(&None) {
                    None
                } else {
                    Some(false)
                })
            }
        }
    }

    fn product_of(&self, a: &Linear, b: &Linear) -> Linear {
        for (x, y) in [(a, b), (b, a)] {
            if x.terms.is_empty() && x.lo.to_bits() == x.hi.to_bits() {
                return y.scaled(x.lo);
            }
        }
        let ((a_lo, a_hi), (b_lo, b_hi)) = (self.range(a), self.range(b));
        let all = [a_lo * b_lo, a_lo * b_hi, a_hi * b_lo, a_hi * b_hi];
        if all.iter().any(|x| x.is_nan()) {
            return Linear::span(f64::NEG_INFINITY, f64::INFINITY);
        }
        Linear::span(all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    fn equal(&self, a: &Known, b: &Known) -> Option<bool> {
        match (a, b) {
            (Known::Num(a), Known::Num(b)) => {
                let (lo, hi) = self.range(&a.minus(b));
                if lo > 1e-9 || hi < -1e-9 { Some(false) } else { (lo.abs() < 1e-12 && hi.abs() < 1e-12).then_some(true) }
            }
            (Known::Bool(Some(a)), Known::Bool(Some(b))) => Some(a == b),
            (Known::Text(a), Known::Text(b)) => {
                if a.iter().all(|t| !b.contains(t)) {
                    Some(false)
                } else {
                    (a.len() == 1 && b.len() == 1).then_some(true)
                }
            }
            _ => None,
        }
    }

    fn compare(&self, op: BinOp, a: &Known, b: &Known) -> Option<bool> {
        let (Known::Num(a), Known::Num(b)) = (a, b) else { return None };
        let (lo, hi) = self.range(&a.minus(b));
        let (never, always) = match op {
            BinOp::Lt => (lo >= 0.0, hi < 0.0),
            BinOp::Le => (lo > 0.0, hi <= 0.0),
            BinOp::Gt => (hi <= 0.0, lo > 0.0),
            _ => (hi < 0.0, lo >= 0.0),
        };
        // A difference of nearly nothing may be either in exact arithmetic.
        if hi - lo > 0.0 && (lo.abs() < 1e-9 || hi.abs() < 1e-9) && !(lo == 0.0 || hi == 0.0) {
            return None;
        }
        if always { Some(true) } else { never.then_some(false) }
    }

    #[allow(clippy::cast_precision_loss)]
    fn call(&self, f: Builtin, args: &[Expr]) -> Known {
        let n = |i: usize| args.get(i).map_or_else(|| Linear::span(f64::NEG_INFINITY, f64::INFINITY), |a| self.number(a));
        let monotone = |g: fn(f64) -> f64| {
            let (lo, hi) = self.range(&n(0));
            Linear::span(g(lo), g(hi))
        };
        Known::Num(match f {
            Builtin::AreaM2 => self.product_of(&n(0), &n(1)).scaled(1e-6),
            Builtin::VolumeL => self.product_of(&self.product_of(&n(0), &n(1)), &n(2)).scaled(1e-6),
            Builtin::PerimeterM => n(0).plus(&n(1)).scaled(2e-3),
            Builtin::Ceil => monotone(f64::ceil),
            Builtin::Floor => monotone(f64::floor),
            Builtin::Round => monotone(f64::round),
            Builtin::Abs => {
                let x = n(0);
                let (lo, hi) = self.range(&x);
                if lo >= 0.0 {
                    x
                } else if hi <= 0.0 {
                    x.scaled(-1.0)
                } else {
                    Linear::span(0.0, hi.max(-lo))
                }
            }
            Builtin::Min | Builtin::Max => {
                let rest = (1..args.len()).map(n);
                rest.fold(n(0), |best, x| self.extreme(f == Builtin::Min, &best, &x))
            }
            Builtin::Clamp => self.extreme(true, &self.extreme(false, &n(0), &n(1)), &n(2)),
            Builtin::GradePrice => match args.first() {
                Some(Expr::Opt(i)) => self.grade(*i),
                _ => Linear::span(f64::NEG_INFINITY, f64::INFINITY),
            },
            Builtin::Count | Builtin::Size => match args.first().map(|a| self.known(a)) {
                Some(Known::List(items)) if f == Builtin::Count => {
                    let sure = items.iter().filter(|k| !matches!(k, Known::Bool(Some(false) | None))).count();
                    let possible = items.iter().filter(|k| !matches!(k, Known::Bool(Some(false)))).count();
                    Linear::span(sure as f64, possible as f64)
                }
                Some(Known::List(items)) => Linear::span(items.len() as f64, items.len() as f64),
                Some(Known::Text(texts)) => {
                    let lengths = texts.iter().map(|t| t.chars().count() as f64);
                    lengths.fold(Linear::span(f64::INFINITY, 0.0), |s, n| Linear::span(s.lo.min(n), s.hi.max(n)))
                }
                _ => Linear::span(0.0, crate::MAX_SOURCE as f64),
            },
        })
    }

    pub fn smaller(&self, a: &Linear, b: &Linear) -> Linear {
        self.extreme(true, a, b)
    }

    pub fn larger(&self, a: &Linear, b: &Linear) -> Linear {
        self.extreme(false, a, b)
    }

    /// The smaller (or larger) of two; linear where one always wins.
    fn extreme(&self, smaller: bool, a: &Linear, b: &Linear) -> Linear {
        let (lo, hi) = self.range(&a.minus(b));
        if hi <= 0.0 {
            return if smaller { a.clone() } else { b.clone() };
        }
        if lo >= 0.0 {
            return if smaller { b.clone() } else { a.clone() };
        }
        let ((a_lo, a_hi), (b_lo, b_hi)) = (self.range(a), self.range(b));
        if smaller { Linear::span(a_lo.min(b_lo), a_hi.min(b_hi)) } else { Linear::span(a_lo.max(b_lo), a_hi.max(b_hi)) }
    }

    #[allow(clippy::cast_precision_loss)]
    fn grade(&self, i: u16) -> Linear {
        let Some(option) = self.product.options.get(usize::from(i)) else { return Linear::span(f64::NEG_INFINITY, f64::INFINITY) };
        let values = self.values(i);
        let grades = option.choices.iter().filter(|c| values.contains(&c.value)).filter_map(|c| c.grade.as_ref());
        let prices = grades.filter_map(|g| self.product.grades.get(g)).map(|p| *p as f64);
        let (lo, hi) = prices.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), p| (lo.min(p), hi.max(p)));
        if lo > hi { Linear::span(f64::NEG_INFINITY, f64::INFINITY) } else { Linear::span(lo, hi) }
    }
}

fn literal(value: &Value) -> Known {
    match value {
        Value::Num(x) => Known::Num(Linear::span(*x, *x)),
        Value::Bool(b) => Known::Bool(Some(*b)),
        Value::Text(t) => Known::Text(vec![t.clone()]),
        Value::List(items) => Known::List(items.iter().map(literal).collect()),
        // No formula contains one.
        Value::Map(_) => Known::Any,
    }
}
