//! The database is gone: told soon, in words, and over as soon as it is back.

use api::ApiConfig;
use ports::SystemIds;
use services::{Ports, Services, ServicesConfig};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use store::testing::{Proxy, config};
use test_kit::TestApp;
use test_kit::http::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_gets_its_503_within_about_two_seconds() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let viewer = acme.viewer().await;
    // The same server, but its line to the database can be cut.
    let proxy = Proxy::to(&app.db.url).await.expect("a line");
    let store = Store::connect(config(&proxy.url)).await.expect("connected");
    let ports = Ports {
        blender: app.blender.clone(),
        blobs: app.blobs.clone(),
        mailer: app.mailer.clone(),
        typesetter: app.typesetter.clone(),
        scanner: app.scanner.clone(),
        clock: Arc::new(app.clock.clone()),
        ids: Arc::new(SystemIds),
    };
    let settings = ServicesConfig::new(b"a secret for tests, 32 bytes long".as_slice(), "http://fitout.test");
    let services = Services::new(store, ports, settings).expect("services");
    services.ensure_showcase().await.expect("as at every start");
    let door = Client::new(api::router(services.facade(), ApiConfig { limits_on: false, ..ApiConfig::new("http://localhost:3000", "test") }));
    let known = door.bearer(&acme.admin.signed_in.access_token);
    let _ = known.get("/api/v1/me").await.expect(200);
    // Its session was never looked at by this server.
    let new = door.bearer(&viewer.signed_in.access_token);
    proxy.cut();
    let mut asking = tokio::task::JoinSet::new();
    for (client, path) in [
        (known.clone(), "/api/v1/me"),
        (known.clone(), "/api/v1/configurations"),
        (new.clone(), "/api/v1/me"),
        (door.clone(), "/api/v1/products"),
        (door.clone(), "/health"),
    ] {
        asking.spawn(async move {
            let began = Instant::now();
            (path, client.get(path).await, began.elapsed())
        });
    }
    for (path, reply, took) in asking.join_all().await {
        assert!(took < Duration::from_millis(2_500), "{path}: {took:?}");
        assert_eq!(reply.status, 503, "{path}: {}", reply.text());
        if path != "/health" {
            assert!(reply.problem(503)["detail"].as_str().is_some_and(|d| d.contains("database")), "{path}");
            assert!(!reply.header("retry-after").is_empty());
        }
    }
    proxy.mend();
    let began = Instant::now();
    let _ = known.get("/api/v1/me").await.expect(200);
    let _ = new.get("/api/v1/me").await.expect(200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
