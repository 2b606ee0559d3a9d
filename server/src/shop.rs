//! The demo shop: a site of another origin, with a strict policy of its own, that shows the demo organization's embed as any customer's site would.

use crate::config::Config;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use contract::EmbedSettings;
use facade::{Actor, Caller, Ctx, Facade};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Name of the embed that the shop shows.
const NAME: &str = "Demo shop";

/// Opens the shop beside the server, until `stop`; answers what to print. The server goes on without it when its port is not free.
pub async fn open(config: &Config, facade: &Facade, workspace: Uuid, stop: CancellationToken) -> Option<String> {
    let addr = config.shop_addr.or_else(|| Some(SocketAddr::new(config.addr.ip(), config.addr.port().checked_add(1)?)))?;
    let listener = match TcpListener::bind(addr).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::info!(%addr, %error, "the demo shop stays closed");
            return None;
        }
    };
    let origin = format!("http://{addr}");
    let embed = match embed(facade, workspace, &origin).await {
        Ok(embed) => embed,
        Err(error) => {
            tracing::warn!(error = error.detail, "the demo shop has no embed");
            return None;
        }
    };
    let app = router(config.public_url.as_str().trim_end_matches('/'), &embed);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await {
            tracing::warn!(%error, "the demo shop closed");
        }
    });
    Some(format!("A shop of another origin that shows an embed: {origin}/demo/shop"))
}

/// The shop's embed, made or brought to this address.
async fn embed(facade: &Facade, workspace: Uuid, origin: &str) -> Result<String, contract::AppError> {
    let ctx = Ctx { actor: Actor::System, tenant: workspace, caller: Caller { request_id: "demo".to_owned(), ..Caller::default() } };
    let settings = EmbedSettings {
        name: NAME.to_owned(),
        origins: vec![origin.to_owned()],
        notify: Some("rep@fitout.example".to_owned()),
        enabled: true,
        ..EmbedSettings::default()
    };
    let found = facade.embeds.list(&ctx).await?.into_iter().find(|e| e.name == NAME);
    Ok(match found {
        Some(embed) if embed.origins.iter().any(|o| o == origin) => embed.public_id,
        Some(embed) => {
            let origins = embed.origins.iter().cloned().chain([origin.to_owned()]).collect();
            let kept = EmbedSettings { origins, theme: embed.theme, product_id: embed.product_id, notify: embed.notify, ..settings };
            facade.embeds.change(&ctx, &embed.id, kept, None).await?.public_id
        }
        None => facade.embeds.create(&ctx, settings).await?.public_id,
    })
}

fn router(fitout: &str, embed: &str) -> Router {
    let page = include_str!("shop/shop.html").replace("{{fitout}}", fitout).replace("{{embed}}", embed);
    // As strict as a shop's policy gets: no inline script, no inline style, nothing from elsewhere but the configurator.
    let policy = format!(
        "default-src 'none'; script-src 'self' {fitout}; style-src 'self'; img-src 'self' {fitout}; frame-src {fitout}; connect-src {fitout}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let file = |kind: &'static str, text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, kind)], text) });
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/demo/shop") }))
        .route(
            "/demo/shop",
            get(move || {
                let answer = (
                    [
                        (header::CONTENT_SECURITY_POLICY, policy.clone()),
                        (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
                    ],
                    Html(page.clone()),
                );
                async move { answer.into_response() }
            }),
        )
        .route("/demo/shop.css", file("text/css; charset=utf-8", include_str!("shop/shop.css")))
        .route("/demo/shop.js", file("text/javascript; charset=utf-8", include_str!("shop/shop.js")))
}
