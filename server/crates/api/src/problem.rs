//! Refusals on the wire: `application/problem+json` (RFC 9457).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind, FieldError};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

/// Type of the body.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Result of a handler.
pub type Answer<T = Response> = Result<T, ApiError>;

/// A refusal as it is written (RFC 9457).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    pub kind: String,
    /// Words of the status.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do, for a person.
    pub detail: String,
    /// Stable code for programs.
    pub code: String,
    /// Faults by place: JSON pointers from the request's root.
    pub errors: Vec<FieldError>,
    /// Id to quote; also in `x-request-id`.
    pub request_id: Option<String>,
}

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// Status, usually that of the error's kind.
    pub status: StatusCode,
    /// What it says.
    pub error: Box<AppError>,
    /// Headers that go with it (`Allow`, `Content-Range`).
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// A refusal with a status that no [`ErrorKind`] has (405, 415, 416).
    #[must_use]
    pub fn with_status(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        let kind = if status.is_server_error() { ErrorKind::Internal } else { ErrorKind::Malformed };
        Self { status, error: Box::new(AppError::new(kind, code, detail)), headers: Vec::new() }
    }
    /// 400 at one place of path or query.
    #[must_use]
    pub fn malformed_at(pointer: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = AppError::new(ErrorKind::Malformed, "malformed", message.clone());
        error.errors = vec![FieldError { pointer: pointer.to_owned(), message }];
        error.into()
    }
    /// Same refusal with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
    /// Whether it says that nobody is signed in.
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, error: Box::new(error), headers: Vec::new() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"fitout\""));
        }
        let wait = match (self.error.retry_after, self.status) {
            (Some(s), _) => Some(s),
            (None, StatusCode::TOO_MANY_REQUESTS) => Some(60),
            (None, StatusCode::SERVICE_UNAVAILABLE) => Some(5),
            _ => None,
        };
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        *response.body_mut() = body(self.status, &self.error, self.error.request_id.as_deref());
        // The layer that knows the request's id writes the body again.
        response.extensions_mut().insert(Carried(self.error));
        response
    }
}

/// The refusal behind an answer, for layers.
#[derive(Clone, Debug)]
pub(crate) struct Carried(pub(crate) Box<AppError>);

/// The body of a refusal.
pub(crate) fn body(status: StatusCode, error: &AppError, request_id: Option<&str>) -> Body {
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: error.detail.clone(),
        code: error.code.clone(),
        errors: error.errors.clone(),
        request_id: request_id.map(str::to_owned).or_else(|| error.request_id.clone()),
    };
    Body::from(serde_json::to_vec(&problem).unwrap_or_default())
}

/// Words for an answer that some part below gave without a problem of its own.
pub(crate) fn plain(status: StatusCode) -> ApiError {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address. The description is at /docs."),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This address does not take this method; the header Allow names those it takes."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_media_type", "Send the body as application/json."),
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The body is larger than this server takes."),
        StatusCode::UPGRADE_REQUIRED => ("upgrade_required", "This address speaks WebSocket; ask for an upgrade."),
        s if s.is_server_error() => return AppError::internal().into(),
        _ => ("refused", "The request could not be read."),
    };
    ApiError::with_status(status, code, detail)
}
