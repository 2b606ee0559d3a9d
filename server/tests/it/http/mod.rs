//! REST over the real use cases and a database of each test's own.

pub(crate) mod assets;
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

/// A mail with a file that no mail server took.
pub(crate) async fn kept_mail(app: &TestApp, tenant: uuid::Uuid) -> String {
    let id = uuid::Uuid::now_v7();
    let mut tx = app.store.tenant(&TestApp::system(tenant)).await.expect("the database");
    let mail = store::mails::NewMail {
        id,
        recipient: "kim@example.com",
        subject: "Your Tarn desk",
        body: "Hello",
        state: "kept",
        attachment: Some(("DESK-HA.pdf", b"%PDF-1.7")),
    };
    store::mails::create(&mut tx, &mail).await.expect("stored");
    tx.commit().await.expect("stored");
    id.to_string()
}
