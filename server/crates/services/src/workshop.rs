//! The lists of a workshop: parts, boards on sheets, edge banding.

use crate::catalogue::Version;
use crate::engine::{Evaluation, bom_line, refuse_invalid};
use crate::inner::Inner;
use crate::papers;
use contract::{AppError, BoardOut, EdgeOut, FieldError, PlanOut, Stock, TooLarge, Workshop};
use facade::{Ctx, Download, Outcome};
use std::sync::Arc;

/// Everything of one configuration.
///
/// # Errors
/// `Invalid` for an impossible combination, and for sheets that no saw has seen.
pub(crate) async fn lists(version: &Arc<Version>, evaluation: Arc<Evaluation>, stock: Stock) -> Outcome<Workshop> {
    refuse_invalid(&evaluation.response)?;
    check(&stock)?;
    let version = version.clone();
    // A large wall is a thousand boards, tried in many orders: beside the async threads.
    tokio::task::spawn_blocking(move || made(&version, &evaluation, stock)).await.map_err(|_| AppError::internal())
}

/// A file of one configuration: `lists.xlsx`, `lists.pdf`, `panels.zip` or `assembly.pdf`.
///
/// # Errors
/// As [`lists`]; `NotFound` for another file, and for drawings of a product without boards; `Unavailable` when nothing here sets documents.
pub(crate) async fn file(inner: &Inner, ctx: &Ctx, version: &Arc<Version>, evaluation: Arc<Evaluation>, stock: Stock, name: String) -> Outcome<Download> {
    refuse_invalid(&evaluation.response)?;
    check(&stock)?;
    match name.as_str() {
        "lists.pdf" => return papers::lists(inner, ctx, version, evaluation, saw(stock)).await,
        "assembly.pdf" => return papers::assembly(inner, ctx, version, evaluation).await,
        _ => {}
    }
    let version = version.clone();
    tokio::task::spawn_blocking(move || match name.as_str() {
        "lists.xlsx" => spreadsheet(&version, &evaluation, stock),
        "panels.zip" => drawings(&version, &evaluation),
        _ => Err(AppError::not_found("file")),
    })
    .await
    .map_err(|_| AppError::internal())?
}

fn spreadsheet(version: &Version, evaluation: &Evaluation, stock: Stock) -> Outcome<Download> {
    let (bom, sheets) = (product::bom(&evaluation.parts), saw(stock));
    let lists = documents::xlsx::Lists {
        title: &format!("{}, {}", version.compiled.name, evaluation.response.variant_code),
        plans: &product::cutting_plans(&bom, &sheets),
        edges: &product::edge_lengths(&bom),
        stock: sheets,
        bom: &bom,
    };
    let data = documents::xlsx::workbook(&lists).map_err(unwritten)?;
    let content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(Download { data: data.into(), content_type, name: format!("{}.xlsx", evaluation.response.variant_code) })
}

fn drawings(version: &Version, evaluation: &Evaluation) -> Outcome<Download> {
    let panels = documents::panels(&evaluation.parts);
    if panels.is_empty() {
        return Err(AppError::not_found(&format!("board of {}", version.compiled.name)));
    }
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for panel in &panels {
        // Boards of one article and size may differ in their holes.
        let stem = panel.file_stem();
        let alike = files.iter().filter(|(name, _)| name.starts_with(&stem)).count();
        let name = if alike == 0 { format!("{stem}.dxf") } else { format!("{stem}_{}.dxf", alike + 1) };
        files.push((name, documents::dxf::drawing(panel).map_err(unwritten)?));
    }
    let data = documents::archive::zip(&files).map_err(unwritten)?;
    Ok(Download { data: data.into(), content_type: "application/zip", name: format!("{}-panels.zip", evaluation.response.variant_code) })
}

fn unwritten(error: documents::DocumentError) -> AppError {
    tracing::error!(error = &error as &dyn std::error::Error, "a document could not be written");
    AppError::internal()
}

fn saw(stock: Stock) -> product::Stock {
    product::Stock { length: stock.length, width: stock.width, trim: stock.trim, kerf: stock.kerf }
}

fn made(version: &Version, evaluation: &Evaluation, stock: Stock) -> Workshop {
    let bom = product::bom(&evaluation.parts);
    let sheets = saw(stock);
    let plans = product::cutting_plans(&bom, &sheets).into_iter().map(plan).collect();
    let edges = product::edge_lengths(&bom).into_iter().map(|(tape, metres)| EdgeOut { tape, metres: (metres * 100.0).round() / 100.0 }).collect();
    Workshop {
        name: version.compiled.name.clone(),
        sku: version.compiled.sku.clone(),
        variant_code: evaluation.response.variant_code.clone(),
        bounding_box_mm: evaluation.response.bounding_box_mm,
        bom: bom.into_iter().map(bom_line).collect(),
        edges,
        plans,
        stock,
    }
}

fn plan(plan: product::CuttingPlan) -> PlanOut {
    let board = |b: product::Placed| BoardOut { sku: b.sku, name: b.name, at: b.at, size: b.size };
    PlanOut {
        material: plan.material,
        thickness: plan.thickness,
        sheets: plan.sheets.into_iter().map(|sheet| sheet.into_iter().map(board).collect()).collect(),
        too_large: plan.too_large.into_iter().map(|(name, length, width)| TooLarge { name, size: [length, width] }).collect(),
        waste: plan.waste,
    }
}

fn check(stock: &Stock) -> Outcome<()> {
    let sizes =
        [("length", stock.length, 300.0, 10_000.0), ("width", stock.width, 300.0, 10_000.0), ("trim", stock.trim, 0.0, 100.0), ("kerf", stock.kerf, 0.0, 20.0)];
    let outside = sizes.into_iter().filter(|(_, value, least, most)| !(least..=most).contains(&value));
    let errors: Vec<FieldError> = outside
        .map(|(name, _, least, most)| FieldError { pointer: format!("/stock/{name}"), message: format!("Must be between {least} and {most} mm.") })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(AppError::invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use super::check;
    use contract::Stock;

    #[test]
    fn sheets_are_of_a_size_that_there_is() {
        assert!(check(&Stock::default()).is_ok());
        for stock in [Stock { length: 299.0, ..Stock::default() }, Stock { kerf: -1.0, ..Stock::default() }, Stock { trim: f64::NAN, ..Stock::default() }] {
            let error = check(&stock).expect_err("refused");
            assert!(error.errors.iter().all(|e| e.pointer.starts_with("/stock/")), "{error:?}");
        }
    }
}
