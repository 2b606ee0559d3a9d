//! As much of HTTP/1.1 as a generator needs: keep-alive, bodies by length or in chunks.

use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Nothing answers this late unless it is broken.
const LIMIT: Duration = Duration::from_secs(60);

/// The bytes of a request.
pub fn request(address: &SocketAddr, headers: &[String], method: &str, path: &str, body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
    for header in headers {
        let _ = write!(text, "{header}\r\n");
    }
    if let Some(body) = body {
        let _ = write!(text, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text.into_bytes()
}

/// A connection that is used again and again.
pub struct Connection {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    line: String,
}

impl Connection {
    /// Connects.
    pub fn open(address: &SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LIMIT))?;
        let reader = BufReader::with_capacity(64 << 10, stream.try_clone()?);
        Ok(Self { stream, reader, line: String::new() })
    }

    /// Sends and reads the whole answer: its status, and whether the connection stays open.
    pub fn ask(&mut self, request: &[u8]) -> Result<(u16, bool)> {
        self.stream.write_all(request)?;
        self.read_line()?;
        let status: u16 = self.line.split(' ').nth(1).and_then(|s| s.parse().ok()).with_context(|| format!("no status line: {}", self.line))?;
        let (mut length, mut chunked, mut keep) = (None, false, true);
        loop {
            self.read_line()?;
            if self.line.is_empty() {
                break;
            }
            let Some((name, value)) = self.line.split_once(':') else { continue };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse::<u64>()?),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => keep = !value.eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
        if chunked {
            loop {
                self.read_line()?;
                let size = u64::from_str_radix(self.line.split(';').next().unwrap_or_default().trim(), 16)?;
                self.skip(size)?;
                self.read_line()?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = length {
            self.skip(length)?;
        } else if status != 204 && status != 304 {
            bail!("an answer without a length");
        }
        Ok((status, keep))
    }

    /// Without its end.
    fn read_line(&mut self) -> Result<()> {
        self.line.clear();
        if self.reader.read_line(&mut self.line)? == 0 {
            bail!("the connection was closed");
        }
        self.line.truncate(self.line.trim_end_matches(['\r', '\n']).len());
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        let read = std::io::copy(&mut (&mut self.reader).take(bytes), &mut std::io::sink())?;
        if read == bytes { Ok(()) } else { bail!("the connection was closed in the middle of an answer") }
    }
}
