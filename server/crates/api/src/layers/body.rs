//! Size of bodies, time of answers, panics.

use crate::problem::ApiError;
use crate::{Api, ApiConfig};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use contract::{AppError, ErrorKind, LARGEST_UPLOAD};
use futures::FutureExt;
use http::request::Parts;
use http::{Method, header};
use http_body_util::{BodyExt, Limited};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// Too large bodies are read and dropped up to this size, so that the caller can read the answer before the connection ends.
const DRAIN: usize = 32 * 1024 * 1024;

/// The longest that an upload may take.
const UPLOADING: Duration = Duration::from_secs(600);

/// Whether a file of some size is being sent.
fn is_upload(parts: &Parts) -> bool {
    parts.method == Method::POST && parts.uri.path() == crate::routes::assets::UPLOAD
}

/// Most bytes of a request's body.
fn most(parts: &Parts, config: &ApiConfig) -> usize {
    // The other fields, and the lines between them.
    if is_upload(parts) { LARGEST_UPLOAD + 64 * 1024 } else { config.body_limit }
}

/// Refuses bodies above the limit with 413, whether they announce their size or not.
pub async fn limit_body(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (limit, upload) = (most(&parts, api.config()), is_upload(&parts));
    let request = Request::from_parts(parts, body);
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    match announced {
        Some(n) if n > limit as u64 => {
            if n <= DRAIN as u64 && !request.headers().contains_key(header::EXPECT) {
                drain(request.into_body()).await;
            }
            too_large(limit)
        }
        Some(_) => next.run(request).await,
        None if axum::body::HttpBody::is_end_stream(request.body()) => next.run(request).await,
        // Not gathered here, before anybody knows who sends it: it ends when it is too long.
        None if upload => next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await,
        None => {
            let (parts, body) = request.into_parts();
            match collect(body, limit).await {
                Collected::All(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
                Collected::TooLarge(rest) => {
                    drain(rest).await;
                    too_large(limit)
                }
                Collected::Broken => {
                    ApiError::from(AppError::new(ErrorKind::Malformed, "malformed_body", "The body broke off before its end.")).into_response()
                }
            }
        }
    }
}

enum Collected {
    All(Bytes),
    TooLarge(Body),
    Broken,
}

async fn collect(mut body: Body, limit: usize) -> Collected {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Collected::Broken };
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > limit {
                return Collected::TooLarge(body);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Collected::All(bytes.freeze())
}

async fn drain(mut body: Body) {
    let dropped = async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > DRAIN {
                break;
            }
        }
    };
    // Slow senders don't get the courtesy.
    let _ = tokio::time::timeout(Duration::from_secs(5), dropped).await;
}

fn too_large(limit: usize) -> Response {
    ApiError::from(AppError::new(
        ErrorKind::TooLarge,
        "too_large",
        if limit > LARGEST_UPLOAD {
            "A file has 64 MB at most. Simplify the model, or make its pictures smaller.".to_owned()
        } else {
            format!("The body is larger than {} kB.", limit / 1024)
        },
    ))
    .into_response()
}

/// Gives up on answers that do not begin in time.
pub async fn timeout(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let patience = if is_upload(&parts) { UPLOADING } else { api.config().timeout };
    match tokio::time::timeout(patience, next.run(Request::from_parts(parts, body))).await {
        Ok(response) => response,
        Err(_) => {
            let error = AppError::new(ErrorKind::Unavailable, "timeout", "This took too long and was given up. Try again.");
            ApiError::from(error).into_response()
        }
    }
}

/// Turns a panic into a 500 with the request's id.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
            tracing::error!(panic = words, "a handler panicked");
            ApiError::from(AppError::internal()).into_response()
        }
    }
}
