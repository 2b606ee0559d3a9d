//! Work on the code: builds what is quick to build, starts the server, and begins again when a file changes.

use crate::web::{self, How};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

/// What the build reads.
const SOURCES: [&str; 7] = ["app", "frontend", "server", "style", "public", "migrations", "Cargo.toml"];
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(700);

/// Runs until the server can't be started, or is interrupted.
///
/// # Errors
/// When the server can't be started at all; a build that fails waits for the next change.
pub fn watch(site: &Path, serve: &[&str]) -> anyhow::Result<()> {
    let how = How { dev: true, front: false };
    loop {
        let began = SystemTime::now();
        let mut server = match web::build(site, how) {
            Ok(()) => Some(Command::new(web::program(how)).args(serve).env("FITOUT_SITE", site).spawn().context("the server could not be started")?),
            Err(error) => {
                println!("{error:#}");
                None
            }
        };
        println!("   Waiting for a change");
        while !changed_since(began) {
            std::thread::sleep(LOOK);
        }
        if let Some(server) = &mut server {
            stop(server)?;
        }
    }
}

/// Asks the server to end as a person at the keyboard would, so that its database is closed.
fn stop(server: &mut Child) -> anyhow::Result<()> {
    Command::new("kill").arg("-INT").arg(server.id().to_string()).status()?;
    server.wait()?;
    Ok(())
}

fn changed_since(began: SystemTime) -> bool {
    SOURCES.iter().any(|source| newest(Path::new(source)).is_some_and(|time| time > began))
}

/// When something below a path was last written; what tools put there does not count.
fn newest(path: &Path) -> Option<SystemTime> {
    let of = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    if !path.is_dir() {
        return of(path);
    }
    let inside = |entry: std::io::Result<std::fs::DirEntry>| entry.ok().map(|e| e.path()).filter(|p| !skipped(p));
    std::fs::read_dir(path).ok()?.filter_map(inside).filter_map(|p: PathBuf| newest(&p)).chain(of(path)).max()
}

fn skipped(path: &Path) -> bool {
    path.file_name().and_then(|n| n.to_str()).is_none_or(|n| n.starts_with('.') || matches!(n, "node_modules" | "target" | "__pycache__"))
}

#[cfg(test)]
mod tests {
    use super::newest;
    use std::time::SystemTime;

    #[test]
    fn a_file_that_is_written_is_seen_and_one_of_a_tool_is_not() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(dir.path().join("src")).expect("made");
        std::fs::create_dir_all(dir.path().join("node_modules/deep")).expect("made");
        let before = SystemTime::now();
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(dir.path().join("node_modules/deep/x"), "x").expect("written");
        assert!(newest(dir.path()).is_some_and(|t| t <= before));
        std::fs::write(dir.path().join("src/x.rs"), "x").expect("written");
        assert!(newest(dir.path()).is_some_and(|t| t > before));
    }
}
