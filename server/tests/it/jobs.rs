//! Exact models: shared runs, cancelling, retries, take-over, faults of Blender and of the file store.

use contract::{ConfigurationQuery, ErrorKind, Job, JobQuery, JobStatus, NewJob};
use serde_json::json;
use std::time::Duration;
use test_kit::{Behave, TestApp, TestTenant, TestUser, new_configuration, new_job};

/// An app with one workspace whose demo pictures are made, a designer, and the desk's id.
async fn ready() -> (TestApp, TestTenant, TestUser, String) {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let designer = acme.designer().await;
    app.run_jobs().await;
    let desk = acme.product("DESK-HA").await.id;
    (app, acme, designer, desk)
}

async fn job(app: &TestApp, user: &TestUser, id: &str) -> Job {
    app.facade.jobs.get(&user.ctx, id).await.expect("the job")
}

#[tokio::test]
async fn a_model_is_made_with_files_and_pictures_and_then_comes_from_cache() {
    let (app, acme, user, desk) = ready().await;
    let before = (app.blender.models(), app.blender.stills());
    let asked = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1800 }))).await.expect("asked");
    assert_eq!((asked.status, asked.cache_hit, asked.result_url.is_some(), asked.title.as_str()), (JobStatus::Queued, false, false, "Tarn desk"));
    app.run_jobs().await;
    let done = job(&app, &user, &asked.id).await;
    assert_eq!((done.status, done.progress, done.retry_count, done.max_retries), (JobStatus::Completed, 100, 0, 3));
    assert!(done.worker_id.is_some() && done.started_at.is_some() && done.completed_at.is_some() && done.run_ms.is_some());
    let run = done.run.expect("a run");
    assert!(run.attempts == 1 && run.run_ms.is_some() && run.log.contains(" s  Done\n"), "{run:?}");
    let result = done.result.expect("a result");
    assert_eq!(done.result_url, result.glb_url);
    let configured = app
        .facade
        .products
        .configure(&user.ctx, &desk, contract::ConfigureRequest { config_data: test_kit::choices(&json!({ "width": 1800 })), ..Default::default() })
        .await
        .expect("configured");
    assert_eq!((result.key.as_str(), result.bounding_box_mm), (configured.key.as_str(), configured.bounding_box_mm));
    assert_eq!((app.blender.models() - before.0, app.blender.stills() - before.1), (1, 1));
    assert!(result.usdz_url.is_none() && result.thumbnail_url.is_some() && result.drawing_url.is_some());
    assert_eq!(result.level_urls.len(), 2, "coarser levels: {result:?}");
    for (level, name) in result.level_urls.iter().zip(["lod1.glb", "lod2.glb"]) {
        let parts: Vec<&str> = level.split('/').collect();
        let file = app.facade.files.get(parts[2], parts[3], None).await.expect("a level");
        assert_eq!((parts[3], file.content_type, &file.data[..4]), (name, "model/gltf-binary", &b"glTF"[..]));
    }

    // The file is there, whole and in parts, without signing in.
    let address = result.glb_url.expect("an address");
    let parts: Vec<&str> = address.split('/').collect();
    assert_eq!((parts[1], parts[2].len(), parts[3]), ("files", 32, "model.glb"));
    let whole = app.facade.files.get(parts[2], parts[3], None).await.expect("the file");
    assert_eq!((whole.size, whole.sha256.as_str(), whole.content_type), (result.bytes.unsigned_abs(), result.sha256.as_str(), "model/gltf-binary"));
    let head = app.facade.files.get(parts[2], parts[3], Some((0, Some(3)))).await.expect("a part");
    assert_eq!((&head.data[..], head.range), (&b"glTF"[..], 0..4));

    let again = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1800 }))).await.expect("asked again");
    assert_eq!((again.status, again.cache_hit, again.result_url), (JobStatus::Completed, true, done.result_url));
    assert_eq!(job(&app, &user, &again.id).await.run, None, "it cost nothing");
    assert_eq!(app.blender.models() - before.0, 1);
    let listed = app.facade.jobs.list(&acme.admin.ctx, JobQuery { state: Some("done".to_owned()), ..JobQuery::default() }).await.expect("list");
    assert_eq!(listed.items.len(), 2);
    // Rows carry the database's time, which went on while this clock stood.
    app.clock.advance(time::Duration::seconds(5));
    let figures = app.facade.jobs.figures(&user.ctx).await.expect("figures");
    assert_eq!((figures.total, figures.failed, figures.cache_percent, figures.hours.iter().sum::<i64>()), (2, 0, Some(50), 2));
}

#[tokio::test]
async fn a_film_is_a_job_of_its_own() {
    let (app, _acme, user, desk) = ready().await;
    let film = || NewJob { kind: Some("turntable".to_owned()), ..new_job(&desk, &json!({ "width": 1800 })) };
    let asked = app.facade.jobs.create(&user.ctx, film()).await.expect("asked");
    assert_eq!((asked.kind.as_str(), asked.status, asked.eta_s), ("turntable", JobStatus::Queued, None));
    // A model of the same product is other work, whoever came first.
    let model = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1800 }))).await.expect("asked");
    app.run_jobs().await;
    let (done, model) = (job(&app, &user, &asked.id).await, job(&app, &user, &model.id).await);
    assert_eq!((done.status, model.status), (JobStatus::Completed, JobStatus::Completed));
    let result = done.result.expect("a result");
    let address = result.turntable_url.clone().expect("an address");
    assert_eq!((done.result_url.as_ref(), model.result_url == done.result_url), (Some(&address), false));
    let parts: Vec<&str> = address.split('/').collect();
    assert_eq!((parts[1], parts[3]), ("files", "turntable.mp4"));
    let file = app.facade.files.get(parts[2], parts[3], None).await.expect("the film");
    assert_eq!((file.content_type, file.size), ("video/mp4", result.bytes.unsigned_abs()));
    let runs = app.blender.asked().len();
    let again = app.facade.jobs.create(&user.ctx, film()).await.expect("asked again");
    assert_eq!((again.status, again.cache_hit, again.result_url.as_ref(), app.blender.asked().len()), (JobStatus::Completed, true, Some(&address), runs));

    // What is not a film is refused, and again is again the same.
    app.blender.next([Behave::Rubbish; 4]);
    let wide = NewJob { config_data: Some(test_kit::choices(&json!({ "width": 1900 }))), ..film() };
    let bad = app.facade.jobs.create(&user.ctx, wide).await.expect("asked");
    app.run_jobs().await;
    let bad = job(&app, &user, &bad.id).await;
    assert_eq!((bad.status, bad.error_code.as_deref()), (JobStatus::Failed, Some("E-BLENDER-OUTPUT")));
    let again = app.facade.jobs.again(&user.ctx, &bad.id).await.expect("again");
    app.run_jobs().await;
    assert_eq!((again.kind.as_str(), job(&app, &user, &again.id).await.status), ("turntable", JobStatus::Completed));
    for wrong in [NewJob { kind: Some("poster".to_owned()), ..film() }, NewJob { formats: Some(vec!["glb".to_owned()]), ..film() }] {
        assert_eq!(app.facade.jobs.create(&user.ctx, wrong).await.expect_err("no such thing").kind, ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_technical_drawing_is_a_job_that_needs_no_blender() {
    let (app, acme, user, desk) = ready().await;
    let drawing = |width: i64| NewJob { kind: Some("drawing".to_owned()), formats: Some(vec!["pdf".to_owned()]), ..new_job(&desk, &json!({ "width": width })) };
    let asked = app.facade.jobs.create(&user.ctx, drawing(1800)).await.expect("asked");
    assert_eq!((asked.kind.as_str(), asked.status, asked.eta_s), ("drawing", JobStatus::Queued, None), "nobody knows yet how long one takes");
    let (runs, papers) = (app.blender.asked().len(), app.typesetter.given().len());
    app.run_jobs().await;
    let done = job(&app, &user, &asked.id).await;
    let result = done.result.expect("a result");
    let address = result.sheet_url.clone().expect("an address");
    assert_eq!((done.status, done.result_url.as_ref(), result.glb_url.as_ref()), (JobStatus::Completed, Some(&address), None));
    assert_eq!((app.blender.asked().len(), app.typesetter.given().len()), (runs, papers + 1), "nobody asked Blender");
    let run = done.run.expect("what it took");
    assert!(run.log.contains("Drawn and set") && run.run_ms.is_some(), "{run:?}");
    let parts: Vec<&str> = address.split('/').collect();
    assert_eq!((parts[1], parts[3]), ("files", "technical-drawing.pdf"));
    let file = app.facade.files.get(parts[2], parts[3], None).await.expect("the drawing");
    assert_eq!((file.content_type, file.size, result.bounding_box_mm[0].round()), ("application/pdf", result.bytes.unsigned_abs(), 1800.0));
    let given = app.typesetter.given().pop().expect("given");
    let words =
        given.iter().find(|(name, _)| name == "data.json").map(|(_, data)| serde_json::from_slice::<serde_json::Value>(data).expect("JSON")).expect("words");
    assert_eq!(words["views"].as_array().map(Vec::len), Some(4));
    assert!(words["organization"].as_str().is_some_and(|o| !o.is_empty()), "{words}");

    // The same again costs nothing, and is the colleague's as well; another one is another.
    let again = app.facade.jobs.create(&acme.admin.ctx, drawing(1800)).await.expect("asked again");
    assert_eq!((again.status, again.cache_hit, again.result_url.as_ref()), (JobStatus::Completed, true, Some(&address)));
    let other = app.facade.jobs.create(&user.ctx, drawing(1900)).await.expect("asked");
    assert!(other.status == JobStatus::Queued && other.eta_s.is_some(), "as long as the first one took: {other:?}");
    let cancelled = app.facade.jobs.cancel(&user.ctx, &other.id).await.expect("cancelled");
    let once_more = app.facade.jobs.again(&user.ctx, &cancelled.id).await.expect("again");
    app.run_jobs().await;
    assert_eq!((once_more.kind.as_str(), job(&app, &user, &once_more.id).await.status), ("drawing", JobStatus::Completed));
    // The words are a workspace's own: another one's drawing is made anew.
    let before = app.typesetter.given().len();
    let rival = app.tenant("rival").await;
    let theirs = NewJob { product_id: Some(rival.product("DESK-HA").await.id), ..drawing(1800) };
    let theirs = app.facade.jobs.create(&rival.admin.ctx, theirs).await.expect("asked");
    app.run_jobs().await;
    assert_eq!((job(&app, &rival.admin, &theirs.id).await.status, app.typesetter.given().len()), (JobStatus::Completed, before + 1));
    let model = NewJob { formats: Some(vec!["glb".to_owned()]), ..drawing(1800) };
    assert_eq!(app.facade.jobs.create(&user.ctx, model).await.expect_err("no such drawing").kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn five_hundred_identical_requests_are_one_run() {
    let (app, _acme, user, desk) = ready().await;
    let before = app.blender.models();
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let (jobs, ctx, request) = (app.facade.jobs.clone(), user.ctx.clone(), new_job(&desk, &json!({ "width": 1900 })));
        // As a client does: told to come back, it comes back.
        asking.spawn(async move {
            loop {
                match jobs.create(&ctx, request.clone()).await {
                    Err(busy) if busy.kind == ErrorKind::Unavailable => tokio::time::sleep(Duration::from_millis(500)).await,
                    answer => return answer.expect("asked"),
                }
            }
        });
    }
    let asked = asking.join_all().await;
    assert_eq!(asked.iter().filter(|j| !j.cache_hit).count(), 1, "one request starts the run");
    app.run_jobs().await;
    assert_eq!(app.blender.models() - before, 1);
    let done = app.db.value("select count(*) from jobs where status = 'COMPLETED'").await.expect("count");
    assert_eq!(done, "500");
    let (first, last) = (job(&app, &user, &asked[0].id).await, job(&app, &user, &asked[499].id).await);
    assert_eq!((first.result.is_some(), first.result), (true, last.result));
}

/// A request sees no files, wishes to join the run that makes them, and has to wait, for that run ends just then.
#[tokio::test]
async fn a_run_that_ends_while_a_request_joins_it_is_not_started_again() {
    let (app, _acme, user, desk) = ready().await;
    let asked = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1850 }))).await.expect("asked");
    app.run_jobs().await;
    let key = app.db.value(&format!("select key from jobs where id = '{}'", asked.id)).await.expect("the key");
    // Back to the moment before its end, and its end in a transaction that takes a while.
    let (run, file) = (format!("key = '{key}' and kind = 'model'"), format!("key = '{key}' and kind = 'glb'"));
    app.db
        .sql(&format!("update job_runs set state = 'running', finished_at = null, lease_until = now() + interval '1 hour' where {run}"))
        .await
        .expect("running");
    app.db.sql(&format!("update asset_variants set status = 'pending' where {file}")).await.expect("pending");
    let end = format!(
        "begin; update asset_variants set status = 'ready' where {file}; \
         update job_runs set state = 'done', finished_at = now(), lease_until = null where {run}; select pg_sleep(2); commit"
    );
    let waiting = async |event: &str| {
        app.until(event, async || {
            let sql = format!("select count(*) from pg_stat_activity where datname = current_database() and '{event}' in (wait_event, wait_event_type)");
            app.db.value(&sql).await.expect("activity") == "1"
        })
        .await;
    };
    let request = async {
        waiting("PgSleep").await;
        let create = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1850 })));
        tokio::join!(create, waiting("Lock")).0.expect("asked again")
    };
    let (ended, again) = tokio::join!(app.db.sql(&end), request);
    ended.expect("the end");
    assert_eq!((again.status, again.cache_hit, again.result_url.is_some()), (JobStatus::Completed, true, true));
    let runs = app.db.value(&format!("select count(*) from job_runs where {run}")).await.expect("runs");
    assert_eq!(runs, "1");
}

#[tokio::test]
async fn cancelling_detaches_and_the_last_one_kills_the_run() {
    let (app, _acme, user, desk) = ready().await;
    let jobs = &app.facade.jobs;
    app.blender.next([Behave::Hang]);
    let request = new_job(&desk, &json!({ "width": 2000 }));
    let (a, b) = (jobs.create(&user.ctx, request.clone()).await.expect("a"), jobs.create(&user.ctx, request).await.expect("b"));
    let before = app.blender.models();
    let worker = app.worker().await;
    app.until("Blender is at work", async || app.blender.models() > before).await;
    assert_eq!(jobs.cancel(&user.ctx, &a.id).await.expect("cancelled").status, JobStatus::Cancelled);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((app.blender.cancelled(), job(&app, &user, &b.id).await.status), (0, JobStatus::Processing), "b still waits for it");
    assert_eq!(jobs.cancel(&user.ctx, &b.id).await.expect("cancelled").status, JobStatus::Cancelled);
    app.until("Blender was stopped", async || app.blender.cancelled() == 1).await;
    worker.stop().await;
    assert_eq!((app.open_runs().await, job(&app, &user, &b.id).await.status), (0, JobStatus::Cancelled));
    let error = jobs.cancel(&user.ctx, &b.id).await.expect_err("already ended");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Conflict, "already_ended"));
    // Again, and this time it works.
    let again = jobs.again(&user.ctx, &b.id).await.expect("again");
    app.run_jobs().await;
    assert_eq!(job(&app, &user, &again.id).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn a_crash_is_tried_again_and_a_refusal_is_not() {
    let (app, _acme, user, desk) = ready().await;
    let jobs = &app.facade.jobs;
    app.blender.next([Behave::Crash, Behave::Rubbish, Behave::WrongSize]);
    let crashed = jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1500 }))).await.expect("asked");
    app.run_jobs().await;
    let crashed = job(&app, &user, &crashed.id).await;
    assert_eq!((crashed.status, crashed.retry_count, crashed.error_code), (JobStatus::Completed, 3, None), "crash, rubbish and wrong size, then well");

    app.blender.next([Behave::Refuse]);
    let refused = jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1450 }))).await.expect("asked");
    let before = app.blender.models();
    app.run_jobs().await;
    let refused = job(&app, &user, &refused.id).await;
    assert_eq!(
        (refused.status, refused.retry_count, refused.error_code.as_deref(), app.blender.models() - before),
        (JobStatus::Failed, 0, Some("E-GEOMETRY"), 1)
    );
    assert!(refused.error_message.is_some_and(|m| m.contains("top")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_pending_while_it_waits_for_its_retry() {
    let (app, _acme, user, desk) = ready().await;
    app.blender.next([Behave::Crash]);
    let worker = app.worker().await;
    let asked = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1600, "finish": "ash" }))).await.expect("asked");
    app.until("it waits for its retry", async || job(&app, &user, &asked.id).await.status == JobStatus::Pending).await;
    let waiting = job(&app, &user, &asked.id).await;
    assert_eq!((waiting.retry_count, waiting.error_code.as_deref(), waiting.status.open()), (1, Some("E-BLENDER-CRASHED"), true));
    let open = app.facade.jobs.list(&user.ctx, JobQuery { state: Some("open".to_owned()), ..JobQuery::default() }).await.expect("list").items;
    assert_eq!(open.iter().map(|j| (j.id.as_str(), j.status)).collect::<Vec<_>>(), [(asked.id.as_str(), JobStatus::Pending)]);
    // Somebody asks for the same meanwhile: it waits along. And whoever waits can give up.
    let along = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1600, "finish": "ash" }))).await.expect("asked");
    assert_eq!((along.status, along.retry_count, along.cache_hit), (JobStatus::Pending, 1, true));
    assert_eq!(app.facade.jobs.cancel(&user.ctx, &along.id).await.expect("cancelled").status, JobStatus::Cancelled);
    app.idle().await;
    worker.stop().await;
    let done = job(&app, &user, &asked.id).await;
    assert_eq!((done.status, done.retry_count, done.error_code), (JobStatus::Completed, 1, None));
}

#[tokio::test]
async fn without_blender_jobs_fail_clearly_and_configuring_goes_on() {
    let (app, _acme, user, desk) = ready().await;
    app.blender.always(Some(Behave::Missing));
    let asked = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1350 }))).await.expect("accepted");
    app.run_jobs().await;
    let failed = job(&app, &user, &asked.id).await;
    assert_eq!((failed.status, failed.error_code.as_deref(), failed.retry_count), (JobStatus::Failed, Some("E-BLENDER-MISSING"), 0));
    assert!(failed.error_message.is_some_and(|m| m.contains("instant model still works")));
    assert!(app.facade.jobs.figures(&user.ctx).await.expect("figures").problem.is_some());
    assert_eq!(app.facade.health.report().await.blender_version, None);
    app.facade.products.configure(&user.ctx, &desk, contract::ConfigureRequest::default()).await.expect("the instant model's numbers");
}

#[tokio::test]
async fn a_full_disk_is_tried_again_and_leaves_nothing_half() {
    let (app, acme, user, desk) = ready().await;
    let files = app.blobs.count(&format!("tenants/{}", acme.id));
    app.blobs.full(true);
    let asked = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1250 }))).await.expect("asked");
    let worker = app.worker().await;
    app.until("the first try failed", async || app.db.value("select count(*) from job_runs where error_code = 'E-STORAGE-FULL'").await.expect("runs") == "1")
        .await;
    assert_eq!(app.blobs.count(&format!("tenants/{}", acme.id)), files);
    app.blobs.full(false);
    app.idle().await;
    worker.stop().await;
    let done = job(&app, &user, &asked.id).await;
    assert_eq!((done.status, done.retry_count > 0), (JobStatus::Completed, true));
}

#[tokio::test]
async fn a_killed_workers_run_is_taken_over_within_five_seconds_with_one_result() {
    let (app, _acme, user, desk) = ready().await;
    app.blender.next([Behave::Hang]);
    let asked = app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": 1150 }))).await.expect("asked");
    let before = app.blender.models();
    let first = app.worker().await;
    app.until("Blender is at work", async || app.blender.models() > before).await;
    first.kill().await;
    let killed = std::time::Instant::now();
    let second = app.worker().await;
    app.until("it is done", async || job(&app, &user, &asked.id).await.status == JobStatus::Completed).await;
    // Lease 3 s, a sweep each half second: the promise is 5 s to the take-over; the work itself is quick here.
    assert!(killed.elapsed() < Duration::from_secs(6), "{:?}", killed.elapsed());
    app.idle().await;
    second.stop().await;
    assert_eq!(
        app.db
            .value(&format!(
                "select count(*) from asset_variants where kind = 'glb' and status = 'ready' and key = (select key from jobs where id = '{}')",
                asked.id
            ))
            .await
            .expect("files"),
        "1"
    );
}

#[tokio::test]
async fn usdz_comes_when_asked_and_bad_requests_say_where() {
    let (app, _acme, user, desk) = ready().await;
    let jobs = &app.facade.jobs;
    let with = |formats: &[&str], kind: Option<&str>| NewJob {
        formats: Some(formats.iter().map(|f| (*f).to_owned()).collect()),
        kind: kind.map(str::to_owned),
        ..new_job(&desk, &json!({ "width": 1700 }))
    };
    let plain = jobs.create(&user.ctx, with(&["glb"], Some("model"))).await.expect("asked");
    app.run_jobs().await;
    let both = jobs.create(&user.ctx, with(&["glb", "usdz"], None)).await.expect("asked");
    assert!(!both.cache_hit, "there is no USDZ yet");
    app.run_jobs().await;
    assert!(job(&app, &user, &both.id).await.result.is_some_and(|r| r.usdz_url.is_some_and(|u| u.ends_with("/model.usdz"))));
    assert!(job(&app, &user, &plain.id).await.result.is_some_and(|r| r.usdz_url.is_none()));

    let other = NewJob { configuration_id: Some(desk.clone()), ..new_job(&desk, &json!({})) };
    for (request, pointer) in [
        (with(&["obj"], None), "/formats/0"),
        (with(&[], Some("still")), "/kind"),
        (NewJob::default(), "/configuration_id"),
        (other, "/product_id"),
        (new_job("no-id", &json!({})), "/product_id"),
        (new_job(&desk, &json!({ "width": 1 })), "/config_data/width"),
        (new_job(&desk, &json!({ "colour": "red" })), "/config_data/colour"),
        (new_job(&desk, &json!({ "width": 2400, "frame": "standard" })), "/config_data/width"),
    ] {
        let error = jobs.create(&user.ctx, request).await.expect_err(pointer);
        assert_eq!(error.kind, ErrorKind::Invalid, "{pointer}");
        assert!(error.errors.iter().any(|e| e.pointer == pointer), "{pointer}: {:?}", error.errors);
    }
    assert_eq!(jobs.list(&user.ctx, JobQuery { state: Some("odd".to_owned()), ..JobQuery::default() }).await.expect_err("state").kind, ErrorKind::Malformed);
}

#[tokio::test]
async fn new_workspaces_get_their_pictures_without_blender() {
    let (app, _acme, _user, _) = ready().await;
    let before = (app.blender.models(), app.blender.stills());
    let birch = app.tenant("birch").await;
    app.run_jobs().await;
    assert_eq!((app.blender.models(), app.blender.stills()), before, "equal files are copied");
    let card = birch.product("DESK-HA").await;
    assert!(card.thumbnail_url.is_some() && card.drawing_url.is_some() && card.model_3d_url.is_some());
    assert_eq!(app.blobs.count(&format!("tenants/{}", birch.id)), app.blobs.count(&format!("tenants/{}", _acme.id)));
}

#[tokio::test]
async fn a_saved_configuration_can_be_asked_for_and_its_events_are_told() {
    let (app, acme, user, desk) = ready().await;
    let mut events = app.facade.events.subscribe();
    app.store.listening().await;
    let saved = app.facade.configurations.create(&user.ctx, new_configuration(&desk, "Corner office", &json!({ "width": 1650 }))).await.expect("saved");
    let asked = app.facade.jobs.create(&user.ctx, NewJob { configuration_id: Some(saved.id.clone()), ..NewJob::default() }).await.expect("asked");
    assert_eq!(asked.configuration_id.as_deref(), Some(saved.id.as_str()));
    app.run_jobs().await;
    let mut seen = Vec::new();
    while !seen.contains(&"COMPLETED".to_owned()) {
        let (tenant, event) = tokio::time::timeout(Duration::from_secs(10), events.recv()).await.expect("in time").expect("an event");
        assert_eq!(tenant, acme.id);
        match event.event.as_str() {
            "job.updated" => seen.push(event.data["status"].as_str().expect("the whole job").to_owned()),
            other => seen.push(other.to_owned()),
        }
    }
    assert!(seen.contains(&"configuration.saved".to_owned()), "{seen:?}");
    let listed = app.facade.configurations.list(&user.ctx, ConfigurationQuery::default()).await.expect("list");
    assert!(listed.items[0].thumbnail_url.is_some());
}

#[tokio::test]
async fn cut_connections_lose_no_job() {
    let (app, _acme, user, desk) = ready().await;
    app.blender.slowly();
    let worker = app.worker().await;
    let mut asked = Vec::new();
    for width in [1000, 1050, 1100] {
        asked.push(app.facade.jobs.create(&user.ctx, new_job(&desk, &json!({ "width": width }))).await.expect("asked").id);
    }
    for _ in 0..3 {
        // Every connection of the app but the one that cuts: requests, engine, listener. The next cut may find its own line cut, and takes another.
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
        while app.db.sql(cut).await.is_err() {}
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    app.idle().await;
    worker.stop().await;
    for id in asked {
        assert_eq!(job(&app, &user, &id).await.status, JobStatus::Completed);
    }
}
