//! SQL of the job engine. The crate `jobs` decides when; this module says how.
//!
//! Every write of a worker names the run and its fence: a claim that was taken over is refused. Leases use the database's clock alone.

use crate::tx::{AnyTx, Conn, PlatformTx, Store, TenantTx};
use crate::{Result, StoreError};
use serde_json::Value;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Work to put in line.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// For whom.
    pub tenant: Uuid,
    /// Which handler.
    pub kind: String,
    /// While a run of this kind and key is open, others join it.
    pub key: Option<String>,
    /// For the handler.
    pub payload: Value,
    /// Higher first, inside a tenant.
    pub priority: i16,
    /// First try included, 1–100.
    pub max_attempts: i32,
    /// Not before this has passed.
    pub delay: Duration,
}

impl NewRun {
    /// A run without key, of priority 0, at once, tried at most four times.
    #[must_use]
    pub fn new(tenant: Uuid, kind: impl Into<String>, payload: Value) -> Self {
        Self { tenant, kind: kind.into(), key: None, payload, priority: 0, max_attempts: 4, delay: Duration::ZERO }
    }
    /// With a key: while such a run is open, others join it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
    /// With a priority: higher first, inside the tenant.
    #[must_use]
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }
}

/// What became of [`enqueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Enqueued {
    /// The run.
    pub run_id: Uuid,
    /// It was there already.
    pub joined: bool,
}

/// A claimed run.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Run {
    /// Id.
    pub id: Uuid,
    /// For whom.
    pub tenant_id: Uuid,
    /// Which handler.
    pub kind: String,
    /// Key, if any.
    pub key: Option<String>,
    /// For the handler.
    pub payload: Value,
    /// `queued`, `running`, `done`, `failed`, `cancelled`.
    pub state: String,
    /// Number of the claim.
    pub fence: i64,
    /// This try, from 1.
    pub attempt: i32,
    /// At most.
    pub max_attempts: i32,
    /// Who has it.
    pub worker_id: Option<String>,
    /// 0–100.
    pub progress: i16,
    /// What it does now.
    pub step: String,
    /// Stable code of the last failure.
    pub error_code: Option<String>,
    /// Its words.
    pub error_message: Option<String>,
    /// Once done.
    pub result: Option<Value>,
    /// Bytes, when the handler told.
    pub peak_memory: Option<i64>,
    /// End of the log, when the handler told.
    pub log_tail: Option<String>,
}

/// A run that ended well.
#[derive(Clone, Debug)]
pub struct Done {
    /// Run.
    pub id: Uuid,
    /// Claim.
    pub fence: i64,
    /// Its result.
    pub result: Value,
    /// Bytes.
    pub peak_memory: Option<i64>,
    /// End of the log.
    pub log_tail: Option<String>,
}

macro_rules! columns {
    () => {
        "id, tenant_id, kind, key, payload, state, fence, attempt, max_attempts, worker_id, progress, step, error_code, error_message, result, \
         peak_memory, log_tail"
    };
}

/// Puts work in line inside the caller's transaction, or joins the open run of the same key. Joining locks that run until the transaction
/// ends, so a request attached in it cannot miss the run's end.
///
/// # Errors
/// [`StoreError::Setup`] when the run's tenant is not the transaction's.
pub async fn enqueue(tx: &mut impl AnyTx, new: &NewRun) -> Result<Enqueued> {
    let query = match tx.bound_tenant() {
        Some(tenant) if tenant != new.tenant => {
            return Err(StoreError::Setup("A run belongs to another workspace than its transaction.".to_owned()));
        }
        Some(_) => sqlx::query_as("select run_id, joined from fitout_enqueue($1, $2, $3, $4, $5, $6)"),
        None => sqlx::query_as("select run_id, joined from fitout_enqueue_for($7, $1, $2, $3, $4, $5, $6)"),
    };
    let query = query.bind(&new.kind).bind(&new.key).bind(&new.payload).bind(new.priority).bind(new.max_attempts).bind(new.delay.as_secs_f64());
    let query = if tx.bound_tenant().is_none() { query.bind(new.tenant) } else { query };
    let enqueued: Enqueued = query.fetch_one(tx.conn()).await?;
    if !enqueued.joined {
        tx.wake(&new.kind);
    }
    Ok(enqueued)
}

/// Puts many runs without key in line at once.
///
/// # Errors
/// [`StoreError`].
pub async fn enqueue_many(tx: &mut PlatformTx, tenant: Uuid, kind: &str, payloads: &[Value], max_attempts: i32) -> Result<u64> {
    let done = sqlx::query("insert into job_runs (tenant_id, kind, payload, max_attempts) select $1, $2, p, $4 from unnest($3::jsonb[]) p")
        .bind(tenant)
        .bind(kind)
        .bind(payloads)
        .bind(max_attempts)
        .execute(tx.conn())
        .await?;
    sqlx::query("select pg_notify('fitout_runs', $1)").bind(kind).execute(tx.conn()).await?;
    tx.wake(kind);
    Ok(done.rows_affected())
}

/// The waiting time of a retry is over: its requests, [`crate::jobs::Job::status`] `PENDING` so far, are in line now and their people hear
/// of it. Answers how many.
///
/// # Errors
/// [`StoreError`].
pub async fn due(store: &Store, run: Uuid) -> Result<i32> {
    Ok(sqlx::query_scalar("select fitout_due($1)").bind(run).fetch_one(store.pool()).await?)
}

/// Ends an open run; its worker hears of it at once. False when it is not open (or not this tenant's).
///
/// # Errors
/// [`StoreError`].
pub async fn cancel(tx: &mut TenantTx, run: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar("select fitout_cancel_run($1)").bind(run).fetch_one(tx.conn()).await?)
}

/// Whether this claim still holds. Locks the run: nobody takes it over before the transaction ends.
///
/// # Errors
/// [`StoreError`].
pub async fn guard(tx: &mut TenantTx, run: Uuid, fence: i64) -> Result<bool> {
    Ok(sqlx::query_scalar("select fitout_guard($1, $2)").bind(run).bind(fence).fetch_one(tx.conn()).await?)
}

/// Ends a run as done in the transaction of its effect. False when the claim does not hold any more: roll back.
///
/// # Errors
/// [`StoreError`].
pub async fn finish(tx: &mut TenantTx, run: Uuid, fence: i64, result: &Value) -> Result<bool> {
    Ok(sqlx::query_scalar("select fitout_finish($1, $2, $3)").bind(run).bind(fence).bind(result).fetch_one(tx.conn()).await?)
}

#[derive(sqlx::FromRow)]
struct Taken {
    id: Uuid,
    tenant_id: Uuid,
    key: Option<String>,
    payload: Value,
    fence: i64,
    attempt: i32,
    max_attempts: i32,
    priority: i16,
    run_at: OffsetDateTime,
}

/// Claims up to `limit` runs of a kind, fairly between tenants; the most urgent come first. Of an earlier try they tell nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn claim(store: &Store, kind: &str, worker: &str, limit: u32, lease: Duration) -> Result<Vec<Run>> {
    let mut taken: Vec<Taken> =
        sqlx::query_as("select id, tenant_id, key, payload, fence, attempt, max_attempts, priority, run_at from fitout_take($1, $2, $3, $4)")
            .bind(kind)
            .bind(worker)
            .bind(i32::try_from(limit).unwrap_or(i32::MAX))
            .bind(lease.as_secs_f64())
            .fetch_all(store.pool())
            .await?;
    taken.sort_by_key(|t| (std::cmp::Reverse(t.priority), t.run_at, t.id));
    Ok(taken
        .into_iter()
        .map(|t| Run {
            id: t.id,
            tenant_id: t.tenant_id,
            kind: kind.to_owned(),
            key: t.key,
            payload: t.payload,
            state: "running".to_owned(),
            fence: t.fence,
            attempt: t.attempt,
            max_attempts: t.max_attempts,
            worker_id: Some(worker.to_owned()),
            progress: 0,
            step: String::new(),
            error_code: None,
            error_message: None,
            result: None,
            peak_memory: None,
            log_tail: None,
        })
        .collect())
}

/// Prolongs claims; answers the runs that are still held. The others are cancelled or taken over. Passes over rows that are locked just
/// now (being completed, or guarded by an effect): waiting for them could lock two batches out of each other, and nobody can take them over.
///
/// # Errors
/// [`StoreError`].
pub async fn heartbeat(store: &Store, claims: &[(Uuid, i64)], lease: Duration) -> Result<Vec<Uuid>> {
    let (ids, fences): (Vec<Uuid>, Vec<i64>) = claims.iter().copied().unzip();
    Ok(sqlx::query_scalar(
        "with alive as (select r.id, r.fence from job_runs r join unnest($1::uuid[], $2::bigint[]) h (id, fence) on r.id = h.id and r.fence = h.fence \
            where r.state = 'running'), \
         free as (select r.id from job_runs r join alive a on a.id = r.id and a.fence = r.fence where r.state = 'running' for update of r skip locked), \
         longer as (update job_runs r set lease_until = clock_timestamp() + make_interval(secs => $3) from free f where r.id = f.id) \
         select id from alive",
    )
    .bind(ids)
    .bind(fences)
    .bind(lease.as_secs_f64())
    .fetch_all(store.pool())
    .await?)
}

/// Ends runs as done, a batch in one statement; answers those that were accepted. The others were cancelled, taken over or finished by
/// [`finish`].
///
/// # Errors
/// [`StoreError`]: then none is ended.
pub async fn complete(store: &Store, batch: &[Done]) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = batch.iter().map(|d| d.id).collect();
    let fences: Vec<i64> = batch.iter().map(|d| d.fence).collect();
    let results: Vec<&Value> = batch.iter().map(|d| &d.result).collect();
    let memory: Vec<Option<i64>> = batch.iter().map(|d| d.peak_memory).collect();
    let logs: Vec<Option<&str>> = batch.iter().map(|d| d.log_tail.as_deref()).collect();
    // Runs that ended in their own transaction know nothing of their notes yet.
    let noted = batch.iter().any(|d| d.peak_memory.is_some() || d.log_tail.is_some());
    let accepted: Vec<Uuid> = sqlx::query_scalar(
        "update job_runs r set state = 'done', result = d.result, progress = 100, step = '', error_code = null, error_message = null, \
         peak_memory = d.memory, log_tail = d.log, finished_at = clock_timestamp(), lease_until = null \
         from unnest($1::uuid[], $2::bigint[], $3::jsonb[], $4::bigint[], $5::text[]) d (id, fence, result, memory, log) \
         where r.id = d.id and r.fence = d.fence and r.state = 'running' returning r.id",
    )
    .bind(&ids)
    .bind(&fences)
    .bind(results)
    .bind(&memory)
    .bind(&logs)
    .fetch_all(store.pool())
    .await?;
    if noted && accepted.len() < batch.len() {
        sqlx::query(
            "update job_runs r set peak_memory = coalesce(d.memory, r.peak_memory), log_tail = coalesce(d.log, r.log_tail) \
             from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[]) d (id, fence, memory, log) \
             where r.id = d.id and r.fence = d.fence and r.state = 'done' and (d.memory is not null or d.log is not null) and r.log_tail is null",
        )
        .bind(ids)
        .bind(fences)
        .bind(memory)
        .bind(logs)
        .execute(store.pool())
        .await?;
    }
    Ok(accepted)
}

/// Keeps what the last try of a run took and said, when it did not work.
///
/// # Errors
/// [`StoreError`].
pub async fn note(store: &Store, run: Uuid, fence: i64, peak_memory: Option<i64>, log_tail: Option<&str>) -> Result<()> {
    sqlx::query("update job_runs set peak_memory = coalesce($3, peak_memory), log_tail = coalesce($4, log_tail) where id = $1 and fence = $2")
        .bind(run)
        .bind(fence)
        .bind(peak_memory)
        .bind(log_tail)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Ends a try that did not work. `retry`: back in line after 1, 2, 4 … s while tries are left. Answers the state it is in now;
/// `None` when the claim does not hold any more.
///
/// # Errors
/// [`StoreError`].
pub async fn fail(store: &Store, run: Uuid, fence: i64, code: &str, message: &str, retry: bool) -> Result<Option<String>> {
    let message = message.replace('\0', "");
    Ok(sqlx::query_scalar(
        "update job_runs set state = case when $5 and attempt < max_attempts then 'queued' else 'failed' end, \
         run_at = case when $5 and attempt < max_attempts then clock_timestamp() + make_interval(secs => power(2, least(attempt, 12) - 1)) \
            else run_at end, \
         finished_at = case when $5 and attempt < max_attempts then null else clock_timestamp() end, \
         error_code = $3, error_message = $4, step = '', lease_until = null, \
         progress = case when $5 and attempt < max_attempts then 0 else progress end \
         where id = $1 and fence = $2 and state = 'running' returning state",
    )
    .bind(run)
    .bind(fence)
    .bind(code)
    .bind(message)
    .bind(retry)
    .fetch_optional(store.pool())
    .await?)
}

/// Gives claims back unused: at once in line again, the try not counted.
///
/// # Errors
/// [`StoreError`].
pub async fn release(store: &Store, claims: &[(Uuid, i64)]) -> Result<u64> {
    let (ids, fences): (Vec<Uuid>, Vec<i64>) = claims.iter().copied().unzip();
    let done = sqlx::query(
        "with back as (update job_runs r set state = 'queued', attempt = r.attempt - 1, lease_until = null, progress = 0, step = '' \
            from unnest($1::uuid[], $2::bigint[]) h (id, fence) \
            where r.id = h.id and r.fence = h.fence and r.state = 'running' returning r.kind) \
         select pg_notify('fitout_runs', kind) from back group by kind",
    )
    .bind(ids)
    .bind(fences)
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}

/// Notes progress. False when the claim does not hold any more.
///
/// # Errors
/// [`StoreError`].
pub async fn progress(store: &Store, run: Uuid, fence: i64, percent: u8, step: &str) -> Result<bool> {
    let done = sqlx::query("update job_runs set progress = $3, step = $4 where id = $1 and fence = $2 and state = 'running'")
        .bind(run)
        .bind(fence)
        .bind(i16::from(percent.min(100)))
        .bind(step.replace('\0', ""))
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts runs of dead workers back in line (or ends them, when no try is left); answers the kinds concerned.
///
/// # Errors
/// [`StoreError`].
pub async fn take_over_expired(store: &Store) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "with expired as (select id from job_runs where state = 'running' and lease_until < clock_timestamp() order by id for update skip locked), \
         back as (update job_runs r set state = case when r.attempt < r.max_attempts then 'queued' else 'failed' end, \
            finished_at = case when r.attempt < r.max_attempts then null else clock_timestamp() end, \
            error_code = 'E-WORKER-LOST', error_message = 'The worker stopped while it had this job.', \
            run_at = clock_timestamp(), lease_until = null, step = '', progress = case when r.attempt < r.max_attempts then 0 else r.progress end \
            from expired e where r.id = e.id returning r.kind) \
         select distinct kind from back",
    )
    .fetch_all(store.pool())
    .await?)
}

/// One run, of any tenant.
///
/// # Errors
/// [`StoreError`].
pub async fn get(store: &Store, run: Uuid) -> Result<Option<Run>> {
    Ok(sqlx::query_as(concat!("select ", columns!(), " from job_runs where id = $1")).bind(run).fetch_optional(store.pool()).await?)
}

/// Runs by kind and state, for metrics and tests.
///
/// # Errors
/// [`StoreError`].
pub async fn counts(store: &Store) -> Result<Vec<(String, String, i64)>> {
    Ok(sqlx::query_as("select kind, state, count(*) from job_runs group by kind, state order by kind, state").fetch_all(store.pool()).await?)
}

/// Removes ended runs older than `age`; requests keep their rows. Answers how many.
///
/// # Errors
/// [`StoreError`].
pub async fn prune(store: &Store, age: Duration) -> Result<u64> {
    let done = sqlx::query("delete from job_runs where finished_at < now() - make_interval(secs => $1)").bind(age.as_secs_f64()).execute(store.pool()).await?;
    Ok(done.rows_affected())
}
