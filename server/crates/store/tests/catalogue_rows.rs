//! Products, search, configurations, files, mails and requests against a real database.

use serde_json::{Value, json};
use store::configurations::Saving;
use store::products::{self, Facts, Filter};
use store::testing::TestDb;
use store::{StoreError, TenantScope, TenantTx, accounts, assets, audit, configurations, jobs, mails};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

async fn tenant(db: &TestDb) -> TenantScope {
    let id = Uuid::now_v7();
    let mut tx = db.store.platform("a test makes a workspace").await.unwrap();
    accounts::create_tenant(&mut tx, &accounts::NewTenant { id, name: "A", slug: None, currency: "USD", kind: "organization" }).await.unwrap();
    tx.commit().await.unwrap();
    TenantScope::system(id)
}

fn facts(sku: &str, name: &str, category: &str, price_minor: i64) -> Facts {
    Facts {
        sku: sku.into(),
        name: name.into(),
        category: category.into(),
        description: format!("{name}, made to order"),
        currency: "USD".into(),
        currency_digits: 2,
        price_minor,
        stock: i32::from(price_minor > 50_000),
        configurable: price_minor != 20_000,
        template_version: "2026.1".into(),
        ..Facts::default()
    }
}

async fn published(tx: &mut store::TenantTx, facts: &Facts) -> Uuid {
    let id = Uuid::now_v7();
    products::create(tx, id, &json!({}), facts).await.unwrap();
    assert_eq!(products::publish(tx, id, &json!({}), "{\"c\": 1}", "h", facts, None).await.unwrap(), Some(1));
    id
}

#[tokio::test]
async fn products_are_found_by_words_typos_and_filters() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db).await;
    let mut tx = db.store.tenant(&scope).await.unwrap();
    for (sku, name, category, price) in [
        ("TARN", "Tarn height-adjustable desk", "desks", 90_000),
        ("SHALE", "Shale base cabinet", "kitchen", 40_000),
        ("FELL-2", "Fell meeting table", "tables", 120_000),
        ("MOOR", "Moor task chair 100%", "seating", 20_000),
    ] {
        published(&mut tx, &facts(sku, name, category, price)).await;
    }
    products::create(&mut tx, Uuid::now_v7(), &json!({}), &facts("DRAFT", "Unborn desk", "desks", 1)).await.unwrap();
    let mut find = async |filter: Filter| {
        let page = products::list(&mut tx, &filter, 50, None).await.unwrap();
        page.items.into_iter().map(|p| p.sku).collect::<Vec<_>>().join(" ")
    };
    let words = |w: &str| Filter { search: Some(w.into()), ..Filter::default() };
    assert_eq!(find(Filter::default()).await, "FELL-2 MOOR SHALE TARN", "by name, drafts left out");
    for (search, expected) in [
        ("desk", "TARN"),
        ("height desk", "TARN"),
        ("DESK Adjustable", "TARN"),
        ("cabnet", "SHALE"),
        ("shael", "SHALE"),
        ("meetng tabel", "FELL-2"),
        ("fell-", "FELL-2"),
        ("100%", "MOOR"),
        ("%", "MOOR"),
        ("_", ""),
        ("desk chair", ""),
        ("zzzz", ""),
        ("a\0b \\ '", ""),
    ] {
        assert_eq!(find(words(search)).await, expected, "{search:?}");
    }
    assert_eq!(find(Filter { drafts: true, ..words("desk") }).await.split(' ').count(), 2);
    assert_eq!(find(Filter { categories: vec!["desks".into(), "tables".into()], ..Filter::default() }).await, "FELL-2 TARN");
    assert_eq!(find(Filter { min_price: Some(400_0000), max_price: Some(900_0000), ..Filter::default() }).await, "SHALE TARN");
    assert_eq!(find(Filter { in_stock_only: true, ..Filter::default() }).await, "FELL-2 TARN");
    assert_eq!(find(Filter { configurable: Some(false), ..Filter::default() }).await, "MOOR");
    let counts = products::categories(&mut tx, &Filter { drafts: true, ..Filter::default() }).await.unwrap();
    assert_eq!(counts[0], ("desks".to_owned(), 2));
    assert_eq!(counts.len(), 4);
    let cheap = Filter { max_price: Some(400_0000), ..Filter::default() };
    assert_eq!(products::categories(&mut tx, &cheap).await.unwrap(), [("kitchen".to_owned(), 1), ("seating".to_owned(), 1)]);
}

#[tokio::test]
async fn price_bounds_are_major_units_of_the_products_own_currency() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db).await;
    let mut tx = db.store.tenant(&scope).await.unwrap();
    // 1,200 yen, 1,200 dollars, 1,200 dinars of a thousand fils each.
    for (sku, currency, digits, minor) in [("YEN", "JPY", 0, 1_200), ("USD", "USD", 2, 120_000), ("DINAR", "KWD", 3, 1_200_000), ("DEAR", "JPY", 0, i64::MAX)] {
        published(&mut tx, &Facts { currency: currency.into(), currency_digits: digits, from_minor: Some(1), ..facts(sku, sku, "desks", minor) }).await;
    }
    let mut find = async |min: Option<i64>, max: Option<i64>| {
        let page = products::list(&mut tx, &Filter { min_price: min, max_price: max, ..Filter::default() }, 50, None).await.unwrap();
        page.items.into_iter().map(|p| if p.from_minor == Some(1) { p.sku } else { String::new() }).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(find(Some(12_000_000), Some(12_000_000)).await, "DINAR USD YEN");
    assert_eq!(find(Some(12_000_001), None).await, "DEAR");
    assert_eq!(find(None, Some(11_999_999)).await, "");
}

#[tokio::test]
async fn pages_join_without_gaps_and_refuse_foreign_cursors() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db).await;
    let mut tx = db.store.tenant(&scope).await.unwrap();
    for n in 0..23 {
        // Equal names and letters outside ASCII: the order must still be total.
        published(&mut tx, &facts(&format!("P-{n}"), if n % 2 == 0 { "Éclair desk" } else { "eclair desk" }, "desks", 1)).await;
    }
    for search in [None, Some("desk".to_owned())] {
        let filter = Filter { search, ..Filter::default() };
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = products::list(&mut tx, &filter, 5, cursor.as_deref()).await.unwrap();
            seen.extend(page.items.into_iter().map(|p| p.sku));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 23);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 23);
    }
    for garbage in ["x", "bnVsbA", "WzEsMl0"] {
        assert!(matches!(products::list(&mut tx, &Filter::default(), 5, Some(garbage)).await, Err(StoreError::BadCursor)), "{garbage}");
        assert!(matches!(jobs::list(&mut tx, &jobs::Filter::default(), 5, Some(garbage)).await, Err(StoreError::BadCursor)), "{garbage}");
    }
}

#[tokio::test]
async fn versions_stay_and_stale_writes_are_refused() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db).await;
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let first = facts("TARN", "Tarn", "desks", 100);
    let id = published(&mut tx, &first).await;
    let revision = products::get(&mut tx, id).await.unwrap().unwrap().revision;
    let changed = Facts { name: "Tarn II".into(), ..first.clone() };
    let draft: Value = serde_json::from_str(r#"{"b": 1, "a": 1.50}"#).unwrap();
    assert!(products::update_draft(&mut tx, id, &draft, &changed, Some(revision)).await.unwrap());
    let stale = products::update_draft(&mut tx, id, &draft, &changed, Some(revision)).await.unwrap_err();
    assert!(matches!(stale, StoreError::Stale { current } if current == revision + 1));
    assert_eq!(products::get(&mut tx, id).await.unwrap().unwrap().name, "Tarn", "readers see the published facts");
    assert_eq!(products::draft(&mut tx, id).await.unwrap(), Some(draft.clone()));
    assert_eq!(products::publish(&mut tx, id, &draft, "{\"c\": 2}", "h2", &changed, None).await.unwrap(), Some(2));
    assert_eq!(products::get(&mut tx, id).await.unwrap().unwrap().name, "Tarn II");
    assert_eq!(products::version(&mut tx, id, Some(1)).await.unwrap().unwrap().compiled, "{\"c\": 1}");
    assert_eq!(products::version(&mut tx, id, None).await.unwrap().unwrap().version, 2);
    assert_eq!(products::publish(&mut tx, Uuid::now_v7(), &draft, "{}", "h", &changed, None).await.unwrap(), None);

    let choices = json!({ "width": 1600.5 });
    let new = |version| configurations::NewConfiguration {
        id: Uuid::now_v7(),
        product_id: id,
        version,
        name: "Mine",
        config_data: &choices,
        key: "k",
        variant_code: "T-1",
        price: &choices,
        artefact: "a",
    };
    tx.commit().await.unwrap();
    let saved = new(1);
    let at = OffsetDateTime::now_utc();
    let entry = audit::NewEntry { at, action: "configuration.saved", subject: "it".into(), before: None, after: Some(&choices), personal: &[] };
    assert_eq!(configurations::save(&db.store, &scope, &saved, &entry, None).await.unwrap(), Saving::Saved(None));
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let read = configurations::get(&mut tx, saved.id).await.unwrap().unwrap();
    assert_eq!((read.version, read.product_name.as_str(), read.config_data.clone(), read.revision), (1, "Tarn II", choices.clone(), 1));
    let token = configurations::share(&mut tx, saved.id, "0123").await.unwrap().unwrap();
    assert_eq!(configurations::share(&mut tx, saved.id, "4567").await.unwrap(), Some(token.clone()), "permanent");
    assert!(configurations::update(&mut tx, saved.id, Some("Ours"), None, None, Some(1)).await.unwrap());
    assert!(matches!(configurations::delete(&mut tx, saved.id, Some(1)).await, Err(StoreError::Stale { current: 2 })));
    tx.commit().await.unwrap();

    let mut public = db.store.public().await.unwrap();
    assert_eq!(configurations::by_share_token(&mut public, &token).await.unwrap(), Some((scope.tenant, saved.id)));
    assert_eq!(configurations::by_share_token(&mut public, "nothing\0").await.unwrap(), None);
    drop(public);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    assert!(configurations::delete(&mut tx, saved.id, None).await.unwrap());
    assert!(!configurations::delete(&mut tx, saved.id, None).await.unwrap());
    assert_eq!(configurations::list(&mut tx, &configurations::Filter::default(), 10, None).await.unwrap().items.len(), 0);
    tx.commit().await.unwrap();
    let mut public = db.store.public().await.unwrap();
    assert_eq!(configurations::by_share_token(&mut public, &token).await.unwrap(), None);
    let refused = configurations::save(&db.store, &scope, &new(9), &entry, None).await.unwrap_err();
    assert!(refused.is_constraint("configurations_version_exists"));
    // A product of another workspace is no product here.
    let elsewhere = tenant(&db).await;
    let refused = configurations::save(&db.store, &elsewhere, &new(1), &entry, None).await.unwrap_err();
    assert!(refused.is_constraint("configurations_version_exists"));

    // An answer that is kept already undoes the rest of it.
    let place = format!("tenant:{}:saving", scope.tenant);
    let once = configurations::Once { scope: &place, key: "k", request_hash: "h", status: 201, body: b"{}" };
    let first = new(1);
    assert_eq!(configurations::save(&db.store, &scope, &first, &entry, Some(&once)).await.unwrap(), Saving::Saved(None));
    assert_eq!(configurations::save(&db.store, &scope, &new(1), &entry, Some(&once)).await.unwrap(), Saving::Answered);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let left: Vec<Uuid> = configurations::list(&mut tx, &configurations::Filter::default(), 10, None).await.unwrap().items.iter().map(|c| c.id).collect();
    assert_eq!(left, [first.id]);
    let verdict = audit::verify(&mut tx).await.unwrap();
    assert_eq!((verdict.entries, verdict.first_bad), (2, None));
    drop(tx);

    // Many at once share transactions; one that is refused refuses nobody else.
    let crowd = (0..100).map(|i| {
        let (store, scope) = (db.store.clone(), scope.clone());
        tokio::spawn(async move {
            let choices = json!({ "width": 1200 + i });
            let entry = audit::NewEntry { at, action: "configuration.saved", subject: "it".into(), before: None, after: Some(&choices), personal: &[] };
            let one = configurations::NewConfiguration {
                id: Uuid::now_v7(),
                product_id: id,
                version: if i % 10 == 3 { 9 } else { 1 },
                name: if i == 50 { "" } else { "One of many" },
                config_data: &choices,
                key: "k",
                variant_code: "T-1",
                price: &choices,
                artefact: "a",
            };
            configurations::save(&store, &scope, &one, &entry, None).await
        })
    });
    let mut saved = Vec::new();
    for one in crowd.collect::<Vec<_>>() {
        saved.push(one.await.unwrap());
    }
    for (i, answer) in saved.iter().enumerate() {
        match (i, answer) {
            (50, Err(refused)) => assert!(refused.is_constraint("configurations_name_length"), "{refused:?}"),
            (i, Err(refused)) if i % 10 == 3 => assert!(refused.is_constraint("configurations_version_exists"), "{refused:?}"),
            (i, answer) => assert_eq!(answer.as_ref().unwrap(), &Saving::Saved(None), "{i}"),
        }
    }
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let found = configurations::list(&mut tx, &configurations::Filter::default(), 200, None).await.unwrap().items;
    assert_eq!(found.iter().filter(|c| c.name == "One of many").count(), 89);
    let verdict = audit::verify(&mut tx).await.unwrap();
    assert_eq!((verdict.entries, verdict.first_bad), (2 + 89, None));
}

#[tokio::test]
async fn files_keep_their_address_and_disabled_workspaces_serve_none() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db).await;
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let begin = async |tx: &mut TenantTx, token: &str| {
        assets::begin(tx, "k", &["glb", "usdz"], None, &[token.to_owned(), format!("{token}-usdz")]).await.unwrap();
        let row = assets::get(tx, "k", "glb").await.unwrap().unwrap();
        (row.status, row.file_token)
    };
    assert_eq!(begin(&mut tx, "token-1").await, ("pending".to_owned(), "token-1".to_owned()));
    assert_eq!(begin(&mut tx, "token-2").await, ("pending".to_owned(), "token-1".to_owned()), "the address stays");
    assert!(assets::set_failed(&mut tx, "k", "glb").await.unwrap());
    assert_eq!(begin(&mut tx, "token-2").await, ("pending".to_owned(), "token-1".to_owned()), "tried again at the same address");
    let ready = assets::ReadyAsset {
        key: "k",
        kind: "glb",
        product_id: None,
        blob_key: "b",
        sha256: "s",
        bytes: 12,
        file_token: "token-3",
        bounding_box_dmm: Some([1, 2, 3]),
        blender_version: None,
    };
    assert_eq!(assets::put_ready(&mut tx, &ready).await.unwrap().file_token, "token-1");
    assert!(!assets::set_failed(&mut tx, "k", "glb").await.unwrap(), "a ready file stays");
    assert_eq!(assets::ready(&mut tx, &["k".into(), "other".into()]).await.unwrap()[0].bounding_box_dmm, Some(vec![1, 2, 3]));
    let file = ("a.pdf", b"%PDF".as_slice());
    let new = mails::NewMail { id: Uuid::now_v7(), recipient: "ada@example.com", subject: "Hello", body: "…", state: "kept", attachment: Some(file) };
    mails::create(&mut tx, &new).await.unwrap();
    let kept = mails::attachment(&mut tx, new.id).await.unwrap().expect("it has one");
    assert_eq!((kept.0.as_str(), kept.1.as_slice(), kept.2.as_str()), ("a.pdf", file.1, "kept"));
    let mail = mails::list(&mut tx, 5, None).await.unwrap().items.remove(0);
    assert!(mails::set_state(&mut tx, mail.id, "sent", None).await.unwrap());
    assert!(mails::get(&mut tx, mail.id).await.unwrap().unwrap().sent_at.is_some());
    tx.commit().await.unwrap();
    let mut public = db.store.public().await.unwrap();
    assert_eq!(assets::by_file_token(&mut public, "token-1").await.unwrap().unwrap().tenant_id, scope.tenant);
    drop(public);
    let mut tx = db.store.platform("a test ends a contract").await.unwrap();
    assert!(accounts::set_tenant_disabled(&mut tx, scope.tenant, true).await.unwrap());
    tx.commit().await.unwrap();
    let mut public = db.store.public().await.unwrap();
    assert_eq!(assets::by_file_token(&mut public, "token-1").await.unwrap(), None);
}

#[tokio::test]
async fn requests_have_figures_and_take_later_pictures() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db).await;
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let (request, result) = (json!({}), json!({ "glb_url": "x" }));
    let new = jobs::NewJob {
        id: Uuid::now_v7(),
        kind: "model",
        configuration_id: None,
        product_id: None,
        request: &request,
        key: "k",
        title: "Tarn",
        sku: "TARN",
        variant_code: "",
        max_retries: 3,
    };
    let job = jobs::create(&mut tx, &new, jobs::Source::Cached(&result)).await.unwrap();
    assert_eq!((job.status.as_str(), job.progress, job.cache_hit, job.open()), ("COMPLETED", 100, true, false));
    let foreign = jobs::Source::Run { run_id: Uuid::now_v7(), joined: false };
    assert!(matches!(jobs::create(&mut tx, &jobs::NewJob { id: Uuid::now_v7(), ..new.clone() }, foreign).await, Err(StoreError::Setup(_))));
    assert_eq!(jobs::add_to_results(&mut tx, "k", &json!({ "thumbnail_url": "y" })).await.unwrap(), 1);
    assert_eq!(jobs::get(&mut tx, job.id).await.unwrap().unwrap().result, Some(json!({ "glb_url": "x", "thumbnail_url": "y" })));
    tx.commit().await.unwrap();
    let now = OffsetDateTime::now_utc() + Duration::minutes(1);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let figures = jobs::figures(&mut tx, now - Duration::days(1), now).await.unwrap();
    assert_eq!((figures.total, figures.cached, figures.open, figures.failed, figures.median_ms), (1, 1, 0, 0, None));
    assert_eq!((figures.hours.len(), figures.hours[23], figures.hours.iter().sum::<i64>()), (24, 1, 1));
    let found = |search: &str| jobs::Filter { states: vec![], search: Some(search.into()) };
    assert_eq!(jobs::list(&mut tx, &found("TAR"), 5, None).await.unwrap().items.len(), 1);
    assert_eq!(jobs::list(&mut tx, &found(&job.id.to_string()[..8]), 5, None).await.unwrap().items.len(), 1);
    assert_eq!(jobs::list(&mut tx, &found("nothing\0"), 5, None).await.unwrap().items.len(), 0);
}
