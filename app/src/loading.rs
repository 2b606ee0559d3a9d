//! What pages do with data on its way: wait without a jump, say what went wrong, ask for a sign-in.

use crate::json::Data;
use crate::{PageError, pages::missing::Trouble, use_who};
use contract::Me;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use ui::Erase;

/// Shows `view` with the data; keeps the old content while it is read again; shows the refusal as the page's content.
pub fn loaded<T, F>(data: Data<Result<T, PageError>>, view: F) -> AnyView
where
    T: Clone + Send + Sync + 'static,
    F: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
{
    view! {
        <Transition>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(value) => view(value),
                        Err(error) => { set_status(&error); view! { <Trouble error/> }.erase() }
                    }
                })
            }}
        </Transition>
    }
    .erase()
}

/// Shows `view` to a signed-in person and sends everybody else to the sign-in page, to come back afterwards.
pub fn signed_in<F>(view: F) -> AnyView
where
    F: Fn(Me) -> AnyView + Clone + Send + Sync + 'static,
{
    let who = use_who().0;
    let location = use_location();
    let here = Memo::new(move |_| {
        format!("{}{}", location.pathname.get(), location.search.with(|s| if s.is_empty() { String::new() } else { format!("?{}", s.trim_start_matches('?')) }))
    });
    view! {
        <Suspense>
            {move || {
                let view = view.clone();
                let login = format!("/auth/login?next={}", encode(&here.get_untracked()));
                Suspend::new(async move {
                    match who.await {
                        Ok(Some(me)) => view(me),
                        Ok(None) => { send_to(&login); view! { <p class="p-10"><a class="link" href=login>"Sign in to go on"</a></p> }.erase() }
                        Err(error) => { set_status(&error); view! { <Trouble error/> }.erase() }
                    }
                })
            }}
        </Suspense>
    }
    .erase()
}

/// Percent-encodes a value of a query.
#[must_use]
pub fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'/') {
            out.push(char::from(b))
        } else {
            write!(out, "%{b:02X}").ok();
        }
        out
    })
}

/// Goes somewhere with a full page load, so that the server renders it for the new session.
pub fn load_page(to: &str) {
    window().location().set_href(to).ok();
}

/// Puts text on the clipboard, where the browser allows it.
pub fn copy(text: &str) {
    use wasm_bindgen::{JsCast, JsValue};
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard")).unwrap_or(JsValue::UNDEFINED);
    if let Some(write) = js_sys::Reflect::get(&clipboard, &JsValue::from_str("writeText")).ok().and_then(|f| f.dyn_into::<js_sys::Function>().ok()) {
        write.call1(&clipboard, &JsValue::from_str(text)).ok();
    }
}

/// Goes there: a redirect while rendering on the server, a page load in the browser.
fn send_to(to: &str) {
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(to);
    #[cfg(not(feature = "ssr"))]
    load_page(to);
}

/// Gives the response the status of the refusal.
pub fn set_status(error: &PageError) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(error.kind().status())) {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = error;
}

#[cfg(test)]
mod tests {
    #[test]
    fn query_values_are_encoded() {
        assert_eq!(super::encode("/configure/1?a=b c&d=ü"), "/configure/1%3Fa%3Db%20c%26d%3D%C3%BC");
    }
}
