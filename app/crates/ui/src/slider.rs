//! A slider over a range of lengths or numbers.

use crate::Erase;
use leptos::{ev, html::Div, prelude::*};

/// Labelled stops for a range: at most `most` of them, on multiples of a round distance.
#[must_use]
pub fn stops(min: f64, max: f64, step: f64, most: usize) -> Vec<f64> {
    if !(max > min && step > 0.0) || most < 2 {
        return vec![min];
    }
    let fits = |every: &f64| (max - min) / every <= (most - 1) as f64;
    let tens = std::iter::successors(Some(step), |s| Some(s * 10.0)).take(9);
    let every = tens.flat_map(|s| [1.0, 2.0, 4.0, 5.0].map(|k| s * k)).find(fits).unwrap_or(max - min);
    let count = ((max - min) / every).floor() as usize;
    let mut out: Vec<f64> = (0..=count).map(|i| min + every * i as f64).collect();
    // The end is always named; a stop that would touch it gives way.
    if let Some(last) = out.last().copied()
        && max - last > 1e-6
    {
        if max - last < every * 0.6 && out.len() > 1 {
            out.pop();
        }
        out.push(max);
    }
    out
}

/// A slider with a square thumb. Always put a typed field beside it. Blocked ranges are hatched; a value that is wanted but does not go is a dashed
/// ghost. Arrows are one step, with Shift or Page keys ten, Home and End the limits.
#[component]
pub fn Slider(
    /// Accessible name.
    #[prop(into)]
    label: String,
    /// Value.
    #[prop(into)]
    value: Signal<f64>,
    /// Least.
    min: f64,
    /// Most.
    max: f64,
    /// One step.
    step: f64,
    /// Labelled stops; empty = chosen by [`stops`].
    #[prop(optional)]
    labelled: Vec<f64>,
    /// Ranges that do not go (`from`, `to`).
    #[prop(optional, into)]
    blocked: Signal<Vec<(f64, f64)>>,
    /// Wanted but not possible.
    #[prop(optional, into)]
    wanted: Signal<Option<f64>>,
    /// Words for a value (`1800 mm`).
    #[prop(optional, into)]
    format: Option<Callback<f64, String>>,
    /// While dragging and on every key.
    #[prop(into)]
    on_input: Callback<f64>,
    /// When a drag ends or a key was pressed.
    #[prop(optional, into)]
    on_change: Option<Callback<f64>>,
) -> impl IntoView {
    let root = NodeRef::<Div>::new();
    let dragging = RwSignal::new(false);
    let span = if max > min { max - min } else { 1.0 };
    let percent = move |v: f64| ((v - min) / span * 100.0).clamp(0.0, 100.0);
    let words = move |v: f64| format.map_or_else(|| crate::length::format_length(v, crate::Units::Mm), |f| f.run(v));
    let snap = move |v: f64| (((v - min) / step).round() * step + min).clamp(min, max);
    let from_pointer = move |ev: &ev::PointerEvent| {
        let rect = root.get_untracked()?.get_bounding_client_rect();
        (rect.width() > 0.0).then(|| snap(min + (f64::from(ev.client_x()) - rect.left()) / rect.width() * span))
    };
    let down = move |ev: ev::PointerEvent| {
        if ev.button() != 0 {
            return;
        }
        if let Some(el) = root.get_untracked() {
            el.set_pointer_capture(ev.pointer_id()).ok();
        }
        dragging.set(true);
        if let Some(v) = from_pointer(&ev) {
            on_input.run(v)
        }
    };
    let moved = move |ev: ev::PointerEvent| {
        if dragging.get_untracked()
            && let Some(v) = from_pointer(&ev)
            && (v - value.get_untracked()).abs() > 1e-9
        {
            on_input.run(v)
        }
    };
    let up = move |_: ev::PointerEvent| {
        if dragging.get_untracked() {
            dragging.set(false);
            if let Some(f) = on_change {
                f.run(value.get_untracked())
            }
        }
    };
    let keydown = move |ev: ev::KeyboardEvent| {
        let v = value.get_untracked();
        let by = if ev.shift_key() { step * 10.0 } else { step };
        let to = match ev.key().as_str() {
            "ArrowRight" | "ArrowUp" => v + by,
            "ArrowLeft" | "ArrowDown" => v - by,
            "PageUp" => v + step * 10.0,
            "PageDown" => v - step * 10.0,
            "Home" => min,
            "End" => max,
            _ => return,
        };
        ev.prevent_default();
        let to = snap(to);
        on_input.run(to);
        if let Some(f) = on_change {
            f.run(to)
        }
    };
    let named = if labelled.is_empty() { stops(min, max, step, 8) } else { labelled };
    let steps = (span / step).round() as usize;
    let minor: Vec<f64> =
        if steps <= 60 { (0..=steps).map(|i| min + step * i as f64).filter(|v| !named.iter().any(|n| (n - v).abs() < 1e-6)).collect() } else { Vec::new() };
    view! {
        <div class="slider" node_ref=root on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=up>
            <div class="track"></div>
            <div class="fill" style:width=move || format!("{}%", percent(value.get()))></div>
            {move || blocked.get().into_iter().map(|(a, b)| {
                let (from, to) = (percent(a.max(min)), percent(b.min(max)));
                let side = if b >= max { "high" } else { "low" };
                view! { <div class="no" data-side=side style:left=format!("{from}%") style:width=format!("{}%", (to - from).max(0.4))></div> }
            }).collect_view()}
            {minor.into_iter().map(|v| view! { <i style:left=format!("{}%", percent(v))></i> }).collect_view()}
            {named.iter().map(|v| view! { <i data-stop="" style:left=format!("{}%", percent(*v))></i> }).collect_view()}
            {named.iter().map(|v| { let v = *v; view! { <span class="stop" style:left=format!("{}%", percent(v))>{move || words(v)}</span> } }).collect_view()}
            {move || wanted.get().map(|v| view! { <div class="ghost" style:left=format!("{}%", percent(v))></div> })}
            <div class="thumb" role="slider" tabindex="0" aria-label=label aria-valuemin=min aria-valuemax=max aria-valuenow=move || value.get()
                aria-valuetext=move || words(value.get()) style:left=move || format!("{}%", percent(value.get())) on:keydown=keydown></div>
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::stops;

    #[test]
    fn stops_are_few_round_and_end_at_the_limits() {
        assert_eq!(stops(1000.0, 2400.0, 50.0, 8), [1000.0, 1200.0, 1400.0, 1600.0, 1800.0, 2000.0, 2200.0, 2400.0]);
        for (min, max, step) in [(300.0, 1200.0, 50.0), (0.0, 7.0, 1.0), (650.0, 1250.0, 10.0), (5.0, 5.0, 1.0)] {
            let s = stops(min, max, step, 8);
            assert!(s.len() <= 8 && (s[0] - min).abs() < 1e-9 && (s[s.len() - 1] - max).abs() < 1e-9, "{s:?}");
        }
    }
}
