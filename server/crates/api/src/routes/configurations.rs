//! Saved configurations and their links.

use super::{NO_STORE, located};
use crate::Api;
use crate::etag::{if_match, tagged};
use crate::input::{Anyone, Id, Json, OptionalJson, Params, User, id as checked};
use crate::problem::Answer;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use contract::{ChangeConfiguration, Configuration, ConfigurationQuery, Difference, Folder, ForkConfiguration, NewConfiguration, Page, Shared};
use http::{HeaderMap, StatusCode};

/// Save a valid configuration.
#[utoipa::path(post, path = "/api/v1/configurations", tag = "configurations", request_body = NewConfiguration, responses((status = 201, description = "Saved.", body = Configuration)))]
pub async fn create(State(api): State<Api>, User(ctx): User, Json(request): Json<NewConfiguration>) -> Answer {
    let saved = api.facade().configurations.create(&ctx, request).await?;
    Ok(located(tagged(StatusCode::CREATED, &HeaderMap::new(), Some(saved.revision), &saved)?, &format!("/api/v1/configurations/{}", saved.id)))
}

/// The workspace's configurations, newest first.
#[utoipa::path(get, path = "/api/v1/configurations", tag = "configurations", params(("search" = Option<String>, Query, max_length = 200, description = "Words of name, folder, product, SKU or variant code."), ("folder" = Option<String>, Query, max_length = 100), ("limit" = Option<u32>, Query, minimum = 1, maximum = 100), ("cursor" = Option<String>, Query)), responses((status = 200, description = "A page.", body = Page<Configuration>)))]
pub async fn list(State(api): State<Api>, User(ctx): User, params: Params, headers: HeaderMap) -> Answer {
    let page = params.page()?;
    let query = ConfigurationQuery { search: params.text("search", 200)?, folder: params.text("folder", 100)?, limit: page.limit, cursor: page.cursor };
    tagged(StatusCode::OK, &headers, None, &api.facade().configurations.list(&ctx, query).await?)
}

/// Folders that hold something.
#[utoipa::path(get, path = "/api/v1/configurations/folders", tag = "configurations", responses((status = 200, description = "By name; without a name is what lies in none.", body = Vec<Folder>)))]
pub async fn folders(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().configurations.folders(&ctx).await?)
}

/// One configuration.
#[utoipa::path(get, path = "/api/v1/configurations/{id}", tag = "configurations", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The configuration.", body = Configuration)))]
pub async fn read(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let saved = api.facade().configurations.get(&ctx, &id).await?;
    tagged(StatusCode::OK, &headers, Some(saved.revision), &saved)
}

/// Change name, folder or choices.
#[utoipa::path(patch, path = "/api/v1/configurations/{id}", tag = "configurations", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), request_body = ChangeConfiguration, responses((status = 200, description = "Changed.", body = Configuration)))]
pub async fn change(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap, Json(request): Json<ChangeConfiguration>) -> Answer {
    let saved = api.facade().configurations.change(&ctx, &id, request, if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(saved.revision), &saved)
}

/// Remove it; its link ends.
#[utoipa::path(delete, path = "/api/v1/configurations/{id}", tag = "configurations", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), responses((status = 204, description = "Removed.")))]
pub async fn delete(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    api.facade().configurations.delete(&ctx, &id, if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Move it to the newest edition and today's price.
#[utoipa::path(post, path = "/api/v1/configurations/{id}/renew", tag = "configurations", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), responses((status = 200, description = "Renewed.", body = Configuration)))]
pub async fn renew(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let saved = api.facade().configurations.renew(&ctx, &id, if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(saved.revision), &saved)
}

/// Save the same under another name, at its edition and price.
#[utoipa::path(post, path = "/api/v1/configurations/{id}/fork", tag = "configurations", params(("id" = String, Path, format = "uuid")), request_body = ForkConfiguration, responses((status = 201, description = "Saved.", body = Configuration)))]
pub async fn fork(State(api): State<Api>, User(ctx): User, Id(id): Id, OptionalJson(request): OptionalJson<ForkConfiguration>) -> Answer {
    let saved = api.facade().configurations.fork(&ctx, &id, request).await?;
    Ok(located(tagged(StatusCode::CREATED, &HeaderMap::new(), Some(saved.revision), &saved)?, &format!("/api/v1/configurations/{}", saved.id)))
}

/// What differs from what was saved to today's edition and price, or to another configuration (`with`).
#[utoipa::path(get, path = "/api/v1/configurations/{id}/difference", tag = "configurations", params(("id" = String, Path, format = "uuid"), ("with" = Option<String>, Query, format = "uuid")), responses((status = 200, description = "Options and price lines of both.", body = Difference)))]
pub async fn difference(State(api): State<Api>, User(ctx): User, Id(id): Id, params: Params, headers: HeaderMap) -> Answer {
    let with = params.text("with", 60)?.map(|other| checked(&other)).transpose()?;
    tagged(StatusCode::OK, &headers, None, &api.facade().configurations.difference(&ctx, &id, with.as_deref()).await?)
}

/// Make the permanent link, or return the one there is.
#[utoipa::path(post, path = "/api/v1/configurations/{id}/share", tag = "configurations", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The link.", body = Shared)))]
pub async fn share(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    let shared = api.facade().configurations.share(&ctx, &id).await?;
    Ok(([NO_STORE], axum::Json(shared)).into_response())
}

/// End the link.
#[utoipa::path(delete, path = "/api/v1/configurations/{id}/share", tag = "configurations", params(("id" = String, Path, format = "uuid")), responses((status = 204, description = "The link is over.")))]
pub async fn revoke_share(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    api.facade().configurations.revoke_share(&ctx, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// On paper: picture, drawing with the outer sizes, choices and the price that was saved.
#[utoipa::path(get, path = "/api/v1/configurations/{id}/specification.pdf", tag = "configurations", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "A tagged PDF.")))]
pub async fn specification(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    super::download(api.facade().configurations.specification(&ctx, &id).await?)
}

/// A line drawing of a shared configuration (SVG, 4:3).
#[utoipa::path(get, path = "/api/v1/shared/{token}/drawing.svg", tag = "configurations", security(()), params(("token" = String, Path)), responses((status = 200, description = "The drawing.", content_type = "image/svg+xml")))]
pub async fn shared_drawing(State(api): State<Api>, Anyone(ctx): Anyone, Path(token): Path<String>, params: Params) -> Answer {
    super::picture(api.facade().configurations.shared_drawing(&ctx.caller, &token).await?, &params)
}

/// The same behind a share link.
#[utoipa::path(get, path = "/api/v1/shared/{token}/specification.pdf", tag = "configurations", security(()), params(("token" = String, Path)), responses((status = 200, description = "A tagged PDF.")))]
pub async fn shared_specification(State(api): State<Api>, Anyone(ctx): Anyone, Path(token): Path<String>) -> Answer {
    super::download(api.facade().configurations.shared_specification(&ctx.caller, &token).await?)
}
