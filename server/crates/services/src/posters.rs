//! Line drawings of a configuration as the view in the browser first shows it: there at once, where a still of Blender takes a while.

use crate::catalogue::Version;
use crate::engine;
use crate::inner::Inner;
use crate::papers::drawn;
use bytes::Bytes;
use contract::{AppError, ConfigData, ErrorKind};
use facade::{Download, Outcome};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Posters at once. Anybody may ask for them: they have a desk apart from documents.
static SKETCHING: Semaphore = Semaphore::const_new(1);

/// The drawing of some choices.
///
/// # Errors
/// `Invalid` for choices that the product doesn't know or that have no parts, `Unavailable` while too many are being drawn.
pub(crate) async fn poster(inner: &Inner, version: &Arc<Version>, choices: ConfigData) -> Outcome<Download> {
    let evaluation = engine::complete(version, choices).await?;
    // An impossible combination is drawn as well, as far as it has parts: so the view does.
    let place = (version.fingerprint.clone(), evaluation.response.key.clone());
    let (version, parts) = (version.clone(), evaluation);
    let make = async move {
        if parts.parts.parts.is_empty() {
            return Err(AppError::new(ErrorKind::Invalid, "nothing_to_draw", "These choices do not go together, so there is nothing to draw."));
        }
        drawn(&SKETCHING, move || Ok(Bytes::from(documents::figure::poster(&product::scene(&version.compiled, &parts.parts))))).await
    };
    // Many visitors begin with the same link.
    let data = inner.posters.try_get_with(place, make).await.map_err(|e: Arc<AppError>| (*e).clone())?;
    Ok(Download { data, content_type: "image/svg+xml", name: "drawing.svg".to_owned() })
}
