//! Exact models.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
use contract::{ConfigData, Job, JobFigures, Page, RoomPage};
#[cfg(feature = "ssr")]
use contract::{JobQuery, NewJob};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Requests, newest first.
#[server(prefix = "/_fn", endpoint = "jobs", output = Answer)]
pub async fn list_jobs(state: Option<String>, search: Option<String>, limit: Option<u32>, cursor: Option<String>) -> Result<Page<Job>, PageError> {
    door::facade()?.jobs.list(&door::ctx()?, JobQuery { state, search, limit, cursor }).await.map_err(door::refuse)
}

/// Figures over the list.
#[server(prefix = "/_fn", endpoint = "job-figures", output = Answer)]
pub async fn read_figures() -> Result<JobFigures, PageError> {
    door::facade()?.jobs.figures(&door::ctx()?).await.map_err(door::refuse)
}

/// One request.
#[server(prefix = "/_fn", endpoint = "job", output = Answer)]
pub async fn get_job(id: String) -> Result<Job, PageError> {
    door::facade()?.jobs.get(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Asks for the exact model of a product with choices; by the format `mp4` for the film of one turn, by `pdf` for the technical drawing.
#[server(prefix = "/_fn", endpoint = "request-model", input = Json, output = Answer)]
pub async fn request_model(product_id: String, config_data: ConfigData, formats: Vec<String>) -> Result<Job, PageError> {
    let kind = formats.iter().find_map(|f| match f.as_str() {
        "mp4" => Some("turntable".to_owned()),
        "pdf" => Some("drawing".to_owned()),
        _ => None,
    });
    let request = NewJob { product_id: Some(product_id), config_data: Some(config_data), formats: Some(formats), kind, ..NewJob::default() };
    door::facade()?.jobs.create(&door::ctx()?, request).await.map_err(door::refuse)
}

/// Gives a request up.
#[server(prefix = "/_fn", endpoint = "cancel-job", output = Answer)]
pub async fn cancel_job(id: String) -> Result<Job, PageError> {
    door::facade()?.jobs.cancel(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Asks for the same again.
#[server(prefix = "/_fn", endpoint = "run-job-again", output = Answer)]
pub async fn run_again(id: String) -> Result<Job, PageError> {
    door::facade()?.jobs.again(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// A model for a room, by the token of its file.
#[server(prefix = "/_fn", endpoint = "room", output = Answer)]
pub async fn open_room(token: String) -> Result<RoomPage, PageError> {
    door::facade()?.files.room(&token).await.map_err(door::refuse)
}
