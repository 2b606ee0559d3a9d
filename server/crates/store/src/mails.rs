//! Outbox of mails. A mail is stored with its cause and handed over by a job afterwards.

use crate::Result;
use crate::page::{self, Paged};
use crate::tx::{Conn, TenantTx};
use time::OffsetDateTime;
use uuid::Uuid;

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Mail {
    /// Id.
    pub id: Uuid,
    /// Address of the receiver.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// What the file is called that goes with it.
    pub attachment_name: Option<String>,
    /// `waiting`, `kept` (no mail server), `sent` or `failed`.
    pub state: String,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: OffsetDateTime,
    /// When it was handed over.
    pub sent_at: Option<OffsetDateTime>,
}

/// A mail to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewMail<'a> {
    /// Id.
    pub id: Uuid,
    /// Address of the receiver.
    pub recipient: &'a str,
    /// Subject line.
    pub subject: &'a str,
    /// Plain text.
    pub body: &'a str,
    /// `waiting` or `kept`.
    pub state: &'a str,
    /// Name and bytes of a file that goes with it.
    pub attachment: Option<(&'a str, &'a [u8])>,
}

/// Stores a mail; `state` is `waiting`, or `kept` when no mail server is configured.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn create(tx: &mut TenantTx, mail: &NewMail<'_>) -> Result<()> {
    sqlx::query("insert into mails (tenant_id, id, recipient, subject, body, state, attachment_name, attachment) values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(tx.tenant())
        .bind(mail.id)
        .bind(mail.recipient)
        .bind(mail.subject)
        .bind(mail.body)
        .bind(mail.state)
        .bind(mail.attachment.map(|(name, _)| name))
        .bind(mail.attachment.map(|(_, data)| data))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// One mail.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Mail>> {
    Ok(sqlx::query_as("select id, recipient, subject, body, attachment_name, state, error, created_at, sent_at from mails where id = $1")
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// Name and bytes of the file that goes with a mail, and the mail's state.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn attachment(tx: &mut TenantTx, id: Uuid) -> Result<Option<(String, Vec<u8>, String)>> {
    Ok(sqlx::query_as("select attachment_name, attachment, state from mails where id = $1 and attachment is not null")
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// A page, newest first.
///
/// # Errors
/// [`crate::StoreError::BadCursor`].
pub async fn list(tx: &mut TenantTx, limit: u32, cursor: Option<&str>) -> Result<Paged<Mail>> {
    let after: Option<(i64, Uuid)> = page::decode(cursor)?;
    let at = after.map(|(at, _)| page::from_micros(at)).transpose()?;
    let rows: Vec<Mail> = sqlx::query_as(
        "select id, recipient, subject, body, attachment_name, state, error, created_at, sent_at from mails \
         where $1::timestamptz is null or (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3",
    )
    .bind(at)
    .bind(after.map(|(_, id)| id))
    .bind(i64::from(limit) + 1)
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::of(rows, limit, |m| (page::micros(m.created_at), m.id)))
}

/// Notes what became of a mail: `sent`, `failed` (with why) or `waiting` again. What was sent keeps no file: nobody may read it here. False when there is no
/// such mail.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_state(tx: &mut TenantTx, id: Uuid, state: &str, error: Option<&str>) -> Result<bool> {
    let done = sqlx::query(
        "update mails set state = $2, error = $3, sent_at = case when $2 = 'sent' then now() else sent_at end, \
         attachment = case when $2 = 'sent' then null else attachment end, attachment_name = case when $2 = 'sent' then null else attachment_name end \
         where id = $1",
    )
    .bind(id)
    .bind(state)
    .bind(error)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
