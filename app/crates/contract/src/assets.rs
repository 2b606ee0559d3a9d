//! Assets: models and pictures that people upload.

use crate::{Id, Job, Timestamp};
use serde::{Deserialize, Serialize};

/// Largest file that is taken, bytes.
pub const LARGEST_UPLOAD: usize = 64 * 1024 * 1024;

/// Units that a file's lengths may have, with their words.
pub const UNITS: [(&str, &str); 5] = [("mm", "Millimetres"), ("cm", "Centimetres"), ("m", "Metres"), ("inch", "Inches"), ("foot", "Feet")];

/// Axes that may point up in a file, with their words.
pub const UPS: [(&str, &str); 2] = [("z", "Z (CAD, 3D print)"), ("y", "Y (glTF, most OBJ)")];

/// A model or picture, and what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Asset {
    /// Id.
    pub id: Id,
    /// Name.
    pub name: String,
    /// What the file was called.
    pub file_name: String,
    /// `model` or `picture`.
    pub kind: String,
    /// `processing`, `ready`, `refused` (the file is not good), `failed` (we are not; try again) or `cancelled`.
    pub status: String,
    /// Why it is refused or has failed.
    pub reason: Option<String>,
    /// Stable code of that.
    pub code: Option<String>,
    /// Size of the file as it came.
    pub bytes: i64,
    /// Digest of the file as it came.
    pub sha256: String,
    /// Unit of the file's lengths: `mm`, `cm`, `m`, `inch`, `foot`.
    pub unit: Option<String>,
    /// Axis that is up in the file: `y` or `z`.
    pub up: Option<String>,
    /// Unit or axis were guessed: a person should look.
    pub guessed: bool,
    /// Outer size `[width, depth, height]` of a model, millimetres.
    pub size_mm: Option<[f64; 3]>,
    /// Width and height of a picture.
    pub pixels: Option<[u32; 2]>,
    /// Triangles of each level, the finest first.
    pub triangles: Vec<u64>,
    /// What was left out or mended.
    pub notes: Vec<String>,
    /// Models, the finest first: GLB in metres, Y up.
    pub glb_urls: Vec<String>,
    /// Size of each of them.
    pub glb_bytes: Vec<i64>,
    /// The picture as it came.
    pub picture_url: Option<String>,
    /// A drawing of the model, or the picture small.
    pub thumbnail_url: Option<String>,
    /// The model from above, as lines in millimetres.
    pub symbol_url: Option<String>,
    /// The job that makes, or made, the files.
    pub job_id: Option<Id>,
    /// How far that is, percent.
    pub progress: u8,
    /// When.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// Row version, the `ETag`.
    pub revision: i64,
}

impl Asset {
    /// Token of the model's file: names its page in a room.
    #[must_use]
    pub fn model_token(&self) -> Option<&str> {
        self.glb_urls.first()?.strip_prefix("/files/")?.split('/').next()
    }
}

/// What comes with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAsset {
    /// What the file is called.
    pub file_name: String,
    /// Name; else the file's.
    pub name: Option<String>,
    /// Unit of its lengths; nothing or `auto`: to be found out.
    pub unit: Option<String>,
    /// Its up; nothing or `auto`: to be found out.
    pub up: Option<String>,
}

/// A file was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetTaken {
    /// The asset.
    pub asset: Asset,
    /// The job that checks it and makes its files; none when the very same file was there already.
    pub job: Option<Job>,
}

/// What changes of an asset; the others stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetChange {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Unit of its lengths, or `auto`. Makes its files anew.
    #[serde(default)]
    pub unit: Option<String>,
    /// Its up, or `auto`. Makes its files anew.
    #[serde(default)]
    pub up: Option<String>,
}

/// Which assets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetQuery {
    /// In the name or the file's name.
    #[serde(default)]
    pub search: Option<String>,
    /// 1–100.
    #[serde(default)]
    pub limit: Option<u32>,
    /// From `next_cursor`.
    #[serde(default)]
    pub cursor: Option<String>,
}
