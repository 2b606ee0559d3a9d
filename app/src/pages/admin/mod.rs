//! `/admin/…`: people, audit log, outbox.

mod audit;
mod member;
mod outbox;
mod users;

use crate::{
    frame::{Frame, Nav, SideNav},
    loading::signed_in,
};
use contract::Me;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};

/// `/admin/users`.
#[derive(Debug)]
pub struct UsersPage;
/// `/admin/audit`.
#[derive(Debug)]
pub struct AuditPage;
/// `/admin/outbox`.
#[derive(Debug)]
pub struct OutboxPage;

#[lazy_route]
impl LazyRoute for UsersPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        page("Users, roles", "/admin/users", |me| view! { <users::Users me/> }.into_any())
    }
}

#[lazy_route]
impl LazyRoute for AuditPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        page("Audit log", "/admin/audit", |_| view! { <audit::Audit/> }.into_any())
    }
}

#[lazy_route]
impl LazyRoute for OutboxPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        page("Outbox", "/admin/outbox", |_| view! { <outbox::Outbox/> }.into_any())
    }
}

/// Bar, side nav, and the content for a signed-in person.
fn page(title: &'static str, address: &'static str, content: impl Fn(Me) -> AnyView + Clone + Send + Sync + 'static) -> AnyView {
    view! {
        <Title text=title/>
        <Frame nav=Nav::Admin>
            {signed_in(move |me| {
                let nav = me.clone();
                view! { <div class="ad"><SideNav current=address me=nav/>{content(me)}</div> }.into_any()
            })}
        </Frame>
    }
    .into_any()
}
