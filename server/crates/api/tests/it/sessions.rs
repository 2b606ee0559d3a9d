//! Who asks: tokens, cookies, other sites.

use crate::fake::{Fake, THING};
use crate::{door, over};
use api::ApiConfig;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn nobody_gets_401_where_a_person_is_needed() {
    for path in ["/api/v1/me", "/api/v1/configurations", "/api/v1/jobs", "/api/v1/admin/members", "/api/v1/events", "/ws"] {
        let reply = door().get(path).await;
        assert_eq!(reply.problem(401)["code"], "unauthenticated", "{path}");
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
    }
    let _ = door().get("/api/v1/products").await.expect(200);
}

#[tokio::test]
async fn bad_tokens_are_refused_even_where_visitors_may_read() {
    for token in ["expired", "a.b.c", "", "x".repeat(9000).as_str()] {
        let _ = door().bearer(token).get("/api/v1/products").await.problem(401);
    }
    let _ = door().with("authorization", "Bearer").get("/api/v1/me").await.problem(401);
    let _ = door().bearer("down").get("/api/v1/me").await.problem(503);
}

#[tokio::test]
async fn roles_are_refused_with_403() {
    let viewer = door().bearer("viewer-a");
    let _ = viewer.get("/api/v1/admin/audit").await.problem(403);
    let _ = viewer.post("/api/v1/products", json!({})).await.problem(403);
    let _ = viewer.post("/api/v1/jobs", json!({})).await.problem(403);
}

#[tokio::test]
async fn signing_in_sets_cookies_that_scripts_and_other_sites_cannot_use() {
    let body = json!({ "email": "a@example.com", "password": "correct horse", "name": "Ann" });
    let reply = door().post("/api/v1/auth/register", body.clone()).await.expect(201);
    assert_eq!(reply.json()["access_token"], "admin-a");
    assert_eq!(reply.header("cache-control"), "no-store");
    let cookies = reply.set_cookies();
    assert_eq!(cookies.len(), 2);
    assert!(cookies.iter().all(|c| c.contains("HttpOnly") && c.contains("SameSite=Lax") && !c.contains("Secure")), "{cookies:?}");
    let far = over(&Arc::new(Fake::default()), ApiConfig { limits_on: false, ..ApiConfig::new("https://fitout.example.com", "1") });
    let reply = far.post("/api/v1/auth/login", body).await.expect(200);
    assert!(reply.set_cookies().iter().all(|c| c.contains("; Secure")));
    assert!(reply.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn refreshing_works_by_body_and_by_cookie() {
    let reply = door().post("/api/v1/auth/refresh", json!({ "refresh_token": "r1" })).await.expect(200);
    assert_eq!(reply.json()["refresh_token"], "r2");
    let reply = door().cookies("fitout_refresh=r1").send("POST", "/api/v1/auth/refresh", None).await.expect(200);
    assert_eq!(reply.set_cookies().len(), 2);
    let over = door().cookies("fitout_refresh=old").send("POST", "/api/v1/auth/refresh", None).await;
    let _ = over.problem(401);
    assert!(over.set_cookies().iter().all(|c| c.contains("Max-Age=0")), "the browser forgets it");
    let _ = door().send("POST", "/api/v1/auth/refresh", None).await.problem(401);
}

#[tokio::test]
async fn signing_out_is_always_possible() {
    for client in [door(), door().bearer("admin-a"), door().bearer("expired"), door().cookies("fitout_access=admin-a; fitout_refresh=r1")] {
        let reply = client.send("POST", "/api/v1/auth/logout", None).await.expect(204);
        assert!(reply.set_cookies().iter().all(|c| c.contains("Max-Age=0")));
    }
}

#[tokio::test]
async fn expired_cookies_are_renewed_for_pages_and_live_events_but_not_for_rest() {
    let stale = door().cookies("fitout_access=expired; fitout_refresh=r1");
    let page = stale.get("/some/page").await;
    assert!(page.cookie_header().contains("fitout_access=admin-a; fitout_refresh=r2"), "{:?}", page.headers);
    assert_eq!(door().cookies("fitout_refresh=r1").get("/some/page").await.set_cookies().len(), 2, "browsers drop the expired one");
    let rest = stale.get("/api/v1/me").await;
    let _ = rest.problem(401);
    assert!(rest.set_cookies().is_empty());
    let gone = door().cookies("fitout_access=expired; fitout_refresh=old").get("/some/page").await;
    assert!(gone.set_cookies().iter().all(|c| c.contains("Max-Age=0")) && !gone.set_cookies().is_empty());
    assert!(door().cookies("fitout_access=admin-a").get("/some/page").await.set_cookies().is_empty());
}

#[tokio::test]
async fn other_sites_cannot_change_anything_with_a_persons_cookies() {
    let ann = door().cookies("fitout_access=admin-a");
    let path = format!("/api/v1/configurations/{THING}");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:3001"),
    ] {
        assert_eq!(ann.with(name, value).delete(&path).await.problem(403)["code"], "cross_site", "{name}: {value}");
    }
    for (name, value) in [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("origin", "http://localhost:3000"), ("x-other", "1")] {
        let _ = ann.with(name, value).delete(&path).await.expect(204);
    }
    // A Bearer token is never sent by itself.
    let _ = door().bearer("admin-a").with("origin", "https://shop.example").delete(&path).await.expect(204);
    // Server functions take forms, so that signing somebody in from elsewhere is refused too.
    let refused =
        door().with("sec-fetch-site", "cross-site").raw("POST", "/_fn/sign-in", Some("application/x-www-form-urlencoded"), "email=a").await.expect(403);
    assert_eq!(refused.json()["error"]["code"], "cross_site", "in the form that the pages read");
}

#[tokio::test]
async fn other_origins_may_use_tokens_but_never_cookies() {
    let preflight = door()
        .with("origin", "https://shop.example")
        .with("access-control-request-method", "PATCH")
        .send("OPTIONS", "/api/v1/configurations", None)
        .await
        .expect(204);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));
    assert!(preflight.header("access-control-allow-credentials").is_empty());
    let reply = door().with("origin", "https://shop.example").get("/api/v1/products").await.expect(200);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert!(reply.header("access-control-expose-headers").contains("ratelimit-remaining"));
    assert!(door().with("origin", "https://shop.example").get("/docs").await.expect(200).header("access-control-allow-origin").is_empty());
}
