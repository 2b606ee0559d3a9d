//! Shaders as they travel: without remarks and indents.
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=src/shaders");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for entry in fs::read_dir("src/shaders").into_iter().flatten().flatten() {
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        let lines = text.lines().map(|l| l.split("//").next().unwrap_or_default().trim()).filter(|l| !l.is_empty());
        // Directives of a preprocessor would need lines of their own; there are none. Signs keep their blanks: `a - -b` is not `a--b`.
        let mut short = lines.collect::<Vec<_>>().join("\n");
        for sign in ["=", ",", "*", "/", "(", ")", "{", "}", ";", "?", ":", "<", ">", "&&", "||"] {
            for wide in [format!(" {sign}"), format!("{sign} "), format!("{sign}\n")] {
                short = short.replace(&wide, sign);
            }
        }
        if let Err(error) = fs::write(out.join(Path::new(&entry.file_name())), short) {
            println!("cargo::error={error}");
        }
    }
}
