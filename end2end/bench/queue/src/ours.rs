//! Fitout's engine.

use crate::{CONCURRENCY, CONNECTIONS, PREFETCH, Starts, at_a_rate, until_none};
use anyhow::Result;
use async_trait::async_trait;
use jobs::{Handler, JobError, KindConfig, NewRun, Registry, RunContext, Worker, WorkerConfig, enqueue, enqueue_many};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Store, StoreConfig, TenantScope, accounts, runs};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const KIND: &str = "noop";

struct Noop(Starts);

#[async_trait]
impl Handler for Noop {
    async fn run(&self, ctx: RunContext) -> Result<Value, JobError> {
        self.0.began(ctx.run.payload["number"].as_u64().and_then(|n| usize::try_from(n).ok()));
        Ok(Value::Null)
    }
}

/// The engine on its database.
pub struct Ours {
    store: Store,
    /// For counting what is open, beside the engine's own connections.
    watcher: PgPool,
    scope: TenantScope,
}

impl Ours {
    /// Migrates the database.
    ///
    /// # Errors
    /// When the database can't be used.
    pub async fn new(url: String) -> Result<Self> {
        let watcher = PgPool::connect(&url).await?;
        let store = Store::connect(StoreConfig { max_connections: CONNECTIONS, ..StoreConfig::new(url) }).await?;
        store.migrate().await?;
        let id = Uuid::now_v7();
        let mut tx = store.platform("the bench makes a workspace").await?;
        accounts::create_tenant(&mut tx, &accounts::NewTenant { id, name: "Bench", slug: None, currency: "USD", kind: "organization" }).await?;
        tx.commit().await?;
        Ok(Self { store, watcher, scope: TenantScope::system(id) })
    }

    /// Time from the start of a worker until all are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn work_off(&self, jobs: usize) -> Result<Duration> {
        let payloads: Vec<Value> = (0..jobs).map(|id| json!({ "id": id })).collect();
        for some in payloads.chunks(1_000) {
            let mut tx = self.store.platform("the bench puts jobs in line").await?;
            enqueue_many(&mut tx, self.scope.tenant, KIND, some, 4).await?;
            tx.commit().await?;
        }
        self.settle().await?;
        let starts = Starts::of(jobs);
        let began = Instant::now();
        let worker = self.start(&starts);
        starts.all().await?;
        self.none_open().await?;
        let took = began.elapsed();
        worker.stop().await?;
        runs::prune(&self.store, Duration::ZERO).await?;
        Ok(took)
    }

    /// Milliseconds from putting in line to start, of `count` jobs at a rate.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waits(&self, count: usize) -> Result<Vec<f64>> {
        self.settle().await?;
        let starts = Starts::of(count);
        let worker = self.start(&starts);
        self.store.listening().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let waits = at_a_rate(&starts, count, |number| {
            let (store, scope) = (self.store.clone(), self.scope.clone());
            async move {
                let mut tx = store.tenant(&scope).await?;
                enqueue(&mut tx, &NewRun::new(scope.tenant, KIND, json!({ "number": number }))).await?;
                tx.commit().await?;
                Ok(())
            }
        })
        .await?;
        self.none_open().await?;
        worker.stop().await?;
        runs::prune(&self.store, Duration::ZERO).await?;
        Ok(waits)
    }

    async fn none_open(&self) -> Result<()> {
        until_none(&self.watcher, "select count(*) from job_runs where state in ('queued', 'running')").await
    }

    async fn settle(&self) -> Result<()> {
        sqlx::raw_sql("vacuum analyze job_runs").execute(&self.watcher).await?;
        Ok(())
    }

    fn start(&self, starts: &Starts) -> Running {
        let config = KindConfig { prefetch: PREFETCH, ..KindConfig::quick(CONCURRENCY) };
        let registry = Registry::new().with(KIND, config, Arc::new(Noop(starts.clone())));
        let (worker, stop) = (Worker::new(self.store.clone(), WorkerConfig::default(), registry), CancellationToken::new());
        let token = stop.clone();
        Running { stop, task: tokio::spawn(async move { worker.run(token).await }) }
    }
}

struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn stop(self) -> Result<()> {
        self.stop.cancel();
        Ok(self.task.await?)
    }
}
