//! `window.__fitout_view`: what a test in a browser may look at. Nothing in the product reads it.

use crate::view::ProductView;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

const NAME: &str = "__fitout_view";

fn object() -> Option<JsValue> {
    let found = Reflect::get(&JsValue::from(web_sys::window()?), &NAME.into()).ok()?;
    found.is_object().then_some(found)
}

fn set(on: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(on, &name.into(), value);
}

/// Puts the probe of a new view in place; the last one mounted wins.
pub(crate) fn install(view: &ProductView) {
    let Some(window) = web_sys::window() else { return };
    let probe = Object::new();
    let weak = view.downgrade();
    let read = Closure::<dyn Fn() -> JsValue>::new(move || {
        weak.upgrade().and_then(|v| v.read()).map_or(JsValue::NULL, |(_, _, bytes)| Uint8Array::from(bytes.as_slice()).into())
    });
    let weak = view.downgrade();
    let camera = Closure::<dyn Fn() -> JsValue>::new(move || {
        weak.upgrade().and_then(|v| v.camera()).map_or(JsValue::NULL, |numbers| js_sys::Float32Array::from(&numbers[..]).into())
    });
    set(&probe, "camera", camera.as_ref().unchecked_ref());
    camera.forget();
    set(&probe, "frames", &JsValue::from(0));
    set(&probe, "read", read.as_ref().unchecked_ref());
    // Belongs to the window from here on: a few bytes per mounted view.
    read.forget();
    set(&window, NAME, &probe);
    refresh(view);
}

/// Mode and size after a change.
pub(crate) fn refresh(view: &ProductView) {
    let Some(probe) = object() else { return };
    set(&probe, "mode", &view.mode().name().into());
    let bounds = view.bounds_mm().map_or(JsValue::NULL, |b| b.iter().map(|v| JsValue::from((f64::from(*v) * 10.0).round() / 10.0)).collect::<Array>().into());
    set(&probe, "bounds_mm", &bounds);
}

/// Number of frames after each.
pub(crate) fn frames(count: u32) {
    if let Some(probe) = object() {
        set(&probe, "frames", &count.into());
    }
}
