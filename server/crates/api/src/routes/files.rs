//! Models and pictures at permanent, unguessable addresses, for browsers, phones and AR viewers.

use crate::Api;
use crate::etag::if_none_match;
use crate::problem::{Answer, ApiError};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind};
use facade::FileBytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// What of a file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    /// From a byte to an inclusive one, or to the end.
    From(u64, Option<u64>),
    /// That many last bytes.
    Last(u64),
}

/// A file, or a part of it.
#[utoipa::path(get, path = "/files/{token}/{name}", tag = "files", security(()), params(("token" = String, Path), ("name" = String, Path), ("Range" = Option<String>, Header)), responses((status = 200, description = "The file.", content_type = "model/gltf-binary"), (status = 206, description = "A part of it.", content_type = "model/gltf-binary"), (status = 304, description = "You have it.")))]
pub async fn read(State(api): State<Api>, Path((token, name)): Path<(String, String)>, method: Method, headers: HeaderMap) -> Answer {
    if !plausible(&token, 16, 64, b"-_") || !plausible(&name, 1, 128, b"-_.") {
        return Err(AppError::not_found("file").into());
    }
    if name == QR {
        return qr(&api, &token).await;
    }
    let files = &api.facade().files;
    let part = range(&headers);
    let conditional = headers.contains_key(header::IF_NONE_MATCH) || headers.contains_key(header::IF_RANGE);
    if method == Method::HEAD || conditional || part != Part::All {
        // The first byte tells size and digest without reading the rest.
        let peek = files.get(&token, &name, Some((0, Some(0)))).await?;
        let tag = format!("\"{}\"", peek.sha256);
        if if_none_match(&headers, &tag) {
            return Ok(answer(StatusCode::NOT_MODIFIED, &peek, Body::empty(), None));
        }
        let same = headers.get(header::IF_RANGE).is_none_or(|v| v.as_bytes() == tag.as_bytes());
        if let (Some((start, end)), true) = (resolve(part, peek.size)?, same) {
            if method == Method::HEAD {
                return Ok(answer(StatusCode::PARTIAL_CONTENT, &peek, Body::empty(), Some((start, end))));
            }
            let file = files.get(&token, &name, Some((start, Some(end)))).await?;
            let body = Body::from(file.data.clone());
            return Ok(answer(StatusCode::PARTIAL_CONTENT, &file, body, Some((start, end))));
        }
        if method == Method::HEAD {
            return Ok(answer(StatusCode::OK, &peek, Body::empty(), None));
        }
    }
    let file = files.get(&token, &name, None).await?;
    let body = Body::from(file.data.clone());
    Ok(answer(StatusCode::OK, &file, body, None))
}

/// Name under which every model has a code that leads a phone to it.
const QR: &str = "qr.svg";

/// A code of the address at which the model is seen in a room, for the camera of a phone.
async fn qr(api: &Api, token: &str) -> Answer {
    let page = api.facade().files.room(token).await?;
    let address = format!("{}/ar/{}", api.config().public_url, page.token);
    let svg = documents::qr::svg(&address).map_err(|_| AppError::internal())?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "private, max-age=86400")], svg).into_response())
}

fn plausible(text: &str, min: usize, max: usize, more: &[u8]) -> bool {
    (min..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
}

/// Reads `Range`. Several ranges and other units count as none, as the standard allows.
fn range(headers: &HeaderMap) -> Part {
    let text = headers.get(header::RANGE).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().strip_prefix("bytes="));
    let Some((start, end)) = text.and_then(|t| t.split_once('-')) else { return Part::All };
    match (start.trim(), end.trim()) {
        ("", n) => n.parse().map_or(Part::All, Part::Last),
        (s, "") => s.parse().map_or(Part::All, |s| Part::From(s, None)),
        (s, e) => match (s.parse::<u64>(), e.parse::<u64>()) {
            (Ok(s), Ok(e)) if s <= e => Part::From(s, Some(e)),
            _ => Part::All,
        },
    }
}

/// First and last byte of the part in a file of `size` bytes; 416 when there are none.
fn resolve(part: Part, size: u64) -> Result<Option<(u64, u64)>, ApiError> {
    let last = size.saturating_sub(1);
    let found = match part {
        Part::All => return Ok(None),
        Part::From(start, end) if start < size => Some((start, end.map_or(last, |e| e.min(last)))),
        Part::Last(n) if n > 0 && size > 0 => Some((size.saturating_sub(n), last)),
        _ => None,
    };
    if found.is_some() {
        return Ok(found);
    }
    let error = ApiError::with_status(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", "The file is shorter than that.");
    Err(match HeaderValue::from_str(&format!("bytes */{size}")) {
        Ok(value) => error.header(header::CONTENT_RANGE, value),
        Err(_) => AppError::new(ErrorKind::Internal, "internal", "").into(),
    })
}

/// Browsers show a film in a document of their own, under the policy of its answer.
const FILM_POLICY: &str = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

fn answer(status: StatusCode, file: &FileBytes, body: Body, part: Option<(u64, u64)>) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    let mut set = |name, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, format!("\"{}\"", file.sha256));
    set(header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned());
    set(header::ACCEPT_RANGES, "bytes".to_owned());
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_owned());
    if file.content_type.starts_with("video/") {
        set(header::CONTENT_SECURITY_POLICY, FILM_POLICY.to_owned());
    }
    if file.content_type == "application/pdf" {
        set(header::CONTENT_DISPOSITION, "attachment".to_owned());
    }
    if status != StatusCode::NOT_MODIFIED {
        set(header::CONTENT_TYPE, file.content_type.to_owned());
        let length = part.map_or(file.size, |(s, e)| e - s + 1);
        set(header::CONTENT_LENGTH, length.to_string());
    }
    if let Some((s, e)) = part {
        set(header::CONTENT_RANGE, format!("bytes {s}-{e}/{}", file.size));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, text.parse().expect("a header"));
        range(&headers)
    }

    #[test]
    fn ranges_are_read_and_fitted() {
        for (text, expected) in [
            ("bytes=0-3", Some((0, 3))),
            ("bytes=4-", Some((4, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-100", Some((0, 9))),
            ("bytes=8-100", Some((8, 9))),
            ("bytes=5-2", None),
            ("bytes=0-1,4-5", None),
            ("lines=0-1", None),
            ("bytes=99999999999999999999999-", None),
        ] {
            assert_eq!(resolve(asked(text), 10).expect("satisfiable"), expected, "{text}");
        }
        for text in ["bytes=10-", "bytes=-0"] {
            assert_eq!(resolve(asked(text), 10).expect_err(text).status, StatusCode::RANGE_NOT_SATISFIABLE);
        }
    }
}
