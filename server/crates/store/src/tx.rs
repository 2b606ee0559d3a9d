//! The store and its three kinds of transaction.

use crate::bus::{Bus, EVENTS, Event, RunNote};
use crate::configurations::Saver;
use crate::vault::{self, MasterKey, Vault};
use crate::{Result, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Postgres, Transaction};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use uuid::Uuid;

pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../../migrations");

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `postgres://…`.
    pub url: String,
    /// Connections kept at most.
    pub max_connections: u32,
    /// Shown in `pg_stat_activity`.
    pub application_name: String,
    /// How long a call waits for a free connection before it answers [`StoreError::Unavailable`].
    pub acquire_timeout: Duration,
    /// Wraps the keys that personal data is sealed under. Without it nothing personal can be stored in the audit log.
    pub master_key: Option<MasterKey>,
}

impl StoreConfig {
    /// Defaults for a server, without a master key.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 20,
            application_name: "fitout".to_owned(),
            // With the database gone a person hears of it after about two seconds.
            acquire_timeout: Duration::from_millis(1_800),
            master_key: None,
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    bus: Arc<Bus>,
    options: PgConnectOptions,
    patience: Duration,
    vault: Option<Arc<Vault>>,
    saver: Arc<Saver>,
}

/// Between two tries to begin on connections that turn out to be dead.
const BREATH: Duration = Duration::from_millis(20);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("connections", &self.pool.size()).finish_non_exhaustive()
    }
}

/// On whose behalf a tenant transaction runs. Goes into its audit entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantScope {
    /// Whose rows are visible.
    pub tenant: Uuid,
    /// Person, when one is signed in.
    pub user: Option<Uuid>,
    /// Name for the audit log: mail address, `visitor` or `system`.
    pub actor: String,
    /// Address of the caller.
    pub ip: Option<String>,
    /// Browser or program.
    pub agent: Option<String>,
}

impl TenantScope {
    /// The system itself at work for a tenant.
    #[must_use]
    pub fn system(tenant: Uuid) -> Self {
        Self { tenant, user: None, actor: "system".to_owned(), ip: None, agent: None }
    }
}

impl Store {
    /// Connects and checks that the database can hold Fitout. Does not migrate.
    ///
    /// # Errors
    /// [`StoreError::Setup`] with a sentence for a bad address, a too old Postgres or a user without the needed rights;
    /// [`StoreError::Unavailable`] when nothing answers.
    pub async fn connect(config: StoreConfig) -> Result<Self> {
        if !config.url.starts_with("postgres://") && !config.url.starts_with("postgresql://") {
            return Err(StoreError::Setup("DATABASE_URL is not a Postgres address: it begins with postgres:// or postgresql://.".to_owned()));
        }
        let options = PgConnectOptions::from_str(&config.url)
            .map_err(|e| StoreError::Setup(format!("DATABASE_URL is not a Postgres address: {e}.")))?
            .application_name(&config.application_name)
            .options([("statement_timeout", "30s"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "30s")]);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(config.acquire_timeout)
            // Beginning a transaction tells whether a connection lives; asking before would double its cost.
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await?;
        let (version, may_bypass): (i32, bool) =
            sqlx::query_as("select current_setting('server_version_num')::int, rolsuper or rolbypassrls from pg_roles where rolname = current_user")
                .fetch_one(&pool)
                .await?;
        if version < 150_000 {
            return Err(StoreError::Setup(format!("The database runs PostgreSQL {}; Fitout needs 15 or newer.", version / 10_000)));
        }
        if !may_bypass {
            return Err(StoreError::Setup(
                "The database user must be able to pass row-level security (a superuser, or `alter role … bypassrls`): sign-in, the job \
                 engine and product search work across tenants."
                    .to_owned(),
            ));
        }
        let bus = Arc::new(Bus::new(options.clone()));
        let vault = config.master_key.as_ref().map(|key| Arc::new(Vault::new(key)));
        Ok(Self { pool, bus, options, patience: config.acquire_timeout, vault, saver: Arc::default() })
    }

    /// Brings the schema up to date. Several servers may call it at once: a lock lets one work.
    ///
    /// # Errors
    /// [`StoreError::Setup`] with the migration that failed, or for another master key than the one that personal data was sealed with.
    pub async fn migrate(&self) -> Result<()> {
        // Its own connection: a migration may take longer than a request's statement may.
        let mut connection = self.options.clone().options([("statement_timeout", "0"), ("lock_timeout", "0")]).connect().await?;
        let done = MIGRATIONS.run(&mut connection).await.map_err(|e| StoreError::Setup(format!("The database could not be migrated: {e}.")));
        let known = match (&done, &self.vault) {
            (Ok(()), Some(vault)) => vault::check(&mut connection, vault).await,
            _ => Ok(()),
        };
        connection.close().await.ok();
        done.and(known)
    }

    /// A transaction for one tenant's data. Dropping it without [`TenantTx::commit`] undoes it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn tenant(&self, scope: &TenantScope) -> Result<TenantTx> {
        let tx = self.begin(&restricted(Some(scope.tenant))).await?;
        Ok(TenantTx { tx, scope: scope.clone(), vault: self.vault.clone(), news: Vec::new(), wakes: self.wakes() })
    }

    /// A transaction past row-level security, for platform tables. `reason` says why, at every call; `cargo xtask tidy` lists the uses.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn platform(&self, reason: &'static str) -> Result<PlatformTx> {
        tracing::trace!(reason, "platform transaction");
        Ok(PlatformTx { tx: self.begin("begin").await?, vault: self.vault.clone(), wakes: self.wakes() })
    }

    /// A transaction without a tenant, for look-ups by unguessable token. It sees no tenant's rows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn public(&self) -> Result<PublicTx> {
        Ok(PublicTx { tx: self.begin(&restricted(None)).await? })
    }

    fn wakes(&self) -> Wakes {
        Wakes { kinds: Vec::new(), runs: self.bus.notes() }
    }

    /// Begins a transaction by `sql`, in one round trip. A connection of the pool that died meanwhile (the database was restarted) is
    /// passed over for the next one. Runs in a task of its own: whoever asked may give up (a browser that went away), and a begin cut off half-way
    /// would leave the connection inside a transaction that the pool knows nothing of.
    async fn begin(&self, sql: &str) -> Result<Transaction<'static, Postgres>> {
        let until = Instant::now() + self.patience;
        loop {
            let (pool, sql) = (self.pool.clone(), sql.to_owned());
            let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(sql)).await }).await;
            let error = match begun.unwrap_or(Err(sqlx::Error::PoolClosed)) {
                Ok(tx) => return Ok(tx),
                Err(error @ (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)) => return Err(error.into()),
                Err(error) => StoreError::from(error),
            };
            if !matches!(error, StoreError::Unavailable(_)) || Instant::now() >= until {
                return Err(error);
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Whether the database answers, for health checks.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ping(&self) -> Result<()> {
        Ok(self.begin("begin").await?.rollback().await?)
    }

    /// Live events of all tenants from now on. Receivers that fall 1,024 events behind lose the oldest.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.bus.events()
    }

    /// Wake-ups and cancellations for workers.
    #[must_use]
    pub fn listen_runs(&self) -> broadcast::Receiver<RunNote> {
        self.bus.runs()
    }

    /// Waits until the listener is connected: what happens from then on is heard. For tests and for workers before they first look.
    pub async fn listening(&self) {
        self.bus.ready().await;
    }

    /// Connections: in use, open.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        (self.pool.size().saturating_sub(idle), self.pool.size())
    }

    /// Ends all connections; waits for those in use.
    pub async fn close(&self) {
        self.bus.stop();
        self.pool.close().await;
    }

    pub(crate) fn vault(&self) -> Option<&Arc<Vault>> {
        self.vault.as_ref()
    }

    pub(crate) fn saver(&self) -> &Saver {
        &self.saver
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// Begins a transaction with the restricted role and the tenant, all in one message: there is no moment without them. A UUID needs no
/// escaping.
fn restricted(tenant: Option<Uuid>) -> String {
    let tenant = tenant.map(|t| t.to_string()).unwrap_or_default();
    format!("begin; set local role fitout_app; set local app.tenant_id = '{tenant}'")
}

/// Takes the restricted role and the tenant until the transaction ends, in one round trip.
async fn restrict(tx: &mut Transaction<'static, Postgres>, tenant: Uuid) -> Result<()> {
    sqlx::query("select set_config('role', 'fitout_app', true), set_config('app.tenant_id', $1, true)").bind(tenant.to_string()).execute(&mut **tx).await?;
    Ok(())
}

fn sealed_by(vault: Option<&Arc<Vault>>) -> Result<&Arc<Vault>> {
    vault.ok_or_else(|| StoreError::Setup("There is no master key, so nothing personal can be stored.".to_owned()))
}

/// Kinds of work that a transaction puts in line. Workers of this process begin with its commit; the database tells those of others, a moment later.
#[derive(Debug)]
struct Wakes {
    kinds: Vec<String>,
    runs: broadcast::Sender<RunNote>,
}

impl Wakes {
    fn add(&mut self, kind: &str) {
        if !self.kinds.iter().any(|k| k == kind) {
            self.kinds.push(kind.to_owned());
        }
    }
    fn tell(self) {
        for kind in self.kinds {
            // Nobody works here: others hear of it.
            self.runs.send(RunNote::Work(kind)).ok();
        }
    }
}

/// A transaction bound to one tenant.
#[derive(Debug)]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    scope: TenantScope,
    vault: Option<Arc<Vault>>,
    /// Events to be announced, as they go over the wire: with the audit entry, or else with the commit.
    news: Vec<String>,
    wakes: Wakes,
}

impl TenantTx {
    pub(crate) fn vault(&self) -> Result<&Arc<Vault>> {
        sealed_by(self.vault.as_ref())
    }
    /// On whose behalf it runs.
    #[must_use]
    pub fn scope(&self) -> &TenantScope {
        &self.scope
    }
    /// Whose rows it sees.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.scope.tenant
    }
    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError`] when a deferred constraint or the connection fails: then nothing of it lasts.
    pub async fn commit(mut self) -> Result<()> {
        let news = self.take_news();
        if !news.is_empty() {
            sqlx::query("select pg_notify($1, n) from unnest($2::text[]) n").bind(EVENTS).bind(news).execute(&mut *self.tx).await?;
        }
        self.tx.commit().await?;
        self.wakes.tell();
        Ok(())
    }
    pub(crate) fn add_news(&mut self, payload: String) {
        self.news.push(payload);
    }
    /// What nobody has sent yet: whoever takes it sends it.
    pub(crate) fn take_news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }
    /// Undoes it now rather than on drop.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is undone all the same.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.tx.rollback().await?)
    }
}

/// A transaction past row-level security.
#[derive(Debug)]
pub struct PlatformTx {
    tx: Transaction<'static, Postgres>,
    vault: Option<Arc<Vault>>,
    wakes: Wakes,
}

impl PlatformTx {
    pub(crate) fn vault(&self) -> Result<&Arc<Vault>> {
        sealed_by(self.vault.as_ref())
    }
    /// Goes on as a tenant in the same transaction. There is no way back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn into_tenant(mut self, scope: &TenantScope) -> Result<TenantTx> {
        restrict(&mut self.tx, scope.tenant).await?;
        Ok(TenantTx { tx: self.tx, scope: scope.clone(), vault: self.vault, news: Vec::new(), wakes: self.wakes })
    }
    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing of it lasts.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        self.wakes.tell();
        Ok(())
    }
}

/// A transaction that sees no tenant's rows.
#[derive(Debug)]
pub struct PublicTx {
    tx: Transaction<'static, Postgres>,
}

mod sealed {
    /// Gives this crate the connection; no other crate can name it.
    pub trait Conn {
        fn conn(&mut self) -> &mut sqlx::PgConnection;
    }
}
pub(crate) use sealed::Conn;

impl Conn for TenantTx {
    fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}
impl Conn for PlatformTx {
    fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}
impl Conn for PublicTx {
    fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// A tenant's or a platform transaction: what jobs are put in line with.
pub trait AnyTx: Conn + Send {
    /// The tenant it is bound to, if it is bound to one.
    fn bound_tenant(&self) -> Option<Uuid>;
    /// Has workers of this process look for work of this kind when it commits.
    fn wake(&mut self, kind: &str);
}
impl AnyTx for TenantTx {
    fn bound_tenant(&self) -> Option<Uuid> {
        Some(self.scope.tenant)
    }
    fn wake(&mut self, kind: &str) {
        self.wakes.add(kind);
    }
}
impl AnyTx for PlatformTx {
    fn bound_tenant(&self) -> Option<Uuid> {
        None
    }
    fn wake(&mut self, kind: &str) {
        self.wakes.add(kind);
    }
}
