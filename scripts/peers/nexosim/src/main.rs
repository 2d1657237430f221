//! `nexosim-peer ARRIVALS`: the way that is cheapest in nexosim: one model that plans its own events, one thread.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

#[path = "../../station.rs"]
mod station;

use station::{GAP, Luck, SERVERS, SERVICE, report};

#[derive(Serialize, Deserialize)]
struct Station {
    gaps: Luck,
    services: Luck,
    arrivals: u64,
    busy: u32,
    waiting: VecDeque<u64>,
    served: u64,
    total: u64,
    #[serde(skip)]
    result: Arc<Mutex<(u64, u64)>>,
}

fn micros(cx: &Context<Station>) -> u64 {
    cx.time().duration_since(MonotonicTime::EPOCH).as_micros() as u64
}

#[Model]
impl Station {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.plan_arrival(cx);
    }

    fn plan_arrival(&mut self, cx: &Context<Self>) {
        // A plan for now is refused.
        let gap = Duration::from_micros(self.gaps.exponential(GAP).max(1));
        cx.schedule_event(gap, schedulable!(Self::arrive), ()).unwrap();
    }

    fn plan_departure(&mut self, since: u64, cx: &Context<Self>) {
        let service = Duration::from_micros(self.services.exponential(SERVICE).max(1));
        cx.schedule_event(service, schedulable!(Self::depart), since).unwrap();
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, _: (), cx: &Context<Self>) {
        self.arrivals -= 1;
        if 0 < self.arrivals {
            self.plan_arrival(cx);
        }
        if self.busy < SERVERS {
            self.busy += 1;
            self.plan_departure(micros(cx), cx);
        } else {
            self.waiting.push_back(micros(cx));
        }
    }

    #[nexosim(schedulable)]
    fn depart(&mut self, since: u64, cx: &Context<Self>) {
        self.served += 1;
        self.total += micros(cx) - since;
        match self.waiting.pop_front() {
            Some(since) => self.plan_departure(since, cx),
            None => self.busy -= 1,
        }
        if self.arrivals == 0 {
            *self.result.lock().unwrap() = (self.served, self.total);
        }
    }
}

fn main() {
    let arrivals: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    let result = Arc::new(Mutex::new((0, 0)));
    let station = Station {
        gaps: Luck::new(1),
        services: Luck::new(2),
        arrivals,
        busy: 0,
        waiting: VecDeque::new(),
        served: 0,
        total: 0,
        result: Arc::clone(&result),
    };
    let bench = SimInit::with_num_threads(1).add_model(station, Mailbox::new(), "station");
    bench.init(MonotonicTime::EPOCH).unwrap().run().unwrap();
    let (served, total) = *result.lock().unwrap();
    report(served, total);
}
