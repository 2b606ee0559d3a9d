//! PNG, JPEG and WebP.

use super::{Hostile, bad, odd};
use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A PNG of one point, 67 bytes.
pub fn dot() -> Vec<u8> {
    vec![
        0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0,
        10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60,
        0x82,
    ]
}

fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |c, b| (0..8).fold(c ^ u32::from(*b), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 }))
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    [&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
}

fn head(width: u32, height: u32, rest: [u8; 5]) -> Vec<u8> {
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat())
}

fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

/// Bytes as zlib keeps them without packing.
fn stored(data: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1u32, 0u32);
    let mut out = vec![0x78, 1];
    for (i, part) in data.chunks(65_535).enumerate() {
        let last = (i + 1) * 65_535 >= data.len();
        let n = u16::try_from(part.len()).expect("small");
        out.push(u8::from(last));
        out.extend(n.to_le_bytes());
        out.extend((!n).to_le_bytes());
        out.extend(part);
    }
    for x in data {
        a = (a + u32::from(*x)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn whole(format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    RgbImage::from_fn(96, 64, |x, y| {
        Rgb([u8::try_from(x * 2).expect("small"), u8::try_from(y * 3).expect("small"), u8::try_from((x * y) % 251).expect("small")])
    })
    .write_to(&mut out, format)
    .expect("written");
    out.into_inner()
}

fn pngs() -> Vec<Hostile> {
    const GREY: [u8; 5] = [8, 0, 0, 0, 0];
    let end = || chunk(b"IEND", b"");
    let data = || chunk(b"IDAT", &stored(&[0, 0]));
    let sized = |w, h| png(&[head(w, h, GREY), data(), end()]);
    let kind = |rest| png(&[head(1, 1, rest), data(), end()]);
    let mut list: Vec<Hostile> =
        [(0, 0), (0, 1), (1, 0), (u32::MAX, u32::MAX), (0x7fff_ffff, 1), (1, 0x7fff_ffff), (40_000, 1), (30_000, 30_000), (100_000, 100_000)]
            .into_iter()
            .map(|(w, h)| bad(format!("{w} by {h}"), sized(w, h)))
            .collect();
    let kinds = [
        [3, 0, 0, 0, 0],
        [16, 3, 0, 0, 0],
        [8, 1, 0, 0, 0],
        [8, 5, 0, 0, 0],
        [4, 2, 0, 0, 0],
        [32, 0, 0, 0, 0],
        [8, 0, 1, 0, 0],
        [8, 0, 0, 9, 0],
        [8, 0, 0, 0, 2],
    ];
    list.extend(kinds.into_iter().map(|k| bad(format!("kind {k:?}"), kind(k))));
    let mut sum = dot();
    sum[29] ^= 1;
    let mut stream = dot();
    stream[43] ^= 0xff;
    list.extend([
        bad("head alone", png(&[])),
        bad("no head", png(&[data(), end()])),
        bad("no data", png(&[head(1, 1, GREY), end()])),
        bad("no end and no data", png(&[head(1, 1, GREY)])),
        bad("too little data", png(&[head(64, 64, GREY), data(), end()])),
        bad("another sum of the head", sum),
        bad("a broken stream", stream),
        bad("a palette that is missing", kind([8, 3, 0, 0, 0])),
        bad("a chunk of everything", [dot()[..33].to_vec(), u32::MAX.to_be_bytes().to_vec(), b"IDAT".to_vec()].concat()),
        bad("data of nothing", png(&[head(1, 1, GREY), chunk(b"IDAT", b""), end()])),
        bad("a row of an unknown filter", png(&[head(1, 1, GREY), chunk(b"IDAT", &stored(&[9, 0])), end()])),
        bad("cut off", {
            let p = whole(ImageFormat::Png);
            p[..p.len() / 2].to_vec()
        }),
        odd("heads twice", png(&[head(1, 1, GREY), head(9, 9, GREY), data(), end()])),
        odd("a program behind it", [dot(), b"MZ\x90\0 run me".to_vec()].concat()),
        odd("a page behind it", [dot(), b"<script>alert(1)</script>".to_vec()].concat()),
        odd("a profile that unpacks", png(&[head(1, 1, GREY), chunk(b"iCCP", &[b"a\0\0".to_vec(), stored(&vec![0; 4 << 20])].concat()), data(), end()])),
        odd("words that unpack", png(&[head(1, 1, GREY), chunk(b"zTXt", &[b"a\0\0".to_vec(), stored(&vec![b'a'; 4 << 20])].concat()), data(), end()])),
        odd("ten thousand remarks", png(&[vec![head(1, 1, GREY)], vec![chunk(b"tEXt", b"a\0b"); 10_000], vec![data(), end()]].concat())),
        odd(
            "data in ten thousand parts",
            png(&[vec![head(1, 1, GREY), chunk(b"IDAT", &stored(&[0, 0]))], vec![chunk(b"IDAT", b""); 10_000], vec![end()]].concat()),
        ),
    ]);
    list.into_iter()
        .map(|mut f| {
            f.name = format!("{}.png", f.name);
            f
        })
        .collect()
}

fn jpegs() -> Vec<Hostile> {
    let whole = whole(ImageFormat::Jpeg);
    let frame = whole.windows(2).position(|w| w == [0xff, 0xc0]).expect("a frame");
    let tables = whole.windows(2).position(|w| w == [0xff, 0xc4]).expect("tables");
    let put = |at: usize, with: &[u8]| {
        let mut file = whole.clone();
        file[at..at + with.len()].copy_from_slice(with);
        file
    };
    vec![
        bad("head alone.jpg", whole[..4].to_vec()),
        bad("of 65535 by 65535.jpg", put(frame + 5, &[0xff; 4])),
        bad("of no width.jpg", put(frame + 7, &[0, 0])),
        bad("of nine components.jpg", put(frame + 9, &[9])),
        bad("of 77 bits.jpg", put(frame + 4, &[77])),
        bad("a frame too short.jpg", put(frame + 2, &[0, 3])),
        bad("tables of rubbish.jpg", put(tables + 5, &[0xff; 16])),
        bad("without tables.jpg", [&whole[..tables], &whole[whole.windows(2).position(|w| w == [0xff, 0xda]).expect("a scan")..]].concat()),
        odd("cut off.jpg", whole[..whole.len() / 2].to_vec()),
        odd("a thousand remarks.jpg", [whole[..2].to_vec(), [0xff, 0xfe, 0, 4, b'h', b'i'].repeat(1000), whole[2..].to_vec()].concat()),
        bad("without an end to its remarks.jpg", [whole[..2].to_vec(), vec![0xff, 0xfe, 0xff, 0xff]].concat()),
    ]
}

fn webps() -> Vec<Hostile> {
    let whole = whole(ImageFormat::WebP);
    let put = |at: usize, with: &[u8]| {
        let mut file = whole.clone();
        file[at..at + with.len()].copy_from_slice(with);
        file
    };
    let riff = |kind: &[u8; 4], data: &[u8]| {
        let n = |n: usize| u32::try_from(n).expect("small").to_le_bytes();
        [b"RIFF".to_vec(), n(12 + data.len()).to_vec(), b"WEBP".to_vec(), kind.to_vec(), n(data.len()).to_vec(), data.to_vec()].concat()
    };
    vec![
        bad("head alone.webp", whole[..12].to_vec()),
        bad("cut off.webp", whole[..whole.len() / 2].to_vec()),
        bad("an unknown kind.webp", put(12, b"EVIL")),
        odd("a chunk of everything.webp", put(16, &u32::MAX.to_le_bytes())),
        bad("another mark.webp", put(20, &[0])),
        bad("a canvas of a billion.webp", riff(b"VP8X", &[0x10, 0, 0, 0, 0xff, 0xff, 0x7f, 0xff, 0xff, 0x7f])),
        bad("a canvas and nothing on it.webp", riff(b"VP8X", &[0, 0, 0, 0, 9, 0, 0, 9, 0, 0])),
        bad("a frame of rubbish.webp", riff(b"VP8 ", &[0xff; 64])),
        bad("a frame of nothing.webp", riff(b"VP8L", &[])),
    ]
}

pub fn files() -> Vec<Hostile> {
    [pngs(), jpegs(), webps()].into_iter().flatten().collect()
}
