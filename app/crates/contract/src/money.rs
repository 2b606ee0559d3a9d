//! Money: integer minor units and a currency.

use serde::{Deserialize, Serialize};

/// An amount. `minor` is in the currency's smallest unit (cents).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// ISO 4217.
    pub currency: String,
    /// Smallest units.
    pub minor: i64,
}

/// `123450` in USD as `$1,234.50`; minus is −. Currencies without a known sign are written as code and amount.
#[must_use]
pub fn format_money(currency: &str, minor: i64) -> String {
    let (sign, digits) = match currency {
        "USD" => ("$", 2),
        "EUR" => ("€", 2),
        "GBP" => ("£", 2),
        "JPY" => ("¥", 0),
        _ => ("", 2),
    };
    let abs = minor.unsigned_abs();
    let unit = if digits == 2 { 100 } else { 1 };
    let whole = (abs / unit).to_string();
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let cents = if digits == 2 { format!(".{:02}", abs % unit) } else { String::new() };
    let minus = if minor < 0 { "−" } else { "" };
    if sign.is_empty() { format!("{minus}{currency} {grouped}{cents}") } else { format!("{minus}{sign}{grouped}{cents}") }
}

#[cfg(test)]
mod tests {
    use super::format_money;

    #[test]
    fn money_reads_like_money() {
        for (currency, minor, expected) in [
            ("USD", 196_080, "$1,960.80"),
            ("USD", 0, "$0.00"),
            ("USD", -17_294, "−$172.94"),
            ("EUR", 123_456_789, "€1,234,567.89"),
            ("JPY", 1_200, "¥1,200"),
            ("SEK", 99_900, "SEK 999.00"),
        ] {
            assert_eq!(format_money(currency, minor), expected);
        }
    }
}
