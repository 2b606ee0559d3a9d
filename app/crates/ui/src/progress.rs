//! Progress: a 3 px line, and the block around it.

use crate::Erase;
use leptos::prelude::*;

/// How a piece of work stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Run {
    #[default]
    Queued,
    Running,
    Done,
    Failed,
    Retrying,
    Cancelled,
}

impl Run {
    /// Value of `data-state`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Retrying => "retrying",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The line alone.
#[component]
pub fn ProgressLine(
    /// Accessible name.
    #[prop(into)]
    label: String,
    /// 0–100.
    #[prop(into)]
    percent: Signal<u8>,
    /// State.
    #[prop(into)]
    state: Signal<Run>,
) -> impl IntoView {
    view! {
        <div class="prog" role="progressbar" aria-label=label aria-valuemin="0" aria-valuemax="100" aria-valuenow=move || percent.get() data-state=move || state.get().as_str()>
            <b style:width=move || format!("{}%", percent.get().min(100))></b>
        </div>
    }
    .erase()
}

/// Noun and share above the line, the step below, an action at the right (Cancel, Try again).
#[component]
pub fn Progress(
    /// The noun (`Exact model`).
    #[prop(into)]
    noun: String,
    /// 0–100.
    #[prop(into)]
    percent: Signal<u8>,
    /// State.
    #[prop(into)]
    state: Signal<Run>,
    /// Right of the noun (`64 %, about 6 s`).
    #[prop(into)]
    share: Signal<String>,
    /// Below (`Cutting edges`).
    #[prop(into)]
    step: Signal<String>,
    /// At the right below; usually a link-like button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="progress">
            <div class="flex justify-between gap-3"><b class="strong">{noun.clone()}</b><span class="num muted">{move || share.get()}</span></div>
            <ProgressLine label=noun percent state/>
            <div class="flex justify-between gap-3 items-center"><span class="lab" aria-live="polite">{move || step.get()}</span>{children.map(|c| c())}</div>
        </div>
    }
    .erase()
}
