//! What a handler gets.

use crate::JobError;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::runs::{self, Run};
use store::{Store, TenantScope, TenantTx};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Between two writes of progress: often enough to look alive, seldom enough for the database.
const PROGRESS_EVERY: Duration = Duration::from_millis(150);
/// Bytes of log kept with a run.
const LOG_TAIL: usize = 4_000;

/// One try of one run.
#[derive(Debug)]
pub struct RunContext {
    /// The run as it was claimed.
    pub run: Run,
    /// Proof of the claim.
    pub lease: Lease,
    /// For progress, memory and log.
    pub progress: Reporter,
    /// Trips when the run is cancelled or taken over, its time is over or the worker stops: end quickly.
    pub cancel: CancellationToken,
}

impl RunContext {
    /// The scope of the run's tenant, acting as the system.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::system(self.run.tenant_id)
    }
}

/// Proof of a claim, checked wherever the run has an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    run: Uuid,
    fence: i64,
}

impl Lease {
    /// The proof of a claimed run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        Self { run: run.id, fence: run.fence }
    }

    /// Passes while the claim holds, and keeps others from taking the run over until the transaction ends. Call it first in a short
    /// transaction that stores an effect.
    ///
    /// # Errors
    /// [`JobError::Lost`] for a claim that was cancelled or taken over: give up, and let the transaction roll back.
    pub async fn guard(&self, tx: &mut TenantTx) -> Result<(), JobError> {
        if runs::guard(tx, self.run, self.fence).await? { Ok(()) } else { Err(JobError::Lost) }
    }

    /// Ends the run as done inside the transaction of its effect: both happen, or neither. Return the same value from the handler.
    ///
    /// # Errors
    /// [`JobError::Lost`] as for [`Lease::guard`].
    pub async fn finish(&self, tx: &mut TenantTx, result: &Value) -> Result<(), JobError> {
        if runs::finish(tx, self.run, self.fence, result).await? { Ok(()) } else { Err(JobError::Lost) }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub peak_memory: Option<i64>,
    pub log_tail: Option<String>,
}

/// Tells how far a run is. Cheap to call often: writes are thinned out, and the last one always arrives.
#[derive(Clone, Debug)]
pub struct Reporter {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    run: Uuid,
    fence: i64,
    /// Made by the first report, with the task that writes.
    sender: Mutex<Option<watch::Sender<(u8, String)>>>,
    notes: Mutex<Notes>,
}

impl Reporter {
    pub(crate) fn new(store: Store, run: &Run) -> Self {
        Self { inner: Arc::new(Inner { store, run: run.id, fence: run.fence, sender: Mutex::new(None), notes: Mutex::default() }) }
    }

    /// How far it is, 0–100, and what it does now, for people ("Cutting edges").
    pub fn report(&self, percent: u8, step: impl Into<String>) {
        let mut sender = self.inner.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let news = (percent.min(100), step.into());
        match &*sender {
            Some(sender) => drop(sender.send_replace(news)),
            None => {
                let (tx, rx) = watch::channel((0, String::new()));
                tx.send_replace(news);
                tokio::spawn(write_progress(self.inner.store.clone(), self.inner.run, self.inner.fence, rx));
                *sender = Some(tx);
            }
        }
    }

    /// Largest memory of the process that did the work, bytes.
    pub fn peak_memory(&self, bytes: u64) {
        self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner).peak_memory = i64::try_from(bytes).ok();
    }

    /// End of the log of the process that did the work; the last 4,000 bytes are kept with the run.
    pub fn log(&self, text: &str) {
        let from = text.ceil_char_boundary(text.len().saturating_sub(LOG_TAIL));
        self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner).log_tail = Some(text[from..].replace('\0', ""));
    }

    pub(crate) fn take_notes(&self) -> Notes {
        // No progress after the end.
        self.inner.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::mem::take(&mut *self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ends when the reporter is gone. A late write after the run's end is refused by its state.
async fn write_progress(store: Store, run: Uuid, fence: i64, mut news: watch::Receiver<(u8, String)>) {
    while news.changed().await.is_ok() {
        let (percent, step) = news.borrow_and_update().clone();
        match runs::progress(&store, run, fence, percent, &step).await {
            Ok(true) => {}
            Ok(false) => return,
            // Progress is a courtesy: the next one may arrive.
            Err(error) => tracing::debug!(%error, run.id = %run, "progress was not stored"),
        }
        tokio::time::sleep(PROGRESS_EVERY).await;
    }
}
