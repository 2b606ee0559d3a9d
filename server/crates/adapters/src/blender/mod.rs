//! A pool of warm Blender processes behind [`ports::Blender`].

mod cage;
mod check;
mod process;
mod scratch;

pub use cage::Walls;

use async_trait::async_trait;
use bytes::Bytes;
use check::Sizes;
use ports::{Artefact, Blender, BlenderError, BlenderStatus, BuildRequest, Built, Progress, Still};
use process::{Launcher, Recipe, Worker};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longest time until a fresh process says hello.
const HELLO: Duration = Duration::from_secs(60);

/// How the pool runs.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// A Blender binary, or a Python that has the module `bpy`. Empty: none is configured.
    pub executable: PathBuf,
    /// Private folder for the worker's scripts; may be shared between servers.
    pub worker_dir: PathBuf,
    /// Folder for scratch folders, one per process.
    pub scratch_root: PathBuf,
    /// Processes at once, at least 1.
    pub max_concurrent: usize,
    /// Longest time of one job, the start of a process included.
    pub timeout: Duration,
    /// A process is replaced after this many jobs.
    pub recycle_jobs: u32,
    /// A process is replaced when it holds more memory than this, bytes.
    pub recycle_memory: u64,
}

impl PoolConfig {
    /// Usual values for `executable`, with folders below `data`.
    #[must_use]
    pub fn new(executable: impl Into<PathBuf>, data: &Path) -> Self {
        Self {
            executable: executable.into(),
            worker_dir: data.join("blender/worker"),
            scratch_root: data.join("blender/scratch"),
            max_concurrent: 2,
            timeout: Duration::from_secs(300),
            recycle_jobs: 100,
            recycle_memory: 1200 << 20,
        }
    }

    /// Reads `BLENDER_PATH`, `BLENDER_MAX_CONCURRENT` and `BLENDER_TIMEOUT_SECONDS`.
    ///
    /// # Errors
    /// A sentence that names the setting that is not a number above zero.
    pub fn from_env(data: &Path) -> Result<Self, String> {
        let number = |name: &str, usual: u64| match std::env::var(name) {
            Err(_) => Ok(usual),
            Ok(text) => text.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("{name} must be a whole number above 0, not “{text}”")),
        };
        let mut config = Self::new(std::env::var_os("BLENDER_PATH").unwrap_or_default(), data);
        config.max_concurrent = usize::try_from(number("BLENDER_MAX_CONCURRENT", 2)?).unwrap_or(2);
        config.timeout = Duration::from_secs(number("BLENDER_TIMEOUT_SECONDS", 300)?);
        Ok(config)
    }
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Worker>,
    version: Option<String>,
    walls: Option<Walls>,
    problem: Option<String>,
}

/// Keeps processes warm; see [`PoolConfig`].
#[derive(Debug)]
pub struct Pool {
    config: PoolConfig,
    scripts: Result<PathBuf, String>,
    hash: String,
    launcher: Result<Launcher, String>,
    slots: Semaphore,
    busy: AtomicU32,
    state: Mutex<State>,
}

impl Pool {
    /// Prepares folders; starts nothing yet. Never fails: what is wrong shows in [`Blender::status`] and in each build's error.
    #[must_use]
    pub fn new(mut config: PoolConfig) -> Arc<Self> {
        config.executable = resolve(&config.executable);
        config.max_concurrent = config.max_concurrent.clamp(1, 64);
        scratch::sweep(&config.scratch_root);
        let scripts = scratch::write_scripts(&config.worker_dir)
            .and_then(|p| p.canonicalize())
            .map_err(|e| format!("the worker's scripts can't be written to {}: {e}", config.worker_dir.display()));
        let mut state = State { problem: missing(&config.executable), ..State::default() };
        // Known from the last run of the server, so that keys of artefacts don't change while Blender starts.
        state.version = scripts.as_ref().ok().and_then(|s| std::fs::read_to_string(s.join(version_file(&config.executable))).ok());
        Arc::new(Self {
            slots: Semaphore::new(config.max_concurrent),
            hash: scratch::scripts_hash(),
            launcher: Launcher::new().map_err(|e| format!("no thread for starting processes: {e}")),
            busy: AtomicU32::new(0),
            state: Mutex::new(state),
            scripts,
            config,
        })
    }

    /// Starts one process ahead of the first job. Await it before asking for [`Blender::generator`].
    ///
    /// # Errors
    /// Why none could be started; the pool stays usable and tries again with the next job.
    pub async fn prewarm(&self) -> Result<(), BlenderError> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Ok(());
        };
        if !self.lock().idle.is_empty() {
            return Ok(());
        }
        let worker = self.start().await?;
        self.lock().idle.push(worker);
        Ok(())
    }

    /// Ends all waiting processes at once, for an orderly stop of the server.
    pub async fn stop(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        for worker in idle {
            worker.kill().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn start(&self) -> Result<Worker, BlenderError> {
        let started = self.try_start().await;
        let mut state = self.lock();
        match &started {
            Ok(worker) => {
                if state.version.as_deref() != Some(&worker.version) {
                    self.remember(&worker.version);
                }
                state.version = Some(worker.version.clone());
                state.walls = Some(worker.walls);
                state.problem = None;
            }
            Err(e) => state.problem = Some(e.to_string()),
        }
        started
    }

    async fn try_start(&self) -> Result<Worker, BlenderError> {
        if let Some(problem) = missing(&self.config.executable) {
            return Err(BlenderError::NotInstalled(problem));
        }
        let recipe = Recipe {
            executable: self.config.executable.clone(),
            scripts: self.scripts.clone().map_err(BlenderError::Crashed)?,
            scratch_root: self.config.scratch_root.clone(),
        };
        let launcher = self.launcher.as_ref().map_err(|e| BlenderError::Crashed(e.clone()))?;
        tokio::time::timeout(HELLO, Worker::start(&recipe, launcher)).await.unwrap_or(Err(BlenderError::TimedOut(HELLO.as_secs())))
    }

    fn remember(&self, version: &str) {
        if let Ok(scripts) = &self.scripts
            && let Err(e) = std::fs::write(scripts.join(version_file(&self.config.executable)), version)
        {
            tracing::warn!(error = %e, "Blender's version could not be noted");
        }
    }

    /// A live process from the pool, or a fresh one.
    async fn take(&self) -> Result<Worker, BlenderError> {
        loop {
            let waiting = self.lock().idle.pop();
            let Some(mut worker) = waiting else {
                return self.start().await;
            };
            // One that died while it waited is dropped; the next one takes its place.
            if worker.alive() {
                return Ok(worker);
            }
        }
    }

    async fn work(&self, request: &BuildRequest, progress: &mpsc::UnboundedSender<Progress>, limit: Instant) -> Result<Built, BlenderError> {
        let worker = self.take().await?;
        let mut slot = Slot { worker: Some(worker), pool: self };
        let Some(worker) = slot.worker.as_mut() else {
            return Err(BlenderError::Cancelled);
        };
        let used = worker.jobs > 0;
        let outcome = match worker.run(request, progress).await {
            // A waiting process may die in the very moment it is asked: that is not this job's fault.
            Err(BlenderError::Crashed(_)) if used && !worker.alive() && Instant::now() < limit => {
                slot.worker = Some(self.start().await?);
                let Some(worker) = slot.worker.as_mut() else {
                    return Err(BlenderError::Cancelled);
                };
                worker.run(request, progress).await
            }
            outcome => outcome,
        };
        let Some(worker) = slot.worker.as_mut() else {
            return Err(BlenderError::Cancelled);
        };
        let result = match outcome {
            Ok(run_ms) => collect(request, worker, run_ms).await,
            Err(e) => Err(e),
        };
        // A process that did its work, or said clearly why not, may go on; any other is ended by the slot.
        let (now, _) = worker.memory();
        let fit = worker.jobs < self.config.recycle_jobs && now < self.config.recycle_memory && worker.alive();
        if matches!(result, Ok(_) | Err(BlenderError::Refused(_))) && fit && worker.scratch.wipe().is_ok() {
            slot.keep();
        }
        result
    }
}

/// A process at work. Unless it is kept, it is killed when this goes: so a cancelled or timed-out job ends its process at once.
struct Slot<'a> {
    worker: Option<Worker>,
    pool: &'a Pool,
}

impl Slot<'_> {
    fn keep(&mut self) {
        if let Some(worker) = self.worker.take() {
            self.pool.lock().idle.push(worker);
        }
    }
}

/// Counts a job as busy for as long as it lives.
struct Busy<'a>(&'a AtomicU32);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Blender for Pool {
    async fn build(&self, request: BuildRequest, progress: mpsc::UnboundedSender<Progress>, cancel: CancellationToken) -> Result<Built, BlenderError> {
        let _slot = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(BlenderError::Cancelled),
            slot = self.slots.acquire() => slot.map_err(|_| BlenderError::Cancelled)?,
        };
        self.busy.fetch_add(1, Ordering::Relaxed);
        let _busy = Busy(&self.busy);
        let limit = Instant::now() + self.config.timeout;
        // Leaving the select drops the work, and with it the process.
        let result = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(BlenderError::Cancelled),
            done = self.work(&request, &progress, limit) => done,
            () = tokio::time::sleep_until(limit) => Err(BlenderError::TimedOut(self.config.timeout.as_secs())),
        };
        if let Err(e) = &result {
            tracing::warn!(job = %request.job, error = %e, code = e.code(), "no exact model");
        }
        result
    }

    async fn status(&self) -> BlenderStatus {
        let mut state = self.lock();
        state.idle.retain_mut(Worker::alive);
        let absent = missing(&self.config.executable);
        BlenderStatus {
            ready: u32::try_from(state.idle.len()).unwrap_or(u32::MAX),
            busy: self.busy.load(Ordering::Relaxed),
            version: if absent.is_some() { None } else { state.version.clone() },
            cage: state.walls.map(Walls::words).unwrap_or_default(),
            problem: absent.or_else(|| state.problem.clone()),
        }
    }

    fn generator(&self) -> String {
        match &self.lock().version {
            Some(version) => format!("{}-{version}", self.hash),
            None => self.hash.clone(),
        }
    }
}

/// A bare name is looked up in `PATH`; links stay as they are, since a Python finds its modules by the link's place.
fn resolve(executable: &Path) -> PathBuf {
    if executable.components().count() != 1 || executable.as_os_str().is_empty() {
        return std::path::absolute(executable).unwrap_or_else(|_| executable.to_path_buf());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|d| d.join(executable)).find(|p| p.is_file()).unwrap_or_else(|| executable.to_path_buf())
}

/// Why `executable` can't be Blender, if it can't.
fn missing(executable: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    if executable.as_os_str().is_empty() {
        return Some("BLENDER_PATH is not set".into());
    }
    match std::fs::metadata(executable) {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => None,
        Ok(_) => Some(format!("{} is not a program", executable.display())),
        Err(_) => Some(format!("there is no {}", executable.display())),
    }
}

/// The note of a version belongs to one executable in one state; a virtual environment made anew has a new link.
fn version_file(executable: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let stamp = std::fs::symlink_metadata(executable).map(|m| (m.ino(), m.ctime())).unwrap_or_default();
    format!("version-{}", blake3::hash(format!("{} {stamp:?}", executable.display()).as_bytes()).to_hex().as_str().get(..12).unwrap_or_default())
}

/// Takes the files out of the scratch folder and checks them.
async fn collect(request: &BuildRequest, worker: &Worker, run_ms: u64) -> Result<Built, BlenderError> {
    let wants = |artefact| request.artefacts.contains(&artefact);
    let folder = worker.scratch.path();
    let mut built = Built {
        glb: None,
        usdz: None,
        still: None,
        turntable: None,
        bounding_box_mm: request.parts.bounding_box_mm,
        blender_version: worker.version.clone(),
        peak_memory: worker.memory().1,
        run_ms,
    };
    if wants(Artefact::Glb) {
        let glb = fetch(folder, "model.glb", Sizes::GLB).await?;
        built.bounding_box_mm = check::glb(&glb, &request.parts).map_err(BlenderError::BadOutput)?;
        built.glb = Some(glb);
    }
    if wants(Artefact::Usdz) {
        let usdz = fetch(folder, "model.usdz", Sizes::USDZ).await?;
        check::usdz(&usdz).map_err(BlenderError::BadOutput)?;
        built.usdz = Some(usdz);
    }
    if wants(Artefact::Still) {
        let (solid, drawing) = (fetch(folder, "solid.webp", Sizes::PICTURE).await?, fetch(folder, "drawing.webp", Sizes::PICTURE).await?);
        check::picture(&solid).and_then(|()| check::picture(&drawing)).map_err(BlenderError::BadOutput)?;
        built.still = Some(Still { solid, drawing });
    }
    if wants(Artefact::Turntable) {
        let film = fetch(folder, "turntable.mp4", Sizes::FILM).await?;
        check::film(&film).map_err(BlenderError::BadOutput)?;
        built.turntable = Some(film);
    }
    Ok(built)
}

/// Reads a file that a caged process wrote: never through a link, never from anything but a plain file, never more than `most` bytes.
async fn fetch(folder: &Path, name: &str, most: u64) -> Result<Bytes, BlenderError> {
    use tokio::io::AsyncReadExt;
    let bad = |why: String| BlenderError::BadOutput(format!("{name}: {why}"));
    let file = tokio::fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(folder.join(name)).await;
    let file = file.map_err(|e| bad(format!("it can't be read ({e})")))?;
    let meta = file.metadata().await.map_err(|e| bad(e.to_string()))?;
    if !meta.is_file() {
        return Err(bad("it is not a file".into()));
    }
    if meta.len() > most {
        return Err(bad(format!("it is larger than {} MB", most >> 20)));
    }
    let mut data = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    file.take(most).read_to_end(&mut data).await.map_err(|e| bad(e.to_string()))?;
    Ok(data.into())
}

#[cfg(test)]
mod tests;
