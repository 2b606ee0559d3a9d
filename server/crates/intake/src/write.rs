//! A clean GLB of what was read: metres, Y up, one buffer, nothing that was not understood.

use crate::Picture;
use scene::{Mesh, Scene};
use serde_json::{Value, json};

/// Writes a scene in product space as binary glTF 2.0. Materials whose `texture` is `picture-N` show picture N. The same scene is the same bytes.
#[must_use]
pub fn glb(name: &str, scene: &Scene, pictures: &[Picture]) -> Vec<u8> {
    let mut out = Writer::default();
    let (mut meshes, mut nodes) = (Vec::new(), Vec::new());
    for item in scene.items.iter().filter(|i| !i.mesh.indices.is_empty()) {
        let primitive = out.primitive(&item.mesh, item.material);
        nodes.push(json!({ "name": item.name, "mesh": meshes.len() }));
        meshes.push(json!({ "name": item.name, "primitives": [primitive] }));
    }
    let images: Vec<Value> = pictures.iter().map(|p| json!({ "mimeType": p.encoding.mime(), "bufferView": out.view(&p.bytes, None) })).collect();
    let picture = |m: &scene::Material| m.texture.as_deref()?.strip_prefix("picture-")?.parse::<usize>().ok().filter(|i| *i < pictures.len());
    let materials: Vec<Value> = scene
        .materials
        .iter()
        .map(|m| {
            let [r, g, b] = m.base_color.map(linear);
            let mut pbr = json!({ "baseColorFactor": [r, g, b, 1.0], "metallicFactor": m.metallic, "roughnessFactor": m.roughness });
            if let Some(i) = picture(m) {
                pbr["baseColorTexture"] = json!({ "index": i });
            }
            json!({ "name": m.name, "pbrMetallicRoughness": pbr, "doubleSided": true })
        })
        .collect();
    let children: Vec<usize> = (0..nodes.len()).collect();
    nodes.push(json!({ "name": name, "children": children }));
    let webp = pictures.iter().any(|p| p.encoding == crate::Encoding::Webp);
    let textures: Vec<Value> = pictures
        .iter()
        .enumerate()
        .map(|(i, p)| match p.encoding {
            crate::Encoding::Webp => json!({ "extensions": { "EXT_texture_webp": { "source": i } } }),
            _ => json!({ "source": i }),
        })
        .collect();
    let mut json = json!({
        "asset": { "version": "2.0", "generator": "Fitout" }, "scene": 0, "scenes": [{ "nodes": [nodes.len() - 1] }], "nodes": nodes, "meshes": meshes,
        "materials": materials, "accessors": out.accessors, "bufferViews": out.views, "buffers": [{ "byteLength": out.data.len() }],
    });
    if !pictures.is_empty() {
        json["images"] = images.into();
        json["textures"] = textures.into();
    }
    if webp {
        json["extensionsUsed"] = json!(["EXT_texture_webp"]);
        json["extensionsRequired"] = json!(["EXT_texture_webp"]);
    }
    packed(&json, &out.data)
}

#[derive(Default)]
struct Writer {
    data: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Writer {
    fn view(&mut self, bytes: &[u8], target: Option<u32>) -> usize {
        self.data.resize(self.data.len().next_multiple_of(4), 0);
        let mut view = json!({ "buffer": 0, "byteOffset": self.data.len(), "byteLength": bytes.len() });
        if let Some(target) = target {
            view["target"] = target.into();
        }
        self.data.extend_from_slice(bytes);
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, bytes: &[u8], target: u32, accessor: Value) -> usize {
        let view = self.view(bytes, Some(target));
        let mut accessor = accessor;
        accessor["bufferView"] = view.into();
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    fn floats<const N: usize>(&mut self, list: impl ExactSizeIterator<Item = [f32; N]>, bounds: bool) -> usize {
        let count = list.len();
        let (mut bytes, mut lo, mut hi) = (Vec::with_capacity(count * N * 4), [f32::MAX; N], [f32::MIN; N]);
        for v in list {
            for k in 0..N {
                (lo[k], hi[k]) = (lo[k].min(v[k]), hi[k].max(v[k]));
                bytes.extend(v[k].to_le_bytes());
            }
        }
        let kind = if N == 2 { "VEC2" } else { "VEC3" };
        let mut accessor = json!({ "componentType": 5126, "count": count, "type": kind });
        if bounds {
            accessor["min"] = lo.as_slice().into();
            accessor["max"] = hi.as_slice().into();
        }
        self.accessor(&bytes, 34962, accessor)
    }

    fn primitive(&mut self, mesh: &Mesh, material: usize) -> Value {
        // Product space to glTF: metres, Y up, front towards +Z.
        let turned = |[x, y, z]: [f32; 3]| [x, z, -y];
        let positions = self.floats(mesh.positions.iter().map(|p| turned(*p).map(|v| v / 1000.0)), true);
        let normals = self.floats(mesh.normals.iter().map(|n| turned(*n)), false);
        let uvs = self.floats(mesh.uvs.iter().map(|[u, v]| [*u, 1.0 - v]), false);
        let small = mesh.positions.len() <= usize::from(u16::MAX);
        let bytes: Vec<u8> = if small {
            mesh.indices.iter().flat_map(|i| u16::try_from(*i).unwrap_or(u16::MAX).to_le_bytes()).collect()
        } else {
            mesh.indices.iter().flat_map(|i| i.to_le_bytes()).collect()
        };
        let kind = if small { 5123 } else { 5125 };
        let indices = self.accessor(&bytes, 34963, json!({ "componentType": kind, "count": mesh.indices.len(), "type": "SCALAR" }));
        json!({ "attributes": { "POSITION": positions, "NORMAL": normals, "TEXCOORD_0": uvs }, "indices": indices, "material": material })
    }
}

fn linear(v: f32) -> f32 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn packed(json: &Value, data: &[u8]) -> Vec<u8> {
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let padded = data.len().next_multiple_of(4);
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = Vec::with_capacity(28 + text.len() + padded);
    out.extend(b"glTF\x02\0\0\0");
    out.extend(word(28 + text.len() + padded));
    out.extend(word(text.len()));
    out.extend(b"JSON");
    out.extend(&text);
    out.extend(word(padded));
    out.extend(b"BIN\0");
    out.extend(data);
    out.resize(28 + text.len() + padded, 0);
    out
}
