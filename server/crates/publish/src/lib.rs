//! Publishing: a definition JSON is checked and compiled into `product::CompiledProduct`.
//!
//! The full JSON Schema validator and the CEL parser live here and only here. A definition comes from a person: every
//! fault is reported with the JSON pointer of its place, nothing panics, and sizes are bounded before anything is built.
//!
//! Invariants: no I/O, no database, no network (schema references are refused).
#![forbid(unsafe_code)]

mod abstraction;
mod cheapest;
mod compile;
mod demo;
mod fault;
mod formula;
mod nest;
mod prove;
mod recipe;
mod schema;
mod solid;
mod template;
mod validate;

pub use cheapest::{Cheapest, cheapest};
pub use compile::{FORMAT, Published, compile, compile_formula};
pub use demo::demo;
pub use fault::Fault;
pub use formula::{MAX_DEPTH, MAX_NODES, MAX_SOURCE};
pub use nest::config_schema;
pub use template::{Offer, TEMPLATES};
pub use validate::{DataValidator, validate_data};
