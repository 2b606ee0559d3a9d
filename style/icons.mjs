// Writes app/crates/ui/src/icons.rs from lucide-static (ISC). Run: node style/icons.mjs
import { readFileSync, writeFileSync } from "node:fs";

const names = `activity arrow-left arrow-right badge-check ban bookmark box building-2 camera check chevron-down chevron-left chevron-right circle-check circle-x circle-minus clock
  cloud-off columns-2 copy corner-down-left door-open download ellipsis external-link eye file-text history info key-round laptop layers layout-grid link list-ordered lock log-out mail maximize menu minus monitor
  moon package pencil play plus redo-2 refresh-cw rotate-3d rotate-cw rotate-ccw ruler save scroll-text search settings share-2 shield sliders-horizontal smartphone stamp sun table tag trash-2 triangle-alert undo-2 ungroup user user-plus users warehouse x`
  .split(/\s+/).filter(Boolean).sort();
const pascal = (n) => n.split("-").map((p) => p[0].toUpperCase() + p.slice(1)).join("");
const body = (n) => {
  const svg = readFileSync(new URL(`./node_modules/lucide-static/icons/${n}.svg`, import.meta.url), "utf8");
  return svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
};
const rows = names.map((n) => [pascal(n), n, body(n)]);
writeFileSync(new URL("../app/crates/ui/src/icons.rs", import.meta.url), `//! Icon shapes. Written by \`node style/icons.mjs\` from lucide-static 1.62.0 (ISC, https://lucide.dev/license); do not edit.

/// The icons that the pages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Glyph {
${rows.map(([p]) => `    ${p},`).join("\n")}
}

impl Glyph {
    /// Every icon.
    pub const ALL: &'static [Self] = &[${rows.map(([p]) => `Self::${p}`).join(", ")}];

    /// Inner markup on a 24 × 24 field, stroke only.
    #[must_use]
    #[rustfmt::skip]
    pub fn shape(self) -> &'static str {
        match self {
${rows.map(([p, , b]) => `            Self::${p} => r#"${b}"#,`).join("\n")}
        }
    }
}
`);
console.log(`${rows.length} icons`);
