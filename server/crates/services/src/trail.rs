//! The audit log, as the services write and show it.

use crate::errors::Refuse;
use crate::inner::Inner;
use crate::times::stamp;
use contract::{AuditCheck, AuditEntry, Page};
use facade::Outcome;
use serde_json::Value;
use store::TenantTx;
use store::audit::{self, Entry, NewEntry};

/// Notes what was done, inside the transaction of the deed. The chain's end stays locked until the commit: call it last.
pub(crate) async fn note(inner: &Inner, tx: &mut TenantTx, action: &str, subject: &str, before: Option<&Value>, after: Option<&Value>) -> Outcome<()> {
    audit::append(tx, &NewEntry { at: inner.now(), action, subject, before, after }).await.refuse()?;
    Ok(())
}

/// A page of the log, newest first.
pub(crate) async fn page(tx: &mut TenantTx, limit: u32, cursor: Option<&str>) -> Outcome<Page<AuditEntry>> {
    let found = audit::list(tx, limit, cursor).await.refuse()?;
    Ok(Page { items: found.items.into_iter().map(entry).collect(), next_cursor: found.next })
}

/// Whether the chain is whole.
pub(crate) async fn verify(tx: &mut TenantTx) -> Outcome<AuditCheck> {
    let verdict = audit::verify(tx).await.refuse()?;
    Ok(AuditCheck { entries: i64::try_from(verdict.entries).unwrap_or(i64::MAX), first_bad: verdict.first_bad.map(|b| b.seq) })
}

fn entry(row: Entry) -> AuditEntry {
    let read = |text: &Option<String>| text.as_deref().and_then(|t| serde_json::from_str(t).ok());
    AuditEntry {
        seq: row.seq,
        at: stamp(row.at),
        before: read(&row.before),
        after: read(&row.after),
        hash: row.hash_hex(),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        ip: row.ip,
        agent: row.agent,
    }
}
