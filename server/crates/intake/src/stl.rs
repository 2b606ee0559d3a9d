//! STL, text and binary: triangles and nothing else.

use crate::measure::{area, normal, place, smooth};
use crate::sniff::binary_stl;
use crate::{Limits, Model, Refused, Said, Up, too_many};
use scene::{Item, Material, Mesh, PickId, Scene};

/// Reads an STL. It says no smooth surfaces: small angles are.
pub(crate) fn read(name: &str, bytes: &[u8], said: Said, limits: &Limits) -> Result<Model, Refused> {
    let triangles = match binary_stl(bytes) {
        Some(count) if count > limits.triangles => return Err(too_many("triangles", limits.triangles)),
        Some(_) => binary(bytes),
        None => text(bytes, limits)?,
    };
    if triangles.is_empty() {
        return Err(Refused::new("empty", "The model has no triangles."));
    }
    let mut mesh = Mesh::default();
    let mut flat = 0usize;
    for [a, b, c] in triangles {
        if [a, b, c].iter().flatten().any(|v| !v.is_finite() || v.abs() > 1e9) {
            return Err(Refused::new("not_a_number", format!("Triangle {} has a corner that is no place.", mesh.indices.len() / 3 + flat + 1)));
        }
        if area(a, b, c) <= 0.0 {
            flat += 1;
            continue;
        }
        let (base, n) = (u32::try_from(mesh.positions.len()).unwrap_or(u32::MAX), normal(a, b, c));
        mesh.positions.extend([a, b, c]);
        mesh.normals.extend([n; 3]);
        mesh.uvs.extend([[0.0; 2]; 3]);
        mesh.indices.extend([base, base + 1, base + 2]);
    }
    if mesh.indices.is_empty() {
        return Err(Refused::new("empty", "No triangle of the model has an area."));
    }
    smooth(&mut mesh);
    let mut meshes = [mesh];
    let measure = place(&mut meshes, said, Up::Z);
    let [mesh] = meshes;
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name).rsplit_once('.').map_or(name, |(stem, _)| stem);
    let grey = Material { name: "grey".into(), base_color: [0.72, 0.72, 0.70], metallic: 0.0, roughness: 0.7, texture: None };
    let item = Item { pick: PickId(0), id: "part".into(), name: stem.to_owned(), mesh, material: 0, joint: None };
    let notes = if flat > 0 { vec![format!("{flat} triangles without area were left out.")] } else { Vec::new() };
    Ok(Model { scene: Scene { materials: vec![grey], items: vec![item] }, pictures: Vec::new(), measure, notes })
}

type Triangle = [[f32; 3]; 3];

fn binary(bytes: &[u8]) -> Vec<Triangle> {
    let number = |b: &[u8]| b.try_into().map_or(f32::NAN, f32::from_le_bytes);
    let corner = |b: &[u8]| [number(&b[0..4]), number(&b[4..8]), number(&b[8..12])];
    // Twelve bytes of normal first: it is worked out anew, many programs write zeros.
    bytes[84..].chunks_exact(50).map(|t| [corner(&t[12..24]), corner(&t[24..36]), corner(&t[36..48])]).collect()
}

fn text(bytes: &[u8], limits: &Limits) -> Result<Vec<Triangle>, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|e| Refused::new("not_text", format!("The file is no text at byte {}.", e.valid_up_to())))?;
    let (mut triangles, mut corners): (Vec<Triangle>, Vec<[f32; 3]>) = (Vec::new(), Vec::new());
    // Words, wherever their lines end; but the name of a solid may be any.
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("solid"));
    let mut words = lines.flat_map(|(number, line)| line.split_ascii_whitespace().map(move |word| (number + 1, word)));
    while let Some((number, word)) = words.next() {
        let wrong = |what: &str| Refused::new("broken", format!("Line {number}: {what}."));
        match word {
            "vertex" => {
                let mut next = || words.next().and_then(|(_, w)| w.parse::<f32>().ok());
                let corner = [next(), next(), next()];
                let [Some(x), Some(y), Some(z)] = corner else { return Err(wrong("a vertex has three numbers")) };
                corners.push([x, y, z]);
            }
            "endloop" => {
                let [a, b, c] = corners[..] else { return Err(wrong("a facet has three corners")) };
                if triangles.len() == limits.triangles {
                    return Err(too_many("triangles", limits.triangles));
                }
                triangles.push([a, b, c]);
                corners.clear();
            }
            _ => {}
        }
        if corners.len() > 3 {
            return Err(wrong("a facet has three corners"));
        }
    }
    if corners.is_empty() { Ok(triangles) } else { Err(Refused::new("cut_off", "The file ends inside a facet.")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "solid box\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1600 0 0\nvertex 0 800 0\nendloop\nendfacet\nendsolid";

    #[test]
    fn text_and_binary_say_the_same() {
        let from_text = read("desk.stl", ONE.as_bytes(), Said::default(), &Limits::default()).expect("read");
        let mut file = vec![0u8; 84];
        file[80..84].copy_from_slice(&1u32.to_le_bytes());
        for v in [0.0f32, 0.0, 0.0, 0.0, 0.0, 0.0, 1600.0, 0.0, 0.0, 0.0, 800.0, 0.0] {
            file.extend(v.to_le_bytes());
        }
        file.extend([0; 2]);
        let from_binary = read("desk.stl", &file, Said::default(), &Limits::default()).expect("read");
        assert_eq!(from_text, from_binary);
        assert_eq!(from_text.scene.items[0].name, "desk");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let refused = |text: &str| read("a.stl", text.as_bytes(), Said::default(), &Limits::default()).expect_err("refused");
        assert_eq!(refused(&ONE.replace("1600", "x")).message, "Line 5: a vertex has three numbers.");
        assert_eq!(refused(&ONE.replace("vertex 0 800 0\n", "")).message, "Line 6: a facet has three corners.");
        assert_eq!(refused(ONE.split_once("endloop").expect("a loop").0).code, "cut_off");
        assert_eq!(refused(&ONE.replace("1600", "1e39")).code, "not_a_number");
        assert_eq!(refused("solid nothing\nfacet\nendsolid").code, "empty");
        let few = Limits { triangles: 0, ..Limits::default() };
        assert_eq!(read("a.stl", ONE.as_bytes(), Said::default(), &few).expect_err("too many").code, "too_many");
    }
}
