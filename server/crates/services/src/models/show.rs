//! Requests as people and programs see them.

use super::{DRAWING, MODEL, TURNTABLE};
use crate::artefacts::{self, Made};
use crate::errors::Refuse;
use crate::files;
use crate::inner::Inner;
use crate::times::stamp;
use contract::{AppError, Job, JobResult, JobStatus};
use facade::Outcome;
use std::collections::BTreeMap;
use store::TenantTx;
use store::jobs as rows;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// One request.
pub(crate) async fn job(inner: &Inner, tx: &mut TenantTx, row: rows::Job) -> Outcome<Job> {
    jobs(inner, tx, vec![row]).await?.pop().ok_or_else(AppError::internal)
}

/// A page of requests: files and pictures of all of them are read at once.
pub(super) async fn jobs(inner: &Inner, tx: &mut TenantTx, page: Vec<rows::Job>) -> Outcome<Vec<Job>> {
    let mut products: Vec<Uuid> = page.iter().filter_map(|r| r.product_id).collect();
    products.sort_unstable();
    products.dedup();
    let keys = page.iter().map(|r| r.key.clone()).collect();
    let open: Vec<&str> = page.iter().filter(|r| r.open()).map(|r| r.kind.as_str()).collect();
    let beside = Beside::read(inner, tx, &products, keys, &open).await?;
    Ok(page.into_iter().map(|row| beside.show(row)).collect())
}

/// What requests are shown with. Read before a request is stored, so that nothing can fail between its commit and its answer.
pub(super) struct Beside {
    made: BTreeMap<String, Made>,
    /// Key of each product's default configuration.
    defaults: BTreeMap<Uuid, String>,
    /// Median run of a kind, milliseconds, for those that are open.
    medians: BTreeMap<&'static str, i64>,
    now: OffsetDateTime,
}

impl Beside {
    /// For requests for these products and artefacts; of those that are open, the kinds.
    pub(super) async fn read(inner: &Inner, tx: &mut TenantTx, products: &[Uuid], mut keys: Vec<String>, open: &[&str]) -> Outcome<Self> {
        let products = store::products::by_ids(tx, products).await.refuse()?;
        let defaults: BTreeMap<Uuid, String> = products.into_iter().filter_map(|p| p.default_key.map(|k| (p.id, k))).collect();
        keys.extend(defaults.values().cloned());
        keys.sort_unstable();
        keys.dedup();
        let made = artefacts::made(tx, &keys).await?;
        let mut medians = BTreeMap::new();
        for kind in [MODEL, DRAWING].into_iter().filter(|kind| open.contains(kind)) {
            if let Some(ms) = median_ms(inner, tx, kind).await? {
                medians.insert(kind, ms);
            }
        }
        Ok(Self { made, defaults, medians, now: inner.now() })
    }

    /// The ready files of an artefact.
    pub(super) fn made(&self, key: &str) -> Option<&Made> {
        self.made.get(key)
    }

    /// A request as people and programs see it.
    pub(super) fn show(&self, row: rows::Job) -> Job {
        let own = self.made.get(&row.key);
        let default = row.product_id.and_then(|id| self.defaults.get(&id)).and_then(|k| self.made.get(k));
        let median = self.medians.get(row.kind.as_str()).copied();
        one(row, own, default, median, self.now)
    }
}

/// Median run of a kind in the last day; looked up every few seconds and after a run here, not for every request.
async fn median_ms(inner: &Inner, tx: &mut TenantTx, kind: &'static str) -> Outcome<Option<i64>> {
    let key = (tx.tenant(), kind);
    if let Some(known) = inner.medians.get(&key).await {
        return Ok(known);
    }
    let median = rows::median_ms(tx, kind, inner.now() - Duration::hours(24)).await.refuse()?;
    inner.medians.insert(key, median).await;
    Ok(median)
}

fn one(row: rows::Job, own: Option<&Made>, default: Option<&Made>, median_ms: Option<i64>, now: OffsetDateTime) -> Job {
    let status = status(&row.status);
    let usdz = row.request.get("usdz").and_then(serde_json::Value::as_bool).unwrap_or(false);
    // The row keeps the artefact's key; people and programs know the configuration's.
    let key = row.request.get("key").and_then(serde_json::Value::as_str).unwrap_or(&row.key).to_owned();
    let film = row.kind == TURNTABLE;
    let shown = |m: &Made| match row.kind.as_str() {
        TURNTABLE => m.film_result(&key),
        DRAWING => m.paper_result(&key),
        _ => m.result(&key),
    };
    let result = if status == JobStatus::Completed { own.and_then(shown) } else { None };
    let result = result.map(|mut r| {
        if !usdz {
            r.usdz_url = None;
        }
        r
    });
    let run_ms = match (row.started_at, row.completed_at) {
        (Some(start), Some(end)) if !row.cache_hit => Some(i64::try_from((end - start).whole_milliseconds()).unwrap_or(i64::MAX)),
        _ => None,
    };
    let gone = row.started_at.map(|start| now - start);
    let eta_s = if film { film_left(gone, row.progress) } else { left(gone, median_ms) };
    let eta_s = eta_s.filter(|_| status.open());
    let address = |r: &'_ JobResult| match row.kind.as_str() {
        TURNTABLE => r.turntable_url.clone(),
        DRAWING => r.sheet_url.clone(),
        _ => r.glb_url.clone(),
    };
    let result_url = result.as_ref().and_then(address);
    let asset = (row.kind == crate::assets::ASSET).then(|| row.request["asset"].as_str().map(|id| format!("/admin/assets/{id}"))).flatten();
    Job {
        id: row.id.to_string(),
        kind: row.kind,
        configuration_id: row.configuration_id.map(|id| id.to_string()),
        status,
        progress: u8::try_from(row.progress).unwrap_or(0),
        result_url: asset.filter(|_| status == JobStatus::Completed).or(result_url),
        result,
        cache_hit: row.cache_hit,
        error_code: row.error_code,
        error_message: row.error_message,
        retry_count: row.retry_count,
        max_retries: row.max_retries,
        worker_id: row.worker_id,
        created_at: stamp(row.created_at),
        started_at: row.started_at.map(stamp),
        completed_at: row.completed_at.map(stamp),
        title: row.title,
        variant_code: row.variant_code,
        product_id: row.product_id.map(|id| id.to_string()),
        step: row.step,
        picture_url: own.and_then(Made::thumbnail).or_else(|| default.and_then(|m| m.still.as_ref()).and_then(files::path)),
        run_ms,
        eta_s,
        run: None,
    }
}

/// Seconds until a film is there that began `gone` ago: every picture of it takes equally long.
fn film_left(gone: Option<Duration>, progress: i16) -> Option<u32> {
    let done = u32::try_from(progress).ok().filter(|p| (5..100).contains(p))?;
    u32::try_from((gone? / f64::from(done) * f64::from(100 - done)).whole_seconds()).ok()
}

/// Seconds that a run still takes that began `gone` ago, or has not begun: most take as long as the ones before. One that takes longer can't be told.
fn left(gone: Option<Duration>, median_ms: Option<i64>) -> Option<u32> {
    let gone = i64::try_from(gone.unwrap_or_default().whole_milliseconds()).unwrap_or(i64::MAX).max(0);
    let ms = median_ms?.max(1).saturating_sub(gone);
    u32::try_from(ms.saturating_add(999) / 1000).ok().filter(|s| *s > 0)
}

fn status(word: &str) -> JobStatus {
    match word {
        "QUEUED" => JobStatus::Queued,
        "PROCESSING" => JobStatus::Processing,
        "COMPLETED" => JobStatus::Completed,
        "FAILED" => JobStatus::Failed,
        "CANCELLED" => JobStatus::Cancelled,
        _ => JobStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_shrinks_and_ends() {
        let after = |ms: i64, median: i64| left(Some(Duration::milliseconds(ms)), Some(median));
        assert_eq!((left(None, Some(2_400)), left(None, None), left(Some(Duration::SECOND), None)), (Some(3), None, None));
        assert_eq!((after(0, 2_400), after(400, 2_400), after(1_401, 2_400), after(2_399, 2_400)), (Some(3), Some(2), Some(1), Some(1)));
        assert_eq!((after(2_400, 2_400), after(60_000, 2_400)), (None, None), "it takes longer than the others did");
        assert_eq!((after(-5_000, 2_400), left(None, Some(0)), left(None, Some(i64::MAX))), (Some(3), Some(1), None), "two clocks, and no sense");
    }

    #[test]
    fn a_film_takes_as_long_as_its_pictures_so_far() {
        let after = |s: i64, progress| film_left(Some(Duration::seconds(s)), progress);
        assert_eq!((after(10, 50), after(10, 25), after(90, 90)), (Some(10), Some(30), Some(10)));
        assert_eq!((after(10, 4), after(10, 100), after(10, -1), film_left(None, 50)), (None, None, None, None));
    }
}
