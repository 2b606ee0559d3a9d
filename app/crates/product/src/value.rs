//! Values of options and expressions.

use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// What an option or an expression can be. Numbers are doubles; integer options are lifted when they enter an expression.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number: millimetres for lengths, plain for counts, minor units for money. Whole numbers are written without a point.
    Num(f64),
    /// A choice of an enumeration.
    Text(String),
    /// A list, as in CEL's `x in [..]` and `count(list)`, or the elements of a nest.
    List(Vec<Value>),
    /// Values by name: an element of a nest, and its choices. Formulas never see one.
    Map(Values),
}

/// Values by option id, in a fixed order so that equal configurations serialise to equal bytes.
pub type Values = BTreeMap<String, Value>;

/// Values from pairs. One by one: to collect a map is to sort first, and every place that does would bring a sort of its own into the browser.
pub fn values(pairs: &mut dyn Iterator<Item = (String, Value)>) -> Values {
    let mut values = Values::new();
    for (id, value) in pairs {
        values.insert(id, value);
    }
    values
}

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Value {
    /// The number, when it is one.
    #[must_use]
    pub fn as_num(&self) -> Option<f64> {
        match self {
            Self::Num(x) => Some(*x),
            _ => None,
        }
    }

    /// The truth value, when it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The text, when it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            _ => None,
        }
    }

    /// The values by name, when it is such.
    #[must_use]
    pub fn as_map(&self) -> Option<&Values> {
        match self {
            Self::Map(values) => Some(values),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// From JSON; `None` for `null`, which nothing takes.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Option<Self> {
        Some(match json {
            serde_json::Value::Bool(b) => Self::Bool(*b),
            serde_json::Value::Number(n) => Self::Num(n.as_f64().filter(|x| x.is_finite())?),
            serde_json::Value::String(t) => Self::Text(t.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from_json).collect::<Option<_>>()?),
            serde_json::Value::Object(members) => {
                let own = values(&mut members.iter().filter_map(|(k, v)| Some((k.clone(), Self::from_json(v)?))));
                Self::Map(Some(own).filter(|own| own.len() == members.len())?)
            }
            serde_json::Value::Null => return None,
        })
    }

    /// To JSON: whole numbers as integers.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Bool(b) => (*b).into(),
            Self::Num(x) => whole(*x).map_or_else(|| (*x).into(), Into::into),
            Self::Text(t) => t.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(values) => to_json(values).into(),
        }
    }
}

/// The integer that a number is, when it is one that doubles hold exactly.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp)]
pub(crate) fn whole(x: f64) -> Option<i64> {
    (libm::trunc(x) == x && libm::fabs(x) <= EXACT).then_some(x as i64)
}

/// As JSON.
#[must_use]
pub fn to_json(values: &Values) -> serde_json::Map<String, serde_json::Value> {
    let mut json = serde_json::Map::new();
    for (id, value) in values {
        json.insert(id.clone(), value.to_json());
    }
    json
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Num(x) => match whole(*x) {
                Some(n) => serializer.serialize_i64(n),
                None => serializer.serialize_f64(*x),
            },
            Self::Text(t) => serializer.serialize_str(t),
            Self::List(items) => items.serialize(serializer),
            Self::Map(values) => values.serialize(serializer),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("yes"),
            Self::Bool(false) => f.write_str("no"),
            Self::Num(x) => match whole(*x) {
                Some(n) => write!(f, "{n}"),
                None => write!(f, "{x}"),
            },
            Self::Text(t) => f.write_str(t),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Map(values) => {
                for (i, (name, value)) in values.iter().enumerate() {
                    write!(f, "{}{name} {value}", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Self::Num(x)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(t: &str) -> Self {
        Self::Text(t.to_owned())
    }
}
