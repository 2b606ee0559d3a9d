//! Dialog, tooltip.

use crate::Erase;
use crate::{
    button::{Button, Kind},
    icons::Glyph,
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// Whether an event was aimed at the element itself, not at a child.
pub(crate) fn on_itself(ev: &ev::MouseEvent, el: &web_sys::Node) -> bool {
    ev.target().is_some_and(|t| el.is_same_node(t.dyn_ref::<web_sys::Node>()))
}

/// A modal dialog on the browser's own element: focus is kept inside and given back, Escape closes.
#[component]
pub fn Dialog(
    /// Title.
    #[prop(into)]
    title: String,
    /// One sentence.
    #[prop(optional, into)]
    text: Option<String>,
    /// Open or not.
    open: RwSignal<bool>,
    /// 640 px instead of 480.
    #[prop(optional)]
    wide: bool,
    /// Fields, then a `<div class="acts">` with the actions, the main one last.
    children: crate::KidsFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        if let Some(el) = node.get() {
            if wanted && !el.open() {
                el.show_modal().ok();
                // Whoever opened this types on at once. In a frame of another site browsers refuse `autofocus`, so a field that must be filled does as well.
                if let Some(first) = el.query_selector("[autofocus],[required]").ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                    first.focus().ok();
                }
            } else if !wanted && el.open() {
                el.close();
            }
        }
    });
    let backdrop = move |ev: ev::MouseEvent| {
        // A press on the scrim hits the element itself, never a child.
        if let Some(el) = node.get_untracked()
            && on_itself(&ev, &el)
        {
            open.set(false)
        }
    };
    let children = StoredValue::new(children);
    let name = title.clone();
    view! {
        <dialog class="dialog" data-wide=wide.then_some("") node_ref=node aria-label=name on:close=move |_| open.set(false) on:click=backdrop>
            <div class="in">
                <header>
                    <h2>{title}</h2>
                    <Button kind=Kind::Ghost icon=Glyph::X icon_only=true on_press=move |()| open.set(false)>"Close"</Button>
                </header>
                {text.map(|t| view! { <p class="muted">{t}</p> })}
                {move || open.get().then(|| children.with_value(crate::KidsFn::run))}
            </div>
        </dialog>
    }
    .erase()
}

/// Name (and key) of what is inside, after 400 ms or on focus. The inside carries its own accessible name; this is for the eye.
#[component]
pub fn Tooltip(
    /// Name, or why it can't be used.
    #[prop(into)]
    text: Signal<String>,
    /// Key.
    #[prop(optional)]
    key: &'static str,
    /// Above instead of below.
    #[prop(optional)]
    above: bool,
    /// The control.
    children: crate::Kids,
) -> impl IntoView {
    view! {
        <span class="tip" data-above=above.then_some("")>
            {children.run()}
            <span class="bubble" aria-hidden="true">{move || text.get()}{(!key.is_empty()).then(|| view! { <kbd>{key}</kbd> })}</span>
        </span>
    }
    .erase()
}
