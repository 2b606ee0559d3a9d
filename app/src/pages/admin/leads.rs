//! People who asked about what they configured.

use super::earlier;
use crate::json::data;
use crate::{loading::loaded, server_fns::list_leads};
use contract::{Lead, Page, format_money};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{EmptyState, LinkButton, when};

#[component]
pub fn Leads() -> impl IntoView {
    let params = use_query_map();
    let cursor = Memo::new(move |_| params.with(|q| q.get("cursor")));
    let list = data(move || cursor.get(), list_leads);
    view! {
        <section>
            <header class="ph"><div><h1>"Leads"</h1><p class="muted">"Who asked about a configuration on another site. Each keeps what was configured, at its price."</p></div></header>
            {loaded(list, |page| view! { <Table page/> }.erase())}
        </section>
    }
    .erase()
}

#[component]
fn Table(page: Page<Lead>) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <EmptyState picture="/img/desk-line.webp" text="Nobody has asked yet. An embed on your site lets them."><LinkButton href="/admin/embeds">"Open embeds"</LinkButton></EmptyState> }.erase();
    }
    let newest = page.items.first().map(|l| l.created_at.clone()).unwrap_or_default();
    view! {
        <table class="t leads" on:keydown=ui::column_keys>
            <caption class="sr">"Leads"</caption>
            <thead><tr><th>"Who"</th><th>"Configuration"</th><th class="only-desk-cell">"Message"</th><th class="r">"Price"</th><th class="r">"When"</th></tr></thead>
            <tbody>{page.items.into_iter().map(|l| {
                let wish = if l.kind == "quote" { "Asks for a quote" } else { "Asks a question" };
                let from = [l.embed.unwrap_or_default(), l.origin.trim_start_matches("https://").to_owned()].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(", ");
                view! {
                    <tr>
                        <td><b class="nm">{l.name}</b><div><a class="link" href=format!("mailto:{}", l.email) rel="external">{l.email.clone()}</a></div></td>
                        <td><a class="link" href=format!("/saved/{}", l.configuration_id)>{l.product_name}</a><div class="muted">{wish}{(!from.is_empty()).then(|| format!(", {from}"))}</div></td>
                        <td class="only-desk-cell message">{l.message}</td>
                        <td class="r num">{format_money(&l.price.currency, l.price.minor)}</td>
                        <td class="r num nowrap">{when::short(&l.created_at, &newest)}</td>
                    </tr>
                }
            }).collect_view()}</tbody>
        </table>
        {earlier("/admin/leads", page.next_cursor, "Show earlier leads")}
    }
    .erase()
}
