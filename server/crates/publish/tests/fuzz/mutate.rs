//! Bytes as decisions: what is changed in a definition, and into what.

use serde_json::{Value as Json, json};

/// Reads bytes as decisions; after the last one every decision is 0.
pub struct Dice<'a>(std::slice::Iter<'a, u8>);

impl<'a> Dice<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }
    /// Below `n`, which is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        let (a, b) = (self.0.next().copied().unwrap_or(0), if n > 256 { self.0.next().copied().unwrap_or(0) } else { 0 });
        (usize::from(a) | usize::from(b) << 8) % n.max(1)
    }
}

const NAMES: [&str; 16] =
    ["width", "depth", "height", "i", "t", "finish", "modules", "columns", "grade_price", "area_m2", "true", "null", "size", "in", "'oak'", "'B'"];
const NUMBERS: [&str; 14] =
    ["0", "1", "-1", "2.5", "1e308", "1e-308", "9007199254740993", "9223372036854775807", "-9223372036854775808", "0.1", "1600", "99999999", "0x1F", "1u"];
const TOKENS: [&str; 30] = [
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    "&&",
    "||",
    "!",
    "? 1 :",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "{",
    "}",
    ".map(x, x * x)",
    ".all(x, x > 0)",
    ".filter(x, true)",
    "min(",
    "max(",
    "round(",
    "has(width)",
    "'unended",
    "\u{202e}",
];

/// Something like a formula.
pub fn formula(dice: &mut Dice<'_>) -> String {
    match dice.below(12) {
        0 => "(".repeat(dice.below(3000)) + "1" + &")".repeat(dice.below(3000)),
        1 => "-".repeat(dice.below(3000)) + "width",
        2 => vec!["width"; dice.below(3000)].join(" * "),
        3 => "width > 0 ? ".repeat(dice.below(400)) + "1" + &" : 2".repeat(dice.below(400)),
        4 => "[".repeat(dice.below(2000)),
        5 => "'".to_owned() + &"x".repeat(dice.below(60_000)) + "'",
        _ => {
            let mut text = String::new();
            for _ in 0..=dice.below(24) {
                text += match dice.below(3) {
                    0 => NAMES[dice.below(NAMES.len())],
                    1 => NUMBERS[dice.below(NUMBERS.len())],
                    _ => TOKENS[dice.below(TOKENS.len())],
                };
                text.push(' ');
            }
            text
        }
    }
}

/// Something that a definition or a request might hold.
pub fn value(dice: &mut Dice<'_>) -> Json {
    match dice.below(22) {
        0 => Json::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(1e308),
        5 => json!(-0.0),
        6 => json!(0.1),
        7 => json!(9_007_199_254_740_993_u64),
        8 => json!(i64::MIN),
        9 => json!(""),
        10 => json!("x".repeat(dice.below(20_000))),
        11 => json!([]),
        12 => json!({}),
        13 => (0..100).fold(json!(1), |inner, _| json!([inner])),
        14 => json!({ "product": "WALL-ST", "options": {} }),
        15 => json!([0, 0, 0]),
        16 => json!("\u{0}\u{202e}\u{fffd}🪑"),
        17 => json!({ "type": "integer", "minimum": 0, "maximum": 1e15, "multipleOf": 1e-9, "default": 0 }),
        18 => json!(vec!["a"; dice.below(2000)]),
        _ => json!(formula(dice)),
    }
}

/// One of the definitions with a few things changed, removed, doubled or taken from another one.
pub fn mutated<'d>(dice: &mut Dice<'_>, definitions: impl Iterator<Item = &'d Json>) -> Json {
    let all: Vec<&Json> = definitions.collect();
    let mut definition = all[dice.below(all.len())].clone();
    for _ in 0..=dice.below(5) {
        let mut places = Vec::new();
        pointers(&definition, String::new(), &mut places);
        let place = places[dice.below(places.len())].clone();
        let new = match dice.below(6) {
            // Something of the same place elsewhere, or of any place.
            0 => all[dice.below(all.len())].pointer(&place).cloned().unwrap_or(Json::Null),
            1 => {
                let other = all[dice.below(all.len())];
                let mut there = Vec::new();
                pointers(other, String::new(), &mut there);
                other.pointer(&there[dice.below(there.len())]).cloned().unwrap_or(Json::Null)
            }
            2 => {
                remove(&mut definition, &place);
                continue;
            }
            3 => {
                double(&mut definition, &place, dice);
                continue;
            }
            _ => value(dice),
        };
        if let Some(old) = definition.pointer_mut(&place) {
            *old = new;
        }
    }
    definition
}

fn pointers(json: &Json, at: String, found: &mut Vec<String>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(k, v)| pointers(v, format!("{at}/{}", k.replace('~', "~0").replace('/', "~1")), found)),
        Json::Array(items) => items.iter().enumerate().for_each(|(i, v)| pointers(v, format!("{at}/{i}"), found)),
        _ => {}
    }
    found.push(at);
}

fn remove(definition: &mut Json, place: &str) {
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    match definition.pointer_mut(parent) {
        Some(Json::Object(members)) => drop(members.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Json::Array(items)) => {
            if let Some(i) = key.parse().ok().filter(|i| *i < items.len()) {
                items.remove(i);
            }
        }
        _ => {}
    }
}

fn double(definition: &mut Json, place: &str, dice: &mut Dice<'_>) {
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    match definition.pointer_mut(parent) {
        Some(Json::Object(members)) => {
            if let Some(own) = members.get(key).cloned() {
                members.insert(NAMES[dice.below(NAMES.len())].to_owned(), own);
            }
        }
        Some(Json::Array(items)) => {
            if let Some(own) = key.parse::<usize>().ok().and_then(|i| items.get(i)).cloned() {
                items.extend(vec![own; dice.below(300)]);
            }
        }
        _ => {}
    }
}
