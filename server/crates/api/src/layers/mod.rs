//! What lies around every request, pages and server functions included. Order from the outside in: see [`wrap`].

mod body;
mod csrf;
mod headers;
mod limit;
mod observe;
mod session;

pub use body::{catch_panic, limit_body, timeout};
pub(crate) use csrf::{cookie, cross_site, origin_is_ours};
pub use csrf::{csrf, same_origin};
pub use headers::{compression, cors, security_headers};
pub use limit::rate_limits;
pub use observe::{metrics_handle, observe, problems};
pub use session::session;
pub(crate) use session::{By, Credential, Refused};

use crate::Api;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;

/// Id of a request: from a UUIDv7, or as the caller gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Puts all layers around `app`, outermost first: ids, span and metrics; compression; problems; security headers; CORS; panics;
/// timeouts; size of bodies; cross-site requests; session; rate limits.
pub fn wrap(api: &Api, app: Router) -> Router {
    // Installed before the first request, so that none is missed.
    let _ = metrics_handle();
    app.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(api.clone(), observe))
            .layer(compression())
            .layer(from_fn(problems))
            .layer(from_fn_with_state(api.clone(), security_headers))
            .layer(from_fn(cors))
            .layer(from_fn(catch_panic))
            .layer(from_fn_with_state(api.clone(), timeout))
            .layer(from_fn_with_state(api.clone(), limit_body))
            .layer(from_fn_with_state(api.clone(), csrf))
            .layer(from_fn_with_state(api.clone(), session))
            .layer(from_fn_with_state(api.clone(), rate_limits)),
    )
}

/// Whether the address belongs to REST (answers are JSON), not to pages and server functions.
pub(crate) fn is_rest(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path.starts_with("/files/") || matches!(path, "/health" | "/metrics" | "/ws")
}

/// Whether the address is a server function of the pages.
pub(crate) fn is_server_fn(path: &str) -> bool {
    path.starts_with("/_fn/")
}
