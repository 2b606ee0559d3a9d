//! The Leptos application: shell, routes, pages and their server functions. Compiled twice: `ssr` for the server, `hydrate` for the browser.
//!
//! Every page is its own lazy chunk ([`site`]). On the server a page is rendered whole before it is sent ([`SsrMode::Async`]), so that it reads, has its status,
//! and its forms submit without any script.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
mod bundle;
pub mod error;
pub mod frame;
pub mod json;
pub mod live;
pub mod loading;
pub mod pages;
pub mod pictures;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod shell;
pub mod site;

pub use error::PageError;
pub use pages::configure::view::first_look;
#[cfg(feature = "ssr")]
pub use shell::shell;

use crate::json::{Data, data};
use contract::Me;
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, FlatRoutesProps, Router};

/// Who is signed in, read once per page load; `None` is a visitor.
#[derive(Clone, Copy)]
pub struct Who(pub Data<Result<Option<Me>, PageError>>);

/// The owner of what lives as long as the document.
#[derive(Clone)]
struct Root(Owner);

/// Who is signed in. The first page that asks makes the resource, so that reading the answer is not in the module every visitor loads.
#[must_use]
pub fn use_who() -> Who {
    use_context().unwrap_or_else(|| {
        let Root(root) = expect_context();
        root.with(|| {
            let who = Who(data(|| (), |()| server_fns::who_am_i()));
            provide_context(who);
            who
        })
    })
}

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    ui::provide_actions();
    if let Some(owner) = Owner::current() {
        provide_context(Root(owner));
    }
    #[cfg(feature = "ssr")]
    let fallback = pages::missing::missing;
    #[cfg(not(feature = "ssr"))]
    let fallback = || ();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Fitout".to_owned() } else { format!("{title}, Fitout") }/>
        <Meta name="description" content="Products that know their rules, sizes and prices: configure them in 3D and get the exact model."/>
        <Router>
            {FlatRoutes(FlatRoutesProps::builder().fallback(fallback).children(ToChildren::to_children(site::routes)).build())}
        </Router>
        <ui::Toaster/>
    }
    // The one view that waits for the chunk of its route while it hydrates.
    .into_any()
}
