//! Password resets and failed sign-ins. Failures are counted under a keyed hash of the address: nobody's address is stored for having been
//! typed into a form.

use crate::Result;
use crate::tx::{Conn, PlatformTx};
use time::OffsetDateTime;
use uuid::Uuid;

/// Stores a reset token. Earlier ones of the same person end.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn create_reset(tx: &mut PlatformTx, user: Uuid, token_hash: [u8; 32], now: OffsetDateTime, expires_at: OffsetDateTime) -> Result<()> {
    sqlx::query("delete from password_resets where user_id = $1").bind(user).execute(tx.conn()).await?;
    sqlx::query("insert into password_resets (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)")
        .bind(token_hash)
        .bind(user)
        .bind(now)
        .bind(expires_at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Uses a reset token up and answers whose it was. `None` when it is unknown, used or over.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn take_reset(tx: &mut PlatformTx, token_hash: [u8; 32], now: OffsetDateTime) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar("update password_resets set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2 returning user_id")
        .bind(token_hash)
        .bind(now)
        .fetch_optional(tx.conn())
        .await?)
}

/// Notes a failed sign-in for an address, known or not.
///
/// # Errors
/// [`crate::StoreError`]; all three of these need a master key.
pub async fn record_failure(tx: &mut PlatformTx, email: &str, ip: Option<&str>, now: OffsetDateTime) -> Result<()> {
    let alias = tx.vault()?.alias(email);
    sqlx::query("insert into login_failures (email, ip, at) values ($1, $2, $3)").bind(alias).bind(ip).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Failed sign-ins for an address since `since`: how many, and the oldest of them (for `Retry-After`).
///
/// # Errors
/// [`crate::StoreError`].
pub async fn failures_since(tx: &mut PlatformTx, email: &str, since: OffsetDateTime) -> Result<(i64, Option<OffsetDateTime>)> {
    let alias = tx.vault()?.alias(email);
    Ok(sqlx::query_as("select count(*), min(at) from login_failures where email = $1 and at > $2").bind(alias).bind(since).fetch_one(tx.conn()).await?)
}

/// Forgets the failures of an address, after a reset.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn clear_failures(tx: &mut PlatformTx, email: &str) -> Result<()> {
    let alias = tx.vault()?.alias(email);
    sqlx::query("delete from login_failures where email = $1").bind(alias).execute(tx.conn()).await?;
    Ok(())
}

/// Removes failures from before `before`.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn sweep_failures(tx: &mut PlatformTx, before: OffsetDateTime) -> Result<u64> {
    Ok(sqlx::query("delete from login_failures where at < $1").bind(before).execute(tx.conn()).await?.rows_affected())
}
