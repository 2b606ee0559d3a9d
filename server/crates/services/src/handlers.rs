//! What the job engine runs: models, pictures, uploads, mails. Blender and mail servers are called here, with no transaction open.

mod build;
mod deliver;
mod intake;
mod keep;

use crate::inner::Inner;
use crate::{Services, assets, mailing, models};
use async_trait::async_trait;
use contract::{AppError, ErrorKind};
use jobs::{Handler, JobError, KindConfig, Registry, RunContext};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How much of each kind a worker does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handlers {
    /// Blender runs at a time, models and pictures each (the pool itself holds back what is too much).
    pub blender: usize,
    /// Longest Blender run.
    pub blender_timeout: Duration,
    /// Mails at a time.
    pub mails: usize,
}

impl Default for Handlers {
    fn default() -> Self {
        Self { blender: 2, blender_timeout: Duration::from_secs(300), mails: 2 }
    }
}

impl Services {
    /// Handlers of the kinds `model`, `still`, `turntable`, `drawing`, `asset` and `mail`, for the engine.
    #[must_use]
    pub fn job_handlers(&self, config: Handlers) -> Registry {
        // The engine's limit lies above Blender's own, which has the better words.
        let slow = KindConfig { timeout: config.blender_timeout + Duration::from_secs(30), ..KindConfig::slow(config.blender) };
        let mail = KindConfig { timeout: Duration::from_secs(60), ..KindConfig::slow(config.mails) };
        // Pictures take seconds and films a minute: together they never hold the last Blender that a waiting person's model could have.
        let most = config.blender.saturating_sub(1).max(1);
        let patient = Arc::new(Semaphore::new(most));
        let on = |kind| Arc::new(On { inner: self.0.clone(), kind, patient: patient.clone() });
        let still = KindConfig { concurrency: most, ..slow };
        let film = KindConfig { concurrency: 1, ..slow };
        let blender = Registry::new().with(models::MODEL, slow, on(Kind::Model)).with(models::STILL, still, on(Kind::Still));
        // One at a time: reading a large model takes a processor and some hundred megabytes.
        let intake = KindConfig { timeout: Duration::from_secs(300), ..KindConfig::slow(1) };
        let paper = KindConfig { timeout: Duration::from_secs(90), ..KindConfig::slow(1) };
        let all = blender.with(models::TURNTABLE, film, on(Kind::Turntable)).with(models::DRAWING, paper, on(Kind::Drawing));
        let all = all.with(assets::ASSET, intake, on(Kind::Asset));
        all.with(mailing::KIND, mail, on(Kind::Mail))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Model,
    Still,
    Turntable,
    Drawing,
    Asset,
    Mail,
}

struct On {
    inner: Arc<Inner>,
    kind: Kind,
    /// For what nobody waits for.
    patient: Arc<Semaphore>,
}

#[async_trait]
impl Handler for On {
    async fn run(&self, ctx: RunContext) -> Result<Value, JobError> {
        let _in_turn = match self.kind {
            Kind::Still | Kind::Turntable => tokio::select! {
                permit = self.patient.acquire() => permit.ok(),
                () = ctx.cancel.cancelled() => return Err(JobError::Lost),
            },
            _ => None,
        };
        match self.kind {
            Kind::Model => build::model(&self.inner, ctx).await,
            Kind::Still => build::still(&self.inner, ctx).await,
            Kind::Turntable => build::turntable(&self.inner, ctx).await,
            Kind::Drawing => build::drawing(&self.inner, ctx).await,
            Kind::Asset => intake::asset(&self.inner, ctx).await,
            Kind::Mail => deliver::mail(&self.inner, ctx).await,
        }
    }
}

/// A refusal of a use case as the decision about a run.
fn decided(error: AppError) -> JobError {
    match error.kind {
        ErrorKind::Unavailable => JobError::retry("E-DATABASE", error.detail),
        ErrorKind::StorageFull => JobError::retry("E-STORAGE-FULL", error.detail),
        ErrorKind::Internal => JobError::fail("E-INTERNAL", error.detail),
        _ => JobError::fail("E-INVALID", error.detail),
    }
}
