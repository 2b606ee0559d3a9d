//! `/saved/compare?with=…&with=…`: two configurations side by side.

use super::table::{Options, Prices};
use super::{Picture, address};
use crate::json::data;
use crate::loading::{encode, loaded};
use crate::server_fns::{get_configuration, read_difference};
use contract::{Configuration, Difference, Money, Side};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use ui::{EmptyState, Erase, Glyph, Kind, LinkButton, Units, format_length, money};

#[component]
pub fn Compare() -> impl IntoView {
    let params = use_query_map();
    let asked = Memo::new(move |_| params.with(|q| q.get_all("with").unwrap_or_default()));
    let pair = move || {
        asked.with(|ids| match &ids[..] {
            [first, second] => Some((first.clone(), second.clone())),
            _ => None,
        })
    };
    // One call per resource: after a wait, a call on the server may no longer know who asks.
    let one = |id: Option<String>| async move {
        match id {
            Some(id) => get_configuration(id).await.map(Some),
            None => Ok(None),
        }
    };
    let first = data(move || pair().map(|(first, _)| first), one);
    let second = data(move || pair().map(|(_, second)| second), one);
    let difference = data(pair, |pair| async move {
        match pair {
            Some((first, second)) => read_difference(first, Some(second)).await.map(Some),
            None => Ok(None),
        }
    });
    loaded(first, move |first| {
        loaded(second, move |second| {
            let first = first.clone();
            loaded(difference, move |d| match (first.clone(), second.clone(), d) {
                (Some(first), Some(second), Some(d)) => view! { <Both first second d/> }.erase(),
                _ => view! { <Nothing/> }.erase(),
            })
        })
    })
}

/// Nothing to compare yet.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Title text="Compare"/>
        <h1 class="sr">"Compare"</h1>
        <EmptyState picture="/img/desk-line.webp" text="Tick two saved configurations; here they stand side by side."><LinkButton kind=Kind::Main href="/saved">"Choose two"</LinkButton></EmptyState>
    }
    .erase()
}

#[component]
fn Both(first: Configuration, second: Configuration, d: Difference) -> impl IntoView {
    let names = [first.name.clone(), second.name.clone()];
    let swapped = format!("/saved/compare?with={}&with={}", encode(&second.id), encode(&first.id));
    let by = match (&d.was.price, &d.now.price) {
        (Some(a), Some(b)) if a.currency == b.currency => b.minor - a.minor,
        _ => 0,
    };
    let amount = |minor: i64| money(&Money { minor, ..second.price.clone() });
    let price = match by {
        0 => "the price is the same".to_owned(),
        1.. => format!("{} costs {} more", second.name, amount(by)),
        _ => format!("{} costs {} less", second.name, amount(-by)),
    };
    let summary = format!("{}; {price}.", count(d.options.len()));
    let (options, alike, was, now) = (d.options.clone(), d.alike.clone(), d.was.clone(), d.now.clone());
    view! {
        <Title text=format!("{} and {}", first.name, second.name)/>
        <header class="ph">
            <div><p class="crumb"><a href="/saved">"Saved"</a></p><h1>"Compare"</h1><p class="muted" role="status">{summary}</p></div>
            <div class="flex flex-wrap gap-2 no-print"><LinkButton href=swapped icon=Glyph::RefreshCw>"Change sides"</LinkButton></div>
        </header>
        <div class="sides"><SideCard c=first side=was/><SideCard c=second side=now/></div>
        <section><div class="sh"><h2>"Options"</h2></div><Options options alike names=names.clone()/></section>
        <section><div class="sh"><h2>"Price"</h2></div><Prices d names/></section>
    }
    .erase()
}

fn count(options: usize) -> String {
    match options {
        0 => "No option differs".to_owned(),
        1 => "1 option differs".to_owned(),
        n => format!("{n} options differ"),
    }
}

#[component]
fn SideCard(c: Configuration, side: Side) -> impl IntoView {
    let [w, depth, h] = side.bounding_box_mm.map(|mm| format_length(mm, Units::Mm));
    view! {
        <article>
            <Picture c=c.clone()/>
            <h2><a class="link" href=format!("/saved/{}", c.id)>{c.name.clone()}</a></h2>
            <p class="muted">{c.product_name.clone()}", edition "{side.edition}</p>
            <p class="dim">{format!("{w} × {depth} × {h} mm")}</p>
            <p class="m"><span class="num strong">{side.price.as_ref().map(money)}</span><LinkButton kind=Kind::Second href=address(&c)>"Open"</LinkButton></p>
        </article>
    }
    .erase()
}
