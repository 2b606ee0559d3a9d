//! The dashboard: where to go on, what waits, what is being made.

use crate::json::{Data, data};
use crate::{
    PageError,
    frame::{Frame, Nav, may},
    live::listen,
    loading::loaded,
    pages::jobs::row::{JobState, makes},
    pages::saved::address,
    pictures::{ProductPicture, pair},
    server_fns::{RunAgain, list_configurations, list_jobs},
};
use contract::{Configuration, Job, JobStatus, Me, Page, ProductCard};
use leptos::{form::ActionForm, prelude::*, task::spawn_local};
use leptos_meta::Title;
use ui::Erase;
use ui::{Button, EmptyState, Glyph, Icon, Kind, LinkButton, Poster, ProgressLine, Size, money, when};

type Products = Data<Result<Page<ProductCard>, PageError>>;

/// For signed-in people.
#[component]
pub fn Dashboard(me: Me, products: Products) -> impl IntoView {
    let saved = data(|| (), |()| list_configurations(None, None, Some(9), None));
    let again = ServerAction::<RunAgain>::new();
    let jobs = data(move || again.version().get(), |_| list_jobs(None, None, Some(12), None));
    let tenant = me.tenant.name.clone();
    let may_save = may(&me, "configurations:write");
    view! {
        <Title text="Start"/>
        <Frame nav=Nav::Home>
            <div class="dash">
                <header class="ph">
                    <div><p class="crumb">{tenant}<Icon glyph=Glyph::ChevronRight size="s"/>"Home"</p><h1>"Go on"</h1></div>
                    <div class="flex gap-2"><LinkButton kind=Kind::Main href="/products">{if may_save { "Configure a product" } else { "See the products" }}</LinkButton></div>
                </header>
                {loaded(saved, move |page| view! { <GoOn saved=page.items products/> }.erase())}
                {loaded(jobs, move |page| view! { <Below jobs=page.items again/> }.erase())}
            </div>
        </Frame>
    }
    .erase()
}

/// The three configurations touched last; for a new workspace, the products to begin with.
#[component]
fn GoOn(saved: Vec<Configuration>, products: Products) -> impl IntoView {
    view! {
        <Suspense>
            {move || {
                let saved = saved.clone();
                Suspend::new(async move {
                    let cards = products.await.map(|p| p.items).unwrap_or_default();
                    if saved.is_empty() { return view! { <Begin cards/> }.erase() }
                    let newest = saved.iter().map(|c| c.updated_at.clone()).max().unwrap_or_default();
                    let rest: Vec<_> = saved.iter().skip(3).cloned().collect();
                    view! {
                        <div class="go-on">
                            {saved.into_iter().take(3).map(|c| {
                                let card = cards.iter().find(|p| p.id == c.product_id).cloned();
                                view! { <SavedCard c card newest=newest.clone()/> }
                            }).collect_view()}
                        </div>
                        {(!rest.is_empty()).then(|| view! {
                            <ul class="more-saved">
                                {rest.into_iter().map(|c| view! { <li><a class="link" href=address(&c)>{c.name.clone()}</a><span class="num">{money(&c.price)}</span></li> }).collect_view()}
                                <li><a class="link" href="/saved">"Everything saved"</a></li>
                            </ul>
                        })}
                    }.erase()
                })
            }}
        </Suspense>
    }
    .erase()
}

#[component]
fn SavedCard(c: Configuration, card: Option<ProductCard>, newest: String) -> impl IntoView {
    let sku = card.as_ref().map(|p| p.sku.clone()).unwrap_or_default();
    let product = card.map(|p| p.name).filter(|n| *n != c.name);
    let (solid, drawing) = pair(&sku, c.thumbnail_url.as_deref(), None);
    view! {
        <a class="saved" href=address(&c)>
            <span class="pic">{match (solid, drawing) {
                (Some(solid), Some(drawing)) => view! { <Poster solid drawing eager=true/> }.erase(),
                (Some(solid), None) => view! { <Poster solid eager=true/> }.erase(),
                _ => view! { <span class="poster"></span> }.erase(),
            }}</span>
            <span class="m"><span class="min-w-0 truncate"><b>{c.name.clone()}</b>" "<span class="lab">{product}</span></span><span class="num strong">{money(&c.price)}</span></span>
            <span class="m muted"><span>"Saved "<span class="num">{when::short(&c.updated_at, &newest)}</span></span>{c.share_url.is_some().then(|| view! { <span class="flex items-center gap-1"><Icon glyph=Glyph::Link size="s"/>"Shared"</span> })}</span>
        </a>
    }
    .erase()
}

#[component]
fn Begin(cards: Vec<ProductCard>) -> impl IntoView {
    if cards.is_empty() {
        return view! { <EmptyState text="No products yet. They appear here once one is published."><LinkButton href="/products">"Open the catalogue"</LinkButton></EmptyState> }.erase();
    }
    view! {
        <p class="muted mb-3">"Nothing saved yet. Begin with a product; what you choose is in the link, and Save keeps it here."</p>
        <div class="go-on">
            {cards.into_iter().take(3).map(|card| {
                let (href, name, price, size) = (format!("/configure/{}", card.id), card.name.clone(), card.price_words(), card.size_range.clone());
                view! { <a class="saved" href=href><span class="pic"><ProductPicture card eager=true/></span><span class="m"><b>{name}</b><span class="num strong">{price}</span></span><span class="m"><span class="dim muted">{size}</span><span class="link">"Configure"</span></span></a> }
            }).collect_view()}
        </div>
    }.erase()
}

/// What waits for a person at the left, what is being made at the right, live.
#[component]
fn Below(jobs: Vec<Job>, again: ServerAction<RunAgain>) -> impl IntoView {
    let list = RwSignal::new(jobs);
    // Lists are drawn anew when something changed, and only then.
    let hear = move |job: Job| {
        list.try_maybe_update(|l| match l.iter_mut().find(|j| j.id == job.id) {
            Some(old) => (std::mem::replace(old, job.clone()) != job, ()),
            None => {
                l.insert(0, job);
                l.truncate(12);
                (true, ())
            }
        });
    };
    listen("job.updated", move |job: Option<Job>| match job {
        Some(job) => hear(job),
        None => spawn_local(async move {
            if let Ok(page) = list_jobs(None, None, Some(12), None).await {
                page.items.into_iter().rev().for_each(hear)
            }
        }),
    });
    let failed = move || list.with(|l| l.iter().filter(|j| j.status == JobStatus::Failed).cloned().collect::<Vec<_>>());
    let open = move || list.with(|l| l.iter().filter(|j| j.status.open()).count());
    view! {
        <div class="two">
            <section>
                <header class="sh"><h2 class="head">"Waiting for you "<span class="faint font-normal">{move || failed().len()}</span></h2></header>
                {move || {
                    let failed = failed();
                    if failed.is_empty() { return view! { <p class="none">"Nothing waits for you. A model that could not be made would stand here, with its reason."</p> }.erase() }
                    view! { <ul class="waits">{failed.into_iter().map(|j| view! {
                        <li>
                            <span class="kic" data-tone="red"><Icon glyph=Glyph::TriangleAlert/></span>
                            <span class="min-w-0"><b>{format!("{} was not made", match j.kind.as_str() { "turntable" => "The film", "drawing" => "The drawing", _ => "The exact model" })}</b><span class="sub">{j.title.clone()}". "{j.error_message.clone().unwrap_or_default()}" "{j.error_code.clone()}</span></span>
                            <span class="num faint">{when::clock(&j.created_at)}</span>
                            <ActionForm action=again><input type="hidden" name="id" value=j.id.clone()/><Button size=Size::Small submit=true>"Run again"</Button></ActionForm>
                        </li>
                    }).collect_view()}</ul> }.erase()
                }}
            </section>
            <section>
                <header class="sh"><h2 class="head">"Jobs"</h2><a class="link" href="/jobs">{move || match open() { 0 => "All jobs".to_owned(), n => format!("{n} open") }}</a></header>
                {move || {
                    let jobs = list.get();
                    if jobs.is_empty() { return view! { <p class="none">"No jobs yet. The configurator asks for an exact model after a moment of rest."</p> }.erase() }
                    view! { <table class="t jobs-mini"><caption class="sr">"Latest jobs"</caption><thead class="sr"><tr><th>"Product"</th><th>"Makes"</th><th>"Progress"</th><th>"State"</th></tr></thead><tbody>
                        {jobs.into_iter().take(5).map(|j| {
                            let (percent, run) = (j.progress, JobState::of(&j).run());
                            view! { <tr><td class="nm">{j.title.clone()}</td><td class="muted only-desk-cell">{makes(&j)}</td><td class="w-24"><ProgressLine label=format!("{}: progress", j.title) percent state=run/></td><td class="r muted"><span data-tone=match JobState::of(&j) { JobState::Processing => Some("blue"), JobState::Failed => Some("red"), _ => None }>{JobState::of(&j).line(&j)}</span></td></tr> }
                        }).collect_view()}
                    </tbody></table> }.erase()
                }}
            </section>
        </div>
        <Show when=move || matches!(again.value().get(), Some(Err(_)))><p class="text-red mt-3" role="alert">{move || again.value().get().and_then(Result::err).map(|e| e.detail())}</p></Show>
    }
    .erase()
}
