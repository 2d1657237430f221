//! How the rate of arrivals changes over time: steps, ramps, spikes, bursts, series.
#![expect(
    clippy::float_arithmetic,
    reason = "a rate that is integrated is a real function of time"
)]

use loadline_compiler::quantity::Rate;

use crate::{Span, Tick};

/// A rate for each moment, made of straight pieces, and what arrives at once on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// In the order of their beginnings, the first at the start; the last goes on for ever.
    pieces: Vec<Piece>,
    /// In the order of time.
    bursts: Vec<(Tick, u64)>,
}

/// A straight piece of the curve; it ends where the next begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) from: Tick,
    /// Arrivals in a microsecond, where it begins.
    pub(super) rate: f64,
    /// What is added to that in each microsecond.
    pub(super) slope: f64,
}

impl Piece {
    const fn level(from: Tick, rate: f64) -> Self {
        Self { from, rate, slope: 0.0 }
    }

    /// From one rate to another.
    fn between(from: Tick, rate: f64, to: Tick, reached: f64) -> Self {
        let length = micros(to) - micros(from);
        Self {
            from,
            rate,
            slope: if 0.0 < length { (reached - rate) / length } else { 0.0 },
        }
    }

    /// The rate at a moment of the piece.
    pub(super) fn at(&self, micros_since_start: f64) -> f64 {
        (self.rate + self.slope * (micros_since_start - micros(self.from))).max(0.0)
    }
}

impl Rates {
    /// The same rate for ever.
    #[must_use]
    pub fn steady(rate: Rate) -> Self {
        Self {
            pieces: vec![Piece::level(Tick::START, per_micro(rate))],
            bursts: Vec::new(),
        }
    }

    /// From `at` on another rate; what was planned for later is gone, but for bursts.
    #[must_use]
    pub fn step(self, at: Tick, rate: Rate) -> Self {
        self.laid(at, None, vec![Piece::level(at, per_micro(rate))])
    }

    /// From `at` on little by little to another rate, which is reached after `over` and stays.
    #[must_use]
    pub fn ramp(self, at: Tick, rate: Rate, over: Span) -> Self {
        let (before, after) = (self.rate_at(at), per_micro(rate));
        let end = at.after(over).unwrap_or(Tick::at(u64::MAX));
        let slope = Piece::between(at, before, end, after);
        self.laid(at, None, vec![slope, Piece::level(end, after)])
    }

    /// Another rate only for `length`; then what it would have been.
    #[must_use]
    pub fn spike(self, at: Tick, rate: Rate, length: Span) -> Self {
        let end = at.after(length).unwrap_or(Tick::at(u64::MAX));
        self.laid(at, Some(end), vec![Piece::level(at, per_micro(rate))])
    }

    /// So many at once, on top.
    #[must_use]
    pub fn burst(mut self, at: Tick, count: u64) -> Self {
        self.bursts.push((at, count));
        self.bursts.sort_by_key(|(at, _)| *at);
        self
    }

    /// From `at` on the rates of a record, each at a time since `at`, straight lines between them; the last one stays. Before
    /// the first one nothing changes. Of several at one time the last counts from there on, so a record can jump.
    #[must_use]
    pub fn series(self, at: Tick, record: &[(Span, Rate)]) -> Self {
        let mut points: Vec<(Tick, f64)> = record
            .iter()
            .map(|(span, rate)| (at.after(*span).unwrap_or(Tick::at(u64::MAX)), per_micro(*rate)))
            .collect();
        points.sort_by_key(|(at, _)| *at);
        let Some(&(first, _)) = points.first() else {
            return self;
        };
        let ends = points.iter().skip(1).map(Some).chain([None]);
        let pieces = points.iter().zip(ends).map(|(&(from, rate), end)| match end {
            Some(&(to, reached)) => Piece::between(from, rate, to, reached),
            None => Piece::level(from, rate),
        });
        let pieces = pieces.collect();
        self.laid(first, None, pieces)
    }

    /// Everything so many millionths as often: 1,500,000 is half as much again. Bursts are rounded to whole arrivals.
    #[must_use]
    pub fn scaled(mut self, millionths: u64) -> Self {
        let factor = millionths as f64 / 1e6;
        for piece in &mut self.pieces {
            piece.rate *= factor;
            piece.slope *= factor;
        }
        for (_, count) in &mut self.bursts {
            *count = scaled(*count, millionths);
        }
        self
    }

    /// How many arrivals are expected from `from` to `to`, bursts included.
    #[must_use]
    pub fn expected(&self, from: Tick, to: Tick) -> f64 {
        let ends = self
            .pieces
            .iter()
            .skip(1)
            .map(|piece| piece.from)
            .chain([Tick::at(u64::MAX)]);
        let flow: f64 = self
            .pieces
            .iter()
            .zip(ends)
            .map(|(piece, end)| {
                let (begin, end) = (micros(piece.from.max(from)), micros(end.min(to)));
                // Straight, so the mean rate is that of the middle.
                (end - begin).max(0.0) * piece.at(f64::midpoint(begin, end))
            })
            .sum();
        let at_once = self.bursts.iter().filter(|(at, _)| from <= *at && *at < to);
        flow + at_once.map(|(_, count)| *count as f64).sum::<f64>()
    }

    /// How many arrive within such a time at most: at the highest rate, rounded up, or at once.
    #[must_use]
    pub fn most_within(&self, length: Span) -> u64 {
        let ends = self.pieces.iter().skip(1).map(|piece| Some(piece.from)).chain([None]);
        let rates = self.pieces.iter().zip(ends).map(|(piece, end)| {
            let at_end = end.map_or(piece.rate, |end| piece.at(micros(end)));
            piece.rate.max(at_end)
        });
        let most = rates.fold(0.0, f64::max) * length.micros() as f64;
        let at_once = self.bursts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        super::span(libm::ceil(most - 1e-6)).micros().max(at_once)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn bursts(&self) -> &[(Tick, u64)] {
        &self.bursts
    }

    fn rate_at(&self, at: Tick) -> f64 {
        self.piece_at(at).map_or(0.0, |piece| piece.at(micros(at)))
    }

    fn piece_at(&self, at: Tick) -> Option<&Piece> {
        self.pieces.iter().rev().find(|piece| piece.from <= at)
    }

    /// Lays pieces over the curve from `from` until `until`, or for ever.
    fn laid(mut self, from: Tick, until: Option<Tick>, pieces: Vec<Piece>) -> Self {
        let rest = until.and_then(|until| {
            self.piece_at(until).map(|piece| Piece {
                from: until,
                rate: piece.at(micros(until)),
                slope: piece.slope,
            })
        });
        let later: Vec<Piece> = until.map_or_else(Vec::new, |until| {
            let later = self.pieces.iter().filter(|piece| until < piece.from);
            later.copied().collect()
        });
        self.pieces.retain(|piece| piece.from < from);
        self.pieces.extend(pieces);
        self.pieces.extend(rest);
        self.pieces.extend(later);
        self
    }
}

/// So many millionths of a count, rounded to a whole one.
pub(crate) fn scaled(count: u64, millionths: u64) -> u64 {
    let scaled = (u128::from(count) * u128::from(millionths) + 500_000) / 1_000_000;
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn per_micro(rate: Rate) -> f64 {
    // Millionths in an hour of 3.6 · 10^9 microseconds.
    rate.in_millionths_per_hour() as f64 / 3.6e15
}

pub(super) const fn micros(at: Tick) -> f64 {
    at.micros() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_at_the_highest_rate_or_at_once() {
        let (second, long) = (Span::from_micros(1_000_000), Span::from_micros(7_000_000));
        let steady = Rates::steady(Rate::per_second(40));
        assert_eq!((steady.most_within(second), steady.most_within(long)), (40, 280));
        let ramp = steady
            .ramp(Tick::at(5), Rate::per_second(80), second)
            .step(Tick::at(9_000_000), Rate::per_second(3));
        assert_eq!(ramp.most_within(second), 80);
        assert_eq!(ramp.burst(Tick::at(2), 700).most_within(long), 700);
        assert_eq!(Rates::steady(Rate::per_second(0)).most_within(long), 0);
    }

    #[test]
    fn scaled_is_so_many_times_as_much_at_every_moment() {
        let second = |seconds: u64| Tick::at(seconds * 1_000_000);
        let length = Span::from_micros(10_000_000);
        let rates = Rates::steady(Rate::per_second(40))
            .ramp(second(10), Rate::per_second(80), length)
            .spike(second(30), Rate::per_second(200), length)
            .burst(second(50), 7);
        let more = rates.clone().scaled(2_500_000);
        for from in 0..60 {
            let (from, to) = (second(from), second(from + 1));
            let (before, after) = (rates.expected(from, to), more.expected(from, to));
            // A burst is whole requests: 17.5 is 18.
            let rounding = if from == second(50) { 0.5 } else { 0.0 };
            assert!(
                (after - before * 2.5 - rounding).abs() < 1e-6,
                "{from:?}: {before} {after}"
            );
        }
        assert_eq!(rates.clone().scaled(1_000_000), rates);
        assert_eq!(
            (scaled(3, 500_000), scaled(3, 0), scaled(u64::MAX, 2_000_000)),
            (2, 0, u64::MAX)
        );
    }
}
