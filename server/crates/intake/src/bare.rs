//! Pictures without remarks: only the pieces of a file that say what is seen. `None` for files that are not made of such pieces in the usual way.

/// PNG: chunks that are critical, or say colours; nothing after the end.
pub(crate) fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const COLOURS: [&[u8]; 8] = [b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"];
    let mut out = bytes.get(..8)?.to_vec();
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let kind = bytes.get(at + 4..at + 8)?;
        let end = at.checked_add(12)?.checked_add(length)?;
        let chunk = bytes.get(at..end)?;
        // A capital first letter: critical.
        if kind[0].is_ascii_uppercase() || COLOURS.contains(&kind) {
            out.extend(chunk);
        }
        if kind == b"IEND" {
            return Some(out);
        }
        at = end;
    }
}

/// JPEG: all segments but those of programs (colour profiles stay) and remarks; nothing after the end.
pub(crate) fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..2)?.to_vec();
    let mut at = 2;
    loop {
        let [0xff, mark] = *bytes.get(at..at + 2)? else { return None };
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
        let end = at.checked_add(2)?.checked_add(length)?;
        let segment = bytes.get(at..end)?;
        let profile = mark == 0xe2 && segment.get(4..15) == Some(b"ICC_PROFILE");
        // 0xe0: JFIF; 0xee: which colours a file of Adobe's holds.
        let program = (0xe1..=0xef).contains(&mark) && mark != 0xee && !profile;
        if !program && mark != 0xfe {
            out.extend(segment);
        }
        if mark == 0xda {
            // A scan, and all that follows it up to the end's mark; inside, 0xff stands before 0, a restart or the next segment.
            let rest = &bytes[end..];
            let over = rest.windows(2).rposition(|w| w == [0xff, 0xd9])?;
            // Where something was hung on, it may bring an end of its own.
            let first = rest.windows(2).position(|w| w == [0xff, 0xd9])?;
            if first != over {
                return None;
            }
            out.extend(&rest[..over + 2]);
            return Some(out);
        }
        at = end;
    }
}

/// WebP: all chunks but places, cameras and what programs say; nothing after the end.
pub(crate) fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let whole = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?) as usize;
    let bytes = bytes.get(..whole.checked_add(8)?)?;
    let mut out = bytes.get(..12)?.to_vec();
    let mut at = 12;
    while at < bytes.len() {
        let kind = bytes.get(at..at + 4)?;
        let length = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        let end = at.checked_add(8)?.checked_add(length)?.checked_add(length & 1)?.min(bytes.len());
        let chunk = bytes.get(at..end)?;
        match kind {
            b"EXIF" | b"XMP " => {}
            b"VP8X" => {
                let start = out.len();
                out.extend(chunk);
                // Bits of the two.
                *out.get_mut(start + 8)? &= !0b0000_1100;
            }
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => out.extend(chunk),
            _ => {}
        }
        at = end;
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::{Limits, picture};
    use image::{ImageFormat, Rgb, RgbImage};
    use std::io::Cursor;

    fn made(format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        RgbImage::from_fn(40, 20, |x, y| Rgb([u8::try_from(x * 6).expect("small"), u8::try_from(y * 12).expect("small"), 80]))
            .write_to(&mut out, format)
            .expect("written");
        out.into_inner()
    }

    /// A segment that says where it was taken, and which side is up.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut body = b"Exif\0\0II\x2a\0\x08\0\0\0\x02\0".to_vec();
        body.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
        body.extend([0x0e, 1, 2, 0, 13, 0, 0, 0, 38, 0, 0, 0]);
        body.extend([0; 4]);
        body.extend(b"SECRET PLACE\0");
        body
    }

    fn has(bytes: &[u8], words: &[u8]) -> bool {
        bytes.windows(words.len()).any(|w| w == words)
    }

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        let plain = made(ImageFormat::Jpeg);
        let with = |orientation| {
            let body = exif(orientation);
            let length = u16::try_from(body.len() + 2).expect("small").to_be_bytes();
            [&plain[..2], &[0xff, 0xe1], &length, &body, &[0xff, 0xfe, 0, 8], b"REMARK", &plain[2..], b"PK\x03\x04 hung on"].concat()
        };
        let kept = picture("It", &with(1), &Limits::default()).expect("kept");
        assert_eq!((kept.bytes.as_slice(), kept.width, kept.height), (plain.as_slice(), 40, 20));
        let upright = picture("It", &with(6), &Limits::default()).expect("kept");
        assert_eq!((upright.width, upright.height), (20, 40));
        assert!(!has(&upright.bytes, b"SECRET") && !has(&upright.bytes, b"hung on"));

        let plain = made(ImageFormat::Png);
        let mut odd = plain[..33].to_vec();
        odd.extend([0, 0, 0, 8]);
        odd.extend(b"tEXta\0SECRET");
        odd.extend(crc(b"tEXta\0SECRET").to_be_bytes());
        odd.extend(&plain[33..]);
        odd.extend(b"<script>");
        assert_eq!(picture("It", &odd, &Limits::default()).expect("kept").bytes, plain);

        let mut hung = made(ImageFormat::WebP);
        let plain = hung.clone();
        hung.extend(b"hung on");
        assert_eq!(picture("It", &hung, &Limits::default()).expect("kept").bytes, plain);
    }

    fn crc(data: &[u8]) -> u32 {
        !data.iter().fold(u32::MAX, |c, b| (0..8).fold(c ^ u32::from(*b), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 }))
    }
}
