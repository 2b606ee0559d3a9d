//! `Idempotency-Key`: a repeated request gets the first answer instead of a second effect.
//!
//! The use case keeps the answer in the transaction of its effect ([`facade::Once`]), so a crash at any point leaves both or neither. Here
//! it is looked up before the request runs, and again when that failed: an equal request may have been quicker, in this server or another.
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
use contract::{AppError, ErrorKind, Login, Register};
use facade::{Actor, Caller, Kept, Once, Session};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const REGISTER: &str = "/api/v1/auth/register";

/// How long a request waits for an equal one that is at work in this server.
const PATIENCE: Duration = Duration::from_secs(5);

/// POST routes that create or spend, with the status of their success.
pub const HONOURED: [(&str, StatusCode); 14] = [
    (REGISTER, StatusCode::CREATED),
    ("/api/v1/products", StatusCode::CREATED),
    ("/api/v1/products/{id}/publish", StatusCode::OK),
    ("/api/v1/products/{id}/copy", StatusCode::CREATED),
    ("/api/v1/configurations", StatusCode::CREATED),
    ("/api/v1/configurations/{id}/share", StatusCode::OK),
    ("/api/v1/configurations/{id}/fork", StatusCode::CREATED),
    ("/api/v1/jobs", StatusCode::ACCEPTED),
    ("/api/v1/jobs/{id}/cancel", StatusCode::OK),
    ("/api/v1/jobs/{id}/again", StatusCode::ACCEPTED),
    ("/api/v1/admin/invitations", StatusCode::CREATED),
    ("/api/v1/embeds", StatusCode::CREATED),
    ("/api/v1/leads", StatusCode::CREATED),
    ("/api/v1/price-lists", StatusCode::CREATED),
];

/// POST routes without an effect that could be doubled, each with its reason.
pub const EXEMPT: [(&str, &str); 16] = [
    ("/api/v1/assets", "the very same file is taken once"),
    ("/api/v1/embeds/{id}/token", "answers hold tokens"),
    ("/api/v1/price-lists/trial", "keeps nothing"),
    ("/api/v1/embeds/events", "counts uses; one more or less says nothing else"),
    ("/api/v1/auth/login", "answers hold tokens; signing in twice is two sessions"),
    ("/api/v1/auth/refresh", "a token is good once, with a grace of its own"),
    ("/api/v1/auth/logout", "ends what is ended already"),
    ("/api/v1/auth/switch", "answers hold tokens"),
    ("/api/v1/auth/forgot-password", "a second mail replaces the first"),
    ("/api/v1/auth/reset-password", "the token of the mail is good once"),
    ("/api/v1/auth/accept-invite", "the token of the mail is good once"),
    ("/api/v1/products/{id}/configure", "no effect"),
    ("/api/v1/configurations/{id}/renew", "renewing what is of today changes nothing"),
    ("/api/v1/products/{id}/workshop", "no effect"),
    ("/api/v1/products/{id}/check", "no effect"),
    ("/api/v1/definitions/edit", "no effect"),
];

/// One request per key at a time in this server: the others wait for its answer, instead of doing its work only to undo it.
#[derive(Default)]
pub struct Gates(Mutex<HashMap<ScopedKey, Weak<tokio::sync::Mutex<()>>>>);

/// Who asks, and the key sent.
type ScopedKey = (String, String);

/// Keys remembered before those that nobody uses are forgotten.
const GATES: usize = 1_000;

impl Gates {
    fn of(&self, scope: &str, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() >= GATES {
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let slot = gates.entry((scope.to_owned(), key.to_owned())).or_default();
        slot.upgrade().unwrap_or_else(|| {
            let gate = Arc::new(tokio::sync::Mutex::new(()));
            *slot = Arc::downgrade(&gate);
            gate
        })
    }
}

/// Layer around the routes: replays the first answer of a key.
pub async fn layer(State(api): State<Api>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned()).unwrap_or_default();
    let honoured = HONOURED.iter().find(|(r, _)| *r == route);
    match honoured {
        Some((_, status)) if request.method() == Method::POST && request.headers().contains_key(KEY) => {
            run(api, route, *status, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn run(api: Api, route: String, status: StatusCode, request: Request, next: Next) -> Result<Response, ApiError> {
    let key = request.headers().get(KEY).and_then(|v| v.to_str().ok()).unwrap_or_default().trim().to_owned();
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(AppError::new(ErrorKind::Malformed, "malformed_idempotency_key", "Idempotency-Key has 1 to 255 visible ASCII characters.").into());
    }
    let scope = scope(&request, &route);
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let (mut parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, api.config().body_limit)
        .await
        .map_err(|_| AppError::new(ErrorKind::Malformed, "malformed_body", "The body broke off before its end."))?;
    let mut hash = Sha256::new();
    hash.update(parts.uri.path().as_bytes());
    hash.update([0]);
    hash.update(&body);
    let request_hash = hex(&hash.finalize());

    let gate = api.gates().of(&scope, &key);
    let Ok(_first) = tokio::time::timeout(PATIENCE, gate.lock()).await else {
        let detail = "The first request with this Idempotency-Key still runs. Ask again in a moment.";
        return Err(AppError::new(ErrorKind::Conflict, "idempotency_busy", detail).into());
    };
    let answers = &api.facade().idempotency;
    if let Some(kept) = answers.find(&scope, &key, &request_hash).await? {
        return replay(&api, &caller, &route, kept, &body).await;
    }
    let once = Once { scope, key, request_hash, status: status.as_u16(), secret: route == REGISTER };
    if let Some(session) = parts.extensions.get_mut::<Session>() {
        session.ctx.caller.once = Some(once.clone());
    }
    if let Some(caller) = parts.extensions.get_mut::<Caller>() {
        caller.once = Some(once.clone());
    }
    let response = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    if response.status().is_success() {
        return Ok(response);
    }
    // Whatever went wrong: if an equal request has had its effect meanwhile, its answer is the answer.
    match answers.find(&once.scope, &once.key, &once.request_hash).await {
        Ok(Some(kept)) => replay(&api, &caller, &route, kept, &body).await,
        Ok(None) | Err(_) => Ok(response),
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
