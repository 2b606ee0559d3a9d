//! Money: integer minor units and a currency; amounts that people write.

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

/// An amount in major units without a currency, as people write it (`99.50`): exact to four places, which is as fine as any currency gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Most major units that are taken.
    const MOST: i64 = 100_000_000_000_000;

    /// Reads digits with at most four places after a point; `None` for anything else, and beyond 10¹⁴.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 4 || text.ends_with('.') {
            return None;
        }
        let part: i64 = if part.is_empty() { 0 } else { format!("{part:0<4}").parse().ok()? };
        let whole = whole.parse::<i64>().ok().filter(|w| *w <= Self::MOST)?;
        Some(Self(whole * 10_000 + part))
    }

    /// Ten-thousandths of the major unit.
    #[must_use]
    pub fn units(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0 / 10_000, self.0 % 10_000);
        match part {
            0 => write!(f, "{whole}"),
            // Two places are how most amounts are written.
            part if part % 100 == 0 => write!(f, "{whole}.{:02}", part / 100),
            part => write!(f, "{whole}.{}", format!("{part:04}").trim_end_matches('0')),
        }
    }
}

/// Digits after the point in amounts of a currency (ISO 4217): 2 but for those listed there.
#[must_use]
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// `123450` in USD as `$1,234.50`; minus is −. Currencies without a known sign are written as code and amount.
#[must_use]
pub fn format_money(currency: &str, minor: i64) -> String {
    let sign = match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        _ => "",
    };
    let digits = minor_digits(currency) as usize;
    let abs = minor.unsigned_abs();
    let unit = 10_u64.pow(minor_digits(currency));
    let whole = (abs / unit).to_string();
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let cents = if digits > 0 { format!(".{:0digits$}", abs % unit) } else { String::new() };
    let minus = if minor < 0 { "−" } else { "" };
    if sign.is_empty() { format!("{minus}{currency} {grouped}{cents}") } else { format!("{minus}{sign}{grouped}{cents}") }
}

#[cfg(test)]
mod tests {
    use super::{Amount, format_money};

    #[test]
    fn money_reads_like_money() {
        for (currency, minor, expected) in [
            ("USD", 196_080, "$1,960.80"),
            ("USD", 0, "$0.00"),
            ("USD", -17_294, "−$172.94"),
            ("EUR", 123_456_789, "€1,234,567.89"),
            ("JPY", 1_200, "¥1,200"),
            ("SEK", 99_900, "SEK 999.00"),
            ("KWD", 1_234_005, "KWD 1,234.005"),
            ("KRW", 45_000, "KRW 45,000"),
        ] {
            assert_eq!(format_money(currency, minor), expected);
        }
    }

    #[test]
    fn amounts_are_exact_and_written_back() {
        for (text, units, back) in [
            ("0", Some(0), "0"),
            ("99.5", Some(995_000), "99.50"),
            ("1960.80", Some(19_608_000), "1960.80"),
            ("1200", Some(12_000_000), "1200"),
            ("1.005", Some(10_050), "1.005"),
            ("0.0001", Some(1), "0.0001"),
            ("100000000000000", Some(1_000_000_000_000_000_000), "100000000000000"),
            ("0.00001", None, ""),
            ("-1", None, ""),
            ("1e3", None, ""),
            ("NaN", None, ""),
            ("1.", None, ""),
            (".5", None, ""),
            ("", None, ""),
            ("１", None, ""),
            ("100000000000001", None, ""),
            ("99999999999999999999", None, ""),
        ] {
            let amount = Amount::parse(text);
            assert_eq!(amount.map(Amount::units), units, "{text}");
            assert_eq!(amount.map(|a| a.to_string()).unwrap_or_default(), back, "{text}");
        }
    }
}
