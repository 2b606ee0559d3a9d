//! The form of a question, inside the frame.

use super::host;
use crate::json;
use crate::pages::configure::choices::to_wire;
use crate::pages::configure::state::Config;
use contract::LeadReceipt;
use leptos::{prelude::*, task::spawn_local};
use serde_json::json;
use ui::Erase;
use ui::{Button, Dialog, Field, Glyph, Icon, Kind};
use wasm_bindgen::JsCast;

/// The question as it stands.
#[derive(Clone, Copy)]
pub struct Question {
    config: Config,
    product: StoredValue<String>,
    /// The form is open.
    pub open: RwSignal<bool>,
    busy: RwSignal<bool>,
    refused: RwSignal<Option<(String, String)>>,
    receipt: RwSignal<Option<LeadReceipt>>,
}

impl Question {
    /// About a product's configuration.
    pub fn new(config: Config, product: String) -> Self {
        Self {
            config,
            product: StoredValue::new(product),
            open: RwSignal::new(false),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            receipt: RwSignal::new(None),
        }
    }

    /// Opens the form, empty of what was answered before.
    pub fn begin(self) {
        self.refused.set(None);
        self.receipt.set(None);
        self.open.set(true);
    }

    fn send(self, form: &web_sys::HtmlFormElement) {
        if self.busy.get_untracked() {
            return;
        }
        let field = |name: &str| {
            let element = form.query_selector(&format!("[name={name}]")).ok().flatten()?;
            js_sys::Reflect::get(&element, &"value".into()).ok()?.as_string()
        };
        let price = untrack(|| self.config.price());
        let body = json!({
            "currency": price.currency,
            "quantity": price.quantity,
            "product_id": self.product.get_value(),
            "config_data": self.config.choices.with_untracked(to_wire),
            "kind": "quote",
            "name": field("lead-name"),
            "email": field("lead-email"),
            "message": field("lead-message"),
        });
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let answer = host::ask("/api/v1/leads", &body).await;
            self.busy.set(false);
            match answer.map(|text| json::read::<LeadReceipt>(&text)) {
                Ok(Ok(receipt)) => {
                    host::tell("lead-sent", &json!({ "id": receipt.id, "share_url": receipt.share_url }));
                    self.receipt.set(Some(receipt));
                }
                Ok(Err(_)) => self.refused.set(Some(("It was sent, but the answer can't be read.".to_owned(), String::new()))),
                Err(refused) => self.refused.set(Some(refused)),
            }
        });
    }
}

/// The dialog.
#[component]
pub fn Lead(question: Question, organization: String) -> impl IntoView {
    let at = move |name: &'static str| {
        Signal::derive(move || question.refused.get().filter(|(_, pointer)| pointer.strip_prefix('/') == Some(name)).map(|(words, _)| words))
    };
    let general = move || question.refused.get().filter(|(_, pointer)| !["/name", "/email"].contains(&pointer.as_str())).map(|(words, _)| words);
    let text = format!("{organization} answers by mail. You get a link to this configuration.");
    view! {
        <Dialog title="Request a quote" text open=question.open>
            {move || match question.receipt.get() {
                Some(receipt) => view! {
                    <p class="settled" role="status"><Icon glyph=Glyph::CircleCheck/><span>"Your request is on its way. This link holds your configuration:"</span></p>
                    <div class="field" data-size="l"><input readonly=true aria-label="Link" value=receipt.share_url.clone() data-testid="lead-link"/></div>
                    <div class="acts">
                        <a class="btn" data-kind="second" href=receipt.share_url target="_blank" rel="noopener">"Open"</a>
                        <Button kind=Kind::Main on_press=move |()| question.open.set(false)>"Done"</Button>
                    </div>
                }.erase(),
                None => view! {
                    <form on:submit=move |ev| {
                        ev.prevent_default();
                        if let Some(form) = ev.target().and_then(|t| t.dyn_into::<web_sys::HtmlFormElement>().ok()) { question.send(&form) }
                    }>
                        <div role="alert">{move || general().map(|words| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p> })}</div>
                        <div class="fields">
                            <Field label="Name" name="lead-name" autocomplete="name" required=true error=at("name")/>
                            <Field label="E-mail" name="lead-email" kind="email" autocomplete="email" required=true error=at("email")/>
                            <div class="control">
                                <div class="top"><label for="lead-message">"Message"</label><span class="lab">"Optional"</span></div>
                                <div class="field area"><textarea id="lead-message" name="lead-message" rows="4" maxlength="4000"></textarea></div>
                            </div>
                        </div>
                        <div class="acts">
                            <Button on_press=move |()| question.open.set(false)>"Cancel"</Button>
                            <Button kind=Kind::Main submit=true busy=question.busy>"Send"</Button>
                        </div>
                    </form>
                }.erase(),
            }}
        </Dialog>
    }
    .erase()
}
