//! The definition as text, with numbered lines.

use super::Draft;
use leptos::{html, prelude::*};
use ui::Erase;
use wasm_bindgen::JsCast;

const ID: &str = "definition-text";

#[component]
pub fn Text(draft: Draft) -> impl IntoView {
    let gutter = NodeRef::<html::Pre>::new();
    let numbers = move || {
        let lines = draft.text.with(|t| t.lines().count());
        let mut out = String::with_capacity(lines * 4);
        for n in 1..=lines {
            out.push_str(&n.to_string());
            out.push('\n');
        }
        out
    };
    let scroll = move |_| {
        if let (Some(gutter), Some(text)) = (gutter.get_untracked(), area()) {
            gutter.set_scroll_top(text.scroll_top());
        }
    };
    view! {
        <div class="sh"><h2><label for=ID>"Definition"</label></h2><span class="lab">"JSON"</span></div>
        <div class="code">
            <pre aria-hidden="true" node_ref=gutter>{numbers}</pre>
            <textarea id=ID name="text" rows="24" wrap="off" spellcheck="false" autocomplete="off" autocapitalize="off"
                prop:value=move || draft.text.get() on:scroll=scroll on:input=move |ev| draft.write(event_target_value(&ev))>{draft.text.get_untracked()}</textarea>
        </div>
    }
    .erase()
}

fn area() -> Option<web_sys::HtmlTextAreaElement> {
    document().get_element_by_id(ID)?.dyn_into().ok()
}

/// Puts the caret at a line, from 1, and shows it.
pub fn go_to(line: u32) {
    let Some(area) = area() else { return };
    let text = area.value();
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(|l| l.encode_utf16().count()).sum();
    let length = text.lines().nth(line.saturating_sub(1) as usize).map_or(0, |l| l.encode_utf16().count());
    let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    area.focus().ok();
    area.set_selection_range(at(before), at(before + length)).ok();
    let lines = i32::try_from(text.lines().count().max(1)).unwrap_or(i32::MAX);
    area.set_scroll_top(area.scroll_height() / lines * i32::try_from(line.saturating_sub(4)).unwrap_or(0));
}
