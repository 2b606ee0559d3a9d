//! A database per test, cloned from a migrated template: isolation without paying for the migrations each time.
//!
//! The cluster is private to tests (no fsync), lies under `$FITOUT_CACHE/testpg`, is started by the first test process that needs it,
//! shared by all later ones and stopped when nobody has used it for a while.

mod proxy;

pub use proxy::Proxy;

use crate::cluster::{Cluster, Durability};
use crate::tx::{MIGRATIONS, Store, StoreConfig};
use crate::vault::MasterKey;
use crate::{Result, StoreError};
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

const TEMPLATE_PREFIX: &str = "fitout_template_";
const TEST_PREFIX: &str = "fitout_test_";

/// A fresh, migrated database; dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    /// Connected to it.
    pub store: Store,
    /// Its address.
    pub url: String,
    name: String,
    admin: PgConnectOptions,
}

impl TestDb {
    /// Makes a database from the template.
    ///
    /// # Errors
    /// [`StoreError`] when the test cluster cannot be started.
    pub async fn create() -> Result<Self> {
        let cluster = CLUSTER
            .get_or_try_init(|| async {
                let cluster = Cluster::start_with(&folder(), Durability::None).await?;
                cluster.keep_for_tests();
                Ok::<_, StoreError>(cluster)
            })
            .await?;
        let admin = PgConnectOptions::from_str(&cluster.url)?;
        let template = TEMPLATE.get_or_try_init(|| template(&admin, &cluster.url)).await?;
        let name = format!("{TEST_PREFIX}{}_{}_{:08x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed), rand::random::<u32>());
        let mut connection = admin.connect().await?;
        run(&mut connection, format!("create database {name} template {template}")).await?;
        connection.close().await?;
        let url = with_database(&cluster.url, &name);
        let store = Store::connect(config(&url)).await?;
        Ok(Self { store, url, name, admin })
    }

    /// Runs SQL past every door, for tests of what the doors must not allow.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sql(&self, sql: &str) -> Result<u64> {
        Ok(sqlx::raw_sql(AssertSqlSafe(sql)).execute(self.store.pool()).await?.rows_affected())
    }

    /// The one value that some SQL answers, as text; empty for null.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn value(&self, sql: &str) -> Result<String> {
        let sql = format!("select coalesce(({sql})::text, '')");
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(self.store.pool()).await?)
    }
}

/// How tests connect, through a [`Proxy`] too.
#[must_use]
pub fn config(url: &str) -> StoreConfig {
    StoreConfig { max_connections: 16, master_key: MasterKey::from_hex(&"7e".repeat(32)), ..StoreConfig::new(url) }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // A test may end inside or outside of a runtime: the clean-up brings its own.
        let clean_up = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = admin.connect().await.ok()?;
                run(&mut connection, format!("drop database if exists {name} with (force)")).await.ok()
            })
        });
        // What it leaves is swept by a later run.
        clean_up.join().ok();
    }
}

fn folder() -> PathBuf {
    let cache = std::env::var_os("FITOUT_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let home = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache")));
        home.unwrap_or_else(std::env::temp_dir).join("fitout")
    });
    cache.join("testpg")
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// `postgres://…/fitout?…` with another database.
fn with_database(url: &str, name: &str) -> String {
    let (before, after) = url.split_once('?').unwrap_or((url, ""));
    let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
    format!("{base}/{name}?{after}")
}

/// The template for exactly these migrations; the first process makes it, the others wait.
async fn template(admin: &PgConnectOptions, url: &str) -> Result<String> {
    let mut hash = Sha256::new();
    for migration in MIGRATIONS.iter() {
        hash.update(&migration.checksum);
    }
    let name: String = hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect();
    let name = format!("{TEMPLATE_PREFIX}{name}");
    let mut connection = admin.connect().await?;
    sqlx::query("select pg_advisory_lock(4091721)").execute(&mut connection).await?;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)").bind(&name).fetch_one(&mut connection).await?;
    if !exists {
        sweep(&mut connection).await?;
        let building = format!("{TEST_PREFIX}{}_template", std::process::id());
        run(&mut connection, format!("drop database if exists {building} with (force)")).await?;
        run(&mut connection, format!("create database {building} template template0")).await?;
        let store = Store::connect(StoreConfig { max_connections: 2, ..StoreConfig::new(with_database(url, &building)) }).await?;
        let migrated = store.migrate().await;
        store.close().await;
        migrated?;
        // Only a whole template gets the name.
        run(&mut connection, format!("alter database {building} rename to {name}")).await?;
    } else if std::process::id().is_multiple_of(16) {
        sweep(&mut connection).await?;
    }
    connection.close().await?;
    Ok(name)
}

/// Removes databases of test processes that are gone, and templates of long ago.
async fn sweep(connection: &mut PgConnection) -> Result<()> {
    let names: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname like 'fitout\\_test\\_%' order by oid").fetch_all(&mut *connection).await?;
    for name in names {
        let pid = name.trim_start_matches(TEST_PREFIX).split('_').next().and_then(|p| p.parse::<i32>().ok()).and_then(rustix::process::Pid::from_raw);
        if pid.is_none_or(|pid| matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))) {
            run(connection, format!("drop database if exists {name} with (force)")).await?;
        }
    }
    let templates: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname like 'fitout\\_template\\_%' order by oid").fetch_all(&mut *connection).await?;
    for name in templates.iter().rev().skip(5) {
        run(connection, format!("drop database if exists {name}")).await?;
    }
    Ok(())
}
