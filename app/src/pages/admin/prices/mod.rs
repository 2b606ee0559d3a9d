//! `/admin/prices`: price lists; `/admin/prices/{id}`: one of them, or `new`.

mod edit;
mod rows;

use crate::json::data;
use crate::loading::loaded;
use crate::server_fns::read_price_desk;
use contract::{PriceDesk, PriceList};
use edit::Editor;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::when::date;
use ui::{Badge, EmptyState, Erase, Glyph, Kind, LinkButton, Tone};

/// All lists.
#[component]
pub fn Prices() -> impl IntoView {
    let desk = data(|| (), |()| read_price_desk());
    loaded(desk, |desk| view! { <All desk/> }.erase())
}

/// One list.
#[component]
pub fn One() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let desk = data(|| (), |()| read_price_desk());
    loaded(desk, move |desk| {
        let list = match id.get_untracked().as_str() {
            "new" => Some(PriceList { state: String::new(), ..blank(&desk) }),
            id => desk.lists.iter().find(|l| l.id == id).cloned(),
        };
        match list {
            Some(list) => view! { <Editor list desk/> }.erase(),
            None => view! {
                <section><EmptyState text="There is no such price list. It may have been removed.">
                    <LinkButton href="/admin/prices">"All price lists"</LinkButton>
                </EmptyState></section>
            }
            .erase(),
        }
    })
}

/// What a new list begins with.
fn blank(desk: &PriceDesk) -> PriceList {
    let mut list = PriceList::default();
    list.settings.currency = desk.products.first().map_or_else(|| "USD".to_owned(), |p| p.currency.clone());
    list.settings.starts.clone_from(&desk.today);
    list
}

#[component]
fn All(desk: PriceDesk) -> impl IntoView {
    let may_write = desk.may_write;
    let make = move |words: &'static str, main: bool| {
        may_write.then(|| {
            let kind = if main { Kind::Main } else { Kind::Second };
            view! { <LinkButton kind icon=Glyph::Plus href="/admin/prices/new">{words}</LinkButton> }.erase()
        })
    };
    view! {
        <section>
            <header class="ph">
                <div><h1>"Price lists"</h1><p class="muted">"Without a list, products cost what their definition says."</p></div>
                {make("New price list", true)}
            </header>
            {if desk.lists.is_empty() {
                view! { <EmptyState picture="/img/desk-line.webp" text="No price lists yet. A list gives a customer, a currency or a season prices of its own.">{make("Make the first", false)}</EmptyState> }.erase()
            } else {
                view! {
                    <table class="t" on:keydown=ui::column_keys>
                        <caption class="sr">"Price lists"</caption>
                        <thead><tr><th>"Name"</th><th>"For"</th><th>"Currency"</th><th class="only-desk-cell">"From"</th><th class="only-desk-cell">"Until"</th><th>"State"</th></tr></thead>
                        <tbody>{desk.lists.into_iter().map(|l| {
                            let s = l.settings;
                            let whose = match (s.customer, s.on_request) {
                                (Some(customer), _) => customer,
                                (None, true) => format!("Whoever asks for {}", s.currency),
                                (None, false) => "Everyone".to_owned(),
                            };
                            view! {
                                <tr>
                                    <td class="nm"><a class="link" href=format!("/admin/prices/{}", l.id)>{s.name}</a></td>
                                    <td>{whose}</td><td>{s.currency}</td>
                                    <td class="only-desk-cell num">{date(&s.starts)}</td>
                                    <td class="only-desk-cell num">{s.ends.map_or_else(|| "Open".to_owned(), |e| date(&e))}</td>
                                    <td>{state(&l.state)}</td>
                                </tr>
                            }.erase()
                        }).collect_view()}</tbody>
                    </table>
                }.erase()
            }}
        </section>
    }
    .erase()
}

fn state(state: &str) -> AnyView {
    let (tone, icon, word) = match state {
        "in_force" => (Tone::Green, Glyph::CircleCheck, "In force"),
        "planned" => (Tone::Trace, Glyph::Clock, "Planned"),
        "over" => (Tone::Plain, Glyph::Ban, "Over"),
        _ => (Tone::Plain, Glyph::Pencil, "New"),
    };
    view! { <Badge tone icon word=word.to_owned()/> }.erase()
}
