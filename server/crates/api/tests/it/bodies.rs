//! Bad input: never a 5xx, always a problem that names the place.

use crate::fake::THING;
use crate::{config, door};
use axum::body::Body;
use futures::stream;
use serde_json::json;
use std::convert::Infallible;

#[tokio::test]
async fn malformed_bodies_are_refused_with_their_place() {
    let ann = door().bearer("admin-a");
    let configure = format!("/api/v1/products/{THING}/configure");
    for (path, kind, body, status, code, place) in [
        ("/api/v1/jobs", Some("application/json"), "{\"product_id\": ", 400, "malformed_json", None),
        ("/api/v1/jobs", Some("application/json"), "", 400, "malformed_json", None),
        ("/api/v1/jobs", Some("application/json"), "{\"formats\": [1]}", 422, "invalid", Some("/formats/0")),
        ("/api/v1/jobs", Some("application/json"), "[]", 422, "invalid", Some("")),
        ("/api/v1/jobs", Some("text/plain"), "{}", 415, "unsupported_media_type", None),
        ("/api/v1/jobs", None, "{}", 415, "unsupported_media_type", None),
        ("/api/v1/configurations", Some("application/json"), "{\"name\":\"x\"}", 422, "invalid", Some("/product_id")),
        ("/api/v1/auth/login", Some("application/json"), "{\"email\":\"a@b\"}", 422, "invalid", Some("/password")),
        (&configure, Some("application/json; charset=utf-8"), "{\"config_data\": 5}", 422, "invalid", Some("/config_data")),
        (&configure, Some("application/json"), "{\"config_data\": {\"colour\": 5}}", 422, "invalid", Some("/config_data/colour")),
        (&configure, Some("application/json"), "{\"config_data\": {\"width\": \"\\u0000\"}}", 422, "invalid", Some("/config_data/width")),
    ] {
        let problem = ann.raw("POST", path, kind, body.to_owned()).await.problem(status);
        assert_eq!(problem["code"], code, "{body}");
        if let Some(place) = place {
            assert_eq!(problem["errors"][0]["pointer"], place, "{body}");
        }
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let ann = door().bearer("admin-a");
    let reply = ann.raw("POST", "/api/v1/jobs", Some("application/json"), vec![b'{', 0xff, 0xfe, b'}']).await;
    assert_eq!(reply.problem(400)["code"], "malformed_json");
}

#[tokio::test]
async fn path_and_query_values_are_checked() {
    let ann = door().bearer("admin-a");
    for path in [
        "/api/v1/products/nope",
        "/api/v1/products/%00",
        "/api/v1/products/%ff%fe",
        "/api/v1/configurations/123",
        "/api/v1/jobs/..%2f..%2fetc%2fpasswd",
        "/api/v1/products?limit=0",
        "/api/v1/products?limit=101",
        "/api/v1/products?limit=many",
        "/api/v1/products?cursor=garbage",
        "/api/v1/products?minPrice=cheap",
        "/api/v1/products?maxPrice=-1",
        "/api/v1/products?inStockOnly=perhaps",
        "/api/v1/products?search=%00",
        "/api/v1/jobs?state=lost",
        "/api/v1/admin/audit?limit=1e3",
    ] {
        let _ = ann.get(path).await.problem(400);
    }
    let _ = ann.get("/api/v1/products/01890a5d-ac96-774b-bcce-b302099a8058").await.problem(404);
    let _ = door().bearer("admin-b").get(&format!("/api/v1/products/{THING}")).await.problem(404);
}

#[tokio::test]
async fn queries_are_understood() {
    let page = door().get("/api/v1/products?category=desks,%20chairs&category=stools&minPrice=99.5&unknown=1").await.expect(200).json();
    assert_eq!(page["items"][0]["name"], "[\"desks\", \"chairs\", \"stools\"]");
    assert_eq!(page["items"][0]["price"]["minor"], 995_000, "ten-thousandths");
    assert!(page["next_cursor"].is_null());
}

#[tokio::test]
async fn large_bodies_are_refused_however_they_come() {
    let ann = door().bearer("admin-a");
    let large = vec![b' '; 10 * 1024 * 1024];
    assert_eq!(ann.raw("POST", "/api/v1/jobs", Some("application/json"), large.clone()).await.problem(413)["code"], "too_large");
    let chunks = stream::iter(large.chunks(64 * 1024).map(|c| Ok::<_, Infallible>(c.to_vec())).collect::<Vec<_>>());
    let _ = ann.raw("POST", "/api/v1/jobs", Some("application/json"), Body::from_stream(chunks)).await.problem(413);
    let small = stream::iter([Ok::<_, Infallible>("{\"product_id\":"), Ok("\"x\"}")]);
    let _ = ann.raw("POST", "/api/v1/jobs", Some("application/json"), Body::from_stream(small)).await.expect(202);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let ann = door().bearer("admin-a");
    for path in ["/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/products", "/files/short/x.glb", "/files/0123456789abcdef0123456789abcdee/x.glb"] {
        assert_eq!(ann.get(path).await.problem(404)["code"], "not_found", "{path}");
    }
    let reply = ann.put("/api/v1/products", json!({})).await;
    assert_eq!(reply.problem(405)["code"], "method_not_allowed");
    assert!(reply.header("allow").contains("POST"), "{:?}", reply.headers);
    let _ = ann.delete("/api/v1/auth/login").await.problem(405);
}

#[tokio::test]
async fn panics_and_long_waits_end_in_problems() {
    let problem = door().get("/api/v1/products?search=panic").await.problem(500);
    assert!(!problem.to_string().contains("asked to panic"), "no cause leaves the server");
    let hurried = crate::over(&std::sync::Arc::default(), api::ApiConfig { timeout: std::time::Duration::from_millis(50), ..config() });
    let reply = hurried.get("/api/v1/products?search=slow").await;
    assert_eq!(reply.problem(503)["code"], "timeout");
    assert!(!reply.header("retry-after").is_empty());
}

#[tokio::test]
async fn ids_of_requests_are_echoed_or_made() {
    let given = door().with("x-request-id", "order-4711.a").get("/api/v1/products/nope").await;
    assert_eq!(given.problem(400)["request_id"], "order-4711.a");
    let made = door().with("x-request-id", "bad id<script>").get("/health").await;
    assert_eq!(made.header("x-request-id").len(), 36);
}
