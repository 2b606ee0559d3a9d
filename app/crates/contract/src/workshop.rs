//! What a workshop needs of a configuration: every part, every board on its sheet.

use crate::{BomLineOut, ConfigData};
use serde::{Deserialize, Serialize};

/// Sheets that boards are cut from, millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Stock {
    /// Length of a sheet, 300 to 10,000; the grain runs along it.
    pub length: f64,
    /// Width of a sheet, 300 to 10,000.
    pub width: f64,
    /// Cut off all round before the first board, 0 to 100.
    pub trim: f64,
    /// Width of the saw's cut, 0 to 20.
    pub kerf: f64,
}

impl Default for Stock {
    /// The common European size for coated chipboard.
    fn default() -> Self {
        Self { length: 2800.0, width: 2070.0, trim: 10.0, kerf: 4.0 }
    }
}

/// Asks for the lists of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkshopRequest {
    /// Explicit choices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config_data: ConfigData,
    /// Sheets.
    #[serde(default)]
    pub stock: Stock,
}

/// One board on a sheet, millimetres from the sheet's corner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardOut {
    /// Article.
    pub sku: String,
    /// Words.
    pub name: String,
    /// Along the sheet and across it.
    pub at: [f64; 2],
    /// Size along the sheet and across it.
    pub size: [f64; 2],
}

/// A board that no sheet is large enough for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TooLarge {
    /// Words.
    pub name: String,
    /// Length and width.
    pub size: [f64; 2],
}

/// Sheets of one material and thickness.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanOut {
    /// Material name.
    pub material: String,
    /// Thickness.
    pub thickness: f64,
    /// Every sheet with its boards; all cuts run from edge to edge.
    pub sheets: Vec<Vec<BoardOut>>,
    /// Boards that must come from elsewhere.
    pub too_large: Vec<TooLarge>,
    /// Share of the sheets that is no board, 0 to 1.
    pub waste: f64,
}

/// Edge banding to have at hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EdgeOut {
    /// Which.
    pub tape: String,
    /// Metres in all, without allowance.
    pub metres: f64,
}

/// The lists of one configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workshop {
    /// Product.
    pub name: String,
    /// Its SKU.
    pub sku: String,
    /// String of chosen options.
    pub variant_code: String,
    /// `[w, d, h]`.
    pub bounding_box_mm: [f64; 3],
    /// Bill of materials.
    pub bom: Vec<BomLineOut>,
    /// Edge banding.
    pub edges: Vec<EdgeOut>,
    /// Boards on sheets.
    pub plans: Vec<PlanOut>,
    /// The sheets they lie on.
    pub stock: Stock,
}
