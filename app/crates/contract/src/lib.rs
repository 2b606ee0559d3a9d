//! Requests and responses of the use cases, shared by server functions, REST and pages, and the one error type of all doors.
//!
//! On the wire: `snake_case` JSON, RFC 3339 UTC times as text, ids as UUID text, money in minor units, lengths in millimetres.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod admin;
pub mod assets;
pub mod configuring;
pub mod definitions;
pub mod embeds;
pub mod error;
pub mod jobs;
pub mod money;
pub mod prices;
pub mod products;
pub mod workshop;

pub use accounts::*;
pub use admin::*;
pub use assets::*;
pub use configuring::*;
pub use definitions::*;
pub use embeds::*;
pub use error::{AppError, ErrorKind, FieldError};
pub use jobs::*;
pub use money::{Amount, Money, format_money, minor_digits};
pub use prices::*;
pub use products::*;
pub use workshop::*;

use serde::{Deserialize, Serialize};

/// An id as text (UUIDv7, hyphenated lower case).
pub type Id = String;

/// A time as RFC 3339 text in UTC, to the millisecond.
pub type Timestamp = String;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// Items in order.
    pub items: Vec<T>,
    /// Hand this back as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageRequest {
    /// 1–100, default 20.
    pub limit: Option<u32>,
    /// From `next_cursor`.
    pub cursor: Option<String>,
}
