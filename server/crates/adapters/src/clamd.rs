//! ClamAV's daemon, by its command `INSTREAM` (see `man clamd`): the file goes over in pieces of known length, the answer is one line.

use async_trait::async_trait;
use bytes::Bytes;
use ports::scanner::{ScanError, Scanner, Verdict};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// Bytes sent at once.
const PIECE: usize = 64 * 1024;
/// An answer is a line of some dozen bytes.
const ANSWER: u64 = 4096;
/// The longest that one file may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Tcp(String),
    Unix(PathBuf),
}

/// A ClamAV daemon.
#[derive(Clone, Debug)]
pub struct Clamd(Place);

impl Clamd {
    /// At `host:port`, or at a socket in the file system: `unix:/run/clamav/clamd.ctl`.
    ///
    /// # Errors
    /// What would be right.
    pub fn new(address: &str) -> Result<Self, String> {
        let right = "it must be host:port, or unix: and the path of a socket";
        match address.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self(Place::Unix(PathBuf::from(path)))),
            Some(_) => Err(right.to_owned()),
            None => match address.rsplit_once(':') {
                Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(Self(Place::Tcp(address.to_owned()))),
                _ => Err(right.to_owned()),
            },
        }
    }

    async fn ask(&self, data: &[u8]) -> std::io::Result<String> {
        match &self.0 {
            Place::Tcp(address) => stream(TcpStream::connect(address).await?, data).await,
            Place::Unix(path) => stream(UnixStream::connect(path).await?, data).await,
        }
    }
}

#[async_trait]
impl Scanner for Clamd {
    async fn scan(&self, data: Bytes) -> Result<Verdict, ScanError> {
        let answer = tokio::time::timeout(PATIENCE, self.ask(&data)).await.map_err(|_| ScanError("it took too long".to_owned()))?;
        read(&answer.map_err(|e| ScanError(e.to_string()))?)
    }
}

async fn stream(connection: impl AsyncRead + AsyncWrite + Unpin, data: &[u8]) -> std::io::Result<String> {
    let (from, mut to) = tokio::io::split(connection);
    let send = async {
        to.write_all(b"zINSTREAM\0").await?;
        for piece in data.chunks(PIECE) {
            to.write_all(&u32::try_from(piece.len()).unwrap_or(0).to_be_bytes()).await?;
            to.write_all(piece).await?;
        }
        to.write_all(&[0; 4]).await?;
        to.flush().await
    };
    // A daemon that has seen enough answers and closes before everything is sent: what it says counts then.
    let sent = send.await;
    let mut answer = Vec::new();
    let heard = from.take(ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() {
        sent?;
        heard?;
    }
    Ok(String::from_utf8_lossy(&answer).trim_end_matches('\0').trim().to_owned())
}

/// `stream: OK`, `stream: Eicar-Signature FOUND`, or `… ERROR`.
fn read(answer: &str) -> Result<Verdict, ScanError> {
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match said.rsplit_once(' ') {
        None if said == "OK" => Ok(Verdict::Clean),
        Some((name, "FOUND")) => Ok(Verdict::Harmful(name.to_owned())),
        _ => Err(ScanError(if said.is_empty() { "it said nothing".to_owned() } else { said.to_owned() })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A daemon that answers once, after it has read everything; hands back what it was sent.
    async fn daemon(answer: &'static [u8]) -> (Clamd, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let clamd = Clamd::new(&listener.local_addr().expect("bound").to_string()).expect("an address");
        let heard = tokio::spawn(async move {
            let (mut to, _) = listener.accept().await.expect("a connection");
            let mut command = [0; 10];
            to.read_exact(&mut command).await.expect("a command");
            assert_eq!(&command, b"zINSTREAM\0");
            let mut whole = Vec::new();
            loop {
                let length = to.read_u32().await.expect("a length");
                if length == 0 {
                    break;
                }
                let at = whole.len();
                whole.resize(at + length as usize, 0);
                to.read_exact(&mut whole[at..]).await.expect("a piece");
            }
            to.write_all(answer).await.expect("answered");
            whole
        });
        (clamd, heard)
    }

    #[tokio::test]
    async fn a_file_goes_over_whole_and_the_verdict_comes_back() {
        let file = Bytes::from((0..200_000).map(|i| u8::try_from(i % 251).expect("small")).collect::<Vec<_>>());
        let (clamd, heard) = daemon(b"stream: OK\0").await;
        assert_eq!(clamd.scan(file.clone()).await, Ok(Verdict::Clean));
        assert_eq!(heard.await.expect("heard"), file);
        let (clamd, _heard) = daemon(b"stream: Eicar-Signature FOUND\0").await;
        assert_eq!(clamd.scan(file.clone()).await, Ok(Verdict::Harmful("Eicar-Signature".to_owned())));
        for (answer, words) in [(&b"INSTREAM size limit exceeded. ERROR\0"[..], "size limit"), (b"", "nothing")] {
            let (clamd, _heard) = daemon(answer).await;
            let error = clamd.scan(file.clone()).await.expect_err("no verdict");
            assert!(error.0.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_no_verdict() {
        let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
        let clamd = Clamd::new(&port.to_string()).expect("an address");
        assert!(clamd.scan(Bytes::from_static(b"x")).await.is_err());
        for bad in ["", "localhost", "localhost:99999", ":3310", "unix:clamd.ctl"] {
            assert!(Clamd::new(bad).is_err(), "{bad}");
        }
        assert!(Clamd::new("unix:/run/clamav/clamd.ctl").is_ok());
    }
}
