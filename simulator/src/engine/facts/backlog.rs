//! Queues that grow as long as one looks.

use super::super::Engine;
use crate::outcome::{FactKind, Subject};

/// So many more, at least, in each quarter of the run: luck alone makes queues longer and shorter.
const MORE: u32 = 10;

impl Engine<'_> {
    /// What grew through the whole second half of a run, and is half as long again, is not a queue that comes and goes.
    pub(in crate::engine) fn note_backlogs(&mut self) {
        for queue in 0..self.recorder.timeline.queues.len() {
            let Some((before, left)) = self.second_half(queue).filter(|(_, left)| MORE <= *left) else {
                continue;
            };
            if u64::from(left) * 2 < u64::from(before) * 3 {
                continue;
            }
            let consumer = self
                .system
                .services
                .iter()
                .position(|service| service.consumes.iter().any(|own| own.0 == queue));
            let trouble = consumer.and_then(|service| self.asked_more(service));
            let because = trouble.max(self.recorder.memory.traffic);
            let scale = consumer.and_then(|service| self.system.places.services.get(service)?.scale);
            let of_worker = consumer.and_then(|service| self.system.services.get(service));
            let what = FactKind::QueueGrows {
                left: u64::from(left),
                worker: consumer,
            };
            let declared = self.system.queues.get(queue).map(|queue| queue.place);
            let place = scale.or(of_worker.map(|worker| worker.place)).or(declared);
            self.note_at(Subject::Queue(queue), what, because, place);
        }
    }

    /// How long a queue was in the middle of the run and at its end, if it grew from quarter to quarter.
    fn second_half(&self, queue: usize) -> Option<(u32, u32)> {
        let depth = &self.recorder.timeline.queues.get(queue)?.depth;
        let last = depth.len().checked_sub(1)?;
        let at = |quarters: usize| depth.get(last * quarters / 4).copied();
        let (middle, later, end) = (at(2)?, at(3)?, at(4)?);
        let grows = middle.saturating_add(MORE) <= later && later.saturating_add(MORE) <= end;
        grows.then_some((middle, end))
    }
}
