//! A private Postgres cluster under the data folder, made from the installed Postgres binaries: nothing to set up.
//!
//! Postgres refuses to run as root, so a server started by root runs it as the user `postgres` (else `nobody`). The postmaster is on its
//! own: it survives a `kill -9` of the server, and the next server takes it up again. If it dies itself, the server starts it again. The
//! last server that uses it stops it.

mod find;
mod owner;

use crate::{Result, StoreError};
use find::Binaries;
use owner::Owner;
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Name of the database and of the user that owns it.
const NAME: &str = "fitout";
/// How long a start may take, recovery after a crash included.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How often the postmaster is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How a cluster is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on the disk before it is answered.
    Full,
    /// Fast and forgetful, for tests: a crash of the machine may lose everything.
    None,
}

/// A running private cluster.
#[derive(Debug)]
pub struct Cluster {
    /// Address of its database, through the private socket.
    pub url: String,
    /// Address of its database by TCP on 127.0.0.1, with a generated password: for other programs.
    pub tcp_url: String,
    /// Where its files lie.
    pub folder: PathBuf,
    site: Site,
    /// Held while this process uses the cluster.
    in_use: Option<File>,
    keeper: Keeper,
}

/// Starts the postmaster again when it dies, until told to leave it alone.
#[derive(Debug, Default)]
struct Keeper {
    stopping: Arc<AtomicBool>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Keeper {
    fn of(site: Site) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let told = stopping.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let (site, told) = (site.clone(), told.clone());
                let look = tokio::task::spawn_blocking(move || if postmaster(&site).is_none() { revive(&site, &told) } else { Ok(()) });
                if let Ok(Err(error)) = look.await {
                    tracing::error!(%error, "the private database is down and does not start again; trying on");
                }
            }
        });
        Self { stopping, task: Some(task) }
    }
    fn leave(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Everything about where and how.
#[derive(Clone, Debug)]
struct Site {
    folder: PathBuf,
    socket: PathBuf,
    owner: Owner,
    bin: PathBuf,
}

impl Cluster {
    /// Starts the cluster of a data folder, or takes up the running one; makes it first when there is none.
    ///
    /// # Errors
    /// [`StoreError::Setup`] with a sentence that says what is missing or wrong.
    pub async fn start(data_dir: &Path) -> Result<Self> {
        Self::start_with(data_dir, Durability::Full).await
    }

    /// [`Self::start`] with a choice of durability (taken when the cluster is made).
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(data_dir: &Path, durability: Durability) -> Result<Self> {
        let data_dir = data_dir.to_owned();
        // Waits for processes and sleeps between looks: not on a thread that serves.
        let mut cluster = tokio::task::spawn_blocking(move || start_blocking(&data_dir, durability))
            .await
            .map_err(|e| setup(format!("The database could not be started: {e}.")))??;
        cluster.keeper = Keeper::of(cluster.site.clone());
        Ok(cluster)
    }

    /// Stops the cluster unless another process uses it: fast, with a clean shutdown.
    ///
    /// # Errors
    /// [`StoreError::Setup`] when it does not stop within a minute.
    pub async fn stop(mut self) -> Result<()> {
        self.keeper.leave();
        let (site, in_use) = (self.site.clone(), self.in_use.take());
        tokio::task::spawn_blocking(move || stop_blocking(&site, in_use)).await.map_err(|e| setup(format!("The database could not be stopped: {e}.")))?
    }

    /// Lets go of the cluster without stopping it.
    pub fn leave_running(mut self) {
        self.keeper.leave();
        self.in_use = None;
    }

    /// Process id of the postmaster, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        postmaster(&self.site).map(|p| p.pid)
    }

    /// The `bin` folder of the Postgres that runs it, and the user it runs as (`None` for this process' own).
    #[must_use]
    pub fn program(&self) -> (&Path, Option<u32>) {
        (&self.site.bin, self.site.owner.switch_to().map(|(uid, _)| uid))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.keeper.leave();
        if let Some(in_use) = self.in_use.take()
            && let Err(error) = stop_blocking(&self.site, Some(in_use))
        {
            tracing::warn!(%error, "the private database was not stopped");
        }
    }
}

/// What `postmaster.pid` says.
struct Postmaster {
    pid: u32,
    port: u16,
}

fn setup(what: impl Into<String>) -> StoreError {
    StoreError::Setup(what.into())
}

fn io<T>(what: &str, path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|e| setup(format!("{what} {} did not work: {e}.", path.display())))
}

fn start_blocking(data_dir: &Path, durability: Durability) -> Result<Cluster> {
    let owner = Owner::choose()?;
    let folder = owner.place(data_dir)?;
    // One starter at a time; the others find it running.
    let lock_path = folder.join("start.lock");
    let starting = io("Opening", &lock_path, File::options().create(true).truncate(false).write(true).open(&lock_path))?;
    io("Locking", &lock_path, starting.lock())?;
    let data = folder.join("data");
    let made_by = fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|v| v.trim().parse::<u32>().ok());
    let Binaries { bin, major } = Binaries::find(made_by, &data)?;
    let site = Site { socket: socket_folder(&folder, &owner)?, folder, owner, bin };
    let password = password(&site)?;
    if made_by.is_none() {
        init(&site, &password, durability)?;
    }
    let running = match postmaster(&site).filter(|_| answers(&site)) {
        Some(p) => {
            tracing::info!(pid = p.pid, "took up the private database that was still running");
            p
        }
        None => launch(&site)?,
    };
    ensure_database(&site, running.port)?;
    let use_path = site.folder.join("in-use.lock");
    let in_use = io("Opening", &use_path, File::options().create(true).truncate(false).write(true).open(&use_path))?;
    io("Locking", &use_path, in_use.lock_shared())?;
    tracing::info!(folder = %site.folder.display(), postgres = major, port = running.port, "private database is up");
    let socket = percent(&site.socket.to_string_lossy());
    Ok(Cluster {
        url: format!("postgres://{NAME}@localhost:{}/{NAME}?host={socket}", running.port),
        tcp_url: format!("postgres://{NAME}:{password}@127.0.0.1:{}/{NAME}", running.port),
        folder: site.folder.clone(),
        site,
        in_use: Some(in_use),
        keeper: Keeper::default(),
    })
}

/// Starts a postmaster that died.
fn revive(site: &Site, stopping: &AtomicBool) -> Result<()> {
    let lock_path = site.folder.join("start.lock");
    let starting = io("Opening", &lock_path, File::options().create(true).truncate(false).write(true).open(&lock_path))?;
    io("Locking", &lock_path, starting.lock())?;
    // Somebody may have started it, or this server may be on its way out.
    if stopping.load(Ordering::SeqCst) || postmaster(site).is_some() {
        return Ok(());
    }
    tracing::warn!(folder = %site.folder.display(), "the private database stopped by itself; starting it again");
    launch(site).map(|_| ())
}

fn stop_blocking(site: &Site, in_use: Option<File>) -> Result<()> {
    let lock_path = site.folder.join("start.lock");
    let starting = io("Opening", &lock_path, File::options().create(true).truncate(false).write(true).open(&lock_path))?;
    io("Locking", &lock_path, starting.lock())?;
    drop(in_use);
    let use_path = site.folder.join("in-use.lock");
    let others = io("Opening", &use_path, File::options().create(true).truncate(false).write(true).open(&use_path))?;
    match others.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(e)) => return io("Locking", &use_path, Err(e)),
    }
    if postmaster(site).is_none() {
        return Ok(());
    }
    let data = site.folder.join("data");
    let (ok, said) = site.run("pg_ctl", &["stop", "-w", "-t", "60", "-m", "fast", "-D", &data.to_string_lossy()])?;
    if ok || postmaster(site).is_none() { Ok(()) } else { Err(setup(format!("The private database did not stop: {said}."))) }
}

impl Site {
    /// Runs one of Postgres' programs as the cluster's owner; answers success and what it said. Nothing it starts keeps a handle of ours.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<(bool, String)> {
        let said_path = self.folder.join("last-command.log");
        let said = io("Opening", &said_path, File::options().create(true).write(true).truncate(true).open(&said_path))?;
        let mut command = self.owner.command(&self.bin.join(program));
        command.args(arguments).current_dir(&self.folder).stdin(std::process::Stdio::null());
        command.env("LC_ALL", "C").env("TZ", "UTC").env("PGOPTIONS", "").env("PGCONNECT_TIMEOUT", "3");
        command.stdout(io("Opening", &said_path, said.try_clone())?).stderr(said);
        let status = command.status().map_err(|e| setup(format!("{program} could not be run: {e}.")))?;
        let said = fs::read_to_string(&said_path).unwrap_or_default();
        let last: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        Ok((status.success(), last[last.len().saturating_sub(3)..].join("; ")))
    }

    fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.folder.join("postgres.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(4)..].join("; ")
    }
}

/// Unix sockets allow 107 bytes of path; a longer data path gets a private folder under the system's temporary one.
fn socket_folder(folder: &Path, owner: &Owner) -> Result<PathBuf> {
    let inside = folder.join("socket");
    let socket =
        if inside.as_os_str().len() + "/.s.PGSQL.65535.lock".len() <= 100 { inside } else { std::env::temp_dir().join(format!("fitout-{}", name_of(folder))) };
    match fs::create_dir(&socket) {
        Ok(()) => owner.give(&socket, 0o700)?,
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => owner.check_owned(&socket)?,
        Err(e) => return io("Making", &socket, Err(e)),
    }
    Ok(socket)
}

/// A short stable name for a path.
fn name_of(path: &Path) -> String {
    Sha256::digest(path.as_os_str().as_encoded_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// The password for TCP connections: made once, readable by the cluster's owner alone.
fn password(site: &Site) -> Result<String> {
    let path = site.folder.join("password");
    if let Ok(kept) = fs::read_to_string(&path)
        && kept.trim().len() >= 32
    {
        return Ok(kept.trim().to_owned());
    }
    let made = format!("{:032x}", rand::random::<u128>());
    let mut file = io("Writing", &path, File::options().create(true).truncate(true).write(true).mode(0o600).open(&path))?;
    io("Writing", &path, file.write_all(made.as_bytes()))?;
    site.owner.give(&path, 0o600)?;
    Ok(made)
}

fn init(site: &Site, password: &str, durability: Durability) -> Result<()> {
    let began = Instant::now();
    let data = site.folder.join("data");
    // What an interrupted attempt has left is in the way. It has no PG_VERSION, so it holds nothing of anybody's.
    let fresh = site.folder.join("data.new");
    if fresh.exists() {
        io("Removing", &fresh, fs::remove_dir_all(&fresh))?;
    }
    let (new, pwfile) = (fresh.to_string_lossy().into_owned(), site.folder.join("password"));
    let pwfile = format!("--pwfile={}", pwfile.display());
    let mut arguments =
        vec!["-D", new.as_str(), "-U", NAME, pwfile.as_str(), "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256"];
    if durability == Durability::None {
        arguments.push("--no-sync");
    }
    let (ok, said) = site.run("initdb", &arguments)?;
    if !ok {
        return Err(setup(format!("Making a database cluster under {} did not work: {said}.", site.folder.display())));
    }
    debug_assert!(!password.is_empty());
    let mut conf = format!(
        "\n# Set by Fitout.\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nunix_socket_permissions = 0700\nmax_connections = 200\n\
         shared_buffers = 128MB\ntimezone = 'UTC'\nlog_timezone = 'UTC'\nlc_messages = 'C'\nwal_level = replica\nmax_wal_senders = 2\n\
         jit = off\nrandom_page_cost = 1.1\n",
        site.socket.to_string_lossy().replace('\'', "''")
    );
    if durability == Durability::None {
        conf.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum_naptime = 10min\n");
    }
    let path = fresh.join("postgresql.conf");
    let mut file = io("Opening", &path, File::options().append(true).open(&path))?;
    io("Writing", &path, file.write_all(conf.as_bytes()))?;
    if data.exists() {
        io("Removing", &data, fs::remove_dir_all(&data))?;
    }
    io("Moving", &fresh, fs::rename(&fresh, &data))?;
    tracing::info!(folder = %site.folder.display(), duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(0), "made a private database cluster");
    Ok(())
}

/// Reads `postmaster.pid` and looks whether that process lives and is a Postgres.
fn postmaster(site: &Site) -> Option<Postmaster> {
    let text = fs::read_to_string(site.folder.join("data/postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid: u32 = lines.next()?.trim().parse().ok()?;
    let port: u16 = lines.nth(2)?.trim().parse().ok()?;
    let process = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    // EPERM would mean: it lives, but is not ours.
    let lives = !matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH));
    let zombie = fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| s.rsplit(')').next().is_some_and(|r| r.trim_start().starts_with('Z')));
    (lives && !zombie).then_some(Postmaster { pid, port })
}

fn answers(site: &Site) -> bool {
    let Some(p) = postmaster(site) else { return false };
    let began = Instant::now();
    // It may just be recovering.
    while began.elapsed() < START_LIMIT && postmaster(site).is_some() {
        let port = p.port.to_string();
        match site.run("pg_isready", &["-q", "-h", &site.socket.to_string_lossy(), "-p", &port, "-U", NAME]) {
            Ok((true, _)) => return true,
            Ok((false, _)) if is_postgres(p.pid) => std::thread::sleep(Duration::from_millis(200)),
            _ => return false,
        }
    }
    false
}

/// Whether the process is a Postgres. Where that can't be told, it counts as one.
fn is_postgres(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).map_or(true, |name| name.trim().starts_with("postg"))
}

fn launch(site: &Site) -> Result<Postmaster> {
    let data = site.folder.join("data");
    // A lock file whose number now belongs to another program (after a reboot) would keep Postgres from starting.
    if let Some(p) = postmaster(site)
        && !is_postgres(p.pid)
    {
        let path = data.join("postmaster.pid");
        io("Removing", &path, fs::remove_file(&path))?;
    }
    let log = site.folder.join("postgres.log");
    if fs::metadata(&log).is_ok_and(|m| m.len() > 20_000_000) {
        io("Moving", &log, fs::rename(&log, site.folder.join("postgres.log.1")))?;
    }
    let began = Instant::now();
    loop {
        let port = free_port(site)?;
        let options = format!("-p {port}");
        let (ok, said) = site.run("pg_ctl", &["start", "-w", "-t", "60", "-D", &data.to_string_lossy(), "-l", &log.to_string_lossy(), "-o", &options])?;
        if let Some(p) = postmaster(site).filter(|_| ok) {
            return Ok(p);
        }
        // After a kill -9 of the postmaster its children may still hold the shared memory for a moment; or the port was taken meanwhile.
        let tail = site.log_tail();
        let passing = tail.contains("shared memory block") || tail.contains("Address already in use") || tail.contains("already exists");
        if !passing || began.elapsed() > START_LIMIT {
            return Err(setup(format!("The private database under {} does not start: {said}; {tail}", site.folder.display())));
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// The port of last time if it is free, so that addresses stay; else any free one.
fn free_port(site: &Site) -> Result<u16> {
    let path = site.folder.join("port");
    let last: u16 = fs::read_to_string(&path).ok().and_then(|p| p.trim().parse().ok()).unwrap_or(0);
    let free = std::net::TcpListener::bind(("127.0.0.1", last))
        .or_else(|_| std::net::TcpListener::bind(("127.0.0.1", 0)))
        .and_then(|l| l.local_addr())
        .map_err(|e| setup(format!("There is no free port on 127.0.0.1: {e}.")))?;
    io("Writing", &path, fs::write(&path, free.port().to_string()))?;
    Ok(free.port())
}

fn ensure_database(site: &Site, port: u16) -> Result<()> {
    let (socket, port) = (site.socket.to_string_lossy().into_owned(), port.to_string());
    let base = ["-h", &socket, "-p", &port, "-U", NAME];
    let (exists, _) = site.run("psql", &[&base[..], &["-X", "-q", "-d", NAME, "-c", "select 1"]].concat())?;
    if exists {
        return Ok(());
    }
    let (made, said) = site.run("createdb", &[&base[..], &["--maintenance-db=postgres", NAME]].concat())?;
    if made || said.contains("already exists") { Ok(()) } else { Err(setup(format!("The database {NAME} could not be made: {said}."))) }
}

/// Percent-encodes a path for the `host` parameter of an address.
fn percent(path: &str) -> String {
    path.bytes().map(|b| if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Sets a path's mode, leaving its owner.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    io("Setting the rights of", path, fs::set_permissions(path, fs::Permissions::from_mode(mode)))
}

#[cfg(feature = "testing")]
impl Cluster {
    /// Leaves the cluster running for the next test process, and a watcher that stops it after a quarter of an hour without any.
    pub(crate) fn keep_for_tests(&self) {
        use std::os::unix::process::CommandExt;
        let script = "touch last-use; exec flock -n watchdog.lock sh -c 'while sleep 60; do \
             find last-use -mmin -15 | grep -q . && continue; flock -n -x in-use.lock true || continue; exec \"$1/pg_ctl\" stop -m fast -D data; done' sh \"$1\"";
        let quiet = std::process::Stdio::null;
        let mut command = self.site.owner.command(Path::new("/bin/sh"));
        command.args(["-c", script, "sh"]).arg(&self.site.bin).current_dir(&self.site.folder).process_group(0);
        // Without a watcher the cluster merely stays up.
        command.stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().ok();
    }
}
