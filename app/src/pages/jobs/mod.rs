//! `/jobs`: exact models and pictures, live.

mod one;
pub mod row;

use crate::json::{Data, data};
use crate::{
    PageError,
    frame::{Frame, Nav, SideNav, may},
    live::listen,
    loading::{loaded, signed_in},
    server_fns::{CancelJob, RunAgain, list_jobs, read_figures},
};
use contract::{Job, JobFigures, Me, Page};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use row::Row;
use ui::Erase;
use ui::{EmptyState, Fact, Kind, LinkButton, TitleBlock, when};

/// The list of jobs.
#[must_use]
pub fn page() -> AnyView {
    view! { <Title text="Jobs"/><Frame nav=Nav::Jobs>{signed_in(|me| view! { <Jobs me/> }.erase())}</Frame> }.erase()
}

/// Which jobs the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    state: Option<String>,
    search: Option<String>,
    cursor: Option<String>,
}

impl Wanted {
    /// Its address.
    fn href(&self) -> String {
        let pairs = [("state", &self.state), ("search", &self.search), ("cursor", &self.cursor)];
        let query: Vec<_> = pairs.into_iter().filter_map(|(name, value)| value.as_deref().map(|v| format!("{name}={}", crate::loading::encode(v)))).collect();
        if query.is_empty() { "/jobs".to_owned() } else { format!("/jobs?{}", query.join("&")) }
    }
}

#[component]
fn Jobs(me: Me) -> impl IntoView {
    let params = use_query_map();
    let wanted = Memo::new(move |_| {
        params.with(|q| {
            let text = |name: &str| q.get(name).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
            Wanted { state: text("state"), search: text("search"), cursor: text("cursor") }
        })
    });
    let (cancel, again) = (ServerAction::<CancelJob>::new(), ServerAction::<RunAgain>::new());
    let changes = Memo::new(move |_| cancel.version().get() + again.version().get());
    let list = data(move || (wanted.get(), changes.get()), |(w, _)| list_jobs(w.state, w.search, Some(50), w.cursor));
    let beat = RwSignal::new(0_u32);
    let figures = data(move || (changes.get(), beat.get()), |_| read_figures());
    let may_run = may(&me, "jobs:create");
    let open = Memo::new(move |_| params.with(|q| q.get("job")));
    let here = move || wanted.with(Wanted::href);
    let refused = move || cancel.value().get().and_then(Result::err).or_else(|| again.value().get().and_then(Result::err));
    view! {
        <div class="ad">
            <SideNav current="/jobs" me figures/>
            <div class="with-panel"><section>
                <header class="ph">
                    <div><h1>"Jobs"</h1><p class="muted">"Exact models, pictures and files made on the server."</p></div>
                    <StateFilter wanted figures/>
                </header>
                {loaded(figures, |f| view! { <Figures f/> }.erase())}
                <div role="alert">{move || refused().map(|e| view! { <p class="text-red mb-3">{e.detail()}</p> })}</div>
                {loaded(list, move |page| view! { <List page beat wanted cancel again may_run/> }.erase())}
            </section>
            {move || open.get().map(|id| view! { <one::Panel id back=here()/> })}
            </div>
        </div>
    }
    .erase()
}

#[component]
fn StateFilter(wanted: Memo<Wanted>, figures: Data<Result<JobFigures, PageError>>) -> impl IntoView {
    let search = wanted.get_untracked().search.unwrap_or_default();
    let here = move |state: Option<&str>| wanted.with(|w| w.state.as_deref() == state).then_some("true");
    let href = move |state: &str| {
        let state = Some(state.to_owned()).filter(|s| !s.is_empty());
        wanted.with(|w| Wanted { state, search: w.search.clone(), cursor: None }.href())
    };
    view! {
        <div class="flex flex-wrap gap-2">
            <nav class="seg states" aria-label="State">
                <a href=move || href("") aria-current=move || here(None)>"All"</a>
                <a href=move || href("open") aria-current=move || here(Some("open"))>"Open"<Suspense>{move || Suspend::new(async move { figures.await.ok().map(|f| view! { <span class="num">{f.open}</span> }) })}</Suspense></a>
                <a href=move || href("failed") aria-current=move || here(Some("failed"))>"Failed"</a>
                <a href=move || href("done") aria-current=move || here(Some("done"))>"Done"</a>
            </nav>
            <form method="get" action="/jobs" role="search" class="w-50">
                {move || wanted.get().state.map(|s| view! { <input type="hidden" name="state" value=s/> })}
                <ui::SearchField label="Product, SKU or job" name="search" value=search/>
            </form>
        </div>
    }
    .erase()
}

#[component]
fn Figures(f: JobFigures) -> impl IntoView {
    let waiting = match (f.waiting, f.median_ms) {
        (0, _) => "0".to_owned(),
        (n, Some(ms)) => format!("{n}, about {} s", (n * ms / i64::from(f.workers_total.max(1)) / 1000).max(1)),
        (n, None) => n.to_string(),
    };
    let facts = vec![
        Fact::new("Workers", format!("{} of {} busy", f.workers_busy, f.workers_total)),
        Fact::new("Waiting", waiting),
        Fact::new("Median time, today", f.median_ms.map_or_else(|| "none yet".to_owned(), when::span)),
        Fact::new("From cache, today", f.cache_percent.map_or_else(|| "none yet".to_owned(), |p| format!("{p} %"))),
        Fact::new("Failed, today", format!("{} of {}", f.failed, f.total)),
    ];
    let most = f.hours.iter().copied().max().unwrap_or(0).max(1);
    let sum: i64 = f.hours.iter().sum();
    view! {
        {f.problem.map(|p| view! { <p class="notice" role="status"><ui::Icon glyph=ui::Glyph::TriangleAlert/>{p}</p> })}
        <div class="nb">
            <TitleBlock facts>
                <div class="grow only-desk-cell"><dt class="k">"Jobs an hour, last 24 h"</dt>
                    <dd class="m-0"><span class="bars" role="img" aria-label=format!("{sum} jobs in the last 24 hours, at most {most} in one")>{f.hours.into_iter().map(|n| view! { <i style=format!("height:{}px", (n * 24 / most).max(1))></i> }).collect_view()}</span></dd></div>
            </TitleBlock>
        </div>
    }
    .erase()
}

#[component]
fn List(
    page: Page<Job>,
    beat: RwSignal<u32>,
    wanted: Memo<Wanted>,
    cancel: ServerAction<CancelJob>,
    again: ServerAction<RunAgain>,
    may_run: bool,
) -> impl IntoView {
    let more = page.next_cursor;
    let jobs = RwSignal::new(page.items.into_iter().map(RwSignal::new).collect::<Vec<_>>());
    let first_page = wanted.with_untracked(|w| w.cursor.is_none() && w.search.is_none() && !matches!(w.state.as_deref(), Some("failed" | "done")));
    let hear = move |job: Job| {
        let Some(known) = jobs.try_with_untracked(|l| l.iter().find(|j| j.with_untracked(|j| j.id == job.id)).copied()) else { return };
        let turned = known.is_none_or(|j| j.with_untracked(|j| j.status != job.status));
        match known {
            Some(row) => row.set(job),
            None if first_page => jobs.update(|l| l.insert(0, RwSignal::new(job))),
            None => {}
        }
        // Figures change with states, not with every percent.
        if turned {
            beat.update(|n| *n += 1)
        }
    };
    listen("job.updated", move |job: Option<Job>| match job {
        Some(job) => hear(job),
        None => spawn_local(async move {
            if let Some(w) = wanted.try_get_untracked()
                && let Ok(page) = list_jobs(w.state, w.search, Some(50), w.cursor).await
            {
                page.items.into_iter().rev().for_each(hear)
            }
        }),
    });
    let here = wanted.with_untracked(Wanted::href);
    let here = StoredValue::new(format!("{here}{}", if here.contains('?') { '&' } else { '?' }));
    view! {
        <Show when=move || jobs.with(|l| !l.is_empty()) fallback=move || view! {
            <EmptyState picture="/img/desk-line.webp" text=if wanted.get().state.is_some() || wanted.get().search.is_some() { "No job fits these filters." } else { "No jobs yet. The configurator asks for an exact model after a moment of rest." }>
                {if wanted.get().state.is_some() || wanted.get().search.is_some() { view! { <LinkButton href="/jobs">"Show all jobs"</LinkButton> } } else { view! { <LinkButton kind=Kind::Second href="/products">"Configure a product"</LinkButton> } }}
            </EmptyState>
        }>
            <table class="t jobs" on:keydown=ui::column_keys>
                <caption class="sr">"Jobs, newest first"</caption>
                <thead><tr><th><span class="sr">"Picture"</span></th><th>"Product"</th><th>"Makes"</th><th>"State"</th><th>"Progress"</th><th class="r">"Time"</th><th>"Worker"</th><th><span class="sr">"Action"</span></th></tr></thead>
                <tbody><For each=move || jobs.get() key=|j| j.with_untracked(|j| j.id.clone()) let:job><Row job here cancel again may_run/></For></tbody>
            </table>
        </Show>
        {more.map(|cursor| {
            let href = Wanted { cursor: Some(cursor), ..wanted.get_untracked() }.href();
            view! { <p class="mt-6"><LinkButton href>"Show earlier jobs"</LinkButton></p> }
        })}
    }
    .erase()
}
