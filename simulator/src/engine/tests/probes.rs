//! The kubelet asks, and what it concludes.

use super::super::{Happening, Luck, What, run};
use super::small::{edge, exponential, plan, service, system};
use crate::chance::Law;
use crate::kubelet::{Probing, Role};
use crate::outcome::{FactKind, Place};
use crate::scenario::Scenario;
use crate::system::{Probe, Store};
use crate::{Seed, Span, Tick};

const HERE: Place = Place { start: 0, end: 0 };

/// Instances that have restarted lately are asked no more often than others: three failures take three periods.
#[test]
fn readiness_fails_after_as_many_periods_as_it_says() {
    let seconds = |seconds: u64| Span::from_micros(seconds * 1_000_000);
    for run_number in 0..20 {
        let mut api = service(exponential(1_000), 1);
        api.probes.ready = Some(Probe {
            probing: Probing {
                role: Role::Readiness,
                after_seconds: 0,
                period: seconds(10),
                timeout: seconds(1),
                failing: 3,
                passing: 1,
            },
            stores: vec![0],
            services: Vec::new(),
        });
        let mut system = system(vec![api], vec![edge(None, 0)]);
        system.stores.push(Store {
            place: HERE,
            limit: None,
            capacity: None,
            service: Law::Zero,
            latency: Law::Zero,
            failover: None,
            quota: None,
        });
        let mut plan = plan(1, 200);
        plan.told = true;
        let happening = |at: u64, what: What| Happening {
            at: Tick::at(at * 1_000_000),
            length: None,
            what,
            text: String::new(),
            place: None,
        };
        plan.happenings = vec![happening(5, What::Kill(0, 1)), happening(100, What::FailStore(0, None))];
        let luck = Luck {
            seed: Seed(1),
            run: run_number,
        };
        let facts = run(&system, &plan, luck).story.unwrap().facts;
        let unready = facts.iter().find(|fact| fact.what == FactKind::InstanceUnready);
        let after = unready.unwrap().at.since(Tick::at(100_000_000));
        assert!(seconds(20) <= after && after <= seconds(30), "{after:?}");
    }
}

/// Who needs longer to start than its liveness probe allows is killed in each of its lives, not only in the first.
#[test]
fn liveness_ends_every_boot_that_is_too_long() {
    let model = crate::testing::model(
        "project p
         cluster c { nodes 3; cpu 2; memory 4Gi; version 1.34 }
         service api {
           image \"example.com/api:1\"; version 1.0; cpu 1; memory 1Gi; scale 2
           listen http 3000 { expose public }
           health { ready \"/ready\" { every 5s }; live \"/live\" { every 10s; failing 3 } }
           load { rate 20/s; cpu 4ms; boot 60s }
         }
         scenario restart { at 30s { kill api { count 2 } }; until 20m }",
    );
    let scenario = Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
    let figures = run(&scenario.system, &scenario.plan, Luck { seed: Seed(1), run: 0 }).figures;
    // By the scenario once, then after half a minute each time, with up to five minutes between them.
    let restarts = figures.services[0].restarts;
    assert!((12..20).contains(&restarts), "{restarts}");
    // What was served was served before.
    assert!(figures.clients.succeeded < 20 * 31, "{}", figures.clients.succeeded);
}
