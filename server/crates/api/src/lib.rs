//! The REST door: parses requests, says who asks, calls one use case, chooses a status. Nothing else happens here.
//!
//! Invariants: sees only `facade` and `contract`; every error leaves as problem+json; bad input never ends in a 5xx;
//! no answer names a cause inside the server; every route is in the OpenAPI description.
#![forbid(unsafe_code)]

pub mod config;
pub mod etag;
pub mod idempotency;
pub mod input;
pub mod layers;
pub mod limits;
pub mod problem;
pub mod routes;

pub use config::{ApiConfig, Limits};
pub use layers::RequestId;
pub use problem::{ApiError, Problem};

use axum::Router;
use bytes::Bytes;
use facade::Facade;
use std::sync::Arc;

/// The door with what it needs: cheap to clone, the state of every handler and layer.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    facade: Facade,
    config: ApiConfig,
    limiter: limits::Limiter,
    gates: idempotency::Gates,
    openapi: Bytes,
}

impl Api {
    /// A door for `facade`.
    #[must_use]
    pub fn new(facade: Facade, config: ApiConfig) -> Self {
        let openapi = Bytes::from(routes::openapi(&config).to_json().unwrap_or_default());
        Self { inner: Arc::new(Inner { facade, config, limiter: limits::Limiter::default(), gates: idempotency::Gates::default(), openapi }) }
    }
    /// The use cases.
    #[must_use]
    pub fn facade(&self) -> &Facade {
        &self.inner.facade
    }
    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ApiConfig {
        &self.inner.config
    }
    pub(crate) fn limiter(&self) -> &limits::Limiter {
        &self.inner.limiter
    }
    pub(crate) fn gates(&self) -> &idempotency::Gates {
        &self.inner.gates
    }
    pub(crate) fn openapi(&self) -> Bytes {
        self.inner.openapi.clone()
    }
    /// The routes of this door without the layers: `/api/v1/*`, `/health`, `/metrics`, `/files/*`, `/ws`, `/docs`.
    pub fn routes(&self) -> Router {
        routes::all(self)
    }
    /// Puts the layers around `app`: the routes of this door, pages and server functions alike.
    pub fn wrap(&self, app: Router) -> Router {
        layers::wrap(self, app)
    }
}

/// The whole door with its layers, for a server without pages and for tests.
pub fn router(facade: Facade, config: ApiConfig) -> Router {
    let api = Api::new(facade, config);
    let routes = api.routes();
    api.wrap(routes)
}
