//! Products of the catalogue.

use crate::{Id, Money, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductQuery {
    /// Words, typo tolerant, or the beginning of a SKU.
    #[serde(default)]
    pub search: Option<String>,
    /// Category slugs; empty = all. On the wire comma separated.
    #[serde(default)]
    pub category: Vec<String>,
    /// Lowest price, minor units.
    #[serde(default)]
    pub min_price: Option<i64>,
    /// Highest price, minor units.
    #[serde(default)]
    pub max_price: Option<i64>,
    /// Only what is there.
    #[serde(default)]
    pub in_stock_only: bool,
    /// Only configurable ones (`true`) or only fixed ones (`false`).
    #[serde(default)]
    pub configurable: Option<bool>,
    /// 1–100, default 20.
    #[serde(default)]
    pub limit: Option<u32>,
    /// From `next_cursor`.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Outer size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dimensions {
    /// Left to right, mm.
    pub width: f64,
    /// Front to back, mm.
    pub depth: f64,
    /// Floor to top, mm.
    pub height: f64,
}

/// A product in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductCard {
    /// Id.
    pub id: Id,
    /// Root model number.
    pub sku: String,
    /// Name.
    pub name: String,
    /// One line.
    pub description: String,
    /// Category slug.
    pub category: String,
    /// List price of the default configuration.
    pub price: Money,
    /// Has options.
    pub configurable: bool,
    /// Soft-lit picture of the default configuration.
    pub thumbnail_url: Option<String>,
    /// Line drawing from the same camera.
    pub drawing_url: Option<String>,
    /// Exact model of the default configuration.
    pub model_3d_url: Option<String>,
    /// Outer size of the default configuration.
    pub dimensions_mm: Dimensions,
    /// Available now.
    pub in_stock: bool,
    /// Range of sizes for people, e.g. `1000–2400 × 700–900 mm`.
    #[serde(default)]
    pub size_range: String,
}

/// A product with everything about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductDetail {
    /// The card's fields.
    #[serde(flatten)]
    pub card: ProductCard,
    /// JSON Schema 2020-12 of `config_data`.
    pub config_schema: Value,
    /// Rules as written.
    pub rules: Value,
    /// Version of the definition.
    pub template_version: String,
    /// `draft` or `published`.
    pub status: String,
    /// kg CO₂e of the default configuration.
    pub embodied_carbon_kg: Option<f64>,
    /// Percent by mass.
    pub recycled_content_pct: Option<f64>,
    /// Stock and lead time in words.
    pub availability: String,
    /// Last change.
    pub updated_at: Timestamp,
    /// Row version, the `ETag`.
    pub revision: i64,
}

/// The category counts of the list page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryCount {
    /// Slug.
    pub category: String,
    /// Products in it.
    pub count: i64,
}

/// What the configurator page needs: the compiled product and its state in the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfiguratorData {
    /// Card of the product.
    pub card: ProductCard,
    /// `product::CompiledProduct` as JSON: the browser evaluates it with the code the server uses.
    pub compiled: Value,
    /// Version number of the published definition.
    pub version: i64,
    /// Edition for people (`template_version`).
    pub edition: String,
    /// Stock and delivery in words.
    pub availability: String,
    /// May the visitor save and ask for exact models?
    pub can_save: bool,
    /// Files of this very configuration that exist already (poster).
    pub files: Option<crate::JobResult>,
}
