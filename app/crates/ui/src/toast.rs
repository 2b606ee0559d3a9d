//! Toasts: one line and one action, bottom left, six seconds, longer while looked at.

use crate::button::{Button, Kind, Size};
use leptos::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
struct Toast {
    id: u64,
    text: String,
    action: Option<(String, Callback<()>)>,
}

/// Handle to show toasts; from [`use_toasts`].
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
    held: RwSignal<bool>,
}

impl Toasts {
    /// Shows a line.
    pub fn show(self, text: impl Into<String>) {
        self.push(text.into(), None);
    }
    /// Shows a line with one action (`Undo`).
    pub fn show_with(self, text: impl Into<String>, action: impl Into<String>, run: Callback<()>) {
        self.push(text.into(), Some((action.into(), run)));
    }
    fn push(self, text: String, action: Option<(String, Callback<()>)>) {
        let id = self.next.with_value(|n| *n);
        self.next.set_value(id + 1);
        self.list.update(|l| l.push(Toast { id, text, action }));
        self.expire(id);
    }
    fn expire(self, id: u64) {
        set_timeout(move || if self.held.get_untracked() { self.expire(id) } else { self.drop(id) }, Duration::from_secs(6));
    }
    fn drop(self, id: u64) {
        self.list.try_update(|l| l.retain(|t| t.id != id));
    }
}

/// Makes the context; once, at the root.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { list: RwSignal::new(Vec::new()), next: StoredValue::new(0), held: RwSignal::new(false) };
    provide_context(toasts);
    toasts
}

/// The handle.
///
/// # Panics
/// Outside a tree whose root called [`provide_toasts`].
#[must_use]
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// Where toasts appear; once, at the root.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" on:pointerenter=move |_| toasts.held.set(true) on:pointerleave=move |_| toasts.held.set(false)
            on:focusin=move |_| toasts.held.set(true) on:focusout=move |_| toasts.held.set(false)>
            <For each=move || toasts.list.get() key=|t| t.id let:toast>
                <div class="toast">
                    <span>{toast.text}</span>
                    {toast.action.map(|(word, run)| { let id = toast.id; view! {
                        <Button kind=Kind::Ghost size=Size::Small on_press=move |()| { run.run(()); toasts.drop(id) }>{word}</Button>
                    } })}
                </div>
            </For>
        </div>
    }
    .into_any()
}
