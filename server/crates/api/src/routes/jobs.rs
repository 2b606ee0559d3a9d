//! Exact models and pictures.

use super::{NO_STORE, located};
use crate::Api;
use crate::etag::tagged;
use crate::input::{Id, Json, Params, User};
use crate::problem::Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::{Job, JobFigures, JobQuery, NewJob, Page};
use http::{HeaderMap, StatusCode};

fn accepted(job: Job) -> Response {
    let path = format!("/api/v1/jobs/{}", job.id);
    located((StatusCode::ACCEPTED, [NO_STORE], axum::Json(job)).into_response(), &path)
}

/// Ask for an exact model. Identical requests share one run.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = NewJob, responses((status = 202, description = "Accepted.", body = Job)))]
pub async fn create(State(api): State<Api>, User(ctx): User, Json(request): Json<NewJob>) -> Answer {
    Ok(accepted(api.facade().jobs.create(&ctx, request).await?))
}

/// Requests, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs",
    params(
        ("state" = Option<String>, Query, description = "`open`, `failed` or `done`."),
        ("search" = Option<String>, Query, description = "Product name, SKU or beginning of an id."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query),
    ),
    responses((status = 200, description = "A page.", body = Page<Job>)))]
pub async fn list(State(api): State<Api>, User(ctx): User, params: Params, headers: HeaderMap) -> Answer {
    let page = params.page()?;
    let query =
        JobQuery { state: params.word("state", &["open", "failed", "done"])?, search: params.text("search", 200)?, limit: page.limit, cursor: page.cursor };
    tagged(StatusCode::OK, &headers, None, &api.facade().jobs.list(&ctx, query).await?)
}

/// Figures over the list.
#[utoipa::path(get, path = "/api/v1/jobs/figures", tag = "jobs", responses((status = 200, description = "Figures of today.", body = JobFigures)))]
pub async fn figures(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().jobs.figures(&ctx).await?)
}

/// One request.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The request.", body = Job)))]
pub async fn read(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().jobs.get(&ctx, &id).await?)
}

/// Take this request back; the last one kills the run.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "Cancelled.", body = Job), (status = 409, description = "It has ended already.", body = crate::Problem, content_type = "application/problem+json")))]
pub async fn cancel(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    Ok(([NO_STORE], axum::Json(api.facade().jobs.cancel(&ctx, &id).await?)).into_response())
}

/// Ask for the same again.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/again", tag = "jobs", params(("id" = String, Path, format = "uuid")), responses((status = 202, description = "Accepted.", body = Job)))]
pub async fn again(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    Ok(accepted(api.facade().jobs.again(&ctx, &id).await?))
}
