//! What programs do with the door, from signing up to a shared configuration.

use super::{as_user, door};
use futures::future::join_all;
use serde_json::{Value, json};
use test_kit::{Options, PASSWORD, TestApp};

#[tokio::test]
async fn from_signing_up_to_a_shared_configuration() {
    let app = TestApp::start().await;
    let reply = door(&app)
        .post("/api/v1/auth/register", json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann", "organization": "Acme" }))
        .await
        .expect(201);
    let signed_in = reply.json();
    for member in ["access_token", "refresh_token", "role", "expires_in"] {
        assert!(!signed_in[member].is_null(), "{member}");
    }
    assert_eq!((&signed_in["role"], &signed_in["tenant"]["name"]), (&json!("admin"), &json!("Acme")));

    // By cookie as a browser, by token as a program.
    let browser = door(&app).cookies(&reply.cookie_header());
    let ann = door(&app).bearer(signed_in["access_token"].as_str().expect("a token"));
    assert_eq!(browser.get("/api/v1/me").await.expect(200).json()["user"]["email"], "ann@example.com");

    let page = ann.get("/api/v1/products?search=DESK-HA").await.expect(200).json();
    let product = page["items"][0]["id"].as_str().expect("the desk").to_owned();
    let detail = ann.get(&format!("/api/v1/products/{product}")).await.expect(200);
    assert!(detail.json()["config_schema"]["properties"].is_object());
    let _ = ann.with("if-none-match", detail.header("etag")).get(&format!("/api/v1/products/{product}")).await.expect(304);

    let configure = format!("/api/v1/products/{product}/configure");
    let evaluated = ann.post(&configure, json!({ "config_data": {} })).await.expect(200).json();
    assert_eq!(evaluated["valid"], true);
    let sum: i64 = evaluated["price"]["lines"].as_array().expect("lines").iter().map(|l| l["amount"]["minor"].as_i64().expect("minor units")).sum();
    assert_eq!(Some(sum), evaluated["price"]["total"]["minor"].as_i64(), "the lines add up");

    let saved = ann.post("/api/v1/configurations", json!({ "product_id": product, "name": "For Ben", "config_data": {} })).await.expect(201);
    let path = saved.header("location").to_owned();
    assert_eq!(saved.json()["key"], evaluated["key"]);
    let tag = ann.get(&path).await.expect(200).header("etag").to_owned();
    let renamed = ann.with("if-match", &tag).patch(&path, json!({ "name": "For Eve" })).await.expect(200);
    assert_eq!(renamed.json()["name"], "For Eve");
    assert_eq!(ann.with("if-match", &tag).patch(&path, json!({ "name": "Lost" })).await.problem(412)["code"], "stale");

    let shared = ann.send("POST", &format!("{path}/share"), None).await.expect(200).json();
    assert!(shared["share_url"].as_str().is_some_and(|u| u.contains("/c/")), "{shared}");
    assert!(shared["expires_at"].is_null());
    let again = ann.send("POST", &format!("{path}/share"), None).await.expect(200).json();
    assert_eq!(again["share_url"], shared["share_url"]);
    let _ = ann.delete(&format!("{path}/share")).await.expect(204);
    let _ = ann.delete(&path).await.expect(204);
    let _ = ann.get(&path).await.problem(404);
}

#[tokio::test]
async fn lists_are_paged_without_gaps() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let product = acme.product("DESK-HA").await.id;
    for n in 0..5 {
        let _ = ann.post("/api/v1/configurations", json!({ "product_id": product, "name": format!("no. {n}") })).await.expect(201);
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/configurations?limit=2".to_owned();
    for _ in 0..4 {
        let page = ann.get(&path).await.expect(200).json();
        names.extend(page["items"].as_array().expect("items").iter().map(|c| c["name"].as_str().unwrap_or_default().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/configurations?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["no. 4", "no. 3", "no. 2", "no. 1", "no. 0"]);
    for cursor in ["garbage", "%F0%9F%92%A9", "AAAA", "bm9wZQ"] {
        for list in ["/api/v1/configurations", "/api/v1/products", "/api/v1/jobs", "/api/v1/admin/audit", "/api/v1/admin/outbox"] {
            let _ = ann.get(&format!("{list}?cursor={cursor}")).await.problem(400);
        }
    }
}

#[tokio::test]
async fn a_hundred_equal_requests_under_one_key_save_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let product = acme.product("DESK-HA").await.id;
    let body = json!({ "product_id": product, "name": "Once" });
    let keyed = ann.with("idempotency-key", "order-1");
    let replies = join_all((0..100).map(|_| keyed.post("/api/v1/configurations", body.clone()))).await;
    assert!(replies.iter().all(|r| r.status == 201 && r.json() == replies[0].json()), "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
    assert_eq!(ann.get("/api/v1/configurations").await.expect(200).json()["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(keyed.post("/api/v1/configurations", json!({ "product_id": product, "name": "Twice" })).await.problem(422)["code"], "idempotency_mismatch");
}

#[tokio::test]
async fn tokens_rotate_and_end() {
    let app = TestApp::start_with(Options { no_session_cache: true, ..Options::default() }).await;
    let acme = app.tenant("acme").await;
    let old = acme.admin.signed_in.refresh_token.clone();
    let refresh = |token: &str| {
        let (door, body) = (door(&app), json!({ "refresh_token": token }));
        async move { door.post("/api/v1/auth/refresh", body).await }
    };
    let pair = refresh(&old).await.expect(200).json();
    let within_grace = refresh(&old).await.expect(200).json();
    assert_eq!(pair["refresh_token"], within_grace["refresh_token"], "a lost reply is answered again");
    app.clock.advance(std::time::Duration::from_secs(11).try_into().expect("seconds"));
    let _ = refresh(&old).await.problem(401);
    let _ = refresh(pair["refresh_token"].as_str().expect("a token")).await.problem(401);

    let reply = door(&app).post("/api/v1/auth/login", json!({ "email": acme.admin.email, "password": PASSWORD })).await.expect(200);
    let access = reply.json()["access_token"].as_str().expect("a token").to_owned();
    let ann = door(&app).bearer(&access);
    let _ = ann.get("/api/v1/me").await.expect(200);
    let _ = ann.send("POST", "/api/v1/auth/logout", None).await.expect(204);
    let _ = ann.get("/api/v1/me").await.problem(401);
}

#[tokio::test]
async fn expired_and_forged_tokens_are_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let token = acme.admin.signed_in.access_token.clone();
    let parts: Vec<&str> = token.split('.').collect();
    let other = app.tenant("other").await.admin.signed_in.access_token;
    let swapped = format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap_or_default(), parts[2]);
    for forged in [format!("{}.{}.", parts[0], parts[1]), format!("eyJhbGciOiJub25lIn0.{}.", parts[1]), swapped, token.replace('.', ""), "x".to_owned()] {
        let _ = door(&app).bearer(&forged).get("/api/v1/me").await.problem(401);
    }
    let _ = door(&app).bearer(&token).get("/api/v1/me").await.expect(200);
    app.clock.advance(std::time::Duration::from_secs(16 * 60).try_into().expect("seconds"));
    let _ = door(&app).bearer(&token).get("/api/v1/me").await.problem(401);
    // A page renews what is over by itself.
    let cookies = format!("fitout_access={token}; fitout_refresh={}", acme.admin.signed_in.refresh_token);
    let page = door(&app).cookies(&cookies).get("/anything").await;
    assert_eq!(page.set_cookies().len(), 2);
    let _ = door(&app).cookies(&page.cookie_header()).get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_job_is_asked_for_read_and_taken_back() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let product = acme.product("DESK-HA").await.id;
    let job = ann.post("/api/v1/jobs", json!({ "product_id": product, "config_data": {}, "formats": ["glb"] })).await.expect(202);
    let path = job.header("location").to_owned();
    let read = ann.get(&path).await.expect(200).json();
    for member in ["id", "kind", "status", "progress", "cache_hit", "retry_count", "max_retries", "created_at"] {
        assert!(!read[member].is_null(), "{member}");
    }
    for member in ["configuration_id", "result_url", "result", "error_code", "error_message", "started_at", "completed_at"] {
        assert_eq!(read.get(member), Some(&Value::Null), "{member}");
    }
    assert_eq!(ann.send("POST", &format!("{path}/cancel"), None).await.expect(200).json()["status"], "CANCELLED");
    assert_eq!(ann.send("POST", &format!("{path}/cancel"), None).await.status, 409);
    let _ = ann.post("/api/v1/jobs", json!({})).await.problem(422);
    let _ = ann.post("/api/v1/jobs", json!({ "product_id": product, "config_data": {}, "kind": "film" })).await.problem(422);
    let _ = ann.post("/api/v1/jobs", json!({ "product_id": product, "config_data": {}, "formats": ["fbx"] })).await.problem(422);
    let _ = ann.post("/api/v1/jobs", json!({ "product_id": "no uuid", "config_data": {} })).await.problem(422);
}
