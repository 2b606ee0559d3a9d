//! The product definition, compiled: options, rules, price, recipe → parts → mesh, variant code, BOM.
//!
//! Runs natively and in wasm with equal numbers: no I/O, no clock, no randomness, no platform float functions (use `libm`).
//! Publishing (on the server, crate `publish`) turns a definition's JSON into a [`CompiledProduct`]; everything else reads that.
//!
//! Invariants: no CEL parser and no JSON Schema validator in here; lengths leave expressions rounded to 0.1 mm, amounts to minor units.
#![forbid(unsafe_code)]

pub mod bom;
pub mod compiled;
pub mod configure;
pub mod cutting;
pub mod domain;
pub mod expr;
pub mod key;
pub mod look;
pub mod mesh;
pub mod nested;
pub mod part;
pub mod parts;
pub mod price;
pub mod terms;
pub mod value;
pub mod variant;

pub use bom::{BomLine, Cut, bom, bom_parts};
pub use compiled::*;
pub use configure::{Blocked, Configured, Forced, Repair, complete, configure, marked, price_effects, price_effects_at, why_not};
pub use cutting::{CuttingPlan, Placed, Stock, cutting_plans, edge_lengths};
pub use domain::check_values;
pub use expr::{Builtin, Env, EvalError, Expr};
pub use key::{fingerprint, key, key_with};
pub use mesh::{mesh, scene, scene_again, scene_of};
pub use part::{Hole, Part, PartList, Shape, Template};
pub use parts::{Footprint, PartError, footprint, parts};
pub use price::{Effect, PriceBreakdown, PricedLine, price, price_effect};
pub use terms::{Change, LineTerms, Pieces, Rounding, Terms, VolumeBreak, Way};
pub use value::{Value, Values};
pub use variant::variant_code;
