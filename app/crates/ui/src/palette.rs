//! One registry of actions; the command palette (Ctrl or ⌘ K) lists them. Pages register theirs and they leave with the page.

use crate::Erase;
use crate::{icon::Icon, icons::Glyph};
use leptos::{ev, html, prelude::*};

/// Something a person can do.
#[derive(Clone, Debug)]
pub struct Action {
    /// Stable name, unique (`go.products`).
    pub id: String,
    /// Words beginning with a verb.
    pub label: String,
    /// Where or on what, in ink-3.
    pub context: String,
    /// Icon.
    pub icon: Glyph,
    /// Keys at the right (`Ctrl S`).
    pub keys: Option<&'static str>,
    /// What it does.
    pub run: Callback<()>,
}

/// The registry; from [`use_actions`].
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    list: RwSignal<Vec<Action>>,
    open: RwSignal<bool>,
    /// The palette stands in the page, or is on its way.
    asked: StoredValue<bool>,
}

impl Actions {
    /// Adds actions until the calling component is gone. Those of the page stand before those of the frame.
    pub fn register(self, actions: Vec<Action>) {
        let ids: Vec<String> = actions.iter().map(|a| a.id.clone()).collect();
        self.list.update(|l| {
            l.retain(|a| !ids.contains(&a.id));
            l.splice(0..0, actions);
        });
        on_cleanup(move || {
            self.list.try_update(|l| l.retain(|a| !ids.contains(&a.id)));
        });
    }
    /// Every action now.
    #[must_use]
    pub fn all(self) -> Vec<Action> {
        self.list.get()
    }
    /// Opens the palette; fetches it the first time.
    pub fn open(self) {
        self.open.set(true);
        if self.asked.try_update_value(|asked| !std::mem::replace(asked, true)) == Some(true) {
            leptos::task::spawn_local(show(self));
        }
    }
    /// Opens and shuts the palette by Ctrl or ⌘ K as long as the calling component lives. Does nothing on the server.
    pub fn follow_key(self) {
        Effect::new(move |_| {
            let handle = window_event_listener(ev::keydown, move |ev| {
                if (ev.ctrl_key() || ev.meta_key()) && !ev.shift_key() && ev.key().eq_ignore_ascii_case("k") {
                    ev.prevent_default();
                    if self.open.get_untracked() { self.open.set(false) } else { self.open() }
                }
            });
            on_cleanup(move || handle.remove());
        });
    }
}

/// Makes the context; once, at the root.
pub fn provide_actions() -> Actions {
    let actions = Actions { list: RwSignal::new(Vec::new()), open: RwSignal::new(false), asked: StoredValue::new(false) };
    provide_context(actions);
    actions
}

/// The registry.
///
/// # Panics
/// Outside a tree whose root called [`provide_actions`].
#[must_use]
pub fn use_actions() -> Actions {
    expect_context()
}

/// Whether all letters of the words stand in the text in order, word beginnings first. Lower is better.
fn rank(text: &str, words: &str) -> Option<usize> {
    let text = text.to_lowercase();
    let mut score = 0;
    for word in words.to_lowercase().split_whitespace() {
        score += text.find(word)?;
    }
    Some(score)
}

/// Puts the palette into the page, where it stays.
async fn show(actions: Actions) {
    palette(actions).await;
}

/// A chunk of its own: most visits never open it. Lives beside the page, outside the server's HTML.
#[lazy]
fn palette(actions: Actions) {
    leptos::mount::mount_to_body(move || view! { <CommandPalette actions/> });
}

#[component]
fn CommandPalette(actions: Actions) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let words = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new_with_compare(
        move |_| {
            if !actions.open.get() {
                return Vec::new();
            }
            let words = words.get();
            let mut hits: Vec<(usize, Action)> =
                actions.all().into_iter().filter_map(|a| rank(&format!("{} {}", a.label, a.context), &words).map(|r| (r, a))).collect();
            if !words.trim().is_empty() {
                hits.sort_by_key(|(r, _)| *r);
            }
            hits.into_iter().map(|(_, a)| a).take(12).collect::<Vec<_>>()
        },
        |a, b| a.map(|v| v.iter().map(|x| x.id.clone()).collect::<Vec<_>>()) != b.map(|v| v.iter().map(|x| x.id.clone()).collect::<Vec<_>>()),
    );
    Effect::new(move |_| {
        let wanted = actions.open.get();
        if let Some(el) = node.get() {
            if wanted && !el.open() {
                words.set(String::new());
                at.set(0);
                el.show_modal().ok();
            } else if !wanted && el.open() {
                el.close();
            }
        }
    });
    let run = move |a: Action| {
        actions.open.set(false);
        a.run.run(());
    };
    let keydown = move |ev: ev::KeyboardEvent| {
        let count = found.with(Vec::len);
        match ev.key().as_str() {
            "ArrowDown" if count > 0 => {
                ev.prevent_default();
                at.update(|i| *i = (*i + 1) % count)
            }
            "ArrowUp" if count > 0 => {
                ev.prevent_default();
                at.update(|i| *i = (*i + count - 1) % count)
            }
            "Enter" => {
                ev.prevent_default();
                if let Some(a) = found.with(|f| f.get(at.get_untracked()).cloned()) {
                    run(a)
                }
            }
            _ => {}
        }
    };
    let backdrop = move |ev: ev::MouseEvent| {
        if let Some(el) = node.get_untracked()
            && crate::dialog::on_itself(&ev, &el)
        {
            actions.open.set(false)
        }
    };
    view! {
        <dialog class="palette" node_ref=node aria-label="Commands" on:close=move |_| actions.open.set(false) on:click=backdrop>
            <div class="in" on:keydown=keydown>
                <div class="search">
                    <Icon glyph=Glyph::Search/>
                    <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-label="Search or run a command"
                        placeholder="Search or run a command" autocomplete="off" spellcheck="false" autofocus=true
                        aria-activedescendant=move || found.with(|f| f.get(at.get()).map(|a| format!("do-{}", a.id)))
                        prop:value=move || words.get() on:input=move |ev| { words.set(event_target_value(&ev)); at.set(0) }/>
                    <kbd aria-hidden="true">"Esc"</kbd>
                </div>
                <div class="list" id="palette-list" role="listbox" aria-label="Commands">
                    {move || found.get().into_iter().enumerate().map(|(i, a)| {
                        let pressed = a.clone();
                        view! {
                            <div class="item" role="option" id=format!("do-{}", a.id) aria-selected=move || if at.get() == i { "true" } else { "false" }
                                on:pointermove=move |_| if at.get_untracked() != i { at.set(i) } on:click=move |_| run(pressed.clone())>
                                <Icon glyph=a.icon/><span>{a.label}</span><span class="ctx">{a.context}</span>{a.keys.map(|k| view! { <kbd>{k}</kbd> })}
                            </div>
                        }
                    }).collect_view()}
                </div>
                {move || (actions.open.get() && found.with(Vec::is_empty)).then(|| view! { <p class="none muted" role="status">"Nothing is called that. Try products, jobs or a theme."</p> })}
            </div>
        </dialog>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn words_are_found_in_any_order_and_early_hits_are_better() {
        assert!(rank("Go to products Catalogue", "prod go").is_some());
        assert!(rank("Go to products", "quote").is_none());
        assert!(rank("Products", "prod") < rank("Go to products", "prod"));
    }
}
