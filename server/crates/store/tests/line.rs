//! The line to the database: how often it is walked, and what happens when it is cut.

use serde_json::json;
use std::time::{Duration, Instant};
use store::runs::{NewRun, enqueue};
use store::testing::{Proxy, TestDb, config};
use store::{Store, StoreError, TenantScope, accounts, jobs};
use uuid::Uuid;

async fn through_a_proxy() -> (TestDb, Proxy, Store, TenantScope) {
    let db = TestDb::create().await.unwrap();
    let id = Uuid::now_v7();
    let mut tx = db.store.platform("a test makes a workspace").await.unwrap();
    accounts::create_tenant(&mut tx, &accounts::NewTenant { id, name: "A", slug: None, currency: "USD", kind: "organization" }).await.unwrap();
    tx.commit().await.unwrap();
    let proxy = Proxy::to(&db.url).await.unwrap();
    let store = Store::connect(store::StoreConfig { max_connections: 1, ..config(&proxy.url) }).await.unwrap();
    (db, proxy, store, TenantScope::system(id))
}

/// What a call asks of the database, up to its commit. The pool's own question afterwards nobody waits for.
fn until_commit(asked: Vec<String>) -> Vec<String> {
    let end = asked.iter().position(|a| a == "COMMIT").map_or(asked.len(), |n| n + 1);
    asked.into_iter().take(end).collect()
}

#[tokio::test]
async fn putting_work_in_line_costs_one_round_trip_inside_the_callers_transaction() {
    let (_db, proxy, store, scope) = through_a_proxy().await;
    let run = NewRun::new(scope.tenant, "t", json!({})).keyed("k");
    let request = json!({});
    let new = |id| jobs::NewJob {
        id,
        kind: "model",
        configuration_id: None,
        product_id: None,
        request: &request,
        key: "k",
        title: "",
        sku: "",
        variant_code: "",
        max_retries: 3,
    };
    // Twice: the first time each statement is also prepared.
    let mut joined = Vec::new();
    for round in 0..2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _ = proxy.asked();
        let mut tx = store.tenant(&scope).await.unwrap();
        joined.push(enqueue(&mut tx, &run).await.unwrap().joined);
        tx.commit().await.unwrap();
        let asked = until_commit(proxy.asked());
        if round == 1 {
            let begin = format!("begin; set local role fitout_app; set local app.tenant_id = '{}'", scope.tenant);
            assert_eq!(asked, [begin.as_str(), "statement", "COMMIT"]);
        }
    }
    assert_eq!(joined, [false, true], "deduplicated");
    for round in 0..2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _ = proxy.asked();
        let mut tx = store.tenant(&scope).await.unwrap();
        let job = jobs::create(&mut tx, &new(Uuid::now_v7()), jobs::Source::Work(&run)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((job.status.as_str(), job.cache_hit), ("QUEUED", true), "it joined the run that waits");
        let asked = until_commit(proxy.asked());
        assert!(round == 0 || asked.len() == 3, "request and work together: {asked:?}");
    }
    // Rolled back, neither is there.
    let other = NewRun::new(scope.tenant, "t", json!({})).keyed("other");
    let mut tx = store.tenant(&scope).await.unwrap();
    let job = jobs::create(&mut tx, &new(Uuid::now_v7()), jobs::Source::Work(&other)).await.unwrap();
    assert!(!job.cache_hit);
    tx.rollback().await.unwrap();
    assert_eq!(store::runs::get(&store, job.run_id.unwrap()).await.unwrap(), None);
    // A run for another tenant is refused.
    let mut tx = store.tenant(&scope).await.unwrap();
    let foreign = NewRun::new(Uuid::now_v7(), "t", json!({}));
    assert!(matches!(jobs::create(&mut tx, &new(Uuid::now_v7()), jobs::Source::Work(&foreign)).await, Err(StoreError::Setup(_))));
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_within_two_seconds_and_one_that_is_back_serves_at_once() {
    let (_db, proxy, store, scope) = through_a_proxy().await;
    store.ping().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    proxy.cut();
    let began = Instant::now();
    let gone = store.tenant(&scope).await.unwrap_err();
    assert!(matches!(gone, StoreError::Unavailable(_)), "{gone:?}");
    assert!(began.elapsed() < Duration::from_millis(2_300), "{:?}", began.elapsed());
    assert!(store.ping().await.is_err());
    proxy.mend();
    store.tenant(&scope).await.expect("at once").rollback().await.unwrap();
    // Connections of the pool that died unnoticed are passed over: nobody gets an error for them.
    tokio::time::sleep(Duration::from_millis(100)).await;
    proxy.cut();
    proxy.mend();
    store.tenant(&scope).await.expect("on a new connection").rollback().await.unwrap();
}
