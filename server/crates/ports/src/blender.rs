//! Blender as a service: parts in, exact files out.

use async_trait::async_trait;
use bytes::Bytes;
use product::PartList;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildRequest {
    /// For logs and the scratch folder.
    pub job: String,
    /// Words for the file's root node.
    pub name: String,
    /// Evaluated parts, product space, millimetres.
    pub parts: PartList,
    /// Surfaces by name.
    pub materials: BTreeMap<String, scene::Material>,
    /// Files wanted.
    pub artefacts: Vec<Artefact>,
}

/// A kind of file that Blender makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Artefact {
    /// Binary glTF.
    Glb,
    /// USDZ for AR Quick Look.
    Usdz,
    /// Two pictures from one camera: soft-lit still and line drawing (see [`Still`]).
    Still,
    /// One turn of the product as a film (MP4). Takes a minute where the others take seconds.
    Turntable,
}

/// Progress of one build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// 0–100.
    pub percent: u8,
    /// What it does now, for people: "Cutting edges".
    pub step: String,
}

/// Pictures as WebP, transparent background, 4:3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// Soft-lit picture.
    pub solid: Bytes,
    /// Line drawing, dark ink on transparent.
    pub drawing: Bytes,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// Present when asked for.
    pub glb: Option<Bytes>,
    /// Present when asked for.
    pub usdz: Option<Bytes>,
    /// Present when asked for.
    pub still: Option<Still>,
    /// Present when asked for.
    pub turntable: Option<Bytes>,
    /// Outer size of the exact model `[w, d, h]`, millimetres.
    pub bounding_box_mm: [f64; 3],
    /// Blender's version, e.g. `4.5.15`.
    pub blender_version: String,
    /// Largest memory of the process, bytes.
    pub peak_memory: u64,
    /// Time inside Blender, milliseconds.
    pub run_ms: u64,
}

/// Why nothing came out. `recoverable` ones are tried again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlenderError {
    /// No Blender on this machine: say so, the instant model still works.
    #[error("Blender is not installed on this server: {0}")]
    NotInstalled(String),
    /// The process died.
    #[error("Blender stopped unexpectedly: {0}")]
    Crashed(String),
    /// Longer than the limit.
    #[error("Blender took longer than {0} s and was stopped")]
    TimedOut(u64),
    /// It answered, but not with a valid model of these parts.
    #[error("Blender's file is not usable: {0}")]
    BadOutput(String),
    /// The parts can't be built, with the part's id: an error of the definition, not of the machine.
    #[error("{0}")]
    Refused(String),
    /// Cancelled by the caller.
    #[error("cancelled")]
    Cancelled,
}

impl BlenderError {
    /// Whether trying again can help.
    #[must_use]
    pub fn recoverable(&self) -> bool {
        matches!(self, Self::Crashed(_) | Self::TimedOut(_) | Self::BadOutput(_))
    }
    /// Stable code for people and programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled(_) => "E-BLENDER-MISSING",
            Self::Crashed(_) => "E-BLENDER-CRASHED",
            Self::TimedOut(_) => "E-BLENDER-TIMEOUT",
            Self::BadOutput(_) => "E-BLENDER-OUTPUT",
            Self::Refused(_) => "E-GEOMETRY",
            Self::Cancelled => "E-CANCELLED",
        }
    }
}

/// For `/health` and the jobs page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlenderStatus {
    /// Warm processes waiting.
    pub ready: u32,
    /// Processes at work.
    pub busy: u32,
    /// Blender's version; `None` when it isn't installed.
    pub version: Option<String>,
    /// What confines the processes, for people ("network and file namespaces, memory and time limits"); empty when nothing does.
    pub cage: String,
    /// Why it is not usable, when it isn't.
    pub problem: Option<String>,
}

/// Makes exact files.
#[async_trait]
pub trait Blender: Send + Sync {
    /// Builds what is asked. Reports progress to `progress` (a closed receiver is fine); `cancel` kills the running process.
    ///
    /// # Errors
    /// [`BlenderError`].
    async fn build(&self, request: BuildRequest, progress: mpsc::UnboundedSender<Progress>, cancel: CancellationToken) -> Result<Built, BlenderError>;
    /// State of the pool.
    async fn status(&self) -> BlenderStatus;
    /// Part of every artefact's key: changes when the worker script or Blender changes.
    fn generator(&self) -> String;
}
