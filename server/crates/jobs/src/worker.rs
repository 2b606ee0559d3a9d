//! The worker: claims, heartbeats, completions, take-over, cancellation, draining.

use crate::kinds;
use crate::{JobError, RunContext};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::runs::{self, Done};
use store::{RunNote, Store};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Does the work of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does one try. Must be idempotent: the same run may be tried again after a crash at any point.
    ///
    /// # Errors
    /// The decision whether to try again.
    async fn run(&self, ctx: RunContext) -> Result<Value, JobError>;
}

/// How runs of one kind are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindConfig {
    /// At the same time, in this worker.
    pub concurrency: usize,
    /// Claimed ahead, for short work. 0 = only what can begin at once, so that a busy worker keeps nothing from an idle one.
    pub prefetch: usize,
    /// Longest try.
    pub timeout: Duration,
}

impl KindConfig {
    /// For work of seconds: `concurrency` at a time, five minutes each, nothing claimed ahead.
    #[must_use]
    pub fn slow(concurrency: usize) -> Self {
        Self { concurrency, prefetch: 0, timeout: Duration::from_secs(300) }
    }
    /// For work of milliseconds: claimed in batches.
    #[must_use]
    pub fn quick(concurrency: usize) -> Self {
        Self { concurrency, prefetch: 500, timeout: Duration::from_secs(30) }
    }
}

/// Handlers by kind.
#[derive(Clone, Default)]
pub struct Registry {
    pub(crate) kinds: BTreeMap<String, (KindConfig, Arc<dyn Handler>)>,
}

impl Registry {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds the handler of a kind; replaces an earlier one.
    #[must_use]
    pub fn with(mut self, kind: impl Into<String>, config: KindConfig, handler: Arc<dyn Handler>) -> Self {
        self.kinds.insert(kind.into(), (config, handler));
        self
    }
}

/// Times of the engine. The defaults keep the promise of a take-over within 5 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    /// Name of this worker, shown with its runs; made up when `None`.
    pub id: Option<String>,
    /// How long a claim holds without a heartbeat.
    pub lease: Duration,
    /// Between heartbeats.
    pub heartbeat: Duration,
    /// Between looks for dead workers' runs.
    pub sweep: Duration,
    /// Between looks for work nobody announced, ± a quarter.
    pub poll: Duration,
    /// How long a stopping worker lets runs finish before it gives them back.
    pub drain: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            id: None,
            lease: Duration::from_secs(3),
            heartbeat: Duration::from_millis(750),
            sweep: Duration::from_millis(500),
            poll: Duration::from_secs(1),
            drain: Duration::from_secs(10),
        }
    }
}

pub(crate) struct Held {
    pub fence: i64,
    pub cancel: CancellationToken,
}

pub(crate) struct Shared {
    pub store: Store,
    pub id: String,
    pub config: WorkerConfig,
    pub held: Mutex<HashMap<Uuid, Held>>,
    pub pokes: BTreeMap<String, Notify>,
    pub done: mpsc::UnboundedSender<Done>,
    /// Trips when draining took too long.
    pub hurry: CancellationToken,
}

impl Shared {
    pub(crate) fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn poke(&self, kind: &str) {
        if let Some(poke) = self.pokes.get(kind) {
            poke.notify_one();
        }
    }
    fn poke_all(&self) {
        self.pokes.values().for_each(Notify::notify_one);
    }
    /// Lets go of a run, but only of this claim: meanwhile this worker may have claimed it anew.
    pub(crate) fn drop_held(&self, run: Uuid, fence: i64) {
        let mut held = self.held();
        if held.get(&run).is_some_and(|h| h.fence == fence) {
            held.remove(&run);
        }
    }
}

/// Works on runs until told to stop.
pub struct Worker {
    shared: Arc<Shared>,
    registry: Registry,
    finished: Mutex<Option<mpsc::UnboundedReceiver<Done>>>,
}

impl Worker {
    /// A worker for the registry's kinds.
    #[must_use]
    pub fn new(store: Store, config: WorkerConfig, registry: Registry) -> Self {
        let id = config.id.clone().unwrap_or_else(|| format!("w-{}-{:04x}", std::process::id(), rand::random::<u16>()));
        let pokes = registry.kinds.keys().map(|k| (k.clone(), Notify::new())).collect();
        let (done, finished) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { store, id, config, held: Mutex::default(), pokes, done, hurry: CancellationToken::new() });
        Self { shared, registry, finished: Mutex::new(Some(finished)) }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Runs it has claimed now.
    #[must_use]
    pub fn claimed(&self) -> usize {
        self.shared.held().len()
    }

    /// Works until `shutdown` trips, then lets runs finish for [`WorkerConfig::drain`] and gives back the rest. Dropping the future instead
    /// is like a crash: others take over. A worker runs once; a second call returns at once.
    pub async fn run(&self, shutdown: CancellationToken) {
        let Some(finished) = self.finished.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let shared = &self.shared;
        let notes = shared.store.listen_runs();
        // Heartbeats and completions go on while runs drain.
        let stop = CancellationToken::new();
        let mut aides = JoinSet::new();
        aides.spawn(listen(shared.clone(), notes));
        aides.spawn(heartbeat(shared.clone()));
        aides.spawn(take_over(shared.clone()));
        let mut completer = JoinSet::new();
        completer.spawn(complete(shared.clone(), finished, stop.clone()));
        let mut serving = JoinSet::new();
        for (kind, (config, handler)) in &self.registry.kinds {
            serving.spawn(kinds::serve(shared.clone(), kind.clone(), *config, handler.clone(), shutdown.clone()));
        }
        while serving.join_next().await.is_some() {}
        stop.cancel();
        while completer.join_next().await.is_some() {}
        let left: Vec<(Uuid, i64)> = shared.held().drain().map(|(id, h)| (id, h.fence)).collect();
        if !left.is_empty() {
            // Unreachable database: the leases run out by themselves.
            runs::release(&shared.store, &left).await.ok();
        }
    }
}

/// Wakes kinds for announced work and trips cancelled runs.
async fn listen(shared: Arc<Shared>, mut notes: broadcast::Receiver<RunNote>) {
    loop {
        match notes.recv().await {
            Ok(RunNote::Work(kind)) => shared.poke(&kind),
            Ok(RunNote::Cancelled(run)) => {
                if let Some(held) = shared.held().get(&run) {
                    held.cancel.cancel();
                }
            }
            // Missed cancellations are seen by the next heartbeat.
            Ok(RunNote::Resync) | Err(broadcast::error::RecvError::Lagged(_)) => shared.poke_all(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Prolongs all claims; trips those that are lost.
async fn heartbeat(shared: Arc<Shared>) {
    let mut last_success = Instant::now();
    loop {
        tokio::time::sleep(shared.config.heartbeat).await;
        let claims: Vec<(Uuid, i64)> = shared.held().iter().map(|(id, h)| (*id, h.fence)).collect();
        if claims.is_empty() {
            last_success = Instant::now();
            continue;
        }
        let began = Instant::now();
        match tokio::time::timeout(shared.config.lease, runs::heartbeat(&shared.store, &claims, shared.config.lease)).await {
            Ok(Ok(alive)) => {
                last_success = began;
                let alive: std::collections::HashSet<Uuid> = alive.into_iter().collect();
                let held = shared.held();
                for (id, fence) in claims.iter().filter(|(id, _)| !alive.contains(id)) {
                    if let Some(h) = held.get(id).filter(|h| h.fence == *fence) {
                        h.cancel.cancel();
                    }
                }
            }
            failed => {
                if let Ok(Err(error)) = failed {
                    tracing::warn!(error = &error as &dyn std::error::Error, worker.id = shared.id, "heartbeat failed");
                }
                // Past the lease somebody else may work on them: stop, rather than work twice.
                if last_success.elapsed() > shared.config.lease {
                    let held = shared.held();
                    for (id, _) in &claims {
                        if let Some(h) = held.get(id) {
                            h.cancel.cancel();
                        }
                    }
                }
            }
        }
    }
}

/// Looks for runs of dead workers.
async fn take_over(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(kinds::jitter(shared.config.sweep)).await;
        match runs::take_over_expired(&shared.store).await {
            Ok(kinds) => kinds.iter().for_each(|kind| {
                tracing::info!(job.kind = kind, worker.id = shared.id, "took runs of a lost worker back in line");
                shared.poke(kind);
            }),
            Err(error) => tracing::debug!(%error, "could not look for lost workers"),
        }
    }
}

/// Stores ends, as many as have come together in one statement.
async fn complete(shared: Arc<Shared>, mut finished: mpsc::UnboundedReceiver<Done>, stop: CancellationToken) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            _ = finished.recv_many(&mut batch, 1_000) => {}
            () = stop.cancelled() => return,
        }
        let mut wait = Duration::from_millis(50);
        loop {
            match runs::complete(&shared.store, &batch).await {
                Ok(accepted) => {
                    if accepted.len() < batch.len() {
                        tracing::debug!(sent = batch.len(), accepted = accepted.len(), "some runs had ended already");
                    }
                    break;
                }
                Err(error) if error.is_transient() && wait < Duration::from_secs(30) => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                Err(error) => {
                    // Their leases run out and they are tried again: handlers are idempotent.
                    tracing::error!(error = &error as &dyn std::error::Error, runs = batch.len(), "ends of runs were not stored");
                    break;
                }
            }
        }
        for done in batch.drain(..) {
            shared.drop_held(done.id, done.fence);
        }
    }
}
