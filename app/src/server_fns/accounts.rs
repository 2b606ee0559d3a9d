//! Sign-up, sign-in, sessions. Those that sign in or out answer the address to go on to.

#[cfg(feature = "ssr")]
use super::{door, safe_next};
use crate::error::PageError;
use crate::json::Answer;
use contract::Me;
#[cfg(feature = "ssr")]
use contract::{AcceptInvite, ErrorKind, ForgotPassword, Login, Register, ResetPassword, Switch};
use leptos::prelude::*;

/// Who is signed in; nobody is `None`, not an error.
#[server(prefix = "/_fn", endpoint = "me", output = Answer)]
pub async fn who_am_i() -> Result<Option<Me>, PageError> {
    let ctx = door::ctx()?;
    if ctx.user_id().is_none() {
        return Ok(None);
    }
    match door::facade()?.accounts.me(&ctx).await {
        Err(e) if e.kind == ErrorKind::Unauthenticated => Ok(None),
        other => other.map(Some).map_err(door::refuse),
    }
}

/// Signs in.
#[server(prefix = "/_fn", endpoint = "sign-in", output = Answer)]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<String, PageError> {
    let request = Login { email: email.clone(), password };
    let signed_in = door::facade()?.accounts.login(&door::caller()?, request).await.map_err(|e| door::refuse(e).keep("email", &email))?;
    door::enter(&signed_in, &safe_next(&next.unwrap_or_default()))
}

/// Makes an account and an organization.
#[server(prefix = "/_fn", endpoint = "sign-up", output = Answer)]
pub async fn sign_up(name: String, organization: Option<String>, email: String, password: String, next: Option<String>) -> Result<String, PageError> {
    let organization = organization.filter(|o| !o.trim().is_empty());
    let request = Register { email: email.clone(), password, name: name.clone(), organization: organization.clone() };
    let signed_in = door::facade()?
        .accounts
        .register(&door::caller()?, request)
        .await
        .map_err(|e| door::refuse(e).keep("name", &name).keep("organization", &organization.unwrap_or_default()).keep("email", &email))?;
    door::enter(&signed_in, &safe_next(&next.unwrap_or_default()))
}

/// Signs out, also when the session is already over.
#[server(prefix = "/_fn", endpoint = "sign-out", output = Answer)]
pub async fn sign_out() -> Result<String, PageError> {
    let ctx = door::ctx()?;
    if ctx.user_id().is_some() {
        door::facade()?.accounts.logout(&ctx).await.map_err(door::refuse)?
    }
    door::leave("/")
}

/// Goes on in another workspace.
#[server(prefix = "/_fn", endpoint = "switch-workspace", output = Answer)]
pub async fn switch_workspace(tenant_id: String) -> Result<String, PageError> {
    let signed_in = door::facade()?.accounts.switch(&door::ctx()?, Switch { tenant_id }).await.map_err(door::refuse)?;
    door::enter(&signed_in, "/")
}

/// Asks for a reset mail; the answer is the same whether or not the address is known.
#[server(prefix = "/_fn", endpoint = "forgot-password", output = Answer)]
pub async fn ask_reset(email: String) -> Result<String, PageError> {
    door::facade()?
        .accounts
        .forgot_password(&door::caller()?, ForgotPassword { email: email.clone() })
        .await
        .map_err(|e| door::refuse(e).keep("email", &email))?;
    Ok(door::go("/auth/forgot?sent=1"))
}

/// Sets a new password and signs in.
#[server(prefix = "/_fn", endpoint = "reset-password", output = Answer)]
pub async fn set_password(token: String, password: String) -> Result<String, PageError> {
    let signed_in = door::facade()?.accounts.reset_password(&door::caller()?, ResetPassword { token, password }).await.map_err(door::refuse)?;
    door::enter(&signed_in, "/")
}

/// Joins a workspace by invitation and signs in.
#[server(prefix = "/_fn", endpoint = "accept-invite", output = Answer)]
pub async fn join_workspace(token: String, name: String, password: String) -> Result<String, PageError> {
    let request = AcceptInvite { token, name: name.clone(), password };
    let signed_in = door::facade()?.accounts.accept_invite(&door::caller()?, request).await.map_err(|e| door::refuse(e).keep("name", &name))?;
    door::enter(&signed_in, "/")
}
