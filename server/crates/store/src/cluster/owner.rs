//! Which user runs Postgres, and where that user can reach the files.

use super::{io, name_of, set_mode, setup};
use crate::Result;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The user that runs Postgres.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    /// Set when this process is root and has to change.
    other: Option<(u32, u32)>,
}

impl Owner {
    /// This process' user; for root the user `postgres`, else `nobody`.
    pub(super) fn choose() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let other = ["postgres", "nobody"].iter().find_map(|name| look_up(name));
        other.map(|o| Self { other: Some(o) }).ok_or_else(|| {
            setup("Postgres refuses to run as root, and there is neither a user postgres nor nobody to run it as. Start Fitout as another user, or set DATABASE_URL.")
        })
    }

    /// User and group to change to, when this process is root.
    pub(super) fn switch_to(&self) -> Option<(u32, u32)> {
        self.other
    }

    /// A command that runs as the owner.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a path to the owner.
    pub(super) fn give(&self, path: &Path, mode: u32) -> Result<()> {
        set_mode(path, mode)?;
        match self.other {
            Some((uid, gid)) => io("Giving away", path, std::os::unix::fs::chown(path, Some(uid), Some(gid))),
            None => Ok(()),
        }
    }

    /// A folder that was there before must be the owner's: somebody else's could be a trap.
    pub(super) fn check_owned(&self, path: &Path) -> Result<()> {
        let meta = io("Reading", path, fs::symlink_metadata(path))?;
        let wanted = self.other.map_or_else(|| rustix::process::geteuid().as_raw(), |(uid, _)| uid);
        if meta.is_dir() && meta.uid() == wanted {
            return set_mode(path, 0o700);
        }
        Err(setup(format!("{} belongs to another user. Remove it, or set DATABASE_URL.", path.display())))
    }

    /// The cluster's folder for a data folder: `pg` inside it, where the owner can reach that; else a folder of the system, always the
    /// same for the same data folder. Makes it and gives it to the owner.
    pub(super) fn place(&self, data_dir: &Path) -> Result<PathBuf> {
        io("Making", data_dir, fs::create_dir_all(data_dir))?;
        let data_dir = io("Reading", data_dir, data_dir.canonicalize())?;
        let inside = data_dir.join("pg");
        if self.reaches(&data_dir) {
            return self.make(inside);
        }
        let name = format!("pg-{}", name_of(&data_dir));
        for parent in [PathBuf::from("/var/lib/fitout"), std::env::temp_dir().join("fitout")] {
            if fs::create_dir_all(&parent).is_err() || set_mode(&parent, 0o755).is_err() || !self.reaches(&parent) {
                continue;
            }
            let folder = self.make(parent.join(&name))?;
            tracing::info!(
                folder = %folder.display(),
                data = %data_dir.display(),
                "the user that runs Postgres cannot enter the data folder, so the database lies elsewhere"
            );
            return Ok(folder);
        }
        Err(setup(format!(
            "The user that runs Postgres cannot enter {}. Set FITOUT_DATA_DIR to a folder that others may enter, or DATABASE_URL.",
            data_dir.display()
        )))
    }

    fn make(&self, folder: PathBuf) -> Result<PathBuf> {
        match fs::create_dir(&folder) {
            Ok(()) => self.give(&folder, 0o700)?,
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => self.check_owned(&folder)?,
            Err(e) => return io("Making", &folder, Err(e)),
        }
        Ok(folder)
    }

    /// Whether the owner may enter a folder and all above it.
    fn reaches(&self, folder: &Path) -> bool {
        let Some((uid, gid)) = self.other else { return true };
        folder.ancestors().all(|dir| {
            fs::metadata(dir).is_ok_and(|m| {
                let mode = m.mode();
                if m.uid() == uid {
                    mode & 0o100 != 0
                } else if m.gid() == gid {
                    mode & 0o010 != 0
                } else {
                    mode & 0o001 != 0
                }
            })
        })
    }
}

/// User and group by name, from `/etc/passwd` or whatever `getent` asks.
fn look_up(name: &str) -> Option<(u32, u32)> {
    let line = |text: &str| {
        text.lines().find_map(|l| {
            let mut fields = l.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let uid: u32 = fields.nth(1)?.parse().ok()?;
            let gid: u32 = fields.next()?.parse().ok()?;
            (uid != 0).then_some((uid, gid))
        })
    };
    fs::read_to_string("/etc/passwd").ok().and_then(|t| line(&t)).or_else(|| {
        let out = Command::new("getent").args(["passwd", name]).output().ok()?;
        line(&String::from_utf8_lossy(&out.stdout))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_only_root_may_enter_is_not_reached() {
        let dir = tempfile::tempdir_in("/tmp").unwrap();
        let owner = Owner { other: Some((65_534, 65_534)) };
        set_mode(dir.path(), 0o700).unwrap();
        assert!(!owner.reaches(&dir.path().join("")) || rustix::process::geteuid().as_raw() == 65_534);
        set_mode(dir.path(), 0o755).unwrap();
        assert!(owner.reaches(dir.path()));
        assert!(Owner { other: None }.reaches(dir.path()));
    }
}
