//! Lengths as people type and read them. The value is always millimetres with at most one decimal.

/// Which units a person sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// Millimetres.
    #[default]
    Mm,
    /// Feet and inches.
    FtIn,
}

/// Why a length was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthError {
    /// Nothing was typed.
    Empty,
    /// Not a length.
    Unreadable,
}

impl LengthError {
    /// Words for beside the field.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Empty => "A length is needed, for example 1800 or 5'11\".",
            Self::Unreadable => "Not read as a length. Write 1800, 1.8 m or 5'11\".",
        }
    }
}

const INCH: f64 = 25.4;

/// Reads `2390`, `2390 mm`, `239 cm`, `2.39 m`, `2,39 m`, `7'10"`, `7′ 10½″`, `7 ft 10 1/2 in`, `94"`, and `+50`, `-1/2"` relative to `current` mm.
/// A bare number is millimetres under [`Units::Mm`] and inches under [`Units::FtIn`]. Answers millimetres, to the tenth.
///
/// # Errors
/// [`LengthError`] when nothing or no length was typed.
pub fn parse_length(text: &str, current: f64, units: Units) -> Result<f64, LengthError> {
    let text = text.trim();
    let (sign, rest) = match text.chars().next() {
        None => return Err(LengthError::Empty),
        Some('+') => (Some(1.0), &text[1..]),
        Some('-') => (Some(-1.0), &text[1..]),
        Some('−') => (Some(-1.0), &text['−'.len_utf8()..]),
        Some(_) => (None, text),
    };
    let mm = absolute(rest, units)?;
    let mm = sign.map_or(mm, |s| current + s * mm);
    if mm.is_finite() && (0.0..1e7).contains(&mm) { Ok((mm * 10.0).round() / 10.0) } else { Err(LengthError::Unreadable) }
}

/// The sum of all number-and-unit pairs.
fn absolute(text: &str, units: Units) -> Result<f64, LengthError> {
    let mut rest = text.trim_start();
    let (mut sum, mut pairs, mut feet) = (0.0, 0, false);
    while !rest.is_empty() {
        let (number, after) = number(rest).ok_or(LengthError::Unreadable)?;
        let after = after.trim_start();
        let unit: String = after.chars().take_while(|c| c.is_alphabetic() || matches!(c, '\'' | '"' | '′' | '″' | '’' | '”')).collect();
        rest = after[unit.len()..].trim_start_matches(|c: char| c.is_whitespace() || c == '-');
        let mm = match unit.to_lowercase().as_str() {
            // `7' 10` : the number after feet is inches.
            "" if feet => INCH,
            "" if units == Units::FtIn => INCH,
            "" | "mm" => 1.0,
            "cm" => 10.0,
            "m" => 1000.0,
            "'" | "′" | "’" | "ft" | "foot" | "feet" => {
                feet = true;
                12.0 * INCH
            }
            "\"" | "″" | "”" | "''" | "in" | "inch" | "inches" => INCH,
            _ => return Err(LengthError::Unreadable),
        };
        sum += number * mm;
        pairs += 1;
    }
    if pairs == 0 || pairs > 2 || (pairs == 2 && !feet) { Err(LengthError::Unreadable) } else { Ok(sum) }
}

/// A decimal, a fraction, or a whole with a fraction; and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let (whole, rest) = decimal(text);
    let (vulgar, rest) = match rest.chars().next().and_then(vulgar) {
        Some((value, len)) => (Some(value), &rest[len..]),
        None => (None, rest),
    };
    if vulgar.is_some() {
        return Some((whole.unwrap_or(0.0) + vulgar?, rest));
    }
    let whole = whole?;
    if let Some(after) = rest.strip_prefix('/') {
        let (divisor, after) = decimal(after);
        let divisor = divisor.filter(|d| *d > 0.0)?;
        return Some((whole / divisor, after));
    }
    // `10 1/2`
    let spaced = rest.trim_start();
    if spaced.len() < rest.len()
        && let (Some(top), after) = decimal(spaced)
        && let Some(after) = after.strip_prefix('/')
        && let (Some(bottom), after) = decimal(after)
        && bottom > 0.0
    {
        return Some((whole + top / bottom, after));
    }
    Some((whole, rest))
}

/// A finite decimal number (`1800`, `-0.5`, `2e3`). The browser reads it with its own code, which rounds as Rust's does and need not be downloaded.
#[must_use]
pub fn decimal_number(text: &str) -> Option<f64> {
    let shape = text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    #[cfg(target_arch = "wasm32")]
    let read = |text: &str| wasm_bindgen::JsValue::from_str(text).unchecked_into_f64();
    #[cfg(not(target_arch = "wasm32"))]
    let read = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    if shape { Some(read(text)).filter(|n| n.is_finite()) } else { None }
}

fn decimal(text: &str) -> (Option<f64>, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(text.len());
    (decimal_number(&text[..end].replace(',', ".")), &text[end..])
}

fn vulgar(c: char) -> Option<(f64, usize)> {
    let eighths = match c {
        '⅛' => 1.0,
        '¼' => 2.0,
        '⅜' => 3.0,
        '½' => 4.0,
        '⅝' => 5.0,
        '¾' => 6.0,
        '⅞' => 7.0,
        _ => return None,
    };
    Some((eighths / 8.0, c.len_utf8()))
}

/// `1800`, `1800.5`, or `5′ 10⅞″` (to the sixteenth), without a unit for millimetres.
#[must_use]
pub fn format_length(mm: f64, units: Units) -> String {
    match units {
        Units::Mm => {
            let tenths = (mm * 10.0).round() as i64;
            if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, (tenths % 10).abs()) }
        }
        Units::FtIn => {
            let sixteenths = (mm / INCH * 16.0).round() as i64;
            let (feet, inches, part) = (sixteenths / 192, sixteenths % 192 / 16, sixteenths % 16);
            let fraction = match part {
                0 => String::new(),
                2 => "⅛".into(),
                4 => "¼".into(),
                6 => "⅜".into(),
                8 => "½".into(),
                10 => "⅝".into(),
                12 => "¾".into(),
                14 => "⅞".into(),
                n => format!(" {n}/16"),
            };
            if feet == 0 { format!("{inches}{fraction}″") } else { format!("{feet}′ {inches}{fraction}″") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite_and_decimal() {
        for (text, value) in [("1800", 1800.0), ("-0.5", -0.5), (".5", 0.5), ("2e3", 2000.0)] {
            assert_eq!(super::decimal_number(text), Some(value), "{text}");
        }
        for text in ["", "-", ".", "e5", "1e999", "nan", "inf", "0x10", "1 2", "12mm"] {
            assert_eq!(super::decimal_number(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_are_read_in_any_unit() {
        for (text, mm) in [
            ("2390", 2390.0),
            (" 2390 mm ", 2390.0),
            ("239 cm", 2390.0),
            ("2.39 m", 2390.0),
            ("2,39m", 2390.0),
            ("7'10\"", 2387.6),
            ("7′ 10½″", 2400.3),
            ("7 ft 10 1/2 in", 2400.3),
            ("7' 10", 2387.6),
            ("94\"", 2387.6),
            ("94 in", 2387.6),
            ("6'", 1828.8),
            ("+50", 1850.0),
            ("-50", 1750.0),
            ("−1\"", 1774.6),
            ("+1/2\"", 1812.7),
            ("0.05", 0.1),
        ] {
            assert_eq!(parse_length(text, 1800.0, Units::Mm), Ok(mm), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_in_the_units_shown() {
        assert_eq!(parse_length("10", 0.0, Units::FtIn), Ok(254.0));
        assert_eq!(parse_length("+1", 100.0, Units::FtIn), Ok(125.4));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        assert_eq!(parse_length("  ", 0.0, Units::Mm), Err(LengthError::Empty));
        for text in ["wide", "12 kg", "1 2 3", "2 m 3 cm 1", "1/0", "-5000", "1e9", "5 5", "+", "𝟙"] {
            assert_eq!(parse_length(text, 1800.0, Units::Mm), Err(LengthError::Unreadable), "{text}");
        }
    }

    #[test]
    fn lengths_read_well_and_come_back() {
        assert_eq!(format_length(1800.0, Units::Mm), "1800");
        assert_eq!(format_length(1800.5, Units::Mm), "1800.5");
        assert_eq!(format_length(2400.3, Units::FtIn), "7′ 10½″");
        assert_eq!(format_length(25.4, Units::FtIn), "1″");
        for mm in [300.0, 1219.2, 2387.6] {
            let back = parse_length(&format_length(mm, Units::FtIn), 0.0, Units::FtIn);
            assert!(back.is_ok_and(|b| (b - mm).abs() <= INCH / 32.0), "{mm}");
        }
    }
}
