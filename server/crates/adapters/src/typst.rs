//! Documents by typst, in a warm Python process of its own (`server/typeset/worker.py`).
//!
//! In the server's own process typst would cost more minutes of compiling than everything else together; here a crash of it is nobody's crash.

use async_trait::async_trait;
use bytes::Bytes;
use ports::typesetter::Papers;
use ports::{TypesetError, Typesetter};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

const WORKER: &[u8] = include_bytes!("../../../typeset/worker.py");
const FONTS: [(&str, &[u8]); 2] = [
    ("Archivo-Regular.ttf", include_bytes!("../../../typeset/fonts/Archivo-Regular.ttf")),
    ("Archivo-SemiBold.ttf", include_bytes!("../../../typeset/fonts/Archivo-SemiBold.ttf")),
];
/// Longest time for one document, the start of a process included.
const LONGEST: Duration = Duration::from_secs(20);
/// Longest time in line for the process.
const IN_LINE: Duration = Duration::from_secs(5);
/// A process is replaced after this many bytes of documents: typst remembers what it has set.
const RECYCLE: usize = 20 << 20;
/// Largest document that is believed.
const LARGEST: usize = 64 << 20;

/// Sets documents one after the other; a usual one takes some ten milliseconds.
#[derive(Debug)]
pub struct Typst {
    python: PathBuf,
    folder: PathBuf,
    worker: Mutex<Option<Worker>>,
}

#[derive(Debug)]
struct Worker {
    /// Killed when it is dropped.
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Bytes of documents so far.
    made: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Pdf(usize),
    Error(usize),
}

impl Typst {
    /// `python` has the module `typst`; empty for none. Its files lie under `data`. Nothing is started yet.
    #[must_use]
    pub fn new(python: impl Into<PathBuf>, data: &Path) -> Self {
        Self { python: python.into(), folder: data.join("typeset"), worker: Mutex::default() }
    }

    async fn start(&self) -> Result<Worker, TypesetError> {
        if self.python.as_os_str().is_empty() {
            return Err(TypesetError::NotInstalled("TYPST_PYTHON is not set".to_owned()));
        }
        let fonts = self.folder.join("fonts");
        let unwritten = |e: std::io::Error| TypesetError::NotInstalled(format!("{} can't be written: {e}", self.folder.display()));
        tokio::fs::create_dir_all(&fonts).await.map_err(unwritten)?;
        let script = self.folder.join("worker.py");
        tokio::fs::write(&script, WORKER).await.map_err(unwritten)?;
        for (name, data) in FONTS {
            tokio::fs::write(fonts.join(name), data).await.map_err(unwritten)?;
        }
        // Nothing of the server's environment: it holds secrets. The process ends when its input does, so it never outlives the server.
        let mut child = Command::new(&self.python)
            .arg("-I")
            .arg(&script)
            .arg(&fonts)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| TypesetError::NotInstalled(format!("{}: {e}", self.python.display())))?;
        let stopped = || TypesetError::Stopped("its pipes are closed".to_owned());
        let (input, output) = (child.stdin.take().ok_or_else(stopped)?, BufReader::new(child.stdout.take().ok_or_else(stopped)?));
        Ok(Worker { _child: child, input, output, made: 0 })
    }
}

impl Worker {
    async fn set(&mut self, files: &Papers) -> std::io::Result<Result<Bytes, String>> {
        let sizes: Vec<(&str, usize)> = files.iter().map(|(name, data)| (name.as_str(), data.len())).collect();
        let mut request = serde_json::to_vec(&sizes)?;
        request.push(b'\n');
        files.iter().for_each(|(_, data)| request.extend_from_slice(data));
        self.input.write_all(&request).await?;
        self.input.flush().await?;
        let mut line = Vec::new();
        (&mut self.output).take(200).read_until(b'\n', &mut line).await?;
        let answer: Answer = serde_json::from_slice(&line)?;
        let (Answer::Pdf(size) | Answer::Error(size)) = answer;
        if size > LARGEST {
            return Err(std::io::Error::other("the document is too large"));
        }
        let mut data = vec![0; size];
        self.output.read_exact(&mut data).await?;
        self.made += size;
        Ok(match answer {
            Answer::Pdf(_) => Ok(data.into()),
            Answer::Error(_) => Err(String::from_utf8_lossy(&data).into_owned()),
        })
    }
}

#[async_trait]
impl Typesetter for Typst {
    async fn pdf(&self, files: Papers) -> Result<Bytes, TypesetError> {
        let busy = |_| TypesetError::Stopped(format!("others stood in line for more than {} s", IN_LINE.as_secs()));
        let mut place = tokio::time::timeout(IN_LINE, self.worker.lock()).await.map_err(busy)?;
        // A process that died since the last document is no reason to fail this one.
        for last in [false, true] {
            // Taken out: whoever stops waiting drops it, and nobody reads the rest of somebody else's answer.
            let taken = place.take().filter(|w| w.made < RECYCLE);
            let fresh = taken.is_none();
            let mut worker = match taken {
                Some(worker) => worker,
                None => self.start().await?,
            };
            match tokio::time::timeout(LONGEST, worker.set(&files)).await {
                Ok(Ok(answer)) => {
                    *place = Some(worker);
                    return answer.map_err(TypesetError::Refused);
                }
                Ok(Err(error)) if last || fresh => return Err(TypesetError::Stopped(error.to_string())),
                Ok(Err(_)) => {}
                Err(_) => return Err(TypesetError::Stopped(format!("a document took longer than {} s", LONGEST.as_secs()))),
            }
        }
        Err(TypesetError::Stopped("it does not answer".to_owned()))
    }
}
