//! Binary glTF 2.0. The `gltf` crate reads the JSON and checks that its indices exist; that what they point at lies inside the file is checked here, before
//! anything is read through them.

use crate::measure::{normal, place, unit};
use crate::{Limits, Model, Picture, Refused, Said, Unit, Up, note, picture, too_many};
use gltf::accessor::{DataType, Dimensions};
use gltf::{Document, Glb, Node, Primitive, Semantic};
use scene::{Item, Material, Mesh, PickId, Scene};

/// Column-major, as in the file.
type Matrix = [[f32; 4]; 4];

const IDENTITY: Matrix = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];

fn broken(why: impl Into<String>) -> Refused {
    Refused::new("broken", why)
}

/// Reads a GLB.
pub(crate) fn read(bytes: &[u8], said: Said, limits: &Limits) -> Result<Model, Refused> {
    // The crate takes this for granted: it subtracts its own head from the length.
    let length = bytes.get(8..12).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let Some(bytes) = length.filter(|n| *n >= 20).and_then(|n| bytes.get(..n as usize)) else {
        return Err(Refused::new("cut_off", "The file is no whole GLB: it is not as long as it says."));
    };
    let glb = Glb::from_slice(bytes).map_err(|e| broken(format!("The file is no whole GLB: {e}.")))?;
    if glb.header.version != 2 {
        return Err(Refused::new("version", format!("The file is glTF {}; only version 2 is read.", glb.header.version)));
    }
    let root = gltf::json::Root::from_slice(&glb.json).map_err(|e| broken(format!("Its description can't be read: {e}.")))?;
    if root.asset.version.split('.').next() != Some("2") {
        return Err(Refused::new("version", "The file's description is not of glTF 2; only that is read."));
    }
    // The reader's own checks take this for granted.
    let most = root.accessors.len();
    for (i, mesh) in root.meshes.iter().enumerate() {
        let named = mesh.primitives.iter().flat_map(|p| p.attributes.values().chain(&p.indices));
        if let Some(wrong) = named.map(|a| a.value()).find(|a| *a >= most) {
            return Err(broken(format!("Mesh {i} names accessor {wrong} of {most}.")));
        }
    }
    let document = Document::from_json(root).map_err(|e| broken(format!("Its description contradicts itself: {e}.")))?;
    let data = glb.bin.as_deref().unwrap_or_default();
    check(&document, data.len(), limits)?;
    let mut notes = Vec::new();
    let (pictures, kept) = pictures(&document, data, limits, &mut notes)?;
    let mut reading = Reading { data, limits, triangles: 0, corners: 0, visits: 0, items: Vec::new(), notes };
    let scene = document.default_scene().or_else(|| document.scenes().next()).ok_or_else(|| Refused::new("empty", "The file has no scene."))?;
    let mut stack: Vec<(Node<'_>, Matrix)> = scene.nodes().map(|n| (n, IDENTITY)).collect();
    while let Some((node, parent)) = stack.pop() {
        reading.visits += 1;
        // A circle of nodes ends here, too.
        if reading.visits > limits.nodes {
            return Err(too_many("nodes", limits.nodes));
        }
        let matrix = times(&parent, &node.transform().matrix());
        if matrix.iter().flatten().any(|v| !v.is_finite()) {
            return Err(broken(format!("Node {} stands nowhere.", node.index())));
        }
        reading.node(&node, &matrix)?;
        stack.extend(node.children().map(|child| (child, matrix)));
    }
    let Reading { mut items, notes, .. } = reading;
    if items.is_empty() {
        return Err(Refused::new("empty", "The model has no triangles."));
    }
    let mut materials: Vec<Material> = document.materials().take(limits.nodes).map(|m| material(&m, &kept)).collect();
    materials.push(Material { name: "plain".into(), base_color: [0.8; 3], metallic: 0.0, roughness: 0.6, texture: None });
    for item in &mut items {
        item.material = item.material.min(materials.len() - 1);
    }
    // The standard says metres and Y up; a person who says otherwise knows their exporter.
    let said = Said { unit: said.unit.or(Some(Unit::M)), up: said.up.or(Some(Up::Y)) };
    let mut meshes: Vec<Mesh> = items.iter_mut().map(|i| std::mem::take(&mut i.mesh)).collect();
    let measure = place(&mut meshes, said, Up::Y);
    for (item, mesh) in items.iter_mut().zip(meshes) {
        item.mesh = mesh;
    }
    Ok(Model { scene: Scene { materials, items }, pictures, measure, notes })
}

/// Everything that points somewhere points into the file.
fn check(document: &Document, data: usize, limits: &Limits) -> Result<(), Refused> {
    for buffer in document.buffers() {
        match buffer.source() {
            gltf::buffer::Source::Bin if buffer.index() == 0 && buffer.length() <= data => {}
            gltf::buffer::Source::Bin => {
                return Err(Refused::new("cut_off", format!("Buffer {} has {} bytes; the file brings {data}.", buffer.index(), buffer.length())));
            }
            gltf::buffer::Source::Uri(_) => {
                return Err(Refused::new("outside", format!("Buffer {} lies outside the file. Export it as one GLB.", buffer.index())));
            }
        }
    }
    for view in document.views() {
        if view.offset().checked_add(view.length()).is_none_or(|end| end > view.buffer().length()) {
            return Err(Refused::new("cut_off", format!("View {} reaches beyond its buffer.", view.index())));
        }
    }
    for accessor in document.accessors() {
        let wrong = |why: &str| Refused::new("cut_off", format!("Accessor {} {why}.", accessor.index()));
        if accessor.sparse().is_some() {
            return Err(Refused::new("sparse", format!("Accessor {} is sparse, which Fitout does not read. Export without morph targets.", accessor.index())));
        }
        let Some(view) = accessor.view() else { continue };
        let stride = view.stride().unwrap_or_else(|| accessor.size());
        let last = accessor.count().checked_sub(1).ok_or_else(|| wrong("counts nothing"))?;
        let end = stride.checked_mul(last).and_then(|n| n.checked_add(accessor.size())).and_then(|n| n.checked_add(accessor.offset()));
        if stride < accessor.size() || end.is_none_or(|end| end > view.length()) {
            return Err(wrong("reaches beyond its view"));
        }
    }
    if document.images().len() > limits.pictures {
        return Err(too_many("pictures", limits.pictures));
    }
    Ok(())
}

/// The pictures inside the file, and for each image that the file names which of them it is.
fn pictures(document: &Document, data: &[u8], limits: &Limits, notes: &mut Vec<String>) -> Result<(Vec<Picture>, Vec<Option<usize>>), Refused> {
    let (mut found, mut kept) = (Vec::new(), Vec::new());
    for image in document.images() {
        match image.source() {
            gltf::image::Source::View { view, .. } => {
                // Inside the buffer, see `check`.
                let bytes = data.get(view.offset()..view.offset() + view.length()).unwrap_or_default();
                kept.push(Some(found.len()));
                found.push(picture(&format!("Picture {}", image.index() + 1), bytes, limits)?);
            }
            gltf::image::Source::Uri { .. } => {
                kept.push(None);
                note(notes, || format!("Picture {} lies outside the file and was left out.", image.index() + 1));
            }
        }
    }
    Ok((found, kept))
}

struct Reading<'a> {
    data: &'a [u8],
    limits: &'a Limits,
    triangles: usize,
    corners: usize,
    visits: usize,
    items: Vec<Item>,
    notes: Vec<String>,
}

impl Reading<'_> {
    fn node(&mut self, node: &Node<'_>, matrix: &Matrix) -> Result<(), Refused> {
        let Some(mesh) = node.mesh() else { return Ok(()) };
        let name = name(node.name().or(mesh.name()).unwrap_or_default());
        for primitive in mesh.primitives() {
            self.visits += 1;
            if self.visits > self.limits.nodes {
                return Err(too_many("nodes and parts", self.limits.nodes));
            }
            let place = format!("Mesh {}, part {}", mesh.index(), primitive.index());
            if primitive.mode() != gltf::mesh::Mode::Triangles {
                note(&mut self.notes, || format!("{place} has no triangles and was left out."));
                continue;
            }
            let Some(read) = self.primitive(&primitive, matrix, &place)? else { continue };
            let id = format!("part-{}", self.items.len() + 1);
            let name = if name.is_empty() { id.clone() } else { name.clone() };
            let pick = PickId(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
            self.items.push(Item { pick, id, name, mesh: read, material: primitive.material().index().unwrap_or(usize::MAX), joint: None });
        }
        Ok(())
    }

    fn primitive(&mut self, primitive: &Primitive<'_>, matrix: &Matrix, place: &str) -> Result<Option<Mesh>, Refused> {
        let Some(positions) = primitive.get(&Semantic::Positions) else { return Err(broken(format!("{place} has no positions."))) };
        let kind = |a: &gltf::Accessor<'_>, d| a.data_type() == DataType::F32 && a.dimensions() == d;
        if !kind(&positions, Dimensions::Vec3) || positions.view().is_none() {
            return Err(Refused::new("quantised", format!("{place} has positions that are no plain numbers. Export without compression.")));
        }
        // The reader takes other types for impossible.
        if primitive.indices().is_some_and(|i| i.dimensions() != Dimensions::Scalar || !matches!(i.data_type(), DataType::U8 | DataType::U16 | DataType::U32)) {
            return Err(broken(format!("{place} counts its corners in no whole numbers.")));
        }
        self.triangles = self.triangles.saturating_add(primitive.indices().map_or(positions.count(), |i| i.count()) / 3);
        // Of all places together: a mesh that is placed often is read often.
        self.corners = self.corners.saturating_add(positions.count());
        if self.triangles > self.limits.triangles || self.corners > self.limits.triangles.saturating_mul(3) {
            return Err(too_many("triangles", self.limits.triangles));
        }
        let reader = primitive.reader(|_| Some(self.data));
        let at: Vec<[f32; 3]> = reader.read_positions().into_iter().flatten().map(|p| moved(matrix, p)).collect();
        if at.len() != positions.count() || at.iter().flatten().any(|v| !v.is_finite() || v.abs() > 1e9) {
            return Err(broken(format!("{place} has a corner that is no place.")));
        }
        let count = at.len();
        let usable = |s: &Semantic, d| primitive.get(s).filter(|a| kind(a, d) && a.view().is_some() && a.count() == count);
        let mut indices: Vec<u32> = match reader.read_indices() {
            Some(indices) => indices.into_u32().collect(),
            None => (0..u32::try_from(at.len()).unwrap_or(u32::MAX)).collect(),
        };
        indices.truncate(indices.len() / 3 * 3);
        if let Some(wrong) = indices.iter().find(|i| **i as usize >= at.len()) {
            return Err(broken(format!("{place} names corner {wrong} of {}.", at.len())));
        }
        if indices.is_empty() {
            return Ok(None);
        }
        // A mirrored part has its faces turned inside out: turned back.
        if determinant(matrix) < 0.0 {
            indices.chunks_exact_mut(3).for_each(|t| t.swap(1, 2));
        }
        let uvs = match usable(&Semantic::TexCoords(0), Dimensions::Vec2).and_then(|_| reader.read_tex_coords(0)) {
            Some(uvs) => uvs.into_f32().map(|[u, v]| if u.is_finite() && v.is_finite() { [u, 1.0 - v] } else { [0.0; 2] }).collect(),
            None => vec![[0.0; 2]; at.len()],
        };
        let mut mesh = Mesh { normals: Vec::new(), positions: at, uvs, indices };
        match usable(&Semantic::Normals, Dimensions::Vec3).and_then(|_| reader.read_normals()) {
            Some(normals) => mesh.normals = normals.map(|n| unit(turned(matrix, n))).collect(),
            None => mesh = faceted(&mesh),
        }
        Ok(Some(mesh))
    }
}

/// Each triangle with corners and a normal of its own.
fn faceted(mesh: &Mesh) -> Mesh {
    let mut out = Mesh::default();
    for t in mesh.indices.chunks_exact(3) {
        let [a, b, c] = [t[0], t[1], t[2]].map(|i| mesh.positions[i as usize]);
        let base = u32::try_from(out.positions.len()).unwrap_or(u32::MAX);
        out.positions.extend([a, b, c]);
        out.normals.extend([normal(a, b, c); 3]);
        out.uvs.extend([t[0], t[1], t[2]].map(|i| mesh.uvs[i as usize]));
        out.indices.extend([base, base + 1, base + 2]);
    }
    out
}

fn material(m: &gltf::Material<'_>, kept: &[Option<usize>]) -> Material {
    let pbr = m.pbr_metallic_roughness();
    let [r, g, b, _] = pbr.base_color_factor();
    let srgb = |v: f32| {
        let v = if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 };
        if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
    };
    let share = |v: f32| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 };
    Material {
        name: name(m.name().unwrap_or("surface")),
        base_color: [r, g, b].map(srgb),
        metallic: share(pbr.metallic_factor()),
        roughness: share(pbr.roughness_factor()),
        texture: pbr.base_color_texture().and_then(|t| *kept.get(t.texture().source().index())?).map(|i| format!("picture-{i}")),
    }
}

/// A name as people can read it.
pub(crate) fn name(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect::<String>().trim().to_owned()
}

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    std::array::from_fn(|column| std::array::from_fn(|row| (0..4).map(|k| a[k][row] * b[column][k]).sum()))
}

fn turned(m: &Matrix, v: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|row| (0..3).map(|k| m[k][row] * v[k]).sum())
}

fn moved(m: &Matrix, p: [f32; 3]) -> [f32; 3] {
    let v = turned(m, p);
    std::array::from_fn(|row| v[row] + m[3][row])
}

fn determinant(m: &Matrix) -> f32 {
    let [a, b, c] = [m[0], m[1], m[2]];
    a[0] * (b[1] * c[2] - c[1] * b[2]) - b[0] * (a[1] * c[2] - c[1] * a[2]) + c[0] * (a[1] * b[2] - b[1] * a[2])
}
