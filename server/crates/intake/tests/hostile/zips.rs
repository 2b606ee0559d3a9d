//! Archives, and what lies in them.

use super::{Hostile, bad, odd};
use std::io::Write;
use zip::write::SimpleFileOptions;

const OBJ: &[u8] = b"mtllib a.mtl\no Top\nv 0 0 0\nv 1600 0 0\nv 1600 0 800\nusemtl oak\nf 1 2 3\n";

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, data) in files {
        archive.start_file(*name, SimpleFileOptions::default()).expect("begun");
        archive.write_all(data).expect("written");
    }
    archive.finish().expect("whole").into_inner()
}

/// Names under which a file would land elsewhere.
const NAMES: [&str; 8] =
    ["../a.obj", "../../../../etc/cron.d/a.obj", "/etc/a.obj", "a/../../a.obj", "./../a.obj", "a/b/../../../a.obj", "..\\a.obj", "C:\\a.obj"];

/// Texts of OBJ that mean harm.
fn objs() -> Vec<(&'static str, String)> {
    let v = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
    vec![
        ("corner 0", format!("{v}f 0 1 2\n")),
        ("corner 9", format!("{v}f 1 2 9\n")),
        ("corner -9", format!("{v}f -1 -2 -9\n")),
        ("corner of everything", format!("{v}f 1 2 18446744073709551615\n")),
        ("corner beyond numbers", format!("{v}f 1 2 99999999999999999999999\n")),
        ("texture 9", format!("{v}f 1/9 2/9 3/9\n")),
        ("normal 9", format!("{v}f 1//9 2//9 3//9\n")),
        ("no number", "v nan nan nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".to_owned()),
        ("the infinite", "v inf 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".to_owned()),
        ("too large a number", "v 1e39 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".to_owned()),
        ("words for numbers", "v a b c\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".to_owned()),
        ("half a corner", "v 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".to_owned()),
        ("corners without faces", v.to_owned()),
        ("faces without corners", "o a\nf 1 2 3\n".to_owned()),
        ("many triangles", format!("{v}{}", "f 1 2 3\n".repeat(250_000))),
        ("many triangles behind a space", format!("{v}{}", " f 1 2 3\n".repeat(250_000))),
        ("many triangles behind a wide space", format!("{v}{}", "\u{2003}f 1 2 3\n".repeat(250_000))),
        ("many objects", format!("{v}{}", "o a\nf 1 2 3\n".repeat(6_000))),
        ("many materials' files", format!("{v}{}f 1 2 3\n", "mtllib a.mtl\n".repeat(100))),
    ]
}

fn archives() -> Vec<Hostile> {
    let whole = zip(&[("a.obj", OBJ), ("a.mtl", b"newmtl oak\n")]);
    let put = |name: &str, at: usize, with: &[u8]| {
        let mut file = whole.clone();
        file[at..at + with.len()].copy_from_slice(with);
        bad(name, file)
    };
    let put_odd = |name: &str, at: usize, with: &[u8]| Hostile { fate: super::Fate::Odd, ..put(name, at, with) };
    let end = whole.windows(4).rposition(|w| w == b"PK\x05\x06").expect("an end");
    let central = whole.windows(4).position(|w| w == b"PK\x01\x02").expect("a directory");
    let zeros = |mb: usize| vec![0u8; mb << 20];
    let nested = zip(&[("inner.zip", &zip(&[("a.obj", OBJ)]))]);
    let many: Vec<(String, &[u8])> = (0..300).map(|i| (format!("{i}.txt"), &b"x"[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(n, d)| (n.as_str(), *d)).collect();
    let twice: Vec<(String, Vec<u8>)> = (0..40).map(|i| (format!("{i}.png"), zeros(1))).collect();
    let twice: Vec<(&str, &[u8])> = twice.iter().map(|(n, d)| (n.as_str(), d.as_slice())).collect();
    let long = format!("{}.obj", "a".repeat(60_000));
    let mut list = vec![
        bad("empty", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
        bad("nothing to read", zip(&[("readme.txt", b"hello"), ("run.exe", b"MZ\x90\0")])),
        bad("two models", zip(&[("a.obj", OBJ), ("b.obj", OBJ)])),
        bad("an archive in an archive", nested),
        bad("three hundred files", zip(&many)),
        bad("a bomb", zip(&[("a.obj", &zeros(64))])),
        bad("a bomb of many", zip(&twice)),
        bad("cut in the middle", whole[..whole.len() / 2].to_vec()),
        bad("cut before the end", whole[..end].to_vec()),
        bad("head alone", b"PK\x03\x04".to_vec()),
        put("a directory elsewhere", end + 16, &u32::MAX.to_le_bytes()),
        put("a directory at the start", end + 16, &[0; 4]),
        put_odd("a directory of everything", end + 12, &u32::MAX.to_le_bytes()),
        put("sixty thousand entries", end + 8, &[0xff, 0xfe, 0xff, 0xfe]),
        put("an unknown way of packing", central + 10, &99u16.to_le_bytes()),
        put("a locked entry", central + 8, &1u16.to_le_bytes()),
        put("a file elsewhere", central + 42, &0x7fff_fff0u32.to_le_bytes()),
        put("another sum", central + 16, &[1, 2, 3, 4]),
        put_odd("packed size of everything", central + 20, &0xffff_fff0u32.to_le_bytes()),
        odd("a name of sixty thousand letters", zip(&[(long.as_str(), OBJ)])),
        odd("materials from above", zip(&[("a.obj", OBJ), ("a.mtl", b"newmtl oak\nmap_Kd ../../../etc/passwd\n")])),
        odd("materials from the net", zip(&[("a.obj", OBJ), ("a.mtl", b"newmtl oak\nmap_Kd http://127.0.0.1/x.png\n")])),
        odd("materials that are rubbish", zip(&[("a.obj", OBJ), ("a.mtl", &[0xff; 5000])])),
        odd("a picture that is a program", zip(&[("a.obj", OBJ), ("a.mtl", b"newmtl oak\nmap_Kd b.png\n"), ("b.png", b"#!/bin/sh\n")])),
        odd("materials that never end", zip(&[("a.obj", OBJ), ("a.mtl", "newmtl oak\n".repeat(100_000).as_bytes())])),
        odd("a size that lies", {
            let mut f = whole.clone();
            f[central + 24..central + 28].copy_from_slice(&7u32.to_le_bytes());
            f
        }),
    ];
    // A link to a file of the server.
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.add_symlink("a.obj", "/etc/passwd", SimpleFileOptions::default()).expect("a link");
    list.push(bad("a link", archive.finish().expect("whole").into_inner()));
    list
}

/// STL of both kinds.
fn stls() -> Vec<Hostile> {
    let binary = |count: u32, triangles: usize, with: f32| {
        let mut file = vec![0u8; 80];
        file.extend(count.to_le_bytes());
        for _ in 0..triangles {
            file.extend([with; 12].iter().flat_map(|v| v.to_le_bytes()));
            file.extend([0; 2]);
        }
        file
    };
    let text = |inner: &str| format!("solid a\n{inner}\nendsolid a\n").into_bytes();
    vec![
        bad("none.stl", binary(0, 0, 0.0)),
        bad("more than there are.stl", binary(u32::MAX, 1, 0.0)),
        bad("fewer than there are.stl", binary(1, 2, 0.0)),
        bad("no numbers.stl", binary(2, 2, f32::NAN)),
        bad("the infinite.stl", binary(2, 2, f32::INFINITY)),
        bad("a point.stl", binary(2, 2, 1.0)),
        bad("text without corners.stl", text("facet normal 0 0 1\nouter loop\nendloop\nendfacet")),
        bad("text of words.stl", text("facet normal a b c\nouter loop\nvertex a b c\nvertex a b c\nvertex a b c\nendloop\nendfacet")),
        bad("text cut off.stl", b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1".to_vec()),
        bad("too many.stl", binary(250_000, 250_000, 1.0)),
    ]
}

pub fn files() -> Vec<Hostile> {
    let named = NAMES.iter().map(|n| {
        if n.contains('\\') || n.starts_with('/') {
            odd(format!("{}.zip", n.replace(['/', '\\'], "~")), zip(&[(n, OBJ)]))
        } else {
            bad(format!("{}.zip", n.replace('/', "_")), zip(&[(n, OBJ)]))
        }
    });
    let objs = objs().into_iter().flat_map(|(name, text)| {
        let packed = zip(&[("a.obj", text.as_bytes())]);
        // A missing texture or direction does no harm.
        let made = if matches!(name, "texture 9" | "normal 9") { odd } else { bad };
        [made(format!("{name}.obj"), text.into_bytes()), made(format!("{name} in an archive.zip"), packed)]
    });
    let archives = archives().into_iter().map(|mut f| {
        f.name = format!("{}.zip", f.name);
        f
    });
    named.chain(objs).chain(archives).chain(stls()).collect()
}
