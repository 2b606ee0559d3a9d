//! Price lists: whose, when, in which currency, and what they make of the products' own prices.

use crate::{Id, Money, Timestamp};
use serde::{Deserialize, Serialize};

/// Whose price is asked for, of which day, in which currency, for how many pieces. All of it may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceFor {
    /// The customer whose price lists hold; absent = the lists for everyone. Needs `prices:read`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// ISO 4217: the currency wanted. Where no list has it, the answer comes in another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Day of the price (`2026-11-21`); absent = today. Needs `prices:read`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Pieces bought together, 1–100,000; absent = 1. The answer is the price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
}

impl PriceFor {
    /// Nothing in particular.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Names and values in an address.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let quantity = self.quantity.filter(|n| *n > 1).map(|n| n.to_string());
        let all = [
            ("price.customer", self.customer.clone()),
            ("price.currency", self.currency.clone()),
            ("price.date", self.date.clone()),
            ("price.quantity", quantity),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The same, read from names and values.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim().to_owned()).filter(|v| !v.is_empty());
        let quantity = get("price.quantity").and_then(|n| n.parse().ok()).filter(|n| (2..=100_000).contains(n));
        Self { customer: get("price.customer"), currency: get("price.currency"), date: get("price.date"), quantity }
    }

    /// How many pieces, at least one.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        self.quantity.unwrap_or(1).max(1)
    }
}

/// Another amount or a percentage for some lines of some products. Of several that fit a line, the one that names both product and line holds, then the
/// one that names the product, then the one that names the line, then the one for all; of equals the last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceRow {
    /// Model number; empty = all products.
    #[serde(default)]
    pub sku: String,
    /// Id of a line of its price; empty = all lines.
    #[serde(default)]
    pub line: String,
    /// Percent more (less when negative), −100 to 1,000, at most two places. This or `amount_minor`.
    #[serde(default)]
    pub percent: Option<f64>,
    /// This amount instead of the line's own, minor units of the list's currency; only where `sku` and `line` are named.
    #[serde(default)]
    pub amount_minor: Option<i64>,
}

/// Another price of a grade.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GradeRow {
    /// Model number of the product that has the grade.
    pub sku: String,
    /// Letter.
    pub grade: String,
    /// Its price, minor units of the product's own currency (the list's rate comes after it).
    pub price_minor: i64,
}

/// So much off from a number of pieces on. A product that is named in any break has only its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakRow {
    /// Model number; empty = all products.
    #[serde(default)]
    pub sku: String,
    /// Pieces, from 2.
    pub from: u32,
    /// Percent off, at most two places, below 100.
    pub percent: f64,
}

/// What one unit of another currency is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RateRow {
    /// ISO 4217: a product's own currency.
    pub from: String,
    /// Units of the list's currency for one of it: digits, at most six places (`0.92`).
    pub rate: String,
}

/// Prices of one piece end on multiples of an amount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundingRule {
    /// Minor units of the list's currency.
    pub to_minor: i64,
    /// `nearest`, `up` or `down`.
    pub way: String,
}

/// What a list changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceRules {
    /// Amounts and percentages, at most 2,000.
    #[serde(default)]
    pub changes: Vec<PriceRow>,
    /// Prices of grades, at most 500.
    #[serde(default)]
    pub grades: Vec<GradeRow>,
    /// Volume breaks, at most 200.
    #[serde(default)]
    pub breaks: Vec<BreakRow>,
    /// For products in other currencies; those without a rate keep their own price.
    #[serde(default)]
    pub rates: Vec<RateRow>,
    /// Of the price of one piece, after all else.
    #[serde(default)]
    pub rounding: Option<RoundingRule>,
}

/// Make or set a price list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceListSettings {
    /// Name.
    pub name: String,
    /// ISO 4217: currency of its prices.
    pub currency: String,
    /// For whom; absent or empty = for everyone.
    #[serde(default)]
    pub customer: Option<String>,
    /// Only for those who ask for its currency.
    #[serde(default)]
    pub on_request: bool,
    /// First day (`2026-11-21`).
    pub starts: String,
    /// First day on which it holds no more; absent = it goes on.
    #[serde(default)]
    pub ends: Option<String>,
    /// What it changes.
    #[serde(default)]
    pub rules: PriceRules,
}

/// A price list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceList {
    /// Id.
    pub id: Id,
    /// What is set.
    #[serde(flatten)]
    pub settings: PriceListSettings,
    /// `planned`, `in_force` or `over`, today.
    pub state: String,
    /// When.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// Row version.
    pub revision: i64,
}

/// What a list makes of a product's default configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceTrial {
    /// Product.
    pub product_id: Id,
    /// Model number.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Its own price.
    pub own: Money,
    /// Under the list; `null` where the list does not price it.
    pub listed: Option<Money>,
    /// Under the list, of one piece, from so many pieces on.
    pub breaks: Vec<(u32, Money)>,
    /// Why the list does not price it, for people.
    pub why_not: Option<String>,
}

/// A line of a product's price, or a grade, to be named in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priceable {
    /// Model number.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Currency of its own prices.
    pub currency: String,
    /// Price lines: id and words.
    pub lines: Vec<(String, String)>,
    /// Grades, those of nested products too: model number, letter, own price in minor units.
    pub grades: Vec<(String, String, i64)>,
}

/// The page of the price lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceDesk {
    /// The latest first.
    pub lists: Vec<PriceList>,
    /// Published products.
    pub products: Vec<Priceable>,
    /// Today (`2026-11-21`).
    pub today: String,
    /// May whoever asks change them?
    pub may_write: bool,
}

/// Prices that somebody may choose between in a configurator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pricing {
    /// Customers with a list in force, for those who may see their prices.
    pub customers: Vec<String>,
    /// Currencies on offer, the present one first; one only where there is no choice.
    pub currencies: Vec<String>,
}
