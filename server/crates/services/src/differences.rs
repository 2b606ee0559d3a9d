//! Two configurations side by side: a saved one beside itself in today's edition and price, or two saved ones.

use crate::catalogue::{self, Version};
use crate::engine::{self, Evaluation};
use crate::errors::{Refuse, conflict};
use crate::inner::{Inner, found, on_behalf};
use crate::times::day;
use crate::{prices, products};
use contract::{AppError, ConfigData, Difference, ErrorKind, Money, Price, PriceChange, PriceFor, PriceLineOut, Side, TextChange};
use facade::{Ctx, Outcome};
use product::{CompiledProduct, Nest, Value};
use std::sync::Arc;
use store::TenantTx;
use store::configurations::Configuration;

/// One side: choices in an edition at a price.
pub(crate) struct Seen {
    version: Arc<Version>,
    price: Option<Price>,
    evaluation: Option<Arc<Evaluation>>,
    problems: Vec<String>,
}

/// A configuration as it was saved.
pub(crate) async fn as_saved(inner: &Inner, tx: &mut TenantTx, row: &Configuration) -> Outcome<Seen> {
    let version = found(catalogue::version(inner, tx, row.product_id, row.version).await?, "product version")?;
    let values = row.config_data.as_object().cloned().unwrap_or_default();
    let evaluation = engine::complete(&version, values).await.ok();
    Ok(Seen { version, price: serde_json::from_value(row.price.clone()).ok(), evaluation, problems: Vec::new() })
}

/// The same choices in the newest edition, as far as it offers them, at today's price.
pub(crate) async fn as_today(inner: &Inner, ctx: &Ctx, row: &Configuration) -> Outcome<Seen> {
    let version = products::published(inner, ctx, row.product_id).await?;
    // The same customer, currency and quantity; whoever may see the price that was saved may see today's.
    let priced = prices::priced(inner, &on_behalf(ctx), &version, &kept_price(row)).await?;
    let version = priced.version.clone();
    let fitting = engine::fitting(&version.compiled, &row.config_data.as_object().cloned().unwrap_or_default())?;
    match engine::complete(&version, fitting).await {
        Ok(evaluation) => {
            let valid = evaluation.response.valid;
            let mut problems: Vec<String> = evaluation.response.blocked.iter().filter(|b| b.chosen).map(|b| b.message.clone()).collect();
            problems.dedup();
            Ok(Seen { price: valid.then(|| priced.price(&evaluation.response.price)), problems, evaluation: Some(evaluation), version })
        }
        Err(error) if error.kind == ErrorKind::Invalid => Ok(Seen { version, price: None, evaluation: None, problems: vec![error.detail] }),
        Err(error) => Err(error),
    }
}

/// What a saved price was asked for.
pub(crate) fn kept_price(row: &Configuration) -> PriceFor {
    let price: Price = serde_json::from_value(row.price.clone()).unwrap_or_default();
    let currency = Some(price.total.currency).filter(|c| !c.is_empty());
    PriceFor { customer: price.customer, currency, date: None, quantity: Some(price.quantity.max(1)) }
}

/// Choices of a saved configuration in the newest edition.
///
/// # Errors
/// `Conflict` (`edition_refuses`) with the rule's words when it can't be built any more.
pub(crate) async fn renewed(inner: &Inner, ctx: &Ctx, row: &Configuration) -> Outcome<(Arc<Version>, ConfigData)> {
    let today = as_today(inner, ctx, row).await?;
    match today.evaluation.filter(|e| e.response.valid) {
        Some(evaluation) => Ok((today.version, evaluation.response.values.clone())),
        None => {
            let why = today.problems.first().map(String::as_str).unwrap_or_default();
            Err(conflict(
                "edition_refuses",
                format!("Today's edition does not offer this combination. {why} Open it in the configurator and settle what does not go together."),
            ))
        }
    }
}

/// What differs from `was` to `now`, and what is alike.
pub(crate) fn between(was: Seen, now: Seen, availability: String, today: time::OffsetDateTime) -> Difference {
    let of = |seen: &Seen| seen.evaluation.as_ref().map(|e| answers(&seen.version.compiled, e)).unwrap_or_default();
    let (options, alike) = sorted(&of(&was), &of(&now));
    let (old, new) = (lines(was.price.as_ref()), lines(now.price.as_ref()));
    let gone = old.iter().filter(|o| !new.iter().any(|n| n.id == o.id)).map(|o| (Some(o), None, o));
    let lines = new
        .iter()
        .map(|n| (old.iter().find(|o| o.id == n.id), Some(n), n))
        .chain(gone)
        .map(|(was, now, any)| {
            let amount = |line: Option<&PriceLineOut>| line.map(|l| l.amount.clone());
            PriceChange { label: any.label.clone(), was: amount(was), now: amount(now) }
        })
        .collect();
    let problems = now.problems.clone();
    Difference { was: side(was, today), now: side(now, today), options, alike, lines, problems, availability }
}

/// Options whose value differs between two editions or configurations.
pub(crate) fn options(before: &CompiledProduct, was: &Evaluation, after: &CompiledProduct, now: &Evaluation) -> Vec<TextChange> {
    sorted(&answers(before, was), &answers(after, now)).0
}

/// What differs, and what is alike.
fn sorted(before: &[Answer], after: &[Answer]) -> (Vec<TextChange>, Vec<TextChange>) {
    let (mut options, mut alike) = (Vec::new(), Vec::new());
    let gone = before.iter().filter(|b| !after.iter().any(|a| a.id == b.id)).map(|b| (Some(b), None, b));
    for (was, now, any) in after.iter().map(|a| (before.iter().find(|b| b.id == a.id), Some(a), a)).chain(gone) {
        let text = |answer: Option<&Answer>| answer.map(|a| a.words.clone());
        let change = TextChange { label: any.label.clone(), was: text(was), now: text(now) };
        if change.was == change.now { alike.push(change) } else { options.push(change) }
    }
    (options, alike)
}

fn lines(price: Option<&Price>) -> &[PriceLineOut] {
    price.map(|p| p.lines.as_slice()).unwrap_or_default()
}

fn side(seen: Seen, today: time::OffsetDateTime) -> Side {
    let (bounding_box_mm, variant_code) = seen.evaluation.map(|e| (e.response.bounding_box_mm, e.response.variant_code.clone())).unwrap_or_default();
    let price_date = seen.price.as_ref().map_or_else(|| day(today), |p| p.list_price_date.clone());
    let price: Option<Money> = seen.price.map(|p| p.total);
    Side { edition: seen.version.edition.clone(), price, price_date, bounding_box_mm, variant_code }
}

/// One answer of a configuration, as people read it.
struct Answer {
    id: String,
    label: String,
    words: String,
}

/// Options and answers of a configuration as people read them, in the order of the form.
pub(crate) fn answered(product: &CompiledProduct, evaluation: &Evaluation) -> Vec<(String, String)> {
    answers(product, evaluation).into_iter().map(|a| (a.label, a.words)).collect()
}

/// All answers, in the order of the form.
fn answers(product: &CompiledProduct, evaluation: &Evaluation) -> Vec<Answer> {
    let Ok(values) = engine::values(&serde_json::Value::Object(evaluation.response.values.clone())) else { return Vec::new() };
    let own = product.options.iter().filter_map(|o| Some(Answer { id: o.id.clone(), label: o.label.clone(), words: spoken(&o.words_for(values.get(&o.id)?)) }));
    let nests =
        product.nests.iter().filter_map(|n| Some(Answer { id: n.id.clone(), label: n.group.clone(), words: elements(n, values.get(&n.id)?.as_list()?) }));
    own.chain(nests).collect()
}

/// `true` is `yes` where no label says it better.
fn spoken(words: &str) -> String {
    match words {
        "true" => "yes".to_owned(),
        "false" => "no".to_owned(),
        other => other.to_owned(),
    }
}

/// Elements of a list, equal neighbours once: `4 × Door, Oak · 2 × Drawers`.
fn elements(nest: &Nest, list: &[Value]) -> String {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for element in list {
        let words = element_words(&nest.product, &nest.pass.iter().map(|(i, _)| usize::from(*i)).collect::<Vec<_>>(), element);
        match runs.last_mut() {
            Some((last, count)) if *last == words => *count += 1,
            _ => runs.push((words, 1)),
        }
    }
    runs.into_iter().map(|(words, count)| format!("{count} × {words}")).collect::<Vec<_>>().join(" · ")
}

fn element_words(product: &CompiledProduct, passed: &[usize], element: &Value) -> String {
    let options = element.as_map().and_then(|m| m.get("options")).and_then(Value::as_map);
    let own = product.options.iter().enumerate().filter(|(i, _)| !passed.contains(i));
    let words = own.filter_map(|(_, o)| Some(spoken(&o.words_for(options?.get(&o.id).unwrap_or(&o.default)))));
    words.collect::<Vec<_>>().join(", ")
}

/// Delivery of a product, in words.
pub(crate) async fn availability(tx: &mut TenantTx, row: &Configuration) -> Outcome<String> {
    Ok(store::products::get(tx, row.product_id).await.refuse()?.ok_or_else(|| AppError::not_found("product"))?.availability)
}
