//! The bundle report: compresses what browsers load, says what each page costs, and fails when a budget is passed.

use crate::pack::{self, Split};
use crate::web::files;
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Budgets in bytes of gzip. What every page loads; all the code that the 3D view needs; and all that `/configure` loads, which stands a little above
/// what was measured when it was set, so that growth shows at once: lower it with every step.
const MAIN_BUDGET: u64 = 200_000;
const PRODUCT_VIEW_BUDGET: u64 = 250_000;
const CONFIGURE_BUDGET: u64 = 893_000;
/// Bytes of brotli: all code that stands between an embed and its first picture in 3D.
const FIRST_FRAME_BUDGET: u64 = 250_000;
/// The scripts around the modules.
const SCRIPTS: [&str; 2] = ["fitout.js", "__wasm_split.______________________.js"];

/// Compresses every file of code, style or text below `site` (`.gz`, `.br`), prints sizes, checks the budgets of what lies in `pkg`.
///
/// # Errors
/// When a budget is passed.
pub fn report(site: &Path, pkg: &Path, splits: &[Split]) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for file in files(site)?.into_iter().filter(|f| compressible(f)) {
        let raw = std::fs::read(&file)?;
        let (gz, br) = compress(&file, &raw)?;
        rows.push((file.strip_prefix(pkg).or_else(|_| file.strip_prefix(site))?.display().to_string(), raw.len() as u64, gz, br));
    }
    rows.sort_by_key(|r| std::cmp::Reverse(r.2));
    println!("{:<64} {:>10} {:>10} {:>10}", "file", "raw", "gzip", "brotli");
    for (name, raw, gz, br) in rows.iter().take(24) {
        println!("{name:<64} {raw:>10} {gz:>10} {br:>10}");
    }
    let main = rows.iter().find(|r| r.0 == "fitout_bg.wasm").map(|r| r.2).context("the main module is missing")?;
    let split = |part: &str| splits.iter().find(|s| pack::starts(&s.name, part)).with_context(|| format!("no lazy part is called {part}"));
    let (page, view) = (split("configure_page")?, split("view_chunk")?);
    let first: u64 = rows.iter().filter(|r| r.0 == "fitout_bg.wasm" || SCRIPTS.contains(&r.0.as_str()) || view.packs.contains(&r.0)).map(|r| r.3).sum();
    println!("before the first frame, brotli: {first} of {FIRST_FRAME_BUDGET}");
    if first > FIRST_FRAME_BUDGET {
        bail!("{first} bytes of brotli stand before the first frame, over the budget of {FIRST_FRAME_BUDGET}: see what the view and the main module carry");
    }
    let packs: BTreeSet<&String> = page.packs.iter().chain(&view.packs).collect();
    let configure: u64 = rows.iter().filter(|r| packs.contains(&r.0)).map(|r| r.2).sum();
    println!("(bytes of gzip) {} packs for /configure", packs.len());
    for (what, bytes, budget) in [
        ("main", main, MAIN_BUDGET),
        ("product view", gzip(&view.bytes)?.len() as u64, PRODUCT_VIEW_BUDGET),
        ("/configure", main + configure, CONFIGURE_BUDGET),
    ] {
        println!("{what}: {bytes} of {budget}");
        if bytes > budget {
            bail!("{what} is {bytes} bytes of gzip, over its budget of {budget}: see what it carries, and move code behind a lazy boundary");
        }
    }
    Ok(())
}

fn compressible(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("wasm" | "bin" | "js" | "css" | "svg" | "html" | "json" | "txt"))
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
