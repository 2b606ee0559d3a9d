//! Workers of a test: all at once until nothing is left, or one that can be stopped or killed.

use crate::TestApp;
use jobs::{Worker, WorkerConfig};
use services::Handlers;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A worker at work.
pub struct RunningWorker {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl RunningWorker {
    /// Lets it finish what it has, then ends it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the worker ends");
    }
    /// Ends it as a crash would: what it had is taken over by others.
    pub async fn kill(self) {
        self.task.abort();
        // Aborted is what it should be.
        drop(self.task.await);
    }
}

impl TestApp {
    /// Starts a worker for all kinds of jobs.
    pub async fn worker(&self) -> RunningWorker {
        let config = WorkerConfig { poll: Duration::from_millis(100), ..WorkerConfig::default() };
        let worker = Worker::new(self.store.clone(), config, self.services.job_handlers(Handlers { blender: 2, ..Handlers::default() }));
        let stop = CancellationToken::new();
        let told = stop.clone();
        let task = tokio::spawn(async move { worker.run(told).await });
        self.store.listening().await;
        RunningWorker { stop, task }
    }

    /// Works until nothing is waiting or at work, retries included.
    pub async fn run_jobs(&self) {
        let worker = self.worker().await;
        self.idle().await;
        worker.stop().await;
    }

    /// Waits until nothing is waiting or at work.
    pub async fn idle(&self) {
        // A look over a connection that a test has just cut is no answer: look again.
        self.until("all runs have ended", async || store::runs::counts(&self.store).await.is_ok_and(|counts| open(counts) == 0)).await;
    }

    /// Waits for something, at most 30 s.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let until = tokio::time::Instant::now() + Duration::from_secs(30);
        while !holds().await {
            assert!(tokio::time::Instant::now() < until, "waited 30 s in vain until {what}; runs: {:?}", store::runs::counts(&self.store).await);
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Runs that wait or are at work.
    pub async fn open_runs(&self) -> i64 {
        open(store::runs::counts(&self.store).await.expect("counts"))
    }
}

fn open(counts: Vec<(String, String, i64)>) -> i64 {
    counts.into_iter().filter(|(_, state, _)| matches!(state.as_str(), "queued" | "running")).map(|(_, _, n)| n).sum()
}
