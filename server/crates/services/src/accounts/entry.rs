//! Signing up and signing in.

use super::{Arrival, landing, start};
use crate::errors::Refuse;
use crate::fields::Faults;
use crate::inner::Inner;
use crate::{idempotency, trail};
use contract::{AppError, ErrorKind, Login, Register, SignedIn};
use facade::{Actor, Caller, Ctx, Outcome, Role};
use serde_json::json;
use time::Duration;

/// Failed sign-ins per account before it waits.
const FAILURES: i64 = 10;
/// For how long failures count.
const WINDOW: Duration = Duration::hours(1);

pub(super) async fn register(inner: &Inner, caller: &Caller, request: Register) -> Outcome<SignedIn> {
    let mut faults = Faults::default();
    let email = faults.email("/email", &request.email);
    let name = faults.name("/name", &request.name);
    let organization = match request.organization.as_deref().map(str::trim).filter(|o| !o.is_empty()) {
        Some(given) => faults.name("/organization", given),
        None => format!("{}’s workspace", crate::fields::shorten(&name, 180)),
    };
    faults.password("/password", &request.password, &[&email, &name, &organization]);
    faults.done()?;
    let password_hash = inner.passwords.hash(&request.password).await?;

    let (user, tenant) = (inner.ports.ids.id(), inner.ports.ids.id());
    let mut tx = inner.store.platform("sign-up makes a person and a workspace").await.refuse()?;
    store::accounts::create_user(&mut tx, &store::accounts::NewUser { id: user, email: &email, name: &name, password_hash: &password_hash }).await.refuse()?;
    let new = store::accounts::NewTenant { id: tenant, name: &organization, slug: None, currency: "USD", kind: "organization" };
    store::accounts::create_tenant(&mut tx, &new).await.refuse()?;
    store::accounts::add_member(&mut tx, tenant, user, Role::Admin.as_str()).await.refuse()?;
    let who = Arrival { user, email: &email, name: &name, tenant, tenant_name: &organization, role: Role::Admin };
    let signed_in = start(inner, &mut tx, caller, &who).await?;
    let mut tx = tx.into_tenant(&who.scope(caller)).await.refuse()?;
    // Without a name of its own the organization bears its founder's.
    let after = json!({ "organization": organization, "email": email });
    trail::note(inner, &mut tx, "tenant.created", tenant.to_string().as_str(), None, Some(&after)).await?;
    crate::starter::furnish(inner, &mut tx).await?;
    idempotency::keep(&mut tx, caller, &signed_in).await?;
    tx.commit().await.refuse()?;
    tracing::info!(tenant.id = %tenant, user.id = %user, "a new organization signed up");
    Ok(signed_in)
}

pub(super) async fn login(inner: &Inner, caller: &Caller, request: Login) -> Outcome<SignedIn> {
    let email = request.email.trim().to_lowercase();
    if email.is_empty() || request.password.is_empty() {
        let mut faults = Faults::default();
        if email.is_empty() {
            faults.add("/email", "Write your mail address.");
        }
        if request.password.is_empty() {
            faults.add("/password", "Write your password.");
        }
        faults.done()?;
    }
    let user = check(inner, caller, &email, &request.password).await?;
    let Some(user) = user else { return Err(wrong()) };
    if user.disabled_at.is_some() {
        refused(inner, caller, &user, "access is switched off").await?;
        return Err(super::account_disabled());
    }
    let rehash = if user.password_hash.starts_with("$2") { Some(inner.passwords.hash(&request.password).await?) } else { None };

    let mut tx = inner.store.platform("sign-in begins a session").await.refuse()?;
    if let Some(hash) = rehash {
        store::accounts::set_password(&mut tx, user.id, &hash).await.refuse()?;
    }
    let (place, role) = match landing(&mut tx, &user).await {
        Ok(landed) => landed,
        Err(closed) => {
            drop(tx);
            refused(inner, caller, &user, "no open workspace").await?;
            return Err(closed);
        }
    };
    let who = Arrival { user: user.id, email: &user.email, name: &user.name, tenant: place.tenant_id, tenant_name: &place.tenant_name, role };
    let signed_in = start(inner, &mut tx, caller, &who).await?;
    let mut tx = tx.into_tenant(&who.scope(caller)).await.refuse()?;
    trail::note(inner, &mut tx, "session.started", trail::user(user.id, &user.email), None, None).await?;
    tx.commit().await.refuse()?;
    Ok(signed_in)
}

/// The person whose password this is; `None` for an unknown address or a wrong password, after the same time.
///
/// A try is written down before the password is looked at, and struck out when it was right: many at once can't slip past the limit.
pub(super) async fn check(inner: &Inner, caller: &Caller, email: &str, password: &str) -> Outcome<Option<store::accounts::User>> {
    let now = inner.now();
    // Longer than any column and any password: no need to look, and nothing of it is kept.
    let readable = email.len() <= 254 && password.len() <= crate::passwords::LONGEST;
    let email = if readable { email } else { "" };
    let mut tx = inner.store.platform("sign-in counts failures and reads the password's hash").await.refuse()?;
    limited(store::accounts::failures_since(&mut tx, email, now - WINDOW).await.refuse()?, FAILURES - 1, now)?;
    store::accounts::record_failure(&mut tx, email, caller.ip.as_deref(), now).await.refuse()?;
    tx.commit().await.refuse()?;
    let mut tx = inner.store.platform("sign-in counts failures and reads the password's hash").await.refuse()?;
    limited(store::accounts::failures_since(&mut tx, email, now - WINDOW).await.refuse()?, FAILURES, now)?;
    let user = store::accounts::user_by_email(&mut tx, email).await.refuse()?;
    let alias = store::vault::fingerprint(&tx, email).refuse()?;
    drop(tx);
    let fits = inner.passwords.verify(password, user.as_ref().map(|u| u.password_hash.as_str())).await?;
    if !fits {
        // A known and an unknown address take the same time, although one of them leaves an entry.
        let until = tokio::time::Instant::now() + super::EVEN;
        match &user {
            Some(user) => refused(inner, caller, user, "wrong password").await?,
            // It belongs to no workspace, so there is no log to write it to; anybody could fill one that way.
            None => tracing::info!(mail.fingerprint = alias, request.id = caller.request_id, "a sign-in at an address without an account"),
        }
        tokio::time::sleep_until(until).await;
        return Ok(None);
    }
    let mut tx = inner.store.platform("a right password clears the failures").await.refuse()?;
    store::accounts::clear_failures(&mut tx, email).await.refuse()?;
    tx.commit().await.refuse()?;
    Ok(user)
}

/// Notes a sign-in that was refused, in the log of every open workspace of that person. At most [`FAILURES`] an hour per account come from
/// wrong passwords, since no more are looked at; the rest needs the right one.
async fn refused(inner: &Inner, caller: &Caller, user: &store::accounts::User, why: &str) -> Outcome<()> {
    let mut tx = inner.store.platform("a refused sign-in is noted where the person belongs").await.refuse()?;
    let places = store::accounts::memberships(&mut tx, user.id).await.refuse()?;
    drop(tx);
    for place in places.into_iter().filter(|m| !m.tenant_disabled) {
        // Nobody has shown who they are: the person is what it is about, not who did it.
        let ctx = Ctx { actor: Actor::Visitor, tenant: place.tenant_id, caller: caller.clone() };
        let mut tx = inner.tx(&ctx).await?;
        trail::note(inner, &mut tx, "session.refused", trail::user(user.id, &user.email), None, Some(&json!({ "why": why }))).await?;
        tx.commit().await.refuse()?;
    }
    Ok(())
}

fn limited((count, oldest): (i64, Option<time::OffsetDateTime>), most: i64, now: time::OffsetDateTime) -> Outcome<()> {
    if count <= most {
        return Ok(());
    }
    let wait = oldest.map_or(WINDOW, |at| at + WINDOW - now).whole_seconds().clamp(1, WINDOW.whole_seconds());
    let minutes = (wait + 59) / 60;
    Err(AppError {
        retry_after: u32::try_from(wait).ok(),
        ..AppError::new(
            ErrorKind::TooMany,
            "too_many_failures",
            format!("There were {FAILURES} wrong passwords for this account. Wait {minutes} min, or set a new password by mail."),
        )
    })
}

pub(super) fn wrong() -> AppError {
    AppError::new(ErrorKind::Unauthenticated, "wrong_credentials", "The mail address or the password is wrong.")
}
