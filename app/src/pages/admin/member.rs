//! The panel at the right: one person, or an invitation.

use super::users::{ClosePanel, Doings, State};
use crate::frame::role_name;
use contract::Member;
use leptos::{form::ActionForm, prelude::*};
use ui::Erase;
use ui::{Avatar, Button, Dialog, Field, Glyph, Icon, Kind, Select, SelectOption, Size, when};

const ROLES: [&str; 6] = ["admin", "designer", "sales_rep", "facility_manager", "catalog_admin", "viewer"];

fn role_options() -> Vec<SelectOption> {
    ROLES.iter().map(|r| SelectOption::new(*r, role_name(r))).collect()
}

/// What a role includes, in people's words: `(words, included)`.
fn includes(role: &str) -> Vec<(&'static str, bool)> {
    let is = |roles: &[&str]| roles.contains(&role);
    vec![
        ("See products, configurations and jobs", true),
        ("Configure, save and share", !is(&["viewer"])),
        ("Ask for exact models", !is(&["viewer"])),
        ("Publish products", is(&["admin", "catalog_admin"])),
        ("See costs", is(&["admin", "sales_rep", "catalog_admin"])),
        ("Invite people, change roles, read the audit log", is(&["admin"])),
    ]
}

/// One person: facts, role, access.
#[component]
pub fn MemberPanel(m: Member, doings: Doings, may_change: bool, own: bool, newest: String) -> impl IntoView {
    let invited = m.state == "invited";
    let disabled = m.state == "disabled";
    let name = if m.name.is_empty() { m.email.clone() } else { m.name.clone() };
    let role = RwSignal::new(m.role.clone());
    let first_role = m.role.clone();
    let unchanged = Signal::derive(move || role.with(|r| *r == first_role).then(|| "This is the present role.".to_owned()));
    let asking = RwSignal::new(false);
    let (id, asked) = (StoredValue::new(m.id.clone()), name.clone());
    let refused = move || {
        doings
            .role
            .value()
            .get()
            .and_then(Result::err)
            .or_else(|| doings.disable.value().get().and_then(Result::err))
            .or_else(|| doings.remove.value().get().and_then(Result::err))
    };
    view! {
        <aside class="panel" aria-label=format!("{name}: details")>
            <header><Avatar name=name.clone() large=true/><div class="min-w-0 grow"><h2 class="truncate">{name.clone()}</h2><p class="dim muted truncate">{m.email.clone()}</p></div><ClosePanel/></header>
            <dl class="facts"><div><dt class="k">"Status"</dt><dd class="v m-0"><State state=m.state.clone()/></dd></div><div><dt class="k">{if invited { "Invited" } else { "Here since" }}</dt><dd class="v m-0">{when::date(&m.since)}</dd></div><div><dt class="k">"Seen"</dt><dd class="v m-0">{m.last_seen.as_deref().map_or_else(|| "never".to_owned(), |t| when::short(t, &newest))}</dd></div></dl>
            <div role="alert">{move || refused().map(|e| view! { <p class="refused m-5"><Icon glyph=Glyph::TriangleAlert/><span>{e.detail()}</span></p> })}</div>
            <div class="sect">
                <h3 class="head">"Role"</h3>
                {may_change.then(|| view! {
                    <ActionForm action=doings.role>
                        <input type="hidden" name="id" value=id.get_value()/>
                        <div class="flex gap-2 items-start"><div class="grow"><Select label="Role" name="role" options=role_options() value=role on_change=move |r| role.set(r)/></div><Button submit=true reason=unchanged busy=doings.role.pending()>"Change role"</Button></div>
                    </ActionForm>
                })}
                {(!may_change).then(|| view! { <p>{role_name(&m.role)}</p> })}
                <ul>{move || role.with(|r| includes(r)).into_iter().map(|(words, yes)| view! { <li class=if yes { "" } else { "faint" }><Icon glyph=if yes { Glyph::Check } else { Glyph::Minus } size="s"/>{words}{(!yes).then(|| view! { <span class="sr">" (not included)"</span> })}</li> }).collect_view()}</ul>
            </div>
            {may_change.then(|| view! {
                <div class="sect">
                    <h3 class="head">{if invited { "Invitation" } else { "Access" }}</h3>
                    <div class="flex gap-2">
                        {(!invited && !own).then(|| view! {
                            <ActionForm action=doings.disable>
                                <input type="hidden" name="id" value=id.get_value()/><input type="hidden" name="disabled" value=if disabled { "false" } else { "true" }/>
                                <Button submit=true busy=doings.disable.pending()>{if disabled { "Let in again" } else { "Disable" }}</Button>
                            </ActionForm>
                        })}
                        {(!own).then(|| view! { <Button kind=Kind::Danger on_press=move |()| asking.set(true)>{if invited { "Take back" } else { "Remove" }}</Button> })}
                    </div>
                    <p class="lab mt-2">{if own { "Your own access is changed by another administrator." } else if invited { "The link in the mail stops working." } else { "Disabling signs out at once and keeps everything. Removing takes this workspace away; what was made stays." }}</p>
                </div>
            })}
        </aside>
        <Dialog title=if invited { "Take the invitation back" } else { "Remove from the workspace" } text=format!("{asked} can no longer open this workspace. What was made here stays.") open=asking>
            <ActionForm action=doings.remove on:submit=move |_| asking.set(false)>
                <input type="hidden" name="id" value=id.get_value()/>
                <div class="acts"><Button on_press=move |()| asking.set(false)>"Keep"</Button><Button kind=Kind::Danger submit=true>{if invited { "Take back" } else { "Remove" }}</Button></div>
            </ActionForm>
        </Dialog>
    }
    .erase()
}

/// Mail address and role.
#[component]
pub fn InvitePanel(doings: Doings) -> impl IntoView {
    let answer = doings.invite.value();
    let at = move |field: &'static str| Signal::derive(move || answer.get().and_then(Result::err).and_then(|e| e.at(field)));
    let before = answer.get_untracked().and_then(Result::err);
    let email = before.as_ref().map(|e| e.kept("email")).unwrap_or_default();
    let role = RwSignal::new(before.map(|e| e.kept("role")).filter(|r| !r.is_empty()).unwrap_or_else(|| "designer".to_owned()));
    view! {
        <aside class="panel" aria-label="Invite somebody">
            <header><div class="grow"><h2>"Invite"</h2><p class="muted">"A mail with a link, good for 7 days."</p></div><ClosePanel/></header>
            <div class="sect">
                <div role="alert">{move || answer.get().and_then(Result::err).and_then(|e| e.general(&["email", "role"])).map(|d| view! { <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{d}</span></p> })}</div>
                <div role="status">{move || answer.get().and_then(Result::ok).map(|m| view! { <p class="settled"><Icon glyph=Glyph::Mail/><span>{format!("The invitation to {} is on its way.", m.email)}</span></p> })}</div>
                <ActionForm action=doings.invite>
                    <div class="fields">
                        <Field label="E-mail" name="email" kind="email" value=email autocomplete="off" required=true error=at("email")/>
                        <Select label="Role" name="role" visible_label=true options=role_options() value=role on_change=move |r| role.set(r)/>
                        <ul>{move || role.with(|r| includes(r)).into_iter().filter(|(_, yes)| *yes).map(|(words, _)| view! { <li><Icon glyph=Glyph::Check size="s"/>{words}</li> }).collect_view()}</ul>
                        <Button kind=Kind::Main size=Size::Medium submit=true busy=doings.invite.pending()>"Send the invitation"</Button>
                    </div>
                </ActionForm>
            </div>
        </aside>
    }
    .erase()
}
