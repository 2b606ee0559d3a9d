//! The bundle report: compresses what browsers load, says what each page costs, and fails when a budget is passed.

use anyhow::{Context, bail};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Budgets in bytes of gzip. What every page loads; the 3D view with all the chunks it shares; and everything `/configure` loads beside the main module,
/// which stands a little above what was measured when it was set, so that growth shows at once: lower it with every step.
const MAIN_BUDGET: u64 = 200_000;
const PRODUCT_VIEW_BUDGET: u64 = 250_000;
const CONFIGURE_BUDGET: u64 = 900_000;

/// Compresses every text and wasm file below `site` (`.gz`, `.br`), prints sizes, checks budgets.
///
/// # Errors
/// When the folder has no wasm, or a budget is passed.
pub fn report(site: &str) -> anyhow::Result<()> {
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
    let wasm: Vec<_> = rows.iter().filter(|r| r.0.ends_with(".wasm")).collect();
    if wasm.len() < 3 {
        bail!("only {} wasm files below {site}: was the build made with --split?", wasm.len());
    }
    let size = |chunks: &[String]| chunks.iter().map(|chunk| wasm.iter().find(|r| r.0.contains(chunk.as_str())).map_or(0, |r| r.2)).sum::<u64>();
    let main: u64 = wasm.iter().filter(|r| is_main(&r.0)).map(|r| r.2).sum();
    let (page, view) = (page_chunks(site, "configure_page")?, page_chunks(site, "view_chunk")?);
    let mut both = [page.clone(), view.clone()].concat();
    both.sort();
    both.dedup();
    if main == 0 {
        bail!("the main wasm was not found: the report looks for fitout*.wasm");
    }
    println!("(bytes of gzip) {} files for /configure", both.len() + 1);
    for (what, bytes, budget) in
        [("main", main, MAIN_BUDGET), ("product view", size(&view), PRODUCT_VIEW_BUDGET), ("/configure beside main", size(&both), CONFIGURE_BUDGET)]
    {
        println!("{what}: {bytes} of {budget}");
        if bytes > budget {
            bail!("{what} is {bytes} bytes of gzip, over its budget of {budget}: see what its chunks carry, and move code behind a lazy boundary");
        }
    }
    Ok(())
}

/// Names of the chunks that the page whose split is called `page` loads, from the manifest that the browser reads.
fn page_chunks(site: &str, page: &str) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    walk(Path::new(site), &mut files)?;
    let manifest = files
        .iter()
        .find(|f| f.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("__wasm_split_manifest") && n.ends_with(".json")))
        .context("the build wrote no split manifest")?;
    let splits: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&std::fs::read(manifest)?)?;
    let (name, chunks) = splits.iter().find(|(name, _)| name.contains(page)).with_context(|| format!("no split is called {page}"))?;
    let names: Vec<String> = chunks.as_array().into_iter().flatten().filter_map(|c| c.as_str().map(str::to_owned)).collect();
    if !names.iter().any(|n| n.starts_with(&format!("split_{name}"))) {
        bail!("the manifest does not list the own chunk of {name}");
    }
    Ok(names)
}

/// The chunk that cargo-leptos names after the output, not after a split.
fn is_main(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("fitout") && !file.contains("split") && !file.contains("chunk")
}

fn compressible(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("wasm" | "js" | "css" | "svg" | "html" | "json" | "txt"))
}

fn walk(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("the site folder {} is missing: build first", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() { walk(&path, out)? } else { out.push(path) }
    }
    Ok(())
}

fn compress(path: &Path, raw: &[u8]) -> anyhow::Result<(u64, u64)> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(raw)?;
    let gz = gz.finish()?;
    let mut br = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: raw.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &raw[..], &mut br, &params)?;
    let beside = |ext: &str| PathBuf::from(format!("{}.{ext}", path.display()));
    std::fs::write(beside("gz"), &gz)?;
    std::fs::write(beside("br"), &br)?;
    Ok((gz.len() as u64, br.len() as u64))
}
