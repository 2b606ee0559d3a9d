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
    /// How it moves when the product is opened; the parts themselves are those of the closed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<Joint>,
    /// Hand-made object that stands for it in the exact model; it is fitted into the part's box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
}

/// An object of a `.blend` template with its numbers. Lengths are millimetres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// File, e.g. `hood.blend`.
    pub file: String,
    /// Object in it.
    pub object: String,
    /// Inputs of its geometry nodes, by name.
    pub inputs: Vec<(String, f64)>,
    /// Its shape keys, by name; 0 to 1.
    pub shape_keys: Vec<(String, f64)>,
}

/// A hinge or a slide, wide open. Product space; turned first, then moved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Joint {
    /// Axis that the hinge's line is parallel to: `'x'`, `'y'` or `'z'`.
    pub axis: char,
    /// Where the line meets the plane of the two other axes, in their order, millimetres.
    pub about_mm: [f64; 2],
    /// Degrees, right-handed about the axis; 0 for a slide.
    pub angle_deg: f64,
    /// Way along the axes, millimetres.
    pub slide_mm: [f64; 3],
}

impl Joint {
    /// The two axes of the plane that the hinge's line meets.
    fn plane(&self) -> [usize; 2] {
        match self.axis {
            'x' => [1, 2],
            'y' => [0, 2],
            _ => [0, 1],
        }
    }

    /// Moves the hinge with the product that it belongs to.
    pub(crate) fn carry(&mut self, by_mm: [f64; 3]) {
        let plane = self.plane();
        for (to, k) in self.about_mm.iter_mut().zip(plane) {
            *to = crate::expr::round_length(*to + by_mm[k]);
        }
    }

    /// For the renderer.
    #[allow(clippy::cast_possible_truncation)] // Lengths up to 100 m keep 0.01 mm.
    pub(crate) fn drawn(&self) -> scene::Joint {
        let axis = match self.axis {
            'x' => 0,
            'y' => 1,
            _ => 2,
        };
        scene::Joint { axis, about: self.about_mm.map(|v| v as f32), angle_deg: self.angle_deg as f32, slide: self.slide_mm.map(|v| v as f32) }
    }
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
