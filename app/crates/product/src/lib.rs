//! The product definition, compiled: options, rules, price, recipe → parts → mesh, variant code, BOM.
//!
//! Runs natively and in wasm with equal numbers: no I/O, no clock, no randomness, no platform float functions (use `libm`).
//! Publishing (on the server, crate `publish`) turns a definition's JSON into a [`CompiledProduct`]; everything else reads that.
//!
//! Invariants: no CEL parser and no JSON Schema validator in here; lengths leave expressions rounded to 0.1 mm, amounts to minor units.
#![forbid(unsafe_code)]

pub mod compiled;
pub mod expr;
pub mod part;
pub mod value;

pub use compiled::*;
pub use expr::{Builtin, EvalError, Expr};
pub use part::{Hole, Part, PartList, Shape};
pub use value::{Value, Values};
