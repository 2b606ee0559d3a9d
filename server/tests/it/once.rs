//! Idempotency keys: the effect and its answer last together, wherever a request is cut off.

use facade::{Ctx, Once};
use serde_json::json;
use std::future::poll_fn;
use std::task::Poll;
use test_kit::{TestApp, TestUser, new_configuration};

fn keyed(user: &TestUser, key: &str) -> (Ctx, Once) {
    let scope = format!("tenant:{}:{}:POST /api/v1/configurations", user.ctx.tenant, user.id());
    let once = Once { scope, key: key.to_owned(), request_hash: "h".to_owned(), status: 201, secret: false };
    let mut ctx = user.ctx.clone();
    ctx.caller.once = Some(once.clone());
    (ctx, once)
}

async fn count(app: &TestApp, sql: &str) -> usize {
    app.db.value(sql).await.expect("a count").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_cut_off_anywhere_leaves_effect_and_answer_or_neither() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let user = acme.designer().await;
    let desk = acme.product("DESK-HA").await.id;
    let save = async |name: String| {
        let (ctx, once) = keyed(&user, &name);
        (once, app.facade.configurations.create(&ctx, new_configuration(&desk, &name, &json!({ "width": 1700 }))).await)
    };
    // Not by the clock: after each step that it takes, at once or when it is about to go on.
    let (mut nothing, mut both, mut ended) = (0, 0, false);
    for n in 0..400_u32 {
        let (steps, name) = (n / 2, format!("cut {n}"));
        let (ctx, once) = keyed(&user, &name);
        let (configurations, request) = (app.facade.configurations.clone(), new_configuration(&desk, &name, &json!({ "width": 1700 })));
        let done = {
            let mut saving = Box::pin(configurations.create(&ctx, request));
            let mut taken = 0;
            poll_fn(|cx| {
                if taken == steps {
                    return Poll::Ready(false);
                }
                taken += 1;
                match saving.as_mut().poll(cx) {
                    Poll::Ready(saved) => Poll::Ready(saved.is_ok()),
                    Poll::Pending if taken == steps && n % 2 == 0 => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await
        };
        // What was on its way to the database arrives or is undone.
        app.until("the database is at rest", async || {
            count(&app, "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'").await == 0
        })
        .await;
        // In one look: what was handed over already may arrive between two.
        let effects = format!("select count(*) from configurations where name = '{name}'");
        let answers = format!("select count(*) from idempotency_keys where key = '{name}'");
        assert_eq!(count(&app, &format!("select ({effects}) - ({answers})")).await, 0, "cut off after {steps} steps");
        let kept = app.facade.idempotency.find(&once.scope, &once.key, "h").await.expect("a look");
        // Sent again, as a client does.
        match kept {
            Some(_) => both += 1,
            None => match save(name.clone()).await.1 {
                // One that never began tells nothing.
                Ok(_) => nothing += usize::from(steps > 0),
                // It was on its way when its sender went, and arrived first.
                Err(busy) => {
                    assert_eq!(busy.code, "idempotency_busy");
                    assert!(app.facade.idempotency.find(&once.scope, &once.key, "h").await.expect("a look").is_some());
                    both += 1;
                }
            },
        }
        assert_eq!(count(&app, &format!("select count(*) from configurations where name = '{name}'")).await, 1);
        ended = done && n % 2 == 1;
        if ended {
            break;
        }
    }
    assert!(ended, "it takes more steps than were tried");
    assert!(nothing > 0 && both > 1, "{nothing} were cut off in time, {both} were not: the test hits only one side");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_equal_requests_in_several_servers_one_lasts() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let user = acme.designer().await;
    let desk = acme.product("DESK-HA").await.id;
    let mut asking = tokio::task::JoinSet::new();
    // No door in between that lets them wait for each other: as several servers would meet.
    for _ in 0..12 {
        let (ctx, _) = keyed(&user, "k");
        let (configurations, request) = (app.facade.configurations.clone(), new_configuration(&desk, "Once", &json!({ "width": 1700 })));
        asking.spawn(async move { configurations.create(&ctx, request).await });
    }
    let answers = asking.join_all().await;
    let saved: Vec<_> = answers.iter().filter_map(|a| a.as_ref().ok()).collect();
    assert_eq!(saved.len(), 1);
    assert!(answers.iter().filter_map(|a| a.as_ref().err()).all(|e| e.code == "idempotency_busy"), "{answers:?}");
    assert_eq!(count(&app, "select count(*) from configurations").await, 1);
    let (_, once) = keyed(&user, "k");
    let kept = app.facade.idempotency.find(&once.scope, "k", "h").await.expect("a look").expect("the answer");
    let kept_configuration: contract::Configuration = serde_json::from_slice(&kept.body).expect("JSON");
    assert_eq!((kept.status, &kept_configuration), (201, saved[0]));
    assert_eq!(app.facade.idempotency.find(&once.scope, "k", "other").await.expect_err("another body").code, "idempotency_mismatch");
    assert_eq!(app.facade.idempotency.find("tenant:other", "k", "h").await.expect("another scope"), None);
}
