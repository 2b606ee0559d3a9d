//! Identities that come from content.

use crate::compiled::CompiledProduct;
use crate::value::Values;

/// Hash of the compiled product: equal products give equal fingerprints on every machine. 64 hexadecimal digits.
/// Costs a serialisation of the product; callers that ask often keep it.
#[must_use]
pub fn fingerprint(product: &CompiledProduct) -> String {
    let mut hasher = blake3::Hasher::new();
    // Serialising plain data with text keys into a hasher cannot fail.
    let _ = serde_json::to_writer(Sink(&mut hasher), product);
    hasher.finalize().to_hex().to_string()
}

/// Identity of a configuration inside a tenant: model number, version, fingerprint of the product and the complete values.
/// 32 hexadecimal digits. Absent values count as their defaults, so equal furniture has equal keys.
#[must_use]
pub fn key(product: &CompiledProduct, values: &Values) -> String {
    key_with(&fingerprint(product), product, values)
}

/// [`key`] with the product's [`fingerprint`] at hand.
#[must_use]
pub fn key_with(fingerprint: &str, product: &CompiledProduct, values: &Values) -> String {
    let complete = product.complete(values);
    let mut hasher = blake3::Hasher::new();
    for piece in [&product.sku, &product.template_version, fingerprint] {
        hasher.update(piece.as_bytes());
        hasher.update(b"\0");
    }
    let _ = serde_json::to_writer(Sink(&mut hasher), &complete);
    let hex = hasher.finalize().to_hex();
    hex.as_str().get(..32).unwrap_or_default().to_owned()
}

/// Lets serialisation run straight into the hash.
struct Sink<'a>(&'a mut blake3::Hasher);

impl std::io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
