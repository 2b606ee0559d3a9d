//! File formats in and out: DXF of boards, spreadsheets of a workshop's lists, line drawings, and documents as a typesetter takes them.
//!
//! Pure: parts in, bytes out. No clock (files of the same configuration have the same bytes), no files, no network.
#![forbid(unsafe_code)]

pub mod archive;
pub mod dxf;
pub mod figure;
pub mod line;
pub mod panels;
pub mod paper;
pub mod qr;
pub mod sheet;
pub mod xlsx;

pub use panels::{Hole, Panel, panels};
pub use paper::Paper;

/// A document that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// DXF.
    #[error("the drawing could not be written: {0}")]
    Dxf(#[from] ::dxf::DxfError),
    /// XLSX.
    #[error("the workbook could not be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// ZIP.
    #[error("the archive could not be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Writing.
    #[error("the file could not be written: {0}")]
    Io(#[from] std::io::Error),
    /// Data of a document.
    #[error("the document's data could not be written: {0}")]
    Json(#[from] serde_json::Error),
    /// More than a code can hold.
    #[error("the address is too long for a code")]
    TooLong,
}
