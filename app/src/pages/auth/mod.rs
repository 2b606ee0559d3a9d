//! Signing up, in, and back in. Every form works before the script is there; a refusal comes back with what was typed, except passwords.

mod forms;

use crate::frame::SkipLink;
use forms::{ForgotForm, InviteForm, LoginForm, ResetForm, SignupForm};
use leptos::prelude::*;
use leptos_meta::Title;
use ui::Erase;
use ui::{Fact, Logo, TitleBlock};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `/auth/login`
    Login,
    /// `/auth/signup`
    Signup,
    /// `/auth/forgot`
    Forgot,
    /// `/auth/reset?token=`
    Reset,
    /// `/auth/invite?token=`
    Invite,
}

/// All five: one chunk, since whoever sees one is a step from the next.
#[lazy]
pub fn auth_page(door: Door) -> AnyView {
    match door {
        Door::Login => view! { <Half title="Sign in"><LoginForm/></Half> }.erase(),
        Door::Signup => view! { <Half title="Make an account"><SignupForm/></Half> }.erase(),
        Door::Forgot => view! { <Half title="New password"><ForgotForm/></Half> }.erase(),
        Door::Reset => view! { <Half title="Set a new password"><ResetForm/></Half> }.erase(),
        Door::Invite => view! { <Half title="Join the workspace"><InviteForm/></Half> }.erase(),
    }
}

/// Form at the left, one line drawing at the right.
#[component]
fn Half(title: &'static str, children: ui::Kids) -> impl IntoView {
    let facts = vec![Fact::new("Drawing", "Shale cabinet run, 4 × 800"), Fact::new("Size", "3200 × 620 × 910 mm"), Fact::new("Edition", "2.1")];
    view! {
        <Title text=title/>
        <SkipLink/>
        <div class="si">
            <div class="left">
                <header class="si-top"><Logo/></header>
                <main id="main" tabindex="-1"><div class="form"><h1>{title}</h1>{children.run()}</div></main>
                <footer class="foot"><a class="link" href="/products">"See the products"</a><a href="/docs">"API"</a><a href="/health">"Health"</a></footer>
            </div>
            <aside aria-hidden="true">
                <div class="pic"><img class="lineart" src="/img/cabinet-line.webp" alt="" width="960" height="720"/></div>
                <TitleBlock facts/>
            </aside>
        </div>
    }
    .erase()
}
