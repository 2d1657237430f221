//! Numbers that are equally likely.
#![expect(
    clippy::float_arithmetic,
    reason = "a number between 0 and 1 is a real one; both operations are exact"
)]

use loadline_compiler::quantity::Ratio;

use crate::{Span, Stream};

/// A length from nothing to `most`, both included.
pub fn uniform(most: Span, stream: &mut Stream) -> Span {
    between(Span::ZERO, most, stream.draw())
}

/// Whether something that happens in such a part of all cases happens in this one.
pub fn chance(part: Ratio, stream: &mut Stream) -> bool {
    scaled(1_000_000, stream.draw()) < part.in_millionths()
}

/// One of `count` places, from 0; 0 if there are none.
pub fn index(count: usize, stream: &mut Stream) -> usize {
    below(count, stream.draw())
}

/// Between 0 and 1, neither included: the middles of 2^52 equal parts.
#[inline]
pub(super) const fn unit(bits: u64) -> f64 {
    const PART: f64 = 1.0 / (1_u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) * PART
}

#[inline]
pub(super) fn between(low: Span, high: Span, bits: u64) -> Span {
    let choices = high.micros().saturating_sub(low.micros()).saturating_add(1);
    Span::from_micros(low.micros().saturating_add(scaled(choices, bits)))
}

#[inline]
pub(super) fn below(count: usize, bits: u64) -> usize {
    u64::try_from(count)
        .and_then(|count| usize::try_from(scaled(count, bits)))
        .unwrap_or_default()
}

/// A whole number below `choices`, by the upper half of a product (Lemire: Fast Random Integer Generation in an Interval,
/// 2019).
///
/// Lemire's rejection is left out, since it takes a second number now and then. What is left of the bias: two numbers differ in
/// probability by at most 2^-64, for a million choices less than one part in 10^13.
#[inline]
const fn scaled(choices: u64, bits: u64) -> u64 {
    let [.., upper] = split(bits as u128 * choices as u128);
    upper
}

/// Lower and upper half.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each half has 64 bits")]
const fn split(product: u128) -> [u64; 2] {
    [product as u64, (product >> 64) as u64]
}
