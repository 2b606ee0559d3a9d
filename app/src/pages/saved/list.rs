//! `/saved`: the list, by folder and words; two of them can be put side by side.

use super::{address, pieces};
use crate::json::data;
use crate::loading::{encode, loaded};
use crate::pictures::pair;
use crate::server_fns::{list_configurations, list_folders};
use contract::{Configuration, Folder, Page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use ui::{Badge, Button, EmptyState, Erase, Glyph, Kind, LinkButton, Tone, when};

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    search: Option<String>,
    folder: Option<String>,
    cursor: Option<String>,
}

impl Wanted {
    fn filtered(&self) -> bool {
        self.search.is_some() || self.folder.is_some()
    }

    /// The address of the same list with another folder, or the next page.
    fn href(&self, folder: Option<&str>, cursor: Option<&str>) -> String {
        let pairs = [("search", self.search.as_deref()), ("folder", folder), ("cursor", cursor)];
        let query: Vec<String> = pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(value?)))).collect();
        if query.is_empty() { "/saved".to_owned() } else { format!("/saved?{}", query.join("&")) }
    }
}

#[component]
pub fn List() -> impl IntoView {
    let params = use_query_map();
    let wanted = Memo::new(move |_| {
        params.with(|q| {
            let text = |name: &str| q.get(name).map(|t| t.trim().to_owned());
            let some = |name: &str| text(name).filter(|t| !t.is_empty());
            // A folder without a name is what lies in none.
            Wanted { search: some("search"), folder: text("folder"), cursor: some("cursor") }
        })
    });
    let page = data(move || wanted.get(), |w| list_configurations(w.search, w.folder, Some(50), w.cursor));
    let folders = data(|| (), |()| list_folders());
    view! {
        <Title text="Saved"/>
        <header class="ph">
            <div><h1>"Saved"</h1><p class="muted">"Configurations of this workspace, each at the edition and price it was saved with."</p></div>
            <form method="get" action="/saved" role="search" class="w-50">
                {move || wanted.get().folder.map(|f| view! { <input type="hidden" name="folder" value=f/> })}
                <ui::SearchField label="Name, product or variant" name="search" value=wanted.get_untracked().search.unwrap_or_default()/>
            </form>
        </header>
        {loaded(folders, move |folders| view! { <Folders folders wanted/> }.erase())}
        {loaded(page, move |page| view! { <Rows page wanted/> }.erase())}
    }
    .erase()
}

/// One folder with nothing beside it needs no choice.
#[component]
fn Folders(folders: Vec<Folder>, wanted: Memo<Wanted>) -> impl IntoView {
    let all: i64 = folders.iter().map(|f| f.configurations).sum();
    let link = move |folder: Option<String>, words: String, count: i64| {
        let (to, here) = (folder.clone(), folder);
        view! {
            <a href=move || wanted.with(|w| w.href(to.as_deref(), None)) aria-current=move || wanted.with(|w| w.folder == here).then_some("true")>{words}<span class="num">{count}</span></a>
        }
    };
    folders
        .iter()
        .any(|f| !f.name.is_empty())
        .then(|| {
            view! {
                <nav class="folders" aria-label="Folder">
                    {link(None, "All".to_owned(), all)}
                    {folders.into_iter().map(|f| link(Some(f.name.clone()), if f.name.is_empty() { "In no folder".to_owned() } else { f.name }, f.configurations)).collect_view()}
                </nav>
            }
        })
        .erase()
}

#[component]
fn Rows(page: Page<Configuration>, wanted: Memo<Wanted>) -> impl IntoView {
    let asked = wanted.get_untracked();
    if page.items.is_empty() {
        return if asked.filtered() {
            view! { <EmptyState picture="/img/storage-line.webp" text="Nothing saved fits these filters."><LinkButton href="/saved">"Show everything saved"</LinkButton></EmptyState> }.erase()
        } else {
            view! { <EmptyState picture="/img/storage-line.webp" text="Nothing saved yet. What you choose is in the link of the page; Save keeps it here, with its price."><LinkButton kind=Kind::Main href="/products">"Configure a product"</LinkButton></EmptyState> }.erase()
        };
    }
    let newest = page.items.iter().map(|c| c.updated_at.clone()).max().unwrap_or_default();
    let more = page.next_cursor.map(|cursor| asked.href(asked.folder.as_deref(), Some(&cursor)));
    let ticked = RwSignal::new(Vec::<String>::new());
    let reason = Signal::derive(move || (ticked.with(Vec::len) != 2).then(|| "Tick two to compare them.".to_owned()));
    view! {
        <form method="get" action="/saved/compare">
            <table class="t kept-list" on:keydown=ui::column_keys>
                <caption class="sr">"Saved configurations, newest first"</caption>
                <thead><tr><th><span class="sr">"Compare"</span></th><th><span class="sr">"Picture"</span></th><th>"Name"</th><th class="only-desk-cell">"Folder"</th><th class="only-desk-cell">"State"</th><th class="r">"Price"</th><th class="r only-desk-cell">"Saved"</th><th class="only-desk-cell"><span class="sr">"Open"</span></th></tr></thead>
                <tbody>{page.items.into_iter().map(|c| view! { <Row c newest=newest.clone() ticked/> }).collect_view()}</tbody>
            </table>
            <p class="below"><Button kind=Kind::Second icon=Glyph::Columns2 submit=true reason>"Compare"</Button><span class="lab">{move || reason.get()}</span>
                {more.map(|href| view! { <LinkButton href>"Show earlier ones"</LinkButton> })}</p>
        </form>
    }
    .erase()
}

#[component]
fn Row(c: Configuration, newest: String, ticked: RwSignal<Vec<String>>) -> impl IntoView {
    let (open, own, id) = (address(&c), format!("/saved/{}", c.id), c.id.clone());
    let (solid, drawing) = pair(&c.product_sku, c.thumbnail_url.as_deref(), None);
    let tick = move |ev| {
        let on = event_target_checked(&ev);
        ticked.update(|list| {
            list.retain(|t| *t != id);
            if on {
                list.push(id.clone())
            }
        });
    };
    view! {
        <tr>
            <td class="tick"><input type="checkbox" name="with" value=c.id.clone() aria-label=format!("Compare {}", c.name) on:change=tick/></td>
            <td class="im"><span>{solid.or(drawing).map(|src| view! { <img src=src alt="" width="60" height="45" loading="lazy"/> })}</span></td>
            <td class="nm"><a class="link" href=own>{c.name.clone()}</a><div class="lab">{c.product_name.clone()}", "<span class="dim">{c.variant_code.clone()}</span></div></td>
            <td class="only-desk-cell muted">{c.folder.clone()}</td>
            <td class="only-desk-cell">
                {c.newer_edition.clone().map(|e| view! { <Badge tone=Tone::Trace icon=Glyph::RefreshCw word=format!("Edition {e} is out")/> })}
                {c.share_url.is_some().then(|| view! { <Badge tone=Tone::Plain icon=Glyph::Link word="Shared".to_owned()/> })}
            </td>
            <td class="r num strong nowrap">{pieces(&c)}</td>
            <td class="r num muted nowrap only-desk-cell">{when::short(&c.updated_at, &newest)}</td>
            <td class="r only-desk-cell"><a class="btn" data-kind="ghost" data-size="s" href=open>"Open"<span class="sr">{format!(" {}", c.name)}</span></a></td>
        </tr>
    }
    .erase()
}
