//! Coarser levels of a model, by meshoptimizer's simplifier (its port to safe Rust, which takes untrusted meshes).

use crate::{Picture, Refused, Said};
use meshoptimizer_rs::{Attributes, Limits, Positions, SimplifyOptions, SimplifySettings, Workspace, optimize_vertex_cache_in_place, simplify_with_attributes};
use scene::{Mesh, Scene};

/// Share of the triangles that each level keeps, and the error it may make, of the model's size.
pub const LEVELS: [(f32, f32); 2] = [(0.4, 0.005), (0.1, 0.03)];

/// Pixels along the longer side of a picture at each level.
pub const PIXELS: [u32; 2] = [512, 128];

/// The two coarser levels of a GLB of ours, as GLB: fewer triangles, smaller pictures. What only shows from near (fine relief, sheen) is left out.
///
/// # Errors
/// [`Refused`] for what is no such file.
pub fn levels(name: &str, glb: &[u8], limits: &crate::Limits) -> Result<[Vec<u8>; 2], Refused> {
    let model = crate::model(name, glb, Said::default(), limits)?;
    let whole = tidied(&model.scene);
    let level = |i: usize| {
        let pictures: Vec<Picture> = model.pictures.iter().map(|p| crate::smaller(p, PIXELS[i])).collect();
        crate::write::glb(name, &coarser(&whole, LEVELS[i]), &pictures)
    };
    Ok([level(0), level(1)])
}

/// The model with about a share of its triangles. Parts of a few triangles stay as they are; what can't be made simpler without harm stays, too.
#[must_use]
pub fn coarser(scene: &Scene, (share, error): (f32, f32)) -> Scene {
    let mut coarse = scene.clone();
    for item in &mut coarse.items {
        if item.mesh.indices.len() > 3 * 32 {
            item.mesh = simplified(&welded(&item.mesh), share, error);
        }
    }
    coarse
}

/// The same model with equal corners once and its triangles in an order that graphics cards like.
#[must_use]
pub fn tidied(scene: &Scene) -> Scene {
    let mut tidy = scene.clone();
    for item in &mut tidy.items {
        let mut mesh = welded(&item.mesh);
        let mut ordered = mesh.indices.clone();
        if optimize_vertex_cache_in_place(&mut ordered, mesh.positions.len(), &mut Workspace::new(Limits::default())).is_ok() {
            mesh.indices = ordered;
            // Corners in the order of their first use.
            mesh = welded(&mesh);
        }
        item.mesh = mesh;
    }
    tidy
}

/// Triangles of a model.
#[must_use]
pub fn triangles(scene: &Scene) -> u64 {
    scene.items.iter().map(|i| (i.mesh.indices.len() / 3) as u64).sum()
}

/// Equal corners once: the simplifier works along shared edges.
fn welded(mesh: &Mesh) -> Mesh {
    let mut out = Mesh::default();
    let mut known = std::collections::HashMap::new();
    for i in &mesh.indices {
        let i = *i as usize;
        let (p, n, t) = (mesh.positions[i], mesh.normals[i], mesh.uvs[i]);
        let key = (p.map(f32::to_bits), n.map(|v| (v * 512.0).round().to_bits()), t.map(|v| (v * 8192.0).round().to_bits()));
        let at = *known.entry(key).or_insert_with(|| {
            out.positions.push(p);
            out.normals.push(n);
            out.uvs.push(t);
            u32::try_from(out.positions.len() - 1).unwrap_or(u32::MAX)
        });
        out.indices.push(at);
    }
    out
}

fn simplified(mesh: &Mesh, share: f32, error: f32) -> Mesh {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // A share of a count.
    let target_index_count = ((mesh.indices.len() / 3) as f32 * share).ceil() as usize * 3;
    let mut workspace = Workspace::new(Limits::default());
    let extra: Vec<f32> = mesh.normals.iter().zip(&mesh.uvs).flat_map(|(n, t)| [n[0], n[1], n[2], t[0], t[1]]).collect();
    let settings = SimplifySettings { target_index_count, target_error: error, options: SimplifyOptions::EMPTY };
    let attributes = Attributes::from_interleaved(&extra, mesh.positions.len(), 5, 5, 0);
    let coarse = attributes.and_then(|a| {
        simplify_with_attributes(&mesh.indices, Positions::from_packed(&mesh.positions), a, &[0.5, 0.5, 0.5, 0.2, 0.2], None, settings, &mut workspace)
    });
    let Ok(coarse) = coarse else { return mesh.clone() };
    // Only the corners that are left.
    welded(&Mesh { indices: coarse.indices, ..mesh.clone() })
}
