//! Sessions: families of refresh tokens, rotated at each use.

use crate::Result;
use crate::tx::{Conn, PlatformTx};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long after its first use an old refresh token still answers with the same child (a lost reply, two tabs).
pub const GRACE: Duration = Duration::seconds(10);

/// A refresh token to be. The caller derives a child's token from its parent's (HMAC under the server's secret), so that the grace
/// answer can be given again although only hashes are stored.
#[derive(Clone, Copy, Debug)]
pub struct NewToken {
    /// Id of the row.
    pub id: Uuid,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Good until.
    pub expires_at: OffsetDateTime,
}

/// A session to be.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Id; access tokens carry it.
    pub id: Uuid,
    /// Who.
    pub user: Uuid,
    /// Where.
    pub tenant: Uuid,
    /// First token.
    pub token: NewToken,
    /// Browser or program.
    pub agent: Option<&'a str>,
    /// Address.
    pub ip: Option<&'a str>,
}

/// A session with all that decides whether it may go on.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Id.
    pub id: Uuid,
    /// Who.
    pub user_id: Uuid,
    /// Mail address.
    pub email: String,
    /// Name.
    pub user_name: String,
    /// Where.
    pub tenant_id: Uuid,
    /// Its name.
    pub tenant_name: String,
    /// Role there; `None` when the person is no member any more.
    pub role: Option<String>,
    /// Ended since.
    pub revoked_at: Option<OffsetDateTime>,
    /// The person is kept out, everywhere or here.
    pub user_disabled: bool,
    /// The workspace's contract has ended.
    pub tenant_disabled: bool,
    /// Last sign of life.
    pub last_seen_at: OffsetDateTime,
}

impl Session {
    /// Whether it may go on.
    #[must_use]
    pub fn alive(&self) -> bool {
        self.revoked_at.is_none() && !self.user_disabled && !self.tenant_disabled && self.role.is_some()
    }
}

/// What became of a refresh token that somebody showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// First use: the child is stored.
    Rotated(Session),
    /// Within [`GRACE`] of its first use: the child is the same as then.
    Again(Session),
    /// Used before: somebody has a copy. The family is revoked — commit, then tell the owner.
    Reused(Session),
    /// Its session has ended, or person or workspace are disabled.
    Ended,
    /// Over.
    Expired,
    /// Nobody's.
    Unknown,
}

macro_rules! session {
    ($rest:literal) => {
        concat!(
            "select s.id, s.user_id, u.email, u.name as user_name, s.tenant_id, t.name as tenant_name, m.role, s.revoked_at, \
             (u.disabled_at is not null or m.disabled_at is not null) as user_disabled, t.disabled_at is not null as tenant_disabled, \
             s.last_seen_at from sessions s join users u on u.id = s.user_id join tenants t on t.id = s.tenant_id \
             left join memberships m on m.user_id = s.user_id and m.tenant_id = s.tenant_id where ",
            $rest
        )
    };
}

/// Begins a session.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn start_session(tx: &mut PlatformTx, new: &NewSession<'_>, now: OffsetDateTime) -> Result<()> {
    sqlx::query("insert into sessions (id, user_id, tenant_id, created_at, last_seen_at, agent, ip) values ($1, $2, $3, $4, $4, $5, $6)")
        .bind(new.id)
        .bind(new.user)
        .bind(new.tenant)
        .bind(now)
        .bind(new.agent)
        .bind(new.ip)
        .execute(tx.conn())
        .await?;
    insert_token(tx, new.id, None, new.token, now).await?;
    sqlx::query("update users set last_seen_at = $2, last_tenant_id = $3 where id = $1").bind(new.user).bind(now).bind(new.tenant).execute(tx.conn()).await?;
    Ok(())
}

async fn insert_token(tx: &mut PlatformTx, session: Uuid, parent: Option<Uuid>, token: NewToken, now: OffsetDateTime) -> Result<()> {
    sqlx::query("insert into refresh_tokens (id, session_id, parent_id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(token.id)
        .bind(session)
        .bind(parent)
        .bind(token.hash)
        .bind(now)
        .bind(token.expires_at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Finds a session. [`Session::alive`] says whether it may go on.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn session(tx: &mut PlatformTx, id: Uuid) -> Result<Option<Session>> {
    Ok(sqlx::query_as(session!("s.id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// Changes a refresh token for its child. Locks the session's row, so that of many at once one makes the child and the others, within
/// [`GRACE`], get the same. Commit in every case: a reuse has revoked the family.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn rotate(tx: &mut PlatformTx, shown: [u8; 32], child: NewToken, now: OffsetDateTime) -> Result<Rotation> {
    // The session's lock first, the token's state after it: read in one statement, the state could be older than the lock.
    let found: Option<(Uuid, Uuid)> =
        sqlx::query_as("select t.id, t.session_id from refresh_tokens t join sessions s on s.id = t.session_id where t.token_hash = $1 for update of s")
            .bind(shown)
            .fetch_optional(tx.conn())
            .await?;
    let Some((token, session_id)) = found else { return Ok(Rotation::Unknown) };
    let (used_at, expires_at): (Option<OffsetDateTime>, OffsetDateTime) =
        sqlx::query_as("select used_at, expires_at from refresh_tokens where id = $1").bind(token).fetch_one(tx.conn()).await?;
    let Some(session) = session(tx, session_id).await? else { return Ok(Rotation::Unknown) };
    if !session.alive() {
        return Ok(Rotation::Ended);
    }
    if let Some(used_at) = used_at {
        let same: Option<bool> = sqlx::query_scalar("select token_hash = $2 from refresh_tokens where parent_id = $1")
            .bind(token)
            .bind(child.hash)
            .fetch_optional(tx.conn())
            .await?;
        if now - used_at <= GRACE {
            // Another hash means the server's secret has changed in between: the child cannot be named again, and nobody stole anything.
            return Ok(if same == Some(true) { Rotation::Again(session) } else { Rotation::Ended });
        }
        revoke_session(tx, session_id, "refresh token used twice", now).await?;
        return Ok(Rotation::Reused(session));
    }
    if expires_at <= now {
        return Ok(Rotation::Expired);
    }
    sqlx::query("update refresh_tokens set used_at = $2 where id = $1").bind(token).bind(now).execute(tx.conn()).await?;
    insert_token(tx, session_id, Some(token), child, now).await?;
    touch_session(tx, session_id, now).await?;
    Ok(Rotation::Rotated(session))
}

/// Notes a sign of life.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn touch_session(tx: &mut PlatformTx, id: Uuid, now: OffsetDateTime) -> Result<()> {
    sqlx::query(
        "with s as (update sessions set last_seen_at = $2 where id = $1 returning user_id) update users u set last_seen_at = $2 from s where u.id = s.user_id",
    )
    .bind(id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a session with all its tokens. False when it had ended already or never was.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn revoke_session(tx: &mut PlatformTx, id: Uuid, reason: &str, now: OffsetDateTime) -> Result<bool> {
    let done = sqlx::query("update sessions set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null")
        .bind(id)
        .bind(now)
        .bind(reason)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the sessions of a person, in one workspace or everywhere; answers their ids, for caches.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn revoke_sessions_of(tx: &mut PlatformTx, user: Uuid, tenant: Option<Uuid>, reason: &str, now: OffsetDateTime) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar(
        "update sessions set revoked_at = $3, revoked_reason = $4 where user_id = $1 and ($2::uuid is null or tenant_id = $2) \
         and revoked_at is null returning id",
    )
    .bind(user)
    .bind(tenant)
    .bind(now)
    .bind(reason)
    .fetch_all(tx.conn())
    .await?)
}

/// The session that a refresh token belongs to, whatever state it is in.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn session_by_token(tx: &mut PlatformTx, shown: [u8; 32]) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar("select session_id from refresh_tokens where token_hash = $1").bind(shown).fetch_optional(tx.conn()).await?)
}

/// Removes sessions whose last token has been over since before `before`; answers how many.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn sweep_sessions(tx: &mut PlatformTx, before: OffsetDateTime) -> Result<u64> {
    let done = sqlx::query("delete from sessions s where not exists (select from refresh_tokens t where t.session_id = s.id and t.expires_at >= $1)")
        .bind(before)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}
