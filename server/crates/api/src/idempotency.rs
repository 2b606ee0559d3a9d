//! `Idempotency-Key`: a repeated request gets the first answer instead of a second effect.
//!
//! Only answers of success are kept: what was refused may be tried again under the same key. Answers with tokens are never
//! kept; a repeated registration signs in again instead.

use crate::Api;
use crate::etag::hex;
use crate::limits::network;
use crate::problem::ApiError;
use crate::{input, routes::auth};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::{AppError, ErrorKind, Login, Register};
use facade::{Actor, Caller, Claim, Kept, Session};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const REGISTER: &str = "/api/v1/auth/register";

/// POST routes that create or spend.
pub const HONOURED: [&str; 9] = [
    REGISTER,
    "/api/v1/products",
    "/api/v1/products/{id}/publish",
    "/api/v1/configurations",
    "/api/v1/configurations/{id}/share",
    "/api/v1/jobs",
    "/api/v1/jobs/{id}/cancel",
    "/api/v1/jobs/{id}/again",
    "/api/v1/admin/invitations",
];

/// POST routes without an effect that could be doubled, each with its reason.
pub const EXEMPT: [(&str, &str); 8] = [
    ("/api/v1/auth/login", "answers hold tokens; signing in twice is two sessions"),
    ("/api/v1/auth/refresh", "a token is good once, with a grace of its own"),
    ("/api/v1/auth/logout", "ends what is ended already"),
    ("/api/v1/auth/switch", "answers hold tokens"),
    ("/api/v1/auth/forgot-password", "a second mail replaces the first"),
    ("/api/v1/auth/reset-password", "the token of the mail is good once"),
    ("/api/v1/auth/accept-invite", "the token of the mail is good once"),
    ("/api/v1/products/{id}/configure", "no effect"),
];

/// Layer around the routes: replays the first answer of a key.
pub async fn layer(State(api): State<Api>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned()).unwrap_or_default();
    if request.method() != Method::POST || !request.headers().contains_key(KEY) || !HONOURED.contains(&route.as_str()) {
        return next.run(request).await;
    }
    run(api, route, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn run(api: Api, route: String, request: Request, next: Next) -> Result<Response, ApiError> {
    let key = request.headers().get(KEY).and_then(|v| v.to_str().ok()).unwrap_or_default().trim().to_owned();
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(AppError::new(ErrorKind::Malformed, "malformed_idempotency_key", "Idempotency-Key has 1 to 255 visible ASCII characters.").into());
    }
    let scope = scope(&request, &route);
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, api.config().body_limit)
        .await
        .map_err(|_| AppError::new(ErrorKind::Malformed, "malformed_body", "The body broke off before its end."))?;
    let mut hash = Sha256::new();
    hash.update(parts.uri.path().as_bytes());
    hash.update([0]);
    hash.update(&body);
    let hash = hex(&hash.finalize());

    if let Claim::Replay(kept) = api.facade().idempotency.claim(&scope, &key, &hash).await? {
        return replay(&api, &caller, &route, kept, &body).await;
    }
    // In a task of its own: a caller who hangs up must not leave an effect without its kept answer.
    let secret = route == REGISTER;
    let work = tokio::spawn(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        finish(&api, &scope, &key, secret, response).await
    });
    match work.await {
        Ok(response) => Ok(response),
        Err(panicked) => match panicked.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(AppError::internal().into()),
        },
    }
}

/// Per person, or per address without sign-in, and per route.
fn scope(request: &Request, route: &str) -> String {
    let ctx = request.extensions().get::<Session>().map(|s| &s.ctx);
    match ctx.map(|c| (&c.actor, c.tenant)) {
        Some((Actor::User { id, .. }, tenant)) => format!("tenant:{tenant}:{id}:POST {route}"),
        _ => {
            let ip = request.extensions().get::<Caller>().and_then(|c| c.ip.clone());
            format!("address:{}:POST {route}", network(ip.as_deref()))
        }
    }
}

async fn finish(api: &Api, scope: &str, key: &str, secret: bool, response: Response) -> Response {
    let store = &api.facade().idempotency;
    if !response.status().is_success() {
        if let Err(error) = store.release(scope, key).await {
            tracing::warn!(code = %error.code, "an idempotency key could not be released");
        }
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return ApiError::from(AppError::internal()).into_response() };
    let kept = Kept { status: parts.status.as_u16(), body: if secret { Bytes::from_static(b"{}") } else { body.clone() } };
    if let Err(error) = store.keep(scope, key, kept).await {
        tracing::warn!(code = %error.code, "the answer to an idempotency key could not be kept");
    }
    Response::from_parts(parts, Body::from(body))
}

async fn replay(api: &Api, caller: &Caller, route: &str, kept: Kept, body: &[u8]) -> Result<Response, ApiError> {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = if route == REGISTER {
        let Register { email, password, .. } = input::read(body)?;
        let signed_in = api.facade().accounts.login(caller, Login { email, password }).await?;
        auth::signed_in(api, status, &signed_in)?
    } else {
        let mut response = Response::new(Body::from(kept.body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    };
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
