//! Price lists, and what products cost under them in the catalogue.

use crate::Result;
use crate::revision;
use crate::tx::{Conn, TenantTx};
use serde_json::Value;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A price list.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct PriceList {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// For whom; `None` = for everyone.
    pub customer: Option<String>,
    /// Only for those who ask for its currency.
    pub on_request: bool,
    /// First day.
    pub starts: Date,
    /// First day on which it holds no more.
    pub ends: Option<Date>,
    /// What it changes.
    pub rules: Value,
    /// Row version, the `ETag`.
    pub revision: i64,
    /// When.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
}

/// What is set of one.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Name.
    pub name: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// For whom.
    pub customer: Option<&'a str>,
    /// Only for those who ask for its currency.
    pub on_request: bool,
    /// First day.
    pub starts: Date,
    /// First day on which it holds no more.
    pub ends: Option<Date>,
    /// What it changes.
    pub rules: &'a Value,
}

/// What a product costs under a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedPrice {
    /// Product.
    pub product_id: Uuid,
    /// ISO 4217.
    pub currency: String,
    /// Digits after the point in amounts of that currency.
    pub currency_digits: i16,
    /// Of the default configuration, minor units.
    pub price_minor: i64,
    /// Lowest of any configuration, where it is proven.
    pub from_minor: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, currency, customer, on_request, starts, ends, rules, revision, created_at, updated_at from price_lists \
             where deleted_at is null ",
            $rest
        )
    };
}

/// Most lists of a workspace: all are kept in memory.
pub const MOST: i64 = 500;

/// All of the workspace, the latest first.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<PriceList>> {
    Ok(sqlx::query_as(select!("order by starts desc, id desc limit $1")).bind(MOST).fetch_all(tx.conn()).await?)
}

/// One.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<PriceList>> {
    Ok(sqlx::query_as(select!("and id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// Makes one.
///
/// # Errors
/// `price_lists_name_length`, `price_lists_currency_code`, `price_lists_customer_length`, `price_lists_ends_later`.
pub async fn create(tx: &mut TenantTx, id: Uuid, of: &Settings<'_>) -> Result<()> {
    sqlx::query(
        "insert into price_lists (tenant_id, id, name, currency, customer, on_request, starts, ends, rules) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(of.name)
    .bind(of.currency)
    .bind(of.customer)
    .bind(of.on_request)
    .bind(of.starts)
    .bind(of.ends)
    .bind(of.rules)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn lock(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    revision::lock(tx, "select revision from price_lists where id = $1 and deleted_at is null for update", id, expected).await
}

/// Sets it. False when there is no such one.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given); as [`create`].
pub async fn update(tx: &mut TenantTx, id: Uuid, of: &Settings<'_>, expected: Option<i64>) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    sqlx::query(
        "update price_lists set name = $2, currency = $3, customer = $4, on_request = $5, starts = $6, ends = $7, rules = $8, revision = revision + 1, \
         updated_at = now() where id = $1",
    )
    .bind(id)
    .bind(of.name)
    .bind(of.currency)
    .bind(of.customer)
    .bind(of.on_request)
    .bind(of.starts)
    .bind(of.ends)
    .bind(of.rules)
    .execute(tx.conn())
    .await?;
    Ok(true)
}

/// Removes it. What was saved under it keeps its price. False when there is no such one.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given).
pub async fn delete(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    sqlx::query("update price_lists set deleted_at = now(), revision = revision + 1 where id = $1").bind(id).execute(tx.conn()).await?;
    Ok(true)
}

/// Sets what a product costs under a list, `None` where the list does not price it.
///
/// # Errors
/// `listed_prices_list_exists`, `listed_prices_product_exists`.
pub async fn set_listed(tx: &mut TenantTx, list: Uuid, product: Uuid, price: Option<&ListedPrice>) -> Result<()> {
    let Some(price) = price else {
        sqlx::query("delete from listed_prices where list_id = $1 and product_id = $2").bind(list).bind(product).execute(tx.conn()).await?;
        return Ok(());
    };
    sqlx::query(
        "insert into listed_prices (tenant_id, list_id, product_id, currency, currency_digits, price_minor, from_minor) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (tenant_id, list_id, product_id) do update set currency = excluded.currency, currency_digits = excluded.currency_digits, \
         price_minor = excluded.price_minor, from_minor = excluded.from_minor",
    )
    .bind(tx.tenant())
    .bind(list)
    .bind(product)
    .bind(&price.currency)
    .bind(price.currency_digits)
    .bind(price.price_minor)
    .bind(price.from_minor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What products cost under a list, those of `products` that it prices.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn listed(tx: &mut TenantTx, list: Uuid, products: &[Uuid]) -> Result<Vec<ListedPrice>> {
    Ok(sqlx::query_as("select product_id, currency, currency_digits, price_minor, from_minor from listed_prices where list_id = $1 and product_id = any ($2)")
        .bind(list)
        .bind(products)
        .fetch_all(tx.conn())
        .await?)
}
