//! The fronts of a nest's elements as a grid of buttons: what it shows, and its HTML. Plain text instead of views: sixty cells that change one by
//! one cost the page a few hundred bytes of code this way, and keep the focus.

use super::super::state::Picked;
use super::super::swatch::colour;
use crate::pages::configure::engine::Shown;
use product::nested::{Face, faces, grid};
use product::{Choice, CompiledProduct, Nest};
use std::fmt::Write;
use ui::escape;

/// One cell, as drawn and as spoken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    pub words: String,
    pub drawing: String,
    pub view_box: String,
    pub conflict: bool,
    pub picked: bool,
    /// Where Tab arrives.
    pub stop: bool,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Front {
    pub columns: usize,
    pub cells: Vec<Cell>,
    /// Where Shift begins from.
    pub anchor: usize,
}

impl Front {
    /// As things stand.
    pub fn new(product: &CompiledProduct, nest: &Nest, shown: &Shown, picked: Option<&Picked>) -> Self {
        let (columns, rows) = grid(product, &shown.values, nest);
        let refused: Vec<&str> = shown.blocked.iter().filter(|b| b.chosen).map(|b| b.option.as_str()).collect();
        let picked = picked.filter(|p| p.nest == nest.id).map_or(&[][..], |p| &p.elements);
        // The upper left one, unless something is picked.
        let stop = picked.first().copied().unwrap_or(rows.saturating_sub(1) * columns);
        let cell = |(i, face): (usize, &Face)| {
            let prefix = format!("{}/{i}/", nest.id);
            Cell {
                words: words(nest, face),
                drawing: drawing(product, face),
                view_box: format!("0 0 {} {}", face.size_mm[0], face.size_mm[2]),
                conflict: refused.iter().any(|option| option.starts_with(&prefix)),
                picked: picked.contains(&i),
                stop: stop == i,
            }
        };
        Self { columns, anchor: 0, cells: faces(product, &shown.values, nest).iter().enumerate().map(cell).collect() }
    }

    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    /// Name of a cell for a screen reader.
    pub fn name(&self, i: usize) -> String {
        let columns = self.columns.max(1);
        let words = self.cells.get(i).map_or("", |c| c.words.as_str());
        format!("Column {}, row {}: {words}", i % columns + 1, i / columns + 1)
    }

    /// The buttons, the highest row first.
    pub fn html(&self) -> String {
        let places = (0..self.rows()).rev().flat_map(|row| (0..self.columns).map(move |column| row * self.columns + column));
        places.fold(String::new(), |mut html, i| {
            let Some(cell) = self.cells.get(i) else { return html };
            let flag = |on: bool| if on { " data-conflict=\"\"" } else { "" };
            let _ = write!(
                html,
                "<button type=\"button\" role=\"option\" data-at=\"{i}\" aria-selected=\"{}\" tabindex=\"{}\" aria-label=\"{}\"{}><svg viewBox=\"{}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{}</svg></button>",
                cell.picked,
                if cell.stop { 0 } else { -1 },
                escape(&self.name(i)),
                flag(cell.conflict),
                cell.view_box,
                cell.drawing,
            );
            html
        })
    }
}

/// `Door, Moss`: the label, and the name of a material that its parts show and that is a choice there.
fn words(nest: &Nest, face: &Face) -> String {
    let shown = |choice: &&Choice| choice.material.as_ref().is_some_and(|m| face.parts.iter().any(|p| p.material == *m));
    let finishes = nest.product.options.iter().filter(|o| !nest.passes(&o.id)).filter_map(|o| o.choices.iter().find(shown));
    finishes.fold(face.label.clone(), |words, choice| format!("{words}, {}", choice.label))
}

/// The parts seen from the front, far ones first.
fn drawing(product: &CompiledProduct, face: &Face) -> String {
    let mut parts: Vec<&product::Part> = Vec::with_capacity(face.parts.len());
    for part in &face.parts {
        let at = parts.partition_point(|before| before.at_mm[1] >= part.at_mm[1]);
        parts.insert(at, part);
    }
    let height = face.size_mm[2];
    parts.iter().fold(String::new(), |mut svg, part| {
        let ([x, _, z], [w, _, h]) = (part.at_mm, part.size_mm);
        let fill = product.materials.get(&part.material).map(colour).unwrap_or_default();
        let round = if matches!(part.shape, product::Shape::Cylinder { axis: 'y', .. }) { w / 2.0 } else { 0.0 };
        let _ = write!(svg, "<rect x=\"{x}\" y=\"{}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\" fill=\"{fill}\"/>", height - z - h);
        svg
    })
}

/// Where a key moves to, or what it picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    To(usize),
    All,
}

/// Rows grow upwards, as they stand.
pub(super) fn step(key: &str, command: bool, at: usize, (columns, rows): (usize, usize)) -> Option<Step> {
    let (column, row) = (at % columns.max(1), at / columns.max(1));
    let to = |column: usize, row: usize| Some(Step::To(row * columns + column));
    match key {
        "a" | "A" if command => Some(Step::All),
        "ArrowLeft" => to(column.saturating_sub(1), row),
        "ArrowRight" => to((column + 1).min(columns.saturating_sub(1)), row),
        "ArrowUp" => to(column, (row + 1).min(rows.saturating_sub(1))),
        "ArrowDown" => to(column, row.saturating_sub(1)),
        "Home" => to(0, row),
        "End" => to(columns.saturating_sub(1), row),
        _ => None,
    }
}

/// All elements in the rectangle between two, row by row.
pub(super) fn between(a: usize, b: usize, columns: usize) -> Vec<usize> {
    let columns = columns.max(1);
    let sorted = |a: usize, b: usize| a.min(b)..=a.max(b);
    let (rows, sides) = (sorted(a / columns, b / columns), sorted(a % columns, b % columns));
    rows.flat_map(|r| sides.clone().map(move |c| r * columns + c)).collect()
}

/// What a button beside the grid picks, given what is picked: whole columns, rows, everything or nothing. The first stays the first, since the
/// questions are asked in its name.
pub(super) fn more(which: &str, picked: &[usize], (columns, rows): (usize, usize)) -> Vec<usize> {
    let wanted = |i: usize| match which {
        "column" => picked.iter().any(|p| p % columns == i % columns),
        "row" => picked.iter().any(|p| p / columns == i / columns),
        _ => which == "all",
    };
    let all = (0..columns * rows).filter(|i| wanted(*i));
    match picked.first() {
        Some(first) if which != "none" => std::iter::once(*first).chain(all.filter(|i| i != first)).collect(),
        _ => all.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Front, Step, between, more, step};

    #[test]
    fn keys_walk_the_grid_as_it_stands_and_stay_inside() {
        let at = |key: &str, from: usize| step(key, false, from, (6, 5));
        assert_eq!(at("ArrowUp", 0), Some(Step::To(6)), "the row above stands higher");
        assert_eq!(at("ArrowUp", 25), Some(Step::To(25)));
        assert_eq!(at("ArrowDown", 3), Some(Step::To(3)));
        assert_eq!(at("ArrowLeft", 6), Some(Step::To(6)));
        assert_eq!(at("End", 7), Some(Step::To(11)));
        assert_eq!(step("a", true, 7, (6, 5)), Some(Step::All));
        assert_eq!(at("a", 7), None);
    }

    #[test]
    fn rectangles_rows_and_columns_are_picked() {
        assert_eq!(between(1, 8, 6), [1, 2, 7, 8]);
        assert_eq!(between(8, 1, 6), [1, 2, 7, 8]);
        assert_eq!(between(4, 4, 6), [4]);
        assert_eq!(more("row", &[8], (6, 2)), [8, 6, 7, 9, 10, 11]);
        assert_eq!(more("column", &[8], (6, 2)), [8, 2]);
        assert_eq!(more("all", &[3], (2, 2)), [3, 0, 1, 2]);
        assert!(more("none", &[3], (2, 2)).is_empty());
    }

    #[test]
    fn the_highest_row_comes_first_and_words_are_escaped() {
        let cell = |words: &str| Cell { words: words.into(), ..Cell::default() };
        let front = Front { columns: 2, cells: ["a", "b", "<c>", "d"].map(cell).to_vec(), anchor: 0 };
        let html = front.html();
        assert!(html.starts_with("<button type=\"button\" role=\"option\" data-at=\"2\"") && html.contains("Column 1, row 2: &lt;c&gt;"), "{html}");
    }
}
