//! A Blender that does what a test tells it to, and counts.

use async_trait::async_trait;
use bytes::Bytes;
use ports::{Artefact, Blender, BlenderError, BlenderStatus, BuildRequest, Built, Progress, Still};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What happens in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behave {
    /// A good model of the parts.
    Well,
    /// The process dies.
    Crash,
    /// Nothing, until it is cancelled.
    Hang,
    /// Bytes that are no GLB.
    Rubbish,
    /// A GLB of another size.
    WrongSize,
    /// The parts can't be built.
    Refuse,
    /// No Blender here.
    Missing,
}

/// The scriptable Blender.
#[derive(Debug, Default)]
pub struct FakeBlender {
    script: Mutex<VecDeque<Behave>>,
    always: Mutex<Option<Behave>>,
    models: AtomicUsize,
    stills: AtomicUsize,
    cancelled: AtomicUsize,
    slow: AtomicBool,
    asked: Mutex<Vec<BuildRequest>>,
    generator: Mutex<Option<String>>,
}

impl FakeBlender {
    /// The next runs behave so, one after the other; later ones well.
    pub fn next(&self, script: impl IntoIterator<Item = Behave>) {
        lock(&self.script).extend(script);
    }
    /// From now on every run behaves so (`None`: well).
    pub fn always(&self, behave: Option<Behave>) {
        *lock(&self.always) = behave;
    }
    /// Another worker script or Blender: artefacts get other keys.
    pub fn becomes(&self, generator: &str) {
        *lock(&self.generator) = Some(generator.to_owned());
    }
    /// Every run takes 100 ms more.
    pub fn slowly(&self) {
        self.slow.store(true, Ordering::SeqCst);
    }
    /// Model runs so far, good or bad.
    #[must_use]
    pub fn models(&self) -> usize {
        self.models.load(Ordering::SeqCst)
    }
    /// Picture runs so far, good or bad.
    #[must_use]
    pub fn stills(&self) -> usize {
        self.stills.load(Ordering::SeqCst)
    }
    /// Runs that were cancelled while at work.
    #[must_use]
    pub fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::SeqCst)
    }
    /// What was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<BuildRequest> {
        lock(&self.asked).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[async_trait]
impl Blender for FakeBlender {
    async fn build(&self, request: BuildRequest, progress: mpsc::UnboundedSender<Progress>, cancel: CancellationToken) -> Result<Built, BlenderError> {
        let wants = |a| request.artefacts.contains(&a);
        if wants(Artefact::Glb) || wants(Artefact::Usdz) {
            self.models.fetch_add(1, Ordering::SeqCst);
        }
        if wants(Artefact::Still) {
            self.stills.fetch_add(1, Ordering::SeqCst);
        }
        lock(&self.asked).push(request.clone());
        let behave = lock(&self.script).pop_front().or(*lock(&self.always)).unwrap_or(Behave::Well);
        // A closed receiver is fine.
        let _ = progress.send(Progress { percent: 40, step: "Building parts".to_owned() });
        if self.slow.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut size = request.parts.bounding_box_mm;
        match behave {
            Behave::Well | Behave::Rubbish => {}
            Behave::WrongSize => size[0] += 5.0,
            Behave::Crash => return Err(BlenderError::Crashed("signal 11".to_owned())),
            Behave::Refuse => return Err(BlenderError::Refused("Part “top” has no volume.".to_owned())),
            Behave::Missing => return Err(BlenderError::NotInstalled("no such file".to_owned())),
            Behave::Hang => {
                cancel.cancelled().await;
                self.cancelled.fetch_add(1, Ordering::SeqCst);
                return Err(BlenderError::Cancelled);
            }
        }
        let rubbish = || Bytes::from_static(b"this is no model");
        let glb = wants(Artefact::Glb).then(|| if behave == Behave::Rubbish { rubbish() } else { glb_box(&request.name, size) });
        let usdz = wants(Artefact::Usdz).then(|| Bytes::from_static(b"PK\x03\x04 a stand-in for a USDZ file"));
        let still = wants(Artefact::Still).then(|| {
            if behave == Behave::Rubbish {
                Still { solid: rubbish(), drawing: rubbish() }
            } else {
                Still { solid: webp(&request.name), drawing: webp("drawing") }
            }
        });
        let turntable = wants(Artefact::Turntable)
            .then(|| if behave == Behave::Rubbish { rubbish() } else { Bytes::from_static(b"\0\0\0\x18ftypisom a stand-in for a film") });
        Ok(Built { glb, usdz, still, turntable, bounding_box_mm: size, blender_version: "4.5.0-fake".to_owned(), peak_memory: 123_000_000, run_ms: 7 })
    }

    async fn status(&self) -> BlenderStatus {
        let missing = *lock(&self.always) == Some(Behave::Missing);
        BlenderStatus {
            ready: u32::from(!missing) * 2,
            busy: 0,
            version: (!missing).then(|| "4.5.0-fake".to_owned()),
            cage: "a fake".to_owned(),
            problem: missing.then(|| "Blender is not installed on this server.".to_owned()),
        }
    }

    fn generator(&self) -> String {
        lock(&self.generator).clone().unwrap_or_else(|| "fake-1".to_owned())
    }
}

/// A WebP container that holds no picture, but tells different ones apart.
fn webp(what: &str) -> Bytes {
    let body = format!("WEBPfake {what}");
    let mut out = b"RIFF".to_vec();
    out.extend(u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
    out.extend(body.as_bytes());
    out.into()
}

/// The smallest valid GLB of a box of `size_mm` (`[w, d, h]`, product space) named `name`.
#[must_use]
pub fn glb_box(name: &str, size_mm: [f64; 3]) -> Bytes {
    #[allow(clippy::cast_possible_truncation)]
    let [w, d, h] = size_mm.map(|v| (v / 1000.0) as f32);
    // glTF (x, y, z) = product (x, z, −y) / 1000: the front (−depth) looks to +Z.
    let corners: Vec<[f32; 3]> =
        (0..8).map(|i| [if i & 1 == 0 { 0.0 } else { w }, if i & 2 == 0 { 0.0 } else { h }, if i & 4 == 0 { 0.0 } else { d }]).collect();
    let faces: [[u16; 3]; 12] =
        [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5]];
    let mut bin: Vec<u8> = corners.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    bin.extend(faces.iter().flatten().flat_map(|v| v.to_le_bytes()));
    let document = serde_json::json!({
        "asset": { "version": "2.0", "generator": "fitout test kit" },
        "scene": 0, "scenes": [{ "nodes": [0] }], "nodes": [{ "mesh": 0, "name": name }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1 }] }],
        "buffers": [{ "byteLength": bin.len() }],
        "bufferViews": [{ "buffer": 0, "byteOffset": 0, "byteLength": 96, "target": 34962 }, { "buffer": 0, "byteOffset": 96, "byteLength": 72, "target": 34963 }],
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": [0.0, 0.0, 0.0], "max": [w, h, d] },
            { "bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR" },
        ],
    });
    let mut json = document.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    bin.resize(bin.len().next_multiple_of(4), 0);
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = Vec::with_capacity(28 + json.len() + bin.len());
    out.extend(b"glTF");
    out.extend(word(2));
    out.extend(word(28 + json.len() + bin.len()));
    out.extend(word(json.len()));
    out.extend(b"JSON");
    out.extend(&json);
    out.extend(word(bin.len()));
    out.extend(b"BIN\0");
    out.extend(&bin);
    out.into()
}
