//! Files made for configurations: models and pictures, by the artefact's key.

use crate::Result;
use crate::tx::{Conn, PublicTx, TenantTx};
use time::OffsetDateTime;
use uuid::Uuid;

/// One file of one configuration.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Asset {
    /// Whose.
    pub tenant_id: Uuid,
    /// Artefact's key: configuration, generator, format.
    pub key: String,
    /// `glb`, `usdz`, `still` or `drawing`.
    pub kind: String,
    /// `pending`, `ready` or `failed`.
    pub status: String,
    /// Product.
    pub product_id: Option<Uuid>,
    /// Where in the file store.
    pub blob_key: Option<String>,
    /// Hexadecimal.
    pub sha256: Option<String>,
    /// Size.
    pub bytes: Option<i64>,
    /// 128 bits of the public address.
    pub file_token: String,
    /// `[w, d, h]`, tenths of a millimetre.
    pub bounding_box_dmm: Option<Vec<i32>>,
    /// Blender that made it.
    pub blender_version: Option<String>,
    /// When it was asked for first.
    pub created_at: OffsetDateTime,
    /// When it was there.
    pub ready_at: Option<OffsetDateTime>,
}

/// A file that is in the file store.
#[derive(Clone, Debug)]
pub struct ReadyAsset<'a> {
    /// Artefact's key.
    pub key: &'a str,
    /// `glb`, `usdz`, `still` or `drawing`.
    pub kind: &'a str,
    /// Product.
    pub product_id: Option<Uuid>,
    /// Where in the file store.
    pub blob_key: &'a str,
    /// Hexadecimal.
    pub sha256: &'a str,
    /// Size.
    pub bytes: i64,
    /// Token of the public address, if this row is new.
    pub file_token: &'a str,
    /// `[w, d, h]`, tenths of a millimetre.
    pub bounding_box_dmm: Option<[i32; 3]>,
    /// Blender that made it.
    pub blender_version: Option<&'a str>,
}

macro_rules! columns {
    () => {
        "tenant_id, key, kind, status, product_id, blob_key, sha256, bytes, file_token, bounding_box_dmm, blender_version, created_at, ready_at"
    };
}

/// One file, whatever its status.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn get(tx: &mut TenantTx, key: &str, kind: &str) -> Result<Option<Asset>> {
    Ok(sqlx::query_as(concat!("select ", columns!(), " from asset_variants where key = $1 and kind = $2"))
        .bind(key)
        .bind(kind)
        .fetch_optional(tx.conn())
        .await?)
}

/// Ready files of several keys, in order of key and kind.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn ready(tx: &mut TenantTx, keys: &[String]) -> Result<Vec<Asset>> {
    Ok(sqlx::query_as(concat!("select ", columns!(), " from asset_variants where key = any ($1) and status = 'ready' order by key, kind"))
        .bind(keys)
        .fetch_all(tx.conn())
        .await?)
}

/// Notes that files of these kinds are being made, where that is not noted yet: mostly it is, and then no row is touched, so that identical
/// requests don't queue up for it. `tokens`: one per kind, for rows that are new.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn begin(tx: &mut TenantTx, key: &str, kinds: &[&str], product: Option<Uuid>, tokens: &[String]) -> Result<()> {
    sqlx::query(
        "insert into asset_variants as a (tenant_id, key, kind, product_id, file_token) \
         select $1, $2, k.kind, $4, k.token from unnest($3::text[], $5::text[]) k (kind, token) \
         where not exists (select from asset_variants p where p.tenant_id = $1 and p.key = $2 and p.kind = k.kind and p.status <> 'failed') \
         order by k.kind on conflict (tenant_id, key, kind) do update set status = case a.status when 'failed' then 'pending' else a.status end",
    )
    .bind(tx.tenant())
    .bind(key)
    .bind(kinds)
    .bind(product)
    .bind(tokens)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks a file as ready. The address of an existing row stays. Answers the row.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn put_ready(tx: &mut TenantTx, new: &ReadyAsset<'_>) -> Result<Asset> {
    Ok(sqlx::query_as(concat!(
        "insert into asset_variants as a (tenant_id, key, kind, status, product_id, blob_key, sha256, bytes, file_token, bounding_box_dmm, \
         blender_version, ready_at) values ($1, $2, $3, 'ready', $4, $5, $6, $7, $8, $9, $10, now()) \
         on conflict (tenant_id, key, kind) do update set status = 'ready', product_id = coalesce(excluded.product_id, a.product_id), \
         blob_key = excluded.blob_key, sha256 = excluded.sha256, bytes = excluded.bytes, bounding_box_dmm = excluded.bounding_box_dmm, \
         blender_version = excluded.blender_version, ready_at = now() returning ",
        columns!()
    ))
    .bind(tx.tenant())
    .bind(new.key)
    .bind(new.kind)
    .bind(new.product_id)
    .bind(new.blob_key)
    .bind(new.sha256)
    .bind(new.bytes)
    .bind(new.file_token)
    .bind(new.bounding_box_dmm.map(|b| b.to_vec()))
    .bind(new.blender_version)
    .fetch_one(tx.conn())
    .await?)
}

/// Marks a file as failed, unless it is ready. False when there is no such row.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_failed(tx: &mut TenantTx, key: &str, kind: &str) -> Result<bool> {
    let done = sqlx::query("update asset_variants set status = 'failed' where key = $1 and kind = $2 and status <> 'ready'")
        .bind(key)
        .bind(kind)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The ready file behind a public address. `None` for unknown tokens and disabled workspaces.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn by_file_token(tx: &mut PublicTx, token: &str) -> Result<Option<Asset>> {
    if token.contains('\0') {
        return Ok(None);
    }
    Ok(sqlx::query_as(concat!("select ", columns!(), " from fitout_by_file_token($1)")).bind(token).fetch_optional(tx.conn()).await?)
}
