//! Live events in the browser, from `/api/v1/events`: one connection for the whole page, open as long as somebody listens.

use leptos::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};
use std::{cell::RefCell, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// What the server says, and this side whenever the line is new: something may have been missed.
const RESYNC: &str = r#"{"event":"resync","data":null}"#;
/// The browser connects again by itself after a lost line, but not after a refusal (a proxy's 502, a database that is away).
const AGAIN: Duration = Duration::from_secs(10);

type Hear = Rc<dyn Fn(&str)>;

thread_local! {
    static LINE: RefCell<Option<EventSource>> = const { RefCell::new(None) };
    static LISTENERS: RefCell<Vec<Hear>> = const { RefCell::new(Vec::new()) };
}

/// Hears `event` (`job.updated` …) as long as the calling component lives. `None`: events may have been missed (the line is new, or the server lost some),
/// read the data again. Does nothing on the server.
pub fn listen<T: DeserializeOwned + 'static>(event: &'static str, hear: impl Fn(Option<T>) + 'static) {
    let hear: Hear = Rc::new(move |text| {
        if let Some(news) = read(event, text) {
            hear(news)
        }
    });
    Effect::new(move |_| join(hear.clone()));
}

fn join(hear: Hear) {
    let id = address(&hear);
    LISTENERS.with_borrow_mut(|all| all.push(hear));
    connect();
    on_cleanup(move || {
        let alone = LISTENERS.with_borrow_mut(|all| {
            all.retain(|h| address(h) != id);
            all.is_empty()
        });
        if alone && let Some(line) = LINE.take() {
            line.close()
        }
    });
}

fn address(hear: &Hear) -> usize {
    Rc::as_ptr(hear).cast::<()>().addr()
}

/// Opens the line if somebody listens and there is none.
fn connect() {
    if LINE.with_borrow(Option::is_some) || LISTENERS.with_borrow(Vec::is_empty) {
        return;
    }
    let Ok(line) = EventSource::new("/api/v1/events") else { return };
    on(&line, "open", |_| tell(RESYNC));
    on(&line, "message", |message| {
        if let Some(text) = message.data().as_string() {
            tell(&text)
        }
    });
    on(&line, "error", |_| {
        if LINE.with_borrow(|line| line.as_ref().is_some_and(|l| l.ready_state() == EventSource::CLOSED)) {
            LINE.set(None);
            set_timeout(connect, AGAIN);
        }
    });
    LINE.set(Some(line));
}

/// The function belongs to the line and goes with it. Events without data are read as messages with none.
fn on(line: &EventSource, event: &str, hear: fn(MessageEvent)) {
    let hear = Closure::<dyn Fn(MessageEvent)>::new(hear).into_js_value();
    line.add_event_listener_with_callback(event, hear.unchecked_ref()).ok();
}

fn tell(text: &str) {
    // Who hears may leave, or join, at once.
    for hear in LISTENERS.with_borrow(Vec::clone) {
        hear(text)
    }
}

#[derive(Deserialize)]
struct Message<T> {
    event: String,
    data: Option<T>,
}

/// `Some(Some(data))` of the event, `Some(None)` when events may have been missed; `None` for everything else.
fn read<T: DeserializeOwned>(event: &str, text: &str) -> Option<Option<T>> {
    let message: Message<T> = crate::json::read(text).ok()?;
    (message.event == "resync" || message.event == event && message.data.is_some()).then_some(message.data)
}

#[cfg(test)]
mod tests {
    use super::{RESYNC, read};

    #[test]
    fn the_event_and_missed_events_are_heard_and_others_are_left() {
        assert_eq!(read::<u8>("a", r#"{"event":"a","data":7}"#), Some(Some(7)));
        assert_eq!(read::<u8>("a", RESYNC), Some(None));
        for other in [r#"{"event":"b","data":7}"#, r#"{"event":"a","data":"x"}"#, r#"{"event":"a","data":null}"#, "7", "nonsense"] {
            assert_eq!(read::<u8>("a", other), None, "{other}");
        }
    }
}
