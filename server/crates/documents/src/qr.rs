//! Codes for the camera of a phone.

use crate::DocumentError;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// A QR code of some words as SVG: dark on light, with the four modules of quiet around it that ISO/IEC 18004 wants. Cameras want it so in a dark theme too.
///
/// # Errors
/// [`DocumentError::TooLong`] above some two thousand bytes.
pub fn svg(words: &str) -> Result<String, DocumentError> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(words, QrCodeEcc::Medium).map_err(|_| DocumentError::TooLong)?;
    let size = code.size();
    let mut dark = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            let _ = write!(dark, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    let whole = size + 2 * QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0,0h{whole}v{whole}h-{whole}z\"/><path d=\"{dark}\"/></svg>"
    ))
}
