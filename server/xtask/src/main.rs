//! Chores of the repository: `cargo xtask tidy` (invariants of ARCHITECTURE.md), `cargo xtask bundle <site>` (compress and budget).
#![allow(clippy::print_stdout)] // a command line tool: its output is its purpose

mod bundle;
mod pack;
mod tidy;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("tidy") => {
            let report = tidy::check(&tidy::root()?)?;
            println!("tidy: {report}");
            Ok(())
        }
        Some("bundle") => bundle::report(args.get(1).map_or("target/site", String::as_str)),
        _ => anyhow::bail!("usage: cargo xtask tidy | bundle [site folder]"),
    }
}
