//! Settings of a price list: checked, and made into terms for one product.

use crate::fields::{Faults, shorten};
use contract::{AppError, BreakRow, PriceListSettings, PriceRow, PriceRules, RateRow, format_money, minor_digits};
use product::{Change, CompiledProduct, LineTerms, Rounding, Terms, VolumeBreak, Way};
use serde_json::Value;
use std::collections::BTreeMap;
use store::prices as rows;
use time::Date;
use time::macros::format_description;

/// A list as it is stored, read.
pub(crate) struct List {
    pub row: rows::PriceList,
    pub rules: PriceRules,
}

impl List {
    /// Rules that can't be read change nothing; writing checks them.
    pub fn of(row: rows::PriceList) -> Self {
        let rules = serde_json::from_value(row.rules.clone()).unwrap_or_default();
        Self { row, rules }
    }

    /// In force on a day.
    pub fn holds(&self, day: Date) -> bool {
        self.row.starts <= day && self.row.ends.is_none_or(|end| day < end)
    }

    /// For everyone, unasked: what the catalogue shows.
    pub fn general(&self) -> bool {
        self.row.customer.is_none() && !self.row.on_request
    }

    /// The number of pieces from which the price for `pieces` holds.
    pub fn tier(&self, sku: &str, pieces: u32) -> u32 {
        breaks(&self.rules.breaks, sku).iter().rev().find(|b| b.from <= pieces).map_or(1, |b| b.from)
    }

    /// So many pieces of the product under it; `Err` says why it can't price it.
    pub fn price(&self, product: &CompiledProduct, pieces: u32) -> Result<CompiledProduct, String> {
        under(&self.row.name, &self.row.currency, self.row.starts, &self.rules, product, pieces)
    }
}

/// `2026-11-21`.
pub(crate) fn read_day(text: &str) -> Option<Date> {
    Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).ok().filter(|d| (2000..=2200).contains(&d.year()))
}

/// The same as text.
pub(crate) fn day_text(day: Date) -> String {
    day.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// Settings as they are stored.
pub(super) struct Checked {
    name: String,
    currency: String,
    customer: Option<String>,
    on_request: bool,
    starts: Date,
    ends: Option<Date>,
    rules: Value,
    pub list: PriceRules,
}

impl Checked {
    /// Checks all at once; `products`: the published ones, which rows may name.
    pub fn of(settings: &PriceListSettings, products: &[&CompiledProduct]) -> Result<Self, AppError> {
        let mut faults = Faults::default();
        let name = faults.name("/name", &settings.name);
        let currency = code(&mut faults, "/currency", &settings.currency);
        let customer = settings.customer.as_deref().filter(|c| !c.trim().is_empty()).map(|c| faults.name("/customer", c));
        let mut day = |pointer: &str, text: &str| {
            let day = read_day(text);
            if day.is_none() {
                faults.add(pointer, "Write a day such as 2026-11-21.");
            }
            day
        };
        let starts = day("/starts", &settings.starts);
        let ends = settings.ends.as_deref().filter(|e| !e.trim().is_empty()).map(|e| day("/ends", e));
        if let (Some(starts), Some(Some(ends))) = (starts, ends)
            && ends <= starts
        {
            faults.add("/ends", "A list ends after its first day.");
        }
        check(&settings.rules, products, &mut faults);
        faults.done()?;
        let rules = serde_json::to_value(&settings.rules).map_err(|_| AppError::internal())?;
        let starts = starts.ok_or_else(AppError::internal)?;
        Ok(Self { name, currency, customer, on_request: settings.on_request, starts, ends: ends.flatten(), rules, list: settings.rules.clone() })
    }

    /// For everyone, unasked: what the catalogue shows.
    pub fn general(&self) -> bool {
        self.customer.is_none() && !self.on_request
    }

    /// For the store.
    pub fn row(&self) -> rows::Settings<'_> {
        rows::Settings {
            name: &self.name,
            currency: &self.currency,
            customer: self.customer.as_deref(),
            on_request: self.on_request,
            starts: self.starts,
            ends: self.ends,
            rules: &self.rules,
        }
    }

    /// A product under it, before it is stored.
    pub fn price(&self, product: &CompiledProduct) -> Result<CompiledProduct, String> {
        under(&self.name, &self.currency, self.starts, &self.list, product, 1)
    }
}

fn code(faults: &mut Faults, pointer: &str, text: &str) -> String {
    let code = text.trim().to_owned();
    if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
        faults.add(pointer, "A currency is three capital letters, such as EUR.");
    }
    code
}

/// Basis points of a percentage with at most two places.
fn basis_points(percent: f64) -> Option<i64> {
    let points = (percent * 100.0).round();
    #[allow(clippy::cast_possible_truncation)] // Checked to be small.
    ((percent * 100.0 - points).abs() < 1e-6 && points.abs() <= 1e6).then_some(points as i64)
}

fn check(rules: &PriceRules, products: &[&CompiledProduct], faults: &mut Faults) {
    for (what, pointer, count, most) in [
        ("changes", "/rules/changes", rules.changes.len(), 2_000),
        ("grades", "/rules/grades", rules.grades.len(), 500),
        ("volume breaks", "/rules/breaks", rules.breaks.len(), 200),
        ("rates", "/rules/rates", rules.rates.len(), 50),
    ] {
        if count > most {
            faults.add(pointer, format!("A list has at most {most} {what}."));
            return;
        }
    }
    let product = |sku: &str| products.iter().find(|p| p.sku == sku);
    let known = |pointer: &str, sku: &str, faults: &mut Faults| {
        if !sku.is_empty() && product(sku).is_none() {
            faults.add(&format!("{pointer}/sku"), format!("There is no published product {}.", shorten(sku, 60)));
        }
    };
    for (i, row) in rules.changes.iter().enumerate() {
        let at = format!("/rules/changes/{i}");
        known(&at, &row.sku, faults);
        let mut ids = products.iter().filter(|p| row.sku.is_empty() || p.sku == row.sku).flat_map(|p| line_ids(p));
        if !row.line.is_empty() && !ids.any(|id| id == row.line) && (row.sku.is_empty() || product(&row.sku).is_some()) {
            faults.add(&format!("{at}/line"), format!("No price has a line {}.", shorten(&row.line, 60)));
        }
        match (row.percent, row.amount_minor) {
            (Some(percent), None) if !(-100.0..=1_000.0).contains(&percent) => faults.add(&format!("{at}/percent"), "A percentage is from −100 to 1,000."),
            (Some(percent), None) if basis_points(percent).is_none() => faults.add(&format!("{at}/percent"), "A percentage has at most two places."),
            (Some(_), None) => {}
            (None, Some(_)) if row.sku.is_empty() || row.line.is_empty() => {
                faults.add(&format!("{at}/amount_minor"), "An amount needs a product and one of its lines: the same amount for everything is rarely meant.");
            }
            (None, Some(amount)) if !(0..=1_000_000_000_000).contains(&amount) => faults.add(&format!("{at}/amount_minor"), "An amount is 0 or more."),
            (None, Some(_)) => {}
            _ => faults.add(&at, "A change is a percentage or an amount."),
        }
    }
    for (i, row) in rules.grades.iter().enumerate() {
        let at = format!("/rules/grades/{i}");
        if !products.iter().any(|p| graded(p).iter().any(|(sku, letter, _)| (*sku, *letter) == (row.sku.as_str(), row.grade.as_str()))) {
            faults.add(&at, format!("No published product {} has a grade {}.", shorten(&row.sku, 60), shorten(&row.grade, 20)));
        }
        if !(0..=1_000_000_000).contains(&row.price_minor) {
            faults.add(&format!("{at}/price_minor"), "A price is 0 or more.");
        }
    }
    for (i, row) in rules.breaks.iter().enumerate() {
        let at = format!("/rules/breaks/{i}");
        known(&at, &row.sku, faults);
        if !(2..=100_000).contains(&row.from) {
            faults.add(&format!("{at}/from"), "A break is from 2 to 100,000 pieces.");
        }
        if !(0.0..100.0).contains(&row.percent) || basis_points(row.percent).is_none() {
            faults.add(&format!("{at}/percent"), "A break takes off 0 to 99.99 percent, with at most two places.");
        }
        if rules.breaks.iter().take(i).any(|other| (&other.sku, other.from) == (&row.sku, row.from)) {
            faults.add(&format!("{at}/from"), "This number of pieces has a break already.");
        }
    }
    for (i, row) in rules.rates.iter().enumerate() {
        let at = format!("/rules/rates/{i}");
        code(faults, &format!("{at}/from"), &row.from);
        if rate(&row.rate).is_none() {
            faults.add(&format!("{at}/rate"), "A rate is more than 0, at most 1,000,000, with at most six places: 0.92.");
        }
    }
    if let Some(rounding) = &rules.rounding {
        if !(1..=1_000_000_000).contains(&rounding.to_minor) {
            faults.add("/rules/rounding/to_minor", "Prices end on multiples of an amount above 0.");
        }
        if way(&rounding.way).is_none() {
            faults.add("/rules/rounding/way", "Prices are rounded nearest, up or down.");
        }
    }
}

/// Millionths.
fn rate(text: &str) -> Option<i64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > 7 || part.len() > 6 {
        return None;
    }
    let millionths = whole.parse::<i64>().ok()? * 1_000_000 + format!("{part:0<6}").parse::<i64>().ok()?;
    (1..=1_000_000_000_000).contains(&millionths).then_some(millionths)
}

fn way(name: &str) -> Option<Way> {
    match name {
        "nearest" => Some(Way::Nearest),
        "up" => Some(Way::Up),
        "down" => Some(Way::Down),
        _ => None,
    }
}

/// What rows may name: price lines, and nests, whose elements are priced by their own product.
pub(super) fn lines(product: &CompiledProduct) -> Vec<(String, String)> {
    let own = product.price_lines.iter().map(|l| (l.id.clone(), l.label.clone()));
    own.chain(product.nests.iter().map(|n| (n.id.clone(), n.group.clone()))).collect()
}

fn line_ids(product: &CompiledProduct) -> impl Iterator<Item = &str> {
    product.price_lines.iter().map(|l| l.id.as_str()).chain(product.nests.iter().map(|n| n.id.as_str()))
}

/// Grades of a product and of those nested in it: model number, letter, price.
pub(super) fn graded(product: &CompiledProduct) -> Vec<(&str, &str, i64)> {
    let own = product.grades.iter().map(|(letter, price)| (product.sku.as_str(), letter.as_str(), *price));
    own.chain(product.nests.iter().flat_map(|n| graded(&n.product))).collect()
}

/// A product under a list.
fn under(name: &str, currency: &str, starts: Date, rules: &PriceRules, product: &CompiledProduct, pieces: u32) -> Result<CompiledProduct, String> {
    let exchange = exchange(rules, currency, &product.currency)?;
    let base = line_terms(name, &exchange, best(rules, product, ""))?;
    let mut lines = BTreeMap::new();
    for id in line_ids(product) {
        let own = line_terms(name, &exchange, best(rules, product, id))?;
        if own != base {
            lines.insert(id.to_owned(), own);
        }
    }
    let terms = Terms {
        list: name.to_owned(),
        since: day_text(starts),
        lines,
        others: base,
        breaks: breaks(&rules.breaks, &product.sku),
        rounding: rules.rounding.as_ref().and_then(|r| {
            let way = way(&r.way)?;
            let how = match way {
                Way::Nearest => "to the nearest",
                Way::Up => "up to",
                Way::Down => "down to",
            };
            Some(Rounding { to: r.to_minor, way, words: format!("{how} {}", format_money(currency, r.to_minor)) })
        }),
        pieces: product::Pieces::new(pieces),
    };
    let grades = rules.grades.iter().map(|g| ((g.sku.clone(), g.grade.clone()), g.price_minor)).collect();
    Ok(product::terms::under(product, currency, terms, &grades))
}

/// What one minor unit of the product's currency is in the list's: a fraction, and how the rate is written.
struct Exchange {
    num: i64,
    den: i64,
    words: Option<String>,
}

fn exchange(rules: &PriceRules, to: &str, from: &str) -> Result<Exchange, String> {
    if to == from {
        return Ok(Exchange { num: 1, den: 1, words: None });
    }
    let row: &RateRow = rules.rates.iter().rev().find(|r| r.from == from).ok_or_else(|| format!("The list has no rate for {from}."))?;
    let millionths = rate(&row.rate).ok_or_else(|| format!("The rate for {from} can't be read."))?;
    let scale = |currency: &str| 10_i64.pow(minor_digits(currency));
    let (num, den) = reduced(i128::from(millionths) * i128::from(scale(to)), 1_000_000 * i128::from(scale(from)))?;
    Ok(Exchange { num, den, words: Some(format!("× {}", row.rate.trim())) })
}

/// A fraction in lowest terms.
fn reduced(num: i128, den: i128) -> Result<(i64, i64), String> {
    let (mut a, mut b) = (num.abs(), den.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let by = a.max(1);
    match (i64::try_from(num / by), i64::try_from(den / by)) {
        (Ok(num), Ok(den)) => Ok((num, den)),
        _ => Err("Rate and percentage together are too exact.".to_owned()),
    }
}

/// The row that holds for a line; of all lines together when `line` is empty.
fn best<'a>(rules: &'a PriceRules, product: &CompiledProduct, line: &str) -> Option<&'a PriceRow> {
    let fits = |r: &&PriceRow| (r.sku.is_empty() || r.sku == product.sku) && (r.line.is_empty() || r.line == line);
    // `max_by_key` gives the last of equals.
    rules.changes.iter().filter(fits).max_by_key(|r| (u8::from(!r.sku.is_empty()) * 2) + u8::from(!r.line.is_empty()))
}

fn line_terms(list: &str, exchange: &Exchange, row: Option<&PriceRow>) -> Result<LineTerms, String> {
    if let Some(amount) = row.and_then(|r| r.amount_minor) {
        return Ok(LineTerms { change: Change::Fixed(amount), words: format!("as listed in {list}") });
    }
    let points = row.and_then(|r| r.percent).and_then(basis_points).unwrap_or(0);
    let (num, den) = reduced(i128::from(exchange.num) * i128::from(10_000 + points), i128::from(exchange.den) * 10_000)?;
    let percent = (points != 0).then(|| format!("{}{} %", if points < 0 { "−" } else { "+" }, product::terms::percent(points)));
    let said: Vec<String> = exchange.words.clone().into_iter().chain(percent).collect();
    let words = if said.is_empty() { String::new() } else { format!("{} ({list})", said.join(", ")) };
    Ok(LineTerms { change: Change::Factor { num, den }, words })
}

fn breaks(rows: &[BreakRow], sku: &str) -> Vec<VolumeBreak> {
    let own = if rows.iter().any(|b| b.sku == sku) { sku } else { "" };
    let taken = rows.iter().filter(|b| b.sku == own);
    let mut breaks: Vec<VolumeBreak> =
        taken.filter_map(|b| Some(VolumeBreak { from: b.from, basis_points: u32::try_from(basis_points(b.percent)?).ok()? })).collect();
    breaks.sort_by_key(|b| b.from);
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_percentages_are_exact() {
        for (text, millionths) in [
            ("0.92", Some(920_000)),
            ("1", Some(1_000_000)),
            ("151.2345", Some(151_234_500)),
            ("0.000001", Some(1)),
            ("0", None),
            ("0.0000001", None),
            ("-1", None),
            ("1e3", None),
            (".5", None),
            ("1000000.5", None),
        ] {
            assert_eq!(rate(text), millionths, "{text}");
        }
        assert_eq!([12.5, -12.34, 0.001, f64::NAN].map(basis_points), [Some(1_250), Some(-1_234), None, None]);
    }

    #[test]
    fn a_rate_minds_the_digits_of_both_currencies() {
        let rules = PriceRules { rates: vec![RateRow { from: "USD".into(), rate: "150".into() }], ..PriceRules::default() };
        let yen = exchange(&rules, "JPY", "USD").expect("a rate");
        assert_eq!((yen.num, yen.den), (3, 2), "100 cents are 150 yen");
        assert!(exchange(&rules, "EUR", "GBP").is_err());
    }

    #[test]
    fn breaks_of_a_product_take_the_place_of_the_general_ones() {
        let row = |sku: &str, from, percent| BreakRow { sku: sku.into(), from, percent };
        let rows = [row("", 50, 8.0), row("", 10, 5.0), row("DESK", 4, 2.5)];
        let froms = |sku: &str| breaks(&rows, sku).into_iter().map(|b| (b.from, b.basis_points)).collect::<Vec<_>>();
        assert_eq!(froms("DESK"), [(4, 250)]);
        assert_eq!(froms("SOFA"), [(10, 500), (50, 800)]);
    }
}
