//! Personal texts, sealed under a key per person (AES-256-GCM) that a master key outside the database wraps.
//!
//! Dropping a person's key ([`forget`]) makes every text sealed under it unreadable at once, in all workspaces, and leaves hash chains
//! whole, because these cover the sealed texts. A key made anew for the same person opens nothing old: each sealed text names its key's id.

use crate::tx::{Conn, PlatformTx, TenantTx};
use crate::{Result, StoreError};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use moka::future::Cache;
use sha2::Sha256;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What a text reads as once its key is dropped.
pub const ERASED: &str = "erased";
/// What a text reads as that its key does not open: somebody changed it, which the chain shows too.
pub const UNREADABLE: &str = "unreadable";

/// What a sealed text begins with; then comes the number of the kind of place it is bound to.
const SEALED: &str = "sealed:";
/// The kind of place that is written now.
const MARK: u8 = 2;
/// How long a key is remembered. For so long after a person was forgotten a running server may still seal under the dropped key: what it
/// seals then is unreadable from the start.
const REMEMBERED: Duration = Duration::from_secs(60);
const NONCE: usize = 12;

/// The server's master key: 32 random bytes that are kept outside the database.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// A fresh one.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// From 64 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// 32 bytes for one purpose.
    fn derived(&self, purpose: &str) -> [u8; 32] {
        mac(&self.0, purpose.as_bytes())
    }
}

/// Whose a personal text is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    /// Somebody with an account.
    User(Uuid),
    /// Somebody without one, by mail address. Kept as a keyed hash: the address itself is not stored.
    Mail(String),
}

/// Seals and opens. One per [`crate::Store`].
pub(crate) struct Vault {
    wrap: Aes256Gcm,
    hash: [u8; 32],
    /// Tells master keys apart without telling anything about them.
    master: String,
    /// Keys that are in the database for good, by owner.
    known: Cache<String, Arc<PersonKey>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("master", &self.master).finish_non_exhaustive()
    }
}

/// A person's key, unwrapped.
pub(crate) struct PersonKey {
    id: Uuid,
    cipher: Aes256Gcm,
}

/// A key that may become a person's, if they have none.
pub(crate) struct Fresh {
    pub owners: Vec<String>,
    pub ids: Vec<Uuid>,
    pub wrapped: Vec<Vec<u8>>,
}

/// A row of `person_keys`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct KeyRow {
    pub id: Uuid,
    pub wrapped: Vec<u8>,
    pub master: String,
}

impl Vault {
    pub(crate) fn new(key: &MasterKey) -> Self {
        let master = hex(&key.derived("fitout master key id 1")[..4]);
        let known = Cache::builder().max_capacity(10_000).time_to_live(REMEMBERED).build();
        Self { wrap: cipher(&key.derived("fitout wrapping 1")), hash: key.derived("fitout mail addresses 1"), master, known }
    }

    /// Which master key this is.
    pub(crate) fn master(&self) -> &str {
        &self.master
    }

    /// A mail address that can be told apart from others but not be read back.
    pub(crate) fn alias(&self, mail: &str) -> String {
        hex(&mac(&self.hash, mail.trim().to_lowercase().as_bytes())[..16])
    }

    /// Name of a person in `person_keys`.
    pub(crate) fn owner(&self, person: &Person) -> String {
        match person {
            Person::User(id) => format!("user:{id}"),
            Person::Mail(mail) => format!("mail:{}", self.alias(mail)),
        }
    }

    /// Fresh keys for `owners`, in case they have none.
    pub(crate) fn fresh(&self, owners: &BTreeSet<String>) -> Result<Fresh> {
        let mut fresh = Fresh { owners: Vec::new(), ids: Vec::new(), wrapped: Vec::new() };
        for owner in owners {
            let (id, key): (Uuid, [u8; 32]) = (Uuid::new_v4(), rand::random());
            fresh.wrapped.push(seal_with(&self.wrap, &key, id.as_bytes())?);
            fresh.ids.push(id);
            fresh.owners.push(owner.clone());
        }
        Ok(fresh)
    }

    /// Takes the master key's wrapping off.
    pub(crate) fn unwrap(&self, row: &KeyRow) -> Result<PersonKey> {
        if row.master != self.master {
            return Err(other_master(&row.master, &self.master));
        }
        let key = open_with(&self.wrap, &row.wrapped, row.id.as_bytes()).and_then(|k| <[u8; 32]>::try_from(k).ok());
        let key = key.ok_or_else(|| StoreError::corrupt("person_keys", "wrapped", row.id, "the master key does not open it"))?;
        Ok(PersonKey { id: row.id, cipher: cipher(&key) })
    }
}

impl PersonKey {
    /// Seals a text for one place: it opens nowhere else.
    pub(crate) fn seal(&self, text: &str, place: &[u8]) -> Result<String> {
        Ok(format!("{SEALED}{MARK}:{}:{}", self.id.simple(), BASE64.encode(seal_with(&self.cipher, text.as_bytes(), place)?)))
    }
}

/// Keys to read with, by id.
#[derive(Default)]
pub(crate) struct Keys(BTreeMap<Uuid, PersonKey>);

impl Keys {
    /// Opens a text; one that is not sealed stays as it is. `place` is asked with the number of its mark.
    pub(crate) fn open(&self, text: &str, place: impl Fn(u8) -> Vec<u8>) -> String {
        let Some(rest) = text.strip_prefix(SEALED) else { return text.to_owned() };
        let read = || {
            let (mark, rest) = rest.split_once(':')?;
            let (id, sealed) = rest.split_once(':')?;
            let mark = mark.parse().ok().filter(|m| (1..=MARK).contains(m))?;
            Some((place(mark), Uuid::try_parse(id).ok()?, BASE64.decode(sealed).ok()?))
        };
        let Some((place, id, sealed)) = read() else { return UNREADABLE.to_owned() };
        match self.0.get(&id) {
            None => ERASED.to_owned(),
            Some(key) => open_with(&key.cipher, &sealed, &place).and_then(|t| String::from_utf8(t).ok()).unwrap_or_else(|| UNREADABLE.to_owned()),
        }
    }
}

/// The id of the key that a sealed text names.
pub(crate) fn key_of(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.strip_prefix(SEALED)?.split(':').nth(1)?).ok()
}

/// The keys of these ids that still exist.
pub(crate) async fn keys(tx: &mut TenantTx, ids: &BTreeSet<Uuid>) -> Result<Keys> {
    if ids.is_empty() {
        return Ok(Keys::default());
    }
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    let rows: Vec<KeyRow> = sqlx::query_as("select id, wrapped, master from fitout_open_keys($1)").bind(ids).fetch_all(tx.conn()).await?;
    let vault = tx.vault()?.clone();
    rows.iter().map(|row| Ok((row.id, vault.unwrap(row)?))).collect::<Result<_>>().map(Keys)
}

#[derive(sqlx::FromRow)]
struct SealRow {
    owner: String,
    #[sqlx(flatten)]
    key: KeyRow,
    lasting: bool,
}

impl Vault {
    /// A key that this server knows, and that lasts.
    pub(crate) async fn remembered(&self, owner: &str) -> Option<Arc<PersonKey>> {
        self.known.get(owner).await
    }
}

/// The keys to seal these owners' texts under, made where they are missing.
pub(crate) async fn sealing_keys(tx: &mut TenantTx, vault: &Vault, owners: BTreeSet<String>) -> Result<BTreeMap<String, Arc<PersonKey>>> {
    let mut keys = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for owner in owners {
        match vault.known.get(&owner).await {
            Some(key) => drop(keys.insert(owner, key)),
            None => drop(unknown.insert(owner)),
        }
    }
    if unknown.is_empty() {
        return Ok(keys);
    }
    let fresh = vault.fresh(&unknown)?;
    let rows: Vec<SealRow> = sqlx::query_as("select owner, id, wrapped, master, lasting from fitout_seal_keys($1, $2, $3, $4)")
        .bind(fresh.owners)
        .bind(fresh.ids)
        .bind(fresh.wrapped)
        .bind(vault.master())
        .fetch_all(tx.conn())
        .await?;
    for row in rows {
        let key = Arc::new(vault.unwrap(&row.key)?);
        if row.lasting {
            vault.known.insert(row.owner.clone(), key.clone()).await;
        }
        keys.insert(row.owner, key);
    }
    Ok(keys)
}

/// Drops the keys of these people: what is sealed under them is unreadable from the commit on, and nothing brings it back but a backup.
/// Answers how many keys there were.
///
/// # Errors
/// [`StoreError::Setup`] without a master key.
pub async fn forget(tx: &mut PlatformTx, people: &[Person]) -> Result<u64> {
    let vault = tx.vault()?.clone();
    let owners: Vec<String> = people.iter().map(|p| vault.owner(p)).collect();
    for owner in &owners {
        vault.known.invalidate(owner).await;
    }
    Ok(sqlx::query("delete from person_keys where owner = any ($1)").bind(owners).execute(tx.conn()).await?.rows_affected())
}

/// A mail address as it may stand in logs: the same for the same address under one master key, and not to be read back.
///
/// # Errors
/// [`StoreError::Setup`] without a master key.
pub fn fingerprint(tx: &PlatformTx, mail: &str) -> Result<String> {
    Ok(tx.vault()?.alias(mail))
}

/// Refuses a master key that is not the one the stored keys were wrapped with.
pub(crate) async fn check(connection: &mut PgConnection, vault: &Vault) -> Result<()> {
    let other: Option<String> =
        sqlx::query_scalar("select master from person_keys where master <> $1 limit 1").bind(&vault.master).fetch_optional(connection).await?;
    other.map_or(Ok(()), |other| Err(other_master(&other, &vault.master)))
}

fn other_master(theirs: &str, ours: &str) -> StoreError {
    StoreError::Setup(format!(
        "The personal data in this database was sealed with another master key ({theirs}) than the server has now ({ours}). Give it that key: \
         FITOUT_MASTER_KEY, or the file master.key of the data folder it was made with."
    ))
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&(*key).into())
}

/// Nonce, then what AES-GCM makes of it.
fn seal_with(cipher: &Aes256Gcm, text: &[u8], place: &[u8]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE] = rand::random();
    let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: text, aad: place });
    let sealed = sealed.map_err(|_| StoreError::Setup("A text is too long to be sealed.".to_owned()))?;
    Ok([&nonce[..], &sealed].concat())
}

fn open_with(cipher: &Aes256Gcm, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: place }).ok()
}

fn mac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    // HMAC fills a shorter key up with zeros to its block of 64 bytes.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(n: u8) -> Vault {
        Vault::new(&MasterKey([n; 32]))
    }

    fn key(vault: &Vault, owner: &str) -> (KeyRow, PersonKey) {
        let fresh = vault.fresh(&BTreeSet::from([owner.to_owned()])).unwrap();
        let row = KeyRow { id: fresh.ids[0], wrapped: fresh.wrapped[0].clone(), master: vault.master().to_owned() };
        let key = vault.unwrap(&row).unwrap();
        (row, key)
    }

    #[test]
    fn a_text_opens_with_its_key_in_its_place_alone() {
        let vault = vault(1);
        let ((row, ada), (_, eve)) = (key(&vault, "user:a"), key(&vault, "user:e"));
        let sealed = ada.seal("ada@example.com", b"actor").unwrap();
        assert!(!sealed.contains("ada@") && sealed != ada.seal("ada@example.com", b"actor").unwrap(), "never twice the same");
        assert_eq!(key_of(&sealed), Some(row.id));
        let keys = Keys(BTreeMap::from([(ada.id, vault.unwrap(&row).unwrap())]));
        assert_eq!(keys.open(&sealed, |_| b"actor".to_vec()), "ada@example.com");
        assert_eq!(keys.open(&sealed, |_| b"subject".to_vec()), UNREADABLE, "moved elsewhere");
        let at = sealed.len() - 6;
        let changed = format!("{}{}{}", &sealed[..at], if &sealed[at..=at] == "A" { "B" } else { "A" }, &sealed[at + 1..]);
        assert_eq!(keys.open(&changed, |_| b"actor".to_vec()), UNREADABLE, "changed");
        assert_eq!(Keys::default().open(&sealed, |_| b"actor".to_vec()), ERASED);
        assert_eq!(Keys(BTreeMap::from([(eve.id, eve)])).open(&sealed, |_| b"actor".to_vec()), ERASED);
        let old = sealed.replace("sealed:2:", "sealed:1:");
        assert_eq!(keys.open(&old, |mark| if mark == 1 { b"actor".to_vec() } else { b"moment".to_vec() }), "ada@example.com", "bound as it was then");
        assert_eq!(keys.open(&sealed.replace("sealed:2:", "sealed:3:"), |_| b"actor".to_vec()), UNREADABLE, "of a later release");
        assert_eq!(keys.open("plain", |_| b"actor".to_vec()), "plain");
        assert_eq!(keys.open("sealed:1:rubbish", |_| b"actor".to_vec()), UNREADABLE);
    }

    #[test]
    fn another_master_key_opens_nothing_and_says_so() {
        let (row, _) = key(&vault(1), "user:a");
        let refused = vault(2).unwrap(&row).err().unwrap();
        assert!(matches!(&refused, StoreError::Setup(s) if s.contains("FITOUT_MASTER_KEY")), "{refused:?}");
        let forged = KeyRow { master: vault(2).master().to_owned(), ..row };
        assert!(matches!(vault(2).unwrap(&forged).err().unwrap(), StoreError::Corrupt { .. }));
    }

    #[test]
    fn master_keys_are_written_and_read_and_never_shown() {
        let key = MasterKey::random();
        assert_eq!(MasterKey::from_hex(&key.to_hex()), Some(key.clone()));
        assert_ne!(key, MasterKey::random());
        assert!(!format!("{key:?}").contains(&key.to_hex()[..8]));
        for bad in ["", "zz", &"0".repeat(63), &"g".repeat(64), &"ä".repeat(32)] {
            assert_eq!(MasterKey::from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn mail_addresses_have_one_alias_each_per_master_key() {
        assert_eq!(vault(1).alias("Ada@Example.com "), vault(1).alias("ada@example.com"));
        assert_ne!(vault(1).alias("ada@example.com"), vault(2).alias("ada@example.com"));
        assert!(!vault(1).owner(&Person::Mail("ada@example.com".into())).contains("ada"));
    }
}
