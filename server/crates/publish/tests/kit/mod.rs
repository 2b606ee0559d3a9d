//! A small definition to vary.
#![allow(dead_code)] // Every test file uses another part.

use product::CompiledProduct;
use serde_json::{Value as Json, json};

/// A shelf: two ranges, two choices, a yes/no; one panel.
pub fn shelf() -> Json {
    json!({
        "sku": "SHELF", "name": "Shelf", "description": "", "category": "shelves", "template_version": "1.0.0",
        "config_schema": {
            "type": "object", "additionalProperties": false,
            "x-fitout": { "order": ["width", "depth", "finish", "frame", "tray"] },
            "properties": {
                "width": { "type": "integer", "minimum": 1000, "maximum": 2400, "multipleOf": 50, "default": 1600,
                           "x-fitout": { "label": "Width", "unit": "mm", "handle": "x" } },
                "depth": { "type": "number", "minimum": 200, "maximum": 400, "multipleOf": 0.5, "default": 300,
                           "x-fitout": { "unit": "mm", "digits": 3 } },
                "finish": { "type": "string", "enum": ["oak", "walnut"], "default": "oak", "x-fitout": { "grade": { "walnut": "B" } } },
                "frame": { "type": "string", "enum": ["standard", "heavy"], "default": "standard",
                           "x-fitout": { "code": { "standard": "STD", "heavy": "HVY" } } },
                "tray": { "type": "boolean", "default": false }
            }
        },
        "rules": [
            { "id": "wide", "when": "width > 2000", "require": "frame == 'heavy'", "message": "Wide shelves need the heavy frame." }
        ],
        "price": { "currency": "USD", "lines": [
            { "id": "frame", "label": "Frame", "amount": "frame == 'heavy' ? 61900 : 49900" },
            { "id": "board", "label": "Board, {finish}", "amount": "area_m2(width, depth) * grade_price(finish)" },
            { "id": "tray", "label": "Tray", "amount": 6400, "when": "tray" }
        ] },
        "recipe": {
            "let": { "half": "t / 2", "t": 25 },
            "parts": [
                { "id": "board", "shape": { "panel": { "size": ["width", "depth", "t"] } }, "at": [0, 0, 0], "material": "finish", "sku": "BOARD" },
                { "id": "peg", "repeat": 4, "shape": { "cylinder": { "diameter": 8, "length": 20 } },
                  "at": ["(width - 8) * i / 3", "depth / 2", 0], "material": "steel", "sku": "PEG" }
            ]
        },
        "materials": { "oak": { "base_color": "#c8a06a" }, "walnut": { "base_color": [0.4, 0.3, 0.2] }, "steel": { "base_color": "#888888", "metallic": 1 } },
        "envelope": ["width", "depth", "t"],
        "grades": { "A": 18500, "B": 24400 }
    })
}

/// `base` with `value` put at `pointer` (the parent must exist; `-` appends to a list).
pub fn with(mut base: Json, pointer: &str, value: Json) -> Json {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let key = key.replace("~1", "/").replace("~0", "~");
    match base.pointer_mut(parent).expect("the parent exists") {
        Json::Object(map) => {
            map.insert(key, value);
        }
        Json::Array(list) if key == "-" => list.push(value),
        Json::Array(list) => list[key.parse::<usize>().expect("an index")] = value,
        other => panic!("{parent} is {other}"),
    }
    base
}

/// Compiles or fails with the faults.
pub fn compiled(definition: &Json) -> CompiledProduct {
    match publish::compile(definition) {
        Ok(published) => published.compiled,
        Err(faults) => panic!("{faults:#?}"),
    }
}
