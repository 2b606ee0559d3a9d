//! One upload: what it is, what was made of it, and what its lengths and axes mean.

use super::send::{units, ups};
use super::{ended, state};
use crate::frame::may;
use crate::json::data;
use crate::loading::{load_page, loaded};
use crate::server_fns::{MeasureAsset, RemoveAsset, RenameAsset, RunAgain, read_asset};
use contract::{Asset, Me, UNITS};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use ui::{Button, Dialog, Erase, Fact, Field, Glyph, Icon, Kind, LinkButton, Select, TitleBlock, when};

/// What can be done.
#[derive(Clone, Copy)]
struct Doings {
    rename: ServerAction<RenameAsset>,
    measure: ServerAction<MeasureAsset>,
    again: ServerAction<RunAgain>,
    remove: ServerAction<RemoveAsset>,
}

/// One upload.
#[component]
pub fn One(me: Me) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let doings = Doings { rename: ServerAction::new(), measure: ServerAction::new(), again: ServerAction::new(), remove: ServerAction::new() };
    let heard = RwSignal::new(0_u32);
    let own = RwSignal::new(None::<String>);
    ended(move |job| own.with_untracked(|own| own.as_deref() == Some(job.id.as_str())), move || heard.update(|n| *n += 1));
    let changes = Memo::new(move |_| doings.rename.version().get() + doings.measure.version().get() + doings.again.version().get());
    let asset = data(move || (id.get(), changes.get(), heard.get()), |(id, ..)| read_asset(id));
    Effect::new(move |_| {
        if let Some(to) = doings.remove.value().get().and_then(Result::ok) {
            load_page(&to);
        }
    });
    let may_write = may(&me, "assets:write");
    loaded(asset, move |a| {
        own.set(a.job_id.clone());
        view! { <Page a doings may_write/> }.erase()
    })
}

#[component]
fn Page(a: Asset, doings: Doings, may_write: bool) -> impl IntoView {
    let refused = move || {
        let of = |e: Option<crate::PageError>| e.map(|e| e.detail());
        of(doings.rename.value().get().and_then(Result::err))
            .or_else(|| of(doings.measure.value().get().and_then(Result::err)))
            .or_else(|| of(doings.again.value().get().and_then(Result::err)))
            .or_else(|| of(doings.remove.value().get().and_then(Result::err)))
    };
    let mut facts = vec![Fact::new("File", a.file_name.clone()), Fact::new("As it came", when::bytes(a.bytes))];
    if let Some([w, d, h]) = a.size_mm {
        facts.push(Fact::new("Outer size", format!("{w:.0} × {d:.0} × {h:.0} mm")));
    }
    if let Some([w, h]) = a.pixels {
        facts.push(Fact::new("Size", format!("{w} × {h} px")));
    }
    if let Some(n) = a.triangles.first() {
        facts.push(Fact::new("Triangles", n.to_string()));
    }
    facts.push(Fact::new("Uploaded", when::date(&a.created_at)));
    let (model, name) = (a.kind == "model", a.name.clone());
    let room = a.model_token().map(|t| format!("/ar/{t}"));
    view! {
        <Title text=name.clone()/>
        <section class="asset" data-status=a.status.clone()>
            <header class="ph">
                <div><p class="crumb"><a href="/admin/assets">"Assets"</a></p><h1>{name}</h1></div>
                <div class="flex flex-wrap gap-2 items-center">{state(&a)}{room.map(|href| view! { <LinkButton href>"See it in a room"</LinkButton> })}</div>
            </header>
            <div class="nb"><TitleBlock facts/></div>
            <div role="alert">
                {move || refused().map(|words| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{words}</span></p> })}
                {a.reason.clone().map(|why| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{why}</span></p> })}
            </div>
            <div class="halves">
                <div><Pictures a=a.clone()/></div>
                <aside class="doings" aria-label="Details">
                    {model.then(|| view! { <Measure a=a.clone() doings may_write/> })}
                    <Files a=a.clone()/>
                    {may_write.then(|| view! { <Keep a=a.clone() doings/> })}
                </aside>
            </div>
        </section>
    }
    .erase()
}

#[component]
fn Pictures(a: Asset) -> impl IntoView {
    let (alt, above) = (format!("{}, drawn", a.name), format!("{} from above", a.name));
    let waiting = matches!(a.status.as_str(), "processing")
        .then(|| view! { <p class="muted" role="status"><Icon glyph=Glyph::Clock/>"It is being read. This page says when it is there."</p> });
    let model = a.kind == "model";
    let whole = a.picture_url.clone().or_else(|| a.thumbnail_url.clone());
    view! {
        {waiting}
        {whole.map(|src| view! { <span class="whole"><img class=if model { "lineart" } else { "" } src=src alt=if model { alt } else { a.name.clone() } width="1120" height="840"/></span> })}
        {a.symbol_url.clone().map(|src| view! { <figure class="symbol"><span><img class="lineart" src=src alt=above width="320" height="240"/></span><figcaption class="lab">"Symbol for plans, from above"</figcaption></figure> })}
        {(!a.notes.is_empty()).then(|| view! { <ul class="notes">{a.notes.into_iter().map(|n| view! { <li class="notice"><Icon glyph=Glyph::TriangleAlert/><span>{n}</span></li> }).collect_view()}</ul> })}
    }
    .erase()
}

/// What lengths and axes were taken for, and the way to say it.
#[component]
fn Measure(a: Asset, doings: Doings, may_write: bool) -> impl IntoView {
    let unit = a.unit.clone().unwrap_or_else(|| "auto".to_owned());
    let up = a.up.clone().unwrap_or_else(|| "auto".to_owned());
    let word = UNITS.iter().find(|(u, _)| *u == unit).map_or("something", |(_, w)| w).to_lowercase();
    let asked = a.guessed.then(|| {
        let size = a.size_mm.map(|[w, d, h]| format!("{w:.0} mm wide, {d:.0} mm deep and {h:.0} mm high")).unwrap_or_default();
        view! { <p class="notice"><Icon glyph=Glyph::Ruler/><span>{format!("The file does not say its unit or its up. Read in {word} with {} up it is {size}. If that is wrong, say what is right.", up.to_uppercase())}</span></p> }
    });
    let (chosen_unit, chosen_up) = (RwSignal::new(unit), RwSignal::new(up));
    view! {
        <section>
            <h2>"Size and direction"</h2>
            {asked}
            {may_write.then(|| view! {
                <ActionForm action=doings.measure>
                    <input type="hidden" name="id" value=a.id.clone()/>
                    <div class="two">
                        <Select label="Unit of the file" name="unit" options=units() value=chosen_unit visible_label=true on_change=move |v| chosen_unit.set(v)/>
                        <Select label="Up in the file" name="up" options=ups() value=chosen_up visible_label=true on_change=move |v| chosen_up.set(v)/>
                    </div>
                    <p class="below"><Button submit=true busy=doings.measure.pending()>{if a.guessed { "This is right" } else { "Read it like this" }}</Button></p>
                </ActionForm>
            })}
        </section>
    }
    .erase()
}

#[component]
fn Files(a: Asset) -> impl IntoView {
    const LEVELS: [&str; 3] = ["Model, GLB", "Coarser, GLB", "Coarsest, GLB"];
    let models = a.glb_urls.iter().enumerate().map(|(i, url)| {
        let triangles = a.triangles.get(i).map(|n| format!("{n} triangles, ")).unwrap_or_default();
        let bytes = a.glb_bytes.get(i).copied().map(when::bytes).unwrap_or_default();
        (LEVELS.get(i).copied().unwrap_or("Model, GLB"), url.clone(), format!("{triangles}{bytes}"))
    });
    let drawings =
        [("Drawing, SVG", a.thumbnail_url.clone().filter(|_| a.kind == "model")), ("Symbol, SVG", a.symbol_url.clone()), ("Picture", a.picture_url.clone())];
    let files: Vec<_> = models.chain(drawings.into_iter().filter_map(|(words, url)| Some((words, url?, String::new())))).collect();
    (!files.is_empty()).then(|| {
        view! {
            <section>
                <h2>"Files"</h2>
                <ul class="files">{files.into_iter().map(|(words, url, about)| view! { <li><a class="link" href=url download="" rel="external">{words}</a><span class="muted dim num">{about}</span></li> }).collect_view()}</ul>
            </section>
        }
    })
    .erase()
}

/// Name, another try, removal.
#[component]
fn Keep(a: Asset, doings: Doings) -> impl IntoView {
    let asking = RwSignal::new(false);
    let id = StoredValue::new(a.id.clone());
    let again = a.job_id.clone().filter(|_| matches!(a.status.as_str(), "failed" | "cancelled"));
    view! {
        <section>
            <ActionForm action=doings.rename>
                <input type="hidden" name="id" value=a.id.clone()/>
                <Field label="Name" name="name" value=a.name.clone() required=true/>
                <p class="below"><Button submit=true busy=doings.rename.pending()>"Rename"</Button></p>
            </ActionForm>
            {again.map(|job| view! { <ActionForm action=doings.again><input type="hidden" name="id" value=job/><p class="below"><Button submit=true icon=Glyph::RefreshCw>"Read it again"</Button></p></ActionForm> })}
            <p class="below"><Button kind=Kind::Danger on_press=move |()| asking.set(true)>"Remove"</Button></p>
            <Dialog title="Remove this asset" text="The file and everything made of it are removed for good; links to them end." open=asking>
                <ActionForm action=doings.remove>
                    <input type="hidden" name="id" value=id.get_value()/>
                    <div class="acts"><Button on_press=move |()| asking.set(false)>"Keep"</Button><Button kind=Kind::Danger submit=true busy=doings.remove.pending()>"Remove"</Button></div>
                </ActionForm>
            </Dialog>
        </section>
    }
    .erase()
}
