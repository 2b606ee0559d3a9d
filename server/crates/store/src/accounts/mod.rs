//! People, workspaces, memberships, sessions: platform tables.
//!
//! Mail addresses are compared in lower case; the functions lower them. Tokens come and go as SHA-256 ([`crate::accounts::hash`]).

mod members;
mod sessions;
mod tokens;

pub use members::*;
pub use sessions::*;
pub use tokens::*;

use crate::Result;
use crate::tx::{Conn, PlatformTx};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// SHA-256 of a token, as the tables keep it.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A person to be.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// Id.
    pub id: Uuid,
    /// Mail address in any case.
    pub email: &'a str,
    /// Name.
    pub name: &'a str,
    /// Argon2id or bcrypt, in PHC form.
    pub password_hash: &'a str,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// Mail address, lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// Argon2id or bcrypt, in PHC form.
    pub password_hash: String,
    /// Workspace used last.
    pub last_tenant_id: Option<Uuid>,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Last sign of life.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Kept out everywhere since.
    pub disabled_at: Option<OffsetDateTime>,
}

/// A workspace to be.
#[derive(Clone, Debug)]
pub struct NewTenant<'a> {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: &'a str,
    /// Short name in addresses.
    pub slug: Option<&'a str>,
    /// ISO 4217.
    pub currency: &'a str,
    /// `organization`, `personal` or `showcase`.
    pub kind: &'a str,
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tenant {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Short name in addresses.
    pub slug: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// `organization`, `personal` or `showcase`.
    pub kind: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Contract ended since.
    pub disabled_at: Option<OffsetDateTime>,
}

macro_rules! user_columns {
    () => {
        "id, email, name, password_hash, last_tenant_id, created_at, last_seen_at, disabled_at"
    };
}
macro_rules! tenant_columns {
    () => {
        "id, name, slug, currency, kind, created_at, disabled_at"
    };
}

/// Makes a person.
///
/// # Errors
/// `users_email_unique`, `users_name_length`.
pub async fn create_user(tx: &mut PlatformTx, user: &NewUser<'_>) -> Result<()> {
    sqlx::query("insert into users (id, email, name, password_hash) values ($1, lower($2), $3, $4)")
        .bind(user.id)
        .bind(user.email)
        .bind(user.name)
        .bind(user.password_hash)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Finds a person by mail address.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn user_by_email(tx: &mut PlatformTx, email: &str) -> Result<Option<User>> {
    Ok(sqlx::query_as(concat!("select ", user_columns!(), " from users where email = lower($1)")).bind(email).fetch_optional(tx.conn()).await?)
}

/// Finds a person by id.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn user(tx: &mut PlatformTx, id: Uuid) -> Result<Option<User>> {
    Ok(sqlx::query_as(concat!("select ", user_columns!(), " from users where id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// Sets a new password hash. False when there is no such person.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_password(tx: &mut PlatformTx, user: Uuid, password_hash: &str) -> Result<bool> {
    let done = sqlx::query("update users set password_hash = $2 where id = $1").bind(user).bind(password_hash).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers the workspace used last. False when there is no such person.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_last_tenant(tx: &mut PlatformTx, user: Uuid, tenant: Uuid) -> Result<bool> {
    let done = sqlx::query("update users set last_tenant_id = $2 where id = $1").bind(user).bind(tenant).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a person out everywhere, or lets them in again. False when there is no such person.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_user_disabled(tx: &mut PlatformTx, user: Uuid, disabled: bool) -> Result<bool> {
    let done = sqlx::query("update users set disabled_at = case when $2 then coalesce(disabled_at, now()) end where id = $1")
        .bind(user)
        .bind(disabled)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes a workspace.
///
/// # Errors
/// `tenants_name_length`, `tenants_slug_unique`, `tenants_currency_is_iso`, `tenants_one_showcase`.
pub async fn create_tenant(tx: &mut PlatformTx, tenant: &NewTenant<'_>) -> Result<()> {
    sqlx::query("insert into tenants (id, name, slug, currency, kind) values ($1, $2, $3, $4, $5)")
        .bind(tenant.id)
        .bind(tenant.name)
        .bind(tenant.slug)
        .bind(tenant.currency)
        .bind(tenant.kind)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Finds a workspace.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn tenant(tx: &mut PlatformTx, id: Uuid) -> Result<Option<Tenant>> {
    Ok(sqlx::query_as(concat!("select ", tenant_columns!(), " from tenants where id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// The workspace that visitors see.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn showcase(tx: &mut PlatformTx) -> Result<Option<Tenant>> {
    Ok(sqlx::query_as(concat!("select ", tenant_columns!(), " from tenants where kind = 'showcase'")).fetch_optional(tx.conn()).await?)
}

/// Every workspace, oldest first: for `fitout audit verify` and maintenance.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn tenants(tx: &mut PlatformTx) -> Result<Vec<Tenant>> {
    Ok(sqlx::query_as(concat!("select ", tenant_columns!(), " from tenants order by created_at, id")).fetch_all(tx.conn()).await?)
}

/// Ends or resumes a workspace. False when there is no such one.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_tenant_disabled(tx: &mut PlatformTx, tenant: Uuid, disabled: bool) -> Result<bool> {
    let done = sqlx::query("update tenants set disabled_at = case when $2 then coalesce(disabled_at, now()) end where id = $1")
        .bind(tenant)
        .bind(disabled)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}
