//! Models and pictures by Blender.

use super::decided;
use super::keep::{self, Kept};
use crate::artefacts::{self, Work};
use crate::catalogue::Version;
use crate::engine::{self, Evaluation};
use crate::inner::Inner;
use crate::models::{DRAWING, MODEL, Payload, ask_pictures, read_payload};
use crate::{catalogue, files, papers};
use contract::ErrorKind;
use jobs::{JobError, RunContext};
use ports::{Artefact, BlenderError, BuildRequest, Built, Progress};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use store::TenantTx;
use tokio::sync::mpsc;

/// Largest difference between the exact model and its parts, millimetres.
const TOLERANCE: f64 = 1.0;

/// Makes the GLB (and USDZ), then asks for the pictures.
pub(super) async fn model(inner: &Inner, ctx: RunContext) -> Result<Value, JobError> {
    let payload = read(&ctx)?;
    let kinds: &[&'static str] = if payload.usdz { &["glb", "usdz"] } else { &["glb"] };
    let made = present(inner, &ctx, &payload).await?;
    let kept = if keep::has(&made, kinds) {
        Vec::new()
    } else if let Some(copies) = keep::copied(inner, &ctx, &payload.artefact, kinds).await? {
        copies
    } else {
        let work = work(inner, &ctx, &payload).await?;
        let wanted = if payload.usdz { vec![Artefact::Glb, Artefact::Usdz] } else { vec![Artefact::Glb] };
        let size = work.parts.bounding_box_mm;
        let built = build(inner, &ctx, work, wanted).await?;
        if let Some(off) = size.iter().zip(&built.bounding_box_mm).map(|(a, b)| (a - b).abs()).find(|d| *d > TOLERANCE || !d.is_finite()) {
            return Err(JobError::retry("E-BLENDER-OUTPUT", format!("Blender's model differs by {off:.1} mm from its parts.")));
        }
        ctx.progress.report(95, "Storing files");
        let mut kept = Vec::new();
        for (kind, data) in [("glb", built.glb), ("usdz", built.usdz)] {
            match data {
                Some(data) => kept.push(keep::keep(inner, ctx.run.tenant_id, kind, data, Some(built.bounding_box_mm), &built.blender_version).await?),
                None if kinds.contains(&kind) => return Err(JobError::retry("E-BLENDER-OUTPUT", format!("Blender made no {kind} file."))),
                None => {}
            }
        }
        kept
    };
    let (mut tx, made) = noted(inner, &ctx, &payload, &kept).await?;
    if !made.complete() {
        ask_pictures(&mut tx, &payload).await.map_err(decided)?;
    }
    let result = json!({ "artefact": payload.artefact, "glb_url": made.model() });
    ctx.lease.finish(&mut tx, &result).await?;
    tx.commit().await?;
    inner.medians.invalidate(&(ctx.run.tenant_id, MODEL)).await;
    Ok(result)
}

/// Makes the two pictures and the coarser levels, and tells those who have the model.
pub(super) async fn still(inner: &Inner, ctx: RunContext) -> Result<Value, JobError> {
    const KINDS: [&str; 2] = ["still", "drawing"];
    let payload = read(&ctx)?;
    let made = present(inner, &ctx, &payload).await?;
    let mut kept: Vec<Kept> = if keep::has(&made, &KINDS) {
        Vec::new()
    } else if let Some(copies) = keep::copied(inner, &ctx, &payload.artefact, &KINDS).await? {
        copies
    } else {
        let work = work(inner, &ctx, &payload).await?;
        let built = build(inner, &ctx, work, vec![Artefact::Still]).await?;
        let Some(still) = built.still else { return Err(JobError::retry("E-BLENDER-OUTPUT", "Blender made no pictures.")) };
        let tenant = ctx.run.tenant_id;
        vec![
            keep::keep(inner, tenant, "still", still.solid, None, &built.blender_version).await?,
            keep::keep(inner, tenant, "drawing", still.drawing, None, &built.blender_version).await?,
        ]
    };
    kept.extend(levels(inner, &ctx, &payload.artefact, &made).await?);
    let (mut tx, made) = noted(inner, &ctx, &payload, &kept).await?;
    let addresses: Vec<String> = made.levels.iter().flatten().filter_map(files::path).collect();
    let pictures = json!({ "thumbnail_url": made.thumbnail(), "drawing_url": made.drawing(), "level_urls": addresses });
    store::jobs::add_to_results(&mut tx, &payload.artefact, &pictures).await?;
    show_on_card(inner, &mut tx, &payload).await?;
    ctx.lease.finish(&mut tx, &pictures).await?;
    tx.commit().await?;
    Ok(pictures)
}

/// The coarser levels of a model that is there; none when they are there, too.
async fn levels(inner: &Inner, ctx: &RunContext, artefact: &str, made: &artefacts::Made) -> Result<Vec<Kept>, JobError> {
    const KINDS: [&str; 2] = ["lod1", "lod2"];
    let Some(blob) = made.glb.as_ref().filter(|_| !keep::has(made, &KINDS)).and_then(|glb| glb.blob_key.clone()) else { return Ok(Vec::new()) };
    if let Some(copies) = keep::copied(inner, ctx, artefact, &KINDS).await? {
        return Ok(copies);
    }
    ctx.progress.report(94, "Coarser levels");
    // An extra: the model and its pictures are what people wait for.
    let without = |why: &str| {
        tracing::error!(run.id = %ctx.run.id, artefact, why, "an exact model could not be made coarser");
        Ok(Vec::new())
    };
    let Ok(glb) = inner.ports.blobs.get(&blob, None).await else { return without("its file can't be read") };
    let make = move || intake::lod::levels("Model", &glb, &intake::Limits::default());
    let levels = match tokio::task::spawn_blocking(make).await {
        Ok(Ok(levels)) => levels,
        Ok(Err(refused)) => return without(&refused.message),
        Err(_) => return without("the reader broke"),
    };
    let size = made.glb.as_ref().and_then(|glb| glb.bounding_box_dmm.as_deref()).and_then(|b| <[i32; 3]>::try_from(b).ok());
    let mut kept = Vec::new();
    for (kind, data) in KINDS.into_iter().zip(levels) {
        kept.push(keep::keep(inner, ctx.run.tenant_id, kind, data.into(), size.map(|s| s.map(crate::times::mm)), "").await?);
    }
    Ok(kept)
}

/// Makes the film of one turn.
pub(super) async fn turntable(inner: &Inner, ctx: RunContext) -> Result<Value, JobError> {
    const KINDS: [&str; 1] = ["turntable"];
    let payload = read(&ctx)?;
    let made = present(inner, &ctx, &payload).await?;
    let kept: Vec<Kept> = if keep::has(&made, &KINDS) {
        Vec::new()
    } else if let Some(copies) = keep::copied(inner, &ctx, &payload.artefact, &KINDS).await? {
        copies
    } else {
        let work = work(inner, &ctx, &payload).await?;
        let built = build(inner, &ctx, work, vec![Artefact::Turntable]).await?;
        let Some(film) = built.turntable else { return Err(JobError::retry("E-BLENDER-OUTPUT", "Blender made no film.")) };
        vec![keep::keep(inner, ctx.run.tenant_id, "turntable", film, Some(built.bounding_box_mm), &built.blender_version).await?]
    };
    let (mut tx, made) = noted(inner, &ctx, &payload, &kept).await?;
    let result = json!({ "artefact": payload.artefact, "turntable_url": made.film() });
    ctx.lease.finish(&mut tx, &result).await?;
    tx.commit().await?;
    Ok(result)
}

/// Makes the technical drawing: without Blender, from the parts that it would be given.
pub(super) async fn drawing(inner: &Inner, ctx: RunContext) -> Result<Value, JobError> {
    let payload = read(&ctx)?;
    let made = present(inner, &ctx, &payload).await?;
    let mut kept = Vec::new();
    if !keep::has(&made, &["sheet"]) {
        let (version, evaluation) = evaluated(inner, &ctx, &payload).await?;
        let size = evaluation.response.bounding_box_mm;
        let (reporter, mut percent) = (ctx.progress.clone(), 0);
        let tell = move |view: &'static str| {
            percent += 20;
            reporter.report(percent - 15, format!("Drawing: {}", view.to_lowercase()));
        };
        let began = Instant::now();
        let data = tokio::select! {
            data = papers::drawing(inner, ctx.run.tenant_id, &version, evaluation, tell) => data.map_err(|error| match error.kind {
                // Told in its own words: nothing is wrong with the database.
                ErrorKind::Unavailable => JobError::retry("E-TYPESET", error.detail),
                _ => decided(error),
            })?,
            () = ctx.cancel.cancelled() => return Err(JobError::Lost),
        };
        ctx.progress.log(&format!("{:7.2} s  Drawn and set, {} bytes", began.elapsed().as_secs_f64(), data.len()));
        ctx.progress.report(95, "Storing files");
        kept.push(keep::keep(inner, ctx.run.tenant_id, "sheet", data, Some(size), "").await?);
    }
    let (mut tx, made) = noted(inner, &ctx, &payload, &kept).await?;
    let result = json!({ "artefact": payload.artefact, "sheet_url": made.paper() });
    ctx.lease.finish(&mut tx, &result).await?;
    tx.commit().await?;
    inner.medians.invalidate(&(ctx.run.tenant_id, DRAWING)).await;
    Ok(result)
}

/// The pictures of the default configuration of the present version are those of the product's card. A new generator makes new files
/// under another key: the card keeps the old ones until the new ones are here.
async fn show_on_card(inner: &Inner, tx: &mut TenantTx, payload: &Payload) -> Result<(), JobError> {
    let Some(product) = store::products::get(tx, payload.product).await? else { return Ok(()) };
    if product.published_version != Some(payload.version) || product.default_key.as_ref() == Some(&payload.artefact) {
        return Ok(());
    }
    let version = catalogue::version(inner, tx, payload.product, payload.version).await.map_err(decided)?;
    if version.is_some_and(|v| engine::is_default(&v, &payload.values)) {
        store::products::set_default_key(tx, payload.product, &payload.artefact).await?;
    }
    Ok(())
}

/// Notes what was kept, while the run is still ours: the transaction that ends it, and all that there is now.
async fn noted(inner: &Inner, ctx: &RunContext, payload: &Payload, kept: &[Kept]) -> Result<(TenantTx, artefacts::Made), JobError> {
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    ctx.lease.guard(&mut tx).await?;
    keep::note(inner, &mut tx, &payload.artefact, payload.product, kept).await?;
    let made = artefacts::made_one(&mut tx, &payload.artefact).await.map_err(decided)?;
    Ok((tx, made))
}

fn read(ctx: &RunContext) -> Result<Payload, JobError> {
    read_payload(&ctx.run.payload).map_err(|why| {
        tracing::error!(run.id = %ctx.run.id, why, "a run can't be read");
        JobError::fail("E-INTERNAL", "Something on our side did not work.")
    })
}

/// What is there already: another run may have been quicker, or this one died after storing.
async fn present(inner: &Inner, ctx: &RunContext, payload: &Payload) -> Result<artefacts::Made, JobError> {
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    artefacts::made_one(&mut tx, &payload.artefact).await.map_err(decided)
}

/// What Blender is given: evaluated anew from the values, with the same code that priced them.
async fn work(inner: &Inner, ctx: &RunContext, payload: &Payload) -> Result<Work, JobError> {
    let (version, evaluation) = evaluated(inner, ctx, payload).await?;
    Ok(Work::of(&version, &evaluation))
}

async fn evaluated(inner: &Inner, ctx: &RunContext, payload: &Payload) -> Result<(Arc<Version>, Arc<Evaluation>), JobError> {
    let mut tx = inner.store.tenant(&ctx.scope()).await?;
    let version = catalogue::version(inner, &mut tx, payload.product, payload.version).await.map_err(decided)?;
    drop(tx);
    let Some(version) = version else { return Err(JobError::fail("E-INVALID", "The product's version is gone.")) };
    let evaluation = engine::complete(&version, payload.values.clone()).await.map_err(decided)?;
    engine::refuse_invalid(&evaluation.response).map_err(decided)?;
    Ok((version, evaluation))
}

async fn build(inner: &Inner, ctx: &RunContext, work: Work, artefacts: Vec<Artefact>) -> Result<Built, JobError> {
    let film = artefacts.contains(&Artefact::Turntable);
    let request = BuildRequest { job: ctx.run.id.to_string(), name: work.name, parts: work.parts, materials: work.materials, artefacts };
    let (sender, mut steps) = mpsc::unbounded_channel::<Progress>();
    let reporter = ctx.progress.clone();
    let steps_told = Arc::new(Mutex::new(String::new()));
    let (noted, began) = (steps_told.clone(), Instant::now());
    let tell = async move {
        while let Some(step) = steps.recv().await {
            let _ = writeln!(noted.lock().unwrap_or_else(PoisonError::into_inner), "{:7.2} s  {}", began.elapsed().as_secs_f64(), step.step);
            // The last percents are for storing.
            reporter.report(step.percent.min(94), step.step);
        }
        // The sender is gone: only the build's end is waited for.
        std::future::pending::<()>().await;
    };
    let built = tokio::select! {
        built = inner.ports.blender.build(request, sender, ctx.cancel.clone()) => built,
        () = tell => return Err(JobError::Lost),
    };
    let mut log = std::mem::take(&mut *steps_told.lock().unwrap_or_else(PoisonError::into_inner));
    let _ = writeln!(log, "{:7.2} s  {}", began.elapsed().as_secs_f64(), if built.is_ok() { "Done" } else { "Ended" });
    match built {
        Ok(built) => {
            let _ = writeln!(log, "Blender {}", built.blender_version);
            ctx.progress.log(&log);
            ctx.progress.peak_memory(built.peak_memory);
            Ok(built)
        }
        Err(BlenderError::Cancelled) => Err(JobError::Lost),
        Err(error) => {
            // Causes inside the server are for its administrators.
            tracing::warn!(%error, run.id = %ctx.run.id, "a Blender run did not work");
            ctx.progress.log(&format!("{log}{}", error.code()));
            let message = match &error {
                BlenderError::NotInstalled(_) => {
                    "Blender is not installed on this server, so exact models can't be made. The instant model still works.".to_owned()
                }
                other => format!("{other}."),
            };
            // What took minutes once takes them again.
            let hopeless = film && matches!(error, BlenderError::TimedOut(_));
            Err(if error.recoverable() && !hopeless { JobError::retry(error.code(), message) } else { JobError::fail(error.code(), message) })
        }
    }
}
