//! Fields: text, search, length with unit, select, tick box.

use crate::Erase;
use crate::{
    escape,
    icon::Icon,
    icons::Glyph,
    length::{Units, format_length, parse_length},
};
use leptos::{ev, prelude::*};

/// A labelled text field. Server-rendered and submitted by its form like any input; an error is tied to it and keeps the value.
#[component]
pub fn Field(
    /// Label, always visible.
    #[prop(into)]
    label: String,
    /// `name` in the form; also the id.
    #[prop(into)]
    name: String,
    /// Input type.
    #[prop(default = "text")]
    kind: &'static str,
    /// First value.
    #[prop(optional, into)]
    value: String,
    /// `autocomplete`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// Right of the label, quietly.
    #[prop(optional, into)]
    aside: Option<String>,
    /// Below, until there is an error.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// 44 px high.
    #[prop(optional)]
    large: bool,
    /// Must be filled.
    #[prop(optional)]
    required: bool,
    /// Gets the focus when the page, or the dialog around it, opens.
    #[prop(optional)]
    autofocus: bool,
    /// Shortest text.
    #[prop(optional)]
    minlength: Option<u16>,
    /// Example.
    #[prop(optional, into)]
    placeholder: Option<String>,
) -> impl IntoView {
    let below = format!("{name}-below");
    let described = (hint.is_some()).then(|| below.clone());
    let error_id = below.clone();
    view! {
        <div class="control">
            <div class="top"><label for=name.clone()>{label}</label>{aside.map(|a| view! { <span class="lab">{a}</span> })}</div>
            <div class="field" data-size=if large { "l" } else { "m" } data-invalid=move || error.with(Option::is_some).then_some("true")>
                <input id=name.clone() name=name type=kind value=value autocomplete=autocomplete required=required autofocus=autofocus minlength=minlength placeholder=placeholder
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || error.with(Option::is_some).then(|| error_id.clone()).or_else(|| described.clone())/>
            </div>
            {move || match error.get() {
                Some(e) => view! { <p class="error" id=below.clone()><Icon glyph=Glyph::TriangleAlert size="s"/>{e}</p> }.erase(),
                None => hint.clone().map(|h| view! { <p class="hint" id=below.clone()>{h}</p> }).erase(),
            }}
        </div>
    }
    .erase()
}

/// A search field. Works as an input of a GET form; `on_input` hears every change (debounce it yourself).
#[component]
pub fn SearchField(
    /// Accessible name and placeholder.
    #[prop(into)]
    label: String,
    /// `name` in the form; also the id.
    #[prop(into)]
    name: String,
    /// First value.
    #[prop(optional, into)]
    value: String,
    /// Key that focuses it, shown at the right.
    #[prop(optional)]
    key_hint: Option<&'static str>,
    /// Every change.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    view! {
        <div class="field search">
            <Icon glyph=Glyph::Search size="s"/>
            <input type="search" id=name.clone() name=name value=value placeholder=label.clone() aria-label=label autocomplete="off" spellcheck="false"
                on:input=move |ev| if let Some(f) = on_input { f.run(event_target_value(&ev)) }/>
            {key_hint.map(|k| view! { <kbd aria-hidden="true">{k}</kbd> })}
        </div>
    }
    .erase()
}

/// A length with its unit. Takes any unit and `+50`; ↑ and ↓ are one step, with Shift ten; Escape brings the value back. Limits are shown, not enforced:
/// the page says why a value does not go.
#[component]
pub fn UnitField(
    /// Accessible name.
    #[prop(into)]
    label: String,
    /// Id of the input.
    #[prop(into)]
    id: String,
    /// Value in mm.
    #[prop(into)]
    value: Signal<f64>,
    /// One step, mm.
    #[prop(default = 1.0)]
    step: f64,
    /// Units shown.
    #[prop(optional, into)]
    units: Signal<Units>,
    /// What is wrong with the value itself (a text that is no length is told by the field).
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// A new value in mm: on Enter, on leaving, on ↑ ↓.
    #[prop(into)]
    on_change: Callback<f64>,
) -> impl IntoView {
    let text = RwSignal::new(format_length(value.get_untracked(), units.get_untracked()));
    let unreadable = RwSignal::new(None::<String>);
    Effect::new(move |_| text.set(format_length(value.get(), units.get())));
    let error = Signal::derive(move || unreadable.get().or_else(|| error.get()));
    let commit = move || match parse_length(&text.get_untracked(), value.get_untracked(), units.get_untracked()) {
        Ok(mm) => {
            unreadable.set(None);
            text.set(format_length(mm, units.get_untracked()));
            if (mm - value.get_untracked()).abs() > 0.04 {
                on_change.run(mm);
            }
        }
        Err(e) => unreadable.set(Some(e.message().to_owned())),
    };
    let nudge = move |by: f64| {
        let from = parse_length(&text.get_untracked(), value.get_untracked(), units.get_untracked()).unwrap_or_else(|_| value.get_untracked());
        unreadable.set(None);
        on_change.run((from + by).max(0.0));
    };
    let keydown = move |ev: ev::KeyboardEvent| {
        let by = if ev.shift_key() { step * 10.0 } else { step };
        match ev.key().as_str() {
            "ArrowUp" => {
                ev.prevent_default();
                nudge(by);
            }
            "ArrowDown" => {
                ev.prevent_default();
                nudge(-by);
            }
            "Enter" => {
                ev.prevent_default();
                commit();
            }
            "Escape" => {
                unreadable.set(None);
                text.set(format_length(value.get_untracked(), units.get_untracked()));
            }
            _ => {}
        }
    };
    let below = format!("{id}-below");
    let described = below.clone();
    view! {
        <div class="control">
            <div class="field" data-invalid=move || error.with(Option::is_some).then_some("true")>
                <input id=id aria-label=label inputmode="text" autocomplete="off" spellcheck="false" value=text.get_untracked() prop:value=move || text.get()
                    aria-invalid=move || error.with(Option::is_some).then_some("true") aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
                    on:input=move |ev| text.set(event_target_value(&ev)) on:keydown=keydown on:change=move |_| commit()/>
                <span class="unit" aria-hidden="true">{move || if units.get() == Units::Mm { "mm" } else { "ft-in" }}</span>
            </div>
            {move || error.get().map(|e| view! { <p class="error" id=below.clone()>{e}</p> })}
        </div>
    }
    .erase()
}

/// An answer of a [`Select`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectOption {
    /// Value.
    pub value: String,
    /// Words.
    pub label: String,
    /// Price effect, quiet and at the right.
    pub price: Option<String>,
    /// Does not go; can still be chosen, and is then explained.
    pub blocked: bool,
}

impl SelectOption {
    /// From value and words.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// What stands in the row. Browsers without styled lists show its text alone, in one line.
    fn row(&self) -> String {
        let price = self.price.as_ref().map(|p| format!(" <span class=\"num\">{}</span>", escape(p))).unwrap_or_default();
        let off = if self.blocked { " <span class=\"off\">(see why not)</span>" } else { "" };
        format!("<span>{}</span>{price}{off}", escape(&self.label))
    }
}

/// A choice from a list.
#[component]
pub fn Select(
    /// Accessible name; shown above when `visible_label`.
    #[prop(into)]
    label: String,
    /// `name` in the form; also the id.
    #[prop(into)]
    name: String,
    /// Answers.
    #[prop(into)]
    options: Signal<Vec<SelectOption>>,
    /// Chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Show the label above.
    #[prop(optional)]
    visible_label: bool,
    /// A new choice.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    view! {
        <div class="control">
            {visible_label.then(|| view! { <div class="top"><label for=name.clone()>{label.clone()}</label></div> })}
            <div class="field">
                <select id=name.clone() name=name aria-label=(!visible_label).then_some(label) prop:value=move || value.get() on:change=move |ev| if let Some(f) = on_change { f.run(event_target_value(&ev)) }>
                    {move || options.get().into_iter().map(|o| { let chosen = value.with_untracked(|v| *v == o.value); let row = o.row(); view! { <option value=o.value selected=chosen inner_html=row></option> } }).collect_view()}
                </select>
                <Icon glyph=Glyph::ChevronDown size="s"/>
            </div>
        </div>
    }
    .erase()
}

/// A tick box with words, and a quiet figure at the right (a price, a count).
#[component]
pub fn Check(
    /// Words.
    #[prop(into)]
    label: String,
    /// `name` in the form.
    #[prop(into)]
    name: String,
    /// `value` in the form.
    #[prop(default = "on".to_owned(), into)]
    value: String,
    /// On.
    #[prop(into)]
    checked: Signal<bool>,
    /// At the right.
    #[prop(optional, into)]
    figure: Signal<Option<String>>,
    /// Changed by a person.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value=value checked=checked.get_untracked() prop:checked=move || checked.get()
                on:change=move |ev| if let Some(f) = on_change { f.run(event_target_checked(&ev)) }/>
            <span>{label}</span>
            {move || figure.get().map(|f| view! { <span class="num">{f}</span> })}
        </label>
    }
    .erase()
}
