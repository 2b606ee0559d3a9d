//! Idempotency keys.

use crate::Services;
use crate::errors::{Refuse, conflict};
use async_trait::async_trait;
use contract::{AppError, ErrorKind};
use facade::{Claim, Idempotency, Kept, Outcome};
use std::time::Duration;
use store::idempotency as rows;

/// How long a claim holds when its holder vanishes.
const HOLD: Duration = Duration::from_secs(60);
/// How long a second request waits for the first.
const PATIENCE: Duration = Duration::from_secs(5);

#[async_trait]
impl Idempotency for Services {
    async fn claim(&self, scope: &str, key: &str, request_hash: &str) -> Outcome<Claim> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(20);
        loop {
            let mut tx = self.0.store.platform("an idempotency key is claimed").await.refuse()?;
            let claim = rows::claim(&mut tx, scope, key, request_hash, HOLD).await.refuse()?;
            tx.commit().await.refuse()?;
            match claim {
                rows::Claim::Run => return Ok(Claim::Run),
                rows::Claim::Replay { status, body } => return Ok(Claim::Replay(Kept { status, body: body.into() })),
                rows::Claim::Mismatch => {
                    return Err(AppError::new(
                        ErrorKind::Invalid,
                        "idempotency_mismatch",
                        "This Idempotency-Key was used for another request. Use a new key for a new request.",
                    ));
                }
                rows::Claim::Busy if tokio::time::Instant::now() < until => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(250));
                }
                rows::Claim::Busy => {
                    return Err(conflict("idempotency_busy", "The first request with this Idempotency-Key still runs. Ask again in a moment."));
                }
            }
        }
    }

    async fn keep(&self, scope: &str, key: &str, kept: Kept) -> Outcome<()> {
        let mut tx = self.0.store.platform("an answer is kept under its idempotency key").await.refuse()?;
        rows::keep(&mut tx, scope, key, kept.status, &kept.body).await.refuse()?;
        tx.commit().await.refuse()
    }

    async fn release(&self, scope: &str, key: &str) -> Outcome<()> {
        let mut tx = self.0.store.platform("an idempotency key is released").await.refuse()?;
        rows::release(&mut tx, scope, key).await.refuse()?;
        tx.commit().await.refuse()
    }
}
