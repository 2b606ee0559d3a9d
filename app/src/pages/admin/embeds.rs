//! Configurators on other sites: list, and one of them with its settings beside it.

use super::embed::EmbedPanel;
use crate::json::data;
use crate::{
    frame::may,
    loading::{load_page, loaded},
    server_fns::{RemoveEmbed, SaveEmbed, list_embeds},
};
use contract::{Embed, Me};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{Badge, EmptyState, Glyph, Kind, LinkButton, Tone};

#[component]
pub fn Embeds(me: Me) -> impl IntoView {
    let (save, remove) = (ServerAction::<SaveEmbed>::new(), ServerAction::<RemoveEmbed>::new());
    // Read again after what was done; a refusal leaves the form as it is.
    let version = RwSignal::new(0_u32);
    let list = data(move || version.get(), |_| list_embeds());
    Effect::new(move |_| {
        if save.value().get().is_some_and(|answer| answer.is_ok()) {
            version.update(|v| *v += 1);
        }
    });
    let params = use_query_map();
    let open = Memo::new(move |_| params.with(|q| q.get("embed")));
    let making = Memo::new(move |_| params.with(|q| q.get("new").is_some()));
    // What was made has an address of its own; what was removed has none any more.
    Effect::new(move |_| {
        let made = save.value().get().and_then(Result::ok).filter(|_| making.get_untracked());
        if let Some(to) = made.or_else(|| remove.value().get().and_then(Result::ok)) {
            load_page(&to);
        }
    });
    let may_change = may(&me, "embeds:write");
    let tenant = StoredValue::new(me.tenant.name);
    view! {
        <div class="with-panel" data-open=move || (open.get().is_some() || making.get()).then_some("")>
            {loaded(list, move |desk| {
                let all = desk.embeds.clone();
                let products = StoredValue::new(desk.products);
                let none = desk.embeds.is_empty();
                view! {
                    <section>
                        <header class="ph">
                            <div><h1>"Embeds"</h1><p class="muted">{format!("Configurators of {} on other sites.", tenant.get_value())}</p></div>
                            {may_change.then(|| view! { <LinkButton kind=Kind::Main icon=Glyph::Plus href="/admin/embeds?new=1">"New embed"</LinkButton> })}
                        </header>
                        {if none {
                            let way = may_change.then(|| view! { <LinkButton href="/admin/embeds?new=1">"Make the first"</LinkButton> });
                            view! { <EmptyState picture="/img/desk-line.webp" text="No embeds yet. One line of HTML puts a configurator into your site.">{way}</EmptyState> }.erase()
                        } else {
                            view! { <Table embeds=desk.embeds open/> }.erase()
                        }}
                    </section>
                    {move || {
                        let embed = open.get().and_then(|id| all.iter().find(|e| e.id == id).cloned());
                        match (embed, making.get() && may_change) {
                            (Some(embed), _) => view! { <EmbedPanel embed products=products.get_value() save remove may_change/> }.erase(),
                            (None, true) => {
                                let embed = Embed { enabled: true, ..Embed::default() };
                                view! { <EmbedPanel embed products=products.get_value() save remove may_change=true/> }.erase()
                            }
                            _ => ().erase(),
                        }
                    }}
                }.erase()
            })}
        </div>
    }
    .erase()
}

#[component]
fn Table(embeds: Vec<Embed>, open: Memo<Option<String>>) -> impl IntoView {
    view! {
        <table class="t" on:keydown=ui::column_keys>
            <caption class="sr">"Embeds"</caption>
            <thead><tr><th>"Name"</th><th class="only-desk-cell">"Addresses"</th><th class="r" title="Within 30 days">"Opened"</th><th class="r only-desk-cell" title="Within 30 days">"Configured"</th><th class="r" title="Within 30 days">"Leads"</th><th>"Status"</th></tr></thead>
            <tbody>{embeds.into_iter().map(|e| {
                let id = e.id.clone();
                let selected = move || open.with(|o| o.as_deref() == Some(&id)).then_some("true");
                let places = match e.origins.as_slice() {
                    [] => "None yet".to_owned(),
                    [one] => one.clone(),
                    [one, rest @ ..] => format!("{one} and {} more", rest.len()),
                };
                let state = if e.enabled { view! { <Badge tone=Tone::Green icon=Glyph::CircleCheck word="On".to_owned()/> }.erase() } else { view! { <Badge tone=Tone::Plain icon=Glyph::Ban word="Off".to_owned()/> }.erase() };
                view! {
                    <tr aria-selected=selected>
                        <td class="nm"><a class="link" href=format!("/admin/embeds?embed={}", e.id)>{e.name}</a></td>
                        <td class="only-desk-cell muted">{places}</td>
                        <td class="r num">{e.opened}</td><td class="r num only-desk-cell">{e.changed}</td><td class="r num">{e.leads}</td>
                        <td>{state}</td>
                    </tr>
                }
            }).collect_view()}</tbody>
        </table>
    }
    .erase()
}
