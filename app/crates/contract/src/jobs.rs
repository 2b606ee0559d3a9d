//! Jobs: exact models and pictures.

use crate::{ConfigData, Id, Timestamp};
use serde::{Deserialize, Serialize};

/// Ask for an exact model: of a saved configuration, or of a product and choices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewJob {
    /// A saved configuration …
    #[serde(default)]
    pub configuration_id: Option<Id>,
    /// … or a product …
    #[serde(default)]
    pub product_id: Option<Id>,
    /// … and choices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub config_data: Option<ConfigData>,
    /// Of a model `glb` (always made) and `usdz`; of a film `mp4`; of a drawing `pdf`.
    #[serde(default)]
    pub formats: Option<Vec<String>>,
    /// `model` (the usual), `turntable`: one turn as a film, or `drawing`: four views with their sizes on a sheet of paper.
    #[serde(default)]
    pub kind: Option<String>,
}

/// States of a job, as words on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobStatus {
    /// Accepted, but not in line yet: it waits for its time, as before a retry (1, 2, 4 s).
    #[default]
    Pending,
    /// In line, waits for a worker.
    Queued,
    /// At work.
    Processing,
    /// Done.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl JobStatus {
    /// Whether it can still change.
    #[must_use]
    pub fn open(self) -> bool {
        matches!(self, Self::Pending | Self::Queued | Self::Processing)
    }
}

/// Files of a finished model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobResult {
    /// Binary glTF.
    pub glb_url: Option<String>,
    /// For AR Quick Look.
    pub usdz_url: Option<String>,
    /// Soft-lit picture; `null` until the chained job made it.
    pub thumbnail_url: Option<String>,
    /// Line picture from the same camera, which follows a model; not the technical drawing of `sheet_url`.
    pub drawing_url: Option<String>,
    /// One turn as a film (MP4); asked for by a job of its own.
    #[serde(default)]
    pub turntable_url: Option<String>,
    /// Technical drawing (PDF, A3), which a job of the kind `drawing` makes; not the line picture of `drawing_url`.
    #[serde(default)]
    pub sheet_url: Option<String>,
    /// The model with fewer triangles and smaller pictures (GLB), the finer one first; empty until the chained job made them.
    #[serde(default)]
    pub level_urls: Vec<String>,
    /// Identity of the configuration.
    pub key: String,
    /// Size of the GLB.
    pub bytes: i64,
    /// Outer size of the exact model.
    pub bounding_box_mm: [f64; 3],
    /// Of the GLB.
    pub sha256: String,
}

/// One request for a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Id.
    pub id: Id,
    /// `model`, `turntable`, `drawing` or `asset`.
    pub kind: String,
    /// The saved configuration, when it was asked by one.
    pub configuration_id: Option<Id>,
    /// State.
    pub status: JobStatus,
    /// 0–100.
    pub progress: u8,
    /// The GLB once made.
    pub result_url: Option<String>,
    /// Files once made.
    pub result: Option<JobResult>,
    /// True unless this request started the run.
    pub cache_hit: bool,
    /// Stable code once failed.
    pub error_code: Option<String>,
    /// Words once failed.
    pub error_message: Option<String>,
    /// Tries after the first, counted from when they are decided.
    pub retry_count: i32,
    /// At most.
    pub max_retries: i32,
    /// Who works or worked on it.
    pub worker_id: Option<String>,
    /// Asked.
    pub created_at: Timestamp,
    /// Begun.
    pub started_at: Option<Timestamp>,
    /// Ended.
    pub completed_at: Option<Timestamp>,
    /// Product's name, for lists.
    #[serde(default)]
    pub title: String,
    /// Variant code, for lists.
    #[serde(default)]
    pub variant_code: String,
    /// Product, for "Open".
    #[serde(default)]
    pub product_id: Option<Id>,
    /// What it does now, for people.
    #[serde(default)]
    pub step: String,
    /// Present picture of the product, for lists.
    #[serde(default)]
    pub picture_url: Option<String>,
    /// Milliseconds of the run, once ended.
    #[serde(default)]
    pub run_ms: Option<i64>,
    /// About how long its run still takes, seconds, from the runs before; how long it stands in line is not in it.
    #[serde(default)]
    pub eta_s: Option<u32>,
    /// What the work took; told of a single request, not in lists.
    #[serde(default)]
    pub run: Option<JobRun>,
}

/// What the work for a request took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobRun {
    /// In line, milliseconds; so far, while it waits.
    pub waited_ms: i64,
    /// At work, milliseconds: what the request costs in time of one worker. So far, while it runs.
    pub run_ms: Option<i64>,
    /// Tries.
    pub attempts: i32,
    /// Largest memory of the process, bytes.
    pub peak_memory: Option<i64>,
    /// End of the log: steps with their times, and what went wrong.
    pub log: String,
}

/// Which jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobQuery {
    /// `open`, `failed`, `done`; nothing = all.
    #[serde(default)]
    pub state: Option<String>,
    /// Product name, SKU or beginning of an id.
    #[serde(default)]
    pub search: Option<String>,
    /// 1–100.
    #[serde(default)]
    pub limit: Option<u32>,
    /// From `next_cursor`.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Figures over the list of jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobFigures {
    /// Blender processes at work.
    pub workers_busy: u32,
    /// Blender processes allowed.
    pub workers_total: u32,
    /// Why no exact models can be made, when that is so.
    pub problem: Option<String>,
    /// Waiting requests.
    pub waiting: i64,
    /// Open requests.
    pub open: i64,
    /// Median run today, ms.
    pub median_ms: Option<i64>,
    /// Share from cache today, percent.
    pub cache_percent: Option<u8>,
    /// Failed today.
    pub failed: i64,
    /// All today.
    pub total: i64,
    /// Requests per hour, last 24, oldest first.
    pub hours: Vec<i64>,
}

/// What happens live: `{ event, data }` on SSE and `/ws`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// `job.updated`, `configuration.saved`, `product.published` …
    pub event: String,
    /// Its data.
    pub data: serde_json::Value,
}

impl JobResult {
    /// Token of the model's file: names its page in a room.
    #[must_use]
    pub fn model_token(&self) -> Option<String> {
        self.glb_url.as_deref()?.strip_prefix("/files/")?.split('/').next().map(str::to_owned)
    }
}

/// A model for looking at it in a room, by whoever has its link.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoomPage {
    /// Product.
    pub name: String,
    /// Whose it is.
    pub organization: String,
    /// Token of the model's file: names this page.
    pub token: String,
    /// GLB, a whole address: other programs fetch it.
    pub glb_url: String,
    /// USDZ, when it was made.
    pub usdz_url: Option<String>,
    /// Soft-lit picture.
    pub picture: Option<String>,
    /// Outer size `[width, depth, height]`, millimetres.
    pub size_mm: [f64; 3],
}
