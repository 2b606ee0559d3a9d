//! Buttons and links that look like buttons.

use crate::Erase;
use crate::{icon::Icon, icons::Glyph};
use leptos::{ev::MouseEvent, prelude::*};

/// What a button is for. One `Main` per view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Main,
    #[default]
    Second,
    Ghost,
    Danger,
    Repair,
    RepairLine,
}

impl Kind {
    /// Value of `data-kind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Second => "second",
            Self::Ghost => "ghost",
            Self::Danger => "danger",
            Self::Repair => "repair",
            Self::RepairLine => "repair-line",
        }
    }
}

/// Height: 26, 32 or 44 px.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Size {
    Small,
    #[default]
    Medium,
    Large,
}

impl Size {
    /// Value of `data-size`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "s",
            Self::Medium => "m",
            Self::Large => "l",
        }
    }
}

/// A button. `reason`, when it says something, disables: the button stays focusable, does nothing, and carries the reason as its description;
/// show the same words within 80 px. `busy` keeps label and width and runs a line along the lower edge.
#[component]
pub fn Button(
    /// Words (and nothing else: icons go to `icon`).
    children: crate::Kids,
    /// For what.
    #[prop(optional)]
    kind: Kind,
    /// Height.
    #[prop(optional)]
    size: Size,
    /// Before the words.
    #[prop(optional, into)]
    icon: Option<Glyph>,
    /// Only the icon is seen; the words become the accessible name.
    #[prop(optional)]
    icon_only: bool,
    /// Full width.
    #[prop(optional)]
    wide: bool,
    /// Submits its form.
    #[prop(optional)]
    submit: bool,
    /// Id.
    #[prop(optional, into)]
    id: Option<String>,
    /// `name` and `value` of a submit button.
    #[prop(optional, into)]
    name: Option<String>,
    /// See `name`.
    #[prop(optional, into)]
    value: Option<String>,
    /// At work.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Why it can't be used now.
    #[prop(optional, into)]
    reason: Signal<Option<String>>,
    /// A switch that is on (`aria-pressed`).
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Pressed by pointer or key; not called while busy or disabled.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
) -> impl IntoView {
    let off = move || reason.with(Option::is_some);
    let click = move |ev: MouseEvent| {
        if off() || busy.get_untracked() {
            ev.prevent_default();
            ev.stop_propagation();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button class="btn" type=if submit { "submit" } else { "button" } id=id name=name value=value
            data-kind=kind.as_str() data-size=size.as_str() data-icon=icon_only.then_some("") data-wide=wide.then_some("")
            aria-busy=move || busy.get().then_some("true") aria-disabled=move || off().then_some("true")
            aria-description=move || reason.get()
            aria-pressed=move || pressed.map(|p| if p.get() { "true" } else { "false" }) on:click=click>
            {icon.map(|glyph| view! { <Icon glyph/> })}
            {if icon_only { view! { <span class="sr">{children.run()}</span> }.erase() } else { children.run().erase() }}
        </button>
    }
    .erase()
}

/// Files are no pages: the router leaves them to the browser.
fn file(href: &str) -> Option<&'static str> {
    (href.starts_with("/files/") || href.starts_with("/ar/")).then_some("external")
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Words.
    children: crate::Kids,
    /// Where to.
    #[prop(into)]
    href: Signal<String>,
    /// For what.
    #[prop(optional)]
    kind: Kind,
    /// Height.
    #[prop(optional)]
    size: Size,
    /// Before the words.
    #[prop(optional, into)]
    icon: Option<Glyph>,
    /// Full width.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    view! {
        <a class="btn" href=move || href.get() rel=move || file(&href.get()) data-kind=kind.as_str() data-size=size.as_str() data-wide=wide.then_some("")>
            {icon.map(|glyph| view! { <Icon glyph/> })}
            {children.run()}
        </a>
    }
    .erase()
}
