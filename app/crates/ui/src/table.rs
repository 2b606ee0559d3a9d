//! Tables: keys along a column.

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// ↑ and ↓ on a link or button of a table go to the one in the same column of the next row that has one; Home and End to the first and last row.
/// Fields keep their keys. Listens on the table.
pub fn column_keys(ev: ev::KeyboardEvent) {
    let on = ev.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()).filter(|e| matches!(e.tag_name().as_str(), "A" | "BUTTON" | "SUMMARY"));
    let Some(cell) = on.as_ref().and_then(|e| e.closest("td").ok().flatten()) else { return };
    let (column, Some(row)) = (place(&cell), cell.parent_element()) else { return };
    let from_end = |last: bool| row.parent_element().and_then(|body| if last { body.last_element_child() } else { body.first_element_child() });
    let (start, down) = match ev.key().as_str() {
        "ArrowDown" => (row.next_element_sibling(), true),
        "ArrowUp" => (row.previous_element_sibling(), false),
        "Home" => (from_end(false), true),
        "End" => (from_end(true), false),
        _ => return,
    };
    ev.prevent_default();
    let step = |row: &Element| if down { row.next_element_sibling() } else { row.previous_element_sibling() };
    let there = std::iter::successors(start, step).find_map(|row| {
        let cell = std::iter::successors(row.first_element_child(), Element::next_element_sibling).nth(column)?;
        cell.query_selector("a[href], button, summary").ok().flatten()?.dyn_into::<HtmlElement>().ok()
    });
    if let Some(there) = there {
        let _ = there.focus();
    }
}

/// How many cells stand before this one.
fn place(cell: &Element) -> usize {
    std::iter::successors(cell.previous_element_sibling(), Element::previous_element_sibling).count()
}
