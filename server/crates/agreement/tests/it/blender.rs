//! Blender's exact model and the instant one: size, parts and materials (the pool checks them and refuses a file that differs), and a file
//! that the Khronos validator passes.

use crate::{count, keep, orderable, products, root};
use adapters::blender::{Pool, PoolConfig};
use ports::blender::{Artefact, Blender, BuildRequest};
use product::{parts, variant_code};
use serde_json::{Map, json};
use std::process::Command;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const VALIDATE: &str = "const { validateBytes } = require('gltf-validator'), fs = require('node:fs'), folder = process.argv[1]; (async () => { \
    let files = 0; const faults = []; for (const file of fs.readdirSync(folder)) { files++; \
    const { issues } = await validateBytes(new Uint8Array(fs.readFileSync(`${folder}/${file}`))); \
    for (const m of issues.messages) if (m.severity === 0) faults.push(`${file}: ${m.code} ${m.message} ${m.pointer}`); } \
    console.log(JSON.stringify({ files, faults })); })();";

#[tokio::test]
async fn exact_models_are_the_instant_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("files");
    std::fs::create_dir(&files).expect("a folder");
    let pool = Pool::new(PoolConfig::from_env(folder.path()).expect("settings"));
    let (mut made, mut looked, mut furthest) = (0, Map::new(), 0.0_f64);
    for product in products() {
        for values in orderable(&product, count(2)) {
            let parts = parts(&product, &values).unwrap_or_else(|fault| panic!("{fault} with {values:?}"));
            let size = parts.bounding_box_mm;
            let request = BuildRequest {
                job: format!("agreement-{made}"),
                name: product.name.clone(),
                materials: product
                    .materials
                    .iter()
                    .filter(|(name, _)| parts.parts.iter().any(|p| &p.material == *name))
                    .map(|(n, m)| (n.clone(), m.clone()))
                    .collect(),
                parts,
                artefacts: vec![Artefact::Glb],
            };
            let built = pool.build(request, mpsc::unbounded_channel().0, CancellationToken::new()).await;
            let built = built.unwrap_or_else(|error| panic!("{}: {error}", variant_code(&product, &values)));
            for (exact, told) in built.bounding_box_mm.iter().zip(&size) {
                furthest = furthest.max((exact - told).abs());
            }
            assert!(furthest <= 1.0, "{}: {:?} instead of {size:?}", variant_code(&product, &values), built.bounding_box_mm);
            std::fs::write(files.join(format!("{made}.glb")), built.glb.expect("a GLB")).expect("written");
            made += 1;
        }
        looked.insert(product.sku.clone(), json!(count(2)));
    }
    pool.stop().await;
    let said = Command::new("node").current_dir(root().join("end2end")).args(["-e", VALIDATE]).arg(&files).output().expect("node");
    let report: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&said.stderr)));
    assert_eq!(report, json!({ "files": made, "faults": [] }));
    keep("blender", &json!({ "exact_models": looked, "furthest_mm": furthest, "khronos_errors": 0 }));
}
