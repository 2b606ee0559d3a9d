//! Live events: whoever may have missed some is told to read anew.

use facade::Facade;
use serde_json::json;
use std::time::Duration;
use test_kit::{TestApp, new_job};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

/// Listens until everybody is told to read anew.
async fn resynced(facade: &Facade, app: &TestApp) -> tokio::task::JoinHandle<usize> {
    let mut events = facade.events.subscribe();
    app.store.listening().await;
    tokio::spawn(async move {
        let mut others = 0;
        loop {
            match events.recv().await {
                Ok((tenant, event)) if event.event == "resync" => {
                    assert_eq!(tenant, Uuid::nil(), "everybody");
                    return others;
                }
                // That this test itself is slow does not count.
                Ok(_) | Err(RecvError::Lagged(_)) => others += 1,
                Err(RecvError::Closed) => panic!("the stream ended"),
            }
        }
    })
}

async fn within(heard: tokio::task::JoinHandle<usize>) -> usize {
    tokio::time::timeout(Duration::from_secs(20), heard).await.expect("resync in time").expect("no panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_to_the_database_is_told() {
    let app = TestApp::start().await;
    let heard = resynced(&app.facade, &app).await;
    app.db.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'").await.expect("cut");
    within(heard).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_events_than_can_be_told_are_told_as_a_gap() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let desk = acme.product("DESK-HA").await.id;
    let job = app.facade.jobs.create(&acme.admin.ctx, new_job(&desk, &json!({ "width": 1750 }))).await.expect("asked").id;
    let heard = resynced(&app.facade, &app).await;
    app.db
        .sql(&format!(
            "select pg_notify('fitout_events', json_build_object('tenant', '{}', 'kind', 'job.updated', \
             'data', json_build_object('id', '{job}', 'n', n))::text) from generate_series(1, 8000) n",
            acme.id
        ))
        .await
        .expect("a flood");
    assert!(within(heard).await < 8_000, "nothing was lost: the test floods nothing");
}
