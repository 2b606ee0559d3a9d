//! What people upload, and where the files made of it are.

use crate::Result;
use crate::page::{self, Paged};
use crate::revision;
use crate::tx::{Conn, TenantTx};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// An upload.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Upload {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// What the file was called.
    pub file_name: String,
    /// `model` or `picture`.
    pub kind: String,
    /// `waiting`, `ready` or `refused`.
    pub status: String,
    /// Unit that a person said.
    pub unit: Option<String>,
    /// Up axis that a person said.
    pub up: Option<String>,
    /// The file as it came, in the file store.
    pub blob_key: String,
    /// Of the file as it came.
    pub sha256: String,
    /// Of the file as it came.
    pub bytes: i64,
    /// Key of the files made of it.
    pub files_key: Option<String>,
    /// Sizes, levels, notes.
    pub facts: Value,
    /// Stable code of a refusal.
    pub refusal_code: Option<String>,
    /// Its words.
    pub refusal: Option<String>,
    /// The newest job.
    pub job_id: Option<Uuid>,
    /// That job's state, progress, code and words.
    pub job_status: Option<String>,
    /// 0–100.
    pub job_progress: Option<i16>,
    /// Once failed.
    pub job_error_code: Option<String>,
    /// Once failed.
    pub job_error: Option<String>,
    /// Row version, the `ETag`.
    pub revision: i64,
    /// When.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
}

/// An upload to be.
#[derive(Clone, Debug)]
pub struct NewUpload<'a> {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: &'a str,
    /// What the file was called.
    pub file_name: &'a str,
    /// `model` or `picture`.
    pub kind: &'a str,
    /// Unit that a person said.
    pub unit: Option<&'a str>,
    /// Up axis that a person said.
    pub up: Option<&'a str>,
    /// In the file store.
    pub blob_key: &'a str,
    /// Hexadecimal.
    pub sha256: &'a str,
    /// Size.
    pub bytes: i64,
}

/// What is set of an upload by a person.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    /// Name.
    pub name: &'a str,
    /// Unit.
    pub unit: Option<&'a str>,
    /// Up axis.
    pub up: Option<&'a str>,
    /// The files have to be made anew.
    pub anew: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select u.id, u.name, u.file_name, u.kind, u.status, u.unit, u.up, u.blob_key, u.sha256, u.bytes, u.files_key, u.facts, u.refusal_code, u.refusal, \
             u.job_id, j.status as job_status, j.progress as job_progress, j.error_code as job_error_code, j.error_message as job_error, u.revision, \
             u.created_at, u.updated_at from uploads u left join jobs j on j.tenant_id = u.tenant_id and j.id = u.job_id where u.deleted_at is null ",
            $rest
        )
    };
}

/// A page, newest first. `search`: in the name or the file's name.
///
/// # Errors
/// [`crate::StoreError::BadCursor`].
pub async fn list(tx: &mut TenantTx, search: Option<&str>, limit: u32, cursor: Option<&str>) -> Result<Paged<Upload>> {
    let after: Option<(i64, Uuid)> = page::decode(cursor)?;
    let at = after.map(|(at, _)| page::from_micros(at)).transpose()?;
    let search = search.map(|s| s.replace('\0', "").trim().to_lowercase()).filter(|s| !s.is_empty());
    let rows: Vec<Upload> = sqlx::query_as(select!(
        "and ($1::timestamptz is null or (u.created_at, u.id) < ($1, $2)) \
         and ($3::text is null or position($3 in lower(u.name)) > 0 or position($3 in lower(u.file_name)) > 0) order by u.created_at desc, u.id desc limit $4"
    ))
    .bind(at)
    .bind(after.map(|(_, id)| id))
    .bind(search)
    .bind(i64::from(limit) + 1)
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::of(rows, limit, |u| (page::micros(u.created_at), u.id)))
}

/// One.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Upload>> {
    Ok(sqlx::query_as(select!("and u.id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// The one that is made of the very same file.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn same(tx: &mut TenantTx, sha256: &str) -> Result<Option<Upload>> {
    Ok(sqlx::query_as(select!("and u.sha256 = $1 order by u.created_at limit 1")).bind(sha256).fetch_optional(tx.conn()).await?)
}

/// Makes one, waiting. False, with nothing made, when there is one of the very same file.
///
/// # Errors
/// `uploads_name_length`.
pub async fn create(tx: &mut TenantTx, new: &NewUpload<'_>) -> Result<bool> {
    let by = tx.scope().user;
    let done = sqlx::query(
        "insert into uploads (tenant_id, id, name, file_name, kind, unit, up, blob_key, sha256, bytes, created_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (tenant_id, sha256) where deleted_at is null do nothing",
    )
    .bind(tx.tenant())
    .bind(new.id)
    .bind(new.name)
    .bind(new.file_name)
    .bind(new.kind)
    .bind(new.unit)
    .bind(new.up)
    .bind(new.blob_key)
    .bind(new.sha256)
    .bind(new.bytes)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn lock(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    revision::lock(tx, "select revision from uploads where id = $1 and deleted_at is null for update", id, expected).await
}

/// Sets what a person says. False when there is no such one.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given); `uploads_name_length`.
pub async fn say(tx: &mut TenantTx, id: Uuid, said: &Said<'_>, expected: Option<i64>) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    sqlx::query(
        "update uploads set name = $2, unit = $3, up = $4, status = case when $5 then 'waiting' else status end, \
         refusal_code = case when $5 then null else refusal_code end, refusal = case when $5 then null else refusal end, \
         revision = revision + 1, updated_at = now() where id = $1",
    )
    .bind(id)
    .bind(said.name)
    .bind(said.unit)
    .bind(said.up)
    .bind(said.anew)
    .execute(tx.conn())
    .await?;
    Ok(true)
}

/// Hangs it on the job that makes its files.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_job(tx: &mut TenantTx, id: Uuid, job: Uuid) -> Result<()> {
    sqlx::query("update uploads set job_id = $2, status = 'waiting', updated_at = now() where id = $1").bind(id).bind(job).execute(tx.conn()).await?;
    Ok(())
}

/// Whoever notes files of this upload does so one after the other, until the end of the transaction: what one leaves, the next one sees.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn hold(tx: &mut TenantTx, id: Uuid) -> Result<()> {
    sqlx::query("select from uploads where id = $1 for update").bind(id).execute(tx.conn()).await?;
    Ok(())
}

/// Its files are there. False when it is gone, or a person has said something else meanwhile (`unit` and `up` as the files were made with).
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_ready(tx: &mut TenantTx, id: Uuid, (unit, up): (Option<&str>, Option<&str>), files_key: &str, facts: &Value) -> Result<bool> {
    let done = sqlx::query(
        "update uploads set status = 'ready', files_key = $4, facts = $5, refusal_code = null, refusal = null, revision = revision + 1, updated_at = now() \
         where id = $1 and deleted_at is null and unit is not distinct from $2 and up is not distinct from $3",
    )
    .bind(id)
    .bind(unit)
    .bind(up)
    .bind(files_key)
    .bind(facts)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// It is not good. False when it is gone.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn refuse(tx: &mut TenantTx, id: Uuid, code: &str, why: &str) -> Result<bool> {
    let done = sqlx::query(
        "update uploads set status = 'refused', refusal_code = $2, refusal = $3, revision = revision + 1, updated_at = now() where id = $1 and deleted_at is null",
    )
    .bind(id)
    .bind(code)
    .bind(why)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes one and the rows of its files. Answers where in the file store the files lie that nothing else needs; `None` when there is no such upload.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given).
pub async fn delete(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<Option<Vec<String>>> {
    if !lock(tx, id, expected).await? {
        return Ok(None);
    }
    let (blob, key): (String, Option<String>) =
        sqlx::query_as("update uploads set deleted_at = now(), updated_at = now() where id = $1 returning blob_key, files_key")
            .bind(id)
            .fetch_one(tx.conn())
            .await?;
    let mut blobs: Vec<String> = match key {
        Some(key) => forget_files(tx, &key).await?,
        None => Vec::new(),
    };
    blobs.push(blob);
    unneeded(tx, blobs).await.map(Some)
}

/// Removes the rows of files that no upload shows any more. Answers where they lie.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn forget_files(tx: &mut TenantTx, key: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "delete from asset_variants a where a.key = $1 and not exists (select from uploads u where u.files_key = $1 and u.deleted_at is null) \
         returning coalesce(a.blob_key, '')",
    )
    .bind(key)
    .fetch_all(tx.conn())
    .await?)
}

/// Those of these places in the file store that no row names.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn unneeded(tx: &mut TenantTx, blobs: Vec<String>) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select distinct b from unnest($1::text[]) b where b <> '' and not exists (select from asset_variants a where a.blob_key = b) \
         and not exists (select from uploads u where u.blob_key = b and u.deleted_at is null)",
    )
    .bind(blobs)
    .fetch_all(tx.conn())
    .await?)
}

/// Name of the upload that files were made of.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn of_files(tx: &mut TenantTx, key: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select name from uploads where files_key = $1 and deleted_at is null order by created_at limit 1")
        .bind(key)
        .fetch_optional(tx.conn())
        .await?)
}
