//! Puts the wasm chunks of a split build into a few packs. `wasm_split` makes a module of every set of functions that some lazy pages share: dozens of
//! small files for one page, many without anything in them. A page loads the pack of what most pages share, and its own.

use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Modules that at least so many lazy parts need lie in the common pack; what fewer need is packed with each of them.
const COMMON: usize = 6;
/// Pages that are never without certain other parts: what those have is not packed again. The view comes first: its picture does not wait for the page.
const WITHIN: &[(&str, &[&str])] = &[
    ("configure_page", &["view_chunk"]),
    ("share_page", &["view_chunk"]),
    ("embed_page", &["view_chunk"]),
    ("glb_chunk", &["view_chunk"]),
    ("room_chunk", &["view_chunk"]),
];
const COMMON_PACK: &str = "common";
/// What the first picture needs of the common modules lies apart: it does not wait for the rest. Pack and lazy part.
const CORE: (&str, &str) = ("core", "view_chunk");
const LOADER: &str = include_str!("pack.js");
/// What fetches and joins them.
pub const LOADER_FILE: &str = "__wasm_split.______________________.js";
/// Lazy part → its modules; after packing its packs.
pub const MANIFEST: &str = "__wasm_split_manifest.json";

/// One lazy part of the application.
#[derive(Debug)]
pub struct Split {
    /// As in the source, with the number that tells it from others of that name: `configure_page_157…`.
    pub name: String,
    /// Files of its packs.
    pub packs: Vec<String>,
    /// All its modules, one after the other.
    pub bytes: Vec<u8>,
}

/// Packs the chunks in the folder `pkg`, writes loader and manifest anew, and takes the single chunks away.
///
/// # Errors
/// When the folder was packed before, or its loader is not written as expected.
pub fn pack(pkg: &Path) -> anyhow::Result<Vec<Split>> {
    let manifest = pkg.join(MANIFEST);
    let loader = pkg.join(LOADER_FILE);
    let splits: BTreeMap<String, Vec<String>> = serde_json::from_slice(&std::fs::read(&manifest)?).context("the split manifest")?;
    let mut modules = BTreeMap::new();
    for file in splits.values().flatten() {
        if !modules.contains_key(file) {
            let bytes =
                std::fs::read(pkg.join(format!("{file}.wasm"))).with_context(|| format!("{file}.wasm, which the manifest names, is missing: build first"))?;
            modules.insert(file.clone(), bytes);
        }
    }
    let layout = lay_out(&splits, &modules);

    let mut files = BTreeMap::new();
    for (name, parts) in &layout.packs {
        let bytes: Vec<u8> = parts.iter().flat_map(|p| modules[p].iter().copied()).collect();
        // As the loader says it, too.
        let file = format!("pack_{name}.bin");
        std::fs::write(pkg.join(&file), bytes)?;
        files.insert(name.clone(), file);
    }
    let text = std::fs::read_to_string(&loader)?;
    // Its first part joins modules and says how the application is called back; the rest fetches file by file.
    let head = text
        .split("function makeLoad(")
        .next()
        .filter(|h| h.len() < text.len() && h.contains("function wrapAsyncCb(") && h.contains("function getSharedImports("));
    let head = head.context("the loader of the chunks is not written as expected: has wasm_split changed?")?;
    let exports: String = splits.keys().map(|name| format!("export const __wasm_split_load_{name} = split({name:?});\n")).collect();
    std::fs::write(&loader, format!("{head}{}{LOADER}{exports}", layout.tables(&modules)?))?;

    let named: BTreeMap<_, Vec<_>> =
        layout.splits.keys().map(|name| (name, layout.fetched(name).into_iter().map(|pack| files[pack].clone()).collect())).collect();
    std::fs::write(&manifest, serde_json::to_vec(&named)?)?;
    for file in modules.keys() {
        std::fs::remove_file(pkg.join(format!("{file}.wasm")))?;
    }
    Ok(layout
        .splits
        .iter()
        .map(|(name, parts)| Split {
            name: name.clone(),
            packs: named[name].clone(),
            bytes: parts.iter().flat_map(|(m, _)| modules[m].iter().copied()).collect(),
        })
        .collect())
}

/// What lies where.
#[derive(Debug, Default)]
struct Layout {
    /// Pack → its modules, in order.
    packs: BTreeMap<String, Vec<String>>,
    /// Lazy part → its modules and the pack of each; its own module last.
    splits: BTreeMap<String, Vec<(String, String)>>,
}

impl Layout {
    /// What the loader knows: it travels before the first picture, so that sets of modules are sets of bits.
    fn tables(&self, modules: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<String> {
        let mut all: Vec<&String> = self.packs.values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
        all.sort_by_key(|module| rank(module));
        let sizes: Vec<usize> = all.iter().map(|m| modules[*m].len()).collect();
        let packs: BTreeMap<_, _> = self.packs.iter().map(|(name, parts)| (name, bits(all.iter().map(|m| parts.contains(m))))).collect();
        let mut splits = BTreeMap::new();
        for (name, parts) in &self.splits {
            let mut from: Vec<&String> = parts.iter().map(|(_, pack)| pack).collect::<BTreeSet<_>>().into_iter().collect();
            // Its own module is the last of its own pack.
            from.sort_by_key(|pack| *pack == name);
            let of = |pack: &String| bits(all.iter().map(|m| parts.iter().any(|(module, p)| module == *m && p == pack)));
            splits.insert(name, from.into_iter().map(|pack| (pack, of(pack))).collect::<Vec<_>>());
        }
        let json = (serde_json::to_string(&sizes)?, serde_json::to_string(&packs)?, serde_json::to_string(&splits)?);
        Ok(format!("const SIZES = {};\nconst PACKS = {};\nconst SPLITS = {};\n", json.0, json.1, json.2))
    }

    /// Packs that a part fetches. What lies in another part's pack is there before: see [`WITHIN`].
    fn fetched(&self, name: &str) -> BTreeSet<&str> {
        self.splits[name].iter().map(|(_, pack)| pack.as_str()).filter(|pack| [name, COMMON_PACK, CORE.0].contains(pack)).collect()
    }
}

fn lay_out(splits: &BTreeMap<String, Vec<String>>, modules: &BTreeMap<String, Vec<u8>>) -> Layout {
    let full = |parts: &[String]| parts.iter().filter(|p| !empty(&modules[*p])).cloned().collect::<Vec<_>>();
    let mut users = BTreeMap::<&String, usize>::new();
    for part in splits.values().flatten() {
        *users.entry(part).or_default() += 1;
    }
    let core: BTreeSet<&String> = splits.iter().filter(|(name, _)| starts(name, CORE.1)).flat_map(|(_, parts)| parts).collect();
    let mut layout = Layout::default();
    for (name, parts) in splits {
        let hosts = WITHIN.iter().find(|(within, _)| starts(name, within)).map(|(_, hosts)| *hosts).unwrap_or_default();
        let host = |module: &String| {
            let having: Vec<&String> = hosts.iter().filter_map(|h| splits.keys().find(|s| starts(s, h))).collect();
            (!having.is_empty() && having.iter().all(|s| splits[*s].contains(module))).then(|| having[0].clone())
        };
        let own = format!("split_{name}.");
        let mut placed: Vec<(String, String)> = full(parts)
            .into_iter()
            .map(|module| {
                let common = if core.contains(&module) { CORE.0 } else { COMMON_PACK };
                let pack = if users[&module] >= COMMON { common.to_owned() } else { host(&module).unwrap_or_else(|| name.clone()) };
                (module, pack)
            })
            .collect();
        placed.sort_by_key(|(module, _)| (module.starts_with(&own), rank(module)));
        for (module, pack) in &placed {
            if [name, COMMON_PACK, CORE.0].contains(&pack.as_str()) {
                let list = layout.packs.entry(pack.clone()).or_default();
                if !list.contains(module) {
                    list.push(module.clone());
                }
            }
        }
        layout.splits.insert(name.clone(), placed);
    }
    for list in layout.packs.values_mut() {
        list.sort_by_key(|module| rank(module));
    }
    layout
}

/// Order of modules: what lazy parts share, then what is theirs alone.
fn rank(module: &str) -> (bool, String) {
    (module.starts_with("split_"), module.to_owned())
}

/// A set as hexadecimal digits, four members each, the first in the lowest bit; without zeros at its end.
fn bits(members: impl Iterator<Item = bool>) -> String {
    let all: Vec<bool> = members.collect();
    let digit = |four: &[bool]| four.iter().rev().fold(0, |sum, &b| sum * 2 + u32::from(b));
    let text: String = all.chunks(4).filter_map(|four| char::from_digit(digit(four), 16)).collect();
    text.trim_end_matches('0').to_owned()
}

/// Whether a split is of this name: `configure_page_157…` is the part `configure_page`.
pub fn starts(name: &str, part: &str) -> bool {
    name.strip_prefix(part).is_some_and(|rest| rest.starts_with('_'))
}

/// Whether a module has nothing but custom sections: it imports and defines nothing, so nothing is lost without it.
fn empty(module: &[u8]) -> bool {
    let mut rest = module.get(8..).unwrap_or_default();
    while let Some((&id, after)) = rest.split_first() {
        let Some((size, used)) = leb(after) else { return false };
        if id != 0 || used + size > after.len() {
            return false;
        }
        rest = &after[used + size..];
    }
    module.starts_with(b"\0asm")
}

/// An unsigned LEB128 number and its length in bytes.
fn leb(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(bytes: &[u8]) -> Vec<u8> {
        [b"\0asm\x01\0\0\0".as_slice(), bytes].concat()
    }

    #[test]
    fn only_modules_without_code_are_empty() {
        assert!(empty(&module(b"")));
        assert!(empty(&module(b"\0\x03\x02hi\0\x01\0")), "custom sections define nothing");
        assert!(!empty(&module(b"\x01\x04\x01\x60\0\0")), "a type");
        assert!(!empty(&module(b"\0\x7fhi")), "cut off");
        assert!(!empty(b"something else"));
    }

    #[test]
    fn sets_of_modules_are_written_as_digits() {
        assert_eq!(bits([true, false, false, false, false, true].into_iter()), "12");
        assert_eq!(bits([false, true, true, true, true, false, false, false, false].into_iter()), "e1");
        assert_eq!(bits([false; 5].into_iter()), "");
    }

    #[test]
    fn every_module_of_a_part_lies_in_a_pack_that_it_names_and_its_own_comes_last() {
        let part = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let splits: BTreeMap<String, Vec<String>> = [
            ("a_1", part(&["all.h", "pages.h", "split_a_1.h", "nothing.h"])),
            ("configure_page_2", part(&["all.h", "both.h", "pages.h", "split_configure_page_2.h", "two.h"])),
            ("share_page_3", part(&["all.h", "both.h", "pages.h", "split_share_page_3.h"])),
            ("view_chunk_4", part(&["all.h", "both.h", "split_view_chunk_4.h", "two.h"])),
            ("x_7", part(&["all.h", "pages.h", "split_x_7.h"])),
            ("y_5", part(&["all.h", "pages.h", "split_y_5.h"])),
            ("z_6", part(&["all.h", "pages.h", "split_z_6.h"])),
        ]
        .map(|(n, p)| (n.to_owned(), p))
        .into();
        let modules: BTreeMap<String, Vec<u8>> =
            splits.values().flatten().map(|m| (m.clone(), if m == "nothing.h" { module(b"") } else { module(b"\x01\x04\x01\x60\0\0") })).collect();
        let layout = lay_out(&splits, &modules);
        assert_eq!(layout.fetched("configure_page_2").into_iter().collect::<Vec<_>>(), ["common", "configure_page_2", "core"], "the view's is there");
        assert_eq!(layout.fetched("view_chunk_4").into_iter().collect::<Vec<_>>(), ["core", "view_chunk_4"], "nothing that its picture can do without");
        let tables = layout.tables(&modules).expect("tables");
        // all.h, both.h, pages.h, two.h; then split_… of a, configure_page, share_page, view_chunk, x, y, z.
        assert!(tables.contains(r#""view_chunk_4":[["core","1"],["view_chunk_4","a8"]]"#), "{tables}");
        assert!(tables.contains(r#""core":"1""#) && tables.contains(r#""common":"4""#), "{tables}");
        let Layout { packs, splits: placed } = layout;
        for (name, parts) in &placed {
            assert_eq!(parts.last().map(|(m, _)| m.as_str()), Some(format!("split_{name}.h").as_str()));
            assert!(parts.iter().all(|(m, pack)| packs[pack].contains(m)), "{name}");
            assert_eq!(parts.len(), splits[name].len() - usize::from(name == "a_1"), "only the empty one is left out");
        }
        assert_eq!((&packs["common"], &packs["core"]), (&vec!["pages.h".to_owned()], &vec!["all.h".to_owned()]));
        assert_eq!(packs["view_chunk_4"], ["both.h", "two.h", "split_view_chunk_4.h"], "what the pages have of it, too");
        assert_eq!(packs["configure_page_2"], ["split_configure_page_2.h"]);
        assert!(placed["configure_page_2"].contains(&("both.h".to_owned(), "view_chunk_4".to_owned())));
    }
}
