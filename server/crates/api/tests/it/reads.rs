//! Reads: tags, files, health, description, headers.

use crate::fake::{FILE, Fake, THING};
use crate::{config, door, over};
use api::{ApiConfig, idempotency};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn reads_carry_tags_and_are_not_sent_twice() {
    let ann = door().bearer("admin-a");
    for path in [
        format!("/api/v1/products/{THING}"),
        format!("/api/v1/configurations/{THING}"),
        format!("/api/v1/jobs/{THING}"),
        "/api/v1/products".to_owned(),
        "/api/v1/me".to_owned(),
    ] {
        let first = ann.get(&path).await.expect(200);
        let tag = first.header("etag").to_owned();
        assert!(!tag.is_empty(), "{path}");
        let again = ann.with("if-none-match", &tag).get(&path).await.expect(304);
        assert!(again.body.is_empty());
        assert_eq!(again.header("etag"), tag);
        let _ = ann.with("if-none-match", "\"other\"").get(&path).await.expect(200);
    }
}

#[tokio::test]
async fn changes_honour_if_match() {
    let ann = door().bearer("admin-a");
    let path = format!("/api/v1/configurations/{THING}");
    let tag = ann.get(&path).await.expect(200).header("etag").to_owned();
    let changed = ann.with("if-match", &tag).patch(&path, json!({ "name": "x" })).await.expect(200);
    assert!(changed.header("etag").starts_with("\"8-"));
    for stale in ["\"6\"", "\"6-abc\"", "\"garbage\""] {
        assert_eq!(ann.with("if-match", stale).patch(&path, json!({})).await.problem(412)["code"], "stale", "{stale}");
    }
    let _ = ann.with("if-match", "*").patch(&path, json!({})).await.expect(200);
    let _ = ann.with("if-match", "\"2\"").put(&format!("/api/v1/products/{THING}"), json!({})).await.problem(412);
}

#[tokio::test]
async fn what_was_made_says_where_it_is() {
    let ann = door().bearer("admin-a");
    let made = ann.post("/api/v1/configurations", json!({ "product_id": THING })).await.expect(201);
    assert_eq!(made.header("location"), format!("/api/v1/configurations/{THING}"));
    let asked = ann.post("/api/v1/jobs", json!({ "product_id": THING })).await.expect(202);
    assert_eq!(asked.header("location"), format!("/api/v1/jobs/{THING}"));
    assert_eq!(ann.send("POST", &format!("/api/v1/jobs/{THING}/cancel"), None).await.problem(409)["code"], "job_ended");
}

#[tokio::test]
async fn files_come_whole_and_in_parts() {
    let path = format!("/files/{FILE}/model.glb");
    let whole = door().get(&path).await.expect(200);
    assert_eq!((whole.text().as_str(), whole.header("content-type"), whole.header("etag")), ("0123456789", "model/gltf-binary", "\"abc\""));
    assert!(whole.header("cache-control").contains("immutable"));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    for (range, status, text, part) in [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"),
        ("bytes=4-", 206, "456789", "bytes 4-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("nonsense", 200, "0123456789", ""),
    ] {
        let reply = door().with("range", range).get(&path).await.expect(status);
        assert_eq!((reply.text().as_str(), reply.header("content-range")), (text, part), "{range}");
    }
    let outside = door().with("range", "bytes=10-").get(&path).await;
    let _ = outside.problem(416);
    assert_eq!(outside.header("content-range"), "bytes */10");
    let head = door().head(&path).await.expect(200);
    assert_eq!((head.header("content-length"), head.body.len()), ("10", 0));
    let _ = door().with("if-none-match", "\"abc\"").get(&path).await.expect(304);
    assert_eq!(door().with("if-range", "\"old\"").with("range", "bytes=0-1").get(&path).await.expect(200).text(), "0123456789");
    assert_eq!(door().with("if-range", "\"abc\"").with("range", "bytes=0-1").get(&path).await.expect(206).text(), "01");
}

#[tokio::test]
async fn health_says_what_is_away() {
    let fake = Arc::new(Fake::default());
    let healthy = over(&fake, config()).get("/health").await.expect(200).json();
    assert_eq!((&healthy["status"], &healthy["version"]), (&json!("ok"), &json!("1.2.3")));
    assert_eq!(healthy["checks"]["blender"]["version"], "4.5.15");
    assert_eq!(healthy["checks"]["blender"]["ready"], 1);
    "no connection".clone_into(&mut fake.database.lock().expect("whole"));
    let ill = over(&fake, config()).get("/health").await.expect(503).json();
    assert_eq!((&ill["status"], &ill["checks"]["database"]), (&json!("degraded"), &json!("no connection")));
}

#[tokio::test]
async fn metrics_are_for_neighbours() {
    let _ = door().get("/api/v1/products").await.expect(200);
    let text = door().get("/metrics").await.expect(200).text();
    let _ = door().get("/api/v1/products").await.expect(200);
    let text = format!("{text}{}", door().get("/metrics").await.expect(200).text());
    assert!(text.contains("route=\"/api/v1/products\""), "{text}");
    assert!(!text.contains(THING), "ids are no labels");
    let _ = door().from([8, 8, 8, 8]).get("/metrics").await.problem(404);
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    for path in ["/health", "/api/v1/products", "/api/v1/nothing", "/docs", "/no/page"] {
        let reply = door().get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin");
        assert!(!reply.header("referrer-policy").is_empty() && !reply.header("permissions-policy").is_empty());
        assert!(reply.header("strict-transport-security").is_empty(), "on loopback");
    }
}

#[tokio::test]
async fn a_pages_own_policy_stays() {
    let api = api::Api::new(Arc::new(Fake::default()).facade(), config());
    let page = axum::Router::new().route("/", axum::routing::get(|| async { ([("content-security-policy", "script-src 'nonce-1'")], "page") }));
    let app = api.wrap(api.routes().merge(page));
    assert_eq!(crate::http::Client::new(app).get("/").await.expect(200).header("content-security-policy"), "script-src 'nonce-1'");
}

#[tokio::test]
async fn large_answers_are_compressed_and_problems_stay_readable() {
    let ann = door().with("accept-encoding", "br, gzip");
    let reply = ann.get(&format!("/api/v1/products/{THING}")).await.expect(200);
    assert_eq!(reply.header("content-encoding"), "br");
    assert!(ann.get(&format!("/files/{FILE}/model.glb")).await.header("content-encoding").is_empty());
    // A film is sent as it is, whole or in parts, and may play in the document that a browser makes for it.
    let film = ann.get(&format!("/files/{FILE}/turntable.mp4")).await;
    assert_eq!((film.header("content-type"), film.header("content-encoding"), film.header("accept-ranges")), ("video/mp4", "", "bytes"));
    assert!(film.header("content-security-policy").contains("media-src 'self'"));
    let _ = ann.get("/api/v1/products/nope").await.problem(400);
}

#[tokio::test]
async fn the_description_is_whole() {
    let description = door().get("/api/v1/openapi.json").await.expect(200).json();
    let paths = description["paths"].as_object().expect("paths");
    assert!(paths.len() >= 25, "{}", paths.len());
    let mut operations = 0;
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("an item") {
            operations += 1;
            assert!(names.insert(operation["operationId"].to_string()), "{method} {path} has a name that another has");
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{method} {path} has no words");
            assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
            assert!(operation["responses"]["default"].is_object(), "{method} {path}");
            if method == "post" {
                let known = idempotency::HONOURED.iter().any(|(p, _)| p == path) || idempotency::EXEMPT.iter().any(|(p, _)| p == path);
                assert!(known, "POST {path}: put it into api::idempotency::HONOURED, or EXEMPT with a reason");
                let said = operation["parameters"].as_array().is_some_and(|list| list.iter().any(|p| p["name"] == "Idempotency-Key"));
                assert_eq!(said, idempotency::HONOURED.iter().any(|(p, _)| p == path), "POST {path}");
            }
        }
    }
    assert!(operations >= 30, "{operations}");
    let mut missing = Vec::new();
    references(&description, &description["components"]["schemas"], &mut missing);
    assert!(missing.is_empty(), "schemas that nothing describes: {missing:?}");
}

fn references(value: &Value, schemas: &Value, missing: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/components/schemas/"))
                && schemas[name].is_null()
            {
                missing.push(name.to_owned());
            }
            map.values().for_each(|v| references(v, schemas, missing));
        }
        Value::Array(items) => items.iter().for_each(|v| references(v, schemas, missing)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_of_the_description_names_every_operation_without_inline_scripts() {
    let page =
        over(&Arc::new(Fake::default()), ApiConfig { limits_on: false, ..ApiConfig::new("https://fitout.example.com", "9.9") }).get("/docs").await.expect(200);
    let text = page.text();
    for words in ["/api/v1/auth/register", "/api/v1/jobs/{id}/cancel", "https://fitout.example.com/api/v1/configurations", "Version 9.9", "-X PATCH"] {
        assert!(text.contains(words), "{words}");
    }
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains("<script>"));
    assert_eq!(door().get("/docs/docs.js").await.expect(200).header("content-type"), "text/javascript; charset=utf-8");
    let _ = door().get("/docs/docs.css").await.expect(200);
}
