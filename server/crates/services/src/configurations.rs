//! Saved configurations and share pages.

use crate::Services;
use crate::artefacts::{self, Made};
use crate::catalogue::{self, Version};
use crate::engine::{self, Evaluation};
use crate::errors::{Refuse, conflict};
use crate::fields::{Faults, body_id, id as read_id, limit};
use crate::inner::{Inner, found};
use crate::times::stamp;
use crate::{idempotency, products, trail};
use async_trait::async_trait;
use contract::AppError;
use contract::{ChangeConfiguration, ConfigData, Configuration, Money, NewConfiguration, Page, PageRequest, Price, Shared, SharedPage};
use facade::{Actor, Caller, Configurations, Ctx, Outcome, Permission};
use serde_json::{Value, json};
use store::TenantTx;
use store::configurations::{self as rows, Choices};
use uuid::Uuid;

#[async_trait]
impl Configurations for Services {
    async fn create(&self, ctx: &Ctx, request: NewConfiguration) -> Outcome<Configuration> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let product = body_id(&request.product_id, "/product_id")?;
        let version = products::published(&self.0, ctx, product).await?;
        let name = if request.name.trim().is_empty() { version.compiled.name.clone() } else { checked_name(&request.name)? };
        let saved = Saved::of(&self.0, ctx.tenant, &version, request.config_data).await?;
        let id = self.0.ports.ids.id();
        let new = rows::NewConfiguration {
            id,
            product_id: product,
            version: version.number,
            name: &name,
            config_data: &saved.config_data,
            key: &saved.evaluation.response.key,
            variant_code: &saved.evaluation.response.variant_code,
            price: &saved.price,
        };
        let mut tx = self.0.tx(ctx).await?;
        let row = rows::create(&mut tx, &new).await.refuse()?;
        let shown = shown(&self.0, &mut tx, vec![row]).await?.pop().ok_or_else(AppError::internal)?;
        store::bus::announce(&mut tx, "configuration.saved", &json!({ "id": id, "product_id": product })).refuse()?;
        trail::note(&self.0, &mut tx, "configuration.saved", id.to_string().as_str(), None, Some(&state(&shown))).await?;
        idempotency::keep(&mut tx, &ctx.caller, &shown).await?;
        tx.commit().await.refuse()?;
        Ok(shown)
    }

    async fn list(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<Configuration>> {
        ctx.require(Permission::ConfigurationsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let found = rows::list(&mut tx, limit(page.limit)?, page.cursor.as_deref()).await.refuse()?;
        Ok(Page { items: shown(&self.0, &mut tx, found.items).await?, next_cursor: found.next })
    }

    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Configuration> {
        ctx.require(Permission::ConfigurationsRead)?;
        let id = read_id(id, "configuration")?;
        let mut tx = self.0.tx(ctx).await?;
        reread(&self.0, &mut tx, id).await
    }

    async fn change(&self, ctx: &Ctx, id: &str, request: ChangeConfiguration, if_match: Option<i64>) -> Outcome<Configuration> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let id = read_id(id, "configuration")?;
        let name = request.name.as_deref().map(checked_name).transpose()?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        drop(tx);
        if request.config_data.is_some() && before.share_url.is_some() {
            return Err(conflict(
                "configuration_shared",
                "Its link goes on showing what was shared, at that price. Save the change as a new configuration, or end the link first.",
            ));
        }
        // New choices are evaluated, and from then on pinned, in the newest version.
        let saved = match request.config_data {
            Some(choices) => {
                let product = body_id(&before.product_id, "/product_id")?;
                let version = products::published(&self.0, ctx, product).await?;
                Some((version.number, Saved::of(&self.0, ctx.tenant, &version, choices).await?))
            }
            None => None,
        };
        let choices = saved.as_ref().map(|(version, s)| Choices {
            version: *version,
            config_data: &s.config_data,
            key: &s.evaluation.response.key,
            variant_code: &s.evaluation.response.variant_code,
            price: &s.price,
        });
        let mut tx = self.0.tx(ctx).await?;
        if !rows::update(&mut tx, id, name.as_deref(), choices.as_ref(), if_match).await.refuse()? {
            return Err(AppError::not_found("configuration"));
        }
        let after = reread(&self.0, &mut tx, id).await?;
        store::bus::announce(&mut tx, "configuration.saved", &json!({ "id": id, "product_id": after.product_id })).refuse()?;
        trail::note(&self.0, &mut tx, "configuration.changed", id.to_string().as_str(), Some(&state(&before)), Some(&state(&after))).await?;
        tx.commit().await.refuse()?;
        Ok(after)
    }

    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let id = read_id(id, "configuration")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        if !rows::delete(&mut tx, id, if_match).await.refuse()? {
            return Err(AppError::not_found("configuration"));
        }
        trail::note(&self.0, &mut tx, "configuration.deleted", id.to_string().as_str(), Some(&state(&before)), None).await?;
        tx.commit().await.refuse()
    }

    async fn share(&self, ctx: &Ctx, id: &str) -> Outcome<Shared> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let id = read_id(id, "configuration")?;
        let token = self.0.ports.ids.token();
        let mut tx = self.0.tx(ctx).await?;
        let held = found(rows::share(&mut tx, id, &token).await.refuse()?, "configuration")?;
        if held == token {
            trail::note(&self.0, &mut tx, "configuration.shared", id.to_string().as_str(), None, None).await?;
        }
        let shared = Shared { share_url: self.0.address(&share_path(&held)), expires_at: None };
        idempotency::keep(&mut tx, &ctx.caller, &shared).await?;
        tx.commit().await.refuse()?;
        Ok(shared)
    }

    async fn revoke_share(&self, ctx: &Ctx, id: &str) -> Outcome<()> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let id = read_id(id, "configuration")?;
        let mut tx = self.0.tx(ctx).await?;
        found(rows::get(&mut tx, id).await.refuse()?, "configuration")?;
        if rows::revoke_share(&mut tx, id).await.refuse()? {
            trail::note(&self.0, &mut tx, "configuration.unshared", id.to_string().as_str(), None, None).await?;
        }
        tx.commit().await.refuse()
    }

    async fn shared(&self, caller: &Caller, token: &str) -> Outcome<SharedPage> {
        shared(&self.0, caller, token).await
    }
}

/// Checked choices with what is stored of them.
struct Saved {
    config_data: Value,
    price: Value,
    evaluation: Evaluation,
}

impl Saved {
    async fn of(inner: &Inner, tenant: Uuid, version: &std::sync::Arc<Version>, choices: ConfigData) -> Outcome<Self> {
        let evaluation = engine::evaluate(version, choices, inner.now()).await?;
        engine::refuse_invalid(&evaluation.response)?;
        // The complete values: a later change of a default must not change what was saved.
        let config_data = Value::Object(evaluation.response.values.clone());
        let price = serde_json::to_value(&evaluation.response.price).map_err(|_| AppError::internal())?;
        // Known before the transaction: inside it the choices would be evaluated once more while others wait for its locks.
        let place = (tenant, version.product, version.number, evaluation.response.key.clone());
        inner.artefact_keys.insert(place, artefacts::key_of(inner, version, &evaluation)?).await;
        Ok(Self { config_data, price, evaluation })
    }
}

fn checked_name(raw: &str) -> Outcome<String> {
    let mut faults = Faults::default();
    let name = faults.name("/name", raw);
    faults.done()?;
    Ok(name)
}

fn share_path(token: &str) -> String {
    format!("/c/{token}")
}

/// What the audit log keeps of a configuration.
fn state(c: &Configuration) -> Value {
    json!({ "name": c.name, "config_data": c.config_data, "version": c.product_schema_version, "price": c.price })
}

async fn reread(inner: &Inner, tx: &mut TenantTx, id: Uuid) -> Outcome<Configuration> {
    let row = found(rows::get(tx, id).await.refuse()?, "configuration")?;
    shown(inner, tx, vec![row]).await?.pop().ok_or_else(AppError::internal)
}

/// Rows as people see them, with their pictures.
async fn shown(inner: &Inner, tx: &mut TenantTx, page: Vec<rows::Configuration>) -> Outcome<Vec<Configuration>> {
    let mut keys = Vec::with_capacity(page.len());
    for row in &page {
        keys.push(artefact(inner, tx, row).await?);
    }
    let made = artefacts::made(tx, &keys.iter().flatten().cloned().collect::<Vec<_>>()).await?;
    Ok(page
        .into_iter()
        .zip(keys)
        .map(|(row, key)| {
            let price: Option<Price> = serde_json::from_value(row.price).ok();
            Configuration {
                id: row.id.to_string(),
                product_id: row.product_id.to_string(),
                user_id: row.user_id.map(|id| id.to_string()).unwrap_or_default(),
                name: row.name,
                config_data: row.config_data.as_object().cloned().unwrap_or_default(),
                product_schema_version: row.template_version,
                key: row.key,
                price: price.map_or_else(Money::default, |p| p.total),
                share_url: row.share_token.as_deref().map(share_path),
                thumbnail_url: key.and_then(|k| made.get(&k).and_then(Made::thumbnail)),
                created_at: stamp(row.created_at),
                updated_at: stamp(row.updated_at),
                revision: row.revision,
            }
        })
        .collect())
}

/// Key of a saved configuration's files. Complete valid values evaluate again to the same parts.
async fn artefact(inner: &Inner, tx: &mut TenantTx, row: &rows::Configuration) -> Outcome<Option<String>> {
    let Some(version) = catalogue::version(inner, tx, row.product_id, row.version).await? else { return Ok(None) };
    let place = (tx.tenant(), row.product_id, row.version, row.key.clone());
    if let Some(known) = inner.artefact_keys.get(&place).await {
        return Ok(Some(known));
    }
    let values = row.config_data.as_object().cloned().unwrap_or_default();
    let Ok(evaluation) = engine::evaluate(&version, values, inner.now()).await else { return Ok(None) };
    let key = artefacts::key_of(inner, &version, &evaluation)?;
    inner.artefact_keys.insert(place, key.clone()).await;
    Ok(Some(key))
}

async fn shared(inner: &Inner, caller: &Caller, token: &str) -> Outcome<SharedPage> {
    let missing = || AppError::not_found("shared configuration");
    if token.len() > 64 {
        return Err(missing());
    }
    let mut public = inner.store.public().await.refuse()?;
    let (tenant, id) = rows::by_share_token(&mut public, token).await.refuse()?.ok_or_else(missing)?;
    drop(public);
    let mut platform = inner.store.platform("a share page names the organization that shared it").await.refuse()?;
    let organization = store::accounts::tenant(&mut platform, tenant).await.refuse()?.ok_or_else(missing)?.name;
    drop(platform);
    // The token is the right to see this one configuration: the rest is read as a visitor of that workspace.
    let ctx = Ctx { actor: Actor::Visitor, tenant, caller: caller.clone() };
    let mut tx = inner.tx(&ctx).await?;
    let row = rows::get(&mut tx, id).await.refuse()?.ok_or_else(missing)?;
    let product = store::products::get(&mut tx, row.product_id).await.refuse()?.ok_or_else(missing)?;
    let version = catalogue::version(inner, &mut tx, row.product_id, row.version).await?.ok_or_else(missing)?;
    drop(tx);
    let choices = row.config_data.as_object().cloned().unwrap_or_default();
    let configurator = products::page_data(inner, &ctx, &product, &version, choices.clone()).await?;
    let price: Price = serde_json::from_value(row.price).map_err(|_| AppError::internal())?;
    Ok(SharedPage { name: row.name, organization, config_data: choices, price, configurator, saved_at: stamp(row.updated_at) })
}
