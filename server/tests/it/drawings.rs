//! Line drawings of choices: what a page shows before its view, or instead of it.

use contract::*;
use serde_json::{Value, json};
use test_kit::{TestApp, caller};

fn choices(data: Value) -> ConfigData {
    data.as_object().cloned().expect("an object")
}

#[tokio::test]
async fn every_page_that_shows_choices_has_a_drawing_of_exactly_these() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let reader = tenant.designer().await;
    let desk = tenant.product("DESK-HA").await.id;
    let f = &app.facade;
    let drawn = async |data: Value| {
        let file = f.products.drawing(&reader.ctx, &desk, choices(data)).await.expect("drawn");
        assert_eq!(file.content_type, "image/svg+xml");
        String::from_utf8(file.data.to_vec()).expect("text")
    };
    let (standard, wide) = (drawn(json!({})).await, drawn(json!({ "width": 2400, "frame": "heavy" })).await);
    assert!(standard.starts_with("<svg") && standard.ends_with("</svg>") && standard != wide);
    assert_eq!(standard, drawn(json!({})).await);
    assert_eq!(standard, drawn(json!({ "width": 1600 })).await, "said or not, it is the same desk");

    // What the page is told is an address that answers.
    let page = f.products.configurator(&reader.ctx, &desk, ConfigData::new(), PriceFor::default()).await.expect("a page");
    assert_eq!(page.sketch, format!("/api/v1/products/{desk}/drawing.svg?version=1"));
    let refused = f.products.drawing(&reader.ctx, &desk, choices(json!({ "width": "wide" }))).await.expect_err("no width");
    assert_eq!(refused.kind, ErrorKind::Invalid);

    // Behind a share link without signing in: the configuration that was shared.
    let saved = f
        .configurations
        .create(
            &reader.ctx,
            NewConfiguration {
                product_id: desk.clone(),
                config_data: choices(json!({ "width": 2400, "frame": "heavy" })),
                name: "Wide".to_owned(),
                ..NewConfiguration::default()
            },
        )
        .await
        .expect("saved");
    let link = f.configurations.share(&reader.ctx, &saved.id).await.expect("shared").share_url;
    let token = link.rsplit('/').next().expect("a token");
    let shared = f.configurations.shared_drawing(&caller(), token).await.expect("drawn");
    assert_eq!(shared.data.as_ref(), wide.as_bytes());
    assert!(f.configurations.shared(&caller(), token).await.expect("a page").configurator.sketch.contains(token));
    assert_eq!(f.configurations.shared_drawing(&caller(), "0123").await.expect_err("no such link").kind, ErrorKind::NotFound);

    // Inside another site: the products of the embed, as long as it is on.
    let settings = |enabled| EmbedSettings { name: "Shop".to_owned(), origins: vec!["https://shop.example".to_owned()], enabled, ..EmbedSettings::default() };
    let embed = f.embeds.create(&tenant.admin.ctx, settings(true)).await.expect("made");
    let sketch = async |sku: &str| f.embeds.sketch(&caller(), &embed.public_id, Some(sku.to_owned()), ConfigData::new()).await;
    assert_eq!(sketch("DESK-HA").await.expect("drawn").data.as_ref(), standard.as_bytes());
    assert_eq!(sketch("NOTHING").await.expect_err("no such product").kind, ErrorKind::NotFound);
    f.embeds.change(&tenant.admin.ctx, &embed.id, settings(false), None).await.expect("off");
    assert_eq!(sketch("DESK-HA").await.expect_err("it is off").kind, ErrorKind::NotFound);
}
