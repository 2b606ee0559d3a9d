//! Outside systems as traits, each with a fake beside it: Blender, blobs, mail, a virus scanner, a typesetter, clock and ids.
//!
//! Invariant: no implementation that touches the outside lives here; the real ones are in `adapters`.
#![forbid(unsafe_code)]

pub mod blender;
pub mod blobs;
pub mod clock;
pub mod mail;
pub mod scanner;
pub mod typesetter;

pub use blender::{Artefact, Blender, BlenderError, BlenderStatus, BuildRequest, Built, Progress, Still};
pub use blobs::{BlobError, Blobs};
pub use clock::{Clock, FakeClock, IdSource, SystemClock, SystemIds};
pub use mail::{Attachment, FakeMailer, Mail, MailError, Mailer};
pub use scanner::{FakeScanner, NoScanner, ScanError, Scanner, Verdict};
pub use typesetter::{FakeTypesetter, TypesetError, Typesetter};
