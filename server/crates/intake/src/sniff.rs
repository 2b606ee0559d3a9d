//! What a file is, by its first bytes: names lie.

use crate::pictures::Encoding;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Binary glTF.
    Glb,
    /// Wavefront OBJ, text.
    Obj,
    /// STL, text or binary.
    Stl,
    /// An archive.
    Zip,
    /// A picture.
    Picture(Encoding),
}

/// Size of a binary STL: head, count, 50 bytes a triangle.
pub(crate) fn binary_stl(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(80..84).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)?;
    let count = usize::try_from(count).ok()?;
    (count.checked_mul(50)?.checked_add(84)? == bytes.len()).then_some(count)
}

/// What a file is; `None` for everything that is not taken.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Content> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(b"glTF") {
        return Some(Content::Glb);
    }
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return Some(Content::Zip);
    }
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Some(Content::Picture(Encoding::Png));
    }
    if begins(b"\xff\xd8\xff") {
        return Some(Content::Picture(Encoding::Jpeg));
    }
    if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Content::Picture(Encoding::Webp));
    }
    // A binary STL may begin with the word of a text one: its length tells.
    if binary_stl(bytes).is_some() {
        return Some(Content::Stl);
    }
    let head = std::str::from_utf8(&bytes[..bytes.len().min(4096)]).or_else(|e| std::str::from_utf8(&bytes[..e.valid_up_to()])).unwrap_or_default();
    if head.trim_start().starts_with("solid") && head.contains("facet") {
        return Some(Content::Stl);
    }
    let words = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let known = ["v", "vn", "vt", "f", "o", "g", "mtllib", "usemtl", "s", "l", "p"];
    let mut lines = head.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).take(20).peekable();
    (lines.peek().is_some() && lines.all(|l| words(l).is_some_and(|w| known.contains(&w.as_str())))).then_some(Content::Obj)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_by_bytes() {
        let mut stl = vec![b's'; 84];
        stl[..5].copy_from_slice(b"solid");
        stl[80..84].copy_from_slice(&1u32.to_le_bytes());
        stl.extend([0; 50]);
        assert_eq!(sniff(&stl), Some(Content::Stl), "binary, though it says solid");
        assert_eq!(sniff(b"solid box\n facet normal 0 0 1\n"), Some(Content::Stl));
        assert_eq!(sniff(b"# a comment\nmtllib a.mtl\nv 0 0 0\n"), Some(Content::Obj));
        assert_eq!(sniff(b"glTF\x02\0\0\0"), Some(Content::Glb));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), Some(Content::Picture(Encoding::Png)));
        for nothing in [&b"<html>"[..], b"", b"MZ\x90\0", b"solid but nothing else", b"very v v v"] {
            assert_eq!(sniff(nothing), None);
        }
    }
}
