//! Password resets by mail.

use super::{Arrival, landing, start};
use crate::errors::Refuse;
use crate::fields::Faults;
use crate::inner::Inner;
use crate::{mailing, trail, words};
use contract::{AppError, ErrorKind, ForgotPassword, ResetPassword, SignedIn};
use facade::{Caller, Outcome};
use time::Duration;

pub(super) async fn forgot(inner: &Inner, caller: &Caller, request: ForgotPassword) -> Outcome<()> {
    let until = tokio::time::Instant::now() + super::EVEN;
    let mut faults = Faults::default();
    let email = faults.email("/email", &request.email);
    faults.done()?;
    let done = send(inner, caller, &email).await;
    tokio::time::sleep_until(until).await;
    done
}

async fn send(inner: &Inner, caller: &Caller, email: &str) -> Outcome<()> {
    let now = inner.now();
    let mut tx = inner.store.platform("a forgotten password: who is it").await.refuse()?;
    let Some(user) = store::accounts::user_by_email(&mut tx, email).await.refuse()? else { return Ok(()) };
    // Kept out, or without an open workspace: a new password would not let them in.
    if user.disabled_at.is_some() {
        return Ok(());
    }
    let Ok((place, role)) = landing(&mut tx, &user).await else { return Ok(()) };
    let token = inner.ports.ids.token();
    store::accounts::create_reset(&mut tx, user.id, crate::tokens::digest(&token), now, now + Duration::hours(1)).await.refuse()?;
    let who = Arrival { user: user.id, email: &user.email, name: &user.name, tenant: place.tenant_id, tenant_name: &place.tenant_name, role };
    let mut tx = tx.into_tenant(&who.scope(caller)).await.refuse()?;
    mailing::post(inner, &mut tx, &words::reset(&user.email, &user.name, &inner.address(&format!("/auth/reset?token={token}")))).await?;
    trail::note(inner, &mut tx, "password.reset_asked", trail::user(user.id, &user.email), None, None).await?;
    tx.commit().await.refuse()
}

pub(super) async fn reset(inner: &Inner, caller: &Caller, request: ResetPassword) -> Outcome<SignedIn> {
    let mut faults = Faults::default();
    faults.password("/password", &request.password, &[]);
    faults.done()?;
    let password_hash = inner.passwords.hash(&request.password).await?;
    let now = inner.now();
    let over = || AppError {
        kind: ErrorKind::Invalid,
        code: "reset_over".to_owned(),
        ..AppError::invalid_at("/token", "This link was used already, or is older than an hour. Ask for a new one.")
    };
    let mut tx = inner.store.platform("a new password by mail").await.refuse()?;
    let id = store::accounts::take_reset(&mut tx, crate::tokens::digest(&request.token), now).await.refuse()?.ok_or_else(over)?;
    let user = store::accounts::user(&mut tx, id).await.refuse()?.ok_or_else(over)?;
    // With the token known, the person's own name and address are looked for too; the token stays good when they are found.
    let mut faults = Faults::default();
    faults.password("/password", &request.password, &[&user.email, &user.name]);
    faults.done()?;
    if user.disabled_at.is_some() {
        return Err(super::account_disabled());
    }
    store::accounts::set_password(&mut tx, id, &password_hash).await.refuse()?;
    store::accounts::clear_failures(&mut tx, &user.email).await.refuse()?;
    let ended = store::accounts::revoke_sessions_of(&mut tx, id, None, "new password", now).await.refuse()?;
    let (place, role) = landing(&mut tx, &user).await?;
    let who = Arrival { user: user.id, email: &user.email, name: &user.name, tenant: place.tenant_id, tenant_name: &place.tenant_name, role };
    let signed_in = start(inner, &mut tx, caller, &who).await?;
    let mut tx = tx.into_tenant(&who.scope(caller)).await.refuse()?;
    trail::note(inner, &mut tx, "password.changed", trail::user(user.id, &user.email), None, None).await?;
    mailing::post(inner, &mut tx, &words::password_changed(&user.email, &user.name, &inner.address("/auth/forgot"))).await?;
    tx.commit().await.refuse()?;
    for session in ended {
        inner.sessions.invalidate(&session).await;
    }
    Ok(signed_in)
}
