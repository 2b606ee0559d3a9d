//! Pictures: decoded whole under limits, so that what is kept is a picture and nothing else.

use crate::{Limits, Refused, bare, sniff};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl Encoding {
    /// Media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
    fn format(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Webp => ImageFormat::WebP,
        }
    }
}

/// A picture that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// How it is written.
    pub encoding: Encoding,
    /// Pixels across.
    pub width: u32,
    /// Pixels upwards.
    pub height: u32,
    /// The file, without what can't be seen.
    pub bytes: Vec<u8>,
}

/// Checks a picture: its size is read before anything is unpacked, then all of it is. Kept is what can be seen, upright: places, cameras and whatever was
/// hung on behind stay out.
///
/// # Errors
/// [`Refused`] for another content, too many pixels, or a broken file.
pub fn picture(what: &str, bytes: &[u8], limits: &Limits) -> Result<Picture, Refused> {
    let Some(sniff::Content::Picture(encoding)) = sniff::sniff(bytes) else {
        return Err(Refused::new("not_a_picture", format!("{what} is no picture that Fitout reads: PNG, JPEG or WebP.")));
    };
    let broken = |error: image::ImageError| Refused::new("broken_picture", format!("{what} can't be read: {error}."));
    let reader = || ImageReader::with_format(Cursor::new(bytes), encoding.format());
    let (width, height) = reader().into_dimensions().map_err(broken)?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > limits.pixels || width > 32_768 || height > 32_768 {
        let most = limits.pixels / 1_000_000;
        return Err(Refused::new("too_many_pixels", format!("{what} has {width} × {height} pixels; {most} million are the most.")));
    }
    let mut whole = reader();
    let mut room = image::Limits::default();
    room.max_image_width = Some(32_768);
    room.max_image_height = Some(32_768);
    // Eight bytes a pixel for 16-bit colours, and as much again for the decoder.
    room.max_alloc = Some(pixels.saturating_mul(16).max(1 << 20));
    whole.limits(room);
    let mut decoder = whole.into_decoder().map_err(broken)?;
    let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut seen = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if turn != Orientation::NoTransforms {
        seen.apply_orientation(turn);
        let (width, height) = (seen.width(), seen.height());
        return Ok(Picture { encoding, width, height, bytes: written(&seen, encoding).map_err(broken)? });
    }
    let bytes = match encoding {
        Encoding::Png => bare::png(bytes),
        Encoding::Jpeg => bare::jpeg(bytes),
        Encoding::Webp => bare::webp(bytes),
    };
    // What is built in an unusual way is written anew.
    let bytes = match bytes {
        Some(bytes) => bytes,
        None => written(&seen, encoding).map_err(broken)?,
    };
    Ok(Picture { encoding, width, height, bytes })
}

fn written(seen: &DynamicImage, encoding: Encoding) -> Result<Vec<u8>, image::ImageError> {
    let mut out = Cursor::new(Vec::new());
    match encoding {
        Encoding::Png => seen.write_to(&mut out, ImageFormat::Png)?,
        Encoding::Jpeg => DynamicImage::ImageRgb8(seen.to_rgb8()).write_with_encoder(JpegEncoder::new_with_quality(&mut out, 92))?,
        Encoding::Webp => DynamicImage::ImageRgba8(seen.to_rgba8()).write_to(&mut out, ImageFormat::WebP)?,
    }
    Ok(out.into_inner())
}

/// The same picture with at most `longest` pixels along its longer side, written in the same way; as it is when it is that small already or can't be made
/// smaller.
#[must_use]
pub fn smaller(picture: &Picture, longest: u32) -> Picture {
    if picture.width.max(picture.height) <= longest {
        return picture.clone();
    }
    let small = image::load_from_memory_with_format(&picture.bytes, picture.encoding.format()).map(|whole| whole.thumbnail(longest, longest));
    let Ok((small, Ok(bytes))) = small.map(|small| (small.clone(), written(&small, picture.encoding))) else { return picture.clone() };
    Picture { encoding: picture.encoding, width: small.width(), height: small.height(), bytes }
}

/// A picture small enough for a list, as PNG: at most `longest` pixels along its longer side. `None` when it can't be made.
#[must_use]
pub fn preview(picture: &Picture, longest: u32) -> Option<Vec<u8>> {
    let whole = image::load_from_memory_with_format(&picture.bytes, picture.encoding.format()).ok()?;
    let small = if whole.width().max(whole.height()) > longest { whole.thumbnail(longest, longest) } else { whole };
    let mut out = Cursor::new(Vec::new());
    // Deep or floating colours have no place in a thumbnail.
    image::DynamicImage::ImageRgba8(small.to_rgba8()).write_to(&mut out, ImageFormat::Png).ok()?;
    Some(out.into_inner())
}
