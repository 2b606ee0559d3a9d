//! Values of options and expressions.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an option or an expression can be. Numbers are doubles; integer options are lifted when they enter an expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number: millimetres for lengths, plain for counts, minor units for money.
    Num(f64),
    /// A choice of an enumeration.
    Text(String),
    /// A list, as in CEL's `x in [..]` and `count(list)`.
    List(Vec<Value>),
}

/// Values by option id, in a fixed order so that equal configurations serialise to equal bytes.
pub type Values = BTreeMap<String, Value>;
