//! Saving configurations: those of one workspace that come in while others are being saved go together, in one transaction.
//!
//! Whoever saves alone waits for nobody. Under load a transaction, a commit and a turn at the end of the audit chain are shared by all that came
//! meanwhile; when one of a batch is refused, each of it is tried again by itself, so that nobody is refused for another's sake.

use super::get;
use crate::audit::{self, NewEntry};
use crate::tx::{Store, TenantScope};
use crate::{Result, StoreError, bus};
use serde_json::Value;
use sqlx::types::Json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use uuid::Uuid;

/// A configuration to be.
#[derive(Clone, Debug)]
pub struct NewConfiguration<'a> {
    /// Id.
    pub id: Uuid,
    /// Product.
    pub product_id: Uuid,
    /// Version of it.
    pub version: i64,
    /// Name.
    pub name: &'a str,
    /// Choices.
    pub config_data: &'a Value,
    /// Identity.
    pub key: &'a str,
    /// Variant code.
    pub variant_code: &'a str,
    /// Price now.
    pub price: &'a Value,
    /// Key of its files.
    pub artefact: &'a str,
}

/// What is kept with a configuration that is saved under an idempotency key; see [`crate::idempotency::keep`].
#[derive(Clone, Debug)]
pub struct Once<'a> {
    /// Begins with the tenant.
    pub scope: &'a str,
    /// The key.
    pub key: &'a str,
    /// Hash of the request.
    pub request_hash: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// The answer.
    pub body: &'a [u8],
}

/// How saving went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Saved; the token of its picture, when there is one already.
    Saved(Option<String>),
    /// Nothing was saved: somebody else's answer is kept under the idempotency key.
    Answered,
}

/// What the database says when an idempotency key was used meanwhile.
const ANSWERED: &str = "FT001";

/// Configurations saved in one transaction at most: the first of them waits for the last.
const TOGETHER: usize = 32;

/// Saves a configuration for `scope`'s person, with its audit entry and the event `configuration.saved`: everything in one call that takes the
/// restricted role and the tenant itself, because people save in the middle of their work and five round trips were half of what it cost.
///
/// # Errors
/// `configurations_name_length`; `configurations_version_exists` for a version that was never published.
pub async fn save(store: &Store, scope: &TenantScope, new: &NewConfiguration<'_>, entry: &NewEntry<'_>, once: Option<&Once<'_>>) -> Result<Saving> {
    let people = audit::people(scope, entry);
    let keys = match audit::keys_at_hand(store.vault(), &people).await {
        Some(keys) => keys,
        None => {
            let mut tx = store.tenant(scope).await?;
            let keys = audit::keys_of(&mut tx, &people).await?;
            tx.commit().await?;
            keys
        }
    };
    let row = Row {
        id: new.id,
        product: new.product_id,
        version: new.version,
        person: scope.user,
        name: new.name.to_owned(),
        data: new.config_data.clone(),
        key: new.key.to_owned(),
        variant: new.variant_code.to_owned(),
        price: new.price.clone(),
        artefact: new.artefact.to_owned(),
        once: once.map(|o| Kept {
            scope: o.scope.to_owned(),
            key: o.key.to_owned(),
            request_hash: o.request_hash.to_owned(),
            status: i16::try_from(o.status).unwrap_or(500),
            body: o.body.to_vec(),
        }),
        due: audit::Due::of(scope, &keys, entry)?,
        news: bus::payload(scope.tenant, "configuration.saved", &serde_json::json!({ "id": new.id, "product_id": new.product_id }))?,
    };
    let (done, answer) = oneshot::channel();
    if store.saver().join(scope.tenant, Waiting { row, done }) {
        // In a task of its own: whoever asked may go away, the others' work goes on.
        tokio::spawn(work(store.clone(), scope.tenant));
    }
    answer.await.unwrap_or(Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)))
}

/// Who waits to be saved, by workspace. A workspace that is listed has a task at work.
#[derive(Default)]
pub(crate) struct Saver(Mutex<HashMap<Uuid, Vec<Waiting>>>);

impl Saver {
    fn lines(&self) -> MutexGuard<'_, HashMap<Uuid, Vec<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True when nobody is at work for this workspace: then the caller begins.
    fn join(&self, tenant: Uuid, waiting: Waiting) -> bool {
        match self.lines().entry(tenant) {
            Entry::Occupied(mut line) => {
                line.get_mut().push(waiting);
                false
            }
            Entry::Vacant(place) => {
                place.insert(vec![waiting]);
                true
            }
        }
    }

    /// The next to be saved together; ends the work when nobody waits.
    fn next(&self, tenant: Uuid) -> Option<Vec<Waiting>> {
        let mut lines = self.lines();
        match lines.get_mut(&tenant) {
            Some(line) if !line.is_empty() => Some(line.drain(..line.len().min(TOGETHER)).collect()),
            _ => {
                lines.remove(&tenant);
                None
            }
        }
    }
}

struct Waiting {
    row: Row,
    done: oneshot::Sender<Result<Saving>>,
}

struct Row {
    id: Uuid,
    product: Uuid,
    version: i64,
    person: Option<Uuid>,
    name: String,
    data: Value,
    key: String,
    variant: String,
    price: Value,
    artefact: String,
    once: Option<Kept>,
    due: audit::Due,
    news: String,
}

struct Kept {
    scope: String,
    key: String,
    request_hash: String,
    status: i16,
    body: Vec<u8>,
}

/// Lets a workspace's line go when its task ends in a panic: who waits in it hears of it, and who comes next begins anew.
struct AtWork<'a> {
    saver: &'a Saver,
    tenant: Uuid,
    through: bool,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if !self.through {
            self.saver.lines().remove(&self.tenant);
        }
    }
}

async fn work(store: Store, tenant: Uuid) {
    let mut at_work = AtWork { saver: store.saver(), tenant, through: false };
    while let Some(batch) = store.saver().next(tenant) {
        let rows: Vec<&Row> = batch.iter().map(|w| &w.row).collect();
        match call(&store, tenant, &rows).await {
            Ok(stills) => {
                for (waiting, still) in batch.into_iter().zip(stills) {
                    waiting.done.send(Ok(Saving::Saved(still))).ok();
                }
            }
            Err(error) => {
                let doubtful = error.as_database_error().is_none();
                if batch.len() == 1 && !doubtful {
                    let answer = settled(Err(error));
                    batch.into_iter().next().map(|waiting| waiting.done.send(answer).ok());
                    continue;
                }
                for waiting in batch {
                    let answer = alone(&store, tenant, &waiting.row, doubtful).await;
                    waiting.done.send(answer).ok();
                }
            }
        }
    }
    at_work.through = true;
}

/// Saves one that could not be saved with others. `doubtful`: it may have been, because the connection died (with the old database, say) before there was
/// an answer. Then a transaction finds a living connection, and whether it was done.
async fn alone(store: &Store, tenant: Uuid, row: &Row, doubtful: bool) -> Result<Saving> {
    if !doubtful {
        match call(store, tenant, &[row]).await {
            Err(error) if error.as_database_error().is_none() => {}
            done => return settled(done),
        }
    }
    let mut tx = store.tenant(&TenantScope::system(tenant)).await?;
    if get(&mut tx, row.id).await?.is_some() {
        return Ok(Saving::Saved(None));
    }
    drop(tx);
    settled(call(store, tenant, &[row]).await)
}

fn settled(done: std::result::Result<Vec<Option<String>>, sqlx::Error>) -> Result<Saving> {
    match done {
        Ok(stills) => Ok(Saving::Saved(stills.into_iter().next().flatten())),
        Err(error) if error.as_database_error().is_some_and(|e| e.code().as_deref() == Some(ANSWERED)) => Ok(Saving::Answered),
        Err(error) => Err(error.into()),
    }
}

/// Saves all or none; the tokens of their pictures, in the same order.
async fn call(store: &Store, tenant: Uuid, rows: &[&Row]) -> std::result::Result<Vec<Option<String>>, sqlx::Error> {
    fn column<'a, T>(rows: &[&'a Row], of: impl Fn(&'a Row) -> T) -> Vec<T> {
        rows.iter().map(|row| of(row)).collect()
    }
    let once = |of: fn(&Kept) -> &str| column(rows, move |r| r.once.as_ref().map(of));
    sqlx::query_scalar(
        "select fitout_save_configurations($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
         $25, $26)",
    )
    .bind(tenant)
    .bind(column(rows, |r| r.id))
    .bind(column(rows, |r| r.product))
    .bind(column(rows, |r| r.version))
    .bind(column(rows, |r| r.person))
    .bind(column(rows, |r| r.name.as_str()))
    .bind(column(rows, |r| Json(&r.data)))
    .bind(column(rows, |r| r.key.as_str()))
    .bind(column(rows, |r| r.variant.as_str()))
    .bind(column(rows, |r| Json(&r.price)))
    .bind(column(rows, |r| r.due.at))
    .bind(column(rows, |r| r.artefact.as_str()))
    .bind(once(|o| &o.scope))
    .bind(once(|o| &o.key))
    .bind(once(|o| &o.request_hash))
    .bind(column(rows, |r| r.once.as_ref().map(|o| o.status)))
    .bind(column(rows, |r| r.once.as_ref().map(|o| o.body.as_slice())))
    .bind(column(rows, |r| r.due.actor.as_str()))
    .bind(column(rows, |r| r.due.action.as_str()))
    .bind(column(rows, |r| r.due.subject.as_str()))
    .bind(column(rows, |r| r.due.before.as_deref()))
    .bind(column(rows, |r| r.due.after.as_deref()))
    .bind(column(rows, |r| r.due.ip.as_deref()))
    .bind(column(rows, |r| r.due.agent.as_deref()))
    .bind(bus::EVENTS)
    .bind(column(rows, |r| r.news.as_str()))
    .fetch_one(store.pool())
    .await
}
