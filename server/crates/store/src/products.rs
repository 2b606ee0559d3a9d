//! Products, their published versions, and search.

use crate::page::{self, Paged};
use crate::revision;
use crate::tx::{Conn, TenantTx};
use crate::{Result, StoreError};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// A product without its definition.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Product {
    /// Id.
    pub id: Uuid,
    /// Root model number.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Category slug.
    pub category: String,
    /// One line.
    pub description: String,
    /// `draft` or `published`.
    pub status: String,
    /// Edition for people, of the published version (of the draft while there is none).
    pub template_version: String,
    /// Newest published version, from 1.
    pub published_version: Option<i64>,
    /// Key of the default configuration.
    pub default_key: Option<String>,
    /// List price of the default configuration, minor units.
    pub price_minor: i64,
    /// Lowest list price of any valid configuration, minor units, where it is proven.
    pub from_minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Width of the default configuration, tenths of a millimetre.
    pub width_dmm: i32,
    /// Depth, tenths of a millimetre.
    pub depth_dmm: i32,
    /// Height, tenths of a millimetre.
    pub height_dmm: i32,
    /// Range of sizes for people.
    pub size_range: String,
    /// Has options.
    pub configurable: bool,
    /// Pieces available.
    pub stock: i32,
    /// Stock and delivery in words.
    pub availability: String,
    /// kg CO₂e.
    pub embodied_carbon_kg: Option<f64>,
    /// Percent by mass.
    pub recycled_content_pct: Option<f64>,
    /// Row version, the `ETag`.
    pub revision: i64,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
}

/// What a definition says about a product; written to the row when it is published (before that, with each draft).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Root model number.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Category slug.
    pub category: String,
    /// One line.
    pub description: String,
    /// Edition for people.
    pub template_version: String,
    /// Key of the default configuration.
    pub default_key: Option<String>,
    /// List price of the default configuration, minor units.
    pub price_minor: i64,
    /// Lowest list price of any valid configuration, minor units, where it is proven.
    pub from_minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Digits after the point in amounts of that currency, at most 4.
    pub currency_digits: i16,
    /// `[w, d, h]` of the default configuration, tenths of a millimetre.
    pub size_dmm: [i32; 3],
    /// Range of sizes for people.
    pub size_range: String,
    /// Has options.
    pub configurable: bool,
    /// Pieces available.
    pub stock: i32,
    /// Stock and delivery in words.
    pub availability: String,
    /// kg CO₂e.
    pub embodied_carbon_kg: Option<f64>,
    /// Percent by mass.
    pub recycled_content_pct: Option<f64>,
}

/// A published version.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// Product.
    pub product_id: Uuid,
    /// From 1.
    pub version: i64,
    /// Edition for people.
    pub template_version: String,
    /// The definition as written, JSON text.
    pub definition: String,
    /// The compiled product, JSON text.
    pub compiled: String,
    /// Hash of the compiled product.
    pub compiled_hash: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// Which products.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Words; every one must be found, typos forgiven.
    pub search: Option<String>,
    /// Category slugs; empty = all.
    pub categories: Vec<String>,
    /// Lowest price, ten-thousandths of the major unit of each product's own currency.
    pub min_price: Option<i64>,
    /// Highest price, ten-thousandths of the major unit.
    pub max_price: Option<i64>,
    /// Only what is there.
    pub in_stock_only: bool,
    /// Only configurable (`true`) or fixed (`false`) ones.
    pub configurable: Option<bool>,
    /// Never published ones too.
    pub drafts: bool,
    /// Price list that the bounds are meant under.
    pub list: Option<Uuid>,
}

impl Filter {
    /// Lower-case words, at most 8 of 60 characters: enough for a person, bounded for the database.
    fn words(&self) -> Vec<String> {
        let text: String = self.search.as_deref().unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.to_lowercase().split_whitespace().take(8).map(|w| w.chars().take(60).collect()).collect()
    }
    fn category_names(&self) -> Vec<String> {
        self.categories.iter().filter(|c| !c.contains('\0')).cloned().collect()
    }
}

macro_rules! columns {
    ($table:literal) => {
        concat!(
            $table,
            ".id, ",
            $table,
            ".sku, ",
            $table,
            ".name, ",
            $table,
            ".category, ",
            $table,
            ".description, ",
            $table,
            ".status, ",
            $table,
            ".template_version, ",
            $table,
            ".published_version, ",
            $table,
            ".default_key, ",
            $table,
            ".price_minor, ",
            $table,
            ".from_minor, ",
            $table,
            ".currency, ",
            $table,
            ".width_dmm, ",
            $table,
            ".depth_dmm, ",
            $table,
            ".height_dmm, ",
            $table,
            ".size_range, ",
            $table,
            ".configurable, ",
            $table,
            ".stock, ",
            $table,
            ".availability, ",
            $table,
            ".embodied_carbon_kg, ",
            $table,
            ".recycled_content_pct, ",
            $table,
            ".revision, ",
            $table,
            ".created_at, ",
            $table,
            ".updated_at"
        )
    };
}

const SET_FACTS: &str = "update products set sku = $2, name = $3, category = $4, description = $5, template_version = $6, default_key = $7, \
     price_minor = $8, currency = $9, width_dmm = $10, depth_dmm = $11, height_dmm = $12, size_range = $13, configurable = $14, stock = $15, \
     availability = $16, embodied_carbon_kg = $17, recycled_content_pct = $18, from_minor = $19, currency_digits = $20 where id = $1";

/// Price in ten-thousandths of the major unit, beside the bounds `$4` and `$5`: under the list `$9`, where that prices the product. Not in
/// `fitout_product_hits`, whose bounds are minor units of whatever currency.
macro_rules! price_fits {
    () => {
        "($4::bigint is null or coalesce(l.price_minor, p.price_minor)::numeric * (array[10000, 1000, 100, 10, 1])[coalesce(l.currency_digits, p.currency_digits) + 1] >= $4) \
         and ($5::bigint is null or coalesce(l.price_minor, p.price_minor)::numeric * (array[10000, 1000, 100, 10, 1])[coalesce(l.currency_digits, p.currency_digits) + 1] <= $5)"
    };
}

async fn set_facts(tx: &mut TenantTx, id: Uuid, f: &Facts) -> Result<()> {
    sqlx::query(SET_FACTS)
        .bind(id)
        .bind(&f.sku)
        .bind(&f.name)
        .bind(&f.category)
        .bind(&f.description)
        .bind(&f.template_version)
        .bind(&f.default_key)
        .bind(f.price_minor)
        .bind(&f.currency)
        .bind(f.size_dmm[0])
        .bind(f.size_dmm[1])
        .bind(f.size_dmm[2])
        .bind(&f.size_range)
        .bind(f.configurable)
        .bind(f.stock)
        .bind(&f.availability)
        .bind(f.embodied_carbon_kg)
        .bind(f.recycled_content_pct)
        .bind(f.from_minor)
        .bind(f.currency_digits)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// `base`, or the first of `base-2`, `base-3` … that no product of the workspace has.
///
/// # Errors
/// [`StoreError`].
pub async fn free_sku(tx: &mut TenantTx, base: &str) -> Result<String> {
    let taken: Vec<String> = sqlx::query_scalar("select sku from products where starts_with(sku, $1)").bind(base).fetch_all(tx.conn()).await?;
    let free = |sku: &String| !taken.contains(sku);
    Ok(std::iter::once(base.to_owned()).chain((2..=taken.len() + 2).map(|n| format!("{base}-{n}"))).find(free).unwrap_or_else(|| base.to_owned()))
}

/// Makes a draft.
///
/// # Errors
/// `products_sku_unique` and the length checks.
pub async fn create(tx: &mut TenantTx, id: Uuid, definition: &Value, facts: &Facts) -> Result<()> {
    sqlx::query("insert into products (tenant_id, id, sku, name, category, currency, definition) values ($1, $2, $3, $4, $5, $6, $7::json)")
        .bind(tx.tenant())
        .bind(id)
        .bind(&facts.sku)
        .bind(&facts.name)
        .bind(&facts.category)
        .bind(&facts.currency)
        .bind(definition.to_string())
        .execute(tx.conn())
        .await?;
    set_facts(tx, id, facts).await
}

/// Locks the row and checks the revision that the caller read. False when there is no such product.
async fn lock(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    revision::lock(tx, "select revision from products where id = $1 for update", id, expected).await
}

/// Changes the draft. What readers see follows only while the product was never published. False when there is no such product.
///
/// # Errors
/// [`StoreError::Stale`] unless the row is at revision `expected` (when given); `products_sku_unique` and the length checks.
pub async fn update_draft(tx: &mut TenantTx, id: Uuid, definition: &Value, facts: &Facts, expected: Option<i64>) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    let published: Option<i64> =
        sqlx::query_scalar("update products set definition = $2::json, revision = revision + 1, updated_at = now() where id = $1 returning published_version")
            .bind(id)
            .bind(definition.to_string())
            .fetch_one(tx.conn())
            .await?;
    if published.is_none() {
        set_facts(tx, id, facts).await?;
    }
    Ok(true)
}

/// Publishes a definition as the next version; answers its number. `None` when there is no such product.
///
/// # Errors
/// [`StoreError::Stale`] unless the row is at revision `expected` (when given); `products_sku_unique` and the length checks.
pub async fn publish(
    tx: &mut TenantTx,
    id: Uuid,
    definition: &Value,
    compiled: &str,
    compiled_hash: &str,
    facts: &Facts,
    expected: Option<i64>,
) -> Result<Option<i64>> {
    if !lock(tx, id, expected).await? {
        return Ok(None);
    }
    let version: i64 = sqlx::query_scalar(
        "update products set status = 'published', published_version = coalesce(published_version, 0) + 1, revision = revision + 1, \
         updated_at = now() where id = $1 returning published_version",
    )
    .bind(id)
    .fetch_one(tx.conn())
    .await?;
    set_facts(tx, id, facts).await?;
    sqlx::query(
        "insert into product_versions (tenant_id, product_id, version, template_version, definition, compiled, compiled_hash) \
         values ($1, $2, $3, $4, $5::json, $6::json, $7)",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(version)
    .bind(&facts.template_version)
    .bind(definition.to_string())
    .bind(compiled)
    .bind(compiled_hash)
    .execute(tx.conn())
    .await?;
    Ok(Some(version))
}

/// Changes what is known about stock. False when there is no such product.
///
/// # Errors
/// `products_stock_not_negative`.
pub async fn set_stock(tx: &mut TenantTx, id: Uuid, stock: i32, availability: &str) -> Result<bool> {
    let done = sqlx::query("update products set stock = $2, availability = $3, revision = revision + 1, updated_at = now() where id = $1")
        .bind(id)
        .bind(stock)
        .bind(availability)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes the key of the default configuration (it depends on the generator). False when there is no such product.
///
/// # Errors
/// [`StoreError`].
pub async fn set_default_key(tx: &mut TenantTx, id: Uuid, key: &str) -> Result<bool> {
    let done = sqlx::query("update products set default_key = $2 where id = $1").bind(id).bind(key).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// All published products: id, and number of the newest version.
///
/// # Errors
/// [`StoreError`].
pub async fn published(tx: &mut TenantTx) -> Result<Vec<(Uuid, i64)>> {
    Ok(sqlx::query_as("select id, published_version from products where published_version is not null order by sku").fetch_all(tx.conn()).await?)
}

/// One product, published or not.
///
/// # Errors
/// [`StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Product>> {
    Ok(sqlx::query_as(concat!("select ", columns!("p"), " from products p where p.id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// One product by SKU.
///
/// # Errors
/// [`StoreError`].
pub async fn by_sku(tx: &mut TenantTx, sku: &str) -> Result<Option<Product>> {
    Ok(sqlx::query_as(concat!("select ", columns!("p"), " from products p where p.sku = $1")).bind(sku).fetch_optional(tx.conn()).await?)
}

/// Several products by id, in no order; absent ones are left out.
///
/// # Errors
/// [`StoreError`].
pub async fn by_ids(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<Product>> {
    Ok(sqlx::query_as(concat!("select ", columns!("p"), " from products p where p.id = any ($1)")).bind(ids).fetch_all(tx.conn()).await?)
}

/// The draft as written.
///
/// # Errors
/// [`StoreError`].
pub async fn draft(tx: &mut TenantTx, id: Uuid) -> Result<Option<Value>> {
    let text: Option<String> = sqlx::query_scalar("select definition::text from products where id = $1").bind(id).fetch_optional(tx.conn()).await?;
    text.map(|t| serde_json::from_str(&t).map_err(|e| StoreError::corrupt("products", "definition", id, e))).transpose()
}

/// A published version; the newest when `version` is `None`.
///
/// # Errors
/// [`StoreError`].
pub async fn version(tx: &mut TenantTx, product: Uuid, version: Option<i64>) -> Result<Option<Version>> {
    Ok(sqlx::query_as(
        "select product_id, version, template_version, definition::text, compiled::text, compiled_hash, created_at from product_versions \
         where product_id = $1 and ($2::bigint is null or version = $2) order by version desc limit 1",
    )
    .bind(product)
    .bind(version)
    .fetch_optional(tx.conn())
    .await?)
}

#[derive(sqlx::FromRow)]
struct Hit {
    score: i32,
    place: String,
    #[sqlx(flatten)]
    product: Product,
}

/// A page of products: best match first, then by name.
///
/// # Errors
/// [`StoreError::BadCursor`].
pub async fn list(tx: &mut TenantTx, filter: &Filter, limit: u32, cursor: Option<&str>) -> Result<Paged<Product>> {
    let after: Option<(i32, String, Uuid)> = page::decode(cursor)?;
    let (score, name, id) = after.map_or((None, None, None), |(s, n, i)| (Some(s), Some(n), Some(i)));
    // A cursor is a person's input too.
    let name = name.map(|n: String| n.replace('\0', ""));
    let hits: Vec<Hit> = sqlx::query_as(concat!(
        "select h.score, lower(p.name) as place, ",
        columns!("p"),
        " from fitout_product_hits($1, $2, $3, null, null, $6, $7, $8) h join products p on p.tenant_id = $1 and p.id = h.id \
         left join listed_prices l on l.tenant_id = $1 and l.list_id = $9 and l.product_id = p.id where ",
        price_fits!(),
        " and ($10::int is null or (-h.score, lower(p.name), p.id) > (-$10, $11, $12)) order by -h.score, lower(p.name), p.id limit $13"
    ))
    .bind(tx.tenant())
    .bind(filter.words())
    .bind(filter.category_names())
    .bind(filter.min_price)
    .bind(filter.max_price)
    .bind(filter.in_stock_only)
    .bind(filter.configurable)
    .bind(filter.drafts)
    .bind(filter.list)
    .bind(score)
    .bind(name)
    .bind(id)
    .bind(i64::from(limit) + 1)
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::of(hits, limit, |h| (h.score, h.place.clone(), h.product.id)).map(|h| h.product))
}

/// Products per category under the same filter (its categories aside), the fullest first.
///
/// # Errors
/// [`StoreError`].
pub async fn categories(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(concat!(
        "select h.category, count(*) from fitout_product_hits($1, $2, $3, null, null, $6, $7, $8) h \
         join products p on p.tenant_id = $1 and p.id = h.id \
         left join listed_prices l on l.tenant_id = $1 and l.list_id = $9 and l.product_id = p.id where ",
        price_fits!(),
        " group by h.category order by count(*) desc, h.category"
    ))
    .bind(tx.tenant())
    .bind(filter.words())
    .bind(Vec::<String>::new())
    .bind(filter.min_price)
    .bind(filter.max_price)
    .bind(filter.in_stock_only)
    .bind(filter.configurable)
    .bind(filter.drafts)
    .bind(filter.list)
    .fetch_all(tx.conn())
    .await?)
}
