//! Sign-up, sign-in, sessions, password resets, invitations.

mod entry;
mod joining;
mod reset;
mod session;

use crate::Services;
use crate::errors::Refuse;
use crate::inner::{Inner, scope};
use async_trait::async_trait;
use contract::*;
use facade::{Accounts, Actor, Caller, Ctx, Outcome, Role};
use store::accounts::{Membership, User as UserRow};
use store::{PlatformTx, TenantScope};
use uuid::Uuid;

/// Life of a refresh token.
pub(crate) const REFRESH_LIFE: time::Duration = time::Duration::days(7);

/// Where the answer must not tell whether an address is known, both cases take at least this long.
const EVEN: std::time::Duration = std::time::Duration::from_millis(60);

#[async_trait]
impl Accounts for Services {
    async fn register(&self, caller: &Caller, request: Register) -> Outcome<SignedIn> {
        entry::register(&self.0, caller, request).await
    }
    async fn login(&self, caller: &Caller, request: Login) -> Outcome<SignedIn> {
        entry::login(&self.0, caller, request).await
    }
    async fn refresh(&self, caller: &Caller, refresh_token: &str) -> Outcome<SignedIn> {
        session::refresh(&self.0, caller, refresh_token).await
    }
    async fn logout(&self, ctx: &Ctx) -> Outcome<()> {
        session::logout(&self.0, ctx).await
    }
    async fn logout_by_refresh(&self, _caller: &Caller, refresh_token: &str) -> Outcome<()> {
        session::logout_by_refresh(&self.0, refresh_token).await
    }
    async fn switch(&self, ctx: &Ctx, request: Switch) -> Outcome<SignedIn> {
        session::switch(&self.0, ctx, request).await
    }
    async fn authenticate(&self, caller: &Caller, access_token: &str) -> Outcome<Ctx> {
        session::authenticate(&self.0, caller, access_token).await
    }
    async fn visitor(&self, caller: &Caller) -> Outcome<Ctx> {
        let tenant = crate::starter::showcase(&self.0).await?;
        Ok(Ctx { actor: Actor::Visitor, tenant, caller: caller.clone() })
    }
    async fn me(&self, ctx: &Ctx) -> Outcome<Me> {
        session::me(&self.0, ctx).await
    }
    async fn forgot_password(&self, caller: &Caller, request: ForgotPassword) -> Outcome<()> {
        reset::forgot(&self.0, caller, request).await
    }
    async fn reset_password(&self, caller: &Caller, request: ResetPassword) -> Outcome<SignedIn> {
        reset::reset(&self.0, caller, request).await
    }
    async fn accept_invite(&self, caller: &Caller, request: AcceptInvite) -> Outcome<SignedIn> {
        joining::accept(&self.0, caller, request).await
    }
}

/// A person who comes in: the row, where, as what.
pub(crate) struct Arrival<'a> {
    pub user: Uuid,
    pub email: &'a str,
    pub name: &'a str,
    pub tenant: Uuid,
    pub tenant_name: &'a str,
    pub role: Role,
}

impl Arrival<'_> {
    /// On whose behalf the rest of the transaction runs.
    pub(crate) fn scope(&self, caller: &Caller) -> TenantScope {
        let ctx = Ctx {
            actor: Actor::User { id: self.user, email: self.email.to_owned(), session: Uuid::nil(), role: self.role },
            tenant: self.tenant,
            caller: caller.clone(),
        };
        scope(&ctx)
    }
}

/// Begins a session inside the caller's transaction and makes the answer. The answer is worth nothing before the commit.
pub(crate) async fn start(inner: &Inner, tx: &mut PlatformTx, caller: &Caller, who: &Arrival<'_>) -> Outcome<SignedIn> {
    let now = inner.now();
    let session = inner.ports.ids.id();
    let refresh_token = format!("ftr_{}{}", inner.ports.ids.token(), inner.ports.ids.token());
    let token = store::accounts::NewToken { id: inner.ports.ids.id(), hash: crate::tokens::digest(&refresh_token), expires_at: now + REFRESH_LIFE };
    let new = store::accounts::NewSession { id: session, user: who.user, tenant: who.tenant, token, agent: caller.agent.as_deref(), ip: caller.ip.as_deref() };
    store::accounts::start_session(tx, &new, now).await.refuse()?;
    answer(inner, who, session, refresh_token)
}

/// The answer to a person who is let in.
pub(crate) fn answer(inner: &Inner, who: &Arrival<'_>, session: Uuid, refresh_token: String) -> Outcome<SignedIn> {
    Ok(SignedIn {
        user: User { id: who.user.to_string(), email: who.email.to_owned(), name: who.name.to_owned() },
        tenant: Tenant { id: who.tenant.to_string(), name: who.tenant_name.to_owned() },
        role: who.role.as_str().to_owned(),
        access_token: inner.tokens.access(who.user, who.email, who.role, who.tenant, session, inner.now())?,
        refresh_token,
        expires_in: u32::try_from(crate::tokens::ACCESS_SECONDS).unwrap_or(900),
    })
}

/// The workspace that a person lands in: the one used last if it is open, else the first open one.
pub(crate) async fn landing(tx: &mut PlatformTx, user: &UserRow) -> Outcome<(Membership, Role)> {
    let all = store::accounts::memberships(tx, user.id).await.refuse()?;
    let open = |m: &&Membership| !m.disabled && !m.tenant_disabled && Role::parse(&m.role).is_some();
    let chosen = all.iter().filter(open).find(|m| Some(m.tenant_id) == user.last_tenant_id).or_else(|| all.iter().find(open));
    match chosen.and_then(|m| Role::parse(&m.role).map(|r| (m.clone(), r))) {
        Some(landed) => Ok(landed),
        None => Err(match all.iter().find(|m| m.tenant_disabled) {
            Some(m) => tenant_disabled(&m.tenant_name),
            None => account_disabled(),
        }),
    }
}

/// The contract of the workspace has ended.
pub(crate) fn tenant_disabled(name: &str) -> AppError {
    AppError::new(
        ErrorKind::Forbidden,
        "tenant_disabled",
        format!("The workspace {name} is switched off. Its data is kept. Ask your administrator or Fitout's support to switch it on again."),
    )
}

/// The person is kept out.
pub(crate) fn account_disabled() -> AppError {
    AppError::new(ErrorKind::Forbidden, "account_disabled", "Your access is switched off. An administrator of your organization can switch it on again.")
}
