//! The door of the pages: one line per use case. Parse, find out who asks, call the facade.
#![allow(missing_docs)] // the macro makes a struct of every argument list

pub mod accounts;
pub mod admin;
pub mod assets;
pub mod configuring;
pub mod embeds;
pub mod jobs;
pub mod prices;
pub mod products;

pub use accounts::*;
pub use admin::*;
pub use assets::*;
pub use configuring::*;
pub use embeds::*;
pub use jobs::*;
pub use prices::*;
pub use products::*;

#[cfg(feature = "ssr")]
pub(crate) mod door {
    //! Who asks, and the use cases, from the request's context.

    use crate::error::PageError;
    use contract::{AppError, SignedIn};
    use facade::{Caller, Ctx, Facade, Session};
    use http::{HeaderValue, header, request::Parts};
    use leptos::prelude::*;
    use leptos_axum::ResponseOptions;

    /// The use cases.
    pub fn facade() -> Result<Facade, PageError> {
        use_context::<Facade>().ok_or_else(|| AppError::internal().into())
    }

    /// The session of the request; the session layer puts it there.
    pub fn session() -> Result<Session, PageError> {
        use_context::<Parts>().and_then(|p| p.extensions.get::<Session>().cloned()).ok_or_else(|| AppError::internal().into())
    }

    /// Who asks.
    pub fn ctx() -> Result<Ctx, PageError> {
        Ok(session()?.ctx)
    }

    /// Where the call comes from.
    pub fn caller() -> Result<Caller, PageError> {
        Ok(session()?.ctx.caller)
    }

    /// Adds the id of the request, so that a page can quote it, and the status for pages without script.
    pub fn refuse(error: AppError) -> PageError {
        let mut error = error;
        if error.request_id.is_none() {
            error.request_id = caller().ok().map(|c| c.request_id).filter(|id| !id.is_empty());
        }
        // A call of the browser's half says what kind of refusal it is; a plain form is sent back to its page instead, whatever the reason.
        let call = use_context::<Parts>().is_some_and(|p| p.uri.path().starts_with("/_fn/"));
        if call
            && !plain_form()
            && let Some(response) = use_context::<ResponseOptions>()
            && let Ok(status) = http::StatusCode::from_u16(error.kind.status())
        {
            response.set_status(status);
        }
        error.into()
    }

    /// Whether a browser without script sent a form.
    fn plain_form() -> bool {
        use_context::<Parts>().and_then(|p| p.headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).map(|v| v.contains("text/html"))).unwrap_or(false)
    }

    /// Sets the cookies of a session and goes to `to`. A browser without script follows at once; with script the page goes there itself.
    pub fn enter(signed_in: &SignedIn, to: &str) -> Result<String, PageError> {
        set_cookies(&facade::cookies::set(signed_in, session()?.secure_cookies));
        Ok(go(to))
    }

    /// Ends the cookies of a session and goes to `to`.
    pub fn leave(to: &str) -> Result<String, PageError> {
        set_cookies(&facade::cookies::clear(session()?.secure_cookies));
        Ok(go(to))
    }

    /// Redirects a browser without script; answers the address for the others.
    pub fn go(to: &str) -> String {
        if plain_form() {
            leptos_axum::redirect(to);
        }
        to.to_owned()
    }

    fn set_cookies(cookies: &[String]) {
        if let Some(response) = use_context::<ResponseOptions>() {
            for cookie in cookies {
                if let Ok(value) = HeaderValue::from_str(cookie) {
                    response.append_header(header::SET_COOKIE, value);
                }
            }
        }
    }
}

/// A place inside this site to go on to; anything else becomes the start page.
#[must_use]
pub fn safe_next(next: &str) -> String {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) && next.bytes().all(|b| b.is_ascii_graphic());
    if inside { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn only_places_inside_are_gone_on_to() {
        assert_eq!(safe_next("/configure/1?c=2"), "/configure/1?c=2");
        for bad in ["", "https://example.com", "//example.com", "/\\example.com", "/a\r\nSet-Cookie: x", "javascript:alert(1)"] {
            assert_eq!(safe_next(bad), "/", "{bad}");
        }
    }
}
