//! The one error type that leaves a use case. Doors turn it into a status and words.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What kind of refusal: decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// 400: not readable as a request.
    Malformed,
    /// 401: not signed in, or the token is over.
    Unauthenticated,
    /// 403: this role may not.
    Forbidden,
    /// 404: absent, or another tenant's.
    NotFound,
    /// 409: does not fit the present state.
    Conflict,
    /// 412: somebody else changed it since it was read.
    Stale,
    /// 413: too large.
    TooLarge,
    /// 422: readable, but not valid.
    Invalid,
    /// 429: too often.
    TooMany,
    /// 503: a part that this needs is away; trying later helps.
    Unavailable,
    /// 507: the file store is full.
    StorageFull,
    /// 500: our fault.
    Internal,
}

impl ErrorKind {
    /// HTTP status code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Stale => 412,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::StorageFull => 507,
        }
    }
}

/// A fault at one place of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer from the request's root, e.g. `/config_data/width`.
    pub pointer: String,
    /// What is wrong and what would be right, for a person.
    pub message: String,
}

/// A refusal: what happened, what to do, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Error)]
#[error("{detail}")]
pub struct AppError {
    /// Decides the status.
    pub kind: ErrorKind,
    /// Stable code for programs, e.g. `email_taken`.
    pub code: String,
    /// A sentence for a person: what is, why, what can be done.
    pub detail: String,
    /// Faults by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds to wait, for `TooMany` and `Unavailable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Id to quote, filled in at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl AppError {
    /// A refusal without places.
    #[must_use]
    pub fn new(kind: ErrorKind, code: &str, detail: impl Into<String>) -> Self {
        Self { kind, code: code.to_owned(), detail: detail.into(), errors: Vec::new(), retry_after: None, request_id: None }
    }
    /// 404 for a thing named `what` ("configuration").
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, "not_found", format!("There is no such {what}."))
    }
    /// 401.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(ErrorKind::Unauthenticated, "unauthenticated", "Sign in to go on.")
    }
    /// 403 for a missing permission such as `products:write`.
    #[must_use]
    pub fn forbidden(permission: &str) -> Self {
        Self::new(ErrorKind::Forbidden, "forbidden", format!("Your role does not include {permission}. An administrator of your organization can change that."))
    }
    /// 422 with places.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map_or_else(|| "The request is not valid.".to_owned(), |e| e.message.clone());
        Self { errors, ..Self::new(ErrorKind::Invalid, "invalid", detail) }
    }
    /// 422 at one place.
    #[must_use]
    pub fn invalid_at(pointer: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { pointer: pointer.to_owned(), message: message.into() }])
    }
    /// 500; the cause goes to the log at the door, never to the person.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(ErrorKind::Internal, "internal", "Something on our side did not work. Try again; if it stays, quote the id.")
    }
    /// Same error, with every pointer moved under `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        for e in &mut self.errors {
            e.pointer = format!("{prefix}{}", e.pointer);
        }
        self
    }
}
