//! The view's life: mounting, applying scenes, exchanging the exact model, frames, a lost context.

use crate::around::Maker;
use crate::camera::{Bounds, Rig, centre, project};
use crate::glb::{self, Model};
use crate::gpu::{Picture, Renderer};
use crate::kinds::{Kind, kinds};
use crate::moves::{self, Moves};
use crate::overlay::{Overlay, overlay};
use crate::{closer, diff, images, probe};
use scene::Scene;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use viewport::{Event, Size, Viewport};
use web_sys::HtmlCanvasElement;

/// Which model is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// From the scene.
    Instant,
    /// From the loaded GLB.
    Exact,
}

impl Mode {
    /// `instant` or `exact`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Exact => "exact",
        }
    }
}

/// What the view tells the page.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewEvent {
    /// The first whole frame stands: the poster may go.
    Ready,
    /// A frame was drawn; this lies above it.
    Frame(Overlay),
    /// Another model is drawn from now on.
    Mode(Mode),
    /// No 3D here: the page keeps its pictures and says so.
    Unavailable,
    /// The graphics context went away; the browser may give it back.
    Lost,
    /// It is back and everything stands again.
    Restored,
    /// A hand took the product off the turntable.
    Stopped,
}

/// What applying a scene did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Number of this scene; [`ProductView::load`] takes it, so that a late model never replaces a newer choice.
    pub generation: u64,
    /// Meshes sent to the GPU.
    pub uploaded: usize,
}

/// Speed of the turntable: about ten seconds a turn.
const TURN_PER_MS: f64 = 0.08;

struct Exact {
    model: Model,
    pictures: Vec<Option<Picture>>,
    shift: Option<[f32; 3]>,
}

struct State {
    viewport: Option<Viewport>,
    renderer: Option<Renderer>,
    scene: Scene,
    digests: Vec<u64>,
    bounds: Option<Bounds>,
    rig: Option<Rig>,
    moves: Moves,
    /// When the turntable was last moved on; `None` while it stands.
    turning: Option<f64>,
    /// Items whose places are told with every frame.
    marked: Vec<usize>,
    exact: Option<Exact>,
    /// The room that it stands in; `None`: the studio.
    room: Option<(Picture, Maker)>,
    /// Counts the wishes to stand elsewhere: the last one holds.
    moves_house: u32,
    generation: u64,
    frames: u32,
    ready: bool,
}

type Listener = Rc<dyn Fn(ViewEvent)>;

struct Inner {
    canvas: HtmlCanvasElement,
    state: RefCell<State>,
    listener: Listener,
}

/// A mounted view. Clones share it; dropping the last one lets the canvas go.
#[derive(Clone)]
pub struct ProductView {
    inner: Rc<Inner>,
}

/// Takes a canvas over. `listener` hears [`ViewEvent`]s, never from inside one of the view's own methods but for
/// [`ViewEvent::Unavailable`], which also comes as `None` here.
#[must_use]
pub fn mount(canvas: HtmlCanvasElement, listener: impl Fn(ViewEvent) + 'static) -> Option<ProductView> {
    let listener: Listener = Rc::new(listener);
    let state = State {
        viewport: None,
        renderer: None,
        scene: Scene::default(),
        digests: Vec::new(),
        bounds: None,
        rig: None,
        moves: Moves::default(),
        turning: None,
        marked: Vec::new(),
        exact: None,
        room: None,
        moves_house: 0,
        generation: 0,
        frames: 0,
        ready: false,
    };
    let inner = Rc::new(Inner { canvas: canvas.clone(), state: RefCell::new(state), listener: listener.clone() });
    let weak: Weak<Inner> = Rc::downgrade(&inner);
    let viewport = Viewport::mount(canvas, move |event| {
        if let Some(inner) = weak.upgrade() {
            inner.hear(event);
        }
    });
    let renderer = viewport.as_ref().ok().and_then(|v| v.webgl2().ok()).and_then(make_renderer);
    let (Ok(viewport), Some(renderer)) = (viewport, renderer) else {
        listener(ViewEvent::Unavailable);
        return None;
    };
    {
        let mut state = inner.state.borrow_mut();
        set_device_size(&inner.canvas, viewport.size());
        state.viewport = Some(viewport);
        state.renderer = Some(renderer);
    }
    let view = ProductView { inner };
    probe::install(&view);
    Some(view)
}

#[cfg(target_arch = "wasm32")]
#[expect(clippy::arc_with_non_send_sync, reason = "three-d takes an Arc; a page has one thread")]
pub(crate) fn make_renderer(gl: web_sys::WebGl2RenderingContext) -> Option<Renderer> {
    if gl.is_context_lost() {
        return None;
    }
    // The bindings ask for fifteen extensions and wait for the graphics process each time. For that moment the context answers as `Function.prototype`
    // does, with nothing; the one that is used, for surfaces seen from the side, is asked for afterwards.
    let name = wasm_bindgen::JsValue::from_str("getExtension");
    if let Ok(own) = js_sys::Reflect::get(&gl, &name) {
        let _ = js_sys::Reflect::set(&gl, &name, &js_sys::Object::get_prototype_of(&own));
    }
    let bound = three_d::context::Context::from_webgl2_context(gl.clone());
    let _ = js_sys::Reflect::delete_property(&gl, &name);
    let _ = gl.get_extension("EXT_texture_filter_anisotropic");
    let context = three_d::Context::from_gl_context(std::sync::Arc::new(bound)).ok()?;
    Renderer::new(context).ok()
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn make_renderer(_: web_sys::WebGl2RenderingContext) -> Option<Renderer> {
    // The crate type-checks natively; there is no canvas to draw on.
    let _: fn(three_d::Context) -> Result<Renderer, three_d::CoreError> = Renderer::new;
    None
}

fn set_device_size(canvas: &HtmlCanvasElement, size: Size) {
    let (width, height) = size.device();
    if canvas.width() != width {
        canvas.set_width(width);
    }
    if canvas.height() != height {
        canvas.set_height(height);
    }
}

fn now_ms() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// Whether the person asked for less motion.
fn still() -> bool {
    web_sys::window().and_then(|w| w.match_media("(prefers-reduced-motion: reduce)").ok().flatten()).is_some_and(|m| m.matches())
}

impl ProductView {
    /// Shows a scene from the next frame on. Only changed parts are sent to the GPU. An exact model that was shown makes room.
    pub fn apply(&self, scene: Scene) -> Applied {
        self.change(|_| (Vec::new(), scene))
    }

    /// The same for a scene that is made from the one before, whose meshes it may take: beside it, for each of its items, the index there of the mesh
    /// that it took.
    pub fn change(&self, make: impl FnOnce(Scene) -> (Vec<Option<usize>>, Scene)) -> Applied {
        let (applied, left_exact) = {
            let mut state = self.inner.state.borrow_mut();
            let left_exact = state.exact.take().is_some();
            state.generation += 1;
            let (size, old) = (state.size(), state.reach());
            let (taken, scene) = make(std::mem::take(&mut state.scene));
            let known = |i: usize| state.digests.get((*taken.get(i)?)?).copied();
            let digests = scene.items.iter().enumerate().map(|(i, item)| known(i).unwrap_or_else(|| diff::digest(&item.mesh))).collect();
            state.digests = digests;
            state.bounds = scene.bounds();
            let new = state.bounds.map(|new| state.moves.reach(&scene, new));
            match (old, new, &mut state.rig) {
                (Some(old), Some(new), Some(rig)) => rig.follow(old, new, size, now_ms(), still()),
                (_, Some(new), rig) => *rig = Some(Rig::new(new, size)),
                _ => {}
            }
            state.scene = scene;
            state.marked.clear();
            let uploaded = state.send_scene();
            state.ask_frame();
            (Applied { generation: state.generation, uploaded }, left_exact)
        };
        if left_exact {
            (self.inner.listener)(ViewEvent::Mode(Mode::Instant));
        }
        probe::refresh(self);
        applied
    }

    /// Shows an exact model instead of scene `generation`, at a frame boundary, with the camera where it is. Returns false when a newer
    /// scene was applied meanwhile.
    pub async fn load(&self, model: Model, generation: u64) -> bool {
        let mut pictures = Vec::with_capacity(model.images.len());
        for image in &model.images {
            pictures.push(images::decode(image).await);
        }
        {
            let mut state = self.inner.state.borrow_mut();
            if state.generation != generation {
                return false;
            }
            let shift = shift_to(glb::bounds(&model), state.bounds);
            state.exact = Some(Exact { model, pictures, shift });
            state.send_exact();
            state.ask_frame();
        }
        (self.inner.listener)(ViewEvent::Mode(Mode::Exact));
        probe::refresh(self);
        true
    }

    /// Which model is drawn.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.inner.state.borrow().exact.is_some() { Mode::Exact } else { Mode::Instant }
    }

    /// Frames drawn so far.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.inner.state.borrow().frames
    }

    /// Outer size of what is drawn, `[width, depth, height]` in millimetres.
    #[must_use]
    pub fn bounds_mm(&self) -> Option<[f32; 3]> {
        let state = self.inner.state.borrow();
        let bounds = match &state.exact {
            Some(exact) => glb::bounds(&exact.model),
            None => state.bounds,
        };
        bounds.map(|(lo, hi)| [hi[0] - lo[0], hi[1] - lo[1], hi[2] - lo[2]])
    }

    /// Draws the first picture now, in this task: the next frame may be a while away. What is finer comes once this one had its turn on the screen.
    pub fn show_now(&self) {
        let mut news = Vec::new();
        {
            let mut state = self.inner.state.borrow_mut();
            self.inner.frame(&mut state, None, &mut news);
            if let Some(viewport) = &state.viewport {
                viewport.skip_frame();
            }
        }
        for event in news {
            (self.inner.listener)(event);
        }
    }

    /// Back to the first look.
    pub fn reset(&self) {
        self.inner.hear(Event::Reset);
    }

    /// Looks at what would be otherwise in another scene; does nothing when nothing would.
    pub fn look_at_change(&self, other: &Scene) {
        let mut state = self.inner.state.borrow_mut();
        let Some(pose) = closer::closer(&state.scene, other, state.size()) else { return };
        if let Some(rig) = state.rig.as_mut() {
            rig.go(|_| pose, now_ms(), still());
        }
        state.ask_frame();
    }

    /// The kinds of things that are shown. `mark`: tell where the first of each is with every frame from now on, until the next scene.
    #[must_use]
    pub fn kinds(&self, mark: bool) -> Vec<Kind> {
        let mut state = self.inner.state.borrow_mut();
        let kinds = kinds(&state.scene);
        state.marked = if mark { kinds.iter().map(|k| k.item).collect() } else { Vec::new() };
        state.ask_frame();
        kinds
    }

    /// Turns by steps, as the arrow keys do.
    pub fn turn(&self, right: i8, up: i8) {
        self.inner.hear(Event::OrbitStep { right, up });
    }

    /// Closer (1) or further (−1), as the keys do.
    pub fn zoom(&self, step: i8) {
        self.inner.hear(Event::ZoomStep(step));
    }

    /// Whether something of the scene can be opened.
    #[must_use]
    pub fn opens(&self) -> bool {
        moves::opens(&self.inner.state.borrow().scene)
    }

    /// Opens or closes doors and drawers.
    pub fn open(&self, open: bool) {
        self.inner.state.borrow_mut().go(|moves, now, still| moves.open(if open { 1.0 } else { 0.0 }, now, still));
    }

    /// Takes the parts apart, or puts them together.
    pub fn take_apart(&self, apart: bool) {
        self.inner.state.borrow_mut().go(|moves, now, still| moves.apart(if apart { 1.0 } else { 0.0 }, now, still));
    }

    /// Turns the product round and round, or stands still.
    pub fn turn_round(&self, on: bool) {
        let mut state = self.inner.state.borrow_mut();
        state.turning = on.then(now_ms);
        state.ask_frame();
    }

    /// A wish to stand elsewhere; earlier ones are forgotten. For [`Self::stand_in`].
    pub fn wish(&self) -> u32 {
        let mut state = self.inner.state.borrow_mut();
        state.moves_house += 1;
        state.moves_house
    }

    /// Puts the product into a room, whose picture this file is (WebP, see `frontend/light/make.py`), or back into the studio, unless there has been another
    /// `wish` since. False when the browser can't read the file or draw the room.
    pub async fn stand_in(&self, wish: u32, room: Option<(Vec<u8>, Maker)>) -> bool {
        let room = match room {
            Some((bytes, maker)) => {
                let Some(picture) = images::decode(&glb::Encoded { bytes, mime: "image/webp".to_owned() }).await else { return false };
                Some((picture, maker))
            }
            None => None,
        };
        let mut state = self.inner.state.borrow_mut();
        if state.moves_house == wish {
            if state.live_renderer().is_some_and(|renderer| !renderer.set_room(room.as_ref())) {
                return false;
            }
            state.room = room;
            state.ask_frame();
        }
        true
    }

    /// Draws again, for instance after the theme changed.
    pub fn redraw(&self) {
        self.inner.state.borrow().ask_frame();
    }

    /// Where it is looked at from: eye, point looked at (millimetres, Z up), and the tangent of half the height of what is seen.
    pub(crate) fn camera(&self) -> Option<[f32; 7]> {
        let state = self.inner.state.borrow();
        let pose = state.rig.as_ref()?.pose();
        let ([x, y, z], [a, b, c]) = (pose.eye().into(), pose.target);
        Some([x, y, z, a, b, c, scene::frame::HALF_TANGENT])
    }

    /// Draws and reads the picture back: `(width, height, RGBA)` with rows from the bottom; `None` without a context.
    #[must_use]
    pub fn read(&self) -> Option<(u32, u32, Vec<u8>)> {
        let mut state = self.inner.state.borrow_mut();
        let device = state.viewport.as_ref()?.size().device();
        let (pose, bounds) = (state.rig.as_ref()?.pose(), state.reach()?);
        let bytes = state.live_renderer()?.read(&pose, bounds, device);
        Some((device.0, device.1, bytes))
    }

    /// Draws all there is to see now, so that the canvas can be copied (`toBlob`, `drawImage`) in the same task. False without a context.
    #[must_use]
    pub fn draw_now(&self) -> bool {
        let mut state = self.inner.state.borrow_mut();
        loop {
            match state.draw() {
                Some(true) => {}
                Some(false) => return true,
                None => return false,
            }
        }
    }
}

/// Where the exact model has to move to stand where the instant one stood: not at all, unless its file has another origin.
fn shift_to(exact: Option<Bounds>, instant: Option<Bounds>) -> Option<[f32; 3]> {
    let (exact, instant) = (exact?, instant?);
    let (a, b) = (crate::camera::centre(exact), crate::camera::centre(instant));
    let shift = [b[0] - a[0], b[1] - a[1], instant.0[2] - exact.0[2]];
    shift.iter().any(|s| s.abs() >= 2.0).then_some(shift)
}

impl State {
    fn size(&self) -> [f32; 2] {
        self.viewport.as_ref().map_or([4.0, 3.0], |v| [v.size().width, v.size().height])
    }

    fn ask_frame(&self) {
        if let Some(viewport) = &self.viewport {
            viewport.request_frame();
        }
    }

    /// The renderer, unless the context is lost.
    fn live_renderer(&mut self) -> Option<&mut Renderer> {
        if self.viewport.as_ref().is_none_or(Viewport::lost) {
            return None;
        }
        self.renderer.as_mut()
    }

    fn send_scene(&mut self) -> usize {
        let (scene, digests) = (std::mem::take(&mut self.scene), std::mem::take(&mut self.digests));
        let places = self.moves.places(&scene);
        let made = self.live_renderer().map_or(0, |r| {
            let _ = r.set_places(places);
            r.set_instant(&scene, &digests)
        });
        (self.scene, self.digests) = (scene, digests);
        made
    }

    /// The box of all there is to see, once nothing moves.
    fn reach(&self) -> Option<Bounds> {
        Some(self.moves.reach(&self.scene, self.bounds?))
    }

    /// Begins a move of the parts.
    fn go(&mut self, begin: impl FnOnce(&mut Moves, f64, bool)) {
        let (now, still, size) = (now_ms(), still(), self.size());
        begin(&mut self.moves, now, still);
        self.send_places();
        if let (Some(reach), Some(rig)) = (self.reach(), self.rig.as_mut()) {
            rig.refit(reach, size, now, still);
        }
        self.ask_frame();
    }

    fn send_places(&mut self) {
        let places = self.moves.places(&self.scene);
        let other = self.live_renderer().is_some_and(|renderer| renderer.set_places(places));
        if other && self.exact.is_none() {
            self.send_scene();
        }
    }

    /// Goes on with all that moves by itself; true while something does.
    #[allow(clippy::cast_possible_truncation)]
    fn step(&mut self, now_ms: f64) -> bool {
        let mut moving = self.rig.as_mut().is_some_and(|rig| rig.step(now_ms));
        if self.moves.step(now_ms) {
            self.send_places();
            moving = true;
        }
        if let (Some(before), Some(rig)) = (&mut self.turning, self.rig.as_mut()) {
            // Pixels of a drag; a page that slept goes on where it was.
            let way = ((now_ms - *before).clamp(0.0, 100.0) * TURN_PER_MS) as f32;
            *before = now_ms;
            rig.take(|pose| pose.turned(way, 0.0));
            moving = true;
        }
        moving
    }

    fn send_exact(&mut self) {
        if let Some(exact) = self.exact.take() {
            let scene = std::mem::take(&mut self.scene);
            if let Some(renderer) = self.live_renderer() {
                renderer.set_exact(&exact.model, &exact.pictures, exact.shift, &scene);
            }
            (self.exact, self.scene) = (Some(exact), scene);
        }
    }

    /// One frame, unless there is nothing to draw (with). True when the next one will be finer.
    fn draw(&mut self) -> Option<bool> {
        let device = self.viewport.as_ref()?.size().device();
        let (pose, bounds) = (self.rig.as_ref()?.pose(), self.reach()?);
        let unfinished = self.live_renderer()?.frame(&pose, bounds, device);
        self.frames += 1;
        if unfinished {
            self.ask_frame();
        }
        Some(unfinished)
    }

    fn overlay(&self) -> Option<Overlay> {
        let (rig, bounds, size) = (self.rig.as_ref()?, self.bounds?, self.size());
        let pose = rig.pose();
        let matrix = pose.projection_view(size, crate::camera::diagonal(self.reach()?));
        let mut overlay = overlay(bounds, &pose, &matrix, size);
        if !self.marked.is_empty() {
            let places = self.moves.places(&self.scene);
            let at = |i: &usize| {
                let middle = centre(self.scene.items.get(*i)?.mesh.bounds()?);
                let here = places.get(*i).map_or(middle.into(), |place| (place * three_d::Vec3::from(middle).extend(1.0)).truncate());
                project(&matrix, size, here)
            };
            overlay.marks = self.marked.iter().map(|i| at(i).unwrap_or([-1e4; 2])).collect();
        }
        Some(overlay)
    }

    fn steer(&mut self, event: Event) {
        let size = self.size();
        let (Some(bounds), Some(rig)) = (self.reach(), self.rig.as_mut()) else { return };
        let now = now_ms();
        match event {
            Event::Orbit { dx, dy } => rig.take(|p| p.turned(dx, dy)),
            Event::Pan { dx, dy } => rig.take(|p| p.moved(dx, dy, size[1])),
            Event::Zoom { factor, at } => {
                let at = [at[0] / size[0].max(1.0) * 2.0 - 1.0, 1.0 - at[1] / size[1].max(1.0) * 2.0];
                rig.take(|p| p.zoomed(factor, at, size, bounds));
            }
            Event::OrbitStep { right, up } => rig.go(|p| p.turned(f32::from(right) * 35.0, f32::from(up) * 25.0), now, still()),
            Event::ZoomStep(step) => rig.go(|p| p.zoomed(1.25_f32.powi(i32::from(step)), [0.0; 2], size, bounds), now, still()),
            Event::Reset => rig.reset(bounds, size, now, still()),
            _ => {}
        }
        self.ask_frame();
    }
}

impl Inner {
    /// One event of the viewport. The listener is called after the state is free again.
    fn hear(self: &Rc<Self>, event: Event) {
        let mut news = Vec::new();
        {
            let mut state = self.state.borrow_mut();
            match event {
                Event::Resized(size) => {
                    set_device_size(&self.canvas, size);
                    if let (Some(bounds), Some(rig)) = (state.reach(), state.rig.as_mut()) {
                        rig.resized(bounds, [size.width, size.height]);
                    }
                    // Setting the size clears the canvas: draw in this frame, not in the next.
                    self.frame(&mut state, None, &mut news);
                }
                Event::Frame { now_ms } => self.frame(&mut state, Some(now_ms), &mut news),
                Event::ContextLost => {
                    state.renderer = None;
                    news.push(ViewEvent::Lost);
                }
                Event::ContextRestored => {
                    state.renderer = state.viewport.as_ref().and_then(|v| v.webgl2().ok()).and_then(make_renderer);
                    if state.renderer.is_some() {
                        let room = state.room.take();
                        let stands = state.live_renderer().is_some_and(|renderer| renderer.set_room(room.as_ref()));
                        state.room = room.filter(|_| stands);
                        state.send_scene();
                        state.send_exact();
                        state.ask_frame();
                        news.push(ViewEvent::Restored);
                    } else {
                        news.push(ViewEvent::Unavailable);
                    }
                }
                other => {
                    if matches!(other, Event::Orbit { .. } | Event::OrbitStep { .. } | Event::Reset) && state.turning.take().is_some() {
                        news.push(ViewEvent::Stopped);
                    }
                    state.steer(other);
                }
            }
        }
        for event in news {
            (self.listener)(event);
        }
    }

    fn frame(self: &Rc<Self>, state: &mut State, now_ms: Option<f64>, news: &mut Vec<ViewEvent>) {
        let moving = now_ms.is_some_and(|now| state.step(now));
        if state.draw().is_none() {
            return;
        }
        if moving {
            state.ask_frame();
        }
        if !state.ready {
            state.ready = true;
            news.push(ViewEvent::Ready);
        }
        if let Some(overlay) = state.overlay() {
            news.push(ViewEvent::Frame(overlay));
        }
        probe::frames(state.frames);
    }
}

impl ProductView {
    pub(crate) fn downgrade(&self) -> WeakView {
        WeakView(Rc::downgrade(&self.inner))
    }
}

/// A view that does not keep the canvas.
pub(crate) struct WeakView(Weak<Inner>);

impl WeakView {
    pub(crate) fn upgrade(&self) -> Option<ProductView> {
        self.0.upgrade().map(|inner| ProductView { inner })
    }
}

#[cfg(test)]
mod tests {
    use super::shift_to;

    #[test]
    fn an_exact_model_moves_only_when_its_origin_differs() {
        let instant = Some(([0.0; 3], [1800.0, 800.0, 740.0]));
        assert_eq!(shift_to(Some(([0.4, 0.0, 0.0], [1800.0, 800.3, 740.0])), instant), None, "a rounding is no move");
        let moved = shift_to(Some(([-900.0, -400.0, 0.0], [900.0, 400.0, 740.0])), instant).expect("another origin");
        assert!((moved[0] - 900.0).abs() + (moved[1] - 400.0).abs() + moved[2].abs() < 0.01, "{moved:?}");
        assert_eq!(shift_to(None, instant), None);
    }
}
