//! What stands around pages: bar, workspace menu, side nav, skip link, and the actions that work everywhere.

mod menu;

use crate::json::Data;
use crate::{PageError, loading::load_page, use_who};
use contract::{JobFigures, Me};
use leptos::{context::Provider, prelude::*};
use leptos_router::hooks::use_navigate;
use menu::WorkspaceMenu;
use ui::Erase;
use ui::{Action, Button, Glyph, Icon, Kind, LinkButton, Logo, Size, Theme, use_actions};

/// Where a page stands in the bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Nav {
    Home,
    Products,
    Saved,
    Jobs,
    Admin,
    #[default]
    Elsewhere,
}

/// Says that bar and `<main>` stand already.
#[derive(Clone, Copy, Debug)]
pub struct Framed;

/// Bar and main part of an ordinary page.
#[component]
pub fn Frame(
    /// Which link of the bar is current.
    #[prop(optional)]
    nav: Nav,
    /// Content of `<main>`.
    children: ui::Kids,
) -> impl IntoView {
    view! {
        <SkipLink/>
        <header class="bar fold">
            <Logo/>
            <MainNav nav/>
            <span class="grow"></span>
            <Find/>
            <Person/>
        </header>
        <main id="main" tabindex="-1"><Provider value=Framed>{children.run()}</Provider></main>
    }
    .erase()
}

/// First stop of the keyboard. Every page has it, so the actions that work everywhere come with it.
#[component]
pub fn SkipLink() -> impl IntoView {
    site_actions();
    // Tells whoever watches the page (tests, benches) that its controls work from now on.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            root.set_attribute("data-hydrated", "true").ok();
        }
    });
    view! { <a class="btn skip" data-kind="main" href="#main">"Skip to content"</a> }
}

/// A bar with a path instead of the nav, for working pages: `path` = names and addresses from the outside in, the last is the page itself.
#[component]
pub fn WorkBar(
    /// `(name, address)`; the last address is not used.
    path: Vec<(String, String)>,
    /// Save state and actions, at the right.
    children: ui::Kids,
) -> impl IntoView {
    let last = path.len().saturating_sub(1);
    view! {
        <SkipLink/>
        <header class="bar work">
            <Logo/>
            <nav class="path" aria-label="Path"><ol class="crumb">
                {path.into_iter().enumerate().map(|(i, (name, href))| view! {
                    <li>{(i > 0).then(|| view! { <Icon glyph=Glyph::ChevronRight size="s"/> })}
                    {if i == last { view! { <span aria-current="page">{name}</span> }.erase() } else { view! { <a href=href>{name}</a> }.erase() }}</li>
                }).collect_view()}
            </ol></nav>
            <span class="grow"></span>
            {children.run()}
            <Person/>
        </header>
    }
    .erase()
}

#[component]
fn MainNav(nav: Nav) -> impl IntoView {
    let who = use_who().0;
    let link = move |to: Nav, href: &'static str, word: &'static str| view! { <a href=href aria-current=(nav == to).then_some("page")>{word}</a> };
    view! {
        <nav aria-label="Main">
            <Suspense>
                {move || Suspend::new(async move {
                    match who.await.ok().flatten() {
                        Some(me) => view! {
                            {link(Nav::Home, "/", "Home")}
                            {link(Nav::Products, "/products", "Products")}
                            {link(Nav::Saved, "/saved", "Saved")}
                            {link(Nav::Jobs, "/jobs", "Jobs")}
                            {if may(&me, "users:read") { link(Nav::Admin, "/admin/users", "Administration").erase() } else { may(&me, "embeds:read").then(|| link(Nav::Admin, "/admin/embeds", "Embeds")).erase() }}
                        }.erase(),
                        None => link(Nav::Products, "/products", "Products").erase(),
                    }
                })}
            </Suspense>
        </nav>
    }
    .erase()
}

/// Whether the person's role includes a permission (`users:read`).
#[must_use]
pub fn may(me: &Me, permission: &str) -> bool {
    me.permissions.iter().any(|p| p == permission)
}

/// Opens the command palette.
#[component]
fn Find() -> impl IntoView {
    let actions = use_actions();
    view! {
        <button type="button" class="field find only-desk" data-size="s" on:click=move |_| actions.open()>
            <Icon glyph=Glyph::Search size="s"/><span>"Search or run a command"</span><kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
        <button type="button" class="btn only-phone" data-kind="ghost" data-icon="" aria-label="Search or run a command" on:click=move |_| actions.open()><Icon glyph=Glyph::Search/></button>
    }
    .erase()
}

/// Workspace menu of a signed-in person; sign-in for a visitor.
#[component]
fn Person() -> impl IntoView {
    let who = use_who().0;
    view! {
        <Suspense fallback=|| view! { <span class="person"></span> }>
            {move || Suspend::new(async move {
                match who.await.ok().flatten() {
                    Some(me) => view! { <WorkspaceMenu me/> }.erase(),
                    None => view! {
                        <span class="person">
                            <a class="btn" data-kind="ghost" href="/auth/login">"Sign in"</a>
                            <LinkButton kind=Kind::Second href="/auth/signup">"Start free"</LinkButton>
                        </span>
                    }.erase(),
                }
            })}
        </Suspense>
    }
    .erase()
}

/// A role as people read it.
#[must_use]
pub fn role_name(role: &str) -> &'static str {
    match role {
        "admin" => "Administrator",
        "designer" => "Designer",
        "sales_rep" => "Sales",
        "facility_manager" => "Facility manager",
        "catalog_admin" => "Catalogue admin",
        _ => "Read only",
    }
}

/// Side nav of the administration pages.
#[component]
pub fn SideNav(
    /// Address of the current page.
    current: &'static str,
    /// Who looks.
    me: Me,
    /// Figures of the jobs: how many are open stands beside "Jobs".
    #[prop(optional)]
    figures: Option<Data<Result<JobFigures, PageError>>>,
) -> impl IntoView {
    let row = move |href: &'static str, glyph: Glyph, word: &'static str| {
        // Waited for, not only read: the server would send the page without the number, and the browser miss its element.
        let open = figures.filter(|_| href == "/jobs").map(|figures| {
            view! { <Suspense>{move || Suspend::new(async move { figures.await.ok().filter(|f| f.open > 0).map(|f| view! { <span class="num">{f.open}</span> }) })}</Suspense> }
        });
        view! { <a href=href aria-current=(href == current).then_some("page")><Icon glyph/>{word}{open}</a> }
    };
    view! {
        <nav class="side" aria-label="Administration">
            <p class="lab">"Administration"</p>
            {row("/jobs", Glyph::Box, "Jobs")}
            {may(&me, "products:write").then(|| row("/admin/products", Glyph::SlidersHorizontal, "Definitions"))}
            {may(&me, "prices:read").then(|| row("/admin/prices", Glyph::Tag, "Price lists"))}
            {may(&me, "assets:read").then(|| row("/admin/assets", Glyph::Layers, "Assets"))}
            {may(&me, "embeds:read").then(|| row("/admin/embeds", Glyph::Columns2, "Embeds"))}
            {may(&me, "leads:read").then(|| row("/admin/leads", Glyph::FileText, "Leads"))}
            {may(&me, "users:read").then(|| row("/admin/users", Glyph::Users, "Users, roles"))}
            {may(&me, "audit:read").then(|| row("/admin/audit", Glyph::Shield, "Audit log"))}
            {may(&me, "outbox:read").then(|| row("/admin/outbox", Glyph::Mail, "Outbox"))}
        </nav>
    }
    .erase()
}

/// The actions that work on every page, and the key of the palette that lists them.
fn site_actions() {
    let who = use_who().0;
    let actions = use_actions();
    let navigate = use_navigate();
    actions.follow_key();
    Effect::new(move |_| {
        let me = who.get().and_then(Result::ok).flatten();
        let go = |id: &str, label: &str, icon: Glyph, to: &'static str| {
            let navigate = navigate.clone();
            Action {
                id: format!("go.{id}"),
                label: label.into(),
                context: String::new(),
                icon,
                keys: None,
                run: Callback::new(move |()| navigate(to, leptos_router::NavigateOptions::default())),
            }
        };
        let theme = |theme: Theme, label: &str, icon: Glyph| Action {
            id: format!("theme.{}", theme.attribute().unwrap_or("system")),
            label: label.into(),
            context: "Theme".into(),
            icon,
            keys: None,
            run: Callback::new(move |()| theme.apply()),
        };
        let mut list = vec![go("home", "Go to the start page", Glyph::LayoutGrid, "/"), go("products", "Go to products", Glyph::Search, "/products")];
        match &me {
            Some(me) => {
                list.push(go("saved", "Go to saved configurations", Glyph::Bookmark, "/saved"));
                list.push(go("jobs", "Go to jobs", Glyph::Box, "/jobs"));
                if may(me, "products:write") {
                    list.push(go("definitions", "Go to product definitions", Glyph::SlidersHorizontal, "/admin/products"))
                }
                if may(me, "prices:read") {
                    list.push(go("prices", "Go to price lists", Glyph::Tag, "/admin/prices"))
                }
                if may(me, "assets:read") {
                    list.push(go("assets", "Go to assets", Glyph::Layers, "/admin/assets"))
                }
                if may(me, "embeds:read") {
                    list.push(go("embeds", "Go to embeds", Glyph::Columns2, "/admin/embeds"))
                }
                if may(me, "leads:read") {
                    list.push(go("leads", "Go to leads", Glyph::FileText, "/admin/leads"))
                }
                if may(me, "users:read") {
                    list.push(go("users", "Go to users and roles", Glyph::Users, "/admin/users"))
                }
                if may(me, "audit:read") {
                    list.push(go("audit", "Go to the audit log", Glyph::Shield, "/admin/audit"))
                }
                if may(me, "outbox:read") {
                    list.push(go("outbox", "Go to the outbox", Glyph::Mail, "/admin/outbox"))
                }
            }
            None => {
                list.push(go("login", "Sign in", Glyph::User, "/auth/login"));
                list.push(go("signup", "Make an account", Glyph::UserPlus, "/auth/signup"));
            }
        }
        list.extend([
            theme(Theme::Light, "Use the light theme", Glyph::Sun),
            theme(Theme::Dark, "Use the dark theme", Glyph::Moon),
            theme(Theme::System, "Follow the system's theme", Glyph::Monitor),
        ]);
        if me.is_some() {
            list.push(Action {
                id: "account.sign-out".into(),
                label: "Sign out".into(),
                context: String::new(),
                icon: Glyph::LogOut,
                keys: None,
                run: Callback::new(|()| {
                    leptos::task::spawn_local(async {
                        if let Ok(to) = crate::server_fns::sign_out().await {
                            load_page(&to)
                        }
                    });
                }),
            });
        }
        actions.register(list);
    });
}

/// Small square button of a bar: icon with tooltip.
#[component]
pub fn BarButton(
    /// Icon.
    glyph: Glyph,
    /// Name.
    #[prop(into)]
    name: String,
    /// Key shown in the tooltip.
    #[prop(optional)]
    key: &'static str,
    /// Why it can't be used.
    #[prop(optional, into)]
    reason: Signal<Option<String>>,
    /// Pressed.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let text = {
        let name = name.clone();
        Signal::derive(move || reason.get().unwrap_or_else(|| name.clone()))
    };
    view! {
        <ui::Tooltip text key>
            <Button kind=Kind::Ghost size=Size::Medium icon=glyph icon_only=true reason on_press>{name}</Button>
        </ui::Tooltip>
    }
    .erase()
}
