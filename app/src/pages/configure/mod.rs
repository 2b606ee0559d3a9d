//! `/configure/{id}`: the configurator. The link holds every explicit choice; the product's own code runs on either side.

pub(crate) mod choices;
pub(crate) mod engine;
mod exact;
mod explain;
mod handles;
mod modules;
pub(crate) mod panel;
#[cfg(feature = "ssr")]
mod plain;
mod poses;
pub(crate) mod price;
mod save;
pub(crate) mod stage;
pub(crate) mod state;
mod swatch;
pub(crate) mod view;

#[cfg(feature = "hydrate")]
pub(crate) use exact::fetch_bytes;
pub(crate) use exact::{ExactModel, Who};

use crate::frame::{BarButton, WorkBar};
use crate::json::data;
use crate::loading::loaded;
use crate::pages::missing::Trouble;
use crate::server_fns;
use choices::{from_query, guess, pairs};
use contract::{AppError, ConfiguratorData, ErrorKind, PriceFor};
use engine::Engine;
use exact::{Beside, sign_in};
use leptos::{ev, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use panel::Panel;
use price::{PhoneBar, PriceBar};
use product::Values;
use save::{Dialogs, Keep, KeepState};
use stage::{Stage, Subject, Tools, sketch_of, typing};
use state::Config;
use ui::Erase;
use ui::{Action, Button, Glyph, Kind, LinkButton, Size, use_actions};
use view::View;

/// The configurator.
#[lazy]
pub fn configure_page() -> AnyView {
    let params = use_params_map();
    let search = use_location().search;
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    // Only another product is fetched again: choices are answered here.
    let data = data(
        move || id.get(),
        move |id| {
            let search = search.get_untracked();
            server_fns::configurator(id, guess(&search), PriceFor::from_pairs(&pairs(&search)))
        },
    );
    loaded(data, move |data| page(data, &search.get_untracked()))
}

fn page(data: ConfiguratorData, search: &str) -> AnyView {
    let asked = PriceFor::from_pairs(&pairs(search));
    // Whoever may not choose a customer sees everyone's prices, also by a link that names one.
    let asked = if data.pricing.customers.is_empty() { PriceFor { customer: None, date: None, ..asked } } else { asked };
    match Engine::read(&data, asked) {
        Ok(engine) => {
            let choices = from_query(&engine.product, search);
            let config = Config::new(engine, choices);
            view! { <Configurator config data/> }.erase()
        }
        Err(words) => view! { <Trouble error=AppError::new(ErrorKind::Unavailable, "old_page", words).into()/> }.erase(),
    }
}

/// Category slug as a word: `desks` → `Desks`.
pub(crate) fn category_word(slug: &str) -> String {
    let text = slug.replace('-', " ");
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Name, line and pictures: those of this very configuration where they exist, else the product's where it is as it comes, else a drawing that the
/// server makes of it.
pub(crate) fn subject(data: &ConfiguratorData, name: &str, config: Config) -> Subject {
    let own = data.files.as_ref();
    let standard = config.choices.with_untracked(Values::is_empty);
    let solid = own.and_then(|f| f.thumbnail_url.clone()).or_else(|| data.card.thumbnail_url.clone().filter(|_| standard));
    let drawing = own.and_then(|f| f.drawing_url.clone()).or_else(|| data.card.drawing_url.clone().filter(|_| standard));
    Subject {
        name: name.to_owned(),
        line: data.card.description.clone(),
        sku: data.card.sku.clone(),
        edition: data.edition.clone(),
        drawing: drawing.or_else(|| sketch_of(config, &data.sketch).filter(|_| solid.is_none())),
        solid,
        sketch: data.sketch.clone(),
    }
}

#[component]
fn Configurator(config: Config, data: ConfiguratorData) -> impl IntoView {
    let (id, name, who) = (data.card.id.clone(), data.card.name.clone(), Who::of(&data));
    let may_save = who == Who::Maker;
    let view = View::new();
    let tools = Tools::new(view, name.clone());
    let keep = Keep::new(config, id.clone(), name.clone());
    let model = ExactModel::new(config, view, id.clone(), data.files.clone());
    keep.open(&use_location().search.get_untracked());
    config.follow_history();
    model.follow(may_save);
    keys(config, tools, keep, may_save);
    commands(config, tools, keep, model, may_save);

    let path = vec![
        ("Products".to_owned(), "/products".to_owned()),
        (category_word(&data.card.category), ["/products?category=", &data.card.category].concat()),
        (name.clone(), String::new()),
    ];
    let no_undo = Signal::derive(move || config.steps.with(|s| (s.at == 0).then(|| "Nothing to undo.".to_owned())));
    let no_redo = Signal::derive(move || config.steps.with(|s| (s.at >= s.last).then(|| "Nothing to redo.".to_owned())));
    let share = move || if may_save { keep.share() } else { keep.share_page() };
    // For browsers without script; the browser's half has nothing to say here.
    #[cfg(feature = "ssr")]
    let fallback = plain::form(&config.engine(), &config.shown.get_untracked(), &untrack(|| config.price()), &["/configure/", &id].concat());
    #[cfg(not(feature = "ssr"))]
    let fallback = "";
    let sign_in_here = {
        let id = id.clone();
        Signal::derive(move || sign_in(&id, &config.query()))
    };
    let workshop = {
        let id = id.clone();
        Signal::derive(move || match config.query() {
            query if query.is_empty() => ["/workshop/", &id].concat(),
            query => ["/workshop/", &id, "?", &query].concat(),
        })
    };
    let save_button = move || {
        if who != Who::Visitor {
            let why_not = move || match who {
                Who::Reader => Some("Your role looks and shares. To save, ask an administrator for another one."),
                _ => (!config.marks.with(|s| s.valid)).then_some("First settle the choices that do not go together."),
            };
            view! { <Button kind=Kind::Main size=Size::Large busy=Signal::derive(move || keep.state.get() == ui::Saved::Saving)
            reason=Signal::derive(move || why_not().map(str::to_owned)) on_press=move |()| keep.save()>"Save"</Button> }
            .erase()
        } else {
            view! { <LinkButton kind=Kind::Main size=Size::Large href=sign_in_here>"Sign in to save"</LinkButton> }.erase()
        }
    };
    view! {
        <Title text=name.clone()/>
        <div class="configure">
            <WorkBar path>
                <KeepState keep/>
                <span class="vr only-desk"></span>
                <span class="only-desk contents">
                    <BarButton glyph=Glyph::Undo2 name="Undo" key="Ctrl Z" reason=no_undo on_press=move |()| config.undo()/>
                    <BarButton glyph=Glyph::Redo2 name="Redo" key="Ctrl Y" reason=no_redo on_press=move |()| config.redo()/>
                </span>
                <span class="vr only-desk"></span>
                {may_save.then(|| view! { <span class="only-desk"><Button kind=Kind::Ghost icon=Glyph::Bookmark on_press=move |()| keep.ask_name()>"Save as"</Button></span> })}
                <span class="only-desk"><LinkButton kind=Kind::Ghost icon=Glyph::Table href=workshop>"Cut list"</LinkButton></span>
                <Button kind=Kind::Ghost icon=Glyph::Share2 on_press=move |()| share()>"Share"</Button>
            </WorkBar>
            <main id="main" class="cfg" tabindex="-1">
                <Stage config view tools subject=subject(&data, &name, config) model who editable=true/>
                <Panel config/>
                <noscript inner_html=fallback></noscript>
            </main>
            <PriceBar config pricing=data.pricing.clone() availability=data.availability.clone()>{save_button()}</PriceBar>
            <PhoneBar config pricing=data.pricing>{save_button()}</PhoneBar>
            {move || keep.trouble.get().map(|t| view! { <p class="sr" role="alert">{t}</p> })}
            <Dialogs keep may_save/>
        </div>
    }
}

/// Keys of the page, as long as it lives.
fn keys(config: Config, tools: Tools, keep: Keep, may_save: bool) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |ev| {
            let command = ev.ctrl_key() || ev.meta_key();
            let key = ev.key();
            let done = if command && key.eq_ignore_ascii_case("s") && may_save {
                keep.save();
                true
            } else if typing(ev.target()) || document().query_selector("dialog[open]").ok().flatten().is_some() {
                false
            } else {
                config.key(&ev) || (!command && !ev.alt_key() && tools.key(&key))
            };
            if done {
                ev.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// The same in the command palette.
fn commands(config: Config, tools: Tools, keep: Keep, model: ExactModel, may_save: bool) {
    let actions = use_actions();
    Effect::new(move |_| {
        let act = |id: &str, label: &str, icon: Glyph, keys: Option<&'static str>, run: Callback<()>| Action {
            id: ["configure.", id].concat(),
            label: label.into(),
            context: "This product".into(),
            icon,
            keys,
            run,
        };
        let mut list = vec![
            act("undo", "Undo the last choice", Glyph::Undo2, Some("Ctrl Z"), Callback::new(move |()| config.undo())),
            act("redo", "Redo", Glyph::Redo2, Some("Ctrl Y"), Callback::new(move |()| config.redo())),
            act("reset", "Reset the view", Glyph::Rotate3d, Some("R"), Callback::new(move |()| tools.reset())),
            act("dimensions", "Show or hide dimensions", Glyph::Ruler, Some("D"), Callback::new(move |()| tools.toggle_dimensions())),
            act("open", "Open or close doors and drawers", Glyph::DoorOpen, Some("O"), Callback::new(move |()| tools.open())),
            act("apart", "Exploded view", Glyph::Ungroup, Some("E"), Callback::new(move |()| tools.apart())),
            act("parts", "Number the parts", Glyph::ListOrdered, Some("N"), Callback::new(move |()| tools.number())),
            act("room", "Light of a room", Glyph::Sun, Some("L"), Callback::new(move |()| tools.room())),
            act("turn", "Turntable", Glyph::RotateCw, Some("T"), Callback::new(move |()| tools.turn())),
            act("picture", "Save a picture", Glyph::Camera, Some("P"), Callback::new(move |()| tools.picture())),
            act("screen", "Full screen", Glyph::Maximize, Some("F"), Callback::new(move |()| tools.full_screen())),
        ];
        if may_save {
            list.push(act("save", "Save this configuration", Glyph::Bookmark, Some("Ctrl S"), Callback::new(move |()| keep.save())));
            list.push(act("share", "Share this configuration", Glyph::Share2, None, Callback::new(move |()| keep.share())));
            list.push(act("exact", "Make the exact model", Glyph::Box, None, Callback::new(move |()| model.ask())));
            list.push(act("film", "Make a turntable film", Glyph::RotateCw, None, Callback::new(move |()| model.order(Beside::Film))));
            list.push(act("drawing", "Make a technical drawing", Glyph::Ruler, None, Callback::new(move |()| model.order(Beside::Drawing))));
            list.push(act("room", "See it in your room", Glyph::Smartphone, None, Callback::new(move |()| model.into_room())));
        }
        actions.register(list);
    });
}
