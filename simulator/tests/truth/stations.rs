//! Single stations: one queue, some servers, against their closed forms.

use loadline_simulator::engine::Outcome;
use loadline_simulator::system::Discipline;

use crate::lab::{Estimate, Lab};
use crate::oracle::{Mg1, Mmc, Mmck};
use crate::{Row, full};

/// Runs of each station.
pub const RUNS: u64 = 32;

/// A station of servers that take 100 ms each.
#[derive(Clone, Copy)]
struct Station {
    servers: u32,
    /// In one over seconds.
    arrivals: f64,
    law: Law,
    /// Places in front of the servers.
    queue: Option<u32>,
}

#[derive(Clone, Copy, PartialEq)]
enum Law {
    Exponential,
    Fixed,
    Lognormal,
}

/// What theory says: seconds, and a part.
struct Truth {
    response: f64,
    p95: Option<f64>,
    refused: Option<f64>,
}

impl Station {
    const fn exponential(servers: u32, arrivals: f64) -> Self {
        Self {
            servers,
            arrivals,
            law: Law::Exponential,
            queue: None,
        }
    }

    fn name(self) -> String {
        let law = match self.law {
            Law::Exponential => "M",
            Law::Fixed => "D",
            Law::Lognormal => "lognormal",
        };
        let places = self
            .queue
            .map_or(String::new(), |queue| format!("/{}", queue + self.servers));
        format!("M/{law}/{}{places}, ρ {:.2}", self.servers, self.utilisation())
    }

    fn utilisation(self) -> f64 {
        self.arrivals / (10.0 * f64::from(self.servers))
    }

    fn lab(self, seconds: u32) -> Lab {
        let law = match self.law {
            Law::Exponential => "",
            Law::Fixed => "{ fixed }",
            // Of variance twice the mean squared.
            Law::Lognormal => "{ p95 323.731ms }",
        };
        let limit = self
            .queue
            .map_or(String::new(), |queue| format!("queueing {{ limit {queue} }}"));
        Lab::of(&format!(
            r#"
            service station {{
              image   "registry.example.com/station:1"
              runtime go
              cpu     {}
              listen  http 8080
              load    {{ cpu 100ms {law}; boot 1s }}
              {limit}
            }}
            scenario steady {{
              at 0s {{ traffic station {}/s }}
              # Then who is there is served: leaving them out would leave out the long ones.
              at {seconds}s {{ traffic station 0/s }}
              until {}s
            }}
            "#,
            self.servers,
            self.arrivals,
            seconds + 300,
        ))
        .warmed_up(f64::from(seconds) * 0.15)
    }

    fn truth(self) -> Truth {
        let arrivals = self.arrivals;
        match (self.law, self.queue) {
            (Law::Exponential, None) => {
                let station = Mmc {
                    arrivals,
                    service: 10.0,
                    servers: self.servers,
                };
                Truth {
                    response: station.response(),
                    p95: Some(station.response_quantile(0.95)),
                    refused: None,
                }
            }
            (Law::Exponential, Some(queue)) => {
                let station = Mmck {
                    arrivals,
                    service: 10.0,
                    servers: self.servers,
                    places: queue + self.servers,
                };
                Truth {
                    response: station.response(),
                    p95: None,
                    refused: Some(station.refused()),
                }
            }
            (law, _) => {
                let variation = if law == Law::Fixed { 0.0 } else { 2.0 };
                let station = Mg1 {
                    arrivals,
                    mean: 0.1,
                    variation,
                };
                Truth {
                    response: station.queueing() + 0.1,
                    p95: None,
                    refused: None,
                }
            }
        }
    }

    /// How much the standard error may be, and for how many seconds it is run to reach that.
    fn effort(self) -> (f64, u32) {
        let (busy, long) = (self.utilisation(), self.servers <= 2);
        let (blur, arrivals) = match (full(), self.queue) {
            (false, _) => (0.03, 1e5),
            (true, None) if 0.85 < busy => (0.015, if long { 12e6 } else { 4e6 }),
            (true, None) if 0.75 < busy && long => (0.005, 16e6),
            (true, None) => (0.005, 8e6),
            (true, Some(_)) => (0.005, 12e6),
        };
        (blur, (arrivals / RUNS as f64 / self.arrivals) as u32)
    }
}

/// Everything that is compared, with what it came to.
fn compared(station: Station, runs: &[Outcome]) -> Vec<(&'static str, f64, Estimate)> {
    let truth = station.truth();
    let responses = runs.iter().map(|run| run.latencies[0].mean().unwrap() / 1e6);
    let mut all = vec![("mean response, s", truth.response, Estimate::of(responses))];
    if let Some(p95) = truth.p95 {
        let percentiles = runs
            .iter()
            .map(|run| run.figures.client_latency.p95.unwrap().micros() as f64 / 1e6);
        all.push(("p95 response, s", p95, Estimate::of(percentiles)));
    }
    if let Some(refused) = truth.refused {
        let parts = runs.iter().map(|run| {
            let clients = &run.figures.clients;
            clients.dropped() as f64 / (clients.arrived - clients.in_flight()) as f64
        });
        all.push(("refused", refused, Estimate::of(parts)));
    }
    all
}

fn judged(station: Station, lab: &Lab) -> Vec<Row> {
    let (blur, _) = station.effort();
    compared(station, &lab.runs(RUNS))
        .into_iter()
        .map(|(what, truth, found)| Row {
            station: station.name(),
            what,
            truth,
            found,
            blur,
        })
        .collect()
}

fn stations() -> Vec<Station> {
    let m = Station::exponential;
    let limited = |servers, arrivals, places| Station {
        queue: Some(places - servers),
        ..m(servers, arrivals)
    };
    let of = |law, arrivals| Station { law, ..m(1, arrivals) };
    let mut stations = vec![
        m(1, 5.0),
        m(4, 32.0),
        m(10, 70.0),
        limited(1, 8.0, 5),
        limited(10, 120.0, 20),
        limited(10, 100.0, 10),
        of(Law::Fixed, 5.0),
        of(Law::Lognormal, 5.0),
    ];
    if full() {
        stations.extend([
            m(1, 8.0),
            m(1, 9.0),
            m(1, 9.5),
            m(2, 16.0),
            m(10, 90.0),
            m(20, 180.0),
            limited(1, 12.0, 5),
            limited(10, 90.0, 20),
            of(Law::Fixed, 8.0),
            of(Law::Lognormal, 8.0),
        ]);
    }
    stations
}

/// The table of stations.
pub fn table() -> Vec<Row> {
    let rows = stations().into_iter();
    rows.flat_map(|station| judged(station, &station.lab(station.effort().1)))
        .collect()
}

#[test]
fn stations_are_what_theory_says() {
    crate::print_and_judge("stations", &table());
}

/// What must be found out: a service 3 % longer, a server fewer, the last one first.
#[test]
fn a_wrong_station_is_found_out() {
    let fails = |rows: &[Row]| rows.iter().any(|row| 4.0 < row.found.off(row.truth));
    let station = Station::exponential(4, 32.0);
    let seconds = station.effort().1;
    let right = station.lab(seconds);
    assert!(!fails(&judged(station, &right)));

    let mut longer = right.clone();
    let behaviour = &mut longer.system.services[0].revisions[0];
    behaviour.cpu = behaviour
        .cpu
        .stretched(loadline_compiler::quantity::Ratio::percent(103));
    assert!(fails(&judged(station, &longer)), "3 % longer");

    let mut fewer = right.clone();
    fewer.system.services[0].servers -= 1;
    assert!(fails(&judged(station, &fewer)), "one server fewer");

    let mut reversed = right;
    reversed.system.services[0].discipline = Discipline::Lifo;
    assert!(fails(&judged(station, &reversed)), "last come, first served");
}
