//! The real outside systems behind the traits of `ports`: Blender, the file store, mail, a virus scanner, typst.
//!
//! Invariant: nothing here knows the database, tenants or HTTP.
#![deny(unsafe_code)]

pub mod blender;
pub mod blobs;
pub mod clamd;
pub mod mail;
pub mod typst;

pub use blender::{Pool, PoolConfig};
pub use blobs::ObjectBlobs;
pub use clamd::Clamd;
pub use mail::{NoMailer, SmtpMailer};
pub use typst::Typst;
