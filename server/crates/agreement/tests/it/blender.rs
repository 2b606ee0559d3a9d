//! Blender's exact model and the instant one: size, parts and materials (the pool checks them and refuses a file that differs), and a file
//! that the Khronos validator passes.

use crate::{count, keep, orderable, products, root};
use adapters::blender::{Pool, PoolConfig};
use ports::blender::{Artefact, Blender, BuildRequest};
use product::{Part, PartList, Shape, Template, parts, variant_code};
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

#[tokio::test]
async fn templates_have_what_definitions_may_bind_and_follow_their_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = Pool::new(PoolConfig::from_env(folder.path()).expect("settings"));
    let mut tried = 0;
    for (file, offers) in publish::TEMPLATES {
        for offer in *offers {
            let inputs = |name: &str| match name {
                "Thickness" => 8.0,
                "Rim" => 9.0,
                _ => 270.0,
            };
            let build = async |scale: f64| {
                let size = [270.0, 330.0, 8.0];
                let template = Template {
                    file: (*file).to_owned(),
                    object: offer.object.to_owned(),
                    inputs: offer.inputs.iter().map(|name| ((*name).to_owned(), if *name == "Pitch" { 17.0 * scale } else { inputs(name) })).collect(),
                    shape_keys: offer.shape_keys.iter().map(|name| ((*name).to_owned(), 0.5 * scale)).collect(),
                };
                let part = Part {
                    id: "only".to_owned(),
                    name: "Only".to_owned(),
                    material: "steel".to_owned(),
                    shape: Shape::Box { size },
                    size_mm: size,
                    at_mm: [0.0; 3],
                    rotation_deg: 0.0,
                    sku: "ONLY".to_owned(),
                    grain: None,
                    in_bom: true,
                    joint: None,
                    template: Some(template),
                };
                let parts = PartList { parts: vec![part], bounding_box_mm: size, min_mm: [0.0; 3] };
                let steel =
                    scene::Material { name: "steel".to_owned(), base_color: [0.6; 3], metallic: 0.9, roughness: 0.3, texture: Some("steel".to_owned()) };
                let request = BuildRequest {
                    job: offer.object.to_owned(),
                    name: "Template".to_owned(),
                    parts,
                    materials: [("steel".to_owned(), steel)].into(),
                    artefacts: vec![Artefact::Glb],
                };
                let built = pool.build(request, mpsc::unbounded_channel().0, CancellationToken::new()).await;
                built.unwrap_or_else(|e| panic!("{}: {e}", offer.object)).glb.expect("a GLB")
            };
            let (one, again, other) = (build(1.0).await, build(1.0).await, build(2.0).await);
            assert_eq!(one, again, "{}: the same numbers give the same bytes", offer.object);
            assert_ne!(one, other, "{}: its numbers change it", offer.object);
            tried += 1;
        }
    }
    assert!(tried >= 2);
    pool.stop().await;
}
