//! Rows that carry a revision: who changes one says which they read.

use crate::tx::{Conn, TenantTx};
use crate::{Result, StoreError};
use uuid::Uuid;

/// Locks the row with `id` in a tenant's table and checks the revision that the caller read. `select`: `select revision from … where id = $1 … for update`.
/// False when there is no such row.
///
/// # Errors
/// [`StoreError::Stale`] unless it is at revision `expected` (when given).
pub(crate) async fn lock(tx: &mut TenantTx, select: &'static str, id: Uuid, expected: Option<i64>) -> Result<bool> {
    let current: Option<i64> = sqlx::query_scalar(select).bind(id).fetch_optional(tx.conn()).await?;
    match (current, expected) {
        (None, _) => Ok(false),
        (Some(current), Some(expected)) if current != expected => Err(StoreError::Stale { current }),
        _ => Ok(true),
    }
}
