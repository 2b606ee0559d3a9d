//! The harness has nouns: an app, workspaces, people. A test reads as who did what.
//!
//! ```ignore
//! let app = TestApp::start().await;
//! let acme = app.tenant("acme").await;
//! let ada = acme.designer().await;
//! let desk = acme.product("DESK-HA").await;
//! let job = app.facade.jobs.create(&ada.ctx, new_job(&desk.id, json!({ "width": 1800 }))).await?;
//! app.run_jobs().await;
//! ```
//!
//! Every app has its own database, file folder and clock. Panics are how a test helper says that the test is over.
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, clippy::expect_used, clippy::panic)]

mod app;
mod blender;
mod blobs;
pub mod http;
mod people;
mod work;

pub use app::{Options, TestApp};
pub use blender::{Behave, FakeBlender, glb_box};
pub use blobs::FolderBlobs;

/// A bcrypt hash of the cheapest cost, as an import brings it.
#[must_use]
pub fn bcrypt_hash(password: &str) -> String {
    bcrypt::hash(password, 4).expect("bcrypt")
}

pub use people::{PASSWORD, TestTenant, TestUser, caller};
pub use work::RunningWorker;

use contract::{ConfigData, NewConfiguration, NewJob};
use serde_json::Value;

/// Choices from a JSON object.
#[must_use]
pub fn choices(json: &Value) -> ConfigData {
    json.as_object().cloned().expect("choices are an object")
}

/// A request for a model of a product.
#[must_use]
pub fn new_job(product: &str, values: &Value) -> NewJob {
    NewJob { product_id: Some(product.to_owned()), config_data: Some(choices(values)), ..NewJob::default() }
}

/// A configuration to save.
#[must_use]
pub fn new_configuration(product: &str, name: &str, values: &Value) -> NewConfiguration {
    NewConfiguration { product_id: product.to_owned(), name: name.to_owned(), config_data: choices(values), ..NewConfiguration::default() }
}
