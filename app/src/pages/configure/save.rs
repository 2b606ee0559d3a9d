//! Saving under a name, and the permanent link: what the page says of it. The work itself comes with the first wish for it.

mod desk;

use super::choices::pairs;
use super::state::Config;
use crate::pages::saved::SAVED;
use contract::Configuration;
use desk::Desk;
use leptos::{prelude::*, task::spawn_local};
use product::Values;
use ui::{SaveState, Saved};

/// What is saved of this page's configuration.
#[derive(Clone, Copy)]
pub struct Keep {
    config: Config,
    product: StoredValue<String>,
    /// What the server has, with the choices it was saved with.
    held: RwSignal<Option<(Configuration, Values)>>,
    /// Where the work is.
    pub state: RwSignal<Saved>,
    /// What went wrong, in words.
    pub trouble: RwSignal<Option<String>>,
    /// The desk where it is done, when it is there.
    desk: RwSignal<Option<Desk>>,
    naming: RwSignal<bool>,
    sharing: RwSignal<bool>,
    link: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    name: StoredValue<String>,
}

impl Keep {
    /// Nothing saved yet.
    #[must_use]
    pub fn new(config: Config, product: String, name: String) -> Self {
        Self {
            config,
            product: StoredValue::new(product),
            held: RwSignal::new(None),
            state: RwSignal::default(),
            trouble: RwSignal::new(None),
            desk: RwSignal::new(None),
            naming: RwSignal::new(false),
            sharing: RwSignal::new(false),
            link: RwSignal::new(None),
            busy: RwSignal::new(false),
            name: StoredValue::new(name),
        }
    }

    /// At the desk: `act` is called when its code is there, at once from the second time on.
    fn at_desk(self, act: impl FnOnce(Desk) + 'static) {
        if let Some(desk) = self.desk.get_untracked() {
            return act(desk);
        }
        spawn_local(async move {
            let answer = desk_chunk().await;
            // The page was left meanwhile.
            if self.desk.is_disposed() {
                return;
            }
            match answer {
                Ok(desk) => {
                    self.desk.set(Some(desk));
                    act(desk);
                }
                Err(Missing) => {
                    let words = "Code for saving did not arrive. Nothing is lost: try it once more.";
                    self.trouble.set(Some(words.to_owned()));
                    ui::toast(words);
                }
            }
        });
    }

    /// Takes up the saved configuration that the link names: saving changes that one.
    pub fn open(self, search: &str) {
        let Some((_, id)) = pairs(search).into_iter().find(|(name, _)| name == SAVED) else { return };
        Effect::new(move |_| {
            let id = id.clone();
            self.at_desk(move |desk| (desk.take_up)(self, id));
        });
    }

    /// Whether the server has exactly what is shown.
    fn settled(self) -> bool {
        let same = |c: &Configuration| self.config.pieces.get() == c.quantity.max(1) && self.config.engine().asked.customer == c.customer;
        self.held.with(|h| h.as_ref().is_some_and(|(held, values)| self.config.choices.with(|c| c == values) && same(held)))
    }

    /// What the mark in the bar says: the receipt, as long as it is about what is shown.
    #[must_use]
    pub fn shown_state(self) -> Signal<Saved> {
        Signal::derive(move || match self.state.get() {
            Saved::At(time) if !self.settled() => {
                let _ = time;
                Saved::Never
            }
            other => other,
        })
    }

    /// Opens the dialog for a name.
    pub fn ask_name(self) {
        self.trouble.set(None);
        self.at_desk(move |_| self.naming.set(true));
    }

    /// Saves: the first time by name, afterwards the same configuration again.
    pub fn save(self) {
        match self.held.get_untracked() {
            Some((held, _)) if held.share_url.is_none() => self.at_desk(move |desk| (desk.save_again)(self, held)),
            // Behind a link stays what was shared: changes become a configuration of their own.
            _ => self.ask_name(),
        }
    }

    /// Makes the link of what is shown; saves it first when the server does not have it.
    pub fn share(self) {
        self.trouble.set(None);
        self.link.set(None);
        self.at_desk(move |desk| {
            self.sharing.set(true);
            (desk.share)(self);
        });
    }

    /// For a visitor: the link of the page holds the whole configuration.
    pub fn share_page(self) {
        self.trouble.set(None);
        self.link.set(window().location().href().ok());
        self.at_desk(move |_| self.sharing.set(true));
    }
}

/// The code did not come.
struct Missing;

impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// A chunk beside the page's: nobody saves before the first picture.
#[leptos::wasm_split::wasm_split(desk_chunk_1, wasm_split_path = ::leptos::wasm_split, fallible)]
fn desk_chunk() -> Result<Desk, Missing> {
    Ok(desk::DESK)
}

/// The mark in the bar.
#[component]
pub fn KeepState(keep: Keep) -> impl IntoView {
    view! { <SaveState state=keep.shown_state() on_retry=move |()| keep.save()/> }
}

/// Both dialogs, as soon as one is wanted.
#[component]
pub fn Dialogs(keep: Keep, may_save: bool) -> impl IntoView {
    move || keep.desk.get().map(|desk| (desk.dialogs)(keep, may_save))
}
