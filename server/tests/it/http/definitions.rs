//! Faulty definitions at the door: a formula that cannot be, a recipe out of bounds. The answer names the place, and nothing is kept.

use super::as_user;
use serde_json::{Value, json};
use test_kit::TestApp;

/// The desk under another number, with `value` at `place`.
fn with(place: &str, value: Value) -> Value {
    let mut definition = publish::demo().into_iter().find(|d| d["sku"] == "DESK-HA").expect("the desk");
    definition["sku"] = json!("BENCH-1");
    *definition.pointer_mut(place).unwrap_or_else(|| panic!("the desk has no {place}")) = value;
    definition
}

#[tokio::test]
async fn formulas_that_cannot_be_and_recipes_out_of_bounds_are_refused_at_their_place() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ann = as_user(&app, &acme.admin);
    let amount = "/price/lines/0/amount";
    for (set, value, place, words) in [
        (amount, json!("widht * 2"), amount, "Unknown name `widht`"),
        (amount, json!("width +"), amount, "Not a formula"),
        (amount, json!("1 / (width - 1600)"), "/price/lines/0", "division by zero"),
        (amount, json!("1 + ".repeat(400) + "1"), amount, "too large"),
        ("/recipe/let/lx", json!("lx + 1"), "/recipe/let/lx", "circle"),
        ("/recipe/parts/0/at/0", json!("width * 3"), "/envelope", "wide"),
        ("/recipe/parts/0/shape/panel/size/2", json!("width - 1000"), "/recipe/parts/0/shape", "size"),
        ("/recipe/parts/3/repeat", json!("width * 1000"), "/recipe/parts/3/repeat", "repeats"),
        ("/recipe/parts/0/shape/panel/holes/0/diameter", json!("width"), "/recipe/parts/0/shape", "hole reaches over its edge"),
    ] {
        let problem = ann.post("/api/v1/products", with(set, value)).await.problem(422);
        let errors = problem["errors"].as_array().expect("errors");
        let told = |e: &Value| e["pointer"] == place && e["message"].as_str().is_some_and(|m| m.contains(words));
        assert!(errors.iter().any(told), "{set}: no “{words}” at {place}: {errors:#?}");
    }
    let kept = ann.get("/api/v1/products?search=BENCH-1").await.expect(200).json();
    assert_eq!(kept["items"], json!([]));
    // The same without a fault is taken.
    let _ = ann.post("/api/v1/products", with(amount, json!(49_900))).await.expect(201);
}
