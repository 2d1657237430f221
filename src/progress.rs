//! How far long work is, on a terminal; nothing in a pipe.

use std::cell::Cell;
use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use loadline_simulator::{Span, Tick};

/// What is done sooner is not drawn: a bar that flashes tells nobody anything.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error, as long as it lives. Threads may share it.
pub(crate) struct Bar {
    bar: ProgressBar,
    began: Instant,
    drawn: Once,
}

impl Bar {
    /// For work in so many steps; `what` is what is counted: `recordings`.
    pub(crate) fn new(total: usize, what: &'static str) -> Self {
        Self::of(total as u64, "[{bar:30}] {pos} of {len} {msg}, {eta} left", what)
    }

    /// For runs of so much simulated time, all together: one that is long is seen to go on.
    pub(crate) fn of_runs(runs: u64, length: Span) -> Self {
        let total = seconds(length).saturating_mul(runs);
        Self::of(total, "[{bar:30}] {percent}% simulated, {eta} left", "")
    }

    fn of(total: u64, template: &str, what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden()).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            began: Instant::now(),
            drawn: Once::new(),
        }
    }

    /// One is done.
    pub(crate) fn step(&self) {
        self.done(1);
    }

    /// A run that takes at most so much simulated time: what it is given is to be told how far it is.
    pub(crate) fn run<T>(&self, length: Span, work: impl FnOnce(&dyn Fn(Tick)) -> T) -> T {
        let counted = Cell::new(0);
        let come_to = |second: u64| self.done(second.saturating_sub(counted.replace(second)));
        let done = work(&|at: Tick| come_to(seconds(at.since(Tick::START)).min(seconds(length))));
        // It may have ended before its time.
        come_to(seconds(length));
        done
    }

    fn done(&self, more: u64) {
        if PATIENCE <= self.began.elapsed() {
            // Where standard error is no terminal, this target draws nothing.
            self.drawn
                .call_once(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
        self.bar.inc(more);
    }
}

/// Whole seconds, one at least.
fn seconds(span: Span) -> u64 {
    (span.micros() / 1_000_000).max(1)
}

/// What was drawn is taken away again: results stand alone.
impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However a run ends, it counts as long as it may take; within it the bar goes on.
    #[test]
    fn simulated_time_is_what_is_counted() {
        let hour = Span::from_micros(3_600_000_000);
        let bar = Bar::of_runs(2, hour);
        assert_eq!(bar.bar.length(), Some(7_200));
        let seen = bar.run(hour, |watch| {
            let at = |second: u64| {
                watch(Tick::at(second * 1_000_000));
                bar.bar.position()
            };
            [at(1), at(2), at(1_800)]
        });
        assert_eq!((seen, bar.bar.position()), ([1, 2, 1_800], 3_600));
        bar.run(hour, |watch| watch(Tick::at(9_999_000_000)));
        assert_eq!(bar.bar.position(), 7_200);
    }
}
