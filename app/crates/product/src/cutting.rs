//! Boards onto sheets: a plan that a panel saw can follow, every cut from edge to edge (guillotine).
//!
//! Free rectangles are kept and split as in Jylänki, "A Thousand Ways to Pack the Bin" (2010), section 4; several orders of the pieces, ways
//! to choose a place and ways to split are tried, and the plan with the fewest sheets and then the largest single offcut wins. All lengths
//! are whole tenths of a millimetre inside, so that every machine finds the same plan.

use crate::bom::BomLine;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What boards are cut from, millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stock {
    /// Length of a sheet; the grain runs along it.
    pub length: f64,
    /// Width of a sheet.
    pub width: f64,
    /// Cut off all round before the first piece.
    pub trim: f64,
    /// Width of the saw's cut.
    pub kerf: f64,
}

impl Default for Stock {
    /// The common European size for coated chipboard.
    fn default() -> Self {
        Self { length: 2800.0, width: 2070.0, trim: 10.0, kerf: 4.0 }
    }
}

/// One board on a sheet, millimetres from the sheet's corner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// Article.
    pub sku: String,
    /// Words for people.
    pub name: String,
    /// Along the sheet and across it.
    pub at: [f64; 2],
    /// Size along the sheet and across it.
    pub size: [f64; 2],
    /// Its length lies across the sheet.
    pub turned: bool,
}

/// Sheets of one material and thickness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CuttingPlan {
    /// Name of the material in the product definition.
    pub material: String,
    /// Thickness, millimetres.
    pub thickness: f64,
    /// The sheets, each with its boards.
    pub sheets: Vec<Vec<Placed>>,
    /// Boards larger than a sheet: `(name, length, width)`.
    pub too_large: Vec<(String, f64, f64)>,
    /// Share of the sheets' area that is no board, 0–1.
    pub waste: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rect {
    x: i64,
    y: i64,
    w: i64,
    h: i64,
}

#[derive(Clone, Debug)]
struct Piece<'a> {
    line: &'a BomLine,
    w: i64,
    h: i64,
    turnable: bool,
}

/// How a place is chosen: the tightest by area, by the shorter or by the longer side that is left.
#[derive(Clone, Copy, Debug)]
enum Choose {
    Area,
    Short,
    Long,
}

/// Which of the two cuts comes first: so that the shorter or the longer rest is cut through.
#[derive(Clone, Copy, Debug)]
enum Split {
    Shorter,
    Longer,
}

type Spot = (usize, Rect, bool);

/// Plans all boards of a bill of materials, one plan per material and thickness, in order of their first board.
#[must_use]
pub fn cutting_plans(bom: &[BomLine], stock: &Stock) -> Vec<CuttingPlan> {
    let mut groups: Vec<(&str, f64, Vec<Piece<'_>>)> = Vec::new();
    for line in bom {
        let Some(cut) = &line.cut else { continue };
        let piece = Piece { line, w: tenths(cut.length), h: tenths(cut.width), turnable: cut.grain == "none" };
        let group = match groups.iter().position(|(m, t, _)| *m == line.material && tenths(*t) == tenths(cut.thickness)) {
            Some(i) => &mut groups[i],
            None => {
                groups.push((&line.material, cut.thickness, Vec::new()));
                let last = groups.len() - 1;
                &mut groups[last]
            }
        };
        group.2.extend(std::iter::repeat_n(piece, line.quantity as usize));
    }
    groups.into_iter().map(|(material, thickness, pieces)| plan(material, thickness, pieces, stock)).collect()
}

/// What comes first when pieces are sorted, the largest first.
type Order = fn(&Piece<'_>) -> (i64, i64);
/// Sheets, then the largest offcut: the lower the better.
type Merit = (usize, Reverse<i64>);

fn plan(material: &str, thickness: f64, pieces: Vec<Piece<'_>>, stock: &Stock) -> CuttingPlan {
    let sheet = Rect { x: 0, y: 0, w: tenths(stock.length - 2.0 * stock.trim), h: tenths(stock.width - 2.0 * stock.trim) };
    let kerf = tenths(stock.kerf);
    let fits = |p: &Piece<'_>| (p.w <= sheet.w && p.h <= sheet.h) || (p.turnable && p.h <= sheet.w && p.w <= sheet.h);
    let (pieces, large): (Vec<_>, Vec<_>) = pieces.into_iter().partition(fits);
    let orders: [Order; 4] = [|p| (p.w * p.h, p.w), |p| (p.w.max(p.h), p.w.min(p.h)), |p| (p.w.min(p.h), p.w.max(p.h)), |p| (p.h, p.w)];
    let mut best: Option<(Merit, Vec<Vec<Spot>>)> = None;
    for order in orders {
        let mut sorted: Vec<usize> = (0..pieces.len()).collect();
        sorted.sort_by_key(|i| Reverse(order(&pieces[*i])));
        for choose in [Choose::Area, Choose::Short, Choose::Long] {
            for split in [Split::Shorter, Split::Longer] {
                let (sheets, offcut) = pack(&pieces, &sorted, sheet, kerf, choose, split);
                let merit = (sheets.len(), Reverse(offcut));
                if best.as_ref().is_none_or(|(b, _)| merit < *b) {
                    best = Some((merit, sheets));
                }
            }
        }
    }
    let sheets = best.map(|(_, sheets)| sheets).unwrap_or_default();
    let used: i64 = sheets.iter().flatten().map(|(_, r, _)| r.w * r.h).sum();
    let area = tenths(stock.length) * tenths(stock.width) * i64::try_from(sheets.len()).unwrap_or(i64::MAX);
    let trim = stock.trim;
    CuttingPlan {
        material: material.to_owned(),
        thickness,
        too_large: large.iter().map(|p| (p.line.name.clone(), millimetres(p.w), millimetres(p.h))).collect(),
        #[allow(clippy::cast_precision_loss)] // Areas of a few thousand sheets are exact.
        waste: if area > 0 { 1.0 - used as f64 / area as f64 } else { 0.0 },
        sheets: sheets
            .into_iter()
            .map(|spots| {
                let placed = |(i, r, turned): Spot| {
                    let line = pieces[i].line;
                    let at = [millimetres(r.x) + trim, millimetres(r.y) + trim];
                    Placed { sku: line.sku.clone(), name: line.name.clone(), at, size: [millimetres(r.w), millimetres(r.h)], turned }
                };
                spots.into_iter().map(placed).collect()
            })
            .collect(),
    }
}

/// Sheets with their pieces, and the area of the largest rest.
fn pack(pieces: &[Piece<'_>], order: &[usize], sheet: Rect, kerf: i64, choose: Choose, split: Split) -> (Vec<Vec<Spot>>, i64) {
    let mut sheets: Vec<Vec<Spot>> = Vec::new();
    let mut free: Vec<(usize, Rect)> = Vec::new();
    for &i in order {
        let piece = &pieces[i];
        let ways: &[bool] = if piece.turnable && piece.w != piece.h { &[false, true] } else { &[false] };
        let size = |turned: bool| if turned { (piece.h, piece.w) } else { (piece.w, piece.h) };
        let find = |free: &[(usize, Rect)]| {
            let all = free.iter().enumerate().flat_map(|(k, (on, r))| ways.iter().map(move |turned| (k, *on, *r, *turned)));
            all.filter(|(_, _, r, turned)| size(*turned).0 <= r.w && size(*turned).1 <= r.h).min_by_key(|(k, on, r, turned)| {
                let (w, h) = size(*turned);
                let (a, b) = (r.w - w, r.h - h);
                let tight = match choose {
                    Choose::Area => r.w * r.h - w * h,
                    Choose::Short => a.min(b),
                    Choose::Long => a.max(b),
                };
                // The first sheets are filled first.
                (*on, tight, a.min(b), *k)
            })
        };
        let (k, on, rest, turned) = match find(&free) {
            Some(found) => found,
            None => {
                free.push((sheets.len(), sheet));
                sheets.push(Vec::new());
                match find(&free) {
                    Some(found) => found,
                    None => continue,
                }
            }
        };
        free.swap_remove(k);
        let (w, h) = size(turned);
        sheets[on].push((i, Rect { x: rest.x, y: rest.y, w, h }, turned));
        // What is left beside and above, less the saw's cut; one of the two takes the corner.
        let (right, above) = (rest.w - w - kerf, rest.h - h - kerf);
        let through = match split {
            Split::Shorter => right <= above,
            Split::Longer => right > above,
        };
        let (beside, over) = if through { (h, rest.w) } else { (rest.h, w) };
        if right > 0 {
            free.push((on, Rect { x: rest.x + w + kerf, y: rest.y, w: right, h: beside }));
        }
        if above > 0 {
            free.push((on, Rect { x: rest.x, y: rest.y + h + kerf, w: over, h: above }));
        }
    }
    let largest = free.iter().map(|(_, r)| r.w * r.h).max().unwrap_or(0);
    (sheets, largest)
}

/// Material and thickness → metres of edge banding, by the words that the boards give it.
#[must_use]
pub fn edge_lengths(bom: &[BomLine]) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for line in bom {
        let Some(cut) = line.cut.as_ref().filter(|c| !c.edges.is_empty()) else { continue };
        let Some((tape, sides)) = cut.edges.split_once(", ") else { continue };
        let each = match sides {
            "all round" => 2.0 * (cut.length + cut.width),
            "front and bottom" => cut.length + cut.width,
            "front and sides" | "front, sides" => cut.length + 2.0 * cut.width,
            _ => cut.length,
        };
        *all.entry(tape.to_owned()).or_insert(0.0) += each * f64::from(line.quantity) / 1000.0;
    }
    all
}

#[allow(clippy::cast_possible_truncation)] // Lengths are at most 100 m.
fn tenths(mm: f64) -> i64 {
    libm::round(mm * 10.0) as i64
}

#[allow(clippy::cast_precision_loss)]
fn millimetres(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::{Stock, cutting_plans};
    use crate::bom::{BomLine, Cut};

    fn board(name: &str, quantity: u32, [length, width]: [f64; 2], grain: bool) -> BomLine {
        let cut = Cut { length, width, thickness: 18.0, edges: String::new(), grain: if grain { "length" } else { "none" }.into() };
        BomLine { sku: name.to_uppercase(), name: name.into(), quantity, unit: "pcs".into(), material: "oak".into(), cut: Some(cut) }
    }

    /// A small generator, so that every run sees the same boards.
    fn dice(state: &mut u64, sides: u32) -> u32 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(*state >> 33).expect("31 bits") % sides
    }

    #[test]
    fn every_board_lies_on_a_sheet_a_cut_apart_and_along_its_grain() {
        let stock = Stock::default();
        let mut state = 7;
        for round in 0..40 {
            let boards: Vec<BomLine> = (0..1 + dice(&mut state, 20))
                .map(|i| {
                    let size = [f64::from(60 + dice(&mut state, 2_000)), f64::from(60 + dice(&mut state, 900))];
                    board(&format!("b{i}"), 1 + dice(&mut state, 6), size, dice(&mut state, 2) == 0)
                })
                .collect();
            let plans = cutting_plans(&boards, &stock);
            let plan = plans.first().expect("one material, one plan");
            assert!(plan.too_large.is_empty());
            let placed: usize = plan.sheets.iter().map(Vec::len).sum();
            assert_eq!(placed, boards.iter().map(|b| b.quantity as usize).sum::<usize>(), "round {round}");
            for sheet in &plan.sheets {
                for (i, a) in sheet.iter().enumerate() {
                    let line = boards.iter().find(|b| b.name == a.name).expect("known");
                    let cut = line.cut.as_ref().expect("a board");
                    assert!(!(a.turned && cut.grain == "length"), "grain");
                    assert_eq!(if a.turned { [cut.width, cut.length] } else { [cut.length, cut.width] }, a.size);
                    assert!(a.at[0] >= stock.trim && a.at[0] + a.size[0] <= stock.length - stock.trim + 1e-9);
                    assert!(a.at[1] >= stock.trim && a.at[1] + a.size[1] <= stock.width - stock.trim + 1e-9);
                    for b in sheet.iter().skip(i + 1) {
                        let apart = |k: usize| a.at[k] + a.size[k] + stock.kerf <= b.at[k] + 1e-9 || b.at[k] + b.size[k] + stock.kerf <= a.at[k] + 1e-9;
                        assert!(apart(0) || apart(1), "round {round}: {a:?} {b:?}");
                    }
                }
            }
            let area: f64 = boards.iter().filter_map(|b| b.cut.as_ref().map(|c| f64::from(b.quantity) * c.length * c.width)).sum();
            let whole = stock.length * stock.width * plan.sheets.len() as f64;
            assert!((plan.waste - (1.0 - area / whole)).abs() < 1e-9);
            assert!(plan.sheets.len() as f64 <= (2.2 * area / (stock.length * stock.width)).ceil() + 1.0, "round {round}: {} sheets", plan.sheets.len());
        }
    }

    #[test]
    fn what_fits_exactly_is_cut_without_a_rest_and_what_is_too_large_is_named() {
        let stock = Stock { length: 1000.0, width: 500.0, trim: 0.0, kerf: 0.0 };
        let plans = cutting_plans(&[board("quarter", 8, [500.0, 250.0], false), board("door", 1, [1200.0, 300.0], false)], &stock);
        assert_eq!((plans[0].sheets.len(), plans[0].too_large.len()), (2, 1));
        assert!(plans[0].waste.abs() < 1e-9);
        // Along the grain it does not fit; turned it would.
        let plans = cutting_plans(&[board("side", 1, [400.0, 700.0], true), board("back", 1, [400.0, 700.0], false)], &stock);
        assert_eq!((plans[0].sheets.len(), &plans[0].too_large[0].0), (1, &"side".to_owned()));
    }
}
