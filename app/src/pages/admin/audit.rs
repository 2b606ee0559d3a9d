//! The audit log: who did what, and whether the chain is whole.

use super::earlier;
use crate::json::data;
use crate::{
    loading::loaded,
    server_fns::{audit, verify_audit},
};
use contract::{AuditCheck, AuditEntry, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{EmptyState, Fact, Glyph, Icon, Kind, LinkButton, TitleBlock, when};

#[component]
pub fn Audit() -> impl IntoView {
    let params = use_query_map();
    let cursor = Memo::new(move |_| params.with(|q| q.get("cursor")));
    // Asked by the address, so that checking works without script.
    let check = Memo::new(move |_| params.with(|q| q.get("verify")));
    let list = data(move || cursor.get(), audit);
    let result = data(
        move || check.get(),
        |asked| async move {
            match asked {
                Some(_) => verify_audit().await.map(Some),
                None => Ok(None),
            }
        },
    );
    view! {
        <section>
            <header class="ph">
                <div><h1>"Audit log"</h1><p class="muted">"Each entry carries the hash of the one before: a change to the past breaks the chain."</p></div>
                <LinkButton kind=Kind::Main icon=Glyph::Shield href=move_on(&check)>"Check the chain"</LinkButton>
            </header>
            {loaded(result, |r| r.map(|c| view! { <Checked c/> }).erase())}
            {loaded(list, |page| view! { <Entries page/> }.erase())}
        </section>
    }
    .erase()
}

/// A new address each time, so that pressing again checks again.
fn move_on(check: &Memo<Option<String>>) -> Signal<String> {
    let check = *check;
    Signal::derive(move || format!("/admin/audit?verify={}", check.get().and_then(|n| n.parse::<u32>().ok()).map_or(1, |n| n.wrapping_add(1))))
}

#[component]
fn Checked(c: AuditCheck) -> impl IntoView {
    let whole = c.first_bad.is_none();
    let words = match c.first_bad {
        None => format!("The chain is whole: {} entries.", c.entries),
        Some(n) => format!("Entry {n} does not fit its predecessor. Compare with a backup and keep this database untouched."),
    };
    view! {
        <p class=if whole { "settled" } else { "refused" } role="status"><Icon glyph=if whole { Glyph::CircleCheck } else { Glyph::TriangleAlert }/><span>{words}</span></p>
    }
    .erase()
}

#[component]
fn Entries(page: Page<AuditEntry>) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <EmptyState text="No entries yet. Signing in, saving and every change by an administrator appear here."><LinkButton href="/">"Go to the start page"</LinkButton></EmptyState> }.erase();
    }
    let newest = page.items.first().map(|e| e.at.clone()).unwrap_or_default();
    let facts = page
        .items
        .first()
        .map(|e| {
            vec![
                Fact::new("Last entry", e.seq.to_string()),
                Fact::new("At", format!("{}, {}", when::date(&e.at), when::clock(&e.at))),
                Fact::new("Its hash", e.hash.chars().take(16).collect::<String>()),
            ]
        })
        .unwrap_or_default();
    view! {
        <div class="nb"><TitleBlock facts/></div>
        <table class="t audit" data-compact="" on:keydown=ui::column_keys>
            <caption class="sr">"Audit log, newest first"</caption>
            <thead><tr><th class="r">"No."</th><th>"Time, UTC"</th><th>"Who"</th><th>"What"</th><th class="em">"On what"</th><th class="ls">"From"</th><th>"Change"</th></tr></thead>
            <tbody>
                {page.items.into_iter().map(|e| {
                    let change = change(&e);
                    view! {
                        <tr>
                            <td class="r num faint">{e.seq}</td><td class="num nowrap">{when::short(&e.at, &newest)}</td><td>{e.actor.clone()}</td><td class="dim nm">{e.action.clone()}</td><td class="dim muted em">{e.subject.clone()}</td>
                            <td class="dim muted ls" title=e.agent.clone().unwrap_or_default()>{e.ip.clone()}</td>
                            <td>{change.map(|text| view! { <details><summary class="link">"Show"</summary><pre>{text}</pre></details> })}</td>
                        </tr>
                    }
                }).collect_view()}
            </tbody>
        </table>
        {earlier("/admin/audit", page.next_cursor, "Show earlier entries")}
    }.erase()
}

fn change(e: &AuditEntry) -> Option<String> {
    let line = |word: &str, v: &Option<serde_json::Value>| v.as_ref().map(|v| format!("{word}: {v}"));
    let lines: Vec<String> = line("before", &e.before).into_iter().chain(line("after", &e.after)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
