//! Requests against a router without a socket, and answers that are easy to look at.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt;

/// Asks a router. Cheap to clone; every change makes another client.
#[derive(Clone)]
pub struct Client {
    app: Router,
    headers: Vec<(String, String)>,
    address: SocketAddr,
}

impl Client {
    /// Without any sign-in, from 127.0.0.1.
    #[must_use]
    pub fn new(app: Router) -> Self {
        Self { app, headers: Vec::new(), address: SocketAddr::from(([127, 0, 0, 1], 40_000)) }
    }
    /// With an access token.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }
    /// With a cookie header.
    #[must_use]
    pub fn cookies(&self, text: &str) -> Self {
        self.with("cookie", text)
    }
    /// With one more header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }
    /// From another address.
    #[must_use]
    pub fn from(&self, address: [u8; 4]) -> Self {
        Self { address: SocketAddr::from((address, 40_000)), ..self.clone() }
    }
    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }
    /// HEAD.
    pub async fn head(&self, path: &str) -> Reply {
        self.send("HEAD", path, None).await
    }
    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }
    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, Some(body)).await
    }
    /// PATCH of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(body)).await
    }
    /// DELETE.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }
    /// Any method, with JSON or nothing.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        match body {
            Some(value) => self.raw(method, path, Some("application/json"), value.to_string()).await,
            None => self.raw(method, path, None, Body::empty()).await,
        }
    }
    /// Any method and body.
    ///
    /// # Panics
    /// When the test itself writes something that is no request.
    pub async fn raw(&self, method: &str, path: &str, content_type: Option<&str>, body: impl Into<Body>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:3000");
        if let Some(kind) = content_type {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(body.into()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.app.clone().oneshot(request).await.expect("routers answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    /// A header's value; empty when absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
    /// All `Set-Cookie` values.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all(header::SET_COOKIE).into_iter().filter_map(|v| v.to_str().ok()).map(str::to_owned).collect()
    }
    /// The cookies set, as a browser would send them back.
    #[must_use]
    pub fn cookie_header(&self) -> String {
        self.set_cookies().iter().filter_map(|c| c.split(';').next()).map(str::to_owned).collect::<Vec<_>>().join("; ")
    }
    /// This answer, if it has the status.
    ///
    /// # Panics
    /// With the body, if it has another.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
    /// Code of a problem, after checking that it is a whole one with the right status.
    ///
    /// # Panics
    /// When it is no problem+json, or lacks a member.
    #[must_use]
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail", "code", "request_id"] {
            assert!(problem[member].as_str().is_some_and(|t| !t.is_empty()), "{member} is missing: {problem}");
        }
        assert!(problem["errors"].is_array(), "{problem}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "one id everywhere");
        problem
    }
}
