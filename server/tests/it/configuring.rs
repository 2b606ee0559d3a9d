//! Configuring on the server agrees with itself: prices, parts, reasons, repairs, keys; and bad choices say where.

use contract::*;
use serde_json::json;
use test_kit::{TestApp, choices, new_configuration};

fn ask(values: &serde_json::Value) -> ConfigureRequest {
    ConfigureRequest { config_data: choices(values), ..Default::default() }
}

/// Every demo product: the default and each single choice of the schema's enumerations.
#[tokio::test]
async fn every_demo_product_configures_and_its_numbers_agree() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ctx = &acme.admin.ctx;
    let all = app.facade.products.list(ctx, ProductQuery::default()).await.expect("products").items;
    assert_eq!(all.len(), 6);
    let (mut configured, mut repaired) = (0, 0);
    for card in all {
        let detail = app.facade.products.get(ctx, &card.id).await.expect("detail");
        let default = app.facade.products.configure(ctx, &card.id, ConfigureRequest::default()).await.expect("default");
        assert!(default.valid, "{}", card.sku);
        assert_eq!(default.price.total, card.price, "{}: the card shows the default's price", card.sku);
        let size = [card.dimensions_mm.width, card.dimensions_mm.depth, card.dimensions_mm.height];
        assert_eq!(format!("{:?}", default.bounding_box_mm), format!("{size:?}"), "{}", card.sku);
        let mut requests = vec![json!({})];
        for (option, schema) in detail.config_schema["properties"].as_object().expect("properties") {
            let values = schema["enum"].as_array().cloned().unwrap_or_else(|| ["minimum", "maximum"].iter().filter_map(|k| schema.get(*k).cloned()).collect());
            requests.extend(values.into_iter().map(|v| json!({ option: v })));
        }
        for request in requests {
            let answer = app.facade.products.configure(ctx, &card.id, ask(&request)).await.unwrap_or_else(|e| panic!("{} {request}: {e:?}", card.sku));
            configured += 1;
            let sum: i64 = answer.price.lines.iter().map(|l| l.amount.minor).sum();
            assert_eq!(sum, answer.price.total.minor, "{} {request}: the lines add up", card.sku);
            for (option, value) in request.as_object().expect("an object") {
                assert_eq!(&answer.values[option], value, "{}: explicit choices stay", card.sku);
            }
            if answer.valid {
                let counted: u32 = answer.bom.iter().map(|l| l.quantity).sum();
                assert!(counted > 0 && counted <= u32::try_from(answer.parts.len()).expect("few parts"), "{} {request}", card.sku);
                // The complete values are the same configuration.
                let again = app
                    .facade
                    .products
                    .configure(ctx, &card.id, ConfigureRequest { config_data: answer.values.clone(), ..Default::default() })
                    .await
                    .expect("again");
                assert_eq!(
                    (&again.key, &again.price, &again.variant_code, again.valid),
                    (&answer.key, &answer.price, &answer.variant_code, true),
                    "{} {request}",
                    card.sku
                );
            }
            for blocked in &answer.blocked {
                assert!(!blocked.why.is_empty() && !blocked.message.is_empty(), "{} {request}: {blocked:?}", card.sku);
                for repair in &blocked.repairs {
                    let mut values = answer.values.clone();
                    if !repair.set.keys().any(|k| k.contains('/')) {
                        // Openings that a larger grid adds are those of the list as it comes.
                        values.retain(|_, value| !value.is_array());
                    }
                    for (address, value) in &repair.set {
                        let mut pieces = address.splitn(3, '/');
                        let option = pieces.next().expect("a name");
                        match pieces.next().zip(pieces.next()) {
                            None => drop(values.insert(option.to_owned(), value.clone())),
                            Some((element, inner)) => {
                                let element: usize = element.parse().expect("a number");
                                values.get_mut(option).expect("a nest")[element]["options"][inner] = value.clone();
                            }
                        }
                    }
                    let fixed =
                        app.facade.products.configure(ctx, &card.id, ConfigureRequest { config_data: values, ..Default::default() }).await.expect("repaired");
                    assert!(fixed.valid, "{} {request}: {repair:?}", card.sku);
                    if let Some(delta) = repair.price_delta {
                        assert_eq!(fixed.price.total.minor - answer.price.total.minor, delta, "{} {request}: {repair:?}", card.sku);
                    }
                    repaired += 1;
                }
            }
        }
    }
    assert!(configured > 20 && repaired > 10, "{configured} {repaired}");
}

#[tokio::test]
async fn an_impossible_combination_is_an_answer_here_and_a_refusal_elsewhere() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ctx = &acme.admin.ctx;
    let desk = acme.product("DESK-HA").await.id;
    let wide = json!({ "width": 2200, "frame": "standard" });
    let answer = app.facade.products.configure(ctx, &desk, ask(&wide)).await.expect("an answer");
    assert!(!answer.valid);
    let chosen: Vec<&str> = answer.blocked.iter().filter(|b| b.chosen).map(|b| b.option.as_str()).collect();
    assert!(chosen.contains(&"width") && chosen.contains(&"frame"), "{chosen:?}");
    let forced = app.facade.products.configure(ctx, &desk, ask(&json!({ "width": 2200 }))).await.expect("an answer");
    assert!(forced.valid && forced.forced.iter().any(|f| f.option == "frame" && f.why == ["frame-for-wide-tops"]), "{:?}", forced.forced);

    let error = app.facade.configurations.create(ctx, new_configuration(&desk, "Too wide", &wide)).await.expect_err("refused");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Invalid, "impossible_combination"));
    assert!(error.errors.iter().any(|e| e.pointer == "/config_data/frame"), "{:?}", error.errors);
}

#[tokio::test]
async fn choices_outside_the_schema_say_where() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let desk = acme.product("DESK-HA").await.id;
    for (request, pointer) in [
        (json!({ "width": 999 }), "/config_data/width"),
        (json!({ "width": 1610 }), "/config_data/width"),
        (json!({ "width": "wide" }), "/config_data/width"),
        (json!({ "width": null }), "/config_data/width"),
        (json!({ "finish": "gold" }), "/config_data/finish"),
        (json!({ "finish": ["oak"] }), "/config_data/finish"),
        (json!({ "a/b": 1 }), "/config_data/a~1b"),
        (json!({ "width": 1e300 }), "/config_data/width"),
    ] {
        let error = app.facade.products.configure(&acme.admin.ctx, &desk, ask(&request)).await.expect_err(pointer);
        assert_eq!(error.kind, ErrorKind::Invalid, "{request}");
        assert!(error.errors.iter().any(|e| e.pointer == pointer), "{request}: {:?}", error.errors);
    }
}

#[tokio::test]
async fn a_configuration_is_saved_changed_shared_and_removed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ctx = &acme.admin.ctx;
    let configurations = &app.facade.configurations;
    let desk = acme.product("DESK-HA").await.id;
    let saved = configurations.create(ctx, new_configuration(&desk, "  ", &json!({ "width": 1800 }))).await.expect("saved");
    assert_eq!((saved.name.as_str(), saved.revision, saved.share_url.as_ref()), ("Tarn desk", 1, None));
    let priced = app.facade.products.configure(ctx, &desk, ask(&json!({ "width": 1800 }))).await.expect("priced");
    assert_eq!((&saved.key, &saved.price), (&priced.key, &priced.price.total));
    assert_eq!(saved.config_data, priced.values, "complete, so that later defaults don't change it");

    let rename = ChangeConfiguration { name: Some("Ada’s desk".to_owned()), ..ChangeConfiguration::default() };
    let renamed = configurations.change(ctx, &saved.id, rename.clone(), Some(1)).await.expect("renamed");
    assert_eq!((renamed.name.as_str(), renamed.revision, &renamed.key), ("Ada’s desk", 2, &saved.key));
    assert_eq!(configurations.change(ctx, &saved.id, rename, Some(1)).await.expect_err("stale").kind, ErrorKind::Stale);
    let wider = ChangeConfiguration { config_data: Some(choices(&json!({ "width": 2000 }))), ..ChangeConfiguration::default() };
    let wider = configurations.change(ctx, &saved.id, wider, None).await.expect("wider");
    assert_ne!(wider.key, saved.key);

    let shared = configurations.share(ctx, &saved.id).await.expect("shared");
    assert_eq!(configurations.share(ctx, &saved.id).await.expect("again"), shared, "one permanent link");
    let token = shared.share_url.rsplit('/').next().expect("a token").to_owned();
    assert!(shared.share_url.starts_with("http://fitout.test/c/") && token.len() == 32 && shared.expires_at.is_none());
    let page = configurations.shared(&test_kit::caller(), &token).await.expect("without signing in");
    assert_eq!((page.name.as_str(), page.organization.as_str(), page.price.total), ("Ada’s desk", "acme", wider.price));
    assert!(!page.configurator.can_save && page.config_data == wider.config_data && page.configurator.compiled.contains("\"DESK-HA\""));

    // Pinned: a new version of the product changes neither price nor version of the page.
    let detail = app.facade.products.publish(ctx, &desk, None).await.expect("a new version");
    assert_eq!(configurations.shared(&test_kit::caller(), &token).await.expect("as before").configurator.version, 1);
    assert_eq!(detail.status, "published");
    // And other choices belong to another configuration; a name may change.
    let narrower = ChangeConfiguration { config_data: Some(choices(&json!({ "width": 1500 }))), ..ChangeConfiguration::default() };
    let refused = configurations.change(ctx, &saved.id, narrower.clone(), None).await.expect_err("what was shared stays");
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Conflict, "configuration_shared"));
    let rename = ChangeConfiguration { name: Some("Ben’s desk".to_owned()), ..ChangeConfiguration::default() };
    assert_eq!(configurations.change(ctx, &saved.id, rename, None).await.expect("renamed").key, wider.key);

    configurations.revoke_share(ctx, &saved.id).await.expect("revoked");
    assert_eq!(configurations.shared(&test_kit::caller(), &token).await.expect_err("revoked").kind, ErrorKind::NotFound);
    configurations.change(ctx, &saved.id, narrower, None).await.expect("nobody was promised this one");
    let other = configurations.share(ctx, &saved.id).await.expect("shared anew").share_url;
    assert!(!other.ends_with(&token));
    configurations.delete(ctx, &saved.id, Some(1)).await.expect_err("stale");
    configurations.delete(ctx, &saved.id, None).await.expect("removed");
    assert_eq!(configurations.get(ctx, &saved.id).await.expect_err("gone").kind, ErrorKind::NotFound);
    let token = other.rsplit('/').next().expect("a token");
    for gone in [token, "", "x", &"f".repeat(32), &"é".repeat(40), "\0"] {
        assert_eq!(configurations.shared(&test_kit::caller(), gone).await.expect_err("gone").kind, ErrorKind::NotFound);
    }
}
