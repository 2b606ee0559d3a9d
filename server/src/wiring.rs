//! Puts the parts together: database, ports, services.

use crate::config::Config;
use adapters::blender::{Pool, PoolConfig};
use adapters::blobs::ObjectBlobs;
use adapters::clamd::Clamd;
use adapters::mail::{NoMailer, SmtpMailer};
use adapters::typst::Typst;
use anyhow::Context;
use ports::{Mailer, NoScanner, Scanner, SystemClock, SystemIds};
use services::{Ports, Services, ServicesConfig};
use std::sync::Arc;
use std::time::Duration;
use store::cluster::Cluster;
use store::{Store, StoreConfig};

/// The database, brought to the present version.
pub struct Database {
    /// Open.
    pub store: Store,
    /// The private cluster, when there is no `DATABASE_URL`.
    cluster: Option<Cluster>,
}

impl Database {
    /// Stops the private cluster, cleanly.
    pub async fn stop(self) {
        // What still runs gets a moment; the database then stops under nobody.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.store.close()).await;
        if let Some(cluster) = self.cluster
            && let Err(e) = cluster.stop().await
        {
            tracing::warn!(error = %e, "the private database did not stop cleanly; it recovers at the next start");
        }
    }
}

/// Everything that runs.
pub struct Wired {
    /// Database.
    pub database: Database,
    /// Use cases.
    pub services: Services,
    /// Blender.
    pub blender: Arc<Pool>,
}

impl Wired {
    /// Stops Blender and the private cluster.
    pub async fn stop(self) {
        self.blender.stop().await;
        self.database.stop().await;
    }
}

/// Connects to `DATABASE_URL`, or starts the private cluster, and migrates.
///
/// # Errors
/// One sentence that says what is wrong with the database.
pub async fn database(config: &Config) -> anyhow::Result<Database> {
    let (url, cluster) = match &config.database_url {
        Some(url) => (url.clone(), None),
        None => {
            let cluster = Cluster::start(&config.data_dir).await.context("the private database did not start")?;
            (cluster.url.clone(), Some(cluster))
        }
    };
    let store =
        Store::connect(StoreConfig { master_key: Some(config.master_key.clone()), ..StoreConfig::new(url) }).await.context("the database is not usable")?;
    store.migrate().await?;
    Ok(Database { store, cluster })
}

/// Wires ports and services on the database.
///
/// # Errors
/// One sentence that names the bad setting.
pub async fn wire(config: &Config) -> anyhow::Result<Wired> {
    let database = database(config).await?;
    let blobs = ObjectBlobs::open(&config.storage_url).map_err(|e| anyhow::anyhow!("STORAGE_URL is \"{}\": {e}", config.storage_url))?;
    let mailer: Arc<dyn Mailer> = match &config.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url, &config.mail_from).map_err(|e| anyhow::anyhow!("SMTP_URL is not usable: {e}"))?),
        None => Arc::new(NoMailer),
    };
    let mut pool = PoolConfig::new(config.blender_path.clone().unwrap_or_default(), &config.data_dir);
    pool.max_concurrent = config.blender_max;
    pool.timeout = config.blender_timeout;
    let blender = Pool::new(pool);
    let typesetter = Arc::new(Typst::new(config.typst_python.clone().unwrap_or_default(), &config.data_dir));
    let scanner: Arc<dyn Scanner> = match &config.clamd {
        Some(address) => Arc::new(Clamd::new(address).map_err(|e| anyhow::anyhow!("CLAMD_ADDR is \"{address}\": {e}"))?),
        None => Arc::new(NoScanner),
    };
    let ports = Ports { blender: blender.clone(), blobs: Arc::new(blobs), mailer, typesetter, scanner, clock: Arc::new(SystemClock), ids: Arc::new(SystemIds) };
    let mut settings = ServicesConfig::new(config.secret.as_bytes(), config.public_url.as_str());
    settings.blender_max = u32::try_from(config.blender_max).unwrap_or(u32::MAX);
    let services = Services::new(database.store.clone(), ports, settings).map_err(anyhow::Error::msg)?;
    Ok(Wired { database, services, blender })
}
