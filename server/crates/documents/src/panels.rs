//! Boards of a configuration, laid flat: what a saw and a drill are told.

use product::{Part, PartList, Shape};

/// A board, millimetres. X runs along its length (the grain, where it has one), Y across; the minimum corner is the origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Article.
    pub sku: String,
    /// Words for people.
    pub name: String,
    /// Material name.
    pub material: String,
    /// How many of it.
    pub quantity: u32,
    /// Along X.
    pub length: f64,
    /// Along Y.
    pub width: f64,
    /// Thickness.
    pub thickness: f64,
    /// Radius of its corners.
    pub corner: f64,
    /// The grain runs along X.
    pub grain: bool,
    /// Edge banding in words.
    pub banding: String,
    /// Holes through it.
    pub holes: Vec<Hole>,
}

/// A hole, by its centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hole {
    /// Round.
    Round {
        /// Centre.
        at: [f64; 2],
        /// Diameter.
        diameter: f64,
    },
    /// With square corners.
    Rect {
        /// Centre.
        at: [f64; 2],
        /// Along X and Y.
        size: [f64; 2],
    },
}

/// The boards of a configuration, equal ones once, in order of first appearance.
#[must_use]
pub fn panels(list: &PartList) -> Vec<Panel> {
    let mut found: Vec<Panel> = Vec::new();
    for panel in list.parts.iter().filter(|p| p.in_bom).filter_map(flat) {
        // The same board may have other names in other places: its holes decide.
        match found.iter_mut().find(|f| Panel { quantity: 1, name: panel.name.clone(), ..(*f).clone() } == panel) {
            Some(same) => same.quantity += 1,
            None => found.push(panel),
        }
    }
    found
}

fn flat(part: &Part) -> Option<Panel> {
    let Shape::Panel { size: [x, y, z], thickness_axis, holes, corner, banding, .. } = &part.shape else { return None };
    let (axes, [a, b], thickness) = match thickness_axis {
        'x' => (['y', 'z'], [*y, *z], *x),
        'y' => (['x', 'z'], [*x, *z], *y),
        _ => (['x', 'y'], [*x, *y], *z),
    };
    // As on the cut list: the grain, or else the longer side, runs along X.
    let turned = match part.grain {
        Some(g) if g == axes[0] => false,
        Some(g) if g == axes[1] => true,
        _ => b > a,
    };
    // Turned by a quarter, never mirrored: a mirrored board is another one.
    let place = |[u, v]: [f64; 2]| if turned { [v, a - u] } else { [u, v] };
    let extent = |[u, v]: [f64; 2]| if turned { [v, u] } else { [u, v] };
    let holes = holes
        .iter()
        .map(|h| match h {
            product::Hole::Round { at, diameter } => Hole::Round { at: place(*at), diameter: *diameter },
            product::Hole::Rect { at, size } => Hole::Rect { at: place(*at), size: extent(*size) },
        })
        .collect();
    let [length, width] = extent([a, b]);
    Some(Panel {
        sku: part.sku.clone(),
        name: part.name.clone(),
        material: part.material.clone(),
        quantity: 1,
        length,
        width,
        thickness,
        corner: corner.min(length / 2.0).min(width / 2.0),
        grain: part.grain.is_some_and(|g| axes.contains(&g)),
        banding: banding.clone(),
        holes,
    })
}

impl Panel {
    /// `SIDE_oak_720x560x18`: letters, digits, `-`, `_`, `x` and points alone, so that it is a file name everywhere.
    #[must_use]
    pub fn file_stem(&self) -> String {
        let size = [self.length, self.width, self.thickness].map(|v| v.to_string()).join("x");
        let text = format!("{}_{}_{size}", self.sku, self.material);
        text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect()
    }
}
