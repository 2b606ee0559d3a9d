//! A repeated request has one effect.

use crate::fake::{Fake, THING};
use crate::{config, over};
use futures::future::join_all;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn many_equal_requests_have_one_effect_and_equal_answers() {
    let fake = Arc::new(Fake::default());
    let ann = over(&fake, config()).bearer("admin-a").with("idempotency-key", "k-1");
    let replies = join_all((0..100).map(|_| ann.post("/api/v1/configurations", json!({ "product_id": THING })))).await;
    assert_eq!(fake.effects.load(Ordering::SeqCst), 1);
    assert!(replies.iter().all(|r| r.status == 201 && r.body == replies[0].body));
    assert_eq!(replies.iter().filter(|r| r.header("idempotent-replayed") == "true").count(), 99);
}

#[tokio::test]
async fn a_key_belongs_to_one_body_one_route_and_one_tenant() {
    let fake = Arc::new(Fake::default());
    let door = over(&fake, config()).with("idempotency-key", "k-1");
    let ann = door.bearer("admin-a");
    let _ = ann.post("/api/v1/configurations", json!({ "product_id": THING })).await.expect(201);
    assert_eq!(ann.post("/api/v1/configurations", json!({ "product_id": "other" })).await.problem(422)["code"], "idempotency_mismatch");
    let _ = ann.post("/api/v1/jobs", json!({ "product_id": THING })).await.expect(202);
    let other = door.bearer("admin-b").post("/api/v1/configurations", json!({ "product_id": THING })).await.expect(201);
    assert!(other.header("idempotent-replayed").is_empty());
    assert_eq!(fake.effects.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again_under_the_same_key() {
    let fake = Arc::new(Fake::default());
    let door = over(&fake, config()).with("idempotency-key", "k-1");
    let _ = door.bearer("viewer-a").post("/api/v1/configurations", json!({ "product_id": THING })).await.problem(403);
    let _ = door.bearer("admin-a").post("/api/v1/configurations", json!({ "product_id": "" })).await.problem(422);
    let _ = door.bearer("admin-a").post("/api/v1/configurations", json!({ "product_id": THING })).await.expect(201);
    assert_eq!(fake.effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_was_overtaken_gets_the_answer_of_the_quicker_one() {
    let fake = Arc::new(Fake::default());
    let ann = over(&fake, config()).bearer("admin-a").with("idempotency-key", "k-1");
    let reply = ann.post("/api/v1/configurations", json!({ "product_id": THING, "name": "overtaken" })).await.expect(201);
    assert_eq!((reply.header("idempotent-replayed"), reply.json()["name"].as_str()), ("true", Some("no. 1")));
}

#[tokio::test]
async fn a_repeated_registration_signs_in_and_keeps_no_token() {
    let fake = Arc::new(Fake::default());
    let door = over(&fake, config()).with("idempotency-key", "k-1");
    let body = json!({ "email": "a@example.com", "password": "correct horse", "name": "Ann" });
    for _ in 0..2 {
        let reply = door.post("/api/v1/auth/register", body.clone()).await.expect(201);
        assert_eq!((reply.json()["access_token"].as_str(), reply.set_cookies().len()), (Some("admin-a"), 2));
    }
    assert_eq!(fake.effects.load(Ordering::SeqCst), 1);
    let kept = format!("{:?}", fake.keys.lock().expect("whole"));
    assert!(!kept.contains("admin-a"), "{kept}");
}

#[tokio::test]
async fn keys_are_checked() {
    let door = over(&Arc::new(Fake::default()), config()).bearer("admin-a");
    for key in ["", "two words", &"x".repeat(256)] {
        assert_eq!(door.with("idempotency-key", key).post("/api/v1/jobs", json!({})).await.problem(400)["code"], "malformed_idempotency_key");
    }
}
