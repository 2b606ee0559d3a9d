//! Setting documents.

use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Mutex;
use thiserror::Error;

/// Files of one document by name; `main.typ` is the one to set.
pub type Papers = Vec<(String, Vec<u8>)>;

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TypesetError {
    /// Nothing on this machine sets documents.
    #[error("no typesetter is installed on this server: {0}")]
    NotInstalled(String),
    /// The typesetter says what is wrong with the files: an error of the template.
    #[error("the document can't be set: {0}")]
    Refused(String),
    /// It stopped, or took too long. The next document has a new one.
    #[error("the typesetter stopped: {0}")]
    Stopped(String),
}

/// Makes PDFs.
#[async_trait]
pub trait Typesetter: Send + Sync {
    /// Sets one document. The same files make the same bytes.
    ///
    /// # Errors
    /// [`TypesetError`].
    async fn pdf(&self, files: Papers) -> Result<Bytes, TypesetError>;
}

/// Sets nothing, but keeps what it was given; answers the data as if they were a PDF.
#[derive(Debug, Default)]
pub struct FakeTypesetter(Mutex<Vec<Papers>>);

impl FakeTypesetter {
    /// What was to be set so far.
    #[must_use]
    pub fn given(&self) -> Vec<Papers> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Typesetter for FakeTypesetter {
    async fn pdf(&self, files: Papers) -> Result<Bytes, TypesetError> {
        let data = files.iter().find(|(name, _)| name == "data.json").map(|(_, data)| data.clone()).unwrap_or_default();
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(files);
        Ok([b"%PDF-1.7\n".to_vec(), data].concat().into())
    }
}
