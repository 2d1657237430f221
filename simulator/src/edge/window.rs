//! How many calls failed lately.

use crate::{Span, Tick};

/// Parts of a window. Hystrix has as many (`metrics.rollingStats.numBuckets`).
const PARTS: usize = 10;

/// Calls and failures over a sliding window of time, kept in ten parts: the window slides by a tenth of its length, so it looks
/// back between nine and ten tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    part: u64,
    parts: [Counts; PARTS],
    sum: Counts,
    /// The number of the newest part since the start of the run.
    newest: u64,
}

/// Calls that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) calls: u64,
    pub(super) failed: u64,
}

impl Window {
    pub(super) const fn new(over: Span) -> Self {
        let part = over.micros().div_ceil(10);
        Self {
            part: if part == 0 { 1 } else { part },
            parts: [Counts { calls: 0, failed: 0 }; PARTS],
            sum: Counts { calls: 0, failed: 0 },
            newest: 0,
        }
    }

    pub(super) const fn clear(&mut self) {
        self.parts = [Counts { calls: 0, failed: 0 }; PARTS];
        self.sum = Counts { calls: 0, failed: 0 };
    }

    /// A call ended; the counts with it.
    pub(super) fn add(&mut self, now: Tick, is_ok: bool) -> Counts {
        self.slide(now);
        if let Some(part) = self.parts.get_mut(place(self.newest)) {
            for counts in [part, &mut self.sum] {
                counts.calls += 1;
                counts.failed += u64::from(!is_ok);
            }
        }
        self.sum
    }

    fn slide(&mut self, now: Tick) {
        let number = now.micros() / self.part;
        let passed = number.saturating_sub(self.newest);
        if u64::try_from(PARTS).is_ok_and(|parts| parts <= passed) {
            self.clear();
        } else {
            for old in self.newest..number {
                if let Some(part) = self.parts.get_mut(place(old + 1)) {
                    self.sum.calls -= part.calls;
                    self.sum.failed -= part.failed;
                    *part = Counts::default();
                }
            }
        }
        self.newest = self.newest.max(number);
    }
}

/// The slot of a part.
fn place(number: u64) -> usize {
    usize::try_from(number % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forgets_what_is_older_than_the_window() {
        let mut window = Window::new(Span::from_micros(100));
        assert_eq!(window.add(Tick::at(5), false), Counts { calls: 1, failed: 1 });
        assert_eq!(window.add(Tick::at(99), true), Counts { calls: 2, failed: 1 });
        assert_eq!(window.add(Tick::at(100), true), Counts { calls: 2, failed: 0 });
        assert_eq!(window.add(Tick::at(9_999), true), Counts { calls: 1, failed: 0 });
    }

    proptest! {
        /// The same as counting a list of all calls.
        #[test]
        fn counts_what_a_list_would(gaps in prop::collection::vec((0_u64..60, any::<bool>()), 1..200), over in 1_u64..200) {
            let mut window = Window::new(Span::from_micros(over));
            let part = over.div_ceil(10);
            let (mut now, mut all) = (0, Vec::new());
            for (gap, is_ok) in gaps {
                now += gap;
                all.push((now, is_ok));
                let inside = all.iter().filter(|(at, _)| now / part < at / part + 10);
                let (calls, failed) = inside.fold((0, 0), |(calls, failed), (_, ok)| (calls + 1, failed + u64::from(!ok)));
                prop_assert_eq!(window.add(Tick::at(now), is_ok), Counts { calls, failed });
            }
        }
    }
}
