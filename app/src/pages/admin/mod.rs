//! `/admin/…`: definitions, assets, embeds, leads, people, audit log, outbox.

mod assets;
mod audit;
mod definition;
mod embed;
mod embeds;
mod leads;
mod member;
mod outbox;
mod prices;
mod products;
mod users;

use crate::{
    frame::{Frame, Nav, SideNav},
    loading::{encode, signed_in},
};
use contract::Me;
use leptos::prelude::*;
use leptos_meta::Title;
use ui::Erase;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// `/jobs`
    Jobs,
    /// `/admin/products`
    Products,
    /// `/admin/products/{id}`
    Definition,
    /// `/admin/assets`
    Assets,
    /// `/admin/assets/{id}`
    Asset,
    /// `/admin/embeds`
    Embeds,
    /// `/admin/leads`
    Leads,
    /// `/admin/prices`
    Prices,
    /// `/admin/prices/{id}`
    PriceList,
    /// `/admin/users`
    Users,
    /// `/admin/audit`
    Audit,
    /// `/admin/outbox`
    Outbox,
}

/// All of them, and the jobs that stand in the same side nav: one chunk.
#[lazy]
pub fn admin_page(room: Room) -> AnyView {
    match room {
        Room::Jobs => super::jobs::page(),
        Room::Products => page("Definitions", "/admin/products", |me| view! { <products::Products me/> }.erase()),
        Room::Definition => page("Definition", "/admin/products", |_| view! { <definition::Definition/> }.erase()),
        Room::Assets => page("Assets", "/admin/assets", |me| view! { <assets::Assets me/> }.erase()),
        Room::Asset => page("Asset", "/admin/assets", |me| view! { <assets::One me/> }.erase()),
        Room::Embeds => page("Embeds", "/admin/embeds", |me| view! { <embeds::Embeds me/> }.erase()),
        Room::Leads => page("Leads", "/admin/leads", |_| view! { <leads::Leads/> }.erase()),
        Room::Prices => page("Price lists", "/admin/prices", |_| view! { <prices::Prices/> }.erase()),
        Room::PriceList => page("Price list", "/admin/prices", |_| view! { <prices::One/> }.erase()),
        Room::Users => page("Users, roles", "/admin/users", |me| view! { <users::Users me/> }.erase()),
        Room::Audit => page("Audit log", "/admin/audit", |_| view! { <audit::Audit/> }.erase()),
        Room::Outbox => page("Outbox", "/admin/outbox", |_| view! { <outbox::Outbox/> }.erase()),
    }
}

/// Bar, side nav, and the content for a signed-in person.
fn page(title: &'static str, address: &'static str, content: impl Fn(Me) -> AnyView + Clone + Send + Sync + 'static) -> AnyView {
    view! {
        <Title text=title/>
        <Frame nav=Nav::Admin>
            {signed_in(move |me| {
                let nav = me.clone();
                view! { <div class="ad"><SideNav current=address me=nav/>{content(me)}</div> }.erase()
            })}
        </Frame>
    }
    .erase()
}

/// The way to the next page of a list, when there is one.
fn earlier(address: &str, cursor: Option<String>, words: &'static str) -> AnyView {
    cursor.map(|c| view! { <p class="mt-6"><ui::LinkButton href=format!("{address}?cursor={}", encode(&c))>{words}</ui::LinkButton></p> }).erase()
}
