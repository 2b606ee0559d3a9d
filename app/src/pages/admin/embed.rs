//! One embed: settings, preview, the lines for the other site's page.

use crate::loading::copy;
use crate::server_fns::{RemoveEmbed, SaveEmbed};
use contract::{Embed, ProductCard};
use leptos::{form::ActionForm, prelude::*};
use ui::Erase;
use ui::{Button, Check, Dialog, Field, Glyph, Icon, Kind, Select, SelectOption};

/// What the preview shows before anything is saved.
#[derive(Clone, Debug, PartialEq)]
struct Tried {
    product: String,
    scheme: String,
    accent: String,
    radius: String,
    action: String,
}

#[component]
pub fn EmbedPanel(
    embed: Embed,
    products: Vec<ProductCard>,
    save: ServerAction<SaveEmbed>,
    remove: ServerAction<RemoveEmbed>,
    may_change: bool,
) -> impl IntoView {
    let new = embed.id.is_empty();
    let answer = save.value();
    let at = move |field: &'static str| Signal::derive(move || answer.get().and_then(Result::err).and_then(|e| e.at(field)));
    // One of several addresses is named by its number.
    let wrong_origin = Signal::derive(move || {
        let error = answer.get().and_then(Result::err)?;
        error.error.errors.iter().find(|e| e.pointer.starts_with("/origins")).map(|e| {
            match e.pointer.strip_prefix("/origins/").and_then(|n| n.parse::<usize>().ok()) {
                Some(line) => format!("Line {}: {}", line + 1, e.message),
                None => e.message.clone(),
            }
        })
    });
    let general = move || {
        let error = answer.get().and_then(Result::err)?;
        let told =
            error.error.errors.iter().any(|e| ["/name", "/origins", "/notify", "/theme/accent", "/theme/radius"].iter().any(|p| e.pointer.starts_with(p)));
        (!told).then(|| error.detail())
    };
    // What stood in the form that was refused, for a browser without script.
    let before = answer.get_untracked().and_then(Result::err);
    let kept = move |name: &str, stored: String| before.as_ref().map(|e| e.kept(name)).filter(|text| !text.is_empty()).unwrap_or(stored);
    let tried = RwSignal::new(Tried {
        product: kept("product_id", embed.product_id.clone().unwrap_or_default()),
        scheme: Some(embed.theme.scheme.clone()).filter(|s| !s.is_empty()).unwrap_or_else(|| "auto".to_owned()),
        accent: kept("accent", embed.theme.accent.clone()),
        radius: embed.theme.radius.map(|px| px.to_string()).unwrap_or_default(),
        action: Some(embed.theme.action.clone()).filter(|s| !s.is_empty()).unwrap_or_else(|| "quote".to_owned()),
    });
    let skus = StoredValue::new(products.iter().map(|p| (p.id.clone(), p.sku.clone())).collect::<Vec<_>>());
    let sku = move |id: &str| skus.with_value(|all| all.iter().find(|(i, _)| i == id).or(all.first()).map(|(_, sku)| sku.clone()).unwrap_or_default());
    let any = std::iter::once(SelectOption::new("", "Any, named by the page"));
    let options: Vec<SelectOption> = any.chain(products.iter().map(|p| SelectOption::new(p.id.clone(), format!("{}, {}", p.name, p.sku)))).collect();
    let schemes = vec![SelectOption::new("auto", "As the visitor's system"), SelectOption::new("light", "Light"), SelectOption::new("dark", "Dark")];
    let actions = vec![SelectOption::new("quote", "Request a quote"), SelectOption::new("cart", "Add to cart, the page has its own")];
    let (public_id, script) = (StoredValue::new(embed.public_id.clone()), StoredValue::new(embed.script_url.clone()));
    let own_product = embed.product_id.clone();
    let snippet = Memo::new(move |_| {
        let product = tried.with(|t| sku(&t.product));
        let named = if own_product.is_some() { String::new() } else { format!(" product=\"{product}\"") };
        format!(
            "<script src=\"{}\" async></script>\n<fitout-configurator embed=\"{}\"{named} style=\"display: block; min-height: 720px\"></fitout-configurator>",
            script.get_value(),
            public_id.get_value()
        )
    });
    let preview = Memo::new(move |_| {
        tried.with(|t| {
            let own = [
                ("product", sku(&t.product)),
                ("theme", t.scheme.clone()),
                ("accent", t.accent.clone()),
                ("radius", t.radius.clone()),
                ("action", t.action.clone()),
            ];
            let query: Vec<String> = own.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("embed.{k}={}", crate::loading::encode(v))).collect();
            format!("/embed/{}?{}", public_id.get_value(), query.join("&"))
        })
    });
    let asking = RwSignal::new(false);
    let id = StoredValue::new(embed.id.clone());
    let title = if new { "New embed".to_owned() } else { embed.name.clone() };
    let set = move |change: fn(&mut Tried, String)| move |value: String| tried.update(|t| change(t, value));
    let label = title.clone();
    view! {
        <aside class="panel embed-panel" aria-label=label>
            <header><div class="min-w-0 grow"><h2 class="truncate">{title}</h2><p class="dim muted truncate">{embed.public_id.clone()}</p></div>
                <a class="btn" data-kind="ghost" data-icon="" href="/admin/embeds" aria-label="Close the panel"><Icon glyph=Glyph::X/></a></header>
            {(!new).then(|| view! {
                <div class="sect">
                    <h3 class="head">"For your page"</h3>
                    <pre class="snippet" data-testid="snippet">{move || snippet.get()}</pre>
                    <div class="flex gap-2"><Button icon=Glyph::Copy on_press=move |()| { copy(&snippet.get_untracked()); ui::toast("Copied"); }>"Copy"</Button>
                        <a class="btn" data-kind="ghost" href="/docs/embed" target="_blank" rel="noopener">"How it works"</a></div>
                </div>
                <div class="sect">
                    <h3 class="head">"Preview"</h3>
                    <iframe class="preview" title="Preview of the embed" src=move || preview.get()></iframe>
                </div>
            })}
            <div class="sect">
                <h3 class="head">"Settings"</h3>
                <div role="alert">{move || general().map(|d| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{d}</span></p> })}</div>
                <div role="status">{move || answer.get().and_then(Result::ok).map(|_| view! { <p class="settled"><Icon glyph=Glyph::CircleCheck/><span>"Saved."</span></p> })}</div>
                <ActionForm action=save>
                    <input type="hidden" name="id" value=id.get_value()/>
                    <input type="hidden" name="revision" value=embed.revision/>
                    <fieldset class="fields" disabled=!may_change>
                        <Field label="Name" name="name" value=kept("name", embed.name.clone()) required=true autocomplete="off" error=at("name")/>
                        <Select label="Product" name="product_id" visible_label=true options value=Signal::derive(move || tried.with(|t| t.product.clone())) on_change=set(|t, v| t.product = v)/>
                        <div class="control">
                            <div class="top"><label for="origins">"Addresses that may show it"</label><span class="lab">"One in each line"</span></div>
                            <div class="field area" data-invalid=move || wrong_origin.with(Option::is_some).then_some("true")>
                                <textarea id="origins" name="origins" rows="3" spellcheck="false" placeholder="https://www.example.com" aria-describedby="origins-below">{kept("origins", embed.origins.join("\n"))}</textarea>
                            </div>
                            {move || match wrong_origin.get() {
                                Some(words) => view! { <p class="error" id="origins-below"><Icon glyph=Glyph::TriangleAlert size="s"/>{words}</p> }.erase(),
                                None => view! { <p class="hint" id="origins-below">"Exact: with https:// and without a path. Everywhere else browsers refuse to show it."</p> }.erase(),
                            }}
                        </div>
                        <Field label="Leads go to" name="notify" kind="email" value=kept("notify", embed.notify.clone().unwrap_or_default()) autocomplete="off" error=at("notify") hint="They are kept under Leads in any case."/>
                        <Field label="Prices for" name="customer" value=kept("customer", embed.customer.clone().unwrap_or_default()) autocomplete="off" error=at("customer") hint="A customer of your price lists; empty for everyone's prices."/>
                        <Select label="Main button" name="action" visible_label=true options=actions value=Signal::derive(move || tried.with(|t| t.action.clone())) on_change=set(|t, v| t.action = v)/>
                        <Select label="Scheme" name="scheme" visible_label=true options=schemes value=Signal::derive(move || tried.with(|t| t.scheme.clone())) on_change=set(|t, v| t.scheme = v)/>
                        <div class="grid grid-cols-2 gap-2">
                            <div on:change=move |ev| tried.update(|t| t.accent = event_target_value(&ev))><Field label="Colour" name="accent" value=tried.get_untracked().accent placeholder="#rrggbb" error=at("theme/accent")/></div>
                            <div on:change=move |ev| tried.update(|t| t.radius = event_target_value(&ev))><Field label="Corners, px" name="radius" value=embed.theme.radius.map(|px| px.to_string()).unwrap_or_default() placeholder="3" error=at("theme/radius")/></div>
                        </div>
                        {(!new).then(|| view! { <Check label="On" name="enabled" checked=embed.enabled/> })}
                        {may_change.then(|| view! {
                            <div class="flex gap-2">
                                <Button kind=Kind::Main submit=true busy=save.pending()>{if new { "Make it" } else { "Save" }}</Button>
                                {(!new).then(|| view! { <Button kind=Kind::Danger on_press=move |()| asking.set(true)>"Remove"</Button> })}
                            </div>
                        })}
                    </fieldset>
                </ActionForm>
            </div>
        </aside>
        <Dialog title="Remove this embed" text="Pages that show it will say that there is no such embed. Leads stay." open=asking>
            <ActionForm action=remove on:submit=move |_| asking.set(false)>
                <input type="hidden" name="id" value=id.get_value()/>
                <div class="acts"><Button on_press=move |()| asking.set(false)>"Keep"</Button><Button kind=Kind::Danger submit=true>"Remove"</Button></div>
            </ActionForm>
        </Dialog>
    }
    .erase()
}
