//! The browser's session cookies: one place for names, lifetimes and flags, used by every door that signs people in or out.

use contract::SignedIn;

/// Access token (JWT, 15 minutes).
pub const ACCESS: &str = "fitout_access";
/// Refresh token (opaque, 7 days, good once).
pub const REFRESH: &str = "fitout_refresh";

/// `Set-Cookie` values after signing in. `secure` is false on loopback only.
#[must_use]
pub fn set(signed_in: &SignedIn, secure: bool) -> [String; 2] {
    [one(ACCESS, &signed_in.access_token, u64::from(signed_in.expires_in), secure), one(REFRESH, &signed_in.refresh_token, 7 * 24 * 3600, secure)]
}

/// `Set-Cookie` values after signing out.
#[must_use]
pub fn clear(secure: bool) -> [String; 2] {
    [one(ACCESS, "", 0, secure), one(REFRESH, "", 0, secure)]
}

fn one(name: &str, value: &str, max_age: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
}

/// Value of `name` in a `Cookie` header.
#[must_use]
pub fn read<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(k, v)| *k == name && !v.is_empty()).map(|(_, v)| v)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cookie_is_found_among_others() {
        assert_eq!(super::read("theme=dark; fitout_access=a.b; x=", "fitout_access"), Some("a.b"));
        assert_eq!(super::read("fitout_accessory=1", "fitout_access"), None);
        assert_eq!(super::read("fitout_access=", "fitout_access"), None);
    }
}
