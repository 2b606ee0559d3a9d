//! Rate limits in memory: windows of a minute, counted per rule and caller.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Length of a window.
pub const WINDOW: Duration = Duration::from_secs(60);

/// Callers remembered at most; a flood of addresses must not grow the memory.
const CAPACITY: usize = 100_000;

/// How a caller stands under one rule after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests a window.
    pub limit: u32,
    /// Left in this window.
    pub remaining: u32,
    /// Seconds until the next window, at least 1.
    pub reset_s: u32,
    /// Whether this request may go on.
    pub allowed: bool,
}

#[derive(Clone, Copy)]
struct Window {
    began: Instant,
    count: u32,
}

/// Counts requests.
#[derive(Default)]
pub struct Limiter {
    windows: Mutex<HashMap<(&'static str, String), Window>>,
}

impl Limiter {
    /// Counts one request of `who` under `rule`. A window begins with its first request.
    pub fn take(&self, rule: &'static str, who: &str, limit: u32, now: Instant) -> Standing {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= CAPACITY {
            windows.retain(|_, w| now.duration_since(w.began) < WINDOW);
            if windows.len() >= CAPACITY {
                windows.clear();
            }
        }
        let window = windows.entry((rule, who.to_owned())).or_insert(Window { began: now, count: 0 });
        if now.duration_since(window.began) >= WINDOW {
            *window = Window { began: now, count: 0 };
        }
        let left = WINDOW.saturating_sub(now.duration_since(window.began));
        let reset_s = u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(60).max(1);
        if window.count >= limit {
            return Standing { limit, remaining: 0, reset_s, allowed: false };
        }
        window.count += 1;
        Standing { limit, remaining: limit - window.count, reset_s, allowed: true }
    }
}

/// What an address counts as: IPv6 callers own whole /64 networks.
#[must_use]
pub fn network(ip: Option<&str>) -> String {
    match ip.map(str::parse::<IpAddr>) {
        Some(Ok(IpAddr::V6(a))) => a.to_ipv4_mapped().map_or_else(|| Ipv6Addr::from(u128::from(a) >> 64 << 64).to_string(), |v4| v4.to_string()),
        Some(Ok(IpAddr::V4(a))) => a.to_string(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_allows_exactly_its_limit_and_begins_anew() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for left in (0..3).rev() {
            let s = limiter.take("r", "a", 3, start);
            assert_eq!((s.allowed, s.remaining), (true, left));
        }
        let refused = limiter.take("r", "a", 3, start + Duration::from_secs(20));
        assert_eq!(refused, Standing { limit: 3, remaining: 0, reset_s: 40, allowed: false });
        assert!(limiter.take("r", "b", 3, start).allowed, "callers are apart");
        assert!(limiter.take("s", "a", 3, start).allowed, "rules are apart");
        assert!(limiter.take("r", "a", 3, start + WINDOW).allowed, "the next window");
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::default();
        let now = Instant::now();
        for i in 0..CAPACITY + 10 {
            limiter.take("r", &i.to_string(), 3, now);
        }
        assert!(limiter.windows.lock().expect("whole").len() <= CAPACITY);
    }

    #[test]
    fn ipv6_callers_count_by_network() {
        assert_eq!(network(Some("2001:db8:1:2:3:4:5:6")), network(Some("2001:db8:1:2::9")));
        assert_ne!(network(Some("2001:db8:1:2::9")), network(Some("2001:db8:1:3::9")));
        assert_eq!(network(Some("::ffff:10.0.0.1")), "10.0.0.1");
        assert_eq!(network(None), "unknown");
    }
}
