//! Every POST that creates or spends keeps its answer: sent twice under one key, it has one effect.

use super::{as_user, door};
use api::idempotency::HONOURED;
use serde_json::{Value, json};
use test_kit::{PASSWORD, TestApp};

#[tokio::test]
async fn each_of_them_replays_its_first_answer() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let desk = acme.product("DESK-HA").await.id;
    let mut definition = publish::demo().into_iter().next().expect("a demo product");
    definition["sku"] = json!("TEST-1");
    let draft = ann.post("/api/v1/products", definition.clone()).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
    definition["sku"] = json!("TEST-2");
    let saved = ann.post("/api/v1/configurations", json!({ "product_id": desk })).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let asked = json!({ "product_id": desk, "config_data": { "width": 1850 } });
    let job = ann.post("/api/v1/jobs", asked.clone()).await.expect(202).json()["id"].as_str().expect("an id").to_owned();
    let effects = "select (select count(*) from users) || ' ' || (select count(*) from products) || ' ' || (select sum(published_version) from products) || ' ' \
         || (select count(*) from configurations) || ' ' || (select count(*) from jobs) || ' ' || (select count(*) from invitations) || ' ' \
         || (select count(*) from embeds) || ' ' || (select count(*) from leads) || ' ' || (select count(*) from price_lists) || ' ' \
         || (select count(*) from audit_log where action <> 'session.started')";
    for (route, status) in HONOURED {
        let (path, body): (String, Value) = match route {
            "/api/v1/auth/register" => (route.to_owned(), json!({ "email": "new@example.com", "password": PASSWORD, "name": "New" })),
            "/api/v1/products" => (route.to_owned(), definition.clone()),
            "/api/v1/products/{id}/publish" => (route.replace("{id}", &draft), json!({})),
            "/api/v1/configurations" => (route.to_owned(), json!({ "product_id": desk, "name": "Once" })),
            "/api/v1/products/{id}/copy" => (route.replace("{id}", &desk), json!({})),
            "/api/v1/configurations/{id}/share" | "/api/v1/configurations/{id}/fork" => (route.replace("{id}", &saved), json!({})),
            "/api/v1/jobs" => (route.to_owned(), asked.clone()),
            "/api/v1/jobs/{id}/cancel" | "/api/v1/jobs/{id}/again" => (route.replace("{id}", &job), json!({})),
            "/api/v1/admin/invitations" => (route.to_owned(), json!({ "email": "guest@example.com", "role": "viewer" })),
            "/api/v1/embeds" => (route.to_owned(), json!({ "name": "Shop" })),
            "/api/v1/price-lists" => (route.to_owned(), json!({ "name": "Contract", "currency": "USD", "starts": "2026-01-01" })),
            "/api/v1/leads" => (route.to_owned(), json!({ "product_id": desk, "name": "Kim", "email": "kim@example.com" })),
            other => panic!("{other} honours Idempotency-Key: add a request for it here"),
        };
        let secret = route == "/api/v1/auth/register";
        let client = if secret { door(&app) } else { ann.clone() }.with("idempotency-key", "the-same-for-all");
        let first = client.post(&path, body.clone()).await.expect(status.as_u16());
        assert_eq!(first.header("idempotent-replayed"), "", "{route}");
        let before = app.db.value(effects).await.expect("counts");
        let second = client.post(&path, body.clone()).await.expect(status.as_u16());
        assert_eq!(second.header("idempotent-replayed"), "true", "{route} keeps no answer: its use case must call idempotency::keep before its commit");
        assert_eq!(app.db.value(effects).await.expect("counts"), before, "{route} had a second effect");
        if !secret {
            assert_eq!(second.json(), first.json(), "{route}");
        }
    }
}
