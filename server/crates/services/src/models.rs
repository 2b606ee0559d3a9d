//! Exact models: requests, their shared runs, and what is shown of them.

mod ask;
mod show;

pub(crate) use ask::{Payload, ask_pictures, ask_quietly, read_payload};
pub(crate) use show::job as show_job;

use crate::Services;
use crate::errors::{Refuse, conflict};
use crate::fields::{id as read_id, limit};
use crate::inner::found;
use crate::{idempotency, trail};
use async_trait::async_trait;
use contract::*;
use facade::{Ctx, Jobs, Outcome, Permission};
use serde_json::json;
use store::jobs as rows;
use time::Duration;

/// Kind of the runs that make models.
pub(crate) const MODEL: &str = "model";
/// Kind of the runs that make pictures.
pub(crate) const STILL: &str = "still";
/// Kind of the runs that make films.
pub(crate) const TURNTABLE: &str = "turntable";
/// Kind of the runs that make technical drawings.
pub(crate) const DRAWING: &str = "drawing";

#[async_trait]
impl Jobs for Services {
    async fn create(&self, ctx: &Ctx, request: NewJob) -> Outcome<Job> {
        ctx.require(Permission::JobsCreate)?;
        let wanted = ask::wanted(&self.0, ctx, request).await?;
        ask::ask(&self.0, ctx, &wanted).await
    }

    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Job> {
        ctx.require(Permission::JobsRead)?;
        let id = read_id(id, "job")?;
        let mut tx = self.0.tx(ctx).await?;
        let row = found(rows::get(&mut tx, id).await.refuse()?, "job")?;
        // A request that joined another's run, or found everything there, cost nothing.
        let run = if row.cache_hit { None } else { rows::run_of(&mut tx, id).await.refuse()? };
        let run = run.map(|r| JobRun {
            waited_ms: r.waited_ms.max(0),
            run_ms: r.run_ms,
            attempts: r.attempts,
            peak_memory: r.peak_memory,
            log: r.log_tail.unwrap_or_default(),
        });
        Ok(Job { run, ..show::job(&self.0, &mut tx, row).await? })
    }

    async fn list(&self, ctx: &Ctx, query: JobQuery) -> Outcome<Page<Job>> {
        ctx.require(Permission::JobsRead)?;
        let limit = limit(query.limit)?;
        let states = match query.state.as_deref() {
            None | Some("" | "all") => &[][..],
            Some("open") => &["PENDING", "QUEUED", "PROCESSING"],
            Some("failed") => &["FAILED"],
            Some("done") => &["COMPLETED"],
            Some("cancelled") => &["CANCELLED"],
            Some(_) => return Err(AppError::new(ErrorKind::Malformed, "malformed_state", "state must be open, failed, done or cancelled.")),
        };
        let filter = rows::Filter { states: states.iter().map(|s| (*s).to_owned()).collect(), search: query.search };
        let mut tx = self.0.tx(ctx).await?;
        let found = rows::list(&mut tx, &filter, limit, query.cursor.as_deref()).await.refuse()?;
        Ok(Page { items: show::jobs(&self.0, &mut tx, found.items).await?, next_cursor: found.next })
    }

    async fn figures(&self, ctx: &Ctx) -> Outcome<JobFigures> {
        ctx.require(Permission::JobsRead)?;
        let now = self.0.now();
        let today = now.replace_time(time::Time::MIDNIGHT);
        let status = self.0.ports.blender.status().await;
        let mut tx = self.0.tx(ctx).await?;
        let figures = rows::figures(&mut tx, today, now + Duration::seconds(1)).await.refuse()?;
        // Today's requests are few enough for exact percents in i64.
        let percent = (figures.total > 0).then(|| u8::try_from(figures.cached * 100 / figures.total).unwrap_or(100));
        Ok(JobFigures {
            workers_busy: status.busy,
            workers_total: self.0.config.blender_max,
            problem: status.problem,
            waiting: figures.waiting,
            open: figures.open,
            median_ms: figures.median_ms,
            cache_percent: percent,
            failed: figures.failed,
            total: figures.total,
            hours: figures.hours,
        })
    }

    async fn cancel(&self, ctx: &Ctx, id: &str) -> Outcome<Job> {
        ctx.require(Permission::JobsCreate)?;
        let id = read_id(id, "job")?;
        let mut tx = self.0.tx(ctx).await?;
        match rows::cancel(&mut tx, id).await.refuse()? {
            None => return Err(AppError::not_found("job")),
            Some(false) => return Err(conflict("already_ended", "This job has ended already; there is nothing to cancel.")),
            Some(true) => {}
        }
        let row = found(rows::get(&mut tx, id).await.refuse()?, "job")?;
        let job = show::job(&self.0, &mut tx, row).await?;
        let after = json!({ "product": job.title, "variant_code": job.variant_code });
        trail::note(&self.0, &mut tx, "job.cancelled", id.to_string().as_str(), None, Some(&after)).await?;
        idempotency::keep(&mut tx, &ctx.caller, &job).await?;
        tx.commit().await.refuse()?;
        Ok(job)
    }

    async fn again(&self, ctx: &Ctx, id: &str) -> Outcome<Job> {
        ctx.require(Permission::JobsCreate)?;
        let id = read_id(id, "job")?;
        let mut tx = self.0.tx(ctx).await?;
        let row = found(rows::get(&mut tx, id).await.refuse()?, "job")?;
        drop(tx);
        if row.kind == crate::assets::ASSET {
            return crate::assets::again(&self.0, ctx, &row).await;
        }
        let wanted = ask::wanted_again(&self.0, ctx, &row).await?;
        ask::ask(&self.0, ctx, &wanted).await
    }
}
