//! Reading requests: who asks, bodies, path and query values. Every fault names its place.

use crate::layers::{Credential, Refused};
use crate::problem::ApiError;
use axum::RequestExt;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use contract::{Amount, AppError, ErrorKind, FieldError, PageRequest};
use facade::{Actor, Caller, Ctx, Session};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// Whoever asks: a person, or a visitor in the showcase tenant. A token that is not good is refused, never taken for a visitor.
pub struct Anyone(pub Ctx);

/// A signed-in person.
pub struct User(pub Ctx);

/// Where the request comes from.
pub struct Via(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        if let Some(Refused(error)) = parts.extensions.get::<Refused>() {
            return Err(error.clone().into());
        }
        parts.extensions.get::<Session>().map(|s| Self(s.ctx.clone())).ok_or_else(|| AppError::unauthenticated().into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Anyone(ctx) = Anyone::from_request_parts(parts, state).await?;
        match ctx.actor {
            Actor::User { .. } => Ok(Self(ctx)),
            _ => Err(AppError::unauthenticated().into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Via {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(parts.extensions.get::<Caller>().cloned().unwrap_or_default()))
    }
}

/// The session token that came with the request, if any.
pub struct Presented(pub(crate) Option<Credential>);

impl<S: Send + Sync> FromRequestParts<S> for Presented {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(parts.extensions.get::<Credential>().cloned()))
    }
}

/// An id in the path: a UUID, hyphenated; handed on in lower case.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| bad_id())?;
        id(&text).map(Self)
    }
}

/// Reads an id.
///
/// # Errors
/// 400 unless `text` is a hyphenated UUID.
pub fn id(text: &str) -> Result<String, ApiError> {
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id.hyphenated().to_string()),
        _ => Err(bad_id()),
    }
}

fn bad_id() -> ApiError {
    ApiError::malformed_at("/id", "The id in the address is not a UUID.")
}

/// A JSON body. Fields that the type does not have are ignored.
pub struct Json<T>(pub T);

/// A JSON body that may be absent (`T::default()` then).
pub struct OptionalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let json = is_json(request.headers());
        let body = bytes(request).await?;
        if !json {
            return Err(not_json());
        }
        read(&body).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let json = is_json(request.headers());
        let body = bytes(request).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        if !json {
            return Err(not_json());
        }
        read(&body).map(Self)
    }
}

fn not_json() -> ApiError {
    ApiError::with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Send the body as application/json.")
}

async fn bytes(request: Request) -> Result<bytes::Bytes, ApiError> {
    request.extract().await.map_err(|_| ApiError::from(AppError::new(ErrorKind::Malformed, "malformed_body", "The body broke off before its end.")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Reads a JSON object into `T`.
///
/// # Errors
/// 400 with the position when it is no JSON; 422 with a pointer when it has the wrong shape.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| {
        let detail = if body.is_empty() {
            "The body is empty; a JSON object belongs here.".to_owned()
        } else {
            let words = e.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            format!("The body is not valid JSON: {words} (line {}, column {}).", e.line(), e.column())
        };
        ApiError::from(AppError::new(ErrorKind::Malformed, "malformed_json", detail))
    })?;
    if !value.is_object() {
        return Err(AppError::invalid_at("", "The body must be a JSON object.").into());
    }
    if let Some(pointer) = nul(&value, &mut String::new()) {
        return Err(AppError::invalid_at(&pointer, "Texts can't contain the character U+0000.").into());
    }
    serde_path_to_error::deserialize(value).map_err(|e| {
        let mut pointer = pointer(e.path());
        let words = e.inner().to_string();
        if let Some(field) = words.strip_prefix("missing field `").and_then(|w| w.split('`').next()) {
            pointer = format!("{pointer}/{}", escape(field));
        }
        AppError::invalid(vec![FieldError { pointer, message: sentence(&words) }]).into()
    })
}

/// Place of the first text or name with a NUL, which no database takes.
fn nul(value: &Value, at: &mut String) -> Option<String> {
    match value {
        Value::String(s) => s.contains('\0').then(|| at.clone()),
        Value::Array(items) => items.iter().enumerate().find_map(|(i, v)| step(&i.to_string(), v, at)),
        Value::Object(map) => map.iter().find_map(|(k, v)| if k.contains('\0') { Some(at.clone()) } else { step(&escape(k), v, at) }),
        _ => None,
    }
}

fn step(key: &str, value: &Value, at: &mut String) -> Option<String> {
    let before = at.len();
    at.push('/');
    at.push_str(key);
    let found = nul(value, at);
    at.truncate(before);
    found
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("/{index}")),
            Segment::Map { key } => text.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn sentence(words: &str) -> String {
    if let Some(field) = words.strip_prefix("missing field `").and_then(|w| w.split('`').next()) {
        return format!("`{field}` is missing.");
    }
    if let Some((found, expected)) = words.strip_prefix("invalid type: ").and_then(|w| w.split_once(", expected ")) {
        return format!("This is {found}; it must be {expected}.");
    }
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), chars.as_str()))
}

/// The query of the address. Names that nobody asks for are ignored.
pub struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Params {
    /// Reads a query.
    ///
    /// # Errors
    /// 400 for text that is no UTF-8 or contains a NUL.
    pub fn parse(query: &str) -> Result<Self, ApiError> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if pairs.iter().any(|(k, v)| [k, v].iter().any(|t| t.contains('\0') || t.contains('\u{fffd}'))) {
            return Err(ApiError::malformed_at("", "The query of the address is not readable text."));
        }
        Ok(Self(pairs))
    }
    /// All values of `name`, split at commas, without empty ones.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(k, _)| k == name).flat_map(|(_, v)| v.split(',')).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect()
    }
    /// Text of at most `max` characters; empty counts as absent.
    ///
    /// # Errors
    /// 400 when it is longer.
    pub fn text(&self, name: &str, max: usize) -> Result<Option<String>, ApiError> {
        match self.0.iter().find(|(k, _)| k == name).map(|(_, v)| v.trim()) {
            None | Some("") => Ok(None),
            Some(v) if v.chars().count() > max => Err(ApiError::malformed_at(&format!("/{name}"), format!("`{name}` has at most {max} characters."))),
            Some(v) => Ok(Some(v.to_owned())),
        }
    }
    /// `true` or `false`.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name, 5)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(ApiError::malformed_at(&format!("/{name}"), format!("`{name}` is true or false."))),
        }
    }
    /// An amount in major units (`99.50`).
    ///
    /// # Errors
    /// 400 unless it is a decimal of at most four places, not below zero.
    pub fn money(&self, name: &str) -> Result<Option<Amount>, ApiError> {
        let Some(text) = self.text(name, 20)? else { return Ok(None) };
        Amount::parse(&text)
            .map(Some)
            .ok_or_else(|| ApiError::malformed_at(&format!("/{name}"), format!("`{name}` is an amount such as 99.50, not below zero.")))
    }
    /// One of `words`.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn word(&self, name: &str, words: &[&str]) -> Result<Option<String>, ApiError> {
        match self.text(name, 40)? {
            Some(v) if !words.contains(&v.as_str()) => Err(ApiError::malformed_at(&format!("/{name}"), format!("`{name}` is one of {}.", words.join(", ")))),
            other => Ok(other),
        }
    }
    /// `limit` and `cursor`.
    ///
    /// # Errors
    /// 400 unless the limit is 1–100; the use case reads the cursor.
    pub fn page(&self) -> Result<PageRequest, ApiError> {
        let limit = match self.0.iter().find(|(k, _)| k == "limit").map(|(_, v)| v.parse::<u32>()) {
            None => None,
            Some(Ok(n)) if (1..=100).contains(&n) => Some(n),
            Some(_) => return Err(ApiError::malformed_at("/limit", "`limit` is a whole number from 1 to 100.")),
        };
        Ok(PageRequest { limit, cursor: self.text("cursor", 1000)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Login, NewJob};

    fn fault<T: DeserializeOwned>(body: &str) -> (u16, String, String) {
        let error = read::<T>(body.as_bytes()).err().expect("a fault");
        let place = error.error.errors.first().map(|e| e.pointer.clone()).unwrap_or_default();
        (error.status.as_u16(), error.error.code.clone(), place)
    }

    #[test]
    fn bodies_are_read_strictly() {
        for (body, status, code, place) in [
            ("", 400, "malformed_json", ""),
            ("{\"email\":", 400, "malformed_json", ""),
            ("{\"email\": 1e999}", 400, "malformed_json", ""),
            ("[]", 422, "invalid", ""),
            ("[\"a\",\"b\"]", 422, "invalid", ""),
            ("null", 422, "invalid", ""),
            ("{}", 422, "invalid", "/email"),
            ("{\"email\": 5, \"password\": \"x\"}", 422, "invalid", "/email"),
            ("{\"email\": \"a\\u0000b\", \"password\": \"x\"}", 422, "invalid", "/email"),
        ] {
            assert_eq!(fault::<Login>(body), (status, code.to_owned(), place.to_owned()), "{body}");
        }
        assert_eq!(fault::<NewJob>("{\"formats\": [\"glb\", 7]}").2, "/formats/1");
        assert_eq!(fault::<NewJob>("{\"config_data\": {\"a/b\": {\"c\": \"\\u0000\"}}}").2, "/config_data/a~1b/c");
        assert!(read::<Login>(b"{\"email\":\"a\",\"password\":\"b\",\"more\":1}").is_ok(), "unknown fields are ignored");
        assert_eq!(fault::<Login>(&"[".repeat(100_000)).0, 400, "deep nesting");
    }

    #[test]
    fn a_malformed_body_names_its_position() {
        let error = read::<Login>(b"{\n  \"email\": x\n}").expect_err("a fault");
        assert!(error.error.detail.contains("line 2, column 12"), "{}", error.error.detail);
    }

    #[test]
    fn amounts_are_decimals_that_are_not_below_zero() {
        for (query, units) in [("p=99.50", Some(995_000)), ("p=1200", Some(12_000_000)), ("p=1.005", Some(10_050)), ("", None)] {
            assert_eq!(Params::parse(query).and_then(|p| p.money("p")).expect(query).map(Amount::units), units, "{query}");
        }
        for query in ["p=-1", "p=1e3", "p=NaN", "p=1.", "p=.5", "p=1,50", "p=0.00001", "p=99999999999999999999"] {
            let error = Params::parse(query).and_then(|p| p.money("p")).expect_err(query);
            assert_eq!((error.status, error.error.errors[0].pointer.as_str()), (StatusCode::BAD_REQUEST, "/p"), "{query}");
        }
    }

    #[test]
    fn limits_of_lists_are_checked() {
        for (query, good) in [
            ("", true),
            ("limit=1", true),
            ("limit=100", true),
            ("limit=0", false),
            ("limit=101", false),
            ("limit=-1", false),
            ("limit=abc", false),
            ("limit=", false),
            ("cursor=abc", true),
        ] {
            assert_eq!(Params::parse(query).and_then(|p| p.page()).is_ok(), good, "{query}");
        }
        assert!(Params::parse("search=%00").is_err());
        assert!(Params::parse("search=%ff").is_err());
    }

    #[test]
    fn ids_are_hyphenated_uuids() {
        assert_eq!(id("01890A5D-AC96-774B-BCCE-B302099A8057").expect("an id"), "01890a5d-ac96-774b-bcce-b302099a8057");
        for text in
            ["", "1", "01890a5dac96774bbcceb302099a8057", "{01890a5d-ac96-774b-bcce-b302099a80}", "../../etc/passwd", "01890a5d-ac96-774b-bcce-b302099a805g"]
        {
            assert_eq!(id(text).expect_err(text).status, StatusCode::BAD_REQUEST);
        }
    }
}
