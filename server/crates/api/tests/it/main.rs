//! The door against a small facade in memory: statuses, headers, cookies. Whole journeys live in `server/tests/it/http`.

mod bodies;
mod fake;
#[path = "../../../test_kit/src/http.rs"]
mod http;
mod idempotency;
mod limits;
mod live;
mod reads;
mod sessions;

use crate::fake::Fake;
use crate::http::Client;
use api::ApiConfig;
use std::sync::Arc;

/// Settings of the tests: no limits, on loopback.
pub fn config() -> ApiConfig {
    ApiConfig { limits_on: false, ..ApiConfig::new("http://localhost:3000", "1.2.3") }
}

/// A door over `fake`.
pub fn over(fake: &Arc<Fake>, config: ApiConfig) -> Client {
    Client::new(api::router(fake.facade(), config))
}

/// A door over a fresh fake.
pub fn door() -> Client {
    over(&Arc::new(Fake::default()), config())
}
