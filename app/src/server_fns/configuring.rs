//! Configuring, saving, sharing. Choices travel as JSON: form encoding would turn numbers into text.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
#[cfg(feature = "ssr")]
use contract::{ChangeConfiguration, ConfigureRequest, NewConfiguration, PageRequest};
use contract::{ConfigData, Configuration, ConfiguratorData, ConfigureResponse, Page, Shared, SharedPage};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// What the configurator page needs.
#[server(prefix = "/_fn", endpoint = "configurator", input = Json, output = Answer)]
pub async fn configurator(id: String, choices: ConfigData) -> Result<ConfiguratorData, PageError> {
    door::facade()?.products.configurator(&door::ctx()?, &id, choices).await.map_err(door::refuse)
}

/// Evaluates choices on the server.
#[server(prefix = "/_fn", endpoint = "configure", input = Json, output = Answer)]
pub async fn configure(id: String, choices: ConfigData) -> Result<ConfigureResponse, PageError> {
    door::facade()?.products.configure(&door::ctx()?, &id, ConfigureRequest { config_data: choices }).await.map_err(door::refuse)
}

/// The workspace's saved configurations, newest first.
#[server(prefix = "/_fn", endpoint = "configurations", output = Answer)]
pub async fn list_configurations(limit: Option<u32>, cursor: Option<String>) -> Result<Page<Configuration>, PageError> {
    door::facade()?.configurations.list(&door::ctx()?, PageRequest { limit, cursor }).await.map_err(door::refuse)
}

/// One saved configuration.
#[server(prefix = "/_fn", endpoint = "configuration", output = Answer)]
pub async fn get_configuration(id: String) -> Result<Configuration, PageError> {
    door::facade()?.configurations.get(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Saves a configuration under a new id.
#[server(prefix = "/_fn", endpoint = "save-configuration", input = Json, output = Answer)]
pub async fn save_configuration(product_id: String, name: String, config_data: ConfigData) -> Result<Configuration, PageError> {
    door::facade()?.configurations.create(&door::ctx()?, NewConfiguration { product_id, name, config_data }).await.map_err(door::refuse)
}

/// Changes a saved configuration; refused with 412 when somebody else did since `revision`.
#[server(prefix = "/_fn", endpoint = "change-configuration", input = Json, output = Answer)]
pub async fn update_configuration(
    id: String,
    name: Option<String>,
    config_data: Option<ConfigData>,
    revision: Option<i64>,
) -> Result<Configuration, PageError> {
    door::facade()?.configurations.change(&door::ctx()?, &id, ChangeConfiguration { name, config_data }, revision).await.map_err(door::refuse)
}

/// Removes a saved configuration; its link ends.
#[server(prefix = "/_fn", endpoint = "delete-configuration", output = Answer)]
pub async fn delete_configuration(id: String) -> Result<(), PageError> {
    door::facade()?.configurations.delete(&door::ctx()?, &id, None).await.map_err(door::refuse)
}

/// Makes or returns the permanent link.
#[server(prefix = "/_fn", endpoint = "share-configuration", output = Answer)]
pub async fn share_configuration(id: String) -> Result<Shared, PageError> {
    door::facade()?.configurations.share(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Ends the link.
#[server(prefix = "/_fn", endpoint = "revoke-share", output = Answer)]
pub async fn revoke_share(id: String) -> Result<(), PageError> {
    door::facade()?.configurations.revoke_share(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// The page behind a link.
#[server(prefix = "/_fn", endpoint = "shared", output = Answer)]
pub async fn open_shared(token: String) -> Result<SharedPage, PageError> {
    door::facade()?.configurations.shared(&door::caller()?, &token).await.map_err(door::refuse)
}
