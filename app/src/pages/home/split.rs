//! The figure of the landing page: one floor, drawn on the left, furnished on the right, with a handle between.

use leptos::{ev, html::Div, prelude::*};
use ui::Erase;
use ui::{Glyph, Icon};

/// Drag the handle, or use the arrow keys. Without script it stands at its first place.
#[component]
pub fn Split() -> impl IntoView {
    let figure = NodeRef::<Div>::new();
    let at = RwSignal::new(None::<f64>);
    let dragging = RwSignal::new(false);
    let set = move |percent: f64| at.set(Some(percent.clamp(4.0, 96.0)));
    let from_pointer = move |ev: &ev::PointerEvent| {
        let rect = figure.get_untracked()?.get_bounding_client_rect();
        (rect.width() > 0.0).then(|| (f64::from(ev.client_x()) - rect.left()) / rect.width() * 100.0)
    };
    let down = move |ev: ev::PointerEvent| {
        if let Some(el) = figure.get_untracked() {
            el.set_pointer_capture(ev.pointer_id()).ok();
        }
        dragging.set(true);
    };
    let moved = move |ev: ev::PointerEvent| {
        if dragging.get_untracked()
            && let Some(p) = from_pointer(&ev)
        {
            set(p)
        }
    };
    let keydown = move |ev: ev::KeyboardEvent| {
        let now = at.get_untracked().unwrap_or(49.5);
        let by = if ev.shift_key() { 10.0 } else { 2.0 };
        let to = match ev.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now - by,
            "ArrowRight" | "ArrowUp" => now + by,
            "Home" => 4.0,
            "End" => 96.0,
            _ => return,
        };
        ev.prevent_default();
        set(to);
    };
    view! {
        <div class="fig" node_ref=figure style=move || at.get().map(|p| format!("--x:{p:.1}%")) data-dragging=move || dragging.get().then_some("")
            on:pointermove=moved on:pointerup=move |_| dragging.set(false) on:pointercancel=move |_| dragging.set(false)>
            <img class="lineart ln" src="/img/hero-line.webp" alt="" width="1600" height="1040" fetchpriority="high"/>
            <img class="rd day" src="/img/hero.webp" alt="An office floor: on the left as a line drawing, on the right furnished with desks, meeting rooms, lounge and pantry" width="1600" height="1040" fetchpriority="high"/>
            <img class="rd dusk" src="/img/hero-dusk.webp" alt="" width="1600" height="1040" loading="lazy"/>
            <span class="cut"><b role="slider" tabindex="0" aria-label="Drawn to furnished" aria-valuemin="0" aria-valuemax="100"
                aria-valuenow=move || at.get().unwrap_or(49.5).round() aria-valuetext=move || format!("{:.0} percent drawn", at.get().unwrap_or(49.5)) on:pointerdown=down on:keydown=keydown><Icon glyph=Glyph::Columns2 size="s"/></b></span>
            <span class="tag a" aria-hidden="true">"Drawn"</span><span class="tag b" aria-hidden="true">"Furnished"</span>
        </div>
    }
    .erase()
}
