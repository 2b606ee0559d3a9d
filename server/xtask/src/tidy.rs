//! The invariants of ARCHITECTURE.md, checked. Every rule says what to do; every rule fails when it looked at suspiciously few things.

use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which own crates a crate may use. A crate that is not here is an error: decide its edges when you add it.
const EDGES: &[(&str, &[&str])] = &[
    ("scene", &[]),
    ("product", &["scene"]),
    ("contract", &[]),
    ("ui", &["contract"]),
    ("app", &["contract", "facade", "product", "product_view", "scene", "ui", "viewport"]),
    ("frontend", &["app"]),
    ("viewport", &[]),
    ("product_view", &["scene", "viewport"]),
    ("facade", &["contract"]),
    ("ports", &["product", "scene"]),
    ("publish", &["product", "scene"]),
    ("documents", &["product", "scene"]),
    ("store", &[]),
    ("jobs", &["store"]),
    ("adapters", &["ports", "product", "scene"]),
    ("services", &["contract", "documents", "facade", "intake", "jobs", "ports", "product", "publish", "scene", "store"]),
    ("api", &["contract", "documents", "facade"]),
    ("test_kit", &["api", "contract", "facade", "jobs", "ports", "product", "publish", "scene", "services", "store"]),
    ("server", &["adapters", "api", "app", "contract", "facade", "jobs", "ports", "product", "publish", "scene", "services", "store"]),
    ("agreement", &["product"]),
    ("intake", &["scene"]),
    ("xtask", &[]),
];

/// Outside crates that only some may use: (outside crate, who may).
const ONLY: &[(&str, &[&str])] = &[
    ("sqlx", &["store", "jobs"]),
    ("leptos", &["app", "ui", "frontend", "server"]),
    ("web-sys", &["app", "ui", "frontend", "viewport", "product_view"]),
    ("three-d", &["product_view"]),
    ("cel", &["publish"]),
    ("jsonschema", &["publish"]),
    ("tokio", &["facade", "ports", "adapters", "jobs", "store", "services", "api", "test_kit", "server", "app"]),
];

/// Longest source file, lines.
const LONGEST: usize = 700;

/// Reasons given to `Store::platform`, the door around tenant isolation, are short and few: their number is watched.
const PLATFORM_USES: usize = 60;

/// Root of the repository, found from the folder of this crate: cargo names it when it runs this. What it named when it built this may be another
/// checkout with the same cache.
///
/// # Errors
/// When cargo did not start this, or the folder is not two levels below the root.
pub fn root() -> anyhow::Result<PathBuf> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").context("cargo starts this: cargo xtask …")?;
    Ok(Path::new(&own).join("../..").canonicalize()?)
}

/// Checks everything; the answer counts what was looked at.
///
/// # Errors
/// All faults at once, one per line.
pub fn check(root: &Path) -> anyhow::Result<String> {
    let mut faults = Vec::new();
    let manifests = manifests(root)?;
    edges(&manifests, &mut faults);
    let sources = sources(root)?;
    lengths(root, &sources, &mut faults);
    words(root, &sources, &mut faults)?;
    colours(root, &mut faults)?;
    if manifests.len() < 15 || sources.len() < 60 {
        faults.push(format!("looked at only {} manifests and {} sources: has a folder moved? Tell tidy.", manifests.len(), sources.len()));
    }
    if !faults.is_empty() {
        bail!("{} faults\n  {}", faults.len(), faults.join("\n  "));
    }
    Ok(format!("{} crates and {} source files keep their invariants", manifests.len(), sources.len()))
}

/// Names of dependencies (of any kind but dev) by crate.
fn manifests(root: &Path) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut out = BTreeMap::new();
    for dir in ["app", "app/crates", "frontend", "frontend/crates", "server", "server/crates"] {
        let dir = root.join(dir);
        let mut places = vec![dir.clone()];
        places.extend(std::fs::read_dir(&dir)?.filter_map(Result::ok).map(|e| e.path()));
        for place in places {
            let file = place.join("Cargo.toml");
            if !file.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&file)?;
            let (mut name, mut section, mut deps) = (String::new(), String::new(), BTreeSet::new());
            for line in text.lines().map(str::trim) {
                if line.starts_with('[') {
                    section = line.to_owned();
                } else if section == "[package]" && line.starts_with("name") {
                    name = line.split('"').nth(1).context("a package has a name")?.to_owned();
                } else if section.ends_with("dependencies]")
                    && !section.contains("dev-dependencies")
                    && let Some(dep) = line.split(['=', '.', ' ']).next().filter(|d| !d.is_empty() && !d.starts_with('#'))
                {
                    deps.insert(dep.to_owned());
                }
            }
            out.insert(name, deps);
        }
    }
    Ok(out)
}

fn edges(manifests: &BTreeMap<String, BTreeSet<String>>, faults: &mut Vec<String>) {
    let allowed: BTreeMap<&str, BTreeSet<&str>> = EDGES.iter().map(|(c, e)| (*c, e.iter().copied().collect())).collect();
    for (name, deps) in manifests {
        let Some(allowed_here) = allowed.get(name.as_str()) else {
            faults.push(format!("crate {name} has no edges in xtask/src/tidy.rs: decide what it may use and add it to EDGES"));
            continue;
        };
        for dep in deps {
            if allowed.contains_key(dep.as_str()) && !allowed_here.contains(dep.as_str()) {
                faults.push(format!("crate {name} uses {dep}: that edge is not in the design. Move the code, or change EDGES and ARCHITECTURE.md in one step"));
            }
            if let Some((outside, who)) = ONLY.iter().find(|(o, _)| o == dep)
                && !who.contains(&name.as_str())
            {
                faults.push(format!("crate {name} uses {outside}, which belongs to {who:?}"));
            }
        }
    }
}

fn sources(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(dir)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !matches!(name, "node_modules" | "target" | "artefacts" | "results" | "__pycache__" | "test-results") {
                    walk(&path, out)?;
                }
            } else if matches!(path.extension().and_then(|e| e.to_str()), Some("rs" | "py" | "ts" | "mjs" | "css" | "sql")) {
                out.push(path);
            }
        }
        Ok(())
    }
    let mut out = Vec::new();
    for dir in ["app", "frontend", "server", "style", "end2end", "migrations"] {
        walk(&root.join(dir), &mut out)?;
    }
    Ok(out)
}

fn lengths(root: &Path, sources: &[PathBuf], faults: &mut Vec<String>) {
    for file in sources {
        let lines = std::fs::read_to_string(file).map_or(0, |t| t.lines().count());
        if lines > LONGEST {
            faults.push(format!("{} has {lines} lines, over {LONGEST}: split it by area", shown(root, file)));
        }
    }
}

fn words(root: &Path, sources: &[PathBuf], faults: &mut Vec<String>) -> anyhow::Result<()> {
    let mut platform = 0;
    for file in sources.iter().filter(|f| f.extension().is_some_and(|e| e == "rs")) {
        let name = shown(root, file);
        if name.contains("xtask") {
            continue;
        }
        let text = std::fs::read_to_string(file)?;
        platform += text.matches(".platform(").count();
        let pure = name.starts_with("app/crates/") && !name.starts_with("app/crates/ui/");
        for (n, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let mut found = |what: &str, instead: &str| faults.push(format!("{name}:{}: {what}: {instead}", n + 1));
            if pure && (code.contains("SystemTime") || code.contains("Instant::now") || code.contains("rand::")) {
                found("a clock or randomness in a pure crate", "take it as a parameter");
            }
            if pure && [".sin()", ".cos()", ".tan()", ".atan2(", ".powf(", ".exp()", ".ln()", ".acos()", ".asin()"].iter().any(|f| code.contains(f)) {
                found("a platform float function", "use libm: the browser's number must equal the server's");
            }
            if pure && (code.contains("HashMap") || code.contains("HashSet")) {
                found("a map without order in a pure crate", "use BTreeMap or BTreeSet: the browser's answer must equal the server's, letter for letter");
            }
            if code.contains("unimplemented!(") || code.contains("todo!(") {
                found("a stub", "build it or leave it out");
            }
        }
    }
    if platform > PLATFORM_USES {
        faults.push(format!("Store::platform is used {platform} times, over {PLATFORM_USES}: each use goes around tenant isolation. Use Store::tenant, or raise the number with a reason"));
    }
    Ok(())
}

/// Colours live in tokens.css alone: everything else uses the tokens, so that both themes hold.
fn colours(root: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    for dir in ["app/src", "app/crates/ui/src"] {
        let mut files = Vec::new();
        fn walk(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
            for e in std::fs::read_dir(dir)? {
                let p = e?.path();
                if p.is_dir() { walk(&p, out)? } else { out.push(p) }
            }
            Ok(())
        }
        walk(&root.join(dir), &mut files)?;
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            for (n, line) in text.lines().enumerate() {
                if line.contains("oklch(") || line.contains("rgb(") || has_hex_colour(line) {
                    faults.push(format!("{}:{}: a colour literal: use a token of style/tokens.css", shown(root, &file), n + 1));
                }
            }
        }
    }
    Ok(())
}

fn has_hex_colour(line: &str) -> bool {
    line.match_indices('#').any(|(i, _)| {
        let rest = &line[i + 1..];
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        let quoted = i > 0 && matches!(line.as_bytes()[i - 1], b'"' | b'\'' | b'[' | b':' | b' ');
        quoted && (digits == 6 || digits == 3) && !rest[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
    })
}

fn shown(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        let root = super::root().expect("the repository is two levels up");
        if let Err(e) = super::check(&root) {
            panic!("{e}");
        }
    }
}
