//! The use cases: implements the facade on store, jobs and ports. Transactions and job handlers live here.
//!
//! Every method first asks the context for its permission; what another tenant owns is *not found* by construction of the store.
//! Blender and mail are called by job handlers only, never inside a transaction.
//!
//! Adding a use case: its trait method in `facade`, its types in `contract`, one function here by area, an audit entry if it changes
//! something, and a line in `server/tests/it/tenancy.rs`.
#![forbid(unsafe_code)]

mod accounts;
mod admin;
mod artefacts;
mod assets;
mod catalogue;
mod configurations;
mod definitions;
mod demo;
mod differences;
mod embeds;
mod engine;
mod errors;
mod events;
mod facts;
mod fields;
mod files;
mod handlers;
mod health;
mod idempotency;
mod inner;
mod mailing;
mod models;
mod papers;
pub mod passwords;
mod posters;
mod prices;
mod products;
mod starter;
mod times;
mod tokens;
mod trail;
mod words;
mod workshop;

pub use crate::handlers::Handlers;
pub use crate::inner::{Ports, ServicesConfig};

use crate::inner::Inner;
use facade::{Facade, Outcome};
use std::sync::Arc;
use store::Store;
use uuid::Uuid;

/// All use cases over one store. Cheap to clone.
#[derive(Clone)]
pub struct Services(Arc<Inner>);

impl Services {
    /// Puts the services together. Does not touch the database.
    ///
    /// # Errors
    /// A sentence for the person who starts the server: a short secret, impossible password costs.
    pub fn new(store: Store, ports: Ports, config: ServicesConfig) -> Result<Self, String> {
        Ok(Self(Arc::new(Inner::new(store, ports, config)?)))
    }

    /// The use cases as the doors see them.
    #[must_use]
    pub fn facade(&self) -> Facade {
        let all = Arc::new(self.clone());
        Facade {
            accounts: all.clone(),
            products: all.clone(),
            configurations: all.clone(),
            jobs: all.clone(),
            admin: all.clone(),
            embeds: all.clone(),
            prices: all.clone(),
            assets: all.clone(),
            files: all.clone(),
            events: all.clone(),
            idempotency: all.clone(),
            health: all,
        }
    }

    /// Makes the showcase workspace that visitors see, if it is missing, and brings its products up to date. Call it at start-up.
    ///
    /// # Errors
    /// The database is away, or a demo product does not compile.
    pub async fn ensure_showcase(&self) -> Outcome<Uuid> {
        starter::showcase(&self.0).await
    }

    /// Forgets what is over (sessions, failed sign-ins, idempotency keys, ended runs) and asks for pictures of products that still lack
    /// them. Call it every hour or so.
    ///
    /// # Errors
    /// The database is away.
    pub async fn sweep(&self) -> Outcome<()> {
        use crate::errors::Refuse;
        let now = self.0.now();
        let mut tx = self.0.store.platform("what is over is swept out").await.refuse()?;
        let sessions = store::accounts::sweep_sessions(&mut tx, now - time::Duration::days(30)).await.refuse()?;
        let failures = store::accounts::sweep_failures(&mut tx, now - time::Duration::days(1)).await.refuse()?;
        let keys = store::idempotency::sweep(&mut tx, std::time::Duration::from_secs(24 * 3600)).await.refuse()?;
        tx.commit().await.refuse()?;
        let runs = store::runs::prune(&self.0.store, std::time::Duration::from_secs(30 * 24 * 3600)).await.refuse()?;
        tracing::info!(sessions, failures, keys, runs, "swept out what is over");
        starter::refresh_pictures(&self.0).await
    }
}
