//! Bad input against the real use cases: never a 5xx, always a problem with a place.

use super::{as_user, door};
use serde_json::{Value, json};
use test_kit::TestApp;

#[tokio::test]
async fn options_are_checked_with_pointers() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let product = acme.product("DESK-HA").await.id;
    let configure = format!("/api/v1/products/{product}/configure");
    for (choices, pointer) in [
        (json!({ "no_such_option": 1 }), "/config_data/no_such_option"),
        (json!({ "width": "wide" }), "/config_data/width"),
        (json!({ "width": 1_000_000 }), "/config_data/width"),
        (json!({ "width": null }), "/config_data/width"),
        (json!({ "width": [1600] }), "/config_data/width"),
    ] {
        for (path, body) in [
            (configure.as_str(), json!({ "config_data": choices })),
            ("/api/v1/jobs", json!({ "product_id": product, "config_data": choices })),
            ("/api/v1/configurations", json!({ "product_id": product, "config_data": choices })),
        ] {
            let problem = ann.post(path, body).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{path} {choices}");
        }
    }
}

#[tokio::test]
async fn definitions_with_faults_are_refused_with_pointers() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    for definition in [json!({}), json!({ "sku": 5 }), json!({ "schema": [], "rules": "x" }), deep(100)] {
        let problem = ann.post("/api/v1/products", definition).await.problem(422);
        assert!(problem["errors"].as_array().is_some_and(|e| !e.is_empty()), "{problem}");
    }
}

/// Nesting of `n` objects.
fn deep(n: usize) -> Value {
    (0..n).fold(json!(1), |inner, _| json!({ "schema": inner }))
}

#[tokio::test]
async fn strange_values_never_end_in_a_5xx() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let product = acme.product("DESK-HA").await.id;
    let strange = [
        json!(null),
        json!(""),
        json!("\u{202e}x"),
        json!("x".repeat(100_000)),
        json!(-1),
        json!(1e308),
        json!(i64::MIN),
        json!(true),
        json!([]),
        json!({}),
        json!("' or 1=1 --"),
        json!("\u{0}"),
    ];
    let mut asked = 0;
    for value in &strange {
        for (method, path, body) in [
            ("POST", "/api/v1/auth/register".to_owned(), json!({ "email": value, "password": value, "name": value, "organization": value })),
            ("POST", "/api/v1/auth/login".to_owned(), json!({ "email": value, "password": value })),
            ("POST", "/api/v1/auth/refresh".to_owned(), json!({ "refresh_token": value })),
            ("POST", "/api/v1/auth/switch".to_owned(), json!({ "tenant_id": value })),
            ("POST", "/api/v1/auth/forgot-password".to_owned(), json!({ "email": value })),
            ("POST", "/api/v1/auth/reset-password".to_owned(), json!({ "token": value, "password": value })),
            ("POST", "/api/v1/auth/accept-invite".to_owned(), json!({ "token": value, "name": value, "password": value })),
            ("POST", "/api/v1/admin/invitations".to_owned(), json!({ "email": value, "role": value })),
            ("PATCH", format!("/api/v1/admin/members/{}", acme.admin.id()), json!({ "role": value, "disabled": value })),
            ("POST", "/api/v1/configurations".to_owned(), json!({ "product_id": value, "name": value, "config_data": value })),
            ("POST", "/api/v1/configurations".to_owned(), json!({ "product_id": product, "name": value, "config_data": { "width": value } })),
            ("POST", "/api/v1/jobs".to_owned(), json!({ "configuration_id": value, "formats": value, "kind": value })),
            ("POST", format!("/api/v1/products/{product}/configure"), json!({ "config_data": { "width": value, "finish": value } })),
            ("POST", "/api/v1/products".to_owned(), json!({ "sku": value, "name": value, "schema": value, "rules": value, "price": value, "recipe": value })),
        ] {
            let reply = ann.send(method, &path, Some(body.clone())).await;
            asked += 1;
            assert!(reply.status < 500, "{method} {path} {body}: {}", reply.text());
            if reply.status >= 400 {
                let _ = reply.problem(reply.status);
            }
        }
    }
    assert!(asked > 150, "{asked}");
    let search = format!("/api/v1/products?search={}", "%27%22%5C%25_%28".repeat(20));
    assert!(ann.get(&search).await.status < 500);
}

#[tokio::test]
async fn signing_in_never_tells_which_half_was_wrong() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let wrong = door(&app).post("/api/v1/auth/login", json!({ "email": acme.admin.email, "password": "not this one" })).await.problem(401);
    let unknown = door(&app).post("/api/v1/auth/login", json!({ "email": "nobody@example.com", "password": "not this one" })).await.problem(401);
    assert_eq!((&wrong["code"], &wrong["detail"]), (&unknown["code"], &unknown["detail"]));
}
