//! Health, without letting those who ask for it wear the server out.

use std::time::Duration;
use test_kit::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_questions_within_a_second_are_one_look() {
    let app = TestApp::start().await;
    let report = app.facade.health.report().await;
    assert_eq!((report.database.as_str(), report.storage.as_str(), app.blobs.checks()), ("ok", "ok", 1));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let health = app.facade.health.clone();
        asking.spawn(async move { health.report().await });
    }
    assert!(asking.join_all().await.into_iter().all(|r| r == report));
    assert_eq!(app.blobs.checks(), 2, "fifty at once look once");
    app.blobs.full(true);
    assert_eq!(app.facade.health.report().await.storage, "ok", "up to a second old");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_ne!(app.facade.health.report().await.storage, "ok", "and no older");
}
