//! The job engine on Postgres: put in line with the cause, claimed once, fenced, taken over when a worker dies.
//!
//! - [`enqueue`] takes a transaction, never a pool: the work commits with its cause. Runs of one kind and key are shared while open.
//! - [`Worker`] claims with `skip locked`, fairly between tenants; woken by `notify`, polling as a fallback. A claim is a lease of 3 s,
//!   prolonged every three quarters of a second, and carries a fence: whatever an older claim still writes is refused.
//! - A [`Handler`] decides about failure: [`JobError::Retry`] comes back after 1, 2, 4 s, [`JobError::Fail`] ends the run. It must be
//!   idempotent: effects belong in a transaction that calls [`Lease::guard`] or [`Lease::finish`].
//!
//! Invariants: no SQL here (it is in `store::runs`), nothing about what the jobs do, no handler runs inside a transaction.
#![forbid(unsafe_code)]

mod context;
mod error;
mod kinds;
mod worker;

pub use context::{Lease, Reporter, RunContext};
pub use error::JobError;
pub use store::runs::{Enqueued, NewRun, Run, enqueue, enqueue_many};
pub use worker::{Handler, KindConfig, Registry, Worker, WorkerConfig};

use store::{Result, TenantTx};
use uuid::Uuid;

/// Ends an open run, waiting or at work. Its worker's [`RunContext::cancel`] trips within moments of the commit. False when it is not
/// open (or not this tenant's). For requests that share runs use `store::jobs::cancel`.
///
/// # Errors
/// `StoreError`.
pub async fn request_cancel(tx: &mut TenantTx, run: Uuid) -> Result<bool> {
    store::runs::cancel(tx, run).await
}
