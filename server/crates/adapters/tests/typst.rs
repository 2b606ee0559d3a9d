//! The real typst, on papers of every demo product; what it set is read back by pypdf.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

use adapters::Typst;
use documents::Paper;
use documents::paper::{Head, Row, Specification, assembly, lists, specification, technical};
use ports::{TypesetError, Typesetter};
use product::Values;
use std::process::Command;

/// Words of all pages, number of pages, language, title, whether it is tagged.
const READ: &str = "
import sys, json
from pypdf import PdfReader
pdf = PdfReader(sys.argv[1])
root = pdf.trailer['/Root']
print(json.dumps({
    'text': ' '.join(' '.join(page.extract_text() for page in pdf.pages).split()), 'pages': len(pdf.pages), 'lang': root['/Lang'], 'title': pdf.metadata.title,
    'tagged': bool(root['/MarkInfo']['/Marked']) and '/StructTreeRoot' in root,
}))
";

fn read(pdf: &[u8]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.pdf");
    std::fs::write(&file, pdf).unwrap();
    let python = std::path::PathBuf::from(std::env::var_os("FITOUT_CACHE").expect("run tests through `make`, which sets FITOUT_CACHE")).join("usd/bin/python");
    let said = Command::new(python).args(["-c", READ]).arg(&file).output().expect("pypdf, which .ci/setup installs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).unwrap()
}

fn typst(folder: &tempfile::TempDir) -> Typst {
    Typst::new(std::env::var_os("TYPST_PYTHON").expect("run tests through `make`, which sets TYPST_PYTHON"), folder.path())
}

#[tokio::test]
async fn papers_of_every_demo_product_are_set_tagged_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let typst = typst(&folder);
    for definition in publish::demo() {
        let product = publish::compile(&definition).expect("a demo product").compiled;
        let parts = product::parts(&product, &product::configure(&product, &Values::new()).values).expect("parts");
        let scene = product::scene(&product, &parts);
        let words = Head { title: product.name.clone(), organization: "Halden Works".into(), subtitle: product.sku.clone(), variant: "V-1".into() };
        let sheet = assembly(&words, &parts, &scene).expect("drawn");
        let pdf = typst.pdf(sheet.files.clone()).await.expect("set");
        let said = read(&pdf);
        let text = said["text"].as_str().unwrap();
        assert!(said["pages"].as_u64().unwrap() >= 2 && said["tagged"] == true && said["lang"] == "en", "{said}");
        assert_eq!(said["title"], format!("{}, Assembly sheet", product.name));
        for line in product::bom(&parts) {
            assert!(text.contains(&line.sku), "{}: {} is missing in {text}", product.sku, line.sku);
        }
        assert_eq!(typst.pdf(sheet.files).await.expect("set"), pdf, "{}", product.sku);

        let mut told = Vec::new();
        let drawing = technical(&Head { variant: "V-1.".repeat(300), ..words.clone() }, &scene, |view| told.push(view)).expect("drawn");
        assert_eq!(told, ["Front", "Left side", "Plan", "From the front right"]);
        let pdf = typst.pdf(drawing.files.clone()).await.expect("set");
        let said = read(&pdf);
        assert_eq!((said["pages"].as_u64(), &said["tagged"]), (Some(1), &true.into()), "{}: {said}", product.sku);
        let size = scene.bounds().map(|(lo, hi)| [0, 1, 2].map(|k| documents::figure::mm(f64::from(hi[k] - lo[k])))).expect("a box");
        let text = said["text"].as_str().unwrap();
        for word in [size.join(" × ").as_str(), "Front", "Left side", "Plan", "1 : ", "Halden Works", &product.name, "V-1.V-1."] {
            assert!(text.contains(word), "{}: {word} is missing in {text}", product.sku);
        }
        // Each view has its sizes.
        assert!(size.iter().all(|s| text.matches(s.as_str()).count() >= 3), "{}: {size:?} in {text}", product.sku);
        assert_eq!(typst.pdf(drawing.files).await.expect("set"), pdf, "{}", product.sku);

        let (bom, stock) = (product::bom(&parts), product::Stock::default());
        let (plans, edges) = (product::cutting_plans(&bom, &stock), product::edge_lengths(&bom));
        let sawn = lists(&words, &documents::xlsx::Lists { title: "", bom: &bom, plans: &plans, stock, edges: &edges }).expect("laid out");
        let said = read(&typst.pdf(sawn.files).await.expect("set"));
        let text = said["text"].as_str().unwrap();
        for board in plans.iter().flat_map(|p| &p.sheets).flatten() {
            assert!(text.contains(&board.name), "{}: {} is missing in {text}", product.sku, board.name);
        }
        for line in &bom {
            assert!(text.contains(&line.sku), "{}: {} is missing in {text}", product.sku, line.sku);
        }

        let words = Specification {
            title: format!("#emph[{}] $x$ \\ * _", product.name),
            organization: "Müller & Søn".into(),
            subtitle: product.sku.clone(),
            variant: "V-1.".repeat(300),
            facts: vec![Row::new("Saved", "2026-11-22")],
            choices: product.options.iter().map(|o| Row::new(o.label.clone(), o.words_for(&o.default))).collect(),
            lines: vec![Row::new("Frame", "$499.00")],
            totals: vec![Row::new("Price, excl. tax", "$857.60")],
            note: "Prices of 2026-01-01.".into(),
            link: "https://fitout.example/c/0123456789abcdef0123456789abcdef".into(),
        };
        let pdf = typst.pdf(specification(&words, &scene, None).expect("drawn").files).await.expect("set");
        let picture = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../public/img/desk.webp")).expect("a picture");
        let pictured = typst.pdf(specification(&words, &scene, Some(&picture)).expect("drawn").files).await.expect("set with a picture");
        assert!(pictured.len() > pdf.len() + 1000, "{} {}", pictured.len(), pdf.len());
        // A script that no font here has.
        let strange = Specification { title: "机 🪑 \u{feff}".into(), ..words.clone() };
        assert_eq!(read(&typst.pdf(specification(&strange, &scene, None).expect("drawn").files).await.expect("set all the same"))["tagged"], true);
        let said = read(&pdf);
        let text = said["text"].as_str().unwrap();
        // Words are words, whatever they look like.
        for word in [words.title.as_str(), "Müller & Søn", "$857.60", "0123456789abcdef"] {
            assert!(text.contains(word), "{word} is missing in {text}");
        }
        let size = scene.bounds().map(|(lo, hi)| [0, 1, 2].map(|k| documents::figure::mm(f64::from(hi[k] - lo[k])))).expect("a box");
        assert!(size.iter().all(|s| text.contains(s)), "{size:?} in {text}");
    }
}

#[tokio::test]
async fn a_bad_template_is_refused_and_a_dead_worker_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let typst = typst(&folder);
    let page = |text: &str| vec![("main.typ".to_owned(), text.as_bytes().to_vec())];
    let good = "#set document(title: \"T\")\n#set text(lang: \"en\")\n= T";
    assert!(typst.pdf(page(good)).await.expect("set").starts_with(b"%PDF"));
    let refused = typst.pdf(page("#nothing-like-this()")).await.expect_err("no such function");
    assert!(matches!(&refused, TypesetError::Refused(why) if why.contains("unknown variable")), "{refused}");
    // A picture without words for whoever can't see it.
    let picture = Paper {
        files: vec![
            ("main.typ".to_owned(), format!("{good}\n#image(\"a.svg\")").into_bytes()),
            ("a.svg".to_owned(), b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0h9v9z'/></svg>".to_vec()),
        ],
    };
    assert!(matches!(typst.pdf(picture.files).await, Err(TypesetError::Refused(_))));
    let worker = folder.path().join("typeset/worker.py");
    let killed = Command::new("pkill").args(["-9", "-f"]).arg(&worker).status().expect("pkill");
    assert!(killed.success(), "there was a worker");
    assert!(typst.pdf(page(good)).await.expect("set by another worker").starts_with(b"%PDF"));
}

#[tokio::test]
async fn without_typst_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for python in ["", "/nowhere/python"] {
        let error = Typst::new(python, folder.path()).pdf(Vec::new()).await.expect_err("nothing there");
        assert!(matches!(error, TypesetError::NotInstalled(_)), "{error}");
    }
}
