//! Times as people read them, from RFC 3339 text in UTC. Rendered alike on both sides: nothing here asks a clock.

const MONTHS: [&str; 12] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// `14:02` of `2026-11-21T14:02:11.000Z`; the text itself when it is no time.
#[must_use]
pub fn clock(at: &str) -> String {
    at.get(11..16).unwrap_or(at).to_owned()
}

/// `21 November 2026`.
#[must_use]
pub fn date(at: &str) -> String {
    let month = at.get(5..7).and_then(|m| m.parse::<usize>().ok()).and_then(|m| MONTHS.get(m.wrapping_sub(1)));
    match (at.get(0..4), month, at.get(8..10).and_then(|d| d.parse::<u8>().ok())) {
        (Some(year), Some(month), Some(day)) => format!("{day} {month} {year}"),
        _ => at.to_owned(),
    }
}

/// `14:02` when it is of the same day as `now`, else `21 Nov`, with the year when it is another.
#[must_use]
pub fn short(at: &str, now: &str) -> String {
    if at.get(0..10).is_some() && at.get(0..10) == now.get(0..10) {
        return clock(at);
    }
    let long = date(at);
    let mut words = long.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some(day), Some(month), Some(year)) => {
            let month = month.get(0..3).unwrap_or(month);
            if now.starts_with(year) { format!("{day} {month}") } else { format!("{day} {month} {year}") }
        }
        _ => long,
    }
}

/// `8.7 s`, `120 ms`, `2 min 5 s`.
#[must_use]
pub fn span(ms: i64) -> String {
    match ms {
        ..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// `1.8 MB`.
#[must_use]
pub fn bytes(n: i64) -> String {
    match n {
        ..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{} kB", n / 1000),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_when_they_may_be() {
        let now = "2026-11-21T15:00:00.000Z";
        assert_eq!(short("2026-11-21T14:02:11.000Z", now), "14:02");
        assert_eq!(short("2026-11-18T14:02:11.000Z", now), "18 Nov");
        assert_eq!(short("2025-06-02T00:00:00Z", now), "2 Jun 2025");
        assert_eq!(date("2026-03-09T00:00:00Z"), "9 March 2026");
        assert_eq!(date("soon"), "soon");
    }

    #[test]
    fn amounts_carry_units() {
        assert_eq!(span(8_712), "8.7 s");
        assert_eq!(span(90), "90 ms");
        assert_eq!(span(125_000), "2 min 5 s");
        assert_eq!(bytes(1_830_000), "1.8 MB");
        assert_eq!(bytes(41_200), "41 kB");
    }
}
