//! When requests come: a Poisson process whose rate may change over time.
#![expect(clippy::float_arithmetic, reason = "arrivals are placed by the integral of a rate")]

use super::gap::gap;
use super::rates::{Piece, Rates, micros};
use super::span;
use crate::{Stream, Tick};

/// The arrivals of one source, in the order of time.
///
/// Each arrival takes one exponential gap of mean 1 from the stream, and comes where the integral of the rate has grown by
/// it. Nothing is thinned out, so the n-th arrival of two variants of a rate has the same luck, and twice the rate is the same
/// arrivals twice as fast.
#[derive(Clone, Debug)]
pub struct Arrivals {
    rates: Rates,
    stream: Stream,
    /// The piece of the curve that the last arrival was in, and where: microseconds, with their fraction. Rounding each gap
    /// instead would add up to a wrong rate where gaps are as short as microseconds.
    piece: usize,
    position: f64,
    /// The next of the flow, if it is known and not yet taken.
    ahead: Option<Tick>,
    /// The next burst, and how many of it have come.
    burst: usize,
    come: u64,
}

impl Arrivals {
    /// The arrivals at these rates, from the start of the run.
    #[must_use]
    pub fn new(rates: Rates, stream: Stream) -> Self {
        Self {
            rates,
            stream,
            piece: 0,
            position: 0.0,
            ahead: None,
            burst: 0,
            come: 0,
        }
    }

    /// When the next one comes; `None` if none comes any more. Never earlier than the one before.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would invite to use it up; this is asked once an arrival"
    )]
    pub fn next(&mut self) -> Option<Tick> {
        if self.rates.bursts().is_empty() {
            return self.flow();
        }
        if self.ahead.is_none() {
            self.ahead = self.flow();
        }
        match (self.ahead, self.pending_burst()) {
            (flow, Some(burst)) if flow.is_none_or(|flow| burst <= flow) => {
                self.come += 1;
                Some(burst)
            }
            _ => self.ahead.take(),
        }
    }

    /// When the next arrival of a burst comes.
    fn pending_burst(&mut self) -> Option<Tick> {
        while let Some(&(at, count)) = self.rates.bursts().get(self.burst) {
            if self.come < count {
                return Some(at);
            }
            self.burst += 1;
            self.come = 0;
        }
        None
    }

    /// The next arrival that is not part of a burst.
    #[inline]
    fn flow(&mut self) -> Option<Tick> {
        // The shortest gaps are right to 10^-16, which may be on the wrong side of nothing.
        let mut wanted = gap(self.stream.draw()).max(0.0);
        loop {
            let piece = self.rates.pieces().get(self.piece)?;
            let end = self.rates.pieces().get(self.piece + 1).map(|next| micros(next.from));
            // Most arrivals by far: the rate stays as it is.
            if piece.slope == 0.0 && 0.0 < piece.rate && end.is_none() {
                return self.reached(wanted / piece.rate);
            }
            let rate = piece.at(self.position);
            let step = step(wanted, rate, piece.slope);
            match (step, end) {
                (Some(step), Some(end)) if self.position + step < end => return self.reached(step),
                (Some(step), None) => return self.reached(step),
                (_, Some(end)) => {
                    wanted = (wanted - area(piece, self.position, end)).max(0.0);
                    self.position = end;
                    self.piece += 1;
                }
                (None, None) => return None,
            }
        }
    }

    fn reached(&mut self, step: f64) -> Option<Tick> {
        self.position += step;
        // What is beyond the end of time never comes.
        (self.position < END).then(|| Tick::at(span(self.position).micros()))
    }
}

/// 2^62 microseconds, some 146,000 years.
const END: f64 = (1_u64 << 62) as f64;

/// After how many microseconds the integral of a rate that changes by `slope` is `wanted`; `None` if it never is.
#[inline]
fn step(wanted: f64, rate: f64, slope: f64) -> Option<f64> {
    if slope == 0.0 {
        return (0.0 < rate).then(|| wanted / rate);
    }
    let root = rate * rate + 2.0 * slope * wanted;
    // This form of the solution loses no digits where the slope is small.
    (0.0 < root).then(|| 2.0 * wanted / (rate + root.sqrt()))
}

/// The integral of a piece from one moment to another.
fn area(piece: &Piece, from: f64, to: f64) -> f64 {
    (to - from).max(0.0) * piece.at(f64::midpoint(from, to))
}

#[cfg(test)]
mod tests;
