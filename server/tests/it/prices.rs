//! Price lists: whose holds when, what it makes of prices everywhere they are shown, and that what was saved keeps its own.

use contract::*;
use facade::Ctx;
use serde_json::json;
use test_kit::{TestApp, TestTenant, caller, new_configuration};

fn list(name: &str, change: impl FnOnce(&mut PriceListSettings)) -> PriceListSettings {
    let mut settings = PriceListSettings { name: name.to_owned(), currency: "USD".to_owned(), starts: "2020-01-01".to_owned(), ..PriceListSettings::default() };
    change(&mut settings);
    settings
}

fn percent(percent: f64) -> PriceRow {
    PriceRow { percent: Some(percent), ..PriceRow::default() }
}

async fn priced(app: &TestApp, ctx: &Ctx, product: &str, price: PriceFor) -> Price {
    let request = ConfigureRequest { price, ..ConfigureRequest::default() };
    let answer = app.facade.products.configure(ctx, product, request).await.expect("configured").price;
    assert_eq!(answer.lines.iter().map(|l| l.amount.minor).sum::<i64>(), answer.total.minor, "{answer:?}");
    assert_eq!(answer.extended.minor, answer.total.minor * i64::from(answer.quantity));
    answer
}

fn of(customer: &str) -> PriceFor {
    PriceFor { customer: Some(customer.to_owned()), ..PriceFor::default() }
}

#[tokio::test]
async fn the_list_of_a_customer_and_day_prices_a_configuration_and_names_itself() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let make = async |settings: PriceListSettings| app.facade.prices.create(admin, settings).await.expect("made");
    let own = priced(&app, admin, &desk, PriceFor::default()).await;
    assert_eq!((own.list.as_str(), own.quantity), ("", 1));

    // Everybody pays 10 % more from some day on; a customer has terms of its own.
    make(list("Spring", |l| l.rules.changes = vec![percent(10.0)])).await;
    let contract = list("Northlight contract", |l| {
        l.customer = Some("Northlight".to_owned());
        l.starts = "2026-03-01".to_owned();
        let line = |line: &str, p, amount| PriceRow { sku: "DESK-HA".to_owned(), line: line.to_owned(), percent: p, amount_minor: amount };
        l.rules.changes = vec![percent(-12.5), line("frame", None, Some(44_400)), line("top", Some(0.0), None)];
        l.rules.breaks = vec![BreakRow { sku: String::new(), from: 10, percent: 5.0 }, BreakRow { sku: String::new(), from: 25, percent: 8.25 }];
        l.rules.rounding = Some(RoundingRule { to_minor: 500, way: "nearest".to_owned() });
    });
    make(contract).await;

    let general = priced(&app, admin, &desk, PriceFor::default()).await;
    assert_eq!((general.list.as_str(), general.list_price_date.as_str()), ("Spring", "2020-01-01"));
    let minor = |p: &Price, id: &str| p.lines.iter().find(|l| l.id == id).map(|l| l.amount.minor);
    let dearer = |id: &str| minor(&own, id).map(|m| (m * 11 + 5) / 10);
    assert_eq!(minor(&general, "frame"), dearer("frame"));
    assert!(general.lines[0].rule.contains("+10 % (Spring)"), "{}", general.lines[0].rule);

    let theirs = priced(&app, admin, &desk, of("northlight")).await;
    assert_eq!((theirs.list.as_str(), theirs.list_price_date.as_str()), ("Northlight contract", "2026-03-01"));
    assert_eq!((minor(&theirs, "frame"), minor(&theirs, "top")), (Some(44_400), minor(&own, "top")), "an amount, and a line left as it is");
    assert_eq!(theirs.total.minor % 500, 0);
    let many = priced(&app, admin, &desk, PriceFor { quantity: Some(30), ..of("Northlight") }).await;
    let before: i64 = many.lines.iter().filter(|l| !l.id.starts_with("list.")).map(|l| l.amount.minor).sum();
    assert_eq!(minor(&many, "list.volume"), Some(-((before * 825 + 5_000) / 10_000)), "8.25 % off, half away from zero");
    assert_eq!((many.quantity, many.total.minor % 500), (30, 0));
    assert_eq!(priced(&app, admin, &desk, PriceFor { quantity: Some(9), ..of("Northlight") }).await.total, theirs.total);
    let early = PriceFor { date: Some("2026-02-28".to_owned()), ..of("Northlight") };
    assert_eq!(priced(&app, admin, &desk, early).await.list, "Spring", "before the contract began");
    let never = PriceFor { date: Some("2019-01-01".to_owned()), ..PriceFor::default() };
    let old = priced(&app, admin, &desk, never).await;
    assert_eq!((old.list.as_str(), &old.total), ("", &own.total));

    // Prices of other customers, and of other days, are for those who make offers.
    let viewer = tenant.viewer().await.ctx;
    for asked in [of("Northlight"), PriceFor { date: Some("2026-02-28".to_owned()), ..PriceFor::default() }] {
        let request = ConfigureRequest { price: asked, ..ConfigureRequest::default() };
        assert_eq!(app.facade.products.configure(&viewer, &desk, request).await.expect_err("not for a viewer").kind, ErrorKind::Forbidden);
    }
    // A page of theirs opens all the same, at everyone's price.
    let page = app.facade.products.configurator(&viewer, &desk, ConfigData::new(), of("Northlight")).await.expect("a page");
    let compiled: product::CompiledProduct = serde_json::from_str(&page.compiled).expect("a product");
    assert_eq!((compiled.terms.expect("terms").list.as_str(), page.pricing.customers.len()), ("Spring", 0));
    for (price, pointer) in [
        (PriceFor { quantity: Some(100_001), ..PriceFor::default() }, "/quantity"),
        (PriceFor { date: Some("yesterday".to_owned()), ..PriceFor::default() }, "/date"),
    ] {
        let refused = app.facade.products.configure(admin, &desk, ConfigureRequest { price, ..ConfigureRequest::default() }).await.expect_err(pointer);
        assert_eq!(refused.errors[0].pointer, pointer);
    }
}

#[tokio::test]
async fn another_currency_comes_by_its_rate_to_those_who_ask_for_it() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let own = priced(&app, admin, &desk, PriceFor::default()).await;
    let euro = |currency: &str| PriceFor { currency: Some(currency.to_owned()), ..PriceFor::default() };
    assert_eq!(priced(&app, admin, &desk, euro("EUR")).await.total, own.total, "no list has it: the answer comes in another currency");
    let settings = list("Europe", |l| {
        l.currency = "EUR".to_owned();
        l.on_request = true;
        l.rules.rates = vec![RateRow { from: "USD".to_owned(), rate: "0.92".to_owned() }];
    });
    let made = app.facade.prices.create(admin, settings.clone()).await.expect("made");
    assert_eq!(priced(&app, admin, &desk, PriceFor::default()).await.total, own.total, "unasked nothing changes");
    let price = priced(&app, admin, &desk, euro("eur")).await;
    assert_eq!(price.total.currency, "EUR");
    let exact: i64 = own.lines.iter().map(|l| (l.amount.minor * 92 + 50) / 100).sum();
    assert_eq!(price.total.minor, exact);
    assert!(price.lines[0].rule.contains("× 0.92 (Europe)"), "{}", price.lines[0].rule);

    // The configurator evaluates the same in the browser.
    let data = app.facade.products.configurator(admin, &desk, ConfigData::new(), euro("EUR")).await.expect("the page's data");
    let compiled: product::CompiledProduct = serde_json::from_str(&data.compiled).expect("a product");
    let there = product::price(&compiled, &product::configure(&compiled, &product::Values::new()).values).expect("a price");
    assert_eq!((compiled.currency.as_str(), there.total), ("EUR", exact));
    assert_eq!(data.pricing.currencies, ["EUR", "USD"]);

    // A list that can't price a product leaves it its own price.
    let without = PriceListSettings { on_request: false, rules: PriceRules::default(), ..settings };
    app.facade.prices.change(admin, &made.id, without, Some(made.revision)).await.expect("set");
    let price = priced(&app, admin, &desk, euro("EUR")).await;
    assert_eq!(price.total, own.total);
}

#[tokio::test]
async fn the_catalogue_shows_and_filters_by_the_prices_of_the_list_for_everyone() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let cards = async || app.facade.products.list(admin, ProductQuery::default()).await.expect("cards").items;
    let within = async |max: &str| {
        let query = ProductQuery { max_price: Amount::parse(max), ..ProductQuery::default() };
        app.facade.products.list(admin, query).await.expect("cards").items.len()
    };
    let before = cards().await;
    let dearest = before.iter().map(|c| c.price.minor).max().expect("a price");
    assert_eq!(within(&(dearest / 200).to_string()).await, before.iter().filter(|c| c.price.minor <= dearest / 200 * 100).count());
    let made = app.facade.prices.create(admin, list("Half", |l| l.rules.changes = vec![percent(-50.0)])).await.expect("made");
    let after = cards().await;
    for (was, is) in before.iter().zip(&after) {
        assert!((is.price.minor * 2 - was.price.minor).abs() <= 20, "{}: {} of {}", is.sku, is.price.minor, was.price.minor);
        let (Some(was), Some(is)) = (&was.from_price, &is.from_price) else { panic!("{}: the lowest price is proven under a list too", is.sku) };
        assert!((is.minor * 2 - was.minor).abs() <= 20);
        let detail = app.facade.products.get(admin, &after[0].id).await.expect("a product");
        assert_eq!(detail.card.price, after[0].price);
    }
    assert_eq!(within(&(dearest / 200 + 1).to_string()).await, before.len(), "half of the dearest");
    // A product that is published afterwards is listed too.
    let desk = tenant.product("DESK-HA").await.id;
    let mut definition = publish::demo().into_iter().find(|d| d["sku"] == "DESK-HA").expect("the desk");
    definition["template_version"] = json!("9.9.9");
    definition["price"]["lines"] = json!([{ "id": "all", "label": "All", "amount": 100_000 }]);
    app.facade.products.update(admin, &desk, definition, None).await.expect("updated");
    app.facade.products.publish(admin, &desk, None).await.expect("published");
    assert_eq!(app.facade.products.get(admin, &desk).await.expect("the desk").card.price.minor, 50_000);
    app.facade.prices.delete(admin, &made.id, None).await.expect("removed");
    assert_eq!(app.facade.products.get(admin, &desk).await.expect("the desk").card.price.minor, 100_000);
}

async fn saved(app: &TestApp, tenant: &TestTenant, product: &str, price: PriceFor) -> Configuration {
    let new = NewConfiguration { price, ..new_configuration(product, "Twelve desks", &json!({})) };
    app.facade.configurations.create(&tenant.admin.ctx, new).await.expect("saved")
}

#[tokio::test]
async fn what_was_saved_keeps_its_price_and_is_renewed_for_the_same_customer() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let terms = |p: f64| {
        list("Contract", move |l| {
            l.customer = Some("Northlight".to_owned());
            l.rules.changes = vec![percent(p)];
            l.rules.breaks = vec![BreakRow { sku: "DESK-HA".to_owned(), from: 12, percent: 10.0 }];
        })
    };
    let made = app.facade.prices.create(admin, terms(-20.0)).await.expect("made");
    let asked = PriceFor { quantity: Some(12), ..of("Northlight") };
    let kept = saved(&app, &tenant, &desk, asked.clone()).await;
    assert_eq!((kept.quantity, kept.customer.as_deref()), (12, Some("Northlight")));
    assert_eq!(kept.price, priced(&app, admin, &desk, asked.clone()).await.total);

    app.facade.prices.change(admin, &made.id, terms(-10.0), Some(made.revision)).await.expect("set");
    let read = app.facade.configurations.get(admin, &kept.id).await.expect("there");
    assert_eq!((&read.price, read.quantity, read.customer.as_deref()), (&kept.price, 12, Some("Northlight")));
    let difference = app.facade.configurations.difference(admin, &kept.id, None).await.expect("a difference");
    let today = priced(&app, admin, &desk, asked).await.total;
    assert_eq!((difference.was.price.as_ref(), difference.now.price.as_ref()), (Some(&kept.price), Some(&today)));
    // Whoever may renew gets the customer's price, whether or not they may ask for any customer's.
    let renewed = app.facade.configurations.renew(&tenant.member(facade::Role::FacilityManager).await.ctx, &kept.id, None).await.expect("renewed");
    assert_eq!((&renewed.price, renewed.quantity, renewed.customer.as_deref()), (&today, 12, Some("Northlight")));

    // Behind a link stands the price, not for whom it was made.
    let shared = app.facade.configurations.share(admin, &kept.id).await.expect("shared");
    let token = shared.share_url.rsplit('/').next().expect("a token").to_owned();
    let page = app.facade.configurations.shared(&caller(), &token).await.expect("the page");
    assert_eq!((&page.price.total, page.price.customer.as_deref(), page.price.quantity), (&today, None, 12));
    assert!(page.price.list.is_empty() && page.price.lines.iter().all(|l| l.rule.is_empty()), "nor on which terms");
    app.facade.configurations.revoke_share(admin, &kept.id).await.expect("ended");

    // One piece instead of twelve, by somebody who may not choose customers: still this one's price.
    let one = ChangeConfiguration {
        config_data: Some(kept.config_data.clone()),
        price: PriceFor { quantity: Some(1), ..PriceFor::default() },
        ..ChangeConfiguration::default()
    };
    let manager = tenant.member(facade::Role::FacilityManager).await.ctx;
    let changed = app.facade.configurations.change(&manager, &kept.id, one.clone(), None).await.expect("changed");
    assert_eq!((changed.quantity, changed.customer.as_deref()), (1, Some("Northlight")));
    assert_eq!(changed.price, priced(&app, admin, &desk, of("Northlight")).await.total);
    // And by somebody who may, for everyone.
    let plain = app.facade.configurations.change(admin, &kept.id, one, None).await.expect("changed");
    assert_eq!((plain.quantity, plain.customer.as_deref()), (1, None));
    assert_eq!(plain.price, priced(&app, admin, &desk, PriceFor::default()).await.total);
}

#[tokio::test]
async fn an_embed_shows_its_customers_prices_and_nobody_elses() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let desk = tenant.product("DESK-HA").await.id;
    let make = async |customer: &str, p: f64| {
        let settings = list(customer, |l| {
            l.customer = Some(customer.to_owned());
            l.rules.changes = vec![percent(p)];
        });
        app.facade.prices.create(admin, settings).await.expect("made");
    };
    make("Dealer", -30.0).await;
    make("Secret", -60.0).await;
    let settings = EmbedSettings {
        name: "Dealer's shop".to_owned(),
        customer: Some("Dealer".to_owned()),
        origins: vec!["https://shop.example".to_owned()],
        enabled: true,
        ..EmbedSettings::default()
    };
    let embed = app.facade.embeds.create(admin, settings).await.expect("made");
    let dealer = priced(&app, admin, &desk, of("Dealer")).await;
    let f = &app.facade.embeds;
    let page = f.open(&caller(), &embed.public_id, Some("DESK-HA".to_owned()), ConfigData::new(), PriceFor::default()).await.expect("the page");
    let data = page.configurator.expect("the desk");
    let compiled: product::CompiledProduct = serde_json::from_str(&data.compiled).expect("a product");
    assert_eq!(product::price(&compiled, &product::configure(&compiled, &product::Values::new()).values).expect("a price").total, dealer.total.minor);
    assert!(data.pricing.customers.is_empty(), "visitors see no names");
    // Whatever the page around asks for: neither another customer's prices, nor those of another day.
    let planned = list("Planned", |l| {
        l.customer = Some("Dealer".to_owned());
        l.starts = "2100-01-01".to_owned();
    });
    app.facade.prices.create(admin, planned).await.expect("made");
    for asked in [of("Secret"), PriceFor { date: Some("2100-02-01".to_owned()), ..PriceFor::default() }] {
        let page = f.open(&caller(), &embed.public_id, Some("DESK-HA".to_owned()), ConfigData::new(), asked).await.expect("the page");
        let compiled: product::CompiledProduct = serde_json::from_str(&page.configurator.expect("the desk").compiled).expect("a product");
        assert_eq!(compiled.terms.expect("terms").list, "Dealer");
    }
    let token = f.token(&caller(), &embed.public_id, NewEmbedToken { origin: "https://shop.example".to_owned() }).await.expect("a token");
    let inside = f.authenticate(&caller(), &token.token).await.expect("known");
    let lead = NewLead {
        product_id: desk,
        name: "Kim".to_owned(),
        email: "kim@example.com".to_owned(),
        price: PriceFor { quantity: Some(3), ..of("Secret") },
        ..NewLead::default()
    };
    f.ask(&inside, lead).await.expect("kept");
    let lead = f.leads(admin, PageRequest::default()).await.expect("leads").items.remove(0);
    let asked = app.facade.configurations.get(admin, &lead.configuration_id).await.expect("saved");
    assert_eq!((&asked.price, asked.quantity, asked.customer.as_deref()), (&dealer.total, 3, Some("Dealer")));
}

#[tokio::test]
async fn faults_of_a_list_are_told_where_they_are() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme").await;
    let admin = &tenant.admin.ctx;
    let wrong = list(" ", |l| {
        l.currency = "usd".to_owned();
        l.starts = "2026-02-30".to_owned();
        l.rules.changes = vec![
            PriceRow { sku: "NOPE".to_owned(), ..percent(1.0) },
            PriceRow { sku: "DESK-HA".to_owned(), line: "nope".to_owned(), ..percent(1.0) },
            percent(-101.0),
            percent(0.005),
            PriceRow::default(),
            PriceRow { amount_minor: Some(100), ..PriceRow::default() },
        ];
        l.rules.grades = vec![GradeRow { sku: "DESK-HA".to_owned(), grade: "Z".to_owned(), price_minor: -1 }];
        l.rules.breaks = vec![BreakRow { sku: String::new(), from: 1, percent: 100.0 }, BreakRow { sku: String::new(), from: 1, percent: 5.0 }];
        l.rules.rates = vec![RateRow { from: "EUR".to_owned(), rate: "0".to_owned() }];
        l.rules.rounding = Some(RoundingRule { to_minor: 0, way: "sideways".to_owned() });
    });
    let refused = app.facade.prices.create(admin, wrong).await.expect_err("faults");
    let pointers: Vec<&str> = refused.errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/name",
            "/currency",
            "/starts",
            "/rules/changes/0/sku",
            "/rules/changes/1/line",
            "/rules/changes/2/percent",
            "/rules/changes/3/percent",
            "/rules/changes/4",
            "/rules/changes/5/amount_minor",
            "/rules/grades/0",
            "/rules/grades/0/price_minor",
            "/rules/breaks/0/from",
            "/rules/breaks/0/percent",
            "/rules/breaks/1/from",
            "/rules/breaks/1/from",
            "/rules/rates/0/rate",
            "/rules/rounding/to_minor",
            "/rules/rounding/way",
        ]
    );
    let backwards = list("Backwards", |l| l.ends = Some("2019-01-01".to_owned()));
    assert_eq!(app.facade.prices.create(admin, backwards).await.expect_err("ends before it begins").errors[0].pointer, "/ends");

    // Tried before it is kept.
    let tried = app.facade.prices.trial(admin, list("Trial", |l| l.rules.changes = vec![percent(-10.0)])).await.expect("tried");
    assert_eq!(tried.len(), 6);
    assert!(tried.iter().all(|t| t.listed.as_ref().is_some_and(|l| l.minor < t.own.minor)), "{tried:?}");
    assert!(app.facade.prices.list(admin).await.expect("lists").is_empty(), "nothing was kept");
}
