//! Configurators on other sites, and the people who ask there.

use super::{NO_STORE, located};
use crate::Api;
use crate::etag::{if_match, tagged};
use crate::input::{Anyone, Id, Json, Params, User, Via};
use crate::problem::Answer;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use contract::{Embed, EmbedCheck, EmbedSettings, EmbedToken, EmbedUse, Lead, LeadReceipt, NewEmbedToken, NewLead, Page, PriceFor};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The workspace's embeds, newest first.
#[utoipa::path(get, path = "/api/v1/embeds", tag = "embeds", responses((status = 200, description = "All of them.", body = Page<Embed>)))]
pub async fn list(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    let items = api.facade().embeds.list(&ctx).await?;
    tagged(StatusCode::OK, &headers, None, &Page { items, next_cursor: None })
}

/// Make an embed.
#[utoipa::path(post, path = "/api/v1/embeds", tag = "embeds", request_body = EmbedSettings, responses((status = 201, description = "Made.", body = Embed)))]
pub async fn create(State(api): State<Api>, User(ctx): User, Json(settings): Json<EmbedSettings>) -> Answer {
    let made = api.facade().embeds.create(&ctx, settings).await?;
    Ok(located(tagged(StatusCode::CREATED, &HeaderMap::new(), Some(made.revision), &made)?, &format!("/api/v1/embeds/{}", made.id)))
}

/// One embed.
#[utoipa::path(get, path = "/api/v1/embeds/{id}", tag = "embeds", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The embed.", body = Embed)))]
pub async fn read(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let embed = api.facade().embeds.get(&ctx, &id).await?;
    tagged(StatusCode::OK, &headers, Some(embed.revision), &embed)
}

/// Set an embed.
#[utoipa::path(put, path = "/api/v1/embeds/{id}", tag = "embeds", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), request_body = EmbedSettings, responses((status = 200, description = "Set.", body = Embed)))]
pub async fn change(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap, Json(settings): Json<EmbedSettings>) -> Answer {
    let embed = api.facade().embeds.change(&ctx, &id, settings, if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(embed.revision), &embed)
}

/// Remove an embed: pages that show it say that it is gone.
#[utoipa::path(delete, path = "/api/v1/embeds/{id}", tag = "embeds", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), responses((status = 204, description = "Removed.")))]
pub async fn delete(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    api.facade().embeds.delete(&ctx, &id, if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A token for the page inside the frame. `id` is the public one, `emb_…`.
#[utoipa::path(post, path = "/api/v1/embeds/{id}/token", tag = "embeds", security(()), params(("id" = String, Path)), request_body = NewEmbedToken, responses((status = 200, description = "A token for 15 minutes, bound to the embed and the origin.", body = EmbedToken)))]
pub async fn token(State(api): State<Api>, Via(caller): Via, Path(id): Path<String>, Json(request): Json<NewEmbedToken>) -> Answer {
    let token = api.facade().embeds.token(&caller, &id, request).await?;
    Ok(([NO_STORE], axum::Json(token)).into_response())
}

/// Whether a page may show an embed, and what stands in the way. `id` is the public one, `emb_…`.
#[utoipa::path(get, path = "/api/v1/embeds/{id}/check", tag = "embeds", security(()), params(("id" = String, Path), ("origin" = String, Query), ("product" = Option<String>, Query, description = "SKU that the page names.")), responses((status = 200, description = "How it stands.", body = EmbedCheck)))]
pub async fn check(State(api): State<Api>, Via(caller): Via, Path(id): Path<String>, params: Params) -> Answer {
    let origin = params.text("origin", 300)?.unwrap_or_default();
    let found = api.facade().embeds.check(&caller, &id, &origin, params.text("product", 100)?).await?;
    Ok(([NO_STORE], axum::Json(found)).into_response())
}

/// The picture to show until the configurator is there: a still where there is one, or a line drawing. `config_data`: choices as JSON. `id` is the public one, `emb_…`.
#[utoipa::path(get, path = "/api/v1/embeds/{id}/poster", tag = "embeds", security(()), params(("id" = String, Path), ("product" = Option<String>, Query), ("config_data" = Option<String>, Query)), responses((status = 302, description = "Where the picture is."), (status = 404, description = "No such embed or product.")))]
pub async fn poster(State(api): State<Api>, Via(caller): Via, Path(id): Path<String>, params: Params) -> Answer {
    let choices = super::products::choices(&params)?;
    let standard = choices.is_empty();
    let asked = if standard { String::new() } else { serde_json::to_string(&choices).unwrap_or_default() };
    let page = api.facade().embeds.open(&caller, &id, params.text("product", 100)?, choices, PriceFor::default()).await?;
    let data = page.configurator.ok_or_else(|| contract::AppError::not_found("picture"))?;
    let still = data.files.and_then(|f| f.thumbnail_url).or(data.card.thumbnail_url.filter(|_| standard));
    let drawn = || format!("{}&config_data={}", data.sketch, url::form_urlencoded::byte_serialize(asked.as_bytes()).collect::<String>());
    let picture = HeaderValue::from_str(&still.unwrap_or_else(drawn)).map_err(|_| contract::AppError::internal())?;
    let age = HeaderValue::from_static("public, max-age=300");
    Ok((StatusCode::FOUND, [(header::LOCATION, picture), (header::CACHE_CONTROL, age)]).into_response())
}

/// A line drawing of some choices (SVG, 4:3), for the page inside the frame. `config_data`: choices as JSON. `id` is the public one, `emb_…`.
#[utoipa::path(get, path = "/api/v1/embeds/{id}/drawing.svg", tag = "embeds", security(()), params(("id" = String, Path), ("product" = Option<String>, Query), ("config_data" = Option<String>, Query)), responses((status = 200, description = "The drawing.", content_type = "image/svg+xml")))]
pub async fn drawing(State(api): State<Api>, Via(caller): Via, Path(id): Path<String>, params: Params) -> Answer {
    let (sku, choices) = (params.text("product", 100)?, super::products::choices(&params)?);
    super::picture(api.facade().embeds.sketch(&caller, &id, sku, choices).await?, &params)
}

/// Count that somebody chose something, with the token of the page inside the frame.
#[utoipa::path(post, path = "/api/v1/embeds/events", tag = "embeds", request_body = EmbedUse, responses((status = 204, description = "Counted.")))]
pub async fn used(State(api): State<Api>, Anyone(ctx): Anyone, Json(event): Json<EmbedUse>) -> Answer {
    api.facade().embeds.used(&ctx, event).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ask about a configuration, with the token of the page inside the frame or signed in.
#[utoipa::path(post, path = "/api/v1/leads", tag = "embeds", request_body = NewLead, responses((status = 201, description = "Kept; mails are on their way.", body = LeadReceipt)))]
pub async fn ask(State(api): State<Api>, Anyone(ctx): Anyone, Json(request): Json<NewLead>) -> Answer {
    let receipt = api.facade().embeds.ask(&ctx, request).await?;
    Ok((StatusCode::CREATED, [NO_STORE], axum::Json(receipt)).into_response())
}

/// Who asked, newest first.
#[utoipa::path(get, path = "/api/v1/leads", tag = "embeds", params(("limit" = Option<u32>, Query, minimum = 1, maximum = 100), ("cursor" = Option<String>, Query)), responses((status = 200, description = "A page.", body = Page<Lead>)))]
pub async fn leads(State(api): State<Api>, User(ctx): User, params: Params, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().embeds.leads(&ctx, params.page()?).await?)
}
