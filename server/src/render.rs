//! Threads on which pages are rendered, each page on one of them from its first poll to its last.
//!
//! The reactive graph that pages are made of takes its locks in different orders in different tasks (leptos-rs/leptos#4673): spread over the server's
//! worker threads, two tasks of one page now and then wait for each other for ever, and the threads with them. On one thread they cannot meet. Only
//! rendering stays there: sockets, timers and tasks of everything below the pages belong to the server's runtime, whose context is entered.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::LocalBoxFuture;
use futures::task::LocalSpawnExt;
use futures::{FutureExt, StreamExt};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;
use tracing::Instrument;

type Work = Box<dyn FnOnce() -> LocalBoxFuture<'static, ()> + Send>;

thread_local! {
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// The threads; clones share them. They end with the last clone.
#[derive(Clone, Debug)]
pub struct Threads {
    doors: Arc<[UnboundedSender<Work>]>,
    next: Arc<AtomicUsize>,
}

impl Threads {
    /// As many as there are processors. To be called inside the server's runtime, before anything of Leptos runs: from here on its tasks stay on the
    /// thread that makes them.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start() -> std::io::Result<Self> {
        // A second server in one process finds it set.
        let _ = Executor::init_custom_executor(Here);
        let runtime = tokio::runtime::Handle::current();
        let count = std::thread::available_parallelism().map_or(2, usize::from);
        let doors = (0..count).map(|n| {
            let (door, mut works) = unbounded::<Work>();
            let runtime = runtime.clone();
            std::thread::Builder::new().name(format!("pages-{n}")).spawn(move || {
                let _inside = runtime.enter();
                let mut pool = LocalPool::new();
                let spawner = pool.spawner();
                SPAWNER.set(Some(pool.spawner()));
                pool.run_until(async move {
                    while let Some(work) = works.next().await {
                        // Fails only when the pool is gone, and this runs inside it.
                        let _ = spawner.spawn_local(work());
                    }
                });
            })?;
            Ok(door)
        });
        Ok(Self { doors: doors.collect::<std::io::Result<_>>()?, next: Arc::default() })
    }

    /// Makes an answer, whole, on one of the threads. Nobody waiting any more, the work is dropped there. A panic goes on here.
    async fn answer<F>(&self, work: impl FnOnce() -> F + Send + 'static) -> Response
    where
        F: Future<Output = Response> + 'static,
    {
        let (mut tell, told) = oneshot::channel();
        let job: Work = Box::new(move || {
            let whole = async move {
                let (parts, body) = work().await.into_parts();
                // What is left of a page is rendered while its body is read: that happens here, too.
                let body = to_bytes(body, usize::MAX).await.map(Body::from);
                body.map(|body| Response::from_parts(parts, body))
            };
            let whole = AssertUnwindSafe(whole.in_current_span()).catch_unwind();
            async move {
                tokio::select! {
                    () = tell.closed() => {}
                    answer = whole => { let _ = tell.send(answer); }
                }
            }
            .boxed_local()
        });
        let span = tracing::Span::current();
        let job: Work = Box::new(move || span.in_scope(job));
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.doors.len();
        let sent = self.doors[turn].unbounded_send(job);
        match told.await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(error))) => panic!("a page broke off: {error}"),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => panic!("the thread that renders pages is gone ({sent:?})"),
        }
    }
}

/// Middleware: what comes after is done on one of the threads.
pub async fn on_one_thread(State(threads): State<Threads>, request: Request, next: Next) -> Response {
    threads.answer(move || next.run(request)).await
}

/// Spawns where it is called: on a thread of pages into its pool, elsewhere into the runtime.
struct Here;

impl CustomExecutor for Here {
    fn spawn(&self, task: PinnedFuture<()>) {
        match SPAWNER.with_borrow(Clone::clone) {
            Some(spawner) => spawn_local(&spawner, task),
            None => drop(tokio::spawn(task)),
        }
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        match SPAWNER.with_borrow(Clone::clone) {
            Some(spawner) => spawn_local(&spawner, task),
            None => drop(tokio::task::spawn_local(task)),
        }
    }

    fn poll_local(&self) {}
}

/// A panic of one task must not take the thread, and all its pages, along.
fn spawn_local(spawner: &LocalSpawner, task: PinnedLocalFuture<()>) {
    let guarded = AssertUnwindSafe(task).catch_unwind().map(|ended| {
        if ended.is_err() {
            tracing::error!("a task of a page panicked");
        }
    });
    let _ = spawner.spawn_local(guarded);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn all_tasks_of_a_page_run_on_its_thread_and_what_lies_below_in_the_runtime() {
        let threads = Threads::start().expect("threads");
        let mut all = BTreeSet::new();
        for _ in 0..8 {
            let answer = threads
                .answer(|| async {
                    let seen = Arc::new(Mutex::new(BTreeSet::new()));
                    let here = || std::thread::current().name().unwrap_or_default().to_owned();
                    seen.lock().expect("seen").insert(here());
                    let (done, mut last) = tokio::sync::mpsc::channel::<()>(1);
                    for _ in 0..50 {
                        let (seen, done) = (seen.clone(), done.clone());
                        Executor::spawn(async move {
                            tokio::time::sleep(Duration::from_millis(1)).await;
                            seen.lock().expect("seen").insert(here());
                            drop(done);
                        });
                    }
                    drop(done);
                    assert!(last.recv().await.is_none());
                    let below = tokio::spawn(async move { here() }).await.expect("a task of the runtime");
                    assert!(!below.starts_with("pages-"), "{below}");
                    let seen = seen.lock().expect("seen").clone();
                    assert_eq!(seen.len(), 1, "{seen:?}");
                    Response::new(Body::from(seen.into_iter().collect::<String>()))
                })
                .await;
            all.insert(String::from_utf8(to_bytes(answer.into_body(), 100).await.expect("the body").to_vec()).expect("a name"));
        }
        assert!(all.iter().all(|name| name.starts_with("pages-")), "{all:?}");
        assert_eq!(all.len(), threads.doors.len(), "they take turns");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_goes_to_who_asked_and_work_for_nobody_is_dropped() {
        let threads = Threads::start().expect("threads");
        let (dropped, gone) = oneshot::channel::<()>();
        let asked = tokio::time::timeout(
            Duration::from_millis(50),
            threads.answer(move || async move {
                let _kept = dropped;
                std::future::pending::<Response>().await
            }),
        );
        assert!(asked.await.is_err(), "it never answers");
        assert!(gone.await.is_err(), "and is dropped once nobody waits");

        for _ in 0..threads.doors.len() * 2 {
            let again = threads.clone();
            let failed = tokio::spawn(async move { again.answer(|| async { panic!("as asked") }).await }).await;
            assert!(failed.is_err_and(|e| e.is_panic()), "the panic is heard here");
        }
        Executor::spawn(async { panic!("outside a page") });
        let fine = threads.answer(|| async { Response::new(Body::from("fine")) }).await;
        assert_eq!(to_bytes(fine.into_body(), 100).await.expect("the body").as_ref(), b"fine", "the threads live on");
    }
}
