//! The first picture on its way to the browser: what of the parts and materials is drawn, as lines of text. Reading it takes a few hundred bytes of
//! code, where the derived readers of [`crate::Part`] take tens of thousands that the first picture would wait for.
//!
//! `m name texture r g b metallic roughness` is a material, `p material kind id name numbers …` a part of the material with that index; fields are
//! separated by tabs. The numbers are rotation, place and then what the shape needs: tenths as integers, anything finer as the bits of its double.
//! (The standard library's reader of decimals brings 10 kB of tables, which every visitor would load.)

use crate::part::{Hole, Part, PartList, Shape};
use scene::{Material, Scene};
use std::collections::BTreeMap;
use std::fmt::Write;

const AXES: [char; 3] = ['x', 'y', 'z'];

/// Writes the parts and the materials that they use.
#[must_use]
pub fn write(materials: &BTreeMap<String, Material>, list: &PartList) -> String {
    let mut out = String::new();
    let mut known: Vec<&str> = Vec::new();
    for part in &list.parts {
        if !known.contains(&part.material.as_str()) {
            known.push(&part.material);
            let m = materials.get(&part.material).cloned().unwrap_or_else(|| crate::mesh::plain(&part.material));
            let [r, g, b] = m.base_color;
            let texture = m.texture.as_deref().unwrap_or_default();
            let _ = write!(out, "m\t{}\t{}", word(&m.name), word(texture));
            [r, g, b, m.metallic, m.roughness].iter().for_each(|n| number(&mut out, f64::from(*n)));
            out.push('\n');
        }
        let material = known.iter().position(|k| *k == part.material).unwrap_or_default();
        let (kind, numbers) = shape(&part.shape);
        let _ = write!(out, "p\t{material}\t{kind}\t{}\t{}", word(&part.id), word(&part.name));
        for n in [part.grain.map_or(-1.0, axis), part.rotation_deg].iter().chain(&part.at_mm).chain(&part.size_mm).chain(&numbers) {
            number(&mut out, *n);
        }
        out.push('\n');
    }
    out
}

/// What [`write`] wrote, as [`crate::scene`] would draw it; `None` for anything else.
#[must_use]
pub fn read(text: &str) -> Option<Scene> {
    let mut materials = Vec::new();
    let mut parts = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        match fields.next()? {
            "m" => {
                let (name, texture) = (fields.next()?.to_owned(), fields.next().filter(|t| !t.is_empty()).map(str::to_owned));
                let mut numbers = Numbers::of(fields)?;
                #[allow(clippy::cast_possible_truncation)] // They were 32 bits wide.
                let mut next = || numbers.next().map(|n| n as f32);
                materials.push(Material { name, base_color: [next()?, next()?, next()?], metallic: next()?, roughness: next()?, texture });
            }
            "p" => {
                let material: usize = fields.next()?.parse().ok()?;
                let (kind, id, name) = (fields.next()?, fields.next()?.to_owned(), fields.next()?.to_owned());
                let mut numbers = Numbers::of(fields)?;
                let grain = numbers.axis();
                let (rotation_deg, at_mm, size_mm) = (numbers.next()?, numbers.some()?, numbers.some()?);
                let shape = numbers.shape(kind, size_mm)?;
                let material = materials.get(material)?.name.clone();
                parts.push(Part {
                    id,
                    name,
                    material,
                    shape,
                    size_mm,
                    at_mm,
                    rotation_deg,
                    sku: String::new(),
                    grain,
                    in_bom: false,
                    joint: None,
                    template: None,
                });
            }
            _ => return None,
        }
    }
    let materials = materials.into_iter().map(|m| (m.name.clone(), m)).collect();
    Some(crate::mesh::scene_of(&materials, &PartList { parts, ..PartList::default() }))
}

/// A field: the separators in it become blanks.
fn word(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[allow(clippy::cast_possible_truncation, clippy::float_cmp)] // Tenths are far below what an integer holds.
fn number(out: &mut String, n: f64) {
    let tenths = libm::round(n * 10.0);
    let _ = if tenths / 10.0 == n && tenths.abs() < 1e12 { write!(out, "\t{}", tenths as i64) } else { write!(out, "\tx{:x}", n.to_bits()) };
}

#[allow(clippy::cast_precision_loss)] // Written by `number`.
fn read_number(field: &str) -> Option<f64> {
    match field.strip_prefix('x') {
        Some(bits) => u64::from_str_radix(bits, 16).ok().map(f64::from_bits).filter(|n| n.is_finite()),
        None => field.parse::<i64>().ok().map(|tenths| tenths as f64 / 10.0),
    }
}

#[allow(clippy::cast_precision_loss)] // One of three.
fn axis(of: char) -> f64 {
    AXES.iter().position(|a| *a == of).unwrap_or(2) as f64
}

/// Kind and numbers of a shape beside the outer size.
fn shape(shape: &Shape) -> (&'static str, Vec<f64>) {
    let flat = |points: &[[f64; 2]]| points.as_flattened().to_vec();
    match shape {
        Shape::Box { .. } => ("box", vec![]),
        Shape::Panel { thickness_axis, holes, bevel, corner, .. } => {
            let mut out = vec![axis(*thickness_axis), *bevel, *corner];
            for hole in holes {
                // A round hole has no second size.
                match hole {
                    Hole::Round { at, diameter } => out.extend([at[0], at[1], *diameter, 0.0]),
                    Hole::Rect { at, size } => out.extend([at[0], at[1], size[0], size[1]]),
                }
            }
            ("panel", out)
        }
        Shape::Cylinder { diameter, length, axis: along } => ("cylinder", vec![axis(*along), *diameter, *length]),
        Shape::Tube { wall, axis: along, corner, .. } => ("tube", vec![axis(*along), *wall, *corner]),
        Shape::Extrusion { outline, length, axis: along } => ("extrusion", [vec![axis(*along), *length], flat(outline)].concat()),
        Shape::Revolve { profile } => ("revolve", flat(profile)),
        Shape::Loft { bottom, top, height } => ("loft", [&bottom[..], &top[..], &[*height]].concat()),
        Shape::Cushion { corner, puff, piping, .. } => ("cushion", vec![*corner, *puff, *piping]),
    }
}

/// The numbers of a line, taken from the front.
struct Numbers(std::vec::IntoIter<f64>);

impl Numbers {
    fn of<'a>(fields: impl Iterator<Item = &'a str>) -> Option<Self> {
        let all: Option<Vec<f64>> = fields.map(read_number).collect();
        all.map(|all| Self(all.into_iter()))
    }

    fn next(&mut self) -> Option<f64> {
        self.0.next()
    }

    fn some<const N: usize>(&mut self) -> Option<[f64; N]> {
        let mut out = [0.0; N];
        for to in &mut out {
            *to = self.next()?;
        }
        Some(out)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Negative: none.
    fn axis(&mut self) -> Option<char> {
        self.next().filter(|n| *n >= 0.0).and_then(|n| AXES.get(n as usize).copied())
    }

    fn pairs(&mut self) -> Vec<[f64; 2]> {
        let rest: Vec<f64> = self.0.by_ref().collect();
        rest.chunks_exact(2).map(|p| [p[0], p[1]]).collect()
    }

    fn shape(&mut self, kind: &str, size: [f64; 3]) -> Option<Shape> {
        Some(match kind {
            "box" => Shape::Box { size },
            "panel" => {
                let (thickness_axis, bevel, corner) = (self.axis()?, self.next()?, self.next()?);
                let numbers = self.pairs();
                let holes = numbers.chunks_exact(2).map(|p| match p[1] {
                    [diameter, none] if none <= 0.0 => Hole::Round { at: p[0], diameter },
                    size => Hole::Rect { at: p[0], size },
                });
                Shape::Panel { size, thickness_axis, holes: holes.collect(), bevel, corner, banding: String::new() }
            }
            "cylinder" => Shape::Cylinder { axis: self.axis()?, diameter: self.next()?, length: self.next()? },
            "tube" => Shape::Tube { size, axis: self.axis()?, wall: self.next()?, corner: self.next()? },
            "extrusion" => Shape::Extrusion { axis: self.axis()?, length: self.next()?, outline: self.pairs() },
            "revolve" => Shape::Revolve { profile: self.pairs() },
            "loft" => Shape::Loft { bottom: self.some()?, top: self.some()?, height: self.next()? },
            "cushion" => Shape::Cushion { size, corner: self.next()?, puff: self.next()?, piping: self.next()? },
            _ => return None,
        })
    }
}
