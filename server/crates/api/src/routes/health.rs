//! The server itself: health and metrics.

use super::NO_STORE;
use crate::Api;
use crate::input::Via;
use crate::layers::metrics_handle;
use crate::problem::{self, Answer};
use axum::extract::State;
use axum::response::IntoResponse;
use facade::HealthReport;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

/// State of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HealthOut {
    /// `ok`, or `degraded` when a part is away.
    pub status: String,
    /// Version of the program.
    pub version: String,
    /// The parts.
    pub checks: Checks,
}

/// The parts that the server stands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Checks {
    /// `ok` or what is wrong.
    pub database: String,
    /// `ok` or what is wrong.
    pub storage: String,
    /// The pool.
    pub blender: BlenderOut,
}

/// The Blender pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BlenderOut {
    /// Warm processes that wait.
    pub ready: u32,
    /// Processes at work.
    pub busy: u32,
    /// Version; `null` when it is not installed.
    pub version: Option<String>,
    /// What confines the processes.
    pub cage: String,
}

/// Health. 503 when the database is away; a missing Blender only means that there are no exact models.
#[utoipa::path(get, path = "/health", tag = "service", security(()), responses((status = 200, description = "It serves.", body = HealthOut), (status = 503, description = "The database is away.", body = HealthOut)))]
pub async fn health(State(api): State<Api>) -> Answer {
    let report = tokio::time::timeout(Duration::from_secs(5), api.facade().health.report()).await.unwrap_or_else(|_| HealthReport {
        database: "does not answer".to_owned(),
        storage: "unknown".to_owned(),
        ..HealthReport::default()
    });
    let serves = report.database == "ok";
    let whole = serves && report.storage == "ok";
    let body = HealthOut {
        status: if whole { "ok" } else { "degraded" }.to_owned(),
        version: api.config().version.clone(),
        checks: Checks {
            database: report.database,
            storage: report.storage,
            blender: BlenderOut { ready: report.blender_ready, busy: report.blender_busy, version: report.blender_version, cage: report.blender_cage },
        },
    };
    let status = if serves { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, [NO_STORE], axum::Json(body)).into_response())
}

/// Prometheus metrics, for this machine and private networks only.
#[utoipa::path(get, path = "/metrics", tag = "service", security(()), responses((status = 200, description = "Text format.", body = String, content_type = "text/plain")))]
pub async fn metrics(Via(caller): Via) -> Answer {
    let outside = caller.ip.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok()).is_some_and(|ip| !near(ip));
    let (false, Some(handle)) = (outside, metrics_handle()) else { return Err(problem::plain(StatusCode::NOT_FOUND)) };
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response())
}

fn near(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(a) => a.is_loopback() || a.is_private() || a.is_link_local(),
        IpAddr::V6(a) => a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local(),
    }
}
