//! Settings of the door.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Settings of the door. Start from [`ApiConfig::new`].
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Address that people use, without a slash at the end: `https://fitout.example.com`.
    pub public_url: String,
    /// Version of the program, for `/health` and the description.
    pub version: String,
    /// Whether rate limits are applied (`FITOUT_LIMITS`).
    pub limits_on: bool,
    /// How often which caller may ask.
    pub limits: Limits,
    /// The server listens on loopback only: cookies without `Secure`, no HSTS.
    pub loopback: bool,
    /// A proxy in front sets `X-Forwarded-For`; its last entry is the caller's address.
    pub trusted_proxy: bool,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Longest time until an answer begins.
    pub timeout: Duration,
    /// How often live connections ask whether their session still holds.
    pub recheck: Duration,
    /// Paths of server functions that sign people in or up; they have the limits of sign-in (`/_fn/sign-in`).
    pub sign_in_paths: Vec<String>,
    /// Paths of server functions that ask for work; they have the limit of jobs (`/_fn/request-model`).
    pub work_paths: Vec<String>,
    /// Ends live connections when the server stops.
    pub shutdown: CancellationToken,
}

impl ApiConfig {
    /// Defaults for `public_url`; `loopback` follows from its host.
    #[must_use]
    pub fn new(public_url: &str, version: &str) -> Self {
        let loopback = url::Url::parse(public_url).ok().is_some_and(|u| match u.host() {
            Some(url::Host::Domain(d)) => d == "localhost" || d.ends_with(".localhost"),
            Some(url::Host::Ipv4(a)) => a.is_loopback(),
            Some(url::Host::Ipv6(a)) => a.is_loopback(),
            None => false,
        });
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            version: version.to_owned(),
            limits_on: true,
            limits: Limits::default(),
            loopback,
            trusted_proxy: false,
            body_limit: 1024 * 1024,
            timeout: Duration::from_secs(30),
            recheck: Duration::from_secs(30),
            sign_in_paths: ["sign-in", "sign-up", "forgot-password", "reset-password", "accept-invite"].map(|name| format!("/_fn/{name}")).to_vec(),
            work_paths: ["request-model", "run-job-again"].map(|name| format!("/_fn/{name}")).to_vec(),
            shutdown: CancellationToken::new(),
        }
    }
    /// Whether cookies get `Secure` and answers HSTS.
    #[must_use]
    pub fn secure(&self) -> bool {
        !self.loopback
    }
}

/// Requests a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Per signed-in session or token.
    pub per_token: u32,
    /// Per address without sign-in.
    pub anonymous: u32,
    /// Per address, for each way of signing in or up.
    pub sign_in: u32,
    /// Jobs asked for, per tenant.
    pub jobs: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_token: 600, anonymous: 60, sign_in: 20, jobs: 240 }
    }
}

#[cfg(test)]
mod tests {
    use super::ApiConfig;

    #[test]
    fn loopback_follows_from_the_address() {
        for (url, loopback) in [
            ("http://127.0.0.1:3000", true),
            ("http://localhost:3000/", true),
            ("http://[::1]:3000", true),
            ("http://10.0.0.5:3000", false),
            ("https://fitout.example.com", false),
        ] {
            assert_eq!(ApiConfig::new(url, "1").loopback, loopback, "{url}");
        }
    }
}
