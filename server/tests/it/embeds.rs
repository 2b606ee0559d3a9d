//! Configurators on other sites: who may show them, what their pages may ask, and what becomes of a question.

use contract::*;
use facade::{Actor, Ctx};
use serde_json::json;
use test_kit::{TestApp, TestTenant, caller};

const SHOP: &str = "https://shop.example";

fn settings(product: Option<String>) -> EmbedSettings {
    EmbedSettings {
        name: "Web shop".to_owned(),
        product_id: product,
        origins: vec![format!("{SHOP}/some/page"), SHOP.to_owned()],
        notify: Some("Sales@Acme.example".to_owned()),
        enabled: true,
        ..EmbedSettings::default()
    }
}

async fn made(app: &TestApp, tenant: &TestTenant, product: Option<String>) -> Embed {
    app.facade.embeds.create(&tenant.admin.ctx, settings(product)).await.expect("made")
}

/// The context of the page inside the frame.
async fn inside(app: &TestApp, embed: &Embed) -> Ctx {
    let token = app.facade.embeds.token(&caller(), &embed.public_id, NewEmbedToken { origin: SHOP.to_owned() }).await.expect("a token");
    app.facade.embeds.authenticate(&caller(), &token.token).await.expect("known")
}

fn choices(json: serde_json::Value) -> ConfigData {
    json.as_object().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_page_shows_the_embeds_product_to_allowed_sites_alone() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let desk = tenant.product("DESK-HA").await.id;
    let embed = made(&app, &tenant, None).await;
    assert!(embed.public_id.starts_with("emb_"));
    assert_eq!(embed.origins, [SHOP], "exact origins, each once");
    assert_eq!(embed.notify.as_deref(), Some("sales@acme.example"));
    let f = &app.facade.embeds;

    let page = f.open(&caller(), &embed.public_id, Some("DESK-HA".to_owned()), choices(json!({ "width": 1800 })), PriceFor::default()).await.expect("the page");
    assert_eq!((page.organization.as_str(), page.closed.as_deref()), (tenant.name.as_str(), None));
    let shown = page.configurator.expect("the desk");
    assert_eq!((shown.card.id.as_str(), shown.can_save, shown.signed_in), (desk.as_str(), false, false));
    assert!(f.open(&caller(), &embed.public_id, None, ConfigData::new(), PriceFor::default()).await.expect("a page").closed.is_some(), "no product named");
    assert_eq!(f.open(&caller(), "emb_0000", None, ConfigData::new(), PriceFor::default()).await.expect_err("unknown").kind, ErrorKind::NotFound);

    for (origin, code) in
        [("https://other.example", "origin_not_allowed"), ("https://shop.example.evil.example", "origin_not_allowed"), ("null", "invalid"), ("", "invalid")]
    {
        let refused = f.token(&caller(), &embed.public_id, NewEmbedToken { origin: origin.to_owned() }).await.expect_err(origin);
        assert_eq!(refused.code, code, "{origin}");
    }
    let said =
        async |id: &str, origin: &str, sku: Option<&str>| f.check(&caller(), id, origin, sku.map(str::to_owned)).await.expect("an answer").problems.join(" ");
    assert_eq!(said(&embed.public_id, SHOP, Some("DESK-HA")).await, "");
    assert!(said(&embed.public_id, "https://other.example", Some("DESK-HA")).await.contains("https://other.example is not among"));
    assert!(said(&embed.public_id, SHOP, None).await.contains("product=\"SKU\""));
    assert!(said(&embed.public_id, SHOP, Some("NOPE")).await.contains("no product NOPE"));
    assert!(said("emb_x", SHOP, None).await.contains("There is no embed emb_x"));

    let one = made(&app, &tenant, Some(desk)).await;
    assert!(
        f.open(&caller(), &one.public_id, None, ConfigData::new(), PriceFor::default()).await.expect("a page").configurator.is_some(),
        "its own product needs no name"
    );
    assert!(f.open(&caller(), &one.public_id, Some("SOFA-LG".to_owned()), ConfigData::new(), PriceFor::default()).await.expect("a page").closed.is_some());
}

#[tokio::test]
async fn tokens_end_with_their_time_their_site_their_embed_and_their_workspace() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let embed = made(&app, &tenant, None).await;
    let f = &app.facade.embeds;
    let fresh = async || f.token(&caller(), &embed.public_id, NewEmbedToken { origin: SHOP.to_owned() }).await.expect("a token").token;
    let known = async |token: &str| f.authenticate(&caller(), token).await.map_err(|e| e.code);
    let token = fresh().await;
    let ctx = known(&token).await.expect("good");
    assert_eq!(ctx.tenant, tenant.id);
    assert!(matches!(&ctx.actor, Actor::Embed { origin, .. } if origin == SHOP));
    assert_eq!(known(&format!("{token}x")).await, Err("token_invalid".to_owned()));
    assert_eq!(app.facade.accounts.authenticate(&caller(), &token).await.expect_err("no person").code, "token_invalid");
    // It may ask, and nothing else of the workspace is open to it.
    for refused in [
        app.facade.configurations.list(&ctx, ConfigurationQuery::default()).await.map(drop),
        f.leads(&ctx, PageRequest::default()).await.map(drop),
        f.list(&ctx).await.map(drop),
        app.facade.jobs.list(&ctx, JobQuery::default()).await.map(drop),
        app.facade.products.list(&ctx, ProductQuery::default()).await.map(drop),
    ] {
        assert_eq!(refused.expect_err("not for visitors").kind, ErrorKind::Forbidden);
    }

    app.clock.advance(time::Duration::minutes(15));
    assert_eq!(known(&token).await, Err("token_expired".to_owned()));
    let token = fresh().await;
    let admin = &tenant.admin.ctx;
    let other = EmbedSettings { origins: vec!["https://new.example".to_owned()], ..settings(None) };
    f.change(admin, &embed.id, other, Some(embed.revision)).await.expect("set");
    assert_eq!(known(&token).await, Err("token_invalid".to_owned()), "its site was taken off");
    assert_eq!(f.change(admin, &embed.id, settings(None), Some(embed.revision)).await.expect_err("stale").kind, ErrorKind::Stale);
    f.change(admin, &embed.id, settings(None), None).await.expect("set");
    known(&token).await.expect("on again");
    f.change(admin, &embed.id, EmbedSettings { enabled: false, ..settings(None) }, None).await.expect("set");
    assert_eq!(known(&token).await, Err("token_invalid".to_owned()));
    let page = f.open(&caller(), &embed.public_id, Some("DESK-HA".to_owned()), ConfigData::new(), PriceFor::default()).await.expect("a polite page");
    assert!(page.closed.expect("closed").contains("Please ask") && page.configurator.is_none());
    f.change(admin, &embed.id, settings(None), None).await.expect("set");

    let ended = format!("update tenants set disabled_at = now() where id = '{}'", tenant.id);
    app.db.sql(&ended).await.expect("disabled");
    assert_eq!(known(&token).await, Err("token_invalid".to_owned()));
    assert!(
        f.open(&caller(), &embed.public_id, Some("DESK-HA".to_owned()), ConfigData::new(), PriceFor::default()).await.expect("a polite page").closed.is_some()
    );
    app.db.sql(&ended.replace("now()", "null")).await.expect("enabled");
    f.delete(admin, &embed.id, None).await.expect("removed");
    assert!(known(&token).await.is_err());
    assert_eq!(f.open(&caller(), &embed.public_id, None, ConfigData::new(), PriceFor::default()).await.expect_err("gone").kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_question_is_kept_with_its_configuration_and_answered_by_mail() {
    let app = TestApp::start_with(test_kit::Options { without_mail: true, ..test_kit::Options::default() }).await;
    let tenant = app.tenant("acme").await;
    let (desk, sofa) = (tenant.product("DESK-HA").await.id, tenant.product("SOFA-LG").await.id);
    let embed = made(&app, &tenant, Some(desk.clone())).await;
    let ctx = inside(&app, &embed).await;
    let f = &app.facade.embeds;
    let lead = |product: &str, data: serde_json::Value| NewLead {
        product_id: product.to_owned(),
        config_data: choices(data),
        kind: "quote".to_owned(),
        name: "Kim Aalto".to_owned(),
        email: "Kim@Customer.example".to_owned(),
        message: "  Do you deliver to Turku?\n".to_owned(),
        ..NewLead::default()
    };
    f.used(&ctx, EmbedUse { event: "changed".to_owned() }).await.expect("counted");
    let receipt = f.ask(&ctx, lead(&desk, json!({ "width": 1800, "finish": "walnut" }))).await.expect("kept");
    let token = receipt.share_url.rsplit('/').next().expect("a token");
    let shared = app.facade.configurations.shared(&caller(), token).await.expect("the link works without signing in");
    assert_eq!(shared.config_data["width"], json!(1800));

    let mail = async |to: &str| app.db.value(&format!("select subject || E'\\n' || body from mails where recipient = '{to}'")).await.expect("a mail");
    let theirs = mail("kim@customer.example").await;
    for words in ["Your Tarn desk", "Kim Aalto", &receipt.share_url, "sales@acme.example"] {
        assert!(theirs.contains(words), "{words}: {theirs}");
    }
    // Anybody can type anybody's address: what a stranger wrote is not mailed on to it.
    assert!(!theirs.contains("Turku"), "{theirs}");
    let ours = mail("sales@acme.example").await;
    for words in ["Kim Aalto asks for a quote for Tarn desk", SHOP, "kim@customer.example", "/saved/", "Do you deliver to Turku?"] {
        assert!(ours.contains(words), "{words}: {ours}");
    }
    // Both have the specification with them, for the product and the price that was asked about.
    assert!(theirs.contains("the specification is attached"), "{theirs}");
    let outbox = app.facade.admin.outbox(&tenant.admin.ctx, PageRequest::default()).await.expect("outbox").items;
    let files: Vec<&str> = outbox.iter().filter_map(|m| m.attachment.as_deref()).collect();
    assert_eq!(files, ["DESK-HA-1800-0800-WAL-STD-M.pdf"; 2]);
    let file = app.facade.admin.outbox_file(&tenant.admin.ctx, &outbox[0].id).await.expect("the file");
    assert!(file.data.starts_with(b"%PDF") && file.content_type == "application/pdf");
    let papers = app.typesetter.given();
    let data: serde_json::Value = serde_json::from_slice(&papers[0].iter().find(|(name, _)| name == "data.json").expect("data").1).expect("JSON");
    assert_eq!((papers.len(), &data["title"], &data["link"]), (1, &json!("Tarn desk"), &json!(receipt.share_url)));
    assert_eq!(data["totals"][0]["value"], json!(contract::format_money(&shared.price.total.currency, shared.price.total.minor)));
    assert!(data["choices"].as_array().expect("choices").contains(&json!({ "label": "Width", "value": "1800 mm" })), "{data}");
    // Behind the link it is there for whoever has it.
    let behind = app.facade.configurations.shared_specification(&caller(), token).await.expect("without signing in");
    assert!(behind.data.starts_with(b"%PDF"));
    assert_eq!(app.facade.configurations.shared_specification(&caller(), "0123").await.expect_err("no such link").kind, ErrorKind::NotFound);
    let leads = f.leads(&tenant.admin.ctx, PageRequest::default()).await.expect("leads").items;
    assert_eq!(leads.len(), 1);
    let kept = &leads[0];
    assert_eq!((kept.kind.as_str(), kept.message.as_str(), kept.origin.as_str()), ("quote", "Do you deliver to Turku?", SHOP));
    assert_eq!(kept.price, shared.price.total);
    let counted = f.get(&tenant.admin.ctx, &embed.id).await.expect("the embed");
    assert_eq!((counted.opened, counted.changed, counted.leads), (1, 1, 1));

    // What can't be asked.
    let code = async |ctx: &Ctx, new: NewLead| f.ask(ctx, new).await.expect_err("refused").code;
    assert_eq!(code(&ctx, lead(&sofa, json!({}))).await, "other_product");
    assert_eq!(code(&ctx, lead(&desk, json!({ "width": 5 }))).await, "outside_schema");
    assert_eq!(code(&ctx, lead("x", json!({}))).await, "invalid");
    assert_eq!(code(&ctx, NewLead { name: "Win at https://evil.example".to_owned(), ..lead(&desk, json!({})) }).await, "invalid");
    assert_eq!(code(&ctx, NewLead { configuration: Some(kept.configuration_id.clone()), ..lead(&desk, json!({})) }).await, "invalid");
    let faults = f
        .ask(&ctx, NewLead { name: String::new(), email: "x".to_owned(), message: "x".repeat(4001), kind: "gift".to_owned(), ..lead(&desk, json!({})) })
        .await
        .expect_err("faults");
    assert_eq!(faults.errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), ["/name", "/email", "/message", "/kind"]);
    assert_eq!(f.leads(&tenant.admin.ctx, PageRequest::default()).await.expect("leads").items.len(), 1);

    // Somebody of the workspace may note one about a saved configuration.
    let own = NewLead { product_id: String::new(), configuration: Some(kept.configuration_id.clone()), ..lead(&desk, json!({})) };
    let again = f.ask(&tenant.admin.ctx, own).await.expect("kept");
    assert_eq!(again.share_url, receipt.share_url, "one link for one configuration");
    assert!(app.facade.admin.audit_verify(&tenant.admin.ctx).await.expect("read").first_bad.is_none());
}
