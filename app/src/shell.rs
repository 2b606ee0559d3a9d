//! The document around the application, and its content security policy.

use crate::{App, bundle::Start, site};
use http::{HeaderValue, header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags};
use ui::Theme;

/// The document. Sets the policy of the response: scripts only with its nonce, nothing from other sites, no framing.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    set_policy("'none'");
    let theme = theme_of_request().attribute();
    let request = use_context::<Parts>();
    let parts = request.as_ref().map(|p| site::parts(p.uri.path())).unwrap_or_default();
    let rests = request.is_some_and(|p| asked(&p, "embed.loading") == Some("lazy"));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="preload" href="/fonts/archivo-latin.woff2" r#as="font" type="font/woff2" crossorigin="anonymous"/>
                <HashedStylesheet id="leptos" options=options.clone()/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <script nonce=use_nonce() inner_html=include_str!("early.js")></script>
                <Start options=options parts=parts rests=rests/>
                <MetaTags/>
            </head>
            <body><App/></body>
        </html>
    }
}

/// Lets these origins (and our own pages) show the page that is being rendered in a frame. They are exact origins: letters, digits and `:/.-[]`.
pub(crate) fn allow_frames(origins: &[String]) {
    let safe = |o: &&String| o.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-[]".contains(&b));
    let ancestors: Vec<&str> = std::iter::once("'self'").chain(origins.iter().filter(safe).map(String::as_str)).collect();
    set_policy(&ancestors.join(" "));
}

/// Style attributes carry numbers of the page (positions, colours of products), hence `style-src-attr`; style elements and inline scripts stay shut.
fn set_policy(ancestors: &str) {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// Pages for frames of other sites.
const FRAMED: &str = "/embed/";

/// What the address of such a page says under a name.
fn asked<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let query = parts.uri.query().filter(|_| parts.uri.path().starts_with(FRAMED))?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn theme_of_request() -> Theme {
    let Some(parts) = use_context::<Parts>() else { return Theme::System };
    // A frame of another site looks as that site wants, not as somebody chose here.
    if parts.uri.path().starts_with(FRAMED) {
        return Theme::parse(asked(&parts, "embed.theme").unwrap_or_default());
    }
    let cookie = parts.headers.get(header::COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    facade::cookies::read(cookie, ui::theme::COOKIE).map_or(Theme::System, Theme::parse)
}
