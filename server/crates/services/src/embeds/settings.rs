//! Settings of an embed, checked.

use crate::fields::Faults;
use contract::{AppError, EmbedSettings, EmbedTheme};
use serde_json::Value;
use store::embeds as rows;
use url::{Host, Url};
use uuid::Uuid;

/// Settings as they are stored.
pub(super) struct Checked {
    name: String,
    product: Option<Uuid>,
    origins: Vec<String>,
    theme: Value,
    notify: Option<String>,
    customer: Option<String>,
    enabled: bool,
}

impl Checked {
    /// Checks all at once.
    pub fn of(settings: &EmbedSettings) -> Result<Self, AppError> {
        let mut faults = Faults::default();
        let name = faults.name("/name", &settings.name);
        let product = settings.product_id.as_deref().filter(|id| !id.is_empty()).and_then(|id| {
            let read = Uuid::try_parse(id).ok();
            if read.is_none() {
                faults.add("/product_id", "This is not an id.");
            }
            read
        });
        let mut origins: Vec<String> = Vec::new();
        for (i, text) in settings.origins.iter().enumerate().filter(|(_, o)| !o.trim().is_empty()) {
            match origin_of(text) {
                Ok(origin) if origins.contains(&origin) => {}
                Ok(origin) => origins.push(origin),
                Err(why) => faults.add(&format!("/origins/{i}"), why),
            }
        }
        if origins.len() > 50 {
            faults.add("/origins", "An embed has at most 50 addresses.");
        }
        let notify = settings.notify.as_deref().filter(|mail| !mail.trim().is_empty()).map(|mail| faults.email("/notify", mail));
        let customer = settings.customer.as_deref().filter(|c| !c.trim().is_empty()).map(|c| faults.name("/customer", c));
        check_theme(&settings.theme, &mut faults);
        faults.done()?;
        let theme = serde_json::to_value(&settings.theme).map_err(|_| AppError::internal())?;
        Ok(Self { name, product, origins, theme, notify, customer, enabled: settings.enabled })
    }

    /// For the store.
    pub fn row(&self) -> rows::Settings<'_> {
        rows::Settings {
            name: &self.name,
            product_id: self.product,
            origins: &self.origins,
            theme: &self.theme,
            notify: self.notify.as_deref(),
            customer: self.customer.as_deref(),
            enabled: self.enabled,
        }
    }
}

/// These words and numbers end up in a page's style.
fn check_theme(theme: &EmbedTheme, faults: &mut Faults) {
    if !["", "auto", "light", "dark"].contains(&theme.scheme.as_str()) {
        faults.add("/theme/scheme", "A scheme is auto, light or dark.");
    }
    let colour = theme.accent.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if !theme.accent.is_empty() && !colour {
        faults.add("/theme/accent", "A colour is written #rrggbb.");
    }
    if theme.radius.is_some_and(|px| px > 24) {
        faults.add("/theme/radius", "Corners have a radius of 0 to 24 px.");
    }
    if !["", "quote", "cart"].contains(&theme.action.as_str()) {
        faults.add("/theme/action", "An action is quote or cart.");
    }
}

/// The exact origin of an address (`https://shop.example`, with a port where it is not the usual one), or why it is none. Safe to be written into a
/// header: it consists of letters, digits and `:/.-[]`.
pub(super) fn origin_of(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| "Write it like https://shop.example.")?;
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err("Write it like https://shop.example."),
    };
    match url.scheme() {
        "https" => {}
        "http" if local => {}
        "http" => return Err("It must begin with https://: pages without encryption can be changed on their way."),
        _ => return Err("Write it like https://shop.example."),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Leave out the name and password.");
    }
    if text.contains('*') {
        return Err("Name every address by itself: * would let in pages that others can make.");
    }
    Ok(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        for (text, origin) in [
            ("https://shop.example", "https://shop.example"),
            (" https://Shop.Example/desks?x=1#y ", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("https://shop.example:8443/", "https://shop.example:8443"),
            ("https://möbel.example", "https://xn--mbel-5qa.example"),
            ("http://localhost:3001", "http://localhost:3001"),
            ("http://127.0.0.1:3001/demo/shop", "http://127.0.0.1:3001"),
            ("http://[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(origin_of(text), Ok(origin.to_owned()), "{text}");
        }
        for bad in [
            "",
            "shop.example",
            "http://shop.example",
            "https://*.example",
            "https://a:b@shop.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///x",
            "null",
            "https://",
            "'self'; script-src *",
        ] {
            assert!(origin_of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_fault_of_the_settings_is_told_at_once() {
        let settings = EmbedSettings {
            name: " ".to_owned(),
            product_id: Some("x".to_owned()),
            origins: vec!["https://shop.example".to_owned(), "http://shop.example".to_owned()],
            theme: EmbedTheme { scheme: "pink".to_owned(), accent: "red;}".to_owned(), radius: Some(99), action: "buy".to_owned() },
            notify: Some("nobody".to_owned()),
            customer: None,
            enabled: true,
        };
        let error = Checked::of(&settings).err().expect("faults");
        let places: Vec<&str> = error.errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(places, ["/name", "/product_id", "/origins/1", "/notify", "/theme/scheme", "/theme/accent", "/theme/radius", "/theme/action"]);
    }
}
