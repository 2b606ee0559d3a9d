//! The exact model: binary glTF → meshes in product space. Images stay as bytes; the browser decodes them.

use scene::Mesh;
use serde_json::Value;
use three_d::{InnerSpace, Mat4, Matrix, SquareMatrix, Vec3};

/// A surface of the exact model. Colours are linear light.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Multiplies the picture, or stands alone.
    pub factor: [f32; 3],
    /// 0 = dielectric, 1 = metal.
    pub metallic: f32,
    /// 0 = mirror, 1 = matt.
    pub roughness: f32,
    /// Index into [`Model::images`].
    pub image: Option<usize>,
}

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub mime: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// An exact model, millimetres, Z up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Geometry with the surface's index. Texture coordinates run upwards.
    pub meshes: Vec<(Mesh, usize)>,
    /// What each mesh's node is called: the id of a part.
    pub names: Vec<String>,
    /// Surfaces.
    pub surfaces: Vec<Surface>,
    /// Pictures.
    pub images: Vec<Encoded>,
}

/// Why a file is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlbError {
    /// Not binary glTF, or broken.
    Unreadable(String),
    /// Nothing to see in it.
    Empty,
}

impl std::fmt::Display for GlbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "the exact model's file can't be read: {why}"),
            Self::Empty => f.write_str("the exact model's file holds no faces"),
        }
    }
}

impl std::error::Error for GlbError {}

/// glTF space (metres, Y up, front to +Z) → product space (millimetres, Z up, front to −Y).
fn to_product(v: Vec3) -> Vec3 {
    Vec3::new(v.x * 1000.0, -v.z * 1000.0, v.y * 1000.0)
}

/// Reads a GLB: the JSON by the reader that the page has anyway, the rest by hand. A full glTF crate would cost the browser more than the
/// renderer does. What our exporter never writes (sparse accessors, other buffers, strips) is left out.
///
/// # Errors
/// [`GlbError`] for anything that can't be drawn.
pub fn parse(bytes: &[u8]) -> Result<Model, GlbError> {
    let file = File::open(bytes)?;
    let images = list(&file.json, "images")
        .map(|image| {
            // Files outside the GLB are never fetched.
            let bytes = index(image, "bufferView").and_then(|view| file.view(view)).map(|(b, _)| b.to_vec()).unwrap_or_default();
            Encoded { mime: image["mimeType"].as_str().unwrap_or_default().to_owned(), bytes }
        })
        .collect();
    let mut surfaces: Vec<Surface> = list(&file.json, "materials").map(|material| file.surface(material)).collect();
    let plain = surfaces.len();
    surfaces.push(Surface { factor: [0.8; 3], metallic: 0.0, roughness: 0.6, image: None });

    let mut model = Model { meshes: Vec::new(), names: Vec::new(), surfaces, images };
    let scene = &file.json["scenes"][index(&file.json, "scene").unwrap_or(0)];
    let mut stack: Vec<(usize, Mat4)> = indices(&scene["nodes"]).map(|n| (n, Mat4::identity())).collect();
    let mut visits = 0;
    while let Some((at, parent)) = stack.pop() {
        visits += 1;
        if visits > 100_000 || stack.len() > 100_000 {
            return Err(unreadable("its nodes form a circle"));
        }
        let node = &file.json["nodes"][at];
        let matrix = parent * node_matrix(node);
        if let Some(mesh) = index(node, "mesh") {
            for primitive in list(&file.json["meshes"][mesh], "primitives") {
                // 4 = triangles, which is also what no mode means.
                if primitive["mode"].as_u64().unwrap_or(4) == 4
                    && let Some(read) = file.primitive(primitive, &matrix)
                {
                    model.names.push(node["name"].as_str().unwrap_or_default().to_owned());
                    model.meshes.push((read, index(primitive, "material").unwrap_or(plain).min(plain)));
                }
            }
        }
        stack.extend(indices(&node["children"]).map(|child| (child, matrix)));
    }
    if model.meshes.is_empty() { Err(GlbError::Empty) } else { Ok(model) }
}

fn unreadable(why: &str) -> GlbError {
    GlbError::Unreadable(why.to_owned())
}

/// The members of an array, none when there is no such array.
fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn indices(value: &Value) -> impl Iterator<Item = usize> + '_ {
    value.as_array().into_iter().flatten().filter_map(|v| usize::try_from(v.as_u64()?).ok())
}

fn index(value: &Value, name: &str) -> Option<usize> {
    usize::try_from(value[name].as_u64()?).ok()
}

/// Numbers of an array; `None` unless there are exactly `N`.
#[allow(clippy::cast_possible_truncation)]
fn numbers<const N: usize>(value: &Value) -> Option<[f32; N]> {
    let all: Vec<f32> = value.as_array()?.iter().filter_map(Value::as_f64).map(|v| v as f32).collect();
    all.try_into().ok()
}

/// Local → parent, from a matrix or from translation, rotation and scale.
fn node_matrix(node: &Value) -> Mat4 {
    if let Some(m) = numbers::<16>(&node["matrix"]) {
        return Mat4::new(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11], m[12], m[13], m[14], m[15]);
    }
    let t = numbers::<3>(&node["translation"]).unwrap_or([0.0; 3]);
    let [x, y, z, w] = numbers::<4>(&node["rotation"]).unwrap_or([0.0, 0.0, 0.0, 1.0]);
    let s = numbers::<3>(&node["scale"]).unwrap_or([1.0; 3]);
    Mat4::from_translation(Vec3::from(t)) * Mat4::from(three_d::Quat::new(w, x, y, z)) * Mat4::from_nonuniform_scale(s[0], s[1], s[2])
}

/// A GLB's two parts.
struct File<'a> {
    json: Value,
    binary: &'a [u8],
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, GlbError> {
        let word = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).and_then(|w| usize::try_from(w).ok());
        if bytes.get(..4) != Some(b"glTF") || word(4) != Some(2) {
            return Err(unreadable("it is no binary glTF 2"));
        }
        let (mut json, mut binary) = (None, None);
        let mut at = 12;
        while let (Some(length), Some(kind)) = (word(at), bytes.get(at + 4..at + 8)) {
            let body = bytes.get(at + 8..(at + 8).saturating_add(length)).ok_or_else(|| unreadable("it is cut off"))?;
            match kind {
                b"JSON" => json = json.or(Some(body)),
                b"BIN\0" => binary = binary.or(Some(body)),
                _ => {}
            }
            at = at + 8 + length;
        }
        let json = serde_json::from_slice(json.ok_or_else(|| unreadable("it has no description"))?).map_err(|e| GlbError::Unreadable(e.to_string()))?;
        Ok(Self { json, binary: binary.ok_or_else(|| unreadable("it has no binary part"))? })
    }

    /// Bytes of a view and its stride (0 = packed).
    fn view(&self, at: usize) -> Option<(&'a [u8], usize)> {
        let view = &self.json["bufferViews"][at];
        let from = index(view, "byteOffset").unwrap_or(0);
        let bytes = self.binary.get(from..from.checked_add(index(view, "byteLength")?)?)?;
        (index(view, "buffer")? == 0).then_some((bytes, index(view, "byteStride").unwrap_or(0)))
    }

    /// Elements of an accessor as `N` numbers each; whole numbers are scaled to 0–1 when the accessor says so.
    #[allow(clippy::cast_precision_loss)]
    fn read<const N: usize>(&self, at: usize) -> Option<Vec<[f32; N]>> {
        let accessor = &self.json["accessors"][at];
        let normalized = accessor["normalized"].as_bool().unwrap_or(false);
        let scale = |max: f32| if normalized { 1.0 / max } else { 1.0 };
        match accessor["componentType"].as_u64()? {
            5126 => self.elements(accessor, |b: [u8; 4]| f32::from_le_bytes(b)),
            5125 => self.elements(accessor, |b: [u8; 4]| u32::from_le_bytes(b) as f32),
            5123 => self.elements(accessor, |b: [u8; 2]| f32::from(u16::from_le_bytes(b)) * scale(65_535.0)),
            5121 => self.elements(accessor, |b: [u8; 1]| f32::from(b[0]) * scale(255.0)),
            _ => None,
        }
    }

    /// Indices of an accessor.
    fn whole(&self, at: usize) -> Option<Vec<u32>> {
        let accessor = &self.json["accessors"][at];
        let one = match accessor["componentType"].as_u64()? {
            5125 => self.elements::<1, 4, u32>(accessor, u32::from_le_bytes),
            5123 => self.elements::<1, 2, u32>(accessor, |b| u32::from(u16::from_le_bytes(b))),
            5121 => self.elements::<1, 1, u32>(accessor, |b| u32::from(b[0])),
            _ => None,
        }?;
        Some(one.into_iter().map(|[i]| i).collect())
    }

    fn elements<const N: usize, const B: usize, T>(&self, accessor: &Value, number: impl Fn([u8; B]) -> T) -> Option<Vec<[T; N]>> {
        let (bytes, stride) = self.view(index(accessor, "bufferView")?)?;
        let stride = if stride == 0 { N * B } else { stride };
        let start = index(accessor, "byteOffset").unwrap_or(0);
        // A count that the bytes can't hold fails at the first missing element, before much is allocated.
        (0..index(accessor, "count")?)
            .map(|i| {
                let from = start.checked_add(i.checked_mul(stride)?)?;
                let element = bytes.get(from..from.checked_add(N * B)?)?;
                let mut parts = element.as_chunks::<B>().0.iter().map(|b| number(*b));
                let read: [Option<T>; N] = std::array::from_fn(|_| parts.next());
                read.into_iter().collect::<Option<Vec<T>>>()?.try_into().ok()
            })
            .collect()
    }

    #[allow(clippy::cast_possible_truncation)]
    fn surface(&self, material: &Value) -> Surface {
        let pbr = &material["pbrMetallicRoughness"];
        let number = |name: &str| pbr[name].as_f64().unwrap_or(1.0) as f32;
        let [r, g, b, _] = numbers::<4>(&pbr["baseColorFactor"]).unwrap_or([1.0; 4]);
        let image = index(&pbr["baseColorTexture"], "index").and_then(|t| index(&self.json["textures"][t], "source"));
        Surface { factor: [r, g, b], metallic: number("metallicFactor"), roughness: number("roughnessFactor"), image }
    }

    fn primitive(&self, primitive: &Value, matrix: &Mat4) -> Option<Mesh> {
        let attribute = |name: &str| index(&primitive["attributes"], name);
        let normal_matrix = matrix.invert().map_or_else(Mat4::identity, |m| m.transpose());
        let positions: Vec<[f32; 3]> =
            self.read::<3>(attribute("POSITION")?)?.into_iter().map(|p| to_product((matrix * Vec3::from(p).extend(1.0)).truncate()).into()).collect();
        let count = positions.len();
        let normals: Vec<[f32; 3]> = attribute("NORMAL")
            .and_then(|a| self.read::<3>(a))
            .unwrap_or_default()
            .into_iter()
            .map(|n| {
                let turned = (normal_matrix * Vec3::from(n).extend(0.0)).truncate();
                let n = Vec3::new(turned.x, -turned.z, turned.y);
                if n.magnitude2() > 1e-12 { n.normalize().into() } else { [0.0, 0.0, 1.0] }
            })
            .collect();
        let uvs: Vec<[f32; 2]> = attribute("TEXCOORD_0").and_then(|a| self.read::<2>(a)).unwrap_or_default().into_iter().map(|[u, v]| [u, 1.0 - v]).collect();
        let indices = match index(primitive, "indices") {
            Some(at) => self.whole(at)?,
            None => (0..u32::try_from(count).ok()?).collect(),
        };
        if indices.iter().any(|i| *i as usize >= count) || indices.len() < 3 {
            return None;
        }
        let mut mesh = Mesh { positions, normals, uvs, indices };
        mesh.indices.truncate(mesh.indices.len() / 3 * 3);
        if mesh.uvs.len() != count {
            mesh.uvs = vec![[0.0; 2]; count];
        }
        if mesh.normals.len() != count {
            mesh.normals = face_normals(&mesh);
        }
        Some(mesh)
    }
}

/// Normals from the faces around each vertex, for files without any.
fn face_normals(mesh: &Mesh) -> Vec<[f32; 3]> {
    let mut sums = vec![Vec3::new(0.0, 0.0, 0.0); mesh.positions.len()];
    for [a, b, c] in mesh.indices.iter().map(|i| *i as usize).collect::<Vec<_>>().as_chunks::<3>().0.iter().copied() {
        let [p, q, r] = [a, b, c].map(|i| Vec3::from(mesh.positions[i]));
        let n = (q - p).cross(r - p);
        for i in [a, b, c] {
            sums[i] += n;
        }
    }
    sums.into_iter().map(|n| if n.magnitude2() > 1e-12 { n.normalize().into() } else { [0.0, 0.0, 1.0] }).collect()
}

/// Smallest box around a model.
#[must_use]
pub fn bounds(model: &Model) -> Option<crate::camera::Bounds> {
    model.meshes.iter().filter_map(|(m, _)| m.bounds()).reduce(|(mut lo, mut hi), (l, h)| {
        for k in 0..3 {
            lo[k] = lo[k].min(l[k]);
            hi[k] = hi[k].max(h[k]);
        }
        (lo, hi)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A GLB with one triangle (metres, Y up): corners (0,0,0), (1,0,0), (0,2,0), facing +Z, moved by `translation`.
    fn triangle(translation: [f32; 3], indices: [u16; 3], with_normals: bool) -> Vec<u8> {
        let mut bin: Vec<u8> = Vec::new();
        for p in [[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]] {
            p.iter().for_each(|v| bin.extend(v.to_le_bytes()));
        }
        for _ in 0..3 {
            [0.0_f32, 0.0, 1.0].iter().for_each(|v| bin.extend(v.to_le_bytes()));
        }
        indices.iter().for_each(|i| bin.extend(i.to_le_bytes()));
        bin.extend([0, 0]);
        let picture_at = bin.len();
        bin.extend([1, 2, 3, 4]);
        let mut attributes = json!({ "POSITION": 0 });
        if with_normals {
            attributes["NORMAL"] = json!(1);
        }
        let text = json!({
            "asset": { "version": "2.0" },
            "scene": 0, "scenes": [{ "nodes": [0] }],
            "nodes": [{ "mesh": 0, "translation": translation }],
            "meshes": [{ "primitives": [{ "attributes": attributes, "indices": 2, "material": 0 }] }],
            "materials": [{ "name": "oak", "pbrMetallicRoughness": { "baseColorFactor": [0.5, 0.4, 0.3, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.55, "baseColorTexture": { "index": 0 } } }],
            "textures": [{ "source": 0 }],
            "images": [{ "bufferView": 3, "mimeType": "image/jpeg" }],
            "accessors": [
                { "bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0.0, 0.0, 0.0], "max": [1.0, 2.0, 0.0] },
                { "bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC3" },
                { "bufferView": 2, "componentType": 5123, "count": 3, "type": "SCALAR" }
            ],
            "bufferViews": [
                { "buffer": 0, "byteOffset": 0, "byteLength": 36 }, { "buffer": 0, "byteOffset": 36, "byteLength": 36 },
                { "buffer": 0, "byteOffset": 72, "byteLength": 6 }, { "buffer": 0, "byteOffset": picture_at, "byteLength": 4 }
            ],
            "buffers": [{ "byteLength": bin.len() }]
        })
        .to_string();
        let mut text = text.into_bytes();
        while !text.len().is_multiple_of(4) {
            text.push(b' ');
        }
        let total = 12 + 8 + text.len() + 8 + bin.len();
        let mut out = b"glTF".to_vec();
        let word = |n: usize| u32::try_from(n).expect("small").to_le_bytes();
        out.extend(word(2));
        out.extend(word(total));
        out.extend(word(text.len()));
        out.extend(b"JSON");
        out.extend(text);
        out.extend(word(bin.len()));
        out.extend(b"BIN\0");
        out.extend(bin);
        out
    }

    #[test]
    fn a_file_in_metres_with_y_up_comes_out_in_millimetres_with_z_up() {
        let model = parse(&triangle([0.1, 0.2, 0.3], [0, 1, 2], true)).expect("reads");
        let (mesh, surface) = &model.meshes[0];
        assert_eq!(
            mesh.positions.iter().map(|p| p.map(f32::round)).collect::<Vec<_>>(),
            vec![[100.0, -300.0, 200.0], [1100.0, -300.0, 200.0], [100.0, -300.0, 2200.0]]
        );
        assert_eq!(mesh.normals[0].map(|n| format!("{n:.0}")).join(" ").replace("-0", "0"), "0 -1 0", "+Z of the file is the product's front");
        assert_eq!(mesh.uvs.len(), 3, "filled in where the file has none");
        let surface = &model.surfaces[*surface];
        assert_eq!((surface.factor, surface.image), ([0.5, 0.4, 0.3], Some(0)));
        assert_eq!(model.images[0], Encoded { mime: "image/jpeg".into(), bytes: vec![1, 2, 3, 4] });
        let (lo, hi) = bounds(&model).expect("something");
        assert!((hi[2] - lo[2] - 2000.0).abs() < 0.1);
    }

    #[test]
    fn missing_normals_come_from_the_faces() {
        let model = parse(&triangle([0.0; 3], [0, 1, 2], false)).expect("reads");
        for n in &model.meshes[0].0.normals {
            assert!((n[1] + 1.0).abs() < 1e-4, "{n:?}");
        }
    }

    #[test]
    fn broken_files_are_refused_with_a_reason() {
        assert_eq!(parse(&triangle([0.0; 3], [0, 1, 9], true)), Err(GlbError::Empty), "an index beyond the points");
        let whole = triangle([0.0; 3], [0, 1, 2], true);
        for cut in [0, 3, 11, 40, whole.len() / 2] {
            assert!(parse(&whole[..cut]).is_err(), "cut at {cut}");
        }
        assert!(parse(b"<html>not found</html>").is_err());
        // Numbers that lead outside the file, or nowhere.
        let text = String::from_utf8_lossy(&whole).into_owned();
        assert!(text.contains("\"count\":3"));
        let mut huge = whole.clone();
        let at = huge.windows(9).position(|w| w == b"\"count\":3").expect("there");
        huge[at + 8] = b'9';
        assert!(parse(&huge).is_err(), "more elements than bytes");
    }
}
