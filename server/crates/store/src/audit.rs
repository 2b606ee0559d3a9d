//! Audit log: one hash chain per tenant, appended in the transaction of what it tells.
//!
//! Each entry's hash covers its fields as they are stored and the hash before it; `audit_heads` keeps the chain's end, so that a cut-off
//! tail shows as well. What says who somebody is (names, mail addresses, IP, agent) is stored sealed under that person's key
//! ([`crate::vault`]): without the key an entry still tells what was done and when, and the chain still verifies.

use crate::bus::EVENTS;
use crate::page::{self, Paged};
use crate::tx::{Conn, TenantScope, TenantTx};
use crate::vault::{self, Keys, Person, PersonKey, Vault};
use crate::{Result, StoreError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// What the first entry follows.
const GENESIS: [u8; 32] = [0; 32];

/// The one member of an object that stands for a sealed value inside `before` and `after`.
const SEALED: &str = "$sealed";

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A thing: its id or name, in clear.
    Thing(&'a str),
    /// A person, as people know them (mail address): sealed.
    Person(Person, &'a str),
}

impl<'a> From<&'a str> for Subject<'a> {
    fn from(thing: &'a str) -> Self {
        Self::Thing(thing)
    }
}

/// Something that was done. Who did it comes from the transaction's scope.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// `resource.verb`, e.g. `configuration.saved`.
    pub action: &'a str,
    /// On what.
    pub subject: Subject<'a>,
    /// State before.
    pub before: Option<&'a Value>,
    /// State after.
    pub after: Option<&'a Value>,
    /// Members of `before` and `after` that say who somebody is: of the subject if that is a person, else of who did it.
    pub personal: &'a [&'a str],
}

/// An entry of the log. `before` and `after` are JSON texts. As stored, personal texts are sealed; [`list`] opens them.
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

    /// Ids of the keys that its texts are sealed under.
    fn sealed_under(&self) -> BTreeSet<Uuid> {
        let plain = [Some(self.actor.as_str()), Some(self.subject.as_str()), self.ip.as_deref(), self.agent.as_deref()];
        let mut keys: BTreeSet<Uuid> = plain.into_iter().flatten().filter_map(vault::key_of).collect();
        for state in [&self.before, &self.after].into_iter().flatten() {
            if let Ok(Value::Object(members)) = serde_json::from_str(state) {
                keys.extend(members.values().filter_map(|v| vault::key_of(v.get(SEALED)?.as_str()?)));
            }
        }
        keys
    }

    /// Puts the opened texts in the place of the sealed ones.
    fn open(&mut self, tenant: Uuid, keys: &Keys) {
        let (seq, at) = (self.seq, page::micros(self.at));
        let read = |text: &str, field: &str| keys.open(text, |mark| if mark == 1 { place(tenant, seq, field) } else { place(tenant, at, field) });
        self.actor = read(&self.actor, "actor");
        self.subject = read(&self.subject, "subject");
        self.ip = self.ip.as_deref().map(|t| read(t, "ip"));
        self.agent = self.agent.as_deref().map(|t| read(t, "agent"));
        for (state, field) in [(&mut self.before, "before"), (&mut self.after, "after")] {
            let Some(text) = state.as_deref().filter(|t| t.contains(SEALED)) else { continue };
            let Ok(Value::Object(mut members)) = serde_json::from_str::<Value>(text) else { continue };
            for (name, value) in &mut members {
                let Some(sealed) = value.get(SEALED).and_then(Value::as_str) else { continue };
                let opened = read(sealed, &format!("{field}/{name}"));
                // What is gone is a word, what is there is the JSON that it was.
                *value = serde_json::from_str(&opened).unwrap_or(Value::String(opened));
            }
            *state = Some(Value::Object(members).to_string());
        }
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

/// Appends an entry. It joins the chain, and what the transaction announces goes out, inside the commit: only there do transactions of one
/// tenant wait for each other.
///
/// An address and an agent that belong to nobody (a visitor, no person as subject) are left out: there is no key to keep them under.
///
/// # Errors
/// [`StoreError::Setup`] when there is something personal to store and no master key.
pub async fn append(tx: &mut TenantTx, new: &NewEntry<'_>) -> Result<()> {
    let scope = tx.scope().clone();
    let keys = keys_of(tx, &people(&scope, new)).await?;
    let due = Due::of(&scope, &keys, new)?;
    let news = tx.take_news();
    let insert = "insert into audit_due (tenant_id, at, actor, actor_id, action, subject, before, after, ip, agent, channel, news) \
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sqlx::query(insert)
        .bind(scope.tenant)
        .bind(due.at)
        .bind(due.actor)
        .bind(scope.user)
        .bind(due.action)
        .bind(due.subject)
        .bind(due.before)
        .bind(due.after)
        .bind(due.ip)
        .bind(due.agent)
        .bind(EVENTS)
        .bind(news)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// An entry as it is stored, before it has its place in the chain.
pub(crate) struct Due {
    /// To the microsecond.
    pub at: OffsetDateTime,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub ip: Option<String>,
    pub agent: Option<String>,
}

impl Due {
    /// Seals what is personal.
    pub fn of(scope: &TenantScope, keys: &Owned, new: &NewEntry<'_>) -> Result<Self> {
        let actor = scope.user.map(Person::User);
        let subject = match &new.subject {
            Subject::Person(person, _) => Some(person),
            Subject::Thing(_) => None,
        };
        // Where somebody came from is theirs; of a stranger at somebody's door it is kept with that somebody.
        let (caller, told) = (actor.as_ref().or(subject), subject.or(actor.as_ref()));
        let at = page::micros(new.at);
        let sealed = |person: Option<&Person>, text: &str, field: &str| -> Result<Option<String>> {
            person.map(|p| keys.of(p)?.seal(&clean(text), &place(scope.tenant, at, field))).transpose()
        };
        let state = |value: Option<&Value>, field: &str| -> Result<Option<String>> {
            let Some(value) = value else { return Ok(None) };
            let mut value = value.clone();
            for member in new.personal {
                let Some(slot) = value.get_mut(*member) else { continue };
                // Nobody to keep a key for: left out rather than told.
                *slot = match sealed(told, &slot.to_string(), &format!("{field}/{member}"))? {
                    Some(text) => json!({ SEALED: text }),
                    None => Value::Null,
                };
            }
            Ok(Some(value.to_string()))
        };
        let subject = match &new.subject {
            Subject::Thing(thing) => clean(thing),
            Subject::Person(person, text) => sealed(Some(person), text, "subject")?.unwrap_or_default(),
        };
        Ok(Self {
            // As the database keeps it: microseconds.
            at: page::from_micros(at)?,
            actor: sealed(actor.as_ref(), &scope.actor, "actor")?.unwrap_or_else(|| clean(&scope.actor)),
            action: clean(new.action),
            subject,
            before: state(new.before, "before")?,
            after: state(new.after, "after")?,
            ip: scope.ip.as_deref().map_or(Ok(None), |ip| sealed(caller, ip, "ip"))?,
            agent: scope.agent.as_deref().map_or(Ok(None), |agent| sealed(caller, agent, "agent"))?,
        })
    }
}

/// Whose keys an entry is sealed under.
pub(crate) fn people(scope: &TenantScope, new: &NewEntry<'_>) -> BTreeSet<Person> {
    let subject = match &new.subject {
        Subject::Person(person, _) => Some(person.clone()),
        Subject::Thing(_) => None,
    };
    scope.user.map(Person::User).into_iter().chain(subject).collect()
}

/// Keys by person's name in `person_keys`.
pub(crate) struct Owned {
    vault: Option<Arc<Vault>>,
    by_owner: BTreeMap<String, Arc<PersonKey>>,
}

impl Owned {
    fn of(&self, person: &Person) -> Result<&PersonKey> {
        let key = self.vault.as_ref().and_then(|v| self.by_owner.get(&v.owner(person)));
        key.map(|k| &**k).ok_or_else(|| StoreError::Setup("A person's key was dropped in the very moment it was needed.".to_owned()))
    }
}

/// The keys of `people`, made where they are missing.
pub(crate) async fn keys_of(tx: &mut TenantTx, people: &BTreeSet<Person>) -> Result<Owned> {
    if people.is_empty() {
        return Ok(Owned { vault: None, by_owner: BTreeMap::new() });
    }
    let vault = tx.vault()?.clone();
    let owners = people.iter().map(|p| vault.owner(p)).collect();
    let by_owner = vault::sealing_keys(tx, &vault, owners).await?;
    Ok(Owned { vault: Some(vault), by_owner })
}

/// The keys of `people`, when this server remembers all of them: then no transaction is needed.
pub(crate) async fn keys_at_hand(vault: Option<&Arc<Vault>>, people: &BTreeSet<Person>) -> Option<Owned> {
    let mut by_owner = BTreeMap::new();
    for person in people {
        let owner = vault?.owner(person);
        by_owner.insert(owner.clone(), vault?.remembered(&owner).await?);
    }
    Some(Owned { vault: vault.cloned(), by_owner })
}

/// What a sealed text is bound to: it opens nowhere else. The entry's moment in microseconds; under the first mark it was its position.
fn place(tenant: Uuid, number: i64, field: &str) -> Vec<u8> {
    [&tenant.as_bytes()[..], &number.to_be_bytes(), field.as_bytes()].concat()
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

/// A page, newest first, with its personal texts opened; [`vault::ERASED`] where the key is gone.
///
/// # Errors
/// [`crate::StoreError::BadCursor`]; [`StoreError::Setup`] for another master key than the one that sealed.
pub async fn list(tx: &mut TenantTx, limit: u32, cursor: Option<&str>) -> Result<Paged<Entry>> {
    let before: Option<i64> = page::decode(cursor)?;
    let mut rows: Vec<Entry> =
        sqlx::query_as(concat!("select ", columns!(), " from audit_log where $1::bigint is null or seq < $1 order by seq desc limit $2"))
            .bind(before)
            .bind(i64::from(limit) + 1)
            .fetch_all(tx.conn())
            .await?;
    let keys = vault::keys(tx, &rows.iter().flat_map(Entry::sealed_under).collect()).await?;
    let tenant = tx.tenant();
    rows.iter_mut().for_each(|row| row.open(tenant, &keys));
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
