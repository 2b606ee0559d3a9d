//! What the browser loads: takes the server's HTML over. Nothing else lives here.

#![recursion_limit = "256"] // views are deep types

use wasm_bindgen::prelude::wasm_bindgen;

/// Entry point, called by the page's loader.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(app::App);
}

/// Draws the first picture of a page that has one, before [`hydrate`].
#[wasm_bindgen]
pub async fn look() {
    app::first_look().await;
}
