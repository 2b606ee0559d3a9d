//! `/saved/{id}`: one configuration: what was saved, what changed since, and what can be done with it.

use super::table::{Options, Prices};
use super::{Picture, address, pieces};
use crate::frame::may;
use crate::json::data;
use crate::loading::{copy, load_page, loaded};
use crate::server_fns::{
    CopyConfiguration, DeleteConfiguration, RenameConfiguration, RenewConfiguration, RevokeShare, ShareConfiguration, get_configuration, list_folders,
    read_difference,
};
use contract::{Configuration, Difference, Folder, Me};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use ui::{Button, Erase, Fact, Field, Glyph, Icon, Kind, LinkButton, TitleBlock, when};

/// What can be done.
#[derive(Clone, Copy)]
struct Doings {
    rename: ServerAction<RenameConfiguration>,
    share: ServerAction<ShareConfiguration>,
    unshare: ServerAction<RevokeShare>,
    renew: ServerAction<RenewConfiguration>,
    fork: ServerAction<CopyConfiguration>,
    delete: ServerAction<DeleteConfiguration>,
}

impl Doings {
    fn new() -> Self {
        Self {
            rename: ServerAction::new(),
            share: ServerAction::new(),
            unshare: ServerAction::new(),
            renew: ServerAction::new(),
            fork: ServerAction::new(),
            delete: ServerAction::new(),
        }
    }

    /// Grows with every change that the page must read again.
    fn changes(self) -> usize {
        self.rename.version().get() + self.share.version().get() + self.unshare.version().get() + self.renew.version().get()
    }

    /// What went wrong last, in words.
    fn refused(self) -> Option<String> {
        let of = |e: Option<crate::PageError>| e.map(|e| e.detail());
        of(self.rename.value().get().and_then(Result::err))
            .or_else(|| of(self.share.value().get().and_then(Result::err)))
            .or_else(|| of(self.unshare.value().get().and_then(Result::err)))
            .or_else(|| of(self.renew.value().get().and_then(Result::err)))
            .or_else(|| of(self.fork.value().get().and_then(Result::err)))
            .or_else(|| of(self.delete.value().get().and_then(Result::err)))
    }
}

#[component]
pub fn One(me: Me) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let doings = Doings::new();
    let changes = Memo::new(move |_| doings.changes());
    let saved = data(move || (id.get(), changes.get()), |(id, _)| get_configuration(id));
    let difference = data(move || (id.get(), changes.get()), |(id, _)| read_difference(id, None));
    let folders = data(move || changes.get(), |_| list_folders());
    // A copy has a page of its own; what is removed has none.
    Effect::new(move |_| {
        if let Some(to) = doings.fork.value().get().and_then(Result::ok).or_else(|| doings.delete.value().get().and_then(Result::ok)) {
            load_page(&to);
        }
    });
    let may_change = may(&me, "configurations:write");
    // One call per resource: after a wait, a call on the server may no longer know who asks.
    loaded(saved, move |c| {
        loaded(difference, move |d| {
            let c = c.clone();
            loaded(folders, move |folders| view! { <Saved c=c.clone() d=d.clone() folders doings may_change/> }.erase())
        })
    })
}

#[component]
fn Saved(c: Configuration, d: Difference, folders: Vec<Folder>, doings: Doings, may_change: bool) -> impl IntoView {
    let facts = vec![
        Fact::new("Product", c.product_name.clone()),
        Fact::new("Variant", c.variant_code.clone()),
        Fact::new("Edition", c.product_schema_version.clone()),
        Fact::new("Saved", when::date(&c.updated_at)),
        Fact::new("Price, excl. tax", pieces(&c)),
    ];
    view! {
        <Title text=c.name.clone()/>
        <header class="ph">
            <div><p class="crumb"><a href="/saved">"Saved"</a>{(!c.folder.is_empty()).then(|| view! { <Icon glyph=Glyph::ChevronRight size="s"/>{c.folder.clone()} })}</p><h1>{c.name.clone()}</h1></div>
            <div class="flex flex-wrap gap-2 no-print">
                <a class="btn" data-kind="second" download="" href=format!("/api/v1/configurations/{}/specification.pdf", c.id)><Icon glyph=Glyph::Download/>"Specification, PDF"</a>
                <LinkButton href=address(&c).replace("/configure/", "/workshop/")>"Cut list"</LinkButton>
                <LinkButton kind=Kind::Main href=address(&c)>"Open in the configurator"</LinkButton>
            </div>
        </header>
        <div class="nb"><TitleBlock facts/></div>
        <div role="alert">{move || doings.refused().map(|words| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p> })}</div>
        <div class="halves">
            <div>
                <Picture c=c.clone()/>
                <Since c=c.clone() d doings may_change/>
            </div>
            <Panel c folders doings may_change/>
        </div>
    }
    .erase()
}

/// What changed since it was saved, line by line.
#[component]
fn Since(c: Configuration, d: Difference, doings: Doings, may_change: bool) -> impl IntoView {
    let names = [format!("Saved, {}", d.was.edition), format!("Today, {}", d.now.edition)];
    let words = match (d.any(), d.now.price.is_some()) {
        (false, _) => "Nothing changed: today it costs the same, in the same edition.",
        (true, true) => "Today it would be saved like this.",
        (true, false) => "Today’s edition does not offer this combination.",
    };
    let renewable = may_change && d.any() && d.now.price.is_some() && c.share_url.is_none();
    let (options, alike, problems, availability) = (d.options.clone(), d.alike.clone(), d.problems.clone(), d.availability.clone());
    let table = names.clone();
    view! {
        <section>
            <div class="sh"><h2>"Since it was saved"</h2><span class="lab">{availability}</span></div>
            <p class="muted">{words}</p>
            {problems.into_iter().map(|p| view! { <p class="notice"><Icon glyph=Glyph::TriangleAlert/><span>{p}</span></p> }).collect_view()}
            <Prices d names=table/>
            {renewable.then(|| view! {
                <ActionForm action=doings.renew>
                    <input type="hidden" name="id" value=c.id.clone()/><input type="hidden" name="revision" value=c.revision.to_string()/>
                    <p class="below"><Button submit=true icon=Glyph::RefreshCw busy=doings.renew.pending()>"Move to today’s edition and price"</Button></p>
                </ActionForm>
            })}
            {(may_change && c.share_url.is_some()).then(|| view! { <p class="lab">"Behind a link stays what was shared. Duplicate it to go on with today’s price."</p> })}
        </section>
        <section><div class="sh"><h2>"Options"</h2></div><Options options alike names/></section>
    }
    .erase()
}

/// Name, folder, link, copy, removal.
#[component]
fn Panel(c: Configuration, folders: Vec<Folder>, doings: Doings, may_change: bool) -> impl IntoView {
    if !may_change {
        return view! { <aside class="doings" aria-label="Details"><Link c doings may_change/></aside> }.erase();
    }
    let answer = doings.rename.value();
    let at = move |field: &'static str| Signal::derive(move || answer.get().and_then(Result::err).and_then(|e| e.at(field)));
    let (id, name) = (StoredValue::new(c.id.clone()), c.name.clone());
    let hidden = move || view! { <input type="hidden" name="id" value=id.get_value()/> };
    let link = view! { <Link c=c.clone() doings may_change/> };
    let known: Vec<String> = folders.into_iter().map(|f| f.name).filter(|n| !n.is_empty() && *n != c.folder).collect();
    view! {
        <aside class="doings" aria-label="Details">
            <section>
                <h2>"Name and folder"</h2>
                <ActionForm action=doings.rename>
                    {hidden()}
                    <div class="fields">
                        <Field label="Name" name="name" value=c.name.clone() required=true error=at("name")/>
                        <Field label="Folder" name="folder" value=c.folder.clone() hint=if known.is_empty() { "Any name makes a folder; empty is none.".to_owned() } else { format!("There are: {}.", known.join(", ")) } error=at("folder")/>
                        <Button submit=true busy=doings.rename.pending()>"Keep these"</Button>
                    </div>
                </ActionForm>
            </section>
            {link}
            <section>
                <h2>"Copy and remove"</h2>
                <div class="flex flex-wrap gap-2 items-start">
                    <ActionForm action=doings.fork>{hidden()}<Button submit=true icon=Glyph::Copy busy=doings.fork.pending()>"Duplicate"</Button></ActionForm>
                    <details class="remove">
                        <summary class="btn" data-kind="danger">"Remove…"</summary>
                        <ActionForm action=doings.delete>
                            {hidden()}
                            <p class="lab">{format!("“{name}” goes for everybody here, and its link ends.")}</p>
                            <Button kind=Kind::Danger submit=true busy=doings.delete.pending()>"Remove for good"</Button>
                        </ActionForm>
                    </details>
                </div>
            </section>
        </aside>
    }
    .erase()
}

/// The link for people without an account.
#[component]
fn Link(c: Configuration, doings: Doings, may_change: bool) -> impl IntoView {
    let id = StoredValue::new(c.id.clone());
    let hidden = move || view! { <input type="hidden" name="id" value=id.get_value()/> };
    let content = match c.share_url {
        Some(link) => {
            let copied = link.clone();
            let absolute = move || window().location().origin().map(|o| format!("{o}{copied}")).unwrap_or_default();
            view! {
                <p class="muted">"Whoever has the link sees this configuration at this price, without an account."</p>
                <div class="flex flex-wrap gap-2">
                    <a class="btn" data-kind="second" href=link target="_blank" rel="noopener"><Icon glyph=Glyph::ExternalLink/>"Open the link"</a>
                    <Button icon=Glyph::Copy on_press=move |()| { copy(&absolute()); ui::toast("Link copied"); }>"Copy the link"</Button>
                    {may_change.then(|| view! { <ActionForm action=doings.unshare>{hidden()}<Button kind=Kind::Danger submit=true busy=doings.unshare.pending()>"End the link"</Button></ActionForm> })}
                </div>
            }
            .erase()
        }
        None if may_change => view! {
            <p class="muted">"A link shows this configuration at this price to people without an account, until you end it."</p>
            <ActionForm action=doings.share>{hidden()}<Button submit=true icon=Glyph::Link busy=doings.share.pending()>"Make a link"</Button></ActionForm>
        }
        .erase(),
        None => view! { <p class="muted">"Not shared."</p> }.erase(),
    };
    view! { <section><h2>"Link"</h2>{content}</section> }.erase()
}
