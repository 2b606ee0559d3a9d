//! Price lists.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
use contract::{PriceDesk, PriceListSettings, PriceTrial};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The price lists, and what they may name.
#[server(prefix = "/_fn", endpoint = "price-lists", output = Answer)]
pub async fn read_price_desk() -> Result<PriceDesk, PageError> {
    door::facade()?.prices.desk(&door::ctx()?).await.map_err(door::refuse)
}

/// Makes a list, or sets the one with this id; answers where it is.
#[server(prefix = "/_fn", endpoint = "save-price-list", input = Json, output = Answer)]
pub async fn save_price_list(id: Option<String>, settings: PriceListSettings, revision: Option<i64>) -> Result<String, PageError> {
    let (prices, ctx) = (door::facade()?.prices, door::ctx()?);
    let kept = match id {
        Some(id) => prices.change(&ctx, &id, settings, revision).await,
        None => prices.create(&ctx, settings).await,
    };
    Ok(format!("/admin/prices/{}", kept.map_err(door::refuse)?.id))
}

/// Removes a list.
#[server(prefix = "/_fn", endpoint = "remove-price-list", input = Json, output = Answer)]
pub async fn remove_price_list(id: String) -> Result<(), PageError> {
    door::facade()?.prices.delete(&door::ctx()?, &id, None).await.map_err(door::refuse)
}

/// What a list would make of the products.
#[server(prefix = "/_fn", endpoint = "try-price-list", input = Json, output = Answer)]
pub async fn try_price_list(settings: PriceListSettings) -> Result<Vec<PriceTrial>, PageError> {
    door::facade()?.prices.trial(&door::ctx()?, settings).await.map_err(door::refuse)
}
