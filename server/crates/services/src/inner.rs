//! What every service stands on: the store, the ports, the caches.

use crate::errors::Refuse;
use crate::passwords::{Cost, Passwords};
use crate::tokens::Tokens;
use contract::{AppError, LiveEvent};
use facade::{Actor, Caller, Ctx, HealthReport, Outcome, Role};
use moka::future::Cache;
use ports::{Blender, Blobs, Clock, IdSource, Mailer, Scanner, Typesetter};
use std::sync::Arc;
use std::time::Duration;
use store::{Store, TenantScope, TenantTx};
use tokio::sync::broadcast;
use uuid::Uuid;

/// Drawings kept in memory, bytes.
const POSTERS: u64 = 32 * 1024 * 1024;

/// The outside systems.
#[derive(Clone)]
pub struct Ports {
    /// Exact models and pictures.
    pub blender: Arc<dyn Blender>,
    /// Files.
    pub blobs: Arc<dyn Blobs>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
    /// Documents.
    pub typesetter: Arc<dyn Typesetter>,
    /// Looks at uploads.
    pub scanner: Arc<dyn Scanner>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn IdSource>,
}

/// How the services behave.
#[derive(Clone, Debug)]
pub struct ServicesConfig {
    /// At least 32 random bytes: signs access tokens, derives refresh tokens.
    pub secret: Vec<u8>,
    /// Address of the site without a trailing slash, in mails and share links.
    pub public_url: String,
    /// How dear a password hash is.
    pub password_cost: Cost,
    /// Password hashes computed at the same time.
    pub hashes_at_once: usize,
    /// How long an access token's session is believed without looking again.
    pub session_cache: Duration,
    /// Blender processes allowed, for the jobs page.
    pub blender_max: u32,
    /// Name of the tenant that visitors see.
    pub showcase_name: String,
}

impl ServicesConfig {
    /// Defaults for a server.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>, public_url: &str) -> Self {
        Self {
            secret: secret.into(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            password_cost: Cost::default(),
            hashes_at_once: std::thread::available_parallelism().map_or(2, usize::from),
            session_cache: Duration::from_secs(3),
            blender_max: 2,
            showcase_name: "Fitout".to_owned(),
        }
    }
}

/// What is known about a session: enough to let a request in without asking the database each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    pub user: Uuid,
    pub email: String,
    pub tenant: Uuid,
    pub role: Role,
}

/// What a version under a price list hangs on: tenant, product, version, list, the list's revision, pieces.
pub(crate) type PricedPlace = (Uuid, Uuid, i64, Uuid, i64, u32);

/// Shared by all services.
pub(crate) struct Inner {
    pub store: Store,
    pub ports: Ports,
    pub config: ServicesConfig,
    pub passwords: Passwords,
    pub tokens: Tokens,
    pub sessions: Cache<Uuid, Admitted>,
    pub compiled: Cache<(Uuid, Uuid, i64), Arc<crate::catalogue::Version>>,
    /// Newest published version by (tenant, product). Short-lived: another server may publish.
    pub current: Cache<(Uuid, Uuid), Arc<crate::catalogue::Version>>,
    /// Price lists of a tenant. Short-lived: another server may change them.
    pub lists: Cache<Uuid, Arc<Vec<crate::prices::List>>>,
    /// Versions under price lists.
    pub priced: Cache<PricedPlace, Arc<crate::catalogue::Version>>,
    /// Median run of a tenant's requests of a kind, ms.
    pub medians: Cache<(Uuid, &'static str), Option<i64>>,
    /// Artefact keys of saved configurations: (tenant, product, version, configuration's key).
    pub artefact_keys: Cache<(Uuid, Uuid, i64, String), String>,
    /// Drawings by fingerprint of the version and key of the choices, a few dozen kilobytes each.
    pub posters: Cache<(String, String), bytes::Bytes>,
    /// State of the parts. A look writes and syncs a probe file and asks the database: a second old is fresh enough.
    pub health: Cache<(), HealthReport>,
    pub showcase: tokio::sync::OnceCell<Uuid>,
    pub events: broadcast::Sender<(Uuid, LiveEvent)>,
    pub pump: std::sync::Once,
}

impl Inner {
    pub(crate) fn new(store: Store, ports: Ports, config: ServicesConfig) -> Result<Self, String> {
        if config.secret.len() < 32 {
            return Err(format!("The secret has {} bytes: it needs at least 32.", config.secret.len()));
        }
        Ok(Self {
            passwords: Passwords::new(config.password_cost, config.hashes_at_once)?,
            tokens: Tokens::new(&config.secret),
            sessions: Cache::builder().max_capacity(50_000).time_to_live(config.session_cache).build(),
            compiled: Cache::builder().max_capacity(500).build(),
            current: Cache::builder().max_capacity(5_000).time_to_live(Duration::from_millis(500)).build(),
            lists: Cache::builder().max_capacity(5_000).time_to_live(Duration::from_millis(500)).build(),
            priced: Cache::builder().max_capacity(500).build(),
            medians: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build(),
            artefact_keys: Cache::builder().max_capacity(20_000).build(),
            posters: Cache::builder().max_capacity(POSTERS).weigher(|_, drawing: &bytes::Bytes| u32::try_from(drawing.len()).unwrap_or(u32::MAX)).build(),
            health: Cache::builder().max_capacity(1).time_to_live(Duration::from_secs(1)).build(),
            showcase: tokio::sync::OnceCell::new(),
            events: broadcast::channel(1024).0,
            pump: std::sync::Once::new(),
            store,
            ports,
            config,
        })
    }

    pub(crate) fn now(&self) -> time::OffsetDateTime {
        self.ports.clock.now()
    }

    /// A transaction on behalf of the caller.
    pub(crate) async fn tx(&self, ctx: &Ctx) -> Outcome<TenantTx> {
        self.store.tenant(&scope(ctx)).await.refuse()
    }

    /// A transaction of the system for a tenant.
    pub(crate) async fn system(&self, tenant: Uuid) -> Outcome<TenantTx> {
        self.store.tenant(&TenantScope::system(tenant)).await.refuse()
    }

    /// Name of a workspace, for pages that people without an account see.
    pub(crate) async fn organization(&self, tenant: Uuid) -> Outcome<Option<String>> {
        let mut platform = self.store.platform("a page for people without an account names the organization behind it").await.refuse()?;
        Ok(store::accounts::tenant(&mut platform, tenant).await.refuse()?.map(|t| t.name))
    }

    /// Absolute address of a path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.config.public_url)
    }
}

/// The store's view of a context.
pub(crate) fn scope(ctx: &Ctx) -> TenantScope {
    TenantScope { tenant: ctx.tenant, user: ctx.user_id(), actor: ctx.actor_name(), ip: ctx.caller.ip.clone(), agent: ctx.caller.agent.clone() }
}

/// The workspace itself, on behalf of somebody who may not do it by themselves.
pub(crate) fn on_behalf(ctx: &Ctx) -> Ctx {
    Ctx { actor: Actor::System, tenant: ctx.tenant, caller: Caller { once: None, ..ctx.caller.clone() } }
}

/// 404 for nothing found.
pub(crate) fn found<T>(row: Option<T>, what: &str) -> Outcome<T> {
    row.ok_or_else(|| AppError::not_found(what))
}
