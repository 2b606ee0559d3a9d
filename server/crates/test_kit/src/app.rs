//! The whole server but its doors, on a database of its own.

use crate::{FakeBlender, FolderBlobs};
use facade::Facade;
use ports::{FakeClock, FakeMailer, FakeScanner, FakeTypesetter, Mail, MailError, Mailer, SystemIds};
use services::passwords::Cost;
use services::{Ports, Services, ServicesConfig};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use store::testing::TestDb;
use store::{Store, TenantScope};

/// How an app differs from the usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// No mail server: mails stay in the outbox.
    pub without_mail: bool,
    /// Sessions are looked up at every request instead of every few seconds.
    pub no_session_cache: bool,
}

/// An app under test. Cheap to clone; the database goes with the last clone.
#[derive(Clone)]
pub struct TestApp(Arc<Parts>);

/// What a test can reach into.
pub struct Parts {
    /// The use cases.
    pub facade: Facade,
    /// Their implementation, for engines of a test's own.
    pub services: Services,
    /// The database's doors.
    pub store: Store,
    /// The scriptable Blender.
    pub blender: Arc<FakeBlender>,
    /// Mails that were handed over.
    pub mailer: Arc<FakeMailer>,
    /// Documents that were to be set.
    pub typesetter: Arc<FakeTypesetter>,
    /// The scriptable virus scanner.
    pub scanner: Arc<FakeScanner>,
    /// The files.
    pub blobs: Arc<FolderBlobs>,
    /// Stands still until told; begins at the present minute.
    pub clock: FakeClock,
    /// The database itself, for what no door allows.
    pub db: TestDb,
}

impl Deref for TestApp {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// A mailer that delivers nothing.
struct NoMailer;

#[async_trait::async_trait]
impl Mailer for NoMailer {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        Err(MailError::Transport("no mail server is configured".to_owned()))
    }
    fn delivers(&self) -> bool {
        false
    }
}

impl TestApp {
    /// A fresh app.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// A fresh app that differs from the usual.
    pub async fn start_with(options: Options) -> Self {
        let db = TestDb::create().await.expect("a test database");
        let blender = Arc::new(FakeBlender::default());
        let mailer = Arc::new(FakeMailer::default());
        let typesetter = Arc::new(FakeTypesetter::default());
        let scanner = Arc::new(FakeScanner::default());
        let blobs = Arc::new(FolderBlobs::new().expect("a temporary folder"));
        let clock = FakeClock::at(time::OffsetDateTime::now_utc());
        let ports = Ports {
            blender: blender.clone(),
            blobs: blobs.clone(),
            mailer: if options.without_mail { Arc::new(NoMailer) } else { mailer.clone() },
            typesetter: typesetter.clone(),
            scanner: scanner.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SystemIds),
        };
        let mut config = ServicesConfig::new(b"a secret for tests, 32 bytes long".as_slice(), "http://fitout.test");
        config.password_cost = Cost::cheap();
        if options.no_session_cache {
            config.session_cache = Duration::ZERO;
        }
        let store = db.store.clone();
        let services = Services::new(store.clone(), ports, config).expect("services");
        let facade = services.facade();
        Self(Arc::new(Parts { facade, services, store, blender, mailer, typesetter, scanner, blobs, clock, db }))
    }

    /// The token in the newest link that was mailed to this address.
    pub async fn link_token(&self, email: &str) -> String {
        let body = self
            .db
            .value(&format!(
                "select body from mails where recipient = '{}' and body like '%token=%' order by created_at desc, id desc limit 1",
                email.replace('\'', "''")
            ))
            .await
            .expect("mails");
        let from = body.find("token=").map(|i| i + "token=".len()).unwrap_or_else(|| panic!("no link was mailed to {email}"));
        body[from..].chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    /// The system's scope in a workspace, for looking into the store.
    #[must_use]
    pub fn system(tenant: uuid::Uuid) -> TenantScope {
        TenantScope::system(tenant)
    }
}
