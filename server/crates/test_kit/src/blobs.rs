//! Files in a temporary folder, with a disk that a test can fill.

use async_trait::async_trait;
use bytes::Bytes;
use ports::{BlobError, Blobs};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// Files under a temporary folder that goes with the value.
#[derive(Debug)]
pub struct FolderBlobs {
    folder: TempDir,
    full: AtomicBool,
    checks: AtomicUsize,
}

impl FolderBlobs {
    /// A fresh folder.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { folder: TempDir::new()?, full: AtomicBool::new(false), checks: AtomicUsize::new(0) })
    }
    /// Fills the disk, or empties it again.
    pub fn full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }
    /// How often somebody asked whether the disk takes files.
    #[must_use]
    pub fn checks(&self) -> usize {
        self.checks.load(Ordering::SeqCst)
    }
    /// Number of files below `prefix`.
    #[must_use]
    pub fn count(&self, prefix: &str) -> usize {
        fn walk(path: &Path) -> usize {
            std::fs::read_dir(path).map_or(0, |entries| entries.flatten().map(|e| if e.path().is_dir() { walk(&e.path()) } else { 1 }).sum())
        }
        walk(&self.folder.path().join(prefix))
    }
    fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        let relative = Path::new(key);
        if relative.components().all(|c| matches!(c, Component::Normal(_))) {
            Ok(self.folder.path().join(relative))
        } else {
            Err(BlobError::Other(format!("bad key {key}")))
        }
    }
}

fn failed(key: &str, error: &std::io::Error) -> BlobError {
    if error.kind() == std::io::ErrorKind::NotFound { BlobError::NotFound(key.to_owned()) } else { BlobError::Other(error.to_string()) }
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, key: &str, data: Bytes) -> Result<(), BlobError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(BlobError::Full);
        }
        let path = self.path(key)?;
        let folder = path.parent().ok_or_else(|| BlobError::Other("no folder".to_owned()))?;
        std::fs::create_dir_all(folder).map_err(|e| failed(key, &e))?;
        std::fs::write(&path, &data).map_err(|e| failed(key, &e))
    }
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Bytes, BlobError> {
        let all = Bytes::from(std::fs::read(self.path(key)?).map_err(|e| failed(key, &e))?);
        let Some(range) = range else { return Ok(all) };
        let (start, end) = (usize::try_from(range.start).unwrap_or(usize::MAX), usize::try_from(range.end).unwrap_or(usize::MAX));
        if start > end || end > all.len() { Err(BlobError::Other("range outside the file".to_owned())) } else { Ok(all.slice(start..end)) }
    }
    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        Ok(std::fs::metadata(self.path(key)?).map_err(|e| failed(key, &e))?.len())
    }
    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match std::fs::remove_file(self.path(key)?) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(BlobError::Other(e.to_string())),
            _ => Ok(()),
        }
    }
    async fn check(&self) -> Result<(), BlobError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        if self.full.load(Ordering::SeqCst) { Err(BlobError::Full) } else { Ok(()) }
    }
}
