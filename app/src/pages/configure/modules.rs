//! The elements of a nest: their fronts as a grid to pick from, and the questions about those that are picked.

mod front;

use super::panel::questions;
use super::state::{Config, Picked};
use front::{Front, Step, between, more, step};
use leptos::{ev, html, prelude::*};
use product::{Nest, OptionDef};
use ui::Erase;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Pressed by hand (`data-pick`); they look like [`ui::Button`].
const MORE: &str = concat!(
    "<button type=\"button\" class=\"btn\" data-kind=\"second\" data-size=\"s\" data-pick=\"column\">Column</button>",
    "<button type=\"button\" class=\"btn\" data-kind=\"second\" data-size=\"s\" data-pick=\"row\">Row</button>",
    "<button type=\"button\" class=\"btn\" data-kind=\"second\" data-size=\"s\" data-pick=\"all\">All</button>",
    "<button type=\"button\" class=\"btn\" data-kind=\"second\" data-size=\"s\" data-pick=\"none\">None</button>"
);

/// Grid and questions of the nest at this place.
#[component]
pub fn Modules(config: Config, nest: usize) -> impl IntoView {
    let engine = config.engine();
    let Some(def) = engine.product.nests.get(nest) else { return ().erase() };
    let (title, name) = (def.group.clone(), def.group.clone());
    let state = move || {
        // Drawing sixty fronts takes longer than showing the change they follow from.
        let (engine, shown, picked) = (config.engine(), config.after.get(), config.picked.get());
        engine.product.nests.get(nest).map(|def| Front::new(&engine.product, def, &shown, picked.as_ref())).unwrap_or_default()
    };
    let begun = untrack(state);
    let (html, columns) = (begun.html(), begun.columns);
    let node = NodeRef::<html::Div>::new();
    // What the page shows; the first is the server's.
    let drawn = StoredValue::new(begun);
    let (count, words) = drawn.with_value(told);
    let (count, words) = (RwSignal::new(count), RwSignal::new(words));
    let pick = move |elements: Vec<usize>| {
        if let Some(def) = config.engine().product.nests.get(nest) {
            config.pick(Some(Picked { nest: def.id.clone(), elements }));
        }
    };
    let picked = move || config.picked.with_untracked(|p| p.as_ref().map(|p| p.elements.clone()).unwrap_or_default());
    Effect::new(move |_| {
        let new = state();
        let Some(grid) = node.get() else { return };
        let (told_count, told_words) = told(&new);
        drawn.update_value(|old| {
            draw(&grid, old, &new);
            *old = Front { anchor: old.anchor, ..new };
        });
        count.set(told_count);
        words.set(told_words);
    });
    let anchor = move |i: usize| drawn.update_value(|f| f.anchor = i);
    let up_to = move |i: usize| pick(drawn.with_value(|f| between(f.anchor, i, f.columns)));
    let size = move || drawn.with_value(|f| (f.columns, f.rows()));
    let press = move |ev: ev::MouseEvent| {
        let Some(i) = place(ev.target()) else { return };
        let now = picked();
        if ev.shift_key() {
            return up_to(i);
        }
        anchor(i);
        if ev.ctrl_key() || ev.meta_key() {
            pick(if now.contains(&i) { now.into_iter().filter(|n| *n != i).collect() } else { [now, vec![i]].concat() });
        } else {
            pick(if now == [i] { Vec::new() } else { vec![i] });
        }
    };
    let keydown = move |ev: ev::KeyboardEvent| {
        let Some(at) = place(ev.target()) else { return };
        let (columns, rows) = size();
        let Some(step) = step(&ev.key(), ev.ctrl_key() || ev.meta_key(), at, (columns, rows)) else { return };
        ev.prevent_default();
        ev.stop_propagation();
        match step {
            Step::All => pick((0..columns * rows).collect()),
            Step::To(next) => {
                if let Some(cell) = node.get_untracked().and_then(|grid| cell(&grid, next)).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                    let _ = cell.focus();
                }
                if ev.shift_key() {
                    up_to(next);
                } else {
                    anchor(next);
                }
            }
        }
    };
    let beside = move |ev: ev::MouseEvent| {
        if let Some(which) = attribute(ev.target(), "data-pick") {
            pick(more(&which, &picked(), size()));
        }
    };
    let none = move || config.picked.with(Option::is_none);
    let asked = move || {
        let first = config.picked.with(|p| p.as_ref().and_then(|p| p.elements.first().copied()));
        first.and_then(|i| Some(questions(config, asked(config.engine().product.nests.get(nest)?, i)))).unwrap_or_default().erase()
    };
    view! {
        <section class="sect modules" aria-label=name>
            <header><h3>{title}</h3><span class="lab" role="status">{count}</span></header>
            <div class="cells" role="listbox" aria-multiselectable="true" aria-label="Openings, the lowest row at the foot" style=format!("--columns:{columns}")
                node_ref=node inner_html=html on:click=press on:keydown=keydown></div>
            <p class="hint" role="status">{words}</p>
            <div class="several" role="group" aria-label="Pick more" hidden=none inner_html=MORE on:click=beside></div>
            <div class="of-picked">{asked}</div>
        </section>
    }
    .erase()
}

/// The count beside the heading, and what there is to say.
fn told(front: &Front) -> (String, String) {
    let (all, some) = (front.cells.len(), front.cells.iter().filter(|c| c.picked).count());
    let conflicts = front.cells.iter().filter(|c| c.conflict).count();
    let count = if some == 0 { [&all.to_string(), " openings"].concat() } else { [&some.to_string(), " of ", &all.to_string(), " picked"].concat() };
    let words = match (conflicts, some) {
        (0, 0) => "Pick an opening to say what it holds. With Shift or Ctrl you pick several.".to_owned(),
        (0, _) => String::new(),
        (1, _) => "In one opening the choices do not go together; it is marked.".to_owned(),
        (n, _) => ["In ", &n.to_string(), " openings the choices do not go together; they are marked."].concat(),
    };
    (count, words)
}

/// The questions about element `i`: the options that are its own, under their full names.
fn asked(nest: &Nest, i: usize) -> Vec<OptionDef> {
    let own = nest.product.options.iter().filter(|o| !nest.passes(&o.id));
    own.map(|o| OptionDef { id: format!("{}/{i}/{}", nest.id, o.id), ..o.clone() }).collect()
}

fn attribute(target: Option<web_sys::EventTarget>, name: &str) -> Option<String> {
    target?.dyn_into::<Element>().ok()?.closest(&["[", name, "]"].concat()).ok()??.get_attribute(name)
}

fn place(target: Option<web_sys::EventTarget>) -> Option<usize> {
    attribute(target, "data-at")?.parse().ok()
}

fn cell(grid: &Element, i: usize) -> Option<Element> {
    grid.query_selector(&format!("[data-at=\"{i}\"]")).ok()?
}

/// Brings the page from one state to the next: only what changed, so that the focus stays.
fn draw(grid: &HtmlElement, old: &Front, new: &Front) {
    if (old.columns, old.cells.len()) != (new.columns, new.cells.len()) {
        let _ = grid.style().set_property("--columns", &new.columns.to_string());
        grid.set_inner_html(&new.html());
        return;
    }
    for (i, (before, now)) in old.cells.iter().zip(&new.cells).enumerate().filter(|(_, (a, b))| a != b) {
        let Some(button) = cell(grid, i) else { continue };
        let set = |name: &str, value: &str| drop(button.set_attribute(name, value));
        set("aria-selected", if now.picked { "true" } else { "false" });
        set("tabindex", if now.stop { "0" } else { "-1" });
        set("aria-label", &new.name(i));
        let _ = button.toggle_attribute_with_force("data-conflict", now.conflict);
        if (&before.drawing, &before.view_box) != (&now.drawing, &now.view_box)
            && let Some(svg) = button.first_element_child()
        {
            let _ = svg.set_attribute("viewBox", &now.view_box);
            svg.set_inner_html(&now.drawing);
        }
    }
}
