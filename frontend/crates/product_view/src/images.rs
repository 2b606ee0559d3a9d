//! Pictures of the exact model, decoded by the browser: no image decoder travels in the wasm.

use crate::glb::Encoded;
use crate::gpu::Picture;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Decodes a picture; `None` when the browser can't.
pub async fn decode(encoded: &Encoded) -> Option<Picture> {
    if encoded.bytes.is_empty() {
        return None;
    }
    decode_inner(encoded).await.ok()
}

async fn decode_inner(encoded: &Encoded) -> Result<Picture, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(&encoded.mime);
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(encoded.bytes.as_slice()));
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let bitmap: web_sys::ImageBitmap = JsFuture::from(window.create_image_bitmap_with_blob(&blob)?).await?.dyn_into()?;
    let (width, height) = (bitmap.width(), bitmap.height());
    let canvas = web_sys::OffscreenCanvas::new(width, height)?;
    let context: web_sys::OffscreenCanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
    context.draw_image_with_image_bitmap(&bitmap, 0.0, 0.0)?;
    let data = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?.data().0;
    bitmap.close();
    Ok(Picture { width, height, rgba: data.as_chunks::<4>().0.to_vec() })
}
