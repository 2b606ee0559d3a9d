//! Makes what wasm-bindgen puts between wasm and JavaScript small: it stands before the first picture. Each function that wasm calls has a name with a
//! number that does not compress, once in the module and once in the script; here both get the same short ones. Classes that only scripts of others could
//! use are left out.

use anyhow::{Context, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, Module, RawSection};
use wasmparser::{ExportSectionReader, ImportSectionReader, Parser, Payload};

/// Shortens names in a module and the script around it, in place.
///
/// # Errors
/// When one of them is not written as expected: has wasm-bindgen changed?
pub fn shorten(script: &Path, module: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(script)?;
    let wasm = std::fs::read(module)?;
    let (text, classes) = without_classes(&text);
    let (wasm, names) = renamed(&wasm, &format!("./{}", file_name(module)?), &classes)?;
    std::fs::write(script, spoken(&text, &names)?)?;
    Ok(std::fs::write(module, wasm)?)
}

fn file_name(module: &Path) -> anyhow::Result<String> {
    // As the import says it.
    Ok(module.with_extension("js").file_name().context("a file")?.to_string_lossy().into_owned())
}

/// Long name → short name.
#[derive(Debug, Default)]
struct Names {
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
    /// What the module still exports, by its long names.
    given: BTreeSet<String>,
}

/// Letters for a number: `a` … `z`, `A` … `Z`, `aa` …
fn letters(mut number: usize) -> String {
    let mut word = Vec::new();
    loop {
        let at = u8::try_from(number % 52).unwrap_or_default();
        word.insert(0, char::from(if at < 26 { b'a' + at } else { b'A' + at - 26 }));
        match number / 52 {
            0 => return word.into_iter().collect(),
            more => number = more - 1,
        }
    }
}

/// The module with short names for what it takes from `script`, and without what it gives to `classes` (names in small letters).
fn renamed(wasm: &[u8], script: &str, classes: &[String]) -> anyhow::Result<(Vec<u8>, Names)> {
    let mut names = Names::default();
    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                out.section(&imports(section, script, &mut names)?);
            }
            Payload::ExportSection(section) => {
                out.section(&exports(section, classes, &mut names)?);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = wasm.get(usize::try_from(range.start)?..usize::try_from(range.end)?).context("a section is cut off")?;
                    out.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok((out.finish(), names))
}

fn imports(section: ImportSectionReader<'_>, script: &str, names: &mut Names) -> anyhow::Result<ImportSection> {
    let mut out = ImportSection::new();
    for import in section.into_imports() {
        let import = import?;
        let ty = RoundtripReencoder.entity_type(import.ty)?;
        if import.module == script {
            let short = letters(names.imports.len());
            out.import(import.module, &short, ty);
            ensure!(names.imports.insert(import.name.to_owned(), short).is_none(), "{} is imported twice", import.name);
        } else {
            out.import(import.module, import.name, ty);
        }
    }
    Ok(out)
}

fn exports(section: ExportSectionReader<'_>, classes: &[String], names: &mut Names) -> anyhow::Result<ExportSection> {
    let mut out = ExportSection::new();
    for export in section {
        let export = export?;
        if classes
            .iter()
            .any(|class| export.name.strip_prefix("__wbg_").unwrap_or(export.name).strip_prefix(class.as_str()).is_some_and(|n| n.starts_with('_')))
        {
            continue;
        }
        let kind = RoundtripReencoder.export_kind(export.kind)?;
        names.given.insert(export.name.to_owned());
        if export.kind == wasmparser::ExternalKind::Func && export.name.starts_with("_ZN") {
            let short = format!("i_{}", letters(names.exports.len()));
            out.export(&short, kind, export.index);
            names.exports.insert(export.name.to_owned(), short);
        } else {
            out.export(export.name, kind, export.index);
        }
    }
    Ok(out)
}

/// The script with the names of `names`.
fn spoken(text: &str, names: &Names) -> anyhow::Result<String> {
    let mut found = 0;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim_start().split_once(": ").and_then(|(name, rest)| Some((names.imports.get(name)?, rest))) {
            Some((short, rest)) => {
                found += 1;
                match rest.strip_prefix("function(") {
                    Some(rest) => out.push_str(&format!("{short}({rest}")),
                    None => out.push_str(&format!("{short}: {rest}")),
                }
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    ensure!(found == names.imports.len(), "of {} functions that the module imports, the script has {found}", names.imports.len());
    for call in out.split("wasm.").skip(1) {
        let name = call.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$').next().unwrap_or_default();
        ensure!(names.given.contains(name), "the script calls {name}, which the module does not export");
    }
    // One may be the beginning of another.
    for (long, short) in names.exports.iter().rev() {
        out = out.replace(long, short);
    }
    Ok(out)
}

/// The script without the classes that nothing in it makes (whoever loads it calls functions alone), and their names in small letters, as the module has
/// them. Libraries export such classes whether they are used or not.
fn without_classes(text: &str) -> (String, Vec<String>) {
    let lines: Vec<&str> = text.lines().collect();
    let mut gone = vec![false; lines.len()];
    let mut classes = Vec::new();
    for (from, line) in lines.iter().enumerate() {
        let Some(name) = line.strip_prefix("export class ").and_then(|rest| rest.strip_suffix(" {")) else { continue };
        let Some(length) = lines[from..].iter().position(|line| *line == "}") else { continue };
        let about = |line: &str| line.starts_with(&format!("if (Symbol.dispose) {name}.")) || line.starts_with(&format!("const {name}Finalization = "));
        let mut own: Vec<usize> = (from..=from + length).collect();
        for (at, _) in lines.iter().enumerate().filter(|(_, line)| about(line)) {
            own.extend(at..=at + lines[at..].iter().position(|line| line.ends_with(';')).unwrap_or_default());
        }
        if lines.iter().enumerate().all(|(at, line)| own.contains(&at) || !line.contains(name)) {
            own.iter().for_each(|at| gone[*at] = true);
            classes.push(name.to_ascii_lowercase());
        }
    }
    let kept = lines.iter().zip(&gone).filter(|(_, gone)| !**gone);
    (kept.flat_map(|(line, _)| [*line, "\n"]).collect(), classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "export class Idle {
    free() {
        wasm.__wbg_idle_free(this.ptr, 0);
    }
}
if (Symbol.dispose) Idle.prototype[Symbol.dispose] = Idle.prototype.free;
export class Made {
}
    const import0 = {
        __proto__: null,
        __wbg_then_3a4f899454bcf8c9: function(arg0) {
            return Made.__wrap(arg0);
        },
        __wbg_has_0000000000000001: fromElsewhere,
    };
const IdleFinalization = (typeof X === 'undefined')
    ? { }
    : new X(ptr => wasm.__wbg_idle_free(ptr, 1));
function _ZN6invoke17h1e0bE(arg0) {
    wasm._ZN6invoke17h1e0bE(arg0);
    make(_ZN6invoke17h1e0bE_19);
}
";

    fn module() -> Vec<u8> {
        let mut module = Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        let mut exports = ExportSection::new();
        for (from, name) in [("./a.js", "__wbg_then_3a4f899454bcf8c9"), ("./other.js", "load"), ("./a.js", "__wbg_has_0000000000000001")] {
            imports.import(from, name, wasm_encoder::EntityType::Function(0));
        }
        for (name, index) in [("__wbg_idle_free", 0), ("idle_pull", 1), ("idleness", 1), ("_ZN6invoke17h1e0bE", 2), ("_ZN6invoke17h1e0bE_19", 2)] {
            exports.export(name, wasm_encoder::ExportKind::Func, index);
        }
        module.section(&types).section(&imports).section(&exports);
        module.finish()
    }

    #[test]
    fn module_and_script_get_the_same_short_names() {
        let dir = tempfile::tempdir().expect("a folder");
        let (script, wasm) = (dir.path().join("a.js"), dir.path().join("a.wasm"));
        std::fs::write(&script, SCRIPT).expect("written");
        std::fs::write(&wasm, module()).expect("written");
        shorten(&script, &wasm).expect("shortened");
        let text = std::fs::read_to_string(&script).expect("read");
        assert!(text.contains("\na(arg0) {\n") && text.contains("\nb: fromElsewhere,\n"), "{text}");
        assert!(text.contains("function i_a(arg0) {\n    wasm.i_a(arg0);\n    make(i_b);"), "{text}");
        assert!(!text.contains("Idle") && text.contains("export class Made"), "only what nothing makes goes: {text}");
        let (mut taken, mut given) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(&std::fs::read(&wasm).expect("read")) {
            match payload.expect("a module") {
                Payload::ImportSection(s) => taken = s.into_imports().map(|i| i.expect("an import")).map(|i| format!("{} {}", i.module, i.name)).collect(),
                Payload::ExportSection(s) => given = s.into_iter().map(|e| e.expect("an export").name.to_owned()).collect(),
                _ => {}
            }
        }
        assert_eq!(taken, ["./a.js a", "./other.js load", "./a.js b"]);
        assert_eq!(given, ["idleness", "i_a", "i_b"]);
    }

    #[test]
    fn a_script_that_lacks_a_function_is_refused() {
        let names = Names { imports: [("__wbg_x".to_owned(), "a".to_owned())].into(), ..Names::default() };
        assert!(spoken("nothing here", &names).is_err());
    }

    #[test]
    fn a_script_that_calls_what_the_module_lacks_is_refused() {
        assert!(spoken("return wasm.gone(1);", &Names::default()).is_err());
        let names = Names { given: ["there".to_owned()].into(), ..Names::default() };
        assert_eq!(spoken("return wasm.there(1);", &names).expect("fine"), "return wasm.there(1);\n");
    }

    #[test]
    fn letters_go_on_after_the_alphabet() {
        assert_eq!([0, 25, 26, 51, 52, 103, 104, 52 + 52 * 52].map(letters), ["a", "z", "A", "Z", "aa", "aZ", "ba", "aaa"]);
    }
}
