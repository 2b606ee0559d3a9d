//! Products of the catalogue.

use crate::{Amount, Id, Money, Timestamp, format_money};
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
    /// Lowest price, in major units of each product's currency.
    #[serde(default)]
    pub min_price: Option<Amount>,
    /// Highest price, in major units of each product's currency.
    #[serde(default)]
    pub max_price: Option<Amount>,
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
    /// Lowest list price of any valid configuration; `null` where that is not proven.
    #[serde(default)]
    pub from_price: Option<Money>,
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

impl ProductCard {
    /// The price as lists show it: `from $412.00` for the cheapest configuration where that is proven, else the price of the default one.
    #[must_use]
    pub fn price_words(&self) -> String {
        match &self.from_price {
            Some(from) if self.configurable => format!("from {}", format_money(&from.currency, from.minor)),
            _ => format_money(&self.price.currency, self.price.minor),
        }
    }
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
    /// `product::CompiledProduct` as JSON text: the browser evaluates it with the code the server uses.
    pub compiled: String,
    /// Version number of the published definition.
    pub version: i64,
    /// Edition for people (`template_version`).
    pub edition: String,
    /// Stock and delivery in words.
    pub availability: String,
    /// May whoever asks save, and ask for exact models?
    pub can_save: bool,
    /// Is it a person with an account? Then it is their role that decides.
    #[serde(default)]
    pub signed_in: bool,
    /// Files of this very configuration that exist already (poster).
    pub files: Option<crate::JobResult>,
    /// Address of a line drawing of any choices, made by the server; `&config_data=` and the choices as JSON go behind it.
    #[serde(default)]
    pub sketch: String,
    /// Prices to choose between.
    #[serde(default)]
    pub pricing: crate::Pricing,
}

#[cfg(test)]
mod tests {
    use super::{Money, ProductCard};

    #[test]
    fn from_is_said_only_where_it_is_proven() {
        let usd = |minor| Money { currency: "USD".to_owned(), minor };
        let card = ProductCard { configurable: true, price: usd(62_000), ..ProductCard::default() };
        assert_eq!(card.price_words(), "$620.00");
        assert_eq!(ProductCard { from_price: Some(usd(41_200)), ..card.clone() }.price_words(), "from $412.00");
        assert_eq!(ProductCard { from_price: Some(usd(62_000)), configurable: false, ..card }.price_words(), "$620.00", "one price only");
    }
}
