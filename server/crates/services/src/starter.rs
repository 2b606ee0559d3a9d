//! Demo products: copies for every new workspace, and the showcase that visitors see.

use crate::engine::Compiled;
use crate::errors::Refuse;
use crate::inner::{Inner, scope};
use crate::{facts, products};
use contract::AppError;
use facade::{Actor, Caller, Ctx, Outcome};
use serde_json::Value;
use std::sync::Arc;
use store::TenantTx;
use store::products::{self as rows, Facts};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A demo product, compiled once per process.
struct Demo {
    definition: Value,
    compiled: Arc<Compiled>,
    facts: Facts,
}

static DEMO: OnceCell<Vec<Demo>> = OnceCell::const_new();

/// Stock and lead time of the demo products: `(SKU, pieces, working days)`.
const STOCK: [(&str, i32, i32); 6] =
    [("DESK-HA", 24, 8), ("CAB-BASE", 40, 12), ("FIRE-CV", 6, 15), ("HOOD-WL", 11, 10), ("WALL-ST", 0, 20), ("SOFA-LG", 9, 25)];

async fn demo() -> Outcome<&'static Vec<Demo>> {
    DEMO.get_or_try_init(|| async {
        let mut all = Vec::new();
        for definition in publish::demo() {
            let (compiled, mut facts) = products::check(definition.clone()).await.inspect_err(|error| {
                tracing::error!(%error, faults = ?error.errors, "a demo product does not compile");
            })?;
            if let Some((_, stock, days)) = STOCK.iter().find(|(sku, _, _)| *sku == facts.sku) {
                (facts.stock, facts.availability) = (*stock, facts::availability(*stock, Some(*days)));
            }
            all.push(Demo { definition, compiled, facts });
        }
        Ok::<_, AppError>(all)
    })
    .await
}

/// Copies the demo products into the transaction's workspace, published, under new ids.
pub(crate) async fn furnish(inner: &Inner, tx: &mut TenantTx) -> Outcome<()> {
    for product in demo().await? {
        add(inner, tx, product).await?;
    }
    Ok(())
}

async fn add(inner: &Inner, tx: &mut TenantTx, product: &Demo) -> Outcome<()> {
    let id = inner.ports.ids.id();
    rows::create(tx, id, &product.definition, &product.facts).await.refuse()?;
    products::publish_in(inner, tx, id, &product.definition, &product.compiled, &product.facts, None).await?;
    Ok(())
}

/// The showcase tenant; made when it is missing.
pub(crate) async fn showcase(inner: &Inner) -> Outcome<Uuid> {
    inner.showcase.get_or_try_init(|| ensure(inner)).await.copied()
}

async fn ensure(inner: &Inner) -> Outcome<Uuid> {
    let tenant = match find(inner).await? {
        Some(tenant) => tenant,
        None => make(inner).await?,
    };
    keep_current(inner, tenant).await?;
    Ok(tenant)
}

async fn find(inner: &Inner) -> Outcome<Option<Uuid>> {
    let mut tx = inner.store.platform("visitors see the showcase workspace").await.refuse()?;
    Ok(store::accounts::showcase(&mut tx).await.refuse()?.map(|t| t.id))
}

async fn make(inner: &Inner) -> Outcome<Uuid> {
    let id = inner.ports.ids.id();
    let mut tx = inner.store.platform("the showcase workspace is made").await.refuse()?;
    let new = store::accounts::NewTenant { id, name: &inner.config.showcase_name, slug: Some("showcase"), currency: "USD", kind: "showcase" };
    match store::accounts::create_tenant(&mut tx, &new).await {
        Ok(()) => {
            tx.commit().await.refuse()?;
            Ok(id)
        }
        // Another server made it at the same moment.
        Err(error) if error.is_constraint("tenants_one_showcase") || error.is_constraint("tenants_slug_unique") => {
            drop(tx);
            find(inner).await?.ok_or_else(AppError::internal)
        }
        Err(error) => Err(crate::errors::refused(error)),
    }
}

/// Adds demo products that the showcase lacks, and publishes new versions of those that changed with this release.
async fn keep_current(inner: &Inner, tenant: Uuid) -> Outcome<()> {
    let ctx = Ctx { actor: Actor::System, tenant, caller: Caller::default() };
    for product in demo().await? {
        let mut tx = inner.store.tenant(&scope(&ctx)).await.refuse()?;
        match rows::by_sku(&mut tx, &product.facts.sku).await.refuse()? {
            None => match add(inner, &mut tx, product).await {
                Ok(()) => {}
                Err(error) if error.code == "sku_taken" => continue,
                Err(error) => return Err(error),
            },
            Some(row) => {
                let newest = store::products::version(&mut tx, row.id, None).await.refuse()?;
                if newest.is_some_and(|v| v.compiled_hash == product.compiled.hash) {
                    continue;
                }
                match products::publish_in(inner, &mut tx, row.id, &product.definition, &product.compiled, &product.facts, Some(row.revision)).await {
                    Ok(_) => {}
                    Err(error) if error.kind == contract::ErrorKind::Stale => continue,
                    Err(error) => return Err(error),
                }
            }
        }
        tx.commit().await.refuse()?;
    }
    Ok(())
}

/// Asks for pictures that published products still lack, in every workspace: Blender may have been away when they were published.
pub(crate) async fn refresh_pictures(inner: &Inner) -> Outcome<()> {
    if inner.ports.blender.status().await.problem.is_some() {
        return Ok(());
    }
    let mut tx = inner.store.platform("missing pictures are looked for in every workspace").await.refuse()?;
    let tenants = store::accounts::tenants(&mut tx).await.refuse()?;
    drop(tx);
    for tenant in tenants.into_iter().filter(|t| t.disabled_at.is_none()) {
        let mut cursor = None;
        loop {
            let mut tx = inner.system(tenant.id).await?;
            let page = rows::list(&mut tx, &rows::Filter::default(), 100, cursor.as_deref()).await.refuse()?;
            let keys: Vec<String> = page.items.iter().filter_map(|p| p.default_key.clone()).collect();
            let made = crate::artefacts::made(&mut tx, &keys).await?;
            for product in &page.items {
                let pictured = product.default_key.as_ref().and_then(|k| made.get(k)).is_some_and(crate::artefacts::Made::pictured);
                if let (false, Some(version)) = (pictured, product.published_version) {
                    crate::models::ask_quietly(inner, &mut tx, product.id, version).await?;
                }
            }
            tx.commit().await.refuse()?;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(())
}
