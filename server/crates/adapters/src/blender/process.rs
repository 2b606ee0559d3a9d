//! One Blender process and the talk with it.

use super::cage::{self, Walls};
use super::scratch::Scratch;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use ports::{BlenderError, BuildRequest, Progress};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};

/// Longest line that a worker may answer.
const LINE: usize = 1 << 20;
/// Bytes of its error stream that are kept.
const TAIL: usize = 4096;

/// What a worker says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Answer {
    Hello { version: String },
    Progress { percent: u8, step: String },
    Done { run_ms: u64 },
    Error { kind: String, message: String },
}

#[derive(Serialize)]
struct Order<'a> {
    #[serde(flatten)]
    request: &'a BuildRequest,
    scratch: &'a Path,
    /// Meshes that only Rust makes, by part.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    meshes: BTreeMap<&'a str, RawMesh>,
}

/// A mesh in the part's own frame, millimetres, texture coordinates in metres: little-endian `f32` and `u32` in base64.
#[derive(Serialize)]
struct RawMesh {
    positions: String,
    normals: String,
    uvs: String,
    triangles: String,
}

impl RawMesh {
    fn of(part: &product::Part) -> Self {
        let mesh = product::mesh(part);
        let floats = |all: &mut dyn Iterator<Item = f32>| BASE64.encode(all.flat_map(f32::to_le_bytes).collect::<Vec<u8>>());
        Self {
            positions: floats(&mut mesh.positions.iter().flatten().copied()),
            normals: floats(&mut mesh.normals.iter().flatten().copied()),
            uvs: floats(&mut mesh.uvs.iter().flatten().copied()),
            triangles: BASE64.encode(mesh.indices.iter().flat_map(|i| i.to_le_bytes()).collect::<Vec<u8>>()),
        }
    }

    /// Of all parts whose shape Blender has no words for.
    fn all(request: &BuildRequest) -> BTreeMap<&str, Self> {
        let soft = request.parts.parts.iter().filter(|p| matches!(p.shape, product::Shape::Cushion { .. }));
        soft.map(|p| (p.id.as_str(), Self::of(p))).collect()
    }
}

/// Starts processes from one thread that lives as long as the pool.
///
/// The kernel ends a child whose `PR_SET_PDEATHSIG` is set when the *thread* that started it ends, and the runtime's threads come and go.
#[derive(Debug, Clone)]
pub(crate) struct Launcher(std::sync::mpsc::Sender<(Command, oneshot::Sender<std::io::Result<Child>>, tokio::runtime::Handle)>);

impl Launcher {
    pub(crate) fn new() -> std::io::Result<Self> {
        let (send, receive) = std::sync::mpsc::channel::<(Command, oneshot::Sender<_>, tokio::runtime::Handle)>();
        std::thread::Builder::new().name("blender-launcher".into()).spawn(move || {
            for (mut command, answer, runtime) in receive {
                let _inside = runtime.enter();
                // Nobody waits any more: the child is dropped here, which kills it.
                let _ = answer.send(command.spawn());
            }
        })?;
        Ok(Self(send))
    }

    async fn start(&self, command: Command) -> std::io::Result<Child> {
        let gone = || std::io::Error::other("the launcher has stopped");
        let (answer, started) = oneshot::channel();
        self.0.send((command, answer, tokio::runtime::Handle::current())).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

/// A live process. Dropping it kills its whole process group and removes its folder.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    group: Option<rustix::process::Pid>,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    log: Arc<Mutex<Vec<u8>>>,
    pub(crate) scratch: Scratch,
    pub(crate) version: String,
    pub(crate) walls: Walls,
    pub(crate) jobs: u32,
}

/// How to start a worker.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) executable: PathBuf,
    pub(crate) scripts: PathBuf,
    pub(crate) scratch_root: PathBuf,
}

impl Recipe {
    fn command(&self, scratch: &Path) -> Command {
        let mut command = Command::new(&self.executable);
        let script = self.scripts.join("worker.py");
        let name = self.executable.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if name.starts_with("blender") {
            command.args(["-b", "--factory-startup", "-noaudio", "--python-exit-code", "3", "--python"]).arg(script);
        } else {
            command.arg(script);
        }
        // Nothing of the server's environment: it holds secrets.
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", scratch.join("home"))
            .env("TMPDIR", scratch.join("tmp"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONNOUSERSITE", "1")
            // Sets keep their order, so that files are the same each time.
            .env("PYTHONHASHSEED", "0")
            .current_dir(scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Worker {
    /// Starts a process and waits until it says hello.
    pub(crate) async fn start(recipe: &Recipe, launcher: &Launcher) -> Result<Self, BlenderError> {
        let broken = |e: std::io::Error| BlenderError::Crashed(format!("it could not be started: {e}"));
        let scratch = Scratch::new(&recipe.scratch_root).map_err(broken)?;
        let mut command = recipe.command(scratch.path());
        let walls = cage::enclose(&mut command, &recipe.executable, &recipe.scripts, scratch.path()).map_err(broken)?;
        let mut child = launcher.start(command).await.map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                BlenderError::NotInstalled(format!("{} can't be run ({e})", recipe.executable.display()))
            }
            _ => broken(e),
        })?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(BlenderError::Crashed("its streams are missing".into()));
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(keep_tail(errors, Arc::clone(&log)));
        let mut worker = Self {
            child,
            group,
            input,
            output: BufReader::with_capacity(16 << 10, output),
            log,
            scratch,
            version: String::new(),
            walls: Walls::default(),
            jobs: 0,
        };
        worker.walls = read_walls(&walls);
        worker.version = worker.hello().await?;
        Ok(worker)
    }

    async fn hello(&mut self) -> Result<String, BlenderError> {
        loop {
            let line = self.line().await?;
            // A Blender binary greets on its own before the script runs.
            match serde_json::from_str(&line) {
                Ok(Answer::Hello { version }) => {
                    return Ok(version.split_whitespace().next().unwrap_or("unknown").to_owned());
                }
                Ok(Answer::Error { kind, message }) if kind == "missing" => {
                    return Err(BlenderError::NotInstalled(format!("its Python has no Blender module: {message}")));
                }
                _ => tracing::debug!(line, "before hello"),
            }
        }
    }

    /// Does one job; returns the time inside Blender, milliseconds. Files lie in the scratch folder afterwards.
    pub(crate) async fn run(&mut self, request: &BuildRequest, progress: &mpsc::UnboundedSender<Progress>) -> Result<u64, BlenderError> {
        self.jobs += 1;
        let mut order = serde_json::to_vec(&Order { request, scratch: self.scratch.path(), meshes: RawMesh::all(request) })
            .map_err(|e| BlenderError::Refused(format!("the parts can't be written down: {e}")))?;
        order.push(b'\n');
        if self.input.write_all(&order).await.is_err() || self.input.flush().await.is_err() {
            return Err(self.last_words().await);
        }
        loop {
            let line = self.line().await?;
            match serde_json::from_str(&line) {
                Ok(Answer::Progress { percent, step }) => {
                    let _ = progress.send(Progress { percent: percent.min(100), step });
                }
                Ok(Answer::Done { run_ms }) => return Ok(run_ms),
                Ok(Answer::Error { kind, message }) if kind == "refused" => {
                    return Err(BlenderError::Refused(message));
                }
                Ok(Answer::Error { message, .. }) => return Err(BlenderError::Crashed(message)),
                Ok(Answer::Hello { .. }) => {
                    return Err(BlenderError::BadOutput("it said hello in the middle of a job".into()));
                }
                Err(_) => {
                    return Err(BlenderError::BadOutput(format!("it answered “{}”", line.chars().take(80).collect::<String>())));
                }
            }
        }
    }

    async fn line(&mut self) -> Result<String, BlenderError> {
        let mut line = Vec::new();
        // One byte more than allowed, so that a line too long is told from one that just fits.
        let read = (&mut self.output).take(LINE as u64 + 1).read_until(b'\n', &mut line).await;
        match read {
            Ok(n) if n > LINE => Err(BlenderError::BadOutput("its answer never ends".into())),
            Ok(_) if line.last() == Some(&b'\n') => String::from_utf8(line).map_err(|_| BlenderError::BadOutput("its answer is not text".into())),
            _ => Err(self.last_words().await),
        }
    }

    /// The process has closed its streams: why.
    async fn last_words(&mut self) -> BlenderError {
        let status = tokio::time::timeout(std::time::Duration::from_secs(2), self.child.wait()).await;
        // The error stream may come a moment later than the end.
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        let how = match status {
            Ok(Ok(status)) => ending(status),
            _ => "it closed its output".to_owned(),
        };
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let tail = String::from_utf8_lossy(&log).trim().lines().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
        BlenderError::Crashed(if tail.is_empty() { how } else { format!("{how}: {tail}") })
    }

    /// False when the process has ended meanwhile.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the process group now and waits until the process is gone.
    pub(crate) async fn kill(mut self) {
        self.kill_group();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), self.child.wait()).await;
    }

    fn kill_group(&mut self) {
        // A number is only ours while the child has not been waited for.
        if let (Some(group), Ok(None)) = (self.group, self.child.try_wait()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }

    /// Memory now and at its highest, bytes; zeros once it has ended.
    pub(crate) fn memory(&self) -> (u64, u64) {
        let status = self.child.id().and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok()).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name));
            line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    #[cfg(test)]
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill_group();
    }
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}

fn read_walls(pipe: &OwnedFd) -> Walls {
    // Spawning returns after exec, so the byte is there, or the writing end is closed.
    let mut byte = [0];
    match rustix::io::read(pipe, &mut byte) {
        Ok(1) => Walls::from_bits(byte[0]),
        _ => Walls::default(),
    }
}

async fn keep_tail(mut errors: tokio::process::ChildStderr, log: Arc<Mutex<Vec<u8>>>) {
    let mut chunk = [0; 2048];
    while let Ok(read) = errors.read(&mut chunk).await {
        let Some(fresh) = chunk.get(..read).filter(|f| !f.is_empty()) else {
            return;
        };
        let mut kept = log.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(fresh);
        let surplus = kept.len().saturating_sub(TAIL);
        kept.drain(..surplus);
    }
}
