//! The description as JSON, and as a page of its own: every operation with a command to copy; and the guide to embeds. They work under the strict
//! policy (own style and script files, no outside source) and without scripts.

use crate::Api;
use crate::etag::{digest, if_none_match};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The tokens and letters of the app, then what these pages add.
const STYLE: &str = concat!(include_str!("../../../../../style/tokens.css"), include_str!("../../../../../style/fonts.css"), include_str!("docs.css"));
const SCRIPT: &str = include_str!("docs.js");
const EMBED: &str = include_str!("embed.html");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "service", security(()), responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json", body = Object)))]
pub async fn openapi_json(State(api): State<Api>, headers: HeaderMap) -> Response {
    let body = api.openapi();
    let tag = format!("\"{}\"", digest(&body));
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, no-cache")];
    let mut response = if if_none_match(&headers, &tag) { (StatusCode::NOT_MODIFIED, head).into_response() } else { (head, body).into_response() };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// The page's style.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

/// The page's script: copy buttons.
pub async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, no-cache")], text).into_response()
}

/// The page.
pub async fn page(State(api): State<Api>) -> Response {
    let description: Value = serde_json::from_slice(&api.openapi()).unwrap_or_default();
    let head: [(HeaderName, &str); 3] =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "public, no-cache")];
    (head, render(&description, &api.config().public_url)).into_response()
}

/// The guide to embeds, with examples that name this server.
pub async fn embed(State(api): State<Api>) -> Response {
    let head: [(HeaderName, &str); 3] =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "public, no-cache")];
    let parts = EMBED_PARTS.map(|(id, name)| (id.to_owned(), name.to_owned()));
    (head, sheet("Embed a configurator", "/docs/embed", &parts, &EMBED.replace("{{home}}", &escape(&api.config().public_url)))).into_response()
}

/// Sections of the guide to embeds.
const EMBED_PARTS: [(&str, &str); 9] = [
    ("html", "Plain HTML"),
    ("react", "React"),
    ("shopify", "Shopify"),
    ("attributes", "Attributes"),
    ("events", "Events"),
    ("methods", "Methods"),
    ("policy", "Policy"),
    ("cost", "Cost"),
    ("trouble", "Trouble"),
];

/// A page of the documentation. `here`: its path; `parts`: id and name of its sections; `main`: what it says, as HTML.
fn sheet(title: &str, here: &str, parts: &[(String, String)], main: &str) -> String {
    let parts: String = parts.iter().map(|(id, name)| format!("<li><a href=\"#{}\">{}</a></li>", escape(id), escape(name))).collect();
    let pages: String = [("/docs", "API"), ("/docs/embed", "Embed")]
        .map(|(path, name)| format!("<a href=\"{path}\"{}>{name}</a>", if path == here { " aria-current=\"page\"" } else { "" }))
        .concat();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}, Fitout</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/docs/docs.css\"><script src=\"/docs/docs.js\" defer></script></head><body>\
         <a class=\"skip\" href=\"#main\">Skip to content</a>\
         <header><a class=\"logo\" href=\"/\">{MARK}Fitout</a><nav aria-label=\"Documentation\">{pages}</nav></header>\
         <div class=\"page\"><nav class=\"parts\" aria-label=\"Parts\"><ul>{parts}</ul></nav><main id=\"main\"><h1>{title}</h1>{main}</main></div></body></html>"
    )
}

/// The mark, as in the app.
const MARK: &str = "<svg width=\"20\" height=\"20\" viewBox=\"0 0 20 20\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\"><path d=\"M0 17.5h4M16 17.5h4\" stroke-width=\"3\"/><path d=\"M4.9 19V4.6\" stroke-width=\"1.8\"/><path d=\"M4.9 5.2A12 12 0 0 1 16.4 17\"/></svg>";

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn render(description: &Value, base: &str) -> String {
    let mut parts = Vec::new();
    let mut main = String::new();
    for tag in description["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        parts.push((name.to_owned(), name.to_owned()));
        let _ = write!(
            main,
            "<section aria-labelledby=\"{0}\"><h2 id=\"{0}\">{0}</h2><p>{1}</p>",
            escape(name),
            escape(tag["description"].as_str().unwrap_or_default())
        );
        for (path, item) in description["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let operation = &item[method];
                if operation["tags"][0].as_str() == Some(name) {
                    operation_html(&mut main, description, base, path, method, operation);
                }
            }
        }
        main.push_str("</section>");
    }
    let version = escape(description["info"]["version"].as_str().unwrap_or_default());
    let intro = escape(description["info"]["description"].as_str().unwrap_or_default());
    let main = format!(
        "<p>Version {version} · <a href=\"/api/v1/openapi.json\">openapi.json</a></p><p>{intro}</p>\
         <p>Sign in with <code>POST /api/v1/auth/login</code> and send the <code>access_token</code> as <code>Authorization: Bearer …</code>.</p>{main}"
    );
    sheet("API", "/docs", &parts, &main)
}

fn operation_html(out: &mut String, description: &Value, base: &str, path: &str, method: &str, operation: &Value) {
    let id = escape(operation["operationId"].as_str().unwrap_or(path));
    let verb = method.to_uppercase();
    let _ = write!(
        out,
        "<article id=\"{method}-{id}-{}\"><h3><span class=\"verb\">{verb}</span> <code>{}</code></h3><p>{}</p>",
        crate::etag::digest(path.as_bytes()),
        escape(path),
        escape(operation["summary"].as_str().unwrap_or_default())
    );
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<ul class=\"params\">");
        for p in parameters {
            let words = p["description"].as_str().unwrap_or_default();
            let _ = write!(
                out,
                "<li><code>{}</code> <span>{}</span> {}</li>",
                escape(p["name"].as_str().unwrap_or_default()),
                escape(p["in"].as_str().unwrap_or_default()),
                escape(words)
            );
        }
        out.push_str("</ul>");
    }
    let _ = write!(
        out,
        "<div class=\"sample\"><pre tabindex=\"0\">{}</pre><button type=\"button\" class=\"copy\" hidden>Copy</button></div>",
        escape(&curl(description, base, path, method, operation))
    );
    out.push_str("<ul class=\"answers\">");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let label = if status == "default" { "else" } else { status };
        let schema =
            response["content"].as_object().and_then(|c| c.values().next()).and_then(|c| c["schema"]["$ref"].as_str()).and_then(|r| r.rsplit('/').next());
        let _ = write!(out, "<li><b>{label}</b> {}", escape(response["description"].as_str().unwrap_or_default()));
        if let Some(schema) = schema {
            let _ = write!(out, " <code>{}</code>", escape(schema));
        }
        out.push_str("</li>");
    }
    out.push_str("</ul></article>");
}

/// A command that does it.
fn curl(description: &Value, base: &str, path: &str, method: &str, operation: &Value) -> String {
    let mut text = String::from("curl");
    if method != "get" {
        let _ = write!(text, " -X {}", method.to_uppercase());
    }
    let path = path.replace("{id}", "$ID").replace("{token}", "$TOKEN").replace("{name}", "model.glb");
    let _ = write!(text, " \"{base}{path}\"");
    let open = operation["security"].as_array().is_some_and(|s| s.iter().all(|r| r.as_object().is_some_and(Map::is_empty)));
    if !open {
        text.push_str(" \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\"");
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !schema.is_null() {
        let body = serde_json::to_string(&sample("", schema, description, 0)).unwrap_or_default();
        let _ = write!(text, " \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'");
    }
    text
}

/// An example for a schema; well-known names get telling values.
fn sample(name: &str, schema: &Value, description: &Value, depth: u8) -> Value {
    match name {
        "email" => return json!("ann@example.com"),
        "password" => return json!("correct horse battery"),
        "name" => return json!("Ann Archer"),
        "organization" => return json!("Northwind"),
        "role" => return json!("designer"),
        "config_data" => return json!({ "width": 1600 }),
        "formats" => return json!(["glb", "usdz"]),
        _ => {}
    }
    if depth > 4 {
        return Value::Null;
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return sample(name, &description["components"]["schemas"][target], description, depth + 1);
    }
    if let Some(first) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).and_then(|v| v.iter().find(|s| s["type"] != "null")) {
        return sample(name, first, description, depth + 1);
    }
    if let Some(properties) = schema["properties"].as_object() {
        return Value::Object(properties.iter().map(|(k, s)| (k.clone(), sample(k, s, description, depth + 1))).collect());
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array().and_then(|t| t[0].as_str())).unwrap_or("object");
    match kind {
        "string" => json!("…"),
        "integer" | "number" => json!(1),
        "boolean" => json!(false),
        "array" => json!([]),
        _ => json!({}),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
