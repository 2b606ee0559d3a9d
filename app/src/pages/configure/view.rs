//! The 3D view as this page holds it. In the browser it is `product_view`; on the server there is no canvas and every call does nothing.

use super::state::Config;
use leptos::__reexports::send_wrapper::SendWrapper;
use leptos::prelude::*;
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
    /// Set in the browser only.
    live: StoredValue<Option<SendWrapper<imp::Live>>>,
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
            live: StoredValue::new(None),
        }
    }

    /// Takes the canvas over and shows every scene of `config` from now on.
    pub fn open(self, canvas: HtmlCanvasElement, config: Config) {
        if let Some(live) = imp::open(self, canvas) {
            self.live.set_value(Some(SendWrapper::new(live.clone())));
            config.show_in(move |scene| self.generation.set(live.apply(scene)));
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

    /// Shows an exact model instead of scene `generation`; false when a newer scene came first.
    ///
    /// # Errors
    /// Words for a person when the file can't be shown; the instant model stays.
    pub async fn load(self, bytes: Vec<u8>, generation: u64) -> Result<bool, String> {
        match self.live.get_value() {
            Some(live) => live.load(&bytes, generation).await,
            None => Ok(false),
        }
    }

    /// Draws now, so that the canvas can be copied in the same task.
    #[must_use]
    pub fn draw_now(self) -> bool {
        self.live.get_value().is_some_and(|l| l.draw_now())
    }
}

#[cfg(feature = "hydrate")]
mod imp {
    use super::{DimLine, Presence, View};
    use leptos::prelude::*;
    use product_view::{Axis, Mode, ProductView, ViewEvent};
    use scene::Scene;
    use web_sys::HtmlCanvasElement;

    #[derive(Clone)]
    pub struct Live(ProductView);

    pub fn open(view: View, canvas: HtmlCanvasElement) -> Option<Live> {
        product_view::mount(canvas, move |event| hear(view, event)).map(Live)
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
                if view.size.try_get_untracked() != Some(overlay.size) {
                    view.size.try_set(overlay.size);
                }
                if view.seen_from.try_with_untracked(|s| *s != overlay.seen_from) == Some(true) {
                    view.seen_from.try_set(overlay.seen_from);
                }
            }
        }
    }

    impl Live {
        pub fn apply(&self, scene: Scene) -> u64 {
            self.0.apply(scene).generation
        }
        pub fn reset(&self) {
            self.0.reset();
        }
        pub fn draw_now(&self) -> bool {
            self.0.draw_now()
        }
        pub async fn load(&self, bytes: &[u8], generation: u64) -> Result<bool, String> {
            self.0.load_glb(bytes, generation).await.map_err(|e| e.to_string())
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod imp {
    use super::View;
    use scene::Scene;
    use web_sys::HtmlCanvasElement;

    /// Never made on the server.
    #[derive(Clone)]
    pub struct Live;

    pub fn open(_: View, _: HtmlCanvasElement) -> Option<Live> {
        None
    }

    impl Live {
        pub fn apply(&self, _: Scene) -> u64 {
            0
        }
        pub fn reset(&self) {}
        pub fn draw_now(&self) -> bool {
            false
        }
        pub async fn load(&self, _: &[u8], _: u64) -> Result<bool, String> {
            Ok(false)
        }
    }
}
