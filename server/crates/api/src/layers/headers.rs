//! Headers that every answer has, compression, and CORS.

use crate::Api;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, NotForContentType, Predicate as _, SizeAbove};

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Sets the security headers that an answer lacks. Pages set their own content policy with a nonce; it stays.
pub async fn security_headers(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, API_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(PERMISSIONS, "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()");
    set(OPENER, "same-origin");
    if api.config().secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// What is worth compressing: not small answers, streams, pictures, films, models or fonts.
type Worth =
    And<And<And<And<And<And<SizeAbove, NotForContentType>, NotForContentType>, NotForContentType>, NotForContentType>, NotForContentType>, NotForContentType>;

/// Compresses dynamic answers (brotli, gzip). Files that are compressed already, parts of files and streams pass.
#[must_use]
pub fn compression() -> CompressionLayer<Worth> {
    let worth = SizeAbove::new(860)
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("model/"))
        .and(NotForContentType::const_new("font/"))
        .and(NotForContentType::const_new("application/zip"));
    CompressionLayer::new().compress_when(worth)
}

/// Any origin may call REST with a Bearer token and load files; never with cookies (no `Allow-Credentials`).
pub async fn cors(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let open = path.starts_with("/api/v1") || path.starts_with("/files/") || path == "/health";
    if !open || !request.headers().contains_key(header::ORIGIN) {
        return next.run(request).await;
    }
    let preflight = request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, if-match, if-none-match, idempotency-key, range, x-request-id, last-event-id"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    } else {
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(
                "etag, location, retry-after, x-request-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset, idempotent-replayed, content-range",
            ),
        );
    }
    response
}
