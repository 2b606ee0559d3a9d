//! How a try can end other than well.

use store::StoreError;
use thiserror::Error;

/// The handler's decision about a try that did not work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JobError {
    /// Trying again can help: a crashed process, a busy machine.
    #[error("{code}: {message}")]
    Retry {
        /// Stable code.
        code: String,
        /// For a person.
        message: String,
    },
    /// Trying again is pointless: the input is at fault.
    #[error("{code}: {message}")]
    Fail {
        /// Stable code.
        code: String,
        /// For a person.
        message: String,
    },
    /// The run is not ours any more (cancelled or taken over): nothing is written.
    #[error("the run was cancelled or taken over")]
    Lost,
}

impl JobError {
    /// [`JobError::Retry`].
    pub fn retry(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Retry { code: code.into(), message: message.into() }
    }
    /// [`JobError::Fail`].
    pub fn fail(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Fail { code: code.into(), message: message.into() }
    }
}

/// An unreachable database may be back for the next try; anything else it refuses is our fault, and would be again.
impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            Self::retry("E-DATABASE", "The database could not be reached.")
        } else {
            tracing::error!(error = &error as &dyn std::error::Error, "the database refused a job's statement");
            Self::fail("E-INTERNAL", "Something on our side did not work.")
        }
    }
}
