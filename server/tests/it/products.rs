//! Drafts, publishing, search, and the showcase.

use contract::*;
use serde_json::{Value, json};
use std::time::Duration;
use test_kit::{TestApp, caller};
use tokio::sync::broadcast::error::RecvError;

fn definition(sku: &str) -> Value {
    let mut definition = publish::demo().into_iter().find(|d| d["sku"] == "DESK-HA").expect("the desk");
    definition["sku"] = json!(sku);
    definition["name"] = json!("Fell bench");
    definition
}

#[tokio::test]
async fn a_draft_is_made_changed_and_published() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (writer, reader) = (acme.catalog_admin().await, acme.designer().await);
    let products = &app.facade.products;
    let draft = products.create(&writer.ctx, definition("BENCH-1")).await.expect("a draft");
    assert_eq!((draft.status.as_str(), draft.card.sku.as_str(), draft.revision), ("draft", "BENCH-1", 1));
    assert_eq!(products.get(&reader.ctx, &draft.card.id).await.expect_err("drafts are for writers").kind, ErrorKind::NotFound);
    assert_eq!(products.configure(&writer.ctx, &draft.card.id, ConfigureRequest::default()).await.expect_err("not yet").code, "not_published");
    assert_eq!(products.create(&writer.ctx, definition("BENCH-1")).await.expect_err("twice").code, "sku_taken");

    let mut changed = definition("BENCH-1");
    changed["name"] = json!("Fell bench, long");
    let updated = products.update(&writer.ctx, &draft.card.id, changed.clone(), Some(draft.revision)).await.expect("changed");
    assert_eq!(updated.card.name, "Fell bench, long");
    assert_eq!(products.update(&writer.ctx, &draft.card.id, changed, Some(draft.revision)).await.expect_err("stale").kind, ErrorKind::Stale);

    // Whoever read an older draft does not publish one that nobody has looked at.
    assert_eq!(products.publish(&writer.ctx, &draft.card.id, Some(draft.revision)).await.expect_err("stale").kind, ErrorKind::Stale);
    let mut news = app.facade.events.subscribe();
    app.store.listening().await;
    let published = products.publish(&writer.ctx, &draft.card.id, Some(updated.revision)).await.expect("published");
    assert_eq!(published.status, "published");
    let told = async {
        loop {
            match news.recv().await {
                Ok((tenant, event)) if event.event == "product.published" => return (tenant, event.data),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => panic!("the stream ended"),
            }
        }
    };
    let (tenant, data) = tokio::time::timeout(Duration::from_secs(20), told).await.expect("open pages hear of it");
    assert_eq!((tenant, &data["id"], &data["version"]), (acme.id, &json!(draft.card.id), &json!(1)));
    assert!(products.configure(&reader.ctx, &draft.card.id, ConfigureRequest::default()).await.expect("configured").valid);
    app.run_jobs().await;
    let card = products.get(&reader.ctx, &draft.card.id).await.expect("for everybody").card;
    assert!(card.thumbnail_url.is_some() && card.drawing_url.is_some(), "publishing asks for pictures");

    // A changed draft shows only after it is published.
    let mut dearer = definition("BENCH-1");
    dearer["price"]["lines"][0]["amount"] = json!(99_900);
    products.update(&writer.ctx, &draft.card.id, dearer, None).await.expect("a new draft");
    assert_eq!(products.get(&reader.ctx, &draft.card.id).await.expect("as published").card.price, published.card.price);
    products.publish(&writer.ctx, &draft.card.id, None).await.expect("published");
    assert_ne!(products.get(&reader.ctx, &draft.card.id).await.expect("new price").card.price, published.card.price);
}

#[tokio::test]
async fn a_card_says_from_with_the_cheapest_configuration_and_prices_are_found_in_their_own_currency() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let products = &app.facade.products;
    let desk = acme.product("DESK-HA").await;
    let from = desk.from_price.clone().expect("proven for the desk");
    assert!(from.minor < desk.price.minor && from.currency == "USD", "{from:?} {:?}", desk.price);
    assert_eq!(desk.price_words(), format!("from {}", format_money("USD", from.minor)));
    // It can really be had for that: the smallest top in the cheapest grade, without anything that costs more.
    let cheapest = json!({ "width": 1000, "depth": 700, "finish": "oak", "frame": "standard", "tray": false, "handset": false, "outlet": "none" });
    let request = ConfigureRequest { config_data: test_kit::choices(&cheapest), ..Default::default() };
    let configured = products.configure(&acme.admin.ctx, &desk.id, request).await.expect("configured");
    assert_eq!((configured.valid, configured.price.total.clone()), (true, from));

    // The same desk for yen: whole numbers, no hundredths.
    let mut yen = definition("BENCH-JPY");
    yen["price"]["currency"] = json!("JPY");
    let draft = products.create(&acme.admin.ctx, yen).await.expect("a draft").card.id;
    let card = products.publish(&acme.admin.ctx, &draft, None).await.expect("published").card;
    assert_eq!((card.price.currency.as_str(), card.price.minor), ("JPY", desk.price.minor));
    let find = async |min: i64, max: i64| -> Vec<String> {
        let query = ProductQuery { min_price: Amount::parse(&min.to_string()), max_price: Amount::parse(&max.to_string()), ..ProductQuery::default() };
        products.list(&acme.admin.ctx, query).await.expect("list").items.into_iter().map(|p| p.sku).collect()
    };
    assert_eq!(find(card.price.minor, card.price.minor).await, ["BENCH-JPY"], "its price in yen");
    let dollars = desk.price.minor / 100;
    assert_eq!(find(dollars, dollars + 1).await, ["DESK-HA"], "and the other's in dollars");
}

#[tokio::test]
async fn a_faulty_definition_names_the_places() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut unknown_name = definition("BENCH-1");
    unknown_name["price"]["lines"][0]["amount"] = json!("nonsense * 2");
    let mut out_of_bounds = definition("BENCH-1");
    out_of_bounds["envelope"] = json!(["width / 2", "depth", "height"]);
    for (faulty, place) in [(unknown_name, "/price/lines/0/amount"), (out_of_bounds, "/"), (json!([]), ""), (json!({}), ""), (json!("text"), "")] {
        let error = app.facade.products.create(&acme.admin.ctx, faulty).await.expect_err(place);
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Invalid, "definition_faults"));
        assert!(error.errors.iter().any(|e| e.pointer.starts_with(place)), "{place}: {:?}", error.errors);
    }
}

#[tokio::test]
async fn products_are_searched_filtered_and_paged() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let products = &app.facade.products;
    let find =
        async |query: ProductQuery| -> Vec<String> { products.list(&acme.admin.ctx, query).await.expect("list").items.into_iter().map(|p| p.sku).collect() };
    let search = |words: &str| ProductQuery { search: Some(words.to_owned()), ..ProductQuery::default() };
    assert_eq!(find(search("tarn")).await, ["DESK-HA"]);
    assert_eq!(find(search("tarm dessk")).await.first().map(String::as_str), Some("DESK-HA"), "typos are forgiven");
    assert!(find(search("zebra stripes")).await.is_empty());
    let all = find(ProductQuery::default()).await;
    let first = products.list(&acme.admin.ctx, ProductQuery { limit: Some(1), ..ProductQuery::default() }).await.expect("page");
    let second =
        products.list(&acme.admin.ctx, ProductQuery { limit: Some(1), cursor: first.next_cursor.clone(), ..ProductQuery::default() }).await.expect("page");
    assert_eq!([first.items[0].sku.clone(), second.items[0].sku.clone()], [all[0].clone(), all[1].clone()]);
    assert!(find(ProductQuery { max_price: contract::Amount::parse("0.01"), ..ProductQuery::default() }).await.is_empty());
    assert_eq!(find(ProductQuery { category: vec!["desks".to_owned()], ..ProductQuery::default() }).await, ["DESK-HA"]);
    let counts = products.categories(&acme.admin.ctx, ProductQuery::default()).await.expect("counts");
    assert_eq!(counts.iter().map(|c| usize::try_from(c.count).expect("small")).sum::<usize>(), all.len());
    for (query, code) in [
        (ProductQuery { limit: Some(0), ..ProductQuery::default() }, "malformed_limit"),
        (ProductQuery { cursor: Some("garbage".to_owned()), ..ProductQuery::default() }, "malformed_cursor"),
    ] {
        let error = products.list(&acme.admin.ctx, query).await.expect_err(code);
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Malformed, code));
    }
    for odd in ["%", "_", "\\", "'; drop table products; --", "\0", &"x ".repeat(500), "💺"] {
        find(search(odd)).await;
    }
}

#[tokio::test]
async fn visitors_see_the_showcase_and_can_configure_but_not_save() {
    let app = TestApp::start().await;
    let showcase = app.services.ensure_showcase().await.expect("made");
    assert_eq!(app.services.ensure_showcase().await.expect("once"), showcase);
    let visitor = app.facade.accounts.visitor(&caller()).await.expect("a visitor");
    assert_eq!(visitor.tenant, showcase);
    let shown = app.facade.products.list(&visitor, ProductQuery::default()).await.expect("products").items;
    let desk = shown.iter().find(|p| p.sku == "DESK-HA").expect("the desk");
    let page = app.facade.products.configurator(&visitor, &desk.id, ConfigData::new(), PriceFor::default()).await.expect("the page");
    assert!(!page.can_save && !page.signed_in && page.files.is_none() && page.compiled.contains("\"DESK-HA\""));
    assert!(desk.in_stock && desk.size_range == "1000–2400 × 700–900 mm", "{desk:?}");
    assert_eq!(
        app.facade.configurations.create(&visitor, test_kit::new_configuration(&desk.id, "x", &json!({}))).await.expect_err("sign in").kind,
        ErrorKind::Unauthenticated
    );
    app.run_jobs().await;
    let page = app.facade.products.configurator(&visitor, &desk.id, ConfigData::new(), PriceFor::default()).await.expect("the page");
    assert!(page.files.is_some_and(|f| f.thumbnail_url.is_some() && f.glb_url.is_some()), "the poster of the default configuration");
    // Choices of a mistyped link: the page comes, without files.
    let odd = test_kit::choices(&json!({ "width": "wide" }));
    assert!(app.facade.products.configurator(&visitor, &desk.id, odd, PriceFor::default()).await.expect("the page").files.is_none());
}

#[tokio::test]
async fn a_page_knows_whether_an_account_or_a_role_is_missing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let desk = acme.product("DESK-HA").await.id;
    let page = async |ctx: &facade::Ctx| app.facade.products.configurator(ctx, &desk, ConfigData::new(), PriceFor::default()).await.expect("the page");
    let (designer, viewer) = (acme.designer().await, acme.viewer().await);
    let (may, looks) = (page(&designer.ctx).await, page(&viewer.ctx).await);
    assert_eq!((may.can_save, may.signed_in), (true, true));
    assert_eq!((looks.can_save, looks.signed_in), (false, true), "asking a viewer to sign in would lead nowhere");
}

#[tokio::test]
async fn the_demo_organization_is_made_once_and_afresh() {
    let people = [("admin@demo.example.com", "Ada", "admin"), ("rep@demo.example.com", "Rui", "sales_rep"), ("viewer@demo.example.com", "Vera", "viewer")];
    let app = TestApp::start().await;
    let make = async |fresh: bool| app.services.demo("Demo Works", "drawing-office", &people, fresh).await.expect("the demo organization");
    let first = make(false).await;
    assert_eq!(make(false).await, first);
    let sign_in = async |email: &str| {
        let request = Login { email: email.to_owned(), password: "drawing-office".to_owned() };
        app.known(app.facade.accounts.login(&caller(), request).await.expect("sign-in")).await
    };
    let rep = sign_in("rep@demo.example.com").await;
    let saved = app.facade.configurations.list(&rep.ctx, ConfigurationQuery::default()).await.expect("saved").items;
    assert_eq!((rep.ctx.tenant, saved.len(), saved.iter().filter(|c| c.share_url.is_some()).count()), (first, 4, 2));
    let second = make(true).await;
    assert_ne!(second, first);
    assert_eq!(sign_in("viewer@demo.example.com").await.ctx.tenant, second);
    assert_eq!(app.facade.admin.members(&sign_in("admin@demo.example.com").await.ctx).await.expect("members").len(), 3);
}

#[tokio::test]
async fn pictures_that_were_missed_are_asked_for_later_and_a_new_generator_replaces_them() {
    let app = TestApp::start().await;
    app.blender.always(Some(test_kit::Behave::Missing));
    let acme = app.tenant("acme").await;
    app.run_jobs().await;
    assert_eq!(acme.product("DESK-HA").await.thumbnail_url, None);
    app.services.sweep().await.expect("swept");
    assert_eq!(app.open_runs().await, 0, "without Blender there is nothing to ask for");
    app.blender.always(None);
    app.services.sweep().await.expect("swept");
    app.run_jobs().await;
    let old = acme.product("DESK-HA").await;
    assert!(old.thumbnail_url.is_some());

    app.blender.becomes("fake-2");
    let page = app.facade.products.configurator(&acme.admin.ctx, &old.id, ConfigData::new(), PriceFor::default()).await.expect("the page");
    assert_eq!(page.files.and_then(|f| f.thumbnail_url), old.thumbnail_url, "the old files are still good");
    app.facade.jobs.create(&acme.admin.ctx, test_kit::new_job(&old.id, &json!({}))).await.expect("asked");
    app.run_jobs().await;
    let new = acme.product("DESK-HA").await;
    assert!(new.thumbnail_url.is_some() && new.thumbnail_url != old.thumbnail_url);
}
