//! Idempotency keys: the first answer under a key is the answer. It is kept in the transaction of its effect, so that a crash at any point
//! leaves both or neither; nothing is written before.

use crate::Result;
use crate::tx::{Conn, PlatformTx, TenantTx};
use std::time::Duration;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing: run the request, and [`keep`] its answer in the transaction of its effect.
    Nothing,
    /// Answered before: answer this again.
    Answer {
        /// HTTP status.
        status: u16,
        /// Body.
        body: Vec<u8>,
    },
    /// A server of the release before claimed it and still runs.
    Busy,
    /// The same key with another request.
    Mismatch,
}

/// What is known of a key inside `scope` (tenant or address, and route).
///
/// # Errors
/// [`crate::StoreError`].
pub async fn find(tx: &mut PlatformTx, scope: &str, key: &str, request_hash: &str) -> Result<Found> {
    // A claim of an older server that ran out counts as nothing.
    let kept: Option<(String, Option<i16>, Option<Vec<u8>>)> =
        sqlx::query_as("select request_hash, status, body from idempotency_keys where scope = $1 and key = $2 and (status is not null or busy_until >= now())")
            .bind(scope)
            .bind(key)
            .fetch_optional(tx.conn())
            .await?;
    Ok(match kept {
        None => Found::Nothing,
        Some((hash, _, _)) if hash != request_hash => Found::Mismatch,
        Some((_, Some(status), Some(body))) => Found::Answer { status: u16::try_from(status).unwrap_or(500), body },
        Some(_) => Found::Busy,
    })
}

/// Keeps the first answer of a key in the transaction of its effect. Call it last. False when somebody else's answer is there already, or
/// comes to be there while this waits for it: roll back, [`find`] has the answer. `scope` begins with `tenant:{id}:` or `address:`.
///
/// # Errors
/// `idempotency_keys_length`; a scope of another tenant.
pub async fn keep(tx: &mut TenantTx, scope: &str, key: &str, request_hash: &str, status: u16, body: &[u8]) -> Result<bool> {
    Ok(sqlx::query_scalar("select fitout_keep_answer($1, $2, $3, $4, $5)")
        .bind(scope)
        .bind(key)
        .bind(request_hash)
        .bind(i16::try_from(status).unwrap_or(500))
        .bind(body)
        .fetch_one(tx.conn())
        .await?)
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
