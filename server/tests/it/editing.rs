//! Writing definitions: copied, looked through with lines, tried on samples.

use contract::*;
use serde_json::{Value, json};
use test_kit::{TestApp, new_configuration};

#[tokio::test]
async fn a_copy_is_a_draft_of_its_own() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (writer, reader) = (acme.catalog_admin().await, acme.designer().await);
    let desk = acme.product("DESK-HA").await.id;
    let products = &app.facade.products;
    let first = products.copy(&writer.ctx, &desk).await.expect("copied");
    let second = products.copy(&writer.ctx, &desk).await.expect("copied again");
    assert_eq!((first.card.sku.as_str(), first.card.name.as_str(), first.status.as_str()), ("DESK-HA-COPY", "Tarn desk, copy", "draft"));
    assert_eq!(second.card.sku, "DESK-HA-COPY-2");
    assert_eq!(products.get(&reader.ctx, &first.card.id).await.expect_err("a draft").kind, ErrorKind::NotFound);
    let text = products.definition(&writer.ctx, &first.card.id).await.expect("text");
    assert_eq!((text.published, text.changed, text.name.as_str()), (None, true, "Tarn desk, copy"));
    let of_desk = products.definition(&writer.ctx, &desk).await.expect("text");
    assert_eq!(
        (of_desk.published.as_deref(), of_desk.changed),
        (Some(serde_json::from_str::<Value>(&of_desk.text).expect("JSON")["template_version"].as_str().expect("an edition")), false)
    );
}

#[tokio::test]
async fn a_look_names_lines_and_tries_samples() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let writer = acme.catalog_admin().await;
    let desk = acme.product("DESK-HA").await.id;
    let products = &app.facade.products;
    let saved = app.facade.configurations.create(&acme.admin.ctx, new_configuration(&desk, "Reception", &json!({ "width": 1800 }))).await.expect("saved");
    let text = products.definition(&writer.ctx, &desk).await.expect("text").text;

    let fine = products.check(&writer.ctx, &desk, text.clone()).await.expect("looked");
    assert_eq!(fine.faults, []);
    assert!(fine.counts.iter().all(|n| *n > 2), "{:?}", fine.counts);
    let names: Vec<&str> = fine.bench.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["As it comes", "Compact", "Studio", "Executive", "Reception"]);
    assert!(fine.bench.iter().all(|b| b.was.is_some() && b.was == b.now && b.problem.is_none() && b.differs.is_empty()), "{:?}", fine.bench);
    assert_eq!(fine.bench[4].now.as_ref(), Some(&saved.price));

    // A rule that takes the sample away, and a price.
    let edit = async |text: &str, pointer: &str, value: Value| {
        products.edit(&writer.ctx, EditDefinition { text: text.to_owned(), pointer: pointer.to_owned(), value }).await.expect("edited")
    };
    let rule = json!({ "id": "short", "when": "frame == 'standard'", "require": "width <= 1700", "message": "The standard frame carries 1.7 m." });
    let shorter = edit(&text, "/rules/-", rule).await;
    let dearer = edit(&shorter, "/price/lines/-", json!({ "id": "more", "label": "More", "amount": 500 })).await;
    let tried = products.check(&writer.ctx, &desk, dearer).await.expect("looked");
    assert_eq!(tried.faults, []);
    let price = |m: &Option<Money>| m.as_ref().map(|m| m.minor);
    assert_eq!(price(&tried.bench[0].now), price(&tried.bench[0].was).map(|p| p + 500));
    let reception = &tried.bench[4];
    assert_eq!((reception.now.as_ref(), reception.problem.as_deref()), (None, Some("The standard frame carries 1.7 m.")));

    // Faults, with the line of their place.
    let wrong = text.replacen("width > 2000", "widht > 2000", 1);
    let line = wrong.lines().position(|l| l.contains("widht")).expect("there") + 1;
    let found = products.check(&writer.ctx, &desk, wrong).await.expect("looked");
    let fault = found.faults.first().expect("a fault");
    assert!(fault.message.contains("widht") && found.bench.is_empty(), "{fault:?}");
    assert!(usize::try_from(fault.line).expect("small").abs_diff(line) <= 1, "{fault:?}, written in line {line}");
    let cut = text.get(..text.len() / 2).expect("ASCII");
    let found = products.check(&writer.ctx, &desk, cut.to_owned()).await.expect("looked");
    assert!(found.faults[0].message.starts_with("This is not JSON"), "{found:?}");
    assert!(usize::try_from(found.faults[0].line).expect("small") >= cut.lines().count().saturating_sub(1));
}
