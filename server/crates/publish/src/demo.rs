//! The demo products, as definitions.

use serde_json::Value as Json;

/// Sources of the definitions, in the order of the catalogue.
const SOURCES: [&str; 6] = [
    include_str!("../demo/desk-ha.json"),
    include_str!("../demo/cab-base.json"),
    include_str!("../demo/fire-cv.json"),
    include_str!("../demo/hood-wl.json"),
    include_str!("../demo/wall-st.json"),
    include_str!("../demo/sofa-lg.json"),
];

/// Definitions of the demo products. They compile: a test holds that.
#[must_use]
pub fn demo() -> Vec<Json> {
    // Sources that don't parse are left out here and found by the test.
    SOURCES.iter().filter_map(|source| serde_json::from_str(source).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{SOURCES, demo};

    #[test]
    fn every_demo_product_compiles() {
        let all = demo();
        assert_eq!(all.len(), SOURCES.len());
        for definition in all {
            if let Err(faults) = crate::compile(&definition) {
                panic!("{}: {faults:#?}", definition["sku"]);
            }
        }
    }
}
