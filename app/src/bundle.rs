//! What a browser loads for a page, as the web build named it: script, main module, and the packs of the lazy parts that the page is made of.

use leptos::{either::Either, nonce::use_nonce, prelude::*};
use serde_json::{Map, Value};
use std::{path::Path, sync::OnceLock};

/// Lazy part → the files that hold it; read once. Without a web build (tests, `fitout work`) there are none.
struct Build(Map<String, Value>);

impl Build {
    fn read(options: &LeptosOptions) -> Self {
        let manifest = Path::new(options.site_root.as_ref()).join(options.site_pkg_dir.as_ref()).join("__wasm_split_manifest.json");
        Self(std::fs::read(manifest).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default())
    }

    /// The whole name of a lazy part and its files; none in a build whose chunks were not packed.
    fn part(&self, name: &str) -> Option<(&str, Vec<&str>)> {
        let (whole, files) = self.0.iter().find(|(whole, _)| whole.strip_prefix(name).is_some_and(|number| number.starts_with('_')))?;
        let files: Vec<&str> = files.as_array()?.iter().filter_map(Value::as_str).filter(|f| f.starts_with("pack_")).collect();
        (!files.is_empty()).then_some((whole.as_str(), files))
    }
}

/// Asks for the graphics of the view once the page has been painted: the browser sets them up while the code still arrives, and the view finds them
/// there, as large as it needs them (asking a canvas twice answers the same; these are the attributes and the size it asks for).
const GRAPHICS: &str = "requestAnimationFrame(() => setTimeout(() => { const c = document.querySelector('canvas.view3d'); if (!c) return; const b = c.getBoundingClientRect(), \
                        r = Math.min(Math.max(devicePixelRatio, .5), 2), w = Math.round(b.width * r), h = Math.round(b.height * r); \
                        if (c.width != w) c.width = w; if (c.height != h) c.height = h; c.getContext('webgl2'); }));";

/// Draws the first picture and lets it be shown before the page takes over: what runs between would stand between the picture and the screen. A page
/// does not wait long for it.
const LOOK: &str = "await Promise.race([m.look().then(() => new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)))), new Promise((late) => setTimeout(late, 2000))]);";

/// `frame.js` knows when somebody is there; what lies in the template travels from then on.
const RESTS: &str = "await window.fitoutEmbed?.woken; document.head.append(document.getElementById('ahead').content);";

/// The loader of lazy parts: the macro that makes them writes this name into the code.
const LOADER: &str = "__wasm_split.______________________.js";

/// Links and script that start the application in the browser, for a page made of these lazy parts. What its first picture needs is named here, so that
/// all of it travels at once; on a line of 10 Mbit/s that picture stands a quarter sooner than with everything at once, and the page is no later.
#[component]
pub fn Start(
    /// How the web build was made.
    options: LeptosOptions,
    /// Names of the lazy functions behind the page.
    parts: &'static [&'static str],
    /// The page rests in a frame of another site until somebody is there: nothing is fetched ahead of that.
    rests: bool,
) -> impl IntoView {
    static BUILD: OnceLock<Build> = OnceLock::new();
    let build = BUILD.get_or_init(|| Build::read(&options));
    let pkg = options.site_pkg_dir.clone();
    let file = |name: &str| format!("/{pkg}/{name}");
    let output = &options.output_name;
    let (script, module, loader) = (file(&format!("{output}.js")), file(&format!("{output}_bg.wasm")), file(LOADER));
    let (graphics, look) = if parts.contains(&"view_chunk") { (GRAPHICS, LOOK) } else { ("", "") };
    let wait = if rests { RESTS } else { "" };
    let start = format!("{wait}{graphics}import({script:?}).then(async (m) => {{ await m.default({{ module_or_path: {module:?} }}); {look} m.hydrate(); }})");
    // What the page calls at once stands behind it in the list and goes first: the picture before the options, which the loader fetches after it.
    let splits: Vec<_> = parts.iter().rev().filter_map(|name| build.part(name)).collect();
    let packs = splits.first().map(|(_, files)| files.clone()).unwrap_or_default();
    let names = splits.iter().map(|(whole, _)| *whole).collect::<Vec<_>>().join(" ");
    let ahead = view! {
        <link rel="modulepreload" href=script crossorigin="anonymous"/>
        <link rel="modulepreload" href=loader crossorigin="anonymous"/>
        <link rel="preload" href=module r#as="fetch" type="application/wasm" crossorigin="anonymous"/>
        {packs.into_iter().map(|pack| view! { <link rel="preload" href=file(pack) r#as="fetch" crossorigin="anonymous"/> }).collect_view()}
    };
    view! {
        {if rests { Either::Left(view! { <template id="ahead">{ahead}</template> }) } else { Either::Right(ahead) }}
        // The loader reads `data-splits`: it compiles these parts while the main module still arrives.
        <script type="module" nonce=use_nonce() data-splits=names inner_html=start></script>
    }
}
