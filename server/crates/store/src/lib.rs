//! All SQL of Fitout, and the private Postgres cluster.
//!
//! Three doors, each a transaction:
//! - [`Store::tenant`] → [`TenantTx`]: takes the restricted role and sets the tenant; row-level security shows only that tenant's rows.
//!   A row of another tenant is *nothing found*.
//! - [`Store::public`] → [`PublicTx`]: the same role without a tenant, for look-ups by unguessable token.
//! - [`Store::platform`] → [`PlatformTx`]: the loud exception, for platform tables ([`PLATFORM_TABLES`]). [`PlatformTx::into_tenant`] goes
//!   on as a tenant in the same transaction, so that an account and its first rows and audit entry commit together.
//!
//! The modules are plain functions over these transactions. Look-ups answer `Option`; a change that matched nothing answers `false`,
//! `None` or [`StoreError::Stale`], never silence. Named constraints become codes in [`error`], once.
//!
//! Adding a repository: a module with row structs (`#[derive(sqlx::FromRow)]`), explicit column lists (a running server must survive the
//! next expand migration), functions that take the narrowest transaction, and a test against [`testing::TestDb`].
//!
//! Invariants: no other crate contains SQL; nothing here knows HTTP, Blender or the contract's types.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod assets;
pub mod assets_shared;
pub mod audit;
pub mod bus;
pub mod cluster;
pub mod configurations;
pub mod embeds;
pub mod error;
pub mod idempotency;
pub mod jobs;
pub mod mails;
pub mod page;
pub mod prices;
pub mod products;
mod revision;
pub mod runs;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
pub mod uploads;
pub mod vault;

pub use bus::{Event, RunNote};
pub use error::{StoreError, Violation};
pub use page::Paged;
pub use tx::{AnyTx, PlatformTx, PublicTx, Store, StoreConfig, TenantScope, TenantTx};
pub use vault::{MasterKey, Person};

/// Result of everything here.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Tables without row-level security: people and their keys, sessions, the job engine. Only [`Store::platform`] and a few `security definer` functions
/// reach them. `spatial_ref_sys` comes with PostGIS, `_sqlx_migrations` with sqlx.
pub const PLATFORM_TABLES: [&str; 14] = [
    "_sqlx_migrations",
    "idempotency_keys",
    "invitations",
    "job_runs",
    "job_turns",
    "login_failures",
    "memberships",
    "password_resets",
    "person_keys",
    "refresh_tokens",
    "sessions",
    "spatial_ref_sys",
    "tenants",
    "users",
];
