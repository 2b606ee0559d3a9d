//! Fitout's job engine beside `graphile_worker`, on the same Postgres, in turns.
//!
//! Throughput: no-op jobs are put in line, then one worker starts; the clock runs until the database has none of them open.
//! Latency: 100 jobs a second, one by one; from the call that puts a job in line to the start of its handler.

mod ours;
mod stats;
mod theirs;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use stats::{median, quantile, spread};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::cluster::Cluster;
use theirs::Setting;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Jobs at a time in each worker; Fitout's engine and the peer alike.
pub const CONCURRENCY: usize = 16;
/// Jobs fetched ahead; `KindConfig::quick` and the peer's local queue alike.
pub const PREFETCH: usize = 500;
/// Database connections of each.
pub const CONNECTIONS: u32 = 20;

const ROUNDS: usize = 3;
const RATE: u64 = 100;
const SECONDS: u64 = 5;
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

/// Puts [`RATE`] jobs a second in line for [`SECONDS`]; each is due at its time, whether or not earlier ones are in line yet.
///
/// # Errors
/// When one can't be put in line, or does not start.
pub async fn at_a_rate<F, R>(starts: &Starts, put: F) -> Result<Vec<f64>>
where
    F: Fn(usize) -> R,
    R: Future<Output = Result<()>> + Send + 'static,
{
    let mut due = tokio::time::interval(Duration::from_secs(1) / u32::try_from(RATE)?);
    let mut putting = JoinSet::new();
    for number in 0..count() {
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

/// Jobs of one latency round.
#[must_use]
pub fn count() -> usize {
    usize::try_from(RATE * SECONDS).unwrap_or(usize::MAX)
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

#[tokio::main]
async fn main() -> Result<()> {
    let jobs: usize = std::env::var("QUEUE_JOBS").ok().map(|n| n.parse().context("QUEUE_JOBS is a whole number")).transpose()?.unwrap_or(20_000);
    let folder = tempfile::tempdir()?;
    // Postgres runs as another user when this is root.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    let cluster = Cluster::start(folder.path()).await?;
    let done = measure(&cluster, jobs).await;
    cluster.stop().await?;
    let result = done?;
    let text = serde_json::to_string_pretty(&result)? + "\n";
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../../results");
    std::fs::create_dir_all(results)?;
    std::fs::write(format!("{results}/queue.json"), &text)?;
    print!("{text}");
    Ok(())
}

async fn measure(cluster: &Cluster, jobs: usize) -> Result<Value> {
    let ours = database(cluster, "ours").await?;
    let theirs = database(cluster, "theirs").await?;
    let ours = ours::Ours::new(ours).await?;
    let theirs = theirs::Theirs::new(theirs).await?;
    let mut throughput: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut latency: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    // In turns, so that a slow minute of the machine meets all alike.
    for round in 1..=ROUNDS {
        eprintln!("   round {round} of {ROUNDS}");
        record("fitout", ours.work_off(jobs).await?, &mut throughput, jobs);
        latency.entry("fitout").or_default().extend(ours.waits().await?);
        for setting in Setting::ALL {
            record(setting.name(), theirs.work_off(setting, jobs).await?, &mut throughput, jobs);
            latency.entry(setting.name()).or_default().extend(theirs.waits(setting).await?);
        }
    }
    Ok(report(jobs, &throughput, &latency))
}

fn record<'a>(name: &'a str, took: Duration, all: &mut BTreeMap<&'a str, Vec<f64>>, jobs: usize) {
    eprintln!("   {name}: {jobs} jobs in {:.2} s", took.as_secs_f64());
    all.entry(name).or_default().push(jobs as f64 / took.as_secs_f64());
}

/// The peer is taken at its best setting, for each figure.
fn report(jobs: usize, throughput: &BTreeMap<&str, Vec<f64>>, latency: &BTreeMap<&str, Vec<f64>>) -> Value {
    let figures = |of: &dyn Fn(&[f64]) -> f64, from: &BTreeMap<&str, Vec<f64>>| -> BTreeMap<String, f64> { from.iter().map(|(name, all)| ((*name).to_owned(), of(all))).collect() };
    let medians = figures(&|all| stats::round(median(all), 0), throughput);
    let waits = |q: f64| figures(&move |all| stats::round(quantile(all, q), 2), latency);
    let (p50, p95, p99) = (waits(0.5), waits(0.95), waits(0.99));
    let others = |of: &BTreeMap<String, f64>| of.iter().filter(|(name, _)| *name != "fitout").map(|(_, v)| *v).collect::<Vec<_>>();
    let most = others(&medians).into_iter().fold(f64::NAN, f64::max);
    let least = |of: &BTreeMap<String, f64>| others(of).into_iter().fold(f64::NAN, f64::min);
    let mine = |of: &BTreeMap<String, f64>| of.get("fitout").copied().unwrap_or(f64::NAN);
    let spreads = |from: &BTreeMap<&str, Vec<f64>>| -> BTreeMap<String, Value> { from.iter().map(|(name, all)| ((*name).to_owned(), spread(all))).collect() };
    json!({
        "bench": "queue",
        "machine": machine(),
        "peer": "graphile_worker 0.14",
        "jobs": jobs,
        "rounds": ROUNDS,
        "concurrency": CONCURRENCY,
        "settings": Setting::ALL.iter().map(|s| (s.name().to_owned(), s.words())).collect::<BTreeMap<_, _>>(),
        "medians": { "jobs_per_s": medians, "enqueue_to_start_ms": { "p50": p50, "p95": p95, "p99": p99 } },
        "spread": { "jobs_per_s": spreads(throughput), "enqueue_to_start_ms": spreads(latency) },
        "ratio": {
            "jobs_per_s": stats::round(mine(&medians) / most, 2),
            "enqueue_to_start_p50": stats::round(least(&p50) / mine(&p50), 2),
            "enqueue_to_start_p99": stats::round(least(&p99) / mine(&p99), 2),
        },
        "ratio_means": "times as fast as the peer at the better of its settings",
        "aim": "jobs_per_s ≥ 1",
    })
}

fn machine() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name").and_then(|l| l.split_once(':'))).map(|(_, name)| name.trim());
    json!({ "cores": cores, "model": model })
}

/// A database of its own in the cluster; the answer is its address.
async fn database(cluster: &Cluster, name: &str) -> Result<String> {
    let admin = PgPool::connect(&cluster.url).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("create database {name} template template0"))).execute(&admin).await?;
    admin.close().await;
    let (before, after) = cluster.url.split_once('?').context("the cluster's address names its socket")?;
    let (base, _) = before.rsplit_once('/').context("the cluster's address names a database")?;
    let mut url = String::new();
    write!(url, "{base}/{name}?{after}")?;
    Ok(url)
}
