//! Cross-site requests: cookies travel with them, so changes must come from our own pages.

use crate::Api;
use crate::problem::ApiError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind};
use facade::cookies;
use http::{HeaderMap, HeaderName, Method, header};
use url::Url;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses (403) changes that another site started with a person's cookies, and any change through a server function: those
/// take forms, which browsers send without asking.
pub async fn csrf(State(api): State<Api>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    let bearer = is_bearer(headers);
    let guarded = !safe && !bearer && (has_session(headers) || !super::is_rest(request.uri().path()));
    if guarded && !same_origin(&api, headers) {
        return cross_site().into_response();
    }
    next.run(request).await
}

/// 403 for requests of other sites.
pub(crate) fn cross_site() -> ApiError {
    AppError::new(ErrorKind::Forbidden, "cross_site", "This request came from another site. Open Fitout itself and try again.").into()
}

/// Whether the request names a Bearer token, which no browser sends by itself (a Basic password it would).
pub(crate) fn is_bearer(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|v| v.as_bytes().get(..6).is_some_and(|s| s.eq_ignore_ascii_case(b"bearer")))
}

/// Whether the request carries session cookies.
pub(crate) fn has_session(headers: &HeaderMap) -> bool {
    cookie(headers, cookies::ACCESS).is_some() || cookie(headers, cookies::REFRESH).is_some()
}

/// Value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok()).find_map(|v| cookies::read(v, name))
}

/// Whether a request comes from our own pages or from no browser at all. Browsers always say `Sec-Fetch-Site`, or `Origin` with changes
/// and WebSockets; programs without either hold their cookies on purpose.
#[must_use]
pub fn same_origin(api: &Api, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    origin_is_ours(api, headers)
}

/// Whether `Origin`, if there is one, is this server's.
pub(crate) fn origin_is_ours(api: &Api, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|o| Url::parse(o).ok()) else { return false };
    let ours = Url::parse(&api.config().public_url).is_ok_and(|u| u.origin() == origin.origin());
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    ours || host.is_some_and(|h| Url::parse(&format!("{}://{h}", origin.scheme())).is_ok_and(|u| u.origin() == origin.origin()))
}
