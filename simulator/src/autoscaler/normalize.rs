//! From what the metrics ask for to what is done: windows, speeds, and the ends of the range.
//!
//! Source: horizontal.go `normalizeDesiredReplicas`, `normalizeDesiredReplicasWithBehaviors`,
//! `calculateScaleUpLimitWithScalingRules`, `storeScaleEvent`.

use super::Hpa;
use super::behavior::{Behavior, Change, Rules, Select};
use crate::{Span, Tick};

/// Without `behavior` it at most doubles in a sync, or goes up to four. Source: horizontal.go `scaleUpLimitFactor`,
/// `scaleUpLimitMinimum`.
const FACTOR: u64 = 2;
const FIRST: u64 = 4;

/// Without `behavior`: `--horizontal-pod-autoscaler-downscale-stabilization`.
const STABILIZATION: Span = Span::from_micros(300_000_000);

/// What an autoscaler remembers of itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct History {
    /// What the metrics asked for.
    recommended: Vec<(Tick, u64)>,
    added: Vec<(Tick, u64)>,
    removed: Vec<(Tick, u64)>,
    begun: bool,
}

impl History {
    /// The first sync takes what there is for a recommendation, so that a new controller does not shrink at once.
    pub(super) fn begin(&mut self, now: Tick, current: u64) {
        if !self.begun {
            self.begun = true;
            self.recommended.push((now, current));
        }
    }

    /// Without `behavior`: the largest recommendation of the last five minutes. It counts for growing, too.
    pub(super) fn normalize(&mut self, hpa: &Hpa, now: Tick, current: u64, desired: u64) -> u64 {
        self.recommended.retain(|(at, _)| now.since(*at) <= STABILIZATION);
        let recent = self.recommended.iter().map(|(_, replicas)| *replicas);
        let stable = recent.fold(desired, u64::max);
        self.recommended.push((now, desired));
        let most = hpa.max.min(current.saturating_mul(FACTOR).max(FIRST));
        if stable < hpa.min { hpa.min } else { stable.min(most) }
    }

    /// With `behavior`: within what both windows agree on, as far as the policies allow.
    pub(super) fn normalize_with(
        &mut self,
        hpa: &Hpa,
        behavior: &Behavior,
        now: Tick,
        current: u64,
        desired: u64,
    ) -> u64 {
        let (up, down) = (&behavior.up, &behavior.down);
        let recent = |window: Span| {
            let all = self.recommended.iter();
            all.filter(move |(at, _)| now.since(*at) < window)
                .map(|(_, replicas)| *replicas)
        };
        let least = recent(up.window).fold(desired, u64::min);
        let most = recent(down.window).fold(desired, u64::max);
        let stable = current.max(least).min(most);
        let longest = up.window.max(down.window);
        self.recommended.retain(|(at, _)| now.since(*at) <= longest);
        self.recommended.push((now, desired));
        if current < stable {
            stable.min(hpa.max.min(self.most(up, now, current).max(current)))
        } else if stable < current {
            stable.max(hpa.min.max(self.least(down, now, current).min(current)))
        } else {
            stable
        }
    }

    /// Remembers a change, where policies ask for it.
    pub(super) fn scaled(&mut self, hpa: &Hpa, now: Tick, from: u64, to: u64) {
        let Some(behavior) = &hpa.behavior else { return };
        let changes = if from < to { &mut self.added } else { &mut self.removed };
        if from != to {
            let longest = behavior.up.longest().max(behavior.down.longest());
            changes.retain(|(at, _)| now.since(*at) <= longest);
            changes.push((now, from.abs_diff(to)));
        }
    }

    /// The most that the policies allow now.
    fn most(&self, rules: &Rules, now: Tick, current: u64) -> u64 {
        let limits = rules.policies.iter().map(|policy| {
            let base = self.base(policy.period, now, current);
            match policy.change {
                Change::Pods(pods) => base.saturating_add(pods),
                // Up, since otherwise a small part of few would never grow.
                Change::Percent(percent) => base.saturating_mul(percent.saturating_add(100)).div_ceil(100),
            }
        });
        match rules.select {
            Select::Disabled => current,
            Select::Max => limits.max().unwrap_or(current),
            Select::Min => limits.min().unwrap_or(current),
        }
    }

    /// The fewest that the policies allow now.
    fn least(&self, rules: &Rules, now: Tick, current: u64) -> u64 {
        let limits = rules.policies.iter().map(|policy| {
            let base = self.base(policy.period, now, current);
            match policy.change {
                Change::Pods(pods) => base.saturating_sub(pods),
                Change::Percent(percent) => base.saturating_mul(100_u64.saturating_sub(percent)) / 100,
            }
        });
        match rules.select {
            Select::Disabled => current,
            Select::Max => limits.min().unwrap_or(current),
            Select::Min => limits.max().unwrap_or(current),
        }
    }

    /// How many there were when the period began.
    fn base(&self, period: Span, now: Tick, current: u64) -> u64 {
        let within = |changes: &[(Tick, u64)]| {
            let recent = changes.iter().filter(|(at, _)| now.since(*at) < period);
            recent.fold(0_u64, |sum, (_, change)| sum.saturating_add(*change))
        };
        current
            .saturating_add(within(&self.removed))
            .saturating_sub(within(&self.added))
    }
}
