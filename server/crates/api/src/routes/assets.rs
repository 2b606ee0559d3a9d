//! Uploaded models and pictures.

use super::located;
use crate::Api;
use crate::etag::{if_match, tagged};
use crate::input::{Id, Json, Params, User};
use crate::problem::{Answer, ApiError};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect};
use bytes::{Bytes, BytesMut};
use contract::{AppError, Asset, AssetChange, AssetQuery, AssetTaken, ErrorKind, LARGEST_UPLOAD, NewAsset, Page};
use facade::Permission;
use http::{HeaderMap, StatusCode, header};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Where files are sent to.
pub(crate) const UPLOAD: &str = "/api/v1/assets";

/// Files that are received at once: each is held in memory until it is whole.
static RECEIVING: Semaphore = Semaphore::const_new(8);
/// Of one workspace.
const OWN: u32 = 2;
/// Longest silence in the middle of a file.
const SILENCE: Duration = Duration::from_secs(20);

/// Files on their way by workspace.
static SENDERS: LazyLock<Mutex<HashMap<Uuid, u32>>> = LazyLock::new(Mutex::default);

/// The right of a workspace to send one more file; given back when it ends.
struct Sender(Uuid);

impl Sender {
    fn of(tenant: Uuid) -> Option<Self> {
        let mut all = SENDERS.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.entry(tenant).or_default();
        (*own < OWN).then(|| {
            *own += 1;
            Self(tenant)
        })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut all = SENDERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.get_mut(&self.0) {
            *own -= 1;
            if *own == 0 {
                all.remove(&self.0);
            }
        }
    }
}

/// A file with what is said of it.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)] // for the description alone
pub struct UploadForm {
    /// GLB, OBJ, STL, a ZIP with one of them and its pictures, PNG, JPEG or WebP.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Name; else the file's.
    name: Option<String>,
    /// `mm`, `cm`, `m`, `inch`, `foot` or `auto`.
    unit: Option<String>,
    /// `y`, `z` or `auto`.
    up: Option<String>,
}

/// Uploads, the newest first.
#[utoipa::path(get, path = "/api/v1/assets", tag = "assets", params(("search" = Option<String>, Query), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)), responses((status = 200, description = "A page.", body = Page<Asset>)))]
pub async fn list(State(api): State<Api>, User(ctx): User, params: Params, headers: HeaderMap) -> Answer {
    let page = params.page()?;
    let query = AssetQuery { search: params.text("search", 200)?, limit: page.limit, cursor: page.cursor };
    tagged(StatusCode::OK, &headers, None, &api.facade().assets.list(&ctx, query).await?)
}

/// Upload a model or picture. It is checked and made into files by a job; the very same file is taken once. Plain forms of a page are sent on to the asset.
#[utoipa::path(post, path = "/api/v1/assets", tag = "assets", request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = 202, description = "Taken: the job says when its files are there.", body = AssetTaken)))]
pub async fn upload(State(api): State<Api>, User(ctx): User, headers: HeaderMap, request: Request) -> Answer {
    let plain = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    let taken = async {
        // Before a body of many megabytes is read.
        ctx.require(Permission::AssetsWrite)?;
        let (Some(_own), Ok(_turn)) = (Sender::of(ctx.tenant), RECEIVING.try_acquire()) else {
            let words = "Several files are being uploaded at this moment. Try again in a minute.";
            return Err(ApiError::from(AppError { retry_after: Some(30), ..AppError::new(ErrorKind::Unavailable, "uploads_busy", words) }));
        };
        let (new, data) = received(request).await?;
        Ok(api.facade().assets.take(&ctx, new, data).await?)
    };
    match taken.await {
        Ok(taken) if plain => Ok(Redirect::to(&format!("/admin/assets/{}", taken.asset.id)).into_response()),
        Ok(taken) => {
            let path = format!("{UPLOAD}/{}", taken.asset.id);
            Ok(located((StatusCode::ACCEPTED, [super::NO_STORE], axum::Json(taken)).into_response(), &path))
        }
        // Words that an address could carry would be anybody's words: a code it is.
        Err(error) if plain && error.status.is_client_error() => Ok(Redirect::to(&format!("/admin/assets?refused={}", error.error.code)).into_response()),
        Err(error) => Err(error),
    }
}

/// One upload.
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "The asset.", body = Asset)))]
pub async fn read(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    let asset = api.facade().assets.get(&ctx, &id).await?;
    tagged(StatusCode::OK, &headers, None, &asset)
}

/// Rename an upload, or say what its lengths and axes mean: its files are made anew then.
#[utoipa::path(patch, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), request_body = AssetChange, responses((status = 200, description = "Changed.", body = Asset)))]
pub async fn change(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap, Json(change): Json<AssetChange>) -> Answer {
    let asset = api.facade().assets.change(&ctx, &id, change, if_match(&headers)?).await?;
    tagged(StatusCode::OK, &HeaderMap::new(), Some(asset.revision), &asset)
}

/// Remove an upload and its files for good.
#[utoipa::path(delete, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = String, Path, format = "uuid"), ("If-Match" = Option<String>, Header)), responses((status = 204, description = "Removed.")))]
pub async fn delete(State(api): State<Api>, User(ctx): User, Id(id): Id, headers: HeaderMap) -> Answer {
    api.facade().assets.delete(&ctx, &id, if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The parts of a form.
async fn received(request: Request) -> Result<(NewAsset, Bytes), ApiError> {
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|_| ApiError::malformed_at("", "Send a form (multipart/form-data) with the part \"file\"."))?;
    let (mut new, mut data) = (NewAsset::default(), None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" => {
                new.file_name = field.file_name().unwrap_or_default().to_owned();
                data = Some(whole(field).await?);
            }
            "name" | "unit" | "up" => {
                let text = field.text().await.map_err(broken)?;
                match name.as_str() {
                    "name" => new.name = Some(text),
                    "unit" => new.unit = Some(text),
                    _ => new.up = Some(text),
                }
            }
            _ => {}
        }
    }
    match data {
        Some(data) => Ok((new, data)),
        None => Err(AppError::invalid_at("/file", "Choose a file.").into()),
    }
}

/// All of a file, as long as it keeps coming.
async fn whole(mut field: Field<'_>) -> Result<Bytes, ApiError> {
    let mut data = BytesMut::new();
    loop {
        match tokio::time::timeout(SILENCE, field.chunk()).await {
            Ok(Ok(Some(piece))) => data.extend_from_slice(&piece),
            Ok(Ok(None)) => return Ok(data.freeze()),
            Ok(Err(error)) => return Err(broken(error)),
            Err(_) => return Err(ApiError::with_status(StatusCode::REQUEST_TIMEOUT, "upload_stalled", "Nothing came for 20 seconds. Send the file again.")),
        }
        if data.len() > LARGEST_UPLOAD {
            return Err(AppError::new(ErrorKind::TooLarge, "too_large", "A file has 64 MB at most.").into());
        }
    }
}

fn broken(error: MultipartError) -> ApiError {
    tracing::debug!(%error, "a form broke off");
    AppError::new(ErrorKind::Malformed, "malformed_body", "The form broke off before its end.").into()
}
