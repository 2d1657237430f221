//! The course of a rollout: the form in which a recording and its replay are compared.

use crate::{Instances, Span, Tick};

/// What the old and the new set are asked for.
pub(super) type Specs = [u64; 2];

/// How a rollout went.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// From when on which specs stood; the first from the start.
    pub(super) specs: Vec<(Tick, Specs)>,
    /// From when on there were which instances.
    pub(super) counts: Vec<(Tick, Instances)>,
    /// Whether the progress deadline was exceeded.
    pub(super) exceeded: bool,
    /// When it was complete.
    pub(super) complete: Option<Span>,
    /// When nothing of it was terminating any more either.
    pub(super) drained: Option<Span>,
}

impl Course {
    /// A set is asked for another number.
    pub(super) fn spec(&mut self, at: Tick, set: usize, spec: u64) {
        let mut specs = self.last_specs();
        if let Some(place) = specs.get_mut(set) {
            *place = spec;
        }
        if specs != self.last_specs() {
            self.specs.push((at, specs));
        }
    }

    pub(super) fn last_specs(&self) -> Specs {
        self.specs.last().map_or([0, 0], |(_, specs)| *specs)
    }

    /// Every change of the specs.
    pub(super) fn sequence(&self) -> Vec<Specs> {
        self.specs.iter().map(|(_, specs)| *specs).collect()
    }

    /// The specs that stood for at least so long, in order; the last stand for ever.
    pub(super) fn stood(&self, least: Span) -> Vec<Specs> {
        let stood = self.standing().filter(|(_, _, stood)| least <= *stood);
        let mut specs: Vec<Specs> = stood.map(|(_, specs, _)| specs).collect();
        specs.dedup();
        specs
    }

    /// The first specs that stood for so long, counted from `since` at the earliest.
    pub(super) fn settled(&self, since: Tick, least: Span) -> Specs {
        let settled = self.standing().find(|(at, _, stood)| {
            let until = at.after(*stood).unwrap_or(Tick::at(u64::MAX));
            least <= until.since(since.max(*at))
        });
        settled.map_or(self.last_specs(), |(_, specs, _)| specs)
    }

    fn standing(&self) -> impl Iterator<Item = (Tick, Specs, Span)> + '_ {
        let ends = self.specs.iter().skip(1).map(|(at, _)| *at);
        let ends = ends.chain([Tick::at(u64::MAX)]);
        self.specs
            .iter()
            .zip(ends)
            .map(|((at, specs), end)| (*at, *specs, end.since(*at)))
    }

    /// The largest that all sets were asked for together.
    pub(super) fn most_asked(&self) -> u64 {
        self.specs.iter().map(|(_, [old, new])| old + new).max().unwrap_or(0)
    }

    pub(super) fn least_ready(&self) -> u64 {
        self.counts
            .iter()
            .map(|(_, instances)| instances.ready)
            .min()
            .unwrap_or(0)
    }

    pub(super) fn peak(&self, of: fn(Instances) -> u64) -> u64 {
        self.counts
            .iter()
            .map(|(_, instances)| of(*instances))
            .max()
            .unwrap_or(0)
    }

    /// The highest level that was never left for so long.
    pub(super) fn held(&self, of: fn(Instances) -> u64, least: Span) -> u64 {
        (0..self.counts.len())
            .map(|start| self.levels(start, of, least).min().unwrap_or(0))
            .max()
            .unwrap_or(0)
    }

    /// The lowest level that was not exceeded for so long.
    pub(super) fn kept(&self, of: fn(Instances) -> u64, least: Span) -> u64 {
        (0..self.counts.len())
            .map(|start| self.levels(start, of, least).max().unwrap_or(0))
            .min()
            .unwrap_or(0)
    }

    /// The levels from a change on, for so long.
    fn levels(&self, start: usize, of: fn(Instances) -> u64, least: Span) -> impl Iterator<Item = u64> + '_ {
        let rows = self.counts.iter().skip(start);
        let since = rows.clone().next().map_or(Tick::START, |(at, _)| *at);
        let within = rows
            .enumerate()
            .take_while(move |(place, (at, _))| *place == 0 || at.since(since) < least);
        within.map(move |(_, (_, instances))| of(*instances))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(counts: &[(u64, u64)]) -> Course {
        let row = |(at, ready): &(u64, u64)| {
            let instances = Instances {
                ready: *ready,
                ..Instances::default()
            };
            (Tick::at(*at), instances)
        };
        Course {
            counts: counts.iter().map(row).collect(),
            ..Course::default()
        }
    }

    #[test]
    fn a_level_is_held_if_it_is_not_left_for_long_enough() {
        let course = course(&[(0, 10), (100, 18), (150, 17), (450, 16), (500, 12)]);
        assert_eq!(course.peak(Instances::live), 18);
        assert_eq!(course.held(Instances::live, Span::from_micros(300)), 17);
        assert_eq!(course.held(Instances::live, Span::from_micros(50)), 18);
        assert_eq!(course.held(Instances::live, Span::from_micros(400)), 16);
    }

    #[test]
    fn what_stood_and_what_was_settled_are_told_from_steps() {
        let mut course = Course::default();
        for (at, set, spec) in [
            (0, 0, 10),
            (0, 1, 0),
            (100, 1, 3),
            (120, 0, 8),
            (140, 1, 5),
            (900, 0, 0),
        ] {
            course.spec(Tick::at(at), set, spec);
        }
        assert_eq!(course.sequence(), [[10, 0], [10, 3], [8, 3], [8, 5], [0, 5]]);
        assert_eq!(course.stood(Span::from_micros(500)), [[8, 5], [0, 5]]);
        assert_eq!(course.settled(Tick::at(50), Span::from_micros(500)), [8, 5]);
        assert_eq!(course.settled(Tick::at(600), Span::from_micros(500)), [0, 5]);
        assert_eq!(course.most_asked(), 13);
    }
}
