//! Files in a folder, through `object_store`.

use async_trait::async_trait;
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};
use ports::{BlobError, Blobs};
use std::error::Error;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Files by key in one store.
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
}

impl ObjectBlobs {
    /// Opens the store that `location` names: `file:///srv/fitout/blobs` or a plain path. The folder is made when it is missing.
    ///
    /// # Errors
    /// A sentence that says why the location can't be used.
    pub fn open(location: &str) -> Result<Self, String> {
        let folder = match location.split_once("://") {
            None => PathBuf::from(location),
            Some(("file", _)) => url::Url::parse(location)
                .ok()
                .and_then(|u| u.to_file_path().ok())
                .ok_or_else(|| format!("the file store {location} is not a valid file address; write file:///path"))?,
            Some((scheme, _)) => {
                return Err(format!("this build of Fitout stores files in a folder only: {scheme}:// is not supported; use a path or file:///path"));
            }
        };
        std::fs::create_dir_all(&folder).map_err(|e| format!("the file store {} can't be made: {e}", folder.display()))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|e| format!("the file store {} can't be used: {e}", folder.display()))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder })
    }
}

fn key(name: &str) -> Result<Key, BlobError> {
    Key::parse(name).map_err(|e| BlobError::Other(e.to_string()))
}

/// Finds a full disk or quota at whatever depth of the error.
fn translate(error: object_store::Error) -> BlobError {
    if let object_store::Error::NotFound { path, .. } = error {
        return BlobError::NotFound(path);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        {
            return BlobError::Full;
        }
        cause = e.source();
    }
    BlobError::Other(error.to_string())
}

#[async_trait]
impl Blobs for ObjectBlobs {
    async fn put(&self, name: &str, data: Bytes) -> Result<(), BlobError> {
        self.store.put(&key(name)?, data.into()).await.map(|_| ()).map_err(translate)
    }

    async fn get(&self, name: &str, range: Option<Range<u64>>) -> Result<Bytes, BlobError> {
        let path = key(name)?;
        let found = match range {
            Some(range) => self.store.get_range(&path, range).await,
            None => match self.store.get(&path).await {
                Ok(found) => found.bytes().await,
                Err(e) => Err(e),
            },
        };
        found.map_err(|e| match translate(e) {
            BlobError::NotFound(_) => BlobError::NotFound(name.to_owned()),
            other => other,
        })
    }

    async fn size(&self, name: &str) -> Result<u64, BlobError> {
        match self.store.head(&key(name)?).await {
            Ok(meta) => Ok(meta.size),
            Err(object_store::Error::NotFound { .. }) => Err(BlobError::NotFound(name.to_owned())),
            Err(e) => Err(translate(e)),
        }
    }

    async fn delete(&self, name: &str) -> Result<(), BlobError> {
        match self.store.delete(&key(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(translate(e)),
        }
    }

    async fn check(&self) -> Result<(), BlobError> {
        // A folder can exist and yet take nothing, so a small file is really written.
        let probe = Key::from("health/probe");
        self.store.put(&probe, Bytes::from_static(b"ok").into()).await.map_err(|e| match translate(e) {
            BlobError::Other(reason) => BlobError::Other(format!("{}: {reason}", self.folder.display())),
            other => other,
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> (tempfile::TempDir, ObjectBlobs) {
        let folder = tempfile::tempdir().expect("folder");
        let blobs = ObjectBlobs::open(&folder.path().join("a/b").display().to_string()).expect("store");
        (folder, blobs)
    }

    #[tokio::test]
    async fn what_is_put_is_read_again_whole_and_in_parts() {
        let (folder, blobs) = open();
        let name = "tenants/1/abc.glb";
        blobs.put(name, Bytes::from_static(b"first")).await.expect("put");
        blobs.put(name, Bytes::from_static(b"0123456789")).await.expect("replaced");
        assert_eq!(blobs.get(name, None).await.expect("whole"), "0123456789");
        assert_eq!(blobs.get(name, Some(2..5)).await.expect("range"), "234");
        assert_eq!(blobs.size(name).await.expect("size"), 10);
        // Nothing half-written stays beside it.
        let beside = std::fs::read_dir(folder.path().join("a/b/tenants/1")).expect("folder").count();
        assert_eq!(beside, 1);
        blobs.delete(name).await.expect("deleted");
        blobs.delete(name).await.expect("absent is fine");
        assert!(matches!(blobs.get(name, None).await, Err(BlobError::NotFound(n)) if n == name));
        assert!(matches!(blobs.size(name).await, Err(BlobError::NotFound(_))));
        blobs.check().await.expect("healthy");
    }

    #[tokio::test]
    async fn a_key_cannot_leave_the_folder() {
        let (_folder, blobs) = open();
        for name in ["../outside", "a/../../outside", "/etc//passwd", "a//b"] {
            assert!(blobs.put(name, Bytes::from_static(b"x")).await.is_err(), "{name}");
        }
    }

    #[test]
    fn locations_are_understood_or_refused_with_a_reason() {
        let folder = tempfile::tempdir().expect("folder");
        ObjectBlobs::open(&format!("file://{}", folder.path().join("x y").display().to_string().replace(' ', "%20"))).expect("url");
        assert!(folder.path().join("x y").is_dir());
        let wrong = ObjectBlobs::open("s3://bucket/fitout").err().unwrap_or_default();
        assert!(wrong.contains("s3://") && wrong.contains("file:///"), "{wrong}");
        std::fs::write(folder.path().join("file"), "x").expect("file");
        assert!(ObjectBlobs::open(&folder.path().join("file/below").display().to_string()).is_err());
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        for code in [libc::ENOSPC, libc::EDQUOT] {
            let full = object_store::Error::Generic { store: "file", source: Box::new(std::io::Error::from_raw_os_error(code)) };
            assert!(matches!(translate(full), BlobError::Full));
        }
        let other = object_store::Error::Generic { store: "file", source: Box::new(std::io::Error::from_raw_os_error(libc::EACCES)) };
        assert!(matches!(translate(other), BlobError::Other(_)));
    }
}
