//! Saving under a name, and the permanent link.

use super::choices::{from_wire, pairs, to_wire};
use super::state::Config;
use crate::loading::copy;
use crate::pages::saved::SAVED;
use crate::server_fns::{get_configuration, save_configuration, share_configuration, update_configuration};
use contract::{Configuration, PriceFor};
use leptos::{prelude::*, task::spawn_local};
use product::Values;
use ui::Erase;
use ui::{Button, Dialog, Field, Glyph, Kind, SaveState, Saved, when::clock};

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
            naming: RwSignal::new(false),
            sharing: RwSignal::new(false),
            link: RwSignal::new(None),
            busy: RwSignal::new(false),
            name: StoredValue::new(name),
        }
    }

    /// Takes up the saved configuration that the link names: saving changes that one.
    pub fn open(self, search: &str) {
        let Some((_, id)) = pairs(search).into_iter().find(|(name, _)| name == SAVED) else { return };
        Effect::new(move |_| {
            let id = id.clone();
            spawn_local(async move {
                // Removed meanwhile, or of another workspace: then this is nothing saved, and its choices stand all the same.
                if let Ok(saved) = get_configuration(id).await
                    && self.product.with_value(|p| *p == saved.product_id)
                    && self.held.with_untracked(Option::is_none)
                {
                    let choices = from_wire(&self.config.engine().product, &saved.config_data);
                    self.state.set(Saved::At(clock(&saved.updated_at)));
                    self.held.set(Some((saved, choices)));
                }
            });
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
        self.naming.set(true);
    }

    /// Saves: the first time by name, afterwards the same configuration again.
    pub fn save(self) {
        match self.held.get_untracked() {
            None => self.ask_name(),
            Some((held, _)) if held.share_url.is_none() => self.send(Some(held), None, |_| {}),
            // Behind a link stays what was shared: changes become a configuration of their own.
            Some(_) => self.ask_name(),
        }
    }

    fn send(self, held: Option<Configuration>, name: Option<String>, then: impl FnOnce(Configuration) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.state.set(Saved::Saving);
        self.trouble.set(None);
        let choices = self.config.choices.get_untracked();
        let (product, wire, price) =
            (self.product.get_value(), to_wire(&choices), untrack(|| PriceFor { quantity: Some(self.config.pieces.get()), ..self.config.price() }));
        spawn_local(async move {
            let answer = match held {
                Some(held) => update_configuration(held.id, None, Some(wire), price, Some(held.revision)).await,
                None => save_configuration(product, name.unwrap_or_default(), wire, price).await,
            };
            self.busy.set(false);
            match answer {
                Ok(saved) => {
                    self.state.set(Saved::At(clock(&saved.updated_at)));
                    self.held.set(Some((saved.clone(), choices)));
                    self.naming.set(false);
                    then(saved);
                }
                Err(e) => {
                    self.state.set(Saved::Failed);
                    self.trouble.set(Some(e.detail()));
                }
            }
        });
    }

    /// Makes the link of what is shown; saves it first when the server does not have it.
    pub fn share(self) {
        self.sharing.set(true);
        self.link.set(None);
        self.trouble.set(None);
        let get = move |saved: Configuration| {
            spawn_local(async move {
                match share_configuration(saved.id.clone()).await {
                    Ok(shared) => {
                        self.held.update(|h| {
                            if let Some((c, _)) = h
                                && c.id == saved.id
                            {
                                c.share_url = Some(shared.share_url.clone())
                            }
                        });
                        self.link.set(Some(shared.share_url));
                    }
                    Err(e) => self.trouble.set(Some(e.detail())),
                }
            });
        };
        let settled = untrack(|| self.settled());
        match self.held.get_untracked() {
            Some((held, _)) if settled => get(held),
            Some((held, _)) if held.share_url.is_none() => self.send(Some(held), None, get),
            _ => self.send(None, Some(self.name.get_value()), get),
        }
    }

    /// For a visitor: the link of the page holds the whole configuration.
    pub fn share_page(self) {
        self.trouble.set(None);
        self.link.set(window().location().href().ok());
        self.sharing.set(true);
    }
}

/// The mark in the bar.
#[component]
pub fn KeepState(keep: Keep) -> impl IntoView {
    view! { <SaveState state=keep.shown_state() on_retry=move |()| keep.save()/> }
}

/// Both dialogs.
#[component]
pub fn Dialogs(keep: Keep, may_save: bool) -> impl IntoView {
    let words = if may_save {
        "Whoever has this link sees this configuration with today's price, without an account."
    } else {
        "This link holds the whole configuration."
    };
    view! {
        <Dialog title="Save this configuration" text="It keeps its price and this edition of the product." open=keep.naming>
            <form on:submit=move |ev| {
                ev.prevent_default();
                let name = document().get_element_by_id("configuration-name").and_then(|e| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlInputElement>(e).ok()).map(|i| i.value()).unwrap_or_default();
                keep.send(None, Some(name.trim().to_owned()), move |saved| ui::toast(&["Saved as ", &saved.name].concat()));
            }>
                <Field label="Name" name="configuration-name" value=keep.name.get_value() autofocus=true error=keep.trouble/>
                <div class="acts">
                    <Button on_press=move |()| keep.naming.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Main submit=true busy=keep.busy>"Save"</Button>
                </div>
            </form>
        </Dialog>
        <Dialog title="Share" text=words open=keep.sharing>
            {move || match (keep.link.get(), keep.trouble.get()) {
                (Some(link), _) => {
                    let copied = link.clone();
                    view! {
                        <div class="field" data-size="l"><input id="share-link" readonly=true aria-label="Link" value=link.clone() data-testid="share-link"/></div>
                        <div class="acts">
                            <a class="btn" data-kind="second" href=link target="_blank" rel="noopener">"Open"</a>
                            <Button kind=Kind::Main icon=Glyph::Copy on_press=move |()| { copy(&copied); ui::toast("Link copied"); }>"Copy link"</Button>
                        </div>
                    }.erase()
                }
                (None, Some(trouble)) => view! { <p class="text-red" role="alert">{trouble}</p> }.erase(),
                (None, None) => view! { <p class="muted" role="status">"Making the link…"</p> }.erase(),
            }}
        </Dialog>
    }
}
