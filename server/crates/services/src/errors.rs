//! What the store and the file store say, in words for people. Each cause is logged here once; the person gets a sentence and a code.

use contract::{AppError, ErrorKind, FieldError};
use ports::BlobError;
use store::StoreError;
use store::error::ViolationKind;

/// Turns a store's error into a refusal.
pub fn refused(error: StoreError) -> AppError {
    if let Some(violation) = error.violation() {
        let kind = match violation.kind {
            ViolationKind::Conflict => ErrorKind::Conflict,
            ViolationKind::Invalid => ErrorKind::Invalid,
        };
        let errors = vec![FieldError { pointer: violation.pointer.to_owned(), message: violation.message.to_owned() }];
        return AppError { errors, ..AppError::new(kind, violation.code, violation.message) };
    }
    match error {
        StoreError::Stale { .. } => stale(),
        StoreError::BadCursor => AppError::new(ErrorKind::Malformed, "malformed_cursor", "This cursor is not one of ours. Start again without it."),
        StoreError::Unavailable(source) => {
            tracing::warn!(error = %source, "the database is away");
            away("The database does not answer at this moment. Nothing was changed; try again in a few seconds.")
        }
        StoreError::Contention(source) => {
            tracing::warn!(error = %source, "two transactions stood in each other's way");
            away("Somebody changed the same thing at the same moment. Nothing was changed; try again.")
        }
        other => {
            tracing::error!(error = %chain(&other), "the database refused a statement");
            AppError::internal()
        }
    }
}

/// 412.
pub fn stale() -> AppError {
    AppError::new(ErrorKind::Stale, "stale", "Somebody changed this since you read it. Read it again, then repeat your change.")
}

/// 503 with a short wait.
pub fn away(detail: &str) -> AppError {
    AppError { retry_after: Some(3), ..AppError::new(ErrorKind::Unavailable, "unavailable", detail) }
}

/// 409.
pub fn conflict(code: &str, detail: impl Into<String>) -> AppError {
    AppError::new(ErrorKind::Conflict, code, detail)
}

/// Turns a file store's error into a refusal.
pub fn blob_refused(error: BlobError) -> AppError {
    match error {
        BlobError::NotFound(key) => {
            tracing::error!(key, "a file is gone from the file store");
            AppError::not_found("file")
        }
        BlobError::Full => AppError::new(ErrorKind::StorageFull, "E-STORAGE-FULL", "The file store is full. An administrator of this server has to make room."),
        BlobError::Other(why) => {
            tracing::error!(why, "the file store failed");
            away("The file store does not answer at this moment. Try again in a few seconds.")
        }
    }
}

/// An error with everything below it, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// `?` from a store's result.
pub(crate) trait Refuse<T> {
    /// The same result with a refusal for people.
    fn refuse(self) -> Result<T, AppError>;
}

impl<T> Refuse<T> for Result<T, StoreError> {
    fn refuse(self) -> Result<T, AppError> {
        self.map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_errors_become_statuses() {
        assert_eq!(refused(StoreError::Stale { current: 3 }).kind, ErrorKind::Stale);
        assert_eq!(refused(StoreError::BadCursor).kind, ErrorKind::Malformed);
        assert_eq!(refused(StoreError::Setup("odd".to_owned())), AppError::internal());
        assert_eq!(blob_refused(BlobError::Full).kind, ErrorKind::StorageFull);
    }
}
