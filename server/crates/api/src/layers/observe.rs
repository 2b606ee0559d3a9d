//! Request ids, one span and one log line per request, metrics, and the last hand on problems.

use super::{RequestId, is_rest, is_server_fn};
use crate::Api;
use crate::problem::{self, Carried};
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::AppError;
use facade::Caller;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Gives the request an id and a caller, opens its span, counts it and logs its end. No address, name or query is logged.
pub async fn observe(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = given_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let caller = Caller { request_id: id.clone(), ip: address(&api, &request), agent: agent(request.headers()), once: None };
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(caller);
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", |m| m.as_str()).to_owned();
    let method = request.method().as_str().to_owned();
    let span = tracing::info_span!("request", request.id = %id, http.method = %method, http.route = %route, tenant.id = tracing::field::Empty);

    let mut response = next.run(request).instrument(span.clone()).await;

    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let took = began.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        let duration_ms = took.as_secs_f64() * 1000.0;
        match response.extensions().get::<Carried>() {
            Some(Carried(error)) if status >= 500 => tracing::error!(http.status = status, duration_ms, error.code = %error.code, "request failed"),
            Some(Carried(error)) => tracing::info!(http.status = status, duration_ms, error.code = %error.code, "request refused"),
            None if status >= 500 => tracing::error!(http.status = status, duration_ms, "request failed"),
            None if matches!(route.as_str(), "/health" | "/metrics") => tracing::debug!(http.status = status, duration_ms, "request"),
            None => tracing::info!(http.status = status, duration_ms, "request"),
        }
    });
    let labels = [("method", known_method(&method)), ("route", route), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..2]).record(took.as_secs_f64());
    response
}

/// Methods are free text; only the known ones become labels.
fn known_method(method: &str) -> String {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method.to_owned(),
        _ => "other".to_owned(),
    }
}

fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let good = (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    good.then(|| text.to_owned())
}

fn agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(200).collect())
}

/// The caller's address: of the connection, or what the trusted proxy appended last.
fn address(api: &Api, request: &Request) -> Option<String> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical().to_string());
    if !api.config().trusted_proxy {
        return peer;
    }
    let forwarded = request.headers().get_all(FORWARDED_FOR).into_iter().next_back().and_then(|v| v.to_str().ok()).and_then(|v| v.rsplit(',').next());
    forwarded.and_then(|v| v.trim().parse::<IpAddr>().ok()).map(|ip| ip.to_canonical().to_string()).or(peer)
}

/// The last hand on refusals: writes the request's id into problems, makes problems of bare refusals of REST, and gives server
/// functions and pages the form that they read.
pub async fn problems(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|r| r.0.clone());
    let path = request.uri().path();
    let rest = is_rest(path);
    let form = match (rest, is_server_fn(path) && !accepts_html(request.headers())) {
        (true, _) => Form::Problem,
        (_, true) => Form::ServerFn,
        _ => Form::Text,
    };
    let mut response = next.run(request).await;
    let status = response.status();
    if let Some(Carried(error)) = response.extensions().get::<Carried>().cloned() {
        let (kind, body) = form.write(status, &error, id.as_deref());
        *response.body_mut() = body;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        return response;
    }
    let bare = rest && (status.is_client_error() || status.is_server_error()) && !is_json(&response);
    if !bare {
        return response;
    }
    let error = problem::plain(status);
    let mut written = error.clone().into_response();
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            written.headers_mut().entry(name).or_insert(value.clone());
        }
    }
    *written.body_mut() = problem::body(status, &error.error, id.as_deref());
    written
}

/// How a refusal of this door is written.
#[derive(Clone, Copy)]
enum Form {
    /// RFC 9457.
    Problem,
    /// What the pages' server functions read: `{ "error": AppError }`.
    ServerFn,
    /// For a browser without script.
    Text,
}

impl Form {
    fn write(self, status: StatusCode, error: &AppError, id: Option<&str>) -> (&'static str, Body) {
        match self {
            Self::Problem => (problem::CONTENT_TYPE, problem::body(status, error, id)),
            Self::ServerFn => {
                let error = AppError { request_id: id.map(str::to_owned), ..error.clone() };
                ("application/json", Body::from(serde_json::json!({ "error": error }).to_string()))
            }
            Self::Text => ("text/plain; charset=utf-8", Body::from(format!("{}\n\nId: {}\n", error.detail, id.unwrap_or("-")))),
        }
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}

fn is_json(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("json"))
}

/// The process's metrics. The first call installs the recorder; a task then keeps its memory bounded.
///
/// Answers `None` when another recorder is installed already.
pub fn metrics_handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
            let handle = PrometheusBuilder::new().set_buckets(&buckets).ok()?.install_recorder().ok()?;
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                let upkeep = handle.clone();
                runtime.spawn(async move {
                    let mut tick = tokio::time::interval(Duration::from_secs(5));
                    loop {
                        tick.tick().await;
                        upkeep.run_upkeep();
                    }
                });
            }
            Some(handle)
        })
        .as_ref()
}
