//! `fitout serve` and `fitout work`.

use crate::config::Config;
use crate::wiring::{self, Wired};
use crate::{demo, pages, shop};
use anyhow::Context;
use api::{Api, ApiConfig};
use axum::serve::{ListenerExt, TapIo};
use jobs::{Worker, WorkerConfig};
use services::Handlers;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Serves until told to stop, then drains: open requests end, running jobs go back in line, the private database stops.
///
/// # Errors
/// One sentence when something needed at the start is not there.
pub async fn serve(config: Config, with_demo: bool, workers: bool) -> anyhow::Result<()> {
    // The address first: a second server on the same port should not touch anything.
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("{} is not free: another program listens there. Set FITOUT_ADDR to another address", config.addr))?;
    let wired = wiring::wire(&config).await?;
    // Before anything asks for a model: a model's key carries Blender's version. And the first person should not wait for its start.
    if let Err(e) = wired.blender.prewarm().await {
        tracing::warn!(error = %e, "exact models can't be made on this server");
    }
    wired.services.ensure_showcase().await.map_err(|e| anyhow::anyhow!("the showcase products could not be made: {e}"))?;
    let (demo_workspace, mut sign_ins) = if with_demo { demo::make(&wired, false).await.map(|(id, lines)| (Some(id), lines))? } else { (None, Vec::new()) };
    let stop = on_signal()?;
    let worker = workers.then(|| spawn_worker(&wired, &config, stop.clone()));

    let facade = wired.services.facade();
    let mut settings = ApiConfig::new(config.public_url.as_str(), env!("CARGO_PKG_VERSION"));
    settings.limits_on = config.limits;
    settings.loopback = !config.secure();
    settings.trusted_proxy = config.trusted_proxy;
    settings.shutdown = stop.clone();
    let door = Api::new(facade.clone(), settings);
    let routes = door.routes().merge(pages::router(facade.clone(), &config.site, config.addr)?);
    let service = door.wrap(routes).into_make_service_with_connect_info::<SocketAddr>();

    if let Some(workspace) = demo_workspace {
        sign_ins.extend(shop::open(&config, &facade, workspace, stop.clone()).await);
    }
    println!("Fitout is ready: {}", config.public_url.as_str().trim_end_matches('/'));
    for line in sign_ins {
        println!("{line}");
    }
    axum::serve(without_delay(listener), service).with_graceful_shutdown(stop.clone().cancelled_owned()).await?;
    if let Some(worker) = worker {
        let _ = tokio::time::timeout(Duration::from_secs(10), worker).await;
    }
    wired.stop().await;
    Ok(())
}

/// Answers go out at once: small files one after the other on one connection would each wait 40 ms for the other side's acknowledgement.
fn without_delay(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "this connection's answers may wait");
        }
    })
}

/// Works on jobs until told to stop.
///
/// # Errors
/// One sentence when something needed at the start is not there.
pub async fn work(config: Config) -> anyhow::Result<()> {
    if config.database_url.is_none() {
        anyhow::bail!("`fitout work` shares a server's database: set DATABASE_URL (and the same STORAGE_URL as the server)");
    }
    let wired = wiring::wire(&config).await?;
    wired.blender.prewarm().await?;
    let stop = on_signal()?;
    println!("Fitout works on jobs.");
    spawn_worker(&wired, &config, stop).await.context("the worker ended early")?;
    wired.stop().await;
    Ok(())
}

fn spawn_worker(wired: &Wired, config: &Config, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
    let handlers = Handlers { blender: config.blender_max, blender_timeout: config.blender_timeout, ..Handlers::default() };
    let worker = Worker::new(wired.database.store.clone(), WorkerConfig::default(), wired.services.job_handlers(handlers));
    let services = wired.services.clone();
    let swept = stop.clone();
    tokio::spawn(async move {
        let mut hourly = tokio::time::interval(Duration::from_secs(3600));
        loop {
            tokio::select! {
                () = swept.cancelled() => return,
                _ = hourly.tick() => {
                    if let Err(e) = services.sweep().await {
                        tracing::warn!(error = %e, "what is over was not swept out; trying again in an hour");
                    }
                }
            }
        }
    });
    tokio::spawn(async move { worker.run(stop).await })
}

/// Cancelled by Ctrl+C or SIGTERM.
fn on_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let stop = token.clone();
    let mut term = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    Ok(token)
}
