//! HTTP requests at a constant rate of arrival, whether or not earlier ones are answered.
//!
//! Reads a plan (JSON) from standard input, writes what came back (JSON) to standard output. Request `i` is due at `start + i / rate`; its latency
//! counts from that moment, so that a server (or this program) that stalls can't hide the waiting of those behind it.
//!
//! One thread per connection, each with one request at a time: the kernel wakes a sleeping thread within some 50 µs, where an event loop's timer would
//! round to milliseconds.

mod http;

use anyhow::{Context, Result};
use http::Connection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[derive(Deserialize)]
struct Plan {
    address: SocketAddr,
    /// Requests per second.
    rate: f64,
    connections: usize,
    /// Of every request, `name: value`.
    headers: Vec<String>,
    requests: Vec<Planned>,
}

#[derive(Deserialize)]
struct Planned {
    method: String,
    path: String,
    body: Option<String>,
}

/// All lists in the order in which requests were due, microseconds.
#[derive(Serialize)]
struct Report {
    /// Due → whole answer.
    latency_us: Vec<u64>,
    /// Due → sent: waiting for a free connection, or for this program.
    late_us: Vec<u64>,
    /// Answers by status; `0`: none came.
    statuses: BTreeMap<u16, usize>,
    /// First due → last answer.
    wall_ms: u64,
    /// Of this program, all threads.
    cpu_ms: u64,
}

struct Answered {
    number: usize,
    latency: Duration,
    late: Duration,
    status: u16,
}

fn main() -> Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let plan: Plan = serde_json::from_str(&text).context("the plan can't be read")?;
    anyhow::ensure!(plan.rate > 0.0 && plan.connections > 0 && !plan.requests.is_empty(), "the plan is empty");
    let raw: Vec<Vec<u8>> = plan.requests.iter().map(|r| http::request(&plan.address, &plan.headers, &r.method, &r.path, r.body.as_deref())).collect();
    let next = AtomicUsize::new(0);
    // Connections are made before the first request is due.
    let start = Instant::now() + Duration::from_millis(300);
    let mut answers = Vec::with_capacity(raw.len());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.connections).map(|_| scope.spawn(|| work(&plan, &raw, &next, start))).collect();
        for worker in workers {
            answers.extend(worker.join().unwrap_or_default());
        }
    });
    anyhow::ensure!(answers.len() == raw.len(), "only {} of {} requests were made", answers.len(), raw.len());
    answers.sort_by_key(|a| a.number);
    let mut statuses = BTreeMap::new();
    for answer in &answers {
        *statuses.entry(answer.status).or_default() += 1;
    }
    let micros = |of: fn(&Answered) -> Duration| answers.iter().map(|a| u64::try_from(of(a).as_micros()).unwrap_or(u64::MAX)).collect();
    let last = answers.iter().map(|a| due(&plan, a.number) + a.latency).max().unwrap_or_default();
    let report =
        Report { latency_us: micros(|a| a.latency), late_us: micros(|a| a.late), statuses, wall_ms: u64::try_from(last.as_millis())?, cpu_ms: cpu_ms()? };
    serde_json::to_writer(std::io::stdout().lock(), &report)?;
    Ok(())
}

/// When a request is due, from the start.
fn due(plan: &Plan, number: usize) -> Duration {
    Duration::from_secs_f64(number as f64 / plan.rate)
}

/// Takes the next request, waits until it is due, sends it, reads the answer.
fn work(plan: &Plan, raw: &[Vec<u8>], next: &AtomicUsize, start: Instant) -> Vec<Answered> {
    let mut answers = Vec::new();
    let mut connection = Connection::open(&plan.address).ok();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = raw.get(number) else { return answers };
        let at = start + due(plan, number);
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        let late = at.elapsed();
        let status = ask(plan, &mut connection, request).unwrap_or_else(|_| {
            connection = None;
            0
        });
        answers.push(Answered { number, latency: at.elapsed(), late, status });
    }
}

fn ask(plan: &Plan, connection: &mut Option<Connection>, request: &[u8]) -> Result<u16> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(Connection::open(&plan.address)?),
    };
    let (status, keep) = open.ask(request)?;
    if !keep {
        *connection = None;
    }
    Ok(status)
}

/// Time that all threads of this process have had, at 100 ticks a second.
fn cpu_ms() -> Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let mut fields = stat.rsplit(')').next().context("no process name")?.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|f| f.parse::<u64>().ok()).context("no times");
    Ok((ticks()? + ticks()?) * 10)
}
