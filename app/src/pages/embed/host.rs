//! The page around the frame, as `frame.js` reaches it.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

fn channel() -> Option<JsValue> {
    js_sys::Reflect::get(&window(), &JsValue::from_str("fitoutEmbed")).ok().filter(JsValue::is_object)
}

fn method(of: &JsValue, name: &str) -> Option<js_sys::Function> {
    js_sys::Reflect::get(of, &JsValue::from_str(name)).ok()?.dyn_into().ok()
}

/// JSON as the page around gets it.
pub fn plain(json: &serde_json::Value) -> JsValue {
    js_sys::JSON::parse(&json.to_string()).unwrap_or(JsValue::NULL)
}

/// Tells the page around. `answers`: the number of its question.
pub fn send(kind: &str, detail: &JsValue, answers: &JsValue) {
    if let Some(channel) = channel()
        && let Some(send) = method(&channel, "send")
    {
        let _ = send.call3(&channel, &JsValue::from_str(kind), detail, answers);
    }
}

/// Tells the page around JSON.
pub fn tell(kind: &str, detail: &serde_json::Value) {
    send(kind, &plain(detail), &JsValue::UNDEFINED);
}

/// Something that the page around wants: kind, JSON, and the number to answer under.
pub type Wish = (String, serde_json::Value, JsValue);

/// Hears the page around from now on.
pub fn listen(hear: impl Fn(Wish) + 'static) {
    let Some(channel) = channel() else { return };
    let Some(listen) = method(&channel, "listen") else { return };
    let take = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
        let get = |name: &str| js_sys::Reflect::get(&message, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        let Some(kind) = get("type").as_string() else { return };
        let detail = js_sys::JSON::stringify(&get("detail")).ok().and_then(|text| text.as_string());
        let detail = detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        hear((kind, detail, get("id")));
    });
    let _ = listen.call1(&channel, take.as_ref());
    // As long as the document.
    take.forget();
}

/// Asks our server with this document's token; the answer is a text, the refusal a sentence and the field that it is about.
pub async fn ask(path: &str, body: &serde_json::Value) -> Result<String, (String, String)> {
    let away = || ("The server did not answer. Try again.".to_owned(), String::new());
    let channel = channel().ok_or_else(away)?;
    let ask = method(&channel, "ask").ok_or_else(away)?;
    let promise: js_sys::Promise = ask.call2(&channel, &JsValue::from_str(path), &plain(body)).ok().and_then(|p| p.dyn_into().ok()).ok_or_else(away)?;
    match JsFuture::from(promise).await {
        Ok(text) => Ok(text.as_string().unwrap_or_default()),
        Err(error) => {
            let get = |name: &str| js_sys::Reflect::get(&error, &JsValue::from_str(name)).ok().and_then(|v| v.as_string());
            Err((get("message").unwrap_or_else(|| away().0), get("pointer").unwrap_or_default()))
        }
    }
}
