//! Folders of the processes: the worker scripts, and one scratch folder each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The worker and its templates, built in, so that the server's binary works alone.
const SCRIPTS: &[(&str, &[u8])] = &[
    ("worker.py", include_bytes!("../../../../blender/worker.py")),
    ("geometry.py", include_bytes!("../../../../blender/geometry.py")),
    ("materials.py", include_bytes!("../../../../blender/materials.py")),
    ("export.py", include_bytes!("../../../../blender/export.py")),
    ("film.py", include_bytes!("../../../../blender/film.py")),
    ("picture.py", include_bytes!("../../../../blender/picture.py")),
    ("template.py", include_bytes!("../../../../blender/template.py")),
    ("hood.blend", include_bytes!("../../../../blender/templates/hood.blend")),
];

/// Sixteen hexadecimal digits that change with any of them.
pub(crate) fn scripts_hash() -> String {
    let mut hash = blake3::Hasher::new();
    for (name, bytes) in SCRIPTS {
        hash.update(name.as_bytes()).update(&[0]).update(bytes).update(&[0]);
    }
    hash.finalize().to_hex().as_str().get(..16).unwrap_or_default().to_owned()
}

/// Writes the scripts below `folder` and returns where they are. Servers of different versions may share `folder`.
///
/// # Errors
/// The folder can't be written.
pub(crate) fn write_scripts(folder: &Path) -> io::Result<PathBuf> {
    let place = folder.join(scripts_hash());
    make_private(&place)?;
    for (name, bytes) in SCRIPTS {
        let path = place.join(name);
        if fs::read(&path).is_ok_and(|old| old == *bytes) {
            continue;
        }
        let fresh = place.join(format!("{name}.{}", std::process::id()));
        fs::write(&fresh, bytes)?;
        fs::rename(&fresh, &path)?;
    }
    Ok(place)
}

fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// One process's only writable folder; removed with it.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes an empty folder below `root`.
    pub(crate) fn new(root: &Path) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = root.join(format!("p{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        // Links would lead the cage's rule elsewhere.
        make_private(root)?;
        let scratch = Self(root.canonicalize()?.join(path.file_name().unwrap_or_default()));
        scratch.wipe()?;
        Ok(scratch)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Empties the folder and makes its sub-folders `home` and `tmp` anew.
    pub(crate) fn wipe(&self) -> io::Result<()> {
        make_private(&self.0)?;
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
        }
        make_private(&self.0.join("home"))?;
        make_private(&self.0.join("tmp"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), error = %e, "a scratch folder could not be removed");
        }
    }
}

/// Removes what servers left that were killed: folders named after processes that don't exist any more.
pub(crate) fn sweep(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|n| n.strip_prefix('p')).and_then(|n| n.split_once('-')).and_then(|(pid, _)| pid.parse::<u32>().ok());
        if let Some(pid) = owner
            && !Path::new("/proc").join(pid.to_string()).exists()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_is_wiped_and_removed_without_following_links() {
        let root = tempfile::tempdir().expect("folder");
        let outside = root.path().join("outside");
        fs::create_dir(&outside).expect("folder");
        fs::write(outside.join("keep"), "x").expect("file");
        let scratch = Scratch::new(&root.path().join("scratch")).expect("scratch");
        let place = scratch.path().to_path_buf();
        fs::write(place.join("tmp/old"), "x").expect("file");
        std::os::unix::fs::symlink(&outside, place.join("link")).expect("link");
        scratch.wipe().expect("wiped");
        assert_eq!(fs::read_dir(&place).expect("folder").count(), 2);
        assert_eq!(fs::read_dir(place.join("tmp")).expect("folder").count(), 0);
        drop(scratch);
        assert!(!place.exists() && outside.join("keep").exists());
    }

    #[test]
    fn only_folders_of_dead_servers_are_swept() {
        let root = tempfile::tempdir().expect("folder");
        // Process numbers end at 2²², so this one never lives.
        for name in ["p4194999-0", "other"] {
            fs::create_dir(root.path().join(name)).expect("folder");
        }
        let own = Scratch::new(root.path()).expect("scratch");
        sweep(root.path());
        assert!(!root.path().join("p4194999-0").exists());
        assert!(root.path().join("other").exists() && own.path().exists());
    }

    #[test]
    fn scripts_are_written_again_when_somebody_changed_them() {
        let root = tempfile::tempdir().expect("folder");
        let place = write_scripts(root.path()).expect("written");
        fs::write(place.join("worker.py"), "broken").expect("file");
        assert_eq!(write_scripts(root.path()).expect("written"), place);
        assert_eq!(fs::read(place.join("worker.py")).expect("file"), SCRIPTS[0].1);
    }
}
