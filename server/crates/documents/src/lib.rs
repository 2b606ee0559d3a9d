//! File formats in and out: DXF of boards, spreadsheets of a workshop's lists.
//!
//! Pure: parts in, bytes out. No clock (files of the same configuration have the same bytes), no files, no network.
#![forbid(unsafe_code)]

pub mod archive;
pub mod dxf;
pub mod panels;
pub mod xlsx;

pub use panels::{Hole, Panel, panels};

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
}
