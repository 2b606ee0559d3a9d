//! Chores on workspaces.

use anyhow::{Context, bail};
use store::accounts::{self, Tenant};
use store::audit::{self, NewEntry};
use store::{Store, TenantScope};
use time::OffsetDateTime;

/// One line for each workspace.
///
/// # Errors
/// When the database can't be read.
pub async fn list(store: &Store) -> anyhow::Result<String> {
    let mut tx = store.platform("workspace list names every workspace").await?;
    let all = accounts::tenants(&mut tx).await?;
    let line = |t: &Tenant| {
        let state = t.disabled_at.map_or_else(String::new, |at| format!(", disabled since {}", at.date()));
        format!("{}  {:<20} {}{state}", t.id, t.slug.as_deref().unwrap_or("-"), t.name)
    };
    Ok(all.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Shuts or opens a workspace, and notes it in its audit log. The answer is what to print.
///
/// # Errors
/// A sentence when there is no such workspace; when the database refuses.
pub async fn set_disabled(store: &Store, which: &str, disabled: bool) -> anyhow::Result<String> {
    let mut tx = store.platform("a workspace is disabled or enabled by whoever runs the server").await?;
    let all = accounts::tenants(&mut tx).await?;
    let found = all.iter().find(|t| t.id.to_string() == which || t.slug.as_deref() == Some(which));
    let tenant = found.with_context(|| format!("there is no workspace \"{which}\": `fitout workspace list` names them"))?;
    if tenant.kind == "showcase" {
        bail!("the showcase is what visitors see: it can't be disabled");
    }
    if tenant.disabled_at.is_some() == disabled {
        return Ok(format!("{} is {} already.", tenant.name, if disabled { "disabled" } else { "open" }));
    }
    accounts::set_tenant_disabled(&mut tx, tenant.id, disabled).await?;
    let mut tx = tx.into_tenant(&TenantScope::system(tenant.id)).await?;
    let action = if disabled { "tenant.disabled" } else { "tenant.enabled" };
    let id = tenant.id.to_string();
    let entry = NewEntry { at: OffsetDateTime::now_utc(), action, subject: id.as_str().into(), before: None, after: None, personal: &[] };
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(format!("{} is {} now.", tenant.name, if disabled { "disabled" } else { "open" }))
}
