//! What a look at the draft found, and what samples cost in it.

use super::Draft;
use super::text::go_to;
use contract::{BenchCase, DefinitionCheck, FaultAt};
use leptos::prelude::*;
use ui::{Erase, Glyph, Icon, delta, money};

#[component]
pub fn Found(draft: Draft, why_not_publish: Signal<Option<String>>) -> impl IntoView {
    let state = move || match (draft.looking.get(), draft.found.with(|f| f.as_ref().map(|f| f.faults.len()))) {
        (true, _) | (false, None) => "Looking it through…".to_owned(),
        (false, Some(0)) => "Nothing wrong".to_owned(),
        (false, Some(1)) => "1 thing to settle".to_owned(),
        (false, Some(n)) => format!("{n} things to settle"),
    };
    view! {
        <aside class="found" aria-label="Findings">
            <div class="sh"><h2>"Findings"</h2><span class="lab" role="status">{state}</span></div>
            {move || draft.found.with(|f| f.as_ref().map(findings))}
            <p class="lab">{move || why_not_publish.get().map(|words| format!("Publish: {words}"))}</p>
        </aside>
    }
    .erase()
}

fn findings(found: &DefinitionCheck) -> AnyView {
    let [options, rules, lines, parts] = found.counts;
    view! {
        <ul class="faults">{found.faults.iter().map(|f| fault(f, "red")).collect_view()}</ul>
        {found.faults.is_empty().then(|| view! { <p class="muted">{format!("{options} options, {rules} rules, {lines} price lines, {parts} parts as it comes.")}</p> })}
        {(!found.warnings.is_empty()).then(|| view! {
            <details><summary>{format!("{} not proven for every choice", found.warnings.len())}</summary><ul class="faults">{found.warnings.iter().map(|f| fault(f, "amber")).collect_view()}</ul></details>
        })}
        {(!found.bench.is_empty()).then(|| view! {
            <div class="sh"><h2>"Samples"</h2><span class="lab">"People see / draft"</span></div>
            <table class="t" data-compact="">
                <thead><tr><th>"Configuration"</th><th class="r">"Now"</th><th class="r">"Draft"</th></tr></thead>
                <tbody>{found.bench.iter().map(sample).collect_view()}</tbody>
            </table>
        })}
    }
    .erase()
}

fn fault(f: &FaultAt, tone: &'static str) -> AnyView {
    let (line, place) = (f.line, if f.pointer.is_empty() { "definition".to_owned() } else { f.pointer.trim_start_matches('/').replace('/', " › ") });
    view! {
        <li data-tone=tone><button type="button" on:click=move |_| go_to(line)><Icon glyph=Glyph::TriangleAlert size="s"/><span><span class="lab">{format!("Line {line}, {place}")}</span><span>{f.message.clone()}</span></span></button></li>
    }
    .erase()
}

fn sample(case: &BenchCase) -> AnyView {
    let name = match &case.configuration_id {
        Some(id) => view! { <a class="link" href=format!("/saved/{id}")>{case.name.clone()}</a> }.erase(),
        None => case.name.clone().erase(),
    };
    let by = match (&case.was, &case.now) {
        (Some(was), Some(now)) if was.currency == now.currency && was.minor != now.minor => Some(delta(&now.currency, now.minor - was.minor)),
        _ => None,
    };
    let differs: Vec<String> =
        case.differs.iter().map(|d| format!("{}: {} → {}", d.label, d.was.as_deref().unwrap_or("none"), d.now.as_deref().unwrap_or("none"))).collect();
    view! {
        <tr>
            <th scope="row">{name}{(!differs.is_empty()).then(|| view! { <div class="lab">{differs.join("; ")}</div> })}{case.problem.clone().map(|p| view! { <div class="text-red">{p}</div> })}</th>
            <td class="r num">{case.was.as_ref().map_or_else(|| "none".to_owned(), money)}</td>
            <td class="r num">{case.now.as_ref().map_or_else(|| "none".to_owned(), money)}{by.map(|t| view! { <div><mark>{t}</mark></div> })}</td>
        </tr>
    }
    .erase()
}
