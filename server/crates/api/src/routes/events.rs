//! What happens, as it happens: server-sent events and WebSocket, filtered by tenant.
//!
//! Each message is `{ "event": "job.updated", "data": … }`. Events are not kept: whoever missed some (a slow reader, a connection
//! made again) gets `{ "event": "resync", "data": null }` and reads the state anew.

use super::auth::still_holds;
use crate::Api;
use crate::input::{Presented, User};
use crate::layers::{By, Credential, cross_site, origin_is_ours, same_origin};
use crate::problem::{Answer, ApiError};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use contract::{AppError, LiveEvent};
use facade::{Caller, Ctx};
use futures::{Stream, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior};
use uuid::Uuid;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Messages that a client may send between two pings.
const QUIET: u32 = 200;

struct Listener {
    api: Api,
    tenant: Uuid,
    caller: Caller,
    credential: Credential,
    events: broadcast::Receiver<(Uuid, LiveEvent)>,
    recheck: Interval,
    /// The session is to be looked at before anything else (kept over a cancelled look).
    due: bool,
    /// Say `resync` first.
    missed: bool,
}

impl Listener {
    fn new(api: &Api, ctx: &Ctx, credential: Credential, missed: bool) -> Self {
        let every = api.config().recheck;
        let mut recheck = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            api: api.clone(),
            tenant: ctx.tenant,
            caller: ctx.caller.clone(),
            credential,
            events: api.facade().events.subscribe(),
            recheck,
            due: false,
            missed,
        }
    }
    /// The next message; `None` when the session or the server ends.
    async fn next(&mut self) -> Option<LiveEvent> {
        if std::mem::take(&mut self.missed) {
            return Some(resync());
        }
        let shutdown = self.api.config().shutdown.clone();
        loop {
            if self.due {
                if !still_holds(&self.api, &self.caller, &self.credential).await {
                    return None;
                }
                self.due = false;
            }
            tokio::select! {
                () = shutdown.cancelled() => return None,
                _ = self.recheck.tick() => self.due = true,
                received = self.events.recv() => match received {
                    // The nil id speaks to everybody: the server itself has missed some.
                    Ok((tenant, event)) if tenant == self.tenant || tenant.is_nil() => return Some(event),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Some(resync()),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
    fn stream(self) -> impl Stream<Item = LiveEvent> {
        stream::unfold(self, |mut listener| async move { listener.next().await.map(|event| (event, listener)) })
    }
}

fn resync() -> LiveEvent {
    LiveEvent { event: "resync".to_owned(), data: serde_json::Value::Null }
}

fn text(event: &LiveEvent) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

/// Live events as server-sent events.
#[utoipa::path(get, path = "/api/v1/events", tag = "live", responses((status = 200, description = "A stream; each `data` is `{ event, data }`.", body = String, content_type = "text/event-stream")))]
pub async fn sse(State(api): State<Api>, User(ctx): User, Presented(credential): Presented, headers: HeaderMap) -> Answer {
    let credential = credential.ok_or_else(AppError::unauthenticated)?;
    if credential.by == By::Cookie && !(same_origin(&api, &headers) && origin_is_ours(&api, &headers)) {
        return Err(cross_site());
    }
    let listener = Listener::new(&api, &ctx, credential, headers.contains_key(LAST_EVENT_ID));
    // An id lets the browser say `Last-Event-ID` when it comes back.
    let event = || Event::default().id(Uuid::now_v7().to_string());
    let first = stream::once(async move { event().comment("live").retry(Duration::from_secs(2)) });
    let rest = listener.stream().map(move |live| event().data(text(&live)));
    let stream = first.chain(rest).map(Ok::<_, Infallible>);
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Live events as a WebSocket. Needs a session; browsers must come from our own pages.
#[utoipa::path(get, path = "/ws", tag = "live", responses((status = 101, description = "Each message is `{ event, data }`.")))]
pub async fn ws(
    State(api): State<Api>,
    User(ctx): User,
    Presented(credential): Presented,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Answer {
    let credential = credential.ok_or_else(AppError::unauthenticated)?;
    if credential.by == By::Cookie && !origin_is_ours(&api, &headers) {
        return Err(cross_site());
    }
    let upgrade = upgrade.map_err(|rejection| {
        let refused: Response = rejection.into_response();
        ApiError::with_status(refused.status(), "upgrade_required", "This address speaks WebSocket; ask for an upgrade.")
    })?;
    let listener = Listener::new(&api, &ctx, credential, false);
    Ok(upgrade.max_message_size(64 * 1024).on_upgrade(move |socket| serve(socket, listener)))
}

async fn serve(mut socket: WebSocket, mut listener: Listener) {
    let mut ping = tokio::time::interval(Duration::from_secs(20));
    ping.tick().await;
    let mut heard = 0;
    loop {
        let sent = tokio::select! {
            event = listener.next() => match event {
                Some(event) => socket.send(Message::Text(text(&event).into())).await,
                None => {
                    let close = CloseFrame { code: 4401, reason: "the session has ended".into() };
                    let _ = socket.send(Message::Close(Some(close))).await;
                    return;
                }
            },
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => return,
                // Nothing is asked over this line; pings are answered below us. Floods end it.
                Some(Ok(_)) => {
                    heard += 1;
                    if heard > QUIET {
                        return;
                    }
                    Ok(())
                }
            },
            _ = ping.tick() => {
                heard = 0;
                socket.send(Message::Ping(bytes::Bytes::new())).await
            }
        };
        if sent.is_err() {
            return;
        }
    }
}
