//! Integration tests: the whole server but its doors, on real Postgres, with a scriptable Blender.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

mod accounts;
mod audit;
mod configuring;
mod drawings;
mod editing;
mod embeds;
mod files;
mod health;
mod http;
mod jobs;
mod live;
mod mails;
mod once;
mod prices;
mod products;
mod saved;
mod tenancy;
