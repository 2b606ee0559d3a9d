//! Live events in the browser, from `/api/v1/events`.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, closure::Closure};

/// Hears `event` (`job.updated` …) as long as the calling component lives. Does nothing on the server. The browser connects again by itself.
pub fn listen<T: DeserializeOwned + 'static>(event: &'static str, hear: impl Fn(T) + Clone + 'static) {
    Effect::new(move |_| {
        let Ok(source) = web_sys::EventSource::new("/api/v1/events") else { return };
        let hear = hear.clone();
        let closure = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |message: web_sys::MessageEvent| {
            if let Some(data) = message.data().as_string().and_then(|text| read(event, &text)) {
                hear(data);
            }
        });
        let function: &js_sys::Function = closure.as_ref().unchecked_ref();
        source.add_event_listener_with_callback(event, function).ok();
        source.set_onmessage(Some(function));
        let held = StoredValue::new_local((source, closure));
        on_cleanup(move || {
            held.try_with_value(|(source, _)| source.close());
        });
    });
}

/// Data of a message: bare, or inside `{ event, data }`.
fn read<T: DeserializeOwned>(event: &str, text: &str) -> Option<T> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let data = match (value.get("event").and_then(|e| e.as_str()), value.get("data")) {
        (Some(name), Some(data)) => (name == event).then(|| data.clone())?,
        _ => value,
    };
    serde_json::from_value(data).ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn messages_are_read_bare_and_wrapped_and_others_are_left() {
        assert_eq!(read::<u8>("a", "7"), Some(7));
        assert_eq!(read::<u8>("a", r#"{"event":"a","data":7}"#), Some(7));
        assert_eq!(read::<u8>("a", r#"{"event":"b","data":7}"#), None);
        assert_eq!(read::<u8>("a", "nonsense"), None);
    }
}
