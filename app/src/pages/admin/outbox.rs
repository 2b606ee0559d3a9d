//! The outbox: mails of the workspace, readable here while no mail server is configured.

use super::earlier;
use crate::json::data;
use crate::{loading::loaded, server_fns::outbox};
use contract::{OutboxMail, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{Badge, EmptyState, Glyph, LinkButton, Tone, when};

#[component]
pub fn Outbox() -> impl IntoView {
    let params = use_query_map();
    let cursor = Memo::new(move |_| params.with(|q| q.get("cursor")));
    let list = data(move || cursor.get(), outbox);
    view! {
        <section>
            <header class="ph"><div><h1>"Outbox"</h1><p class="muted">"Invitations and password mails. Without a mail server they are kept here, to be handed on by other means."</p></div></header>
            {loaded(list, |page| view! { <Mails page/> }.erase())}
        </section>
    }
    .erase()
}

#[component]
fn Mails(page: Page<OutboxMail>) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <EmptyState text="No mails yet. An invitation is the first."><LinkButton href="/admin/users?invite=1">"Invite somebody"</LinkButton></EmptyState> }.erase();
    }
    let newest = page.items.first().map(|m| m.at.clone()).unwrap_or_default();
    view! {
        <ul class="mails">
            {page.items.into_iter().map(|m| {
                let (tone, icon, word) = match m.state.as_str() {
                    "sent" => (Tone::Green, Glyph::CircleCheck, "Sent"),
                    "failed" => (Tone::Red, Glyph::CircleX, "Failed"),
                    "waiting" => (Tone::Amber, Glyph::Clock, "Waiting"),
                    _ => (Tone::Plain, Glyph::Mail, "Kept"),
                };
                view! {
                    <li><details>
                        <summary><b class="nm">{m.subject.clone()}</b><span class="muted to">{m.to.clone()}</span><Badge tone icon word=word.to_owned()/><span class="num faint">{when::short(&m.at, &newest)}</span></summary>
                        <p class="body">{with_links(&m.body)}</p>
                        {m.attachment.clone().map(|name| view! { <p><a class="link" download="" href=format!("/api/v1/admin/outbox/{}/attachment", m.id)>{name}</a></p> })}
                    </details></li>
                }
            }).collect_view()}
        </ul>
        {earlier("/admin/outbox", page.next_cursor, "Show earlier mails")}
    }.erase()
}

/// Text with its web addresses as links.
fn with_links(text: &str) -> Vec<AnyView> {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end();
            if bare.starts_with("http://") || bare.starts_with("https://") {
                let rest = word[bare.len()..].to_owned();
                view! { <a class="link" href=bare.to_owned() rel="external">{bare.to_owned()}</a>{rest} }.erase()
            } else {
                word.to_owned().erase()
            }
        })
        .collect()
}
