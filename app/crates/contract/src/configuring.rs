//! Configuring a product, and saved configurations.

use crate::{Id, Money, PriceFor, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Option values by id.
pub type ConfigData = Map<String, Value>;

/// Body of `configure`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigureRequest {
    /// Explicit choices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config_data: ConfigData,
    /// Whose price, when, for how many.
    #[serde(flatten)]
    pub price: PriceFor,
}

/// A value that a rule sets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Forced {
    /// Option.
    pub option: String,
    /// Its value.
    pub value: Value,
    /// Rule ids.
    pub why: Vec<String>,
}

/// A range of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RangeMm {
    /// Lowest.
    pub min: f64,
    /// Highest.
    pub max: f64,
}

/// A change that makes the whole configuration valid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repair {
    /// Values to set, by option. `modules/3/front` is the option `front` of element 3 (from 0) of the list `modules`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub set: ConfigData,
    /// Price after − price now, minor units; `null` while the present configuration is invalid.
    pub price_delta: Option<i64>,
}

/// An offered value that can't be chosen as things stand, or a choice that conflicts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Blocked {
    /// Option.
    pub option: String,
    /// The value, for enumerations and yes/no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values, for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeMm>,
    /// True for an explicit choice that conflicts.
    pub chosen: bool,
    /// Rules of the minimal conflict.
    pub why: Vec<String>,
    /// Other options of the minimal conflict.
    pub because: Vec<String>,
    /// The rule's words.
    pub message: String,
    /// Cheapest first, at most three.
    pub repairs: Vec<Repair>,
}

/// One line of a price.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceLineOut {
    /// Stable name.
    pub id: String,
    /// Words.
    pub label: String,
    /// Amount.
    pub amount: Money,
    /// The formula behind it.
    pub rule: String,
}

/// A price with its breakdown; the lines add up to the total exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Price {
    /// Sum.
    pub total: Money,
    /// Breakdown.
    pub lines: Vec<PriceLineOut>,
    /// First day of the price list (`2026-11-21`); without one, the day on which the product's edition was published.
    pub list_price_date: String,
    /// Name of the price list; empty = the product's own prices.
    #[serde(default)]
    pub list: String,
    /// Whose price was asked for.
    #[serde(default)]
    pub customer: Option<String>,
    /// Pieces bought together; the price is that of one.
    #[serde(default = "one")]
    pub quantity: u32,
    /// All pieces together.
    #[serde(default)]
    pub extended: Money,
}

fn one() -> u32 {
    1
}

/// A part on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartOut {
    /// Id.
    pub id: String,
    /// Words.
    pub name: String,
    /// Material name.
    pub material: String,
    /// Shape, tagged by `kind`.
    pub shape: Value,
    /// `[w, d, h]`.
    pub size_mm: [f64; 3],
    /// Minimum corner.
    pub at_mm: [f64; 3],
    /// About Z.
    pub rotation_deg: f64,
    /// Always 1 here; the BOM merges.
    pub quantity: u32,
    /// Article.
    pub sku: String,
}

/// Size of a board on the cut list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CutOut {
    /// Along the grain, mm.
    pub length: f64,
    /// Across, mm.
    pub width: f64,
    /// mm.
    pub thickness: f64,
    /// Edge banding.
    pub edges: String,
    /// `length`, `width` or `none`.
    pub grain: String,
}

/// One line of the bill of materials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BomLineOut {
    /// Article.
    pub sku: String,
    /// Words.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// `pcs`.
    pub unit: String,
    /// Material name.
    pub material: String,
    /// Board size, for boards.
    pub cut: Option<CutOut>,
}

/// Everything about one configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigureResponse {
    /// No rule is broken.
    pub valid: bool,
    /// Complete values.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub values: ConfigData,
    /// Values that rules set.
    pub forced: Vec<Forced>,
    /// What can't be chosen, and why.
    pub blocked: Vec<Blocked>,
    /// Price before contract discounts.
    pub price: Price,
    /// String of chosen options.
    pub variant_code: String,
    /// Identity of the configuration inside the tenant.
    pub key: String,
    /// `[w, d, h]`.
    pub bounding_box_mm: [f64; 3],
    /// Parts.
    pub parts: Vec<PartOut>,
    /// Bill of materials.
    pub bom: Vec<BomLineOut>,
}

/// Save a configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewConfiguration {
    /// Product.
    pub product_id: Id,
    /// Name; empty = the product's name.
    #[serde(default)]
    pub name: String,
    /// Explicit choices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config_data: ConfigData,
    /// Whose price, when, for how many; kept with it.
    #[serde(flatten)]
    pub price: PriceFor,
}

/// Change a saved configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeConfiguration {
    /// New name.
    #[serde(default)]
    pub name: Option<String>,
    /// Folder to put it in; empty = none.
    #[serde(default)]
    pub folder: Option<String>,
    /// New choices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub config_data: Option<ConfigData>,
    /// With new choices: whose price, when, for how many. Absent = as it was saved.
    #[serde(flatten)]
    pub price: PriceFor,
}

/// Save the same under another name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForkConfiguration {
    /// Name; empty = the old one, called a copy.
    #[serde(default)]
    pub name: String,
}

/// A saved configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Configuration {
    /// Id.
    pub id: Id,
    /// Product.
    pub product_id: Id,
    /// Its name now.
    #[serde(default)]
    pub product_name: String,
    /// SKU.
    #[serde(default)]
    pub product_sku: String,
    /// Whose.
    pub user_id: Id,
    /// Name.
    pub name: String,
    /// Folder; empty = none.
    #[serde(default)]
    pub folder: String,
    /// Choices.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config_data: ConfigData,
    /// Version of the definition that it is pinned to.
    pub product_schema_version: String,
    /// The newest edition of the product, when that is another one.
    #[serde(default)]
    pub newer_edition: Option<String>,
    /// String of chosen options.
    #[serde(default)]
    pub variant_code: String,
    /// Identity inside the tenant.
    pub key: String,
    /// Price when it was saved.
    pub price: Money,
    /// Pieces that the price is for; it is the price of one.
    #[serde(default = "one")]
    pub quantity: u32,
    /// Whose price it is; `null` = everyone's.
    #[serde(default)]
    pub customer: Option<String>,
    /// `/c/{token}` once shared.
    pub share_url: Option<String>,
    /// Picture once made.
    pub thumbnail_url: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// Row version, the `ETag`.
    pub revision: i64,
}

/// Which saved configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationQuery {
    /// Words of name, product, SKU or variant code.
    #[serde(default)]
    pub search: Option<String>,
    /// Only of this folder; `Some("")` = those in none.
    #[serde(default)]
    pub folder: Option<String>,
    /// 1–100.
    #[serde(default)]
    pub limit: Option<u32>,
    /// From `next_cursor`.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A folder of saved configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Folder {
    /// Name; empty = what lies in none.
    pub name: String,
    /// How many configurations.
    pub configurations: i64,
}

/// A text that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextChange {
    /// What: an option's label.
    pub label: String,
    /// On one side; `null` = not there.
    pub was: Option<String>,
    /// On the other.
    pub now: Option<String>,
}

/// An amount that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceChange {
    /// The price line's words.
    pub label: String,
    /// On one side; `null` = no such line.
    pub was: Option<Money>,
    /// On the other.
    pub now: Option<Money>,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Side {
    /// Edition of the product.
    pub edition: String,
    /// Sum; `null` when it can't be built.
    pub price: Option<Money>,
    /// Date of the price list (`2026-11-21`).
    pub price_date: String,
    /// `[w, d, h]`.
    pub bounding_box_mm: [f64; 3],
    /// Variant code.
    pub variant_code: String,
}

/// A saved configuration beside itself in today's edition and price, or beside another one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// As it was saved, or the first one.
    pub was: Side,
    /// As it would be saved now, or the second one.
    pub now: Side,
    /// Options whose value differs.
    pub options: Vec<TextChange>,
    /// Every option, alike on both sides.
    pub alike: Vec<TextChange>,
    /// Price lines, those that differ and those that do not.
    pub lines: Vec<PriceChange>,
    /// What today's edition refuses, in the rules' words.
    pub problems: Vec<String>,
    /// Delivery, in words.
    pub availability: String,
}

impl Difference {
    /// Whether anything differs that a person would notice.
    #[must_use]
    pub fn any(&self) -> bool {
        self.was.edition != self.now.edition || self.was.price != self.now.price || !self.options.is_empty() || !self.problems.is_empty()
    }
}

/// Answer to sharing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shared {
    /// Absolute address of the page.
    pub share_url: String,
    /// Always `null`: permanent until revoked.
    pub expires_at: Option<Timestamp>,
}

/// What a share page shows without signing in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SharedPage {
    /// Name of the configuration.
    pub name: String,
    /// Who shared it: the organization's name.
    pub organization: String,
    /// Choices.
    pub config_data: ConfigData,
    /// Price snapshot.
    pub price: Price,
    /// Absolute address of a picture, for previews in mails and chats.
    #[serde(default)]
    pub picture: Option<String>,
    /// Configurator data, pinned to the version.
    pub configurator: crate::ConfiguratorData,
    /// When it was saved.
    pub saved_at: Timestamp,
}
