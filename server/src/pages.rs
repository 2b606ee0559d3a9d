//! Pages and files of the web build.

use crate::render;
use app::{App, shell};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use facade::Facade;
use leptos::config::LeptosOptions;
use leptos::context::provide_context;
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use std::path::Path;
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

/// Name that the web build gives its main files.
const OUTPUT: &str = "fitout";

/// The folder of what changes with the code; the web build named it after its contents. Without a web build (tests, `fitout work`) there is none.
fn package(site: &Path) -> String {
    std::fs::read_to_string(site.join("build.txt")).map_or_else(|_| "pkg".to_owned(), |name| format!("pkg/{}", name.trim()))
}

/// Pages, server functions, and the files of `site`. What the web build made is immutable; all files are served compressed as it left them.
///
/// # Errors
/// When the system gives no threads to render on.
pub fn router(facade: Facade, site: &Path, addr: std::net::SocketAddr) -> std::io::Result<Router> {
    let threads = render::Threads::start()?;
    let options = LeptosOptions::builder().output_name(OUTPUT).site_root(site.display().to_string()).site_pkg_dir(package(site)).site_addr(addr).build();
    let context = move || provide_context(facade.clone());
    let age = |value: &'static str| SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static(value));
    let files = |dir: &str| ServeDir::new(site.join(dir)).precompressed_br().precompressed_gzip();
    let immutable = "public, max-age=31536000, immutable";
    let pages = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(file_and_error_handler_with_context::<LeptosOptions, _>(context, shell))
        .layer(from_fn_with_state(threads, render::on_one_thread))
        .with_state(options);
    let files = Router::new()
        .nest_service("/pkg", ServiceBuilder::new().layer(age(immutable)).service(files("pkg")))
        .nest_service("/fonts", ServiceBuilder::new().layer(age(immutable)).service(files("fonts")))
        .nest_service("/img", ServiceBuilder::new().layer(age("public, max-age=86400")).service(files("img")))
        .route_service("/embed.js", ServiceBuilder::new().layer(age("public, max-age=300")).service(ServeFile::new(site.join("embed.js"))))
        .route_service("/favicon.svg", ServeFile::new(site.join("favicon.svg")));
    Ok(files.merge(pages))
}
