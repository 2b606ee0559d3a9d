//! Files by key: a local folder, S3, Azure or Google by configuration.

use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;
use thiserror::Error;

/// Why a file could not be stored or read.
#[derive(Debug, Error)]
pub enum BlobError {
    /// No such key.
    #[error("no file under {0}")]
    NotFound(String),
    /// The disk or bucket is full.
    #[error("the file store is full")]
    Full,
    /// Anything else.
    #[error("the file store failed: {0}")]
    Other(String),
}

/// Stores files. Keys look like `tenants/{tenant}/{sha256}.glb`; writing is atomic: a reader sees a whole file or none.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Stores `data` under `key`, replacing what was there.
    ///
    /// # Errors
    /// [`BlobError::Full`] or [`BlobError::Other`].
    async fn put(&self, key: &str, data: Bytes) -> Result<(), BlobError>;
    /// Reads a file, or a byte range of it.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] or [`BlobError::Other`].
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Bytes, BlobError>;
    /// Size in bytes.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] or [`BlobError::Other`].
    async fn size(&self, key: &str) -> Result<u64, BlobError>;
    /// Removes a file; absent is fine.
    ///
    /// # Errors
    /// [`BlobError::Other`].
    async fn delete(&self, key: &str) -> Result<(), BlobError>;
    /// Whether the store answers, for health checks.
    ///
    /// # Errors
    /// What is wrong with it.
    async fn check(&self) -> Result<(), BlobError>;
}
