//! Looking for harmful software in files of strangers.

use async_trait::async_trait;
use bytes::Bytes;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// What a scanner says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing known to be harmful.
    Clean,
    /// Known to be harmful, under this name.
    Harmful(String),
}

/// The scanner did not say anything.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the virus scanner did not look at the file: {0}")]
pub struct ScanError(pub String);

/// Looks at files.
#[async_trait]
pub trait Scanner: Send + Sync {
    /// Looks at one file.
    ///
    /// # Errors
    /// [`ScanError`]: the file must not be used before it was looked at.
    async fn scan(&self, data: Bytes) -> Result<Verdict, ScanError>;
}

/// Says what a test wants it to say.
#[derive(Debug)]
pub struct FakeScanner(Mutex<Result<Verdict, ScanError>>);

impl Default for FakeScanner {
    fn default() -> Self {
        Self(Mutex::new(Ok(Verdict::Clean)))
    }
}

impl FakeScanner {
    /// What it says from now on.
    pub fn say(&self, verdict: Result<Verdict, ScanError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
    }
}

#[async_trait]
impl Scanner for FakeScanner {
    async fn scan(&self, _: Bytes) -> Result<Verdict, ScanError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// For servers without a scanner: says of everything that nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoScanner;

#[async_trait]
impl Scanner for NoScanner {
    async fn scan(&self, _: Bytes) -> Result<Verdict, ScanError> {
        Ok(Verdict::Clean)
    }
}
