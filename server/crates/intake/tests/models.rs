//! Whole models of each kind, and broken ones made of them: each refused by name, none crashes.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

use intake::{Limits, Model, Refused, Said, Unit, Up, model};
use std::io::Write;

/// A GLB of a JSON and a binary part.
fn glb(json: &str, bin: &[u8]) -> Vec<u8> {
    let pad = |mut b: Vec<u8>, with: u8| {
        while !b.len().is_multiple_of(4) {
            b.push(with);
        }
        b
    };
    let (json, bin) = (pad(json.as_bytes().to_vec(), b' '), pad(bin.to_vec(), 0));
    let word = |n: usize| u32::try_from(n).expect("small").to_le_bytes();
    let mut out = b"glTF\x02\0\0\0".to_vec();
    out.extend(word(12 + 8 + json.len() + 8 + bin.len()));
    out.extend(word(json.len()));
    out.extend(b"JSON");
    out.extend(&json);
    out.extend(word(bin.len()));
    out.extend(b"BIN\0");
    out.extend(&bin);
    out
}

/// One triangle of 1.6 × 0.8 m that lies on the floor.
fn desk() -> (String, Vec<u8>) {
    let mut bin = Vec::new();
    for v in [0.0f32, 0.0, 0.0, 0.0, 0.0, 0.8, 1.6, 0.0, 0.0] {
        bin.extend(v.to_le_bytes());
    }
    for i in [0u16, 1, 2] {
        bin.extend(i.to_le_bytes());
    }
    let json = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0,"name":"Top"}],
        "meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1,"material":0}]}],
        "materials":[{"name":"Oak","pbrMetallicRoughness":{"baseColorFactor":[0.5,0.25,0.1,1],"metallicFactor":0}}],
        "buffers":[{"byteLength":42}],
        "bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":36},{"buffer":0,"byteOffset":36,"byteLength":6}],
        "accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3","min":[0,0,0],"max":[1.6,0,0.8]},{"bufferView":1,"componentType":5123,"count":3,"type":"SCALAR"}]}"#;
    (json.to_owned(), bin)
}

fn read(bytes: &[u8]) -> Result<Model, Refused> {
    model("upload", bytes, Said::default(), &Limits::default())
}

#[test]
fn a_glb_is_read_in_millimetres() {
    let (json, bin) = desk();
    let read = read(&glb(&json, &bin)).expect("read");
    let (lo, hi) = read.scene.bounds().expect("a box");
    assert!((hi[0] - lo[0] - 1600.0).abs() < 0.1 && (hi[1] - lo[1] - 800.0).abs() < 0.1 && (hi[2] - lo[2]).abs() < 0.1, "{lo:?} {hi:?}");
    assert_eq!((read.scene.items[0].name.as_str(), read.scene.materials[0].name.as_str()), ("Top", "Oak"));
    assert!(read.scene.items[0].mesh.normals.iter().all(|n| n[2] > 0.99), "it looks up");
    assert!(!read.measure.guessed && read.measure.unit == Unit::M && read.measure.up == Up::Y);
}

#[test]
fn broken_descriptions_are_refused_by_name() {
    let (json, bin) = desk();
    let cases = [
        (r#""byteLength":42"#, r#""byteLength":4200"#, "cut_off"),
        (r#""byteOffset":36,"byteLength":6"#, r#""byteOffset":36,"byteLength":60"#, "cut_off"),
        (r#""count":3,"type":"VEC3""#, r#""count":4,"type":"VEC3""#, "cut_off"),
        (r#""count":3,"type":"VEC3""#, r#""count":4294967295,"type":"VEC3""#, "cut_off"),
        (r#""indices":1"#, r#""indices":7"#, "broken"),
        (r#""nodes":[{"mesh":0,"#, r#""nodes":[{"mesh":0,"children":[0],"#, "too_many"),
        (r#""nodes":[{"mesh":0,"#, r#""nodes":[{"mesh":0,"scale":[1e38,1e38,1e38],"#, "broken"),
        (r#""buffers":[{"#, r#""buffers":[{"uri":"http://example.com/x.bin","#, "outside"),
        (r#""componentType":5126,"count":3,"type":"VEC3""#, r#""componentType":5123,"count":3,"type":"VEC3""#, "quantised"),
        (r#""version":"2.0""#, r#""version":"2.0"},"extensionsRequired":["KHR_draco_mesh_compression"],"x":{"a":1"#, "broken"),
        (r#""componentType":5123,"count":3,"type":"SCALAR""#, r#""componentType":5126,"count":1,"type":"SCALAR""#, "broken"),
        (r#""scenes":[{"nodes":[0]}]"#, r#""scenes":[]"#, "broken"),
        (r#""mesh":0"#, r#""mesh":9"#, "broken"),
    ];
    for (from, to, code) in cases {
        assert!(json.contains(from), "{from}");
        let refused = read(&glb(&json.replacen(from, to, 1), &bin)).expect_err(to);
        assert_eq!(refused.code, code, "{to}: {}", refused.message);
    }
    let mut wrong = bin.clone();
    wrong[36] = 9;
    assert_eq!(read(&glb(&json, &wrong)).expect_err("index").message, "Mesh 0, part 0 names corner 9 of 3.");
    let mut nowhere = bin.clone();
    nowhere[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(read(&glb(&json, &nowhere)).expect_err("a place").code, "broken");
}

#[test]
fn every_beginning_of_a_file_is_refused_and_every_flipped_byte_ends() {
    let (json, bin) = desk();
    let whole = glb(&json, &bin);
    for end in 0..whole.len() {
        assert!(read(&whole[..end]).is_err(), "{end} bytes");
    }
    for at in 0..whole.len() {
        for bit in [1u8, 0x80, 0xff] {
            let mut flipped = whole.clone();
            flipped[at] ^= bit;
            let _ = read(&flipped);
        }
    }
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, data) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begun");
        archive.write_all(data).expect("written");
    }
    archive.finish().expect("whole").into_inner()
}

const OBJ: &[u8] = b"mtllib desk.mtl\no Top\nv 0 0 0\nv 1600 0 0\nv 1600 0 800\nv 0 0 800\nusemtl oak\nf 1 4 3 2\n";

#[test]
fn an_obj_has_its_materials_in_a_bundle_and_is_grey_alone() {
    let read_zip = read(&zip(&[("desk/desk.obj", OBJ), ("desk/desk.mtl", b"newmtl oak\nKd 0.6 0.4 0.2\n")])).expect("read");
    assert_eq!((read_zip.scene.items[0].name.as_str(), read_zip.scene.materials[read_zip.scene.items[0].material].name.as_str()), ("Top", "oak"));
    assert_eq!(read_zip.scene.items[0].mesh.indices.len(), 6);
    let alone = read(OBJ).expect("read");
    assert!(alone.notes[0].contains("grey"), "{:?}", alone.notes);
    assert!(alone.measure.guessed && alone.measure.unit == Unit::Mm);
}

#[test]
fn bundles_that_mean_harm_are_refused() {
    let code = |bytes: &[u8]| read(bytes).expect_err("refused").code;
    assert_eq!(code(&zip(&[("../../etc/passwd.obj", OBJ)])), "unsafe_name");
    assert_eq!(code(&zip(&[("a.obj", OBJ), ("b.obj", OBJ)])), "several_models");
    assert_eq!(code(&zip(&[("readme.txt", b"hello")])), "not_a_model");
    let many: Vec<(String, &[u8])> = (0..300).map(|i| (format!("{i}.txt"), &b"x"[..])).collect();
    assert_eq!(code(&zip(&many.iter().map(|(n, d)| (n.as_str(), *d)).collect::<Vec<_>>())), "too_many");
    // A bomb: 64 MB of nothing in some kilobytes, where only one may come out.
    let bomb = zip(&[("a.obj", &vec![0u8; 64 << 20])]);
    assert!(bomb.len() < 200_000);
    let small = Limits { unpacked: 1 << 20, ..Limits::default() };
    assert_eq!(model("bomb.zip", &bomb, Said::default(), &small).expect_err("refused").code, "too_large");
    assert_eq!(code(b"MZ\x90\0 a program"), "not_a_model");
    assert_eq!(code(b""), "empty");
}

/// Whole files of every kind, to be spoilt.
fn seeds() -> Vec<Vec<u8>> {
    let (json, bin) = desk();
    let mtl = b"newmtl oak\nKd 0.6 0.4 0.2\nmap_Kd oak.png\n";
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(4, 4, image::Rgb([120, 80, 40])).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    let png = png.into_inner();
    let mut stl = vec![0u8; 84];
    stl[80..84].copy_from_slice(&1u32.to_le_bytes());
    stl.extend([0x40; 50]);
    let text = b"solid box\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1600 0 0\nvertex 0 800 0\nendloop\nendfacet\nendsolid\n".to_vec();
    vec![glb(&json, &bin), zip(&[("desk.obj", OBJ), ("desk.mtl", mtl), ("oak.png", &png)]), OBJ.to_vec(), stl, text, png]
}

#[test]
fn whatever_is_sent_ends_as_a_model_or_a_refusal() {
    let time = std::time::Duration::from_secs(std::env::var("FITOUT_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(20));
    let seeds = seeds();
    let limits = Limits { bytes: 1 << 20, unpacked: 4 << 20, files: 20, triangles: 10_000, nodes: 200, pictures: 4, pixels: 1_000_000 };
    let taken = [std::sync::atomic::AtomicUsize::new(0), std::sync::atomic::AtomicUsize::new(0)];
    bolero::check!().with_test_time(time).with_type::<(u8, Vec<(u16, u8, u8)>, Option<u16>)>().for_each(|(which, edits, cut)| {
        let mut file = seeds[usize::from(*which) % seeds.len()].clone();
        for (at, how, with) in edits.iter().take(12) {
            let at = usize::from(*at) % file.len().max(1);
            match how % 4 {
                0 => file[at] = *with,
                1 => file[at] ^= 1 << (with % 8),
                2 => file.insert(at, *with),
                // A digit of a number in a description.
                _ => {
                    if let Some(i) = (at..file.len()).find(|i| file[*i].is_ascii_digit()) {
                        file[i] = b'0' + with % 10;
                    }
                }
            }
        }
        if let Some(cut) = cut.filter(|c| c % 5 == 0) {
            file.truncate(usize::from(cut) % file.len().max(1));
        }
        let read = model("a.bin", &file, Said::default(), &limits);
        if let Ok(model) = &read {
            let corners = model.scene.items.iter().flat_map(|i| &i.mesh.positions).flatten();
            assert!(corners.clone().all(|v| v.is_finite()));
            assert!(
                model
                    .scene
                    .items
                    .iter()
                    .all(|i| i.mesh.indices.iter().all(|n| (*n as usize) < i.mesh.positions.len()) && i.material < model.scene.materials.len())
            );
        }
        let _ = intake::picture("a.bin", &file, &limits);
        taken[usize::from(read.is_ok())].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let [refused, read] = taken.map(|n| n.into_inner());
    assert!(refused > 100 && read > 100, "{refused} refused, {read} read: too few to tell anything");
}

/// A ball of many triangles.
fn ball() -> scene::Scene {
    let (rings, sides) = (48u32, 64u32);
    let mut mesh = scene::Mesh::default();
    for r in 0..=rings {
        for s in 0..=sides {
            let (a, b) = (r as f32 / rings as f32 * std::f32::consts::PI, s as f32 / sides as f32 * std::f32::consts::TAU);
            let n = [a.sin() * b.cos(), a.sin() * b.sin(), a.cos()];
            mesh.positions.push([n[0] * 300.0, n[1] * 300.0, 300.0 + n[2] * 300.0]);
            mesh.normals.push(n);
            mesh.uvs.push([s as f32 / sides as f32, r as f32 / rings as f32]);
        }
    }
    for r in 0..rings {
        for s in 0..sides {
            let i = r * (sides + 1) + s;
            mesh.indices.extend([i, i + sides + 1, i + 1, i + 1, i + sides + 1, i + sides + 2]);
        }
    }
    let material = scene::Material { name: "Oak".into(), base_color: [0.6, 0.4, 0.2], metallic: 0.0, roughness: 0.5, texture: None };
    let item = scene::Item { pick: scene::PickId(0), id: "part-1".into(), name: "Ball".into(), mesh, material: 0, joint: None };
    scene::Scene { materials: vec![material], items: vec![item] }
}

#[test]
fn coarser_levels_have_fewer_triangles_and_the_same_size() {
    let whole = ball();
    let count = |s: &scene::Scene| s.items.iter().map(|i| i.mesh.indices.len() / 3).sum::<usize>();
    let mut before = count(&whole);
    for level in intake::lod::LEVELS {
        let coarse = intake::lod::coarser(&whole, level);
        assert!(count(&coarse) < before * 7 / 10, "{} of {before}", count(&coarse));
        before = count(&coarse);
        let ((a, b), (c, d)) = (whole.bounds().expect("a box"), coarse.bounds().expect("a box"));
        for (x, y) in a.into_iter().chain(b).zip(c.into_iter().chain(d)) {
            assert!((x - y).abs() < 20.0, "{a:?} {b:?} {c:?} {d:?}");
        }
    }
}

#[test]
fn what_is_written_reads_as_it_was() {
    let whole = ball();
    let file = intake::write::glb("Ball", &whole, &[]);
    assert_eq!(file, intake::write::glb("Ball", &whole, &[]), "the same bytes");
    let again = read(&file).expect("read");
    let (a, b) = (&whole.items[0].mesh, &again.scene.items[0].mesh);
    assert_eq!((a.indices.len(), again.scene.items[0].name.as_str(), again.scene.materials[0].name.as_str()), (b.indices.len(), "Ball", "Oak"));
    for (p, q) in a.positions.iter().zip(&b.positions) {
        assert!(p.iter().zip(q).all(|(x, y)| (x - y).abs() < 0.05), "{p:?} {q:?}");
    }
    for (x, y) in whole.materials[0].base_color.iter().zip(again.scene.materials[0].base_color) {
        assert!((x - y).abs() < 1e-3);
    }
}
