//! All that a product answers, as text that can be held against itself: the tests run this natively and as wasm, and compare letters.
//!
//! No part of the product depends on this crate.
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

use product::{CompiledProduct, Value, Values, bom, configure, key_with, parts, price, price_effects, scene, variant_code};
use serde_json::{Value as Json, json};

/// What the product answers to each of `choices` (a JSON array of objects), one line of JSON each: values, reasons, repairs, prices and price
/// effects, variant code, key, parts, bill of materials, and a digest of every bit of the meshes.
///
/// # Errors
/// When one of the texts is not what it should be.
pub fn answers(compiled: &str, choices: &str) -> Result<String, serde_json::Error> {
    let product: CompiledProduct = serde_json::from_str(compiled)?;
    let choices: Vec<serde_json::Map<String, Json>> = serde_json::from_str(choices)?;
    let fingerprint = product::fingerprint(&product);
    let lines: Vec<String> = choices.iter().map(|c| answer(&product, &fingerprint, &values(c)).to_string()).collect();
    Ok(lines.join("\n"))
}

/// Choices as the evaluator takes them; what is no value is left out.
#[must_use]
pub fn values(choices: &serde_json::Map<String, Json>) -> Values {
    choices.iter().filter_map(|(id, value)| Some((id.clone(), Value::from_json(value)?))).collect()
}

fn answer(product: &CompiledProduct, fingerprint: &str, explicit: &Values) -> Json {
    let done = configure(product, explicit);
    let list = parts(product, &done.values);
    let built = list.as_ref().ok().map(|list| {
        let scene = scene(product, list);
        let mut digest = blake3::Hasher::new();
        for item in &scene.items {
            for number in item.mesh.positions.iter().chain(&item.mesh.normals).flatten().chain(item.mesh.uvs.iter().flatten()) {
                digest.update(&number.to_bits().to_le_bytes());
            }
            for index in &item.mesh.indices {
                digest.update(&index.to_le_bytes());
            }
        }
        json!({ "parts": list, "bom": bom(list), "bounds": scene.bounds(), "meshes": digest.finalize().to_hex().as_str() })
    });
    json!({
        "effects": price_effects(product, explicit, &done),
        "price": price(product, &done.values).map_err(|fault| fault.to_string()),
        "variant": variant_code(product, &done.values),
        "key": key_with(fingerprint, product, &done.values),
        "built": built,
        "fault": list.err().map(|fault| fault.to_string()),
        "configured": done,
    })
}

/// For node.
#[cfg(target_arch = "wasm32")]
mod node {
    use wasm_bindgen::prelude::wasm_bindgen;

    /// [`super::answers`].
    #[wasm_bindgen]
    #[must_use]
    pub fn answers(compiled: &str, choices: &str) -> String {
        super::answers(compiled, choices).unwrap_or_else(|error| error.to_string())
    }
}
