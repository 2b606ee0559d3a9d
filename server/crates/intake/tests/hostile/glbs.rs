//! Binary glTF.

use super::{Hostile, bad, odd};

/// A triangle with a picture on it: everything that can be lied about.
const JSON: &str = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0,"name":"Top"}],
"meshes":[{"primitives":[{"attributes":{"POSITION":0,"TEXCOORD_0":2},"indices":1,"material":0}]}],
"materials":[{"name":"Oak","pbrMetallicRoughness":{"baseColorTexture":{"index":0}}}],
"textures":[{"source":0}],"images":[{"bufferView":3,"mimeType":"image/png"}],
"buffers":[{"byteLength":136}],
"bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":36},{"buffer":0,"byteOffset":36,"byteLength":6},{"buffer":0,"byteOffset":44,"byteLength":24},{"buffer":0,"byteOffset":68,"byteLength":67}],
"accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3","min":[0,0,0],"max":[1,0,1]},{"bufferView":1,"componentType":5123,"count":3,"type":"SCALAR"},{"bufferView":2,"componentType":5126,"count":3,"type":"VEC2"}]}"#;

fn bin() -> Vec<u8> {
    let mut bin: Vec<u8> = [0.0f32, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    bin.extend([0u16, 1, 2].iter().flat_map(|i| i.to_le_bytes()));
    bin.extend([0; 2]);
    bin.extend([0.0f32, 0.0, 1.0, 0.0, 0.0, 1.0].iter().flat_map(|v| v.to_le_bytes()));
    bin.extend(super::pictures::dot());
    bin.resize(136, 0);
    bin
}

fn word(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

fn chunk(kind: &[u8; 4], data: &[u8], with: u8) -> Vec<u8> {
    let mut data = data.to_vec();
    while !data.len().is_multiple_of(4) {
        data.push(with);
    }
    [&word(data.len())[..], kind, &data].concat()
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [&b"glTF\x02\0\0\0"[..], &word(12 + body.len()), &body].concat()
}

fn glb(json: &str) -> Vec<u8> {
    file(&[chunk(b"JSON", json.as_bytes(), b' '), chunk(b"BIN\0", &bin(), 0)])
}

/// The whole file with some text of its description exchanged.
fn with(from: &str, to: &str) -> Vec<u8> {
    assert!(JSON.contains(from), "{from}");
    glb(&JSON.replacen(from, to, 1))
}

fn headers() -> Vec<Hostile> {
    let whole = glb(JSON);
    let put = |at: usize, with: &[u8]| {
        let mut file = whole.clone();
        file[at..at + with.len()].copy_from_slice(with);
        file
    };
    let json = chunk(b"JSON", JSON.as_bytes(), b' ');
    let mut list: Vec<Hostile> = [0u32, 1, 3, u32::MAX].iter().map(|v| bad(format!("version {v}"), put(4, &v.to_le_bytes()))).collect();
    list.extend([0u32, 11, 12, 19, 20, 100, u32::MAX].iter().map(|n| bad(format!("length {n}"), put(8, &n.to_le_bytes()))));
    list.extend([1u32, 3, 0x7fff_ffff, u32::MAX].iter().map(|n| bad(format!("chunk of {n}"), put(12, &n.to_le_bytes()))));
    list.push(bad("no description", file(&[chunk(b"BIN\0", &bin(), 0)])));
    list.push(bad("the description last", file(&[chunk(b"BIN\0", &bin(), 0), json.clone()])));
    list.push(bad("no chunk at all", file(&[])));
    list.push(bad("an empty description", file(&[chunk(b"JSON", b"", b' ')])));
    list.push(bad("an unknown first chunk", file(&[chunk(b"EVIL", JSON.as_bytes(), b' ')])));
    list.push(bad("data missing", file(std::slice::from_ref(&json))));
    list.push(bad("data empty", file(&[json.clone(), chunk(b"BIN\0", b"", 0)])));
    list.push(odd("data twice", file(&[json.clone(), chunk(b"BIN\0", &bin(), 0), chunk(b"BIN\0", &bin(), 0)])));
    list.push(odd("a thousand unknown chunks", file(&[vec![json], vec![chunk(b"BIN\0", &bin(), 0)], vec![chunk(b"EVIL", b"x", 0); 1000]].concat())));
    list
}

fn texts() -> Vec<Hostile> {
    let raw = |name: &str, text: Vec<u8>| bad(name, file(&[chunk(b"JSON", &text, b' '), chunk(b"BIN\0", &bin(), 0)]));
    let utf16: Vec<u8> = JSON.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut latin = JSON.replacen("Oak", "Eiche", 1).into_bytes();
    let at = latin.windows(5).position(|w| w == b"Eiche").expect("there");
    latin[at] = 0xff;
    vec![
        raw("not text", vec![0xff; 64]),
        raw("utf-16", utf16),
        raw("a byte that is no text", latin),
        raw("an array", b"[1,2,3]".to_vec()),
        raw("a number", b"42".to_vec()),
        raw("null", b"null".to_vec()),
        raw("two objects", [JSON.as_bytes(), JSON.as_bytes()].concat()),
        raw("half an object", JSON.as_bytes()[..JSON.len() / 2].to_vec()),
        raw("deep arrays", [b"{\"asset\":{\"version\":\"2.0\"},\"extras\":".to_vec(), vec![b'['; 100_000], vec![b']'; 100_000], b"}".to_vec()].concat()),
        raw("deep objects", [b"{\"asset\":{\"version\":\"2.0\"},\"extras\":".to_vec(), b"{\"a\":".repeat(50_000), b"1".to_vec(), vec![b'}'; 50_001]].concat()),
        raw("a number of a million digits", format!("{{\"asset\":{{\"version\":\"2.0\"}},\"scene\":{}}}", "9".repeat(1_000_000)).into_bytes()),
        bad("a NaN", with("\"scene\":0", "\"scene\":NaN")),
        bad("a negative scene", with("\"scene\":0", "\"scene\":-1")),
        bad("a scene and a half", with("\"scene\":0", "\"scene\":0.5")),
        bad("a scene by name", with("\"scene\":0", "\"scene\":\"first\"")),
        odd("a name of a megabyte", with("Top", &"T".repeat(1 << 20))),
        odd("a name that moves a terminal", with("Top", "\\u001b[2J\\u0000\\u202e")),
        odd("a name that is markup", with("Top", "<img src=x onerror=alert(1)>")),
    ]
}

/// Each names something that is not there, or says what can't be.
const LIES: [(&str, &str, &str); 66] = [
    ("no asset", r#""asset":{"version":"2.0"},"#, ""),
    ("asset version 1", r#""version":"2.0""#, r#""version":"1.0""#),
    ("no scenes", r#""scenes":[{"nodes":[0]}]"#, r#""scenes":[]"#),
    ("scene 9", r#""scene":0,"#, r#""scene":9,"#),
    ("a scene of node 9", r#""scenes":[{"nodes":[0]}]"#, r#""scenes":[{"nodes":[9]}]"#),
    ("no nodes", r#""nodes":[{"mesh":0,"name":"Top"}]"#, r#""nodes":[]"#),
    ("its own child", r#"{"mesh":0,"name":"Top"}"#, r#"{"mesh":0,"children":[0]}"#),
    ("a ring of two", r#"[{"mesh":0,"name":"Top"}]"#, r#"[{"mesh":0,"children":[1]},{"children":[0]}]"#),
    ("child 9", r#"{"mesh":0,"name":"Top"}"#, r#"{"mesh":0,"children":[9]}"#),
    ("mesh 9", r#""mesh":0,"#, r#""mesh":9,"#),
    ("skin 9", r#""mesh":0,"#, r#""mesh":0,"skin":9,"#),
    ("camera 9", r#""mesh":0,"#, r#""mesh":0,"camera":9,"#),
    ("a huge scale", r#""mesh":0,"#, r#""mesh":0,"scale":[1e38,1e38,1e38],"#),
    ("a huge matrix", r#""mesh":0,"#, r#""mesh":0,"matrix":[1e38,0,0,0,0,1e38,0,0,0,0,1e38,0,0,0,0,1],"#),
    ("a short matrix", r#""mesh":0,"#, r#""mesh":0,"matrix":[1,0,0],"#),
    ("a matrix of words", r#""mesh":0,"#, r#""mesh":0,"matrix":["a"],"#),
    ("a far place", r#""mesh":0,"#, r#""mesh":0,"translation":[3e38,3e38,3e38],"#),
    ("a weight and a matrix", r#""mesh":0,"#, r#""mesh":0,"rotation":[1e30,1e30,1e30,1e30],"#),
    ("no meshes", r#""meshes":[{"primitives":"#, r#""meshes":[],"m":[{"primitives":"#),
    ("no parts", r#""primitives":[{"#, r#""primitives":[],"p":[{"#),
    ("no places", r#""POSITION":0,"#, ""),
    ("places 9", r#""POSITION":0"#, r#""POSITION":9"#),
    ("places are texture coordinates", r#""POSITION":0"#, r#""POSITION":2"#),
    ("places are numbers", r#""POSITION":0"#, r#""POSITION":1"#),
    ("texture coordinates 9", r#""TEXCOORD_0":2"#, r#""TEXCOORD_0":9"#),
    ("normals 9", r#""POSITION":0"#, r#""POSITION":0,"NORMAL":9"#),
    ("indices 9", r#""indices":1"#, r#""indices":9"#),
    ("indices are places", r#""indices":1"#, r#""indices":0"#),
    ("indices are texture coordinates", r#""indices":1"#, r#""indices":2"#),
    ("lines", r#""indices":1"#, r#""indices":1,"mode":1"#),
    ("points", r#""indices":1"#, r#""indices":1,"mode":0"#),
    ("mode 77", r#""indices":1"#, r#""indices":1,"mode":77"#),
    ("material 9", r#""material":0"#, r#""material":9"#),
    ("texture 9", r#""baseColorTexture":{"index":0}"#, r#""baseColorTexture":{"index":9}"#),
    ("source 9", r#""source":0"#, r#""source":9"#),
    ("sampler 9", r#""source":0"#, r#""source":0,"sampler":9"#),
    ("a picture nowhere", r#""bufferView":3,"mimeType":"image/png""#, r#""bufferView":9,"mimeType":"image/png""#),
    ("a picture of places", r#""bufferView":3,"mimeType":"image/png""#, r#""bufferView":0,"mimeType":"image/png""#),
    ("no buffers", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[]"#),
    ("a buffer of nothing", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":0}]"#),
    ("a buffer too long", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":9999}]"#),
    ("a buffer of everything", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":18446744073709551615}]"#),
    ("a negative buffer", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":-1}]"#),
    ("a buffer from the net", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":136,"uri":"https://127.0.0.1/x.bin"}]"#),
    ("a buffer from the disk", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":136,"uri":"/dev/zero"}]"#),
    ("a buffer in base64", r#""buffers":[{"byteLength":136}]"#, r#""buffers":[{"byteLength":136,"uri":"data:application/octet-stream;base64,AAAA"}]"#),
    ("a view of buffer 9", r#"{"buffer":0,"byteOffset":0,"byteLength":36}"#, r#"{"buffer":9,"byteOffset":0,"byteLength":36}"#),
    ("a view beyond the end", r#"{"buffer":0,"byteOffset":0,"byteLength":36}"#, r#"{"buffer":0,"byteOffset":120,"byteLength":36}"#),
    ("a view far beyond the end", r#"{"buffer":0,"byteOffset":0,"byteLength":36}"#, r#"{"buffer":0,"byteOffset":18446744073709551600,"byteLength":36}"#),
    ("a view of nothing", r#"{"buffer":0,"byteOffset":0,"byteLength":36}"#, r#"{"buffer":0,"byteOffset":0,"byteLength":0}"#),
    ("a stride of 3", r#""byteOffset":0,"byteLength":36}"#, r#""byteOffset":0,"byteLength":36,"byteStride":3}"#),
    ("a stride of everything", r#""byteOffset":0,"byteLength":36}"#, r#""byteOffset":0,"byteLength":36,"byteStride":9223372036854775807}"#),
    ("a count of 4", r#""count":3,"type":"VEC3""#, r#""count":4,"type":"VEC3""#),
    ("a count of everything", r#""count":3,"type":"VEC3""#, r#""count":18446744073709551615,"type":"VEC3""#),
    ("a count that wraps", r#""count":3,"type":"VEC3""#, r#""count":1537228672809129302,"type":"VEC3""#),
    ("a negative count", r#""count":3,"type":"VEC3""#, r#""count":-3,"type":"VEC3""#),
    ("a count of indices too many", r#""count":3,"type":"SCALAR""#, r#""count":3000,"type":"SCALAR""#),
    ("an offset beyond", r#"{"bufferView":0,"componentType":5126"#, r#"{"bufferView":0,"byteOffset":36,"componentType":5126"#),
    ("an offset far beyond", r#"{"bufferView":0,"componentType":5126"#, r#"{"bufferView":0,"byteOffset":18446744073709551600,"componentType":5126"#),
    ("places of view 9", r#"{"bufferView":0,"componentType":5126"#, r#"{"bufferView":9,"componentType":5126"#),
    ("an unknown component", r#""componentType":5126,"count":3,"type":"VEC3""#, r#""componentType":9999,"count":3,"type":"VEC3""#),
    ("an unknown type", r#""type":"VEC3""#, r#""type":"VEC9""#),
    ("places in bytes", r#""componentType":5126,"count":3,"type":"VEC3""#, r#""componentType":5121,"count":3,"type":"VEC3""#),
    ("draco", r#""scene":0"#, r#""extensionsRequired":["KHR_draco_mesh_compression"],"scene":0"#),
    ("meshopt", r#""scene":0"#, r#""extensionsRequired":["EXT_meshopt_compression"],"scene":0"#),
    ("an unknown need", r#""scene":0"#, r#""extensionsRequired":["EVIL_all"],"scene":0"#),
];

/// Odd things that a lenient reader may take.
const ODD: [(&str, &str, &str); 17] = [
    // Nothing is ever fetched: such a picture is left out.
    ("a picture from the net", r#""bufferView":3,"mimeType":"image/png""#, r#""uri":"http://127.0.0.1:22/x.png""#),
    ("a picture from the disk", r#""bufferView":3,"mimeType":"image/png""#, r#""uri":"file:///etc/passwd""#),
    ("a picture from above", r#""bufferView":3,"mimeType":"image/png""#, r#""uri":"../../secret.png""#),
    ("a picture in broken base64", r#""bufferView":3,"mimeType":"image/png""#, r#""uri":"data:image/png;base64,!!!!""#),
    ("normals of another count", r#""POSITION":0"#, r#""POSITION":0,"NORMAL":2"#),
    ("a count of none", r#""count":3,"type":"SCALAR""#, r#""count":0,"type":"SCALAR""#),
    ("two of three corners", r#""count":3,"type":"SCALAR""#, r#""count":2,"type":"SCALAR""#),
    ("a strip", r#""indices":1"#, r#""indices":1,"mode":5"#),
    ("a fan", r#""indices":1"#, r#""indices":1,"mode":6"#),
    ("a picture of another kind", "image/png", "image/jpeg"),
    ("a scale of nothing", r#""mesh":0,"#, r#""mesh":0,"scale":[0,0,0],"#),
    ("a mirror", r#""mesh":0,"#, r#""mesh":0,"scale":[-1,1,1],"#),
    ("limits that lie", r#""max":[1,0,1]"#, r#""max":[1e30,0,1]"#),
    ("limits that are none", r#""min":[0,0,0]"#, r#""min":[9,9,9]"#),
    ("unknown extras", r#""scene":0"#, r#""extras":{"a":[1,2,{"b":null}]},"scene":0"#),
    ("animations of nothing", r#""scene":0"#, r#""animations":[{"channels":[],"samplers":[]}],"scene":0"#),
    ("texture coordinates of set 5", r#"{"index":0}"#, r#"{"index":0,"texCoord":5}"#),
];

/// More than a machine should be asked for, in few bytes.
fn bombs() -> Vec<Hostile> {
    let one = r#""nodes":[{"mesh":0,"name":"Top"}]"#;
    let wide: Vec<String> = (0..20_000).map(|_| r#"{"mesh":0}"#.to_owned()).collect();
    let all: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
    let scene = r#""scenes":[{"nodes":[0]}]"#;
    let many = JSON.replacen(one, &format!(r#""nodes":[{}]"#, wide.join(",")), 1).replacen(scene, &format!(r#""scenes":[{{"nodes":[{}]}}]"#, all.join(",")), 1);
    // Each of twenty levels has the next twice: a million places of one triangle.
    let doubled: Vec<String> = (0..20).map(|i| format!(r#"{{"mesh":0,"children":[{0},{0}]}}"#, i + 1)).chain(["{\"mesh\":0}".to_owned()]).collect();
    let chain: Vec<String> = (0..30_000).map(|i| format!(r#"{{"children":[{}]}}"#, i + 1)).chain(["{\"mesh\":0}".to_owned()]).collect();
    let parts = r#"{"attributes":{"POSITION":0,"TEXCOORD_0":2},"indices":1,"material":0}"#;
    let pictures = r#"{"bufferView":3,"mimeType":"image/png"}"#;
    vec![
        bad("twenty thousand places", glb(&many)),
        bad("doubled twenty times", glb(&JSON.replacen(one, &format!(r#""nodes":[{}]"#, doubled.join(",")), 1))),
        bad("a chain of thirty thousand", glb(&JSON.replacen(one, &format!(r#""nodes":[{}]"#, chain.join(",")), 1))),
        bad("three hundred thousand triangles of three corners", glb(&JSON.replacen(parts, &vec![parts; 300_000].join(","), 1))),
        bad("a thousand parts of points in each of a hundred places", {
            let points = r#"{"attributes":{"POSITION":0},"mode":0}"#;
            let places: Vec<&str> = vec![r#"{"mesh":0}"#; 100];
            let all: Vec<String> = (0..100).map(|i| i.to_string()).collect();
            let json = JSON.replacen(parts, &vec![points; 1000].join(","), 1).replacen(one, &format!(r#""nodes":[{}]"#, places.join(",")), 1);
            glb(&json.replacen(scene, &format!(r#""scenes":[{{"nodes":[{}]}}]"#, all.join(",")), 1))
        }),
        bad("a thousand pictures", glb(&JSON.replacen(pictures, &vec![pictures; 1000].join(","), 1))),
    ]
}

/// Data that the description does not warn of.
fn data() -> Vec<Hostile> {
    let put = |name: &str, at: usize, with: &[u8]| {
        let mut bin = bin();
        bin[at..at + with.len()].copy_from_slice(with);
        bad(name, file(&[chunk(b"JSON", JSON.as_bytes(), b' '), chunk(b"BIN\0", &bin, 0)]))
    };
    vec![
        put("a corner that is no number", 0, &f32::NAN.to_le_bytes()),
        put("a corner in the infinite", 4, &f32::INFINITY.to_le_bytes()),
        put("a corner in the other infinite", 8, &f32::NEG_INFINITY.to_le_bytes()),
        put("a corner at the end of numbers", 12, &f32::MAX.to_le_bytes()),
        put("corner 3 of 3", 36, &3u16.to_le_bytes()),
        put("corner 65535 of 3", 40, &u16::MAX.to_le_bytes()),
        put("a picture without its head", 68, b"xxxx"),
        put("a picture of a billion pixels", 84, &[0, 0, 0x7f, 0xff, 0, 0, 0x7f, 0xff]),
    ]
}

pub fn files() -> Vec<Hostile> {
    let lies = LIES.iter().map(|(name, from, to)| bad(*name, with(from, to)));
    let odds = ODD.iter().map(|(name, from, to)| odd(*name, with(from, to)));
    [headers(), texts(), lies.collect(), odds.collect(), bombs(), data()]
        .into_iter()
        .flatten()
        .map(|mut f| {
            f.name = format!("{}.glb", f.name);
            f
        })
        .collect()
}
