//! A facade in memory: just enough answers for the door to be looked at.

use async_trait::async_trait;
use bytes::Bytes;
use contract::*;
use facade::{Actor, Caller, Ctx, Download, Facade, FileBytes, HealthReport, Kept, Outcome, Permission, Role};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::broadcast;
use uuid::Uuid;

/// The one thing of each kind that exists, in tenant A.
pub const THING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// Tenant A.
pub const TENANT_A: Uuid = Uuid::from_u128(0xa);
/// Tenant B.
pub const TENANT_B: Uuid = Uuid::from_u128(0xb);
/// Token of the one file.
pub const FILE: &str = "0123456789abcdef0123456789abcdef";

type Keys = HashMap<(String, String), (String, Kept)>;

pub struct Fake {
    pub effects: AtomicUsize,
    pub ended: AtomicBool,
    pub database: Mutex<String>,
    pub keys: Mutex<Keys>,
    pub events: broadcast::Sender<(Uuid, LiveEvent)>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            effects: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            database: Mutex::new("ok".to_owned()),
            keys: Mutex::default(),
            events: broadcast::channel(64).0,
        }
    }
}

impl Fake {
    pub fn facade(self: &Arc<Self>) -> Facade {
        Facade {
            accounts: self.clone(),
            products: self.clone(),
            configurations: self.clone(),
            jobs: self.clone(),
            admin: self.clone(),
            embeds: self.clone(),
            prices: self.clone(),
            assets: self.clone(),
            files: self.clone(),
            events: self.clone(),
            idempotency: self.clone(),
            health: self.clone(),
        }
    }
    fn effect(&self) -> usize {
        self.effects.fetch_add(1, Ordering::SeqCst) + 1
    }
    /// As a use case does: the answer is kept with the effect.
    fn once<T: serde::Serialize>(&self, caller: &Caller, answer: T) -> T {
        if let Some(once) = &caller.once {
            let body = if once.secret { b"{}".to_vec() } else { serde_json::to_vec(&answer).expect("JSON") };
            let kept = (once.request_hash.clone(), Kept { status: once.status, body: body.into() });
            self.keys.lock().expect("whole").insert((once.scope.clone(), once.key.clone()), kept);
        }
        answer
    }
}

/// The fake's thing, for callers of tenant A.
fn own(ctx: &Ctx, id: &str) -> Outcome<()> {
    if ctx.tenant == TENANT_A && id == THING { Ok(()) } else { Err(AppError::not_found("thing")) }
}

fn pair(access: &str, refresh: &str) -> SignedIn {
    SignedIn { access_token: access.to_owned(), refresh_token: refresh.to_owned(), expires_in: 900, role: "admin".to_owned(), ..SignedIn::default() }
}

#[async_trait]
impl facade::Accounts for Fake {
    async fn register(&self, caller: &Caller, request: Register) -> Outcome<SignedIn> {
        if request.email == "taken@example.com" {
            return Err(AppError::new(ErrorKind::Conflict, "email_taken", "This address has an account."));
        }
        self.effect();
        Ok(self.once(caller, pair("admin-a", "r1")))
    }
    async fn login(&self, _: &Caller, request: Login) -> Outcome<SignedIn> {
        if request.password == "wrong" { Err(AppError::unauthenticated()) } else { Ok(pair("admin-a", "r1")) }
    }
    async fn refresh(&self, _: &Caller, token: &str) -> Outcome<SignedIn> {
        if token == "r1" { Ok(pair("admin-a", "r2")) } else { Err(AppError::unauthenticated()) }
    }
    async fn logout(&self, _: &Ctx) -> Outcome<()> {
        self.effect();
        Ok(())
    }
    async fn logout_by_refresh(&self, _: &Caller, _: &str) -> Outcome<()> {
        Ok(())
    }
    async fn switch(&self, _: &Ctx, _: Switch) -> Outcome<SignedIn> {
        Ok(pair("admin-b", "r1"))
    }
    async fn authenticate(&self, caller: &Caller, token: &str) -> Outcome<Ctx> {
        let (role, tenant) = match token {
            "admin-a" if !self.ended.load(Ordering::SeqCst) => (Role::Admin, TENANT_A),
            "viewer-a" => (Role::Viewer, TENANT_A),
            "admin-b" => (Role::Admin, TENANT_B),
            "down" => return Err(AppError::new(ErrorKind::Unavailable, "database_away", "The database is away.")),
            _ => return Err(AppError::unauthenticated()),
        };
        let actor = Actor::User {
            id: Uuid::from_u128(1),
            email: "a@example.com".to_owned(),
            session: Uuid::from_u128(token.bytes().fold(7, |n, b| n * 31 + u128::from(b))),
            role,
        };
        Ok(Ctx { actor, tenant, caller: caller.clone() })
    }
    async fn visitor(&self, caller: &Caller) -> Outcome<Ctx> {
        Ok(Ctx { actor: Actor::Visitor, tenant: TENANT_A, caller: caller.clone() })
    }
    async fn me(&self, ctx: &Ctx) -> Outcome<Me> {
        Ok(Me { role: ctx.actor_name(), ..Me::default() })
    }
    async fn forgot_password(&self, _: &Caller, _: ForgotPassword) -> Outcome<()> {
        Ok(())
    }
    async fn reset_password(&self, _: &Caller, _: ResetPassword) -> Outcome<SignedIn> {
        Ok(pair("admin-a", "r1"))
    }
    async fn accept_invite(&self, _: &Caller, _: AcceptInvite) -> Outcome<SignedIn> {
        Ok(pair("admin-a", "r1"))
    }
}

fn detail() -> ProductDetail {
    ProductDetail { card: ProductCard { id: THING.to_owned(), name: "Tarn".repeat(500), ..ProductCard::default() }, revision: 3, ..ProductDetail::default() }
}

#[async_trait]
impl facade::Products for Fake {
    async fn list(&self, _: &Ctx, query: ProductQuery) -> Outcome<Page<ProductCard>> {
        assert_ne!(query.search.as_deref(), Some("panic"), "asked to panic");
        match (query.search.as_deref(), query.cursor.as_deref()) {
            (Some("slow"), _) => tokio::time::sleep(Duration::from_secs(60)).await,
            (_, Some(_)) => return Err(AppError::new(ErrorKind::Malformed, "malformed_cursor", "The cursor is not from here.")),
            _ => {}
        }
        // What the door understood, in a place that a test can read.
        let card = ProductCard {
            name: format!("{:?}", query.category),
            price: Money { currency: "USD".to_owned(), minor: query.min_price.map_or(-1, Amount::units) },
            ..ProductCard::default()
        };
        Ok(Page { items: vec![card], next_cursor: None })
    }
    async fn categories(&self, _: &Ctx, _: ProductQuery) -> Outcome<Vec<CategoryCount>> {
        Ok(Vec::new())
    }
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<ProductDetail> {
        own(ctx, id).map(|()| detail())
    }
    async fn create(&self, ctx: &Ctx, _: Value) -> Outcome<ProductDetail> {
        ctx.require(Permission::ProductsWrite)?;
        self.effect();
        Ok(self.once(&ctx.caller, detail()))
    }
    async fn update(&self, ctx: &Ctx, id: &str, _: Value, if_match: Option<i64>) -> Outcome<ProductDetail> {
        own(ctx, id)?;
        if if_match.is_some_and(|r| r != 3) { Err(AppError::new(ErrorKind::Stale, "stale", "Changed since.")) } else { Ok(detail()) }
    }
    async fn publish(&self, ctx: &Ctx, id: &str, _: Option<i64>) -> Outcome<ProductDetail> {
        own(ctx, id).map(|()| detail())
    }
    async fn definition(&self, ctx: &Ctx, id: &str) -> Outcome<DefinitionText> {
        own(ctx, id).map(|()| DefinitionText::default())
    }
    async fn check(&self, ctx: &Ctx, id: &str, _: String) -> Outcome<DefinitionCheck> {
        own(ctx, id).map(|()| DefinitionCheck::default())
    }
    async fn edit(&self, ctx: &Ctx, edit: EditDefinition) -> Outcome<String> {
        ctx.require(Permission::ProductsWrite).map(|()| edit.text)
    }
    async fn copy(&self, ctx: &Ctx, id: &str) -> Outcome<ProductDetail> {
        own(ctx, id)?;
        self.effect();
        Ok(self.once(&ctx.caller, detail()))
    }
    async fn configure(&self, ctx: &Ctx, id: &str, request: ConfigureRequest) -> Outcome<ConfigureResponse> {
        own(ctx, id)?;
        match request.config_data.keys().find(|k| *k != "width") {
            Some(k) => Err(AppError::invalid_at(&format!("/config_data/{k}"), "There is no such option.")),
            None => Ok(ConfigureResponse { valid: true, ..ConfigureResponse::default() }),
        }
    }
    async fn workshop(&self, ctx: &Ctx, id: &str, _: WorkshopRequest) -> Outcome<Workshop> {
        own(ctx, id).map(|()| Workshop::default())
    }
    async fn workshop_file(&self, _: &Ctx, id: &str, request: WorkshopRequest, name: String) -> Outcome<Download> {
        if id != THING || name != "lists.xlsx" {
            return Err(AppError::not_found("file"));
        }
        let data = format!("{} {}", request.stock.kerf, request.config_data.len()).into_bytes().into();
        Ok(Download { data, content_type: "application/zip", name: "lists.xlsx".to_owned() })
    }
    async fn drawing(&self, _: &Ctx, _: &str, _: ConfigData) -> Outcome<Download> {
        Err(AppError::not_found("page"))
    }
    async fn configurator(&self, _: &Ctx, _: &str, _: ConfigData, _: PriceFor) -> Outcome<ConfiguratorData> {
        Err(AppError::internal())
    }
}

#[async_trait]
impl facade::Configurations for Fake {
    async fn create(&self, ctx: &Ctx, request: NewConfiguration) -> Outcome<Configuration> {
        ctx.require(Permission::ConfigurationsWrite)?;
        if request.product_id.is_empty() {
            return Err(AppError::invalid_at("/product_id", "Which product?"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let saved = Configuration { id: THING.to_owned(), name: format!("no. {}", self.effect()), revision: 1, ..Configuration::default() };
        if request.name == "overtaken" {
            // Another server was quicker with an equal request.
            self.once(&ctx.caller, saved);
            return Err(AppError::new(ErrorKind::Conflict, "idempotency_busy", "Another request was quicker."));
        }
        Ok(self.once(&ctx.caller, saved))
    }
    async fn list(&self, _: &Ctx, _: ConfigurationQuery) -> Outcome<Page<Configuration>> {
        Ok(Page::default())
    }
    async fn folders(&self, _: &Ctx) -> Outcome<Vec<Folder>> {
        Ok(Vec::new())
    }
    async fn renew(&self, ctx: &Ctx, id: &str, _: Option<i64>) -> Outcome<Configuration> {
        own(ctx, id).map(|()| Configuration::default())
    }
    async fn fork(&self, ctx: &Ctx, id: &str, _: ForkConfiguration) -> Outcome<Configuration> {
        own(ctx, id)?;
        self.effect();
        Ok(self.once(&ctx.caller, Configuration::default()))
    }
    async fn difference(&self, ctx: &Ctx, id: &str, _: Option<&str>) -> Outcome<Difference> {
        own(ctx, id).map(|()| Difference::default())
    }
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Configuration> {
        own(ctx, id).map(|()| Configuration { id: id.to_owned(), revision: 7, ..Configuration::default() })
    }
    async fn change(&self, ctx: &Ctx, id: &str, _: ChangeConfiguration, if_match: Option<i64>) -> Outcome<Configuration> {
        own(ctx, id)?;
        if if_match.is_some_and(|r| r != 7) {
            return Err(AppError::new(ErrorKind::Stale, "stale", "Changed since."));
        }
        Ok(Configuration { id: id.to_owned(), revision: 8, ..Configuration::default() })
    }
    async fn delete(&self, ctx: &Ctx, id: &str, _: Option<i64>) -> Outcome<()> {
        own(ctx, id)
    }
    async fn share(&self, ctx: &Ctx, id: &str) -> Outcome<Shared> {
        own(ctx, id).map(|()| Shared::default())
    }
    async fn revoke_share(&self, ctx: &Ctx, id: &str) -> Outcome<()> {
        own(ctx, id)
    }
    async fn shared(&self, _: &Caller, _: &str) -> Outcome<SharedPage> {
        Err(AppError::not_found("page"))
    }
    async fn specification(&self, ctx: &Ctx, id: &str) -> Outcome<Download> {
        own(ctx, id).and_then(|()| Err(AppError::not_found("file")))
    }
    async fn shared_drawing(&self, _: &Caller, _: &str) -> Outcome<Download> {
        Err(AppError::not_found("page"))
    }
    async fn shared_specification(&self, _: &Caller, _: &str) -> Outcome<Download> {
        Err(AppError::not_found("page"))
    }
}

#[async_trait]
impl facade::Jobs for Fake {
    async fn create(&self, ctx: &Ctx, _: NewJob) -> Outcome<Job> {
        ctx.require(Permission::JobsCreate)?;
        self.effect();
        Ok(self.once(&ctx.caller, Job { id: THING.to_owned(), ..Job::default() }))
    }
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Job> {
        own(ctx, id).map(|()| Job::default())
    }
    async fn list(&self, _: &Ctx, _: JobQuery) -> Outcome<Page<Job>> {
        Ok(Page::default())
    }
    async fn figures(&self, _: &Ctx) -> Outcome<JobFigures> {
        Ok(JobFigures::default())
    }
    async fn cancel(&self, ctx: &Ctx, id: &str) -> Outcome<Job> {
        own(ctx, id)?;
        Err(AppError::new(ErrorKind::Conflict, "job_ended", "It has ended."))
    }
    async fn again(&self, ctx: &Ctx, id: &str) -> Outcome<Job> {
        own(ctx, id).map(|()| Job::default())
    }
}

#[async_trait]
impl facade::Admin for Fake {
    async fn members(&self, ctx: &Ctx) -> Outcome<Vec<Member>> {
        ctx.require(Permission::UsersRead).map(|()| Vec::new())
    }
    async fn invite(&self, ctx: &Ctx, _: Invite) -> Outcome<Member> {
        ctx.require(Permission::UsersWrite).map(|()| Member::default())
    }
    async fn change_member(&self, ctx: &Ctx, id: &str, _: ChangeMember) -> Outcome<Member> {
        own(ctx, id).map(|()| Member::default())
    }
    async fn remove_member(&self, ctx: &Ctx, id: &str) -> Outcome<()> {
        own(ctx, id)
    }
    async fn audit(&self, ctx: &Ctx, _: PageRequest) -> Outcome<Page<AuditEntry>> {
        ctx.require(Permission::AuditRead).map(|()| Page::default())
    }
    async fn audit_verify(&self, ctx: &Ctx) -> Outcome<AuditCheck> {
        ctx.require(Permission::AuditRead).map(|()| AuditCheck::default())
    }
    async fn outbox(&self, ctx: &Ctx, _: PageRequest) -> Outcome<Page<OutboxMail>> {
        ctx.require(Permission::OutboxRead).map(|()| Page::default())
    }
    async fn outbox_file(&self, _: &Ctx, _: &str) -> Outcome<Download> {
        Err(AppError::not_found("file"))
    }
}

#[async_trait]
impl facade::Embeds for Fake {
    async fn list(&self, ctx: &Ctx) -> Outcome<Vec<Embed>> {
        ctx.require(Permission::EmbedsRead).map(|()| Vec::new())
    }
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Embed> {
        own(ctx, id).map(|()| Embed { id: id.to_owned(), revision: 7, ..Embed::default() })
    }
    async fn create(&self, ctx: &Ctx, _: EmbedSettings) -> Outcome<Embed> {
        ctx.require(Permission::EmbedsWrite)?;
        let made = Embed { id: THING.to_owned(), revision: 1, ..Embed::default() };
        self.effect();
        Ok(self.once(&ctx.caller, made))
    }
    async fn change(&self, ctx: &Ctx, id: &str, _: EmbedSettings, if_match: Option<i64>) -> Outcome<Embed> {
        own(ctx, id)?;
        if if_match.is_some_and(|r| r != 7) {
            return Err(AppError::new(ErrorKind::Stale, "stale", "Changed since."));
        }
        Ok(Embed { id: id.to_owned(), revision: 8, ..Embed::default() })
    }
    async fn delete(&self, ctx: &Ctx, id: &str, _: Option<i64>) -> Outcome<()> {
        own(ctx, id)
    }
    async fn open(&self, _: &Caller, _: &str, _: Option<String>, _: ConfigData, _: PriceFor) -> Outcome<EmbedPage> {
        Err(AppError::not_found("embed"))
    }
    async fn sketch(&self, _: &Caller, _: &str, _: Option<String>, _: ConfigData) -> Outcome<Download> {
        Err(AppError::not_found("page"))
    }
    async fn check(&self, _: &Caller, _: &str, _: &str, _: Option<String>) -> Outcome<EmbedCheck> {
        Ok(EmbedCheck::default())
    }
    async fn token(&self, _: &Caller, _: &str, _: NewEmbedToken) -> Outcome<EmbedToken> {
        Ok(EmbedToken { token: "fte_good".to_owned(), expires_in: 900 })
    }
    async fn authenticate(&self, caller: &Caller, token: &str) -> Outcome<Ctx> {
        if token != "fte_good" {
            return Err(AppError::unauthenticated());
        }
        let actor = Actor::Embed { id: Uuid::nil(), origin: "https://shop.example".to_owned(), product: None, customer: None };
        Ok(Ctx { actor, tenant: TENANT_A, caller: caller.clone() })
    }
    async fn used(&self, ctx: &Ctx, _: EmbedUse) -> Outcome<()> {
        ctx.require(Permission::LeadsCreate)
    }
    async fn ask(&self, ctx: &Ctx, _: NewLead) -> Outcome<LeadReceipt> {
        ctx.require(Permission::LeadsCreate)?;
        let receipt = LeadReceipt { id: THING.to_owned(), share_url: "/c/x".to_owned() };
        self.effect();
        Ok(self.once(&ctx.caller, receipt))
    }
    async fn leads(&self, ctx: &Ctx, _: PageRequest) -> Outcome<Page<Lead>> {
        ctx.require(Permission::LeadsRead).map(|()| Page::default())
    }
}

#[async_trait]
impl facade::Prices for Fake {
    async fn list(&self, ctx: &Ctx) -> Outcome<Vec<PriceList>> {
        ctx.require(Permission::PricesRead).map(|()| Vec::new())
    }
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<PriceList> {
        own(ctx, id).map(|()| PriceList { id: id.to_owned(), revision: 7, ..PriceList::default() })
    }
    async fn desk(&self, ctx: &Ctx) -> Outcome<PriceDesk> {
        ctx.require(Permission::PricesRead).map(|()| PriceDesk::default())
    }
    async fn create(&self, ctx: &Ctx, _: PriceListSettings) -> Outcome<PriceList> {
        ctx.require(Permission::PricesWrite)?;
        let made = PriceList { id: THING.to_owned(), revision: 1, ..PriceList::default() };
        self.effect();
        Ok(self.once(&ctx.caller, made))
    }
    async fn change(&self, ctx: &Ctx, id: &str, _: PriceListSettings, if_match: Option<i64>) -> Outcome<PriceList> {
        own(ctx, id)?;
        if if_match.is_some_and(|r| r != 7) {
            return Err(AppError::new(ErrorKind::Stale, "stale", "Changed since."));
        }
        Ok(PriceList { id: id.to_owned(), revision: 8, ..PriceList::default() })
    }
    async fn delete(&self, ctx: &Ctx, id: &str, _: Option<i64>) -> Outcome<()> {
        own(ctx, id)
    }
    async fn trial(&self, ctx: &Ctx, _: PriceListSettings) -> Outcome<Vec<PriceTrial>> {
        ctx.require(Permission::PricesRead).map(|()| Vec::new())
    }
}

#[async_trait]
impl facade::Assets for Fake {
    async fn list(&self, ctx: &Ctx, _: AssetQuery) -> Outcome<Page<Asset>> {
        ctx.require(Permission::AssetsRead).map(|()| Page::default())
    }
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Asset> {
        own(ctx, id).map(|()| Asset { id: id.to_owned(), revision: 7, ..Asset::default() })
    }
    async fn take(&self, ctx: &Ctx, new: NewAsset, data: Bytes) -> Outcome<AssetTaken> {
        ctx.require(Permission::AssetsWrite)?;
        let bytes = i64::try_from(data.len()).unwrap_or(0);
        let taken = AssetTaken { asset: Asset { id: THING.to_owned(), file_name: new.file_name, bytes, revision: 1, ..Asset::default() }, job: None };
        self.effect();
        Ok(self.once(&ctx.caller, taken))
    }
    async fn change(&self, ctx: &Ctx, id: &str, _: AssetChange, if_match: Option<i64>) -> Outcome<Asset> {
        own(ctx, id)?;
        if if_match.is_some_and(|r| r != 7) {
            return Err(AppError::new(ErrorKind::Stale, "stale", "Changed since."));
        }
        Ok(Asset { id: id.to_owned(), revision: 8, ..Asset::default() })
    }
    async fn delete(&self, ctx: &Ctx, id: &str, _: Option<i64>) -> Outcome<()> {
        own(ctx, id)
    }
}

#[async_trait]
impl facade::Files for Fake {
    async fn room(&self, token: &str) -> Outcome<RoomPage> {
        if token != FILE {
            return Err(AppError::not_found("model"));
        }
        Ok(RoomPage { token: token.to_owned(), ..RoomPage::default() })
    }
    async fn get(&self, token: &str, name: &str, range: Option<(u64, Option<u64>)>) -> Outcome<FileBytes> {
        if token != FILE {
            return Err(AppError::not_found("file"));
        }
        if name.ends_with(".mp4") {
            let data = Bytes::from(vec![0; 2000]);
            return Ok(FileBytes { data, range: 0..2000, size: 2000, content_type: "video/mp4", sha256: "film".to_owned() });
        }
        let whole = Bytes::from_static(b"0123456789");
        let (start, end) = range.map_or((0, 9), |(s, e)| (s, e.unwrap_or(9)));
        let cut = usize::try_from(start).unwrap_or(0)..usize::try_from(end + 1).unwrap_or(0);
        Ok(FileBytes { data: whole.slice(cut), range: start..end + 1, size: 10, content_type: "model/gltf-binary", sha256: "abc".to_owned() })
    }
}

impl facade::Events for Fake {
    fn subscribe(&self) -> broadcast::Receiver<(Uuid, LiveEvent)> {
        self.events.subscribe()
    }
}

#[async_trait]
impl facade::Idempotency for Fake {
    async fn find(&self, scope: &str, key: &str, hash: &str) -> Outcome<Option<Kept>> {
        match self.keys.lock().expect("whole").get(&(scope.to_owned(), key.to_owned())) {
            None => Ok(None),
            Some((first, _)) if first != hash => Err(AppError::new(ErrorKind::Invalid, "idempotency_mismatch", "Another body.")),
            Some((_, kept)) => Ok(Some(kept.clone())),
        }
    }
}

#[async_trait]
impl facade::Health for Fake {
    async fn report(&self) -> HealthReport {
        HealthReport {
            database: self.database.lock().expect("whole").clone(),
            storage: "ok".to_owned(),
            blender_ready: 1,
            blender_version: Some("4.5.15".to_owned()),
            ..HealthReport::default()
        }
    }
}

/// An event of a job.
pub fn job_updated() -> LiveEvent {
    LiveEvent { event: "job.updated".to_owned(), data: json!({ "id": THING, "progress": 40 }) }
}
