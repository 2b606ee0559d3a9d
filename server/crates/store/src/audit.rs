//! Audit log: one hash chain per tenant, appended in the transaction of what it tells.
//!
//! Each entry's hash covers its fields and the hash before it; `audit_heads` keeps the chain's end, so that a cut-off tail shows as well.

use crate::Result;
use crate::page::{self, Paged};
use crate::tx::{Conn, TenantTx};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// What the first entry follows.
const GENESIS: [u8; 32] = [0; 32];

/// Something that was done. Who did it comes from the transaction's scope.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// `resource.verb`, e.g. `configuration.saved`.
    pub action: &'a str,
    /// On what: an id or a name.
    pub subject: &'a str,
    /// State before.
    pub before: Option<&'a Value>,
    /// State after.
    pub after: Option<&'a Value>,
}

/// An entry of the log. `before` and `after` are JSON texts, as they were hashed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Position from 1.
    pub seq: i64,
    /// When.
    pub at: OffsetDateTime,
    /// Mail address, `visitor` or `system`.
    pub actor: String,
    /// Person.
    pub actor_id: Option<Uuid>,
    /// `resource.verb`.
    pub action: String,
    /// On what.
    pub subject: String,
    /// State before.
    pub before: Option<String>,
    /// State after.
    pub after: Option<String>,
    /// Address of the caller.
    pub ip: Option<String>,
    /// Browser or program.
    pub agent: Option<String>,
    /// Hash of the entry before.
    pub prev_hash: Vec<u8>,
    /// SHA-256 of this entry.
    pub hash: Vec<u8>,
}

impl Entry {
    /// The hash in hexadecimal.
    #[must_use]
    pub fn hash_hex(&self) -> String {
        self.hash.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The hash that its fields ask for. Every field carries its length, so that no two entries read the same.
    fn expected_hash(&self, tenant: Uuid) -> [u8; 32] {
        let mut h = Sha256::new();
        h.update(b"fitout-audit-1");
        h.update(tenant.as_bytes());
        h.update(self.seq.to_be_bytes());
        h.update(page::micros(self.at).to_be_bytes());
        let actor_id = self.actor_id.map(|id| id.to_string());
        for field in [
            Some(self.actor.as_str()),
            actor_id.as_deref(),
            Some(self.action.as_str()),
            Some(self.subject.as_str()),
            self.before.as_deref(),
            self.after.as_deref(),
            self.ip.as_deref(),
            self.agent.as_deref(),
        ] {
            match field {
                None => h.update([0]),
                Some(text) => {
                    h.update([1]);
                    h.update((text.len() as u64).to_be_bytes());
                    h.update(text.as_bytes());
                }
            }
        }
        h.update(&self.prev_hash);
        h.finalize().into()
    }
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstBad {
    /// Position of the first entry that does not fit (or is missing).
    pub seq: i64,
    /// What does not fit.
    pub why: &'static str,
}

/// Result of reading a whole chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries read.
    pub entries: u64,
    /// Where it is broken; `None` when it is whole.
    pub first_bad: Option<FirstBad>,
}

/// Appends an entry; answers its position. The chain's end stays locked until the transaction ends, so appends of one tenant queue up:
/// append last.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn append(tx: &mut TenantTx, new: &NewEntry<'_>) -> Result<i64> {
    let (seq, prev_hash): (i64, Vec<u8>) = sqlx::query_as(
        "insert into audit_heads as h (tenant_id, seq, hash) values ($1, 0, $2) on conflict (tenant_id) do update set seq = h.seq returning seq, hash",
    )
    .bind(tx.tenant())
    .bind(GENESIS)
    .fetch_one(tx.conn())
    .await?;
    let scope = tx.scope().clone();
    let mut entry = Entry {
        seq: seq + 1,
        // As the database keeps it: microseconds.
        at: page::from_micros(page::micros(new.at))?,
        actor: clean(&scope.actor),
        actor_id: scope.user,
        action: clean(new.action),
        subject: clean(new.subject),
        before: new.before.map(ToString::to_string),
        after: new.after.map(ToString::to_string),
        ip: scope.ip.as_deref().map(clean),
        agent: scope.agent.as_deref().map(clean),
        prev_hash,
        hash: Vec::new(),
    };
    entry.hash = entry.expected_hash(scope.tenant).to_vec();
    sqlx::query(
        "with e as (insert into audit_log (tenant_id, seq, at, actor, actor_id, action, subject, before, after, ip, agent, prev_hash, hash) \
         values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10, $11, $12, $13)) \
         update audit_heads set seq = $2, hash = $13 where tenant_id = $1",
    )
    .bind(scope.tenant)
    .bind(entry.seq)
    .bind(entry.at)
    .bind(&entry.actor)
    .bind(entry.actor_id)
    .bind(&entry.action)
    .bind(&entry.subject)
    .bind(&entry.before)
    .bind(&entry.after)
    .bind(&entry.ip)
    .bind(&entry.agent)
    .bind(&entry.prev_hash)
    .bind(&entry.hash)
    .execute(tx.conn())
    .await?;
    Ok(entry.seq)
}

/// A header can carry anything; the log takes all but the one character that Postgres refuses.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

macro_rules! columns {
    () => {
        "seq, at, actor, actor_id, action, subject, before::text, after::text, ip, agent, prev_hash, hash"
    };
}

/// A page, newest first.
///
/// # Errors
/// [`crate::StoreError::BadCursor`].
pub async fn list(tx: &mut TenantTx, limit: u32, cursor: Option<&str>) -> Result<Paged<Entry>> {
    let before: Option<i64> = page::decode(cursor)?;
    let rows: Vec<Entry> = sqlx::query_as(concat!("select ", columns!(), " from audit_log where $1::bigint is null or seq < $1 order by seq desc limit $2"))
        .bind(before)
        .bind(i64::from(limit) + 1)
        .fetch_all(tx.conn())
        .await?;
    Ok(Paged::of(rows, limit, |e| e.seq))
}

/// Reads the tenant's whole chain, up to its end as it is now.
///
/// # Errors
/// [`crate::StoreError`]; a broken chain is a [`Verdict`], not an error.
pub async fn verify(tx: &mut TenantTx) -> Result<Verdict> {
    let tenant = tx.tenant();
    let head: Option<(i64, Vec<u8>)> = sqlx::query_as("select seq, hash from audit_heads where tenant_id = $1").bind(tenant).fetch_optional(tx.conn()).await?;
    let (end, end_hash) = head.unwrap_or((0, GENESIS.to_vec()));
    let mut seen: i64 = 0;
    let mut prev = GENESIS.to_vec();
    let verdict = |seen: i64, first_bad| Verdict { entries: seen.unsigned_abs(), first_bad };
    loop {
        let batch: Vec<Entry> =
            sqlx::query_as(concat!("select ", columns!(), " from audit_log where seq > $1 order by seq limit 2000")).bind(seen).fetch_all(tx.conn()).await?;
        if batch.is_empty() {
            break;
        }
        for entry in batch {
            // An entry beyond the end was appended just now (it will be read next time) or smuggled in (then the end never reaches it).
            if seen == end && end > 0 {
                return Ok(verdict(seen, (prev != end_hash).then_some(FirstBad { seq: seen, why: "the chain's end does not match" })));
            }
            let why = if entry.seq != seen + 1 {
                Some("an entry is missing")
            } else if entry.prev_hash != prev {
                Some("the link to the entry before does not match")
            } else if entry.hash != entry.expected_hash(tenant) {
                Some("the entry was changed")
            } else {
                None
            };
            if let Some(why) = why {
                return Ok(verdict(seen, Some(FirstBad { seq: seen + 1, why })));
            }
            seen += 1;
            prev = entry.hash;
        }
    }
    let bad = if seen < end {
        Some(FirstBad { seq: seen + 1, why: "entries at the end are missing" })
    } else if prev != end_hash {
        Some(FirstBad { seq: seen.max(1), why: "the chain's end does not match" })
    } else {
        None
    };
    Ok(verdict(seen, bad))
}
