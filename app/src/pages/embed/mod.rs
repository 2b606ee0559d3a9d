//! `/embed/{id}`: the configurator inside a frame of another site. Knows nobody who is signed in; what it may ask, it asks with a token of its own.

mod host;
mod lead;

use crate::json::data;
use crate::loading::loaded;
use crate::pages::configure::choices::{from_query, from_wire, guess, pairs, to_wire};
use crate::pages::configure::engine::Engine;
use crate::pages::configure::panel::Panel;
use crate::pages::configure::price::{PhoneBar, PriceBar};
use crate::pages::configure::stage::{Stage, Tools, typing};
use crate::pages::configure::state::{Config, Enter};
use crate::pages::configure::view::View;
use crate::pages::configure::{ExactModel, Who, subject};
use crate::server_fns;
use contract::{ConfiguratorData, EmbedPage, EmbedTheme, PriceFor};
use host::Wish;
use lead::{Lead, Question};
use leptos::{ev, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use serde_json::{Value, json};
use ui::Erase;
use ui::{Button, Kind, Size, Units};
use wasm_bindgen::JsValue;

/// The page inside the frame.
#[lazy]
pub fn embed_page() -> AnyView {
    let params = use_params_map();
    let search = use_location().search;
    let data = data(
        move || params.with(|p| p.get("id").unwrap_or_default()),
        move |id| {
            let (sku, choices, price) = search.with_untracked(|s| (own(s, "product"), guess(s), asked(s)));
            server_fns::open_embed(id, sku, choices, price)
        },
    );
    loaded(data, move |page| framed(page, &search.get_untracked()))
}

/// What the address says about the frame itself: names with a dot are never options.
fn own(search: &str, name: &str) -> Option<String> {
    pairs(search).into_iter().find(|(n, _)| n.strip_prefix("embed.") == Some(name)).map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// The price that the page around asks for, or that was chosen inside the frame before it was loaded again.
fn asked(search: &str) -> PriceFor {
    let mut price = PriceFor::from_pairs(&pairs(search));
    price.currency = own(search, "currency").or(price.currency);
    // An embed's settings say whose prices it shows.
    PriceFor { customer: None, date: None, ..price }
}

fn framed(page: EmbedPage, search: &str) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::shell::allow_frames(&page.origins);
    // The same for server and browser; the browser's half has nothing to say here.
    #[cfg(feature = "ssr")]
    let script = include_str!("frame.js");
    #[cfg(not(feature = "ssr"))]
    let script = "";
    let look = Look::of(&page.theme, search);
    let (id, origins, organization) = (page.public_id, page.origins.join(" "), page.organization);
    let inside = match (page.configurator, page.closed) {
        (Some(data), None) => match Engine::read(&data, asked(search)) {
            Ok(engine) => {
                let choices = from_query(&engine.product, search);
                let config = Config::new(engine, choices);
                view! { <Configurator config data organization cart=look.cart search=search.to_owned()/> }.erase()
            }
            Err(words) => closed(&words),
        },
        (_, why) => closed(&why.unwrap_or_default()),
    };
    view! {
        <div id="embed" class="configure embedded" data-embed=id data-origins=origins data-accent=look.accent.is_some().then_some("") style=look.style() data-scheme=look.scheme>
            {inside}
        </div>
        <script nonce=leptos::nonce::use_nonce() inner_html=script></script>
    }
    .erase()
}

/// A card instead of the configurator, for visitors of the other site.
fn closed(words: &str) -> AnyView {
    let words = words.to_owned();
    view! { <Title text="Closed"/><main id="main" class="closed"><p>{words}</p></main> }.erase()
}

/// Colours and corners of the frame.
struct Look {
    accent: Option<[u8; 3]>,
    radius: Option<u8>,
    scheme: &'static str,
    cart: bool,
}

impl Look {
    /// As the embed is set, with what the page around (or the preview beside the settings) asks for instead.
    fn of(theme: &EmbedTheme, search: &str) -> Self {
        let word = |name: &str, set: &str| own(search, name).unwrap_or_else(|| set.to_owned());
        let scheme = match word("theme", &theme.scheme).as_str() {
            "light" => "light",
            "dark" => "dark",
            _ => "auto",
        };
        Self {
            accent: colour(&word("accent", &theme.accent)),
            radius: own(search, "radius").and_then(|px| px.parse().ok()).or(theme.radius).filter(|px| *px <= 24),
            scheme,
            cart: word("action", &theme.action) == "cart",
        }
    }

    /// Numbers alone: whatever was asked for, nothing else gets into the style.
    fn style(&self) -> String {
        let mut style = String::new();
        if let Some([r, g, b]) = self.accent {
            let ink = if bright([r, g, b]) { "bright" } else { "deep" };
            let [r, g, b] = [r, g, b].map(|c| f32::from(c) / 255.0);
            style.push_str(&format!("--accent:color(srgb {r:.3} {g:.3} {b:.3});--on-accent:var(--on-{ink});"));
        }
        if let Some(px) = self.radius {
            style.push_str(&format!("--r-1:{px}px;--r-2:{px}px;"));
        }
        style
    }
}

fn colour(text: &str) -> Option<[u8; 3]> {
    let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// Whether dark letters read better on it than white ones: relative luminance of WCAG 2.2, where both have the same contrast.
fn bright(rgb: [u8; 3]) -> bool {
    let [r, g, b] = rgb.map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179
}

#[component]
fn Configurator(config: Config, data: ConfiguratorData, organization: String, cart: bool, search: String) -> impl IntoView {
    let (id, name) = (data.card.id.clone(), data.card.name.clone());
    let view = View::new();
    let tools = Tools::new(view, name.clone());
    let model = ExactModel::new(config, view, id.clone(), data.files.clone());
    model.follow(false);
    if own(&search, "locale").is_some_and(|l| l.eq_ignore_ascii_case("en-US")) {
        config.units.set(Units::FtIn);
    }
    config.keep_steps_here(&search);
    let question = Question::new(config, id);
    talk(config, tools, &data, question);
    keys(config, tools);
    let act = move || {
        if cart {
            host::tell("add-to-cart", &told(config));
        } else {
            host::tell("request-quote", &told(config));
            question.begin();
        }
    };
    let button = move || {
        let why_not = move || (!config.shown.with(|s| s.valid)).then(|| "First settle the choices that do not go together.".to_owned());
        let word = if cart { "Add to cart" } else { "Request a quote" };
        view! { <Button kind=Kind::Main size=Size::Large reason=Signal::derive(why_not) on_press=move |()| act()>{word}</Button> }.erase()
    };
    view! {
        <Title text=name.clone()/>
        <main id="main" class="cfg" tabindex="-1">
            <Stage config view tools subject=subject(&data, &name, config) model who=Who::Guest editable=true/>
            <Panel config/>
        </main>
        <PriceBar config pricing=data.pricing.clone() availability=data.availability.clone()>{button()}</PriceBar>
        <PhoneBar config pricing=data.pricing>{button()}</PhoneBar>
        <Lead question organization/>
    }
}

/// What the page around is told of the configuration.
fn told(config: Config) -> Value {
    let currency = config.engine().product.currency.clone();
    let sku = config.engine().product.sku.clone();
    let pieces = config.pieces.get_untracked();
    let configuration = config.choices.with_untracked(to_wire);
    config.shown.with_untracked(|s| {
        json!({
            "product": sku, "configuration": configuration, "values": to_wire(&s.values), "valid": s.valid, "variant_code": s.variant,
            "price": { "currency": currency, "minor": s.total }, "quantity": pieces,
        })
    })
}

fn ready(detail: &Value) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "true");
    }
    host::tell("ready", detail);
}

/// Says what happens, and does what the page around wants.
fn talk(config: Config, tools: Tools, data: &ConfiguratorData, question: Question) {
    let product = data.card.name.clone();
    Effect::new(move |before: Option<(String, i64)>| {
        let now = config.shown.with(|s| (s.variant.clone(), s.total));
        config.pieces.track();
        // A choice that is the default changes neither variant nor price, and is one all the same.
        config.choices.track();
        match before {
            None => {
                let mut detail = told(config);
                detail["name"] = json!(product);
                ready(&detail);
            }
            Some(before) => {
                let detail = told(config);
                if before.1 != now.1 {
                    host::tell("price-change", &detail["price"]);
                }
                host::tell("config-change", &detail);
            }
        }
        now
    });
    let counted = StoredValue::new(false);
    Effect::new(move |first: Option<()>| {
        config.choices.track();
        if first.is_some() && !counted.get_value() {
            counted.set_value(true);
            leptos::task::spawn_local(async move {
                // Only a number: that it could not be counted is nothing to tell a visitor.
                let _ = host::ask("/api/v1/embeds/events", &json!({ "event": "changed" })).await;
            });
        }
    });
    Effect::new(move |_| host::listen(move |wish| obey(config, tools, question, wish)));
}

fn obey(config: Config, tools: Tools, question: Question, (kind, detail, number): Wish) {
    let answer = |value: &Value| host::send("answer", &host::plain(value), &number);
    let refuse = |words: &str| host::send("refused", &JsValue::from_str(words), &number);
    let engine = config.engine();
    match kind.as_str() {
        "getConfiguration" => answer(&told(config)),
        "setConfiguration" => {
            let Value::Object(data) = detail else { return refuse("A configuration is an object of options and values.") };
            let known = from_wire(&engine.product, &data);
            let wrong: Vec<&String> = data.keys().filter(|id| !known.contains_key(*id)).collect();
            let faults = product::check_values(&engine.product, &known);
            if let Some(id) = wrong.first() {
                refuse(&format!("{id} is no option of this product."));
            } else if let Some((pointer, why)) = faults.first() {
                refuse(&format!("{}: {why}", pointer.trim_start_matches('/')));
            } else {
                config.take(known, Enter::Step);
                answer(&told(config));
            }
        }
        "setOption" => {
            let (option, value) = (detail["option"].as_str().unwrap_or_default(), product::Value::from_json(&detail["value"]));
            // What has no value is not there: an opening beyond the last one.
            let domain = engine.option(option).filter(|_| config.value(option).is_some()).map(|o| &o.domain);
            match (domain, value) {
                (None, _) => refuse(&format!("“{option}” is no option of this product.")),
                (Some(domain), Some(value)) if domain.contains(&value) => {
                    config.propose(option, value, Enter::Step);
                    match config.asked.get_untracked() {
                        Some(asked) => refuse(&asked.entry.message),
                        None => answer(&told(config)),
                    }
                }
                _ => refuse(&format!("This is no value of “{option}”.")),
            }
        }
        "screenshot" => match tools.snapshot() {
            Some(picture) => host::send("answer", &JsValue::from_str(&picture), &number),
            None => refuse("There is no picture yet."),
        },
        "requestQuote" => {
            question.begin();
            answer(&Value::Null);
        }
        _ => refuse("This configurator does not know this message."),
    }
}

/// Keys of the view, as long as the page lives.
fn keys(config: Config, tools: Tools) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |ev| {
            if typing(ev.target()) || ev.alt_key() || document().query_selector("dialog[open]").ok().flatten().is_some() {
                return;
            }
            if config.key(&ev) || (!ev.ctrl_key() && !ev.meta_key() && tools.key(&ev.key())) {
                ev.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_numbers_gets_into_the_style() {
        let look = |accent: &str, search: &str| Look::of(&EmbedTheme { accent: accent.to_owned(), radius: Some(6), ..EmbedTheme::default() }, search);
        let brick = ["#", "aa3311"].concat();
        assert_eq!(look(&brick, "").style(), "--accent:color(srgb 0.667 0.200 0.067);--on-accent:var(--on-deep);--r-1:6px;--r-2:6px;");
        assert_eq!(
            look(&brick, "?embed.accent=%23ffee00&embed.radius=0").style(),
            "--accent:color(srgb 1.000 0.933 0.000);--on-accent:var(--on-bright);--r-1:0px;--r-2:0px;"
        );
        for evil in ["red;background:url(x)", "#12345é", "#1", "#gggggg", "}"] {
            assert_eq!(look("", &format!("?embed.accent={}", crate::loading::encode(evil))).style(), "--r-1:6px;--r-2:6px;", "{evil}");
        }
        assert_eq!(look("", "?embed.theme=dark").scheme, "dark");
        assert_eq!(look("", "?embed.theme=x\"y").scheme, "auto");
    }

    #[test]
    fn the_address_names_the_frames_own_things_apart_from_options() {
        assert_eq!(own("?width=1800&embed.product=SOFA-LG", "product").as_deref(), Some("SOFA-LG"));
        assert_eq!(own("?product=x", "product"), None);
        assert_eq!(guess("?width=1800&embed.product=SOFA-LG").len(), 1);
    }
}
