//! Drawings and spreadsheets of every demo product, read back by others: the `dxf` and `calamine` crates, and ezdxf's audit.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

use calamine::{Data, Reader, Xlsx};
use documents::{Hole, Panel, archive, dxf, panels, xlsx};
use product::{CompiledProduct, PartList, Shape, Stock, Values};
use std::io::{Cursor, Read};
use std::process::Command;

fn demos() -> Vec<(CompiledProduct, PartList)> {
    let made = |definition: serde_json::Value| {
        let product = publish::compile(&definition).expect("a demo product").compiled;
        let parts = product::parts(&product, &product::configure(&product, &Values::new()).values).expect("parts");
        (product, parts)
    };
    publish::demo().into_iter().map(made).collect()
}

#[test]
fn every_board_is_drawn_once_with_its_number_and_lies_as_on_the_cut_list() {
    let mut boards = 0;
    for (product, parts) in demos() {
        let found = panels(&parts);
        let there = parts.parts.iter().filter(|p| p.in_bom && matches!(p.shape, Shape::Panel { .. })).count();
        assert_eq!(found.iter().map(|p| p.quantity as usize).sum::<usize>(), there, "{}", product.sku);
        boards += there;
        let cuts: Vec<[f64; 3]> = product::bom(&parts).iter().filter_map(|l| l.cut.as_ref()).map(|c| [c.length, c.width, c.thickness]).collect();
        for panel in &found {
            assert!(cuts.contains(&[panel.length, panel.width, panel.thickness]), "{}: {panel:?}", product.sku);
            for hole in &panel.holes {
                let (at, half) = match hole {
                    Hole::Round { at, diameter } => (at, [diameter / 2.0; 2]),
                    Hole::Rect { at, size } => (at, [size[0] / 2.0, size[1] / 2.0]),
                };
                let inside = |k: usize, most: f64| at[k] - half[k] >= -0.01 && at[k] + half[k] <= most + 0.01;
                assert!(inside(0, panel.length) && inside(1, panel.width), "{}: {panel:?}", product.sku);
            }
        }
    }
    assert!(boards > 30, "looked at {boards} boards");
}

fn board() -> Panel {
    Panel {
        sku: "TOP/Ä".to_owned(),
        name: "Top, Müller’s".to_owned(),
        material: "oak".to_owned(),
        quantity: 3,
        length: 1600.0,
        width: 800.5,
        thickness: 25.0,
        corner: 40.0,
        grain: true,
        banding: "ABS 1 mm, all round".to_owned(),
        holes: vec![Hole::Round { at: [80.0, 60.0], diameter: 80.0 }, Hole::Rect { at: [800.0, 700.0], size: [300.0, 90.0] }],
    }
}

#[test]
fn a_drawing_holds_outline_and_holes_in_millimetres_and_is_the_same_file_each_time() {
    let bytes = dxf::drawing(&board()).expect("drawn");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(dxf::drawing(&board()).expect("drawn"), bytes, "no time and no random id in it");
    let read = ::dxf::Drawing::load(&mut Cursor::new(&bytes)).expect("a drawing");
    let on = |layer: &str| read.entities().filter(|e| e.common.layer == layer).count();
    assert_eq!((on(dxf::OUTLINE), on(dxf::HOLES), on(dxf::NOTES)), (1, 2, 3));
    assert_eq!(board().file_stem(), "TOP--_oak_1600x800.5x25");
}

/// Reads each drawing as a person's CAD program would, and says what it found.
const AUDIT: &str = r#"
import sys, ezdxf
from ezdxf import bbox
for i in range(int(sys.argv[2])):
    doc = ezdxf.readfile(f"{sys.argv[1]}/{i}.dxf")
    audit = doc.audit()
    m = doc.modelspace()
    box = bbox.extents(m.query('*[layer=="OUTLINE"]'))
    print(len(audit.errors), len(audit.fixes), doc.units, box.size.x, box.size.y, box.extmin.x, box.extmin.y, len(m.query('*[layer=="HOLES"]')), sep="|")
    for e in audit.errors + audit.fixes: print(e.message, file=sys.stderr)
"#;

#[test]
fn ezdxf_finds_nothing_to_correct_in_any_board() {
    let folder = std::env::temp_dir().join(format!("fitout-dxf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut wanted = Vec::new();
    let all = demos().into_iter().flat_map(|(_, parts)| panels(&parts)).chain([board(), Panel { corner: 400.25, ..board() }]);
    for (i, panel) in all.enumerate() {
        std::fs::write(folder.join(format!("{i}.dxf")), dxf::drawing(&panel).expect("drawn")).expect("written");
        wanted.push((panel.length, panel.width, panel.holes.len()));
    }
    let cache = std::env::var("FITOUT_CACHE").unwrap_or_else(|_| format!("{}/.cache/fitout", std::env::var("HOME").expect("a home")));
    let run = Command::new(format!("{cache}/usd/bin/python")).args(["-c", AUDIT]).arg(&folder).arg(wanted.len().to_string()).output();
    let run = run.expect("ezdxf is not there: run .ci/setup");
    std::fs::remove_dir_all(&folder).ok();
    let (said, wrong) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{wrong}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), wanted.len());
    for (line, (length, width, holes)) in lines.iter().zip(wanted) {
        let n: Vec<f64> = line.split('|').map(|f| f.parse().expect("a number")).collect();
        assert_eq!(&n[..3], [0.0, 0.0, 4.0], "no errors, no fixes, millimetres: {line} {wrong}");
        assert!((n[3] - length).abs() < 0.01 && (n[4] - width).abs() < 0.01 && n[5].abs() < 0.01 && n[6].abs() < 0.01, "{line}: {length} × {width}");
        #[allow(clippy::cast_precision_loss)]
        let count = holes as f64;
        assert!((n[7] - count).abs() < 0.1, "{line}: {holes} holes");
    }
}

#[test]
fn a_workbook_holds_every_list_and_no_formula() {
    for (product, parts) in demos() {
        let mut bom = product::bom(&parts);
        bom[0].name = "=1+1".to_owned();
        let stock = Stock { length: 2800.0, width: 2070.0, trim: 10.0, kerf: 4.0 };
        let (plans, edges) = (product::cutting_plans(&bom, &stock), product::edge_lengths(&bom));
        let lists = xlsx::Lists { title: &product.name, bom: &bom, plans: &plans, stock, edges: &edges };
        let bytes = xlsx::workbook(&lists).expect("a workbook");
        assert_eq!(xlsx::workbook(&lists).expect("a workbook"), bytes);
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).expect("readable");
        assert_eq!(book.sheet_names(), ["Parts", "Boards", "Sheets", "Material", "Edges"]);
        let mut rows = |name: &str| {
            let range = book.worksheet_range(name).expect(name);
            let (last, _) = range.end().expect("cells");
            (3..=last).map(|r| (0..10).map(|c| range.get_value((r, c)).cloned().unwrap_or(Data::Empty)).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        let parts_rows = rows("Parts");
        assert_eq!(parts_rows.len(), bom.len(), "{}", product.sku);
        assert_eq!(parts_rows[0][3], Data::String("=1+1".to_owned()));
        assert_eq!(parts_rows[0][0], Data::Float(f64::from(bom[0].quantity)));
        assert_eq!(rows("Boards").len(), bom.iter().filter(|l| l.cut.is_some()).count());
        assert_eq!(rows("Sheets").len(), plans.iter().flat_map(|p| &p.sheets).map(Vec::len).sum::<usize>());
        assert_eq!(rows("Edges").len(), edges.len());
        assert!(book.worksheet_formula("Parts").expect("cells").is_empty());
    }
}

#[test]
fn an_archive_gives_its_files_back() {
    let files = vec![("a.dxf".to_owned(), b"one".to_vec()), ("b.dxf".to_owned(), vec![7; 10_000])];
    let bytes = archive::zip(&files).expect("packed");
    assert!(bytes.len() < 1_000, "compressed: {}", bytes.len());
    assert_eq!(archive::zip(&files).expect("packed"), bytes);
    let mut read = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    for (name, content) in &files {
        let mut there = Vec::new();
        read.by_name(name).expect("the file").read_to_end(&mut there).expect("readable");
        assert_eq!(&there, content);
    }
    assert!(archive::zip(&[files[0].clone(), files[0].clone()]).is_err(), "two of one name");
}
