//! Money for people.

use contract::{Money, format_money};

/// `$1,960.80`.
#[must_use]
pub fn money(amount: &Money) -> String {
    format_money(&amount.currency, amount.minor)
}

/// A price effect: `+$39.20`, `−$44.10`, or `included` for nothing.
#[must_use]
pub fn delta(currency: &str, minor: i64) -> String {
    match minor {
        0 => "included".to_owned(),
        m if m > 0 => format!("+{}", format_money(currency, m)),
        m => format_money(currency, m),
    }
}

#[cfg(test)]
mod tests {
    use super::delta;

    #[test]
    fn effects_carry_their_sign() {
        assert_eq!(delta("USD", 3_920), "+$39.20");
        assert_eq!(delta("USD", -4_410), "−$44.10");
        assert_eq!(delta("USD", 0), "included");
    }
}
