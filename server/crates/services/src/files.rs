//! Files behind unguessable addresses: no credentials, the token is the right.

use crate::Services;
use crate::artefacts;
use crate::errors::{Refuse, blob_refused};
use crate::inner::Inner;
use async_trait::async_trait;
use contract::{AppError, ErrorKind, RoomPage};
use facade::{FileBytes, Files, Outcome};
use store::assets::Asset;

/// Most that one answer carries, bytes: larger files are read in ranges.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Type, ending and words of the kinds of file.
const KINDS: [(&str, &str, &str); 14] = [
    ("glb", "glb", "model/gltf-binary"),
    ("usdz", "usdz", "model/vnd.usdz+zip"),
    ("still", "webp", "image/webp"),
    ("drawing", "webp", "image/webp"),
    ("turntable", "mp4", "video/mp4"),
    ("sheet", "pdf", "application/pdf"),
    ("lod1", "glb", "model/gltf-binary"),
    ("lod2", "glb", "model/gltf-binary"),
    ("sketch", "svg", "image/svg+xml"),
    ("symbol", "svg", "image/svg+xml"),
    ("preview", "png", "image/png"),
    ("png", "png", "image/png"),
    ("jpeg", "jpg", "image/jpeg"),
    ("webp", "webp", "image/webp"),
];

/// Address of a file below the site's root: `/files/{token}/{name}.{ending}`.
#[must_use]
pub(crate) fn path(asset: &Asset) -> Option<String> {
    let (kind, ending, _) = KINDS.iter().find(|(kind, _, _)| *kind == asset.kind)?;
    let name = match *kind {
        "glb" | "usdz" => "model",
        "png" | "jpeg" | "webp" => "picture",
        "sheet" => "technical-drawing",
        other => other,
    };
    Some(format!("/files/{}/{name}.{ending}", asset.file_token))
}

/// Address of a picture by its token.
#[must_use]
pub(crate) fn still(token: &str) -> String {
    format!("/files/{token}/still.webp")
}

/// Where a file lies in the file store.
#[must_use]
pub(crate) fn blob_key(tenant: uuid::Uuid, kind: &str, sha256: &str) -> String {
    format!("tenants/{tenant}/{sha256}.{}", ending(kind))
}

/// How the names of a kind of file end.
#[must_use]
pub(crate) fn ending(kind: &str) -> &'static str {
    KINDS.iter().find(|(k, _, _)| *k == kind).map_or("bin", |(_, ending, _)| ending)
}

#[async_trait]
impl Files for Services {
    async fn get(&self, token: &str, name: &str, range: Option<(u64, Option<u64>)>) -> Outcome<FileBytes> {
        read(&self.0, token, name, range).await
    }

    async fn room(&self, token: &str) -> Outcome<RoomPage> {
        room(&self.0, token).await
    }
}

/// The files beside a model: whoever has one address has them all.
async fn room(inner: &Inner, token: &str) -> Outcome<RoomPage> {
    let missing = || AppError::not_found("model");
    let asset = by_token(inner, token).await?.filter(|a| a.kind == "glb").ok_or_else(missing)?;
    let organization = inner.organization(asset.tenant_id).await?.ok_or_else(missing)?;
    let mut tx = inner.system(asset.tenant_id).await?;
    let made = artefacts::made_one(&mut tx, &asset.key).await?;
    let product = match asset.product_id {
        Some(id) => store::products::get(&mut tx, id).await.refuse()?,
        None => None,
    };
    let result = made.result("").ok_or_else(missing)?;
    // Pictures follow the model by a minute; until then the product's own shows what it is.
    let picture = match (result.thumbnail_url, product.as_ref().and_then(|p| p.default_key.clone())) {
        (None, Some(key)) => artefacts::made_one(&mut tx, &key).await?.thumbnail(),
        (own, _) => own,
    };
    // An upload is drawn, not photographed.
    let upload = if product.is_none() { store::uploads::of_files(&mut tx, &asset.key).await.refuse()? } else { None };
    let picture = match (picture, &upload) {
        (None, Some(_)) => store::assets::get(&mut tx, &asset.key, "sketch").await.refuse()?.as_ref().and_then(path),
        (picture, _) => picture,
    };
    Ok(RoomPage {
        name: product.map(|p| p.name).or(upload).unwrap_or_else(|| "Model".to_owned()),
        organization,
        token: token.to_owned(),
        glb_url: inner.address(&result.glb_url.ok_or_else(missing)?),
        usdz_url: result.usdz_url,
        picture,
        size_mm: result.bounding_box_mm,
    })
}

/// The file behind a token, when it is one.
async fn by_token(inner: &Inner, token: &str) -> Outcome<Option<Asset>> {
    if token.len() != 32 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let mut tx = inner.store.public().await.refuse()?;
    store::assets::by_file_token(&mut tx, token).await.refuse()
}

async fn read(inner: &Inner, token: &str, name: &str, range: Option<(u64, Option<u64>)>) -> Outcome<FileBytes> {
    let missing = || AppError::not_found("file");
    let asset = by_token(inner, token).await?.ok_or_else(missing)?;
    let (_, ending, content_type) = KINDS.iter().find(|(kind, _, _)| *kind == asset.kind).ok_or_else(missing)?;
    // Any name will do, for nice downloads; its ending must be true.
    if name.rsplit_once('.').map(|(_, e)| e) != Some(*ending) {
        return Err(missing());
    }
    let (Some(key), Some(sha256), Some(bytes)) = (asset.blob_key, asset.sha256, asset.bytes) else { return Err(missing()) };
    let size = u64::try_from(bytes).unwrap_or(0);
    let range = match range {
        None => 0..size,
        Some((start, end)) => {
            let end = end.map_or(size, |e| e.saturating_add(1)).min(size);
            if start >= end {
                return Err(AppError::new(ErrorKind::Malformed, "range_outside", format!("The file has {size} bytes; the range lies outside.")));
            }
            start..end
        }
    };
    if range.end - range.start > LARGEST {
        return Err(AppError::new(ErrorKind::TooLarge, "file_too_large", "This file is too large for one answer. Read it in ranges."));
    }
    let whole = range == (0..size);
    let data = inner.ports.blobs.get(&key, if whole { None } else { Some(range.clone()) }).await.map_err(blob_refused)?;
    Ok(FileBytes { data, range, size, content_type, sha256 })
}
