//! Fitout's job engine beside `graphile_worker`, on the same Postgres, in turns.
//!
//! Throughput: no-op jobs are put in line, then one worker starts; the clock runs until the database has none of them open.
//! Latency: 100 jobs a second, one by one; from the beginning of the transaction that puts a job in line to the start of its handler. The peer also by a
//! call without a transaction.
//!
//! Writes what it measured to standard output as JSON; `queue.mjs` does the counting.

mod ours;
mod theirs;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::cluster::Cluster;
use theirs::{Put, Setting};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Jobs at a time in each worker; Fitout's engine and the peer alike.
pub const CONCURRENCY: usize = 16;
/// Jobs fetched ahead; `KindConfig::quick` and the peer's local queue alike.
pub const PREFETCH: usize = 500;
/// Database connections of each.
pub const CONNECTIONS: u32 = 20;

/// Jobs a second while latency is measured.
const RATE: usize = 100;
/// Nothing here takes this long unless it is broken.
const LIMIT: Duration = Duration::from_secs(300);

/// Counts handlers that began, and notes when.
#[derive(Clone, Debug, Default)]
pub struct Starts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    count: AtomicUsize,
    wanted: AtomicUsize,
    all: Notify,
    /// When the job of each number was put in line, then how long it took to start.
    asked: Mutex<Vec<Option<Instant>>>,
    waits_ms: Mutex<Vec<f64>>,
}

impl Starts {
    /// For `wanted` jobs.
    #[must_use]
    pub fn of(wanted: usize) -> Self {
        let starts = Self::default();
        starts.0.wanted.store(wanted, Ordering::SeqCst);
        *lock(&starts.0.asked) = vec![None; wanted];
        starts
    }

    /// A handler began. `number`: of the job, where its wait is of interest.
    pub fn began(&self, number: Option<usize>) {
        if let Some(at) = number.and_then(|n| lock(&self.0.asked).get(n).copied().flatten()) {
            lock(&self.0.waits_ms).push(at.elapsed().as_secs_f64() * 1_000.0);
        }
        if self.0.count.fetch_add(1, Ordering::SeqCst) + 1 >= self.0.wanted.load(Ordering::SeqCst) {
            self.0.all.notify_one();
        }
    }

    /// The job of this number is put in line now.
    fn asked(&self, number: usize) {
        if let Some(slot) = lock(&self.0.asked).get_mut(number) {
            *slot = Some(Instant::now());
        }
    }

    /// Waits until all wanted began.
    async fn all(&self) -> Result<()> {
        tokio::time::timeout(LIMIT, self.0.all.notified()).await.context("not all jobs were started within five minutes")
    }

    fn waits(&self) -> Vec<f64> {
        std::mem::take(&mut lock(&self.0.waits_ms))
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts `count` jobs in line, [`RATE`] a second; each is due at its time, whether or not earlier ones are in line yet.
///
/// # Errors
/// When one can't be put in line, or does not start.
pub async fn at_a_rate<F, R>(starts: &Starts, count: usize, put: F) -> Result<Vec<f64>>
where
    F: Fn(usize) -> R,
    R: Future<Output = Result<()>> + Send + 'static,
{
    let mut due = tokio::time::interval(Duration::from_secs(1) / u32::try_from(RATE)?);
    let mut putting = JoinSet::new();
    for number in 0..count {
        due.tick().await;
        starts.asked(number);
        putting.spawn(put(number));
    }
    while let Some(done) = putting.join_next().await {
        done??;
    }
    starts.all().await?;
    Ok(starts.waits())
}

/// Polls a count until it is zero: the last ends are stored shortly after the last handler.
///
/// # Errors
/// When the database fails, or some stay open.
pub async fn until_none(pool: &PgPool, open: &'static str) -> Result<()> {
    let began = Instant::now();
    loop {
        let left: i64 = sqlx::query_scalar(open).fetch_one(pool).await?;
        if left == 0 {
            return Ok(());
        }
        anyhow::ensure!(began.elapsed() < LIMIT, "{left} jobs stay open");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How much is measured.
struct Counts {
    jobs: usize,
    rounds: usize,
    seconds: usize,
}

fn number(name: &str, default: usize) -> Result<usize> {
    match std::env::var(name) {
        Ok(text) => text.parse().ok().filter(|n| *n > 0).with_context(|| format!("{name} is \"{text}\": it must be a whole number above 0")),
        Err(_) => Ok(default),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let counts = Counts { jobs: number("QUEUE_JOBS", 20_000)?, rounds: number("QUEUE_ROUNDS", 7)?, seconds: number("QUEUE_SECONDS", 5)? };
    let folder = tempfile::tempdir()?;
    // Postgres runs as another user when this is root.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    let cluster = Cluster::start(folder.path()).await?;
    let done = measure(&cluster, &counts).await;
    cluster.stop().await?;
    serde_json::to_writer(std::io::stdout().lock(), &done?)?;
    Ok(())
}

/// Who is measured.
#[derive(Clone, Copy)]
enum Candidate {
    Ours,
    Theirs(Setting),
}

impl Candidate {
    const ALL: [Self; 3] = [Self::Ours, Self::Theirs(Setting::Same), Self::Theirs(Setting::Own)];

    fn name(self) -> &'static str {
        match self {
            Self::Ours => "Fitout",
            Self::Theirs(setting) => setting.name(),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Ours => format!("concurrency {CONCURRENCY}, prefetch {PREFETCH}, {CONNECTIONS} connections; ends stored in batches as they come"),
            Self::Theirs(setting) => setting.words(),
        }
    }
}

async fn measure(cluster: &Cluster, counts: &Counts) -> Result<Value> {
    let url = database(cluster, "ours").await?;
    let postgres = facts(&url).await?;
    let ours = ours::Ours::new(url).await?;
    let theirs = theirs::Theirs::new(database(cluster, "theirs").await?).await?;
    let waits = RATE * counts.seconds;
    // A round that does not count: tables, pools and caches grow warm.
    for candidate in Candidate::ALL {
        one(candidate, &ours, &theirs, counts.jobs.div_ceil(10), RATE.min(waits)).await?;
    }
    let mut rounds = Vec::with_capacity(counts.rounds);
    for round in 0..counts.rounds {
        let mut figures = Map::new();
        // In turns, so that a slow minute of the machine meets all alike; and each begins as often as the others.
        for turn in 0..Candidate::ALL.len() {
            let candidate = Candidate::ALL[(round + turn) % Candidate::ALL.len()];
            let (took, started, alone) = one(candidate, &ours, &theirs, counts.jobs, waits).await?;
            eprintln!("   round {} of {}: {}: {} jobs in {:.2} s", round + 1, counts.rounds, candidate.name(), counts.jobs, took.as_secs_f64());
            figures.insert(candidate.name().to_owned(), json!({ "jobs_per_s": counts.jobs as f64 / took.as_secs_f64(), "enqueue_to_start_ms": started, "alone_ms": alone }));
        }
        rounds.push(Value::Object(figures));
    }
    Ok(json!({
        "candidates": Candidate::ALL.map(|c| json!({ "name": c.name(), "settings": c.words() })),
        "postgres": postgres,
        "jobs": counts.jobs,
        "latency_jobs_per_s": RATE,
        "latency_seconds": counts.seconds,
        "rounds": rounds,
    }))
}

/// Throughput, then latency with the cause and, of the peer, alone.
async fn one(candidate: Candidate, ours: &ours::Ours, theirs: &theirs::Theirs, jobs: usize, waits: usize) -> Result<(Duration, Vec<f64>, Vec<f64>)> {
    match candidate {
        Candidate::Ours => Ok((ours.work_off(jobs).await?, ours.waits(waits).await?, Vec::new())),
        Candidate::Theirs(setting) => {
            let took = theirs.work_off(setting, jobs).await?;
            Ok((took, theirs.waits(setting, waits, Put::WithItsCause).await?, theirs.waits(setting, waits, Put::Alone).await?))
        }
    }
}

/// Version and what makes commits last, alike for both: they share the cluster.
async fn facts(url: &str) -> Result<String> {
    let pool = PgPool::connect(url).await?;
    let (version, fsync, commit): (String, String, String) =
        sqlx::query_as("select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')").fetch_one(&pool).await?;
    pool.close().await;
    Ok(format!("PostgreSQL {version}, fsync {fsync}, synchronous_commit {commit}"))
}

/// A database of its own in the cluster; the answer is its address.
async fn database(cluster: &Cluster, name: &str) -> Result<String> {
    let admin = PgPool::connect(&cluster.url).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("create database {name} template template0"))).execute(&admin).await?;
    admin.close().await;
    let (before, after) = cluster.url.split_once('?').context("the cluster's address names its socket")?;
    let (base, _) = before.rsplit_once('/').context("the cluster's address names a database")?;
    Ok(format!("{base}/{name}?{after}"))
}
