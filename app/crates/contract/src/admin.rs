//! Administration: people, audit log, outbox.

use crate::{Id, Timestamp};
use serde::{Deserialize, Serialize};

/// A member of the workspace, as administrators see them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Person's id, or the invitation's while `invited`.
    pub id: Id,
    /// Mail address.
    pub email: String,
    /// Name; empty while invited.
    pub name: String,
    /// Role.
    pub role: String,
    /// `active`, `invited` or `disabled`.
    pub state: String,
    /// Since when.
    pub since: Timestamp,
    /// Last sign of life.
    pub last_seen: Option<Timestamp>,
}

/// Ask somebody in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    /// Mail address.
    pub email: String,
    /// Role.
    pub role: String,
}

/// Change a member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeMember {
    /// New role.
    #[serde(default)]
    pub role: Option<String>,
    /// Let in or keep out.
    #[serde(default)]
    pub disabled: Option<bool>,
}

/// Take up an invitation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptInvite {
    /// From the mail.
    pub token: String,
    /// Name of the person, needed for a new account.
    #[serde(default)]
    pub name: String,
    /// Password: a new one for a new account, the present one for an old account.
    pub password: String,
}

/// One entry of the audit log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Position in the tenant's chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who: mail address, "visitor" or "system"; "erased" once the person is, as in every field that told of them.
    pub actor: String,
    /// What, as `resource.verb` (`configuration.saved`).
    pub action: String,
    /// On what.
    pub subject: String,
    /// State before, when there was one.
    pub before: Option<serde_json::Value>,
    /// State after, when there is one.
    pub after: Option<serde_json::Value>,
    /// Address of the caller.
    pub ip: Option<String>,
    /// Browser or program.
    pub agent: Option<String>,
    /// Link of the chain (SHA-256, hexadecimal).
    pub hash: String,
}

/// Whether the chain is whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditCheck {
    /// Entries read.
    pub entries: i64,
    /// First entry that does not fit; `null` when the chain is whole.
    pub first_bad: Option<i64>,
}

/// A mail of the outbox.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutboxMail {
    /// Id.
    pub id: Id,
    /// Receiver.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Name of the file that goes with it, as long as it is kept here.
    #[serde(default)]
    pub attachment: Option<String>,
    /// `kept` (no mail server configured), `sent`, `waiting` or `failed`.
    pub state: String,
    /// When.
    pub at: Timestamp,
}
