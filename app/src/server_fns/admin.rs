//! Administration.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
use contract::{AuditCheck, AuditEntry, Member, OutboxMail, Page};
#[cfg(feature = "ssr")]
use contract::{ChangeMember, Invite, PageRequest};
use leptos::prelude::*;

/// Members and open invitations.
#[server(prefix = "/_fn", endpoint = "members", output = Answer)]
pub async fn members() -> Result<Vec<Member>, PageError> {
    door::facade()?.admin.members(&door::ctx()?).await.map_err(door::refuse)
}

/// Sends an invitation.
#[server(prefix = "/_fn", endpoint = "invite", output = Answer)]
pub async fn send_invite(email: String, role: String) -> Result<Member, PageError> {
    let request = Invite { email: email.clone(), role: role.clone() };
    door::facade()?.admin.invite(&door::ctx()?, request).await.map_err(|e| door::refuse(e).keep("email", &email).keep("role", &role))
}

/// Changes a member's role.
#[server(prefix = "/_fn", endpoint = "change-role", output = Answer)]
pub async fn change_role(id: String, role: String) -> Result<Member, PageError> {
    door::facade()?.admin.change_member(&door::ctx()?, &id, ChangeMember { role: Some(role), disabled: None }).await.map_err(door::refuse)
}

/// Keeps a member out, or lets them in again.
#[server(prefix = "/_fn", endpoint = "set-disabled", output = Answer)]
pub async fn set_disabled(id: String, disabled: bool) -> Result<Member, PageError> {
    door::facade()?.admin.change_member(&door::ctx()?, &id, ChangeMember { role: None, disabled: Some(disabled) }).await.map_err(door::refuse)
}

/// Takes a member or an invitation out.
#[server(prefix = "/_fn", endpoint = "remove-member", output = Answer)]
pub async fn remove_member(id: String) -> Result<(), PageError> {
    door::facade()?.admin.remove_member(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// A page of the audit log, newest first.
#[server(prefix = "/_fn", endpoint = "audit", output = Answer)]
pub async fn audit(cursor: Option<String>) -> Result<Page<AuditEntry>, PageError> {
    door::facade()?.admin.audit(&door::ctx()?, PageRequest { limit: Some(50), cursor }).await.map_err(door::refuse)
}

/// Reads the whole chain again.
#[server(prefix = "/_fn", endpoint = "verify-audit", output = Answer)]
pub async fn verify_audit() -> Result<AuditCheck, PageError> {
    door::facade()?.admin.audit_verify(&door::ctx()?).await.map_err(door::refuse)
}

/// Mails of this workspace, newest first.
#[server(prefix = "/_fn", endpoint = "outbox", output = Answer)]
pub async fn outbox(cursor: Option<String>) -> Result<Page<OutboxMail>, PageError> {
    door::facade()?.admin.outbox(&door::ctx()?, PageRequest { limit: Some(50), cursor }).await.map_err(door::refuse)
}
