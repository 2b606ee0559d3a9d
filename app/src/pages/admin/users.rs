//! People of the workspace: list, invitation, and one person's panel beside it.

use super::member::{InvitePanel, MemberPanel};
use crate::json::data;
use crate::{
    frame::{may, role_name},
    loading::loaded,
    server_fns::{ChangeRole, RemoveMember, SendInvite, SetDisabled, members},
};
use contract::{Me, Member};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{Avatar, Badge, Glyph, Icon, Kind, LinkButton, SearchField, Tone, when};

/// What administrators can do, in one place, so that the list is read again after each.
#[derive(Clone, Copy)]
pub struct Doings {
    pub invite: ServerAction<SendInvite>,
    pub role: ServerAction<ChangeRole>,
    pub disable: ServerAction<SetDisabled>,
    pub remove: ServerAction<RemoveMember>,
}

#[component]
pub fn Users(me: Me) -> impl IntoView {
    let doings = Doings { invite: ServerAction::new(), role: ServerAction::new(), disable: ServerAction::new(), remove: ServerAction::new() };
    let version =
        Memo::new(move |_| doings.invite.version().get() + doings.role.version().get() + doings.disable.version().get() + doings.remove.version().get());
    let list = data(move || version.get(), |_| members());
    let params = use_query_map();
    let open = Memo::new(move |_| params.with(|q| q.get("user")));
    let inviting = Memo::new(move |_| params.with(|q| q.get("invite").is_some()));
    let state = Memo::new(move |_| params.with(|q| q.get("state").unwrap_or_default()));
    let words = Memo::new(move |_| params.with(|q| q.get("search").unwrap_or_default().trim().to_owned()));
    let may_change = may(&me, "users:write");
    let tenant = StoredValue::new(me.tenant.name.clone());
    let myself = me.user.id;
    let panel_open = move || open.get().is_some() || inviting.get();
    view! {
        <div class="with-panel" data-open=move || panel_open().then_some("")>
            {loaded(list, move |people| {
                let myself = myself.clone();
                let (all, count) = (people.clone(), people.len());
                let newest = newest(&people);
                let numbers = ["active", "invited", "disabled"].map(|s| people.iter().filter(|m| m.state == s).count());
                view! {
                    <section>
                        <header class="ph">
                            <div><h1>"Users, roles"</h1><p class="muted">{format!("{} in {}.", if count == 1 { "1 person".to_owned() } else { format!("{count} people") }, tenant.get_value())}</p></div>
                            <div class="flex flex-wrap gap-2">
                                <form method="get" action="/admin/users" role="search" class="w-52"><SearchField label="Name, e-mail or role" name="search" value=words.get_untracked()/></form>
                                {may_change.then(|| view! { <LinkButton kind=Kind::Main icon=Glyph::UserPlus href="/admin/users?invite=1">"Invite"</LinkButton> })}
                            </div>
                        </header>
                        <nav class="seg mb-4 max-w-130" aria-label="State">
                            {[("", "All", count), ("active", "Active", numbers[0]), ("invited", "Invited", numbers[1]), ("disabled", "Disabled", numbers[2])].into_iter().map(|(value, word, n)| view! {
                                <a href=if value.is_empty() { "/admin/users".to_owned() } else { format!("/admin/users?state={value}") } aria-current=move || state.with(|s| s == value).then_some("true")>{word}<span class="num">{n}</span></a>
                            }).collect_view()}
                        </nav>
                        <People people open state words/>
                    </section>
                    {move || {
                        let person = open.get().and_then(|id| all.iter().find(|m| m.id == id).cloned());
                        match (person, inviting.get() && may_change) {
                            (Some(m), _) => { let own = m.id == myself; view! { <MemberPanel m doings may_change own newest=newest.clone()/> }.erase() }
                            (None, true) => view! { <InvitePanel doings/> }.erase(),
                            _ => ().erase(),
                        }
                    }}
                }.erase()
            })}
        </div>
    }
    .erase()
}

/// The latest time that somebody was here: what other times are told beside.
fn newest(people: &[Member]) -> String {
    people.iter().filter_map(|m| m.last_seen.clone()).max().unwrap_or_default()
}

#[component]
fn People(people: Vec<Member>, open: Memo<Option<String>>, state: Memo<String>, words: Memo<String>) -> impl IntoView {
    let newest = newest(&people);
    let shown = move || {
        let (state, words) = (state.get(), words.get().to_lowercase());
        let fits =
            |m: &&Member| (state.is_empty() || m.state == state) && format!("{} {} {}", m.name, m.email, role_name(&m.role)).to_lowercase().contains(&words);
        people.iter().filter(fits).cloned().collect::<Vec<_>>()
    };
    view! {
        <table class="t people" data-compact="" on:keydown=ui::column_keys>
            <caption class="sr">"People of the workspace"</caption>
            <thead><tr><th>"Name"</th><th class="em">"E-mail"</th><th>"Role"</th><th class="r ls">"Last seen"</th><th class="stt">"Status"</th></tr></thead>
            <tbody>
                {move || Some(shown()).filter(|s| !s.is_empty()).map_or_else(|| view! { <tr><td class="muted" colspan="5">"Nobody fits. Search for less, or show all."</td></tr> }.erase(), |shown| shown.into_iter().map(|m| {
                    let id = m.id.clone();
                    let selected = move || open.with(|o| o.as_deref() == Some(&id)).then_some("true");
                    let name = if m.name.is_empty() { "Not yet signed in".to_owned() } else { m.name.clone() };
                    let who = if m.name.is_empty() { m.email.clone() } else { m.name.clone() };
                    view! {
                        <tr aria-selected=selected data-member=m.email.clone()>
                            <td><a class="person-link" href=format!("/admin/users?user={}", m.id)><Avatar name=who/><b class=if m.name.is_empty() { "nm muted" } else { "nm" }>{name}</b></a></td>
                            <td class="dim muted em dim-mail">{m.email.clone()}</td>
                            <td>{role_name(&m.role)}</td>
                            <td class="r muted ls">{m.last_seen.as_deref().map_or_else(|| "never".to_owned(), |t| when::short(t, &newest))}</td>
                            <td class="stt"><State state=m.state.clone()/></td>
                        </tr>
                    }
                }).collect_view().erase())}
            </tbody>
        </table>
    }
    .erase()
}

/// Active, invited or disabled.
#[component]
pub fn State(state: String) -> impl IntoView {
    match state.as_str() {
        "active" => view! { <Badge tone=Tone::Green icon=Glyph::CircleCheck word="Active".to_owned()/> }.erase(),
        "invited" => view! { <Badge tone=Tone::Amber icon=Glyph::Clock word="Invited".to_owned()/> }.erase(),
        _ => view! { <Badge tone=Tone::Plain icon=Glyph::Ban word="Disabled".to_owned()/> }.erase(),
    }
}

/// Closes the panel.
#[component]
pub fn ClosePanel() -> impl IntoView {
    view! { <a class="btn" data-kind="ghost" data-icon="" href="/admin/users" aria-label="Close the panel"><Icon glyph=Glyph::X/></a> }
}
