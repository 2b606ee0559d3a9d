//! Bill of materials: equal parts counted together, boards with their place on the cut list.

use crate::part::{Part, PartList, Shape};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of the bill of materials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BomLine {
    /// Article.
    pub sku: String,
    /// Words for people.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Always `pcs` so far.
    pub unit: String,
    /// Name of the material in the product definition.
    pub material: String,
    /// For boards: how to cut them.
    pub cut: Option<Cut>,
}

/// A board on the cut list, millimetres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// Along the grain; without grain the longer side.
    pub length: f64,
    /// Across it.
    pub width: f64,
    /// Thickness.
    pub thickness: f64,
    /// Edge banding in words; empty for none.
    pub edges: String,
    /// `length` when the grain matters, otherwise `none`.
    pub grain: String,
}

/// Counts the parts that belong on the bill, equal ones together, in order of first appearance.
#[must_use]
pub fn bom(list: &PartList) -> Vec<BomLine> {
    bom_parts(list).into_iter().map(|(line, _)| line).collect()
}

/// The same, each line with the indices of its parts.
#[must_use]
pub fn bom_parts(list: &PartList) -> Vec<(BomLine, Vec<usize>)> {
    let mut lines: Vec<(BomLine, &Part)> = Vec::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut seen: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, part) in list.parts.iter().enumerate().filter(|(_, p)| p.in_bom) {
        let cut = cut(part);
        let alike = seen.entry((&part.sku, &part.material)).or_default();
        if let Some(i) = alike.iter().find(|i| same(&lines[**i], part, cut.as_ref())) {
            lines[*i].0.quantity += 1;
            members[*i].push(index);
            continue;
        }
        alike.push(lines.len());
        let line = BomLine { sku: part.sku.clone(), name: part.name.clone(), quantity: 1, unit: "pcs".to_owned(), material: part.material.clone(), cut };
        lines.push((line, part));
        members.push(vec![index]);
    }
    lines.into_iter().map(|(line, _)| line).zip(members).collect()
}

/// Boards without holes are the same however they stand in the product; everything else must have the same shape.
fn same((line, first): &(BomLine, &Part), part: &Part, cut: Option<&Cut>) -> bool {
    let whole = |p: &Part| matches!(&p.shape, Shape::Panel { holes, .. } if holes.is_empty());
    if whole(first) && whole(part) {
        let shaped = |p: &Part| match &p.shape {
            Shape::Panel { bevel, corner, .. } => (*bevel, *corner),
            _ => (0.0, 0.0),
        };
        return line.cut.as_ref() == cut && shaped(first) == shaped(part);
    }
    first.shape == part.shape && line.cut.as_ref() == cut
}

fn cut(part: &Part) -> Option<Cut> {
    let Shape::Panel { size: [x, y, z], thickness_axis, banding, .. } = &part.shape else { return None };
    let ((first, a), (second, b), thickness) = match thickness_axis {
        'x' => (('y', *y), ('z', *z), *x),
        'y' => (('x', *x), ('z', *z), *y),
        _ => (('x', *x), ('y', *y), *z),
    };
    let (length, width, grain) = match part.grain {
        Some(g) if g == first => (a, b, "length"),
        Some(g) if g == second => (b, a, "length"),
        _ if a >= b => (a, b, "none"),
        _ => (b, a, "none"),
    };
    Some(Cut { length, width, thickness, edges: banding.clone(), grain: grain.to_owned() })
}
