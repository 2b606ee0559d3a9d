//! Health of the parts that the server stands on.

use crate::Services;
use crate::inner::Inner;
use async_trait::async_trait;
use facade::{Health, HealthReport};
use std::time::Duration;

/// A part that does not answer within this time counts as away.
const PATIENCE: Duration = Duration::from_secs(3);

#[async_trait]
impl Health for Services {
    async fn report(&self) -> HealthReport {
        // Many at once, and again within a second, look once.
        self.0.health.get_with((), look(&self.0)).await
    }
}

async fn look(inner: &Inner) -> HealthReport {
    let database = async {
        match tokio::time::timeout(PATIENCE, inner.store.ping()).await {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "does not answer".to_owned(),
        }
    };
    let storage = async {
        match tokio::time::timeout(PATIENCE, inner.ports.blobs.check()).await {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "does not answer".to_owned(),
        }
    };
    let (database, storage, blender) = tokio::join!(database, storage, inner.ports.blender.status());
    HealthReport { database, storage, blender_ready: blender.ready, blender_busy: blender.busy, blender_version: blender.version, blender_cage: blender.cage }
}
