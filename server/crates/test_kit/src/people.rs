//! Workspaces and people, made through the front door.

use crate::TestApp;
use contract::{AcceptInvite, Invite, ProductCard, ProductQuery, Register, SignedIn};
use facade::{Caller, Ctx, Role};
use uuid::Uuid;

/// The password of everybody here.
pub const PASSWORD: &str = "linen and walnut 7";

/// Where test requests come from.
#[must_use]
pub fn caller() -> Caller {
    Caller { request_id: "test".to_owned(), ip: Some("192.0.2.7".to_owned()), agent: Some("test".to_owned()), once: None }
}

/// A workspace with its first administrator.
pub struct TestTenant {
    app: TestApp,
    /// Id.
    pub id: Uuid,
    /// Short name, part of the mail addresses.
    pub name: String,
    /// The administrator who signed up.
    pub admin: TestUser,
}

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct TestUser {
    /// For calls on the facade.
    pub ctx: Ctx,
    /// As signed in.
    pub signed_in: SignedIn,
    /// Mail address.
    pub email: String,
}

impl TestUser {
    /// Person's id.
    #[must_use]
    pub fn id(&self) -> String {
        self.signed_in.user.id.clone()
    }
}

impl TestApp {
    /// A workspace `name` with demo products; its administrator is `admin@{name}.example.com`.
    pub async fn tenant(&self, name: &str) -> TestTenant {
        let email = format!("admin@{name}.example.com");
        let request = Register { email: email.clone(), password: PASSWORD.to_owned(), name: format!("Admin of {name}"), organization: Some(name.to_owned()) };
        let signed_in = self.facade.accounts.register(&caller(), request).await.expect("sign-up");
        let admin = self.known(signed_in).await;
        TestTenant { app: self.clone(), id: admin.ctx.tenant, name: name.to_owned(), admin }
    }

    /// A person from the answer to signing in.
    pub async fn known(&self, signed_in: SignedIn) -> TestUser {
        let ctx = self.facade.accounts.authenticate(&caller(), &signed_in.access_token).await.expect("a fresh access token");
        TestUser { ctx, email: signed_in.user.email.clone(), signed_in }
    }
}

impl TestTenant {
    /// A new member with this role, by invitation. The number of members makes the address unique.
    pub async fn member(&self, role: Role) -> TestUser {
        let admin = &self.app.facade.admin;
        let n = admin.members(&self.admin.ctx).await.expect("members").len();
        let email = format!("{}{n}@{}.example.com", role.as_str().replace('_', "-"), self.name);
        admin.invite(&self.admin.ctx, Invite { email: email.clone(), role: role.as_str().to_owned() }).await.expect("invitation");
        let token = self.app.link_token(&email).await;
        let request = AcceptInvite { token, name: format!("{} {n}", role.as_str()), password: PASSWORD.to_owned() };
        let signed_in = self.app.facade.accounts.accept_invite(&caller(), request).await.expect("joining");
        self.app.known(signed_in).await
    }
    /// A designer.
    pub async fn designer(&self) -> TestUser {
        self.member(Role::Designer).await
    }
    /// A sales representative.
    pub async fn sales_rep(&self) -> TestUser {
        self.member(Role::SalesRep).await
    }
    /// A viewer.
    pub async fn viewer(&self) -> TestUser {
        self.member(Role::Viewer).await
    }
    /// A facility manager.
    pub async fn facility_manager(&self) -> TestUser {
        self.member(Role::FacilityManager).await
    }
    /// A catalogue administrator.
    pub async fn catalog_admin(&self) -> TestUser {
        self.member(Role::CatalogAdmin).await
    }
    /// The card of a product by SKU.
    pub async fn product(&self, sku: &str) -> ProductCard {
        let query = ProductQuery { search: Some(sku.to_owned()), ..ProductQuery::default() };
        let page = self.app.facade.products.list(&self.admin.ctx, query).await.expect("products");
        page.items.into_iter().find(|p| p.sku == sku).unwrap_or_else(|| panic!("{} has no product {sku}", self.name))
    }
}
