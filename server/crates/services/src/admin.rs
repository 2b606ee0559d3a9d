//! Administration: people, audit log, outbox.

use crate::Services;
use crate::errors::{Refuse, conflict};
use crate::fields::{Faults, id as read_id, limit};
use crate::inner::{Inner, found, scope};
use crate::times::stamp;
use crate::{idempotency, mailing, trail, words};
use async_trait::async_trait;
use contract::*;
use facade::{Admin, Ctx, Download, Outcome, Permission, Role};
use serde_json::json;
use store::accounts as rows;
use time::Duration;
use uuid::Uuid;

#[async_trait]
impl Admin for Services {
    async fn members(&self, ctx: &Ctx) -> Outcome<Vec<Member>> {
        ctx.require(Permission::UsersRead)?;
        let mut tx = self.0.store.platform("administrators see the members of their workspace").await.refuse()?;
        let members = rows::members(&mut tx, ctx.tenant).await.refuse()?;
        let invitations = rows::invitations(&mut tx, ctx.tenant).await.refuse()?;
        Ok(members.into_iter().map(member).chain(invitations.into_iter().map(invited)).collect())
    }

    async fn invite(&self, ctx: &Ctx, request: Invite) -> Outcome<Member> {
        ctx.require(Permission::UsersWrite)?;
        invite(&self.0, ctx, request).await
    }

    async fn change_member(&self, ctx: &Ctx, id: &str, request: ChangeMember) -> Outcome<Member> {
        ctx.require(Permission::UsersWrite)?;
        change(&self.0, ctx, read_id(id, "member")?, request).await
    }

    async fn remove_member(&self, ctx: &Ctx, id: &str) -> Outcome<()> {
        ctx.require(Permission::UsersWrite)?;
        remove(&self.0, ctx, read_id(id, "member")?).await
    }

    async fn audit(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<AuditEntry>> {
        ctx.require(Permission::AuditRead)?;
        let mut tx = self.0.tx(ctx).await?;
        trail::page(&mut tx, limit(page.limit)?, page.cursor.as_deref()).await
    }

    async fn audit_verify(&self, ctx: &Ctx) -> Outcome<AuditCheck> {
        ctx.require(Permission::AuditRead)?;
        let mut tx = self.0.tx(ctx).await?;
        trail::verify(&mut tx).await
    }

    async fn outbox(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<OutboxMail>> {
        ctx.require(Permission::OutboxRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let found = store::mails::list(&mut tx, limit(page.limit)?, page.cursor.as_deref()).await.refuse()?;
        Ok(Page { items: found.items.into_iter().map(outbox_mail).collect(), next_cursor: found.next })
    }

    async fn outbox_file(&self, ctx: &Ctx, id: &str) -> Outcome<Download> {
        ctx.require(Permission::OutboxRead)?;
        let id = read_id(id, "mail")?;
        let mut tx = self.0.tx(ctx).await?;
        // As with its text: what was handed over went to its receiver only.
        let kept = store::mails::attachment(&mut tx, id).await.refuse()?.filter(|(_, _, state)| state == "kept");
        let (name, data, _) = found(kept, "file")?;
        Ok(Download { data: data.into(), content_type: "application/pdf", name })
    }
}

fn member(row: rows::Member) -> Member {
    Member {
        id: row.user_id.to_string(),
        email: row.email,
        name: row.name,
        role: row.role,
        state: if row.disabled { "disabled" } else { "active" }.to_owned(),
        since: stamp(row.since),
        last_seen: row.last_seen_at.map(stamp),
    }
}

fn invited(row: rows::Invitation) -> Member {
    Member {
        id: row.id.to_string(),
        email: row.email,
        name: String::new(),
        role: row.role,
        state: "invited".to_owned(),
        since: stamp(row.created_at),
        last_seen: None,
    }
}

/// A mail that was handed over is not shown to administrators: it may hold a link that signs somebody else in.
fn outbox_mail(row: store::mails::Mail) -> OutboxMail {
    let body = match (row.state.as_str(), row.error) {
        ("kept", _) => row.body,
        ("failed", Some(error)) => format!("The mail server did not take it: {error}"),
        _ => "The text went to its receiver only.".to_owned(),
    };
    let attachment = row.attachment_name.filter(|_| row.state == "kept");
    OutboxMail { id: row.id.to_string(), attachment, to: row.recipient, subject: row.subject, body, state: row.state, at: stamp(row.created_at) }
}

async fn invite(inner: &Inner, ctx: &Ctx, request: Invite) -> Outcome<Member> {
    let mut faults = Faults::default();
    let email = faults.email("/email", &request.email);
    let role = Role::parse(&request.role);
    if role.is_none() {
        faults.add("/role", "There is no such role.");
    }
    faults.done()?;
    let role = role.ok_or_else(AppError::internal)?;
    let now = inner.now();
    let (id, token) = (inner.ports.ids.id(), inner.ports.ids.token());
    let mut tx = inner.store.platform("administrators invite people into their workspace").await.refuse()?;
    if rows::members(&mut tx, ctx.tenant).await.refuse()?.iter().any(|m| m.email == email) {
        return Err(conflict("already_member", "This person is already a member."));
    }
    let tenant = found(rows::tenant(&mut tx, ctx.tenant).await.refuse()?, "workspace")?;
    let new = rows::NewInvitation {
        id,
        tenant: ctx.tenant,
        email: &email,
        role: role.as_str(),
        token_hash: crate::tokens::digest(&token),
        invited_by: ctx.user_id(),
        created_at: now,
        expires_at: now + Duration::days(7),
    };
    rows::create_invitation(&mut tx, &new).await.refuse()?;
    let subject = trail::whoever(&mut tx, &email).await?;
    let mut tx = tx.into_tenant(&scope(ctx)).await.refuse()?;
    let mail = words::invitation(&email, &ctx.actor_name(), &tenant.name, role, &inner.address(&format!("/auth/invite?token={token}")));
    mailing::post(inner, &mut tx, &mail).await?;
    trail::note(inner, &mut tx, "member.invited", subject, None, Some(&json!({ "role": role.as_str() }))).await?;
    let member = Member {
        id: id.to_string(),
        email: email.clone(),
        name: String::new(),
        role: role.as_str().to_owned(),
        state: "invited".to_owned(),
        since: stamp(now),
        last_seen: None,
    };
    idempotency::keep(&mut tx, &ctx.caller, &member).await?;
    tx.commit().await.refuse()?;
    Ok(member)
}

async fn change(inner: &Inner, ctx: &Ctx, id: Uuid, request: ChangeMember) -> Outcome<Member> {
    let role = match request.role.as_deref() {
        Some(name) => Some(Role::parse(name).ok_or_else(|| AppError::invalid_at("/role", "There is no such role."))?),
        None => None,
    };
    let mut tx = inner.store.platform("administrators change a member of their workspace").await.refuse()?;
    let admins = rows::lock_admins(&mut tx, ctx.tenant).await.refuse()?;
    let before = found(rows::members(&mut tx, ctx.tenant).await.refuse()?.into_iter().find(|m| m.user_id == id), "member")?;
    let leaves = role.is_some_and(|r| r != Role::Admin) || request.disabled == Some(true);
    if leaves && admins == [id] {
        return Err(last_admin());
    }
    if let Some(role) = role {
        rows::set_role(&mut tx, ctx.tenant, id, role.as_str()).await.refuse()?;
    }
    if let Some(disabled) = request.disabled {
        rows::set_member_disabled(&mut tx, ctx.tenant, id, disabled).await.refuse()?;
        if disabled {
            rows::revoke_sessions_of(&mut tx, id, Some(ctx.tenant), "access switched off", inner.now()).await.refuse()?;
        }
    }
    let after = found(rows::members(&mut tx, ctx.tenant).await.refuse()?.into_iter().find(|m| m.user_id == id), "member")?;
    let mut tx = tx.into_tenant(&scope(ctx)).await.refuse()?;
    let state = |m: &rows::Member| json!({ "role": m.role, "disabled": m.disabled });
    trail::note(inner, &mut tx, "member.changed", trail::user(id, &after.email), Some(&state(&before)), Some(&state(&after))).await?;
    tx.commit().await.refuse()?;
    forget(inner, id, ctx.tenant).await;
    Ok(member(after))
}

async fn remove(inner: &Inner, ctx: &Ctx, id: Uuid) -> Outcome<()> {
    let mut tx = inner.store.platform("administrators take a member or an invitation out").await.refuse()?;
    let admins = rows::lock_admins(&mut tx, ctx.tenant).await.refuse()?;
    if let Some(email) = rows::remove_invitation(&mut tx, ctx.tenant, id).await.refuse()? {
        let subject = trail::whoever(&mut tx, &email).await?;
        let mut tx = tx.into_tenant(&scope(ctx)).await.refuse()?;
        trail::note(inner, &mut tx, "member.uninvited", subject, None, None).await?;
        return tx.commit().await.refuse();
    }
    let before = found(rows::members(&mut tx, ctx.tenant).await.refuse()?.into_iter().find(|m| m.user_id == id), "member")?;
    if admins == [id] {
        return Err(last_admin());
    }
    rows::remove_member(&mut tx, ctx.tenant, id).await.refuse()?;
    rows::revoke_sessions_of(&mut tx, id, Some(ctx.tenant), "no longer a member", inner.now()).await.refuse()?;
    let mut tx = tx.into_tenant(&scope(ctx)).await.refuse()?;
    trail::note(inner, &mut tx, "member.removed", trail::user(id, &before.email), Some(&json!({ "role": before.role })), None).await?;
    tx.commit().await.refuse()?;
    forget(inner, id, ctx.tenant).await;
    Ok(())
}

fn last_admin() -> AppError {
    conflict("last_admin", "This is the last administrator. Make somebody else an administrator first.")
}

/// What was known about a person's sessions in a workspace is looked up again at their next request.
async fn forget(inner: &Inner, user: Uuid, tenant: Uuid) {
    let theirs: Vec<Uuid> = inner.sessions.iter().filter(|(_, s)| s.user == user && s.tenant == tenant).map(|(id, _)| *id).collect();
    for session in theirs {
        inner.sessions.invalidate(&session).await;
    }
}
