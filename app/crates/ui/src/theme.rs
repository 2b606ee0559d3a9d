//! Light, dark, or as the system has it. The choice is a cookie that the server renders into `<html data-theme>`, so nothing flashes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Name of the cookie.
pub const COOKIE: &str = "fitout_theme";

/// A choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// `light`, `dark`, or nothing for the system's.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
    /// Reads a cookie's value.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
    /// What the page shows now. Browser only.
    #[must_use]
    pub fn of_document() -> Self {
        document().document_element().and_then(|e| e.get_attribute("data-theme")).map_or(Self::System, |t| Self::parse(&t))
    }
    /// Shows it and keeps it for a year. Browser only.
    pub fn apply(self) {
        if let Some(root) = document().document_element() {
            match self.attribute() {
                Some(t) => root.set_attribute("data-theme", t).ok(),
                None => root.remove_attribute("data-theme").ok(),
            };
        }
        if let Some(doc) = document().dyn_ref::<web_sys::HtmlDocument>() {
            let cookie = match self.attribute() {
                Some(t) => format!("{COOKIE}={t}; Path=/; SameSite=Lax; Max-Age=31536000"),
                None => format!("{COOKIE}=; Path=/; SameSite=Lax; Max-Age=0"),
            };
            doc.set_cookie(&cookie).ok();
        }
    }
}
