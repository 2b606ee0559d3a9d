//! The engine against a real database.

use async_trait::async_trait;
use jobs::{Handler, JobError, KindConfig, Lease, NewRun, Registry, RunContext, Worker, WorkerConfig, enqueue, request_cancel};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::testing::TestDb;
use store::{Store, TenantScope, accounts, runs};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

type Outcome = Result<Value, JobError>;

/// A handler from a function.
struct By<F>(F);

#[async_trait]
impl<F, R> Handler for By<F>
where
    F: Fn(RunContext) -> R + Send + Sync,
    R: Future<Output = Outcome> + Send,
{
    async fn run(&self, ctx: RunContext) -> Outcome {
        (self.0)(ctx).await
    }
}

fn registry<F, R>(config: KindConfig, f: F) -> Registry
where
    F: Fn(RunContext) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    Registry::new().with("t", config, Arc::new(By(f)))
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(store: &Store, id: &str, registry: Registry) -> Self {
        let config = WorkerConfig { id: Some(id.to_owned()), drain: Duration::from_millis(300), ..WorkerConfig::default() };
        let (worker, stop) = (Worker::new(store.clone(), config, registry), CancellationToken::new());
        let token = stop.clone();
        Self { stop, task: tokio::spawn(async move { worker.run(token).await }) }
    }
    /// Like `kill -9`.
    fn kill(self) {
        self.task.abort();
    }
    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

async fn tenant(store: &Store) -> TenantScope {
    let id = Uuid::now_v7();
    let mut tx = store.platform("a test makes a workspace").await.unwrap();
    accounts::create_tenant(&mut tx, &accounts::NewTenant { id, name: "A", slug: None, currency: "USD", kind: "organization" }).await.unwrap();
    tx.commit().await.unwrap();
    TenantScope::system(id)
}

async fn put(store: &Store, scope: &TenantScope, run: NewRun) -> jobs::Enqueued {
    let mut tx = store.tenant(scope).await.unwrap();
    let done = enqueue(&mut tx, &run).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn until(store: &Store, run: Uuid, state: &str, limit: Duration) -> runs::Run {
    let began = Instant::now();
    loop {
        let now = runs::get(store, run).await.unwrap().unwrap();
        if now.state == state {
            return now;
        }
        assert!(began.elapsed() < limit, "still {} ({:?}) instead of {state}", now.state, now.error_code);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_a_lost_worker_is_taken_over_and_the_old_claim_refused() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let (claimed, mut claims) = tokio::sync::mpsc::unbounded_channel::<runs::Run>();
    let hang = registry(KindConfig::slow(1), move |ctx| {
        claimed.send(ctx.run).unwrap();
        std::future::pending()
    });
    let first = Running::start(&db.store, "first", hang);
    let run = put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!({}))).await.run_id;
    let old = claims.recv().await.unwrap();
    let second = Running::start(&db.store, "second", registry(KindConfig::slow(1), |_| async { Ok(json!("second")) }));
    // The second worker must not touch it while the first one lives.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(runs::get(&db.store, run).await.unwrap().unwrap().worker_id.as_deref(), Some("first"));
    let killed = Instant::now();
    first.kill();
    let done = until(&db.store, run, "done", SOON).await;
    assert!(killed.elapsed() <= Duration::from_secs(5), "taken over after {:?}", killed.elapsed());
    assert_eq!((done.attempt, done.worker_id.as_deref(), done.result), (2, Some("second"), Some(json!("second"))));
    // Whatever the first one still tries is refused.
    let stale = Lease::of(&old);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    assert_eq!(stale.guard(&mut tx).await, Err(JobError::Lost));
    assert_eq!(stale.finish(&mut tx, &json!("first")).await, Err(JobError::Lost));
    drop(tx);
    let late = runs::Done { id: run, fence: old.fence, result: json!("first"), peak_memory: None, log_tail: None };
    assert!(runs::complete(&db.store, &[late]).await.unwrap().is_empty());
    assert!(!runs::progress(&db.store, run, old.fence, 50, "late").await.unwrap());
    assert_eq!(runs::fail(&db.store, run, old.fence, "E", "late", true).await.unwrap(), None);
    assert!(runs::heartbeat(&db.store, &[(run, old.fence)], Duration::from_secs(4)).await.unwrap().is_empty());
    assert_eq!(runs::get(&db.store, run).await.unwrap().unwrap().result, Some(json!("second")));
    second.stop().await;
}

#[tokio::test]
async fn a_guarded_transaction_keeps_the_run_from_being_taken_over() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let id = put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!({}))).await.run_id;
    let run = runs::claim(&db.store, "t", "w", 1, Duration::ZERO).await.unwrap().remove(0);
    let mut tx = db.store.tenant(&scope).await.unwrap();
    Lease::of(&run).guard(&mut tx).await.unwrap();
    assert!(runs::take_over_expired(&db.store).await.unwrap().is_empty(), "locked by the guard");
    Lease::of(&run).finish(&mut tx, &json!(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(runs::take_over_expired(&db.store).await.unwrap().is_empty());
    assert_eq!(runs::get(&db.store, id).await.unwrap().unwrap().state, "done");
    // Of another tenant: no such run.
    let other = tenant(&db.store).await;
    let mut tx = db.store.tenant(&other).await.unwrap();
    assert!(!request_cancel(&mut tx, id).await.unwrap());
    assert!(enqueue(&mut tx, &NewRun::new(scope.tenant, "t", json!({}))).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identical_requests_share_a_run_and_hear_of_its_end() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let mut events = db.store.listen();
    db.store.listening().await;
    let request = |n: usize| {
        let (store, scope) = (db.store.clone(), scope.clone());
        async move {
            let mut tx = store.tenant(&scope).await.unwrap();
            let put = enqueue(&mut tx, &NewRun::new(scope.tenant, "t", json!({ "n": n })).keyed("same")).await.unwrap();
            let new = store::jobs::NewJob {
                id: Uuid::now_v7(),
                kind: "model",
                configuration_id: None,
                product_id: None,
                request: &json!({}),
                key: "k",
                title: "Tarn",
                sku: "TARN",
                variant_code: "T-1",
                max_retries: 3,
            };
            let job = store::jobs::create(&mut tx, &new, store::jobs::Source::Run { run_id: put.run_id, joined: put.joined }).await.unwrap();
            tx.commit().await.unwrap();
            (job, put)
        }
    };
    let all: Vec<_> = futures::future::join_all((0..30).map(|n| tokio::spawn(request(n)))).await.into_iter().map(Result::unwrap).collect();
    let runs: BTreeSet<_> = all.iter().map(|(_, put)| put.run_id).collect();
    assert_eq!(runs.len(), 1, "one run");
    assert_eq!(all.iter().filter(|(_, put)| !put.joined).count(), 1, "one starter");
    assert_eq!(all.iter().filter(|(job, _)| !job.cache_hit).count(), 1);
    let worker = Running::start(
        &db.store,
        "w",
        registry(KindConfig::slow(2), |ctx| async move {
            ctx.progress.report(40, "Cutting edges");
            tokio::time::sleep(Duration::from_millis(300)).await;
            ctx.progress.peak_memory(7_000);
            Ok(json!({ "bytes": 12 }))
        }),
    );
    let run = until(&db.store, *runs.first().unwrap(), "done", SOON).await;
    assert_eq!(run.peak_memory, Some(7_000));
    let mut tx = db.store.tenant(&scope).await.unwrap();
    let page = store::jobs::list(&mut tx, &store::jobs::Filter { states: vec!["COMPLETED".into()], search: Some("tarn".into()) }, 20, None).await.unwrap();
    let rest = store::jobs::list(&mut tx, &store::jobs::Filter::default(), 20, page.next.as_deref()).await.unwrap();
    assert_eq!((page.items.len(), rest.items.len(), rest.next), (20, 10, None));
    let job = &page.items[0];
    assert_eq!((job.progress, job.worker_id.as_deref(), job.result.clone()), (100, Some("w"), Some(json!({ "bytes": 12 }))));
    assert!(job.started_at.is_some() && job.completed_at.is_some());
    // Everybody heard: each request at start, on progress and at the end.
    let mut heard = std::collections::BTreeMap::new();
    while let Ok(Ok(event)) = tokio::time::timeout(Duration::from_millis(300), events.recv()).await {
        assert_eq!((event.kind.as_str(), event.tenant), ("job.updated", scope.tenant));
        *heard.entry(event.data["id"].to_string()).or_insert(0) += 1;
    }
    assert_eq!(heard.len(), 30);
    assert!(heard.values().all(|n| *n >= 3), "{heard:?}");
    // After the end the key is free again.
    assert!(!put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!({})).keyed("same")).await.joined);
    worker.stop().await;
}

#[tokio::test]
async fn a_commit_wakes_the_workers_of_its_own_process_without_the_database() {
    let db = TestDb::create().await.unwrap();
    let (store, other) = (db.store.clone(), Store::connect(store::testing::config(&db.url)).await.unwrap());
    let scope = tenant(&store).await;
    let (mut here, mut there) = (store.listen_runs(), other.listen_runs());
    store.listening().await;
    other.listening().await;
    let work = || store::RunNote::Work("t".to_owned());
    let mut tx = store.tenant(&scope).await.unwrap();
    enqueue(&mut tx, &NewRun::new(scope.tenant, "t", json!({})).keyed("k")).await.unwrap();
    enqueue(&mut tx, &NewRun::new(scope.tenant, "t", json!({}))).await.unwrap();
    assert!(here.try_recv().is_err(), "nothing is in line yet");
    tx.commit().await.unwrap();
    let soon = Duration::from_secs(20);
    // Its own word and the database's; another process has the database's alone.
    for _ in 0..2 {
        assert_eq!(tokio::time::timeout(soon, here.recv()).await.unwrap().unwrap(), work());
    }
    assert_eq!(tokio::time::timeout(soon, there.recv()).await.unwrap().unwrap(), work());
    // Joined, or undone: there is nothing new to look for.
    put(&store, &scope, NewRun::new(scope.tenant, "t", json!({})).keyed("k")).await;
    let mut tx = store.tenant(&scope).await.unwrap();
    enqueue(&mut tx, &NewRun::new(scope.tenant, "undone", json!({}))).await.unwrap();
    tx.rollback().await.unwrap();
    put(&store, &scope, NewRun::new(scope.tenant, "last", json!({}))).await;
    for heard in [&mut here, &mut there] {
        assert_eq!(tokio::time::timeout(soon, heard.recv()).await.unwrap().unwrap(), store::RunNote::Work("last".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_detaches_and_the_last_one_ends_the_run() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let (told, mut cancelled) = tokio::sync::mpsc::unbounded_channel::<Instant>();
    let worker = Running::start(
        &db.store,
        "w",
        registry(KindConfig::slow(1), move |ctx| {
            let told = told.clone();
            async move {
                ctx.cancel.cancelled().await;
                told.send(Instant::now()).unwrap();
                Err(JobError::retry("E-CANCELLED", "cancelled"))
            }
        }),
    );
    let mut jobs = Vec::new();
    let mut run = Uuid::nil();
    for _ in 0..2 {
        let mut tx = db.store.tenant(&scope).await.unwrap();
        let put = enqueue(&mut tx, &NewRun::new(scope.tenant, "t", json!({})).keyed("same")).await.unwrap();
        let new = store::jobs::NewJob {
            id: Uuid::now_v7(),
            kind: "model",
            configuration_id: None,
            product_id: None,
            request: &json!({}),
            key: "k",
            title: "",
            sku: "",
            variant_code: "",
            max_retries: 3,
        };
        jobs.push(store::jobs::create(&mut tx, &new, store::jobs::Source::Run { run_id: put.run_id, joined: put.joined }).await.unwrap().id);
        run = put.run_id;
        tx.commit().await.unwrap();
    }
    until(&db.store, run, "running", SOON).await;
    let cancel = |id| {
        let (store, scope) = (db.store.clone(), scope.clone());
        async move {
            let mut tx = store.tenant(&scope).await.unwrap();
            let done = store::jobs::cancel(&mut tx, id).await.unwrap();
            tx.commit().await.unwrap();
            done
        }
    };
    assert_eq!(cancel(jobs[0]).await, Some(true));
    assert_eq!(runs::get(&db.store, run).await.unwrap().unwrap().state, "running", "somebody still waits for it");
    let asked = Instant::now();
    assert_eq!(cancel(jobs[1]).await, Some(true));
    let heard = cancelled.recv().await.unwrap();
    assert!(heard.duration_since(asked) < Duration::from_secs(1), "heard after {:?}", heard.duration_since(asked));
    assert_eq!(cancel(jobs[1]).await, Some(false), "ended before");
    assert_eq!(cancel(Uuid::now_v7()).await, None);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(runs::get(&db.store, run).await.unwrap().unwrap().state, "cancelled", "the handler's late retry is refused");
    let mut tx = db.store.tenant(&scope).await.unwrap();
    assert_eq!(store::jobs::get(&mut tx, jobs[1]).await.unwrap().unwrap().status, "CANCELLED");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recoverable_failures_come_back_after_1_2_4_seconds_and_others_do_not() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let starts = Arc::new(Mutex::new(Vec::new()));
    let seen = starts.clone();
    let worker = Running::start(
        &db.store,
        "w",
        registry(KindConfig::slow(4), move |ctx| {
            let seen = seen.clone();
            async move {
                match ctx.run.payload.as_str() {
                    Some("crash") => {
                        seen.lock().unwrap().push(Instant::now());
                        Err(JobError::retry("E-BLENDER-CRASHED", "Blender stopped"))
                    }
                    Some("panic") if ctx.run.attempt == 1 => panic!("a handler's bug"),
                    Some("panic") => Ok(json!("well after all")),
                    _ => Err(JobError::fail("E-GEOMETRY", "too wide")),
                }
            }
        }),
    );
    let crash = put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!("crash"))).await.run_id;
    let invalid = put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!("invalid"))).await.run_id;
    let panic = put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!("panic"))).await.run_id;
    let failed = until(&db.store, invalid, "failed", SOON).await;
    assert_eq!((failed.attempt, failed.error_code.as_deref()), (1, Some("E-GEOMETRY")));
    assert_eq!(until(&db.store, panic, "done", SOON).await.attempt, 2);
    let failed = until(&db.store, crash, "failed", SOON).await;
    assert_eq!((failed.attempt, failed.error_code.as_deref()), (4, Some("E-BLENDER-CRASHED")));
    let starts = starts.lock().unwrap().clone();
    let gaps: Vec<f64> = starts.windows(2).map(|w| w[1].duration_since(w[0]).as_secs_f64()).collect();
    for (gap, expected) in gaps.iter().zip([1.0, 2.0, 4.0]) {
        assert!(*gap >= expected - 0.01 && *gap < expected + 0.9, "{gaps:?}");
    }
    worker.stop().await;
}

/// PENDING → QUEUED → PROCESSING, as its people see and hear it. No worker here: the test takes each step itself.
#[tokio::test]
async fn a_request_waits_for_its_time_before_it_waits_for_a_worker() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let mut events = db.store.listen();
    db.store.listening().await;
    let request = json!({});
    let new = store::jobs::NewJob {
        id: Uuid::now_v7(),
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
    let create = async |id: Uuid, run: &NewRun| {
        let mut tx = db.store.tenant(&scope).await.unwrap();
        let job = store::jobs::create(&mut tx, &store::jobs::NewJob { id, ..new.clone() }, store::jobs::Source::Work(run)).await.unwrap();
        tx.commit().await.unwrap();
        job
    };
    let see = async |id: Uuid| {
        let mut tx = db.store.tenant(&scope).await.unwrap();
        let job = store::jobs::get(&mut tx, id).await.unwrap().unwrap();
        (job.status, job.retry_count)
    };
    let state = |status: &str, retries: i32| (status.to_owned(), retries);
    // At once in line.
    let work = NewRun::new(scope.tenant, "t", json!({})).keyed("k");
    let job = create(new.id, &work).await;
    assert_eq!((job.status.as_str(), job.cache_hit), ("QUEUED", false));
    let run = runs::claim(&db.store, "t", "w", 1, Duration::from_secs(60)).await.unwrap().remove(0);
    assert_eq!(see(job.id).await, state("PROCESSING", 0));
    // A try that did not work: the next one is decided, and waits a second.
    let failed = Instant::now();
    assert_eq!(runs::fail(&db.store, run.id, run.fence, "E-X", "no", true).await.unwrap().as_deref(), Some("queued"));
    assert_eq!(see(job.id).await, state("PENDING", 1));
    assert_eq!(runs::due(&db.store, run.id).await.unwrap(), 0, "not yet");
    assert!(runs::claim(&db.store, "t", "w", 1, Duration::from_secs(60)).await.unwrap().is_empty(), "nobody can claim what waits");
    let other = create(Uuid::now_v7(), &work).await;
    assert_eq!((other.status.as_str(), other.retry_count, other.cache_hit), ("PENDING", 1, true));
    tokio::time::sleep(Duration::from_millis(1_050).saturating_sub(failed.elapsed())).await;
    // Read from now on as what it is, whether or not somebody lives to say so.
    assert_eq!(see(job.id).await, state("QUEUED", 1));
    while events.try_recv().is_ok() {}
    assert_eq!(runs::due(&db.store, run.id).await.unwrap(), 2, "both requests are told");
    assert_eq!(runs::due(&db.store, run.id).await.unwrap(), 0, "once");
    let heard = tokio::time::timeout(SOON, async { [events.recv().await.unwrap(), events.recv().await.unwrap()] }).await.unwrap();
    assert!(heard.iter().all(|e| e.kind == "job.updated"));
    let again = runs::claim(&db.store, "t", "w", 1, Duration::from_secs(60)).await.unwrap().remove(0);
    assert_eq!((again.id, see(job.id).await), (run.id, state("PROCESSING", 1)));
    // A worker that is lost costs no waiting: in line at once.
    db.sql("update job_runs set lease_until = now() - interval '1 s'").await.unwrap();
    runs::take_over_expired(&db.store).await.unwrap();
    assert_eq!(see(job.id).await, state("QUEUED", 2));
    // Work for later waits from the beginning.
    let later = NewRun { delay: Duration::from_secs(60), ..NewRun::new(scope.tenant, "t", json!({})) };
    assert_eq!(create(Uuid::now_v7(), &later).await.status, "PENDING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_served_in_turn_and_priorities_inside_a_tenant() {
    let db = TestDb::create().await.unwrap();
    let (flood, small) = (tenant(&db.store).await, tenant(&db.store).await);
    let mut tx = db.store.platform("a test").await.unwrap();
    jobs::enqueue_many(&mut tx, flood.tenant, "t", &vec![json!("flood"); 2_000], 4).await.unwrap();
    tx.commit().await.unwrap();
    let mut order = Vec::new();
    let mut claim = async |n: u32| {
        let claimed = runs::claim(&db.store, "t", "w", n, Duration::from_secs(60)).await.unwrap();
        let ends: Vec<_> = claimed.iter().map(|r| runs::Done { id: r.id, fence: r.fence, result: Value::Null, peak_memory: None, log_tail: None }).collect();
        assert_eq!(runs::complete(&db.store, &ends).await.unwrap().len(), ends.len());
        order.extend(claimed.iter().map(|r| r.payload.as_str().unwrap_or_default().to_owned()));
        claimed.len()
    };
    assert_eq!(claim(10).await, 10, "alone it gets everything");
    put(&db.store, &small, NewRun::new(small.tenant, "t", json!("low"))).await;
    put(&db.store, &small, NewRun::new(small.tenant, "t", json!("high")).priority(5)).await;
    for _ in 0..4 {
        assert_eq!(claim(1).await, 1);
    }
    let mut served = order.split_off(10);
    // One slot at a time: never two of the flood in a row while the other waits, and its urgent one first.
    assert_eq!(served.iter().position(|p| p == "high").map(|at| at <= 1), Some(true), "{served:?}");
    assert!(served.iter().position(|p| p == "low") > served.iter().position(|p| p == "high"), "{served:?}");
    assert!(served.iter().position(|p| p == "low").is_some_and(|at| at <= 3), "{served:?}");
    served.clear();
    // Many slots at once: an equal share, and the rest to whoever has work.
    for _ in 0..3 {
        put(&db.store, &small, NewRun::new(small.tenant, "t", json!("small"))).await;
    }
    let claimed = runs::claim(&db.store, "t", "w", 8, Duration::from_secs(60)).await.unwrap();
    let of_small = claimed.iter().filter(|r| r.tenant_id == small.tenant).count();
    assert_eq!((claimed.len(), of_small), (8, 3));
    // With four or five of the flood at work, the small one comes first.
    put(&db.store, &small, NewRun::new(small.tenant, "t", json!("next"))).await;
    let next = runs::claim(&db.store, "t", "w", 1, Duration::from_secs(60)).await.unwrap();
    assert_eq!(next[0].payload, json!("next"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_runs_each_happen_once_with_two_workers() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let start = |id: &str| {
        let seen = seen.clone();
        let config = KindConfig { prefetch: 100, ..KindConfig::quick(8) };
        Running::start(
            &db.store,
            id,
            registry(config, move |ctx| {
                seen.lock().unwrap().push(ctx.run.id);
                std::future::ready(Ok(Value::Null))
            }),
        )
    };
    let (a, b) = (start("a"), start("b"));
    let mut tx = db.store.platform("a test").await.unwrap();
    jobs::enqueue_many(&mut tx, scope.tenant, "t", &vec![json!({}); 4_000], 4).await.unwrap();
    tx.commit().await.unwrap();
    let began = Instant::now();
    while db.value("select count(*) from job_runs where state <> 'done'").await.unwrap() != "0" {
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 4_000);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 4_000);
    a.stop().await;
    b.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_worker_gives_back_what_it_cannot_finish() {
    let db = TestDb::create().await.unwrap();
    let scope = tenant(&db.store).await;
    let config = KindConfig { prefetch: 5, ..KindConfig::quick(1) };
    let worker = Running::start(
        &db.store,
        "w",
        registry(config, |ctx| async move {
            ctx.cancel.cancelled().await;
            Err(JobError::retry("E-CANCELLED", "stopped"))
        }),
    );
    for _ in 0..4 {
        put(&db.store, &scope, NewRun::new(scope.tenant, "t", json!({}))).await;
    }
    let began = Instant::now();
    while db.value("select count(*) from job_runs where state = 'running'").await.unwrap() != "4" {
        assert!(began.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    worker.stop().await;
    assert_eq!(db.value("select string_agg(distinct state || attempt, ',') from job_runs").await.unwrap(), "queued0", "none of it counts as a try");
}
