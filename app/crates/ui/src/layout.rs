//! Title block, empty state, poster.

use crate::Erase;
use leptos::prelude::*;

/// One cell of a title block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Caption.
    pub key: String,
    /// Value.
    pub value: String,
}

impl Fact {
    /// From caption and value.
    #[must_use]
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// Ink rule on top, cells parted by hairlines, caption over value. Children stand behind the facts (a chart, a total).
#[component]
pub fn TitleBlock(
    /// Cells.
    #[prop(into)]
    facts: Signal<Vec<Fact>>,
    /// More cells.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <dl class="tblock">
            {move || facts.get().into_iter().map(|f| view! { <div><dt class="k">{f.key}</dt><dd class="v">{f.value}</dd></div> }).collect_view()}
            {children.map(|c| c())}
        </dl>
    }
    .erase()
}

/// Nothing here yet: a drawing of what is missing, one sentence, actions.
#[component]
pub fn EmptyState(
    /// Line drawing.
    #[prop(optional, into)]
    picture: Option<String>,
    /// The sentence.
    #[prop(into)]
    text: String,
    /// Two or three buttons that act.
    children: crate::Kids,
) -> impl IntoView {
    view! {
        <div class="empty">
            {picture.map(|src| view! { <img class="lineart" src=src alt="" width="320" height="240"/> })}
            <p>{text}</p>
            <div class="flex flex-wrap gap-2 justify-center">{children.run()}</div>
        </div>
    }
    .erase()
}

/// A product picture: the line drawing at once, the solid over it, both from one camera. `eager` for pictures in the first view.
#[component]
pub fn Poster(
    /// Soft-lit picture.
    #[prop(optional, into)]
    solid: Option<String>,
    /// Line drawing.
    #[prop(optional, into)]
    drawing: Option<String>,
    /// Words for the picture; empty when a name stands beside it.
    #[prop(optional, into)]
    alt: String,
    /// Load at once.
    #[prop(optional)]
    eager: bool,
) -> impl IntoView {
    let loading = if eager { "eager" } else { "lazy" };
    let (solid, drawing) = (solid.filter(|s| !s.is_empty()), drawing.filter(|s| !s.is_empty()));
    let has_solid = solid.is_some();
    view! {
        <span class="poster" data-solid=has_solid.then_some("")>
            {drawing.map(|src| view! { <img class="lineart ln" src=src alt="" width="960" height="720" loading=loading decoding="async"/> })}
            {solid.map(|src| view! { <img class="rd" src=src alt=alt width="960" height="720" loading=loading decoding="async"/> })}
        </span>
    }
    .erase()
}
