//! People, audit log, mails: for administrators.

use super::NO_STORE;
use crate::Api;
use crate::etag::tagged;
use crate::input::{Id, Json, Params, User};
use crate::problem::Answer;
use axum::extract::State;
use axum::response::IntoResponse;
use contract::{AuditCheck, AuditEntry, ChangeMember, Invite, Member, OutboxMail, Page};
use http::{HeaderMap, StatusCode};

/// Members and open invitations.
#[utoipa::path(get, path = "/api/v1/admin/members", tag = "administration", responses((status = 200, description = "All of them.", body = Page<Member>)))]
pub async fn members(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    let items = api.facade().admin.members(&ctx).await?;
    tagged(StatusCode::OK, &headers, None, &Page { items, next_cursor: None })
}

/// Change a member's role or access.
#[utoipa::path(patch, path = "/api/v1/admin/members/{id}", tag = "administration", params(("id" = String, Path, format = "uuid")), request_body = ChangeMember, responses((status = 200, description = "Changed.", body = Member)))]
pub async fn change_member(State(api): State<Api>, User(ctx): User, Id(id): Id, Json(request): Json<ChangeMember>) -> Answer {
    Ok(([NO_STORE], axum::Json(api.facade().admin.change_member(&ctx, &id, request).await?)).into_response())
}

/// Take a member or an invitation out.
#[utoipa::path(delete, path = "/api/v1/admin/members/{id}", tag = "administration", params(("id" = String, Path, format = "uuid")), responses((status = 204, description = "Out.")))]
pub async fn remove_member(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    api.facade().admin.remove_member(&ctx, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ask somebody in.
#[utoipa::path(post, path = "/api/v1/admin/invitations", tag = "administration", request_body = Invite, responses((status = 201, description = "A mail is on its way.", body = Member)))]
pub async fn invite(State(api): State<Api>, User(ctx): User, Json(request): Json<Invite>) -> Answer {
    Ok((StatusCode::CREATED, [NO_STORE], axum::Json(api.facade().admin.invite(&ctx, request).await?)).into_response())
}

/// Audit log, newest first.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "administration", params(("limit" = Option<u32>, Query, minimum = 1, maximum = 100), ("cursor" = Option<String>, Query)), responses((status = 200, description = "A page.", body = Page<AuditEntry>)))]
pub async fn audit(State(api): State<Api>, User(ctx): User, params: Params, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().admin.audit(&ctx, params.page()?).await?)
}

/// Whether the audit log's chain is whole.
#[utoipa::path(get, path = "/api/v1/admin/audit/verify", tag = "administration", responses((status = 200, description = "Entries read, and the first that does not fit.", body = AuditCheck)))]
pub async fn audit_verify(State(api): State<Api>, User(ctx): User, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().admin.audit_verify(&ctx).await?)
}

/// Mails of this workspace, newest first.
#[utoipa::path(get, path = "/api/v1/admin/outbox", tag = "administration", params(("limit" = Option<u32>, Query, minimum = 1, maximum = 100), ("cursor" = Option<String>, Query)), responses((status = 200, description = "A page.", body = Page<OutboxMail>)))]
pub async fn outbox(State(api): State<Api>, User(ctx): User, params: Params, headers: HeaderMap) -> Answer {
    tagged(StatusCode::OK, &headers, None, &api.facade().admin.outbox(&ctx, params.page()?).await?)
}

/// The file that goes with a mail, as long as it is kept here.
#[utoipa::path(get, path = "/api/v1/admin/outbox/{id}/attachment", tag = "administration", params(("id" = String, Path, format = "uuid")), responses((status = 200, description = "A PDF.")))]
pub async fn outbox_file(State(api): State<Api>, User(ctx): User, Id(id): Id) -> Answer {
    super::download(api.facade().admin.outbox_file(&ctx, &id).await?)
}
