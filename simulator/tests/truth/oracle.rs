//! Closed forms of queueing theory: what a simulated station must come to. Rates are in one over seconds, times in seconds.
//!
//! Sources: L. Kleinrock, Queueing Systems I (1975), chapters 3 to 5; J. R. Jackson, Networks of Waiting Lines (1957).

/// Poisson arrivals, exponential service, `servers` of them, one queue without limit.
#[derive(Clone, Copy, Debug)]
pub struct Mmc {
    /// Arrivals.
    pub arrivals: f64,
    /// What one server does.
    pub service: f64,
    pub servers: u32,
}

impl Mmc {
    /// Work offered, in servers.
    fn offered(self) -> f64 {
        self.arrivals / self.service
    }

    /// The part of the time that a server is busy.
    pub fn utilisation(self) -> f64 {
        self.offered() / f64::from(self.servers)
    }

    /// The probability that an arrival waits (Erlang C).
    pub fn waits(self) -> f64 {
        let lost = erlang_b(self.offered(), self.servers);
        let utilisation = self.utilisation();
        lost / (1.0 - utilisation * (1.0 - lost))
    }

    /// How much faster the servers are than the arrivals.
    fn slack(self) -> f64 {
        f64::from(self.servers) * self.service - self.arrivals
    }

    /// Mean time in the queue.
    pub fn queueing(self) -> f64 {
        self.waits() / self.slack()
    }

    /// Mean time in queue and service.
    pub fn response(self) -> f64 {
        self.queueing() + 1.0 / self.service
    }

    /// The quantile of the time in the queue.
    pub fn queueing_quantile(self, p: f64) -> f64 {
        ((self.waits() / (1.0 - p)).ln() / self.slack()).max(0.0)
    }

    /// The quantile of the time in queue and service.
    pub fn response_quantile(self, p: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if 1.0 - p < self.response_exceeds(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    fn response_exceeds(self, time: f64) -> f64 {
        let (rate, slack, waits) = (self.service, self.slack(), self.waits());
        let served = (-rate * time).exp();
        if (slack - rate).abs() < 1e-9 * rate {
            return served * (1.0 + waits * rate * time);
        }
        served + waits * rate / (slack - rate) * (served - (-slack * time).exp())
    }
}

/// The part of arrivals that finds all `servers` busy, where none may wait (Erlang B).
pub fn erlang_b(offered: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |lost, busy| offered * lost / (f64::from(busy) + offered * lost))
}

/// As [`Mmc`], but who finds `places` taken (in service and queue) is refused.
#[derive(Clone, Copy, Debug)]
pub struct Mmck {
    pub arrivals: f64,
    pub service: f64,
    pub servers: u32,
    pub places: u32,
}

impl Mmck {
    /// The probability of each number of customers, from none to all places.
    fn states(self) -> Vec<f64> {
        let offered = self.arrivals / self.service;
        let weights: Vec<f64> = (0..=self.places)
            .scan(1.0, |weight, count| {
                if 0 < count {
                    *weight *= offered / f64::from(count.min(self.servers));
                }
                Some(*weight)
            })
            .collect();
        let all: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / all).collect()
    }

    /// The part of arrivals that is refused.
    pub fn refused(self) -> f64 {
        self.states().last().copied().unwrap_or(1.0)
    }

    /// Mean time in queue and service of who is not refused.
    pub fn response(self) -> f64 {
        let present: f64 = self
            .states()
            .iter()
            .zip(0..)
            .map(|(part, count)| part * f64::from(count))
            .sum();
        present / (self.arrivals * (1.0 - self.refused()))
    }
}

/// One server and any law of service, by its mean and squared coefficient of variation (Pollaczek and Khinchine).
#[derive(Clone, Copy, Debug)]
pub struct Mg1 {
    pub arrivals: f64,
    pub mean: f64,
    pub variation: f64,
}

impl Mg1 {
    /// Mean time in the queue.
    pub fn queueing(self) -> f64 {
        let utilisation = self.arrivals * self.mean;
        utilisation * self.mean * (1.0 + self.variation) / (2.0 * (1.0 - utilisation))
    }
}

/// Stations that pass customers on with fixed probabilities (Jackson): what arrives at each, given what comes from outside
/// and `passed[from][to]`.
pub fn flows(outside: &[f64], passed: &[&[f64]]) -> Vec<f64> {
    let mut flows = outside.to_vec();
    // Converges, since everybody leaves at last.
    for _ in 0..10_000 {
        flows = (0..outside.len())
            .map(|to| outside[to] + flows.iter().zip(passed).map(|(flow, row)| flow * row[to]).sum::<f64>())
            .collect();
    }
    flows
}

/// Mean time from outside to outside: what is in all stations through what comes in (Little).
pub fn end_to_end(outside: &[f64], stations: &[Mmc]) -> f64 {
    let present: f64 = stations
        .iter()
        .map(|station| station.arrivals * station.response())
        .sum();
    present / outside.iter().sum::<f64>()
}

/// Mean number of attempts, if each fails with this probability and there are at most so many.
pub fn attempts(fails: f64, most: u32) -> f64 {
    (0..most).map(|failed| fails.powi(failed.cast_signed())).sum()
}

/// The rate above which an overload sustains itself, if each request that times out is tried again so often at once.
pub fn hidden_capacity(capacity: f64, retries: u32) -> f64 {
    capacity / f64::from(1 + retries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, published: f64, digits: i32) {
        let half = 0.5 * 10_f64.powi(-digits);
        assert!((found - published).abs() <= half * 1.01, "{found} is not {published}");
    }

    #[test]
    fn one_queue_and_many_servers() {
        // Milliseconds at ten a second for each server, published in Loadline's table of golden values:
        // servers, utilisation, P(wait), Wq, W, W p50, p95, p99, Wq p95, p99.
        #[rustfmt::skip]
        let table = [
            (1, 0.5, 0.5, 100.0, 200.0, 138.63, 599.15, 921.03, 460.52, 782.40),
            (1, 0.8, 0.8, 400.0, 500.0, 346.57, 1497.87, 2302.59, 1386.29, 2191.01),
            (1, 0.9, 0.9, 900.0, 1000.0, 693.15, 2995.73, 4605.17, 2890.37, 4499.81),
            (1, 0.95, 0.95, 1900.0, 2000.0, 1386.29, 5991.46, 9210.34, 5888.88, 9107.75),
            (2, 0.8, 0.711_111, 177.778, 277.778, 204.00, 791.07, 1193.74, 663.70, 1066.06),
            (4, 0.8, 0.596_432, 74.554, 174.554, 134.62, 473.80, 689.32, 309.87, 511.05),
            (10, 0.7, 0.221_731, 7.391, 107.391, 77.70, 310.07, 471.03, 49.65, 103.30),
            (10, 0.9, 0.668_732, 66.873, 166.873, 132.91, 436.09, 624.99, 259.34, 420.28),
            (20, 0.9, 0.550_769, 27.538, 127.538, 99.04, 342.28, 504.16, 119.96, 200.44),
        ];
        for (servers, utilisation, waits, queueing, response, p50, p95, p99, queue95, queue99) in table {
            let station = Mmc {
                arrivals: utilisation * f64::from(servers) * 10.0,
                service: 10.0,
                servers,
            };
            near(station.utilisation(), utilisation, 6);
            near(station.waits(), waits, 6);
            near(station.queueing() * 1e3, queueing, 3);
            near(station.response() * 1e3, response, 3);
            for (p, published) in [(0.5, p50), (0.95, p95), (0.99, p99)] {
                near(station.response_quantile(p) * 1e3, published, 2);
            }
            near(station.queueing_quantile(0.95) * 1e3, queue95, 2);
            near(station.queueing_quantile(0.99) * 1e3, queue99, 2);
        }
    }

    #[test]
    fn few_places() {
        for (arrivals, servers, places, refused, response) in [
            (8.0, 1, 5, 0.088_819, 256.307),
            (12.0, 1, 5, 0.250_588, 335.949),
            (90.0, 10, 20, 0.029_510, 126.393),
            (120.0, 10, 20, 0.179_666, 163.597),
            (100.0, 10, 10, 0.214_582, 100.0),
        ] {
            let station = Mmck {
                arrivals,
                service: 10.0,
                servers,
                places,
            };
            near(station.refused(), refused, 6);
            near(station.response() * 1e3, response, 3);
        }
        near(erlang_b(10.0, 10), 0.214_582, 6);
    }

    #[test]
    fn any_law_of_service() {
        for (variation, published) in [
            (0.0, [50.0, 200.0, 450.0]),
            (0.5, [75.0, 300.0, 675.0]),
            (1.0, [100.0, 400.0, 900.0]),
            (2.0, [150.0, 600.0, 1350.0]),
            (4.0, [250.0, 1000.0, 2250.0]),
        ] {
            for (arrivals, published) in [5.0, 8.0, 9.0].into_iter().zip(published) {
                let station = Mg1 {
                    arrivals,
                    mean: 0.1,
                    variation,
                };
                near(station.queueing() * 1e3, published, 9);
            }
        }
    }

    #[test]
    fn networks() {
        let station = |arrivals, service, servers| Mmc {
            arrivals,
            service,
            servers,
        };
        let tandem = [station(6.0, 10.0, 1), station(6.0, 5.0, 2)];
        near(tandem[0].response() * 1e3, 250.0, 9);
        near(tandem[1].response() * 1e3, 312.5, 9);
        near(end_to_end(&[6.0, 0.0], &tandem) * 1e3, 562.5, 9);

        // Web asks the database in three of four visits, and is visited again with the answer.
        let flows = flows(&[20.0, 0.0], &[&[0.0, 0.75], &[1.0, 0.0]]);
        near(flows[0], 80.0, 9);
        near(flows[1], 60.0, 9);
        let (web, db) = (station(flows[0], 30.0, 4), station(flows[1], 12.0, 8));
        near(web.utilisation(), 0.6667, 4);
        near(db.utilisation(), 0.6250, 4);
        near(web.response(), 0.042_794, 6);
        near(db.response(), 0.087_980, 6);
        near(end_to_end(&[20.0, 0.0], &[web, db]), 0.435_114, 6);
    }

    #[test]
    fn retries() {
        near(attempts(0.1, 3), 1.11, 9);
        near(attempts(0.5, 3), 1.75, 9);
        near(attempts(1.0, 4), 4.0, 9);
        near(attempts(1.0, 4).powi(3), 64.0, 9);
        near(hidden_capacity(100.0, 2), 33.3, 1);
        near(hidden_capacity(100.0, 1), 50.0, 9);
    }
}
