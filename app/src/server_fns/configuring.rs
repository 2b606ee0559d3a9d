//! Configuring, saving, sharing. Choices travel as JSON: form encoding would turn numbers into text.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
#[cfg(feature = "ssr")]
use contract::{ChangeConfiguration, ConfigurationQuery, ConfigureRequest, ForkConfiguration, NewConfiguration};
use contract::{ConfigData, Configuration, ConfiguratorData, ConfigureResponse, Difference, Folder, Page, PriceFor, Shared, SharedPage};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// What the configurator page needs.
#[server(prefix = "/_fn", endpoint = "configurator", input = Json, output = Answer)]
pub async fn configurator(id: String, choices: ConfigData, price: PriceFor) -> Result<ConfiguratorData, PageError> {
    door::facade()?.products.configurator(&door::ctx()?, &id, choices, price).await.map_err(door::refuse)
}

/// Evaluates choices on the server.
#[server(prefix = "/_fn", endpoint = "configure", input = Json, output = Answer)]
pub async fn configure(id: String, choices: ConfigData) -> Result<ConfigureResponse, PageError> {
    door::facade()?.products.configure(&door::ctx()?, &id, ConfigureRequest { config_data: choices, price: PriceFor::default() }).await.map_err(door::refuse)
}

/// The workspace's saved configurations, newest first.
#[server(prefix = "/_fn", endpoint = "configurations", input = Json, output = Answer)]
pub async fn list_configurations(
    search: Option<String>,
    folder: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
) -> Result<Page<Configuration>, PageError> {
    door::facade()?.configurations.list(&door::ctx()?, ConfigurationQuery { search, folder, limit, cursor }).await.map_err(door::refuse)
}

/// One saved configuration.
#[server(prefix = "/_fn", endpoint = "configuration", output = Answer)]
pub async fn get_configuration(id: String) -> Result<Configuration, PageError> {
    door::facade()?.configurations.get(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Saves a configuration under a new id.
#[server(prefix = "/_fn", endpoint = "save-configuration", input = Json, output = Answer)]
pub async fn save_configuration(product_id: String, name: String, config_data: ConfigData, price: PriceFor) -> Result<Configuration, PageError> {
    door::facade()?.configurations.create(&door::ctx()?, NewConfiguration { product_id, name, config_data, price }).await.map_err(door::refuse)
}

/// Changes a saved configuration; refused with 412 when somebody else did since `revision`.
#[server(prefix = "/_fn", endpoint = "change-configuration", input = Json, output = Answer)]
pub async fn update_configuration(
    id: String,
    name: Option<String>,
    config_data: Option<ConfigData>,
    price: PriceFor,
    revision: Option<i64>,
) -> Result<Configuration, PageError> {
    door::facade()?
        .configurations
        .change(&door::ctx()?, &id, ChangeConfiguration { name, config_data, price, folder: None }, revision)
        .await
        .map_err(door::refuse)
}

/// Folders of saved configurations.
#[server(prefix = "/_fn", endpoint = "folders", output = Answer)]
pub async fn list_folders() -> Result<Vec<Folder>, PageError> {
    door::facade()?.configurations.folders(&door::ctx()?).await.map_err(door::refuse)
}

/// What differs from a saved configuration to today's edition, or to another one.
#[server(prefix = "/_fn", endpoint = "difference", output = Answer)]
pub async fn read_difference(id: String, with: Option<String>) -> Result<Difference, PageError> {
    door::facade()?.configurations.difference(&door::ctx()?, &id, with.as_deref()).await.map_err(door::refuse)
}

/// Another name or folder.
#[server(prefix = "/_fn", endpoint = "rename-configuration", output = Answer)]
pub async fn rename_configuration(id: String, name: String, folder: String) -> Result<Configuration, PageError> {
    let change = ChangeConfiguration { name: Some(name), folder: Some(folder), ..ChangeConfiguration::default() };
    door::facade()?.configurations.change(&door::ctx()?, &id, change, None).await.map_err(door::refuse)
}

/// Moves it to the newest edition and today's price.
#[server(prefix = "/_fn", endpoint = "renew-configuration", output = Answer)]
pub async fn renew_configuration(id: String, revision: i64) -> Result<Configuration, PageError> {
    door::facade()?.configurations.renew(&door::ctx()?, &id, Some(revision)).await.map_err(door::refuse)
}

/// Saves the same under another name; answers where that is.
#[server(prefix = "/_fn", endpoint = "fork-configuration", output = Answer)]
pub async fn copy_configuration(id: String) -> Result<String, PageError> {
    let copy = door::facade()?.configurations.fork(&door::ctx()?, &id, ForkConfiguration::default()).await.map_err(door::refuse)?;
    Ok(door::go(&format!("/saved/{}", copy.id)))
}

/// Removes a saved configuration; its link ends. Answers where to go on.
#[server(prefix = "/_fn", endpoint = "delete-configuration", output = Answer)]
pub async fn delete_configuration(id: String) -> Result<String, PageError> {
    door::facade()?.configurations.delete(&door::ctx()?, &id, None).await.map_err(door::refuse)?;
    Ok(door::go("/saved"))
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
