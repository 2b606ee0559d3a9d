//! Saved configurations and share pages.

use crate::Services;
use crate::artefacts::{self, Made};
use crate::catalogue;
use crate::engine::{self, Evaluation};
use crate::errors::{Refuse, conflict};
use crate::fields::{Faults, body_id, id as read_id, limit};
use crate::inner::{Inner, found, on_behalf, scope};
use crate::prices::{self, Priced};
use crate::times::stamp;
use crate::{differences, files, idempotency, papers, posters, products, trail};
use async_trait::async_trait;
use contract::AppError;
use contract::{
    ChangeConfiguration, ConfigData, Configuration, ConfigurationQuery, Difference, Folder, ForkConfiguration, NewConfiguration, Page, Price, PriceFor, Shared,
    SharedPage,
};
use facade::{Actor, Caller, Configurations, Ctx, Download, Outcome, Permission};
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
        let priced = prices::priced(&self.0, ctx, &version, &request.price).await?;
        let saved = Saved::of(&self.0, ctx.tenant, &priced, request.config_data).await?;
        let (id, now) = (self.0.ports.ids.id(), self.0.now());
        let mut shown = Configuration {
            id: id.to_string(),
            product_id: request.product_id,
            product_name: version.compiled.name.clone(),
            product_sku: version.compiled.sku.clone(),
            user_id: ctx.user_id().map(|id| id.to_string()).unwrap_or_default(),
            config_data: saved.config_data.as_object().cloned().unwrap_or_default(),
            product_schema_version: version.edition.clone(),
            variant_code: saved.evaluation.response.variant_code.clone(),
            key: saved.evaluation.response.key.clone(),
            price: saved.evaluation.response.price.total.clone(),
            quantity: request.price.pieces(),
            customer: request.price.customer.clone(),
            created_at: stamp(now),
            updated_at: stamp(now),
            revision: 1,
            name,
            ..Configuration::default()
        };
        // An answer that is kept must be whole before it is kept.
        let body = match &ctx.caller.once {
            Some(_) => {
                let mut tx = self.0.tx(ctx).await?;
                shown.thumbnail_url = artefacts::made_one(&mut tx, &saved.artefact).await?.thumbnail();
                serde_json::to_vec(&shown).map_err(|_| AppError::internal())?
            }
            None => Vec::new(),
        };
        let once = ctx.caller.once.as_ref().map(|o| rows::Once { scope: &o.scope, key: &o.key, request_hash: &o.request_hash, status: o.status, body: &body });
        let new = rows::NewConfiguration {
            id,
            product_id: product,
            version: version.number,
            name: &shown.name,
            config_data: &saved.config_data,
            key: &shown.key,
            variant_code: &shown.variant_code,
            price: &saved.price,
            artefact: &saved.artefact,
        };
        let after = state(&shown);
        let entry = trail::entry(now, "configuration.saved", shown.id.as_str(), None, Some(&after));
        match rows::save(&self.0.store, &scope(ctx), &new, &entry, once.as_ref()).await.refuse()? {
            rows::Saving::Saved(still) => {
                shown.thumbnail_url = shown.thumbnail_url.or_else(|| still.map(|token| files::still(&token)));
                Ok(shown)
            }
            rows::Saving::Answered => Err(idempotency::busy()),
        }
    }

    async fn list(&self, ctx: &Ctx, query: ConfigurationQuery) -> Outcome<Page<Configuration>> {
        ctx.require(Permission::ConfigurationsRead)?;
        let filter = rows::Filter { search: query.search, folder: query.folder, product: None };
        let mut tx = self.0.tx(ctx).await?;
        let found = rows::list(&mut tx, &filter, limit(query.limit)?, query.cursor.as_deref()).await.refuse()?;
        Ok(Page { items: shown(&self.0, &mut tx, found.items).await?, next_cursor: found.next })
    }

    async fn folders(&self, ctx: &Ctx) -> Outcome<Vec<Folder>> {
        ctx.require(Permission::ConfigurationsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let found = rows::folders(&mut tx).await.refuse()?;
        Ok(found.into_iter().map(|(name, configurations)| Folder { name, configurations }).collect())
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
        let folder = request.folder.as_deref().map(checked_folder).transpose()?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        let kept = differences::kept_price(&found(rows::get(&mut tx, id).await.refuse()?, "configuration")?);
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
                // Whoever may not choose a customer leaves the one that it was made for.
                let (who, asked) = match request.price.is_plain() {
                    true => (on_behalf(ctx), kept),
                    false if ctx.may(Permission::PricesRead) => (ctx.clone(), request.price),
                    false => (on_behalf(ctx), PriceFor { customer: kept.customer, date: None, ..request.price }),
                };
                let priced = prices::priced(&self.0, &who, &version, &asked).await?;
                Some((version.number, Saved::of(&self.0, ctx.tenant, &priced, choices).await?))
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
        if !rows::update(&mut tx, id, name.as_deref(), folder.as_deref(), choices.as_ref(), if_match).await.refuse()? {
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

    async fn renew(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<Configuration> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let row = {
            let mut tx = self.0.tx(ctx).await?;
            found(rows::get(&mut tx, read_id(id, "configuration")?).await.refuse()?, "configuration")?
        };
        let (_, choices) = differences::renewed(&self.0, ctx, &row).await?;
        let change = ChangeConfiguration { config_data: Some(choices), ..ChangeConfiguration::default() };
        self.change(ctx, id, change, if_match.or(Some(row.revision))).await
    }

    async fn fork(&self, ctx: &Ctx, id: &str, request: ForkConfiguration) -> Outcome<Configuration> {
        ctx.require(Permission::ConfigurationsWrite)?;
        let id = read_id(id, "configuration")?;
        let mut tx = self.0.tx(ctx).await?;
        let from = reread(&self.0, &mut tx, id).await?;
        let name = if request.name.trim().is_empty() { copy_of(&from.name) } else { checked_name(&request.name)? };
        let new = self.0.ports.ids.id();
        let row = found(rows::fork(&mut tx, id, new, &name).await.refuse()?, "configuration")?;
        let copy = shown(&self.0, &mut tx, vec![row]).await?.pop().ok_or_else(AppError::internal)?;
        store::bus::announce(&mut tx, "configuration.saved", &json!({ "id": new, "product_id": copy.product_id })).refuse()?;
        let origin = json!({ "copy_of": id });
        trail::note(&self.0, &mut tx, "configuration.copied", new.to_string().as_str(), Some(&origin), Some(&state(&copy))).await?;
        idempotency::keep(&mut tx, &ctx.caller, &copy).await?;
        tx.commit().await.refuse()?;
        Ok(copy)
    }

    async fn difference(&self, ctx: &Ctx, id: &str, with: Option<&str>) -> Outcome<Difference> {
        ctx.require(Permission::ConfigurationsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let row = found(rows::get(&mut tx, read_id(id, "configuration")?).await.refuse()?, "configuration")?;
        let was = differences::as_saved(&self.0, &mut tx, &row).await?;
        let other = match with {
            Some(other) => {
                let other = found(rows::get(&mut tx, read_id(other, "configuration")?).await.refuse()?, "configuration")?;
                Some((differences::as_saved(&self.0, &mut tx, &other).await?, differences::availability(&mut tx, &other).await?))
            }
            None => None,
        };
        let own = differences::availability(&mut tx, &row).await?;
        drop(tx);
        let (now, availability) = match other {
            Some(other) => other,
            None => (differences::as_today(&self.0, ctx, &row).await?, own),
        };
        Ok(differences::between(was, now, availability, self.0.now()))
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

    async fn specification(&self, ctx: &Ctx, id: &str) -> Outcome<Download> {
        ctx.require(Permission::ConfigurationsRead)?;
        let id = read_id(id, "configuration")?;
        let mut tx = self.0.tx(ctx).await?;
        let row = found(rows::get(&mut tx, id).await.refuse()?, "configuration")?;
        drop(tx);
        let own = || format!("/saved/{id}");
        let link = self.0.address(&row.share_token.as_deref().map_or_else(own, share_path));
        papers::specification(&self.0, ctx, &row, link).await
    }

    async fn shared_specification(&self, caller: &Caller, token: &str) -> Outcome<Download> {
        let (ctx, row) = behind(&self.0, caller, token).await?;
        papers::specification(&self.0, &ctx, &row, self.0.address(&share_path(token))).await
    }

    async fn shared_drawing(&self, caller: &Caller, token: &str) -> Outcome<Download> {
        let (ctx, row) = behind(&self.0, caller, token).await?;
        let mut tx = self.0.tx(&ctx).await?;
        let version = found(catalogue::version(&self.0, &mut tx, row.product_id, row.version).await?, "product version")?;
        drop(tx);
        posters::poster(&self.0, &version, row.config_data.as_object().cloned().unwrap_or_default()).await
    }
}

/// Checked choices with what is stored of them.
struct Saved {
    config_data: Value,
    price: Value,
    artefact: String,
    evaluation: std::sync::Arc<Evaluation>,
}

impl Saved {
    async fn of(inner: &Inner, tenant: Uuid, priced: &Priced, choices: ConfigData) -> Outcome<Self> {
        let version = &priced.version;
        let evaluation = engine::complete(version, choices).await?;
        engine::refuse_invalid(&evaluation.response)?;
        // The complete values: a later change of a default must not change what was saved.
        let config_data = Value::Object(evaluation.response.values.clone());
        let price = serde_json::to_value(priced.price(&evaluation.response.price)).map_err(|_| AppError::internal())?;
        // Known before the transaction: inside it the choices would be evaluated once more while others wait for its locks.
        let place = (tenant, version.product, version.number, evaluation.response.key.clone());
        let artefact = artefacts::key_of(inner, version, &evaluation)?;
        inner.artefact_keys.insert(place, artefact.clone()).await;
        Ok(Self { config_data, price, artefact, evaluation })
    }
}

fn checked_name(raw: &str) -> Outcome<String> {
    let mut faults = Faults::default();
    let name = faults.name("/name", raw);
    faults.done()?;
    Ok(name)
}

fn checked_folder(raw: &str) -> Outcome<String> {
    let folder = raw.trim();
    // No name means no folder.
    if folder.is_empty() {
        return Ok(String::new());
    }
    let mut faults = Faults::default();
    let name = faults.name("/folder", folder);
    faults.done()?;
    Ok(name)
}

/// `Tarn desk` → `Tarn desk, copy`, within the length of a name.
fn copy_of(name: &str) -> String {
    name.chars().take(190).chain(", copy".chars()).collect()
}

fn share_path(token: &str) -> String {
    format!("/c/{token}")
}

/// What the audit log keeps of a configuration.
fn state(c: &Configuration) -> Value {
    json!({ "name": c.name, "folder": c.folder, "config_data": c.config_data, "version": c.product_schema_version, "price": c.price })
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
            let price: Price = serde_json::from_value(row.price).unwrap_or_default();
            Configuration {
                id: row.id.to_string(),
                product_id: row.product_id.to_string(),
                product_name: row.product_name,
                product_sku: row.product_sku,
                user_id: row.user_id.map(|id| id.to_string()).unwrap_or_default(),
                name: row.name,
                folder: row.folder,
                newer_edition: row.newest_edition.filter(|_| row.newest_version.is_some_and(|newest| newest != row.version)),
                variant_code: row.variant_code,
                config_data: row.config_data.as_object().cloned().unwrap_or_default(),
                product_schema_version: row.template_version,
                key: row.key,
                price: price.total,
                quantity: price.quantity.max(1),
                customer: price.customer,
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
    let Ok(evaluation) = engine::complete(&version, values).await else { return Ok(None) };
    let key = artefacts::key_of(inner, &version, &evaluation)?;
    inner.artefact_keys.insert(place, key.clone()).await;
    Ok(Some(key))
}

/// The configuration behind a share link. The token is the right to see this one: the rest is read as a visitor of that workspace.
async fn behind(inner: &Inner, caller: &Caller, token: &str) -> Outcome<(Ctx, rows::Configuration)> {
    let missing = || AppError::not_found("shared configuration");
    if token.len() > 64 {
        return Err(missing());
    }
    let mut public = inner.store.public().await.refuse()?;
    let (tenant, id) = rows::by_share_token(&mut public, token).await.refuse()?.ok_or_else(missing)?;
    drop(public);
    let ctx = Ctx { actor: Actor::Visitor, tenant, caller: caller.clone() };
    let mut tx = inner.tx(&ctx).await?;
    let row = rows::get(&mut tx, id).await.refuse()?.ok_or_else(missing)?;
    Ok((ctx, row))
}

async fn shared(inner: &Inner, caller: &Caller, token: &str) -> Outcome<SharedPage> {
    let missing = || AppError::not_found("shared configuration");
    let (ctx, row) = behind(inner, caller, token).await?;
    let organization = inner.organization(ctx.tenant).await?.ok_or_else(missing)?;
    let mut tx = inner.tx(&ctx).await?;
    let product = store::products::get(&mut tx, row.product_id).await.refuse()?.ok_or_else(missing)?;
    let version = catalogue::version(inner, &mut tx, row.product_id, row.version).await?.ok_or_else(missing)?;
    drop(tx);
    let choices = row.config_data.as_object().cloned().unwrap_or_default();
    let mut configurator = products::page_data(inner, &ctx, &product, &version, choices.clone()).await?;
    configurator.sketch = format!("/api/v1/shared/{token}/drawing.svg?version={}", version.number);
    // Everybody may read it: for whom it was made, and on which terms, is nobody else's business.
    let mut price = Price { customer: None, list: String::new(), ..serde_json::from_value(row.price).map_err(|_| AppError::internal())? };
    price.lines.iter_mut().for_each(|l| l.rule.clear());
    let own = configurator.files.as_ref().and_then(|f| f.thumbnail_url.as_deref());
    let picture = own.or(configurator.card.thumbnail_url.as_deref()).map(|path| inner.address(path));
    Ok(SharedPage { name: row.name, organization, config_data: choices, price, picture, configurator, saved_at: stamp(row.updated_at) })
}
