//! Databases, caches, externals and queues.

use loadline_compiler::budget::connections::supply;
use loadline_compiler::model::{ThingKind, Unsaid};

use super::laws::law;
use super::{Reading, place, places};
use crate::broker;
use crate::system::{Queue, Store};

impl Reading<'_> {
    pub(super) fn stores(&mut self) {
        let model = self.model;
        for store in &model.stores {
            let (id, name) = (store.id, store.name.value.0.clone());
            let here = place(store.name.span);
            if id.kind == ThingKind::Queue {
                self.queues.insert(id, self.system.queues.len());
                self.system.names.queues.push(name);
                let depth = store.max_depth.as_ref().and_then(places::written);
                self.system.places.queues.push(depth);
                self.system.queues.push(Queue {
                    place: here,
                    settings: broker::Settings::of(store, None),
                    dead_letter: None,
                });
                continue;
            }
            self.stores.insert(id, self.system.stores.len());
            self.system.names.stores.push(name);
            self.system.places.stores.push(places::of_store(store));
            self.system.stores.push(Store {
                place: here,
                limit: supply(store).map(|supply| supply.usable()),
                capacity: store.capacity.as_ref().map(|capacity| capacity.value),
                service: law(store.service_time.as_ref(), Unsaid::Exponential, &model.samples),
                latency: law(store.latency.as_ref(), Unsaid::Fixed, &model.samples),
                failover: store.failover.as_ref().map(|failover| failover.value.into()),
                quota: store.limit.as_ref().map(|limit| limit.value.in_millionths_per_hour()),
            });
        }
        for store in &model.stores {
            let letters = store
                .dead_letter
                .as_ref()
                .and_then(|letters| self.queues.get(&letters.value.id).copied());
            if let Some(queue) = self.queues.get(&store.id).copied()
                && let Some(queue) = self.system.queues.get_mut(queue)
            {
                queue.dead_letter = letters;
            }
        }
    }
}
