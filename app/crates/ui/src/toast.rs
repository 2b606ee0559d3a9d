//! Toasts: one line and one action, bottom left, six seconds, longer while looked at.
//!
//! Made by hand rather than as a view: they exist in the browser only, and every page can say something.

use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::Element;

/// Shows a line. Browser only.
pub fn toast(text: &str) {
    push(text, None);
}

/// Shows a line with one action (`Undo`). Browser only.
pub fn toast_with(text: &str, action: &str, run: Callback<()>) {
    push(text, Some((action, run)));
}

fn push(text: &str, action: Option<(&str, Callback<()>)>) -> Option<()> {
    let list = document().query_selector(".toasts").ok()??;
    let line = element("div", "toast")?;
    let words = element("span", "")?;
    words.set_text_content(Some(text));
    line.append_child(&words).ok()?;
    if let Some((word, run)) = action {
        let button = element("button", "btn")?;
        for (name, value) in [("type", "button"), ("data-kind", "ghost"), ("data-size", "s")] {
            button.set_attribute(name, value).ok()?;
        }
        button.set_text_content(Some(word));
        let shown = line.clone();
        let press = Closure::once_into_js(move || {
            shown.remove();
            // The page that made the action may be gone by now.
            let _ = run.try_run(());
        });
        button.add_event_listener_with_callback("click", press.unchecked_ref()).ok()?;
        line.append_child(&button).ok()?;
    }
    list.append_child(&line).ok()?;
    expire(line);
    Some(())
}

fn element(tag: &str, class: &str) -> Option<Element> {
    let element = document().create_element(tag).ok()?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    Some(element)
}

/// Takes the line away after six seconds; after six more while it is looked at or has the focus.
fn expire(line: Element) {
    set_timeout(move || if line.matches(":hover, :focus-within").unwrap_or(false) { expire(line) } else { line.remove() }, Duration::from_secs(6));
}

/// Where toasts appear; once, at the root. Screen readers hear what is added.
#[component]
pub fn Toaster() -> impl IntoView {
    view! { <div class="toasts" role="status"></div> }
}
