//! Catalogue.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
use contract::{CategoryCount, Page, ProductCard, ProductQuery, Workshop, WorkshopRequest};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Products that match, and how many each category has under the same search.
#[server(prefix = "/_fn", endpoint = "products", input = Json, output = Answer)]
pub async fn list_products(query: ProductQuery) -> Result<Page<ProductCard>, PageError> {
    door::facade()?.products.list(&door::ctx()?, query).await.map_err(door::refuse)
}

/// How many products each category has under the search.
#[server(prefix = "/_fn", endpoint = "categories", input = Json, output = Answer)]
pub async fn count_categories(query: ProductQuery) -> Result<Vec<CategoryCount>, PageError> {
    door::facade()?.products.categories(&door::ctx()?, query).await.map_err(door::refuse)
}

/// Parts, boards on sheets and edge banding of a configuration.
#[server(prefix = "/_fn", endpoint = "workshop", input = Json, output = Answer)]
pub async fn workshop_lists(id: String, request: WorkshopRequest) -> Result<Workshop, PageError> {
    door::facade()?.products.workshop(&door::ctx()?, &id, request).await.map_err(door::refuse)
}
