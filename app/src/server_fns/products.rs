//! Catalogue.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
#[cfg(feature = "ssr")]
use contract::{AppError, EditDefinition};
use contract::{CategoryCount, DefinitionCheck, DefinitionText, Page, ProductCard, ProductQuery, Workshop, WorkshopRequest};
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

/// The definition of a product, to be edited.
#[server(prefix = "/_fn", endpoint = "definition", output = Answer)]
pub async fn read_definition(id: String) -> Result<DefinitionText, PageError> {
    door::facade()?.products.definition(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Looks a definition through and tries it on samples.
#[server(prefix = "/_fn", endpoint = "check-definition", input = Json, output = Answer)]
pub async fn check_definition(id: String, text: String) -> Result<DefinitionCheck, PageError> {
    door::facade()?.products.check(&door::ctx()?, &id, text).await.map_err(door::refuse)
}

/// The text of a definition with one value changed. `value` is JSON.
#[server(prefix = "/_fn", endpoint = "edit-definition", input = Json, output = Answer)]
pub async fn change_definition(text: String, pointer: String, value: String) -> Result<String, PageError> {
    let value = serde_json::from_str(&value).map_err(|_| door::refuse(AppError::invalid_at("/value", "This is not JSON.")))?;
    door::facade()?.products.edit(&door::ctx()?, EditDefinition { text, pointer, value }).await.map_err(door::refuse)
}

/// Keeps a draft; refused with 412 when somebody else did since `revision`. Answers the new one.
#[server(prefix = "/_fn", endpoint = "save-definition", output = Answer)]
pub async fn save_definition(id: String, text: String, revision: i64) -> Result<i64, PageError> {
    let definition = serde_json::from_str(&text).map_err(|_| door::refuse(AppError::invalid_at("/text", "This is not JSON.")))?;
    Ok(door::facade()?.products.update(&door::ctx()?, &id, definition, Some(revision)).await.map_err(door::refuse)?.revision)
}

/// Publishes the draft as a new version. Answers the product's revision.
#[server(prefix = "/_fn", endpoint = "publish-product", output = Answer)]
pub async fn publish_product(id: String, revision: i64) -> Result<i64, PageError> {
    Ok(door::facade()?.products.publish(&door::ctx()?, &id, Some(revision)).await.map_err(door::refuse)?.revision)
}

/// Makes a draft like this product's; answers where it is edited.
#[server(prefix = "/_fn", endpoint = "copy-product", output = Answer)]
pub async fn copy_product(id: String) -> Result<String, PageError> {
    let copy = door::facade()?.products.copy(&door::ctx()?, &id).await.map_err(door::refuse)?;
    Ok(door::go(&format!("/admin/products/{}", copy.card.id)))
}
