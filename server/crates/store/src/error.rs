//! The one error type, and the one place where named constraints become codes for people.

use thiserror::Error;

/// Why the database did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No connection, or none free in time. Trying later helps.
    #[error("the database is not reachable")]
    Unavailable(#[source] sqlx::Error),
    /// Two transactions stood in each other's way. Trying again helps.
    #[error("the database had to give up one of two transactions")]
    Contention(#[source] sqlx::Error),
    /// A named constraint refused it; see [`StoreError::violation`].
    #[error("constraint {name} refused the change")]
    Constraint {
        /// Name of the constraint.
        name: String,
        /// As the database said it.
        #[source]
        source: sqlx::Error,
    },
    /// The row changed since the caller read it.
    #[error("the row has changed since it was read (now at revision {current})")]
    Stale {
        /// Present revision.
        current: i64,
    },
    /// A cursor that this store did not write.
    #[error("the cursor is not valid")]
    BadCursor,
    /// A stored value that cannot be read. Names the place.
    #[error("{table}.{column} of row {row} cannot be read: {why}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Id of the row.
        row: String,
        /// What is wrong.
        why: String,
    },
    /// Set up wrongly: a sentence for the person who starts the server.
    #[error("{0}")]
    Setup(String),
    /// Anything else the database said.
    #[error("the database refused the statement")]
    Database(#[source] sqlx::Error),
}

/// Whether a violated constraint is a clash with what exists, or a bad value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// 409: clashes with another row.
    Conflict,
    /// 422: not an allowed value.
    Invalid,
}

/// What a violated constraint means to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Name of the constraint.
    pub constraint: &'static str,
    /// Clash or bad value.
    pub kind: ViolationKind,
    /// Stable code.
    pub code: &'static str,
    /// JSON pointer into the request.
    pub pointer: &'static str,
    /// A sentence.
    pub message: &'static str,
}

macro_rules! violations {
    ($($name:literal $kind:ident $code:literal $pointer:literal $message:literal;)*) => {
        &[$(Violation { constraint: $name, kind: ViolationKind::$kind, code: $code, pointer: $pointer, message: $message }),*]
    };
}

/// Constraints that a person's input can reach. Every other one is a fault of the program; [`INTERNAL`] lists those.
pub const REACHABLE: &[Violation] = violations! {
    "users_email_unique" Conflict "email_taken" "/email" "There is already an account with this mail address. Sign in instead.";
    "users_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "tenants_name_length" Invalid "name_length" "/organization" "The name of an organization has 1 to 200 characters.";
    "tenants_slug_unique" Conflict "slug_taken" "/slug" "This short name is taken.";
    "tenants_currency_is_iso" Invalid "currency" "/currency" "A currency is three capital letters, such as USD.";
    "memberships_pk" Conflict "already_member" "/email" "This person is already a member.";
    "memberships_role_known" Invalid "role_unknown" "/role" "There is no such role.";
    "invitations_one_open" Conflict "already_invited" "/email" "This person is already invited. Remove the invitation to send a new one.";
    "invitations_role_known" Invalid "role_unknown" "/role" "There is no such role.";
    "products_sku_unique" Conflict "sku_taken" "/sku" "There is already a product with this SKU.";
    "products_sku_length" Invalid "sku_length" "/sku" "A SKU has 1 to 100 characters.";
    "products_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "products_currency_is_iso" Invalid "currency" "/currency" "A currency is three capital letters, such as USD.";
    "products_stock_not_negative" Invalid "stock_negative" "/stock" "Stock is 0 or more.";
    "configurations_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "configurations_folder_length" Invalid "folder_length" "/folder" "A folder's name has at most 100 characters.";
    "embeds_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "embeds_origins_few" Invalid "too_many_origins" "/origins" "An embed has at most 50 addresses.";
    "embeds_product_exists" Invalid "product_unknown" "/product_id" "There is no such product.";
    "embeds_customer_length" Invalid "customer_length" "/customer" "A customer's name has at most 200 characters.";
    "price_lists_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "price_lists_currency_code" Invalid "currency" "/currency" "A currency is three capital letters, such as USD.";
    "price_lists_customer_length" Invalid "customer_length" "/customer" "A customer's name has at most 200 characters.";
    "price_lists_ends_later" Invalid "ends_early" "/ends" "A list ends after its first day.";
    "uploads_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "leads_name_length" Invalid "name_length" "/name" "A name has 1 to 200 characters.";
    "leads_message_length" Invalid "message_length" "/message" "A message has at most 4,000 characters.";
    // Not a constraint of a table: Postgres refuses the character U+0000 in any text.
    "text_without_nul" Invalid "character_refused" "" "The character U+0000 cannot be stored.";
    "idempotency_keys_length" Invalid "idempotency_key_length" "" "An Idempotency-Key has 1 to 255 characters.";
};

/// Constraints that only a fault of the program can violate: primary keys with fresh ids, references it has just read, states.
pub const INTERNAL: &[&str] = &[
    "asset_variants_box_is_3",
    "asset_variants_kind_known",
    "asset_variants_pk",
    "asset_variants_product_exists",
    "asset_variants_ready_is_whole",
    "asset_variants_status_known",
    "asset_variants_tenant_exists",
    "asset_variants_token_unique",
    "audit_due_joins",
    "audit_due_pk",
    "audit_heads_pk",
    "audit_heads_tenant_exists",
    "audit_log_pk",
    "audit_log_tenant_exists",
    "configurations_pk",
    "configurations_share_unique",
    "configurations_user_exists",
    "configurations_version_exists",
    "embed_days_embed_exists",
    "embed_days_pk",
    "embeds_pk",
    "embeds_public_id_unique",
    "embeds_tenant_exists",
    "idempotency_keys_pk",
    "idempotency_keys_whole",
    "invitations_email_is_lower",
    "invitations_hash_unique",
    "invitations_inviter_exists",
    "invitations_pk",
    "invitations_tenant_exists",
    "job_runs_attempts_positive",
    "job_runs_kind_length",
    "job_runs_one_open_per_key",
    "job_runs_pk",
    "job_runs_progress_in_range",
    "job_runs_state_known",
    "job_turns_pk",
    "jobs_configuration_exists",
    "jobs_kind_length",
    "jobs_pk",
    "jobs_product_exists",
    "jobs_progress_in_range",
    "jobs_requester_exists",
    "jobs_status_known",
    "jobs_tenant_exists",
    "leads_configuration_exists",
    "leads_embed_exists",
    "leads_kind_known",
    "leads_pk",
    "leads_tenant_exists",
    "listed_prices_list_exists",
    "listed_prices_pk",
    "listed_prices_product_exists",
    "login_failures_pk",
    "mails_attachment_whole",
    "mails_pk",
    "mails_state_known",
    "mails_tenant_exists",
    "memberships_tenant_exists",
    "memberships_user_exists",
    "password_resets_pk",
    "password_resets_user_exists",
    "person_keys_owner_unique",
    "person_keys_pk",
    "price_lists_pk",
    "price_lists_tenant_exists",
    "product_versions_pk",
    "product_versions_product_exists",
    "products_pk",
    "products_status_known",
    "products_tenant_exists",
    "refresh_tokens_hash_unique",
    "refresh_tokens_one_child",
    "refresh_tokens_parent_exists",
    "refresh_tokens_pk",
    "refresh_tokens_session_exists",
    "sessions_pk",
    "sessions_tenant_exists",
    "sessions_user_exists",
    "tenants_kind_known",
    "tenants_one_showcase",
    "tenants_pk",
    "uploads_job_exists",
    "uploads_kind_known",
    "uploads_person_exists",
    "uploads_pk",
    "uploads_same",
    "uploads_status_known",
    "uploads_tenant_exists",
    "uploads_unit_known",
    "uploads_up_known",
    "users_email_is_lower",
    "users_last_tenant_exists",
    "users_pk",
];

impl StoreError {
    /// What the violated constraint means to a person; `None` for other errors and for constraints that only the program can violate.
    #[must_use]
    pub fn violation(&self) -> Option<Violation> {
        match self {
            Self::Constraint { name, .. } => REACHABLE.iter().find(|v| v.constraint == name).copied(),
            _ => None,
        }
    }

    /// Whether the named constraint refused the change.
    #[must_use]
    pub fn is_constraint(&self, wanted: &str) -> bool {
        matches!(self, Self::Constraint { name, .. } if name == wanted)
    }

    /// Whether trying the whole transaction again can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contention(_))
    }

    /// For columns that hold JSON of ours.
    pub(crate) fn corrupt(table: &'static str, column: &'static str, row: impl ToString, why: impl ToString) -> Self {
        Self::Corrupt { table, column, row: row.to_string(), why: why.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let db = match &error {
            E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed => return Self::Unavailable(error),
            E::Database(db) => db,
            _ => return Self::Database(error),
        };
        let code = db.code().map(std::borrow::Cow::into_owned).unwrap_or_default();
        let constraint = db.constraint().map(str::to_owned);
        match code.as_str() {
            // Serialization failure, deadlock, lock timeout.
            "40001" | "40P01" | "55P03" => Self::Contention(error),
            // Shutting down, starting up, no connection slot left, killed.
            "57P01" | "57P02" | "57P03" | "53300" => Self::Unavailable(error),
            "22021" | "22P05" => Self::Constraint { name: "text_without_nul".to_owned(), source: error },
            c if c.starts_with("08") => Self::Unavailable(error),
            c if c.starts_with("23") => match constraint {
                Some(name) => Self::Constraint { name, source: error },
                None => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}
