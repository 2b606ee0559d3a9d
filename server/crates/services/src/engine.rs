//! Evaluating choices: the full schema first, then the small evaluator that the browser uses too; and its types as the contract has them.

use crate::catalogue::Version;
use contract::*;
use facade::Outcome;
use product::{CompiledProduct, PartList, Values};
use publish::{DataValidator, Fault};
use serde_json::Value;
use std::sync::Arc;

/// A definition that compiles.
pub(crate) struct Compiled {
    /// For the evaluator.
    pub product: CompiledProduct,
    /// The same as JSON text, for the store.
    pub text: String,
    /// Fingerprint of the product.
    pub hash: String,
}

/// Compiles a definition.
///
/// # Errors
/// `Invalid` with a pointer for every fault.
pub(crate) fn compile(definition: &Value) -> Outcome<Compiled> {
    let published =
        publish::compile(definition).map_err(|faults| AppError { code: "definition_faults".to_owned(), ..AppError::invalid(fields(&faults, "")) })?;
    compiled(published.compiled)
}

/// A compiled product with its text and fingerprint.
pub(crate) fn compiled(product: CompiledProduct) -> Outcome<Compiled> {
    let text = serde_json::to_string(&product).map_err(|_| AppError::internal())?;
    let hash = product::fingerprint(&product);
    Ok(Compiled { product, text, hash })
}

fn fields(faults: &[Fault], prefix: &str) -> Vec<FieldError> {
    faults.iter().map(|f| FieldError { pointer: format!("{prefix}{}", f.pointer), message: f.message.clone() }).collect()
}

/// The full schema of a version's choices.
pub(crate) struct Schema(DataValidator);

impl Schema {
    /// Of a published definition.
    pub(crate) fn of(definition: &Value) -> Result<Self, String> {
        DataValidator::new(&publish::config_schema(definition))
            .map(Self)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
    /// Refuses choices outside the schema, with pointers under `/config_data`.
    fn check(&self, choices: &Value) -> Outcome<()> {
        self.0.validate(choices).map_err(|faults| AppError { code: "outside_schema".to_owned(), ..AppError::invalid(fields(&faults, "/config_data")) })
    }
}

/// Everything about one configuration.
#[derive(Clone)]
pub(crate) struct Evaluation {
    /// For people and programs.
    pub response: ConfigureResponse,
    /// For Blender.
    pub parts: PartList,
    /// kg CO₂e, when the definition says.
    pub carbon_kg: Option<f64>,
}

/// Evaluates choices in a version.
///
/// # Errors
/// `Invalid` for choices outside the schema. An impossible combination is an answer, not an error; see [`refuse_invalid`].
pub(crate) async fn evaluate(version: &Arc<Version>, choices: ConfigData) -> Outcome<Arc<Evaluation>> {
    let choices = Value::Object(choices);
    // The same question again, and many at once, cost one evaluation.
    let answer = version.answers.try_get_with(choices.to_string(), evaluate_anew(version.clone(), choices, Extent::Offers)).await;
    answer.map_err(|e| (*e).clone())
}

/// Evaluates choices to keep or to build them: as [`evaluate`], without answers about values that are not chosen, and without parts and BOM in the
/// words of the contract. A small part of the work.
///
/// # Errors
/// As [`evaluate`].
pub(crate) async fn complete(version: &Arc<Version>, choices: ConfigData) -> Outcome<Arc<Evaluation>> {
    let choices = Value::Object(choices);
    let question = choices.to_string();
    if let Some(known) = version.answers.get(&question).await {
        return Ok(known);
    }
    let answer = version.answers.try_get_with(format!("{question} complete"), evaluate_anew(version.clone(), choices, Extent::Chosen)).await;
    answer.map_err(|e| (*e).clone())
}

/// How much an evaluation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// What follows from the choices.
    Chosen,
    /// And whether every other value can be chosen.
    Offers,
}

async fn evaluate_anew(version: Arc<Version>, choices: Value, extent: Extent) -> Outcome<Arc<Evaluation>> {
    // Milliseconds of a core for a large product: beside the async threads.
    tokio::task::spawn_blocking(move || {
        version.schema.check(&choices)?;
        let explicit = values(&choices)?;
        evaluated(&version.compiled, &version.fingerprint, &version.published, &explicit, extent).map(Arc::new)
    })
    .await
    .map_err(|_| AppError::internal())?
}

/// What an edition still takes of some choices: the others are asked for anew, by its defaults.
pub(crate) fn fitting(product: &CompiledProduct, choices: &ConfigData) -> Outcome<ConfigData> {
    let mut fitting = ConfigData::new();
    for (id, json) in choices {
        let one = values(&serde_json::json!({ id: json }))?;
        if product::check_values(product, &one).is_empty() {
            fitting.insert(id.clone(), json.clone());
        }
    }
    Ok(fitting)
}

/// Evaluates what an edition still takes of some choices, without a schema: for trying a definition on samples.
pub(crate) fn tried(product: &CompiledProduct, fingerprint: &str, choices: &ConfigData) -> Outcome<Evaluation> {
    evaluated(product, fingerprint, "", &values(&Value::Object(fitting(product, choices)?))?, Extent::Offers)
}

/// The default configuration of a product.
///
/// # Errors
/// `Invalid` at the definition's root when it can't be built.
pub(crate) fn default_configuration(product: &CompiledProduct) -> Outcome<Evaluation> {
    let evaluation = evaluated(product, &product::fingerprint(product), "", &Values::new(), Extent::Chosen)?;
    if evaluation.response.valid {
        Ok(evaluation)
    } else {
        Err(AppError::invalid_at("/rules", "The default values break a rule, so there is nothing to begin with."))
    }
}

/// Whether complete values are a version's default configuration.
pub(crate) fn is_default(version: &Version, complete: &ConfigData) -> bool {
    values(&Value::Object(complete.clone())).is_ok_and(|v| product::key_with(&version.fingerprint, &version.compiled, &v) == version.default_key)
}

/// Choices as the evaluator takes them.
pub(crate) fn values(choices: &Value) -> Outcome<Values> {
    let mut values = Values::new();
    for (id, json) in choices.as_object().into_iter().flatten() {
        match product::Value::from_json(json) {
            Some(value) => drop(values.insert(id.clone(), value)),
            None => return Err(AppError::invalid_at(&format!("/config_data/{}", escape(id)), "This is no value of an option.")),
        }
    }
    Ok(values)
}

/// A name as a piece of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// `published`: day of the edition, whose own prices hold since then.
fn evaluated(product: &CompiledProduct, fingerprint: &str, published: &str, explicit: &Values, extent: Extent) -> Outcome<Evaluation> {
    let outside = product::check_values(product, explicit);
    if !outside.is_empty() {
        // The domains say no more than the schema does; if they ever differ, the stricter one wins.
        return Err(AppError::invalid(
            outside.into_iter().map(|(pointer, message)| FieldError { pointer: format!("/config_data{pointer}"), message }).collect(),
        ));
    }
    let offers = extent == Extent::Offers;
    let configured = if offers { product::configure(product, explicit) } else { product::complete(product, explicit) };
    let unbuildable = |error: &dyn std::fmt::Display| AppError {
        code: "unbuildable".to_owned(),
        ..AppError::invalid_at("/config_data", format!("This configuration can't be built: {error}."))
    };
    // An impossible combination need not have a price or parts; a possible one must.
    let price = match product::price(product, &configured.values) {
        Err(error) if configured.valid => return Err(unbuildable(&error)),
        price => price.unwrap_or_default(),
    };
    let parts = match product::parts(product, &configured.values) {
        Err(error) if configured.valid => return Err(unbuildable(&error)),
        parts => parts.unwrap_or_default(),
    };
    let money = |minor| Money { currency: product.currency.clone(), minor };
    let response = ConfigureResponse {
        valid: configured.valid,
        forced: configured.forced.iter().map(|f| Forced { option: f.option.clone(), value: f.value.to_json(), why: f.why.clone() }).collect(),
        blocked: configured.blocked.into_iter().map(blocked).collect(),
        price: Price {
            total: money(price.total),
            lines: price.lines.into_iter().map(|l| PriceLineOut { id: l.id, label: l.label, amount: money(l.amount), rule: l.rule }).collect(),
            list_price_date: product.terms.as_ref().map_or(published, |t| &t.since).to_owned(),
            list: product.terms.as_ref().map(|t| t.list.clone()).unwrap_or_default(),
            customer: None,
            quantity: 1,
            extended: money(price.total),
        },
        variant_code: product::variant_code(product, &configured.values),
        key: product::key_with(fingerprint, product, &configured.values),
        bounding_box_mm: parts.bounding_box_mm,
        parts: if offers { parts.parts.iter().map(part).collect::<Outcome<_>>()? } else { Vec::new() },
        bom: if offers { product::bom(&parts).into_iter().map(bom_line).collect() } else { Vec::new() },
        values: json_values(&configured.values),
    };
    let carbon_kg = product.carbon.as_ref().and_then(|expr| {
        let present = product.dense(&configured.values);
        let env = product::Env::new(product, &present).ok()?;
        expr.eval_num(&env).ok().map(|kg| (kg * 10.0).round() / 10.0)
    });
    Ok(Evaluation { response, parts, carbon_kg })
}

fn json_values(values: &Values) -> ConfigData {
    values.iter().map(|(id, value)| (id.clone(), value.to_json())).collect()
}

fn blocked(b: product::Blocked) -> Blocked {
    Blocked {
        option: b.option,
        value: b.value.map(|v| v.to_json()),
        range: b.range.map(|(min, max)| RangeMm { min, max }),
        chosen: b.chosen,
        why: b.why,
        because: b.because,
        message: b.message,
        repairs: b.repairs.into_iter().map(|r| Repair { set: json_values(&r.set), price_delta: r.price_delta }).collect(),
    }
}

fn part(p: &product::Part) -> Outcome<PartOut> {
    Ok(PartOut {
        id: p.id.clone(),
        name: p.name.clone(),
        material: p.material.clone(),
        shape: serde_json::to_value(&p.shape).map_err(|_| AppError::internal())?,
        size_mm: p.size_mm,
        at_mm: p.at_mm,
        rotation_deg: p.rotation_deg,
        quantity: 1,
        sku: p.sku.clone(),
    })
}

pub(crate) fn bom_line(line: product::BomLine) -> BomLineOut {
    let cut = line.cut.map(|c| CutOut { length: c.length, width: c.width, thickness: c.thickness, edges: c.edges, grain: c.grain });
    BomLineOut { sku: line.sku, name: line.name, quantity: line.quantity, unit: line.unit, material: line.material, cut }
}

/// Refuses an impossible combination, with the reason at each choice that conflicts.
///
/// # Errors
/// `Invalid` (`impossible_combination`).
pub(crate) fn refuse_invalid(response: &ConfigureResponse) -> Outcome<()> {
    if response.valid {
        return Ok(());
    }
    let mut errors: Vec<FieldError> = response
        .blocked
        .iter()
        .filter(|b| b.chosen)
        .map(|b| FieldError { pointer: format!("/config_data/{}", escape(&b.option)), message: b.message.clone() })
        .collect();
    if errors.is_empty() {
        errors.push(FieldError { pointer: "/config_data".to_owned(), message: "These choices can't be combined.".to_owned() });
    }
    Err(AppError { code: "impossible_combination".to_owned(), ..AppError::invalid(errors) })
}
