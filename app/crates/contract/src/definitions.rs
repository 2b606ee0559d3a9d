//! Product definitions, as those write them who make products.

use crate::{Id, Money, TextChange};
use serde::{Deserialize, Serialize};

/// A definition to be edited: the draft, or what was published last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DefinitionText {
    /// Product.
    pub id: Id,
    /// Model number.
    pub sku: String,
    /// Name.
    pub name: String,
    /// The definition, as JSON laid out for reading.
    pub text: String,
    /// Edition that people see now; `null` while it was never published.
    pub published: Option<String>,
    /// Whether the draft differs from what is published.
    pub changed: bool,
    /// Row version, for saving.
    pub revision: i64,
}

/// Something wrong in a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaultAt {
    /// JSON pointer.
    pub pointer: String,
    /// Line of the text, from 1.
    pub line: u32,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A sample configuration in the edition that people see and in the one that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BenchCase {
    /// Name: of a saved configuration, or what it stands for.
    pub name: String,
    /// The saved configuration.
    pub configuration_id: Option<Id>,
    /// Price now; `null` when there is none.
    pub was: Option<Money>,
    /// Price in what is being written.
    pub now: Option<Money>,
    /// Why it can't be built there.
    pub problem: Option<String>,
    /// Options with another value there.
    pub differs: Vec<TextChange>,
}

/// What a look at a definition found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DefinitionCheck {
    /// It can't be kept with these.
    pub faults: Vec<FaultAt>,
    /// What could not be proven.
    pub warnings: Vec<FaultAt>,
    /// Samples, when there are no faults.
    pub bench: Vec<BenchCase>,
    /// Its edition.
    pub edition: String,
    /// How many options, rules, price lines and parts it has.
    pub counts: [u32; 4],
}

/// One change to the text of a definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditDefinition {
    /// The definition, as JSON text.
    pub text: String,
    /// Where: a JSON pointer; `/rules/-` is behind the last rule.
    pub pointer: String,
    /// What to put there; `null` takes away what is there.
    pub value: serde_json::Value,
}

/// The text of a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditedDefinition {
    /// As JSON, laid out for reading.
    pub text: String,
}

/// Body of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckDefinition {
    /// The definition, as JSON text: line numbers refer to it.
    pub text: String,
}
