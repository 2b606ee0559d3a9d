//! Pages, one folder per lazy route.

pub mod admin;
pub mod auth;
pub mod configure;
pub mod embed;
pub mod home;
pub mod jobs;
pub mod missing;
pub mod products;
pub mod room;
pub mod saved;
pub mod share;
pub mod workshop;
