//! `/admin/products/{id}`: the editor of a definition: forms and text of one thing, looked through while it is written, tried on samples, published.

mod forms;
mod found;
mod text;

use crate::json::data;
use crate::loading::loaded;
use crate::server_fns::{PublishProduct, SaveDefinition, change_definition, check_definition, read_definition};
use contract::{DefinitionCheck, DefinitionText};
use forms::Forms;
use found::Found;
use leptos::{form::ActionForm, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde_json::Value;
use std::time::Duration;
use text::Text;
use ui::{Badge, Button, Erase, Glyph, Icon, Kind, LinkButton, Tone};

/// Rest after the last key before the server looks.
const REST: Duration = Duration::from_millis(450);

/// What the page knows; forms, text and findings share it.
#[derive(Clone, Copy)]
pub struct Draft {
    id: StoredValue<String>,
    /// The definition, as it stands in the text.
    text: RwSignal<String>,
    /// The same, while it is JSON.
    value: Memo<Option<Value>>,
    /// What the server found in the text of that moment.
    found: RwSignal<Option<DefinitionCheck>>,
    /// The server looks.
    looking: RwSignal<bool>,
    /// What went wrong on the way.
    trouble: RwSignal<Option<String>>,
    /// Counts changes: only the last one is looked at.
    turn: StoredValue<u32>,
}

impl Draft {
    fn new(d: &DefinitionText) -> Self {
        let text = RwSignal::new(d.text.clone());
        Self {
            id: StoredValue::new(d.id.clone()),
            text,
            value: Memo::new(move |_| text.with(|t| serde_json::from_str(t).ok())),
            found: RwSignal::new(None),
            looking: RwSignal::new(true),
            trouble: RwSignal::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// Another text: looked through after a moment of rest.
    fn write(self, text: String) {
        self.text.set(text);
        self.looking.set(true);
        self.turn.update_value(|n| *n = n.wrapping_add(1));
        let turn = self.turn.get_value();
        set_timeout(
            move || {
                if self.turn.try_get_value() == Some(turn) {
                    self.look()
                }
            },
            REST,
        );
    }

    fn look(self) {
        let turn = self.turn.get_value();
        let (id, text) = (self.id.get_value(), self.text.get_untracked());
        spawn_local(async move {
            let answer = check_definition(id, text).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.looking.set(false);
            match answer {
                Ok(found) => {
                    self.trouble.set(None);
                    self.found.set(Some(found));
                }
                Err(e) => self.trouble.set(Some(e.detail())),
            }
        });
    }

    /// Puts a value at a JSON pointer, by the server, which lays the text out anew.
    fn put(self, pointer: String, value: Value) {
        let text = self.text.get_untracked();
        spawn_local(async move {
            match change_definition(text, pointer, value.to_string()).await {
                Ok(text) => {
                    self.trouble.set(None);
                    self.write(text);
                }
                Err(e) => self.trouble.set(Some(e.detail())),
            }
        });
    }
}

#[component]
pub fn Definition() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let publish = ServerAction::<PublishProduct>::new();
    let definition = data(move || (id.get(), publish.version().get()), |(id, _)| read_definition(id));
    loaded(definition, move |d| view! { <Editor d publish/> }.erase())
}

#[component]
fn Editor(d: DefinitionText, publish: ServerAction<PublishProduct>) -> impl IntoView {
    let draft = Draft::new(&d);
    let save = ServerAction::<SaveDefinition>::new();
    let kept = RwSignal::new((d.revision, d.text.clone()));
    let sent = StoredValue::new(d.text.clone());
    Effect::new(move |_| draft.look());
    Effect::new(move |_| {
        if let Some(Ok(revision)) = save.value().get() {
            kept.set((revision, sent.get_value()));
            ui::toast("The draft is kept");
        }
    });
    let dirty = Memo::new(move |_| draft.text.with(|t| kept.with(|(_, k)| t != k)));
    let differs = Memo::new({
        let first = d.changed;
        move |_| first || kept.with(|(revision, _)| *revision != d.revision)
    });
    let faulty = move || draft.found.with(|f| f.as_ref().is_some_and(|f| !f.faults.is_empty()));
    let why_not_keep = Signal::derive(move || match (dirty.get(), faulty()) {
        (false, _) => Some("Nothing changed since it was kept.".to_owned()),
        (true, true) => Some("First settle what was found.".to_owned()),
        _ => None,
    });
    let published = d.published.clone();
    let why_not_publish = {
        let published = published.clone();
        Signal::derive(move || {
            let same = draft.found.with(|f| f.as_ref().is_some_and(|f| Some(&f.edition) == published.as_ref()));
            match (dirty.get(), differs.get(), faulty(), same) {
                (true, ..) => Some("Keep the draft first.".to_owned()),
                (_, false, ..) => Some("This is what people see already.".to_owned()),
                (_, _, true, _) => Some("First settle what was found.".to_owned()),
                (_, _, _, true) => Some("Give it another edition (template_version): old configurations keep theirs.".to_owned()),
                _ => None,
            }
        })
    };
    let refused = move || {
        save.value().get().and_then(Result::err).or_else(|| publish.value().get().and_then(Result::err)).map(|e| e.detail()).or_else(|| draft.trouble.get())
    };
    let id = StoredValue::new(d.id.clone());
    let seen = published.clone().map_or_else(|| "Nobody sees it yet".to_owned(), |e| format!("People see edition {e}"));
    view! {
        <Title text=format!("{}, definition", d.name)/>
        <section class="definition">
            <header class="ph">
                <div><p class="crumb"><a href="/admin/products">"Definitions"</a></p><h1>{d.name.clone()}</h1><p class="muted"><span class="dim">{d.sku.clone()}</span>". "{seen}". "
                    {move || if dirty.get() { view! { <Badge tone=Tone::Amber icon=Glyph::Pencil word="Not kept".to_owned()/> }.erase() } else if differs.get() { view! { <Badge tone=Tone::Trace icon=Glyph::Pencil word="Draft".to_owned()/> }.erase() } else { ().erase() }}</p></div>
                <div class="flex flex-wrap gap-2">
                    {published.is_some().then(|| view! { <LinkButton href=format!("/configure/{}", d.id)>"Open the product"</LinkButton> })}
                    <ActionForm action=publish>
                        <input type="hidden" name="id" value=id.get_value()/><input type="hidden" name="revision" value=move || kept.with(|(r, _)| r.to_string())/>
                        <Button kind=Kind::Main submit=true reason=why_not_publish busy=publish.pending()>"Publish"</Button>
                    </ActionForm>
                </div>
            </header>
            <div role="alert">{move || refused().map(|words| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p> })}</div>
            <div class="bench-halves">
                <div>
                    <Forms draft/>
                    <ActionForm action=save on:submit=move |_| sent.set_value(draft.text.get_untracked())>
                        <input type="hidden" name="id" value=id.get_value()/><input type="hidden" name="revision" value=move || kept.with(|(r, _)| r.to_string())/>
                        <Text draft/>
                        <p class="below"><Button submit=true icon=Glyph::Save reason=why_not_keep busy=save.pending()>"Keep the draft"</Button><span class="lab">{move || why_not_keep.get()}</span></p>
                    </ActionForm>
                </div>
                <Found draft why_not_publish/>
            </div>
        </section>
    }
    .erase()
}
