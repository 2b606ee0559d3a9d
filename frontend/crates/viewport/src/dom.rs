//! The browser's side: listeners that are removed again, the observer of the size, the animation frame on demand.

use crate::gesture::{self, Gesture, PointerKind};
use crate::{Event, Size};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    AddEventListenerOptions, EventTarget, HtmlCanvasElement, KeyboardEvent, PointerEvent, ResizeObserver, WebGl2RenderingContext, WebGlContextAttributes,
    WheelEvent,
};

/// Why a canvas could not be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountError {
    /// No window, or the canvas refused a listener.
    NoBrowser,
    /// The browser gives no WebGL 2 context.
    NoWebGl2,
}

type Handler = Rc<RefCell<dyn FnMut(Event)>>;

/// The browser's animation frame, called with milliseconds.
type Tick = Closure<dyn FnMut(f64)>;
/// The observer of the size, and the closure that it calls.
type Watch = (ResizeObserver, Closure<dyn FnMut()>);

struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(web_sys::Event)>,
}

struct Inner {
    canvas: HtmlCanvasElement,
    handler: RefCell<Option<Handler>>,
    gesture: RefCell<Gesture>,
    size: Cell<Size>,
    /// Number of the asked-for animation frame; 0 when none is due.
    frame: Cell<i32>,
    /// The next animation frame passes unheard, and the one after it is asked for.
    skip: Cell<bool>,
    tick: RefCell<Option<Tick>>,
    listeners: RefCell<Vec<Listener>>,
    observer: RefCell<Option<Watch>>,
    lost: Cell<bool>,
}

/// A canvas that reports what happens to it. Dropping the last clone removes every listener.
#[derive(Clone)]
pub struct Viewport {
    inner: Rc<Inner>,
}

impl Viewport {
    /// Takes a canvas over. `handler` hears events until the viewport is dropped.
    ///
    /// # Errors
    /// [`MountError::NoBrowser`] outside a browser.
    pub fn mount(canvas: HtmlCanvasElement, handler: impl FnMut(Event) + 'static) -> Result<Self, MountError> {
        let window = web_sys::window().ok_or(MountError::NoBrowser)?;
        // Vertical swipes go on scrolling the page on a phone; everything else is ours.
        let _ = canvas.style().set_property("touch-action", "pan-y");
        let handler: Handler = Rc::new(RefCell::new(handler));
        let inner = Rc::new(Inner {
            canvas: canvas.clone(),
            handler: RefCell::new(Some(handler)),
            gesture: RefCell::default(),
            size: Cell::new(Size::default()),
            frame: Cell::new(0),
            skip: Cell::new(false),
            tick: RefCell::new(None),
            listeners: RefCell::default(),
            observer: RefCell::new(None),
            lost: Cell::new(false),
        });
        inner.size.set(inner.measure());
        let weak = Rc::downgrade(&inner);
        *inner.tick.borrow_mut() = Some(Closure::new(move |now_ms: f64| {
            if let Some(inner) = weak.upgrade() {
                inner.frame.set(0);
                if inner.skip.take() {
                    inner.request_frame();
                } else {
                    inner.tell(Event::Frame { now_ms });
                }
            }
        }));
        inner.listen_all(&canvas, &window)?;
        Ok(Self { inner })
    }

    /// Present size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.inner.size.get()
    }

    /// Asks for one [`Event::Frame`]; asking again before it comes changes nothing.
    pub fn request_frame(&self) {
        self.inner.request_frame();
    }

    /// Lets the browser show what was just drawn: the frame that is asked for comes after the next one.
    pub fn skip_frame(&self) {
        self.inner.skip.set(self.inner.frame.get() != 0);
    }

    /// Whether the context is lost at this moment.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.inner.lost.get()
    }

    /// The WebGL 2 context of the canvas: transparent, premultiplied, smoothed edges.
    ///
    /// # Errors
    /// [`MountError::NoWebGl2`] where the browser has none.
    pub fn webgl2(&self) -> Result<WebGl2RenderingContext, MountError> {
        let attributes = WebGlContextAttributes::new();
        // The browser's defaults, by name: the page's document may have asked for this context before (`app::bundle`).
        attributes.set_alpha(true);
        attributes.set_premultiplied_alpha(true);
        attributes.set_antialias(true);
        attributes.set_depth(true);
        self.inner
            .canvas
            .get_context_with_context_options("webgl2", &attributes)
            .ok()
            .flatten()
            .and_then(|context| context.dyn_into::<WebGl2RenderingContext>().ok())
            .ok_or(MountError::NoWebGl2)
    }
}

impl Inner {
    fn tell(&self, event: Event) {
        // The clone keeps the handler alive when it drops the viewport; a nested call (a handler that dispatches DOM events) is left out.
        let handler = self.handler.borrow().clone();
        if let Some(handler) = handler
            && let Ok(mut handler) = handler.try_borrow_mut()
        {
            handler(event);
        }
    }

    fn request_frame(&self) {
        if self.frame.get() != 0 {
            return;
        }
        let tick = self.tick.borrow();
        if let (Some(window), Some(tick)) = (web_sys::window(), tick.as_ref())
            && let Ok(id) = window.request_animation_frame(tick.as_ref().unchecked_ref())
        {
            self.frame.set(id);
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn measure(&self) -> Size {
        let rect = self.canvas.get_bounding_client_rect();
        let ratio = web_sys::window().map_or(1.0, |w| w.device_pixel_ratio());
        Size { width: rect.width() as f32, height: rect.height() as f32, ratio: (ratio as f32).clamp(0.5, 2.0) }
    }

    fn resized(&self) {
        let size = self.measure();
        if size != self.size.get() && size.width > 0.0 && size.height > 0.0 {
            self.size.set(size);
            self.tell(Event::Resized(size));
        }
    }

    fn listen_all(self: &Rc<Self>, canvas: &HtmlCanvasElement, window: &web_sys::Window) -> Result<(), MountError> {
        self.listen(canvas, "pointerdown", Self::pointer_down)?;
        self.listen(canvas, "pointermove", Self::pointer_moved)?;
        self.listen(canvas, "pointerup", Self::pointer_up)?;
        self.listen(canvas, "pointercancel", Self::pointer_up)?;
        self.listen(canvas, "lostpointercapture", Self::pointer_up)?;
        self.listen(canvas, "contextmenu", |_, event| event.prevent_default())?;
        self.listen(canvas, "dblclick", |inner, _| inner.tell(Event::Reset))?;
        self.listen(canvas, "wheel", Self::wheel)?;
        self.listen(canvas, "keydown", Self::key)?;
        self.listen(canvas, "webglcontextlost", |inner, event| {
            // Without this the browser never restores the context.
            event.prevent_default();
            inner.lost.set(true);
            inner.tell(Event::ContextLost);
        })?;
        self.listen(canvas, "webglcontextrestored", |inner, _| {
            inner.lost.set(false);
            inner.tell(Event::ContextRestored);
        })?;
        self.listen(window, "resize", |inner, _| inner.resized())?;
        self.listen(window, "blur", |inner, _| inner.gesture.borrow_mut().clear())?;

        let weak: Weak<Self> = Rc::downgrade(self);
        let closure = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = weak.upgrade() {
                inner.resized();
            }
        });
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).map_err(|_| MountError::NoBrowser)?;
        observer.observe(canvas);
        *self.observer.borrow_mut() = Some((observer, closure));
        Ok(())
    }

    fn listen(self: &Rc<Self>, target: &EventTarget, name: &'static str, act: impl Fn(&Self, web_sys::Event) + 'static) -> Result<(), MountError> {
        let weak: Weak<Self> = Rc::downgrade(self);
        let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |event| {
            if let Some(inner) = weak.upgrade() {
                act(&inner, event);
            }
        });
        let options = AddEventListenerOptions::new();
        // The wheel must be able to keep the page from scrolling.
        options.set_passive(false);
        target
            .add_event_listener_with_callback_and_add_event_listener_options(name, closure.as_ref().unchecked_ref(), &options)
            .map_err(|_: JsValue| MountError::NoBrowser)?;
        self.listeners.borrow_mut().push(Listener { target: target.clone(), name, closure });
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)]
    fn place(event: &web_sys::MouseEvent) -> [f32; 2] {
        [event.offset_x() as f32, event.offset_y() as f32]
    }

    fn pointer_down(&self, event: web_sys::Event) {
        let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
        let kind = if event.button() == 0 && !event.shift_key() { PointerKind::Turn } else { PointerKind::Move };
        let _ = self.canvas.set_pointer_capture(event.pointer_id());
        self.gesture.borrow_mut().down(event.pointer_id(), kind, Self::place(event));
    }

    fn pointer_moved(&self, event: web_sys::Event) {
        let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
        let events = self.gesture.borrow_mut().moved(event.pointer_id(), Self::place(event));
        for event in events {
            self.tell(event);
        }
    }

    fn pointer_up(&self, event: web_sys::Event) {
        if let Some(event) = event.dyn_ref::<PointerEvent>() {
            self.gesture.borrow_mut().up(event.pointer_id());
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn wheel(&self, event: web_sys::Event) {
        let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
        event.prevent_default();
        self.tell(gesture::wheel(event.delta_y() as f32, event.delta_mode(), Self::place(event)));
    }

    fn key(&self, event: web_sys::Event) {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(meaning) = gesture::key(&event.key()) {
            event.prevent_default();
            self.tell(meaning);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some((observer, _)) = self.observer.borrow_mut().take() {
            observer.disconnect();
        }
        if self.frame.get() != 0
            && let Some(window) = web_sys::window()
        {
            let _ = window.cancel_animation_frame(self.frame.get());
        }
        for listener in self.listeners.borrow_mut().drain(..) {
            let _ = listener.target.remove_event_listener_with_callback(listener.name, listener.closure.as_ref().unchecked_ref());
        }
    }
}
