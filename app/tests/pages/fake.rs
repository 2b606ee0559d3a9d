//! Use cases that answer from a small fixed world: enough for every page to have something to show.

use async_trait::async_trait;
use contract::*;
use facade::*;
use std::{ops::Range, sync::Arc};
use tokio::sync::broadcast;
use uuid::Uuid;

/// The fixed world. Everything not named in a test answers "no such thing".
pub struct World;

fn none<T>() -> Outcome<T> {
    Err(AppError::not_found("thing"))
}

/// Two products, as the showcase has them.
pub fn cards() -> Vec<ProductCard> {
    let card = |id: &str, sku: &str, name: &str, category: &str, minor, size: &str, stock| ProductCard {
        id: id.into(),
        sku: sku.into(),
        name: name.into(),
        category: category.into(),
        price: Money { currency: "USD".into(), minor },
        configurable: true,
        dimensions_mm: Dimensions { width: 1600.0, depth: 800.0, height: 740.0 },
        in_stock: stock,
        size_range: size.into(),
        ..ProductCard::default()
    };
    vec![
        card("p-desk", "DESK-HA", "Tarn desk", "desks", 67_050, "1000–2400 × 700–900 mm", true),
        card("p-cab", "CAB-BASE", "Shale base cabinet", "kitchen", 61_200, "300–1200 × 560 mm", false),
    ]
}

/// A configuration that is shared, in a folder, and older than its product.
pub fn saved() -> Configuration {
    Configuration {
        id: "c1".into(),
        product_id: "p-desk".into(),
        product_name: "Tarn desk".into(),
        product_sku: "DESK-HA".into(),
        name: "Desk for the studio".into(),
        folder: "Harbour house".into(),
        product_schema_version: "1.4.0".into(),
        newer_edition: Some("1.5.0".into()),
        price: Money { currency: "USD".into(), minor: 78_786 },
        share_url: Some("/c/x".into()),
        updated_at: "2026-11-21T14:02:00.000Z".into(),
        created_at: "2026-11-21T14:02:00.000Z".into(),
        ..Configuration::default()
    }
}

/// One job in each state that a page words differently.
pub fn jobs() -> Vec<Job> {
    let job = |id: &str, status, progress, title: &str, code: &str| Job {
        id: id.into(),
        kind: "model".into(),
        status,
        progress,
        title: title.into(),
        variant_code: code.into(),
        created_at: "2026-11-21T14:02:11.000Z".into(),
        worker_id: Some("w-1".into()),
        max_retries: 3,
        product_id: Some("p-desk".into()),
        ..Job::default()
    };
    vec![
        Job { eta_s: Some(6), step: "Cutting edges".into(), ..job("j1", JobStatus::Processing, 64, "Tarn desk", "DESK-HA-1800-0800-OAK-STD-TM") },
        Job { eta_s: Some(24), step: "2nd in line".into(), worker_id: None, ..job("j2", JobStatus::Queued, 0, "Shale base cabinet", "CAB-BASE-600-GRN") },
        Job {
            error_code: Some("E-GEO-014".into()),
            error_message: Some("Duct 150 mm is wider than the neck, 125 mm".into()),
            ..job("j3", JobStatus::Failed, 38, "Tarn desk", "DESK-HA-2400")
        },
        Job {
            run_ms: Some(9_200),
            completed_at: Some("2026-11-21T14:01:00.000Z".into()),
            result: Some(JobResult { bytes: 1_800_000, ..JobResult::default() }),
            ..job("j4", JobStatus::Completed, 100, "Tarn desk", "DESK-HA-1600-0800-OAK-STD-T")
        },
        Job {
            cache_hit: true,
            result: Some(JobResult { bytes: 1_800_000, ..JobResult::default() }),
            ..job("j5", JobStatus::Completed, 100, "Tarn desk", "DESK-HA-1600-0800-OAK-STD-T")
        },
        Job { retry_count: 2, step: "Worker stopped".into(), ..job("j6", JobStatus::Queued, 12, "Tarn desk", "DESK-HA-1600-0800-WAL-STD-T") },
        job("j7", JobStatus::Cancelled, 41, "Shale base cabinet", "CAB-BASE-600-WHT"),
    ]
}

#[async_trait]
impl Accounts for World {
    async fn register(&self, _: &Caller, _: Register) -> Outcome<SignedIn> {
        Err(AppError::invalid_at("/email", "This address has an account already. Sign in instead."))
    }
    async fn login(&self, _: &Caller, request: Login) -> Outcome<SignedIn> {
        if request.password == "right password" {
            return Ok(SignedIn { access_token: "a.b.c".into(), refresh_token: "r".into(), expires_in: 900, ..SignedIn::default() });
        }
        Err(AppError::new(ErrorKind::Unauthenticated, "wrong_credentials", "Address and password do not fit together."))
    }
    async fn refresh(&self, _: &Caller, _: &str) -> Outcome<SignedIn> {
        none()
    }
    async fn logout(&self, _: &Ctx) -> Outcome<()> {
        Ok(())
    }
    async fn logout_by_refresh(&self, _: &Caller, _: &str) -> Outcome<()> {
        Ok(())
    }
    async fn switch(&self, _: &Ctx, _: Switch) -> Outcome<SignedIn> {
        none()
    }
    async fn authenticate(&self, _: &Caller, _: &str) -> Outcome<Ctx> {
        none()
    }
    async fn visitor(&self, _: &Caller) -> Outcome<Ctx> {
        none()
    }
    async fn me(&self, _: &Ctx) -> Outcome<Me> {
        let tenant = |id: &str, name: &str| Tenant { id: id.into(), name: name.into() };
        Ok(Me {
            user: User { id: "u1".into(), email: "a.lindqvist@haldenworks.com".into(), name: "Astrid Lindqvist".into() },
            tenant: tenant("t1", "Halden Works"),
            role: "admin".into(),
            permissions: Role::Admin.permissions(),
            memberships: vec![
                Membership { tenant: tenant("t1", "Halden Works"), role: "admin".into(), current: true },
                Membership { tenant: tenant("t2", "Northlight"), role: "viewer".into(), current: false },
            ],
        })
    }
    async fn forgot_password(&self, _: &Caller, _: ForgotPassword) -> Outcome<()> {
        Ok(())
    }
    async fn reset_password(&self, _: &Caller, _: ResetPassword) -> Outcome<SignedIn> {
        none()
    }
    async fn accept_invite(&self, _: &Caller, _: AcceptInvite) -> Outcome<SignedIn> {
        none()
    }
}

#[async_trait]
impl Products for World {
    async fn list(&self, _: &Ctx, query: ProductQuery) -> Outcome<Page<ProductCard>> {
        let words = query.search.unwrap_or_default().to_lowercase();
        let fits = |c: &ProductCard| {
            c.name.to_lowercase().contains(&words)
                && (query.category.is_empty() || query.category.contains(&c.category))
                && (!query.in_stock_only || c.in_stock)
        };
        Ok(Page { items: cards().into_iter().filter(fits).collect(), next_cursor: None })
    }
    async fn categories(&self, _: &Ctx, _: ProductQuery) -> Outcome<Vec<CategoryCount>> {
        Ok(vec![CategoryCount { category: "desks".into(), count: 1 }, CategoryCount { category: "kitchen".into(), count: 1 }])
    }
    async fn get(&self, _: &Ctx, _: &str) -> Outcome<ProductDetail> {
        none()
    }
    async fn create(&self, _: &Ctx, _: serde_json::Value) -> Outcome<ProductDetail> {
        none()
    }
    async fn update(&self, _: &Ctx, _: &str, _: serde_json::Value, _: Option<i64>) -> Outcome<ProductDetail> {
        none()
    }
    async fn publish(&self, _: &Ctx, _: &str, _: Option<i64>) -> Outcome<ProductDetail> {
        none()
    }
    async fn definition(&self, _: &Ctx, id: &str) -> Outcome<DefinitionText> {
        let text = "{\n  \"sku\": \"DESK-HA\",\n  \"rules\": [{ \"id\": \"wide\", \"when\": \"width > 2000\", \"require\": \"frame == 'heavy'\", \"message\": \"Heavy.\" }]\n}\n";
        Ok(DefinitionText {
            id: id.into(),
            sku: "DESK-HA".into(),
            name: "Tarn desk".into(),
            text: text.into(),
            published: Some("1.4.0".into()),
            changed: false,
            revision: 3,
        })
    }
    async fn check(&self, _: &Ctx, _: &str, _: String) -> Outcome<DefinitionCheck> {
        Ok(DefinitionCheck::default())
    }
    async fn edit(&self, _: &Ctx, _: EditDefinition) -> Outcome<String> {
        none()
    }
    async fn copy(&self, _: &Ctx, _: &str) -> Outcome<ProductDetail> {
        none()
    }
    async fn configure(&self, _: &Ctx, _: &str, _: ConfigureRequest) -> Outcome<ConfigureResponse> {
        none()
    }
    async fn workshop(&self, _: &Ctx, _: &str, request: WorkshopRequest) -> Outcome<Workshop> {
        let cut = CutOut { length: 720.0, width: 560.0, thickness: 18.0, edges: "ABS 1 mm, front".into(), grain: "length".into() };
        let side = BomLineOut { sku: "S-1".into(), name: "Side".into(), quantity: 2, unit: "pcs".into(), material: "pale_oak".into(), cut: Some(cut) };
        let board = |x| BoardOut { sku: "S-1".into(), name: "Side".into(), at: [x, 10.0], size: [720.0, 560.0] };
        let plan = PlanOut { material: "pale_oak".into(), thickness: 18.0, sheets: vec![vec![board(10.0), board(734.0)]], too_large: vec![], waste: 0.86 };
        let edges = vec![EdgeOut { tape: "ABS 1 mm".into(), metres: 1.44 }];
        let name = "Shale base cabinet".to_owned();
        Ok(Workshop { name, sku: "CAB-BASE".into(), bom: vec![side], edges, plans: vec![plan], stock: request.stock, ..Workshop::default() })
    }
    async fn workshop_file(&self, _: &Ctx, _: &str, _: WorkshopRequest, _: String) -> Outcome<Download> {
        none()
    }
    async fn drawing(&self, _: &Ctx, _: &str, _: ConfigData) -> Outcome<Download> {
        none()
    }
    async fn configurator(&self, _: &Ctx, _: &str, _: ConfigData, _: PriceFor) -> Outcome<ConfiguratorData> {
        none()
    }
}

#[async_trait]
impl Configurations for World {
    async fn create(&self, _: &Ctx, _: NewConfiguration) -> Outcome<Configuration> {
        none()
    }
    async fn list(&self, _: &Ctx, query: ConfigurationQuery) -> Outcome<Page<Configuration>> {
        if query.search.is_some() {
            return Ok(Page::default());
        }
        let of = |id: &str, product: &str, name: &str, minor, at: &str| Configuration {
            id: id.into(),
            product_id: product.into(),
            name: name.into(),
            price: Money { currency: "USD".into(), minor },
            updated_at: at.into(),
            created_at: at.into(),
            ..Configuration::default()
        };
        Ok(Page {
            items: vec![
                saved(),
                of("c2", "p-cab", "Pantry, drawers left", 61_200, "2026-11-18T09:00:00.000Z"),
                of("c3", "p-desk", "Tarn desk", 67_050, "2026-11-17T09:00:00.000Z"),
                of("c4", "p-desk", "Desk 2400, heavy", 96_080, "2026-11-16T09:00:00.000Z"),
            ],
            next_cursor: None,
        })
    }
    async fn folders(&self, _: &Ctx) -> Outcome<Vec<Folder>> {
        Ok(vec![Folder { name: String::new(), configurations: 1 }, Folder { name: "Harbour house".into(), configurations: 2 }])
    }
    async fn get(&self, _: &Ctx, id: &str) -> Outcome<Configuration> {
        if id != "c1" { none() } else { Ok(saved()) }
    }
    async fn renew(&self, _: &Ctx, _: &str, _: Option<i64>) -> Outcome<Configuration> {
        none()
    }
    async fn fork(&self, _: &Ctx, _: &str, _: ForkConfiguration) -> Outcome<Configuration> {
        Ok(Configuration { id: "c2".into(), ..saved() })
    }
    async fn difference(&self, _: &Ctx, _: &str, _: Option<&str>) -> Outcome<Difference> {
        let usd = |minor| Some(Money { currency: "USD".into(), minor });
        let side = |edition: &str, minor| Side { edition: edition.into(), price: usd(minor), price_date: "2026-11-21".into(), ..Side::default() };
        Ok(Difference {
            was: side("1.4.0", 67_050),
            now: side("1.5.0", 69_050),
            options: vec![TextChange { label: "Cable outlet".into(), was: Some("Left".into()), now: Some("None".into()) }],
            alike: vec![TextChange { label: "Width".into(), was: Some("1800 mm".into()), now: Some("1800 mm".into()) }],
            lines: vec![PriceChange { label: "Frame".into(), was: usd(67_050), now: usd(69_050) }],
            ..Difference::default()
        })
    }
    async fn change(&self, _: &Ctx, _: &str, _: ChangeConfiguration, _: Option<i64>) -> Outcome<Configuration> {
        none()
    }
    async fn delete(&self, _: &Ctx, _: &str, _: Option<i64>) -> Outcome<()> {
        none()
    }
    async fn share(&self, _: &Ctx, _: &str) -> Outcome<Shared> {
        none()
    }
    async fn revoke_share(&self, _: &Ctx, _: &str) -> Outcome<()> {
        none()
    }
    async fn shared(&self, _: &Caller, _: &str) -> Outcome<SharedPage> {
        none()
    }
    async fn specification(&self, _: &Ctx, _: &str) -> Outcome<Download> {
        none()
    }
    async fn shared_drawing(&self, _: &Caller, _: &str) -> Outcome<Download> {
        none()
    }
    async fn shared_specification(&self, _: &Caller, _: &str) -> Outcome<Download> {
        none()
    }
}

#[async_trait]
impl Jobs for World {
    async fn create(&self, _: &Ctx, _: NewJob) -> Outcome<Job> {
        none()
    }
    async fn get(&self, _: &Ctx, _: &str) -> Outcome<Job> {
        none()
    }
    async fn list(&self, _: &Ctx, _: JobQuery) -> Outcome<Page<Job>> {
        Ok(Page { items: jobs(), next_cursor: None })
    }
    async fn figures(&self, _: &Ctx) -> Outcome<JobFigures> {
        Ok(JobFigures {
            workers_busy: 1,
            workers_total: 2,
            problem: None,
            waiting: 2,
            open: 3,
            median_ms: Some(8_700),
            cache_percent: Some(71),
            failed: 1,
            total: 284,
            hours: vec![3, 5, 4, 8, 12, 9, 14, 11, 7, 10, 16, 22, 18, 13, 9, 12, 15, 19, 24, 17, 12, 8, 6, 9],
        })
    }
    async fn cancel(&self, _: &Ctx, _: &str) -> Outcome<Job> {
        none()
    }
    async fn again(&self, _: &Ctx, _: &str) -> Outcome<Job> {
        none()
    }
}

#[async_trait]
impl Admin for World {
    async fn members(&self, _: &Ctx) -> Outcome<Vec<Member>> {
        let member = |id: &str, name: &str, email: &str, role: &str, state: &str, seen: Option<&str>| Member {
            id: id.into(),
            name: name.into(),
            email: email.into(),
            role: role.into(),
            state: state.into(),
            since: "2026-03-09T00:00:00.000Z".into(),
            last_seen: seen.map(Into::into),
        };
        Ok(vec![
            member("u1", "Astrid Lindqvist", "a.lindqvist@haldenworks.com", "admin", "active", Some("2026-11-21T14:02:00.000Z")),
            member("u2", "Jonas Reyes", "j.reyes@haldenworks.com", "designer", "active", Some("2026-11-20T14:02:00.000Z")),
            member("u3", "Viktor Dahl", "v.dahl@haldenworks.com", "sales_rep", "disabled", None),
            member("u4", "", "c.mbeki@haldenworks.com", "viewer", "invited", None),
        ])
    }
    async fn invite(&self, _: &Ctx, _: Invite) -> Outcome<Member> {
        none()
    }
    async fn change_member(&self, _: &Ctx, _: &str, _: ChangeMember) -> Outcome<Member> {
        none()
    }
    async fn remove_member(&self, _: &Ctx, _: &str) -> Outcome<()> {
        none()
    }
    async fn audit(&self, _: &Ctx, _: PageRequest) -> Outcome<Page<AuditEntry>> {
        let entry = |seq, action: &str, subject: &str| AuditEntry {
            seq,
            at: "2026-11-21T14:02:11.000Z".into(),
            actor: "a.lindqvist@haldenworks.com".into(),
            action: action.into(),
            subject: subject.into(),
            after: Some(serde_json::json!({"role": "designer"})),
            ip: Some("192.0.2.7".into()),
            hash: "9f2c44d01b7e6a3358c1".into(),
            ..AuditEntry::default()
        };
        Ok(Page {
            items: vec![
                entry(3, "member.changed", "j.reyes@haldenworks.com"),
                entry(2, "configuration.saved", "c1"),
                entry(1, "user.registered", "a.lindqvist@haldenworks.com"),
            ],
            next_cursor: None,
        })
    }
    async fn audit_verify(&self, _: &Ctx) -> Outcome<AuditCheck> {
        Ok(AuditCheck { entries: 3, first_bad: None })
    }
    async fn outbox_file(&self, _: &Ctx, _: &str) -> Outcome<Download> {
        none()
    }
    async fn outbox(&self, _: &Ctx, _: PageRequest) -> Outcome<Page<OutboxMail>> {
        Ok(Page {
            items: vec![OutboxMail {
                id: "m1".into(),
                to: "c.mbeki@haldenworks.com".into(),
                subject: "Join Halden Works on Fitout".into(),
                body: "Open https://fitout.example/auth/invite?token=abc within 7 days.\n<b>plain</b>".into(),
                attachment: Some("DESK-HA-1600.pdf".into()),
                state: "kept".into(),
                at: "2026-11-21T13:00:00.000Z".into(),
            }],
            next_cursor: None,
        })
    }
}

#[async_trait]
impl Files for World {
    async fn room(&self, token: &str) -> Outcome<RoomPage> {
        if token != "m1" {
            return none();
        }
        Ok(RoomPage {
            name: "Tarn desk".into(),
            organization: "Halden Works".into(),
            token: token.into(),
            glb_url: "https://fitout.example/files/m1/model.glb".into(),
            usdz_url: Some("/files/m2/model.usdz".into()),
            picture: Some("/img/desk.webp".into()),
            size_mm: [1800.0, 800.0, 740.0],
        })
    }
    async fn get(&self, _: &str, _: &str, _: Option<(u64, Option<u64>)>) -> Outcome<FileBytes> {
        let _: Range<u64> = 0..0;
        none()
    }
}
impl Events for World {
    fn subscribe(&self) -> broadcast::Receiver<(Uuid, LiveEvent)> {
        broadcast::channel(1).1
    }
}
#[async_trait]
impl Idempotency for World {
    async fn find(&self, _: &str, _: &str, _: &str) -> Outcome<Option<Kept>> {
        Ok(None)
    }
}
#[async_trait]
impl Embeds for World {
    async fn list(&self, _: &Ctx) -> Outcome<Vec<Embed>> {
        Ok(vec![embed()])
    }
    async fn get(&self, _: &Ctx, _: &str) -> Outcome<Embed> {
        Ok(embed())
    }
    async fn create(&self, _: &Ctx, _: EmbedSettings) -> Outcome<Embed> {
        none()
    }
    async fn change(&self, _: &Ctx, _: &str, _: EmbedSettings, _: Option<i64>) -> Outcome<Embed> {
        none()
    }
    async fn delete(&self, _: &Ctx, _: &str, _: Option<i64>) -> Outcome<()> {
        none()
    }
    async fn open(&self, _: &Caller, public_id: &str, _: Option<String>, _: ConfigData, _: PriceFor) -> Outcome<EmbedPage> {
        let embed = embed();
        if public_id != embed.public_id {
            return none();
        }
        let closed = Some("This configurator is closed at present. Please ask Halden Works.".into());
        Ok(EmbedPage {
            public_id: embed.public_id,
            organization: "Halden Works".into(),
            origins: embed.origins,
            theme: embed.theme,
            closed,
            configurator: None,
        })
    }
    async fn sketch(&self, _: &Caller, _: &str, _: Option<String>, _: ConfigData) -> Outcome<Download> {
        none()
    }
    async fn check(&self, _: &Caller, _: &str, _: &str, _: Option<String>) -> Outcome<EmbedCheck> {
        none()
    }
    async fn token(&self, _: &Caller, _: &str, _: NewEmbedToken) -> Outcome<EmbedToken> {
        none()
    }
    async fn authenticate(&self, _: &Caller, _: &str) -> Outcome<Ctx> {
        none()
    }
    async fn used(&self, _: &Ctx, _: EmbedUse) -> Outcome<()> {
        none()
    }
    async fn ask(&self, _: &Ctx, _: NewLead) -> Outcome<LeadReceipt> {
        none()
    }
    async fn leads(&self, _: &Ctx, _: PageRequest) -> Outcome<Page<Lead>> {
        let lead = Lead {
            id: "l1".into(),
            kind: "quote".into(),
            name: "Kim Aalto".into(),
            email: "kim@shop.example".into(),
            message: "Do you deliver to Turku?".into(),
            configuration_id: "c1".into(),
            product_name: "Tarn desk".into(),
            price: Money { currency: "USD".into(), minor: 124_800 },
            embed: Some("Web shop".into()),
            origin: "https://shop.example".into(),
            created_at: "2026-11-18T09:00:00.000Z".into(),
        };
        Ok(Page { items: vec![lead], next_cursor: None })
    }
}

/// The one embed.
fn embed() -> Embed {
    Embed {
        id: "e1".into(),
        public_id: "emb_0123".into(),
        name: "Web shop".into(),
        origins: vec!["https://shop.example".into()],
        theme: EmbedTheme { accent: "#aa3311".into(), ..EmbedTheme::default() },
        enabled: true,
        opened: 1_204,
        changed: 310,
        leads: 12,
        created_at: "2026-11-01T09:00:00.000Z".into(),
        updated_at: "2026-11-01T09:00:00.000Z".into(),
        revision: 3,
        ..Embed::default()
    }
}

fn asset() -> Asset {
    Asset {
        id: "0192a000-0000-7000-8000-0000000000a5".into(),
        name: "Oak chair".into(),
        file_name: "chair.stl".into(),
        kind: "model".into(),
        status: "ready".into(),
        bytes: 84_000,
        unit: Some("mm".into()),
        up: Some("z".into()),
        guessed: true,
        size_mm: Some([480.0, 520.0, 810.0]),
        triangles: vec![4000, 1600, 400],
        glb_urls: vec!["/files/0123456789abcdef0123456789abcdef/model.glb".into()],
        glb_bytes: vec![92_000],
        revision: 3,
        ..Asset::default()
    }
}

#[async_trait]
impl Assets for World {
    async fn list(&self, _: &Ctx, _: AssetQuery) -> Outcome<Page<Asset>> {
        let refused = Asset { name: "Broken".into(), status: "refused".into(), reason: Some("The file breaks off.".into()), ..asset() };
        Ok(Page { items: vec![asset(), refused], next_cursor: None })
    }
    async fn get(&self, _: &Ctx, _: &str) -> Outcome<Asset> {
        Ok(asset())
    }
    async fn take(&self, _: &Ctx, _: NewAsset, _: axum::body::Bytes) -> Outcome<AssetTaken> {
        Err(AppError::internal())
    }
    async fn change(&self, _: &Ctx, _: &str, _: AssetChange, _: Option<i64>) -> Outcome<Asset> {
        Ok(asset())
    }
    async fn delete(&self, _: &Ctx, _: &str, _: Option<i64>) -> Outcome<()> {
        Ok(())
    }
}

#[async_trait]
impl Prices for World {
    async fn list(&self, _: &Ctx) -> Outcome<Vec<PriceList>> {
        Ok(vec![price_list()])
    }
    async fn get(&self, _: &Ctx, _: &str) -> Outcome<PriceList> {
        Ok(price_list())
    }
    async fn desk(&self, _: &Ctx) -> Outcome<PriceDesk> {
        let desk = Priceable {
            sku: "DESK-HA".into(),
            name: "Tarn desk".into(),
            currency: "USD".into(),
            lines: vec![("top".into(), "Top, {finish}".into())],
            grades: vec![("DESK-HA".into(), "B".into(), 24_400)],
        };
        Ok(PriceDesk { lists: vec![price_list()], products: vec![desk], today: "2026-11-21".into(), may_write: true })
    }
    async fn create(&self, _: &Ctx, _: PriceListSettings) -> Outcome<PriceList> {
        none()
    }
    async fn change(&self, _: &Ctx, _: &str, _: PriceListSettings, _: Option<i64>) -> Outcome<PriceList> {
        none()
    }
    async fn delete(&self, _: &Ctx, _: &str, _: Option<i64>) -> Outcome<()> {
        none()
    }
    async fn trial(&self, _: &Ctx, _: PriceListSettings) -> Outcome<Vec<PriceTrial>> {
        none()
    }
}

/// The one price list.
fn price_list() -> PriceList {
    PriceList {
        id: "p1".into(),
        settings: PriceListSettings {
            name: "Contract 2026".into(),
            currency: "USD".into(),
            customer: Some("Northlight Studio".into()),
            starts: "2026-01-01".into(),
            rules: PriceRules {
                changes: vec![PriceRow { sku: "DESK-HA".into(), line: "top".into(), percent: Some(-12.5), amount_minor: None }],
                ..PriceRules::default()
            },
            ..PriceListSettings::default()
        },
        state: "in_force".into(),
        revision: 2,
        ..PriceList::default()
    }
}

#[async_trait]
impl Health for World {
    async fn report(&self) -> HealthReport {
        HealthReport::default()
    }
}

/// All use cases of the fixed world.
pub fn facade() -> Facade {
    let w = Arc::new(World);
    Facade {
        accounts: w.clone(),
        products: w.clone(),
        configurations: w.clone(),
        jobs: w.clone(),
        admin: w.clone(),
        embeds: w.clone(),
        prices: w.clone(),
        assets: w.clone(),
        files: w.clone(),
        events: w.clone(),
        idempotency: w.clone(),
        health: w,
    }
}

/// A session layer's work: a person when the request has the cookie `as=person`, else a visitor.
pub fn session(headers: &http::HeaderMap) -> Session {
    let person = headers.get("cookie").and_then(|c| c.to_str().ok()).is_some_and(|c| c.contains("as=person"));
    let actor = if person {
        Actor::User { id: Uuid::nil(), email: "a.lindqvist@haldenworks.com".into(), session: Uuid::nil(), role: Role::Admin }
    } else {
        Actor::Visitor
    };
    Session { ctx: Ctx { actor, tenant: Uuid::nil(), caller: Caller { request_id: "req-7F3A".into(), ..Caller::default() } }, secure_cookies: true }
}
