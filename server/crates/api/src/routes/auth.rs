//! Signing up, in and out.

use super::NO_STORE;
use crate::Api;
use crate::etag::tagged;
use crate::input::{Json, OptionalJson, User, Via};
use crate::layers::Credential;
use crate::problem::{Answer, ApiError};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::{AcceptInvite, AppError, ForgotPassword, Login, Me, Refresh, Register, ResetPassword, SignedIn, Switch};
use facade::{Actor, Session, cookies};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The answer to signing in: JSON and cookies.
pub(crate) fn signed_in(api: &Api, status: StatusCode, signed_in: &SignedIn) -> Answer {
    let body = serde_json::to_vec(signed_in).map_err(|_| AppError::internal())?;
    let mut response = (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json")), NO_STORE], body).into_response();
    set_cookies(&mut response, cookies::set(signed_in, api.config().secure()));
    Ok(response)
}

fn set_cookies(response: &mut Response, texts: [String; 2]) {
    for text in texts {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// Make an account and an organization with demo products.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "accounts", security(()), request_body = Register, responses((status = 201, description = "Signed in; cookies are set too.", body = SignedIn)))]
pub async fn register(State(api): State<Api>, Via(caller): Via, Json(request): Json<Register>) -> Answer {
    let done = api.facade().accounts.register(&caller, request).await?;
    signed_in(&api, StatusCode::CREATED, &done)
}

/// Sign in, in the workspace used last.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "accounts", security(()), request_body = Login, responses((status = 200, description = "Signed in; cookies are set too.", body = SignedIn)))]
pub async fn login(State(api): State<Api>, Via(caller): Via, Json(request): Json<Login>) -> Answer {
    let done = api.facade().accounts.login(&caller, request).await?;
    signed_in(&api, StatusCode::OK, &done)
}

/// A new pair of tokens for a refresh token, from the body or the cookie.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "accounts", security(()), request_body = Option<Refresh>, responses((status = 200, description = "A new pair; cookies are set too.", body = SignedIn)))]
pub async fn refresh(State(api): State<Api>, Via(caller): Via, headers: HeaderMap, OptionalJson(request): OptionalJson<Refresh>) -> Answer {
    let by_cookie = request.refresh_token.is_none();
    let token = request.refresh_token.or_else(|| refresh_cookie(&headers));
    let Some(token) = token else { return Err(AppError::unauthenticated().into()) };
    match api.facade().accounts.refresh(&caller, &token).await {
        Ok(done) => signed_in(&api, StatusCode::OK, &done),
        Err(error) => {
            let error = ApiError::from(error);
            let over = by_cookie && error.is_unauthenticated();
            let mut response = error.into_response();
            if over {
                set_cookies(&mut response, cookies::clear(api.config().secure()));
            }
            Ok(response)
        }
    }
}

fn refresh_cookie(headers: &HeaderMap) -> Option<String> {
    crate::layers::cookie(headers, cookies::REFRESH).map(str::to_owned)
}

/// End the session. Fine when it is over already.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "accounts", security(()), request_body = Option<Refresh>, responses((status = 204, description = "Signed out.")))]
pub async fn logout(
    State(api): State<Api>,
    Via(caller): Via,
    session: Option<axum::Extension<Session>>,
    headers: HeaderMap,
    OptionalJson(request): OptionalJson<Refresh>,
) -> Answer {
    let accounts = &api.facade().accounts;
    let ctx = session.map(|s| s.0.ctx).filter(|c| matches!(c.actor, Actor::User { .. }));
    if let Some(ctx) = ctx {
        accounts.logout(&ctx).await?;
    }
    if let Some(token) = request.refresh_token.or_else(|| refresh_cookie(&headers)) {
        accounts.logout_by_refresh(&caller, &token).await?;
    }
    let mut response = (StatusCode::NO_CONTENT, [NO_STORE]).into_response();
    set_cookies(&mut response, cookies::clear(api.config().secure()));
    Ok(response)
}

/// Go on in another workspace.
#[utoipa::path(post, path = "/api/v1/auth/switch", tag = "accounts", request_body = Switch, responses((status = 200, description = "A new pair for that workspace.", body = SignedIn)))]
pub async fn switch(State(api): State<Api>, User(ctx): User, Json(request): Json<Switch>) -> Answer {
    let done = api.facade().accounts.switch(&ctx, request).await?;
    signed_in(&api, StatusCode::OK, &done)
}

/// Ask for a mail to set a new password. The answer never tells whether the address is known.
#[utoipa::path(post, path = "/api/v1/auth/forgot-password", tag = "accounts", security(()), request_body = ForgotPassword, responses((status = 204, description = "If the address is known, a mail is on its way.")))]
pub async fn forgot_password(State(api): State<Api>, Via(caller): Via, Json(request): Json<ForgotPassword>) -> Answer {
    api.facade().accounts.forgot_password(&caller, request).await?;
    Ok((StatusCode::NO_CONTENT, [NO_STORE]).into_response())
}

/// Set a new password with the token of the mail; signs out everywhere else.
#[utoipa::path(post, path = "/api/v1/auth/reset-password", tag = "accounts", security(()), request_body = ResetPassword, responses((status = 200, description = "Signed in.", body = SignedIn)))]
pub async fn reset_password(State(api): State<Api>, Via(caller): Via, Json(request): Json<ResetPassword>) -> Answer {
    let done = api.facade().accounts.reset_password(&caller, request).await?;
    signed_in(&api, StatusCode::OK, &done)
}

/// Join a workspace by invitation.
#[utoipa::path(post, path = "/api/v1/auth/accept-invite", tag = "accounts", security(()), request_body = AcceptInvite, responses((status = 200, description = "Signed in there.", body = SignedIn)))]
pub async fn accept_invite(State(api): State<Api>, Via(caller): Via, Json(request): Json<AcceptInvite>) -> Answer {
    let done = api.facade().accounts.accept_invite(&caller, request).await?;
    signed_in(&api, StatusCode::OK, &done)
}

/// Who is asking.
#[utoipa::path(get, path = "/api/v1/me", tag = "accounts", responses((status = 200, description = "Person, workspace, permissions.", body = Me)))]
pub async fn me(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().accounts.me(&ctx).await?)
}

/// Whether a live connection's session still holds. Trouble on our side is no reason to end it.
pub(crate) async fn still_holds(api: &Api, caller: &facade::Caller, credential: &Credential) -> bool {
    match api.facade().accounts.authenticate(caller, &credential.token).await {
        Ok(_) => true,
        Err(error) => error.kind.status() >= 500,
    }
}
