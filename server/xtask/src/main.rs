//! Chores of the repository: `cargo xtask tidy` (invariants of ARCHITECTURE.md), `cargo xtask web` (the web build), `cargo xtask dev` (the same
//! again on every change).
#![allow(clippy::print_stdout)] // a command line tool: its output is its purpose

mod bundle;
mod dev;
mod glue;
mod pack;
mod tidy;
mod web;

use std::path::Path;
use web::How;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let site = Path::new("target/site");
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => {
            let report = tidy::check(&tidy::root()?)?;
            println!("tidy: {report}");
            Ok(())
        }
        ["web"] => web::build(site, How::default()),
        ["web", "--front"] => web::build(site, How { front: true, ..How::default() }),
        ["dev", serve @ ..] => dev::watch(site, serve),
        _ => anyhow::bail!("usage: cargo xtask tidy | web [--front] | dev [what the server is told]"),
    }
}
