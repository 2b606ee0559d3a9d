//! Files across workspaces: an artefact's key names its content, so equal files need not be made twice.

use crate::Result;
use crate::assets::Asset;
use crate::tx::{Conn, PlatformTx};

/// A ready file under this key in any workspace, the oldest first.
///
/// # Errors
/// [`crate::StoreError`].
pub async fn ready_anywhere(tx: &mut PlatformTx, key: &str, kind: &str) -> Result<Option<Asset>> {
    Ok(sqlx::query_as(
        "select tenant_id, key, kind, status, product_id, blob_key, sha256, bytes, file_token, bounding_box_dmm, blender_version, created_at, ready_at \
         from asset_variants where key = $1 and kind = $2 and status = 'ready' order by ready_at limit 1",
    )
    .bind(key)
    .bind(kind)
    .fetch_optional(tx.conn())
    .await?)
}
