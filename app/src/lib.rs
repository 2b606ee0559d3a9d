//! The Leptos application: shell, routes, pages and their server functions. Compiled twice: `ssr` for the server, `hydrate` for the browser.
//!
//! Every page is its own lazy chunk. On the server a page is rendered whole before it is sent ([`SsrMode::Async`]), so that it reads, has its status,
//! and its forms submit without any script.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

pub mod error;
pub mod frame;
pub mod live;
pub mod loading;
pub mod pages;
pub mod pictures;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod shell;

pub use error::PageError;
#[cfg(feature = "ssr")]
pub use shell::shell;

use contract::Me;
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::{
    Lazy, SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// Who is signed in, read once per page load; `None` is a visitor.
#[derive(Clone, Copy)]
pub struct Who(pub Resource<Result<Option<Me>, PageError>>);

/// Who is signed in.
#[must_use]
pub fn use_who() -> Who {
    expect_context()
}

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    ui::provide_toasts();
    ui::provide_actions();
    provide_context(Who(Resource::new_blocking(|| (), |()| server_fns::who_am_i())));
    let whole = SsrMode::Async;
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Fitout".to_owned() } else { format!("{title}, Fitout") }/>
        <Meta name="description" content="Products that know their rules, sizes and prices: configure them in 3D and get the exact model."/>
        <Router>
            <frame::SiteActions/>
            <Routes fallback=pages::missing::Missing>
                <Route path=path!("/") ssr=whole.clone() view={Lazy::<pages::home::HomePage>::new()}/>
                <Route path=path!("/products") ssr=whole.clone() view={Lazy::<pages::products::ProductsPage>::new()}/>
                <Route path=path!("/configure/:id") ssr=whole.clone() view={Lazy::<pages::configure::ConfigurePage>::new()}/>
                <Route path=path!("/c/:token") ssr=whole.clone() view={Lazy::<pages::share::SharePage>::new()}/>
                <Route path=path!("/jobs") ssr=whole.clone() view={Lazy::<pages::jobs::JobsPage>::new()}/>
                <Route path=path!("/auth/login") ssr=whole.clone() view={Lazy::<pages::auth::LoginPage>::new()}/>
                <Route path=path!("/auth/signup") ssr=whole.clone() view={Lazy::<pages::auth::SignupPage>::new()}/>
                <Route path=path!("/auth/forgot") ssr=whole.clone() view={Lazy::<pages::auth::ForgotPage>::new()}/>
                <Route path=path!("/auth/reset") ssr=whole.clone() view={Lazy::<pages::auth::ResetPage>::new()}/>
                <Route path=path!("/auth/invite") ssr=whole.clone() view={Lazy::<pages::auth::InvitePage>::new()}/>
                <Route path=path!("/admin/users") ssr=whole.clone() view={Lazy::<pages::admin::UsersPage>::new()}/>
                <Route path=path!("/admin/audit") ssr=whole.clone() view={Lazy::<pages::admin::AuditPage>::new()}/>
                <Route path=path!("/admin/outbox") ssr=whole view={Lazy::<pages::admin::OutboxPage>::new()}/>
            </Routes>
        </Router>
        <ui::CommandPalette/>
        <ui::Toaster/>
    }
    .into_any()
}
