//! REST over the real use cases and a database of each test's own.

mod away;
mod coverage;
mod definitions;
mod faults;
mod journey;
mod once;
mod workshop;

use api::ApiConfig;
use test_kit::http::Client;
use test_kit::{TestApp, TestUser};
use tokio_util::sync::CancellationToken;

/// The door of `app`, without rate limits. Live streams end at once, so that they can be read to their end.
fn door(app: &TestApp) -> Client {
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    let config = ApiConfig { limits_on: false, shutdown, ..ApiConfig::new("http://localhost:3000", "test") };
    Client::new(api::router(app.facade.clone(), config))
}

/// The door as a signed-in person uses it.
fn as_user(app: &TestApp, user: &TestUser) -> Client {
    door(app).bearer(&user.signed_in.access_token)
}
