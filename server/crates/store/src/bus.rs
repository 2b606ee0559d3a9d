//! What the database announces: live events for pages, wake-ups and cancellations for workers. One connection listens for all.

use crate::tx::TenantTx;
use crate::{Result, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const EVENTS: &str = "fitout_events";
const RUNS: &str = "fitout_runs";
/// Postgres takes less than 8,000 bytes in one notification.
const LARGEST: usize = 7_900;

/// Something happened in a tenant. `data` is small, mostly `{ "id": … }`: the receiver reads the row under its own rights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Where. The nil id with kind `resync` means: the connection was lost for a while, events may be missing, read again.
    pub tenant: Uuid,
    /// `job.updated`, `configuration.saved`, `product.published` …
    pub kind: String,
    /// What it is about.
    pub data: Value,
}

/// A note for workers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunNote {
    /// There is work of this kind.
    Work(String),
    /// This run was cancelled.
    Cancelled(Uuid),
    /// The connection was lost for a while: look again.
    Resync,
}

/// Announces an event when the transaction commits.
///
/// # Errors
/// [`StoreError::Setup`] when `data` is too large for a notification: send an id instead.
pub fn announce(tx: &mut TenantTx, kind: &str, data: &Value) -> Result<()> {
    let payload = payload(tx.tenant(), kind, data)?;
    tx.add_news(payload);
    Ok(())
}

/// An event as it goes over the wire.
pub(crate) fn payload(tenant: Uuid, kind: &str, data: &Value) -> Result<String> {
    let payload = serde_json::json!({ "tenant": tenant, "kind": kind, "data": data }).to_string();
    if payload.len() > LARGEST {
        return Err(StoreError::Setup(format!("The event {kind} is too large to announce ({} bytes): announce an id.", payload.len())));
    }
    Ok(payload)
}

pub(crate) struct Bus {
    options: PgConnectOptions,
    events: broadcast::Sender<Event>,
    runs: broadcast::Sender<RunNote>,
    ready: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Bus {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self { options, events: broadcast::channel(1024).0, runs: broadcast::channel(4096).0, ready: watch::channel(false).0, task: Mutex::new(None) }
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        let receiver = self.events.subscribe();
        self.start();
        receiver
    }

    pub(crate) fn runs(&self) -> broadcast::Receiver<RunNote> {
        let receiver = self.runs.subscribe();
        self.start();
        receiver
    }

    /// For notes of this process's own.
    pub(crate) fn notes(&self) -> broadcast::Sender<RunNote> {
        self.runs.clone()
    }

    pub(crate) async fn ready(&self) {
        self.start();
        let mut ready = self.ready.subscribe();
        // The sender lives as long as the bus, so waiting can only end by readiness.
        ready.wait_for(|r| *r).await.ok();
    }

    /// The first listener starts the connection.
    fn start(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_none() {
            *task = Some(tokio::spawn(listen(self.options.clone(), self.events.clone(), self.runs.clone(), self.ready.clone())));
        }
    }

    pub(crate) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(options: PgConnectOptions, events: broadcast::Sender<Event>, runs: broadcast::Sender<RunNote>, ready: watch::Sender<bool>) {
    let mut first = true;
    loop {
        match connect(&options).await {
            Ok(mut listener) => {
                ready.send_replace(true);
                if !first {
                    // Nobody is listening is fine.
                    events.send(Event { tenant: Uuid::nil(), kind: "resync".to_owned(), data: Value::Null }).ok();
                    runs.send(RunNote::Resync).ok();
                }
                first = false;
                // `None` and errors both mean a lost connection.
                while let Ok(Some(note)) = listener.try_recv().await {
                    pass_on(note.channel(), note.payload(), &events, &runs);
                }
                ready.send_replace(false);
                tracing::warn!("lost the connection that listens to the database; connecting again");
            }
            Err(error) => tracing::debug!(%error, "cannot listen to the database yet"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn connect(options: &PgConnectOptions) -> std::result::Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(3))
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen_all([EVENTS, RUNS]).await?;
    Ok(listener)
}

fn pass_on(channel: &str, payload: &str, events: &broadcast::Sender<Event>, runs: &broadcast::Sender<RunNote>) {
    if channel == EVENTS {
        match serde_json::from_str(payload) {
            Ok(event) => drop(events.send(event)),
            Err(error) => tracing::warn!(%error, "an event that cannot be read"),
        }
    } else {
        let note = match payload.strip_prefix("cancel:").map(Uuid::parse_str) {
            Some(Ok(run)) => RunNote::Cancelled(run),
            Some(Err(_)) => return,
            None => RunNote::Work(payload.to_owned()),
        };
        runs.send(note).ok();
    }
}
