//! Parts: the evaluated recipe. From them come mesh, BOM, cut list, footprint, and what Blender receives.

use serde::{Deserialize, Serialize};

/// All parts of one configuration, in recipe order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartList {
    /// The parts.
    pub parts: Vec<Part>,
    /// Smallest box around all parts `[width, depth, height]`, millimetres, rounded to 0.1.
    pub bounding_box_mm: [f64; 3],
    /// Minimum corner of that box in product space, millimetres.
    pub min_mm: [f64; 3],
}

/// One part. Millimetres, rounded to 0.1; product space (X right, front to −Y, Z up).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// `top`, or `drawer.1` when repeated.
    pub id: String,
    /// Words for people.
    pub name: String,
    /// Name of a material of the product.
    pub material: String,
    /// Evaluated shape in the part's own frame: its minimum corner is at the origin.
    pub shape: Shape,
    /// Outer size in its own frame.
    pub size_mm: [f64; 3],
    /// Minimum corner.
    pub at_mm: [f64; 3],
    /// About Z around the minimum corner, counter-clockwise from above.
    pub rotation_deg: f64,
    /// Article in the BOM.
    pub sku: String,
    /// Grain along the part's axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grain: Option<char>,
    /// Counted in the BOM.
    pub in_bom: bool,
}

/// Evaluated shapes, millimetres, tagged by `kind` on the wire to Blender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// Plain box.
    Box {
        /// Outer size.
        size: [f64; 3],
    },
    /// Board with holes and treated edges. `thickness_axis` is the axis of its smallest size.
    Panel {
        /// Outer size.
        size: [f64; 3],
        /// `'x'`, `'y'` or `'z'`: holes go through along it.
        thickness_axis: char,
        /// Holes: centre in the plane (the two other axes in x, y, z order) from the minimum corner.
        holes: Vec<Hole>,
        /// Bevel of the edges, 0 for none.
        bevel: f64,
        /// Corner radius in the plane, 0 for square corners.
        corner: f64,
        /// Edge banding for the cut list.
        banding: String,
    },
    /// Round bar.
    Cylinder {
        /// Diameter.
        diameter: f64,
        /// Length along `axis`.
        length: f64,
        /// Direction.
        axis: char,
    },
    /// Hollow profile.
    Tube {
        /// Outer size.
        size: [f64; 3],
        /// Wall thickness.
        wall: f64,
        /// Direction of the hollow.
        axis: char,
        /// Corner radius of the profile.
        corner: f64,
    },
    /// Extruded outline (counter-clockwise, minimum corner at the origin).
    Extrusion {
        /// Outline in the plane normal to `axis`.
        outline: Vec<[f64; 2]>,
        /// Length along `axis`.
        length: f64,
        /// Direction.
        axis: char,
    },
    /// Profile turned about the vertical axis through the centre of its box.
    Revolve {
        /// `(radius, z)` from bottom to top.
        profile: Vec<[f64; 2]>,
    },
    /// Solid between two level rectangles `[x, y, width, depth]`; the minimum corner of both together is the origin.
    Loft {
        /// At height 0.
        bottom: [f64; 4],
        /// At `height`.
        top: [f64; 4],
        /// From one to the other.
        height: f64,
    },
    /// Soft box. Its mesh is made here only; Blender takes it over.
    Cushion {
        /// Outer size.
        size: [f64; 3],
        /// Radius of its edges.
        corner: f64,
        /// How far top and bottom rise towards their middle.
        puff: f64,
        /// Diameter of the piping along both seams, 0 for none.
        piping: f64,
    },
}

/// A hole through a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Hole {
    /// Round.
    Round { at: [f64; 2], diameter: f64 },
    /// Rectangular.
    Rect { at: [f64; 2], size: [f64; 2] },
}
