//! The web build: the browser's half as wasm in lazy parts, the style sheet, the files of `public`, and the server. What changes with the code lies in one
//! folder whose name is made of its contents, `pkg/<hash>`, so that it never changes under an address; `build.txt` of the site holds the name.
//!
//! The steps are those of cargo-leptos; that took longer to compile than to do, since it brings a minifier, a bundler and a downloader along.

use crate::{bundle, glue, pack};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// What to build, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Quick to make, large and slow to run: for work on the code.
    pub dev: bool,
    /// The browser's half alone.
    pub front: bool,
}

/// The folder of everything compiled.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// The program as [`build`] makes it.
pub fn program(how: How) -> PathBuf {
    target().join(if how.dev { "debug" } else { "release" }).join("fitout")
}

/// Builds into `site`.
///
/// # Errors
/// When a step fails; it has said why. When a budget of the bundle is passed.
pub fn build(site: &Path, how: How) -> anyhow::Result<()> {
    // Side by side: linking and shrinking the browser's half takes minutes of one processor alone.
    let mut server = if how.front { None } else { Some(server(how).spawn().context("cargo could not be started")?) };
    if let Err(error) = browser(site, how) {
        if let Some(mut server) = server.take() {
            server.kill().and_then(|()| server.wait()).ok();
        }
        return Err(error);
    }
    let Some(mut server) = server else { return Ok(()) };
    let status = server.wait()?;
    anyhow::ensure!(status.success(), "cargo failed ({status})");
    Ok(())
}

fn browser(site: &Path, how: How) -> anyhow::Result<()> {
    let made = front(how)?;
    let splits = pack::pack(&made)?;
    if !how.dev {
        script(&made.join(pack::LOADER_FILE))?;
    }
    let name = name(&made)?;
    let folder = site.join("pkg").join(&name);
    if site.exists() {
        std::fs::remove_dir_all(site)?;
    }
    copy(Path::new("public"), site)?;
    if !how.dev {
        small(&site.join("embed.js"))?;
    }
    copy(&made, &folder)?;
    std::fs::write(site.join("build.txt"), &name)?;
    if !how.dev {
        bundle::report(site, &folder, &splits)?;
    }
    Ok(())
}

/// Largest `embed.js`, bytes: it stands in other people's pages.
const EMBED_MOST: u64 = 8_000;

/// Makes the script of embeds small, in its place.
fn small(script: &Path) -> anyhow::Result<()> {
    run(Command::new("esbuild").arg(script).args(["--minify", "--log-level=error", "--allow-overwrite"]).arg(format!("--outfile={}", script.display())))?;
    let bytes = std::fs::metadata(script)?.len();
    anyhow::ensure!(bytes <= EMBED_MOST, "embed.js has {bytes} bytes, and at most {EMBED_MOST} are allowed");
    println!("   embed.js: {bytes} of {EMBED_MOST} bytes");
    Ok(())
}

/// Wasm, scripts and style sheet in a folder of their own.
fn front(how: How) -> anyhow::Result<PathBuf> {
    let target = target().join("front");
    let made = target.join("site");
    if made.exists() {
        std::fs::remove_dir_all(&made)?;
    }
    std::fs::create_dir_all(&made)?;
    // The linker keeps the places of all addresses: the parts are cut out along them.
    const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";
    let flags = format!("{} -Clink-args=--emit-relocs", std::env::var(FLAGS).unwrap_or_default());
    let (profile, folder) = if how.dev { ("dev", "debug") } else { ("wasm-release", "wasm-release") };
    run(Command::new("cargo")
        .args(["build", "--package=frontend", "--lib", "--target=wasm32-unknown-unknown", "--no-default-features"])
        .arg(format!("--profile={profile}"))
        .arg(format!("--target-dir={}", target.display()))
        .env(FLAGS, flags.trim()))?;
    let compiled = target.join("wasm32-unknown-unknown").join(folder).join("frontend.wasm");
    let main = target.join("main.wasm");
    println!("   Splitting {}", compiled.display());
    let mut parts = split(&std::fs::read(&compiled).with_context(|| compiled.display().to_string())?, &made, &main)?;
    run(Command::new("wasm-bindgen")
        .args(["--target=web", "--keep-lld-exports", "--no-demangle", "--no-typescript", "--out-name=fitout"])
        .arg(format!("--out-dir={}", made.display()))
        .arg(&main))?;
    let style = made.join("fitout.css");
    let mut tailwind = Command::new("tailwindcss");
    tailwind.args(["--input", "style/main.css", "--output"]).arg(&style);
    if !how.dev {
        let module = made.join("fitout_bg.wasm");
        glue::shorten(&made.join("fitout.js"), &module)?;
        parts.push(module);
        optimise(parts)?;
        script(&made.join("fitout.js"))?;
        tailwind.arg("--minify");
    }
    run(&mut tailwind)?;
    Ok(made)
}

/// Makes a module of JavaScript small.
fn script(file: &Path) -> anyhow::Result<()> {
    run(Command::new("esbuild")
        .arg(file)
        .args(["--minify", "--tree-shaking=true", "--format=esm", "--log-level=error", "--allow-overwrite"])
        .arg(format!("--outfile={}", file.display())))
}

/// Cuts the lazy parts out of a module; answers their files.
fn split(wasm: &[u8], into: &Path, main: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut options = wasm_split_cli_support::Options::new(wasm);
    options.output_dir = into;
    options.main_out_path = main;
    options.main_module = "./fitout.js";
    // The macro of lazy functions writes this name into the module.
    let link = format!("./{}", pack::LOADER_FILE);
    options.link_name = &link;
    let done = wasm_split_cli_support::transform(options).map_err(|e| anyhow::anyhow!("the lazy parts could not be cut out: {e:#}"))?;
    std::fs::write(into.join(pack::MANIFEST), serde_json::to_vec(&done.prefetch_map)?)?;
    Ok(done.split_modules)
}

/// A second round finds more. The lowest 1 KiB of memory is the far end of the stack: no address is folded out of it. What is said of features and tools
/// is for tools.
const SMALLER: [&str; 5] = ["-Oz", "-Oz", "--low-memory-unused", "--strip-producers", "--strip-target-features"];

/// Makes modules smaller, as many at a time as there are processors.
fn optimise(files: Vec<PathBuf>) -> anyhow::Result<()> {
    println!("   Optimising {} modules", files.len());
    let left = Mutex::new(files);
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || -> anyhow::Result<()> {
        while let Some(file) = next() {
            let features = ["--enable-bulk-memory", "--enable-nontrapping-float-to-int"];
            // It warns of names that wasm-bindgen writes and it does not know: said only when it fails.
            let done =
                Command::new("wasm-opt").args(features).args(SMALLER).arg(&file).arg("-o").arg(&file).output().context("wasm-opt could not be started")?;
            if !done.status.success() {
                bail!("wasm-opt failed on {}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
            }
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread ended early"))?)
    })
}

fn server(how: How) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package=server", "--bin=fitout"]);
    if !how.dev {
        cargo.arg("--release");
    }
    cargo
}

/// A name for everything in a folder.
fn name(folder: &Path) -> anyhow::Result<String> {
    let mut hash = blake3::Hasher::new();
    for file in files(folder)? {
        hash.update(file.strip_prefix(folder)?.to_string_lossy().as_bytes());
        hash.update(&std::fs::read(&file)?);
    }
    Ok(hash.finalize().to_hex()[..20].to_owned())
}

/// All files below a folder, in a fixed order.
pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("the folder {} is missing: build first", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in files(from)? {
        let place = to.join(file.strip_prefix(from)?);
        std::fs::create_dir_all(place.parent().unwrap_or(to))?;
        std::fs::copy(&file, &place).with_context(|| place.display().to_string())?;
    }
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} could not be started: .ci/setup installs it"))?;
    if !status.success() {
        bail!("{program} failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{copy, files, name};

    #[test]
    fn the_name_follows_names_and_contents() {
        let dir = tempfile::tempdir().expect("a folder");
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::create_dir_all(a.join("deep")).expect("made");
        std::fs::write(a.join("deep/x.js"), "1").expect("written");
        std::fs::write(a.join("y.js"), "2").expect("written");
        copy(&a, &b).expect("copied");
        assert_eq!(files(&b).expect("listed").len(), 2);
        let first = name(&a).expect("named");
        assert_eq!(first, name(&b).expect("named"), "where it lies does not matter");
        std::fs::write(b.join("y.js"), "3").expect("written");
        assert_ne!(first, name(&b).expect("named"));
        std::fs::write(b.join("y.js"), "2").expect("written");
        std::fs::rename(b.join("y.js"), b.join("z.js")).expect("renamed");
        assert_ne!(first, name(&b).expect("named"));
    }
}
