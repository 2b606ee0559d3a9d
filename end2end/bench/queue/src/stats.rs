//! As `lib.mjs` of the other benches.

use serde_json::{Value, json};

/// The value below which a share `q` of all lies.
#[must_use]
pub fn quantile(all: &[f64], q: f64) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (q * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// The middle.
#[must_use]
pub fn median(all: &[f64]) -> f64 {
    quantile(all, 0.5)
}

/// To `digits` after the point.
#[must_use]
pub fn round(value: f64, digits: i32) -> f64 {
    let by = 10_f64.powi(digits);
    (value * by).round() / by
}

/// Median, quartiles and extremes.
#[must_use]
pub fn spread(all: &[f64]) -> Value {
    let at = |q| round(quantile(all, q), 2);
    json!({
        "n": all.len(), "min": at(0.0), "p25": at(0.25), "p50": at(0.5), "p75": at(0.75), "p95": at(0.95), "p99": at(0.99), "max": at(1.0),
    })
}
