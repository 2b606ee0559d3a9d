//! The model in the room around a person, in this page: WebXR, where a browser has it. `session.js` runs the session; what draws is fetched when it begins.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{HtmlCanvasElement, HtmlDivElement};

fn script() -> Option<JsValue> {
    Reflect::get(&window(), &"fitoutRoom".into()).ok().filter(JsValue::is_object)
}

/// Whether this browser can show things in the room around it.
pub async fn can() -> bool {
    let answer = script().and_then(|room| Reflect::get(&room, &"supported".into()).ok()?.dyn_into::<Promise>().ok());
    match answer {
        Some(answer) => JsFuture::from(answer).await.is_ok_and(|can| can.is_truthy()),
        None => false,
    }
}

/// Shows a model until the person leaves. To be called right after the press that it comes from: browsers look for one.
///
/// # Errors
/// Words for a person.
pub async fn stand(canvas: HtmlCanvasElement, overlay: HtmlDivElement, address: String) -> Result<(), String> {
    let away = || "This browser did not open the room. Allow it to use the camera, and try again.".to_owned();
    let room = script().ok_or_else(away)?;
    let begin: Function = Reflect::get(&room, &"begin".into()).ok().and_then(|f| f.dyn_into().ok()).ok_or_else(away)?;
    let on = canvas.clone();
    let prepare = Closure::<dyn FnMut() -> Promise>::new(move || {
        let (canvas, address) = (on.clone(), address.clone());
        future_to_promise(async move { imp::drawer(canvas, &address).await.map_err(|words| JsValue::from_str(&words)) })
    });
    let session = begin.call3(&room, &canvas, &overlay, prepare.as_ref()).ok().and_then(|p| p.dyn_into::<Promise>().ok()).ok_or_else(away)?;
    // What we say ourselves is a text, what a browser says is an error.
    JsFuture::from(session).await.map(drop).map_err(|error| error.as_string().unwrap_or_else(away))
}

#[cfg(feature = "hydrate")]
mod imp {
    use crate::pages::configure::fetch_bytes;
    use js_sys::Float32Array;
    use product_view::stand::{Maker, Place};
    use wasm_bindgen::{JsValue, closure::Closure};
    use web_sys::HtmlCanvasElement;

    /// What `session.js` calls with every frame.
    pub async fn drawer(canvas: HtmlCanvasElement, address: &str) -> Result<JsValue, String> {
        let lost = || "The model did not arrive. Try again.".to_owned();
        let (maker, file) = (stand_chunk().await.map_err(|Late| lost())?, fetch_bytes(address).await.ok_or_else(lost)?);
        let mut show = maker(canvas, file).await.ok_or_else(|| "This device can't draw the model.".to_owned())?;
        let draw = Closure::<dyn FnMut(u32, u32, Float32Array, Float32Array)>::new(move |width, height, eyes: Float32Array, place: Float32Array| {
            let at = [0, 1, 2].map(|i| place.get_index(i));
            show((width, height), &eyes.to_vec(), Place { at, turn: place.get_index(3) });
        });
        Ok(draw.into_js_value())
    }

    /// The code for it did not arrive.
    struct Late;

    impl From<leptos::wasm_split::SplitLoaderError> for Late {
        fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
            Self
        }
    }

    #[leptos::wasm_split::wasm_split(stand_chunk_1, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn stand_chunk() -> Result<Maker, Late> {
        Ok(product_view::stand::stand)
    }
}

#[cfg(not(feature = "hydrate"))]
mod imp {
    /// Nothing is drawn on the server.
    pub async fn drawer(_: web_sys::HtmlCanvasElement, _: &str) -> Result<wasm_bindgen::JsValue, String> {
        Err(String::new())
    }
}
