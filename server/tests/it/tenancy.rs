//! Every operation of the facade against another tenant's things (not found, never forbidden), against visitors, and by role.
//!
//! A new method of a facade trait needs a line in [`operations`]: `every_method_has_a_line` counts them against the trait's source and
//! fails otherwise.

use contract::*;
use facade::{Actor, Ctx, Facade, Permission, Role};
use serde_json::json;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use test_kit::{TestApp, TestTenant, caller, new_configuration, new_job};

/// How an operation treats callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// Needs this permission, and names a thing of a workspace: another's is not found.
    Thing(Permission),
    /// Needs this permission; works on the caller's own workspace alone.
    Own(Permission),
    /// Anybody signed in; names nothing of another workspace.
    Person,
    /// Before anybody is known, or by an unguessable token.
    Open,
}

type Call = Box<dyn Fn(Facade, Ctx) -> Pin<Box<dyn Future<Output = Result<(), AppError>> + Send>> + Send + Sync>;

struct Operation {
    name: &'static str,
    guard: Guard,
    /// Calls it on the things of the workspace that [`operations`] was given.
    call: Option<Call>,
}

macro_rules! op {
    ($list:ident, $name:literal, $guard:expr) => {
        $list.push(Operation { name: $name, guard: $guard, call: None });
    };
    ($list:ident, $name:literal, $guard:expr, [$($id:ident),*], |$f:ident, $ctx:ident| $call:expr) => {{
        $(let $id = $id.clone();)*
        let call: Call = Box::new(move |$f, $ctx| {
            $(let $id = $id.clone();)*
            Box::pin(async move { $call.await.map(drop) })
        });
        $list.push(Operation { name: $name, guard: $guard, call: Some(call) });
    }};
}

/// Things of one workspace.
struct Things {
    product: String,
    configuration: String,
    job: String,
    member: String,
    embed: String,
    list: String,
    asset: String,
    mail: String,
    tenant: String,
}

async fn things(app: &TestApp, tenant: &TestTenant) -> Things {
    let product = tenant.product("DESK-HA").await.id;
    let admin = &tenant.admin.ctx;
    let saved = app.facade.configurations.create(admin, new_configuration(&product, "Theirs", &json!({ "width": 1500 }))).await.expect("saved");
    let job = app.facade.jobs.create(admin, new_job(&product, &json!({ "width": 1550 }))).await.expect("asked");
    let member = tenant.viewer().await.id();
    let embed = app.facade.embeds.create(admin, EmbedSettings { name: "Shop".to_owned(), ..EmbedSettings::default() }).await.expect("made").id;
    let list = app.facade.prices.create(admin, price_list("Theirs")).await.expect("made").id;
    let new = NewAsset { file_name: "theirs.stl".to_owned(), ..NewAsset::default() };
    let asset = app.facade.assets.take(admin, new, crate::http::assets::STL.into()).await.expect("taken").asset.id;
    let mail = crate::http::kept_mail(app, tenant.id).await;
    Things { mail, product, configuration: saved.id, job: job.id, member, embed, list, asset, tenant: tenant.id.to_string() }
}

#[rustfmt::skip]
fn operations(of: &Things) -> Vec<Operation> {
    use Guard::*;
    use Permission as P;
    let Things { product, configuration, job, member, embed, list: prices, asset, mail, tenant } = of;
    let page = PageRequest::default();
    let definition = publish_definition();
    let mut list = Vec::new();
    // Accounts.
    for name in ["register", "login", "refresh", "logout_by_refresh", "authenticate", "visitor", "forgot_password", "reset_password", "accept_invite"] {
        list.push(Operation { name, guard: Open, call: None });
    }
    op!(list, "logout", Person);
    op!(list, "switch", Person, [tenant], |f, ctx| f.accounts.switch(&ctx, Switch { tenant_id: tenant }));
    op!(list, "me", Person, [], |f, ctx| f.accounts.me(&ctx));
    // Products.
    op!(list, "products.list", Own(P::ProductsRead), [], |f, ctx| f.products.list(&ctx, ProductQuery::default()));
    op!(list, "products.categories", Own(P::ProductsRead), [], |f, ctx| f.products.categories(&ctx, ProductQuery::default()));
    op!(list, "products.get", Thing(P::ProductsRead), [product], |f, ctx| f.products.get(&ctx, &product));
    op!(list, "products.create", Own(P::ProductsWrite), [definition], |f, ctx| f.products.create(&ctx, definition));
    op!(list, "products.update", Thing(P::ProductsWrite), [product, definition], |f, ctx| f.products.update(&ctx, &product, definition, None));
    op!(list, "products.publish", Thing(P::ProductsWrite), [product], |f, ctx| f.products.publish(&ctx, &product, None));
    op!(list, "products.definition", Thing(P::ProductsWrite), [product], |f, ctx| f.products.definition(&ctx, &product));
    op!(list, "products.check", Thing(P::ProductsWrite), [product], |f, ctx| f.products.check(&ctx, &product, "{}".to_owned()));
    op!(list, "products.edit", Own(P::ProductsWrite), [], |f, ctx| f.products.edit(&ctx, EditDefinition { text: "{}".to_owned(), pointer: "/sku".to_owned(), value: "A".into() }));
    op!(list, "products.copy", Thing(P::ProductsWrite), [product], |f, ctx| f.products.copy(&ctx, &product));
    op!(list, "products.configure", Thing(P::ProductsRead), [product], |f, ctx| f.products.configure(&ctx, &product, ConfigureRequest::default()));
    op!(list, "products.workshop", Thing(P::ProductsRead), [product], |f, ctx| f.products.workshop(&ctx, &product, WorkshopRequest::default()));
    op!(list, "products.workshop_file", Thing(P::ProductsRead), [product], |f, ctx| f.products.workshop_file(&ctx, &product, WorkshopRequest::default(), "lists.xlsx".to_owned()));
    op!(list, "products.drawing", Thing(P::ProductsRead), [product], |f, ctx| f.products.drawing(&ctx, &product, ConfigData::new()));
    op!(list, "products.configurator", Thing(P::ProductsRead), [product], |f, ctx| f.products.configurator(&ctx, &product, ConfigData::new(), PriceFor::default()));
    // Configurations.
    op!(list, "configurations.create", Thing(P::ConfigurationsWrite), [product], |f, ctx| f.configurations.create(&ctx, new_configuration(&product, "Mine", &json!({}))));
    op!(list, "configurations.list", Own(P::ConfigurationsRead), [], |f, ctx| f.configurations.list(&ctx, ConfigurationQuery::default()));
    op!(list, "configurations.folders", Own(P::ConfigurationsRead), [], |f, ctx| f.configurations.folders(&ctx));
    op!(list, "configurations.get", Thing(P::ConfigurationsRead), [configuration], |f, ctx| f.configurations.get(&ctx, &configuration));
    op!(list, "configurations.change", Thing(P::ConfigurationsWrite), [configuration], |f, ctx| f.configurations.change(&ctx, &configuration, ChangeConfiguration { name: Some("Other".to_owned()), ..ChangeConfiguration::default() }, None));
    op!(list, "configurations.renew", Thing(P::ConfigurationsWrite), [configuration], |f, ctx| f.configurations.renew(&ctx, &configuration, None));
    op!(list, "configurations.fork", Thing(P::ConfigurationsWrite), [configuration], |f, ctx| f.configurations.fork(&ctx, &configuration, ForkConfiguration::default()));
    op!(list, "configurations.difference", Thing(P::ConfigurationsRead), [configuration], |f, ctx| f.configurations.difference(&ctx, &configuration, None));
    op!(list, "configurations.share", Thing(P::ConfigurationsWrite), [configuration], |f, ctx| f.configurations.share(&ctx, &configuration));
    op!(list, "configurations.revoke_share", Thing(P::ConfigurationsWrite), [configuration], |f, ctx| f.configurations.revoke_share(&ctx, &configuration));
    op!(list, "configurations.delete", Thing(P::ConfigurationsWrite), [configuration], |f, ctx| f.configurations.delete(&ctx, &configuration, None));
    op!(list, "configurations.specification", Thing(P::ConfigurationsRead), [configuration], |f, ctx| f.configurations.specification(&ctx, &configuration));
    // By an unguessable token.
    op!(list, "shared", Open);
    op!(list, "shared_specification", Open);
    op!(list, "shared_drawing", Open);
    // Jobs.
    op!(list, "jobs.create", Thing(P::JobsCreate), [product], |f, ctx| f.jobs.create(&ctx, new_job(&product, &json!({}))));
    op!(list, "jobs.get", Thing(P::JobsRead), [job], |f, ctx| f.jobs.get(&ctx, &job));
    op!(list, "jobs.list", Own(P::JobsRead), [], |f, ctx| f.jobs.list(&ctx, JobQuery::default()));
    op!(list, "jobs.figures", Own(P::JobsRead), [], |f, ctx| f.jobs.figures(&ctx));
    op!(list, "jobs.cancel", Thing(P::JobsCreate), [job], |f, ctx| f.jobs.cancel(&ctx, &job));
    op!(list, "jobs.again", Thing(P::JobsCreate), [job], |f, ctx| f.jobs.again(&ctx, &job));
    // Administration.
    op!(list, "admin.members", Own(P::UsersRead), [], |f, ctx| f.admin.members(&ctx));
    op!(list, "admin.invite", Own(P::UsersWrite), [], |f, ctx| f.admin.invite(&ctx, Invite { email: format!("{}@example.com", ctx.tenant.simple()), role: "viewer".to_owned() }));
    op!(list, "admin.change_member", Thing(P::UsersWrite), [member], |f, ctx| f.admin.change_member(&ctx, &member, ChangeMember { role: Some("designer".to_owned()), disabled: None }));
    op!(list, "admin.remove_member", Thing(P::UsersWrite), [member], |f, ctx| f.admin.remove_member(&ctx, &member));
    op!(list, "admin.audit", Own(P::AuditRead), [page], |f, ctx| f.admin.audit(&ctx, page));
    op!(list, "admin.audit_verify", Own(P::AuditRead), [], |f, ctx| f.admin.audit_verify(&ctx));
    op!(list, "admin.outbox", Own(P::OutboxRead), [page], |f, ctx| f.admin.outbox(&ctx, page));
    op!(list, "admin.outbox_file", Thing(P::OutboxRead), [mail], |f, ctx| f.admin.outbox_file(&ctx, &mail));
    // Embeds.
    let settings = EmbedSettings { name: "Ours".to_owned(), ..EmbedSettings::default() };
    op!(list, "embeds.list", Own(P::EmbedsRead), [], |f, ctx| f.embeds.list(&ctx));
    op!(list, "embeds.get", Thing(P::EmbedsRead), [embed], |f, ctx| f.embeds.get(&ctx, &embed));
    op!(list, "embeds.create", Own(P::EmbedsWrite), [settings], |f, ctx| f.embeds.create(&ctx, settings));
    op!(list, "embeds.change", Thing(P::EmbedsWrite), [embed, settings], |f, ctx| f.embeds.change(&ctx, &embed, settings, None));
    op!(list, "embeds.delete", Thing(P::EmbedsWrite), [embed], |f, ctx| f.embeds.delete(&ctx, &embed, None));
    op!(list, "embeds.ask", Thing(P::LeadsCreate), [configuration], |f, ctx| f.embeds.ask(&ctx, NewLead { configuration: Some(configuration), name: "Kim".to_owned(), email: "kim@example.com".to_owned(), ..NewLead::default() }));
    op!(list, "embeds.leads", Own(P::LeadsRead), [page], |f, ctx| f.embeds.leads(&ctx, page));
    // By public id, or by the token that it gave: see `embeds.rs`.
    for name in ["open", "sketch", "check", "token", "embeds.authenticate", "used"] {
        list.push(Operation { name, guard: Open, call: None });
    }
    // Price lists.
    let listed = price_list("Ours");
    op!(list, "assets.list", Own(P::AssetsRead), [], |f, ctx| f.assets.list(&ctx, AssetQuery::default()));
    op!(list, "assets.get", Thing(P::AssetsRead), [asset], |f, ctx| f.assets.get(&ctx, &asset));
    op!(list, "assets.take", Own(P::AssetsWrite), [], |f, ctx| f.assets.take(&ctx, NewAsset { file_name: "a.stl".to_owned(), ..NewAsset::default() }, crate::http::assets::STL.into()));
    op!(list, "assets.change", Thing(P::AssetsWrite), [asset], |f, ctx| f.assets.change(&ctx, &asset, AssetChange { name: Some("A".to_owned()), ..AssetChange::default() }, None));
    op!(list, "assets.delete", Thing(P::AssetsWrite), [asset], |f, ctx| f.assets.delete(&ctx, &asset, None));
    op!(list, "prices.list", Own(P::PricesRead), [], |f, ctx| f.prices.list(&ctx));
    op!(list, "prices.get", Thing(P::PricesRead), [prices], |f, ctx| f.prices.get(&ctx, &prices));
    op!(list, "prices.desk", Own(P::PricesRead), [], |f, ctx| f.prices.desk(&ctx));
    op!(list, "prices.create", Own(P::PricesWrite), [listed], |f, ctx| f.prices.create(&ctx, listed));
    op!(list, "prices.change", Thing(P::PricesWrite), [prices, listed], |f, ctx| f.prices.change(&ctx, &prices, listed, None));
    op!(list, "prices.delete", Thing(P::PricesWrite), [prices], |f, ctx| f.prices.delete(&ctx, &prices, None));
    op!(list, "prices.trial", Own(P::PricesRead), [listed], |f, ctx| f.prices.trial(&ctx, listed));
    // Files, events, idempotency, health: by token, filtered or scoped at the door, or nobody's.
    for name in ["files.get", "room", "subscribe", "find", "report"] {
        list.push(Operation { name, guard: Open, call: None });
    }
    list
}

fn price_list(name: &str) -> PriceListSettings {
    PriceListSettings { name: name.to_owned(), currency: "USD".to_owned(), starts: "2026-01-01".to_owned(), ..PriceListSettings::default() }
}

/// A definition that no demo product clashes with.
fn publish_definition() -> serde_json::Value {
    let mut definition = publish::demo().into_iter().next().expect("a demo product");
    definition["sku"] = json!("TEST-1");
    definition
}

#[test]
fn every_method_has_a_line() {
    let source = include_str!("../../crates/facade/src/traits.rs");
    let methods = source.lines().filter(|l| l.starts_with("    async fn ") || l.starts_with("    fn ")).count();
    let nothing = Things {
        product: String::new(),
        configuration: String::new(),
        job: String::new(),
        member: String::new(),
        embed: String::new(),
        list: String::new(),
        asset: String::new(),
        mail: String::new(),
        tenant: String::new(),
    };
    let listed = operations(&nothing).len();
    assert!(methods > 40, "looked at too few methods: {methods}");
    assert_eq!(methods, listed, "a method of the facade has no line in `operations`: add it, with its guard and a call on another tenant's thing");
}

#[tokio::test]
async fn what_belongs_to_another_workspace_is_not_found() {
    let app = TestApp::start().await;
    let (acme, birch) = (app.tenant("acme").await, app.tenant("birch").await);
    let theirs = things(&app, &acme).await;
    let audit = app.db.value(&format!("select count(*) from audit_log where tenant_id = '{}'", acme.id)).await.expect("count");
    let mut looked_at = 0;
    for op in operations(&theirs) {
        let (Guard::Thing(_), Some(call)) = (op.guard, &op.call) else { continue };
        // An administrator of the other workspace: every permission, and still nothing there.
        let error = call(app.facade.clone(), birch.admin.ctx.clone()).await.expect_err(op.name);
        assert_eq!(error.kind, ErrorKind::NotFound, "{}: {error:?}", op.name);
        looked_at += 1;
    }
    assert!(looked_at >= 16, "only {looked_at}");
    let switched = app.facade.accounts.switch(&birch.admin.ctx, Switch { tenant_id: theirs.tenant.clone() }).await.expect_err("no member");
    assert_eq!(switched.kind, ErrorKind::NotFound);
    assert_eq!(app.db.value(&format!("select count(*) from audit_log where tenant_id = '{}'", acme.id)).await.expect("count"), audit, "nothing was done there");

    // Lists of the other workspace hold nothing of this one.
    let products: BTreeSet<String> =
        app.facade.products.list(&birch.admin.ctx, ProductQuery::default()).await.expect("list").items.into_iter().map(|p| p.id).collect();
    assert!(!products.is_empty() && !products.contains(&theirs.product));
    assert!(app.facade.configurations.list(&birch.admin.ctx, ConfigurationQuery::default()).await.expect("list").items.is_empty());
    assert!(app.facade.jobs.list(&birch.admin.ctx, JobQuery::default()).await.expect("list").items.is_empty());
    assert_eq!(app.facade.admin.members(&birch.admin.ctx).await.expect("members").len(), 1);
}

#[tokio::test]
async fn every_operation_asks_for_its_permission_first() {
    let app = TestApp::start().await;
    app.services.ensure_showcase().await.expect("showcase");
    let acme = app.tenant("acme").await;
    let own = things(&app, &acme).await;
    let visitor = app.facade.accounts.visitor(&caller()).await.expect("a visitor");
    let (mut refused, mut allowed) = (0, 0);
    for role in facade::permission::ROLES {
        let Actor::User { id, email, session, .. } = acme.admin.ctx.actor.clone() else { panic!("a person") };
        let ctx = Ctx { actor: Actor::User { id, email, session, role }, ..acme.admin.ctx.clone() };
        for op in operations(&own) {
            let (Guard::Thing(permission) | Guard::Own(permission), Some(call)) = (op.guard, &op.call) else { continue };
            if role.allows(permission) {
                // Only reads here: what changes things is tried elsewhere, and would use up the things.
                if matches!(
                    permission,
                    Permission::ProductsRead | Permission::ConfigurationsRead | Permission::JobsRead | Permission::UsersRead | Permission::AuditRead
                ) {
                    call(app.facade.clone(), ctx.clone()).await.unwrap_or_else(|e| panic!("{} as {}: {e:?}", op.name, role.as_str()));
                    allowed += 1;
                }
            } else {
                let error = call(app.facade.clone(), ctx.clone()).await.expect_err(op.name);
                assert_eq!(error.kind, ErrorKind::Forbidden, "{} as {}", op.name, role.as_str());
                refused += 1;
            }
        }
    }
    assert!(refused > 50 && allowed > 40, "{refused} {allowed}");
    for op in operations(&own) {
        let (Guard::Thing(permission) | Guard::Own(permission), Some(call)) = (op.guard, &op.call) else { continue };
        let outcome = call(app.facade.clone(), visitor.clone()).await;
        match (permission, op.guard) {
            (Permission::ProductsRead, Guard::Own(_)) => outcome.expect(op.name),
            (Permission::ProductsRead, _) => assert_eq!(outcome.expect_err(op.name).kind, ErrorKind::NotFound, "{}: not of the showcase", op.name),
            _ => assert_eq!(outcome.expect_err(op.name).kind, ErrorKind::Unauthenticated, "{}", op.name),
        }
    }
    assert_eq!(app.facade.accounts.me(&visitor).await.expect_err("nobody").kind, ErrorKind::Unauthenticated);
    assert_eq!(Role::parse("admin"), Some(Role::Admin));
}

#[tokio::test]
async fn malformed_ids_are_malformed_and_unknown_ones_not_found() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let odd = |id: &str| Things {
        product: id.to_owned(),
        configuration: id.to_owned(),
        job: id.to_owned(),
        member: id.to_owned(),
        embed: id.to_owned(),
        list: id.to_owned(),
        asset: id.to_owned(),
        mail: id.to_owned(),
        tenant: id.to_owned(),
    };
    let nowhere = uuid::Uuid::now_v7().to_string();
    for op in operations(&odd("../../etc/passwd")) {
        let (Guard::Thing(_), Some(call)) = (op.guard, &op.call) else { continue };
        let error = call(app.facade.clone(), acme.admin.ctx.clone()).await.expect_err(op.name);
        // In a body it is 422, in a path 400.
        assert!(matches!(error.kind, ErrorKind::Malformed | ErrorKind::Invalid), "{}: {error:?}", op.name);
    }
    for op in operations(&odd(&nowhere)) {
        let (Guard::Thing(_), Some(call)) = (op.guard, &op.call) else { continue };
        assert_eq!(call(app.facade.clone(), acme.admin.ctx.clone()).await.expect_err(op.name).kind, ErrorKind::NotFound, "{}", op.name);
    }
}
