//! Configuration by environment (and `.env`). A bad value stops the start with one clear sentence.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use store::MasterKey;
use url::Url;

/// Everything the binary reads from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// `FITOUT_ADDR`, default `127.0.0.1:3000`.
    pub addr: SocketAddr,
    /// `FITOUT_PUBLIC_URL`: in mails, links and previews. Default `http://{addr}`.
    pub public_url: Url,
    /// `FITOUT_DATA_DIR`, default `./data`: database, files, secret.
    pub data_dir: PathBuf,
    /// `DATABASE_URL`; without it a private cluster under the data folder.
    pub database_url: Option<String>,
    /// `FITOUT_SECRET`, else made and kept on first start. At least 32 bytes.
    pub secret: String,
    /// `FITOUT_MASTER_KEY`, else made and kept on first start: wraps the keys that personal data is sealed under.
    pub master_key: MasterKey,
    /// `BLENDER_PATH`: a Blender, or a Python that has `bpy`.
    pub blender_path: Option<PathBuf>,
    /// `BLENDER_MAX_CONCURRENT`, default 2.
    pub blender_max: usize,
    /// `BLENDER_TIMEOUT_SECONDS`, default 300.
    pub blender_timeout: Duration,
    /// `TYPST_PYTHON`: a Python that has `typst`, for documents.
    pub typst_python: Option<PathBuf>,
    /// `STORAGE_URL`, default the folder `files` under the data folder.
    pub storage_url: String,
    /// `SMTP_URL`; without it mails stay in the outbox.
    pub smtp_url: Option<String>,
    /// `MAIL_FROM`, default `Fitout <no-reply@{public host}>`.
    pub mail_from: String,
    /// `CLAMD_ADDR`: `host:port` or `unix:/path` of a ClamAV daemon that looks at uploads; without it nobody does.
    pub clamd: Option<String>,
    /// `FITOUT_LIMITS=off` turns rate limits off, for benchmarks.
    pub limits: bool,
    /// `FITOUT_TRUSTED_PROXY=on` behind a proxy that sets `X-Forwarded-For`: limits then count the real callers.
    pub trusted_proxy: bool,
    /// `FITOUT_SHOP_ADDR`, with demo data else one port above `FITOUT_ADDR`: the demo shop, a site of another origin that shows an embed.
    pub shop_addr: Option<SocketAddr>,
    /// `FITOUT_SITE`, else the folder that the web build wrote.
    pub site: PathBuf,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// One sentence that names the variable, its value and what would be right.
    pub fn from_env() -> anyhow::Result<Self> {
        let addr_text = var("FITOUT_ADDR").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        let addr: SocketAddr =
            addr_text.parse().with_context(|| format!("FITOUT_ADDR is \"{addr_text}\": it must be an address and a port, like 127.0.0.1:3000"))?;
        let shop_addr = match var("FITOUT_SHOP_ADDR") {
            None => None,
            Some(text) => Some(text.parse().with_context(|| format!("FITOUT_SHOP_ADDR is \"{text}\": it must be an address and a port, like 127.0.0.1:3001"))?),
        };
        let public = var("FITOUT_PUBLIC_URL").unwrap_or_else(|| format!("http://{addr}"));
        let public_url = Url::parse(&public).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        let Some(public_url) = public_url else { bail!("FITOUT_PUBLIC_URL is \"{public}\": it must be an address like https://fitout.example") };
        let data_dir = PathBuf::from(var("FITOUT_DATA_DIR").unwrap_or_else(|| "data".to_owned()));
        std::fs::create_dir_all(&data_dir).with_context(|| format!("FITOUT_DATA_DIR is \"{}\": the folder can't be made", data_dir.display()))?;
        let data_dir = data_dir.canonicalize()?;
        let secret = match var("FITOUT_SECRET") {
            Some(s) if s.len() >= 32 => s,
            Some(s) => bail!("FITOUT_SECRET has {} characters: it needs at least 32", s.len()),
            None => kept_secret(&data_dir)?,
        };
        let master_key = match var("FITOUT_MASTER_KEY") {
            Some(text) => MasterKey::from_hex(&text).context("FITOUT_MASTER_KEY must be 64 hexadecimal digits, as `openssl rand -hex 32` writes them")?,
            None => kept_master_key(&data_dir)?,
        };
        let storage_url = var("STORAGE_URL").unwrap_or_else(|| format!("file://{}", data_dir.join("files").display()));
        Ok(Self {
            addr,
            data_dir,
            database_url: var("DATABASE_URL"),
            secret,
            master_key,
            blender_path: var("BLENDER_PATH").map(PathBuf::from),
            blender_max: number("BLENDER_MAX_CONCURRENT", 2, 1, 64)?,
            blender_timeout: Duration::from_secs(number("BLENDER_TIMEOUT_SECONDS", 300, 1, 86_400)? as u64),
            typst_python: var("TYPST_PYTHON").map(PathBuf::from),
            storage_url,
            smtp_url: var("SMTP_URL"),
            mail_from: var("MAIL_FROM").unwrap_or_else(|| format!("Fitout <no-reply@{}>", public_url.host_str().unwrap_or("localhost"))),
            clamd: var("CLAMD_ADDR"),
            limits: switch("FITOUT_LIMITS", true)?,
            trusted_proxy: switch("FITOUT_TRUSTED_PROXY", false)?,
            shop_addr,
            site: site_folder(),
            public_url,
        })
    }

    /// Cookies need `Secure` and answers HSTS unless the site is served on loopback without TLS.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

fn switch(name: &str, default: bool) -> anyhow::Result<bool> {
    match var(name).as_deref() {
        None => Ok(default),
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => bail!("{name} is \"{other}\": it must be on or off"),
    }
}

fn number(name: &str, default: usize, min: usize, max: usize) -> anyhow::Result<usize> {
    let Some(text) = var(name) else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(n) if (min..=max).contains(&n) => Ok(n),
        _ => bail!("{name} is \"{text}\": it must be a whole number from {min} to {max}"),
    }
}

/// The secret of this installation, made on first start and readable by its owner only.
fn kept_secret(data_dir: &std::path::Path) -> anyhow::Result<String> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let path = data_dir.join("secret");
    if let Ok(s) = std::fs::read_to_string(&path)
        && s.trim().len() >= 32
    {
        return Ok(s.trim().to_owned());
    }
    let secret = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} can't be written", path.display()))?;
    file.write_all(secret.as_bytes())?;
    Ok(secret)
}

/// The master key of this installation. Never written over: without it personal data can't be read any more.
fn kept_master_key(data_dir: &std::path::Path) -> anyhow::Result<MasterKey> {
    use std::io::{ErrorKind, Write};
    use std::os::unix::fs::OpenOptionsExt;
    let path = data_dir.join("master.key");
    let made = MasterKey::random();
    // Whole under another name first: of two starts at once, and of a start that is cut off, one whole key remains.
    let fresh = data_dir.join(format!("master.key.{}", uuid::Uuid::new_v4().simple()));
    if !path.exists() {
        let write = || {
            let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh)?;
            file.write_all(made.to_hex().as_bytes())?;
            file.sync_all()?;
            let linked = std::fs::hard_link(&fresh, &path);
            std::fs::remove_file(&fresh)?;
            match linked {
                Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
                _ => Ok(()),
            }
        };
        write().with_context(|| format!("{} can't be written", path.display()))?;
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} can't be read", path.display()))?;
    MasterKey::from_hex(text.trim()).with_context(|| format!("{} does not hold 64 hexadecimal digits: put the right key back", path.display()))
}

/// The web build: beside the working folder in development, beside the binary when deployed.
fn site_folder() -> PathBuf {
    if let Some(site) = var("FITOUT_SITE").or_else(|| var("LEPTOS_SITE_ROOT")) {
        return PathBuf::from(site);
    }
    let beside = std::env::current_exe().ok().and_then(|e| e.parent().map(|d| d.join("site")));
    match beside {
        Some(dir) if dir.is_dir() => dir,
        _ => PathBuf::from("target/site"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once() {
        let dir = std::env::temp_dir().join(format!("fitout-secret-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let first = kept_secret(&dir).expect("made");
        assert_eq!(first.len(), 64);
        assert_eq!(kept_secret(&dir).expect("kept"), first);
        std::fs::remove_dir_all(&dir).expect("removed");
    }

    #[test]
    fn the_master_key_is_made_once_for_its_owner_alone_and_never_written_over() {
        use std::os::unix::fs::PermissionsExt;
        let dir = std::env::temp_dir().join(format!("fitout-master-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&dir).expect("a folder");
        // Several starts at once agree on one.
        let starts: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn({
                    let dir = dir.clone();
                    move || kept_master_key(&dir).expect("made")
                })
            })
            .collect();
        let keys: Vec<MasterKey> = starts.into_iter().map(|t| t.join().expect("no panic")).collect();
        assert!(keys.iter().all(|k| *k == keys[0]));
        let file = dir.join("master.key");
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&dir).expect("a folder").count(), 1, "nothing else is left");
        assert_eq!(kept_master_key(&dir).expect("kept"), keys[0]);
        std::fs::write(&file, "rubbish").expect("spoiled");
        let refused = kept_master_key(&dir).expect_err("not a key").to_string();
        assert!(refused.contains("put the right key back"), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).expect("kept"), "rubbish");
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
