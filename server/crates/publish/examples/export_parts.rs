//! Prints what Blender receives for a demo product: evaluated parts and materials as JSON.
//!
//! `cargo run -p publish --example export_parts -- desk-ha '{"width": 1800}' > server/blender/examples/desk.json`
#![allow(clippy::print_stdout)] // Printing is what it is for.

use product::{Value, Values};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let definition = match args.next().as_deref() {
        Some("cab-base") => include_str!("../demo/cab-base.json"),
        None | Some("desk-ha") => include_str!("../demo/desk-ha.json"),
        Some(other) => return Err(format!("There is no demo product “{other}”: desk-ha or cab-base.").into()),
    };
    let published =
        publish::compile(&serde_json::from_str(definition)?).map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let chosen: Values = match args.next() {
        Some(json) => serde_json::from_str::<std::collections::BTreeMap<String, Value>>(&json)?,
        None => Values::new(),
    };
    let product = published.compiled;
    let list = product::parts(&product, &product::configure(&product, &chosen).values)?;
    let used: std::collections::BTreeMap<_, _> = product.materials.iter().filter(|(name, _)| list.parts.iter().any(|p| p.material == **name)).collect();
    let build = serde_json::json!({ "name": product.name, "parts": list, "materials": used });
    println!("{}", serde_json::to_string_pretty(&build)?);
    Ok(())
}
