//! The bundle report: compresses what browsers load, says what each page costs, and fails when a budget is passed.

use crate::pack;
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Budgets in bytes of gzip. What every page loads; all the code that the 3D view needs; and the packs that `/configure` loads beside the main module,
/// which stands a little above what was measured when it was set, so that growth shows at once: lower it with every step.
const MAIN_BUDGET: u64 = 200_000;
const PRODUCT_VIEW_BUDGET: u64 = 250_000;
const CONFIGURE_BUDGET: u64 = 850_000;

/// Packs the chunks, compresses every file of code, style or text below `site` (`.gz`, `.br`), prints sizes, checks budgets.
///
/// # Errors
/// When the folder is not of a fresh `--split` build, or a budget is passed.
pub fn report(site: &str) -> anyhow::Result<()> {
    let splits = pack::pack(Path::new(site))?;
    let mut files = Vec::new();
    walk(Path::new(site), &mut files)?;
    let mut rows = Vec::new();
    for file in files.iter().filter(|f| compressible(f)) {
        let raw = std::fs::read(file)?;
        let (gz, br) = compress(file, &raw)?;
        rows.push((file.strip_prefix(site).unwrap_or(file).display().to_string(), raw.len() as u64, gz, br));
    }
    rows.sort_by_key(|r| std::cmp::Reverse(r.2));
    println!("{:<64} {:>10} {:>10} {:>10}", "file", "raw", "gzip", "brotli");
    for (name, raw, gz, br) in rows.iter().take(24) {
        println!("{name:<64} {raw:>10} {gz:>10} {br:>10}");
    }
    let main: u64 = rows.iter().filter(|r| is_main(&r.0)).map(|r| r.2).sum();
    if main == 0 {
        bail!("the main wasm was not found: the report looks for fitout*.wasm");
    }
    let split = |part: &str| splits.iter().find(|s| pack::starts(&s.name, part)).with_context(|| format!("no lazy part is called {part}"));
    let (page, view) = (split("configure_page")?, split("view_chunk")?);
    let packs: BTreeSet<&String> = page.packs.iter().chain(&view.packs).collect();
    let configure = rows.iter().filter(|r| packs.iter().any(|p| r.0.ends_with(p.as_str()))).map(|r| r.2).sum();
    println!("(bytes of gzip) {} packs for /configure", packs.len());
    for (what, bytes, budget) in [
        ("main", main, MAIN_BUDGET),
        ("product view", gzip(&view.bytes)?.len() as u64, PRODUCT_VIEW_BUDGET),
        ("/configure beside main", configure, CONFIGURE_BUDGET),
    ] {
        println!("{what}: {bytes} of {budget}");
        if bytes > budget {
            bail!("{what} is {bytes} bytes of gzip, over its budget of {budget}: see what it carries, and move code behind a lazy boundary");
        }
    }
    Ok(())
}

/// The module that cargo-leptos names after the output.
fn is_main(name: &str) -> bool {
    name.rsplit('/').next().unwrap_or(name).starts_with("fitout.") && name.ends_with(".wasm")
}

fn compressible(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("wasm" | "bin" | "js" | "css" | "svg" | "html" | "json" | "txt"))
}

fn walk(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("the site folder {} is missing: build first", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() { walk(&path, out)? } else { out.push(path) }
    }
    Ok(())
}

fn gzip(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(raw)?;
    gz.finish()
}

fn compress(path: &Path, raw: &[u8]) -> anyhow::Result<(u64, u64)> {
    let gz = gzip(raw)?;
    let mut br = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: raw.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &raw[..], &mut br, &params)?;
    let beside = |ext: &str| PathBuf::from(format!("{}.{ext}", path.display()));
    std::fs::write(beside("gz"), &gz)?;
    std::fs::write(beside("br"), &br)?;
    Ok((gz.len() as u64, br.len() as u64))
}
