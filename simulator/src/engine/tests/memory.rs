//! Memory that runs out, and caches that are cold.

use loadline_compiler::quantity::{Bytes, Ratio};

use super::super::{Happening, Luck, What, run};
use super::small::{edge, exponential, plan, service, system};
use crate::chance::Law;
use crate::memory::WarmUp;
use crate::outcome::RolloutEnd;
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

fn at_ten_seconds(what: What) -> Happening {
    Happening {
        at: Tick::at(10_000_000),
        length: None,
        what,
        text: String::new(),
        place: None,
    }
}

#[test]
fn a_leak_ends_an_instance_when_its_limit_is_passed() {
    let mut api = service(exponential(1_000), 1);
    api.memory_limit = Some(100);
    api.revisions[0].memory = Some(50);
    let system = system(vec![api], vec![edge(None, 0)]);
    let oom_kills = |seconds: u64| {
        let mut plan = plan(10, seconds);
        plan.happenings.push(at_ten_seconds(What::Leak {
            service: 0,
            bytes: Bytes::new(10),
            every: Span::from_micros(1_000_000),
        }));
        run(&system, &plan, LUCK).figures.services[0].oom_kills
    };
    // 50 and 6 times 10 are more than 100; what starts again leaks from its start.
    assert_eq!([oom_kills(15), oom_kills(17), oom_kills(21)], [0, 1, 1]);
    assert!(1 < oom_kills(120));
}

#[test]
fn a_revision_that_needs_more_than_its_limit_never_starts() {
    let mut api = service(exponential(1_000), 1);
    api.memory_limit = Some(100);
    let mut large = api.revisions[0].clone();
    large.memory = Some(101);
    api.revisions.push(large);
    let system = system(vec![api], vec![edge(None, 0)]);
    let mut plan = plan(10, 120);
    plan.happenings.push(at_ten_seconds(What::Rollout {
        service: 0,
        revision: 1,
    }));
    let figures = run(&system, &plan, LUCK).figures;
    assert_eq!(figures.rollouts[0].end, RolloutEnd::Unfinished);
    assert!(1 < figures.services[0].oom_kills);
    assert_eq!(figures.clients.failed(), 0);
}

#[test]
fn an_instance_that_has_just_started_is_slower() {
    let mut api = service(Law::Fixed(Span::from_micros(1_000)), 1);
    api.revisions[0].warmup = WarmUp {
        over: Span::from_micros(100_000_000),
        slower: Ratio::percent(100),
    };
    let system = system(vec![api], vec![edge(None, 0)]);
    let outcome = run(&system, &plan(1, 100), LUCK);
    // Twice as long at first, and half as much more on average.
    let mean = outcome.latencies[0].mean().unwrap();
    assert!((1_400.0..1_600.0).contains(&mean), "{mean}");
}
