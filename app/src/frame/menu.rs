//! The workspace menu. Its rows are one piece of HTML for server and browser: links, and forms that any browser submits, so it works before the script
//! and costs hardly any code.

use super::{may, role_name};
use crate::server_fns::{SignOut, SwitchWorkspace};
use contract::Me;
use leptos::{ev, html, prelude::*, server_fn::ServerFn};
use ui::{Erase, Glyph, Theme, badge::initials, escape};
use wasm_bindgen::JsCast;

/// Workspaces, administration, theme, sign-out.
#[component]
pub fn WorkspaceMenu(me: Me) -> impl IntoView {
    let node = NodeRef::<html::Details>::new();
    // Escape and a press outside close it.
    Effect::new(move |_| {
        let handle = window_event_listener(ev::pointerdown, move |ev| {
            let inside = node.get_untracked().zip(ev.target()).is_some_and(|(el, t)| t.dyn_ref::<web_sys::Node>().is_some_and(|t| el.contains(Some(t))));
            if !inside {
                close(node, false)
            }
        });
        on_cleanup(move || handle.remove());
    });
    let keydown = move |ev: ev::KeyboardEvent| {
        if ev.key() == "Escape" {
            close(node, true)
        } else {
            ui::choice::roving(&ev, "[data-theme-to]", &|value| show_theme(&value));
        }
    };
    let click = move |ev: ev::MouseEvent| {
        let target = ev.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let closest = |what: &str| target.as_ref().and_then(|t| t.closest(what).ok().flatten());
        if let Some(theme) = closest("[data-theme-to]").and_then(|e| e.get_attribute("data-value")) {
            show_theme(&theme);
        } else if closest(".pop").is_some() {
            close(node, false);
        }
    };
    // The cookie may say otherwise than the HTML, which is the same for everyone.
    Effect::new(move |_| mark_theme(Theme::of_document()));
    view! { <details class="menu" node_ref=node on:keydown=keydown on:click=click inner_html=rows(&me)></details> }.erase()
}

fn close(node: NodeRef<html::Details>, focus: bool) {
    let Some(el) = node.get_untracked().filter(|el| el.open()) else { return };
    el.set_open(false);
    let summary = el.query_selector("summary").ok().flatten().and_then(|s| s.dyn_into::<web_sys::HtmlElement>().ok());
    if focus && let Some(summary) = summary {
        summary.focus().ok();
    }
}

fn show_theme(value: &str) {
    let theme = Theme::parse(value);
    theme.apply();
    mark_theme(theme);
}

fn mark_theme(theme: Theme) {
    let Ok(items) = document().query_selector_all("[data-theme-to]") else { return };
    for item in (0..items.length()).filter_map(|i| items.get(i)?.dyn_into::<web_sys::Element>().ok()) {
        let on = item.get_attribute("data-value").is_some_and(|v| Theme::parse(&v) == theme);
        item.set_attribute("aria-checked", if on { "true" } else { "false" }).ok();
        item.set_attribute("tabindex", if on { "0" } else { "-1" }).ok();
    }
}

fn rows(me: &Me) -> String {
    let mut out = Rows(String::with_capacity(4096));
    let (tenant, name) = (escape(&me.tenant.name), escape(&me.user.name));
    out.add(&["<summary class=\"btn\" data-kind=\"ghost\" data-size=\"s\"><span class=\"only-desk contents\">"]);
    out.icon(Glyph::Warehouse, "s");
    out.add(&["<span class=\"ws\">", &tenant, "</span>"]);
    out.icon(Glyph::ChevronDown, "s");
    out.add(&[
        "</span><span class=\"av\" aria-hidden=\"true\">",
        &escape(&initials(&me.user.name)),
        "</span><span class=\"sr\">, workspace menu of ",
        &name,
        "</span></summary>",
    ]);
    out.add(&["<div class=\"pop\"><div class=\"who\"><b class=\"strong\">", &name, "</b><div class=\"lab\">", &escape(&me.user.email), "</div></div><hr>"]);
    out.add(&["<div class=\"only-phone links\">"]);
    out.link("/products", Glyph::LayoutGrid, "Products");
    out.link("/saved", Glyph::Bookmark, "Saved");
    out.link("/jobs", Glyph::Box, "Jobs");
    out.add(&["</div>"]);
    if me.memberships.len() > 1 {
        out.add(&["<p class=\"lab who\">Workspaces</p>"]);
        for m in &me.memberships {
            let current = if m.current { " aria-current=\"true\"" } else { "" };
            out.form(SwitchWorkspace::PATH);
            out.add(&["<input type=\"hidden\" name=\"tenant_id\" value=\"", &escape(&m.tenant.id), "\"><button type=\"submit\"", current, ">"]);
            out.icon(if m.current { Glyph::Check } else { Glyph::Warehouse }, "m");
            out.add(&[&escape(&m.tenant.name), "<span class=\"lab ml-auto\">", role_name(&m.role), "</span></button></form>"]);
        }
        out.add(&["<hr>"]);
    }
    let before = out.0.len();
    for (permission, href, glyph, word) in [
        ("products:write", "/admin/products", Glyph::SlidersHorizontal, "Definitions"),
        ("users:read", "/admin/users", Glyph::Users, "Users, roles"),
        ("audit:read", "/admin/audit", Glyph::Shield, "Audit log"),
        ("outbox:read", "/admin/outbox", Glyph::Mail, "Outbox"),
    ] {
        if may(me, permission) {
            out.link(href, glyph, word);
        }
    }
    if out.0.len() > before {
        out.add(&["<hr>"]);
    }
    out.add(&["<div class=\"who\"><p class=\"lab mb-1\">Theme</p><div class=\"seg\" role=\"radiogroup\" aria-label=\"Theme\" data-size=\"s\">"]);
    for (value, word) in [("system", "System"), ("light", "Light"), ("dark", "Dark")] {
        let (on, tab) = if value == "system" { ("true", "0") } else { ("false", "-1") };
        out.add(&[
            "<button type=\"button\" role=\"radio\" data-theme-to data-value=\"",
            value,
            "\" aria-checked=\"",
            on,
            "\" tabindex=\"",
            tab,
            "\"><span>",
            word,
            "</span></button>",
        ]);
    }
    out.add(&["</div></div><hr>"]);
    out.form(SignOut::PATH);
    out.add(&["<button type=\"submit\">"]);
    out.icon(Glyph::LogOut, "m");
    out.add(&["Sign out</button></form></div>"]);
    out.0
}

struct Rows(String);

impl Rows {
    fn add(&mut self, parts: &[&str]) {
        self.0.extend(parts.iter().copied());
    }
    fn icon(&mut self, glyph: Glyph, size: &str) {
        self.add(&["<svg class=\"ic\" data-size=\"", size, "\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">", glyph.shape(), "</svg>"]);
    }
    fn link(&mut self, href: &str, glyph: Glyph, word: &str) {
        self.add(&["<a class=\"row\" href=\"", href, "\">"]);
        self.icon(glyph, "m");
        self.add(&[word, "</a>"]);
    }
    fn form(&mut self, to: &str) {
        self.add(&["<form method=\"post\" action=\"", to, "\">"]);
    }
}

#[cfg(test)]
mod tests {
    use super::rows;
    use contract::Me;

    #[test]
    fn names_are_escaped_and_rows_follow_the_role() {
        let mut me = Me::default();
        me.user.name = "<b>Ada & Co".into();
        let html = rows(&me);
        assert!(html.contains("&lt;b&gt;Ada &amp; Co") && !html.contains("<b>Ada"));
        assert!(!html.contains("/admin/users"));
        me.permissions = vec!["users:read".into()];
        assert!(rows(&me).contains("href=\"/admin/users\"") && !rows(&me).contains("/admin/audit"));
        assert!(rows(&me).contains("action=\"/_fn/sign-out\""));
    }
}
