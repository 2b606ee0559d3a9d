//! Working on the runs of one kind.

use crate::context::{Lease, Reporter, RunContext};
use crate::worker::{Held, Shared};
use crate::{Handler, JobError, KindConfig};
use futures::FutureExt;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::runs::{self, Done, Run};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long a cancelled handler may take to end by itself.
const CANCEL_GRACE: Duration = Duration::from_secs(5);
/// How long it may take when the worker wants to be gone.
const HURRY: Duration = Duration::from_secs(2);

/// `around` ± a quarter, so that workers don't march in step.
pub(crate) fn jitter(around: Duration) -> Duration {
    around.mul_f64(0.75 + 0.5 * rand::random::<f64>())
}

struct Claimed {
    run: Run,
    cancel: CancellationToken,
}

/// Claimed, and not begun.
#[derive(Default)]
struct Local {
    queue: Mutex<VecDeque<Claimed>>,
    /// Half of it is gone.
    low: Notify,
}

impl Local {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Claimed>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The next one that is still wanted.
    fn next(&self, shared: &Shared, low: usize) -> Option<Claimed> {
        let mut queue = self.queue();
        loop {
            let next = queue.pop_front()?;
            if queue.len() == low {
                self.low.notify_one();
            }
            // Cancelled or lost while it waited here.
            if !next.cancel.is_cancelled() {
                return Some(next);
            }
            shared.drop_held(next.run.id, next.run.fence);
        }
    }
}

/// Claims and works until `shutdown`, then drains.
pub(crate) async fn serve(shared: Arc<Shared>, kind: String, config: KindConfig, handler: Arc<dyn Handler>, shutdown: CancellationToken) {
    let local = Arc::new(Local::default());
    let mut running = JoinSet::new();
    let (concurrency, low) = (config.concurrency.max(1), config.prefetch / 2);
    let Some(poke) = shared.pokes.get(&kind) else { return };
    // There may be work; and there was more than was asked for.
    let (mut look, mut more) = (true, false);
    // Claims on their way: runs go on meanwhile.
    let mut claiming: JoinSet<Answer> = JoinSet::new();
    let mut asked = 0;
    // While there is more, the database finds the next half as this one is handed out.
    let half = concurrency.max(usize::midpoint(concurrency, config.prefetch));
    while !shutdown.is_cancelled() {
        while running.try_join_next().is_some() {}
        while running.len() < concurrency
            && let Some(mut next) = local.next(&shared, low)
        {
            let (shared, local, handler, shutdown) = (shared.clone(), local.clone(), handler.clone(), shutdown.clone());
            // One task works on many runs, one after the other: a task for each would cost short ones more than they do.
            running.spawn(async move {
                loop {
                    work(&shared, config, handler.clone(), next).await;
                    if shutdown.is_cancelled() {
                        return;
                    }
                    let Some(another) = local.next(&shared, low) else { return };
                    next = another;
                }
            });
        }
        let waiting = local.queue().len();
        let room = (concurrency + config.prefetch).saturating_sub(running.len() + waiting + asked);
        // A local queue is filled when half is gone, not for each run.
        let wanted = if claiming.is_empty() { room > 0 && waiting <= low } else { claiming.len() < 2 && room >= half };
        if look && wanted {
            // Asked before the answer: what is announced from here on asks again.
            look = more;
            let (shared, kind, limit) = (shared.clone(), kind.clone(), room.min(half));
            asked += limit;
            claiming.spawn(async move {
                let found = runs::claim(&shared.store, &kind, &shared.id, u32::try_from(limit).unwrap_or(u32::MAX), shared.config.lease).await;
                Answer { asked: limit, found }
            });
            continue;
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            Some(answer) = claiming.join_next(), if !claiming.is_empty() => {
                if let Ok(answer) = answer {
                    asked -= answer.asked;
                    more = take(&shared, &kind, answer, &local);
                    look |= more;
                }
                // Also after a claim that told nothing because it panicked.
                if claiming.is_empty() {
                    asked = 0;
                }
            }
            () = local.low.notified() => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = poke.notified() => look = true,
            () = tokio::time::sleep(jitter(shared.config.poll)) => look = true,
        }
    }
    while let Some(answer) = claiming.join_next().await {
        if let Ok(answer) = answer {
            take(&shared, &kind, answer, &local);
        }
    }
    drain(&shared, &local, running).await;
}

/// Of the database, to a claim.
struct Answer {
    asked: usize,
    found: store::Result<Vec<Run>>,
}

/// Takes claimed runs in. True when there may be more.
fn take(shared: &Shared, kind: &str, answer: Answer, local: &Local) -> bool {
    match answer.found {
        Ok(claimed) => {
            let full = claimed.len() >= answer.asked;
            let claimed: Vec<Claimed> = claimed.into_iter().map(|run| Claimed { run, cancel: CancellationToken::new() }).collect();
            // Never both locks at once: `next` takes them the other way round.
            shared.held().extend(claimed.iter().map(|c| (c.run.id, Held { fence: c.run.fence, cancel: c.cancel.clone() })));
            local.queue().extend(claimed);
            full
        }
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, job.kind = kind, "could not claim work; trying again");
            false
        }
    }
}

/// Gives back what did not begin, and lets the rest finish for a while.
async fn drain(shared: &Shared, local: &Local, mut running: JoinSet<()>) {
    let unused: Vec<_> = local.queue().drain(..).map(|c| (c.run.id, c.run.fence)).collect();
    if !unused.is_empty() {
        runs::release(&shared.store, &unused).await.ok();
        for (run, fence) in unused {
            shared.drop_held(run, fence);
        }
    }
    if tokio::time::timeout(shared.config.drain, all(&mut running)).await.is_ok() {
        return;
    }
    // What still works is told to stop and then given back by the worker; its late writes are refused.
    shared.hurry.cancel();
    shared.held().values().for_each(|h| h.cancel.cancel());
    if tokio::time::timeout(HURRY, all(&mut running)).await.is_err() {
        running.shutdown().await;
    }
}

async fn all(running: &mut JoinSet<()>) {
    while running.join_next().await.is_some() {}
}

/// One try of one run.
async fn work(shared: &Arc<Shared>, config: KindConfig, handler: Arc<dyn Handler>, claimed: Claimed) {
    let Claimed { run, cancel } = claimed;
    let (id, fence, kind, attempt) = (run.id, run.fence, run.kind.clone(), run.attempt);
    let progress = Reporter::new(shared.store.clone(), &run);
    let context = RunContext { lease: Lease::of(&run), progress: progress.clone(), cancel: cancel.clone(), run };
    let outcome = supervised(handler, context, config.timeout, &cancel).await;
    let notes = progress.take_notes();
    let (code, message, again) = match outcome {
        Ok(result) => {
            // The completer stores it and lets go. It ends only after all of these.
            shared.done.send(Done { id, fence, result, peak_memory: notes.peak_memory, log_tail: notes.log_tail }).ok();
            return;
        }
        // Told to stop because the worker does: not a try that failed. The worker gives the run back.
        Err(_) if shared.hurry.is_cancelled() => return,
        Err(JobError::Lost) => return shared.drop_held(id, fence),
        Err(JobError::Retry { code, message }) => (code, message, true),
        Err(JobError::Fail { code, message }) => (code, message, false),
    };
    tracing::info!(job.kind = kind, run.id = %id, job.attempt = attempt, code, again, "a run did not work");
    if (notes.peak_memory.is_some() || notes.log_tail.is_some())
        && let Err(error) = runs::note(&shared.store, id, fence, notes.peak_memory, notes.log_tail.as_deref()).await
    {
        tracing::debug!(error = &error as &dyn std::error::Error, run.id = %id, "what a run said was not kept");
    }
    let mut wait = Duration::from_millis(50);
    loop {
        match runs::fail(&shared.store, id, fence, &code, &message, again).await {
            Ok(state) => {
                if state.as_deref() == Some("queued") {
                    wake_later(shared, &kind, id, attempt);
                }
                break;
            }
            Err(error) if error.is_transient() && wait < Duration::from_secs(30) => {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, run.id = %id, "a failure was not stored; its lease runs out");
                break;
            }
        }
    }
    shared.drop_held(id, fence);
}

/// Exactly when the retry is due, rather than at the next poll: tells its people that it is in line again, and looks for work.
fn wake_later(shared: &Arc<Shared>, kind: &str, run: Uuid, attempt: i32) {
    let seconds = 1_u64 << u32::try_from(attempt - 1).unwrap_or(0).min(11);
    // Weak: a stopped worker is not kept for it.
    let (shared, kind) = (Arc::downgrade(shared), kind.to_owned());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds) + Duration::from_millis(5)).await;
        if let Some(shared) = shared.upgrade() {
            // Without this it reads as in line all the same, only nobody hears of it.
            if let Err(error) = runs::due(&shared.store, run).await {
                tracing::debug!(%error, run.id = %run, "could not tell that a retry is due");
            }
            shared.poke(&kind);
        }
    });
}

/// Runs the handler under its time limit; catches panics; stops waiting for a handler that ignores its cancellation.
async fn supervised(handler: Arc<dyn Handler>, context: RunContext, limit: Duration, cancel: &CancellationToken) -> Result<serde_json::Value, JobError> {
    let work = AssertUnwindSafe(handler.run(context)).catch_unwind();
    tokio::pin!(work);
    let ended = tokio::select! {
        biased;
        ended = &mut work => Some(ended),
        () = cancel.cancelled() => None,
        () = tokio::time::sleep(limit) => {
            cancel.cancel();
            let _ = tokio::time::timeout(CANCEL_GRACE, &mut work).await;
            return Err(JobError::retry("E-TIMEOUT", format!("It took longer than {} s and was stopped.", limit.as_secs())));
        }
    };
    let ended = match ended {
        Some(ended) => ended,
        None => match tokio::time::timeout(CANCEL_GRACE, &mut work).await {
            Ok(ended) => ended,
            Err(_) => return Err(JobError::Lost),
        },
    };
    ended.unwrap_or_else(|_| Err(JobError::retry("E-PANIC", "Something on our side did not work.")))
}
