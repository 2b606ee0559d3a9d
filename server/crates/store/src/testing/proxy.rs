//! A line to the database that a test can listen in on, and cut.

use crate::{Result, StoreError};
use sqlx::postgres::PgConnectOptions;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

/// Forwards connections to a database's socket. Ends with the value.
#[derive(Debug)]
pub struct Proxy {
    /// Address of the database through the proxy.
    pub url: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    /// Trips open connections.
    cuts: watch::Sender<u64>,
    open: AtomicBool,
    said: Mutex<Vec<String>>,
}

impl Shared {
    fn said(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    /// A line to the database at `url`, which must name a socket folder.
    ///
    /// # Errors
    /// [`StoreError::Setup`] for an address without a socket; no free port.
    pub async fn to(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?;
        let folder = options.get_socket().ok_or_else(|| StoreError::Setup("The proxy needs a database behind a socket.".to_owned()))?;
        let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(sqlx::Error::Io)?;
        let port = listener.local_addr().map_err(sqlx::Error::Io)?.port();
        let url = format!("postgres://{}@127.0.0.1:{port}/{}?sslmode=disable", options.get_username(), options.get_database().unwrap_or_default());
        let shared = Arc::new(Shared { cuts: watch::channel(0).0, open: AtomicBool::new(true), said: Mutex::default() });
        let task = tokio::spawn(accept(listener, socket, shared.clone()));
        Ok(Self { url, shared, task })
    }

    /// Ends all connections and takes no new ones.
    pub fn cut(&self) {
        self.shared.open.store(false, Ordering::SeqCst);
        self.shared.cuts.send_modify(|n| *n += 1);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.shared.open.store(true, Ordering::SeqCst);
    }

    /// What clients have asked since the last call: each item is one message that waits for an answer, a round trip. Simple queries with
    /// their text; `statement` for prepared ones; `ping` for the pool's own.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.said())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if !shared.open.load(Ordering::SeqCst) {
            continue;
        }
        let (shared, socket) = (shared.clone(), socket.clone());
        tokio::spawn(async move {
            let mut cut = shared.cuts.subscribe();
            let Ok(server) = UnixStream::connect(socket).await else { return };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::select! {
                _ = forward(from_client, to_server, Some(&shared)) => {}
                _ = forward(from_server, to_client, None) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

async fn forward(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, shared: Option<&Shared>) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut heard = Vec::new();
    // The first message has no letter.
    let mut begun = false;
    let mut parts = 0;
    loop {
        let n = from.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        if let Some(shared) = shared {
            heard.extend_from_slice(&buffer[..n]);
            note(&mut heard, &mut begun, &mut parts, shared);
        }
        to.write_all(&buffer[..n]).await?;
    }
}

/// Notes the whole messages in `heard` and takes them out.
fn note(heard: &mut Vec<u8>, begun: &mut bool, parts: &mut usize, shared: &Shared) {
    loop {
        let letter = usize::from(*begun);
        let Some(length) = heard.get(letter..letter + 4).and_then(|b| b.try_into().ok()).map(|b| u32::from_be_bytes(b) as usize) else { return };
        if heard.len() < letter + length {
            return;
        }
        let message: Vec<u8> = heard.drain(..letter + length).collect();
        if !std::mem::replace(begun, true) {
            continue;
        }
        match message[0] {
            b'Q' => shared.said().push(String::from_utf8_lossy(&message[5..]).trim_end_matches('\0').to_owned()),
            b'S' if *parts == 0 => shared.said().push("ping".to_owned()),
            b'S' => {
                *parts = 0;
                shared.said().push("statement".to_owned());
            }
            // Passwords are not a part of a statement.
            b'p' => {}
            _ => *parts += 1,
        }
    }
}
