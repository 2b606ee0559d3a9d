//! Time and identities as parameters: tests advance the clock, snapshots have stable ids.

use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Says what time it is. Leases use the database's own clock, not this one.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> OffsetDateTime;
}

/// Makes identities.
pub trait IdSource: Send + Sync {
    /// A fresh UUIDv7.
    fn id(&self) -> Uuid;
    /// 128 unguessable bits as 32 hexadecimal digits.
    fn token(&self) -> String;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// Real identities: time-ordered ids, random tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }
    fn token(&self) -> String {
        // Two v4 ids carry 244 random bits; folding them keeps 128 that are all random.
        let (a, b) = (Uuid::new_v4().as_u128(), Uuid::new_v4().as_u128());
        format!("{:032x}", a ^ b.rotate_left(64))
    }
}

/// A clock that stands still until told.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<OffsetDateTime>>);

impl FakeClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn at(start: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }
    /// Moves it.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
