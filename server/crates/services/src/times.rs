//! Times and sizes on the wire.

use contract::Timestamp;
use time::{OffsetDateTime, macros::format_description};

/// RFC 3339 in UTC, to the millisecond.
#[must_use]
pub fn stamp(at: OffsetDateTime) -> Timestamp {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.to_offset(time::UtcOffset::UTC).format(&format).unwrap_or_default()
}

/// `2026-11-21`.
#[must_use]
pub fn day(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC).format(&format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// Tenths of a millimetre, as stored, to millimetres.
#[must_use]
pub fn mm(tenths: i32) -> f64 {
    f64::from(tenths) / 10.0
}

/// Millimetres to tenths, as stored.
#[must_use]
pub fn tenths(mm: f64) -> i32 {
    // Product sizes are far inside i32; what isn't is clamped by the cast.
    #[allow(clippy::cast_possible_truncation)]
    let value = (mm * 10.0).round() as i32;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_to_the_millisecond() {
        let at = time::macros::datetime!(2026-11-21 09:05:07.123456 +2);
        assert_eq!((stamp(at).as_str(), day(at).as_str()), ("2026-11-21T07:05:07.123Z", "2026-11-21"));
        assert_eq!((mm(12_345), tenths(1234.5)), (1234.5, 12_345));
    }
}
