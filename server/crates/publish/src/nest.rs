//! Nested products: list options, and the definitions of what they hold.

use crate::compile::compile_within;
use crate::fault::{Faults, Node, join};
use crate::formula::{Scope, Ty, formula, option_type};
use crate::recipe;
use product::nested::MAX_ELEMENTS;
use product::{Expr, Nest};
use scene::Material;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Deepest nesting: a wall of cabinets with drawers.
const DEEPEST: usize = 3;

/// Whether a property of the schema holds nested products.
pub(crate) fn is_nest(property: &Json) -> bool {
    property.get("type").and_then(Json::as_str) == Some("array")
}

/// All nests. Their materials join `materials`; what could not be proven of them joins `warnings`.
pub(crate) fn nests(
    root: &Node<'_>,
    scope: &mut Scope,
    currency: &str,
    materials: &mut BTreeMap<String, Material>,
    around: &[String],
    faults: &mut Faults,
    warnings: &mut Faults,
) -> Vec<Nest> {
    let Some(properties) = root.get("config_schema").and_then(|s| s.get("properties")) else { return Vec::new() };
    let mut found = Vec::new();
    for (id, node) in properties.members(faults) {
        if !is_nest(node.json) {
            continue;
        }
        if let Some(nest) = nest(root, id, &node, scope, around, faults, warnings) {
            if nest.product.currency != currency {
                faults.add(&node.at, format!("The nested product costs {}, the whole {currency}.", nest.product.currency));
            }
            for (name, material) in &nest.product.materials {
                let own = materials.entry(name.clone()).or_insert_with(|| material.clone());
                if own != material {
                    faults.add(&node.at, format!("The material `{name}` of the nested product differs from the one of the whole."));
                }
            }
            found.push(nest);
        }
    }
    found
}

fn nest(root: &Node<'_>, id: &str, node: &Node<'_>, scope: &mut Scope, around: &[String], faults: &mut Faults, warnings: &mut Faults) -> Option<Nest> {
    node.only(&["type", "title", "description", "minItems", "maxItems", "items", "default", "x-fitout"], faults);
    let most = node.json.get("maxItems").and_then(Json::as_u64).and_then(|n| u32::try_from(n).ok());
    let Some(most) = most.filter(|n| (1..=MAX_ELEMENTS).contains(n)) else {
        faults.add(&node.at, format!("`maxItems` must be given: 1 to {MAX_ELEMENTS}."));
        return None;
    };
    let named = node.get("items").and_then(|i| i.get("properties")).and_then(|p| p.get("product")).and_then(|p| p.get("const"));
    let Some(sku) = named.as_ref().and_then(|n| n.json.as_str()) else {
        faults.add(&node.at, "`items` must say which product: `{ \"properties\": { \"product\": { \"const\": … } } }`.");
        return None;
    };
    let Some(definition) = root.get("products").and_then(|p| p.get(sku)) else {
        faults.add(named.map_or_else(|| node.at.clone(), |n| n.at), format!("There is no definition of `{sku}` in `products`."));
        return None;
    };
    if around.iter().any(|s| s == sku) {
        faults.add(&definition.at, format!("`{sku}` would hold itself: {} → {sku}.", around.join(" → ")));
        return None;
    }
    if around.len() >= DEEPEST {
        faults.add(&definition.at, format!("Products are nested at most {DEEPEST} deep."));
        return None;
    }
    let product = match compile_within(definition.json, around) {
        Err(found) => {
            found.into_iter().for_each(|f| faults.add(format!("{}{}", definition.at, f.pointer), f.message));
            return None;
        }
        Ok(published) => {
            published.warnings.into_iter().for_each(|w| warnings.add(format!("{}{}", definition.at, w.pointer), w.message));
            published.compiled
        }
    };
    if product.sku != sku {
        faults.add(join(&definition.at, "sku"), format!("Must be `{sku}`, as the list names it."));
    }
    let empty = json!({});
    let x = node.get("x-fitout").unwrap_or(Node { json: &empty, at: join(&node.at, "x-fitout") });
    x.object(faults)?;
    x.only(&["label", "group", "columns", "rows", "pass", "at"], faults);
    let (columns, rows) = (number(&x, "columns", scope, faults), number(&x, "rows", scope, faults));
    scope.counter = true;
    let at = x.get("at").and_then(|n| recipe::formulas(&n, scope, faults));
    let pass = pass(&x, &product, scope, faults);
    scope.counter = false;
    if x.get("at").is_none() {
        faults.add(&x.at, "`at` is missing: the minimum corner of element `i` as three formulas.");
    }
    let default = node.get("default").and_then(|d| product::Value::from_json(d.json)).and_then(|v| v.as_list().map(<[_]>::to_vec)).unwrap_or_default();
    let nest = Nest {
        id: id.to_owned(),
        label: x.text("label", 80, faults).unwrap_or_else(|| product.name.clone()),
        group: x.text("group", 80, faults).unwrap_or_default(),
        columns: columns?,
        rows: rows?,
        most,
        pass: pass?,
        at: at?,
        default,
        product,
    };
    if let Some(list) = node.get("default") {
        let given = product::Value::from_json(list.json).unwrap_or(product::Value::Bool(false));
        for (below, what) in product::nested::check(&nest, &given) {
            faults.add(format!("{}{below}", list.at), what);
        }
    }
    Some(nest)
}

fn number(node: &Node<'_>, key: &str, scope: &Scope, faults: &mut Faults) -> Option<Expr> {
    match node.get(key) {
        Some(n) => formula(&n, &Ty::Num, scope, faults),
        None => Some(Expr::Lit(product::Value::Num(1.0))),
    }
}

/// What the whole tells its elements: option there → formula here.
fn pass(x: &Node<'_>, product: &product::CompiledProduct, scope: &Scope, faults: &mut Faults) -> Option<Vec<(u16, Expr)>> {
    let Some(node) = x.get("pass") else { return Some(Vec::new()) };
    let mut all = Vec::new();
    for (id, member) in node.members(faults) {
        let Some(i) = product.option_index(id).and_then(|i| u16::try_from(i).ok()) else {
            faults.add(&member.at, format!("`{}` has no option `{id}`.", product.sku));
            continue;
        };
        let ty = option_type(product.options.get(usize::from(i)).map(|o| &o.domain));
        if let Some(expr) = formula(&member, &ty, scope, faults) {
            all.push((i, expr));
        }
    }
    Some(all)
}

/// The full schema of a definition's choices: that of the document, with the schemas of nested products where their choices stand. What the
/// whole passes on is not for choosing and left out.
#[must_use]
pub fn config_schema(definition: &Json) -> Json {
    let mut schema = definition.get("config_schema").cloned().unwrap_or_else(|| json!({}));
    let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) else { return schema };
    for property in properties.values_mut().filter(|p| is_nest(p)) {
        let sku = property.pointer("/items/properties/product/const").and_then(Json::as_str).unwrap_or_default().to_owned();
        let passed: Vec<String> = property.pointer("/x-fitout/pass").and_then(Json::as_object).map(|p| p.keys().cloned().collect()).unwrap_or_default();
        let Some(inner) = definition.get("products").and_then(|p| p.get(&sku)) else { continue };
        let mut options = config_schema(inner);
        if let Some(members) = options.as_object_mut() {
            members.remove("$schema");
        }
        if let Some(own) = options.get_mut("properties").and_then(Json::as_object_mut) {
            own.retain(|id, _| !passed.contains(id));
        }
        property["items"] = json!({
            "type": "object", "additionalProperties": false, "required": ["product"],
            "properties": { "product": { "const": sku }, "options": options },
        });
    }
    schema
}

/// What a list passes on has to be something that its product takes, and there must not be too many: at these values of the whole.
pub(crate) fn passes(product: &product::CompiledProduct, values: &[product::Value]) -> Result<(), (String, String)> {
    for nest in &product.nests {
        let at = format!("/config_schema/properties/{}/x-fitout", nest.id);
        let env = product::Env::new(product, values).map_err(|e| (at.clone(), e.to_string()))?;
        let size = |e: &Expr| e.eval_num(&env).map_err(|e| (at.clone(), e.to_string()));
        let count = (size(&nest.columns)? + 1e-9).floor().max(0.0) * (size(&nest.rows)? + 1e-9).floor().max(0.0);
        if count > f64::from(nest.most) {
            return Err((at, format!("there are {count} elements, at most {} are possible", nest.most)));
        }
        let mut i = 0.0;
        while i < count {
            let env = env.at(i);
            for (option, formula) in &nest.pass {
                let Some(def) = nest.product.options.get(usize::from(*option)) else { continue };
                let here = format!("{at}/pass/{}", def.id);
                let value = formula.eval(&env).map_err(|e| (here.clone(), e.to_string()))?;
                if !def.domain.contains(&value) {
                    return Err((here, format!("element {i} would get {value}, but {} must be {}", def.label, def.domain.words())));
                }
            }
            i += 1.0;
        }
    }
    Ok(())
}
