//! Nodes: who fits, who waits, and who may be asked to go.

use loadline_compiler::quantity::Share;

use super::super::{Happening, Luck, Outcome, What, run};
use super::small::{edge, exponential, plan, service, system};
use crate::disruption::{Budget, Limit, Unready};
use crate::outcome::{FactKind, RolloutEnd};
use crate::placement::{Amounts, Nodes};
use crate::scenario::Scenario;
use crate::system::{Group, System};
use crate::{Seed, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

const ONE: Amounts = Amounts {
    millicores: 1_000,
    bytes: 1 << 30,
};

/// Four instances of a service on nodes of two each.
fn on_nodes(nodes: usize, unavailable: u64) -> System {
    let mut api = service(exponential(10_000), 1);
    api.replicas = 4;
    api.group = Some(0);
    api.requested = ONE;
    api.disruptions = Some(Budget {
        limit: Limit::MaxUnavailable(Share::Count(unavailable)),
        unready: Unready::AlwaysAllow,
    });
    let allocatable = Amounts {
        millicores: 2_000,
        bytes: 8 << 30,
    };
    let mut system = system(vec![api], vec![edge(None, 0)]);
    system.groups.push(Group {
        nodes: Nodes::new(nodes, 1, allocatable, 1),
        allocatable,
        first: 0,
    });
    system
}

fn after(system: &System, what: What, until_settled: bool) -> Outcome {
    let mut plan = plan(20, 300);
    plan.told = true;
    plan.until_settled = until_settled;
    plan.happenings.push(Happening {
        at: Tick::at(10_000_000),
        length: None,
        what,
        text: String::new(),
        place: None,
    });
    run(system, &plan, LUCK)
}

const DRAIN: What = What::Drain { group: 0, node: 0 };

fn count(outcome: &Outcome, what: &FactKind) -> usize {
    let facts = &outcome.story.as_ref().unwrap().facts;
    facts.iter().filter(|fact| fact.what == *what).count()
}

#[test]
fn a_drain_never_lets_ready_fall_below_the_budget() {
    for unavailable in [1, 2] {
        let outcome = after(&on_nodes(3, unavailable), DRAIN, true);
        assert_eq!(outcome.figures.services[0].least_ready.0, 4 - unavailable);
        assert_eq!(count(&outcome, &FactKind::InstanceStopping), 2);
        assert_eq!(count(&outcome, &FactKind::InstancePending), 0);
        assert!(outcome.figures.settled);
        assert_eq!(outcome.figures.clients.failed(), 0);
    }
}

#[test]
fn a_drain_against_a_budget_of_none_is_refused_for_ever() {
    let outcome = after(&on_nodes(3, 0), DRAIN, true);
    assert_eq!(count(&outcome, &FactKind::InstanceStopping), 0);
    assert_eq!(outcome.figures.services[0].least_ready.0, 4);
    assert!(!outcome.figures.settled);
}

/// A drain that waits says which budget keeps it and why: it never lets anybody go, or somebody is missing already.
#[test]
fn what_keeps_a_drain_is_said() {
    let told = |system: &System| {
        let outcome = after(system, DRAIN, true);
        let story = outcome.story.unwrap();
        let chain = story.chain.iter().map(|fact| story.facts[*fact].what.clone());
        chain.skip(1).collect::<Vec<FactKind>>()
    };
    let waits = |ready, needed| FactKind::DrainWaits {
        service: 0,
        ready,
        needed,
    };
    // From 10 s to 300 s, every five seconds.
    let unended = |left| FactKind::DrainUnended { left, refused: 59 };
    assert_eq!(told(&on_nodes(3, 0)), [waits(4, 4), unended(2)]);
    assert_eq!(
        told(&on_nodes(2, 1)),
        [FactKind::InstancePending, waits(3, 3), unended(1)]
    );
    // One that is asked for in turn waits, and ends: nothing is wrong.
    let outcome = after(&on_nodes(3, 1), DRAIN, true);
    assert_eq!(
        (count(&outcome, &waits(3, 3)), outcome.story.unwrap().chain),
        (1, vec![])
    );
}

#[test]
fn what_is_evicted_and_fits_nowhere_else_waits() {
    let outcome = after(&on_nodes(2, 1), DRAIN, true);
    // The first one that goes is missing from then on, and no other may go.
    assert_eq!(outcome.figures.services[0].least_ready.0, 3);
    assert_eq!(count(&outcome, &FactKind::InstanceStopping), 1);
    assert_eq!(count(&outcome, &FactKind::InstancePending), 1);
}

#[test]
fn what_fits_starts_when_there_is_room() {
    // A rollout needs one more than there is room for: it waits until the scenario takes one away.
    let mut system = on_nodes(2, 1);
    let again = system.services[0].revisions[0].clone();
    system.services[0].revisions.push(again);
    let rollout = What::Rollout {
        service: 0,
        revision: 1,
    };
    let waits = after(&system, rollout, false);
    assert_eq!(waits.figures.rollouts[0].end, RolloutEnd::Unfinished);
    assert_eq!(count(&waits, &FactKind::InstancePending), 1);
    assert_eq!(waits.figures.nodes[0].cpu_requested, 2_000);
    system.services[0].replicas = 3;
    let fits = after(&system, rollout, false);
    assert_eq!(fits.figures.rollouts[0].end, RolloutEnd::Complete);
    // One that stops keeps its room, so the next one waits for it.
    assert_eq!(count(&fits, &FactKind::InstancePending), 2);
}

#[test]
fn blue_green_without_room_for_both_never_becomes_ready() {
    let with_nodes = |nodes: u64| {
        let model = crate::testing::model(&format!(
            "project p
             cluster c {{ nodes {nodes}; cpu 2; memory 4Gi; rollouts argo }}
             service api {{
               runs_on c; image \"example.com/api:1\"; version 1.0; cpu 1; memory 1Gi
               listen http 3000 {{ expose public }}
               scale 4
               rollout blue-green
               load {{ rate 20/s; cpu 4ms; boot 5s }}
             }}
             scenario release {{ at 30s {{ rollout api {{ to 2.0 }} }}; until 10m }}"
        ));
        let scenario = Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
        run(&scenario.system, &scenario.plan, LUCK).figures
    };
    let (tight, roomy) = (with_nodes(2), with_nodes(4));
    assert_ne!(tight.rollouts[0].end, RolloutEnd::Complete);
    assert_eq!(tight.services[0].most_live.0.ready, 4);
    assert_eq!(roomy.rollouts[0].end, RolloutEnd::Complete);
    assert_eq!((tight.nodes.len(), tight.nodes[0].cpu), (2, Some(2_000)));
}
