//! The audit log, as the services write and show it.

use crate::errors::Refuse;
use crate::inner::Inner;
use crate::times::stamp;
use contract::{AuditCheck, AuditEntry, Page};
use facade::Outcome;
use serde_json::Value;
use store::audit::{self, Entry, NewEntry, Subject};
use store::{Person, PlatformTx, TenantTx};
use time::OffsetDateTime;
use uuid::Uuid;

/// Members of `before` and `after` that say who somebody is, in whatever entry they stand.
const PERSONAL: [&str; 3] = ["email", "person", "organization"];

/// Notes what was done, inside the transaction of the deed, to whose commit it belongs. A subject that is a person, who did it, and members named in [`PERSONAL`] are stored sealed.
pub(crate) async fn note<'a>(
    inner: &Inner,
    tx: &mut TenantTx,
    action: &'a str,
    subject: impl Into<Subject<'a>>,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
) -> Outcome<()> {
    audit::append(tx, &entry(inner.now(), action, subject, before, after)).await.refuse()?;
    Ok(())
}

/// What [`note`] writes.
pub(crate) fn entry<'a>(
    at: OffsetDateTime,
    action: &'a str,
    subject: impl Into<Subject<'a>>,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
) -> NewEntry<'a> {
    NewEntry { at, action, subject: subject.into(), before, after, personal: &PERSONAL }
}

/// A person with an account, as the subject of an entry.
pub(crate) fn user(id: Uuid, email: &str) -> Subject<'_> {
    Subject::Person(Person::User(id), email)
}

/// Whoever has this mail address, with or without an account, as the subject of an entry.
pub(crate) async fn whoever<'a>(tx: &mut PlatformTx, email: &'a str) -> Outcome<Subject<'a>> {
    let known = store::accounts::user_by_email(tx, email).await.refuse()?;
    Ok(Subject::Person(known.map_or_else(|| Person::Mail(email.to_owned()), |u| Person::User(u.id)), email))
}

/// A page of the log, newest first.
pub(crate) async fn page(tx: &mut TenantTx, limit: u32, cursor: Option<&str>) -> Outcome<Page<AuditEntry>> {
    let found = audit::list(tx, limit, cursor).await.refuse()?;
    Ok(Page { items: found.items.into_iter().map(told).collect(), next_cursor: found.next })
}

/// Whether the chain is whole.
pub(crate) async fn verify(tx: &mut TenantTx) -> Outcome<AuditCheck> {
    let verdict = audit::verify(tx).await.refuse()?;
    Ok(AuditCheck { entries: i64::try_from(verdict.entries).unwrap_or(i64::MAX), first_bad: verdict.first_bad.map(|b| b.seq) })
}

fn told(row: Entry) -> AuditEntry {
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
