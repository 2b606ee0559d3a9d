//! Who asks, for which tenant, under which request.

use crate::permission::{Permission, Role};
use contract::AppError;
use uuid::Uuid;

/// Where a call comes from, before anybody is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Id of the request, quoted in errors and logs.
    pub request_id: String,
    /// Address.
    pub ip: Option<String>,
    /// Browser or program.
    pub agent: Option<String>,
    /// The request has an effect once only, however often it is sent.
    pub once: Option<Once>,
}

/// An `Idempotency-Key` with what is needed to keep the answer. A use case that gets one keeps its answer in the transaction of its effect:
/// both last, or neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Person or address, and route: keys of different scopes have nothing to do with each other.
    pub scope: String,
    /// The key.
    pub key: String,
    /// Tells a repeated request from a different one.
    pub request_hash: String,
    /// HTTP status of the door's answer when the use case succeeds.
    pub status: u16,
    /// The answer holds secrets: only that there was one is kept.
    pub secret: bool,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    User {
        /// Person.
        id: Uuid,
        /// For the audit log.
        email: String,
        /// Session, so that signing out acts at once.
        session: Uuid,
        /// Role in the tenant.
        role: Role,
    },
    /// A visitor without sign-in: sees what is published in the showcase tenant.
    Visitor,
    /// The page inside the frame of an embed, by its token: asks on its visitor's behalf, and nothing else.
    Embed {
        /// The embed.
        id: Uuid,
        /// Origin of the page around the frame.
        origin: String,
        /// The one product that it shows.
        product: Option<Uuid>,
        /// Whose prices it shows; `None` = everyone's.
        customer: Option<String>,
    },
    /// The system itself (jobs, start-up).
    System,
}

/// The context of a use case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ctx {
    /// Who.
    pub actor: Actor,
    /// For which tenant; the showcase for visitors.
    pub tenant: Uuid,
    /// Request, address, agent.
    pub caller: Caller,
}

impl Ctx {
    /// Fails with 401 or 403 unless the actor's role includes `permission`. The one place where roles are checked.
    ///
    /// # Errors
    /// `Unauthenticated` for visitors, `Forbidden` for a role without it.
    pub fn require(&self, permission: Permission) -> Result<(), AppError> {
        match &self.actor {
            Actor::System => Ok(()),
            Actor::User { role, .. } if role.allows(permission) => Ok(()),
            Actor::User { .. } => Err(AppError::forbidden(permission.as_str())),
            Actor::Visitor if permission == Permission::ProductsRead => Ok(()),
            Actor::Visitor => Err(AppError::unauthenticated()),
            Actor::Embed { .. } if permission == Permission::LeadsCreate => Ok(()),
            Actor::Embed { .. } => Err(AppError::forbidden(permission.as_str())),
        }
    }
    /// Whether [`Self::require`] would pass.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.require(permission).is_ok()
    }
    /// The person, if one is signed in.
    #[must_use]
    pub fn user_id(&self) -> Option<Uuid> {
        match &self.actor {
            Actor::User { id, .. } => Some(*id),
            _ => None,
        }
    }
    /// For the audit log.
    #[must_use]
    pub fn actor_name(&self) -> String {
        match &self.actor {
            Actor::User { email, .. } => email.clone(),
            Actor::Visitor | Actor::Embed { .. } => "visitor".to_owned(),
            Actor::System => "system".to_owned(),
        }
    }
}

/// What the session layer puts into every request's extensions.
#[derive(Clone, Debug)]
pub struct Session {
    /// The context: a person's, or a visitor's in the showcase tenant.
    pub ctx: Ctx,
    /// Whether cookies get `Secure` (true everywhere but on loopback).
    pub secure_cookies: bool,
}
