//! Published versions of products, kept in memory once compiled: evaluating choices then needs no database.

use crate::engine::{Evaluation, Schema};
use crate::errors::Refuse;
use crate::inner::Inner;
use contract::AppError;
use facade::Outcome;
use moka::future::Cache;
use product::CompiledProduct;
use serde_json::Value;
use std::sync::Arc;
use store::TenantTx;
use uuid::Uuid;

/// A published version, ready to evaluate: with its own prices, or under a price list. Immutable.
pub(crate) struct Version {
    /// Product.
    pub product: Uuid,
    /// From 1.
    pub number: i64,
    /// Edition for people (`template_version`).
    pub edition: String,
    /// Day of its publication (`2026-11-21`).
    pub published: String,
    /// What the evaluator reads.
    pub compiled: CompiledProduct,
    /// The same as JSON, for the browser.
    pub json: String,
    /// Hash of the compiled product, part of every configuration's key.
    pub fingerprint: String,
    /// Key of the default configuration.
    pub default_key: String,
    /// The full schema of choices.
    pub schema: Arc<Schema>,
    /// The definition as written.
    pub definition: Arc<Value>,
    /// Answers to the latest questions.
    pub answers: Cache<String, Arc<Evaluation>>,
}

/// Answers kept per version; each is some ten kilobytes.
const ANSWERS: u64 = 200;

/// A version of a product; `None` when it was never published.
pub(crate) async fn version(inner: &Inner, tx: &mut TenantTx, product: Uuid, number: i64) -> Outcome<Option<Arc<Version>>> {
    let place = (tx.tenant(), product, number);
    if let Some(known) = inner.compiled.get(&place).await {
        return Ok(Some(known));
    }
    let Some(row) = store::products::version(tx, product, Some(number)).await.refuse()? else { return Ok(None) };
    let version = Arc::new(read(&row)?);
    inner.compiled.insert(place, version.clone()).await;
    Ok(Some(version))
}

fn read(row: &store::products::Version) -> Outcome<Version> {
    let unreadable = |error: &dyn std::fmt::Display| {
        tracing::error!(product.id = %row.product_id, version = row.version, %error, "a published version can't be read");
        AppError::internal()
    };
    let definition: Value = serde_json::from_str(&row.definition).map_err(|e| unreadable(&e))?;
    let compiled: CompiledProduct = serde_json::from_str(&row.compiled).map_err(|e| unreadable(&e))?;
    let schema = Schema::of(&definition).map_err(|e| unreadable(&e))?;
    let fingerprint = product::fingerprint(&compiled);
    let default = product::configure(&compiled, &product::Values::new());
    let default_key = product::key_with(&fingerprint, &compiled, &default.values);
    Ok(Version {
        product: row.product_id,
        number: row.version,
        edition: row.template_version.clone(),
        published: crate::times::day(row.created_at),
        compiled,
        json: row.compiled.clone(),
        fingerprint,
        default_key,
        schema: Arc::new(schema),
        definition: Arc::new(definition),
        answers: Cache::builder().max_capacity(ANSWERS).build(),
    })
}

impl Version {
    /// The same under a price list.
    pub(crate) fn under(&self, compiled: CompiledProduct) -> Outcome<Self> {
        Ok(Self {
            product: self.product,
            number: self.number,
            edition: self.edition.clone(),
            published: self.published.clone(),
            json: serde_json::to_string(&compiled).map_err(|_| AppError::internal())?,
            compiled,
            // Prices do not tell furniture apart: keys, and so exact models, are the same.
            fingerprint: self.fingerprint.clone(),
            default_key: self.default_key.clone(),
            schema: self.schema.clone(),
            definition: self.definition.clone(),
            answers: Cache::builder().max_capacity(ANSWERS).build(),
        })
    }
}
