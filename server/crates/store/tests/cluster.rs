//! The private cluster: made, reused, recovered, stopped.

use std::path::Path;
use std::process::Command;
use store::cluster::{Cluster, Durability};
use store::{Store, StoreConfig};

async fn connect(cluster: &Cluster) -> Store {
    Store::connect(StoreConfig { max_connections: 2, ..StoreConfig::new(&cluster.url) }).await.unwrap()
}

fn kill_9(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

async fn start(dir: &Path) -> Cluster {
    Cluster::start_with(dir, Durability::None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_made_reused_recovered_and_stopped() {
    let dir = tempfile::Builder::new().prefix("fitout-cluster").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let first = start(dir.path()).await;
    let pid = first.pid().unwrap();
    let store = connect(&first).await;
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    // TCP asks for the password.
    connect_tcp(&first.tcp_url).await.unwrap();
    let (before, after) = first.tcp_url.split_once('@').unwrap();
    let user = before.rsplit_once(':').unwrap().0;
    assert!(connect_tcp(&format!("{user}:wrong@{after}")).await.is_err());

    // A second user shares the postmaster, and stopping the first does not take it away.
    let second = start(dir.path()).await;
    assert_eq!(second.pid(), Some(pid));
    store.close().await;
    first.stop().await.unwrap();
    connect(&second).await.ping().await.unwrap();

    // A server killed hard leaves the postmaster running: the next one takes it up.
    second.leave_running();
    let third = start(dir.path()).await;
    assert_eq!(third.pid(), Some(pid));

    // A postmaster killed hard under a working server: it comes back by itself, and connections, transactions and events with it.
    let working = connect(&third).await;
    let mut events = working.listen();
    working.listening().await;
    kill_9(pid);
    let began = std::time::Instant::now();
    while third.pid().is_none_or(|p| p == pid) || working.ping().await.is_err() {
        assert!(began.elapsed() < std::time::Duration::from_secs(30));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(events.recv().await.unwrap().kind, "resync", "listeners learn that they may have missed something");
    working.close().await;
    let pid = third.pid().unwrap();
    third.leave_running();

    // A postmaster killed hard with nobody to look after it leaves its lock file: the next start recovers.
    kill_9(pid);
    let fourth = start(dir.path()).await;
    assert_ne!(fourth.pid(), Some(pid));
    let store = connect(&fourth).await;
    let mut tx = store.platform("a test").await.unwrap();
    assert!(store::accounts::tenants(&mut tx).await.unwrap().is_empty(), "the schema is still there");
    drop(tx);
    store.close().await;
    fourth.stop().await.unwrap();
    assert!(!dir.path().join("pg/data/postmaster.pid").exists(), "stopped cleanly");

    // Reused after a clean stop.
    let fifth = start(dir.path()).await;
    connect(&fifth).await.ping().await.unwrap();
    fifth.stop().await.unwrap();

    // Made by another version: one clear sentence.
    std::fs::write(dir.path().join("pg/data/PG_VERSION"), "9\n").unwrap();
    let refused = Cluster::start(dir.path()).await.unwrap_err().to_string();
    assert!(refused.contains("was made by PostgreSQL 9"), "{refused}");
}

async fn connect_tcp(url: &str) -> store::Result<Store> {
    Store::connect(StoreConfig { max_connections: 1, ..StoreConfig::new(url) }).await
}
