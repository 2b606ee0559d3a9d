//! The use cases.

use crate::ctx::{Caller, Ctx};
use async_trait::async_trait;
use bytes::Bytes;
use contract::*;
use std::ops::Range;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Result of a use case.
pub type Outcome<T> = Result<T, AppError>;

/// Sign-up, sign-in, sessions.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Makes a person, an organization with demo products, and signs in.
    async fn register(&self, caller: &Caller, request: Register) -> Outcome<SignedIn>;
    /// Signs in, in the workspace used last.
    async fn login(&self, caller: &Caller, request: Login) -> Outcome<SignedIn>;
    /// A new pair for a refresh token; re-use of an old one revokes the family, but for a short grace.
    async fn refresh(&self, caller: &Caller, refresh_token: &str) -> Outcome<SignedIn>;
    /// Ends the session and its family.
    async fn logout(&self, ctx: &Ctx) -> Outcome<()>;
    /// Ends the family of a refresh token, when the access token is already over. Unknown tokens are fine.
    async fn logout_by_refresh(&self, caller: &Caller, refresh_token: &str) -> Outcome<()>;
    /// Goes on in another workspace.
    async fn switch(&self, ctx: &Ctx, request: Switch) -> Outcome<SignedIn>;
    /// Reads an access token: signature, time, session row (cached for seconds), disabled people and tenants.
    async fn authenticate(&self, caller: &Caller, access_token: &str) -> Outcome<Ctx>;
    /// Context of a visitor: the showcase tenant.
    async fn visitor(&self, caller: &Caller) -> Outcome<Ctx>;
    /// Who is asking.
    async fn me(&self, ctx: &Ctx) -> Outcome<Me>;
    /// Sends a reset mail if the address is known; answers the same either way.
    async fn forgot_password(&self, caller: &Caller, request: ForgotPassword) -> Outcome<()>;
    /// Sets a new password, signs out everywhere, signs in here.
    async fn reset_password(&self, caller: &Caller, request: ResetPassword) -> Outcome<SignedIn>;
    /// Joins a workspace by invitation and signs in there.
    async fn accept_invite(&self, caller: &Caller, request: AcceptInvite) -> Outcome<SignedIn>;
}

/// Catalogue and configuring.
#[async_trait]
pub trait Products: Send + Sync {
    /// Published products (drafts too for catalogue admins).
    async fn list(&self, ctx: &Ctx, query: ProductQuery) -> Outcome<Page<ProductCard>>;
    /// Counts per category under the same search.
    async fn categories(&self, ctx: &Ctx, query: ProductQuery) -> Outcome<Vec<CategoryCount>>;
    /// One product.
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<ProductDetail>;
    /// Makes a draft from a definition; faults carry pointers.
    async fn create(&self, ctx: &Ctx, definition: serde_json::Value) -> Outcome<ProductDetail>;
    /// Changes the draft. `if_match`: revision that the caller read.
    async fn update(&self, ctx: &Ctx, id: &str, definition: serde_json::Value, if_match: Option<i64>) -> Outcome<ProductDetail>;
    /// Publishes the draft as a new version. `if_match`: revision that the caller read.
    async fn publish(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<ProductDetail>;
    /// The draft as text, for an editor.
    async fn definition(&self, ctx: &Ctx, id: &str) -> Outcome<DefinitionText>;
    /// Looks a definition of this product through and tries it on samples; no side effect.
    async fn check(&self, ctx: &Ctx, id: &str, text: String) -> Outcome<DefinitionCheck>;
    /// The text with one value set, put at the end of a list (`-`), or taken away, at a JSON pointer; no side effect.
    async fn edit(&self, ctx: &Ctx, edit: EditDefinition) -> Outcome<String>;
    /// Makes a draft like this product's, under a model number and a name of its own.
    async fn copy(&self, ctx: &Ctx, id: &str) -> Outcome<ProductDetail>;
    /// Evaluates choices; no side effect.
    async fn configure(&self, ctx: &Ctx, id: &str, request: ConfigureRequest) -> Outcome<ConfigureResponse>;
    /// Parts, boards on sheets, edge banding of a configuration; no side effect. Refuses an impossible combination.
    async fn workshop(&self, ctx: &Ctx, id: &str, request: WorkshopRequest) -> Outcome<Workshop>;
    /// The same as a file: `lists.xlsx`, `lists.pdf`, `panels.zip` with a DXF of every board, or `assembly.pdf`, the product taken apart.
    async fn workshop_file(&self, ctx: &Ctx, id: &str, request: WorkshopRequest, name: String) -> Outcome<Download>;
    /// A line drawing (SVG, 4:3) of any choices as the view first shows them: what a page has before its view, or instead of it.
    async fn drawing(&self, ctx: &Ctx, id: &str, choices: ConfigData) -> Outcome<Download>;
    /// What the configurator page needs; `choices` decide which files of this configuration are named.
    async fn configurator(&self, ctx: &Ctx, id: &str, choices: ConfigData, price: PriceFor) -> Outcome<ConfiguratorData>;
}

/// Saved configurations and share pages.
#[async_trait]
pub trait Configurations: Send + Sync {
    /// Saves a valid configuration.
    async fn create(&self, ctx: &Ctx, request: NewConfiguration) -> Outcome<Configuration>;
    /// The workspace's configurations, newest first.
    async fn list(&self, ctx: &Ctx, query: ConfigurationQuery) -> Outcome<Page<Configuration>>;
    /// Folders that hold something, by name.
    async fn folders(&self, ctx: &Ctx) -> Outcome<Vec<Folder>>;
    /// One.
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Configuration>;
    /// Changes name, folder or choices.
    async fn change(&self, ctx: &Ctx, id: &str, request: ChangeConfiguration, if_match: Option<i64>) -> Outcome<Configuration>;
    /// Removes it (soft: its share link ends).
    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()>;
    /// Moves it to the newest edition and today's price. 409 when it is shared, or can't be built any more.
    async fn renew(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<Configuration>;
    /// Saves the same under another name; it keeps edition and price.
    async fn fork(&self, ctx: &Ctx, id: &str, request: ForkConfiguration) -> Outcome<Configuration>;
    /// What differs from what was saved to today's edition and price, or to another configuration.
    async fn difference(&self, ctx: &Ctx, id: &str, with: Option<&str>) -> Outcome<Difference>;
    /// Makes or returns the permanent link.
    async fn share(&self, ctx: &Ctx, id: &str) -> Outcome<Shared>;
    /// Ends the link.
    async fn revoke_share(&self, ctx: &Ctx, id: &str) -> Outcome<()>;
    /// The page behind a link, without signing in.
    async fn shared(&self, caller: &Caller, token: &str) -> Outcome<SharedPage>;
    /// A configuration on paper: picture, drawing, choices and the price that was saved.
    async fn specification(&self, ctx: &Ctx, id: &str) -> Outcome<Download>;
    /// The same behind a share link.
    async fn shared_specification(&self, caller: &Caller, token: &str) -> Outcome<Download>;
    /// Its line drawing, see [`Products::drawing`].
    async fn shared_drawing(&self, caller: &Caller, token: &str) -> Outcome<Download>;
}

/// Exact models and pictures.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Asks for files; identical requests share one run.
    async fn create(&self, ctx: &Ctx, request: NewJob) -> Outcome<Job>;
    /// One request.
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Job>;
    /// Requests, newest first.
    async fn list(&self, ctx: &Ctx, query: JobQuery) -> Outcome<Page<Job>>;
    /// Figures over the list.
    async fn figures(&self, ctx: &Ctx) -> Outcome<JobFigures>;
    /// Detaches this request; the last one kills the run. 409 when already ended.
    async fn cancel(&self, ctx: &Ctx, id: &str) -> Outcome<Job>;
    /// Asks for the same again.
    async fn again(&self, ctx: &Ctx, id: &str) -> Outcome<Job>;
}

/// Administration.
#[async_trait]
pub trait Admin: Send + Sync {
    /// Members and open invitations.
    async fn members(&self, ctx: &Ctx) -> Outcome<Vec<Member>>;
    /// Sends an invitation.
    async fn invite(&self, ctx: &Ctx, request: Invite) -> Outcome<Member>;
    /// Changes role or access. The last admin can't be removed.
    async fn change_member(&self, ctx: &Ctx, id: &str, request: ChangeMember) -> Outcome<Member>;
    /// Takes a member or an invitation out.
    async fn remove_member(&self, ctx: &Ctx, id: &str) -> Outcome<()>;
    /// Audit log, newest first.
    async fn audit(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<AuditEntry>>;
    /// Whether the chain is whole.
    async fn audit_verify(&self, ctx: &Ctx) -> Outcome<AuditCheck>;
    /// Mails of this workspace, newest first.
    async fn outbox(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<OutboxMail>>;
    /// The file that goes with a mail that was kept.
    async fn outbox_file(&self, ctx: &Ctx, id: &str) -> Outcome<Download>;
}

/// A file behind an unguessable address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileBytes {
    /// The bytes asked for.
    pub data: Bytes,
    /// Range of the whole that they are.
    pub range: Range<u64>,
    /// Size of the whole.
    pub size: u64,
    /// `model/gltf-binary`, `model/vnd.usdz+zip`, `image/webp`.
    pub content_type: &'static str,
    /// SHA-256 of the whole, hexadecimal: the `ETag`.
    pub sha256: String,
}

/// A file that is made when it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Its bytes.
    pub data: Bytes,
    /// Its type.
    pub content_type: &'static str,
    /// What a browser calls it; plain ASCII.
    pub name: String,
}

/// Files for browsers, phones and AR viewers.
#[async_trait]
pub trait Files: Send + Sync {
    /// Reads a file, or a part of it (`start`, inclusive `end`).
    async fn get(&self, token: &str, name: &str, range: Option<(u64, Option<u64>)>) -> Outcome<FileBytes>;
    /// What is needed to see the model of this token in a room.
    async fn room(&self, token: &str) -> Outcome<RoomPage>;
}

/// Live events.
#[async_trait]
pub trait Events: Send + Sync {
    /// Everything that happens from now on; the door filters by tenant. The nil tenant means all of them: `resync`, when events were missed.
    fn subscribe(&self) -> broadcast::Receiver<(Uuid, LiveEvent)>;
}

/// State of the parts that the server stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthReport {
    /// `ok` or what is wrong.
    pub database: String,
    /// `ok` or what is wrong.
    pub storage: String,
    /// Warm Blender processes.
    pub blender_ready: u32,
    /// Busy ones.
    pub blender_busy: u32,
    /// Version, `None` when absent.
    pub blender_version: Option<String>,
    /// What confines Blender.
    pub blender_cage: String,
}

/// Health.
#[async_trait]
pub trait Health: Send + Sync {
    /// Looks at every part.
    async fn report(&self) -> HealthReport;
}

/// Configurators on other sites, and what people ask there.
#[async_trait]
pub trait Embeds: Send + Sync {
    /// The workspace's embeds, newest first.
    async fn list(&self, ctx: &Ctx) -> Outcome<Vec<Embed>>;
    /// One.
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Embed>;
    /// Makes one.
    async fn create(&self, ctx: &Ctx, settings: EmbedSettings) -> Outcome<Embed>;
    /// Sets one.
    async fn change(&self, ctx: &Ctx, id: &str, settings: EmbedSettings, if_match: Option<i64>) -> Outcome<Embed>;
    /// Removes one: pages that show it say that it is gone.
    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()>;
    /// The page inside the frame, for a product by SKU (needed unless the embed names its own) and choices.
    async fn open(&self, caller: &Caller, public_id: &str, sku: Option<String>, choices: ConfigData, price: PriceFor) -> Outcome<EmbedPage>;
    /// A line drawing of choices for the page inside the frame, see [`Products::drawing`].
    async fn sketch(&self, caller: &Caller, public_id: &str, sku: Option<String>, choices: ConfigData) -> Outcome<Download>;
    /// How it stands for a page of `origin` that asks for the product `sku`.
    async fn check(&self, caller: &Caller, public_id: &str, origin: &str, sku: Option<String>) -> Outcome<EmbedCheck>;
    /// A token for the page inside the frame, bound to the embed and to the origin around it.
    async fn token(&self, caller: &Caller, public_id: &str, request: NewEmbedToken) -> Outcome<EmbedToken>;
    /// Reads such a token; the embed must still allow its origin.
    async fn authenticate(&self, caller: &Caller, token: &str) -> Outcome<Ctx>;
    /// Counts that somebody chose something.
    async fn used(&self, ctx: &Ctx, event: EmbedUse) -> Outcome<()>;
    /// Keeps a question: saves and shares the configuration, writes to whoever asked and to whoever is told.
    async fn ask(&self, ctx: &Ctx, request: NewLead) -> Outcome<LeadReceipt>;
    /// Who asked, newest first.
    async fn leads(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<Lead>>;
}

/// Price lists.
#[async_trait]
pub trait Prices: Send + Sync {
    /// The workspace's lists, the latest first.
    async fn list(&self, ctx: &Ctx) -> Outcome<Vec<PriceList>>;
    /// One.
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<PriceList>;
    /// The lists, and what they may name.
    async fn desk(&self, ctx: &Ctx) -> Outcome<PriceDesk>;
    /// Makes one.
    async fn create(&self, ctx: &Ctx, settings: PriceListSettings) -> Outcome<PriceList>;
    /// Sets one. What was saved keeps its price.
    async fn change(&self, ctx: &Ctx, id: &str, settings: PriceListSettings, if_match: Option<i64>) -> Outcome<PriceList>;
    /// Removes one. What was saved keeps its price.
    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()>;
    /// What a list would make of the published products; no side effect.
    async fn trial(&self, ctx: &Ctx, settings: PriceListSettings) -> Outcome<Vec<PriceTrial>>;
}

/// Models and pictures that people upload.
#[async_trait]
pub trait Assets: Send + Sync {
    /// A page, the newest first.
    async fn list(&self, ctx: &Ctx, query: AssetQuery) -> Outcome<Page<Asset>>;
    /// One.
    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Asset>;
    /// Takes a file, and puts its check in line. The very same file is taken once.
    async fn take(&self, ctx: &Ctx, new: NewAsset, data: Bytes) -> Outcome<AssetTaken>;
    /// Renames it, or says what its lengths and axes mean: then its files are made anew.
    async fn change(&self, ctx: &Ctx, id: &str, change: AssetChange, if_match: Option<i64>) -> Outcome<Asset>;
    /// Removes it and its files for good.
    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()>;
}

/// A first answer kept under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// HTTP status of the first answer.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
}

/// Idempotency keys (per tenant or address, route and key; kept 24 hours). Answers are kept by the use cases themselves, see
/// [`crate::Once`].
#[async_trait]
pub trait Idempotency: Send + Sync {
    /// The first answer under a key; `None` when there is none (yet). `request_hash` tells a repeated request from a different one.
    ///
    /// # Errors
    /// `Invalid` (`idempotency_mismatch`) for another request under the same key.
    async fn find(&self, scope: &str, key: &str, request_hash: &str) -> Outcome<Option<Kept>>;
}
