//! Typed expression trees, compiled from CEL on publish, and their evaluator: the same code on either side of the wire.

use crate::value::Value;
use serde::{Deserialize, Serialize};
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
    /// `count(list)`
    Count,
    /// `lookup(key, [k1, v1, k2, v2, …])`-free: reserved for `size(x)` of CEL: length of a list or text.
    Size,
}

/// Binary operators of CEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum BinOp { Add, Sub, Mul, Div, Rem, Eq, Ne, Lt, Le, Gt, Ge, And, Or, In }

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
}
