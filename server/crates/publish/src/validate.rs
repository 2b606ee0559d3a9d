//! Data against the full JSON Schema.

use crate::Fault;
use crate::fault::join;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value as Json;

/// A compiled `config_schema`. Build once per product version and keep.
#[derive(Debug)]
pub struct DataValidator(Validator);

impl DataValidator {
    /// Compiles a schema. References to other documents are refused; nothing is fetched.
    ///
    /// # Errors
    /// Faults with pointers into the schema.
    pub fn new(config_schema: &Json) -> Result<Self, Vec<Fault>> {
        let fault = |e: ValidationError<'_>| vec![Fault::new(e.instance_path().as_str(), sentence(&e.to_string()))];
        jsonschema::draft202012::meta::validate(config_schema).map_err(fault)?;
        let options = jsonschema::options().with_draft(Draft::Draft202012).offline();
        options.build(config_schema).map(Self).map_err(fault)
    }

    /// Checks option values.
    ///
    /// # Errors
    /// One fault per place, with pointers into `data` such as `/width`.
    pub fn validate(&self, data: &Json) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for error in self.0.iter_errors(data).take(100) {
            let at = error.instance_path().as_str();
            if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
                // One fault per unknown option, at the option.
                faults.extend(unexpected.iter().map(|name| Fault::new(join(at, name), "Unknown option.")));
            } else {
                faults.push(Fault::new(at, sentence(&error.to_string())));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// Checks option values once; callers that check often keep a [`DataValidator`].
///
/// # Errors
/// Faults with pointers into `data`; faults of the schema itself have pointers into the schema.
pub fn validate_data(config_schema: &Json, data: &Json) -> Result<(), Vec<Fault>> {
    DataValidator::new(config_schema)?.validate(data)
}

fn sentence(words: &str) -> String {
    let short: String = words.chars().take(300).collect();
    let mut first = short.chars();
    first.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), first.as_str().trim_end_matches('.')))
}
