//! Finding the Postgres programs.

use super::setup;
use crate::Result;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Oldest Postgres that will do.
const OLDEST: u32 = 15;

/// A `bin` folder with `initdb`, `pg_ctl` and `postgres`.
#[derive(Debug)]
pub(super) struct Binaries {
    pub bin: PathBuf,
    pub major: u32,
}

impl Binaries {
    /// The programs of the version that made the cluster at `data`, or the newest ones for a new cluster.
    pub(super) fn find(made_by: Option<u32>, data: &Path) -> Result<Self> {
        let installed = installed();
        let names = || installed.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if let Some(major) = made_by {
            return match installed.get(&major) {
                Some(bin) => Ok(Self { bin: bin.clone(), major }),
                None if installed.is_empty() => Err(setup(missing())),
                None => Err(setup(format!(
                    "The database under {} was made by PostgreSQL {major}, but only {} is installed. Install PostgreSQL {major}, or dump the \
                     database with it and move the folder away.",
                    data.display(),
                    names()
                ))),
            };
        }
        match installed.last_key_value() {
            Some((&major, bin)) if major >= OLDEST => Ok(Self { bin: bin.clone(), major }),
            Some(_) => Err(setup(format!("Only PostgreSQL {} is installed; Fitout needs {OLDEST} or newer (or set DATABASE_URL).", names()))),
            None => Err(setup(missing())),
        }
    }
}

fn missing() -> String {
    format!("PostgreSQL {OLDEST} or newer is not installed. Install it with PostGIS (Debian: postgresql postgresql-15-postgis-3), or set DATABASE_URL.")
}

/// Installed versions by major number.
fn installed() -> BTreeMap<u32, PathBuf> {
    let mut folders = Vec::new();
    if let Ok(out) = Command::new("pg_config").arg("--bindir").output()
        && out.status.success()
    {
        folders.push(PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    }
    // Debian, Fedora, and Homebrew on both kinds of Mac.
    for (parent, inside) in [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/opt/homebrew/opt", "bin"), ("/usr/local/opt", "bin")] {
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.chars().all(|c| c.is_ascii_digit()) || name.starts_with("postgresql@") || name.starts_with("pgsql-") {
                folders.push(entry.path().join(inside));
            }
        }
    }
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let mut found = BTreeMap::new();
    for folder in folders {
        if ["initdb", "pg_ctl", "postgres", "psql", "createdb", "pg_isready"].iter().all(|p| folder.join(p).is_file())
            && let Some(major) = major(&folder)
        {
            // Links in /usr/local/bin and such: the real folder, where shared files are found.
            let real = folder.join("postgres").canonicalize().ok().and_then(|p| p.parent().map(Path::to_owned)).unwrap_or(folder);
            found.entry(major).or_insert(real);
        }
    }
    found
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` → 15.
fn major(folder: &Path) -> Option<u32> {
    let out = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.split_whitespace().find_map(|w| w.split(|c: char| !c.is_ascii_digit()).next().and_then(|d| d.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_of_another_version_is_refused_with_a_sentence() {
        let error = Binaries::find(Some(9), Path::new("pg/data")).unwrap_err().to_string();
        assert!(error.contains("was made by PostgreSQL 9, but only") && error.contains("Install PostgreSQL 9"), "{error}");
    }
}
