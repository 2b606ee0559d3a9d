//! Price lists: their settings, what they make of the products, and which one holds.

pub(crate) mod choice;
mod rules;

pub(crate) use choice::{Priced, general, priced, pricing};
pub(crate) use rules::List;

use crate::Services;
use crate::catalogue::{self, Version};
use crate::errors::{Refuse, conflict};
use crate::fields::id as read_id;
use crate::inner::{Inner, found};
use crate::times::{day, stamp};
use crate::{engine, idempotency, trail};
use async_trait::async_trait;
use contract::*;
use facade::{Ctx, Outcome, Permission, Prices};
use rules::{Checked, day_text};
use serde_json::{Value, json};
use std::sync::Arc;
use store::TenantTx;
use store::prices::{self as rows, ListedPrice};
use uuid::Uuid;

#[async_trait]
impl Prices for Services {
    async fn list(&self, ctx: &Ctx) -> Outcome<Vec<PriceList>> {
        ctx.require(Permission::PricesRead)?;
        let mut tx = self.0.tx(ctx).await?;
        Ok(rows::list(&mut tx).await.refuse()?.into_iter().map(|row| shown(&self.0, row)).collect())
    }

    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<PriceList> {
        ctx.require(Permission::PricesRead)?;
        let mut tx = self.0.tx(ctx).await?;
        reread(&self.0, &mut tx, read_id(id, "price list")?).await
    }

    async fn desk(&self, ctx: &Ctx) -> Outcome<PriceDesk> {
        let lists = Prices::list(self, ctx).await?;
        let mut tx = self.0.tx(ctx).await?;
        let products = published(&self.0, &mut tx).await?.iter().map(|version| priceable(version)).collect();
        Ok(PriceDesk { lists, products, today: day(self.0.now()), may_write: ctx.may(Permission::PricesWrite) })
    }

    async fn create(&self, ctx: &Ctx, settings: PriceListSettings) -> Outcome<PriceList> {
        ctx.require(Permission::PricesWrite)?;
        let mut tx = self.0.tx(ctx).await?;
        let products = published(&self.0, &mut tx).await?;
        let checked = checked(&settings, &products)?;
        if rows::list(&mut tx).await.refuse()?.len() >= usize::try_from(rows::MOST).unwrap_or(usize::MAX) {
            return Err(conflict("too_many_lists", "A workspace has at most 500 price lists. Remove some that are over."));
        }
        drop(tx);
        let listed = listed(&checked, products).await?;
        let id = self.0.ports.ids.id();
        let mut tx = self.0.tx(ctx).await?;
        rows::create(&mut tx, id, &checked.row()).await.refuse()?;
        let made = reread(&self.0, &mut tx, id).await?;
        set_listed(&mut tx, id, listed).await?;
        trail::note(&self.0, &mut tx, "price_list.created", id.to_string().as_str(), None, Some(&state(&made))).await?;
        store::bus::announce(&mut tx, "price_updated", &json!({ "list": id })).refuse()?;
        idempotency::keep(&mut tx, &ctx.caller, &made).await?;
        tx.commit().await.refuse()?;
        self.0.lists.invalidate(&ctx.tenant).await;
        Ok(made)
    }

    async fn change(&self, ctx: &Ctx, id: &str, settings: PriceListSettings, if_match: Option<i64>) -> Outcome<PriceList> {
        ctx.require(Permission::PricesWrite)?;
        let id = read_id(id, "price list")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        let products = published(&self.0, &mut tx).await?;
        drop(tx);
        let checked = checked(&settings, &products)?;
        let listed = listed(&checked, products).await?;
        let mut tx = self.0.tx(ctx).await?;
        if !rows::update(&mut tx, id, &checked.row(), if_match).await.refuse()? {
            return Err(AppError::not_found("price list"));
        }
        let after = reread(&self.0, &mut tx, id).await?;
        set_listed(&mut tx, id, listed).await?;
        trail::note(&self.0, &mut tx, "price_list.changed", id.to_string().as_str(), Some(&state(&before)), Some(&state(&after))).await?;
        store::bus::announce(&mut tx, "price_updated", &json!({ "list": id })).refuse()?;
        tx.commit().await.refuse()?;
        self.0.lists.invalidate(&ctx.tenant).await;
        Ok(after)
    }

    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()> {
        ctx.require(Permission::PricesWrite)?;
        let id = read_id(id, "price list")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        rows::delete(&mut tx, id, if_match).await.refuse()?;
        trail::note(&self.0, &mut tx, "price_list.deleted", id.to_string().as_str(), Some(&state(&before)), None).await?;
        store::bus::announce(&mut tx, "price_updated", &json!({ "list": id })).refuse()?;
        tx.commit().await.refuse()?;
        self.0.lists.invalidate(&ctx.tenant).await;
        Ok(())
    }

    async fn trial(&self, ctx: &Ctx, settings: PriceListSettings) -> Outcome<Vec<PriceTrial>> {
        ctx.require(Permission::PricesRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let products = published(&self.0, &mut tx).await?;
        drop(tx);
        let checked = checked(&settings, &products)?;
        beside(move || products.iter().map(|version| tried(&checked, version)).collect::<Outcome<_>>()).await
    }
}

/// Published products of the workspace, compiled.
async fn published(inner: &Inner, tx: &mut TenantTx) -> Outcome<Vec<Arc<Version>>> {
    let mut found = Vec::new();
    for (id, number) in store::products::published(tx).await.refuse()? {
        found.extend(catalogue::version(inner, tx, id, number).await?);
    }
    Ok(found)
}

fn checked(settings: &PriceListSettings, products: &[Arc<Version>]) -> Outcome<Checked> {
    let compiled: Vec<&product::CompiledProduct> = products.iter().map(|v| &v.compiled).collect();
    Checked::of(settings, &compiled)
}

/// Work of milliseconds per product: beside the async threads.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())?
}

/// What products cost in the catalogue under a list; none for a list that the catalogue does not show.
async fn listed(checked: &Checked, products: Vec<Arc<Version>>) -> Outcome<Vec<(Uuid, Option<ListedPrice>)>> {
    let priced: Vec<(Uuid, Option<product::CompiledProduct>)> =
        products.iter().map(|v| (v.product, checked.price(&v.compiled).ok().filter(|_| checked.general()))).collect();
    beside(move || priced.into_iter().map(|(id, product)| Ok((id, product.map(|p| in_catalogue(id, &p)).transpose()?))).collect()).await
}

fn in_catalogue(id: Uuid, product: &product::CompiledProduct) -> Outcome<ListedPrice> {
    Ok(ListedPrice {
        product_id: id,
        currency: product.currency.clone(),
        currency_digits: i16::try_from(minor_digits(&product.currency)).unwrap_or(2),
        price_minor: engine::default_configuration(product)?.response.price.total.minor,
        from_minor: publish::cheapest(product).map(|c| c.minor),
    })
}

async fn set_listed(tx: &mut TenantTx, list: Uuid, prices: Vec<(Uuid, Option<ListedPrice>)>) -> Outcome<()> {
    for (product, price) in prices {
        rows::set_listed(tx, list, product, price.as_ref()).await.refuse()?;
    }
    Ok(())
}

/// Prices a product that is being published under the lists that the catalogue shows.
pub(crate) async fn list_product(inner: &Inner, tx: &mut TenantTx, id: Uuid, product: &product::CompiledProduct) -> Outcome<()> {
    let today = inner.now().date();
    let lists = rows::list(tx).await.refuse()?.into_iter().map(List::of);
    let priced: Vec<_> = lists.filter(|l| l.general() && l.row.ends.is_none_or(|end| today < end)).map(|l| (l.row.id, l.price(product, 1).ok())).collect();
    let priced =
        beside(move || priced.into_iter().map(|(list, p)| Ok((list, p.map(|p| in_catalogue(id, &p)).transpose()?))).collect::<Outcome<Vec<_>>>()).await?;
    for (list, price) in priced {
        rows::set_listed(tx, list, id, price.as_ref()).await.refuse()?;
    }
    Ok(())
}

/// Cards at the prices of the catalogue's list.
pub(crate) async fn relist(inner: &Inner, tx: &mut TenantTx, cards: &mut [ProductCard]) -> Outcome<()> {
    let Some(list) = general(inner, tx).await? else { return Ok(()) };
    let ids: Vec<Uuid> = cards.iter().filter_map(|c| Uuid::try_parse(&c.id).ok()).collect();
    for price in rows::listed(tx, list, &ids).await.refuse()? {
        let id = price.product_id.to_string();
        if let Some(card) = cards.iter_mut().find(|c| c.id == id) {
            card.price = Money { currency: price.currency.clone(), minor: price.price_minor };
            card.from_price = price.from_minor.map(|minor| Money { currency: price.currency, minor });
        }
    }
    Ok(())
}

fn tried(checked: &Checked, version: &Version) -> Outcome<PriceTrial> {
    let cost = |product: &product::CompiledProduct| Ok::<_, AppError>(engine::default_configuration(product)?.response.price.total);
    let mut trial = PriceTrial {
        product_id: version.product.to_string(),
        sku: version.compiled.sku.clone(),
        name: version.compiled.name.clone(),
        own: cost(&version.compiled)?,
        ..PriceTrial::default()
    };
    match checked.price(&version.compiled) {
        Ok(priced) => {
            trial.listed = Some(cost(&priced)?);
            let froms: Vec<u32> = priced.terms.iter().flat_map(|t| t.breaks.iter().map(|b| b.from)).collect();
            for from in froms {
                if let Some(terms) = &priced.terms {
                    terms.buy(from);
                }
                trial.breaks.push((from, cost(&priced)?));
            }
        }
        Err(why) => trial.why_not = Some(why),
    }
    Ok(trial)
}

fn priceable(version: &Version) -> Priceable {
    let product = &version.compiled;
    Priceable {
        sku: product.sku.clone(),
        name: product.name.clone(),
        currency: product.currency.clone(),
        lines: rules::lines(product),
        grades: rules::graded(product).into_iter().map(|(sku, letter, price)| (sku.to_owned(), letter.to_owned(), price)).collect(),
    }
}

fn shown(inner: &Inner, row: rows::PriceList) -> PriceList {
    let today = inner.now().date();
    let state = if row.starts > today {
        "planned"
    } else if row.ends.is_some_and(|end| end <= today) {
        "over"
    } else {
        "in_force"
    };
    PriceList {
        id: row.id.to_string(),
        state: state.to_owned(),
        created_at: stamp(row.created_at),
        updated_at: stamp(row.updated_at),
        revision: row.revision,
        settings: PriceListSettings {
            name: row.name,
            currency: row.currency,
            customer: row.customer,
            on_request: row.on_request,
            starts: day_text(row.starts),
            ends: row.ends.map(day_text),
            rules: serde_json::from_value(row.rules).unwrap_or_default(),
        },
    }
}

async fn reread(inner: &Inner, tx: &mut TenantTx, id: Uuid) -> Outcome<PriceList> {
    Ok(shown(inner, found(rows::get(tx, id).await.refuse()?, "price list")?))
}

/// What the audit log keeps of it.
fn state(list: &PriceList) -> Value {
    json!(list.settings)
}
