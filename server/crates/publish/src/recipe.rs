//! The recipe: parts with formulas.

use crate::compile::unique_id;
use crate::fault::{Faults, Node, join};
use crate::formula::{Scope, Ty, formula};
use product::{EdgeDef, Expr, HoleDef, HoleSize, JointDef, MaterialRef, PartDef, ShapeDef, Value};
use std::collections::BTreeSet;

/// Most entries of a recipe, holes of a panel, points of an outline.
const MAX_ENTRIES: usize = 1_000;
const MAX_HOLES: usize = 200;
const MAX_POINTS: usize = 200;

/// All parts.
pub(crate) fn parts(root: &Node<'_>, scope: &mut Scope, materials: &[String], faults: &mut Faults) -> Vec<PartDef> {
    let Some(recipe) = root.get("recipe") else {
        faults.add("", "`recipe` is missing.");
        return Vec::new();
    };
    recipe.only(&["let", "parts"], faults);
    let Some(node) = recipe.get("parts") else {
        faults.add(recipe.at, "`parts` is missing.");
        return Vec::new();
    };
    let items = node.items(faults);
    if items.is_empty() || items.len() > MAX_ENTRIES {
        faults.add(&node.at, format!("Must have 1 to {MAX_ENTRIES} parts."));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    items.iter().filter_map(|item| part(item, &mut seen, scope, materials, faults)).collect()
}

fn part(node: &Node<'_>, seen: &mut BTreeSet<String>, scope: &mut Scope, materials: &[String], faults: &mut Faults) -> Option<PartDef> {
    node.object(faults)?;
    node.only(&["id", "name", "when", "repeat", "shape", "at", "rotation", "material", "sku", "grain", "in_bom", "joint"], faults);
    let id = unique_id(node, seen, faults);
    let when_node = node.get("when");
    let repeat = node.get("repeat").map(|n| formula(&n, &Ty::Num, scope, faults));
    // `when` decides over each repetition, so it sees the counter as the rest does.
    scope.counter = repeat.is_some();
    let when = when_node.map(|n| formula(&n, &Ty::Bool, scope, faults));
    let shape = match node.get("shape") {
        None => {
            faults.add(&node.at, "`shape` is missing.");
            None
        }
        Some(n) => shape(&n, scope, faults),
    };
    let at = match node.get("at") {
        None => {
            faults.add(&node.at, "`at` is missing: the minimum corner as three formulas.");
            None
        }
        Some(n) => formulas(&n, scope, faults),
    };
    let rotation = node.get("rotation").map(|n| formula(&n, &Ty::Num, scope, faults));
    let joint = node.get("joint").map(|n| joint(&n, scope, faults));
    scope.counter = false;
    let material = material(node, scope, materials, faults);
    let sku = node.need_text("sku", 64, faults);
    let grain = node.get("grain").and_then(|n| axis(&n, faults));
    let in_bom = node.get("in_bom").is_none_or(|n| {
        n.json.as_bool().unwrap_or_else(|| {
            faults.add(n.at, "Must be true or false.");
            true
        })
    });
    let name = node.text("name", 120, faults).unwrap_or_else(|| id.replace(['_', '-'], " "));
    Some(PartDef {
        id,
        name,
        when: settled(when)?,
        repeat: settled(repeat)?,
        shape: shape?,
        at: at?,
        rotation: settled(rotation)?,
        material: material?,
        sku,
        grain,
        in_bom,
        joint: settled(joint)?,
        template: None,
    })
}

/// Absent stays absent; present and faulty drops the part.
#[allow(clippy::option_option)]
fn settled<T>(found: Option<Option<T>>) -> Option<Option<T>> {
    match found {
        None => Some(None),
        Some(made) => made.map(Some),
    }
}

/// `{ "slide": [x, y, z] }` or `{ "turn": { "axis": "z", "about": [x, y], "angle": degrees } }`.
fn joint(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<JointDef> {
    node.object(faults)?;
    node.only(&["slide", "turn"], faults);
    match (node.get("slide"), node.get("turn")) {
        (Some(way), None) => formulas(&way, scope, faults).map(JointDef::Slide),
        (None, Some(turn)) => {
            turn.object(faults)?;
            turn.only(&["axis", "about", "angle"], faults);
            let axis = turn.get("axis").map(|n| axis(&n, faults));
            let (about, angle) = (member(&turn, "about", scope, faults), number(&turn, "angle", scope, faults));
            Some(JointDef::Turn { axis: settled(axis)?.unwrap_or('z'), about: about?, angle: angle? })
        }
        _ => {
            faults.add(&node.at, "Must have either `slide` or `turn`.");
            None
        }
    }
}

fn material(node: &Node<'_>, scope: &Scope, materials: &[String], faults: &mut Faults) -> Option<MaterialRef> {
    let name = node.need_text("material", 64, faults);
    let at = join(&node.at, "material");
    if let Some(i) = scope.option(&name) {
        let option = scope.options.get(usize::from(i))?;
        let bare = option.choices.iter().find(|c| c.material.is_none());
        if option.choices.is_empty() || bare.is_some() {
            let which = bare.map_or_else(String::new, |c| format!(" (`{}` has none)", c.value));
            faults.add(at, format!("Not every value of the option `{name}` has a material{which}. Give one in `x-fitout.material`."));
            return None;
        }
        return Some(MaterialRef::Option(i));
    }
    if materials.contains(&name) {
        return Some(MaterialRef::Named(name));
    }
    if !name.is_empty() {
        faults.add(at, format!("`{name}` is neither an option nor a material. Materials: {}.", materials.join(", ")));
    }
    None
}

/// Exactly `N` number formulas.
pub(crate) fn formulas<const N: usize>(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<[Expr; N]> {
    let items = node.items(faults);
    if items.len() != N {
        if node.json.is_array() {
            faults.add(&node.at, format!("Must have {N} formulas, not {}.", items.len()));
        }
        return None;
    }
    let found: Vec<Option<Expr>> = items.iter().map(|n| formula(n, &Ty::Num, scope, faults)).collect();
    found.into_iter().collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn member<const N: usize>(node: &Node<'_>, key: &str, scope: &Scope, faults: &mut Faults) -> Option<[Expr; N]> {
    match node.get(key) {
        Some(n) => formulas(&n, scope, faults),
        None => {
            faults.add(&node.at, format!("`{key}` is missing."));
            None
        }
    }
}

fn number(node: &Node<'_>, key: &str, scope: &Scope, faults: &mut Faults) -> Option<Expr> {
    match node.get(key) {
        Some(n) => formula(&n, &Ty::Num, scope, faults),
        None => {
            faults.add(&node.at, format!("`{key}` is missing."));
            None
        }
    }
}

fn number_or(node: &Node<'_>, key: &str, absent: f64, scope: &Scope, faults: &mut Faults) -> Option<Expr> {
    if node.get(key).is_some() { number(node, key, scope, faults) } else { Some(Expr::Lit(Value::Num(absent))) }
}

fn axis(node: &Node<'_>, faults: &mut Faults) -> Option<char> {
    let found = match node.json.as_str() {
        Some("x") => Some('x'),
        Some("y") => Some('y'),
        Some("z") => Some('z'),
        _ => None,
    };
    if found.is_none() {
        faults.add(&node.at, "Must be \"x\", \"y\" or \"z\".");
    }
    found
}

fn axis_or(node: &Node<'_>, absent: char, faults: &mut Faults) -> Option<char> {
    node.get("axis").map_or(Some(absent), |n| axis(&n, faults))
}

fn points(node: &Node<'_>, key: &str, scope: &Scope, least: usize, faults: &mut Faults) -> Option<Vec<[Expr; 2]>> {
    let Some(list) = node.get(key) else {
        faults.add(&node.at, format!("`{key}` is missing."));
        return None;
    };
    let items = list.items(faults);
    if items.len() < least || items.len() > MAX_POINTS {
        faults.add(&list.at, format!("Must have {least} to {MAX_POINTS} points."));
        return None;
    }
    let found: Vec<Option<[Expr; 2]>> = items.iter().map(|n| formulas(n, scope, faults)).collect();
    found.into_iter().collect()
}

fn shape(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<ShapeDef> {
    let map = node.object(faults)?;
    let mut kinds = map.keys();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        faults.add(&node.at, "Must have exactly one member: box, panel, cylinder, tube, extrusion, revolve, loft or cushion.");
        return None;
    };
    let inner = node.get(kind)?;
    inner.object(faults)?;
    match kind.as_str() {
        "box" => {
            inner.only(&["size"], faults);
            Some(ShapeDef::Box { size: member(&inner, "size", scope, faults)? })
        }
        "panel" => panel(&inner, scope, faults),
        "cylinder" => {
            inner.only(&["diameter", "length", "axis"], faults);
            let (diameter, length) = (number(&inner, "diameter", scope, faults), number(&inner, "length", scope, faults));
            Some(ShapeDef::Cylinder { axis: axis_or(&inner, 'z', faults)?, diameter: diameter?, length: length? })
        }
        "tube" => {
            inner.only(&["size", "wall", "axis", "corner"], faults);
            let (size, wall) = (member(&inner, "size", scope, faults), number(&inner, "wall", scope, faults));
            let corner = number_or(&inner, "corner", 0.0, scope, faults);
            Some(ShapeDef::Tube { size: size?, wall: wall?, axis: axis_or(&inner, 'z', faults)?, corner: corner? })
        }
        "extrusion" => {
            inner.only(&["outline", "length", "axis"], faults);
            let (outline, length) = (points(&inner, "outline", scope, 3, faults), number(&inner, "length", scope, faults));
            Some(ShapeDef::Extrusion { outline: outline?, length: length?, axis: axis_or(&inner, 'z', faults)? })
        }
        "revolve" => {
            inner.only(&["profile"], faults);
            Some(ShapeDef::Revolve { profile: points(&inner, "profile", scope, 2, faults)? })
        }
        "loft" => {
            inner.only(&["bottom", "top", "height"], faults);
            let (bottom, top) = (member(&inner, "bottom", scope, faults), member(&inner, "top", scope, faults));
            Some(ShapeDef::Loft { bottom: bottom?, top: top?, height: number(&inner, "height", scope, faults)? })
        }
        "cushion" => {
            inner.only(&["size", "corner", "puff", "piping"], faults);
            let (size, corner) = (member(&inner, "size", scope, faults), number(&inner, "corner", scope, faults));
            let (puff, piping) = (number_or(&inner, "puff", 0.0, scope, faults), number_or(&inner, "piping", 0.0, scope, faults));
            Some(ShapeDef::Cushion { size: size?, corner: corner?, puff: puff?, piping: piping? })
        }
        other => {
            faults.add(&node.at, format!("Unknown shape `{other}`. Known: box, panel, cylinder, tube, extrusion, revolve, loft, cushion."));
            None
        }
    }
}

fn panel(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<ShapeDef> {
    node.only(&["size", "holes", "edge", "corner"], faults);
    let size = member(node, "size", scope, faults);
    let corner = node.get("corner").map(|n| formula(&n, &Ty::Num, scope, faults));
    let edge = node.get("edge").map(|n| {
        n.object(faults)?;
        n.only(&["bevel", "banding"], faults);
        let bevel = number_or(&n, "bevel", 0.0, scope, faults)?;
        Some(EdgeDef { bevel, banding: n.text("banding", 80, faults).unwrap_or_default() })
    });
    let items = node.get("holes").map(|n| n.items(faults)).unwrap_or_default();
    if items.len() > MAX_HOLES {
        faults.add(join(&node.at, "holes"), format!("More than {MAX_HOLES} holes."));
        return None;
    }
    let holes: Vec<Option<HoleDef>> = items.iter().map(|n| hole(n, scope, faults)).collect();
    Some(ShapeDef::Panel {
        size: size?,
        holes: holes.into_iter().collect::<Option<_>>()?,
        edge: match edge {
            None => None,
            Some(e) => Some(e?),
        },
        corner: settled(corner)?,
    })
}

fn hole(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<HoleDef> {
    node.object(faults)?;
    node.only(&["at", "diameter", "size", "when"], faults);
    let at = member(node, "at", scope, faults);
    let when = node.get("when").map(|n| formula(&n, &Ty::Bool, scope, faults));
    let size = match (node.get("diameter"), node.get("size")) {
        (Some(d), None) => formula(&d, &Ty::Num, scope, faults).map(HoleSize::Round),
        (None, Some(s)) => formulas(&s, scope, faults).map(HoleSize::Rect),
        _ => {
            faults.add(&node.at, "A hole has either `diameter` or `size`.");
            None
        }
    };
    Some(HoleDef { at: at?, size: size?, when: settled(when)? })
}
