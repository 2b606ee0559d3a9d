//! Idempotency keys: the first answer under a key is the answer.

use crate::Result;
use crate::tx::{Conn, PlatformTx};
use std::time::Duration;

/// What to do with a request that carries a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// First of its key: run it, then [`keep`] or [`release`].
    Run,
    /// Seen before: answer this again.
    Replay {
        /// HTTP status.
        status: u16,
        /// Body.
        body: Vec<u8>,
    },
    /// The first still runs.
    Busy,
    /// The same key with another request.
    Mismatch,
}

/// Claims a key inside `scope` (tenant or address, and route). A claim whose holder vanished is given anew after `hold`.
/// Commit for the claim to be seen.
///
/// # Errors
/// `idempotency_keys_length`.
pub async fn claim(tx: &mut PlatformTx, scope: &str, key: &str, request_hash: &str, hold: Duration) -> Result<Claim> {
    let hold = hold.as_secs_f64();
    let won = sqlx::query(
        "insert into idempotency_keys as k (scope, key, request_hash, busy_until) values ($1, $2, $3, now() + make_interval(secs => $4)) \
         on conflict (scope, key) do update set busy_until = excluded.busy_until, request_hash = excluded.request_hash \
         where k.status is null and k.busy_until < now()",
    )
    .bind(scope)
    .bind(key)
    .bind(request_hash)
    .bind(hold)
    .execute(tx.conn())
    .await?;
    if won.rows_affected() == 1 {
        return Ok(Claim::Run);
    }
    let kept: Option<(String, Option<i16>, Option<Vec<u8>>)> =
        sqlx::query_as("select request_hash, status, body from idempotency_keys where scope = $1 and key = $2")
            .bind(scope)
            .bind(key)
            .fetch_optional(tx.conn())
            .await?;
    Ok(match kept {
        Some((hash, _, _)) if hash != request_hash => Claim::Mismatch,
        Some((_, Some(status), Some(body))) => Claim::Replay { status: u16::try_from(status).unwrap_or(500), body },
        // Just released by its holder: the caller asks again.
        _ => Claim::Busy,
    })
}

/// Keeps the first answer. False when the claim is gone.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn keep(tx: &mut PlatformTx, scope: &str, key: &str, status: u16, body: &[u8]) -> Result<bool> {
    let done = sqlx::query("update idempotency_keys set status = $3, body = $4, busy_until = null where scope = $1 and key = $2 and status is null")
        .bind(scope)
        .bind(key)
        .bind(i16::try_from(status).unwrap_or(500))
        .bind(body)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a claim: the request was refused before it had an effect.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn release(tx: &mut PlatformTx, scope: &str, key: &str) -> Result<()> {
    sqlx::query("delete from idempotency_keys where scope = $1 and key = $2 and status is null").bind(scope).bind(key).execute(tx.conn()).await?;
    Ok(())
}

/// Removes keys older than `age`; answers how many.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn sweep(tx: &mut PlatformTx, age: Duration) -> Result<u64> {
    let done =
        sqlx::query("delete from idempotency_keys where created_at < now() - make_interval(secs => $1)").bind(age.as_secs_f64()).execute(tx.conn()).await?;
    Ok(done.rows_affected())
}
