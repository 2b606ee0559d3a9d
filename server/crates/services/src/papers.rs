//! Documents: the specification of a configuration, a workshop's lists and assembly sheet.

use crate::catalogue::{self, Version};
use crate::engine::{self, Evaluation};
use crate::errors::away;
use crate::inner::{Inner, found};
use crate::{artefacts, differences};
use bytes::Bytes;
use contract::{AppError, Price, format_money};
use documents::Paper;
use documents::paper::{Head, Row, Specification};
use facade::{Ctx, Download, Outcome};
use ports::TypesetError;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use store::configurations::Configuration;
use tokio::sync::Semaphore;
use uuid::Uuid;

const PDF: &str = "application/pdf";
/// Drawings at once: each holds some tens of megabytes.
static DRAWING: Semaphore = Semaphore::const_new(2);
/// Longest time in line for one.
const IN_LINE: Duration = Duration::from_secs(5);

/// The assembly sheet of a valid configuration.
///
/// # Errors
/// `Unavailable` when nothing here sets documents.
pub(crate) async fn assembly(inner: &Inner, ctx: &Ctx, version: &Arc<Version>, evaluation: Arc<Evaluation>) -> Outcome<Download> {
    let words = headed(inner, ctx.tenant, version, &evaluation.response.variant_code).await?;
    let name = file_name(&words.variant, "-assembly");
    let version = version.clone();
    let paper = drawn(&DRAWING, move || {
        let scene = product::scene(&version.compiled, &evaluation.parts);
        documents::paper::assembly(&words, &evaluation.parts, &scene)
    })
    .await?;
    Ok(Download { data: set(inner, paper).await?, content_type: PDF, name })
}

/// Bill of materials, edge banding and boards on sheets of a valid configuration.
///
/// # Errors
/// `Unavailable` when nothing here sets documents.
pub(crate) async fn lists(inner: &Inner, ctx: &Ctx, version: &Arc<Version>, evaluation: Arc<Evaluation>, stock: product::Stock) -> Outcome<Download> {
    let words = headed(inner, ctx.tenant, version, &evaluation.response.variant_code).await?;
    let name = file_name(&words.variant, "-lists");
    let paper = drawn(&DRAWING, move || {
        let bom = product::bom(&evaluation.parts);
        let (plans, edges) = (product::cutting_plans(&bom, &stock), product::edge_lengths(&bom));
        documents::paper::lists(&words, &documents::xlsx::Lists { title: &words.title, bom: &bom, plans: &plans, stock, edges: &edges })
    })
    .await?;
    Ok(Download { data: set(inner, paper).await?, content_type: PDF, name })
}

/// What stands at the head of a workshop's papers.
async fn headed(inner: &Inner, tenant: Uuid, version: &Version, variant: &str) -> Outcome<Head> {
    Ok(Head {
        title: version.compiled.name.clone(),
        organization: found(inner.organization(tenant).await?, "workspace")?,
        subtitle: format!("{}, edition {}", version.compiled.sku, version.edition),
        variant: variant.to_owned(),
    })
}

/// Counts up when a technical drawing of the same words and parts looks otherwise: then its files are made anew.
const DRAWING_EDITION: u32 = 1;

/// What identifies a technical drawing: what is drawn (the artefact), the words beside it, and how it is drawn. Not the artefact alone: words are a
/// workspace's own, and variants of equal parts have codes of their own.
///
/// # Errors
/// `Internal`.
pub(crate) async fn drawing_key(inner: &Inner, tenant: Uuid, version: &Version, variant: &str, artefact: &str) -> Outcome<String> {
    let words = serde_json::to_vec(&headed(inner, tenant, version, variant).await?).map_err(|_| AppError::internal())?;
    let mut hash = Sha256::new();
    hash.update(format!("drawing {DRAWING_EDITION} {artefact} "));
    hash.update(&words);
    Ok(crate::tokens::hex(&hash.finalize()))
}

/// The technical drawing of a valid configuration: a PDF of four views. `tell` hears what is drawn.
///
/// # Errors
/// `Unavailable` when nothing here sets documents.
pub(crate) async fn drawing(
    inner: &Inner,
    tenant: Uuid,
    version: &Arc<Version>,
    evaluation: Arc<Evaluation>,
    tell: impl FnMut(&'static str) + Send + 'static,
) -> Outcome<Bytes> {
    let words = headed(inner, tenant, version, &evaluation.response.variant_code).await?;
    let version = version.clone();
    let paper = drawn(&DRAWING, move || documents::paper::technical(&words, &product::scene(&version.compiled, &evaluation.parts), tell)).await?;
    set(inner, paper).await
}

/// The specification of a saved configuration, at the price that was saved. `link` is where it can be opened.
///
/// # Errors
/// `NotFound` when its product is gone, `Unavailable` when nothing here sets documents.
pub(crate) async fn specification(inner: &Inner, ctx: &Ctx, row: &Configuration, link: String) -> Outcome<Download> {
    let organization = found(inner.organization(ctx.tenant).await?, "workspace")?;
    let mut tx = inner.tx(ctx).await?;
    let version = found(catalogue::version(inner, &mut tx, row.product_id, row.version).await?, "product version")?;
    drop(tx);
    let evaluation = engine::complete(&version, row.config_data.as_object().cloned().unwrap_or_default()).await?;
    let key = artefacts::key_of(inner, &version, &evaluation)?;
    let mut tx = inner.tx(ctx).await?;
    let still = artefacts::made_one(&mut tx, &key).await?.still.and_then(|asset| asset.blob_key);
    drop(tx);
    // The picture is an extra: the drawing says it all.
    let picture = match still {
        Some(key) => inner.ports.blobs.get(&key, None).await.ok(),
        None => None,
    };
    let price: Price = serde_json::from_value(row.price.clone()).map_err(|_| AppError::internal())?;
    let words = written(row, &version, &evaluation, &price, organization, link);
    let name = file_name(&row.variant_code, "");
    let paper = drawn(&DRAWING, move || {
        let scene = product::scene(&version.compiled, &evaluation.parts);
        documents::paper::specification(&words, &scene, picture.as_deref())
    })
    .await?;
    Ok(Download { data: set(inner, paper).await?, content_type: PDF, name })
}

/// The variant code as far as file systems and proxies take it: a wall of sixty modules has one of a thousand letters.
fn file_name(variant: &str, what: &str) -> String {
    let stem: String = variant.chars().take(100).collect();
    format!("{stem}{what}.pdf")
}

/// The words of a specification. For whom the price was made, and on which terms, is nobody else's business.
fn written(row: &Configuration, version: &Version, evaluation: &Evaluation, price: &Price, organization: String, link: String) -> Specification {
    let compiled = &version.compiled;
    let money = |minor: i64| format_money(&price.total.currency, minor);
    let [w, d, h] = evaluation.response.bounding_box_mm.map(documents::figure::mm);
    let mut totals = Vec::new();
    if price.quantity > 1 {
        totals.push(Row::new("One piece", money(price.total.minor)));
        totals.push(Row::new(format!("{} pieces, excl. tax", price.quantity), money(price.total.minor.saturating_mul(i64::from(price.quantity)))));
    } else {
        totals.push(Row::new("Price, excl. tax", money(price.total.minor)));
    }
    let own = row.name != compiled.name && !row.name.is_empty();
    let subtitle = format!("{}{}, edition {}", if own { format!("{}, ", compiled.name) } else { String::new() }, compiled.sku, version.edition);
    Specification {
        title: if own { row.name.clone() } else { compiled.name.clone() },
        organization,
        subtitle,
        variant: row.variant_code.clone(),
        facts: vec![Row::new("Width × depth × height, mm", format!("{w} × {d} × {h}")), Row::new("Saved", crate::times::day(row.updated_at))],
        choices: differences::answered(compiled, evaluation).into_iter().map(|(label, words)| Row::new(label, words)).collect(),
        lines: price.lines.iter().map(|l| Row::new(l.label.clone(), money(l.amount.minor))).collect(),
        totals,
        note: format!("Prices of {}. The link keeps this price on record.", price.list_price_date),
        link,
    }
}

/// Draws beside the async threads, at one of the `desks`: a wall of sixty modules has thousands of edges.
pub(crate) async fn drawn<T: Send + 'static>(
    desks: &'static Semaphore,
    make: impl FnOnce() -> Result<T, documents::DocumentError> + Send + 'static,
) -> Outcome<T> {
    // As many at once as there may be; whoever gave up waiting for one doesn't let the next one in before it is done.
    let busy = |_| away("Many documents are being made at this moment. Try again in a few seconds.");
    let permit = tokio::time::timeout(IN_LINE, desks.acquire()).await.map_err(busy)?.map_err(|_| AppError::internal())?;
    let make = move || {
        let _at_the_board = permit;
        make()
    };
    tokio::task::spawn_blocking(make).await.map_err(|_| AppError::internal())?.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a document could not be drawn");
        AppError::internal()
    })
}

async fn set(inner: &Inner, paper: Paper) -> Outcome<Bytes> {
    inner.ports.typesetter.pdf(paper.files).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a document could not be set");
        match error {
            TypesetError::NotInstalled(_) => away("This server can't make PDFs. An administrator of the server has to install typst and set TYPST_PYTHON."),
            TypesetError::Stopped(_) => away("The document could not be finished. Try again in a few seconds."),
            TypesetError::Refused(_) => AppError::internal(),
        }
    })
}
