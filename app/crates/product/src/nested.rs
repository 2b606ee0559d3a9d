//! Nested products: which elements a nest has, what each of them is told by the whole, and what they add to it.
//!
//! Everything about element 3 of the nest `modules` carries the prefix `modules/3/` where options are named, and `modules.3.` where parts are.

use crate::compiled::{CompiledProduct, Nest};
use crate::configure::{Configured, Now, Offers};
use crate::expr::{Env, EvalError};
use crate::part::Part;
use crate::price::PricedLine;
use crate::value::{Value, Values};

/// Most elements of one nest.
pub const MAX_ELEMENTS: u32 = 400;

/// One element as it stands.
pub(crate) struct Element {
    /// Explicit choices and what the whole says.
    pub values: Values,
    /// Minimum corner of its frame, millimetres.
    pub at_mm: [f64; 3],
}

/// The elements of `nest`, row by row from the first. `env` belongs to the whole; `list` is what was chosen.
pub(crate) fn elements(nest: &Nest, env: &Env<'_>, list: Option<&Value>) -> Result<Vec<Element>, EvalError> {
    let chosen = nest.chosen(list);
    (0..size(nest, env)?.0)
        .map(|i| {
            #[allow(clippy::cast_precision_loss)] // A few hundred.
            let env = env.at(i as f64);
            let options = chosen.get(i).and_then(Value::as_map).and_then(|e| e.get("options")).and_then(Value::as_map);
            let mut values = options.cloned().unwrap_or_default();
            for (option, formula) in &nest.pass {
                if let Some(def) = nest.product.options.get(usize::from(*option)) {
                    values.insert(def.id.clone(), formula.eval(&env)?);
                }
            }
            let mut at_mm = [0.0; 3];
            for (to, from) in at_mm.iter_mut().zip(&nest.at) {
                *to = from.eval_length(&env)?;
            }
            Ok(Element { values, at_mm })
        })
        .collect()
}

/// Count of elements and of those side by side.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn size(nest: &Nest, env: &Env<'_>) -> Result<(usize, usize), EvalError> {
    let whole = |x: f64| libm::floor((x + 1e-9).clamp(0.0, f64::from(MAX_ELEMENTS))) as usize;
    let (columns, rows) = (whole(nest.columns.eval_num(env)?), whole(nest.rows.eval_num(env)?));
    Ok(((columns * rows).min(nest.most as usize), columns))
}

impl Nest {
    /// The list as it was chosen, or the one to begin with.
    fn chosen<'a>(&'a self, list: Option<&'a Value>) -> &'a [Value] {
        list.and_then(Value::as_list).unwrap_or(&self.default)
    }

    /// Places of the options that the whole decides.
    fn passed(&self) -> Vec<usize> {
        self.pass.iter().map(|(option, _)| usize::from(*option)).collect()
    }

    /// Whether the whole decides an option of the elements.
    #[must_use]
    pub fn passes(&self, option: &str) -> bool {
        self.pass.iter().any(|(i, _)| self.product.options.get(usize::from(*i)).is_some_and(|o| o.id == option))
    }

    /// An element for a list of values: the nested product and the choices among `values` that are its own.
    #[must_use]
    pub fn element(&self, values: &Values) -> Value {
        let options = crate::value::values(&mut values.iter().filter(|(id, _)| !self.passes(id)).map(|(id, value)| (id.clone(), value.clone())));
        Value::Map(Values::from([("product".to_owned(), Value::Text(self.product.sku.clone())), ("options".to_owned(), Value::Map(options))]))
    }
}

/// Answers to equal elements are found once.
struct Memo<'a, T> {
    nest: &'a Nest,
    known: Vec<(Values, T)>,
}

impl<'a, T: Clone> Memo<'a, T> {
    fn new(nest: &'a Nest) -> Self {
        Self { nest, known: Vec::new() }
    }

    fn get(&mut self, values: &Values, make: impl FnOnce(&CompiledProduct, &[usize]) -> T) -> T {
        if let Some((_, found)) = self.known.iter().find(|(v, _)| v == values) {
            return found.clone();
        }
        let made = make(&self.nest.product, &self.nest.passed());
        self.known.push((values.clone(), made.clone()));
        made
    }
}

/// An address inside a nest: `modules/3/front` → the nest, 3, `front`.
#[must_use]
pub fn address<'p, 'a>(product: &'p CompiledProduct, path: &'a str) -> Option<(&'p Nest, usize, &'a str)> {
    let mut pieces = path.splitn(3, '/');
    let (nest, index, option) = (pieces.next()?, pieces.next()?.parse().ok()?, pieces.next()?);
    Some((product.nests.iter().find(|n| n.id == nest)?, index, option))
}

/// The values of one element, and what the whole decides there; `None` where there is none.
pub(crate) fn element_at(product: &CompiledProduct, present: &[Value], explicit: &Values, nest: &Nest, index: usize) -> Option<(Values, Vec<usize>)> {
    let env = Env::new(product, present).ok()?;
    let element = elements(nest, &env, explicit.get(&nest.id)).ok()?.into_iter().nth(index)?;
    Some((element.values, nest.passed()))
}

/// Complete values of one element, with what the whole decides; `None` where there is none.
#[must_use]
pub fn element_values(product: &CompiledProduct, values: &Values, nest: &Nest, index: usize) -> Option<Values> {
    let (own, locked) = element_at(product, &product.dense(values), values, nest, index)?;
    Some(nest.product.named(&Now::new(&nest.product, &own, &locked).present))
}

/// Size of a nest as `(columns, rows)` for values of the whole; rows that are not full are left out.
#[must_use]
pub fn grid(product: &CompiledProduct, values: &Values, nest: &Nest) -> (usize, usize) {
    let present = product.dense(values);
    let size = Env::new(product, &present).and_then(|env| size(nest, &env)).unwrap_or_default();
    if size.1 == 0 { (0, 0) } else { (size.1, size.0 / size.1) }
}

/// Configures all elements and adds to the answer about the whole.
pub(crate) fn configure(product: &CompiledProduct, present: &[Value], explicit: &Values, offers: Offers, done: &mut Configured) {
    for nest in &product.nests {
        let Ok(found) = Env::new(product, present).and_then(|env| elements(nest, &env, explicit.get(&nest.id))) else {
            done.valid = false;
            continue;
        };
        let mut memo = Memo::new(nest);
        let mut list = Vec::with_capacity(found.len());
        for (i, element) in found.iter().enumerate() {
            let answer = memo.get(&element.values, |child, passed| crate::configure::within(child, &element.values, passed, offers));
            done.valid &= answer.valid;
            list.push(nest.element(&answer.values));
            let prefix = format!("{}/{i}/", nest.id);
            done.forced.extend(answer.forced.into_iter().map(|mut forced| {
                forced.option.insert_str(0, &prefix);
                forced
            }));
            done.blocked.extend(answer.blocked.into_iter().map(|blocked| blocked.below(&prefix)));
        }
        done.values.insert(nest.id.clone(), Value::List(list));
    }
}

/// The lists of all nests with every choice in them, so that equal furniture has equal values.
pub(crate) fn complete(product: &CompiledProduct, present: &[Value], values: &Values) -> Values {
    let mut lists = Values::new();
    for nest in &product.nests {
        let Ok(found) = Env::new(product, present).and_then(|env| elements(nest, &env, values.get(&nest.id))) else { continue };
        let list = found.iter().map(|e| nest.element(&nest.product.complete(&e.values))).collect();
        lists.insert(nest.id.clone(), Value::List(list));
    }
    lists
}

/// What all elements cost, minor units; `values` holds the lists.
pub(crate) fn total(product: &CompiledProduct, present: &[Value], values: &Values) -> Result<i64, EvalError> {
    let mut sum = 0_i64;
    for nest in &product.nests {
        let mut memo = Memo::new(nest);
        for element in elements(nest, &Env::new(product, present)?, values.get(&nest.id))? {
            let one = memo.get(&element.values, |child, passed| {
                let now = Now::new(child, &element.values, passed);
                crate::terms::changed(product, &nest.id, crate::price::total(child, &now.present, &element.values)?)
            })?;
            sum = sum.checked_add(one).ok_or(EvalError::NotFinite)?;
        }
    }
    Ok(sum)
}

/// Price lines of the elements: those that are called the same and cost the same together.
pub(crate) fn price(product: &CompiledProduct, present: &[Value], values: &Values) -> Result<Vec<PricedLine>, EvalError> {
    let mut lines: Vec<(PricedLine, i64, u32)> = Vec::new();
    for nest in &product.nests {
        let mut memo = Memo::new(nest);
        for element in elements(nest, &Env::new(product, present)?, values.get(&nest.id))? {
            let (label, one, rule) = memo.get(&element.values, |child, passed| {
                let own = child.named(&Now::new(child, &element.values, passed).present);
                let breakdown = crate::price::price(child, &own)?;
                let rule: Vec<String> = breakdown.lines.iter().map(|l| l.amount.to_string()).collect();
                let one = crate::terms::changed(product, &nest.id, breakdown.total)?;
                Ok::<_, EvalError>((crate::price::filled(&nest.label, child, &child.dense(&own)), one, rule.join(" + ")))
            })?;
            if let Some((_, _, count)) = lines.iter_mut().find(|(l, each, _)| l.label == label && *each == one) {
                *count += 1;
                continue;
            }
            let id = format!("{}.{}", nest.id, lines.len());
            lines.push((PricedLine { id, label, amount: 0, rule }, one, 1));
        }
    }
    lines
        .into_iter()
        .filter(|(_, each, _)| *each != 0)
        .map(|(mut line, each, count)| {
            line.amount = each.checked_mul(i64::from(count)).ok_or(EvalError::NotFinite)?;
            if count > 1 {
                line.label = format!("{count} × {}", line.label);
                line.rule = format!("{count} * ({})", line.rule);
            }
            line.rule = crate::terms::rule(product, line.id.split('.').next().unwrap_or_default(), &line.rule);
            Ok(line)
        })
        .collect()
}

/// Adds the parts of all elements, at their places.
pub(crate) fn parts(product: &CompiledProduct, present: &[Value], values: &Values, list: &mut Vec<Part>) -> Result<(), crate::PartError> {
    for nest in &product.nests {
        let mut memo = Memo::new(nest);
        let found = Env::new(product, present).and_then(|env| elements(nest, &env, values.get(&nest.id))).map_err(crate::PartError::Let)?;
        for (i, element) in found.iter().enumerate() {
            let own: Result<Vec<Part>, _> = memo.get(&element.values, |child, passed| {
                let own = child.named(&Now::new(child, &element.values, passed).present);
                crate::parts(child, &own).map(|l| l.parts)
            });
            for mut part in own? {
                part.id = format!("{}.{i}.{}", nest.id, part.id);
                for (to, by) in part.at_mm.iter_mut().zip(element.at_mm) {
                    *to = crate::expr::round_length(*to + by);
                }
                if let Some(joint) = &mut part.joint {
                    joint.carry(element.at_mm);
                }
                list.push(part);
            }
            if list.len() > crate::parts::MAX_PARTS {
                return Err(crate::PartError::TooMany);
            }
        }
    }
    Ok(())
}

/// The piece of the variant code that a nest adds: elements row by row, equal neighbours counted, e.g. `3DM.1O` for three doors in moss and an
/// open one.
pub(crate) fn code(product: &CompiledProduct, present: &[Value], values: &Values) -> String {
    let mut code = String::new();
    for nest in &product.nests {
        let Ok(found) = Env::new(product, present).and_then(|env| elements(nest, &env, values.get(&nest.id))) else { continue };
        let mut runs: Vec<(String, u32)> = Vec::new();
        for element in &found {
            let own = crate::variant::pieces(&nest.product, &element.values, |id| !nest.passes(id)).concat();
            match runs.last_mut() {
                Some((last, count)) if *last == own => *count += 1,
                _ => runs.push((own, 1)),
            }
        }
        let runs: Vec<String> = runs.into_iter().map(|(own, count)| format!("{count}{own}")).collect();
        if !runs.is_empty() {
            code.push('-');
            code.push_str(&runs.join("."));
        }
    }
    code
}

/// Whether a list is allowed for a nest: [`check`] without the words.
#[must_use]
pub fn fits(nest: &Nest, list: &Value) -> bool {
    let own = |(id, value): (&String, &Value)| !nest.passes(id) && nest.product.options.iter().any(|o| o.id == *id && o.domain.contains(value));
    let member = |(name, value): (&String, &Value)| match name.as_str() {
        "product" => value.as_text() == Some(&nest.product.sku),
        "options" => value.as_map().is_some_and(|options| options.iter().all(own)),
        _ => false,
    };
    let element = |item: &Value| item.as_map().is_some_and(|members| members.contains_key("product") && members.iter().all(member));
    list.as_list().is_some_and(|items| items.len() <= nest.most as usize && items.iter().all(element))
}

/// Faults of a list for a nest, as pairs of JSON pointer into the list and message; empty when it is allowed.
#[must_use]
pub fn check(nest: &Nest, list: &Value) -> Vec<(String, String)> {
    let Some(items) = list.as_list() else { return vec![(String::new(), "Must be a list.".into())] };
    if items.len() > nest.most as usize {
        return vec![(String::new(), format!("Has {} elements, at most {} are possible.", items.len(), nest.most))];
    }
    let mut faults = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let at = format!("/{i}");
        let Some(members) = item.as_map() else {
            faults.push((at, "Must be an object with `product` and `options`.".into()));
            continue;
        };
        if members.get("product").and_then(Value::as_text) != Some(&nest.product.sku) {
            faults.push((format!("{at}/product"), format!("Must be \"{}\".", nest.product.sku)));
        }
        for (name, value) in members {
            match (name.as_str(), value) {
                ("product", _) => {}
                ("options", Value::Map(options)) => {
                    for id in options.keys().filter(|id| nest.passes(id)) {
                        faults.push((format!("{at}/options/{id}"), "Follows from the whole and can't be chosen.".into()));
                    }
                    faults.extend(crate::check_values(&nest.product, options).into_iter().map(|(below, what)| (format!("{at}/options{below}"), what)));
                }
                ("options", _) => faults.push((format!("{at}/options"), "Must be an object.".into())),
                _ => faults.push((format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), "Unknown member.".into())),
            }
        }
    }
    faults
}

/// The value at an option's name or an address inside a nest.
#[must_use]
pub fn value_at<'v>(values: &'v Values, path: &str) -> Option<&'v Value> {
    let mut pieces = path.splitn(3, '/');
    let whole = values.get(pieces.next()?);
    let (Some(index), Some(option)) = (pieces.next(), pieces.next()) else { return whole };
    whole?.as_list()?.get(index.parse::<usize>().ok()?)?.as_map()?.get("options")?.as_map()?.get(option)
}

/// The choices with one made at an option's name or an address inside a nest.
#[must_use]
pub fn with_value(product: &CompiledProduct, choices: &Values, path: &str, value: &Value) -> Values {
    let mut next = choices.clone();
    match address(product, path) {
        None => drop(next.insert(path.to_owned(), value.clone())),
        Some((nest, index, option)) => {
            if let Some(list) = with_element(product, choices, &nest.id, &[index], option, value) {
                next.insert(nest.id.clone(), list);
            }
        }
    }
    next
}

/// What an element shows: its words, and its parts in its own frame (`width` along x, front to −y).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Face {
    /// The nest's label, filled in.
    pub label: String,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Outer size `[width, depth, height]`, millimetres.
    pub size_mm: [f64; 3],
}

/// The faces of all elements, row by row; empty where the whole has none.
#[must_use]
pub fn faces(product: &CompiledProduct, values: &Values, nest: &Nest) -> Vec<Face> {
    let present = product.dense(values);
    let found = Env::new(product, &present).and_then(|env| elements(nest, &env, values.get(&nest.id))).unwrap_or_default();
    let mut memo = Memo::new(nest);
    let face = |child: &CompiledProduct, values: &Values| {
        let own = child.dense(values);
        let size = |k: usize| Env::new(child, &own).and_then(|env| child.envelope[k].eval_length(&env)).unwrap_or_default();
        Face {
            label: crate::price::filled(&nest.label, child, &own),
            parts: crate::parts(child, values).map(|l| l.parts).unwrap_or_default(),
            size_mm: [size(0), size(1), size(2)],
        }
    };
    found.iter().map(|e| memo.get(&e.values, |child, locked| face(child, &child.named(&Now::new(child, &e.values, locked).present)))).collect()
}

/// The list of a nest after one choice for some elements; `None` for an unknown nest.
#[must_use]
pub fn with_element(product: &CompiledProduct, choices: &Values, nest: &str, elements: &[usize], option: &str, value: &Value) -> Option<Value> {
    let nest = product.nests.iter().find(|n| n.id == nest)?;
    let mut list = nest.chosen(choices.get(&nest.id)).to_vec();
    for i in elements.iter().copied().filter(|i| *i < nest.most as usize) {
        while list.len() <= i {
            list.push(nest.element(&Values::new()));
        }
        let mut options = list[i].as_map().and_then(|e| e.get("options")).and_then(Value::as_map).cloned().unwrap_or_default();
        options.insert(option.to_owned(), value.clone());
        list[i] = nest.element(&options);
    }
    Some(Value::List(list))
}

/// The choices with every nest's elements kept in their column and row after options of the whole changed from `before`.
#[must_use]
pub fn keep_places(product: &CompiledProduct, before: &Values, mut after: Values) -> Values {
    for nest in &product.nests {
        let list = nest.chosen(after.get(&nest.id));
        let ((old, _), (columns, rows)) = (grid(product, before, nest), grid(product, &after, nest));
        if old == columns || old == 0 {
            continue;
        }
        let empty = nest.element(&Values::new());
        let moved: Vec<Value> = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| if column < old { list.get(row * old + column) } else { None }.unwrap_or(&empty).clone())
            .collect();
        after.insert(nest.id.clone(), Value::List(moved));
    }
    after
}
