//! `graphile_worker`, as its guide "Local Queue" and its own benchmark set it up.

use crate::{CONCURRENCY, CONNECTIONS, PREFETCH, Starts, at_a_rate, until_none};
use anyhow::{Result, anyhow};
use graphile_worker::{IntoTaskHandlerResult, JobSpec, LocalQueueConfig, RawJobSpec, TaskHandler, Worker, WorkerContext, WorkerOptions, WorkerUtils};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::sync::Arc;
use std::time::{Duration, Instant};

const KIND: &str = "noop";
const SCHEMA: &str = "graphile_worker";

#[derive(Debug, Serialize, Deserialize)]
struct Noop {
    #[serde(default)]
    number: Option<usize>,
}

impl TaskHandler for Noop {
    const IDENTIFIER: &'static str = KIND;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        if let Some(starts) = ctx.get_ext::<Starts>() {
            starts.began(self.number);
        }
        Ok::<(), String>(())
    }
}

/// How the peer is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// As many jobs at a time and as many fetched ahead as ours; ends stored in batches of 5 ms, the most its documentation recommends.
    Same,
    /// As in its own throughput benchmark: 500 at a time, 5,000 ahead, polls every 5 ms.
    Own,
}

impl Setting {
    /// Name in the result.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "graphile_worker 0.14.1",
            Self::Own => "graphile_worker 0.14.1, settings of its benchmark",
        }
    }

    /// What it means.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Same => format!("concurrency {CONCURRENCY}, local queue {PREFETCH}, {CONNECTIONS} connections; completion batches 5 ms"),
            Self::Own => "concurrency 500, local queue 5000, completion batches 5 ms, poll 5 ms".to_owned(),
        }
    }

    fn options(self) -> WorkerOptions {
        let batch = Duration::from_millis(5);
        let options = WorkerOptions::default().schema(SCHEMA);
        match self {
            Self::Same => options.concurrency(CONCURRENCY).complete_job_batch_delay(batch).local_queue(LocalQueueConfig::default().with_size(PREFETCH)),
            Self::Own => {
                options.concurrency(500).poll_interval(batch).complete_job_batch_delay(batch).local_queue(LocalQueueConfig::default().with_size(5_000))
            }
        }
    }
}

/// How a job is put in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// In a transaction of the caller's, as ours always is: the job is there if and only if what asked for it is.
    WithItsCause,
    /// By a call of its own, which ours has not: two messages to the database fewer.
    Alone,
}

/// The peer on its database.
pub struct Theirs {
    pool: PgPool,
    watcher: PgPool,
    utils: WorkerUtils,
}

impl Theirs {
    /// Migrates the database.
    ///
    /// # Errors
    /// When the database can't be used.
    pub async fn new(url: String) -> Result<Self> {
        let watcher = PgPool::connect(&url).await?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&url).await?;
        let utils = WorkerUtils::new(pool.clone(), SCHEMA);
        utils.migrate().await.map_err(|e| anyhow!("{e}"))?;
        Ok(Self { pool, watcher, utils })
    }

    /// Time from the start of a worker until all are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn work_off(&self, setting: Setting, jobs: usize) -> Result<Duration> {
        let specs: Vec<RawJobSpec> =
            (0..jobs).map(|id| RawJobSpec { identifier: KIND.to_owned(), payload: json!({ "id": id }), spec: JobSpec::default() }).collect();
        for some in specs.chunks(1_000) {
            self.utils.add_raw_jobs(some).await.map_err(|e| anyhow!("{e}"))?;
        }
        self.settle().await?;
        let starts = Starts::of(jobs);
        let began = Instant::now();
        let worker = self.start(setting, &starts).await?;
        starts.all().await?;
        self.none_open().await?;
        let took = began.elapsed();
        worker.stop().await?;
        Ok(took)
    }

    /// Milliseconds from putting in line to start, of `count` jobs at a rate.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waits(&self, setting: Setting, count: usize, put: Put) -> Result<Vec<f64>> {
        self.settle().await?;
        let starts = Starts::of(count);
        let worker = self.start(setting, &starts).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let waits = at_a_rate(&starts, count, |number| {
            let (utils, pool, payload) = (self.utils.clone(), self.pool.clone(), json!({ "number": number }));
            async move {
                match put {
                    Put::WithItsCause => {
                        let mut tx = pool.begin().await?;
                        utils.with_executor(&mut tx).add_raw_job(KIND, payload, JobSpec::default()).await.map_err(|e| anyhow!("{e}"))?;
                        tx.commit().await?;
                    }
                    Put::Alone => drop(utils.add_raw_job(KIND, payload, JobSpec::default()).await.map_err(|e| anyhow!("{e}"))?),
                }
                Ok(())
            }
        })
        .await?;
        self.none_open().await?;
        worker.stop().await?;
        Ok(waits)
    }

    /// It deletes what is done.
    async fn none_open(&self) -> Result<()> {
        until_none(&self.watcher, "select count(*) from graphile_worker._private_jobs").await
    }

    async fn settle(&self) -> Result<()> {
        sqlx::raw_sql("vacuum analyze graphile_worker._private_jobs").execute(&self.watcher).await?;
        Ok(())
    }

    async fn start(&self, setting: Setting, starts: &Starts) -> Result<Running> {
        let options = setting.options().listen_os_shutdown_signals(false).add_extension(starts.clone()).define_job::<Noop>();
        let worker = Arc::new(options.pg_pool(self.pool.clone()).init().await.map_err(|e| anyhow!("{e}"))?);
        let runs = worker.clone();
        Ok(Running { worker, task: tokio::spawn(async move { runs.run().await.map_err(|e| e.to_string()) }) })
    }
}

struct Running {
    worker: Arc<Worker>,
    task: tokio::task::JoinHandle<Result<(), String>>,
}

impl Running {
    async fn stop(self) -> Result<()> {
        self.worker.request_shutdown();
        self.task.await?.map_err(|e| anyhow!(e))
    }
}
