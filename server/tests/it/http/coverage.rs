//! Every operation of the description × visitor, other tenant, each role. An operation without a row fails, and says what to do.

use super::{as_user, door};
use facade::permission::ROLES;
use facade::{Permission, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use test_kit::http::Client;
use test_kit::{TestApp, TestTenant};

/// Who may do it.
#[derive(Clone, Copy, Debug)]
enum Who {
    /// No session needed; the status that a visitor gets for the row's body (0: any refusal).
    Open(u16),
    /// Visitors too, of what is published in the showcase.
    Visitors,
    /// Anybody who is signed in.
    Signed,
    /// Roles with this permission.
    With(Permission),
}

/// What `{id}` names.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thing {
    None,
    Product,
    Configuration,
    Job,
    Member,
    Embed,
    PriceList,
    Asset,
    Mail,
}

struct Row {
    operation: &'static str,
    who: Who,
    thing: Thing,
    body: Option<Value>,
}

fn rows(tenant_product: &str) -> Vec<Row> {
    use Permission::*;
    use Who::*;
    let row = |operation, who, thing, body| Row { operation, who, thing, body };
    let sign_in = json!({ "email": "nobody@example.com", "password": "not this one" });
    let mailed = json!({ "token": "no such token", "password": "linen and walnut 7", "name": "N" });
    vec![
        row("POST /api/v1/auth/register", Open(422), Thing::None, Some(json!({ "email": "no address", "password": "x", "name": "" }))),
        row("POST /api/v1/auth/login", Open(401), Thing::None, Some(sign_in.clone())),
        row("POST /api/v1/auth/refresh", Open(401), Thing::None, Some(json!({ "refresh_token": "no such token" }))),
        row("POST /api/v1/auth/logout", Open(204), Thing::None, None),
        row("POST /api/v1/auth/switch", Signed, Thing::None, Some(json!({ "tenant_id": "01890a5d-ac96-774b-bcce-b302099a8057" }))),
        row("POST /api/v1/auth/forgot-password", Open(204), Thing::None, Some(sign_in)),
        row("POST /api/v1/auth/reset-password", Open(0), Thing::None, Some(mailed.clone())),
        row("POST /api/v1/auth/accept-invite", Open(0), Thing::None, Some(mailed)),
        row("GET /api/v1/me", Signed, Thing::None, None),
        row("GET /api/v1/products", Visitors, Thing::None, None),
        row("GET /api/v1/products/{id}", Visitors, Thing::Product, None),
        row("POST /api/v1/products/{id}/configure", Visitors, Thing::Product, Some(json!({ "config_data": {} }))),
        row("POST /api/v1/products/{id}/workshop", Visitors, Thing::Product, Some(json!({ "config_data": {} }))),
        row("GET /api/v1/products/{id}/workshop/{file}", Visitors, Thing::Product, None),
        row("GET /api/v1/products/{id}/drawing.svg", Visitors, Thing::Product, None),
        row("POST /api/v1/products", With(ProductsWrite), Thing::None, Some(json!({}))),
        row("PUT /api/v1/products/{id}", With(ProductsWrite), Thing::Product, Some(json!({}))),
        row("POST /api/v1/products/{id}/publish", With(ProductsWrite), Thing::Product, None),
        row("GET /api/v1/products/{id}/definition", With(ProductsWrite), Thing::Product, None),
        row("POST /api/v1/products/{id}/check", With(ProductsWrite), Thing::Product, Some(json!({ "text": "{}" }))),
        row("POST /api/v1/products/{id}/copy", With(ProductsWrite), Thing::Product, None),
        row("POST /api/v1/definitions/edit", With(ProductsWrite), Thing::None, Some(json!({ "text": "{}", "pointer": "/sku", "value": "A" }))),
        row("GET /api/v1/configurations", With(ConfigurationsRead), Thing::None, None),
        row(
            "POST /api/v1/configurations",
            With(ConfigurationsWrite),
            Thing::None,
            Some(json!({ "product_id": tenant_product, "name": "Desk", "config_data": {} })),
        ),
        row("GET /api/v1/configurations/{id}", With(ConfigurationsRead), Thing::Configuration, None),
        row("PATCH /api/v1/configurations/{id}", With(ConfigurationsWrite), Thing::Configuration, Some(json!({ "name": "Other" }))),
        row("DELETE /api/v1/configurations/{id}", With(ConfigurationsWrite), Thing::Configuration, None),
        row("GET /api/v1/configurations/folders", With(ConfigurationsRead), Thing::None, None),
        row("POST /api/v1/configurations/{id}/renew", With(ConfigurationsWrite), Thing::Configuration, None),
        row("POST /api/v1/configurations/{id}/fork", With(ConfigurationsWrite), Thing::Configuration, None),
        row("GET /api/v1/configurations/{id}/difference", With(ConfigurationsRead), Thing::Configuration, None),
        row("POST /api/v1/configurations/{id}/share", With(ConfigurationsWrite), Thing::Configuration, None),
        row("DELETE /api/v1/configurations/{id}/share", With(ConfigurationsWrite), Thing::Configuration, None),
        row("GET /api/v1/jobs", With(JobsRead), Thing::None, None),
        row("POST /api/v1/jobs", With(JobsCreate), Thing::None, Some(json!({ "product_id": tenant_product, "config_data": {} }))),
        row("GET /api/v1/jobs/figures", With(JobsRead), Thing::None, None),
        row("GET /api/v1/jobs/{id}", With(JobsRead), Thing::Job, None),
        row("POST /api/v1/jobs/{id}/cancel", With(JobsCreate), Thing::Job, None),
        row("POST /api/v1/jobs/{id}/again", With(JobsCreate), Thing::Job, None),
        row("GET /api/v1/admin/members", With(UsersRead), Thing::None, None),
        row("PATCH /api/v1/admin/members/{id}", With(UsersWrite), Thing::Member, Some(json!({ "role": "viewer" }))),
        row("DELETE /api/v1/admin/members/{id}", With(UsersWrite), Thing::Member, None),
        row("POST /api/v1/admin/invitations", With(UsersWrite), Thing::None, Some(json!({ "email": "no address", "role": "viewer" }))),
        row("GET /api/v1/admin/audit", With(AuditRead), Thing::None, None),
        row("GET /api/v1/admin/audit/verify", With(AuditRead), Thing::None, None),
        row("GET /api/v1/admin/outbox", With(OutboxRead), Thing::None, None),
        row("GET /api/v1/admin/outbox/{id}/attachment", With(OutboxRead), Thing::Mail, None),
        row("GET /api/v1/configurations/{id}/specification.pdf", With(ConfigurationsRead), Thing::Configuration, None),
        row("GET /api/v1/shared/{token}/specification.pdf", Open(404), Thing::None, None),
        row("GET /api/v1/shared/{token}/drawing.svg", Open(404), Thing::None, None),
        row("GET /api/v1/embeds", With(EmbedsRead), Thing::None, None),
        row("POST /api/v1/embeds", With(EmbedsWrite), Thing::None, Some(json!({ "name": "Shop" }))),
        row("GET /api/v1/embeds/{id}", With(EmbedsRead), Thing::Embed, None),
        row("PUT /api/v1/embeds/{id}", With(EmbedsWrite), Thing::Embed, Some(json!({ "name": "Other" }))),
        row("DELETE /api/v1/embeds/{id}", With(EmbedsWrite), Thing::Embed, None),
        row("POST /api/v1/embeds/{id}/token", Open(404), Thing::None, Some(json!({ "origin": "https://shop.example" }))),
        row("GET /api/v1/embeds/{id}/check", Open(200), Thing::None, None),
        row("GET /api/v1/embeds/{id}/poster", Open(404), Thing::None, None),
        row("GET /api/v1/embeds/{id}/drawing.svg", Open(404), Thing::None, None),
        row("POST /api/v1/embeds/events", Open(401), Thing::None, Some(json!({ "event": "changed" }))),
        row("POST /api/v1/leads", With(LeadsCreate), Thing::None, Some(json!({ "product_id": tenant_product, "name": "Kim", "email": "kim@example.com" }))),
        row("GET /api/v1/leads", With(LeadsRead), Thing::None, None),
        row("GET /api/v1/price-lists", With(PricesRead), Thing::None, None),
        row("POST /api/v1/price-lists", With(PricesWrite), Thing::None, Some(price_list())),
        row("POST /api/v1/price-lists/trial", With(PricesRead), Thing::None, Some(price_list())),
        row("GET /api/v1/price-lists/{id}", With(PricesRead), Thing::PriceList, None),
        row("PUT /api/v1/price-lists/{id}", With(PricesWrite), Thing::PriceList, Some(price_list())),
        row("DELETE /api/v1/price-lists/{id}", With(PricesWrite), Thing::PriceList, None),
        row("GET /api/v1/assets", With(AssetsRead), Thing::None, None),
        row("POST /api/v1/assets", With(AssetsWrite), Thing::None, Some(json!({}))),
        row("GET /api/v1/assets/{id}", With(AssetsRead), Thing::Asset, None),
        row("PATCH /api/v1/assets/{id}", With(AssetsWrite), Thing::Asset, Some(json!({ "name": "Chair" }))),
        row("DELETE /api/v1/assets/{id}", With(AssetsWrite), Thing::Asset, None),
        row("GET /api/v1/events", Signed, Thing::None, None),
        row("GET /ws", Signed, Thing::None, None),
        row("GET /files/{token}/{name}", Open(404), Thing::None, None),
        row("GET /health", Open(200), Thing::None, None),
        row("GET /metrics", Open(200), Thing::None, None),
        row("GET /api/v1/openapi.json", Open(200), Thing::None, None),
    ]
}

fn price_list() -> Value {
    json!({ "name": "Contract", "currency": "USD", "starts": "2026-01-01" })
}

/// A workspace with a thing of each kind.
struct World {
    app: TestApp,
    acme: TestTenant,
    product: String,
    people: Vec<(Role, Client)>,
    stranger: Client,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        let other = app.tenant("other").await;
        let mut people = Vec::new();
        for role in ROLES {
            let user = if role == Role::Admin { acme.admin.clone() } else { acme.member(role).await };
            people.push((role, as_user(&app, &user)));
        }
        let product = acme.product("DESK-HA").await.id;
        let stranger = as_user(&app, &other.admin);
        Self { app, acme, product, people, stranger }
    }
    fn admin(&self) -> Client {
        as_user(&self.app, &self.acme.admin)
    }
    /// A fresh thing, so that no probe meets what another left.
    async fn make(&self, thing: Thing) -> String {
        let made = match thing {
            // Where an id belongs all the same, it is a public one that nobody has.
            Thing::None => return "emb_unknown".to_owned(),
            Thing::Product => return self.product.clone(),
            Thing::Configuration => self.admin().post("/api/v1/configurations", json!({ "product_id": self.product, "name": "Desk" })).await.expect(201),
            Thing::Job => self.admin().post("/api/v1/jobs", json!({ "product_id": self.product, "config_data": {} })).await.expect(202),
            Thing::Mail => return super::kept_mail(&self.app, self.acme.id).await,
            Thing::Member => return self.acme.viewer().await.id(),
            Thing::Asset => return super::assets::uploaded(&self.admin()).await,
            Thing::PriceList => self.admin().post("/api/v1/price-lists", price_list()).await.expect(201),
            Thing::Embed => self.admin().post("/api/v1/embeds", json!({ "name": "Shop" })).await.expect(201),
        };
        made.json()["id"].as_str().expect("an id").to_owned()
    }
    async fn probe(&self, client: &Client, row: &Row) -> u16 {
        let id = self.make(row.thing).await;
        let (method, path) = row.operation.split_once(' ').expect("METHOD /path");
        let path =
            path.replace("{id}", &id).replace("{token}", "0123456789abcdef0123456789abcdef").replace("{name}", "model.glb").replace("{file}", "lists.xlsx");
        let reply = client.send(method, &path, row.body.clone()).await;
        assert!(reply.status < 500, "{}: {}", row.operation, reply.text());
        if reply.status >= 400 {
            let _ = reply.problem(reply.status);
        }
        reply.status
    }
}

#[tokio::test]
async fn every_operation_has_a_row() {
    let app = TestApp::start().await;
    let description = door(&app).get("/api/v1/openapi.json").await.expect(200).json();
    let mut operations = BTreeSet::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("an item").keys() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    assert!(operations.len() >= 35, "only {} operations were found: the description is not read rightly", operations.len());
    let table: BTreeSet<String> = rows("x").iter().map(|r| r.operation.to_owned()).collect();
    let missing: Vec<_> = operations.difference(&table).collect();
    assert!(missing.is_empty(), "no authorization row for {missing:?}: add one to rows() in server/tests/it/http/coverage.rs and say who may do it");
    let gone: Vec<_> = table.difference(&operations).collect();
    assert!(gone.is_empty(), "rows for operations that are gone: {gone:?}");
}

#[tokio::test]
async fn visitors_and_strangers_get_nothing_that_is_not_theirs() {
    let world = World::new().await;
    for row in rows(&world.product) {
        let visitor = world.probe(&door(&world.app), &row).await;
        match row.who {
            Who::Open(0) => assert!(matches!(visitor, 400..=422), "{}: {visitor}", row.operation),
            Who::Open(status) => assert_eq!(visitor, status, "{} by a visitor", row.operation),
            // Another workspace's product is not in the showcase.
            Who::Visitors if row.thing == Thing::Product => assert_eq!(visitor, 404, "{} by a visitor", row.operation),
            Who::Visitors => assert_eq!(visitor, 200, "{} by a visitor", row.operation),
            Who::Signed | Who::With(_) => assert_eq!(visitor, 401, "{} by a visitor", row.operation),
        }
        if row.thing != Thing::None {
            assert_eq!(world.probe(&world.stranger, &row).await, 404, "{} by another workspace's administrator", row.operation);
        }
    }
}

#[tokio::test]
async fn each_role_may_do_what_its_permissions_say() {
    let world = World::new().await;
    let mut refused = 0;
    for row in rows(&world.product) {
        if matches!(row.who, Who::Open(_)) {
            continue;
        }
        for (role, client) in &world.people {
            let status = world.probe(client, &row).await;
            let may = match row.who {
                Who::With(permission) => role.allows(permission),
                _ => true,
            };
            if may {
                let hidden = row.operation.ends_with("/switch") && status == 404;
                assert!(hidden || !matches!(status, 401 | 403 | 404), "{} by {}: {status}", row.operation, role.as_str());
            } else {
                refused += 1;
                assert_eq!(status, 403, "{} by {}", row.operation, role.as_str());
            }
        }
    }
    assert!(refused > 40, "only {refused} refusals were seen: the table does not test what it should");
}
