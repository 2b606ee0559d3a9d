//! Not found, and errors: what happened, what can be done, what to quote.

use crate::{
    PageError,
    frame::{Frame, Framed},
    loading::set_status,
};
use contract::{AppError, ErrorKind};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use ui::Erase;
use ui::{Button, Fact, Glyph, Kind, LinkButton, Size, TitleBlock, use_actions};

const ROOM: &str = include_str!("missing_room.svg");
const BROKEN: &str = include_str!("missing_broken.svg");

/// The page for addresses that lead nowhere, as a chunk.
#[lazy]
pub fn missing_page() -> AnyView {
    missing()
}

/// The page for addresses that lead nowhere.
#[must_use]
pub fn missing() -> AnyView {
    set_status(&PageError::from(AppError::not_found("page")));
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
    .erase()
}

/// A refusal as the content of a page: the reason, a way on, and the id to quote. Brings bar and main part along where the page has none yet.
#[component]
pub fn Trouble(
    /// What was refused.
    error: PageError,
) -> impl IntoView {
    if use_context::<Framed>().is_some() { view! { <Refusal error part=true/> }.erase() } else { view! { <Frame><Refusal error part=false/></Frame> }.erase() }
}

/// `part`: the page has a heading of its own already.
#[component]
fn Refusal(error: PageError, part: bool) -> impl IntoView {
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
    view! {
        <Title text=title/>
        <div class="er" role="alert">
            <div class="et">
                <p class="lab">{format!("Error {status}")}</p>
                {if part { view! { <h2>{title}</h2> }.erase() } else { view! { <h1>{title}</h1> }.erase() }}
                <p class="muted es">{error.detail()}</p>
                <div class="flex flex-wrap gap-2 go">
                    {if kind == ErrorKind::Unauthenticated {
                        view! { <LinkButton kind=Kind::Main size=Size::Large href="/auth/login">"Sign in"</LinkButton> }.erase()
                    } else if again {
                        view! { <LinkButton kind=Kind::Main size=Size::Large href="">"Try again"</LinkButton> }.erase()
                    } else {
                        view! { <LinkButton kind=Kind::Main size=Size::Large href="/">"Go to the start page"</LinkButton> }.erase()
                    }}
                    {copy.map(|id| view! {
                        <Button kind=Kind::Second size=Size::Large icon=Glyph::Copy on_press=move |()| { crate::loading::copy(&id); ui::toast("The incident id is copied") }>"Copy incident"</Button>
                    })}
                    {again.then(|| view! { <LinkButton kind=Kind::Ghost size=Size::Large href="/">"Go to the start page"</LinkButton> })}
                </div>
            </div>
            <div class="ed" aria-hidden="true" inner_html=BROKEN></div>
            <div class="ef"><TitleBlock facts/></div>
        </div>
    }
    .erase()
}
