//! Live events over a real socket.

use crate::config;
use crate::fake::{Fake, TENANT_A, TENANT_B, job_updated};
use api::ApiConfig;
use contract::LiveEvent;
use futures::StreamExt;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const SOON: Duration = Duration::from_secs(5);

async fn serve(fake: &Arc<Fake>, config: ApiConfig) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = api::router(fake.facade(), config).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Reads a stream until it contains `words`.
async fn hear(stream: &mut (impl futures::Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin), words: &str) -> String {
    let mut text = String::new();
    timeout(SOON, async {
        while !text.contains(words) {
            let Some(chunk) = stream.next().await else { break };
            text.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{words} never came: {text}"));
    text
}

#[tokio::test]
async fn events_of_the_own_tenant_arrive() {
    let fake = Arc::new(Fake::default());
    let address = serve(&fake, config()).await;
    let response = reqwest::Client::new().get(format!("http://{address}/api/v1/events")).bearer_auth("admin-a").send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.bytes_stream();
    hear(&mut stream, "live").await;
    fake.events.send((TENANT_B, LiveEvent { event: "secret".to_owned(), data: serde_json::Value::Null })).expect("a listener");
    fake.events.send((TENANT_A, job_updated())).expect("a listener");
    let text = hear(&mut stream, "\n\n").await;
    assert!(!text.contains("secret"), "{text}");
    let data = text.lines().find_map(|l| l.strip_prefix("data:")).expect("data").trim();
    let message: LiveEvent = serde_json::from_str(data).expect("a message");
    assert_eq!(message, job_updated());
}

#[tokio::test]
async fn who_comes_back_is_told_to_read_anew() {
    let fake = Arc::new(Fake::default());
    let address = serve(&fake, config()).await;
    let response = reqwest::Client::new()
        .get(format!("http://{address}/api/v1/events"))
        .bearer_auth("admin-a")
        .header("last-event-id", "anything at all")
        .send()
        .await
        .expect("an answer");
    hear(&mut response.bytes_stream(), "resync").await;
}

/// From the first byte on there is an id to come back with, and what the server itself has missed is told to every workspace.
#[tokio::test]
async fn whoever_may_have_missed_something_hears_of_it() {
    let fake = Arc::new(Fake::default());
    let address = serve(&fake, config()).await;
    let response = reqwest::Client::new().get(format!("http://{address}/api/v1/events")).bearer_auth("admin-a").send().await.expect("an answer");
    let mut stream = response.bytes_stream();
    assert!(hear(&mut stream, "live").await.contains("id:"));
    fake.events.send((uuid::Uuid::nil(), LiveEvent { event: "resync".to_owned(), data: serde_json::Value::Null })).expect("a listener");
    hear(&mut stream, "resync").await;
}

/// Events are not kept for a reader who falls behind: the server's memory stays small, and the reader is told.
#[tokio::test]
async fn a_slow_reader_is_told_to_read_anew() {
    let fake = Arc::new(Fake::default());
    let address = serve(&fake, config()).await;
    let response = reqwest::Client::new().get(format!("http://{address}/api/v1/events")).bearer_auth("admin-a").send().await.expect("an answer");
    let mut stream = response.bytes_stream();
    hear(&mut stream, "live").await;
    // More than the buffers of both ends of the line take, while nobody reads.
    let padding = "x".repeat(64 * 1024);
    for n in 0..600 {
        fake.events.send((TENANT_A, LiveEvent { event: "filler".to_owned(), data: json!({ "n": n, "padding": padding }) })).expect("a listener");
        tokio::task::yield_now().await;
    }
    let mut heard = 0;
    let text = timeout(SOON, async {
        let mut rest = String::new();
        while let Some(chunk) = stream.next().await {
            rest.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
            heard += rest.matches("\"filler\"").count();
            if rest.contains("\"resync\"") {
                return rest;
            }
            // A word may lie across two chunks.
            rest = rest.split_off(rest.floor_char_boundary(rest.len().saturating_sub(20)));
        }
        rest
    })
    .await
    .expect("the stream goes on");
    assert!(text.contains(r#"{"event":"resync","data":null}"#), "{}", &text[..200.min(text.len())]);
    assert!(heard < 600, "nothing was lost: the test fills no buffer");
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_server() {
    let fake = Arc::new(Fake::default());
    let address = serve(&fake, ApiConfig { recheck: Duration::from_millis(50), ..config() }).await;
    let client = reqwest::Client::new();
    let events = |token: &str| client.get(format!("http://{address}/api/v1/events")).bearer_auth(token).send();
    let mut stream = events("admin-a").await.expect("an answer").bytes_stream();
    hear(&mut stream, "live").await;
    fake.ended.store(true, Ordering::SeqCst);
    let ended = timeout(SOON, async { while stream.next().await.is_some() {} }).await;
    assert!(ended.is_ok(), "the session is over, the stream goes on");
    assert_eq!(events("admin-a").await.expect("an answer").status(), 401);

    let config = config();
    let shutdown = config.shutdown.clone();
    let address = serve(&Arc::new(Fake::default()), config).await;
    let mut stream = client.get(format!("http://{address}/api/v1/events")).bearer_auth("viewer-a").send().await.expect("an answer").bytes_stream();
    hear(&mut stream, "live").await;
    shutdown.cancel();
    assert!(timeout(SOON, async { while stream.next().await.is_some() {} }).await.is_ok());
}

#[tokio::test]
async fn websockets_deliver_and_refuse_strangers() {
    let fake = Arc::new(Fake::default());
    let address = serve(&fake, config()).await;
    let ask = |headers: &[(&'static str, &str)]| {
        let mut request = format!("ws://{address}/ws").into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        connect_async(request)
    };
    let own = format!("http://{address}");
    for (headers, status) in [
        (vec![], 401),
        (vec![("authorization", "Bearer forged")], 401),
        (vec![("cookie", "fitout_access=admin-a"), ("origin", "https://evil.example")], 403),
        (vec![("cookie", "fitout_access=admin-a"), ("origin", "null")], 403),
    ] {
        match ask(&headers).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), status, "{headers:?}"),
            other => panic!("{headers:?}: {other:?}"),
        }
    }
    for headers in [vec![("authorization", "Bearer admin-a")], vec![("cookie", "fitout_access=admin-a"), ("origin", own.as_str())]] {
        let (mut socket, _) = ask(&headers).await.expect("a socket");
        fake.events.send((TENANT_B, LiveEvent { event: "secret".to_owned(), data: serde_json::Value::Null })).expect("a listener");
        fake.events.send((TENANT_A, job_updated())).expect("a listener");
        let Ok(Some(Ok(Message::Text(text)))) = timeout(SOON, socket.next()).await else { panic!("no message") };
        assert_eq!(serde_json::from_str::<LiveEvent>(&text).expect("a message"), job_updated());
    }
}

#[tokio::test]
async fn ten_megabytes_are_refused_with_a_readable_answer() {
    let address = serve(&Arc::new(Fake::default()), config()).await;
    let response = reqwest::Client::new()
        .post(format!("http://{address}/api/v1/auth/login"))
        .header("content-type", "application/json")
        .body(vec![b' '; 10 * 1024 * 1024])
        .send()
        .await
        .expect("an answer, not a broken line");
    assert_eq!(response.status(), 413);
    let problem: serde_json::Value = serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON");
    assert_eq!(problem["code"], "too_large");
}
