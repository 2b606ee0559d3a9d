//! Configurators on other sites, and the people who ask there.
#![allow(clippy::too_many_arguments)] // one form's fields; the macro repeats the list where an attribute on the function does not reach

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
use contract::{ConfigData, EmbedDesk, EmbedPage, Lead, Page, PriceFor};
#[cfg(feature = "ssr")]
use contract::{EmbedSettings, EmbedTheme, PageRequest, ProductQuery};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The page inside the frame.
#[server(prefix = "/_fn", endpoint = "open-embed", input = Json, output = Answer)]
pub async fn open_embed(id: String, sku: Option<String>, choices: ConfigData, price: PriceFor) -> Result<EmbedPage, PageError> {
    door::facade()?.embeds.open(&door::caller()?, &id, sku, choices, price).await.map_err(door::refuse)
}

/// The workspace's embeds, and the products that they can show.
#[server(prefix = "/_fn", endpoint = "embeds", output = Answer)]
pub async fn list_embeds() -> Result<EmbedDesk, PageError> {
    let (facade, ctx) = (door::facade()?, door::ctx()?);
    let embeds = facade.embeds.list(&ctx).await.map_err(door::refuse)?;
    let products = facade.products.list(&ctx, ProductQuery { limit: Some(100), configurable: Some(true), ..ProductQuery::default() }).await;
    Ok(EmbedDesk { embeds, products: products.map_err(door::refuse)?.items })
}

/// Makes an embed, or sets the one with this id; answers where it is. `origins`: one in each line.
#[server(prefix = "/_fn", endpoint = "save-embed", output = Answer)]
pub async fn save_embed(
    id: String,
    name: String,
    product_id: String,
    origins: String,
    scheme: String,
    accent: String,
    radius: String,
    action: String,
    notify: String,
    customer: String,
    enabled: Option<String>,
    revision: Option<i64>,
) -> Result<String, PageError> {
    let lines = origins.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    let settings = EmbedSettings {
        name: name.clone(),
        product_id: Some(product_id.clone()).filter(|id| !id.is_empty()),
        origins: lines,
        theme: EmbedTheme { scheme, accent: accent.clone(), radius: radius.trim().parse().ok(), action },
        customer: Some(customer.clone()).filter(|c| !c.trim().is_empty()),
        notify: Some(notify.clone()).filter(|mail| !mail.is_empty()),
        enabled: id.is_empty() || enabled.is_some(),
    };
    let embeds = door::facade()?.embeds;
    let ctx = door::ctx()?;
    let kept = if id.is_empty() { embeds.create(&ctx, settings).await } else { embeds.change(&ctx, &id, settings, revision).await };
    let kept = kept.map_err(|e| {
        door::refuse(e)
            .keep("name", &name)
            .keep("origins", &origins)
            .keep("accent", &accent)
            .keep("notify", &notify)
            .keep("customer", &customer)
            .keep("product_id", &product_id)
    })?;
    Ok(door::go(&format!("/admin/embeds?embed={}", kept.id)))
}

/// Removes an embed; answers where to go on.
#[server(prefix = "/_fn", endpoint = "remove-embed", output = Answer)]
pub async fn remove_embed(id: String) -> Result<String, PageError> {
    door::facade()?.embeds.delete(&door::ctx()?, &id, None).await.map_err(door::refuse)?;
    Ok(door::go("/admin/embeds"))
}

/// Who asked, newest first.
#[server(prefix = "/_fn", endpoint = "leads", output = Answer)]
pub async fn list_leads(cursor: Option<String>) -> Result<Page<Lead>, PageError> {
    door::facade()?.embeds.leads(&door::ctx()?, PageRequest { limit: Some(50), cursor }).await.map_err(door::refuse)
}
