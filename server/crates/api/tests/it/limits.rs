//! Rate limits on the wire.

use crate::fake::Fake;
use crate::over;
use api::{ApiConfig, Limits};
use serde_json::json;
use std::sync::Arc;

fn limited() -> crate::http::Client {
    let limits = Limits { per_token: 5, anonymous: 3, sign_in: 2, jobs: 1 };
    over(&Arc::new(Fake::default()), ApiConfig { limits, ..ApiConfig::new("http://localhost:3000", "1") })
}

#[tokio::test]
async fn visitors_are_counted_by_address() {
    let door = limited();
    for left in ["2", "1", "0"] {
        let reply = door.get("/api/v1/products").await.expect(200);
        assert_eq!((reply.header("ratelimit-limit"), reply.header("ratelimit-remaining")), ("3", left));
    }
    let refused = door.get("/api/v1/products").await;
    assert_eq!(refused.problem(429)["code"], "too_many_requests");
    let wait: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    assert_eq!(refused.header("ratelimit-reset"), refused.header("retry-after"));
    let _ = door.from([10, 0, 0, 9]).get("/api/v1/products").await.expect(200);
    let _ = door.bearer("admin-a").get("/api/v1/me").await.expect(200);
    let _ = door.get("/health").await.expect(200);
}

#[tokio::test]
async fn signing_in_and_up_is_counted_by_address_in_both_doors() {
    let door = limited();
    let body = json!({ "email": "a@example.com", "password": "wrong" });
    for _ in 0..2 {
        let _ = door.post("/api/v1/auth/login", body.clone()).await.problem(401);
    }
    let _ = door.post("/api/v1/auth/login", body.clone()).await.problem(429);
    let _ = door.from([10, 0, 0, 9]).post("/api/v1/auth/login", body).await.problem(401);
    for _ in 0..2 {
        let _ = door.raw("POST", "/_fn/sign-in", Some("application/x-www-form-urlencoded"), "email=a").await;
    }
    let refused = door.raw("POST", "/_fn/sign-in", Some("application/x-www-form-urlencoded"), "email=a").await.expect(429);
    assert_eq!(refused.json()["error"]["kind"], "too_many");
}

#[tokio::test]
async fn tokens_and_jobs_have_limits_of_their_own() {
    let door = limited();
    let _ = door.bearer("admin-a").post("/api/v1/jobs", json!({})).await.expect(202);
    let _ = door.bearer("admin-a").post("/api/v1/jobs", json!({})).await.problem(429);
    let _ = door.bearer("admin-b").post("/api/v1/jobs", json!({})).await.expect(202);
    for _ in 0..3 {
        let _ = door.bearer("admin-a").get("/api/v1/me").await.expect(200);
    }
    let _ = door.bearer("admin-a").get("/api/v1/me").await.problem(429);
    let _ = door.bearer("viewer-a").get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn work_asked_for_by_a_page_counts_as_a_job() {
    let door = limited();
    let ask = async |who: &str, what: &str| door.bearer(who).raw("POST", &format!("/_fn/{what}"), Some("application/json"), "{}").await;
    let _ = door.bearer("admin-a").post("/api/v1/jobs", json!({})).await.expect(202);
    let refused = ask("admin-a", "request-model").await.expect(429);
    assert_eq!(refused.json()["error"]["kind"], "too_many");
    let _ = ask("admin-a", "run-job-again").await.expect(429);
    assert_eq!(ask("admin-b", "request-model").await.header("ratelimit-remaining"), "0", "the other workspace has one of its own");
}

#[tokio::test]
async fn a_trusted_proxy_names_the_address() {
    let limits = Limits { anonymous: 1, ..Limits::default() };
    let door = over(&Arc::new(Fake::default()), ApiConfig { limits, trusted_proxy: true, ..ApiConfig::new("http://localhost:3000", "1") });
    let _ = door.with("x-forwarded-for", "1.1.1.1, 2.2.2.2").get("/api/v1/products").await.expect(200);
    // The first entry is what the caller claims; it changes nothing.
    let _ = door.with("x-forwarded-for", "9.9.9.9, 2.2.2.2").get("/api/v1/products").await.problem(429);
    let _ = door.with("x-forwarded-for", "1.1.1.1, 3.3.3.3").get("/api/v1/products").await.expect(200);
}
