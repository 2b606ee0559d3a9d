//! A question about what somebody configured.

use crate::Services;
use crate::errors::{Refuse, away};
use crate::fields::{Faults, body_id};
use crate::inner::{found, on_behalf};
use crate::times::stamp;
use crate::{idempotency, mailing, papers, trail, words};
use contract::{AppError, Configuration, ErrorKind, Lead, LeadReceipt, Money, NewConfiguration, NewJob, NewLead, Price, PriceFor, format_money};
use facade::{Actor, Configurations, Ctx, Jobs, Outcome, Permission};
use ports::Attachment;
use serde_json::json;
use std::time::Duration;
use store::Person;
use store::audit::Subject;
use store::embeds::{self as rows, Use};
use uuid::Uuid;

/// Longest wait for the specification.
const PATIENCE: Duration = Duration::from_secs(8);
/// Longest message, characters.
const LONGEST: usize = 4000;

pub(super) async fn ask(services: &Services, ctx: &Ctx, request: NewLead) -> Outcome<LeadReceipt> {
    let inner = &services.0;
    let mut faults = Faults::default();
    let name = faults.name("/name", &request.name);
    // It greets whoever's address was typed, which may be a stranger's.
    if name.contains("://") || name.to_lowercase().contains("www.") {
        faults.add("/name", "Write a name, not an address.");
    }
    let email = faults.email("/email", &request.email);
    let message = request.message.trim();
    if message.chars().count() > LONGEST {
        faults.add("/message", "A message has at most 4,000 characters.");
    }
    let kind = if request.kind.is_empty() { "question" } else { request.kind.as_str() };
    if !["question", "quote"].contains(&kind) {
        faults.add("/kind", "A kind is question or quote.");
    }
    faults.done()?;

    let configuration = configured(services, ctx, &request, &name).await?;
    let configuration_id = Uuid::try_parse(&configuration.id).map_err(|_| AppError::internal())?;
    let (embed, origin) = match &ctx.actor {
        Actor::Embed { id, origin, .. } => (Some(*id), origin.as_str()),
        _ => (None, ""),
    };
    let (id, token, now) = (inner.ports.ids.id(), inner.ports.ids.token(), inner.now());
    let organization = found(inner.organization(ctx.tenant).await?, "workspace")?;

    let (token, paper) = on_paper(services, ctx, configuration_id, token).await?;
    let mut tx = inner.tx(ctx).await?;
    let held = found(store::configurations::share(&mut tx, configuration_id, &token).await.refuse()?, "configuration")?;
    let new = rows::NewLead { id, embed, configuration: configuration_id, kind, name: &name, email: &email, message, origin, at: now };
    rows::add_lead(&mut tx, &new).await.refuse()?;
    let mut notify = None;
    if let Some(embed) = embed {
        rows::count(&mut tx, embed, Use::Lead, now).await.refuse()?;
        notify = rows::get(&mut tx, embed).await.refuse()?.and_then(|e| e.notify);
    }
    let receipt = LeadReceipt { id: id.to_string(), share_url: inner.address(&format!("/c/{held}")) };
    let told = words::Asked {
        organization: &organization,
        name: &name,
        email: &email,
        message,
        quote: kind == "quote",
        product: &configuration.product_name,
        variant: &configuration.variant_code,
        price: spoken(&configuration),
        link: &receipt.share_url,
        origin,
        // Somebody else shared it in this very moment: the code on the paper leads nowhere.
        paper: paper.filter(|_| held == token),
    };
    mailing::post(inner, &mut tx, &told.receipt(notify.as_deref())).await?;
    if let Some(notify) = &notify {
        mailing::post(inner, &mut tx, &told.notice(notify, &inner.address(&format!("/saved/{configuration_id}")))).await?;
    }
    let after = json!({ "kind": kind, "configuration": configuration_id, "origin": origin });
    trail::note(inner, &mut tx, "lead.received", Subject::Person(Person::Mail(email.clone()), &email), None, Some(&after)).await?;
    idempotency::keep(&mut tx, &ctx.caller, &receipt).await?;
    tx.commit().await.refuse()?;

    // Whoever answers wants to see it; that it can't be made now must not undo the question.
    let job = NewJob { configuration_id: Some(configuration.id), ..NewJob::default() };
    if let Err(error) = Jobs::create(services, &on_behalf(ctx), job).await {
        tracing::info!(error = error.code, "the model of a question was not asked for");
    }
    Ok(receipt)
}

/// Token of the link, the one that there is already or `fresh`, and the specification. A question is worth more than its paper: without a typesetter there
/// is none.
async fn on_paper(services: &Services, ctx: &Ctx, id: Uuid, fresh: String) -> Outcome<(String, Option<Attachment>)> {
    let inner = &services.0;
    let mut tx = inner.tx(ctx).await?;
    let row = found(store::configurations::get(&mut tx, id).await.refuse()?, "configuration")?;
    drop(tx);
    let token = row.share_token.clone().unwrap_or(fresh);
    // `Asked by …` is a name for the workspace; the paper is for whoever asked.
    let row = store::configurations::Configuration { name: String::new(), ..row };
    let made = tokio::time::timeout(PATIENCE, papers::specification(inner, ctx, &row, inner.address(&format!("/c/{token}")))).await;
    let paper = made
        .unwrap_or_else(|_| Err(away("The document took too long.")))
        .inspect_err(|error| tracing::warn!(error = error.code, "a question goes out without its specification"))
        .ok();
    Ok((token, paper.map(|p| Attachment { name: p.name, data: p.data.to_vec() })))
}

/// The price with the number of pieces.
fn spoken(c: &Configuration) -> String {
    let say = |minor| format_money(&c.price.currency, minor);
    match c.quantity {
        0 | 1 => say(c.price.minor),
        n => format!("{n} × {} = {}", say(c.price.minor), say(c.price.minor.saturating_mul(i64::from(n)))),
    }
}

/// The configuration that is asked about, saved.
async fn configured(services: &Services, ctx: &Ctx, request: &NewLead, name: &str) -> Outcome<Configuration> {
    if let Some(id) = request.configuration.as_deref() {
        // Who has no account names nothing of the workspace's.
        return match &ctx.actor {
            Actor::Embed { .. } => Err(AppError::invalid_at("/configuration", "Send product_id and config_data.")),
            _ => Configurations::get(services, ctx, id).await,
        };
    }
    let product = body_id(&request.product_id, "/product_id")?;
    if let Actor::Embed { product: Some(own), .. } = &ctx.actor
        && *own != product
    {
        return Err(AppError::new(ErrorKind::Forbidden, "other_product", "This embed is for another product."));
    }
    let customer = match &ctx.actor {
        Actor::Embed { customer, .. } => customer.clone(),
        _ => request.price.customer.clone().filter(|_| ctx.may(Permission::PricesRead)),
    };
    let new = NewConfiguration {
        product_id: product.to_string(),
        name: crate::fields::shorten(&format!("Asked by {name}"), 190),
        config_data: request.config_data.clone(),
        price: PriceFor { customer, date: None, ..request.price.clone() },
    };
    // Whoever asks has no right to save there.
    Configurations::create(services, &on_behalf(ctx), new).await
}

/// A lead as people see it.
pub(super) fn shown(row: rows::Lead) -> Lead {
    let price: Option<Price> = serde_json::from_value(row.price).ok();
    Lead {
        id: row.id.to_string(),
        kind: row.kind,
        name: row.name,
        email: row.email,
        message: row.message,
        configuration_id: row.configuration_id.to_string(),
        product_name: row.product_name,
        price: price.map_or_else(Money::default, |p| p.total),
        embed: row.embed_name,
        origin: row.origin,
        created_at: stamp(row.created_at),
    }
}
