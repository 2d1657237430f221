//! How the states of a walk were first met, and the shortest story to each.

use super::bits::ones;
use super::effects::Op;
use super::order::{Part, StepId};
use super::slice::Slice;
use super::state::State;
use super::verdict::{Moment, Told};

/// How a state was first met: the state before it, and the event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    pub(super) before: usize,
    pub(super) place: usize,
}

/// The event that a state comes with; `None` at the start.
pub(super) type Came = Option<Trail>;

/// All states that were met, by how.
#[derive(Debug)]
pub(super) struct Trails<'s, 'w, 'm> {
    pub(super) slice: &'s Slice<'w, 'm>,
    pub(super) met: Vec<Trail>,
}

impl Trails<'_, '_, '_> {
    /// The last step on the way that did something to a column.
    pub(super) fn last_step(
        &self,
        column: u64,
        came: Came,
        of: impl Fn(Op) -> Option<super::ColumnId>,
    ) -> Option<StepId> {
        let id = ones(u128::from(column))
            .next()
            .and_then(|place| self.slice.columns.get(place))?;
        let does = |at: &StepId| self.slice.world.ops(*at).iter().any(|op| of(*op) == Some(*id));
        self.path(came)
            .into_iter()
            .rev()
            .filter_map(|place| self.slice.step(place))
            .find(does)
    }

    /// The events of the slice that lead to a state, in order.
    fn path(&self, came: Came) -> Vec<usize> {
        let mut path = Vec::new();
        let mut came = came;
        while let Some(trail) = came {
            path.push(trail.place);
            came = self.met.get(trail.before).copied().filter(|_| trail.before != 0);
        }
        path.reverse();
        path
    }

    /// How many steps have begun at the least when a state is reached.
    pub(super) fn length(&self, state: &State) -> usize {
        let order = &self.slice.world.order;
        order.steps_begun(&self.slice.needed(state.happened))
    }

    /// The shortest story to a state: the events of the slice in their order, each behind what must come before it.
    pub(super) fn moment(&self, came: Came) -> Moment {
        let order = &self.slice.world.order;
        let mut happened = super::bits::Bits::default();
        let mut moment = Moment::default();
        for place in self.path(came) {
            let Some(event) = self.slice.events.get(place) else {
                continue;
            };
            let needed = order.needed([event.event]);
            let mut new: Vec<usize> = needed.iter().filter(|event| happened.insert(*event)).collect();
            new.sort_by_key(|event| order.rank.get(*event).copied());
            for event in new.into_iter().filter_map(|event| order.events.get(event)) {
                let step = event.step();
                moment.at = Some(step);
                match event.part {
                    Part::Begin => {}
                    Part::Whole => moment.story.push(Told { step, midway: false }),
                    Part::Start => moment.story.push(Told { step, midway: true }),
                    Part::End => {
                        let begun = moment.story.iter_mut().filter(|told| told.step == step);
                        begun.for_each(|told| told.midway = false);
                    }
                }
            }
        }
        moment
    }
}
