//! ZIP bundles: one model with its materials and pictures. Unpacked in memory under limits; nothing is ever written to a path of the archive.

use crate::obj::{self, Beside};
use crate::sniff::{Content, sniff};
use crate::{Limits, Model, Refused, Said, glb, stl, too_large};
use std::io::{Cursor, Read};

/// Reads the one model of a bundle.
pub(crate) fn read(bytes: &[u8], said: Said, limits: &Limits) -> Result<Model, Refused> {
    let broken = |e: zip::result::ZipError| Refused::new("broken", format!("The archive can't be read: {e}."));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > limits.files {
        return Err(Refused::new("too_many", format!("The archive has {} files; {} are the most.", archive.len(), limits.files)));
    }
    let mut files: Vec<Beside> = Vec::new();
    let mut left = limits.unpacked;
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(broken)?;
        if entry.is_dir() {
            continue;
        }
        // What it would be called outside matters only for finding materials: a name that leaves its folder is meant to harm.
        let Some(path) = entry.enclosed_name() else {
            return Err(Refused::new("unsafe_name", format!("File {} of the archive has a name that leaves its folder.", i + 1)));
        };
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || path.starts_with("__MACOSX") {
            continue;
        }
        // What the archive says of sizes is not believed: as many bytes as there may be, and one more to know that there are more.
        let mut data = Vec::new();
        let most = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        entry.take(most).read_to_end(&mut data).map_err(|e| Refused::new("broken", format!("{name} can't be unpacked: {e}.")))?;
        if data.len() > left {
            return Err(too_large("The unpacked archive", limits.unpacked.saturating_add(1), limits.unpacked));
        }
        left -= data.len();
        files.push((name, data));
    }
    let model = |(_, data): &&Beside| matches!(sniff(data), Some(Content::Glb | Content::Obj | Content::Stl));
    let models: Vec<&Beside> = files.iter().filter(model).collect();
    match models[..] {
        [(name, data)] => match sniff(data) {
            Some(Content::Glb) => glb::read(data, said, limits),
            Some(Content::Stl) => stl::read(name, data, said, limits),
            _ => obj::read(data, &files, said, limits),
        },
        [] => Err(Refused::new("not_a_model", "The archive has no GLB, OBJ or STL in it.")),
        _ => {
            let names: Vec<&str> = models.iter().map(|(n, _)| n.as_str()).take(5).collect();
            Err(Refused::new("several_models", format!("The archive has several models ({}). Upload one at a time.", names.join(", "))))
        }
    }
}
