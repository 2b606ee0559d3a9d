//! Icons and the mark.

use crate::Erase;
use crate::icons::Glyph;
use leptos::prelude::*;

/// A lucide icon, 16 px (`size`: `"s"` 14, `"l"` 18), in the colour of the text. Decorative: put a word beside it, or an `aria-label` on its button.
#[component]
pub fn Icon(
    /// Which.
    glyph: Glyph,
    /// `"s"`, `"m"` or `"l"`.
    #[prop(default = "m")]
    size: &'static str,
) -> impl IntoView {
    view! { <svg class="ic" data-size=size viewBox="0 0 24 24" aria-hidden="true" inner_html=glyph.shape()></svg> }
}

/// The mark: a door swing in plan.
#[component]
pub fn Mark(
    /// Edge in px.
    #[prop(default = 20)]
    size: u8,
) -> impl IntoView {
    view! {
        <svg width=size height=size viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor"
            inner_html=r#"<path d="M0 17.5h4M16 17.5h4" stroke-width="3"/><path d="M4.9 19V4.6" stroke-width="1.8"/><path d="M4.9 5.2A12 12 0 0 1 16.4 17"/>"#></svg>
    }
    .erase()
}

/// Mark and name, as a link home.
#[component]
pub fn Logo(
    /// Edge of the mark in px.
    #[prop(default = 20)]
    size: u8,
) -> impl IntoView {
    view! { <a class="logo" href="/" aria-label="Fitout"><Mark size/><span>"Fitout"</span></a> }
}
