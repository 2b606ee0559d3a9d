//! Several files in one.

use crate::DocumentError;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

/// A ZIP of files, by name. The same files give the same bytes.
///
/// # Errors
/// [`DocumentError::Zip`], also for two files of one name.
pub fn zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, DocumentError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
    for (name, bytes) in files {
        writer.start_file(name, options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
