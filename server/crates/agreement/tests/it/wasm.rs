//! The same numbers natively and in wasm.

use crate::{count, keep, products, root, samples};
use agreement::answers;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(out.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("text")
}

/// This crate as wasm; cargo says where it lies.
fn module() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["build", "--quiet", "-p", "agreement", "--lib", "--target", "wasm32-unknown-unknown", "--message-format", "json"]);
    let said = run(&mut cargo);
    let made = said.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok()).filter(|m| m["target"]["name"] == "agreement");
    let files = made.filter_map(|m| Some(m["filenames"].as_array()?.iter().filter_map(Json::as_str).map(PathBuf::from).collect::<Vec<_>>()));
    files.flatten().find(|f| f.extension().is_some_and(|e| e == "wasm")).expect("cargo made a wasm file")
}

/// Asks the wasm module in node.
fn asked(package: &Path, compiled: &str, choices: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let [product, chosen] = ["compiled.json", "choices.json"].map(|name| folder.path().join(name));
    std::fs::write(&product, compiled).expect("written");
    std::fs::write(&chosen, choices).expect("written");
    let script = "const [, made, ...files] = process.argv; const { answers } = require(made); const { readFileSync, writeSync } = require('node:fs'); \
                  const text = Buffer.from(answers(...files.map((f) => readFileSync(f, 'utf8')))); for (let at = 0; at < text.length;) at += writeSync(1, text, at);";
    run(Command::new("node").args(["-e", script]).arg(package.join("agreement.js")).args([product, chosen]))
}

#[test]
fn native_code_and_wasm_answer_letter_for_letter_alike() {
    let package = tempfile::tempdir().expect("a folder");
    run(Command::new("wasm-bindgen").args(["--target", "nodejs", "--out-dir"]).arg(package.path()).arg(module()));
    let mut compared = Map::new();
    for product in products() {
        let compiled = serde_json::to_string(&product).expect("JSON");
        let choices: Vec<Map<String, Json>> =
            samples(&product, count(25)).iter().map(|c| c.iter().map(|(id, value)| (id.clone(), value.to_json())).collect()).collect();
        let choices_text = json!(choices).to_string();
        let here = answers(&compiled, &choices_text).expect("answers");
        let there = asked(package.path(), &compiled, &choices_text);
        assert_eq!(here.lines().count(), choices.len());
        assert_eq!(here.lines().count(), there.lines().count(), "{there:.300}");
        for ((here, there), choices) in here.lines().zip(there.lines()).zip(&choices) {
            assert!(here == there, "{} with {choices:?}:\nnative {here}\nwasm   {there}", product.sku);
            assert!(here.contains("\"meshes\""), "nothing was built: {here:.300}");
        }
        compared.insert(product.sku.clone(), json!(choices.len()));
    }
    keep("native_and_wasm", &json!({ "configurations_answered_alike": compared }));
}
