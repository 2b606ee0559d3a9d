//! Sessions: rotation, sign-out, switching, and the check of every request.

use super::{Arrival, REFRESH_LIFE, account_disabled, answer, start, tenant_disabled};
use crate::errors::Refuse;
use crate::fields::body_id;
use crate::inner::{Admitted, Inner, found};
use crate::{mailing, trail};
use contract::{AppError, Me, Membership, SignedIn, Switch, Tenant, User};
use facade::{Actor, Caller, Ctx, Outcome, Role};
use ports::Mail;
use store::accounts::{NewToken, Rotation, Session};
use time::Duration;

fn over(code: &str, detail: &str) -> AppError {
    AppError { code: code.to_owned(), detail: detail.to_owned(), ..AppError::unauthenticated() }
}

fn ended() -> AppError {
    over("session_ended", "You are signed out. Sign in to go on.")
}

/// The role of a session that may go on, or why it may not.
fn admit(session: &Session) -> Outcome<Role> {
    if session.revoked_at.is_some() {
        return Err(ended());
    }
    if session.tenant_disabled {
        return Err(tenant_disabled(&session.tenant_name));
    }
    if session.user_disabled {
        return Err(account_disabled());
    }
    session
        .role
        .as_deref()
        .and_then(Role::parse)
        .ok_or_else(|| over("not_a_member", "You are no longer a member of this workspace. Sign in to go on in another."))
}

pub(super) async fn authenticate(inner: &Inner, caller: &Caller, access_token: &str) -> Outcome<Ctx> {
    let now = inner.now();
    let claims = inner.tokens.read(access_token, now)?;
    let admitted = match inner.sessions.get(&claims.sid).await {
        Some(known) => known,
        None => {
            let mut tx = inner.store.platform("every request checks its session").await.refuse()?;
            let session = store::accounts::session(&mut tx, claims.sid).await.refuse()?.ok_or_else(ended)?;
            let role = admit(&session)?;
            if now - session.last_seen_at > Duration::minutes(1) {
                store::accounts::touch_session(&mut tx, session.id, now).await.refuse()?;
                tx.commit().await.refuse()?;
            }
            let admitted = Admitted { user: session.user_id, email: session.email, tenant: session.tenant_id, role };
            inner.sessions.insert(claims.sid, admitted.clone()).await;
            admitted
        }
    };
    if admitted.user != claims.sub || admitted.tenant != claims.tenant {
        return Err(ended());
    }
    let actor = Actor::User { id: admitted.user, email: admitted.email, session: claims.sid, role: admitted.role };
    Ok(Ctx { actor, tenant: admitted.tenant, caller: caller.clone() })
}

pub(super) async fn refresh(inner: &Inner, caller: &Caller, refresh_token: &str) -> Outcome<SignedIn> {
    let now = inner.now();
    let child = inner.tokens.child(refresh_token)?;
    let new = NewToken { id: inner.ports.ids.id(), hash: crate::tokens::digest(&child), expires_at: now + REFRESH_LIFE };
    let shown = crate::tokens::digest(refresh_token);
    let mut tx = inner.store.platform("a refresh token is changed for its child").await.refuse()?;
    match store::accounts::rotate(&mut tx, shown, new, now).await.refuse()? {
        Rotation::Rotated(session) | Rotation::Again(session) => {
            let role = admit(&session)?;
            tx.commit().await.refuse()?;
            answer(inner, &arrival(&session, role), session.id, child)
        }
        Rotation::Reused(session) => {
            let mut tx = tx.into_tenant(&arrival(&session, Role::Viewer).scope(caller)).await.refuse()?;
            let why = serde_json::json!({ "why": "a refresh token was used twice" });
            trail::note(inner, &mut tx, "session.revoked", trail::user(session.user_id, &session.email), None, Some(&why)).await?;
            mailing::post(inner, &mut tx, &reuse_mail(inner, &session)).await?;
            tx.commit().await.refuse()?;
            inner.sessions.invalidate(&session.id).await;
            tracing::warn!(session.id = %session.id, user.id = %session.user_id, "a refresh token was used twice; its session is over");
            Err(over("refresh_reused", "This sign-in was used in two places, so it was ended for safety. Sign in again."))
        }
        Rotation::Ended => {
            let session = match store::accounts::session_by_token(&mut tx, shown).await.refuse()? {
                Some(id) => store::accounts::session(&mut tx, id).await.refuse()?,
                None => None,
            };
            Err(session.and_then(|s| admit(&s).err()).unwrap_or_else(ended))
        }
        Rotation::Expired => Err(over("refresh_expired", "You were away for more than seven days. Sign in to go on.")),
        Rotation::Unknown => Err(over("refresh_unknown", "This refresh token is not valid. Sign in to go on.")),
    }
}

fn arrival(session: &Session, role: Role) -> Arrival<'_> {
    Arrival { user: session.user_id, email: &session.email, name: &session.user_name, tenant: session.tenant_id, tenant_name: &session.tenant_name, role }
}

fn reuse_mail(inner: &Inner, session: &Session) -> Mail {
    Mail {
        attachment: None,
        to: session.email.clone(),
        subject: "You were signed out for safety".to_owned(),
        body: format!(
            "Hello {},\n\na sign-in of your Fitout account was used in two places at once, which can mean that somebody copied it. It was ended everywhere.\n\n\
             Sign in again at {}. If something looks odd to you, set a new password at {}.\n",
            session.user_name,
            inner.address("/auth/login"),
            inner.address("/auth/forgot")
        ),
    }
}

pub(super) async fn logout(inner: &Inner, ctx: &Ctx) -> Outcome<()> {
    let Actor::User { id, session, email, .. } = &ctx.actor else { return Err(AppError::unauthenticated()) };
    let mut tx = inner.store.platform("sign-out ends a session").await.refuse()?;
    let was_open = store::accounts::revoke_session(&mut tx, *session, "signed out", inner.now()).await.refuse()?;
    let mut tx = tx.into_tenant(&crate::inner::scope(ctx)).await.refuse()?;
    if was_open {
        trail::note(inner, &mut tx, "session.ended", trail::user(*id, email), None, None).await?;
    }
    tx.commit().await.refuse()?;
    inner.sessions.invalidate(session).await;
    Ok(())
}

pub(super) async fn logout_by_refresh(inner: &Inner, refresh_token: &str) -> Outcome<()> {
    let mut tx = inner.store.platform("sign-out by refresh token ends a session").await.refuse()?;
    if let Some(session) = store::accounts::session_by_token(&mut tx, crate::tokens::digest(refresh_token)).await.refuse()? {
        store::accounts::revoke_session(&mut tx, session, "signed out", inner.now()).await.refuse()?;
        tx.commit().await.refuse()?;
        inner.sessions.invalidate(&session).await;
    }
    Ok(())
}

pub(super) async fn switch(inner: &Inner, ctx: &Ctx, request: Switch) -> Outcome<SignedIn> {
    let Actor::User { id, session, .. } = &ctx.actor else { return Err(AppError::unauthenticated()) };
    let tenant = body_id(&request.tenant_id, "/tenant_id")?;
    let mut tx = inner.store.platform("switching begins a session in another workspace").await.refuse()?;
    let user = store::accounts::user(&mut tx, *id).await.refuse()?.ok_or_else(AppError::unauthenticated)?;
    let place = found(store::accounts::membership(&mut tx, tenant, *id).await.refuse()?, "workspace")?;
    if place.tenant_disabled {
        return Err(tenant_disabled(&place.tenant_name));
    }
    if place.disabled {
        return Err(account_disabled());
    }
    let role = Role::parse(&place.role).ok_or_else(AppError::internal)?;
    let who = Arrival { user: user.id, email: &user.email, name: &user.name, tenant, tenant_name: &place.tenant_name, role };
    let signed_in = start(inner, &mut tx, &ctx.caller, &who).await?;
    store::accounts::revoke_session(&mut tx, *session, "switched workspace", inner.now()).await.refuse()?;
    let mut tx = tx.into_tenant(&who.scope(&ctx.caller)).await.refuse()?;
    trail::note(inner, &mut tx, "session.started", trail::user(user.id, &user.email), None, None).await?;
    tx.commit().await.refuse()?;
    inner.sessions.invalidate(session).await;
    Ok(signed_in)
}

pub(super) async fn me(inner: &Inner, ctx: &Ctx) -> Outcome<Me> {
    let Actor::User { id, role, .. } = &ctx.actor else { return Err(AppError::unauthenticated()) };
    let mut tx = inner.store.platform("the person's own account and workspaces").await.refuse()?;
    let user = store::accounts::user(&mut tx, *id).await.refuse()?.ok_or_else(AppError::unauthenticated)?;
    let memberships = store::accounts::memberships(&mut tx, *id).await.refuse()?;
    let here = found(memberships.iter().find(|m| m.tenant_id == ctx.tenant), "workspace")?;
    Ok(Me {
        user: User { id: user.id.to_string(), email: user.email, name: user.name },
        tenant: Tenant { id: here.tenant_id.to_string(), name: here.tenant_name.clone() },
        role: role.as_str().to_owned(),
        permissions: role.permissions(),
        memberships: memberships
            .iter()
            .filter(|m| !m.disabled && !m.tenant_disabled)
            .map(|m| Membership {
                tenant: Tenant { id: m.tenant_id.to_string(), name: m.tenant_name.clone() },
                role: m.role.clone(),
                current: m.tenant_id == ctx.tenant,
            })
            .collect(),
    })
}
