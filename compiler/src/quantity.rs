//! Exact quantities: bytes, millicores, durations, ratios, rates, counts.
//!
//! A literal is decimal text and stays exact: nothing passes through a binary float, and what cannot be held exactly
//! is refused rather than rounded. Each type reads its literal, shows itself in the shortest exact form of the
//! language, and offers checked arithmetic only.

mod amount;
mod bytes;
pub(crate) mod count;
mod cpu;
mod decimal;
mod duration;
mod rate;
mod ratio;
mod share;

pub use amount::Amount;
pub use bytes::Bytes;
pub use cpu::Cpu;
pub use decimal::Decimal;
pub use duration::Duration;
pub use rate::Rate;
pub use ratio::Ratio;
pub use share::Share;

/// Why a literal is not the quantity it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The fact: "`memory` is a size: `512` has no unit".
    pub message: String,
    /// What could have been meant, each a literal that reads: `512Mi`.
    pub mended: Vec<String>,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            mended: Vec::new(),
        }
    }

    pub(crate) fn or(mut self, mended: impl Into<String>) -> Self {
        self.mended.push(mended.into());
        self
    }
}

/// A number with its unit, split but not yet understood: `("512", "Mi")`, `("200", "/s")`.
pub(crate) fn split(text: &str) -> (&str, &str) {
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_' || byte == b'.';
    let at = text.bytes().position(|byte| !digits(byte)).unwrap_or(text.len());
    (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default())
}
