//! Whether a process that has ended is started again.

use crate::{Span, Tick};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With 0, or by a signal that asks for it.
    Clean,
    /// Otherwise: another exit code, SIGKILL, out of memory.
    Failed,
}

/// After which ends a process is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// After any.
    Always,
    /// Only when it failed. A clean end is one for good.
    OnFailure,
    /// After none.
    Never,
}

impl RestartPolicy {
    /// Whether it is.
    #[must_use]
    pub const fn again(self, ended: Ended) -> bool {
        match self {
            Self::Always => true,
            Self::OnFailure => matches!(ended, Ended::Failed),
            Self::Never => false,
        }
    }
}

/// So many starts in such a time; one more, and there are none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartLimit {
    /// `StartLimitBurst=`.
    pub starts: u64,
    /// `StartLimitIntervalSec=`: counted from the first start; a start after it begins another. No time is no limit.
    pub window: Span,
}

/// The starts of one unit, as systemd counts them: those that were asked for by hand count too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Starts {
    began: Option<Tick>,
    count: u64,
}

impl Starts {
    /// Counts a start, if it is allowed. Source: systemd, basic/ratelimit.c `ratelimit_below`.
    pub(crate) fn admit(&mut self, limit: Option<StartLimit>, now: Tick) -> bool {
        let Some(limit) = limit.filter(|limit| limit.window != Span::ZERO) else {
            return true;
        };
        match self.began {
            Some(began) if now.since(began) <= limit.window => {
                let allowed = self.count < limit.starts;
                self.count += u64::from(allowed);
                allowed
            }
            _ => {
                (self.began, self.count) = (Some(now), 1);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn on_failure_leaves_a_clean_end_alone() {
        assert!(RestartPolicy::OnFailure.again(Ended::Failed));
        assert!(!RestartPolicy::OnFailure.again(Ended::Clean));
        assert!(RestartPolicy::Always.again(Ended::Clean));
        assert!(!RestartPolicy::Never.again(Ended::Failed));
    }

    #[test]
    fn more_starts_than_the_burst_in_the_interval_are_refused() {
        let limit = Some(StartLimit {
            starts: 5,
            window: Span::from_micros(10 * SECOND),
        });
        let mut starts = Starts::default();
        let admitted = |starts: &mut Starts, second| starts.admit(limit, Tick::at(second * SECOND));
        let first: Vec<bool> = (0..6).map(|second| admitted(&mut starts, second)).collect();
        assert_eq!(first, [true, true, true, true, true, false]);
        // The window stands where it began, and does not slide.
        assert!(!admitted(&mut starts, 10));
        assert!(admitted(&mut starts, 11));
        // Two seconds apart, the limit of five in ten never trips.
        let mut starts = Starts::default();
        assert!((0..100).all(|start| admitted(&mut starts, start * 5 / 2)));
    }

    #[test]
    fn no_window_is_no_limit() {
        let limit = Some(StartLimit {
            starts: 1,
            window: Span::ZERO,
        });
        let mut starts = Starts::default();
        assert!((0..9).all(|_| starts.admit(limit, Tick::START)));
    }
}
