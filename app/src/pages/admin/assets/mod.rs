//! `/admin/assets`: uploaded models and pictures; `/admin/assets/{id}`: one of them.

mod one;
mod send;

pub use one::One;

use crate::frame::may;
use crate::json::data;
use crate::live::listen;
use crate::loading::{encode, loaded};
use crate::server_fns::list_assets;
use contract::{Asset, Job, Me, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use send::Send;
use ui::{Badge, EmptyState, Erase, Glyph, Icon, LinkButton, Tone, when};

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    search: Option<String>,
    cursor: Option<String>,
    refused: Option<String>,
}

/// All uploads.
#[component]
pub fn Assets(me: Me) -> impl IntoView {
    let params = use_query_map();
    let wanted = Memo::new(move |_| {
        params.with(|q| {
            let text = |name: &str| q.get(name).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
            Wanted { search: text("search"), cursor: text("cursor"), refused: text("refused") }
        })
    });
    let changed = RwSignal::new(0_u32);
    let page = data(move || (wanted.get(), changed.get()), |(w, _)| list_assets(w.search, w.cursor));
    ended(|_| true, move || changed.update(|n| *n += 1));
    let may_write = may(&me, "assets:write");
    view! {
        <section>
            <header class="ph">
                <div><h1>"Assets"</h1><p class="muted">"Models and pictures of your own: checked, made small, drawn."</p></div>
                <form method="get" action="/admin/assets" role="search" class="w-50">
                    <ui::SearchField label="Name or file" name="search" value=wanted.get_untracked().search.unwrap_or_default()/>
                </form>
            </header>
            {match (may_write, wanted.get_untracked().refused) {
                (true, refused) => view! { <Send refused changed/> }.erase(),
                (false, Some(code)) => view! { <send::Refused code/> }.erase(),
                (false, None) => ().erase(),
            }}
            {loaded(page, move |page| view! { <Cards page searched=wanted.get_untracked().search may_write/> }.erase())}
        </section>
    }
    .erase()
}

/// Hears when the files of some upload are there, or it is clear that they will not be.
fn ended(is_ours: impl Fn(&Job) -> bool + 'static, hear: impl Fn() + 'static) {
    listen("job.updated", move |job: Option<Job>| {
        if job.is_none_or(|j| j.kind == "asset" && !j.status.open() && is_ours(&j)) {
            hear()
        }
    });
}

#[component]
fn Cards(page: Page<Asset>, searched: Option<String>, may_write: bool) -> impl IntoView {
    if page.items.is_empty() {
        return match (searched, may_write) {
            (Some(words), _) => {
                view! { <EmptyState text=format!("No asset is called “{words}”.")><LinkButton href="/admin/assets">"Show all assets"</LinkButton></EmptyState> }.erase()
            }
            (None, true) => view! { <EmptyState picture="/img/desk-line.webp" text="No assets yet. Choose a file above, or drop one on it."><span></span></EmptyState> }.erase(),
            (None, false) => view! { <EmptyState picture="/img/desk-line.webp" text="No assets yet. A designer or catalogue admin uploads the first."><span></span></EmptyState> }.erase(),
        };
    }
    let address =
        page.next_cursor.map(|c| format!("/admin/assets?cursor={}{}", encode(&c), searched.map(|s| format!("&search={}", encode(&s))).unwrap_or_default()));
    view! {
        <ul class="assets">{page.items.into_iter().map(card).collect_view()}</ul>
        {address.map(|href| view! { <p class="mt-6"><LinkButton href>"Show earlier assets"</LinkButton></p> })}
    }
    .erase()
}

fn card(a: Asset) -> AnyView {
    let about = about(&a);
    let class = if a.kind == "model" { "lineart" } else { "" };
    view! {
        <li data-asset=a.id.clone() data-status=a.status.clone()>
            <a class="card" href=format!("/admin/assets/{}", a.id)>
                <span class="t">{match a.thumbnail_url.clone() {
                    Some(src) => view! { <img class=class src=src alt="" width="320" height="240" loading="lazy"/> }.erase(),
                    None => view! { <Icon glyph=Glyph::FileText/> }.erase(),
                }}</span>
                <span class="m"><b class="truncate">{a.name.clone()}</b>{state(&a)}</span>
                <span class="m muted dim">{about}</span>
            </a>
        </li>
    }
    .erase()
}

/// Size in space or pixels, and on disk; or why there is none.
fn about(a: &Asset) -> String {
    let size = match (a.size_mm, a.pixels) {
        (Some([w, d, h]), _) => Some(format!("{w:.0} × {d:.0} × {h:.0} mm")),
        (_, Some([w, h])) => Some(format!("{w} × {h} px")),
        _ => None,
    };
    match (&a.reason, size) {
        (Some(why), _) => why.clone(),
        (None, Some(size)) => format!("{size}, {}", when::bytes(a.bytes)),
        (None, None) => when::bytes(a.bytes),
    }
}

fn state(a: &Asset) -> AnyView {
    let (tone, icon, word) = match a.status.as_str() {
        "ready" if a.guessed => (Tone::Amber, Glyph::Ruler, "Check size"),
        "ready" => (Tone::Green, Glyph::CircleCheck, "Ready"),
        "refused" => (Tone::Red, Glyph::CircleX, "Refused"),
        "failed" => (Tone::Red, Glyph::TriangleAlert, "Failed"),
        "cancelled" => (Tone::Plain, Glyph::Ban, "Cancelled"),
        _ => (Tone::Blue, Glyph::Clock, "Being read"),
    };
    view! { <Badge tone icon word=word.to_owned()/> }.erase()
}
