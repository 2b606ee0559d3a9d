//! Price lists.

use super::located;
use crate::Api;
use crate::etag::{if_match, tagged};
use crate::input::{Id, Json, User};
use crate::problem::Answer;
use axum::extract::State;
use axum::response::IntoResponse;
use contract::{Page, PriceList, PriceListSettings, PriceTrial};
use http::{HeaderMap, StatusCode};

/// The workspace's price lists, the latest first.
#[utoipa::path(get, path = "/api/v1/price-lists", tag = "prices", responses((status = 200, description = "All of them.", body = Page<PriceList>)))]
pub async fn list(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    let items = api.facade().prices.list(&ctx).await?;
    tagged(StatusCode::OK, &headers, None, &Page { items, next_cursor: None })
}

/// Make a price list.
#[utoipa::path(post, path = "/api/v1/price-lists", tag = "prices", request_body = PriceListSettings, responses((status = 201, description = "Made.", body = PriceList)))]
pub async fn create(State(api): State<Api>, User(ctx): User, Json(settings): Json<PriceListSettings>) -> Answer {
    let made = api.facade().prices.create(&ctx, settings).await?;
    Ok(located(tagged(StatusCode::CREATED, &HeaderMap::new(), Some(made.revision), &made)?, &format!("/api/v1/price-lists/{}", made.id)))
}

/// One price list.
#[utoipa::path(get, path = "/api/v1/price-lists/{id}", tag = "prices", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The list.", body = PriceList)))]
pub async fn read(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let list = api.facade().prices.get(&ctx, &id).await?;
    tagged(StatusCode::OK, &headers, Some(list.revision), &list)
}

/// Set a price list. What was saved under it keeps its price.
#[utoipa::path(put, path = "/api/v1/price-lists/{id}", tag = "prices", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), request_body = PriceListSettings, responses((status = 200, description = "Set.", body = PriceList)))]
pub async fn change(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap, Json(settings): Json<PriceListSettings>) -> Answer {
    let list = api.facade().prices.change(&ctx, &id, settings, if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(list.revision), &list)
}

/// Remove a price list. What was saved under it keeps its price.
#[utoipa::path(delete, path = "/api/v1/price-lists/{id}", tag = "prices", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), responses((status = 204, description = "Removed.")))]
pub async fn delete(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    api.facade().prices.delete(&ctx, &id, if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a price list would make of the published products, in their default configurations. Keeps nothing.
#[utoipa::path(post, path = "/api/v1/price-lists/trial", tag = "prices", request_body = PriceListSettings, responses((status = 200, description = "Product by product.", body = Vec<PriceTrial>)))]
pub async fn trial(State(api): State<Api>, User(ctx): User, Json(settings): Json<PriceListSettings>) -> Answer {
    let tried = api.facade().prices.trial(&ctx, settings).await?;
    Ok(([super::NO_STORE], axum::Json(tried)).into_response())
}
