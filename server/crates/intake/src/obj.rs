//! Wavefront OBJ with its materials, by `tobj`. What it would allocate is counted first.

use crate::glb::name;
use crate::measure::{normal, place, smooth, unit};
use crate::{Limits, Model, Picture, Refused, Said, Up, note, picture, too_many};
use scene::{Item, Material, Mesh, PickId, Scene};
use std::io::Cursor;

/// A file beside the OBJ: its name without folders, its bytes.
pub(crate) type Beside = (String, Vec<u8>);

/// Reads an OBJ. `beside` holds materials and pictures of a bundle.
pub(crate) fn read(bytes: &[u8], beside: &[Beside], said: Said, limits: &Limits) -> Result<Model, Refused> {
    count(bytes, limits)?;
    let broken = |e: tobj::LoadError| Refused::new("broken", format!("The model can't be read: {e}."));
    let find = |wanted: &str| beside.iter().find(|(n, _)| n.eq_ignore_ascii_case(last(wanted))).map(|(_, b)| b.as_slice());
    let options = tobj::LoadOptions { single_index: true, triangulate: true, ignore_points: true, ignore_lines: true };
    let loader = |path: &std::path::Path| match find(&path.to_string_lossy()) {
        Some(text) => tobj::load_mtl_buf(&mut Cursor::new(text)),
        None => Err(tobj::LoadError::OpenFileFailed),
    };
    let (models, surfaces) = tobj::load_obj_buf(&mut Cursor::new(bytes), &options, loader).map_err(broken)?;
    let mut notes = Vec::new();
    let surfaces = surfaces.unwrap_or_else(|_| {
        notes.push("The materials' file is missing or can't be read: everything is grey. Upload a ZIP of all files.".to_owned());
        Vec::new()
    });
    let (mut pictures, mut materials): (Vec<Picture>, Vec<Material>) = (Vec::new(), Vec::new());
    if surfaces.len() > limits.nodes {
        return Err(too_many("materials", limits.nodes));
    }
    for surface in &surfaces {
        let texture = match surface.diffuse_texture.as_deref().map(|t| (t, find(t))) {
            Some((what, Some(bytes))) if pictures.len() < limits.pictures => {
                pictures.push(picture(last(what), bytes, limits)?);
                Some(format!("picture-{}", pictures.len() - 1))
            }
            Some((what, None)) => {
                note(&mut notes, || format!("The picture {} is missing.", name(last(what))));
                None
            }
            _ => None,
        };
        let colour = surface.diffuse.unwrap_or([0.72, 0.72, 0.70]).map(|v| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 });
        materials.push(Material { name: name(&surface.name), base_color: colour, metallic: 0.0, roughness: 0.6, texture });
    }
    materials.push(Material { name: "grey".into(), base_color: [0.72, 0.72, 0.70], metallic: 0.0, roughness: 0.7, texture: None });
    let mut items: Vec<Item> = Vec::new();
    for model in models {
        let Some(mesh) = mesh(&model.mesh)? else { continue };
        let id = format!("part-{}", items.len() + 1);
        let called = name(&model.name);
        let pick = PickId(u32::try_from(items.len()).unwrap_or(u32::MAX));
        let material = model.mesh.material_id.unwrap_or(usize::MAX).min(materials.len() - 1);
        items.push(Item { pick, name: if called.is_empty() { id.clone() } else { called }, id, mesh, material, joint: None });
    }
    if items.is_empty() {
        return Err(Refused::new("empty", "The model has no triangles."));
    }
    let mut meshes: Vec<Mesh> = items.iter_mut().map(|i| std::mem::take(&mut i.mesh)).collect();
    let measure = place(&mut meshes, said, Up::Y);
    for (item, mesh) in items.iter_mut().zip(meshes) {
        item.mesh = mesh;
    }
    Ok(Model { scene: Scene { materials, items }, pictures, measure, notes })
}

/// Name of a file without its folders, of whichever system.
fn last(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What reading would make, told by the first word of each line as the reader takes it: faces make at most as many triangles as they name corners; names
/// of objects and materials begin new parts; every line that names a materials' file reads it again.
fn count(bytes: &[u8], limits: &Limits) -> Result<(), Refused> {
    let (mut triangles, mut parts, mut libraries) = (0usize, 0usize, 0usize);
    for line in bytes.split(|b| *b == b'\n') {
        // A line that is no text ends the reading.
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let mut words = line.split_whitespace();
        match words.next() {
            Some("f") => triangles = triangles.saturating_add(words.count().saturating_sub(2)),
            Some("o" | "g" | "usemtl") => parts += 1,
            Some("mtllib") => libraries += 1,
            _ => {}
        }
        if triangles > limits.triangles {
            return Err(too_many("triangles", limits.triangles));
        }
        if parts > limits.nodes {
            return Err(too_many("parts", limits.nodes));
        }
        if libraries > 16 {
            return Err(too_many("materials' files", 16));
        }
    }
    Ok(())
}

fn mesh(from: &tobj::Mesh) -> Result<Option<Mesh>, Refused> {
    let threes = |list: &[f32]| list.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect::<Vec<_>>();
    let at = threes(&from.positions);
    if at.iter().flatten().any(|v| !v.is_finite() || v.abs() > 1e9) {
        return Err(Refused::new("not_a_number", "A corner of the model is no place."));
    }
    let indices: Vec<u32> = from.indices.chunks_exact(3).flatten().copied().collect();
    if indices.is_empty() {
        return Ok(None);
    }
    if let Some(wrong) = indices.iter().find(|i| **i as usize >= at.len()) {
        return Err(Refused::new("broken", format!("A face names corner {wrong} of {}.", at.len())));
    }
    let own = threes(&from.normals);
    let uvs: Vec<[f32; 2]> = from.texcoords.chunks_exact(2).map(|t| [t[0], t[1]]).collect();
    let uv = |i: u32| uvs.get(i as usize).copied().filter(|t| t.iter().all(|v| v.is_finite())).unwrap_or_default();
    if own.len() == at.len() {
        let uvs = (0..at.len()).map(|i| uv(u32::try_from(i).unwrap_or(u32::MAX))).collect();
        return Ok(Some(Mesh { normals: own.into_iter().map(unit).collect(), positions: at, uvs, indices }));
    }
    let mut out = Mesh::default();
    for t in indices.chunks_exact(3) {
        let [a, b, c] = [t[0], t[1], t[2]].map(|i| at[i as usize]);
        let base = u32::try_from(out.positions.len()).unwrap_or(u32::MAX);
        out.positions.extend([a, b, c]);
        out.normals.extend([normal(a, b, c); 3]);
        out.uvs.extend([t[0], t[1], t[2]].map(uv));
        out.indices.extend([base, base + 1, base + 2]);
    }
    smooth(&mut out);
    Ok(Some(out))
}
