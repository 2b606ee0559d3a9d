//! Not found, and errors: what happened, what can be done, what to quote.

use crate::{
    PageError,
    error::PageError as Error,
    frame::{Frame, Framed},
    loading::set_status,
};
use contract::{AppError, ErrorKind};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use ui::{Button, Fact, Glyph, Kind, LinkButton, Size, TitleBlock, use_actions, use_toasts};

const ROOM: &str = include_str!("missing_room.svg");
const BROKEN: &str = include_str!("missing_broken.svg");

/// The page for addresses that lead nowhere.
#[component]
pub fn Missing() -> impl IntoView {
    set_status(&Error::from(AppError::not_found("page")));
    let path = use_location().pathname;
    let actions = use_actions();
    view! {
        <Title text="Not on the plan"/>
        <Frame>
            <div class="er">
                <div class="et">
                    <p class="lab">"404"</p>
                    <h1>"This page is not on the plan"</h1>
                    <p class="muted es">"The address "<span class="dim strong break-all">{move || path.get()}</span>" leads to nothing you can open. It was moved, deleted, or belongs to another workspace."</p>
                    <div class="flex flex-wrap gap-2 go">
                        <LinkButton kind=Kind::Main size=Size::Large href="/">"Go to the start page"</LinkButton>
                        <Button kind=Kind::Second size=Size::Large icon=Glyph::Search on_press=move |()| actions.open()>"Search"</Button>
                    </div>
                    <p class="muted">"Close by: "<a class="link" href="/products">"Products"</a>", "<a class="link" href="/jobs">"Jobs"</a>"."</p>
                </div>
                <div class="ed" aria-hidden="true" inner_html=ROOM></div>
            </div>
        </Frame>
    }
    .into_any()
}

/// A refusal as the content of a page: the reason, a way on, and the id to quote. Brings bar and main part along where the page has none yet.
#[component]
pub fn Trouble(
    /// What was refused.
    error: PageError,
) -> impl IntoView {
    if use_context::<Framed>().is_some() { view! { <Refusal error/> }.into_any() } else { view! { <Frame><Refusal error/></Frame> }.into_any() }
}

#[component]
fn Refusal(error: PageError) -> impl IntoView {
    let kind = error.kind();
    let status = kind.status();
    let (title, again) = match kind {
        ErrorKind::NotFound => ("This is not on the plan", false),
        ErrorKind::Forbidden => ("Your role does not open this", false),
        ErrorKind::Unauthenticated => ("Sign in to go on", false),
        ErrorKind::TooMany => ("Too many requests in a short time", true),
        ErrorKind::Unavailable => ("A part of the server is away", true),
        _ => ("The page was not opened", true),
    };
    let incident = error.incident();
    let facts = incident
        .iter()
        .map(|id| Fact::new("Incident", id.clone()))
        .chain([Fact::new("Status", status.to_string()), Fact::new("Code", error.error.code.clone())])
        .collect::<Vec<_>>();
    let copy = incident.clone();
    let toasts = use_toasts();
    view! {
        <Title text=title/>
        <div class="er" role="alert">
            <div class="et">
                <p class="lab">{format!("Error {status}")}</p>
                <h1>{title}</h1>
                <p class="muted es">{error.detail()}</p>
                <div class="flex flex-wrap gap-2 go">
                    {if kind == ErrorKind::Unauthenticated {
                        view! { <LinkButton kind=Kind::Main size=Size::Large href="/auth/login">"Sign in"</LinkButton> }.into_any()
                    } else if again {
                        view! { <LinkButton kind=Kind::Main size=Size::Large href="">"Try again"</LinkButton> }.into_any()
                    } else {
                        view! { <LinkButton kind=Kind::Main size=Size::Large href="/">"Go to the start page"</LinkButton> }.into_any()
                    }}
                    {copy.map(|id| view! {
                        <Button kind=Kind::Second size=Size::Large icon=Glyph::Copy on_press=move |()| { crate::loading::copy(&id); toasts.show("The incident id is copied") }>"Copy incident"</Button>
                    })}
                    {again.then(|| view! { <LinkButton kind=Kind::Ghost size=Size::Large href="/">"Go to the start page"</LinkButton> })}
                </div>
            </div>
            <div class="ed" aria-hidden="true" inner_html=BROKEN></div>
            <div class="ef"><TitleBlock facts/></div>
        </div>
    }
    .into_any()
}
