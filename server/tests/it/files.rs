//! Files by token: ranges, endings, unknown tokens, disabled workspaces.

use contract::ErrorKind;
use test_kit::TestApp;

#[tokio::test]
async fn files_are_read_whole_and_in_ranges_by_their_token_only() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.run_jobs().await;
    let files = &app.facade.files;
    let card = acme.product("DESK-HA").await;
    let picture = card.thumbnail_url.expect("a picture");
    let token = picture.split('/').nth(2).expect("a token").to_owned();
    let whole = files.get(&token, "still.webp", None).await.expect("the picture");
    assert_eq!((whole.content_type, whole.range.clone(), u64::try_from(whole.data.len()).expect("small")), ("image/webp", 0..whole.size, whole.size));
    // Any name, for nice downloads; but the true ending.
    files.get(&token, "tarn-desk.webp", None).await.expect("another name");
    assert_eq!(files.get(&token, "still.glb", None).await.expect_err("ending").kind, ErrorKind::NotFound);

    let end = whole.size - 1;
    for (range, expected) in [((0, Some(0)), 0..1), ((4, None), 4..whole.size), ((end, Some(u64::MAX)), end..whole.size), ((2, Some(5)), 2..6)] {
        let part = files.get(&token, "still.webp", Some(range)).await.expect("a part");
        assert_eq!(
            (part.range.clone(), &part.data[..]),
            (expected.clone(), &whole.data[usize::try_from(expected.start).expect("small")..usize::try_from(expected.end).expect("small")])
        );
    }
    for outside in [(whole.size, None), (5, Some(4)), (u64::MAX, None)] {
        assert_eq!(files.get(&token, "still.webp", Some(outside)).await.expect_err("outside").kind, ErrorKind::Malformed);
    }
    for odd in ["", "x", &"0".repeat(32), &"g".repeat(32), "../../../../etc/passwd", "' or 1=1 --"] {
        assert_eq!(files.get(odd, "still.webp", None).await.expect_err("unknown").kind, ErrorKind::NotFound, "{odd}");
    }
    app.db.sql("update tenants set disabled_at = now()").await.expect("disabled");
    assert_eq!(files.get(&token, "still.webp", None).await.expect_err("disabled").kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn health_tells_what_is_wrong() {
    let app = TestApp::start().await;
    let well = app.facade.health.report().await;
    assert_eq!((well.database.as_str(), well.storage.as_str(), well.blender_ready), ("ok", "ok", 2));
    // An answer is good for a second.
    let a_second = || tokio::time::sleep(std::time::Duration::from_millis(1_100));
    app.blobs.full(true);
    a_second().await;
    assert_eq!(app.facade.health.report().await.storage, "the file store is full");
    app.store.close().await;
    a_second().await;
    assert_ne!(app.facade.health.report().await.database, "ok");
}
