//! What a price list makes of a product's own prices: other amounts and percentages per line, another currency, volume breaks, a rounding rule.
//!
//! Everything is integer arithmetic: percentages are basis points, rates are fractions. So the amounts are what a person gets on paper.

use crate::compiled::CompiledProduct;
use crate::expr::EvalError;
use crate::price::{PriceBreakdown, PricedLine};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Terms of one price list for one product. The order is fixed: each line is changed and rounded to minor units, then the volume break takes its part
/// of the sum, then the sum is rounded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Terms {
    /// Name of the list, for people.
    pub list: String,
    /// First day on which it holds (`2026-11-21`).
    pub since: String,
    /// By id of a price line, or of a nest for what its elements cost.
    pub lines: BTreeMap<String, LineTerms>,
    /// Of all other lines.
    pub others: LineTerms,
    /// Ascending by `from`.
    pub breaks: Vec<VolumeBreak>,
    /// Of the price of one piece.
    pub rounding: Option<Rounding>,
    /// How many pieces are bought together.
    pub pieces: Pieces,
}

/// A number of pieces that changes while everything else stays: whoever configures tries what more of them cost, and a product is too large to be
/// copied for that.
#[derive(Debug, Default)]
pub struct Pieces(AtomicU32);

impl Pieces {
    /// So many; 0 counts as 1.
    #[must_use]
    pub fn new(pieces: u32) -> Self {
        Self(AtomicU32::new(pieces))
    }

    /// How many, at least one.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.load(Relaxed).max(1)
    }
}

impl Clone for Pieces {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

impl PartialEq for Pieces {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

/// What becomes of a line's amount, and how that is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineTerms {
    /// The change.
    pub change: Change,
    /// Words for people, beside the line's own formula; empty when nothing changes.
    pub words: String,
}

/// A change of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Times `num / den`; `den` > 0.
    Factor {
        /// Numerator.
        num: i64,
        /// Denominator.
        den: i64,
    },
    /// This amount instead, minor units.
    Fixed(i64),
}

impl Default for Change {
    fn default() -> Self {
        Self::Factor { num: 1, den: 1 }
    }
}

/// So much off from a number of pieces on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeBreak {
    /// Pieces.
    pub from: u32,
    /// Hundredths of a percent that are taken off.
    pub basis_points: u32,
}

/// Prices end on multiples of an amount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rounding {
    /// The amount, minor units, > 0.
    pub to: i64,
    /// Which way.
    pub way: Way,
    /// The same for people.
    pub words: String,
}

/// Which way a price is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Way {
    #[default]
    Nearest,
    Up,
    Down,
}

/// Terms in JSON: list, since, lines (id, or nothing for all others; numerator; denominator, or 0 for a fixed amount; words), breaks, rounding (amount, 0 for
/// none; way; words), pieces. Browsers read it, and a reader of tuples is a third of the code that one of structures is.
type Wire = (String, String, Vec<(String, i64, i64, String)>, Vec<(u32, u32)>, (i64, u8, String), u32);

impl From<Terms> for Wire {
    fn from(t: Terms) -> Self {
        let line = |id: String, line: LineTerms| match line.change {
            Change::Factor { num, den } => (id, num, den, line.words),
            Change::Fixed(amount) => (id, amount, 0, line.words),
        };
        let mut lines = vec![line(String::new(), t.others)];
        lines.extend(t.lines.into_iter().map(|(id, terms)| line(id, terms)));
        let breaks = t.breaks.iter().map(|b| (b.from, b.basis_points)).collect();
        let rounding = t.rounding.map_or((0, 0, String::new()), |r| (r.to, r.way as u8, r.words));
        (t.list, t.since, lines, breaks, rounding, t.pieces.get())
    }
}

impl From<Wire> for Terms {
    fn from((list, since, wire, breaks, (to, way, round), pieces): Wire) -> Self {
        let (mut lines, mut others) = (BTreeMap::new(), LineTerms::default());
        for (id, num, den, words) in wire {
            let terms = LineTerms { change: if den > 0 { Change::Factor { num, den } } else { Change::Fixed(num) }, words };
            if id.is_empty() { others = terms } else { drop(lines.insert(id, terms)) }
        }
        let way = match way {
            1 => Way::Up,
            2 => Way::Down,
            _ => Way::Nearest,
        };
        let breaks = breaks.into_iter().map(|(from, basis_points)| VolumeBreak { from, basis_points }).collect();
        Self { list, since, lines, others, breaks, rounding: (to > 0).then_some(Rounding { to, way, words: round }), pieces: Pieces::new(pieces) }
    }
}

/// Product under a price list: its currency, its terms, other prices of grades (by model number, own or nested, and letter; minor units of the product's own
/// currency). Its presets are priced anew.
#[must_use]
pub fn under(product: &CompiledProduct, currency: &str, terms: Terms, grades: &BTreeMap<(String, String), i64>) -> CompiledProduct {
    fn regrade(product: &mut CompiledProduct, grades: &BTreeMap<(String, String), i64>) {
        for (letter, price) in &mut product.grades {
            if let Some(other) = grades.get(&(product.sku.clone(), letter.clone())) {
                *price = *other;
            }
        }
        for nest in &mut product.nests {
            regrade(&mut nest.product, grades);
        }
    }
    let mut priced = product.clone();
    regrade(&mut priced, grades);
    currency.clone_into(&mut priced.currency);
    priced.terms = Some(terms);
    let totals: Vec<Option<i64>> =
        priced.presets.iter().map(|p| crate::price(&priced, &crate::complete(&priced, &p.values).values).ok().map(|p| p.total)).collect();
    for (preset, total) in priced.presets.iter_mut().zip(totals) {
        preset.total = total.unwrap_or(preset.total);
    }
    priced
}

/// Prices of one piece by the number of pieces from which they hold, the first from 1; empty without volume breaks. `lines`: the present breakdown.
#[must_use]
pub fn tiers(product: &CompiledProduct, lines: &[PricedLine]) -> Vec<(u32, i64)> {
    let Some(terms) = product.terms.as_ref().filter(|t| !t.breaks.is_empty()) else { return Vec::new() };
    let sum: i64 = lines.iter().filter(|l| l.id != VOLUME && l.id != ROUNDING).map(|l| l.amount).sum();
    let froms = std::iter::once(1).chain(terms.breaks.iter().map(|b| b.from));
    froms.filter_map(|from| terms.end(sum, from).ok().map(|(off, rounding)| (from, sum - off + rounding))).collect()
}

/// Ids of the lines at the end of a price.
const VOLUME: &str = "list.volume";
const ROUNDING: &str = "list.rounding";

/// `amount × num / den`, half away from zero; `None` beyond what fits.
#[must_use]
pub fn scaled(amount: i64, num: i64, den: i64) -> Option<i64> {
    let den = i128::from(den);
    if den <= 0 {
        return None;
    }
    let product = i128::from(amount).checked_mul(i128::from(num))?;
    let half = if product < 0 { -(den / 2) } else { den / 2 };
    i64::try_from((product + half) / den).ok()
}

impl LineTerms {
    fn of(&self, amount: i64) -> Result<i64, EvalError> {
        match self.change {
            Change::Factor { num, den } => scaled(amount, num, den).ok_or(EvalError::NotFinite),
            Change::Fixed(amount) => Ok(amount),
        }
    }
}

impl Terms {
    fn line(&self, id: &str) -> &LineTerms {
        self.lines.get(id).unwrap_or(&self.others)
    }

    /// The break that holds for so many pieces.
    #[must_use]
    pub fn volume(&self, pieces: u32) -> Option<VolumeBreak> {
        self.breaks.iter().rev().find(|b| b.from <= pieces).copied()
    }

    /// So many pieces from now on; whether that changes the price of one.
    pub fn buy(&self, pieces: u32) -> bool {
        let before = self.volume(self.pieces.get());
        self.pieces.0.store(pieces, Relaxed);
        before != self.volume(pieces)
    }

    /// What the break takes off a sum, and what rounding then adds.
    fn end(&self, sum: i64, pieces: u32) -> Result<(i64, i64), EvalError> {
        let off = match self.volume(pieces) {
            Some(b) => scaled(sum, i64::from(b.basis_points), 10_000).ok_or(EvalError::NotFinite)?,
            None => 0,
        };
        let left = sum.checked_sub(off).ok_or(EvalError::NotFinite)?;
        let rounded = self.rounding.as_ref().map_or(Some(left), |r| r.of(left)).ok_or(EvalError::NotFinite)?;
        Ok((off, rounded - left))
    }
}

impl Rounding {
    /// `None` beyond what fits. What costs something goes on costing something.
    fn of(&self, amount: i64) -> Option<i64> {
        if self.to <= 0 {
            return Some(amount);
        }
        let down = amount.div_euclid(self.to).checked_mul(self.to)?;
        let up = if down == amount { amount } else { down.checked_add(self.to)? };
        let near = if amount - down < up - amount { down } else { up };
        let chosen = match self.way {
            Way::Nearest => near,
            Way::Up => up,
            Way::Down => down,
        };
        Some(if chosen == 0 && amount > 0 { up } else { chosen })
    }
}

/// Amount of a line, or of one element of a nest, under the product's terms. Keeps order: a larger amount never becomes the smaller one.
///
/// # Errors
/// [`EvalError::NotFinite`] beyond what fits.
pub fn changed(product: &CompiledProduct, id: &str, amount: i64) -> Result<i64, EvalError> {
    product.terms.as_ref().map_or(Ok(amount), |t| t.line(id).of(amount))
}

/// The rule of a line with what the list does to it.
pub(crate) fn rule(product: &CompiledProduct, id: &str, own: &str) -> String {
    match product.terms.as_ref().map(|t| t.line(id).words.as_str()) {
        Some(words) if !words.is_empty() => format!("{own} · {words}"),
        _ => own.to_owned(),
    }
}

/// A sum of changed lines with volume break and rounding. Keeps order.
///
/// # Errors
/// [`EvalError::NotFinite`] beyond what fits.
pub fn ended(product: &CompiledProduct, sum: i64) -> Result<i64, EvalError> {
    let Some(terms) = &product.terms else { return Ok(sum) };
    let (off, rounding) = terms.end(sum, terms.pieces.get())?;
    Ok(sum - off + rounding)
}

/// The same as lines of a breakdown.
pub(crate) fn end(product: &CompiledProduct, breakdown: &mut PriceBreakdown) -> Result<(), EvalError> {
    let Some(terms) = &product.terms else { return Ok(()) };
    let (off, rounding) = terms.end(breakdown.total, terms.pieces.get())?;
    let volume = terms.volume(terms.pieces.get()).map(|b| {
        let percent = percent(i64::from(b.basis_points));
        PricedLine { id: VOLUME.to_owned(), label: format!("{} or more", b.from), amount: -off, rule: format!("−{percent} % · {}", terms.list) }
    });
    let round = terms.rounding.as_ref().map(|r| {
        let rule = format!("{} · {}", r.words, terms.list);
        PricedLine { id: ROUNDING.to_owned(), label: "Rounding".to_owned(), amount: rounding, rule }
    });
    for line in volume.into_iter().chain(round).filter(|l| l.amount != 0) {
        breakdown.total += line.amount;
        breakdown.lines.push(line);
    }
    Ok(())
}

/// Basis points as a percentage: `1250` → `12.5`.
#[must_use]
pub fn percent(basis_points: i64) -> String {
    let (whole, part) = (basis_points.abs() / 100, basis_points.abs() % 100);
    match part {
        0 => whole.to_string(),
        p if p % 10 == 0 => format!("{whole}.{}", p / 10),
        p => format!("{whole}.{p:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_half_away_from_zero_and_never_wraps() {
        for (amount, num, den, expected) in [
            (49_900, 885, 1_000, Some(44_162)),
            (-49_900, 885, 1_000, Some(-44_162)),
            (1, 1, 2, Some(1)),
            (1, 1, 3, Some(0)),
            (7, 0, 3, Some(0)),
            (i64::MAX, 2, 1, None),
            (i64::MIN, 1, 1, Some(i64::MIN)),
            (5, 1, 0, None),
        ] {
            assert_eq!(scaled(amount, num, den), expected, "{amount} × {num} / {den}");
        }
    }

    #[test]
    fn the_rounding_rule_ends_prices_where_it_says() {
        let to = |to, way, amount| Rounding { to, way, words: String::new() }.of(amount);
        assert_eq!(to(500, Way::Nearest, 12_340), Some(12_500));
        assert_eq!(to(500, Way::Nearest, 12_249), Some(12_000));
        assert_eq!(to(500, Way::Nearest, 12_250), Some(12_500), "a half goes up");
        assert_eq!(to(500, Way::Up, 12_001), Some(12_500));
        assert_eq!(to(500, Way::Down, 12_499), Some(12_000));
        assert_eq!(to(500, Way::Down, 12_500), Some(12_500));
        assert_eq!(to(100_000, Way::Down, 300), Some(100_000), "nothing becomes free by rounding");
        assert_eq!(to(500, Way::Up, i64::MAX), None);
    }

    #[test]
    fn the_break_is_the_last_one_reached() {
        let breaks = vec![VolumeBreak { from: 10, basis_points: 500 }, VolumeBreak { from: 25, basis_points: 800 }];
        let terms = Terms { breaks, ..Terms::default() };
        assert_eq!([0, 1, 9, 10, 24, 25, 1_000].map(|n| terms.volume(n).map(|b| b.from)), [None, None, None, Some(10), Some(10), Some(25), Some(25)]);
        assert_eq!([9, 10, 24, 25, 1].map(|n| terms.buy(n)), [false, true, false, true, true]);
        let terms = Terms { rounding: Some(Rounding { to: 100, ..Rounding::default() }), ..terms };
        assert_eq!(terms.end(142_778, 30), Ok((11_422, 44)), "8 % off 1,427.78 is 1,313.56, so 1,314.00");
    }

    #[test]
    fn terms_come_back_from_json() {
        let factor = |num, den| LineTerms { change: Change::Factor { num, den }, words: "−12 % (List)".to_owned() };
        let terms = Terms {
            list: "List".to_owned(),
            since: "2026-01-01".to_owned(),
            lines: [("frame".to_owned(), LineTerms { change: Change::Fixed(44_400), words: "as listed".to_owned() }), ("top".to_owned(), factor(3, 2))].into(),
            others: factor(22, 25),
            breaks: vec![VolumeBreak { from: 10, basis_points: 500 }],
            rounding: Some(Rounding { to: 500, way: Way::Down, words: "down to $5.00".to_owned() }),
            pieces: Pieces::new(12),
        };
        for terms in [terms, Terms { pieces: Pieces::new(1), ..Terms::default() }] {
            let text = serde_json::to_string(&terms).expect("JSON");
            assert_eq!(serde_json::from_str::<Terms>(&text).expect("read back"), terms, "{text}");
        }
    }

    #[test]
    fn percentages_read_like_percentages() {
        assert_eq!([0, 500, 1_250, 1_205, -875].map(percent), ["0", "5", "12.5", "12.05", "8.75"].map(str::to_owned));
    }
}
