//! Configurators on other sites: their settings, the page inside the frame, and what people ask there.

use crate::{ConfigData, ConfiguratorData, Id, Money, PriceFor, ProductCard, Timestamp};
use serde::{Deserialize, Serialize};

/// How an embed looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedTheme {
    /// `auto` (as the visitor's system), `light` or `dark`.
    #[serde(default)]
    pub scheme: String,
    /// Colour of buttons and marks, `#rrggbb`; empty = ours.
    #[serde(default)]
    pub accent: String,
    /// Radius of corners, px (0–24); `null` = ours.
    #[serde(default)]
    pub radius: Option<u8>,
    /// Words on the main button: `quote` (ask for a quote) or `cart` (tell the page, which has a cart of its own).
    #[serde(default)]
    pub action: String,
}

/// A configurator on other sites.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Embed {
    /// Id.
    pub id: Id,
    /// `emb_…`: what the other site's page names.
    pub public_id: String,
    /// Address of the script that the other site's page loads.
    pub script_url: String,
    /// Name.
    pub name: String,
    /// The one product that it shows; `null` = the page names one of the workspace by SKU.
    pub product_id: Option<Id>,
    /// Exact origins that may show it: `https://shop.example`.
    pub origins: Vec<String>,
    /// Look.
    pub theme: EmbedTheme,
    /// Who is told of a lead by mail.
    pub notify: Option<String>,
    /// Whose prices it shows; `null` = everyone's.
    pub customer: Option<String>,
    /// Whether it answers.
    pub enabled: bool,
    /// Times opened within 30 days.
    pub opened: i64,
    /// Of them, times that somebody chose something.
    pub changed: i64,
    /// Leads within 30 days.
    pub leads: i64,
    /// When.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// Row version.
    pub revision: i64,
}

/// The page of the embeds: all of them, and the products that they can show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbedDesk {
    /// Newest first.
    pub embeds: Vec<Embed>,
    /// Published products.
    pub products: Vec<ProductCard>,
}

/// Make or set an embed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedSettings {
    /// Name.
    pub name: String,
    /// The one product that it shows.
    #[serde(default)]
    pub product_id: Option<Id>,
    /// Exact origins that may show it: `https://shop.example`. `http` only for `localhost` and `127.0.0.1`.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Look.
    #[serde(default)]
    pub theme: EmbedTheme,
    /// Who is told of a lead by mail.
    #[serde(default)]
    pub notify: Option<String>,
    /// Whose prices it shows; absent = everyone's.
    #[serde(default)]
    pub customer: Option<String>,
    /// Whether it answers; absent = yes.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// What the page inside the frame shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbedPage {
    /// Public id.
    pub public_id: String,
    /// Whose it is.
    pub organization: String,
    /// Origins that may show it.
    pub origins: Vec<String>,
    /// Look.
    pub theme: EmbedTheme,
    /// Why there is nothing to configure, for the visitor; the configurator is there otherwise.
    pub closed: Option<String>,
    /// The configurator.
    pub configurator: Option<ConfiguratorData>,
}

/// Ask for a token: from the page inside the frame, which knows who shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEmbedToken {
    /// Origin of the page around the frame, as the browser told it.
    pub origin: String,
}

/// A token of the page inside the frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedToken {
    /// For `Authorization: Bearer`.
    pub token: String,
    /// Seconds until it is over.
    pub expires_in: i64,
}

/// How an embed stands for a page, for whoever sets it up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedCheck {
    /// Whether the page may show it.
    pub ok: bool,
    /// What stands in the way, and what to do about it; empty when nothing does.
    pub problems: Vec<String>,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedUse {
    /// `changed`: somebody chose something.
    pub event: String,
}

/// A question about what somebody configured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLead {
    /// Product.
    #[serde(default)]
    pub product_id: Id,
    /// Choices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub config_data: ConfigData,
    /// In which currency, for how many.
    #[serde(flatten)]
    pub price: PriceFor,
    /// Saved configuration, instead of product and choices; for signed-in people.
    #[serde(default)]
    pub configuration: Option<Id>,
    /// `question` (default) or `quote`.
    #[serde(default)]
    pub kind: String,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// What they write.
    #[serde(default)]
    pub message: String,
}

/// What whoever asked gets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadReceipt {
    /// Id of the lead.
    pub id: Id,
    /// The configuration, for good.
    pub share_url: String,
}

/// Somebody who asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lead {
    /// Id.
    pub id: Id,
    /// `question` or `quote`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// What they wrote.
    pub message: String,
    /// What they configured.
    pub configuration_id: Id,
    /// Its product.
    pub product_name: String,
    /// Its price then.
    pub price: Money,
    /// Name of the embed; `null` = not from one.
    pub embed: Option<String>,
    /// Origin of the other site.
    pub origin: String,
    /// When.
    pub created_at: Timestamp,
}
