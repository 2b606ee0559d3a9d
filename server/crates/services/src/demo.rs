//! The demo organization: a person in each role, a few saved configurations, their files asked for.

use crate::errors::Refuse;
use crate::inner::Inner;
use crate::{Services, trail};
use contract::{AppError, BreakRow, NewConfiguration, NewJob, PriceListSettings, PriceRow, PriceRules, ProductQuery, RateRow, RoundingRule};
use facade::{Actor, Caller, Configurations, Ctx, Jobs, Outcome, Prices, Products, Role};
use serde_json::{Value, json};
use store::accounts as rows;
use uuid::Uuid;

/// Saved configurations: SKU, name, choices, shared.
fn saved() -> [(&'static str, &'static str, Value, bool); 4] {
    [
        ("DESK-HA", "Corner office, window side", json!({ "width": 1800, "finish": "walnut" }), true),
        ("DESK-HA", "Team desk, 12 pieces", json!({ "width": 1400, "finish": "ash", "colour": "white" }), false),
        ("CAB-BASE", "Pantry, left of the sink", json!({ "width": 600, "front": "oak", "drawers": 2 }), false),
        ("CAB-BASE", "Coffee point", json!({ "width": 900, "front": "graphite" }), true),
    ]
}

impl Services {
    /// Makes the organization `name` with these people (mail address, name, role; the first is its administrator), demo products and a few
    /// saved configurations, unless it is there. With `fresh` the one that is there is closed first, and its people go over to the new one.
    /// Everybody gets `password`.
    ///
    /// # Errors
    /// The database is away; no people at all, or a role that does not exist.
    pub async fn demo(&self, name: &str, password: &str, people: &[(&str, &str, &str)], fresh: bool) -> Outcome<Uuid> {
        let inner = &self.0;
        let (admin, _, _) = people.first().ok_or_else(|| AppError::invalid_at("/people", "A demo organization needs somebody."))?;
        if let Some(there) = present(inner, admin, name).await? {
            if !fresh {
                return Ok(there);
            }
            close(inner, there).await?;
        }
        let (tenant, crew) = make(inner, name, password, people).await?;
        furnish(self, tenant, &crew).await?;
        Ok(tenant)
    }
}

/// The demo organization that is there: one of this name with the administrator in it.
async fn present(inner: &Inner, admin: &str, name: &str) -> Outcome<Option<Uuid>> {
    let mut tx = inner.store.platform("the demo organization is looked for").await.refuse()?;
    let Some(user) = rows::user_by_email(&mut tx, admin).await.refuse()? else { return Ok(None) };
    let memberships = rows::memberships(&mut tx, user.id).await.refuse()?;
    Ok(memberships.into_iter().find(|m| m.tenant_name == name && !m.tenant_disabled).map(|m| m.tenant_id))
}

/// Ends an organization: its people leave, its data stays (the audit log can't be removed by design).
async fn close(inner: &Inner, tenant: Uuid) -> Outcome<()> {
    let mut tx = inner.store.platform("an old demo organization is closed").await.refuse()?;
    for member in rows::members(&mut tx, tenant).await.refuse()? {
        rows::revoke_sessions_of(&mut tx, member.user_id, Some(tenant), "fresh demo", inner.now()).await.refuse()?;
        rows::remove_member(&mut tx, tenant, member.user_id).await.refuse()?;
    }
    rows::set_tenant_disabled(&mut tx, tenant, true).await.refuse()?;
    tx.commit().await.refuse()
}

async fn make(inner: &Inner, name: &str, password: &str, people: &[(&str, &str, &str)]) -> Outcome<(Uuid, Vec<Actor>)> {
    let hash = inner.passwords.hash(password).await?;
    let tenant = inner.ports.ids.id();
    let mut tx = inner.store.platform("the demo organization is made").await.refuse()?;
    rows::create_tenant(&mut tx, &rows::NewTenant { id: tenant, name, slug: None, currency: "USD", kind: "organization" }).await.refuse()?;
    let mut crew = Vec::new();
    for &(email, name, role) in people {
        let role = Role::parse(role).ok_or_else(|| AppError::invalid_at("/people", format!("There is no role {role}.")))?;
        let id = match rows::user_by_email(&mut tx, email).await.refuse()? {
            Some(user) => {
                rows::set_password(&mut tx, user.id, &hash).await.refuse()?;
                user.id
            }
            None => {
                let id = inner.ports.ids.id();
                rows::create_user(&mut tx, &rows::NewUser { id, email, name, password_hash: &hash }).await.refuse()?;
                id
            }
        };
        rows::add_member(&mut tx, tenant, id, role.as_str()).await.refuse()?;
        rows::set_last_tenant(&mut tx, id, tenant).await.refuse()?;
        crew.push(Actor::User { id, email: email.to_owned(), session: Uuid::nil(), role });
    }
    let mut tx = tx.into_tenant(&store::TenantScope::system(tenant)).await.refuse()?;
    crate::starter::furnish(inner, &mut tx).await?;
    trail::note(inner, &mut tx, "tenant.created", tenant.to_string().as_str(), None, Some(&json!({ "name": name, "people": people.len() }))).await?;
    tx.commit().await.refuse()?;
    Ok((tenant, crew))
}

/// A customer with a contract, and prices in euros for whoever asks.
fn price_lists() -> [PriceListSettings; 2] {
    let since = || "2026-01-01".to_owned();
    let off = |from, percent| BreakRow { sku: String::new(), from, percent };
    let contract = PriceRules {
        changes: vec![
            PriceRow { percent: Some(-12.0), ..PriceRow::default() },
            PriceRow { sku: "DESK-HA".to_owned(), line: "frame".to_owned(), percent: Some(-18.5), ..PriceRow::default() },
        ],
        breaks: vec![off(10, 4.0), off(50, 7.5)],
        rounding: Some(RoundingRule { to_minor: 100, way: "nearest".to_owned() }),
        ..PriceRules::default()
    };
    let euros = PriceRules {
        rates: vec![RateRow { from: "USD".to_owned(), rate: "0.92".to_owned() }],
        rounding: Some(RoundingRule { to_minor: 500, way: "up".to_owned() }),
        ..PriceRules::default()
    };
    let list = |name: &str, currency: &str, rules| PriceListSettings {
        name: name.to_owned(),
        currency: currency.to_owned(),
        starts: since(),
        rules,
        ..PriceListSettings::default()
    };
    [
        PriceListSettings { customer: Some("Northlight Studio".to_owned()), ..list("Northlight contract", "USD", contract) },
        PriceListSettings { on_request: true, ..list("Europe", "EUR", euros) },
    ]
}

/// Saved configurations by those who may save, in turn.
async fn furnish(services: &Services, tenant: Uuid, crew: &[Actor]) -> Outcome<()> {
    let contexts: Vec<Ctx> = crew
        .iter()
        .map(|actor| Ctx { actor: actor.clone(), tenant, caller: Caller { request_id: "demo".to_owned(), ..Caller::default() } })
        .filter(|ctx| ctx.may(facade::Permission::ConfigurationsWrite) && ctx.may(facade::Permission::JobsCreate))
        .collect();
    let Some(first) = contexts.first() else { return Ok(()) };
    let products = Products::list(services, first, ProductQuery::default()).await?.items;
    let system = Ctx { actor: Actor::System, ..first.clone() };
    for list in price_lists() {
        Prices::create(services, &system, list).await?;
    }
    for ((sku, name, choices, shared), ctx) in saved().into_iter().zip(contexts.iter().cycle()) {
        let Some(product) = products.iter().find(|p| p.sku == sku) else { continue };
        let config_data = choices.as_object().cloned().unwrap_or_default();
        let new = NewConfiguration { product_id: product.id.clone(), name: name.to_owned(), config_data, ..NewConfiguration::default() };
        let saved = Configurations::create(services, ctx, new).await?;
        if shared {
            Configurations::share(services, ctx, &saved.id).await?;
        }
        Jobs::create(services, ctx, NewJob { configuration_id: Some(saved.id), ..NewJob::default() }).await?;
    }
    Ok(())
}
