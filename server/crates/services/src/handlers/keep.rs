//! Files of a run: checked, stored by content, noted; or taken over from where the same file was made before.

use crate::artefacts::Made;
use crate::files::blob_key;
use crate::inner::Inner;
use crate::times::tenths;
use bytes::Bytes;
use jobs::{JobError, RunContext};
use ports::BlobError;
use sha2::{Digest, Sha256};
use store::TenantTx;
use store::assets::{Asset, ReadyAsset};
use uuid::Uuid;

/// A file that is in the file store and waits to be noted.
pub(super) struct Kept {
    pub kind: &'static str,
    pub blob_key: String,
    pub sha256: String,
    pub bytes: i64,
    pub bounding_box_dmm: Option<[i32; 3]>,
    pub blender_version: Option<String>,
}

/// What the first bytes of each kind must be.
fn looks_right(kind: &str, data: &[u8]) -> bool {
    let word = |at: usize| data.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    match kind {
        // Magic, version 2, and a length that is the file's: a cut-off file is caught here.
        "glb" | "lod1" | "lod2" => data.starts_with(b"glTF") && word(4) == Some(2) && word(8).is_some_and(|n| n as usize == data.len()),
        "usdz" => data.starts_with(b"PK\x03\x04"),
        "turntable" => data.get(4..8) == Some(b"ftyp"),
        "sheet" => data.starts_with(b"%PDF-"),
        _ => data.starts_with(b"RIFF") && data.get(8..12) == Some(b"WEBP"),
    }
}

/// Stores a file under the hash of its content. Storing the same twice is harmless. `blender`: the one that made it, empty when none did.
pub(super) async fn keep(inner: &Inner, tenant: Uuid, kind: &'static str, data: Bytes, size_mm: Option<[f64; 3]>, blender: &str) -> Result<Kept, JobError> {
    if !looks_right(kind, &data) {
        let (code, maker) = if blender.is_empty() { ("E-OUTPUT", "The") } else { ("E-BLENDER-OUTPUT", "Blender's") };
        return Err(JobError::retry(code, format!("{maker} {kind} file is not usable.")));
    }
    let sha256 = crate::tokens::hex(&Sha256::digest(&data));
    let blob_key = blob_key(tenant, kind, &sha256);
    let bytes = i64::try_from(data.len()).unwrap_or(i64::MAX);
    inner.ports.blobs.put(&blob_key, data).await.map_err(stored)?;
    Ok(Kept {
        kind,
        blob_key,
        sha256,
        bytes,
        bounding_box_dmm: size_mm.map(|s| s.map(tenths)),
        blender_version: Some(blender.to_owned()).filter(|b| !b.is_empty()),
    })
}

/// What a fault of the file store means to a run.
pub(super) fn stored(error: BlobError) -> JobError {
    match error {
        BlobError::Full => JobError::retry("E-STORAGE-FULL", "The file store is full. An administrator of this server has to make room; then ask again."),
        BlobError::NotFound(_) | BlobError::Other(_) => JobError::retry("E-STORAGE", "The file store did not take the file."),
    }
}

/// Notes stored files as ready, inside the fenced transaction of the run.
pub(super) async fn note(inner: &Inner, tx: &mut TenantTx, artefact: &str, product: Uuid, files: &[Kept]) -> Result<(), JobError> {
    for file in files {
        let token = inner.ports.ids.token();
        let ready = ReadyAsset {
            key: artefact,
            kind: file.kind,
            product_id: Some(product),
            blob_key: &file.blob_key,
            sha256: &file.sha256,
            bytes: file.bytes,
            file_token: &token,
            bounding_box_dmm: file.bounding_box_dmm,
            blender_version: file.blender_version.as_deref(),
        };
        store::assets::put_ready(tx, &ready).await?;
    }
    Ok(())
}

/// Files of the same artefact that another workspace has, copied under this one's prefix. The key names content, so they are the same
/// files; `None` unless all wanted kinds are there. Sign-ups get their demo pictures this way, without Blender.
pub(super) async fn copied(inner: &Inner, ctx: &RunContext, artefact: &str, kinds: &[&'static str]) -> Result<Option<Vec<Kept>>, JobError> {
    let mut tx = inner.store.platform("equal files of two workspaces are copied, not made again").await?;
    let mut found = Vec::new();
    for &kind in kinds {
        match store::assets_shared::ready_anywhere(&mut tx, artefact, kind).await? {
            Some(asset) => found.push((kind, asset)),
            None => return Ok(None),
        }
    }
    drop(tx);
    let mut kept = Vec::new();
    for (kind, asset) in found {
        match copy(inner, ctx.run.tenant_id, kind, &asset).await {
            Ok(Some(file)) => kept.push(file),
            // Gone from the file store, or not what it says: made anew.
            Ok(None) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(kept))
}

async fn copy(inner: &Inner, tenant: Uuid, kind: &'static str, asset: &Asset) -> Result<Option<Kept>, JobError> {
    let (Some(from), Some(sha256)) = (&asset.blob_key, &asset.sha256) else { return Ok(None) };
    let data = match inner.ports.blobs.get(from, None).await {
        Ok(data) => data,
        Err(error) => {
            tracing::warn!(%error, blob.key = from, "a file of another workspace can't be copied");
            return Ok(None);
        }
    };
    if &crate::tokens::hex(&Sha256::digest(&data)) != sha256 {
        tracing::warn!(blob.key = from, "a file of another workspace is not what it was");
        return Ok(None);
    }
    let blob_key = blob_key(tenant, kind, sha256);
    let bytes = i64::try_from(data.len()).unwrap_or(i64::MAX);
    inner.ports.blobs.put(&blob_key, data).await.map_err(stored)?;
    let bounding_box_dmm = asset.bounding_box_dmm.as_deref().and_then(|b| b.try_into().ok());
    Ok(Some(Kept { kind, blob_key, sha256: sha256.clone(), bytes, bounding_box_dmm, blender_version: asset.blender_version.clone() }))
}

/// Whether all files of these kinds are there already.
pub(super) fn has(made: &Made, kinds: &[&str]) -> bool {
    kinds.iter().all(|kind| match *kind {
        "glb" => made.glb.is_some(),
        "usdz" => made.usdz.is_some(),
        "still" => made.still.is_some(),
        "turntable" => made.turntable.is_some(),
        "sheet" => made.sheet.is_some(),
        "lod1" => made.levels[0].is_some(),
        "lod2" => made.levels[1].is_some(),
        _ => made.drawing.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::looks_right;

    #[test]
    fn files_are_told_from_rubbish() {
        let mut glb = b"glTF\x02\0\0\0\x0c\0\0\0".to_vec();
        assert!(looks_right("glb", &glb));
        glb.push(0);
        assert!(!looks_right("glb", &glb));
        assert!(!looks_right("glb", b"glTF"));
        assert!(looks_right("still", b"RIFF\0\0\0\0WEBPVP8 ") && !looks_right("drawing", b"RIFF\0\0\0\0WAVE"));
        assert!(looks_right("sheet", b"%PDF-1.7") && !looks_right("sheet", b"<html>"));
        assert!(looks_right("usdz", b"PK\x03\x04..") && !looks_right("usdz", b""));
    }
}
