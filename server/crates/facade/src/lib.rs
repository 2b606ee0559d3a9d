//! The use cases as traits, and the context that each takes: all that doors (`app`, `api`, jobs) see of the server.
//!
//! Invariants: one sequence of steps = one method; no SQL, HTTP or Leptos type crosses this line; every method but signing in
//! takes a [`Ctx`] first, so that "on whose behalf?" has an answer at every line.
#![forbid(unsafe_code)]

pub mod cookies;
pub mod ctx;
pub mod permission;
pub mod traits;

pub use ctx::{Actor, Caller, Ctx, Once, Session};
pub use permission::{Permission, Role};
pub use traits::{
    Accounts, Admin, Assets, Configurations, Download, Embeds, Events, FileBytes, Files, Health, HealthReport, Idempotency, Jobs, Kept, Outcome, Prices,
    Products,
};

use std::sync::Arc;

/// All use cases, as handed to the doors.
#[derive(Clone)]
pub struct Facade {
    /// Sign-up, sign-in, sessions.
    pub accounts: Arc<dyn Accounts>,
    /// Catalogue and configuring.
    pub products: Arc<dyn Products>,
    /// Saved configurations and share pages.
    pub configurations: Arc<dyn Configurations>,
    /// Exact models.
    pub jobs: Arc<dyn Jobs>,
    /// People, audit log, outbox.
    pub admin: Arc<dyn Admin>,
    /// Configurators on other sites.
    pub embeds: Arc<dyn Embeds>,
    /// Price lists.
    pub prices: Arc<dyn Prices>,
    /// Uploaded models and pictures.
    pub assets: Arc<dyn Assets>,
    /// Files behind unguessable addresses.
    pub files: Arc<dyn Files>,
    /// Live events.
    pub events: Arc<dyn Events>,
    /// Idempotency keys.
    pub idempotency: Arc<dyn Idempotency>,
    /// Health.
    pub health: Arc<dyn Health>,
}
