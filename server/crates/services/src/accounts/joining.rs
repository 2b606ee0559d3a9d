//! Taking up an invitation.

use super::{Arrival, entry, start};
use crate::errors::Refuse;
use crate::fields::Faults;
use crate::inner::Inner;
use crate::trail;
use contract::{AcceptInvite, AppError, ErrorKind, SignedIn};
use facade::{Caller, Outcome, Role};
use serde_json::json;

pub(super) async fn accept(inner: &Inner, caller: &Caller, request: AcceptInvite) -> Outcome<SignedIn> {
    let over = || AppError {
        kind: ErrorKind::Invalid,
        code: "invitation_over".to_owned(),
        ..AppError::invalid_at("/token", "This invitation was taken up, taken back, or is older than seven days. Ask for a new one.")
    };
    let token = crate::tokens::digest(&request.token);
    let mut tx = inner.store.platform("an invitation is looked at").await.refuse()?;
    let invitation = store::accounts::invitation_by_token(&mut tx, token, inner.now()).await.refuse()?.ok_or_else(over)?;
    let known = store::accounts::user_by_email(&mut tx, &invitation.email).await.refuse()?;
    // The password is looked at without a transaction open: it takes tens of milliseconds on purpose.
    drop(tx);

    let (user, name, new_hash) = match known {
        Some(_) => {
            let wrong = || AppError {
                kind: ErrorKind::Invalid,
                code: "wrong_password".to_owned(),
                ..AppError::invalid_at("/password", "There is an account with this mail address already. Write its present password.")
            };
            let user = entry::check(inner, caller, &invitation.email, &request.password).await?.ok_or_else(wrong)?;
            if user.disabled_at.is_some() {
                return Err(super::account_disabled());
            }
            (user.id, user.name, None)
        }
        None => {
            let mut faults = Faults::default();
            let name = faults.name("/name", &request.name);
            faults.password("/password", &request.password, &[&invitation.email, &name]);
            faults.done()?;
            (inner.ports.ids.id(), name, Some(inner.passwords.hash(&request.password).await?))
        }
    };

    let mut tx = inner.store.platform("an invitation is taken up").await.refuse()?;
    let invitation = store::accounts::invitation_by_token(&mut tx, token, inner.now()).await.refuse()?.ok_or_else(over)?;
    if let Some(hash) = &new_hash {
        store::accounts::create_user(&mut tx, &store::accounts::NewUser { id: user, email: &invitation.email, name: &name, password_hash: hash })
            .await
            .refuse()?;
    }
    store::accounts::add_member(&mut tx, invitation.tenant_id, user, &invitation.role).await.refuse()?;
    store::accounts::accept_invitation(&mut tx, invitation.id, inner.now()).await.refuse()?;
    let role = Role::parse(&invitation.role).ok_or_else(AppError::internal)?;
    let who = Arrival { user, email: &invitation.email, name: &name, tenant: invitation.tenant_id, tenant_name: &invitation.tenant_name, role };
    let signed_in = start(inner, &mut tx, caller, &who).await?;
    let mut tx = tx.into_tenant(&who.scope(caller)).await.refuse()?;
    trail::note(inner, &mut tx, "member.joined", trail::user(user, &invitation.email), None, Some(&json!({ "role": invitation.role }))).await?;
    tx.commit().await.refuse()?;
    Ok(signed_in)
}
