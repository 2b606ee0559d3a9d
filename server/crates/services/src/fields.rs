//! Checks of single fields, gathered so that a person sees every fault at once.

use contract::{AppError, ErrorKind, FieldError};
use uuid::Uuid;

/// Faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, pointer: &str, message: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.to_owned(), message: message.into() });
    }
    /// A mail address in the form that it is stored in: trimmed, lower case.
    pub fn email(&mut self, pointer: &str, raw: &str) -> String {
        let email = raw.trim().to_lowercase();
        if !is_email(&email) {
            self.add(pointer, "Write a mail address such as ada@example.com.");
        }
        email
    }
    /// A name of 1 to 200 characters, trimmed.
    pub fn name(&mut self, pointer: &str, raw: &str) -> String {
        let name = raw.trim().to_owned();
        if name.is_empty() {
            self.add(pointer, "Write a name.");
        } else if name.chars().count() > 200 {
            self.add(pointer, "Use at most 200 characters.");
        } else if name.chars().any(char::is_control) {
            self.add(pointer, "A name can't hold line breaks or other control characters.");
        }
        name
    }
    /// A new password.
    pub fn password(&mut self, pointer: &str, password: &str, own: &[&str]) {
        if let Some(why) = crate::passwords::weakness(password, own) {
            self.add(pointer, why);
        }
    }
    /// Ends the checks.
    ///
    /// # Errors
    /// `Invalid` with every fault noted.
    pub fn done(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::invalid(self.0)) }
    }
}

fn is_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    email.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains('@')
        && !local.starts_with('.')
        && !local.ends_with('.')
        && email.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\'))
        && domain.contains('.')
        && domain
            .split('.')
            .all(|l| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-') && l.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

/// Reads an id. What is no id names nothing.
///
/// # Errors
/// `Malformed` (400): path values that can't be ids.
pub fn id(text: &str, what: &str) -> Result<Uuid, AppError> {
    Uuid::try_parse(text).map_err(|_| AppError::new(ErrorKind::Malformed, "malformed_id", format!("“{}” is not the id of a {what}.", shorten(text, 60))))
}

/// Reads an id inside a body.
///
/// # Errors
/// `Invalid` (422) at `pointer`.
pub fn body_id(text: &str, pointer: &str) -> Result<Uuid, AppError> {
    Uuid::try_parse(text).map_err(|_| AppError::invalid_at(pointer, "This is not an id."))
}

/// Page size.
///
/// # Errors
/// `Malformed` (400) outside 1–100.
pub fn limit(wanted: Option<u32>) -> Result<u32, AppError> {
    match wanted {
        None => Ok(20),
        Some(n @ 1..=100) => Ok(n),
        Some(_) => Err(AppError::new(ErrorKind::Malformed, "malformed_limit", "limit must be from 1 to 100.")),
    }
}

/// At most `n` characters of a text, for quoting.
#[must_use]
pub fn shorten(text: &str, n: usize) -> String {
    if text.chars().count() <= n { text.to_owned() } else { text.chars().take(n).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_told_from_other_text() {
        for good in ["ada@example.com", "a.b+c@sub.example.co.uk", "o'neil@example.org", "bücher@exämple.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "a@b@example.com",
            "ada@-x.com",
            "ada@example..com",
            "<ada@example.com>",
            "ada@example.com\nbcc: x",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn faults_are_reported_together() {
        let mut faults = Faults::default();
        assert_eq!(faults.email("/email", "  Ada@Example.COM "), "ada@example.com");
        faults.name("/name", " ");
        faults.password("/password", "short", &[]);
        let error = faults.done().expect_err("two faults");
        assert_eq!(error.errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), ["/name", "/password"]);
    }

    #[test]
    fn limits_and_ids_are_read() {
        assert_eq!(limit(None).expect("default"), 20);
        assert!(limit(Some(0)).is_err() && limit(Some(101)).is_err());
        assert_eq!(id("x", "job").expect_err("no id").kind, ErrorKind::Malformed);
    }
}
