//! Files of an upload, made from its bytes. Heavy, pure work: it runs beside the async threads.

use super::Facts;
use crate::times::tenths;
use intake::{Content, Limits, Refused, Said, lod};
use scene::Scene;

/// Triangles that a drawing is made of, at most: more make it black, and slow.
const DRAWN: u64 = 60_000;
/// Longer side of a small picture.
const PREVIEW: u32 = 480;

/// What was made of an upload.
pub(crate) struct Made {
    /// Kind of file and its bytes.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// What is known of it.
    pub facts: Facts,
}

/// Reads a file and makes what is kept of it: of the same file and words always the same bytes.
///
/// # Errors
/// [`Refused`]: the file is not good.
pub(crate) fn make(file_name: &str, data: &[u8], said: Said) -> Result<Made, Refused> {
    let limits = Limits { bytes: contract::LARGEST_UPLOAD, ..Limits::default() };
    match intake::sniff(data) {
        Some(Content::Picture(_)) => picture(data, &limits),
        _ => model(file_name, data, said, &limits),
    }
}

fn picture(data: &[u8], limits: &Limits) -> Result<Made, Refused> {
    let picture = intake::picture("The picture", data, limits)?;
    let facts = Facts { pixels: Some([picture.width, picture.height]), ..Facts::default() };
    let kind = match picture.encoding {
        intake::Encoding::Png => "png",
        intake::Encoding::Jpeg => "jpeg",
        intake::Encoding::Webp => "webp",
    };
    let mut files: Vec<(&'static str, Vec<u8>)> = intake::preview(&picture, PREVIEW).map(|small| ("preview", small)).into_iter().collect();
    files.push((kind, picture.bytes));
    Ok(Made { files, facts })
}

fn model(file_name: &str, data: &[u8], said: Said, limits: &Limits) -> Result<Made, Refused> {
    let model = intake::model(file_name, data, said, limits)?;
    let whole = lod::tidied(&model.scene);
    let [middle, coarse] = lod::LEVELS.map(|level| lod::coarser(&whole, level));
    let drawn = drawable([&whole, &middle, &coarse]);
    let size_dmm = whole.bounds().map(|(lo, hi)| [0, 1, 2].map(|k| tenths(f64::from(hi[k] - lo[k]))));
    let mut notes = model.notes;
    if drawn.is_none() {
        notes.push("The model has too many edges to be drawn: it is shown as a box.".to_owned());
    }
    let drawn = drawn.cloned().unwrap_or_else(|| boxed(&whole));
    let facts = Facts { measure: Some(model.measure), size_dmm, pixels: None, triangles: [&whole, &middle, &coarse].map(lod::triangles).to_vec(), notes };
    let written = |scene: &Scene| intake::write::glb("Model", scene, &model.pictures);
    let files = vec![
        ("glb", written(&whole)),
        ("lod1", written(&middle)),
        ("lod2", written(&coarse)),
        ("sketch", documents::figure::poster(&drawn).into_bytes()),
        ("symbol", documents::figure::symbol(&drawn).into_bytes()),
    ];
    Ok(Made { files, facts })
}

/// The finest level that can be drawn.
fn drawable(levels: [&Scene; 3]) -> Option<&Scene> {
    levels.into_iter().find(|s| lod::triangles(s) <= DRAWN)
}

/// A box of a model's size.
fn boxed(of: &Scene) -> Scene {
    let Some((lo, hi)) = of.bounds() else { return Scene::default() };
    let corner = |i: usize| [0, 1, 2].map(|k| if i >> k & 1 == 1 { hi[k] } else { lo[k] });
    let positions: Vec<[f32; 3]> = (0..8).map(corner).collect();
    let quads: [[u32; 4]; 6] = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let indices = quads.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *a, *c, *d]).collect();
    let mesh = scene::Mesh { normals: vec![[0.0, 0.0, 1.0]; 8], uvs: vec![[0.0; 2]; 8], positions, indices };
    Scene { items: of.items.iter().take(1).map(|item| scene::Item { mesh: mesh.clone(), ..item.clone() }).collect(), ..of.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sphere of some triangles as binary STL, millimetres.
    fn ball(rings: u32) -> Vec<u8> {
        let at = |i: u32, j: u32| {
            let (u, v) = (f64::from(i) / f64::from(rings) * std::f64::consts::PI, f64::from(j) / f64::from(rings) * std::f64::consts::TAU);
            [u.sin() * v.cos(), u.sin() * v.sin(), u.cos()].map(|x| (x * 300.0) as f32)
        };
        let mut triangles = Vec::new();
        for i in 0..rings {
            for j in 0..rings {
                let [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
                triangles.extend([[a, b, c], [a, c, d]]);
            }
        }
        let mut out = vec![0; 80];
        out.extend(u32::try_from(triangles.len()).expect("few").to_le_bytes());
        for t in triangles {
            out.extend([0; 12]);
            out.extend(t.iter().flatten().flat_map(|x| x.to_le_bytes()));
            out.extend([0; 2]);
        }
        out
    }

    #[test]
    fn a_model_becomes_levels_and_drawings() {
        let made = make("ball.stl", &ball(96), Said::default()).expect("made");
        let kinds: Vec<&str> = made.files.iter().map(|f| f.0).collect();
        assert_eq!(kinds, ["glb", "lod1", "lod2", "sketch", "symbol"]);
        let [whole, middle, coarse] = made.facts.triangles[..] else { panic!("{:?}", made.facts) };
        assert!(whole > 15_000 && middle * 2 < whole && coarse * 2 < middle, "{:?}", made.facts.triangles);
        let size = made.facts.size_dmm.expect("a size");
        assert!(size.iter().all(|s| (5950..=6001).contains(s)), "{size:?}");
        assert!(made.files[3].1.starts_with(b"<svg") && made.files[4].1.starts_with(b"<svg"));
        // A ball from above is a circle: its symbol is as wide as it is, in millimetres.
        let symbol = String::from_utf8(made.files[4].1.clone()).expect("text");
        assert!(symbol.contains("viewBox=\"-310 -310 620 620\""), "{}", &symbol[..200.min(symbol.len())]);
        // The same file, the same bytes.
        assert_eq!(make("ball.stl", &ball(96), Said::default()).expect("made").files, made.files);
    }

    #[test]
    fn a_box_stands_for_what_is_too_fine() {
        let read = intake::model("ball.stl", &ball(24), Said::default(), &Limits::default()).expect("read").scene;
        let boxed = boxed(&read);
        assert_eq!((lod::triangles(&boxed), boxed.bounds()), (12, read.bounds()));
    }
}
