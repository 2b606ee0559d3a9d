//! Serves a folder as Fitout serves its own files: precompressed brotli and gzip beside each, immutable.

use anyhow::Context;
use axum::Router;
use axum::http::{HeaderValue, header};
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("usage: bench-files FOLDER")?;
    let immutable = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    let files = ServiceBuilder::new().layer(immutable).service(ServeDir::new(folder).precompressed_br().precompressed_gzip());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback_service(files)).await?;
    Ok(())
}
