//! Signing up, in, and back in. Every form works before the script is there; a refusal comes back with what was typed, except passwords.

mod forms;

use crate::frame::SkipLink;
use forms::{ForgotForm, InviteForm, LoginForm, ResetForm, SignupForm};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};
use ui::{Fact, Logo, TitleBlock};

/// `/auth/login`.
#[derive(Debug)]
pub struct LoginPage;
/// `/auth/signup`.
#[derive(Debug)]
pub struct SignupPage;
/// `/auth/forgot`.
#[derive(Debug)]
pub struct ForgotPage;
/// `/auth/reset?token=`.
#[derive(Debug)]
pub struct ResetPage;
/// `/auth/invite?token=`.
#[derive(Debug)]
pub struct InvitePage;

#[lazy_route]
impl LazyRoute for LoginPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        view! { <Half title="Sign in"><LoginForm/></Half> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for SignupPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        view! { <Half title="Make an account"><SignupForm/></Half> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for ForgotPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        view! { <Half title="New password"><ForgotForm/></Half> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for ResetPage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        view! { <Half title="Set a new password"><ResetForm/></Half> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for InvitePage {
    fn data() -> Self {
        Self
    }
    fn view(this: Self) -> AnyView {
        let _ = this;
        view! { <Half title="Join the workspace"><InviteForm/></Half> }.into_any()
    }
}

/// Form at the left, one line drawing at the right.
#[component]
fn Half(title: &'static str, children: Children) -> impl IntoView {
    let facts = vec![Fact::new("Drawing", "Shale cabinet run, 4 × 800"), Fact::new("Size", "3200 × 620 × 910 mm"), Fact::new("Edition", "2.1")];
    view! {
        <Title text=title/>
        <SkipLink/>
        <div class="si">
            <div class="left">
                <header class="si-top"><Logo/></header>
                <main id="main" tabindex="-1"><div class="form"><h1>{title}</h1>{children()}</div></main>
                <footer class="foot"><a class="link" href="/products">"See the products"</a><a href="/docs">"API"</a><a href="/health">"Health"</a></footer>
            </div>
            <aside aria-hidden="true">
                <div class="pic"><img class="lineart" src="/img/cabinet-line.webp" alt="" width="960" height="720"/></div>
                <TitleBlock facts/>
            </aside>
        </div>
    }
    .into_any()
}
