//! Chips, price effects, save state, people.

use crate::Erase;
use crate::{icon::Icon, icons::Glyph};
use leptos::prelude::*;

/// Pencil of a chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tone {
    #[default]
    Plain,
    Blue,
    Green,
    Amber,
    Red,
    Trace,
}

impl Tone {
    /// Value of `data-tone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Trace => "trace",
        }
    }
}

/// A state as icon and word: colour is never the only sign.
#[component]
pub fn Badge(
    /// Pencil.
    #[prop(into)]
    tone: Signal<Tone>,
    /// Icon.
    #[prop(into)]
    icon: Signal<Glyph>,
    /// Word.
    #[prop(into)]
    word: Signal<String>,
) -> impl IntoView {
    view! { <span class="chip" data-tone=move || tone.get().as_str()>{move || view! { <Icon glyph=icon.get() size="s"/> }}{move || word.get()}</span> }
}

/// A price effect in words already (`+$44.10`). `state`: `offer` before the choice, `proposed`, `lower` once applied and cheaper, `applied`.
#[component]
pub fn PriceDelta(
    /// Words.
    #[prop(into)]
    text: Signal<String>,
    /// See above.
    #[prop(default = "offer")]
    state: &'static str,
) -> impl IntoView {
    view! { <span class="delta" data-state=state>{move || text.get()}</span> }
}

/// Where the person's work is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    /// Nothing to save yet.
    #[default]
    Never,
    /// On its way.
    Saving,
    /// The server has it, since (`14:02`).
    At(String),
    /// Kept on this device: so many changes.
    Offline(u32),
    /// It was refused or lost.
    Failed,
}

/// The one place that says whether the work is safe. Set it from the server's answer only.
#[component]
pub fn SaveState(
    /// State.
    #[prop(into)]
    state: Signal<Saved>,
    /// Pressed "Try again".
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> impl IntoView {
    let name = move || match state.get() {
        Saved::Never => "never",
        Saved::Saving => "saving",
        Saved::At(_) => "saved",
        Saved::Offline(_) => "offline",
        Saved::Failed => "failed",
    };
    view! {
        <span class="state" role="status" data-state=name>
            {move || match state.get() {
                Saved::Never => ().erase(),
                Saved::Saving => view! { <Icon glyph=Glyph::RefreshCw size="s"/>"Saving…" }.erase(),
                Saved::At(t) => view! { <span class="dot"></span>"Saved "<span class="num">{t}</span> }.erase(),
                Saved::Offline(n) => view! { <Icon glyph=Glyph::CloudOff size="s"/>{format!("Offline, {n} {} on this device", if n == 1 { "change" } else { "changes" })} }.erase(),
                Saved::Failed => view! { <Icon glyph=Glyph::TriangleAlert size="s"/>"Not saved. "<button type="button" class="underline min-h-6" on:click=move |_| if let Some(f) = on_retry { f.run(()) }>"Try again"</button> }.erase(),
            }}
        </span>
    }
    .erase()
}

/// Initials of a person in a ring.
#[component]
pub fn Avatar(
    /// Name or mail address.
    #[prop(into)]
    name: String,
    /// 44 px.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    view! { <span class="av" data-size=large.then_some("l") aria-hidden="true">{initials(&name)}</span> }
}

/// Up to two initials.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| c.is_whitespace() || matches!(c, '.' | '@' | '-')).filter(|w| !w.is_empty());
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().filter(|_| !name.contains('@')).or(None).and_then(|w| w.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_two_at_most() {
        assert_eq!(initials("Astrid Lindqvist"), "AL");
        assert_eq!(initials("Ana Maria de Sousa"), "AS");
        assert_eq!(initials("a.lindqvist@haldenworks.com"), "A");
        assert_eq!(initials(""), "");
    }
}
