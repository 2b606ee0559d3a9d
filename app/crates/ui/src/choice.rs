//! Choices side by side: segmented control and swatches. Both are radio groups: one tab stop, arrows move.

use crate::Erase;
use crate::field::SearchField;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// An answer of a [`Segmented`] control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegOption {
    /// Value.
    pub value: String,
    /// Words.
    pub label: String,
    /// Price line (`included`, `+$44.10`); the control is 46 px high when any answer has one.
    pub price: Option<String>,
    /// Does not go with the other choices: red diagonal, still pressable.
    pub blocked: bool,
}

/// Two to five answers. `on_change` hears every press, of blocked answers too (open *Why not* for those); arrows choose what is not blocked and only
/// move the focus over what is.
#[component]
pub fn Segmented(
    /// Accessible name.
    #[prop(into)]
    label: String,
    /// Answers.
    #[prop(into)]
    options: Signal<Vec<SegOption>>,
    /// Chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// 24 px high.
    #[prop(optional)]
    small: bool,
    /// Id of the group, so that causes can jump here.
    #[prop(optional, into)]
    id: Option<String>,
    /// A press.
    #[prop(into)]
    on_change: Callback<String>,
) -> impl IntoView {
    let prices = move || options.with(|o| o.iter().any(|o| o.price.is_some())).then_some("");
    let blocked = move |v: &str| options.with_untracked(|o| o.iter().any(|o| o.value == v && o.blocked));
    view! {
        <div class="seg" role="radiogroup" aria-label=label id=id data-size=small.then_some("s") data-prices=prices
            on:keydown=move |ev| roving(&ev, "[role=radio]", &|v| if !blocked(&v) { on_change.run(v) })>
            {move || options.get().into_iter().enumerate().map(|(i, o)| {
                let (v, w, p) = (o.value.clone(), o.value.clone(), o.value.clone());
                let first = i == 0;
                view! {
                    <button type="button" role="radio" data-value=o.value data-blocked=o.blocked.then_some("true")
                        aria-checked=move || if value.with(|x| *x == v) { "true" } else { "false" }
                        tabindex=move || if value.with(|x| *x == w) || (first && options.with(|os| !os.iter().any(|o| value.with(|x| *x == o.value)))) { "0" } else { "-1" }
                        on:click=move |_| on_change.run(p.clone())>
                        <span>{o.label}</span>
                        {o.blocked.then(|| view! { <span class="sr">", does not go with the other choices"</span> })}
                        {o.price.map(|p| view! { <span class="opt-price">{p}</span> })}
                    </button>
                }
            }).collect_view()}
        </div>
    }
    .erase()
}

/// A material, colour or fabric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swatch {
    /// Value.
    pub value: String,
    /// Words.
    pub name: String,
    /// Price line.
    pub price: Option<String>,
    /// CSS colour (`#c8a06a`), from the product's data.
    pub color: String,
    /// Picture over the colour.
    pub texture: Option<String>,
    /// Does not go with the other choices: hatched corner, still pressable.
    pub blocked: bool,
    /// Price group; chips above filter by it when there are several.
    pub grade: Option<String>,
}

/// Swatches, six in a row; over eighteen with a search.
#[component]
pub fn SwatchPicker(
    /// Accessible name.
    #[prop(into)]
    label: String,
    /// Swatches.
    #[prop(into)]
    options: Signal<Vec<Swatch>>,
    /// Chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Id of the group, so that causes can jump here.
    #[prop(optional, into)]
    id: Option<String>,
    /// A press, of blocked swatches too.
    #[prop(into)]
    on_change: Callback<String>,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let blocked = move |v: &str| options.with_untracked(|o| o.iter().any(|o| o.value == v && o.blocked));
    let many = Memo::new(move |_| options.with(|o| o.len() > 18));
    let shown = move || {
        let words = search.get().to_lowercase();
        options
            .get()
            .into_iter()
            .filter(|o| words.is_empty() || o.name.to_lowercase().contains(&words) || o.grade.as_deref().is_some_and(|g| g.to_lowercase() == words))
            .collect::<Vec<_>>()
    };
    let search_name = format!("{}-search", id.as_deref().unwrap_or("swatches"));
    view! {
        {move || many.get().then(|| view! { <div class="mb-3"><SearchField label="Search name or grade" name=search_name.clone() on_input=move |t| search.set(t)/></div> })}
        <div class="swatches" role="radiogroup" aria-label=label id=id on:keydown=move |ev| roving(&ev, "[role=radio]", &|v| if !blocked(&v) { on_change.run(v) })>
            {move || shown().into_iter().enumerate().map(|(i, o)| {
                let (v, w, p) = (o.value.clone(), o.value.clone(), o.value.clone());
                let first = i == 0;
                let paint = match &o.texture { Some(url) => format!("background:{} url('{url}') center/cover", o.color), None => format!("background:{}", o.color) };
                view! {
                    <button type="button" role="radio" data-value=o.value data-blocked=o.blocked.then_some("true")
                        aria-checked=move || if value.with(|x| *x == v) { "true" } else { "false" }
                        tabindex=move || if value.with(|x| *x == w) || (first && options.with(|os| !os.iter().any(|o| value.with(|x| *x == o.value)))) { "0" } else { "-1" }
                        on:click=move |_| on_change.run(p.clone())>
                        <span class="frame"><span class="c block" style=paint></span></span>
                        <span class="cap">{o.name}{o.blocked.then(|| view! { <span class="sr">", does not go with the other choices"</span> })}{o.price.map(|p| view! { <b>{p}</b> })}</span>
                    </button>
                }
            }).collect_view()}
        </div>
    }
    .erase()
}

/// Arrow keys inside a radio group: moves the focus among its `items` (a selector) and hands over the `data-value` of the one reached. Does nothing
/// while the focus is elsewhere.
pub fn roving(ev: &ev::KeyboardEvent, items: &str, choose: &dyn Fn(String)) {
    let by = match ev.key().as_str() {
        "ArrowRight" | "ArrowDown" => 1,
        "ArrowLeft" | "ArrowUp" => -1,
        "Home" => i32::MIN,
        "End" => i32::MAX,
        _ => return,
    };
    let Some(group) = ev.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
    let Ok(items) = group.query_selector_all(items) else { return };
    let here = document().active_element();
    let count = i32::try_from(items.length()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let Some(at) = (0..count).find(|i| items.get(*i as u32).as_ref() == here.as_ref().map(AsRef::<web_sys::Node>::as_ref)) else { return };
    let to = match by {
        i32::MIN => 0,
        i32::MAX => count - 1,
        by => (at + by).rem_euclid(count),
    };
    ev.prevent_default();
    if let Some(target) = items.get(to as u32).and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok()) {
        let value = target.get_attribute("data-value").unwrap_or_default();
        target.focus().ok();
        choose(value);
    }
}
