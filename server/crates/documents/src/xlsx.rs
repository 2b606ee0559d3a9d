//! The lists of a workshop as a spreadsheet: parts, boards to cut, sheets with their boards, edge banding.

use crate::DocumentError;
use product::{BomLine, CuttingPlan, Stock};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};
use std::collections::BTreeMap;

/// What goes into the workbook.
#[derive(Clone, Copy, Debug)]
pub struct Lists<'a> {
    /// Product, and its variant.
    pub title: &'a str,
    /// Bill of materials, with the boards' sizes.
    pub bom: &'a [BomLine],
    /// Boards on sheets.
    pub plans: &'a [CuttingPlan],
    /// The sheets.
    pub stock: Stock,
    /// Edge banding: words and metres.
    pub edges: &'a BTreeMap<String, f64>,
}

/// A cell.
enum Cell<'a> {
    Text(&'a str),
    /// Lengths: one place where there is one.
    Number(f64),
    Percent(f64),
}

/// A column: heading, width in characters.
type Column = (&'static str, f64);

/// The workbook. The same lists give the same bytes.
///
/// # Errors
/// [`DocumentError::Xlsx`].
pub fn workbook(lists: &Lists<'_>) -> Result<Vec<u8>, DocumentError> {
    let mut book = Workbook::new();
    // Otherwise the present moment would be in the file.
    book.set_properties(&DocProperties::new().set_title(lists.title).set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));

    let parts: [Column; 5] = [("Quantity", 10.0), ("Unit", 8.0), ("Article", 18.0), ("Part", 34.0), ("Material", 16.0)];
    let rows = lists.bom.iter().map(|l| vec![count(l.quantity), Cell::Text(&l.unit), Cell::Text(&l.sku), Cell::Text(&l.name), Cell::Text(&l.material)]);
    sheet(&mut book, "Parts", lists.title, &parts, rows)?;

    let boards: [Column; 9] = [
        ("Quantity", 10.0),
        ("Article", 18.0),
        ("Board", 34.0),
        ("Material", 16.0),
        ("Length mm", 11.0),
        ("Width mm", 11.0),
        ("Thickness mm", 13.0),
        ("Grain", 10.0),
        ("Edges", 28.0),
    ];
    let rows = lists.bom.iter().filter_map(|l| Some((l, l.cut.as_ref()?))).map(|(l, c)| {
        let grain = if c.grain == "length" { "length" } else { "" };
        let sizes = [c.length, c.width, c.thickness].map(Cell::Number);
        let mut row = vec![count(l.quantity), Cell::Text(&l.sku), Cell::Text(&l.name), Cell::Text(&l.material)];
        row.extend(sizes);
        row.extend([Cell::Text(grain), Cell::Text(&c.edges)]);
        row
    });
    sheet(&mut book, "Boards", lists.title, &boards, rows)?;

    let sheets: [Column; 10] = [
        ("Material", 16.0),
        ("Thickness mm", 13.0),
        ("Sheet", 8.0),
        ("Sheet mm", 14.0),
        ("Article", 18.0),
        ("Board", 34.0),
        ("From left mm", 12.0),
        ("From bottom mm", 15.0),
        ("Along mm", 10.0),
        ("Across mm", 10.0),
    ];
    let of = format!("{} × {}", lists.stock.length, lists.stock.width);
    let rows = lists.plans.iter().flat_map(|plan| {
        let of = &of;
        plan.sheets.iter().enumerate().flat_map(move |(i, sheet)| {
            sheet.iter().map(move |board| {
                let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
                let mut row = vec![
                    Cell::Text(&plan.material),
                    Cell::Number(plan.thickness),
                    count(number),
                    Cell::Text(of),
                    Cell::Text(&board.sku),
                    Cell::Text(&board.name),
                ];
                row.extend([board.at[0], board.at[1], board.size[0], board.size[1]].map(Cell::Number));
                row
            })
        })
    });
    sheet(&mut book, "Sheets", lists.title, &sheets, rows)?;

    let waste: [Column; 4] = [("Material", 16.0), ("Thickness mm", 13.0), ("Sheets", 8.0), ("Left over", 10.0)];
    let rows = lists.plans.iter().map(|p| {
        let number = u32::try_from(p.sheets.len()).unwrap_or(u32::MAX);
        vec![Cell::Text(&p.material), Cell::Number(p.thickness), count(number), Cell::Percent(p.waste)]
    });
    sheet(&mut book, "Material", lists.title, &waste, rows)?;

    let edges: [Column; 2] = [("Edge banding", 34.0), ("Metres", 10.0)];
    sheet(&mut book, "Edges", lists.title, &edges, lists.edges.iter().map(|(tape, metres)| vec![Cell::Text(tape), Cell::Number(*metres)]))?;
    Ok(book.save_to_buffer()?)
}

fn count(n: u32) -> Cell<'static> {
    Cell::Number(f64::from(n))
}

/// A sheet with a title, headings that stay in sight, and a filter over the rows.
fn sheet<'a>(book: &mut Workbook, name: &str, title: &str, columns: &[Column], rows: impl Iterator<Item = Vec<Cell<'a>>>) -> Result<(), DocumentError> {
    let (strong, head) = (Format::new().set_bold().set_font_size(14), Format::new().set_bold().set_align(FormatAlign::Left));
    let (number, percent) = (Format::new().set_num_format("#,##0.##"), Format::new().set_num_format("0.0 %"));
    let page: &mut Worksheet = book.add_worksheet();
    page.set_name(name)?.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(2, 2)?;
    page.write_with_format(0, 0, title, &strong)?;
    let last = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(0);
    for (i, (words, width)) in columns.iter().enumerate() {
        let i = u16::try_from(i).unwrap_or(u16::MAX);
        page.set_column_width(i, *width)?.write_with_format(2, i, *words, &head)?;
    }
    let mut at = 2;
    for row in rows {
        at += 1;
        for (i, cell) in row.into_iter().enumerate() {
            let i = u16::try_from(i).unwrap_or(u16::MAX);
            match cell {
                // Never a formula, whatever a name begins with.
                Cell::Text(text) => page.write_string(at, i, text)?,
                Cell::Number(value) => page.write_number_with_format(at, i, value, &number)?,
                Cell::Percent(share) => page.write_number_with_format(at, i, share, &percent)?,
            };
        }
    }
    page.autofilter(2, 0, at, last)?.set_freeze_panes(3, 0)?;
    Ok(())
}
