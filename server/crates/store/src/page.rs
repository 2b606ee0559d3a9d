//! Keyset pages with opaque cursors.

use crate::{Result, StoreError};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

/// A page of rows in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Paged<T> {
    /// At most the limit asked for.
    pub items: Vec<T>,
    /// Hand it back for the next page; `None` at the end.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// Makes a page from `limit + 1` rows: the extra row only tells that there is more. `place` is the last shown row's place in the order.
    pub(crate) fn of<P: Serialize>(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> P) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = if more { rows.last().map(|row| encode(&place(row))) } else { None };
        Self { items: rows, next }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// Writes a place as an opaque cursor.
pub(crate) fn encode<P: Serialize>(place: &P) -> String {
    // A tuple of numbers, texts and ids always serialises.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads a cursor back.
///
/// # Errors
/// [`StoreError::BadCursor`] for anything that [`encode`] did not write for this kind of list.
pub(crate) fn decode<P: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<P>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::BadCursor)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|_| StoreError::BadCursor)
}

/// Microseconds since 1970, as cursors carry times.
pub(crate) fn micros(at: time::OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// Back from [`micros`].
pub(crate) fn from_micros(at: i64) -> Result<time::OffsetDateTime> {
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1000).map_err(|_| StoreError::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_garbage_is_refused() {
        let cursor = encode(&(12_i64, "tarn"));
        assert_eq!(decode::<(i64, String)>(Some(&cursor)).ok().flatten(), Some((12, "tarn".to_owned())));
        assert!(matches!(decode::<(i64, String)>(None), Ok(None)));
        for garbage in ["", "%%", "bm9wZQ", &encode(&"other"), &format!("{cursor}A")] {
            assert!(matches!(decode::<(i64, String)>(Some(garbage)), Err(StoreError::BadCursor)), "{garbage}");
        }
    }

    #[test]
    fn the_extra_row_becomes_a_cursor() {
        let page = Paged::of(vec![1, 2, 3], 2, |n| *n);
        assert_eq!((page.items, page.next), (vec![1, 2], Some(encode(&2))));
        assert_eq!(Paged::of(vec![1, 2], 2, |n| *n).next, None);
    }
}
