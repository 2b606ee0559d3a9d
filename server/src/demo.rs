//! Demo data: an organization with a person in each role.

use crate::wiring::Wired;
use facade::Role;
use store::{Person, TenantScope};

/// Password of every demo person; printed at the start, so never for a server that others reach.
const PASSWORD: &str = "drawing-office";

/// The demo organization's name.
const ORGANIZATION: &str = "Halden Works";

/// Makes the demo organization if it isn't there (or, with `fresh`, throws it away first). The answer is what to print.
///
/// # Errors
/// When the database refuses.
pub async fn make(wired: &Wired, fresh: bool) -> anyhow::Result<(uuid::Uuid, Vec<String>)> {
    let people = [
        ("admin@fitout.example", "Ada Lindqvist", Role::Admin.as_str()),
        ("designer@fitout.example", "Dara Okoye", Role::Designer.as_str()),
        ("rep@fitout.example", "Rui Tanaka", Role::SalesRep.as_str()),
        ("viewer@fitout.example", "Vera Blom", Role::Viewer.as_str()),
        ("catalog@fitout.example", "Cato Reyes", Role::CatalogAdmin.as_str()),
    ];
    let tenant =
        wired.services.demo(ORGANIZATION, PASSWORD, &people, fresh).await.map_err(|e| anyhow::anyhow!("the demo organization could not be made: {e}"))?;
    let mut lines = vec![format!("Demo sign-ins of {ORGANIZATION} (password \"{PASSWORD}\" for all):")];
    lines.extend(people.iter().map(|p| format!("  {:<26} {}, {}", p.0, p.1, p.2)));
    Ok((tenant, lines))
}

/// Checks the audit chain of every tenant; prints one line each. True when one is broken.
///
/// # Errors
/// When the database can't be read.
pub async fn verify_audit(store: &store::Store) -> anyhow::Result<bool> {
    let mut tx = store.platform("audit verify reads every tenant's name").await?;
    let tenants = store::accounts::tenants(&mut tx).await?;
    drop(tx);
    let mut broken = false;
    for tenant in tenants {
        let mut tx = store.tenant(&TenantScope::system(tenant.id)).await?;
        let verdict = store::audit::verify(&mut tx).await?;
        match verdict.first_bad {
            None => println!("{}: {} entries, chain whole", tenant.name, verdict.entries),
            Some(bad) => {
                broken = true;
                println!("{}: BROKEN at entry {} of {}: {}", tenant.name, bad.seq, verdict.entries, bad.why);
            }
        }
    }
    Ok(broken)
}

/// Drops the keys that a person's entries in the audit logs are sealed under; the answer is what to print.
///
/// # Errors
/// When the database refuses.
pub async fn forget(store: &store::Store, mail: &str) -> anyhow::Result<String> {
    let mail = mail.trim().to_lowercase();
    let mut tx = store.platform("a person's keys are dropped").await?;
    // Entries from before somebody had an account lie under their address.
    let mut people = vec![Person::Mail(mail.clone())];
    people.extend(store::accounts::user_by_email(&mut tx, &mail).await?.map(|user| Person::User(user.id)));
    let dropped = store::vault::forget(&mut tx, &people).await?;
    tx.commit().await?;
    Ok(match dropped {
        0 => format!("The audit logs hold nothing about {mail}."),
        _ => format!("What the audit logs said about {mail} can't be read any more. The chains are whole: see `fitout audit verify`."),
    })
}
