//! Live events: what the database announces, with the data that a page needs.

use crate::Services;
use crate::errors::Refuse;
use crate::inner::Inner;
use crate::models::show_job;
use async_trait::async_trait;
use contract::{AppError, LiveEvent};
use facade::{Events, Outcome};
use std::sync::Arc;
use store::Event;
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

/// Events were missed: whoever listens reads the state anew.
const RESYNC: &str = "resync";

#[async_trait]
impl Events for Services {
    fn subscribe(&self) -> broadcast::Receiver<(Uuid, LiveEvent)> {
        let receiver = self.0.events.subscribe();
        // The first listener starts the pump; it lives as long as the services.
        self.0.pump.call_once(|| {
            let from = self.0.store.listen();
            tokio::spawn(pump(Arc::downgrade(&self.0), from));
        });
        receiver
    }
}

async fn pump(inner: std::sync::Weak<Inner>, mut from: broadcast::Receiver<Event>) {
    loop {
        let event = match from.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "live events came faster than they could be told");
                // Whose they were is not known: everybody reads anew.
                Event { tenant: Uuid::nil(), kind: RESYNC.to_owned(), data: serde_json::Value::Null }
            }
            Err(RecvError::Closed) => return,
        };
        let Some(inner) = inner.upgrade() else { return };
        if inner.events.receiver_count() == 0 {
            continue;
        }
        let tenant = event.tenant;
        match told(&inner, event).await {
            // Nobody listens any more is fine.
            Ok(Some(live)) => drop(inner.events.send((tenant, live))),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "a live event could not be told");
                drop(inner.events.send((tenant, LiveEvent { event: RESYNC.to_owned(), data: serde_json::Value::Null })));
            }
        }
    }
}

/// An event with its data: a job in full, everything else as announced.
async fn told(inner: &Inner, event: Event) -> Outcome<Option<LiveEvent>> {
    if event.kind != "job.updated" {
        return Ok(Some(LiveEvent { event: event.kind, data: event.data }));
    }
    let Some(id) = event.data.get("id").and_then(serde_json::Value::as_str).and_then(|id| Uuid::parse_str(id).ok()) else { return Ok(None) };
    let mut tx = inner.system(event.tenant).await?;
    let Some(row) = store::jobs::get(&mut tx, id).await.refuse()? else { return Ok(None) };
    let job = show_job(inner, &mut tx, row).await?;
    let data = serde_json::to_value(job).map_err(|_| AppError::internal())?;
    Ok(Some(LiveEvent { event: event.kind, data }))
}
