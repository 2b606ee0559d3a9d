//! Design system: the components of `look.md`, on the classes of `style/`.
//!
//! Every component takes plain values or signals and answers by callbacks; none knows a page, a route or a server function. States are
//! attributes (`aria-checked`, `data-blocked`, `aria-busy` …), so that tests read what people see.
#![forbid(unsafe_code)]

pub mod badge;
pub mod button;
pub mod choice;
pub mod dialog;
pub mod erase;
pub mod field;
pub mod icon;
pub mod icons;
pub mod layout;
pub mod length;
pub mod money;
pub mod palette;
pub mod progress;
pub mod slider;
pub mod table;
pub mod theme;
pub mod toast;
pub mod when;
pub mod why;

pub use badge::{Avatar, Badge, PriceDelta, SaveState, Saved, Tone};
pub use button::{Button, Kind, LinkButton, Size};
pub use choice::{SegOption, Segmented, Swatch, SwatchPicker};
pub use dialog::{Dialog, Tooltip};
pub use erase::{Erase, Kids, KidsFn};
pub use field::{Check, Field, SearchField, Select, SelectOption, UnitField};
pub use icon::{Icon, Logo, Mark};
pub use icons::Glyph;
pub use layout::{EmptyState, Fact, Poster, TitleBlock};
pub use length::{LengthError, Units, decimal_number, format_length, parse_length};
pub use money::{delta, money};
pub use palette::{Action, Actions, provide_actions, use_actions};
pub use progress::{Progress, ProgressLine, Run};
pub use slider::{Slider, stops};
pub use table::column_keys;
pub use theme::Theme;
pub use toast::{Toaster, toast, toast_with};
pub use why::{Cause, RepairOption, WhyNot};

/// Text for HTML that is put together by hand.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
