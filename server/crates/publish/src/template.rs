//! The `.blend` template: hand-made objects that stand for parts in the exact model, bound to the same options. The recipe stays: it gives the instant
//! model, the BOM, the price, and the box that each object is fitted into.

use crate::fault::{Faults, Node, join};
use crate::formula::{Scope, Ty, formula};
use product::{Expr, PartDef, TemplateDef};

/// What a template offers, as its maker script (`server/blender/templates`) writes it: file, then objects with the inputs of their geometry nodes and
/// their shape keys. A test with the real Blender holds the files against it.
pub const TEMPLATES: &[(&str, &[Offer])] = &[(
    "hood.blend",
    &[
        Offer { object: "Baffle filter", inputs: &["Width", "Depth", "Thickness", "Pitch", "Rim"], shape_keys: &["Handle lowered"] },
        Offer { object: "Spotlight", inputs: &[], shape_keys: &["Recessed", "Wide"] },
    ],
)];

/// An object of a template.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// Its name.
    pub object: &'static str,
    /// Inputs of its geometry nodes.
    pub inputs: &'static [&'static str],
    /// Its shape keys.
    pub shape_keys: &'static [&'static str],
}

/// Binds objects to parts: `{ "file", "bind": { part id: { "object", "inputs": { name: formula }, "shape_keys": { name: formula } } } }`.
pub(crate) fn bind(root: &Node<'_>, parts: &mut [PartDef], scope: &mut Scope, faults: &mut Faults) {
    let Some(node) = root.get("template") else { return };
    if node.object(faults).is_none() {
        return;
    }
    node.only(&["file", "bind"], faults);
    let file = node.need_text("file", 64, faults);
    let Some((_, offers)) = TEMPLATES.iter().find(|(name, _)| *name == file) else {
        let known: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        return faults.add(join(&node.at, "file"), format!("There is no template `{file}`. Known: {}.", known.join(", ")));
    };
    let Some(bound) = node.get("bind") else { return faults.add(&node.at, "`bind` is missing: which object stands for which part.") };
    for (id, binding) in bound.members(faults) {
        let Some(part) = parts.iter_mut().find(|p| p.id == id) else {
            faults.add(&binding.at, format!("There is no part `{id}`."));
            continue;
        };
        if binding.object(faults).is_none() {
            continue;
        }
        binding.only(&["object", "inputs", "shape_keys"], faults);
        let object = binding.need_text("object", 64, faults);
        let Some(offer) = offers.iter().find(|o| o.object == object) else {
            let known: Vec<&str> = offers.iter().map(|o| o.object).collect();
            faults.add(join(&binding.at, "object"), format!("The template has no object `{object}`. It has: {}.", known.join(", ")));
            continue;
        };
        // A repeated part may give each of its objects other numbers.
        scope.counter = part.repeat.is_some();
        let (inputs, shape_keys) = (numbers(&binding, "inputs", offer.inputs, scope, faults), numbers(&binding, "shape_keys", offer.shape_keys, scope, faults));
        scope.counter = false;
        part.template = Some(TemplateDef { file: file.clone(), object, inputs, shape_keys });
    }
}

fn numbers(node: &Node<'_>, key: &str, known: &[&str], scope: &Scope, faults: &mut Faults) -> Vec<(String, Expr)> {
    let Some(list) = node.get(key) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, one) in list.members(faults) {
        if !known.contains(&name) {
            faults.add(&one.at, format!("The object has no such name. It has: {}.", known.join(", ")));
        } else if let Some(expr) = formula(&one, &Ty::Num, scope, faults) {
            found.push((name.to_owned(), expr));
        }
    }
    found
}
