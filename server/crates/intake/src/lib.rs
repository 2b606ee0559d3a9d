//! What strangers upload, made ours: models (GLB, OBJ, STL, and bundles of them) and pictures are told by their content, held to limits, and read into a
//! scene in product space (millimetres, Z up, front towards −Y). Everything else is refused with its place.
//!
//! Nothing here trusts a number of a file: each offset, count and size is compared with what is there before it is used. Pure: bytes in, data out.

mod bare;
mod bundle;
mod glb;
pub mod lod;
mod measure;
mod obj;
mod pictures;
mod sniff;
mod stl;
pub mod write;

pub use measure::{Unit, Up, guess};
pub use pictures::{Encoding, Picture, picture, preview, smaller};
pub use sniff::{Content, sniff};

use scene::Scene;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Refused {
    /// Stable, for programs: `cut_off`, `too_large`, `not_a_model` …
    pub code: &'static str,
    /// What is wrong, and where; for people.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of the file, bytes.
    pub bytes: usize,
    /// Of a bundle once unpacked, bytes.
    pub unpacked: usize,
    /// Files in a bundle.
    pub files: usize,
    /// Triangles of a model.
    pub triangles: usize,
    /// Nodes of a model and parts of its meshes, each time that they are placed.
    pub nodes: usize,
    /// Pictures of a model.
    pub pictures: usize,
    /// Of one picture, width × height.
    pub pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, unpacked: 256 << 20, files: 200, triangles: 1_000_000, nodes: 20_000, pictures: 64, pixels: 64_000_000 }
    }
}

/// What a person says about a model; what is left open is guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Length of one unit of the file.
    pub unit: Option<Unit>,
    /// Direction that is up in the file.
    pub up: Option<Up>,
}

/// A model that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Geometry and surfaces, product space.
    pub scene: Scene,
    /// Pictures of its surfaces, checked.
    pub pictures: Vec<Picture>,
    /// How lengths and axes were understood.
    pub measure: Measure,
    /// What was left out or mended, for people.
    pub notes: Vec<String>,
}

/// How lengths and axes of a file were understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// One unit of the file.
    pub unit: Unit,
    /// Its up.
    pub up: Up,
    /// Not said by the file or by a person: to be asked.
    pub guessed: bool,
}

/// Reads a model. The name only says what to call it; what it is, is told by its content.
///
/// # Errors
/// [`Refused`] for what is no model, is broken, or passes a limit.
pub fn model(name: &str, bytes: &[u8], said: Said, limits: &Limits) -> Result<Model, Refused> {
    if bytes.is_empty() {
        return Err(Refused::new("empty", "The file is empty."));
    }
    if bytes.len() > limits.bytes {
        return Err(too_large("The file", bytes.len(), limits.bytes));
    }
    match sniff(bytes) {
        Some(Content::Glb) => glb::read(bytes, said, limits),
        Some(Content::Stl) => stl::read(name, bytes, said, limits),
        Some(Content::Obj) => obj::read(bytes, &[], said, limits),
        Some(Content::Zip) => bundle::read(bytes, said, limits),
        Some(Content::Picture(_)) => Err(Refused::new("not_a_model", "This is a picture, not a model. Upload GLB, OBJ or STL, or a ZIP of them.")),
        None => Err(Refused::new("not_a_model", "This is no model that Fitout reads. Upload GLB, OBJ or STL, or a ZIP of them.")),
    }
}

pub(crate) fn too_large(what: &str, is: usize, most: usize) -> Refused {
    Refused::new("too_large", format!("{what} has {} MB; {} MB are the most.", is.div_ceil(1 << 20), most >> 20))
}

/// Remarks about a model, at most: a file of faults is not told fault by fault.
const REMARKS: usize = 20;

/// Notes what was left out, unless that was said often enough.
pub(crate) fn note(notes: &mut Vec<String>, what: impl FnOnce() -> String) {
    match notes.len() {
        0..REMARKS => notes.push(what()),
        REMARKS => notes.push("There is more of this kind.".to_owned()),
        _ => {}
    }
}

pub(crate) fn too_many(what: &str, most: usize) -> Refused {
    Refused::new("too_many", format!("The model has more than {most} {what}. Simplify it first."))
}
