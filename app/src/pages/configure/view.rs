//! The 3D view as this page holds it. In the browser it is `product_view`; on the server there is no canvas and every call does nothing.

use super::engine::Engine;
use super::state::Config;
use leptos::__reexports::send_wrapper::SendWrapper;
use leptos::{prelude::*, task::spawn_local};
use product::Values;
use std::{future::Future, pin::Pin, rc::Rc};
#[cfg(feature = "hydrate")]
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

/// One dimension line, CSS pixels of the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct DimLine {
    /// `width`, `depth` or `height`.
    pub axis: &'static str,
    /// Millimetres.
    pub value_mm: f64,
    /// The measuring line and its two extension lines, each `[[x, y], [x, y]]`.
    pub segments: [[[f32; 2]; 2]; 3],
    /// Middle of the lettering.
    pub label: [f32; 2],
}

/// How the 3D view stands. The server only ever sends the first.
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Not yet there: the pictures show.
    #[default]
    Coming,
    /// Its first whole frame stands.
    Here,
    /// This browser has no WebGL 2.
    Unavailable,
    /// The graphics card was taken away; it may come back.
    Lost,
}

/// Equal things of the product.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartKind {
    /// What it is called.
    pub name: String,
    /// Material, in words.
    pub material: String,
    /// Width, depth, height, millimetres.
    pub size_mm: [f32; 3],
    /// How many there are.
    pub count: usize,
}

/// How the product is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Showing {
    /// Doors and drawers are open.
    pub open: bool,
    /// The parts are taken apart.
    pub apart: bool,
    /// It turns round and round.
    pub turning: bool,
    /// It stands in a room, not in the studio.
    pub room: bool,
}

/// Signals of the view.
#[derive(Clone, Copy)]
pub struct View {
    /// How it stands.
    pub presence: RwSignal<Presence>,
    /// Lines above the picture.
    pub lines: RwSignal<Vec<DimLine>>,
    /// Size of the picture, CSS pixels.
    pub size: RwSignal<[f32; 2]>,
    /// Side that is seen, in words.
    pub seen_from: RwSignal<String>,
    /// The exact model is drawn.
    pub exact: RwSignal<bool>,
    /// Number of the scene that is drawn; an exact model belongs to one.
    pub generation: RwSignal<u64>,
    /// Something of it can be opened.
    pub opens: RwSignal<bool>,
    /// How it is shown.
    pub shown: RwSignal<Showing>,
    /// The kinds of parts have numbers above the picture.
    pub numbered: RwSignal<bool>,
    /// Set in the browser only.
    live: StoredValue<Option<SendWrapper<Rc<dyn Live>>>>,
}

impl View {
    /// Nothing mounted yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            presence: RwSignal::default(),
            lines: RwSignal::default(),
            size: RwSignal::new([4.0, 3.0]),
            seen_from: RwSignal::default(),
            exact: RwSignal::new(false),
            generation: RwSignal::new(0),
            opens: RwSignal::new(false),
            shown: RwSignal::default(),
            numbered: RwSignal::new(false),
            live: StoredValue::new(None),
        }
    }

    /// Fetches the view's code, takes the canvas over and shows all values of `config` from now on.
    pub fn open(self, canvas: HtmlCanvasElement, config: Config) {
        spawn_local(async move {
            let Some(live) = view_chunk(Some(self), Some(canvas), String::new()).await else { return };
            // Whoever left the page meanwhile took the signals along.
            if self.live.try_set_value(Some(SendWrapper::new(live.clone()))).is_none() {
                let near = live.clone();
                config.look_with(Rc::new(move |engine, values| near.look_at(engine, values)));
                config.show_in(Rc::new(move |engine, values| {
                    self.generation.set(live.apply(engine, values));
                    if self.opens.get_untracked() != live.opens() {
                        self.opens.set(live.opens());
                    }
                }));
            }
        });
    }

    /// Lets the browser fetch the view's code beside the page's. Called on the server.
    pub fn announce(self) {
        #[cfg(feature = "ssr")]
        {
            let mut nothing = std::pin::pin!(view_chunk(Some(self), None, String::new()));
            let _ = nothing.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        }
    }

    /// Lets the canvas go.
    pub fn close(self) {
        self.live.try_update_value(|l| *l = None);
    }

    /// Back to the first look.
    pub fn reset(self) {
        if let Some(live) = self.live.get_value() {
            live.reset();
        }
    }

    /// Counts what is shown, and numbers it where that is wanted.
    #[must_use]
    pub fn count(self) -> Vec<PartKind> {
        self.live.get_value().map_or_else(Vec::new, |live| live.kinds(self.numbered.get_untracked()))
    }

    /// Shows the product in another way; what is not drawn yet stays closed.
    pub fn show(self, change: impl FnOnce(&mut Showing)) {
        if let Some(live) = self.live.get_value() {
            self.shown.update(change);
            live.show(self.shown.get_untracked());
        }
    }

    /// Into the room, or back into the studio.
    pub fn stand_in(self) {
        let Some(live) = self.live.get_value() else { return };
        let on = !self.shown.get_untracked().room;
        self.shown.update(|s| s.room = on);
        spawn_local(async move {
            let file = if on { super::exact::fetch_bytes("/img/room-light.webp").await } else { None };
            // Whoever pressed again meanwhile, or left, wants something else.
            if self.shown.try_with_untracked(|s| s.room) != Some(on) {
                return;
            }
            let stands = (file.is_some() || !on) && live.take().stand_in(file).await;
            if !stands && self.shown.try_with_untracked(|s| s.room) == Some(on) {
                self.shown.try_update(|s| s.room = false);
                ui::toast("The room could not be fetched. The studio stays; try again.");
            }
        });
    }

    /// Shows an exact model instead of scene `generation`; false when a newer scene came first.
    ///
    /// # Errors
    /// Words for a person when the file can't be shown; the instant model stays.
    pub async fn load(self, bytes: Vec<u8>, generation: u64) -> Result<bool, String> {
        match self.live.get_value() {
            Some(live) => live.take().load(bytes, generation).await,
            None => Ok(false),
        }
    }

    /// Draws now, so that the canvas can be copied in the same task.
    #[must_use]
    pub fn draw_now(self) -> bool {
        self.live.get_value().is_some_and(|l| l.draw_now())
    }
}

/// What the page asks of the view that is drawn.
trait Live {
    /// Meshes and shows complete values; answers the number of the scene.
    fn apply(&self, engine: &Engine, values: &Values) -> u64;
    /// Whether something of the scene can be opened.
    fn opens(&self) -> bool;
    fn show(&self, how: Showing);
    fn reset(&self);
    /// Into the room of this picture, or back into the studio.
    fn stand_in(&self, file: Option<Vec<u8>>) -> Pin<Box<dyn Future<Output = bool>>>;
    /// Looks from near at what is otherwise with other complete values.
    fn look_at(&self, engine: &Engine, other: &Values);
    /// Counts what is shown. `mark`: the places of the kinds come with every frame, until the next values.
    fn kinds(&self, mark: bool) -> Vec<PartKind>;
    fn draw_now(&self) -> bool;
    fn load(&self, bytes: Vec<u8>, generation: u64) -> Pin<Box<dyn Future<Output = Result<bool, String>>>>;
}

/// The first picture of complete values, for the canvas of the document.
#[cfg(feature = "ssr")]
#[must_use]
pub fn look(engine: &Engine, values: &Values) -> String {
    product::parts(&engine.product, values).map_or_else(|_| String::new(), |parts| product::look::write(&engine.product.materials, &parts))
}

/// Draws the first picture of a document that has one: the page's own code, several times as large, takes the view over as it stands. Ends when the
/// next frame will show it.
pub async fn first_look() {
    #[cfg(feature = "hydrate")]
    {
        let canvas = document().query_selector("canvas[data-look]").ok().flatten().and_then(|c| c.dyn_into::<HtmlCanvasElement>().ok());
        if let Some((canvas, look)) = canvas.and_then(|c| c.get_attribute("data-look").map(|look| (c, look))) {
            view_chunk(None, Some(canvas), look).await;
        }
    }
}

/// The view's code: a chunk beside the page's, so that options, rules and prices work before it is there, or the picture before them. Without a `view`
/// it draws `look`.
#[lazy]
fn view_chunk(view: Option<View>, canvas: Option<HtmlCanvasElement>, look: String) -> Option<Rc<dyn Live>> {
    imp::open(view, canvas?, &look)
}

#[cfg(feature = "hydrate")]
mod imp {
    use super::{DimLine, Engine, Live, PartKind, Presence, Showing, View};
    use crate::pages::configure::state::mark;
    use leptos::prelude::*;
    use product::{PartList, Values};
    use product_view::{Axis, Mode, ProductView, ViewEvent};
    use std::{cell::RefCell, future::Future, pin::Pin, rc::Rc};
    use web_sys::HtmlCanvasElement;

    struct Drawn {
        view: ProductView,
        /// What it shows, as far as this page has said it.
        parts: RefCell<PartList>,
    }

    /// A view that was drawn before its page was there.
    struct Early {
        canvas: HtmlCanvasElement,
        drawn: ProductView,
        ear: Rc<RefCell<Ear>>,
    }

    /// Who hears an early view: nobody yet, then the page, which is told what it missed.
    #[derive(Default)]
    struct Ear {
        page: Option<View>,
        missed: Vec<ViewEvent>,
    }

    thread_local! {
        static EARLY: RefCell<Option<Early>> = const { RefCell::new(None) };
    }

    pub fn open(view: Option<View>, canvas: HtmlCanvasElement, look: &str) -> Option<Rc<dyn Live>> {
        let Some(view) = view else {
            begin(canvas, look);
            return None;
        };
        let drawn = match EARLY.take().filter(|early| early.canvas == canvas) {
            Some(early) => {
                let missed = {
                    let mut ear = early.ear.borrow_mut();
                    ear.page = Some(view);
                    std::mem::take(&mut ear.missed)
                };
                missed.into_iter().for_each(|event| hear(view, event));
                early.drawn
            }
            None => product_view::mount(canvas, move |event| hear(view, event))?,
        };
        Some(Rc::new(Drawn { view: drawn, parts: RefCell::default() }))
    }

    fn begin(canvas: HtmlCanvasElement, look: &str) {
        let Some(scene) = product::look::read(look) else { return };
        let ear = Rc::new(RefCell::new(Ear::default()));
        let (heard, stage) = (ear.clone(), canvas.closest(".stage").ok().flatten());
        let drawn = product_view::mount(canvas.clone(), move |event| {
            let page = heard.borrow().page;
            if let Some(view) = page {
                return hear(view, event);
            }
            if let (ViewEvent::Ready, Some(stage)) = (&event, &stage) {
                // As the page will say it.
                let _ = stage.set_attribute("data-view", "here");
            }
            let missed = &mut heard.borrow_mut().missed;
            // Of pictures the last one counts.
            missed.retain(|old| !matches!((old, &event), (ViewEvent::Frame(_), ViewEvent::Frame(_))));
            missed.push(event);
        });
        // Without graphics the page finds out for itself, and says so.
        if let Some(drawn) = drawn {
            drawn.apply(scene);
            drawn.show_now();
            EARLY.set(Some(Early { canvas, drawn, ear }));
        }
    }

    fn hear(view: View, event: ViewEvent) {
        match event {
            ViewEvent::Ready | ViewEvent::Restored => {
                view.presence.try_set(Presence::Here);
            }
            ViewEvent::Unavailable => {
                view.presence.try_set(Presence::Unavailable);
            }
            ViewEvent::Lost => {
                view.presence.try_set(Presence::Lost);
            }
            ViewEvent::Stopped => {
                view.shown.try_update(|s| s.turning = false);
            }
            ViewEvent::Mode(mode) => {
                view.exact.try_set(mode == Mode::Exact);
            }
            ViewEvent::Frame(overlay) => {
                let lines = overlay
                    .dimensions
                    .iter()
                    .map(|d| DimLine {
                        axis: match d.axis {
                            Axis::Width => "width",
                            Axis::Depth => "depth",
                            Axis::Height => "height",
                        },
                        value_mm: f64::from(d.value_mm),
                        segments: [d.line, d.extensions[0], d.extensions[1]],
                        label: d.label,
                    })
                    .collect();
                view.lines.try_set(lines);
                if view.numbered.try_get_untracked() == Some(true) {
                    number(&overlay.marks);
                }
                if view.size.try_get_untracked() != Some(overlay.size) {
                    view.size.try_set(overlay.size);
                }
                if view.seen_from.try_with_untracked(|s| *s != overlay.seen_from) == Some(true) {
                    view.seen_from.try_set(overlay.seen_from);
                }
            }
        }
    }

    /// Writes numbers from 1 in circles above the picture.
    fn number(marks: &[[f32; 2]]) {
        let one = |([x, y], n): (&[f32; 2], u32)| format!("<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"10\"/><text x=\"{x:.0}\" y=\"{y:.0}\" dy=\"4\">{n}</text>");
        if let Ok(Some(above)) = document().query_selector(".stage .marks") {
            above.set_inner_html(&marks.iter().zip(1..).map(one).collect::<String>());
        }
    }

    impl Live for Drawn {
        fn apply(&self, engine: &Engine, values: &Values) -> u64 {
            let list = product::parts(&engine.product, values).unwrap_or_default();
            let applied = self.view.change(|old| {
                let (scene, taken) = product::scene_again(&engine.product.materials, &list, &self.parts.borrow(), old);
                mark("fitout:option:meshed");
                (taken, scene)
            });
            self.parts.replace(list);
            applied.generation
        }
        fn opens(&self) -> bool {
            self.view.opens()
        }
        fn show(&self, how: Showing) {
            self.view.open(how.open);
            self.view.take_apart(how.apart);
            self.view.turn_round(how.turning);
        }
        fn reset(&self) {
            self.view.reset();
        }
        fn stand_in(&self, file: Option<Vec<u8>>) -> Pin<Box<dyn Future<Output = bool>>> {
            let view = self.view.clone();
            // Before anything is waited for: who changes their mind meanwhile is right.
            let wish = view.wish();
            Box::pin(async move {
                let Some(file) = file else { return view.stand_in(wish, None).await };
                let Ok(maker) = room_chunk().await else { return false };
                view.stand_in(wish, Some((file, maker))).await
            })
        }
        fn look_at(&self, engine: &Engine, other: &Values) {
            self.view.look_at_change(&engine.scene(other));
        }
        fn kinds(&self, mark: bool) -> Vec<PartKind> {
            let words = |key: String| key.replace(['-', '_'], " ");
            let kinds = self.view.kinds(mark).into_iter();
            kinds.map(|k| PartKind { name: k.name, material: words(k.material), size_mm: k.size_mm, count: k.count }).collect()
        }
        fn draw_now(&self) -> bool {
            self.view.draw_now()
        }
        fn load(&self, bytes: Vec<u8>, generation: u64) -> Pin<Box<dyn Future<Output = Result<bool, String>>>> {
            let view = self.view.clone();
            Box::pin(async move {
                let model = glb_chunk(bytes).await.map_err(|e| e.0)?;
                Ok(view.load(model, generation).await)
            })
        }
    }

    /// Why there is no exact model, for people.
    struct Unread(String);

    impl From<leptos::wasm_split::SplitLoaderError> for Unread {
        fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
            Self("Code for the view did not arrive. What is shown stays.".to_owned())
        }
    }

    /// Reads an exact model: a chunk of its own, since nobody waits for one before the first picture. It may be asked for long after the page was opened,
    /// so that it does not come is an answer, not an end (`#[lazy]` knows none).
    #[leptos::wasm_split::wasm_split(glb_chunk_1, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn glb_chunk(bytes: Vec<u8>) -> Result<product_view::Model, Unread> {
        product_view::glb::parse(&bytes).map_err(|e| Unread(e.to_string()))
    }

    /// What draws a room: nobody waits for it before the first picture either.
    #[leptos::wasm_split::wasm_split(room_chunk_1, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn room_chunk() -> Result<product_view::around::Maker, Unread> {
        Ok(product_view::around::room)
    }
}

#[cfg(not(feature = "hydrate"))]
mod imp {
    /// Nothing is drawn on the server.
    pub fn open(_: Option<super::View>, _: web_sys::HtmlCanvasElement, _: &str) -> Option<std::rc::Rc<dyn super::Live>> {
        None
    }
}
