//! Typed expression trees, compiled from CEL on publish, and their evaluator: the same code on either side of the wire.

use crate::CompiledProduct;
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use thiserror::Error;

/// Built-in functions of the product definition, by their CEL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Builtin {
    /// `area_m2(a, b)`: millimetres × millimetres → square metres.
    AreaM2,
    /// `volume_l(a, b, c)`: millimetres³ → litres.
    VolumeL,
    /// `perimeter_m(a, b)`: 2(a + b) in metres.
    PerimeterM,
    /// `ceil(x)`
    Ceil,
    /// `floor(x)`
    Floor,
    /// `round(x)`: half away from zero.
    Round,
    /// `min(a, b, …)`
    Min,
    /// `max(a, b, …)`
    Max,
    /// `abs(x)`
    Abs,
    /// `clamp(x, lo, hi)`
    Clamp,
    /// `grade_price(option)`: minor units of the grade of the option's present value.
    GradePrice,
    /// `count(list)`: how many; of a list of yes/no, how many are yes.
    Count,
    /// `size(x)` of CEL: length of a list, or of a text in code points.
    Size,
}

/// Binary operators of CEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    In,
}

/// An expression over option values, `let`s and the repeat counter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A literal.
    Lit(Value),
    /// The present value of an option, by index into [`crate::CompiledProduct::options`].
    Opt(u16),
    /// A `let` of the recipe, by index into [`crate::CompiledProduct::lets`].
    Let(u16),
    /// The counter of the innermost repetition of a part, from 0 (`i` in the definition).
    Counter,
    /// `!x`
    Not(Box<Expr>),
    /// `-x`
    Neg(Box<Expr>),
    /// `a op b`; `And` and `Or` don't evaluate `b` when `a` decides.
    Bin(BinOp, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A list literal.
    List(Vec<Expr>),
    /// A built-in function.
    Call(Builtin, Vec<Expr>),
}

/// Why an expression has no value. Publishing proves most of these impossible; the rest become a refused configuration.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs)]
pub enum EvalError {
    #[error("{0} is not defined for these kinds of value")]
    Type(&'static str),
    #[error("division by zero")]
    DivisionByZero,
    #[error("the result is not a finite number")]
    NotFinite,
    #[error("no grade for {0}")]
    NoGrade(String),
    #[error("a name in the formula is not known here")]
    Unknown,
}

/// What an expression sees while it is evaluated.
#[derive(Clone, Debug)]
pub struct Env<'a> {
    /// Options and grades.
    pub product: &'a CompiledProduct,
    /// Present values, by option index.
    pub values: &'a [Value],
    /// Values of the `let`s, by index.
    pub lets: Cow<'a, [Value]>,
    /// `i` inside a repeated part.
    pub counter: Option<f64>,
}

impl<'a> Env<'a> {
    /// An environment over `values` (one per option, in the product's order) with all `let`s evaluated.
    ///
    /// # Errors
    /// When a `let` has no value here.
    pub fn new(product: &'a CompiledProduct, values: &'a [Value]) -> Result<Self, EvalError> {
        let mut env = Self::without_lets(product, values);
        let mut lets = Vec::with_capacity(product.lets.len());
        for (_, expr) in &product.lets {
            env.lets = Cow::Owned(lets);
            let value = expr.eval(&env)?;
            lets = env.lets.into_owned();
            lets.push(value);
        }
        env.lets = Cow::Owned(lets);
        Ok(env)
    }

    /// An environment for expressions that read options only (rules are compiled to such).
    #[must_use]
    pub fn without_lets(product: &'a CompiledProduct, values: &'a [Value]) -> Self {
        Self { product, values, lets: Cow::Borrowed(&[]), counter: None }
    }

    /// The same with the repeat counter at `i`.
    #[must_use]
    pub fn at(&'a self, i: f64) -> Env<'a> {
        Env { product: self.product, values: self.values, lets: Cow::Borrowed(&self.lets), counter: Some(i) }
    }
}

impl Expr {
    /// The value in `env`. Never panics, whatever the tree.
    ///
    /// # Errors
    /// Wrong types, division by zero, overflow, a value without grade, an index that does not exist.
    pub fn eval(&self, env: &Env<'_>) -> Result<Value, EvalError> {
        self.peek(env).map(Cow::into_owned)
    }

    /// A number.
    ///
    /// # Errors
    /// As [`Expr::eval`], and when it is not a number.
    pub fn eval_num(&self, env: &Env<'_>) -> Result<f64, EvalError> {
        self.peek(env)?.as_num().ok_or(EvalError::Type("a number"))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Expr::eval`], and when it is neither.
    pub fn eval_bool(&self, env: &Env<'_>) -> Result<bool, EvalError> {
        self.peek(env)?.as_bool().ok_or(EvalError::Type("a condition"))
    }

    /// A length in millimetres, rounded to 0.1 (half away from zero).
    ///
    /// # Errors
    /// As [`Expr::eval_num`].
    pub fn eval_length(&self, env: &Env<'_>) -> Result<f64, EvalError> {
        self.eval_num(env).map(round_length)
    }

    /// An amount in minor units (half away from zero).
    ///
    /// # Errors
    /// As [`Expr::eval_num`], and when it is beyond ±9·10¹⁵.
    #[allow(clippy::cast_possible_truncation)]
    pub fn eval_minor(&self, env: &Env<'_>) -> Result<i64, EvalError> {
        let amount = libm::round(self.eval_num(env)?);
        if libm::fabs(amount) > 9e15 { Err(EvalError::NotFinite) } else { Ok(amount as i64) }
    }

    /// Evaluates without copying what is only looked at.
    fn peek<'e>(&'e self, env: &'e Env<'_>) -> Result<Cow<'e, Value>, EvalError> {
        Ok(match self {
            Self::Lit(value) => Cow::Borrowed(value),
            Self::Opt(i) => Cow::Borrowed(env.values.get(usize::from(*i)).ok_or(EvalError::Unknown)?),
            Self::Let(i) => Cow::Borrowed(env.lets.get(usize::from(*i)).ok_or(EvalError::Unknown)?),
            Self::Counter => Cow::Owned(Value::Num(env.counter.ok_or(EvalError::Unknown)?)),
            Self::Not(a) => Cow::Owned(Value::Bool(!a.eval_bool(env)?)),
            Self::Neg(a) => Cow::Owned(Value::Num(-a.eval_num(env)?)),
            Self::Bin(op, a, b) => Cow::Owned(binary(*op, a, b, env)?),
            Self::If(c, a, b) => return if c.eval_bool(env)? { a.peek(env) } else { b.peek(env) },
            Self::List(items) => Cow::Owned(Value::List(items.iter().map(|x| x.eval(env)).collect::<Result<_, _>>()?)),
            Self::Call(f, args) => Cow::Owned(call(*f, args, env)?),
        })
    }

    /// Calls `f` for this node and all below it.
    pub fn walk(&self, f: &mut impl FnMut(&Self)) {
        f(self);
        match self {
            Self::Lit(_) | Self::Opt(_) | Self::Let(_) | Self::Counter => {}
            Self::Not(a) | Self::Neg(a) => a.walk(f),
            Self::Bin(_, a, b) => {
                a.walk(f);
                b.walk(f);
            }
            Self::If(c, a, b) => {
                c.walk(f);
                a.walk(f);
                b.walk(f);
            }
            Self::List(items) | Self::Call(_, items) => items.iter().for_each(|x| x.walk(f)),
        }
    }
}

/// Rounds millimetres to 0.1, half away from zero.
#[must_use]
pub fn round_length(mm: f64) -> f64 {
    // Adding zero turns -0 into 0, so that equal places serialise equally.
    libm::round(mm * 10.0) / 10.0 + 0.0
}

fn finite(x: f64) -> Result<f64, EvalError> {
    if x.is_finite() { Ok(x) } else { Err(EvalError::NotFinite) }
}

/// CEL's `&&` and `||`: the side that decides wins, even over an error of the other side.
fn logic(decides: bool, a: &Expr, b: &Expr, env: &Env<'_>) -> Result<Value, EvalError> {
    let left = a.eval_bool(env);
    if left == Ok(decides) {
        return Ok(Value::Bool(decides));
    }
    let right = b.eval_bool(env)?;
    if right == decides { Ok(Value::Bool(decides)) } else { left.map(Value::Bool) }
}

fn binary(op: BinOp, a: &Expr, b: &Expr, env: &Env<'_>) -> Result<Value, EvalError> {
    match op {
        BinOp::And => logic(false, a, b, env),
        BinOp::Or => logic(true, a, b, env),
        BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => {
            let (x, y) = (a.eval_num(env)?, b.eval_num(env)?);
            let zero = y.classify() == std::num::FpCategory::Zero;
            Ok(Value::Num(finite(match op {
                BinOp::Add => x + y,
                BinOp::Sub => x - y,
                BinOp::Mul => x * y,
                _ if zero => return Err(EvalError::DivisionByZero),
                BinOp::Div => x / y,
                _ => libm::fmod(x, y),
            })?))
        }
        BinOp::Eq => Ok(Value::Bool(a.peek(env)? == b.peek(env)?)),
        BinOp::Ne => Ok(Value::Bool(a.peek(env)? != b.peek(env)?)),
        BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
            let (x, y) = (a.peek(env)?, b.peek(env)?);
            let order = match (&*x, &*y) {
                (Value::Num(x), Value::Num(y)) => x.partial_cmp(y).ok_or(EvalError::NotFinite)?,
                (Value::Text(x), Value::Text(y)) => x.cmp(y),
                (Value::Bool(x), Value::Bool(y)) => x.cmp(y),
                _ => return Err(EvalError::Type("a comparison")),
            };
            Ok(Value::Bool(match op {
                BinOp::Lt => order == Ordering::Less,
                BinOp::Le => order != Ordering::Greater,
                BinOp::Gt => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        BinOp::In => {
            let x = a.peek(env)?;
            // A list literal is looked through without being built.
            if let Expr::List(items) = b {
                let mut found = false;
                for item in items {
                    found |= *item.peek(env)? == *x;
                }
                return Ok(Value::Bool(found));
            }
            match &*b.peek(env)? {
                Value::List(items) => Ok(Value::Bool(items.contains(&x))),
                _ => Err(EvalError::Type("`in`")),
            }
        }
    }
}

fn call(f: Builtin, args: &[Expr], env: &Env<'_>) -> Result<Value, EvalError> {
    let num = |i: usize| args.get(i).ok_or(EvalError::Type("a call"))?.eval_num(env);
    let result = match f {
        Builtin::AreaM2 => num(0)? * num(1)? / 1e6,
        Builtin::VolumeL => num(0)? * num(1)? * num(2)? / 1e6,
        Builtin::PerimeterM => 2.0 * (num(0)? + num(1)?) / 1e3,
        Builtin::Ceil => libm::ceil(num(0)?),
        Builtin::Floor => libm::floor(num(0)?),
        Builtin::Round => libm::round(num(0)?),
        Builtin::Abs => libm::fabs(num(0)?),
        Builtin::Min | Builtin::Max => {
            let mut best = num(0)?;
            for arg in args.get(1..).unwrap_or_default() {
                let x = arg.eval_num(env)?;
                if (f == Builtin::Min && x < best) || (f == Builtin::Max && x > best) {
                    best = x;
                }
            }
            best
        }
        Builtin::Clamp => {
            let (x, lo, hi) = (num(0)?, num(1)?, num(2)?);
            // The upper bound wins when the bounds cross.
            let raised = if x < lo { lo } else { x };
            if raised > hi { hi } else { raised }
        }
        Builtin::GradePrice => return grade_price(args, env).map(Value::Num),
        Builtin::Count | Builtin::Size => {
            let list = args.first().ok_or(EvalError::Type("a call"))?.peek(env)?;
            return Ok(Value::Num(length(f, &list)?));
        }
    };
    finite(result).map(Value::Num)
}

#[allow(clippy::cast_precision_loss)]
fn length(f: Builtin, value: &Value) -> Result<f64, EvalError> {
    let n = match value {
        Value::List(items) if f == Builtin::Count => items.iter().filter(|x| **x != Value::Bool(false)).count(),
        Value::List(items) => items.len(),
        Value::Text(text) if f == Builtin::Size => text.chars().count(),
        _ => return Err(EvalError::Type("a length")),
    };
    Ok(n as f64)
}

/// Minor units for the grade of the present value of the option named by the only argument.
#[allow(clippy::cast_precision_loss)]
fn grade_price(args: &[Expr], env: &Env<'_>) -> Result<f64, EvalError> {
    let [Expr::Opt(i)] = args else { return Err(EvalError::Type("grade_price")) };
    let i = usize::from(*i);
    let (option, value) = env.product.options.get(i).zip(env.values.get(i)).ok_or(EvalError::Unknown)?;
    let grade = option.choices.iter().find(|c| c.value == *value).and_then(|c| c.grade.as_ref());
    let price = grade.and_then(|g| env.product.grades.get(g));
    price.map(|p| *p as f64).ok_or_else(|| EvalError::NoGrade(format!("{} {value}", option.id)))
}
