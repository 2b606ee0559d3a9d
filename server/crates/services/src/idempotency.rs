//! Idempotency keys: looked up before a request runs, kept with its effect.

use crate::Services;
use crate::errors::{Refuse, conflict};
use async_trait::async_trait;
use contract::{AppError, ErrorKind};
use facade::{Caller, Idempotency, Kept, Outcome};
use serde::Serialize;
use store::TenantTx;
use store::idempotency::{self as rows, Found};

#[async_trait]
impl Idempotency for Services {
    async fn find(&self, scope: &str, key: &str, request_hash: &str) -> Outcome<Option<Kept>> {
        let mut tx = self.0.store.platform("the answer of an idempotency key is looked up").await.refuse()?;
        match rows::find(&mut tx, scope, key, request_hash).await.refuse()? {
            Found::Nothing => Ok(None),
            Found::Answer { status, body } => Ok(Some(Kept { status, body: body.into() })),
            Found::Busy => Err(busy()),
            Found::Mismatch => Err(AppError::new(
                ErrorKind::Invalid,
                "idempotency_mismatch",
                "This Idempotency-Key was used for another request. Use a new key for a new request.",
            )),
        }
    }
}

/// Keeps the answer of a request that has an idempotency key, in the transaction of its effect: call it right before the commit. The second
/// of two equal requests waits here for the first, and is refused when that one lasts: its own effect is undone, and the door answers as
/// the first did.
///
/// # Errors
/// `Conflict` (`idempotency_busy`): let the transaction roll back.
pub(crate) async fn keep<T: Serialize>(tx: &mut TenantTx, caller: &Caller, answer: &T) -> Outcome<()> {
    let Some(once) = &caller.once else { return Ok(()) };
    let body = if once.secret { b"{}".to_vec() } else { serde_json::to_vec(answer).map_err(|_| AppError::internal())? };
    if rows::keep(tx, &once.scope, &once.key, &once.request_hash, once.status, &body).await.refuse()? { Ok(()) } else { Err(busy()) }
}

/// Somebody else is at work under this key, or was.
pub(crate) fn busy() -> AppError {
    conflict("idempotency_busy", "Another request with this Idempotency-Key runs at this moment. Ask again in a moment.")
}
