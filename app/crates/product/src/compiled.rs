//! The compiled product: what publishing stores and the browser downloads.

use crate::expr::Expr;
use crate::value::{Value, Values};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A product version ready to be configured. Immutable; identified by `(sku, template_version)` and the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompiledProduct {
    /// Version of this format: readers refuse what they don't know.
    pub format: u32,
    /// Root model number, e.g. `DESK-HA`.
    pub sku: String,
    /// Name in the catalogue.
    pub name: String,
    /// One line under the name.
    pub description: String,
    /// Category slug, e.g. `desks`.
    pub category: String,
    /// Version of the definition.
    pub template_version: String,
    /// Options in the order of the form.
    pub options: Vec<OptionDef>,
    /// Rules in the order of the definition.
    pub rules: Vec<Rule>,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Price lines in order.
    pub price_lines: Vec<PriceLine>,
    /// Price per grade letter, minor units.
    pub grades: BTreeMap<String, i64>,
    /// `let`s of the recipe in order of evaluation: each may use those before it.
    pub lets: Vec<(String, Expr)>,
    /// The recipe.
    pub parts: Vec<PartDef>,
    /// Materials by name.
    pub materials: BTreeMap<String, scene::Material>,
    /// Largest outer box `[width, depth, height]`, millimetres. Parts stay inside it.
    pub envelope: [Expr; 3],
    /// Embodied carbon, kilograms of CO₂ equivalent; `None` when the maker gives none.
    #[serde(default)]
    pub carbon: Option<Expr>,
    /// Lists of nested products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nests: Vec<Nest>,
    /// Named choices to begin with; each can be built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// What a price list makes of its prices. Never part of a published version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<crate::terms::Terms>,
}

/// Choices with a name, to begin with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Words for people.
    pub label: String,
    /// Explicit choices.
    pub values: Values,
    /// What it costs, minor units.
    pub total: i64,
}

/// A grid of nested products, chosen one by one: the modules of a wall. In values it is a list of `{ "product", "options" }` under the
/// nest's id, row by row; what the list lacks has its defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nest {
    /// Property name in `config_schema`.
    pub id: String,
    /// Words for people, of one element.
    pub label: String,
    /// Group heading in the form.
    pub group: String,
    /// What every element is. Its materials are also the whole's.
    pub product: CompiledProduct,
    /// How many stand side by side, and how many such rows there are; together at most `most`.
    pub columns: Expr,
    /// Rows.
    pub rows: Expr,
    /// Largest count of elements.
    pub most: u32,
    /// The list when nothing is chosen.
    #[serde(default)]
    pub default: Vec<Value>,
    /// Options of the nested product that are not chosen but follow from this one: index there, formula here (`i` counts elements).
    pub pass: Vec<(u16, Expr)>,
    /// Minimum corner of an element's own frame, millimetres; `i` counts elements.
    pub at: [Expr; 3],
}

/// One question and its allowed answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptionDef {
    /// Property name in `config_schema`.
    pub id: String,
    /// Words for people.
    pub label: String,
    /// Group heading in the form (may be empty).
    pub group: String,
    /// How it is asked.
    pub widget: Widget,
    /// Allowed values.
    pub domain: Domain,
    /// Value when nothing is chosen; always inside the domain.
    pub default: Value,
    /// `"mm"` for lengths, `"kg"` …, or empty.
    #[serde(default)]
    pub unit: String,
    /// Axis of the drag handle and dimension line: `"x"`, `"y"`, `"z"`.
    #[serde(default)]
    pub handle: Option<String>,
    /// Per value: label, grade, material swatch, part of the variant code. Same order as the domain for enumerations; of a range the
    /// values that have a name (`Sit`, `Stand`), which the view offers as a switch.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Piece of the variant code for numeric options: digits to pad to (`0` = not in the code).
    #[serde(default)]
    pub code_digits: u8,
}

/// A value of an enumeration or a yes/no option, as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The value itself.
    pub value: Value,
    /// Words for people.
    pub label: String,
    /// Price grade letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Material whose colour or texture the swatch shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Piece of the variant code.
    #[serde(default)]
    pub code: String,
}

/// How an option is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Widget {
    Slider,
    Segmented,
    Swatch,
    Select,
    Checkbox,
    Stepper,
}

/// Allowed values of an option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Multiples of `step` from `min` to `max`. `integer` says whether the schema's type is integer.
    Range {
        /// Lowest.
        min: f64,
        /// Highest.
        max: f64,
        /// Grid, counted from zero as JSON Schema's `multipleOf` does.
        step: f64,
        /// Schema type `integer`.
        integer: bool,
    },
    /// One of these, in order. Texts or numbers.
    Enum(Vec<Value>),
    /// Yes or no.
    Bool,
}

/// A natural law: whenever `when` holds, `require` must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Stable name, shown as `why`.
    pub id: String,
    /// Condition; `true` when the definition gives none.
    pub when: Expr,
    /// What must then hold.
    pub require: Expr,
    /// Words for people.
    pub message: String,
    /// Indices of the options that the rule reads, ascending.
    pub reads: Vec<u16>,
}

/// One line of the price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceLine {
    /// Stable name.
    pub id: String,
    /// Words for people; `{option}` is replaced by the label of the option's present value.
    pub label: String,
    /// Amount in minor units, rounded half away from zero at the end of the line.
    pub amount: Expr,
    /// Line is left out when this is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Options that the amount reads, ascending.
    pub reads: Vec<u16>,
    /// The formula as written, shown as the rule behind the number.
    pub source: String,
}

/// One part of the recipe, before evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartDef {
    /// Stable id; repeated parts get `id.0`, `id.1` …
    pub id: String,
    /// Words for people.
    pub name: String,
    /// Present only when true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// How often (`i` counts from 0). At most 1,000 per part and 5,000 in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Expr>,
    /// Shape with formulas.
    pub shape: ShapeDef,
    /// Minimum corner, millimetres, product space.
    pub at: [Expr; 3],
    /// Rotation about Z in degrees around the part's own minimum corner, counter-clockwise seen from above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Expr>,
    /// Material: an option id (its present choice's material) or a material's name.
    pub material: MaterialRef,
    /// Article of the part in the BOM.
    pub sku: String,
    /// Grain along the part's `x`, `y` or `z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grain: Option<char>,
    /// Counted in the BOM (false for a helper that belongs to another part).
    pub in_bom: bool,
    /// How it moves when the product is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<JointDef>,
    /// Hand-made object that stands for it in the exact model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateDef>,
}

/// An object of a `.blend` template, bound to formulas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateDef {
    /// File, e.g. `hood.blend`.
    pub file: String,
    /// Object in it.
    pub object: String,
    /// Inputs of its geometry nodes, by name.
    pub inputs: Vec<(String, Expr)>,
    /// Its shape keys, by name; 0 to 1.
    pub shape_keys: Vec<(String, Expr)>,
}

impl TemplateDef {
    /// Every formula.
    pub fn formulas(&self) -> impl Iterator<Item = &Expr> {
        self.inputs.iter().chain(&self.shape_keys).map(|(_, formula)| formula)
    }
}

/// A hinge or a slide of a part, as far as it opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JointDef {
    /// Along the axes, millimetres.
    Slide([Expr; 3]),
    /// About a line parallel to an axis.
    Turn {
        /// `'x'`, `'y'` or `'z'`.
        axis: char,
        /// Where the line meets the plane of the two other axes (for `z` (x, y), for `x` (y, z), for `y` (x, z)), product space.
        about: [Expr; 2],
        /// Degrees, right-handed about the axis.
        angle: Expr,
    },
}

impl JointDef {
    /// Its formulas.
    pub fn formulas(&self) -> impl Iterator<Item = &Expr> {
        let (list, one) = match self {
            Self::Slide(way) => (way.as_slice(), None),
            Self::Turn { about, angle, .. } => (about.as_slice(), Some(angle)),
        };
        list.iter().chain(one)
    }
}

/// Where a part's surface comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialRef {
    /// The material of the present choice of this option.
    Option(u16),
    /// A fixed material.
    Named(String),
}

/// Edge treatment of a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EdgeDef {
    /// Bevel or radius, millimetres; the exact model cuts it, the instant model shows a chamfer.
    pub bevel: Expr,
    /// Edge banding, as printed on the cut list (e.g. `"ABS 1 mm, all round"`).
    #[serde(default)]
    pub banding: String,
}

/// A hole through a panel's thickness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoleDef {
    /// Centre in the panel's own plane, millimetres from its minimum corner.
    pub at: [Expr; 2],
    /// Diameter for a round hole, `[width, height]` for a rectangular one.
    pub size: HoleSize,
    /// Present only when true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
}

/// Size of a hole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum HoleSize {
    Round(Expr),
    Rect([Expr; 2]),
}

/// Shapes of the recipe. Sizes are millimetres, `[width (x), depth (y), height (z)]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeDef {
    /// A plain box.
    Box {
        /// Outer size.
        size: [Expr; 3],
    },
    /// A board: its thinnest direction is its thickness. Has holes, an edge treatment and a place on the cut list.
    Panel {
        /// Outer size.
        size: [Expr; 3],
        /// Holes through the thickness.
        holes: Vec<HoleDef>,
        /// Edge treatment.
        edge: Option<EdgeDef>,
        /// Corner radius in the panel's plane.
        corner: Option<Expr>,
    },
    /// A round bar along an axis.
    Cylinder {
        /// Diameter.
        diameter: Expr,
        /// Length along `axis`.
        length: Expr,
        /// `'x'`, `'y'` or `'z'`.
        axis: char,
    },
    /// A hollow rectangular or round profile along an axis (legs, rails).
    Tube {
        /// Outer size.
        size: [Expr; 3],
        /// Wall thickness.
        wall: Expr,
        /// Direction of the hollow: `'x'`, `'y'` or `'z'`.
        axis: char,
        /// Corner radius of the profile.
        corner: Expr,
    },
    /// A 2D outline (counter-clockwise, millimetres) extruded along an axis.
    Extrusion {
        /// Points in the plane normal to `axis`: for `z` (x, y), for `x` (y, z), for `y` (x, z).
        outline: Vec<[Expr; 2]>,
        /// Length along `axis`.
        length: Expr,
        /// `'x'`, `'y'` or `'z'`.
        axis: char,
    },
    /// A profile (radius, height) turned about a vertical axis.
    Revolve {
        /// Points `(radius, z)` from bottom to top.
        profile: Vec<[Expr; 2]>,
    },
    /// A solid between two level rectangles (a folded canopy, a tapered leg).
    Loft {
        /// `[x, y, width, depth]` at the bottom, in the part's frame.
        bottom: [Expr; 4],
        /// Same at the top.
        top: [Expr; 4],
        /// From one to the other.
        height: Expr,
    },
    /// Upholstery: a soft box with crowned faces.
    Cushion {
        /// Outer size.
        size: [Expr; 3],
        /// Radius of its edges.
        corner: Expr,
        /// How far top and bottom rise towards their middle.
        puff: Expr,
        /// Diameter of the piping along both seams, 0 for none.
        piping: Expr,
    },
}
