//! Asking for files: one row per request, one run per artefact.

use super::show::Beside;
use super::{DRAWING, MODEL, STILL, TURNTABLE};
use crate::artefacts::{self, Made, Work};
use crate::catalogue::{self, Version};
use crate::engine;
use crate::errors::Refuse;
use crate::fields::body_id;
use crate::inner::{Inner, found};
use crate::{idempotency, papers, trail};
use contract::*;
use facade::{Ctx, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::TenantTx;
use store::jobs::{self as rows, Source};
use store::runs::NewRun;
use uuid::Uuid;

/// Tries after the first.
const RETRIES: i32 = 3;
/// A person waits for it.
const URGENT: i16 = 5;
/// A picture that follows a model that a person waited for.
const SOON: i16 = 2;
/// Nobody waits for it: pictures of the catalogue.
const QUIET: i16 = -5;

/// The files that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Model { usdz: bool },
    Turntable,
    Drawing,
}

impl Order {
    fn of(kind: Option<&str>, formats: Option<&[String]>) -> Outcome<Self> {
        match kind {
            None | Some(MODEL) => Ok(Self::Model { usdz: usdz_among(formats)? }),
            Some(TURNTABLE) if formats.is_some_and(|f| f.iter().any(|f| f != "mp4")) => Err(AppError::invalid_at("/formats/0", "A film is \"mp4\".")),
            Some(TURNTABLE) => Ok(Self::Turntable),
            Some(DRAWING) if formats.is_some_and(|f| f.iter().any(|f| f != "pdf")) => Err(AppError::invalid_at("/formats/0", "A drawing is \"pdf\".")),
            Some(DRAWING) => Ok(Self::Drawing),
            Some(_) => Err(AppError::invalid_at("/kind", "The kind of a job is \"model\", \"turntable\" or \"drawing\".")),
        }
    }
    fn kind(self) -> &'static str {
        match self {
            Self::Model { .. } => MODEL,
            Self::Turntable => TURNTABLE,
            Self::Drawing => DRAWING,
        }
    }
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Model { usdz: true } => &["glb", "usdz"],
            Self::Model { usdz: false } => &["glb"],
            Self::Turntable => &["turntable"],
            Self::Drawing => &["sheet"],
        }
    }
    fn usdz(self) -> bool {
        self == Self::Model { usdz: true }
    }
    /// Whether these files are there already.
    fn answered(self, made: &Made) -> bool {
        match self {
            Self::Model { usdz } => made.answers(usdz),
            Self::Turntable => made.turntable.is_some(),
            Self::Drawing => made.sheet.is_some(),
        }
    }
    /// A run with USDZ makes more than one without: they are not the same work.
    fn run_key(self, artefact: &str) -> String {
        if self.usdz() { format!("{artefact}+usdz") } else { artefact.to_owned() }
    }
}

/// What somebody asks for, checked.
pub(super) struct Wanted {
    version: Arc<Version>,
    configuration: Option<Uuid>,
    /// Complete, valid values.
    values: ConfigData,
    /// The configuration's identity.
    key: String,
    variant_code: String,
    order: Order,
    work: Work,
}

/// What a run is told. Values, not parts: they are small, and evaluating again gives the same parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// Product.
    pub product: Uuid,
    /// Version of it.
    pub version: i64,
    /// Complete values.
    pub values: ConfigData,
    /// Make USDZ too.
    #[serde(default)]
    pub usdz: bool,
    /// The artefact's key.
    pub artefact: String,
    /// A person waits.
    #[serde(default)]
    pub urgent: bool,
}

/// Reads a run's payload.
pub(crate) fn read_payload(payload: &Value) -> Result<Payload, String> {
    serde_json::from_value(payload.clone()).map_err(|e| format!("the run's payload can't be read: {e}"))
}

/// Checks a request.
pub(super) async fn wanted(inner: &Inner, ctx: &Ctx, request: NewJob) -> Outcome<Wanted> {
    let order = Order::of(request.kind.as_deref(), request.formats.as_deref())?;
    match (request.configuration_id, request.product_id) {
        (Some(_), Some(_)) => Err(AppError::invalid_at("/product_id", "Give configuration_id, or product_id with config_data, not both.")),
        (None, None) => Err(AppError::invalid_at("/configuration_id", "Give configuration_id, or product_id with config_data.")),
        (Some(id), None) => {
            if request.config_data.is_some() {
                return Err(AppError::invalid_at("/config_data", "A saved configuration brings its own choices."));
            }
            let id = body_id(&id, "/configuration_id")?;
            let mut tx = inner.tx(ctx).await?;
            let saved = found(store::configurations::get(&mut tx, id).await.refuse()?, "configuration")?;
            let version = found(catalogue::version(inner, &mut tx, saved.product_id, saved.version).await?, "product version")?;
            drop(tx);
            let choices = saved.config_data.as_object().cloned().unwrap_or_default();
            evaluated(version, Some(id), choices, order).await
        }
        (None, Some(id)) => {
            let id = body_id(&id, "/product_id")?;
            let version = crate::products::published(inner, ctx, id).await?;
            evaluated(version, None, request.config_data.unwrap_or_default(), order).await
        }
    }
}

/// The same as an earlier request, in the same version.
pub(super) async fn wanted_again(inner: &Inner, ctx: &Ctx, row: &rows::Job) -> Outcome<Wanted> {
    let payload = read_payload(&row.request).map_err(|why| {
        tracing::error!(job.id = %row.id, why, "an earlier request can't be read");
        AppError::internal()
    })?;
    let mut tx = inner.tx(ctx).await?;
    let version = found(catalogue::version(inner, &mut tx, payload.product, payload.version).await?, "product version")?;
    drop(tx);
    let order = match row.kind.as_str() {
        TURNTABLE => Order::Turntable,
        DRAWING => Order::Drawing,
        _ => Order::Model { usdz: payload.usdz },
    };
    evaluated(version, row.configuration_id, payload.values, order).await
}

async fn evaluated(version: Arc<Version>, configuration: Option<Uuid>, choices: ConfigData, order: Order) -> Outcome<Wanted> {
    let evaluation = engine::complete(&version, choices).await?;
    engine::refuse_invalid(&evaluation.response)?;
    let work = Work::of(&version, &evaluation);
    let response = evaluation.response.clone();
    Ok(Wanted { version, configuration, values: response.values, key: response.key, variant_code: response.variant_code, order, work })
}

/// Whether USDZ is among the formats.
fn usdz_among(formats: Option<&[String]>) -> Outcome<bool> {
    let mut usdz = false;
    for (i, format) in formats.unwrap_or_default().iter().enumerate() {
        match format.as_str() {
            "glb" => {}
            "usdz" => usdz = true,
            _ => return Err(AppError::invalid_at(&format!("/formats/{i}"), "A format is \"glb\" or \"usdz\".")),
        }
    }
    Ok(usdz)
}

/// Stores the request: complete at once when the files are there, else hung on the run that makes them.
pub(super) async fn ask(inner: &Inner, ctx: &Ctx, wanted: &Wanted) -> Outcome<Job> {
    // Twice is enough: the files that a finished run left are seen by the second try.
    if let Some(job) = try_ask(inner, ctx, wanted, false).await? {
        return Ok(job);
    }
    try_ask(inner, ctx, wanted, true).await?.ok_or_else(AppError::internal)
}

/// One try. `None`, with nothing stored: the run that makes the files ended between the look for them and the wish to join it. `anyway` starts another.
async fn try_ask(inner: &Inner, ctx: &Ctx, wanted: &Wanted, anyway: bool) -> Outcome<Option<Job>> {
    let artefact = wanted.work.key(&inner.ports.blender.generator())?;
    let artefact = match wanted.order {
        Order::Drawing => papers::drawing_key(inner, ctx.tenant, &wanted.version, &wanted.variant_code, &artefact).await?,
        _ => artefact,
    };
    let product = wanted.version.product;
    let payload =
        Payload { product, version: wanted.version.number, values: wanted.values.clone(), usdz: wanted.order.usdz(), artefact: artefact.clone(), urgent: true };
    let payload = serde_json::to_value(payload).map_err(|_| AppError::internal())?;
    let mut request = payload.clone();
    request["key"] = json!(wanted.key);
    let compiled = &wanted.version.compiled;
    let id = inner.ports.ids.id();
    let new = rows::NewJob {
        id,
        kind: wanted.order.kind(),
        configuration_id: wanted.configuration,
        product_id: Some(product),
        request: &request,
        key: &artefact,
        title: &compiled.name,
        sku: &compiled.sku,
        variant_code: &wanted.variant_code,
        max_retries: RETRIES,
    };
    let mut tx = inner.tx(ctx).await?;
    // Read first: nothing stands between the commit and the answer that could fail and be taken for "nothing was changed".
    let beside = Beside::read(inner, &mut tx, &[product], vec![artefact.clone()], &[wanted.order.kind()]).await?;
    let made = beside.made(&artefact);
    let row = if made.is_some_and(|m| wanted.order.answered(m)) {
        // The result itself is read from the files each time; this marks that there is one.
        let row = rows::create(&mut tx, &new, Source::Cached(&json!({ "artefact": artefact }))).await.refuse()?;
        if wanted.order != Order::Drawing && !made.is_some_and(Made::complete) {
            line_up(&mut tx, STILL, &artefact, payload, SOON).await?;
        }
        row
    } else {
        let kinds = wanted.order.files();
        let tokens: Vec<String> = kinds.iter().map(|_| inner.ports.ids.token()).collect();
        store::assets::begin(&mut tx, &artefact, kinds, Some(product), &tokens).await.refuse()?;
        // From here to the commit the run and the end of the audit chain are locked: nothing else is done in between.
        let run = line(tx.tenant(), wanted.order.kind(), &wanted.order.run_key(&artefact), payload, URGENT);
        let row = rows::create(&mut tx, &new, Source::Work(&run)).await.refuse()?;
        // Not joined, so no run was open by then: one that ended meanwhile has left its files.
        if !row.cache_hit && !anyway && wanted.order.answered(&artefacts::made_one(&mut tx, &artefact).await?) {
            return Ok(None);
        }
        row
    };
    let after = json!({ "product": compiled.sku, "variant_code": wanted.variant_code, "cache_hit": row.cache_hit });
    trail::note(inner, &mut tx, "job.created", id.to_string().as_str(), None, Some(&after)).await?;
    let job = beside.show(row);
    idempotency::keep(&mut tx, &ctx.caller, &job).await?;
    tx.commit().await.refuse()?;
    Ok(Some(job))
}

fn line(tenant: Uuid, kind: &str, key: &str, payload: Value, priority: i16) -> NewRun {
    NewRun { tenant, kind: kind.to_owned(), key: Some(key.to_owned()), payload, priority, max_attempts: RETRIES + 1, delay: Duration::ZERO }
}

async fn line_up(tx: &mut TenantTx, kind: &str, key: &str, payload: Value, priority: i16) -> Outcome<()> {
    let run = line(tx.tenant(), kind, key, payload, priority);
    store::runs::enqueue(tx, &run).await.refuse()?;
    Ok(())
}

/// Asks for the files of a product's default configuration, without a person waiting: the pictures of the catalogue.
pub(crate) async fn ask_quietly(inner: &Inner, tx: &mut TenantTx, product: Uuid, number: i64) -> Outcome<()> {
    let version = found(catalogue::version(inner, tx, product, number).await?, "product version")?;
    let default = engine::default_configuration(&version.compiled)?;
    let artefact = artefacts::key_of(inner, &version, &default)?;
    let made = artefacts::made_one(tx, &artefact).await?;
    let payload = Payload { product, version: number, values: default.response.values, usdz: false, artefact: artefact.clone(), urgent: false };
    let payload = serde_json::to_value(payload).map_err(|_| AppError::internal())?;
    if !made.answers(false) {
        line_up(tx, MODEL, &artefact, payload, QUIET).await?;
    } else if !made.complete() {
        line_up(tx, STILL, &artefact, payload, QUIET).await?;
    }
    Ok(())
}

/// Puts the pictures of a finished model in line, in the transaction of its end.
pub(crate) async fn ask_pictures(tx: &mut TenantTx, payload: &Payload) -> Outcome<()> {
    let value = serde_json::to_value(payload).map_err(|_| AppError::internal())?;
    line_up(tx, STILL, &payload.artefact, value, if payload.urgent { SOON } else { QUIET }).await?;
    Ok(())
}
