//! Rate limits with `RateLimit-*` headers.

use crate::Api;
use crate::limits::{Standing, network};
use crate::problem::ApiError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind};
use facade::{Actor, Caller, Session};
use http::{HeaderName, HeaderValue, Method};
use std::time::Instant;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Counts the request; 429 when its caller asks too often. Pages and files are not counted; signing in and asking for work
/// by a page are.
pub async fn rate_limits(State(api): State<Api>, request: Request, next: Next) -> Response {
    if !api.config().limits_on {
        return next.run(request).await;
    }
    let Some(standing) = stand(&api, &request, Instant::now()) else { return next.run(request).await };
    let mut response = if standing.allowed {
        next.run(request).await
    } else {
        let mut error = AppError::new(
            ErrorKind::TooMany,
            "too_many_requests",
            format!("Too many requests: {} a minute are allowed here. Go on in {} s.", standing.limit, standing.reset_s),
        );
        error.retry_after = Some(standing.reset_s);
        ApiError::from(error).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(standing.limit));
    headers.insert(REMAINING, HeaderValue::from(standing.remaining));
    headers.insert(RESET, HeaderValue::from(standing.reset_s));
    response
}

/// The tightest of the rules that count this request.
fn stand(api: &Api, request: &Request, now: Instant) -> Option<Standing> {
    let limits = api.config().limits;
    let path = request.uri().path();
    let post = request.method() == Method::POST;
    let address = || network(request.extensions().get::<Caller>().and_then(|c| c.ip.as_deref()));

    let way_in = match path {
        "/api/v1/auth/register" => Some("register"),
        "/api/v1/auth/login" => Some("login"),
        "/api/v1/leads" => Some("lead"),
        "/api/v1/auth/forgot-password" | "/api/v1/auth/reset-password" | "/api/v1/auth/accept-invite" => Some("mail"),
        _ => None,
    };
    if let (true, Some(rule)) = (post, way_in) {
        return Some(api.limiter().take(rule, &address(), limits.sign_in, now));
    }
    if post && api.config().sign_in_paths.iter().any(|p| p == path) {
        return Some(api.limiter().take("page", &format!("{path} {}", address()), limits.sign_in, now));
    }
    let ctx = request.extensions().get::<Session>().map(|s| &s.ctx);
    if post && api.config().work_paths.iter().any(|p| p == path) {
        return ctx.map(|c| api.limiter().take("jobs", &c.tenant.to_string(), limits.jobs, now));
    }
    if !path.starts_with("/api/v1/") && path != "/ws" || path == "/api/v1/openapi.json" {
        return None;
    }
    match ctx.map(|c| (&c.actor, c.tenant)) {
        Some((Actor::User { session, .. }, tenant)) => {
            let mine = api.limiter().take("token", &session.to_string(), limits.per_token, now);
            let asks =
                post && (path == crate::routes::assets::UPLOAD || path == "/api/v1/jobs" || (path.starts_with("/api/v1/jobs/") && path.ends_with("/again")));
            if mine.allowed && asks {
                let ours = api.limiter().take("jobs", &tenant.to_string(), limits.jobs, now);
                if !ours.allowed || ours.remaining < mine.remaining {
                    return Some(ours);
                }
            }
            Some(mine)
        }
        _ => Some(api.limiter().take("anonymous", &address(), limits.anonymous, now)),
    }
}
