//! The work of saving and sharing, and its dialogs: reached by [`DESK`] alone, so that all of it lies in a chunk of its own.

use super::Keep;
use crate::loading::copy;
use crate::pages::configure::choices::{from_wire, to_wire};
use crate::server_fns::{get_configuration, save_configuration, share_configuration, update_configuration};
use contract::{Configuration, PriceFor};
use leptos::{prelude::*, task::spawn_local};
use ui::{Button, Dialog, Erase, Field, Glyph, Kind, Saved, when::clock};

/// What can be done there.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Takes up the saved configuration with this id.
    pub take_up: fn(Keep, String),
    /// Saves the same configuration again.
    pub save_again: fn(Keep, Configuration),
    /// Makes the link of what is shown; saves it first when the server does not have it.
    pub share: fn(Keep),
    /// Both dialogs; true: whoever is here may save.
    pub dialogs: fn(Keep, bool) -> AnyView,
}

/// All of it.
pub const DESK: Desk = Desk { take_up, save_again, share, dialogs };

fn take_up(keep: Keep, id: String) {
    spawn_local(async move {
        // Removed meanwhile, or of another workspace: then this is nothing saved, and its choices stand all the same.
        if let Ok(saved) = get_configuration(id).await
            && keep.product.try_with_value(|p| *p == saved.product_id) == Some(true)
            && keep.held.with_untracked(Option::is_none)
        {
            let choices = from_wire(&keep.config.engine().product, &saved.config_data);
            keep.state.set(Saved::At(clock(&saved.updated_at)));
            keep.held.set(Some((saved, choices)));
        }
    });
}

fn save_again(keep: Keep, held: Configuration) {
    send(keep, Some(held), None, |_| {});
}

fn send(keep: Keep, held: Option<Configuration>, name: Option<String>, then: impl FnOnce(Configuration) + 'static) {
    if keep.busy.get_untracked() {
        return;
    }
    keep.busy.set(true);
    keep.state.set(Saved::Saving);
    keep.trouble.set(None);
    let choices = keep.config.choices.get_untracked();
    let (product, wire, price) =
        (keep.product.get_value(), to_wire(&choices), untrack(|| PriceFor { quantity: Some(keep.config.pieces.get()), ..keep.config.price() }));
    spawn_local(async move {
        let answer = match held {
            Some(held) => update_configuration(held.id, None, Some(wire), price, Some(held.revision)).await,
            None => save_configuration(product, name.unwrap_or_default(), wire, price).await,
        };
        keep.busy.set(false);
        match answer {
            Ok(saved) => {
                keep.state.set(Saved::At(clock(&saved.updated_at)));
                keep.held.set(Some((saved.clone(), choices)));
                keep.naming.set(false);
                then(saved);
            }
            Err(e) => {
                keep.state.set(Saved::Failed);
                keep.trouble.set(Some(e.detail()));
            }
        }
    });
}

/// Makes the link of what is shown; saves it first when the server does not have it.
fn share(keep: Keep) {
    let get = move |saved: Configuration| {
        spawn_local(async move {
            match share_configuration(saved.id.clone()).await {
                Ok(shared) => {
                    keep.held.update(|h| {
                        if let Some((c, _)) = h
                            && c.id == saved.id
                        {
                            c.share_url = Some(shared.share_url.clone())
                        }
                    });
                    keep.link.set(Some(shared.share_url));
                }
                Err(e) => keep.trouble.set(Some(e.detail())),
            }
        });
    };
    let settled = untrack(|| keep.settled());
    match keep.held.get_untracked() {
        Some((held, _)) if settled => get(held),
        Some((held, _)) if held.share_url.is_none() => send(keep, Some(held), None, get),
        _ => send(keep, None, Some(keep.name.get_value()), get),
    }
}

/// Both dialogs.
fn dialogs(keep: Keep, may_save: bool) -> AnyView {
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
                send(keep, None, Some(name.trim().to_owned()), move |saved| ui::toast(&["Saved as ", &saved.name].concat()));
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
    .erase()
}
