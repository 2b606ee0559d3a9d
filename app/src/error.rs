//! The error of every server function and page: the use case's refusal, with what the form had in its fields.

use crate::json::Lean;
use contract::{AppError, ErrorKind, FieldError};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// A refusal on its way to a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageError {
    /// What the use case said; boxed, so that answers stay small.
    pub error: Box<AppError>,
    /// Fields to fill again when the form comes back without script; never a password.
    #[serde(default)]
    pub kept: Vec<(String, String)>,
}

impl PageError {
    /// Value that a field had.
    #[must_use]
    pub fn kept(&self, name: &str) -> String {
        self.kept.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default()
    }
    /// Same, with a field's value to fill again.
    #[must_use]
    pub fn keep(mut self, name: &str, value: &str) -> Self {
        self.kept.push((name.to_owned(), value.to_owned()));
        self
    }
    /// What is wrong with the field `name`, if it is that field.
    #[must_use]
    pub fn at(&self, name: &str) -> Option<String> {
        let hit = |e: &&FieldError| e.pointer.strip_prefix('/').is_some_and(|p| p == name);
        self.error.errors.iter().find(hit).map(|e| e.message.clone())
    }
    /// The words above a form: nothing when a field of `fields` says it already.
    #[must_use]
    pub fn general(&self, fields: &[&str]) -> Option<String> {
        let told = self.error.errors.iter().any(|e| fields.iter().any(|f| e.pointer.strip_prefix('/') == Some(f)));
        (!told).then(|| self.detail())
    }
    /// Words for people.
    #[must_use]
    pub fn detail(&self) -> String {
        self.error.detail.clone()
    }
    /// Kind of refusal.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.error.kind
    }
    /// Id to quote.
    #[must_use]
    pub fn incident(&self) -> Option<String> {
        self.error.request_id.clone()
    }
}

impl From<AppError> for PageError {
    fn from(error: AppError) -> Self {
        Self { error: Box::new(error), kept: Vec::new() }
    }
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error.detail)
    }
}

impl std::error::Error for PageError {}

impl FromServerFnError for PageError {
    type Encoder = Lean;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        let error = match value {
            ServerFnErrorErr::Request(_) => {
                AppError::new(ErrorKind::Unavailable, "offline", "The server did not answer. What you chose is still here; try again.")
            }
            ServerFnErrorErr::Args(m) | ServerFnErrorErr::MissingArg(m) => {
                AppError::new(ErrorKind::Malformed, "malformed", format!("The request was not readable: {m}."))
            }
            _ => AppError::internal(),
        };
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_error_stands_at_its_field_and_only_there() {
        let e = PageError::from(AppError::invalid_at("/email", "Not a mail address.")).keep("email", "a@");
        assert_eq!(e.at("email").as_deref(), Some("Not a mail address."));
        assert_eq!(e.at("password"), None);
        assert_eq!(e.general(&["email"]), None);
        assert_eq!(e.general(&["name"]).as_deref(), Some("Not a mail address."));
        assert_eq!(e.kept("email"), "a@");
        let wire = e.ser();
        assert_eq!(PageError::de(wire), e);
    }
}
