//! Files of configurations: what identifies them, where they are, how they are shown.
//!
//! An artefact is addressed by what Blender would be given (parts, surfaces) and by what makes it (worker script and Blender's version).
//! Equal products of two workspaces, and options that change no part, therefore share the work, and a new generator makes new files.

use crate::catalogue::Version;
use crate::engine::Evaluation;
use crate::errors::Refuse;
use crate::files;
use crate::inner::Inner;
use crate::times::mm;
use contract::JobResult;
use facade::Outcome;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::TenantTx;
use store::assets::Asset;

/// What Blender is given for a configuration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Work {
    /// Root node's name.
    pub name: String,
    /// Evaluated parts.
    pub parts: product::PartList,
    /// Surfaces of these parts.
    pub materials: BTreeMap<String, scene::Material>,
}

impl Work {
    /// The work of an evaluated configuration.
    pub(crate) fn of(version: &Version, evaluation: &Evaluation) -> Self {
        Self::of_compiled(&version.compiled, evaluation)
    }

    /// The same, of a product that is about to be published.
    pub(crate) fn of_compiled(product: &product::CompiledProduct, evaluation: &Evaluation) -> Self {
        let materials = used(product, evaluation).map(|(name, material)| (name.clone(), material.clone())).collect();
        Self { name: product.name.clone(), parts: evaluation.parts.clone(), materials }
    }

    /// The artefact's key without its format.
    pub(crate) fn key(&self, generator: &str) -> Outcome<String> {
        let materials = self.materials.iter().map(|(name, material)| (name.as_str(), material)).collect();
        Identity { name: &self.name, parts: &self.parts, materials }.key(generator)
    }
}

/// Surfaces of a product that these parts have.
fn used<'a>(product: &'a product::CompiledProduct, evaluation: &'a Evaluation) -> impl Iterator<Item = (&'a String, &'a scene::Material)> {
    let has = |name: &String| evaluation.parts.parts.iter().any(|p| &p.material == name);
    product.materials.iter().filter(move |(name, _)| has(name))
}

/// What identifies work, borrowed: as [`Work`] in JSON.
#[derive(Serialize)]
struct Identity<'a> {
    name: &'a str,
    parts: &'a product::PartList,
    materials: BTreeMap<&'a str, &'a scene::Material>,
}

impl Identity<'_> {
    /// SHA-256 over the work and its maker.
    fn key(&self, generator: &str) -> Outcome<String> {
        let bytes = serde_json::to_vec(self).map_err(|_| contract::AppError::internal())?;
        let mut hash = Sha256::new();
        hash.update(generator.as_bytes());
        hash.update([0]);
        hash.update(&bytes);
        Ok(crate::tokens::hex(&hash.finalize()))
    }
}

/// Ready files under one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    pub glb: Option<Asset>,
    pub usdz: Option<Asset>,
    pub still: Option<Asset>,
    pub drawing: Option<Asset>,
    pub turntable: Option<Asset>,
    pub sheet: Option<Asset>,
    /// Coarser levels of the model, the finer one first.
    pub levels: [Option<Asset>; 2],
}

impl Made {
    /// Whether a request for these formats is already answered.
    pub(crate) fn answers(&self, usdz: bool) -> bool {
        self.glb.is_some() && (!usdz || self.usdz.is_some())
    }
    /// Whether both pictures are there.
    pub(crate) fn pictured(&self) -> bool {
        self.still.is_some() && self.drawing.is_some()
    }
    /// Whether all is there that follows a model by itself: its pictures, and its coarser levels.
    pub(crate) fn complete(&self) -> bool {
        self.pictured() && (self.glb.is_none() || self.levels.iter().all(Option::is_some))
    }
    /// Address of the soft-lit picture.
    pub(crate) fn thumbnail(&self) -> Option<String> {
        self.still.as_ref().and_then(files::path)
    }
    /// Address of the line drawing.
    pub(crate) fn drawing(&self) -> Option<String> {
        self.drawing.as_ref().and_then(files::path)
    }
    /// Address of the film.
    pub(crate) fn film(&self) -> Option<String> {
        self.turntable.as_ref().and_then(files::path)
    }
    /// Address of the model.
    pub(crate) fn model(&self) -> Option<String> {
        self.glb.as_ref().and_then(files::path)
    }
    /// As a job shows it; `None` before the model is there. `key` is the configuration's.
    pub(crate) fn result(&self, key: &str) -> Option<JobResult> {
        self.told(key, self.glb.as_ref()?)
    }
    /// The same of a film's job, which may be there without a model.
    pub(crate) fn film_result(&self, key: &str) -> Option<JobResult> {
        self.told(key, self.turntable.as_ref()?)
    }
    /// Address of the technical drawing.
    pub(crate) fn paper(&self) -> Option<String> {
        self.sheet.as_ref().and_then(files::path)
    }
    /// The same of a technical drawing's job.
    pub(crate) fn paper_result(&self, key: &str) -> Option<JobResult> {
        self.told(key, self.sheet.as_ref()?)
    }
    fn told(&self, key: &str, of: &Asset) -> Option<JobResult> {
        let size = of.bounding_box_dmm.as_deref().unwrap_or_default();
        let side = |i: usize| size.get(i).copied().map_or(0.0, mm);
        Some(JobResult {
            glb_url: self.model(),
            usdz_url: self.usdz.as_ref().and_then(files::path),
            thumbnail_url: self.thumbnail(),
            drawing_url: self.drawing(),
            turntable_url: self.film(),
            sheet_url: self.paper(),
            level_urls: self.levels.iter().flatten().filter_map(files::path).collect(),
            key: key.to_owned(),
            bytes: of.bytes.unwrap_or(0),
            bounding_box_mm: [side(0), side(1), side(2)],
            sha256: of.sha256.clone().unwrap_or_default(),
        })
    }
}

/// Ready files of several artefacts.
pub(crate) async fn made(tx: &mut TenantTx, keys: &[String]) -> Outcome<BTreeMap<String, Made>> {
    let mut found: BTreeMap<String, Made> = BTreeMap::new();
    if keys.is_empty() {
        return Ok(found);
    }
    for asset in store::assets::ready(tx, keys).await.refuse()? {
        let made = found.entry(asset.key.clone()).or_default();
        match asset.kind.as_str() {
            "glb" => made.glb = Some(asset),
            "usdz" => made.usdz = Some(asset),
            "still" => made.still = Some(asset),
            "drawing" => made.drawing = Some(asset),
            "turntable" => made.turntable = Some(asset),
            "sheet" => made.sheet = Some(asset),
            "lod1" => made.levels[0] = Some(asset),
            "lod2" => made.levels[1] = Some(asset),
            _ => {}
        }
    }
    Ok(found)
}

/// Ready files of one artefact.
pub(crate) async fn made_one(tx: &mut TenantTx, key: &str) -> Outcome<Made> {
    Ok(made(tx, &[key.to_owned()]).await?.remove(key).unwrap_or_default())
}

/// Key of a configuration's files, as things stand.
pub(crate) fn key_of(inner: &Inner, version: &Version, evaluation: &Evaluation) -> Outcome<String> {
    let materials = used(&version.compiled, evaluation).map(|(name, material)| (name.as_str(), material)).collect();
    Identity { name: &version.compiled.name, parts: &evaluation.parts, materials }.key(&inner.ports.blender.generator())
}
