//! Configurators on other sites, and the people who ask there.

use crate::Result;
use crate::page::{self, Paged};
use crate::revision;
use crate::tx::{Conn, PublicTx, TenantTx};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// A configurator on other sites.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Embed {
    /// Id.
    pub id: Uuid,
    /// `emb_…`, in other sites' pages.
    pub public_id: String,
    /// Name.
    pub name: String,
    /// The one product that it shows; `None` = any.
    pub product_id: Option<Uuid>,
    /// Exact origins that may show it.
    pub origins: Vec<String>,
    /// Look.
    pub theme: Value,
    /// Who is told of a lead.
    pub notify: Option<String>,
    /// Whose prices it shows; `None` = everyone's.
    pub customer: Option<String>,
    /// Whether it answers.
    pub enabled: bool,
    /// Row version, the `ETag`.
    pub revision: i64,
    /// When.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
    /// Times opened within 30 days.
    pub opened: i64,
    /// Of them, times that somebody chose something.
    pub changed: i64,
    /// Leads within 30 days.
    pub leads: i64,
}

/// What is set of one.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Name.
    pub name: &'a str,
    /// The one product.
    pub product_id: Option<Uuid>,
    /// Exact origins.
    pub origins: &'a [String],
    /// Look.
    pub theme: &'a Value,
    /// Who is told of a lead.
    pub notify: Option<&'a str>,
    /// Whose prices it shows.
    pub customer: Option<&'a str>,
    /// Whether it answers.
    pub enabled: bool,
}

/// Somebody who asked.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Lead {
    /// Id.
    pub id: Uuid,
    /// Where from; `None` = not from an embed.
    pub embed_name: Option<String>,
    /// What they configured.
    pub configuration_id: Uuid,
    /// Its product's name.
    pub product_name: String,
    /// Its price then.
    pub price: Value,
    /// `question` or `quote`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// What they wrote.
    pub message: String,
    /// Origin of the site.
    pub origin: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// A lead to be.
#[derive(Clone, Debug)]
pub struct NewLead<'a> {
    /// Id.
    pub id: Uuid,
    /// Where from.
    pub embed: Option<Uuid>,
    /// What they configured; saved before.
    pub configuration: Uuid,
    /// `question` or `quote`.
    pub kind: &'a str,
    /// Name.
    pub name: &'a str,
    /// Mail address.
    pub email: &'a str,
    /// What they wrote.
    pub message: &'a str,
    /// Origin of the site.
    pub origin: &'a str,
    /// When.
    pub at: OffsetDateTime,
}

/// What is counted of an embed's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Opened by a page.
    Opened,
    /// Somebody chose something.
    Changed,
    /// Somebody asked.
    Lead,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select e.id, e.public_id, e.name, e.product_id, e.origins, e.theme, e.notify, e.customer, e.enabled, e.revision, e.created_at, e.updated_at, \
             coalesce(d.opened, 0)::bigint as opened, coalesce(d.changed, 0)::bigint as changed, coalesce(d.leads, 0)::bigint as leads from embeds e \
             left join lateral (select sum(opened) as opened, sum(changed) as changed, sum(leads) as leads from embed_days \
                 where tenant_id = e.tenant_id and embed_id = e.id and day > current_date - 30) d on true \
             where e.deleted_at is null ",
            $rest
        )
    };
}

/// All of the workspace, newest first.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Embed>> {
    Ok(sqlx::query_as(select!("order by e.created_at desc, e.id desc limit 500")).fetch_all(tx.conn()).await?)
}

/// One.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Embed>> {
    Ok(sqlx::query_as(select!("and e.id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// Whose embed a public id names, and whether that workspace is disabled.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn find(tx: &mut PublicTx, public_id: &str) -> Result<Option<(Uuid, Uuid, bool)>> {
    if public_id.contains('\0') {
        return Ok(None);
    }
    Ok(sqlx::query_as("select tenant_id, embed_id, disabled from fitout_embed($1)").bind(public_id).fetch_optional(tx.conn()).await?)
}

/// Makes one.
///
/// # Errors
/// `embeds_name_length`, `embeds_product_exists`, `embeds_origins_few`.
pub async fn create(tx: &mut TenantTx, id: Uuid, public_id: &str, of: &Settings<'_>) -> Result<()> {
    sqlx::query("insert into embeds (tenant_id, id, public_id, name, product_id, origins, theme, notify, enabled, customer) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(tx.tenant())
        .bind(id)
        .bind(public_id)
        .bind(of.name)
        .bind(of.product_id)
        .bind(of.origins)
        .bind(of.theme)
        .bind(of.notify)
        .bind(of.enabled)
        .bind(of.customer)
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn lock(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    revision::lock(tx, "select revision from embeds where id = $1 and deleted_at is null for update", id, expected).await
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
        "update embeds set name = $2, product_id = $3, origins = $4, theme = $5, notify = $6, enabled = $7, customer = $8, revision = revision + 1, updated_at = now() \
         where id = $1",
    )
    .bind(id)
    .bind(of.name)
    .bind(of.product_id)
    .bind(of.origins)
    .bind(of.theme)
    .bind(of.notify)
    .bind(of.enabled)
    .bind(of.customer)
    .execute(tx.conn())
    .await?;
    Ok(true)
}

/// Removes it; its public id answers no more. False when there is no such one.
///
/// # Errors
/// [`crate::StoreError::Stale`] unless the row is at revision `expected` (when given).
pub async fn delete(tx: &mut TenantTx, id: Uuid, expected: Option<i64>) -> Result<bool> {
    if !lock(tx, id, expected).await? {
        return Ok(false);
    }
    sqlx::query("update embeds set deleted_at = now(), revision = revision + 1 where id = $1").bind(id).execute(tx.conn()).await?;
    Ok(true)
}

/// Counts a use on its day.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn count(tx: &mut TenantTx, id: Uuid, used: Use, at: OffsetDateTime) -> Result<()> {
    let one = |kind: Use| i64::from(used == kind);
    sqlx::query(
        "insert into embed_days as d (tenant_id, embed_id, day, opened, changed, leads) values ($1, $2, $3, $4, $5, $6) \
         on conflict (tenant_id, embed_id, day) do update set opened = d.opened + excluded.opened, changed = d.changed + excluded.changed, \
         leads = d.leads + excluded.leads",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(at.date())
    .bind(one(Use::Opened))
    .bind(one(Use::Changed))
    .bind(one(Use::Lead))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps a lead.
///
/// # Errors
/// `leads_name_length`, `leads_message_length`.
pub async fn add_lead(tx: &mut TenantTx, new: &NewLead<'_>) -> Result<()> {
    sqlx::query(
        "insert into leads (tenant_id, id, embed_id, configuration_id, kind, name, email, message, origin, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant())
    .bind(new.id)
    .bind(new.embed)
    .bind(new.configuration)
    .bind(new.kind)
    .bind(new.name)
    .bind(new.email)
    .bind(new.message)
    .bind(new.origin)
    .bind(new.at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Leads, newest first.
///
/// # Errors
/// [`crate::StoreError::BadCursor`].
pub async fn leads(tx: &mut TenantTx, limit: u32, cursor: Option<&str>) -> Result<Paged<Lead>> {
    let after: Option<(i64, Uuid)> = page::decode(cursor)?;
    let at = after.map(|(at, _)| page::from_micros(at)).transpose()?;
    let rows: Vec<Lead> = sqlx::query_as(
        "select l.id, e.name as embed_name, l.configuration_id, p.name as product_name, c.price, l.kind, l.name, l.email, l.message, l.origin, l.created_at \
         from leads l join configurations c on c.tenant_id = l.tenant_id and c.id = l.configuration_id \
         join products p on p.tenant_id = c.tenant_id and p.id = c.product_id \
         left join embeds e on e.tenant_id = l.tenant_id and e.id = l.embed_id \
         where $1::timestamptz is null or (l.created_at, l.id) < ($1, $2) order by l.created_at desc, l.id desc limit $3",
    )
    .bind(at)
    .bind(after.map(|(_, id)| id))
    .bind(i64::from(limit) + 1)
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::of(rows, limit, |l| (page::micros(l.created_at), l.id)))
}
