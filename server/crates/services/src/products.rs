//! The catalogue: lists, drafts, publishing, and configuring.

use crate::Services;
use crate::artefacts::{self, Made};
use crate::catalogue::{self, Version};
use crate::engine::{self, Compiled};
use crate::errors::{Refuse, conflict};
use crate::fields::{id as read_id, limit};
use crate::inner::{Inner, found};
use crate::times::{mm, stamp};
use crate::{definitions, facts, idempotency, models, posters, prices, trail, workshop};
use async_trait::async_trait;
use contract::*;
use facade::{Ctx, Download, Outcome, Permission, Products};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::TenantTx;
use store::products::{self as rows, Facts, Filter, Product};
use uuid::Uuid;

#[async_trait]
impl Products for Services {
    async fn list(&self, ctx: &Ctx, query: ProductQuery) -> Outcome<Page<ProductCard>> {
        ctx.require(Permission::ProductsRead)?;
        let limit = limit(query.limit)?;
        let cursor = query.cursor.clone();
        let mut tx = self.0.tx(ctx).await?;
        let list = prices::general(&self.0, &mut tx).await?;
        let found = rows::list(&mut tx, &filter(ctx, query, list), limit, cursor.as_deref()).await.refuse()?;
        Ok(Page { items: cards(&self.0, &mut tx, &found.items).await?, next_cursor: found.next })
    }

    async fn categories(&self, ctx: &Ctx, query: ProductQuery) -> Outcome<Vec<CategoryCount>> {
        ctx.require(Permission::ProductsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let list = prices::general(&self.0, &mut tx).await?;
        let found = rows::categories(&mut tx, &filter(ctx, query, list)).await.refuse()?;
        Ok(found.into_iter().map(|(category, count)| CategoryCount { category, count }).collect())
    }

    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<ProductDetail> {
        ctx.require(Permission::ProductsRead)?;
        let id = read_id(id, "product")?;
        let mut tx = self.0.tx(ctx).await?;
        let product = visible(ctx, &mut tx, id).await?;
        detail(&self.0, &mut tx, product).await
    }

    async fn create(&self, ctx: &Ctx, definition: Value) -> Outcome<ProductDetail> {
        ctx.require(Permission::ProductsWrite)?;
        let (_, facts) = check(definition.clone()).await?;
        let id = self.0.ports.ids.id();
        let mut tx = self.0.tx(ctx).await?;
        rows::create(&mut tx, id, &definition, &facts).await.refuse()?;
        let product = found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        let detail = detail(&self.0, &mut tx, product).await?;
        let after = json!({ "sku": facts.sku, "template_version": facts.template_version });
        trail::note(&self.0, &mut tx, "product.created", id.to_string().as_str(), None, Some(&after)).await?;
        idempotency::keep(&mut tx, &ctx.caller, &detail).await?;
        tx.commit().await.refuse()?;
        Ok(detail)
    }

    async fn update(&self, ctx: &Ctx, id: &str, definition: Value, if_match: Option<i64>) -> Outcome<ProductDetail> {
        ctx.require(Permission::ProductsWrite)?;
        let id = read_id(id, "product")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        drop(tx);
        let (_, facts) = check(definition.clone()).await?;
        let mut tx = self.0.tx(ctx).await?;
        if !rows::update_draft(&mut tx, id, &definition, &facts, if_match).await.refuse()? {
            return Err(AppError::not_found("product"));
        }
        let product = found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        let detail = detail(&self.0, &mut tx, product).await?;
        let state = |sku: &str, edition: &str| json!({ "sku": sku, "template_version": edition });
        let (was, is) = (state(&before.sku, &before.template_version), state(&facts.sku, &facts.template_version));
        trail::note(&self.0, &mut tx, "product.changed", id.to_string().as_str(), Some(&was), Some(&is)).await?;
        tx.commit().await.refuse()?;
        Ok(detail)
    }

    async fn publish(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<ProductDetail> {
        ctx.require(Permission::ProductsWrite)?;
        let id = read_id(id, "product")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        if if_match.is_some_and(|read| read != before.revision) {
            return Err(store::StoreError::Stale { current: before.revision }).refuse();
        }
        let draft = found(rows::draft(&mut tx, id).await.refuse()?, "product")?;
        drop(tx);
        // Compiling takes a while; the revision makes sure that what was compiled is what is published.
        let (compiled, mut facts) = check(draft.clone()).await?;
        if draft.pointer("/erp/stock").is_none() {
            (facts.stock, facts.availability) = (before.stock, before.availability.clone());
        }
        let mut tx = self.0.tx(ctx).await?;
        let version = publish_in(&self.0, &mut tx, id, &draft, &compiled, &facts, Some(before.revision)).await?;
        let product = found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        let detail = detail(&self.0, &mut tx, product).await?;
        store::bus::announce(&mut tx, "product.published", &json!({ "id": id, "version": version, "name": facts.name })).refuse()?;
        let state = |v: Option<i64>| json!({ "version": v });
        let (was, is) = (state(before.published_version), state(Some(version)));
        trail::note(&self.0, &mut tx, "product.published", id.to_string().as_str(), Some(&was), Some(&is)).await?;
        idempotency::keep(&mut tx, &ctx.caller, &detail).await?;
        tx.commit().await.refuse()?;
        self.0.current.invalidate(&(ctx.tenant, id)).await;
        Ok(detail)
    }

    async fn definition(&self, ctx: &Ctx, id: &str) -> Outcome<DefinitionText> {
        ctx.require(Permission::ProductsWrite)?;
        let id = read_id(id, "product")?;
        let mut tx = self.0.tx(ctx).await?;
        let product = found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        definitions::text(&self.0, &mut tx, &product).await
    }

    async fn check(&self, ctx: &Ctx, id: &str, text: String) -> Outcome<DefinitionCheck> {
        ctx.require(Permission::ProductsWrite)?;
        let id = read_id(id, "product")?;
        let mut tx = self.0.tx(ctx).await?;
        found(rows::get(&mut tx, id).await.refuse()?, "product")?;
        drop(tx);
        definitions::check(&self.0, ctx, id, text).await
    }

    async fn edit(&self, ctx: &Ctx, edit: EditDefinition) -> Outcome<String> {
        ctx.require(Permission::ProductsWrite)?;
        definitions::edit(&edit)
    }

    async fn copy(&self, ctx: &Ctx, id: &str) -> Outcome<ProductDetail> {
        ctx.require(Permission::ProductsWrite)?;
        let id = read_id(id, "product")?;
        let mut tx = self.0.tx(ctx).await?;
        let mut definition = found(rows::draft(&mut tx, id).await.refuse()?, "product")?;
        let text = |name: &str| definition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (sku, name) = (text("sku"), text("name"));
        let free = rows::free_sku(&mut tx, &format!("{sku}-COPY")).await.refuse()?;
        drop(tx);
        definition["sku"] = json!(free);
        definition["name"] = json!(format!("{name}, copy"));
        self.create(ctx, definition).await
    }

    async fn configure(&self, ctx: &Ctx, id: &str, request: ConfigureRequest) -> Outcome<ConfigureResponse> {
        ctx.require(Permission::ProductsRead)?;
        let id = read_id(id, "product")?;
        let version = published(&self.0, ctx, id).await?;
        let priced = prices::priced(&self.0, ctx, &version, &request.price).await?;
        Ok(priced.answer(&engine::evaluate(&priced.version, request.config_data).await?.response))
    }

    async fn workshop(&self, ctx: &Ctx, id: &str, request: WorkshopRequest) -> Outcome<Workshop> {
        ctx.require(Permission::ProductsRead)?;
        let id = read_id(id, "product")?;
        let version = published(&self.0, ctx, id).await?;
        let evaluation = engine::complete(&version, request.config_data).await?;
        workshop::lists(&version, evaluation, request.stock).await
    }

    async fn workshop_file(&self, ctx: &Ctx, id: &str, request: WorkshopRequest, name: String) -> Outcome<Download> {
        ctx.require(Permission::ProductsRead)?;
        let id = read_id(id, "product")?;
        let version = published(&self.0, ctx, id).await?;
        let evaluation = engine::complete(&version, request.config_data).await?;
        workshop::file(&self.0, ctx, &version, evaluation, request.stock, name).await
    }

    async fn drawing(&self, ctx: &Ctx, id: &str, choices: ConfigData) -> Outcome<Download> {
        ctx.require(Permission::ProductsRead)?;
        let id = read_id(id, "product")?;
        let version = published(&self.0, ctx, id).await?;
        posters::poster(&self.0, &version, choices).await
    }

    async fn configurator(&self, ctx: &Ctx, id: &str, choices: ConfigData, price: PriceFor) -> Outcome<ConfiguratorData> {
        ctx.require(Permission::ProductsRead)?;
        let id = read_id(id, "product")?;
        let (product, version) = current(&self.0, ctx, id).await?;
        // A link may name a customer whose prices are not for everybody who opens it.
        let price = if ctx.may(Permission::PricesRead) { price } else { PriceFor { customer: None, date: None, ..price } };
        let priced = prices::priced(&self.0, ctx, &version, &price).await?;
        let mut data = page_data(&self.0, ctx, &product, &priced.version, choices).await?;
        data.pricing = prices::pricing(&self.0, ctx, &priced, &version.compiled.currency).await?;
        data.can_save = ctx.may(Permission::ConfigurationsWrite);
        data.signed_in = ctx.user_id().is_some();
        data.sketch = format!("/api/v1/products/{id}/drawing.svg?version={}", data.version);
        Ok(data)
    }
}

fn filter(ctx: &Ctx, query: ProductQuery, list: Option<Uuid>) -> Filter {
    Filter {
        search: query.search,
        categories: query.category,
        min_price: query.min_price.map(Amount::units),
        max_price: query.max_price.map(Amount::units),
        in_stock_only: query.in_stock_only,
        configurable: query.configurable,
        drafts: ctx.may(Permission::ProductsWrite),
        list,
    }
}

/// A product that this caller may see: drafts are there for those who write products only.
async fn visible(ctx: &Ctx, tx: &mut TenantTx, id: Uuid) -> Outcome<Product> {
    let product = rows::get(tx, id).await.refuse()?.filter(|p| p.published_version.is_some() || ctx.may(Permission::ProductsWrite));
    found(product, "product")
}

/// A product with its newest published version.
pub(crate) async fn current(inner: &Inner, ctx: &Ctx, id: Uuid) -> Outcome<(Product, Arc<Version>)> {
    let mut tx = inner.tx(ctx).await?;
    let product = visible(ctx, &mut tx, id).await?;
    let number = product.published_version.ok_or_else(|| conflict("not_published", "This product is a draft. Publish it, then it can be configured."))?;
    let version = found(catalogue::version(inner, &mut tx, id, number).await?, "product version")?;
    Ok((product, version))
}

/// The newest published version alone, without asking the database each time: half a second after another server published, this one knows.
pub(crate) async fn published(inner: &Inner, ctx: &Ctx, id: Uuid) -> Outcome<Arc<Version>> {
    let place = (ctx.tenant, id);
    if let Some(known) = inner.current.get(&place).await {
        return Ok(known);
    }
    let (_, version) = current(inner, ctx, id).await?;
    inner.current.insert(place, version.clone()).await;
    Ok(version)
}

/// Compiles a definition and finds its facts.
pub(crate) async fn check(definition: Value) -> Outcome<(Arc<Compiled>, Facts)> {
    // Proving ranges takes a while: beside the async threads.
    tokio::task::spawn_blocking(move || {
        let compiled = engine::compile(&definition)?;
        let default = engine::default_configuration(&compiled.product)?;
        let facts = facts::of(&definition, &compiled, &default);
        Ok((Arc::new(compiled), facts))
    })
    .await
    .map_err(|_| AppError::internal())?
}

/// Publishes a definition as the next version and asks for the files of its default configuration, at low priority.
pub(crate) async fn publish_in(
    inner: &Inner,
    tx: &mut TenantTx,
    id: Uuid,
    definition: &Value,
    compiled: &Compiled,
    facts: &Facts,
    expected: Option<i64>,
) -> Outcome<i64> {
    let default = engine::default_configuration(&compiled.product)?;
    let work = artefacts::Work::of_compiled(&compiled.product, &default);
    let facts = Facts { default_key: Some(work.key(&inner.ports.blender.generator())?), ..facts.clone() };
    let version = rows::publish(tx, id, definition, &compiled.text, &compiled.hash, &facts, expected).await.refuse()?;
    let version = found(version, "product")?;
    prices::list_product(inner, tx, id, &compiled.product).await?;
    models::ask_quietly(inner, tx, id, version).await?;
    Ok(version)
}

fn card(product: &Product, made: Option<&Made>) -> ProductCard {
    ProductCard {
        id: product.id.to_string(),
        sku: product.sku.clone(),
        name: product.name.clone(),
        description: product.description.clone(),
        category: product.category.clone(),
        price: Money { currency: product.currency.clone(), minor: product.price_minor },
        from_price: product.from_minor.map(|minor| Money { currency: product.currency.clone(), minor }),
        configurable: product.configurable,
        thumbnail_url: made.and_then(Made::thumbnail),
        drawing_url: made.and_then(Made::drawing),
        model_3d_url: made.and_then(Made::model),
        dimensions_mm: Dimensions { width: mm(product.width_dmm), depth: mm(product.depth_dmm), height: mm(product.height_dmm) },
        in_stock: product.stock > 0,
        size_range: product.size_range.clone(),
    }
}

/// Cards with the files of the default configurations.
pub(crate) async fn cards(inner: &Inner, tx: &mut TenantTx, products: &[Product]) -> Outcome<Vec<ProductCard>> {
    let keys: Vec<String> = products.iter().filter_map(|p| p.default_key.clone()).collect();
    let made: BTreeMap<String, Made> = artefacts::made(tx, &keys).await?;
    let mut cards: Vec<ProductCard> = products.iter().map(|p| card(p, p.default_key.as_ref().and_then(|k| made.get(k)))).collect();
    prices::relist(inner, tx, &mut cards).await?;
    Ok(cards)
}

async fn card_one(inner: &Inner, tx: &mut TenantTx, product: &Product) -> Outcome<ProductCard> {
    cards(inner, tx, std::slice::from_ref(product)).await?.pop().ok_or_else(AppError::internal)
}

async fn detail(inner: &Inner, tx: &mut TenantTx, product: Product) -> Outcome<ProductDetail> {
    let (version, draft);
    let definition = match product.published_version {
        Some(number) => {
            version = found(catalogue::version(inner, tx, product.id, number).await?, "product")?;
            &*version.definition
        }
        None => {
            draft = found(rows::draft(tx, product.id).await.refuse()?, "product")?;
            &draft
        }
    };
    let part = |name: &str, empty: Value| definition.get(name).cloned().unwrap_or(empty);
    Ok(ProductDetail {
        card: card_one(inner, tx, &product).await?,
        config_schema: publish::config_schema(definition),
        rules: part("rules", json!([])),
        template_version: product.template_version,
        status: product.status,
        embodied_carbon_kg: product.embodied_carbon_kg,
        recycled_content_pct: product.recycled_content_pct,
        availability: product.availability,
        updated_at: stamp(product.updated_at),
        revision: product.revision,
    })
}

/// What a configurator page needs for a version. Choices that don't fit the schema name no files; the page says what is wrong with them.
pub(crate) async fn page_data(inner: &Inner, ctx: &Ctx, product: &Product, version: &Arc<Version>, choices: ConfigData) -> Outcome<ConfiguratorData> {
    let evaluation = match engine::complete(version, choices).await {
        Ok(evaluation) => Some(evaluation),
        Err(error) if error.kind == ErrorKind::Invalid => None,
        Err(error) => return Err(error),
    };
    let mut tx = inner.tx(ctx).await?;
    let files = match evaluation.filter(|e| e.response.valid) {
        Some(evaluation) => {
            let key = &evaluation.response.key;
            let own = artefacts::made_one(&mut tx, &artefacts::key_of(inner, version, &evaluation)?).await?.result(key);
            match (own, &product.default_key) {
                // A new generator has not made the default configuration yet: the old files are still good.
                (None, Some(old)) if key == &version.default_key => artefacts::made_one(&mut tx, old).await?.result(key),
                (own, _) => own,
            }
        }
        None => None,
    };
    Ok(ConfiguratorData {
        card: card_one(inner, &mut tx, product).await?,
        compiled: version.json.clone(),
        version: version.number,
        edition: version.edition.clone(),
        availability: product.availability.clone(),
        can_save: false,
        signed_in: false,
        files,
        sketch: String::new(),
        pricing: Pricing::default(),
    })
}
