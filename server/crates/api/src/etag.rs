//! Entity tags: `"{revision}-{digest}"` for things with a revision, `"{digest}"` for others.
//!
//! The revision decides `If-Match` (what somebody may overwrite); the digest decides `If-None-Match`, since pictures and
//! addresses change without a new revision.

use crate::problem::ApiError;
use axum::body::Body;
use axum::response::Response;
use contract::{AppError, ErrorKind};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// First 16 hexadecimal digits of the SHA-256 of `data`.
#[must_use]
pub fn digest(data: &[u8]) -> String {
    hex(&Sha256::digest(data)[..8])
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
        use std::fmt::Write as _;
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// An answer with its tag; 304 when the caller has it already.
///
/// # Errors
/// 500 when `value` can't be written as JSON.
pub fn tagged<T: Serialize>(status: StatusCode, request: &HeaderMap, revision: Option<i64>, value: &T) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value).map_err(|_| AppError::internal())?;
    let tag = match revision {
        Some(r) => format!("\"{r}-{}\"", digest(&body)),
        None => format!("\"{}\"", digest(&body)),
    };
    let fresh = status == StatusCode::OK && if_none_match(request, &tag);
    let mut response = Response::new(if fresh { Body::empty() } else { Body::from(body) });
    *response.status_mut() = if fresh { StatusCode::NOT_MODIFIED } else { status };
    let headers = response.headers_mut();
    if !fresh {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Ok(value) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization, cookie"));
    Ok(response)
}

/// Whether `If-None-Match` names `tag` (weak comparison).
#[must_use]
pub fn if_none_match(request: &HeaderMap, tag: &str) -> bool {
    tags(request, &header::IF_NONE_MATCH).any(|t| t == "*" || t == tag)
}

/// The revision that the caller read, from `If-Match`; `None` without the header or for `*`.
///
/// # Errors
/// 412 for a tag that no answer of this door ever had.
pub fn if_match(request: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let mut named = None;
    for tag in tags(request, &header::IF_MATCH) {
        if tag == "*" {
            return Ok(None);
        }
        let revision = tag.trim_matches('"').split('-').next().and_then(|r| r.parse::<i64>().ok());
        named = Some(named.flatten().or(revision));
    }
    match named {
        None => Ok(None),
        Some(Some(revision)) => Ok(Some(revision)),
        Some(None) => Err(AppError::new(ErrorKind::Stale, "stale", "If-Match names a state that this never had. Read it again and repeat the change.").into()),
    }
}

fn tags<'a>(request: &'a HeaderMap, name: &'a http::HeaderName) -> impl Iterator<Item = &'a str> {
    request
        .get_all(name)
        .into_iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(|t| t.trim().trim_start_matches("W/"))
        .filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(name, value.parse().expect("a header"));
        map
    }

    #[test]
    fn if_match_reads_the_revision() {
        for (text, expected) in [("\"7-abc\"", Some(7)), ("W/\"12\"", Some(12)), ("*", None), ("\"x\", \"3-a\"", Some(3))] {
            assert_eq!(if_match(&headers(header::IF_MATCH, text)).expect("readable"), expected, "{text}");
        }
        assert_eq!(if_match(&HeaderMap::new()).expect("absent"), None);
        assert_eq!(if_match(&headers(header::IF_MATCH, "\"garbage\"")).expect_err("stale").status, StatusCode::PRECONDITION_FAILED);
    }

    #[test]
    fn the_same_body_is_not_sent_twice() {
        let first = tagged(StatusCode::OK, &HeaderMap::new(), Some(3), &"a").expect("json");
        let tag = first.headers()[header::ETAG].to_str().expect("text").to_owned();
        assert!(tag.starts_with("\"3-"));
        let again = tagged(StatusCode::OK, &headers(header::IF_NONE_MATCH, &tag), Some(3), &"a").expect("json");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let changed = tagged(StatusCode::OK, &headers(header::IF_NONE_MATCH, &tag), Some(3), &"b").expect("json");
        assert_eq!(changed.status(), StatusCode::OK);
    }
}
