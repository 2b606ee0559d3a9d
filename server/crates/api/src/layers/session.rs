//! Who asks: a Bearer token or the session cookies become a `facade::Session` in the request's extensions.

use super::csrf::{cookie, is_bearer, same_origin};
use crate::Api;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use contract::{AppError, ErrorKind};
use facade::{Actor, Caller, Ctx, Session, cookies};
use http::{HeaderMap, HeaderValue, header};
use uuid::Uuid;

/// How tokens of embeds begin.
const EMBED_TOKEN: &str = "fte_";

/// How a token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// `Authorization`.
    Bearer,
    /// Cookie.
    Cookie,
}

/// The access token that a session stands on, for asking again on live connections.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(crate) token: String,
    pub(crate) by: By,
}

/// Why the request is not what it claims to be: a Bearer token that is not good, or no way to find out.
#[derive(Clone)]
pub(crate) struct Refused(pub(crate) AppError);

/// Finds out who asks. Expired cookies with a good refresh token are renewed on the server, for pages, server functions, live
/// connections and uploads; REST gets its 401 from the extractors. Whoever can't be known is a visitor.
pub async fn session(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // The page of an embed never sees who is signed in where it stands.
    if path.starts_with("/embed/") {
        let found = visitor(&api, &request.extensions().get::<Caller>().cloned().unwrap_or_default(), None, Vec::new()).await;
        request.extensions_mut().insert(Session { ctx: found.ctx, secure_cookies: api.config().secure() });
        return next.run(request).await;
    }
    let asset = ["/pkg/", "/fonts/", "/img/", "/files/"].iter().any(|folder| path.starts_with(folder));
    if asset || matches!(path, "/health" | "/metrics") {
        return next.run(request).await;
    }
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let renewable = !path.starts_with("/api/v1/") || matches!(path, "/api/v1/events" | crate::routes::assets::UPLOAD);
    let found = find(&api, &caller, request.headers(), renewable).await;

    if let Actor::User { .. } = &found.ctx.actor {
        tracing::Span::current().record("tenant.id", tracing::field::display(found.ctx.tenant));
    }
    let extensions = request.extensions_mut();
    extensions.insert(Session { ctx: found.ctx, secure_cookies: api.config().secure() });
    if let Some(credential) = found.credential {
        extensions.insert(credential);
    }
    if let Some(error) = found.refused {
        extensions.insert(Refused(error));
    }
    let mut response = next.run(request).await;
    // A handler that signed in or out has the last word.
    if !sets_session(response.headers()) {
        for text in found.cookies {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
    }
    response
}

struct Found {
    ctx: Ctx,
    credential: Option<Credential>,
    refused: Option<AppError>,
    cookies: Vec<String>,
}

async fn find(api: &Api, caller: &Caller, headers: &HeaderMap, renewable: bool) -> Found {
    let accounts = &api.facade().accounts;
    if let Some(authorization) = headers.get(header::AUTHORIZATION).filter(|_| is_bearer(headers)) {
        let Some(token) = bearer(authorization) else {
            let error = AppError::new(ErrorKind::Unauthenticated, "unauthenticated", "Authorization has the form: Bearer TOKEN.");
            return visitor(api, caller, Some(error), Vec::new()).await;
        };
        if token.starts_with(EMBED_TOKEN) {
            // Only the page inside the frame holds one, and that page is ours: no other site's page may use it.
            let known = if same_origin(api, headers) { api.facade().embeds.authenticate(caller, &token).await } else { Err(AppError::unauthenticated()) };
            return match known {
                Ok(ctx) => Found { ctx, credential: None, refused: None, cookies: Vec::new() },
                Err(error) => visitor(api, caller, Some(error), Vec::new()).await,
            };
        }
        return match accounts.authenticate(caller, &token).await {
            Ok(ctx) => Found { ctx, credential: Some(Credential { token, by: By::Bearer }), refused: None, cookies: Vec::new() },
            Err(error) => visitor(api, caller, Some(error), Vec::new()).await,
        };
    }
    if let Some(token) = cookie(headers, cookies::ACCESS) {
        match accounts.authenticate(caller, token).await {
            Ok(ctx) => return Found { ctx, credential: Some(Credential { token: token.to_owned(), by: By::Cookie }), refused: None, cookies: Vec::new() },
            Err(error) if error.kind == ErrorKind::Unauthenticated => {}
            Err(error) => return visitor(api, caller, Some(error), Vec::new()).await,
        }
    }
    let Some(refresh) = cookie(headers, cookies::REFRESH).filter(|_| renewable) else { return visitor(api, caller, None, Vec::new()).await };
    match renew(api, caller, refresh).await {
        Ok(found) => found,
        // Over for good: the browser forgets it.
        Err(error) if error.kind == ErrorKind::Unauthenticated => visitor(api, caller, None, cookies::clear(api.config().secure()).to_vec()).await,
        Err(error) => visitor(api, caller, Some(error), Vec::new()).await,
    }
}

async fn renew(api: &Api, caller: &Caller, refresh: &str) -> Result<Found, AppError> {
    let accounts = &api.facade().accounts;
    let pair = accounts.refresh(caller, refresh).await?;
    let ctx = accounts.authenticate(caller, &pair.access_token).await?;
    let cookies = cookies::set(&pair, api.config().secure()).to_vec();
    Ok(Found { ctx, credential: Some(Credential { token: pair.access_token, by: By::Cookie }), refused: None, cookies })
}

async fn visitor(api: &Api, caller: &Caller, refused: Option<AppError>, cookies: Vec<String>) -> Found {
    match api.facade().accounts.visitor(caller).await {
        Ok(ctx) => Found { ctx, credential: None, refused, cookies },
        // Nothing can be read for them, but addresses that read nothing still answer.
        Err(error) => Found {
            ctx: Ctx { actor: Actor::Visitor, tenant: Uuid::nil(), caller: caller.clone() },
            credential: None,
            refused: refused.or(Some(error)),
            cookies,
        },
    }
}

fn bearer(value: &HeaderValue) -> Option<String> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 4096).then(|| token.to_owned())
}

fn sets_session(headers: &HeaderMap) -> bool {
    headers.get_all(header::SET_COOKIE).into_iter().any(|v| v.as_bytes().starts_with(cookies::ACCESS.as_bytes()))
}
