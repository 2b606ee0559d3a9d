//! Outside systems as traits, each with a fake beside it: Blender, blobs, mail, clock and ids.
//!
//! Invariant: no implementation that touches the outside lives here; the real ones are in `adapters`.
#![forbid(unsafe_code)]

pub mod blender;
pub mod blobs;
pub mod clock;
pub mod mail;

pub use blender::{Artefact, Blender, BlenderError, BlenderStatus, BuildRequest, Built, Progress, Still};
pub use blobs::{BlobError, Blobs};
pub use clock::{Clock, FakeClock, IdSource, SystemClock, SystemIds};
pub use mail::{FakeMailer, Mail, MailError, Mailer};
