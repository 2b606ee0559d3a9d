//! The five forms.

use crate::{
    PageError,
    loading::{encode, load_page},
    server_fns::{AskReset, JoinWorkspace, SetPassword, SignIn, SignUp},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;
use ui::Erase;
use ui::{Button, Field, Glyph, Icon, Kind, Size};

type Answer = Option<Result<String, PageError>>;

/// Goes on with a full page load once the action answered an address.
fn follow(answer: impl Fn() -> Answer + 'static) {
    Effect::new(move |_| {
        if let Some(Ok(to)) = answer() {
            load_page(&to)
        }
    });
}

fn at(answer: impl Fn() -> Answer + Send + Sync + 'static, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || answer().and_then(Result::err).and_then(|e| e.at(field)))
}

fn kept(answer: Answer, field: &str) -> String {
    answer.and_then(Result::err).map(|e| e.kept(field)).unwrap_or_default()
}

/// What is wrong with the whole, above the form.
#[component]
fn Refused(#[prop(into)] answer: Signal<Answer>, fields: &'static [&'static str]) -> impl IntoView {
    view! {
        <div role="alert">
            {move || answer.get().and_then(Result::err).and_then(|e| e.general(fields).map(|d| (d, e.incident().filter(|_| e.kind().status() >= 500)))).map(|(detail, id)| view! {
                <p class="refused"><Icon glyph=Glyph::TriangleAlert/><span>{detail}{id.map(|id| view! { <span class="block lab">"Incident "{id}</span> })}</span></p>
            })}
        </div>
    }
    .erase()
}

/// The place to go on to, carried through sign-in and sign-up.
fn next() -> String {
    use_query_map().with_untracked(|q| q.get("next").unwrap_or_default())
}

fn with_next(path: &str) -> String {
    match next() {
        n if n.is_empty() => path.to_owned(),
        n => format!("{path}?next={}", encode(&n)),
    }
}

/// Mail address and password.
#[component]
pub fn LoginForm() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let answer = action.value();
    follow(move || answer.get());
    let email = kept(answer.get_untracked(), "email");
    let typed = !email.is_empty();
    view! {
        <p class="muted sub">"New here? "<a class="link" href=with_next("/auth/signup")>"Make an account"</a></p>
        <Refused answer fields=&["email", "password"]/>
        <ActionForm action>
            <div class="fields">
                <input type="hidden" name="next" value=next()/>
                <Field label="E-mail" name="email" kind="email" placeholder="name@company.com" value=email autocomplete="username" large=true required=true autofocus=!typed error=at(move || answer.get(), "email")/>
                <Field label="Password" name="password" kind="password" autocomplete="current-password" large=true required=true autofocus=typed error=at(move || answer.get(), "password")/>
                <Button kind=Kind::Main size=Size::Large wide=true submit=true busy=action.pending()>"Sign in"</Button>
            </div>
        </ActionForm>
        <p class="lab hint"><a class="link" href="/auth/forgot">"Set a new password"</a>" by mail, when this one is lost."</p>
    }
    .erase()
}

/// Name, organization, mail address, password.
#[component]
pub fn SignupForm() -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let answer = action.value();
    follow(move || answer.get());
    let before = answer.get_untracked();
    view! {
        <p class="muted sub">"Comes with its own workspace and products to try. "<a class="link" href=with_next("/auth/login")>"Sign in"</a>" if you have one."</p>
        <Refused answer fields=&["name", "organization", "email", "password"]/>
        <ActionForm action>
            <div class="fields">
                <input type="hidden" name="next" value=next()/>
                <Field label="Your name" name="name" value=kept(before.clone(), "name") autocomplete="name" large=true required=true autofocus=true error=at(move || answer.get(), "name")/>
                <Field label="Organization" name="organization" value=kept(before.clone(), "organization") autocomplete="organization" aside="if you have one" large=true error=at(move || answer.get(), "organization")/>
                <Field label="E-mail" name="email" kind="email" placeholder="name@company.com" value=kept(before, "email") autocomplete="username" large=true required=true error=at(move || answer.get(), "email")/>
                <Field label="Password" name="password" kind="password" autocomplete="new-password" aside="at least 10 characters" large=true required=true error=at(move || answer.get(), "password")/>
                <Button kind=Kind::Main size=Size::Large wide=true submit=true busy=action.pending()>"Make the account"</Button>
            </div>
        </ActionForm>
    }
    .erase()
}

/// Asks for the mail.
#[component]
pub fn ForgotForm() -> impl IntoView {
    let action = ServerAction::<AskReset>::new();
    let answer = action.value();
    let query = use_query_map();
    let sent = move || matches!(answer.get(), Some(Ok(_))) || query.with(|q| q.get("sent").is_some());
    view! {
        <p class="muted sub">"A mail with a link. It works once, for an hour. "<a class="link" href="/auth/login">"Back to sign in"</a></p>
        <Refused answer fields=&["email"]/>
        <div role="status">{move || sent().then(|| view! { <p class="settled"><Icon glyph=Glyph::Mail/><span>"If the address is known, the mail is on its way."</span></p> })}</div>
        <ActionForm action>
            <div class="fields">
                <Field label="E-mail" name="email" kind="email" placeholder="name@company.com" value=kept(answer.get_untracked(), "email") autocomplete="username" large=true required=true autofocus=true error=at(move || answer.get(), "email")/>
                <Button kind=Kind::Main size=Size::Large wide=true submit=true busy=action.pending()>"Send the link"</Button>
            </div>
        </ActionForm>
    }
    .erase()
}

fn token() -> String {
    use_query_map().with_untracked(|q| q.get("token").unwrap_or_default())
}

/// A link without its token can't be used.
#[component]
fn NoToken(again: &'static str, word: &'static str) -> impl IntoView {
    view! { <p class="refused" role="alert"><Icon glyph=Glyph::TriangleAlert/><span>"The link is not complete. Open it from the mail once more, or "<a class="link" href=again>{word}</a>"."</span></p> }
}

/// A new password with the token of the mail.
#[component]
pub fn ResetForm() -> impl IntoView {
    let action = ServerAction::<SetPassword>::new();
    let answer = action.value();
    follow(move || answer.get());
    let token = token();
    if token.is_empty() {
        return view! { <NoToken again="/auth/forgot" word="ask for a new one"/> }.erase();
    }
    view! {
        <p class="muted sub">"You are signed out everywhere else."</p>
        <Refused answer fields=&["password"]/>
        <ActionForm action>
            <div class="fields">
                <input type="hidden" name="token" value=token/>
                <Field label="New password" name="password" kind="password" autocomplete="new-password" aside="at least 10 characters" large=true required=true autofocus=true error=at(move || answer.get(), "password")/>
                <Button kind=Kind::Main size=Size::Large wide=true submit=true busy=action.pending()>"Set it and sign in"</Button>
            </div>
        </ActionForm>
    }.erase()
}

/// Takes up an invitation.
#[component]
pub fn InviteForm() -> impl IntoView {
    let action = ServerAction::<JoinWorkspace>::new();
    let answer = action.value();
    follow(move || answer.get());
    let token = token();
    if token.is_empty() {
        return view! { <NoToken again="/auth/login" word="sign in"/> }.erase();
    }
    let name = kept(answer.get_untracked(), "name");
    view! {
        <p class="muted sub">"With an account already, give its password; else choose one."</p>
        <Refused answer fields=&["name", "password"]/>
        <ActionForm action>
            <div class="fields">
                <input type="hidden" name="token" value=token/>
                <Field label="Your name" name="name" value=name autocomplete="name" aside="for a new account" large=true autofocus=true error=at(move || answer.get(), "name")/>
                <Field label="Password" name="password" kind="password" autocomplete="current-password" aside="at least 10 characters" large=true required=true error=at(move || answer.get(), "password")/>
                <Button kind=Kind::Main size=Size::Large wide=true submit=true busy=action.pending()>"Join"</Button>
            </div>
        </ActionForm>
    }.erase()
}
