//! Faults and where they are.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Something wrong at one place of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What is wrong and what would be right, for a person.
    pub message: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.pointer.is_empty() { "/" } else { &self.pointer }, self.message)
    }
}

/// More are of no help to anybody.
const MOST: usize = 200;

/// Collects faults, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub Vec<Fault>);

impl Faults {
    pub fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Fault::new(pointer, message));
        }
    }
}

/// `pointer/key` with the key escaped.
pub(crate) fn join(pointer: &str, key: impl fmt::Display) -> String {
    format!("{pointer}/{}", key.to_string().replace('~', "~0").replace('/', "~1"))
}

/// A place in the definition: its JSON and its pointer.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub json: &'a Json,
    pub at: String,
}

impl<'a> Node<'a> {
    pub fn root(json: &'a Json) -> Self {
        Self { json, at: String::new() }
    }

    /// A member of an object; `None` when absent or `null`.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let json = self.json.get(key).filter(|v| !v.is_null())?;
        Some(Node { json, at: join(&self.at, key) })
    }

    /// This as an object, else a fault.
    pub fn object(&self, faults: &mut Faults) -> Option<&'a Map<String, Json>> {
        let map = self.json.as_object();
        if map.is_none() {
            faults.add(&self.at, "Must be an object.");
        }
        map
    }

    /// Members of this object with their places.
    pub fn members(&self, faults: &mut Faults) -> Vec<(&'a str, Node<'a>)> {
        let Some(map) = self.object(faults) else { return Vec::new() };
        map.iter().map(|(k, json)| (k.as_str(), Node { json, at: join(&self.at, k) })).collect()
    }

    /// Elements of this array with their places.
    pub fn items(&self, faults: &mut Faults) -> Vec<Node<'a>> {
        let Some(items) = self.json.as_array() else {
            faults.add(&self.at, "Must be a list.");
            return Vec::new();
        };
        items.iter().enumerate().map(|(i, json)| Node { json, at: join(&self.at, i) }).collect()
    }

    /// Faults for members that nobody reads: a typing error would otherwise be silent.
    pub fn only(&self, known: &[&str], faults: &mut Faults) {
        if let Some(map) = self.json.as_object() {
            for key in map.keys().filter(|k| !known.contains(&k.as_str())) {
                faults.add(join(&self.at, key), format!("Unknown member. Known here: {}.", known.join(", ")));
            }
        }
    }

    /// A text of at most `most` bytes; `None` and no fault when absent.
    pub fn text(&self, key: &str, most: usize, faults: &mut Faults) -> Option<String> {
        let node = self.get(key)?;
        match node.json.as_str() {
            Some(text) if text.len() <= most => Some(text.to_owned()),
            Some(_) => {
                faults.add(node.at, format!("Longer than {most} bytes."));
                None
            }
            None => {
                faults.add(node.at, "Must be a text.");
                None
            }
        }
    }

    /// A text that must be there and not be empty.
    pub fn need_text(&self, key: &str, most: usize, faults: &mut Faults) -> String {
        match self.get(key) {
            None => {
                faults.add(&self.at, format!("`{key}` is missing."));
                String::new()
            }
            Some(node) => {
                let text = self.text(key, most, faults).unwrap_or_default();
                if text.trim().is_empty() && node.json.is_string() {
                    faults.add(node.at, "Must not be empty.");
                }
                text
            }
        }
    }
}
