//! Requests for files: one row per request. Identical requests share a run ([`crate::runs`]), which keeps their rows in step by trigger.

use crate::page::{self, Paged};
use crate::runs::NewRun;
use crate::tx::{AnyTx, Conn, TenantTx};
use crate::{Result, StoreError};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// One request.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Job {
    /// Id.
    pub id: Uuid,
    /// `model` or `still`.
    pub kind: String,
    /// The work it hangs on; `None` when everything was there.
    pub run_id: Option<Uuid>,
    /// The saved configuration, when it was asked by one.
    pub configuration_id: Option<Uuid>,
    /// Product.
    pub product_id: Option<Uuid>,
    /// By whom.
    pub requested_by: Option<Uuid>,
    /// `PENDING` (waits for its time: a retry), `QUEUED` (waits for a worker), `PROCESSING`, `COMPLETED`, `FAILED`, `CANCELLED`.
    pub status: String,
    /// 0–100.
    pub progress: i16,
    /// What it does now, for people.
    pub step: String,
    /// True unless this request started the run.
    pub cache_hit: bool,
    /// Stable code once failed.
    pub error_code: Option<String>,
    /// Words once failed.
    pub error_message: Option<String>,
    /// Tries after the first, counted from when they are decided.
    pub retry_count: i32,
    /// At most.
    pub max_retries: i32,
    /// Who works or worked on it.
    pub worker_id: Option<String>,
    /// The run's result.
    pub result: Option<Value>,
    /// What was asked, for "again".
    pub request: Value,
    /// Identity of the configuration.
    pub key: String,
    /// Product's name then.
    pub title: String,
    /// SKU then.
    pub sku: String,
    /// Variant code.
    pub variant_code: String,
    /// Asked.
    pub created_at: OffsetDateTime,
    /// Begun.
    pub started_at: Option<OffsetDateTime>,
    /// Ended.
    pub completed_at: Option<OffsetDateTime>,
}

impl Job {
    /// Whether it can still change.
    #[must_use]
    pub fn open(&self) -> bool {
        matches!(self.status.as_str(), "PENDING" | "QUEUED" | "PROCESSING")
    }
}

/// A request to be.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Id.
    pub id: Uuid,
    /// `model` or `still`.
    pub kind: &'a str,
    /// The saved configuration, when it was asked by one.
    pub configuration_id: Option<Uuid>,
    /// Product.
    pub product_id: Option<Uuid>,
    /// What was asked.
    pub request: &'a Value,
    /// Identity of the configuration.
    pub key: &'a str,
    /// Product's name.
    pub title: &'a str,
    /// SKU.
    pub sku: &'a str,
    /// Variant code.
    pub variant_code: &'a str,
    /// Tries after the first, at most.
    pub max_retries: i32,
}

/// Where a request's result comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// From this work: it is put in line, or the open run of its key joined, in the very same statement.
    Work(&'a NewRun),
    /// From a run that was put in line in this very transaction.
    Run {
        /// The run.
        run_id: Uuid,
        /// It was there already.
        joined: bool,
    },
    /// Everything is there: the request is complete at once.
    Cached(&'a Value),
}

/// Which requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these states; empty = all.
    pub states: Vec<String>,
    /// In product name or SKU or variant code, or the beginning of an id.
    pub search: Option<String>,
}

/// Figures over a tenant's requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// In line.
    pub waiting: i64,
    /// In line or at work.
    pub open: i64,
    /// Asked since `since`.
    pub total: i64,
    /// Of those: failed.
    pub failed: i64,
    /// Of those: did not start a run.
    pub cached: i64,
    /// Median run of those that started one, ms.
    pub median_ms: Option<i64>,
    /// Requests per hour in the last 24, oldest first.
    pub hours: Vec<i64>,
}

macro_rules! columns {
    () => {
        "id, kind, run_id, configuration_id, product_id, requested_by, \
         case when status = 'PENDING' and waits_until <= clock_timestamp() then 'QUEUED' else status end as status, \
         progress, step, cache_hit, error_code, error_message, retry_count, \
         max_retries, worker_id, result, request, key, title, sku, variant_code, created_at, started_at, completed_at"
    };
}

/// Stores a request. Unless everything is there, it takes the run's present state and follows it from now on. One statement, putting the
/// work in line included.
///
/// # Errors
/// [`StoreError::Setup`] when the run is not this tenant's.
pub async fn create(tx: &mut TenantTx, new: &NewJob<'_>, source: Source<'_>) -> Result<Job> {
    /// Where the run and `cache_hit` come from, then all the rest. `fitout_watch` answers nothing for a foreign run, so nothing is
    /// inserted then.
    macro_rules! insert {
        ($lined:literal) => {
            concat!(
                "with lined as (",
                $lined,
                "), \
                 run as (select l.run_id, l.cache_hit, w.state, w.progress, w.step, w.attempt, w.worker_id, w.started_at, w.run_at \
                    from lined l cross join lateral fitout_watch(l.run_id) w \
                    union all select null, true, 'cached', 100, '', 0, null, now(), null from lined l where l.run_id is null) \
                 insert into jobs (tenant_id, id, kind, run_id, configuration_id, product_id, requested_by, status, waits_until, progress, step, \
                    cache_hit, retry_count, max_retries, worker_id, result, request, key, title, sku, variant_code, started_at, completed_at) \
                 select $1, $2, $3, run.run_id, $4, $5, $6, case run.state when 'cached' then 'COMPLETED' when 'running' then 'PROCESSING' \
                        else case when run.run_at > clock_timestamp() then 'PENDING' else 'QUEUED' end end, \
                    case run.state when 'queued' then run.run_at end, run.progress, run.step, run.cache_hit, \
                    case run.state when 'queued' then run.attempt else greatest(run.attempt - 1, 0) end, $7, run.worker_id, $8, $9, $10, $11, $12, \
                    $13, run.started_at, case run.state when 'cached' then now() end from run returning ",
                columns!()
            )
        };
    }
    let scope = tx.scope().clone();
    let (sql, result) = match source {
        Source::Work(run) if run.tenant != scope.tenant => {
            return Err(StoreError::Setup("A run belongs to another workspace than its transaction.".to_owned()));
        }
        Source::Work(_) => (insert!("select e.run_id, e.joined as cache_hit from fitout_enqueue($14, $15, $16, $17, $18, $19) e"), None),
        Source::Run { .. } => (insert!("select $14::uuid as run_id, $15::boolean as cache_hit"), None),
        Source::Cached(result) => (insert!("select null::uuid as run_id, true as cache_hit"), Some(result)),
    };
    let query = sqlx::query_as(sql)
        .bind(scope.tenant)
        .bind(new.id)
        .bind(new.kind)
        .bind(new.configuration_id)
        .bind(new.product_id)
        .bind(scope.user)
        .bind(new.max_retries)
        .bind(result)
        .bind(new.request)
        .bind(new.key)
        .bind(new.title)
        .bind(new.sku)
        .bind(new.variant_code);
    let query = match source {
        Source::Work(run) => query.bind(&run.kind).bind(&run.key).bind(&run.payload).bind(run.priority).bind(run.max_attempts).bind(run.delay.as_secs_f64()),
        Source::Run { run_id, joined } => query.bind(run_id).bind(joined),
        Source::Cached(_) => query,
    };
    let job: Option<Job> = query.fetch_optional(tx.conn()).await?;
    if let (Source::Work(run), Some(Job { cache_hit: false, .. })) = (source, &job) {
        tx.wake(&run.kind);
    }
    job.ok_or_else(|| StoreError::Setup("The request's run does not exist in this workspace.".to_owned()))
}

/// One request.
///
/// # Errors
/// [`StoreError`].
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Option<Job>> {
    Ok(sqlx::query_as(concat!("select ", columns!(), " from jobs where id = $1")).bind(id).fetch_optional(tx.conn()).await?)
}

/// What a request's run took.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunOf {
    /// In line before its last try, milliseconds; so far, while it waits.
    pub waited_ms: i64,
    /// From the beginning of its last try to its end; so far, while it runs. `None` before.
    pub run_ms: Option<i64>,
    /// Tries.
    pub attempts: i32,
    /// Largest memory of the process that did the work, bytes.
    pub peak_memory: Option<i64>,
    /// End of the log.
    pub log_tail: Option<String>,
}

/// What a request's run took. `None` for one that needed no run, or whose run was swept out.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn run_of(tx: &mut TenantTx, id: Uuid) -> Result<Option<RunOf>> {
    let sql = "select waited_ms, run_ms, attempts, peak_memory, log_tail from fitout_run_of_job($1)";
    Ok(sqlx::query_as(sql).bind(id).fetch_optional(tx.conn()).await?)
}

/// A page, newest first.
///
/// # Errors
/// [`StoreError::BadCursor`].
pub async fn list(tx: &mut TenantTx, filter: &Filter, limit: u32, cursor: Option<&str>) -> Result<Paged<Job>> {
    let after: Option<(i64, Uuid)> = page::decode(cursor)?;
    let at = after.map(|(at, _)| page::from_micros(at)).transpose()?;
    let search = filter.search.as_deref().map(|s| s.replace('\0', "").trim().to_lowercase()).filter(|s| !s.is_empty());
    let rows: Vec<Job> = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from jobs where ($1::timestamptz is null or (created_at, id) < ($1, $2)) and (cardinality($3::text[]) = 0 or status = any ($3)) \
         and ($4::text is null or position($4 in lower(title || ' ' || sku || ' ' || variant_code)) > 0 or starts_with(id::text, $4)) \
         order by created_at desc, id desc limit $5"
    ))
    .bind(at)
    .bind(after.map(|(_, id)| id))
    .bind(&filter.states)
    .bind(search)
    .bind(i64::from(limit) + 1)
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::of(rows, limit, |j| (page::micros(j.created_at), j.id)))
}

/// Takes a request off its run; the last one ends the run. `Some(true)`: it is cancelled now; `Some(false)`: it had ended before;
/// `None`: there is no such request.
///
/// # Errors
/// [`StoreError`].
pub async fn cancel(tx: &mut TenantTx, id: Uuid) -> Result<Option<bool>> {
    let before: Option<String> = sqlx::query_scalar("select fitout_cancel_job($1)").bind(id).fetch_one(tx.conn()).await?;
    Ok(before.map(|status| matches!(status.as_str(), "PENDING" | "QUEUED" | "PROCESSING")))
}

/// Adds fields to the results of completed requests with this key (pictures that a chained run made later), and announces them; answers
/// how many.
///
/// # Errors
/// [`StoreError`].
pub async fn add_to_results(tx: &mut TenantTx, key: &str, fields: &Value) -> Result<u64> {
    let done = sqlx::query(
        "with changed as (update jobs set result = coalesce(result, '{}') || $2 where key = $1 and status = 'COMPLETED' returning tenant_id, id) \
         select pg_notify('fitout_events', json_build_object('tenant', tenant_id, 'kind', 'job.updated', 'data', json_build_object('id', id))::text) \
         from changed",
    )
    .bind(key)
    .bind(fields)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Figures: today begins at `since`, the 24 hours end at `now`.
///
/// # Errors
/// [`StoreError`].
pub async fn figures(tx: &mut TenantTx, since: OffsetDateTime, now: OffsetDateTime) -> Result<Figures> {
    let (waiting, open): (i64, i64) =
        sqlx::query_as("select count(*) filter (where status <> 'PROCESSING'), count(*) from jobs where status in ('PENDING', 'QUEUED', 'PROCESSING')")
            .fetch_one(tx.conn())
            .await?;
    let (total, failed, cached): (i64, i64, i64) =
        sqlx::query_as("select count(*), count(*) filter (where status = 'FAILED'), count(*) filter (where cache_hit) from jobs where created_at >= $1")
            .bind(since)
            .fetch_one(tx.conn())
            .await?;
    let median_ms = median_ms(tx, "model", since).await?;
    let buckets: Vec<(i32, i64)> = sqlx::query_as(
        "select least(23, floor(extract(epoch from $1 - created_at) / 3600))::int, count(*) from jobs \
         where created_at > $2 and created_at <= $1 group by 1",
    )
    .bind(now)
    .bind(now - Duration::hours(24))
    .fetch_all(tx.conn())
    .await?;
    let mut hours = vec![0; 24];
    for (ago, count) in buckets {
        if let Some(hour) = usize::try_from(23 - ago).ok().and_then(|i| hours.get_mut(i)) {
            *hour = count;
        }
    }
    Ok(Figures { waiting, open, total, failed, cached, median_ms, hours })
}

/// Median run of the requests of a kind since a time, milliseconds; `None` when none was run.
///
/// # Errors
/// [`StoreError`].
pub async fn median_ms(tx: &mut TenantTx, kind: &str, since: OffsetDateTime) -> Result<Option<i64>> {
    let median: Option<f64> = sqlx::query_scalar(
        "select percentile_cont(0.5) within group (order by extract(epoch from completed_at - started_at)::float8 * 1000) \
         from jobs where created_at >= $1 and kind = $2 and status = 'COMPLETED' and not cache_hit",
    )
    .bind(since)
    .bind(kind)
    .fetch_one(tx.conn())
    .await?;
    #[allow(clippy::cast_possible_truncation)] // milliseconds of a run fit
    Ok(median.map(|m| m.round() as i64))
}
