//! Uploads: looked at by the scanner, read, made into files.

use super::keep::stored;
use crate::assets::{self, Payload};
use crate::files;
use crate::inner::Inner;
use bytes::Bytes;
use jobs::{JobError, RunContext};
use ports::{BlobError, Verdict};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::assets::ReadyAsset;
use store::uploads::{self as rows, Upload};
use tokio::sync::Semaphore;

/// Checks an upload and makes its files, or refuses it by name.
pub(super) async fn asset(inner: &Inner, ctx: RunContext) -> Result<Value, JobError> {
    let payload: Payload = serde_json::from_value(ctx.run.payload.clone()).map_err(|why| {
        tracing::error!(run.id = %ctx.run.id, %why, "a run can't be read");
        JobError::fail("E-INTERNAL", "Something on our side did not work.")
    })?;
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    let Some(row) = rows::get(&mut tx, payload.asset).await? else { return Ok(json!({ "asset": payload.asset, "gone": true })) };
    drop(tx);
    ctx.progress.report(5, "Reading the file");
    let data = match inner.ports.blobs.get(&row.blob_key, None).await {
        Ok(data) if crate::tokens::hex(&Sha256::digest(&data)) == row.sha256 => data,
        Ok(_) | Err(BlobError::NotFound(_)) => return Err(JobError::fail("E-STORAGE", "The uploaded file is no longer what it was. Upload it again.")),
        Err(error) => return Err(stored(error)),
    };
    ctx.progress.report(10, "Looking for harmful software");
    match inner.ports.scanner.scan(data.clone()).await {
        Ok(Verdict::Clean) => {}
        Ok(Verdict::Harmful(name)) => {
            let words = format!("The virus scanner knows this file as {name}. It was not opened, and is removed.");
            refuse(inner, &ctx, &row, "harmful", &words).await?;
            // Nobody needs it for anything.
            assets::sweep(inner, std::slice::from_ref(&row.blob_key)).await;
            return Err(JobError::fail("E-REFUSED", words));
        }
        Err(error) => {
            tracing::warn!(%error, "an upload waits for the virus scanner");
            return Err(JobError::retry(
                "E-SCANNER",
                "The virus scanner does not answer, so the file was not opened. An administrator of this server has to look at it; then ask again.",
            ));
        }
    }
    ctx.progress.report(20, if row.kind == "picture" { "Reading the picture" } else { "Reading the model" });
    let made = read(&row, data).await;
    let made = match made {
        Ok(made) => made,
        Err(refused) => {
            refuse(inner, &ctx, &row, refused.code, &refused.message).await?;
            return Err(JobError::fail("E-REFUSED", refused.message));
        }
    };
    ctx.progress.report(90, "Storing files");
    let tenant = ctx.run.tenant_id;
    let mut kept = Vec::new();
    for (kind, data) in made.files {
        let data = Bytes::from(data);
        let sha256 = crate::tokens::hex(&Sha256::digest(&data));
        // Of this run alone, as the upload's own file is: see `Assets::delete`.
        let place = format!("tenants/{tenant}/uploads/{}-{kind}.{}", ctx.run.id, files::ending(kind));
        let bytes = i64::try_from(data.len()).unwrap_or(i64::MAX);
        inner.ports.blobs.put(&place, data).await.map_err(stored)?;
        kept.push((kind, place, sha256, bytes));
    }
    let key = assets::key_of(&row);
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    // The upload before the run: in this order whoever asks anew locks them.
    rows::hold(&mut tx, row.id).await?;
    ctx.lease.guard(&mut tx).await?;
    // Files of an earlier run of the same kind make room.
    let before = store::assets::ready(&mut tx, std::slice::from_ref(&key)).await?;
    let mut unneeded: Vec<String> = before.into_iter().filter_map(|file| file.blob_key).collect();
    for (kind, place, sha256, bytes) in &kept {
        let token = inner.ports.ids.token();
        let bounding_box_dmm = if matches!(*kind, "glb" | "lod1" | "lod2") { made.facts.size_dmm } else { None };
        let ready = ReadyAsset {
            key: &key,
            kind,
            product_id: None,
            blob_key: place,
            sha256,
            bytes: *bytes,
            file_token: &token,
            bounding_box_dmm,
            blender_version: None,
        };
        store::assets::put_ready(&mut tx, &ready).await?;
    }
    let facts = serde_json::to_value(&made.facts).map_err(|_| JobError::fail("E-INTERNAL", "Something on our side did not work."))?;
    let shown = rows::set_ready(&mut tx, row.id, (row.unit.as_deref(), row.up.as_deref()), &key, &facts).await?;
    // Files made under what was said before, and of an upload that was removed meanwhile, are in nobody's way and nobody's sight.
    let old = row.files_key.filter(|old| *old != key || !shown);
    for stale in old.into_iter().chain((!shown).then(|| key.clone())) {
        unneeded.extend(rows::forget_files(&mut tx, &stale).await?);
    }
    let unneeded = rows::unneeded(&mut tx, unneeded).await?;
    let result = json!({ "asset": row.id, "artefact": key });
    ctx.lease.finish(&mut tx, &result).await?;
    tx.commit().await?;
    assets::sweep(inner, &unneeded).await;
    Ok(result)
}

/// Readers at once: a large model takes a processor and some hundred megabytes.
static READING: Semaphore = Semaphore::const_new(1);

fn unreadable() -> intake::Refused {
    let message = "The file is built in a way that our reader can't follow. Export it anew from the program that made it.";
    intake::Refused { code: "unreadable", message: message.to_owned() }
}

/// Reads beside the async threads. What breaks the reader is a bad file as well, and a fault of ours to be mended.
async fn read(row: &Upload, data: Bytes) -> Result<assets::Made, intake::Refused> {
    let (file, said, id) = (row.file_name.clone(), assets::said(row), row.id);
    // A reader can't be stopped: whoever gave up on it, the next waits for its end.
    let Ok(turn) = READING.acquire().await else { return Err(unreadable()) };
    let read = move || {
        let _turn = turn;
        assets::make(&file, &data, said)
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
        tracing::error!(%error, asset.id = %id, "the reader of uploads broke");
        Err(unreadable())
    })
}

/// Notes a refusal at the upload.
async fn refuse(inner: &Inner, ctx: &RunContext, row: &Upload, code: &str, words: &str) -> Result<(), JobError> {
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    ctx.lease.guard(&mut tx).await?;
    rows::refuse(&mut tx, row.id, code, words).await?;
    tx.commit().await?;
    Ok(())
}
