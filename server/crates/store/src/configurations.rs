//! Saved configurations and their share links.

mod saving;

pub(crate) use saving::Saver;
pub use saving::{NewConfiguration, Once, Saving, save};

use crate::Result;
use crate::page::{self, Paged};
use crate::revision;
use crate::tx::{Conn, PublicTx, TenantTx};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// A saved configuration.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Configuration {
    /// Id.
    pub id: Uuid,
    /// Product.
    pub product_id: Uuid,
    /// Its name and SKU now.
    pub product_name: String,
    /// SKU.
    pub product_sku: String,
    /// Version of the product that it is pinned to.
    pub version: i64,
    /// That version's edition for people.
    pub template_version: String,
    /// The newest published version.
    pub newest_version: Option<i64>,
    /// That one's edition.
    pub newest_edition: Option<String>,
    /// By whom.
    pub user_id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Folder; empty = none.
    pub folder: String,
    /// Choices.
    pub config_data: Value,
    /// Identity: product version + normalised values.
    pub key: String,
    /// Variant code.
    pub variant_code: String,
    /// Price at that time.
    pub price: Value,
    /// 128 bits, when it is shared.
    pub share_token: Option<String>,
    /// Row version, the `ETag`.
    pub revision: i64,
    /// When.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
}

/// New choices of a configuration: they come with version, identity and price together.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    /// Version of the product.
    pub version: i64,
    /// Choices.
    pub config_data: &'a Value,
    /// Identity.
    pub key: &'a str,
    /// Variant code.
    pub variant_code: &'a str,
    /// Price now.
    pub price: &'a Value,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select c.id, c.product_id, p.name as product_name, p.sku as product_sku, c.version, v.template_version, \
             p.published_version as newest_version, n.template_version as newest_edition, c.user_id, c.name, c.folder, c.config_data, \
             c.key, c.variant_code, c.price, c.share_token, c.revision, c.created_at, c.updated_at from configurations c \
             join products p on p.tenant_id = c.tenant_id and p.id = c.product_id \
             join product_versions v on v.tenant_id = c.tenant_id and v.product_id = c.product_id and v.version = c.version \
             left join product_versions n on n.tenant_id = c.tenant_id and n.product_id = c.product_id and n.version = p.published_version \
             where c.deleted_at is null and ",
            $rest
        )
    };
}

/// One configuration.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Configuration>> {
    Ok(sqlx::query_as(select!("c.id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// Which configurations to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words of name, product, SKU or variant code.
    pub search: Option<String>,
    /// Only of this folder; `Some("")` = those in none.
    pub folder: Option<String>,
    /// Only of this product.
    pub product: Option<Uuid>,
}

/// A page, newest first.
///
/// # Errors
/// [`crate::StoreError::BadCursor`].
pub async fn list(tx: &mut TenantTx, filter: &Filter, limit: u32, cursor: Option<&str>) -> Result<Paged<Configuration>> {
    let after: Option<(i64, Uuid)> = page::decode(cursor)?;
    let at = after.map(|(at, _)| page::from_micros(at)).transpose()?;
    // Every word must be somewhere.
    let words: Vec<String> = filter.search.iter().flat_map(|t| t.split_whitespace()).map(str::to_owned).collect();
    let rows: Vec<Configuration> = sqlx::query_as(select!(
        "($1::timestamptz is null or (c.created_at, c.id) < ($1, $2)) and ($4::text is null or c.folder = $4) and ($6::uuid is null or c.product_id = $6) \
         and not exists (select from unnest($5::text[]) w where position(lower(w) in lower(concat_ws(' ', c.name, c.folder, p.name, p.sku, c.variant_code))) = 0) \
         order by c.created_at desc, c.id desc limit $3"
    ))
    .bind(at)
    .bind(after.map(|(_, id)| id))
    .bind(i64::from(limit) + 1)
    .bind(filter.folder.as_deref())
    .bind(words)
    .bind(filter.product)
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::of(rows, limit, |c| (page::micros(c.created_at), c.id)))
}

/// Folders with what lies in them, by name; the first, without a name, is what lies in none.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn folders(tx: &mut TenantTx) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select folder, count(*) from configurations where deleted_at is null group by folder order by lower(folder), folder")
        .fetch_all(tx.conn())
        .await?)
}

/// Saves the same under another id and name, for the transaction's person; it has no link. `None` when there is no such configuration.
///
/// # Errors
/// `configurations_name_length`.
pub async fn fork(tx: &mut TenantTx, id: Uuid, new: Uuid, name: &str) -> Result<Option<Configuration>> {
    let done = sqlx::query(
        "insert into configurations (tenant_id, id, product_id, version, user_id, name, folder, config_data, key, variant_code, price) \
         select tenant_id, $2, product_id, version, $3, $4, folder, config_data, key, variant_code, price from configurations where id = $1 and deleted_at is null",
    )
    .bind(id)
    .bind(new)
    .bind(tx.scope().user)
    .bind(name)
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 { Ok(None) } else { get(tx, new).await }
}

/// Locks the row and checks the revision that the caller read. False when there is no such configuration.
async fn lock(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    revision::lock(tx, "select revision from configurations where id = $1 and deleted_at is null for update", id, expected).await
}

/// Changes name, folder or choices, or all. False when there is no such configuration.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given); `configurations_name_length`, `configurations_folder_length`.
pub async fn update(
    tx: &mut TenantTx,
    id: Uuid,
    name: Option<&str>,
    folder: Option<&str>,
    choices: Option<&Choices<'_>>,
    expected: Option<i64>,
) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    sqlx::query(
        "update configurations set name = coalesce($2, name), folder = coalesce($3, folder), revision = revision + 1, updated_at = now() where id = $1",
    )
    .bind(id)
    .bind(name)
    .bind(folder)
    .execute(tx.conn())
    .await?;
    if let Some(c) = choices {
        sqlx::query("update configurations set version = $2, config_data = $3, key = $4, variant_code = $5, price = $6 where id = $1")
            .bind(id)
            .bind(c.version)
            .bind(c.config_data)
            .bind(c.key)
            .bind(c.variant_code)
            .bind(c.price)
            .execute(tx.conn())
            .await?;
    }
    Ok(true)
}

/// Removes a configuration (softly: requests for files still refer to it); its link ends. False when there is no such one.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given).
pub async fn delete(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    sqlx::query("update configurations set deleted_at = now(), share_token = null, revision = revision + 1 where id = $1").bind(id).execute(tx.conn()).await?;
    Ok(true)
}

/// Shares a configuration under `token`, unless it is shared already; answers the token that holds. `None` when there is no such one.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn share(tx: &mut TenantTx, id: Uuid, token: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "update configurations set share_token = coalesce(share_token, $2), shared_at = coalesce(shared_at, now()) \
         where id = $1 and deleted_at is null returning share_token",
    )
    .bind(id)
    .bind(token)
    .fetch_optional(tx.conn())
    .await?)
}

/// Ends the link. False when there was none.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn revoke_share(tx: &mut TenantTx, id: Uuid) -> Result<bool> {
    let done = sqlx::query("update configurations set share_token = null, shared_at = null where id = $1 and share_token is not null and deleted_at is null")
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Where a share link leads: tenant and configuration. `None` for revoked links, removed configurations and disabled workspaces.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn by_share_token(tx: &mut PublicTx, token: &str) -> Result<Option<(Uuid, Uuid)>> {
    if token.contains('\0') {
        return Ok(None);
    }
    Ok(sqlx::query_as("select tenant_id, configuration_id from fitout_by_share_token($1)").bind(token).fetch_optional(tx.conn()).await?)
}
