//! Two hundred files made by hand to do harm, each with its name. All but those that are only odd are refused; none crashes, hangs or takes memory away.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

mod glbs;
mod pictures;
mod zips;

use intake::{Limits, Said, model, picture, sniff};

/// What has to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Refused.
    Bad,
    /// Odd, not harmful: whichever.
    Odd,
}

/// A file and what has to become of it.
pub struct Hostile {
    pub name: String,
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

pub fn bad(name: impl Into<String>, bytes: Vec<u8>) -> Hostile {
    Hostile { name: name.into(), bytes, fate: Fate::Bad }
}

pub fn odd(name: impl Into<String>, bytes: Vec<u8>) -> Hostile {
    Hostile { name: name.into(), bytes, fate: Fate::Odd }
}

fn all() -> Vec<Hostile> {
    [glbs::files(), zips::files(), pictures::files()].into_iter().flatten().collect()
}

/// As the server takes them, but that a test has not minutes for files of 64 MB.
fn limits() -> Limits {
    Limits { unpacked: 16 << 20, triangles: 200_000, nodes: 5_000, pixels: 16_000_000, ..Limits::default() }
}

fn read(file: &Hostile) -> Result<(), String> {
    let limits = limits();
    let read = if matches!(sniff(&file.bytes), Some(intake::Content::Picture(_))) {
        picture("The picture", &file.bytes, &limits).map(drop)
    } else {
        model(&file.name, &file.bytes, Said::default(), &limits).map(|m| {
            let corners = m.scene.items.iter().flat_map(|i| &i.mesh.positions).flatten();
            assert!(corners.clone().all(|v| v.is_finite()), "{}: a corner is nowhere", file.name);
            for item in &m.scene.items {
                assert!(item.mesh.indices.iter().all(|i| (*i as usize) < item.mesh.positions.len()), "{}: a triangle has no corner", file.name);
                assert!(item.material < m.scene.materials.len(), "{}: a surface is missing", file.name);
            }
        })
    };
    read.map_err(|refused| {
        assert!(!refused.code.is_empty() && refused.message.ends_with('.') && refused.message.len() < 400, "{}: {refused:?}", file.name);
        refused.message
    })
}

#[test]
fn each_is_refused_with_a_sentence_or_does_no_harm() {
    let files = all();
    assert!(files.len() >= 200, "{} files", files.len());
    let mut names: Vec<_> = files.iter().map(|f| &f.name).collect();
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|n| n[0] == n[1]).collect();
    assert!(twice.is_empty(), "every name once: {twice:?}");
    let taken: Vec<&str> = files.iter().filter(|f| f.fate == Fate::Bad && read(f).is_ok()).map(|f| f.name.as_str()).collect();
    assert!(taken.is_empty(), "taken: {taken:#?}");
    for file in files.iter().filter(|f| f.fate == Fate::Odd) {
        let _ = read(file);
    }
}
