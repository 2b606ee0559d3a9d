//! A canvas with its size, its frame loop on demand, and its input as neutral events.
//!
//! Invariants: knows neither a renderer nor a product nor Leptos; calls the handler only from the browser's own callbacks, never
//! from inside one of its own methods, so that a handler may call every method.
#![forbid(unsafe_code)]

mod dom;
mod gesture;

pub use dom::{MountError, Viewport};
pub use gesture::{Gesture, PointerKind};

/// Size of the drawing area.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// CSS pixels, left to right.
    pub width: f32,
    /// CSS pixels, top to bottom.
    pub height: f32,
    /// Device pixels per CSS pixel, at most 2: more costs four times the work and nobody sees it.
    pub ratio: f32,
}

impl Size {
    /// Device pixels `(width, height)`, at least 1 × 1.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn device(&self) -> (u32, u32) {
        ((self.width * self.ratio).round().max(1.0) as u32, (self.height * self.ratio).round().max(1.0) as u32)
    }
}

/// What happened, in words that fit every view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The drawing area has this size now.
    Resized(Size),
    /// Turn by a drag, CSS pixels.
    Orbit {
        /// To the right.
        dx: f32,
        /// Down.
        dy: f32,
    },
    /// Turn by keys: steps to the right and upwards.
    OrbitStep {
        /// −1, 0 or 1.
        right: i8,
        /// −1, 0 or 1.
        up: i8,
    },
    /// Move the picture, CSS pixels.
    Pan {
        /// To the right.
        dx: f32,
        /// Down.
        dy: f32,
    },
    /// Closer (`factor` > 1) or further, about a point of the drawing area in CSS pixels.
    Zoom {
        /// Share by which things grow.
        factor: f32,
        /// Point that stays where it is.
        at: [f32; 2],
    },
    /// Closer (1) or further (−1) by keys.
    ZoomStep(i8),
    /// Back to the first view.
    Reset,
    /// Time to draw; milliseconds since the page began.
    Frame {
        /// The browser's frame time.
        now_ms: f64,
    },
    /// The graphics context is gone: call nothing of it until [`Event::ContextRestored`].
    ContextLost,
    /// A new, empty context is there.
    ContextRestored,
}
