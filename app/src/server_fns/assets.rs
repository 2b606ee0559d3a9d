//! Uploaded models and pictures. Files themselves are sent to the REST door: it takes large bodies.

#[cfg(feature = "ssr")]
use super::door;
use crate::error::PageError;
use crate::json::Answer;
use contract::{Asset, Page};
#[cfg(feature = "ssr")]
use contract::{AssetChange, AssetQuery};
use leptos::prelude::*;

/// A page of uploads, newest first.
#[server(prefix = "/_fn", endpoint = "assets", output = Answer)]
pub async fn list_assets(search: Option<String>, cursor: Option<String>) -> Result<Page<Asset>, PageError> {
    door::facade()?.assets.list(&door::ctx()?, AssetQuery { search, limit: Some(48), cursor }).await.map_err(door::refuse)
}

/// One upload.
#[server(prefix = "/_fn", endpoint = "asset", output = Answer)]
pub async fn read_asset(id: String) -> Result<Asset, PageError> {
    door::facade()?.assets.get(&door::ctx()?, &id).await.map_err(door::refuse)
}

/// Renames an upload.
#[server(prefix = "/_fn", endpoint = "rename-asset", output = Answer)]
pub async fn rename_asset(id: String, name: String) -> Result<(), PageError> {
    let change = AssetChange { name: Some(name), ..AssetChange::default() };
    door::facade()?.assets.change(&door::ctx()?, &id, change, None).await.map_err(door::refuse)?;
    door::go(&format!("/admin/assets/{id}"));
    Ok(())
}

/// Says what lengths and axes of a model mean.
#[server(prefix = "/_fn", endpoint = "measure-asset", output = Answer)]
pub async fn measure_asset(id: String, unit: String, up: String) -> Result<(), PageError> {
    let change = AssetChange { unit: Some(unit), up: Some(up), ..AssetChange::default() };
    door::facade()?.assets.change(&door::ctx()?, &id, change, None).await.map_err(door::refuse)?;
    door::go(&format!("/admin/assets/{id}"));
    Ok(())
}

/// Removes an upload; answers where to go on.
#[server(prefix = "/_fn", endpoint = "remove-asset", output = Answer)]
pub async fn remove_asset(id: String) -> Result<String, PageError> {
    door::facade()?.assets.delete(&door::ctx()?, &id, None).await.map_err(door::refuse)?;
    Ok(door::go("/admin/assets"))
}
