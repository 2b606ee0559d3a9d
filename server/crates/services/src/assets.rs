//! Assets: what people upload, checked and made into files that the rest of Fitout uses.

mod make;

pub(crate) use make::{Made, make};

use crate::Services;
use crate::errors::{Refuse, blob_refused};
use crate::fields::{Faults, id as read_id, limit};
use crate::files;
use crate::inner::{Inner, found};
use crate::times::{mm, stamp};
use crate::{idempotency, trail};
use async_trait::async_trait;
use bytes::Bytes;
use contract::*;
use facade::{Assets, Ctx, Outcome, Permission};
use intake::{Content, Unit, Up};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;
use store::TenantTx;
use store::jobs::Source;
use store::runs::NewRun;
use store::uploads::{self as rows, NewUpload, Said, Upload};
use uuid::Uuid;

/// Kind of the runs that read uploads.
pub(crate) const ASSET: &str = "asset";
/// Tries after the first: a scanner or file store may be away for a moment.
const RETRIES: i32 = 3;
/// A person waits for it.
const URGENT: i16 = 5;
/// Raised when files are made in another way: they are made anew then, where asked.
const EDITION: u32 = 1;

/// What is known of an upload's content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    /// How lengths and axes were understood.
    pub measure: Option<intake::Measure>,
    /// Outer size of a model, tenths of a millimetre.
    pub size_dmm: Option<[i32; 3]>,
    /// Of a picture.
    pub pixels: Option<[u32; 2]>,
    /// Of each level.
    pub triangles: Vec<u64>,
    /// What was left out or mended.
    pub notes: Vec<String>,
}

/// What a run is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The upload.
    pub asset: Uuid,
}

#[async_trait]
impl Assets for Services {
    async fn list(&self, ctx: &Ctx, query: AssetQuery) -> Outcome<Page<Asset>> {
        ctx.require(Permission::AssetsRead)?;
        let limit = limit(query.limit)?;
        let mut tx = self.0.tx(ctx).await?;
        let page = rows::list(&mut tx, query.search.as_deref(), limit, query.cursor.as_deref()).await.refuse()?;
        Ok(Page { next_cursor: page.next.clone(), items: shown(&mut tx, page.items).await? })
    }

    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Asset> {
        ctx.require(Permission::AssetsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        reread(&mut tx, read_id(id, "asset")?).await
    }

    async fn take(&self, ctx: &Ctx, new: NewAsset, data: Bytes) -> Outcome<AssetTaken> {
        ctx.require(Permission::AssetsWrite)?;
        let file_name = file_name(&new.file_name);
        let mut faults = Faults::default();
        let name = faults.name("/name", new.name.as_deref().map(str::trim).filter(|n| !n.is_empty()).unwrap_or_else(|| stem(&file_name)));
        let unit = one_of(&mut faults, "/unit", new.unit.as_deref(), &UNITS);
        let up = one_of(&mut faults, "/up", new.up.as_deref(), &UPS);
        faults.done()?;
        let kind = kind(&data)?;
        let sha256 = crate::tokens::hex(&Sha256::digest(&data));
        let mut tx = self.0.tx(ctx).await?;
        if let Some(same) = rows::same(&mut tx, &sha256).await.refuse()? {
            let (id, name, blob) = (same.id, same.name.clone(), same.blob_key.clone());
            let asset = one(&mut tx, same).await?;
            if !matches!(asset.status.as_str(), "failed" | "cancelled") {
                return Ok(AssetTaken { asset, job: None });
            }
            // Nothing was wrong with the file: another try, with a file that may have been lost.
            drop(tx);
            self.0.ports.blobs.put(&blob, data).await.map_err(blob_refused)?;
            let mut tx = self.0.tx(ctx).await?;
            let job = ask(&self.0, &mut tx, id, &name, &file_name).await?;
            let taken = AssetTaken { asset: reread(&mut tx, id).await?, job: Some(job) };
            tx.commit().await.refuse()?;
            return Ok(taken);
        }
        drop(tx);
        let id = self.0.ports.ids.id();
        // A place of its own: what is removed with one upload belongs to no other.
        let blob_key = format!("tenants/{}/uploads/{id}.bin", ctx.tenant);
        let bytes = i64::try_from(data.len()).unwrap_or(i64::MAX);
        self.0.ports.blobs.put(&blob_key, data).await.map_err(blob_refused)?;
        let (unit, up) = (unit.as_deref(), up.as_deref());
        let mut tx = self.0.tx(ctx).await?;
        let new = NewUpload { id, name: &name, file_name: &file_name, kind, unit, up, blob_key: &blob_key, sha256: &sha256, bytes };
        if !rows::create(&mut tx, &new).await.refuse()? {
            // Somebody was quicker with the very same file.
            drop(tx);
            sweep(&self.0, &[blob_key]).await;
            let mut tx = self.0.tx(ctx).await?;
            let same = found(rows::same(&mut tx, &sha256).await.refuse()?, "asset")?;
            return Ok(AssetTaken { asset: one(&mut tx, same).await?, job: None });
        }
        let job = ask(&self.0, &mut tx, id, &name, &file_name).await?;
        let asset = reread(&mut tx, id).await?;
        trail::note(&self.0, &mut tx, "asset.uploaded", id.to_string().as_str(), None, Some(&state(&asset))).await?;
        let taken = AssetTaken { asset, job: Some(job) };
        tx.commit().await.refuse()?;
        Ok(taken)
    }

    async fn change(&self, ctx: &Ctx, id: &str, change: AssetChange, if_match: Option<i64>) -> Outcome<Asset> {
        ctx.require(Permission::AssetsWrite)?;
        let id = read_id(id, "asset")?;
        let mut tx = self.0.tx(ctx).await?;
        let row = found(rows::get(&mut tx, id).await.refuse()?, "asset")?;
        let mut faults = Faults::default();
        let name = change.name.as_deref().map_or_else(|| row.name.clone(), |n| faults.name("/name", n));
        let unit = if change.unit.is_some() { one_of(&mut faults, "/unit", change.unit.as_deref(), &UNITS) } else { row.unit.clone() };
        let up = if change.up.is_some() { one_of(&mut faults, "/up", change.up.as_deref(), &UPS) } else { row.up.clone() };
        faults.done()?;
        let anew = row.kind == "model" && (unit != row.unit || up != row.up);
        let before = one(&mut tx, row.clone()).await?;
        let said = Said { name: &name, unit: unit.as_deref(), up: up.as_deref(), anew };
        if !rows::say(&mut tx, id, &said, if_match).await.refuse()? {
            return Err(AppError::not_found("asset"));
        }
        if anew {
            ask(&self.0, &mut tx, id, &name, &row.file_name).await?;
        }
        let after = reread(&mut tx, id).await?;
        trail::note(&self.0, &mut tx, "asset.changed", id.to_string().as_str(), Some(&state(&before)), Some(&state(&after))).await?;
        tx.commit().await.refuse()?;
        Ok(after)
    }

    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()> {
        ctx.require(Permission::AssetsWrite)?;
        let id = read_id(id, "asset")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&mut tx, id).await?;
        let files = found(rows::delete(&mut tx, id, if_match).await.refuse()?, "asset")?;
        trail::note(&self.0, &mut tx, "asset.deleted", id.to_string().as_str(), Some(&state(&before)), None).await?;
        tx.commit().await.refuse()?;
        sweep(&self.0, &files).await;
        Ok(())
    }
}

/// Removes files that no row names any more. What stays for a fault of the file store is unreachable, and noted.
pub(crate) async fn sweep(inner: &Inner, blobs: &[String]) {
    for blob in blobs {
        if let Err(error) = inner.ports.blobs.delete(blob).await {
            tracing::warn!(%error, blob.key = blob, "a file that nobody needs could not be removed");
        }
    }
}

/// Puts the making of an upload's files in line.
async fn ask(inner: &Inner, tx: &mut TenantTx, upload: Uuid, name: &str, file_name: &str) -> Outcome<Job> {
    let payload = json!(Payload { asset: upload });
    let job = inner.ports.ids.id();
    let new = store::jobs::NewJob {
        id: job,
        kind: ASSET,
        configuration_id: None,
        product_id: None,
        request: &payload,
        key: "",
        title: name,
        sku: "",
        variant_code: file_name,
        max_retries: RETRIES,
    };
    // No key: one that is at work may have begun with what was said before.
    let run = NewRun {
        tenant: tx.tenant(),
        kind: ASSET.to_owned(),
        key: None,
        payload: payload.clone(),
        priority: URGENT,
        max_attempts: RETRIES + 1,
        delay: Duration::ZERO,
    };
    let row = store::jobs::create(tx, &new, Source::Work(&run)).await.refuse()?;
    rows::set_job(tx, upload, job).await.refuse()?;
    crate::models::show_job(inner, tx, row).await
}

/// The files of an upload once more, on behalf of whoever asks for a job "again".
pub(crate) async fn again(inner: &Inner, ctx: &Ctx, row: &store::jobs::Job) -> Outcome<Job> {
    ctx.require(Permission::AssetsWrite)?;
    let id = row.request["asset"].as_str().and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(AppError::internal)?;
    let mut tx = inner.tx(ctx).await?;
    let upload = found(rows::get(&mut tx, id).await.refuse()?, "asset")?;
    let job = ask(inner, &mut tx, id, &upload.name, &upload.file_name).await?;
    trail::note(inner, &mut tx, "job.created", job.id.as_str(), None, Some(&json!({ "asset": upload.name }))).await?;
    idempotency::keep(&mut tx, &ctx.caller, &job).await?;
    tx.commit().await.refuse()?;
    Ok(job)
}

/// `model` or `picture`, by content.
fn kind(data: &[u8]) -> Outcome<&'static str> {
    let refuse = |code: &str, words: &str| {
        Err(AppError { errors: vec![FieldError { pointer: "/file".into(), message: words.into() }], ..AppError::new(ErrorKind::Invalid, code, words) })
    };
    if data.is_empty() {
        return refuse("empty", "The file is empty.");
    }
    if data.len() > LARGEST_UPLOAD {
        return Err(AppError::new(ErrorKind::TooLarge, "too_large", "A file has 64 MB at most. Simplify the model, or make its pictures smaller."));
    }
    match intake::sniff(data) {
        Some(Content::Picture(_)) => Ok("picture"),
        Some(_) => Ok("model"),
        None => refuse("not_an_asset", "This is neither a model (GLB, OBJ, STL, or a ZIP with one) nor a picture (PNG, JPEG, WebP)."),
    }
}

/// The last part of a path, as far as it can be shown.
fn file_name(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if clean.trim().is_empty() { "unnamed".to_owned() } else { clean.trim().to_owned() }
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim()
}

/// One of some words; nothing and `auto` are none of them.
fn one_of(faults: &mut Faults, pointer: &str, said: Option<&str>, known: &[(&str, &str)]) -> Option<String> {
    let said = said.map(str::trim).filter(|s| !s.is_empty() && *s != "auto")?;
    if known.iter().any(|(word, _)| *word == said) {
        return Some(said.to_owned());
    }
    let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    faults.add(pointer, format!("Write {} or auto.", words.join(", ")));
    None
}

/// What a person said, as the reader takes it.
pub(crate) fn said(row: &Upload) -> intake::Said {
    let word = |w: &Option<String>| w.as_ref().map(|w| json!(w));
    intake::Said { unit: word(&row.unit).and_then(|w| serde_json::from_value(w).ok()), up: word(&row.up).and_then(|w| serde_json::from_value(w).ok()) }
}

/// Key of an upload's files: its content, what was said of it, and how files are made of such.
pub(crate) fn key_of(row: &Upload) -> String {
    let word = |w: &Option<String>| w.clone().unwrap_or_else(|| "auto".to_owned());
    format!("upload-{}-{}-{}-{EDITION}", row.sha256, word(&row.unit), word(&row.up))
}

async fn reread(tx: &mut TenantTx, id: Uuid) -> Outcome<Asset> {
    let row = found(rows::get(tx, id).await.refuse()?, "asset")?;
    one(tx, row).await
}

async fn one(tx: &mut TenantTx, row: Upload) -> Outcome<Asset> {
    shown(tx, vec![row]).await?.pop().ok_or_else(AppError::internal)
}

/// Uploads with their files, read at once.
async fn shown(tx: &mut TenantTx, page: Vec<Upload>) -> Outcome<Vec<Asset>> {
    let keys: Vec<String> = page.iter().filter_map(|r| r.files_key.clone()).collect();
    let mut made: BTreeMap<String, Vec<store::assets::Asset>> = BTreeMap::new();
    for file in store::assets::ready(tx, &keys).await.refuse()? {
        made.entry(file.key.clone()).or_default().push(file);
    }
    Ok(page.into_iter().map(|row| asset(&row, row.files_key.as_ref().and_then(|k| made.get(k)).map_or(&[], Vec::as_slice))).collect())
}

fn asset(row: &Upload, made: &[store::assets::Asset]) -> Asset {
    let facts: Facts = serde_json::from_value(row.facts.clone()).unwrap_or_default();
    let of = |kinds: &[&str]| made.iter().find(|f| kinds.contains(&f.kind.as_str()));
    let address = |kinds: &[&str]| of(kinds).and_then(files::path);
    let models: Vec<_> = ["glb", "lod1", "lod2"].iter().filter_map(|kind| of(&[kind])).collect();
    let word = |unit: Unit| json!(unit).as_str().unwrap_or_default().to_owned();
    let axis = |up: Up| json!(up).as_str().unwrap_or_default().to_owned();
    let (status, code, reason) = match (row.status.as_str(), row.job_status.as_deref()) {
        ("ready", _) => ("ready", None, None),
        ("refused", _) => ("refused", row.refusal_code.clone(), row.refusal.clone()),
        (_, Some("FAILED")) => ("failed", row.job_error_code.clone(), row.job_error.clone()),
        (_, Some("CANCELLED")) => ("cancelled", None, None),
        _ => ("processing", None, None),
    };
    Asset {
        id: row.id.to_string(),
        name: row.name.clone(),
        file_name: row.file_name.clone(),
        kind: row.kind.clone(),
        status: status.to_owned(),
        reason,
        code,
        bytes: row.bytes,
        sha256: row.sha256.clone(),
        unit: row.unit.clone().or_else(|| facts.measure.map(|m| word(m.unit))),
        up: row.up.clone().or_else(|| facts.measure.map(|m| axis(m.up))),
        guessed: facts.measure.is_some_and(|m| m.guessed),
        size_mm: facts.size_dmm.map(|s| s.map(mm)),
        pixels: facts.pixels,
        triangles: facts.triangles,
        notes: facts.notes,
        glb_urls: models.iter().filter_map(|f| files::path(f)).collect(),
        glb_bytes: models.iter().map(|f| f.bytes.unwrap_or(0)).collect(),
        picture_url: address(&["png", "jpeg", "webp"]),
        thumbnail_url: address(&["sketch", "preview"]),
        symbol_url: address(&["symbol"]),
        job_id: row.job_id.map(|id| id.to_string()),
        progress: u8::try_from(row.job_progress.unwrap_or(0)).unwrap_or(0),
        created_at: stamp(row.created_at),
        updated_at: stamp(row.updated_at),
        revision: row.revision,
    }
}

/// What the audit log keeps of it.
fn state(asset: &Asset) -> serde_json::Value {
    json!({ "name": asset.name, "file_name": asset.file_name, "sha256": asset.sha256, "bytes": asset.bytes, "unit": asset.unit, "up": asset.up })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lose_their_folders() {
        for (raw, name) in [
            ("chair.glb", "chair.glb"),
            ("C:\\models\\chair.glb", "chair.glb"),
            ("../../etc/passwd", "passwd"),
            ("a/\u{0}b\n", "b"),
            ("", "unnamed"),
            ("x/ ", "unnamed"),
        ] {
            assert_eq!(file_name(raw), name);
        }
        assert_eq!(stem("chair.v2.glb"), "chair.v2");
    }
}
