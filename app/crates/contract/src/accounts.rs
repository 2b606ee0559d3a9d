//! Sign-up, sign-in, sessions.

use crate::Id;
use serde::{Deserialize, Serialize};

/// Make an account and an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Register {
    /// Mail address; its case does not matter.
    pub email: String,
    /// At least 10 characters, not among the commonest.
    pub password: String,
    /// Name of the person.
    pub name: String,
    /// Name of the organization; without it "{name}'s workspace".
    #[serde(default)]
    pub organization: Option<String>,
}

/// Sign in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Login {
    /// Mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

/// Change the pair of tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refresh {
    /// The refresh token; browsers send it as a cookie instead.
    #[serde(default)]
    pub refresh_token: Option<String>,
}

/// Go on in another workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Switch {
    /// A tenant that the person is a member of.
    pub tenant_id: Id,
}

/// Ask for a mail to set a new password. The answer never tells whether the address is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotPassword {
    /// Mail address.
    pub email: String,
}

/// Set a new password with the token of the mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    /// From the mail; good for an hour and once.
    pub token: String,
    /// New password.
    pub password: String,
}

/// A person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Id.
    pub id: Id,
    /// Mail address.
    pub email: String,
    /// Name.
    pub name: String,
}

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    /// Id.
    pub id: Id,
    /// Name.
    pub name: String,
}

/// A workspace that a person belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    /// Workspace.
    pub tenant: Tenant,
    /// Role in it.
    pub role: String,
    /// The one that the session is in.
    pub current: bool,
}

/// The answer to signing up, in, refreshing or switching.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Where.
    pub tenant: Tenant,
    /// Role there.
    pub role: String,
    /// JWT, 15 minutes.
    pub access_token: String,
    /// Opaque, 7 days, good once.
    pub refresh_token: String,
    /// Seconds until the access token is over.
    pub expires_in: u32,
}

/// Who is asking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Person.
    pub user: User,
    /// Present workspace.
    pub tenant: Tenant,
    /// Role in it.
    pub role: String,
    /// `resource:action`.
    pub permissions: Vec<String>,
    /// All workspaces.
    pub memberships: Vec<Membership>,
}
