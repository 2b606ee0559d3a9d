//! The promises of `look.md` that can be read from the style sheets: contrast in both themes, colours in one file, no text below 11 px.

use std::{collections::BTreeMap, fs, path::PathBuf};

fn style(name: &str) -> String {
    // Asked when it runs: what was built may have been built in another checkout with the same cache.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let path = PathBuf::from(own).join("../../../style").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Relative luminance of an OKLCH colour (WCAG 2).
fn luminance(l: f64, c: f64, h: f64) -> f64 {
    let (a, b) = (c * h.to_radians().cos(), c * h.to_radians().sin());
    let cube = |x: f64| x * x * x;
    let (l, m, s) = (
        cube(l + 0.396_337_777_4 * a + 0.215_803_757_3 * b),
        cube(l - 0.105_561_345_8 * a - 0.063_854_172_8 * b),
        cube(l - 0.089_484_177_5 * a - 1.291_485_548 * b),
    );
    let r = 4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s;
    let g = -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s;
    let b = -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s;
    0.2126 * r.clamp(0.0, 1.0) + 0.7152 * g.clamp(0.0, 1.0) + 0.0722 * b.clamp(0.0, 1.0)
}

fn oklch(text: &str) -> Option<f64> {
    let inner = text.trim().strip_prefix("oklch(")?.split([')', '/']).next()?;
    let n: Vec<f64> = inner.split_whitespace().map_while(|n| n.parse().ok()).collect();
    (n.len() == 3).then(|| luminance(n[0], n[1], n[2]))
}

/// Luminance by token, light and dark.
fn tokens() -> BTreeMap<String, [f64; 2]> {
    let css = style("tokens.css");
    css.split(';')
        .filter_map(|line| {
            let (name, value) = line.rsplit_once("--").and_then(|(_, rest)| rest.split_once(':'))?;
            let inner = value.trim().strip_prefix("light-dark(")?;
            let (light, dark) = inner.split_once("),")?;
            Some((name.trim().to_owned(), [oklch(&format!("{light})"))?, oklch(dark)?]))
        })
        .collect()
}

#[test]
fn every_pair_has_its_contrast_in_both_themes() {
    let t = tokens();
    assert!(t.len() >= 30, "only {} colours were read", t.len());
    let mut pairs = 0;
    for (fore, backs, least) in [
        ("ink", &["sheet", "ground", "canvas", "trace"][..], 4.5),
        ("ink-2", &["sheet", "ground", "canvas", "trace"], 4.5),
        ("ink-3", &["sheet", "ground", "sunken", "canvas"], 4.5),
        ("sheet", &["ink"], 4.5),
        ("blue", &["sheet", "blue-wash", "canvas", "plan"], 4.5),
        ("green", &["sheet", "green-wash"], 4.5),
        ("amber", &["sheet", "amber-wash"], 4.5),
        ("red", &["sheet", "red-wash", "plan"], 4.5),
        ("trace-ink", &["trace"], 4.5),
        ("trace", &["trace-ink"], 4.5),
        ("edge", &["raised", "ground"], 3.0),
        ("blue-pencil", &["plan"], 3.0),
        ("plan-cut", &["plan"], 3.0),
        ("plan-outline", &["plan"], 3.0),
        ("plan-detail", &["plan"], 3.0),
    ] {
        for back in backs {
            for theme in 0..2 {
                let (a, b) = (t[fore][theme], t[*back][theme]);
                let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(ratio >= least, "{fore} on {back}, {}: {ratio:.2} is less than {least}", ["light", "dark"][theme]);
                pairs += 1;
            }
        }
    }
    assert!(pairs >= 50);
}

#[test]
fn colours_stand_in_tokens_only_and_no_text_is_below_11_px() {
    let mut looked = 0;
    for file in ["base.css", "controls.css", "choices.css", "surfaces.css", "pages.css", "configure.css", "main.css"] {
        for (n, line) in style(file).lines().enumerate() {
            looked += 1;
            for literal in ["oklch(", "rgb(", "rgba(", "hsl(", "#fff", "#000", " white;", " white,", " black;", " black,", " black "] {
                assert!(!line.contains(literal), "{file}:{}: name this colour in tokens.css: {line}", n + 1);
            }
            for part in line.split("font-size: ").skip(1) {
                let size: String = part.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
                // Plan lettering and initials in rings may be smaller.
                if let Ok(px) = size.parse::<f64>()
                    && part[size.len()..].starts_with("px")
                    && !line.contains(".pl-")
                    && !line.contains(".av")
                {
                    assert!(px >= 11.0, "{file}:{}: text of {px} px: {line}", n + 1);
                }
            }
        }
    }
    assert!(looked > 200, "only {looked} lines were read");
}
