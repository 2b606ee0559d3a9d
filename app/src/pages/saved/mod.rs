//! `/saved`, `/saved/{id}`, `/saved/compare`: configurations that were kept. Everything is a link or a form, so all of it works without script.

mod compare;
mod link;
mod list;
mod one;
mod table;

pub(crate) use link::{SAVED, address, pieces};

use crate::frame::{Frame, Nav};
use crate::loading::signed_in;
use crate::pictures::pair;
use contract::{Configuration, Me};
use leptos::prelude::*;
use ui::{Erase, Poster};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// `/saved`
    List,
    /// `/saved/compare`
    Compare,
    /// `/saved/{id}`
    One,
}

/// All three: one chunk.
#[lazy]
pub fn saved_page(room: Room) -> AnyView {
    let content = move |me: Me| match room {
        Room::List => view! { <list::List/> }.erase(),
        Room::Compare => view! { <compare::Compare/> }.erase(),
        Room::One => view! { <one::One me/> }.erase(),
    };
    view! { <Frame nav=Nav::Saved><div class="page kept">{signed_in(content)}</div></Frame> }.erase()
}

/// The picture of a configuration; until it is made, that of the product, which says so.
#[component]
fn Picture(c: Configuration) -> impl IntoView {
    let (solid, drawing) = pair(&c.product_sku, c.thumbnail_url.as_deref(), None);
    let words = if c.thumbnail_url.is_some() { "" } else { "The product as it comes. The picture of this configuration is made when it is opened." };
    view! { <figure><span class="pic"><Poster solid=solid.or(drawing).unwrap_or_default() eager=true/></span><figcaption class="lab">{words}</figcaption></figure> }.erase()
}
