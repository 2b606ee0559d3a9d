//! Roles and what they may do: the one table.

/// A right, written `resource:action` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Permission {
    ProductsRead,
    ProductsWrite,
    ConfigurationsRead,
    ConfigurationsWrite,
    JobsRead,
    JobsCreate,
    ProjectsRead,
    ProjectsWrite,
    ProjectsDelete,
    EstimatesCreate,
    OrdersCreate,
    CostsRead,
    UsersRead,
    UsersWrite,
    AuditRead,
    OutboxRead,
    EmbedsRead,
    EmbedsWrite,
    LeadsRead,
    LeadsCreate,
    PricesRead,
    PricesWrite,
    AssetsRead,
    AssetsWrite,
}

/// Every permission, in the order of the wire.
pub const ALL: [Permission; 24] = {
    use Permission::*;
    [
        ProductsRead,
        ProductsWrite,
        ConfigurationsRead,
        ConfigurationsWrite,
        JobsRead,
        JobsCreate,
        ProjectsRead,
        ProjectsWrite,
        ProjectsDelete,
        EstimatesCreate,
        OrdersCreate,
        CostsRead,
        UsersRead,
        UsersWrite,
        AuditRead,
        OutboxRead,
        EmbedsRead,
        EmbedsWrite,
        LeadsRead,
        LeadsCreate,
        PricesRead,
        PricesWrite,
        AssetsRead,
        AssetsWrite,
    ]
};

impl Permission {
    /// `resource:action`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        use Permission::*;
        match self {
            ProductsRead => "products:read",
            ProductsWrite => "products:write",
            ConfigurationsRead => "configurations:read",
            ConfigurationsWrite => "configurations:write",
            JobsRead => "jobs:read",
            JobsCreate => "jobs:create",
            ProjectsRead => "projects:read",
            ProjectsWrite => "projects:write",
            ProjectsDelete => "projects:delete",
            EstimatesCreate => "estimates:create",
            OrdersCreate => "orders:create",
            CostsRead => "costs:read",
            UsersRead => "users:read",
            UsersWrite => "users:write",
            AuditRead => "audit:read",
            OutboxRead => "outbox:read",
            EmbedsRead => "embeds:read",
            EmbedsWrite => "embeds:write",
            LeadsRead => "leads:read",
            LeadsCreate => "leads:create",
            PricesRead => "prices:read",
            PricesWrite => "prices:write",
            AssetsRead => "assets:read",
            AssetsWrite => "assets:write",
        }
    }
}

/// What a person is in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Role {
    Admin,
    Designer,
    SalesRep,
    Viewer,
    FacilityManager,
    CatalogAdmin,
}

/// Every role, in the order of the pages.
pub const ROLES: [Role; 6] = [Role::Admin, Role::Designer, Role::SalesRep, Role::Viewer, Role::FacilityManager, Role::CatalogAdmin];

impl Role {
    /// Name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Designer => "designer",
            Self::SalesRep => "sales_rep",
            Self::Viewer => "viewer",
            Self::FacilityManager => "facility_manager",
            Self::CatalogAdmin => "catalog_admin",
        }
    }
    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        ROLES.into_iter().find(|r| r.as_str() == name)
    }
    /// Whether the role includes the permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        use Permission::*;
        match self {
            Self::Admin => true,
            Self::Designer => matches!(
                permission,
                ProductsRead
                    | ConfigurationsRead
                    | ConfigurationsWrite
                    | JobsRead
                    | JobsCreate
                    | ProjectsRead
                    | ProjectsWrite
                    | ProjectsDelete
                    | EstimatesCreate
                    | PricesRead
                    | AssetsRead
                    | AssetsWrite
            ),
            Self::SalesRep => matches!(
                permission,
                ProductsRead
                    | ConfigurationsRead
                    | ConfigurationsWrite
                    | JobsRead
                    | JobsCreate
                    | ProjectsRead
                    | ProjectsWrite
                    | EstimatesCreate
                    | OrdersCreate
                    | CostsRead
                    | EmbedsRead
                    | LeadsRead
                    | LeadsCreate
                    | PricesRead
                    | AssetsRead
            ),
            Self::Viewer => matches!(permission, ProductsRead | ConfigurationsRead | JobsRead | ProjectsRead),
            Self::FacilityManager => {
                matches!(permission, ProductsRead | ConfigurationsRead | ConfigurationsWrite | JobsRead | JobsCreate | ProjectsRead | ProjectsWrite)
            }
            Self::CatalogAdmin => {
                matches!(
                    permission,
                    ProductsRead
                        | ProductsWrite
                        | ConfigurationsRead
                        | ConfigurationsWrite
                        | JobsRead
                        | JobsCreate
                        | ProjectsRead
                        | CostsRead
                        | EmbedsRead
                        | EmbedsWrite
                        | LeadsRead
                        | PricesRead
                        | PricesWrite
                        | AssetsRead
                        | AssetsWrite
                )
            }
        }
    }
    /// Its permissions, in the order of the wire.
    #[must_use]
    pub fn permissions(self) -> Vec<String> {
        ALL.into_iter().filter(|p| self.allows(*p)).map(|p| p.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_are_read_back() {
        for role in ROLES {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }

    #[test]
    fn only_admins_change_people_and_read_the_audit_log() {
        for role in ROLES {
            for p in [Permission::UsersWrite, Permission::AuditRead, Permission::OutboxRead] {
                assert_eq!(role.allows(p), role == Role::Admin, "{} {}", role.as_str(), p.as_str());
            }
        }
    }
}
