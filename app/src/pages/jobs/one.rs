//! The panel at the right: what one job waited for, took and said.

use super::row::{JobState, makes};
use crate::json::data;
use crate::live::listen;
use crate::loading::loaded;
use crate::server_fns::get_job;
use contract::Job;
use leptos::prelude::*;
use ui::{Erase, Glyph, Icon, when};

/// One job.
#[component]
pub fn Panel(
    /// The job's.
    id: String,
    /// The list without the panel.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    let beat = RwSignal::new(0_u32);
    let own = id.clone();
    listen("job.updated", move |job: Option<Job>| {
        if job.is_none_or(|j| j.id == own) {
            beat.update(|n| *n += 1)
        }
    });
    let job = data(move || beat.get(), move |_| get_job(id.clone()));
    let back = StoredValue::new(back);
    loaded(job, move |job| view! { <About job back=back.get_value()/> }.erase())
}

#[component]
fn About(job: Job, back: String) -> impl IntoView {
    let state = JobState::of(&job);
    let mut facts = vec![("State", state.word().to_owned()), ("Makes", makes(&job).to_owned()), ("Asked", when::date(&job.created_at))];
    match &job.run {
        Some(run) => {
            facts.push(("Waited", when::span(run.waited_ms)));
            if let Some(ms) = run.run_ms {
                facts.push(("Cost", format!("{} of one worker", when::span(ms))));
            }
            if let Some(bytes) = run.peak_memory {
                facts.push(("Memory, at most", when::bytes(bytes)));
            }
            facts.push(("Tries", format!("{} of {}", run.attempts, job.max_retries + 1)));
        }
        None if job.cache_hit => facts.push(("Cost", "Nothing: it was there already".to_owned())),
        None => facts.push(("Cost", "Not known any more".to_owned())),
    }
    if let Some(worker) = job.worker_id.clone() {
        facts.push(("Worker", worker));
    }
    if let Some(result) = job.result.as_ref().filter(|r| r.bytes > 0) {
        facts.push(("File", when::bytes(result.bytes)));
    }
    facts.push(("Id", job.id.clone()));
    let log = job.run.map(|r| r.log).filter(|l| !l.is_empty());
    view! {
        <aside class="panel job" aria-label=format!("{}: details", job.title)>
            <header><div class="min-w-0 grow"><h2 class="truncate">{job.title.clone()}</h2><p class="dim muted truncate">{job.variant_code.clone()}</p></div>
                <a class="btn" data-kind="ghost" data-icon="" href=back aria-label="Close the panel"><Icon glyph=Glyph::X/></a></header>
            {job.error_message.clone().map(|why| view! { <p class="refused m-5"><Icon glyph=Glyph::TriangleAlert/><span>{why}{job.error_code.clone().map(|c| format!(" ({c})"))}</span></p> })}
            <dl class="told">{facts.into_iter().map(|(k, v)| view! { <div><dt class="k">{k}</dt><dd class="num">{v}</dd></div> }).collect_view()}</dl>
            <div class="sect"><h3 class="head">"Log"</h3>
                {match log {
                    Some(text) => view! { <pre class="log" tabindex="0" role="region" aria-label="Log">{text}</pre> }.erase(),
                    None => view! { <p class="muted">"Nothing was said."</p> }.erase(),
                }}
            </div>
        </aside>
    }
    .erase()
}
