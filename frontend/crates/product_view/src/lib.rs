//! The product in three dimensions: three-d on our own WebGL 2 canvas, drawn only when something changed.
//!
//! Invariants: knows `scene` and `viewport`, never products, pages or the server; between a lost and a restored context no call
//! reaches three-d, and everything is rebuilt from the scene and the kept exact model afterwards.

pub mod around;
pub mod camera;
pub mod closer;
pub mod diff;
pub mod glb;
mod gpu;
mod images;
pub mod kinds;
pub mod light;
pub mod moves;
pub mod overlay;
mod probe;
pub mod stand;
pub mod surface;
mod view;

pub use glb::{GlbError, Model};
pub use kinds::Kind;
pub use overlay::{Axis, Dimension, Overlay};
pub use view::{Applied, Mode, ProductView, ViewEvent, mount};
