//! Who belongs to which workspace, and invitations.

use crate::Result;
use crate::tx::{Conn, PlatformTx};
use time::OffsetDateTime;
use uuid::Uuid;

/// A workspace that a person belongs to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// Workspace.
    pub tenant_id: Uuid,
    /// Its name.
    pub tenant_name: String,
    /// ISO 4217.
    pub currency: String,
    /// `organization`, `personal` or `showcase`.
    pub kind: String,
    /// Role in it.
    pub role: String,
    /// The person is kept out of it.
    pub disabled: bool,
    /// The workspace's contract has ended.
    pub tenant_disabled: bool,
}

/// A person of a workspace, as administrators see them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    /// Person.
    pub user_id: Uuid,
    /// Mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Role here.
    pub role: String,
    /// Kept out (of here, or everywhere).
    pub disabled: bool,
    /// Member since.
    pub since: OffsetDateTime,
    /// Last sign of life anywhere.
    pub last_seen_at: Option<OffsetDateTime>,
}

/// An invitation that nobody took up yet.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Invitation {
    /// Id.
    pub id: Uuid,
    /// Into which workspace.
    pub tenant_id: Uuid,
    /// Its name.
    pub tenant_name: String,
    /// Whom.
    pub email: String,
    /// As what.
    pub role: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// Good until.
    pub expires_at: OffsetDateTime,
}

/// An invitation to be.
#[derive(Clone, Debug)]
pub struct NewInvitation<'a> {
    /// Id.
    pub id: Uuid,
    /// Into which workspace.
    pub tenant: Uuid,
    /// Whom.
    pub email: &'a str,
    /// As what.
    pub role: &'a str,
    /// SHA-256 of the token in the mail.
    pub token_hash: [u8; 32],
    /// By whom.
    pub invited_by: Option<Uuid>,
    /// When.
    pub created_at: OffsetDateTime,
    /// Good until.
    pub expires_at: OffsetDateTime,
}

/// Joins a person to a workspace.
///
/// # Errors
/// `memberships_pk` when they are a member already, `memberships_role_known`.
pub async fn add_member(tx: &mut PlatformTx, tenant: Uuid, user: Uuid, role: &str) -> Result<()> {
    sqlx::query("insert into memberships (tenant_id, user_id, role) values ($1, $2, $3)").bind(tenant).bind(user).bind(role).execute(tx.conn()).await?;
    Ok(())
}

macro_rules! memberships {
    ($where:literal) => {
        concat!(
            "select m.tenant_id, t.name as tenant_name, t.currency, t.kind, m.role, m.disabled_at is not null as disabled, \
             t.disabled_at is not null as tenant_disabled from memberships m join tenants t on t.id = m.tenant_id where ",
            $where,
            " order by m.created_at, m.tenant_id"
        )
    };
}

/// Workspaces of a person, the first joined first.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn memberships(tx: &mut PlatformTx, user: Uuid) -> Result<Vec<Membership>> {
    Ok(sqlx::query_as(memberships!("m.user_id = $1")).bind(user).fetch_all(tx.conn()).await?)
}

/// One membership.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn membership(tx: &mut PlatformTx, tenant: Uuid, user: Uuid) -> Result<Option<Membership>> {
    Ok(sqlx::query_as(memberships!("m.tenant_id = $1 and m.user_id = $2")).bind(tenant).bind(user).fetch_optional(tx.conn()).await?)
}

/// Members of a workspace, the first joined first.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn members(tx: &mut PlatformTx, tenant: Uuid) -> Result<Vec<Member>> {
    Ok(sqlx::query_as(
        "select m.user_id, u.email, u.name, m.role, (m.disabled_at is not null or u.disabled_at is not null) as disabled, \
         m.created_at as since, u.last_seen_at from memberships m join users u on u.id = m.user_id where m.tenant_id = $1 \
         order by m.created_at, m.user_id",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?)
}

/// Active administrators, locked until the transaction ends: two people cannot both demote the other and leave nobody.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn lock_admins(tx: &mut PlatformTx, tenant: Uuid) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar("select user_id from memberships where tenant_id = $1 and role = 'admin' and disabled_at is null order by user_id for update")
        .bind(tenant)
        .fetch_all(tx.conn())
        .await?)
}

/// Changes a role. False when there is no such member.
///
/// # Errors
/// `memberships_role_known`.
pub async fn set_role(tx: &mut PlatformTx, tenant: Uuid, user: Uuid, role: &str) -> Result<bool> {
    let done =
        sqlx::query("update memberships set role = $3 where tenant_id = $1 and user_id = $2").bind(tenant).bind(user).bind(role).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a member out of this workspace, or lets them in again. False when there is no such member. End their sessions too.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn set_member_disabled(tx: &mut PlatformTx, tenant: Uuid, user: Uuid, disabled: bool) -> Result<bool> {
    let done = sqlx::query("update memberships set disabled_at = case when $3 then coalesce(disabled_at, now()) end where tenant_id = $1 and user_id = $2")
        .bind(tenant)
        .bind(user)
        .bind(disabled)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a member out. False when there is no such member. End their sessions too.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn remove_member(tx: &mut PlatformTx, tenant: Uuid, user: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from memberships where tenant_id = $1 and user_id = $2").bind(tenant).bind(user).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Invites somebody. An expired invitation of the same address gives way.
///
/// # Errors
/// `invitations_one_open`, `invitations_role_known`.
pub async fn create_invitation(tx: &mut PlatformTx, new: &NewInvitation<'_>) -> Result<()> {
    sqlx::query("delete from invitations where tenant_id = $1 and email = lower($2) and accepted_at is null and expires_at <= $3")
        .bind(new.tenant)
        .bind(new.email)
        .bind(new.created_at)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "insert into invitations (id, tenant_id, email, role, token_hash, invited_by, created_at, expires_at) \
         values ($1, $2, lower($3), $4, $5, $6, $7, $8)",
    )
    .bind(new.id)
    .bind(new.tenant)
    .bind(new.email)
    .bind(new.role)
    .bind(new.token_hash)
    .bind(new.invited_by)
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

macro_rules! invitations {
    ($where:literal) => {
        concat!(
            "select i.id, i.tenant_id, t.name as tenant_name, i.email, i.role, i.created_at, i.expires_at \
             from invitations i join tenants t on t.id = i.tenant_id where i.accepted_at is null and ",
            $where
        )
    };
}

/// Open invitations into a workspace, expired ones included, oldest first.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn invitations(tx: &mut PlatformTx, tenant: Uuid) -> Result<Vec<Invitation>> {
    Ok(sqlx::query_as(invitations!("i.tenant_id = $1 order by i.created_at, i.id")).bind(tenant).fetch_all(tx.conn()).await?)
}

/// The open invitation behind a token, locked until the transaction ends. `None` when it is used, removed or over.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn invitation_by_token(tx: &mut PlatformTx, token_hash: [u8; 32], now: OffsetDateTime) -> Result<Option<Invitation>> {
    Ok(sqlx::query_as(invitations!("i.token_hash = $1 and i.expires_at > $2 and t.disabled_at is null for update of i"))
        .bind(token_hash)
        .bind(now)
        .fetch_optional(tx.conn())
        .await?)
}

/// Marks an invitation as taken up. False when it is not open any more.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn accept_invitation(tx: &mut PlatformTx, id: Uuid, now: OffsetDateTime) -> Result<bool> {
    let done = sqlx::query("update invitations set accepted_at = $2 where id = $1 and accepted_at is null").bind(id).bind(now).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Takes an open invitation back; answers its address.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn remove_invitation(tx: &mut PlatformTx, tenant: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("delete from invitations where tenant_id = $1 and id = $2 and accepted_at is null returning email")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}
