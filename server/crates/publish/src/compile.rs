//! The definition as a whole.

use crate::fault::{Fault, Faults, Node, join};
use crate::formula::{Scope, Ty, formula, inline, is_name, limits, names, parse, reads, translate};
use crate::{nest, prove, recipe, schema, template};
use cel::IdedExpr;
use product::{CompiledProduct, Expr, Preset, PriceLine, Rule, Value};
use scene::Material;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Version of the compiled form.
pub const FORMAT: u32 = 1;
/// Most `let`s, rules, price lines each.
const MOST: usize = 300;

/// Stack of the compiling thread, bytes. Only what is used is taken from memory.
const STACK: usize = 64 << 20;

/// What publishing yields.
#[derive(Clone, Debug)]
pub struct Published {
    /// The compiled product.
    pub compiled: CompiledProduct,
    /// What could not be proven over the whole range of options, with the range.
    pub warnings: Vec<Fault>,
}

/// Compiles a definition (shape: the product definition's document).
///
/// # Errors
/// Every fault found, each with the JSON pointer of its place: wrong shape, unknown names, wrong types, formulas too large,
/// division by zero, negative prices, parts outside the envelope, recipes that are too long.
pub fn compile(definition: &Json) -> Result<Published, Vec<Fault>> {
    roomy(|| compile_within(definition, &[]))
}

/// Runs `work` on a thread with room for the parser, which recurses through a dozen frames per bracket: a server's worker
/// threads have too little of it for formulas that are allowed.
fn roomy<T: Send>(work: impl FnOnce() -> Result<T, Vec<Fault>> + Send) -> Result<T, Vec<Fault>> {
    let failed = || vec![Fault::new("", "The definition could not be checked on this machine.")];
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.map_err(|_| failed())?.join().unwrap_or_else(|_| Err(failed()))
    })
}

/// The same inside other products, whose model numbers are `around`.
pub(crate) fn compile_within(definition: &Json, around: &[String]) -> Result<Published, Vec<Fault>> {
    let mut faults = Faults::default();
    let mut warnings = Faults::default();
    let root = Node::root(definition);
    if root.object(&mut faults).is_none() {
        return Err(faults.0);
    }
    unknown_members(&root, &mut warnings);
    let grades = grades(&root, &mut faults);
    let mut materials = materials(&root, &mut faults);
    let material_names: Vec<String> = materials.keys().cloned().collect();
    let options = if let Some(node) = root.get("config_schema") {
        schema::options(&node, &material_names, &grades, &mut faults)
    } else {
        faults.add("", "`config_schema` is missing.");
        Vec::new()
    };
    // Formulas cannot be judged while the names in them are unsettled.
    if !faults.0.is_empty() {
        return Err(faults.0);
    }
    let mut scope = Scope { options, grades, ..Scope::default() };
    if let Some(node) = root.get("recipe").and_then(|r| r.get("let")) {
        lets(&node, &mut scope, &mut faults);
    }
    if !faults.0.is_empty() {
        return Err(faults.0);
    }
    let rules = rules(&root, &scope, &mut faults);
    let (currency, price_lines) = price(&root, &scope, &mut faults);
    let envelope = envelope(&root, &scope, &mut faults);
    let carbon = root.get("sustainability").and_then(|s| s.get("carbon_kg")).and_then(|n| formula(&n, &Ty::Num, &scope, &mut faults));
    let mut parts = recipe::parts(&root, &mut scope, &material_names, &mut faults);
    template::bind(&root, &mut parts, &mut scope, &mut faults);
    let sku = sku(&root, &mut faults);
    let inside = [around, std::slice::from_ref(&sku)].concat();
    let nests = nest::nests(&root, &mut scope, &currency, &mut materials, &inside, &mut faults, &mut warnings);
    let mut compiled = CompiledProduct {
        format: FORMAT,
        sku,
        name: root.need_text("name", 120, &mut faults),
        description: root.text("description", 2_000, &mut faults).unwrap_or_default(),
        category: root.need_text("category", 64, &mut faults),
        template_version: root.need_text("template_version", 32, &mut faults),
        options: scope.options,
        rules,
        currency,
        price_lines,
        grades: scope.grades,
        lets: scope.lets,
        parts,
        materials,
        envelope,
        carbon,
        nests,
        presets: Vec::new(),
        terms: None,
    };
    if faults.0.is_empty() {
        prove::prove(&compiled, &mut faults, &mut warnings);
    }
    if faults.0.is_empty() {
        compiled.presets = presets(&root, &compiled, &mut faults);
    }
    if faults.0.is_empty() { Ok(Published { compiled, warnings: warnings.0 }) } else { Err(faults.0) }
}

fn unknown_members(root: &Node<'_>, warnings: &mut Faults) {
    const KNOWN: [&str; 20] = [
        "sku",
        "name",
        "description",
        "category",
        "template_version",
        "config_schema",
        "rules",
        "price",
        "recipe",
        "template",
        "materials",
        "envelope",
        "grades",
        "assembly",
        "sustainability",
        "erp",
        "images",
        "availability",
        "products",
        "presets",
    ];
    root.only(&KNOWN, warnings);
}

/// Most presets: more are a catalogue of their own.
const MOST_PRESETS: usize = 12;

/// Named choices. Each must fit the options, break no rule and have a price, or nobody could begin with it.
fn presets(root: &Node<'_>, product: &CompiledProduct, faults: &mut Faults) -> Vec<Preset> {
    let mut presets: Vec<Preset> = Vec::new();
    for (i, entry) in list(root.get("presets"), faults).into_iter().enumerate() {
        if i == MOST_PRESETS {
            faults.add("/presets", format!("Use at most {MOST_PRESETS} presets."));
            break;
        }
        entry.only(&["label", "values"], faults);
        let label = entry.need_text("label", 40, faults);
        if presets.iter().any(|p| p.label == label) {
            faults.add(&entry.at, format!("There are two presets called “{label}”."));
        }
        let at = join(&entry.at, "values");
        let Some(Value::Map(values)) = entry.get("values").and_then(|v| Value::from_json(v.json)) else {
            faults.add(at, "Must be an object of option values.");
            continue;
        };
        let outside = product::check_values(product, &values);
        if !outside.is_empty() {
            outside.into_iter().for_each(|(pointer, message)| faults.add(format!("{at}{pointer}"), message));
            continue;
        }
        let configured = product::configure(product, &values);
        if let Some(blocked) = configured.blocked.iter().find(|b| b.chosen).filter(|_| !configured.valid) {
            faults.add(at, format!("These choices can't be combined: {}", blocked.message));
            continue;
        }
        match product::price(product, &configured.values) {
            Ok(price) if configured.valid => presets.push(Preset { label, values, total: price.total }),
            Ok(_) => faults.add(at, "These choices can't be combined."),
            Err(error) => faults.add(at, format!("This has no price: {error}.")),
        }
    }
    presets
}

fn sku(root: &Node<'_>, faults: &mut Faults) -> String {
    let sku = root.need_text("sku", 32, faults);
    if !sku.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-') {
        faults.add("/sku", "A model number is capital letters, digits and hyphens.");
    }
    sku
}

fn grades(root: &Node<'_>, faults: &mut Faults) -> BTreeMap<String, i64> {
    let Some(node) = root.get("grades") else { return BTreeMap::new() };
    let mut grades = BTreeMap::new();
    for (name, member) in node.members(faults) {
        match member.json.as_i64() {
            Some(price) if (0..=1_000_000_000).contains(&price) => {
                grades.insert(name.to_owned(), price);
            }
            _ => faults.add(member.at, "Must be a whole number of minor units, not negative."),
        }
    }
    grades
}

fn materials(root: &Node<'_>, faults: &mut Faults) -> BTreeMap<String, Material> {
    let Some(node) = root.get("materials") else { return BTreeMap::new() };
    let mut materials = BTreeMap::new();
    for (name, member) in node.members(faults) {
        if member.object(faults).is_none() {
            continue;
        }
        member.only(&["label", "base_color", "metallic", "roughness", "texture"], faults);
        let base_color = match member.get("base_color") {
            None => {
                faults.add(&member.at, "`base_color` is missing.");
                continue;
            }
            Some(c) => colour(c.json).unwrap_or_else(|| {
                faults.add(c.at, "Must be \"#rrggbb\" or three numbers from 0 to 1.");
                [0.5; 3]
            }),
        };
        let mut unit = |key: &str, absent: f32| match member.get(key) {
            None => absent,
            Some(n) => to_unit(n.json).unwrap_or_else(|| {
                faults.add(n.at, "Must be a number from 0 to 1.");
                absent
            }),
        };
        let (metallic, roughness) = (unit("metallic", 0.0), unit("roughness", 0.6));
        let texture = member.text("texture", 64, faults);
        materials.insert(name.to_owned(), Material { name: name.to_owned(), base_color, metallic, roughness, texture });
    }
    materials
}

#[allow(clippy::cast_possible_truncation)]
fn to_unit(json: &Json) -> Option<f32> {
    json.as_f64().filter(|x| (0.0..=1.0).contains(x)).map(|x| x as f32)
}

fn colour(json: &Json) -> Option<[f32; 3]> {
    if let Some(list) = json.as_array() {
        let [r, g, b] = list.as_slice() else { return None };
        return Some([to_unit(r)?, to_unit(g)?, to_unit(b)?]);
    }
    let digits = json.as_str()?.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok().map(|v| f32::from(v) / 255.0);
    Some([part(0)?, part(2)?, part(4)?])
}

/// `let`s in any order: sorted so that each uses only those before it.
fn lets(node: &Node<'_>, scope: &mut Scope, faults: &mut Faults) {
    let members = node.members(faults);
    if members.len() > MOST {
        faults.add(&node.at, format!("More than {MOST} `let`s."));
        return;
    }
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    for (name, member) in members {
        if !is_name(name) {
            faults.add(&member.at, "A name is letters, digits and _, begins with a letter, and is no word of the formula language.");
        } else if scope.option(name).is_some() {
            faults.add(&member.at, "An option has this name already.");
        } else if member.json.is_number() || member.json.is_boolean() {
            waiting.push(Waiting { name: name.to_owned(), node: member, parsed: None, uses: Vec::new() });
        } else if let Some(parsed) = parse(&member, faults) {
            let mut uses = Vec::new();
            names(&parsed, &mut uses);
            waiting.push(Waiting { name: name.to_owned(), node: member, parsed: Some(parsed), uses });
        }
    }
    if !faults.0.is_empty() {
        return;
    }
    let all: BTreeSet<String> = waiting.iter().map(|w| w.name.clone()).collect();
    while !waiting.is_empty() {
        let done: BTreeSet<&String> = scope.lets.iter().map(|(n, _)| n).collect();
        let ready = waiting.iter().position(|w| w.uses.iter().all(|u| !all.contains(u) || done.contains(u)));
        let Some(ready) = ready else {
            let ring = waiting.iter().map(|w| w.name.as_str()).collect::<Vec<_>>().join(", ");
            faults.add(&waiting[0].node.at, format!("These `let`s need each other in a circle: {ring}."));
            return;
        };
        let one = waiting.remove(ready);
        let typed = match &one.parsed {
            Some(parsed) => translate(parsed, &one.node, scope, faults),
            None => crate::formula::any(&one.node, scope, faults),
        };
        // A faulty `let` keeps its name, so that its users are not reported as well.
        let (expr, ty) = typed.unwrap_or((Expr::Lit(Value::Num(0.0)), Ty::Num));
        scope.lets.push((one.name, expr));
        scope.let_types.push(ty);
    }
}

struct Waiting<'a> {
    name: String,
    node: Node<'a>,
    parsed: Option<IdedExpr>,
    uses: Vec<String>,
}

/// An id that is there, short, and not used before.
pub(crate) fn unique_id(node: &Node<'_>, seen: &mut BTreeSet<String>, faults: &mut Faults) -> String {
    let id = node.need_text("id", 64, faults);
    if !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        faults.add(join(&node.at, "id"), "An id is letters, digits, hyphens and underscores.");
    }
    if !id.is_empty() && !seen.insert(id.clone()) {
        faults.add(join(&node.at, "id"), format!("The id `{id}` is used twice."));
    }
    id
}

/// Elements of a list member with at most [`MOST`] elements, each an object.
fn list<'a>(node: Option<Node<'a>>, faults: &mut Faults) -> Vec<Node<'a>> {
    let Some(node) = node else { return Vec::new() };
    let items = node.items(faults);
    if items.len() > MOST {
        faults.add(&node.at, format!("More than {MOST} elements."));
        return Vec::new();
    }
    items.into_iter().filter(|item| item.object(faults).is_some()).collect()
}

fn rules(root: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Vec<Rule> {
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for node in list(root.get("rules"), faults) {
        node.only(&["id", "when", "require", "message"], faults);
        let id = unique_id(&node, &mut seen, faults);
        let message = node.need_text("message", 300, faults);
        let when = match node.get("when") {
            None => Some(Expr::Lit(Value::Bool(true))),
            Some(n) => condition(&n, scope, faults),
        };
        let require = match node.get("require") {
            None => {
                faults.add(&node.at, "`require` is missing.");
                None
            }
            Some(n) => condition(&n, scope, faults),
        };
        let (Some(when), Some(require)) = (when, require) else { continue };
        let mut options = reads(&when, &[]);
        options.extend(reads(&require, &[]));
        options.sort_unstable();
        options.dedup();
        if options.is_empty() {
            faults.add(&node.at, "The rule reads no option, so it says nothing.");
        }
        rules.push(Rule { id, when, require, message, reads: options });
    }
    rules
}

fn condition(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<Expr> {
    let expr = formula(node, &Ty::Bool, scope, faults)?;
    let mut room = crate::MAX_NODES;
    let flat = inline(&expr, &scope.lets, &mut room).and_then(|flat| limits(&flat).map(|()| flat));
    flat.map_err(|message| faults.add(&node.at, message)).ok()
}

fn price(root: &Node<'_>, scope: &Scope, faults: &mut Faults) -> (String, Vec<PriceLine>) {
    let Some(node) = root.get("price") else {
        faults.add("", "`price` is missing.");
        return (String::new(), Vec::new());
    };
    node.only(&["currency", "lines"], faults);
    let currency = node.need_text("currency", 3, faults);
    if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_uppercase()) {
        faults.add(join(&node.at, "currency"), "Must be three capital letters (ISO 4217).");
    }
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for node in list(node.get("lines"), faults) {
        node.only(&["id", "label", "amount", "when"], faults);
        let id = unique_id(&node, &mut seen, faults);
        let label = node.need_text("label", 120, faults);
        let Some(amount) = node.get("amount") else {
            faults.add(&node.at, "`amount` is missing.");
            continue;
        };
        let source = amount.json.as_str().map_or_else(|| amount.json.to_string(), str::to_owned);
        let when = node.get("when").and_then(|n| formula(&n, &Ty::Bool, scope, faults));
        let Some(amount) = formula(&amount, &Ty::Num, scope, faults) else { continue };
        let mut options = reads(&amount, &scope.lets);
        if let Some(when) = &when {
            options.extend(reads(when, &scope.lets));
        }
        options.sort_unstable();
        options.dedup();
        lines.push(PriceLine { id, label, amount, when, reads: options, source });
    }
    if lines.is_empty() {
        faults.add(join(&node.at, "lines"), "A product needs at least one price line.");
    }
    (currency, lines)
}

fn envelope(root: &Node<'_>, scope: &Scope, faults: &mut Faults) -> [Expr; 3] {
    let zero = || Expr::Lit(Value::Num(0.0));
    let Some(node) = root.get("envelope") else {
        faults.add("", "`envelope` is missing: the largest outer box as [width, depth, height].");
        return [zero(), zero(), zero()];
    };
    recipe::formulas(&node, scope, faults).unwrap_or_else(|| [zero(), zero(), zero()])
}

/// Compiles one formula over `options` (no `let`s, grades or counter): for editors that check while a person types, and for
/// the differential test.
///
/// # Errors
/// What is wrong with it, at the empty pointer.
pub fn compile_formula(source: &str, options: &[product::OptionDef]) -> Result<Expr, Vec<Fault>> {
    roomy(|| {
        let mut faults = Faults::default();
        let scope = Scope { options: options.to_vec(), ..Scope::default() };
        let json = Json::String(source.to_owned());
        match crate::formula::any(&Node::root(&json), &scope, &mut faults) {
            Some((expr, _)) if faults.0.is_empty() => Ok(expr),
            _ => Err(faults.0),
        }
    })
}
