//! Every order in which pods may become ready, for small Deployments: the static worst case is one, and no larger than it needs to be.
//!
//! Time is whole seconds. A pod may become ready in any second from its boot on, or never; it terminates for as long as it may. What is
//! searched are the states that can be reached; how the largest is reached is then told to the control plane itself.

use std::collections::BTreeMap;

use loadline_compiler::budget::rolling::Rolling;
use loadline_compiler::quantity::{Duration, Share};

use super::vectors::seconds;
use super::{Change, Foretold, Lives, Settings};
use crate::Tick;
use crate::rollout::{Deployment, Plan, Set, Status, Strategy, sync};

/// A rollout: replicas, surge, unavailable; seconds to boot, of `minReadySeconds`, to terminate.
#[derive(Clone, Copy, Debug)]
struct Case {
    replicas: u8,
    surge: u8,
    unavailable: u8,
    boot: u8,
    min_ready: u8,
    stop: u8,
}

/// Pods by their age in seconds; the last place is of all that are older.
type Ages = [u8; 5];

/// All there is at one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
struct State {
    template: u8,
    /// Whether a further template may still come.
    further: bool,
    exists: [bool; 3],
    specs: [u8; 3],
    starting: [Ages; 3],
    ready: [Ages; 3],
    /// By the seconds that they still terminate.
    terminating: [u8; 9],
}

impl State {
    fn live(&self) -> u8 {
        let pods = self.starting.iter().chain(&self.ready).flatten();
        pods.chain(&self.terminating).sum()
    }

    fn active(&self, revision: usize) -> u8 {
        self.starting[revision].iter().chain(&self.ready[revision]).sum()
    }

    /// A second later: everybody is older, and nobody ready who was not before.
    fn later(mut self, case: Case) -> Self {
        for revision in 0..3 {
            older(&mut self.starting[revision], case.boot);
            older(&mut self.ready[revision], case.min_ready);
        }
        self.terminating.copy_within(1.., 0);
        self.terminating[8] = 0;
        self
    }

    /// The pods of a revision that may become ready.
    fn may(&self, case: Case, revision: usize) -> u8 {
        self.starting[revision][usize::from(case.boot)]
    }

    fn readied(mut self, case: Case, revision: usize, count: u8) -> Self {
        self.starting[revision][usize::from(case.boot)] -= count;
        self.ready[revision][0] += count;
        self
    }

    /// What controllers without latency make of it; and the most pods on the way.
    fn synced(mut self, case: Case, plan: &mut Plan) -> (Self, u8) {
        let deployment = case.deployment(usize::from(self.template));
        let mut most = self.live();
        loop {
            let sets = [0, 1, 2].map(|revision| self.set(case, revision, &deployment));
            sync(&deployment, &sets, plan);
            let mut changed = false;
            for (revision, spec) in plan.written() {
                let spec = u8::try_from(spec).unwrap();
                changed |= !self.exists[revision] || self.specs[revision] != spec;
                self.exists[revision] = true;
                self.specs[revision] = spec;
                self.manage(case, revision);
                most = most.max(self.live());
            }
            if !changed {
                return (self, most);
            }
        }
    }

    fn set(&self, case: Case, revision: usize, deployment: &Deployment) -> Set {
        let count = |pods: u8| u64::from(pods);
        Set {
            exists: self.exists[revision],
            spec: count(self.specs[revision]),
            desired: deployment.replicas,
            most: deployment.most(),
            status: Status {
                replicas: count(self.active(revision)),
                ready: count(self.ready[revision].iter().sum()),
                available: count(self.ready[revision][usize::from(case.min_ready)]),
                terminating: 0,
            },
            pods: count(self.active(revision)),
        }
    }

    /// The ReplicaSet controller: creates, or deletes those that are not ready, then those that became so last.
    fn manage(&mut self, case: Case, revision: usize) {
        let active = self.active(revision);
        let spec = self.specs[revision];
        if active < spec {
            self.starting[revision][0] += spec - active;
        }
        let mut fewer = active.saturating_sub(spec);
        let pods = self.starting[revision].iter_mut().chain(&mut self.ready[revision]);
        for place in pods {
            let gone = fewer.min(*place);
            *place -= gone;
            fewer -= gone;
            if case.stop != 0 {
                self.terminating[usize::from(case.stop) - 1] += gone;
            }
        }
    }
}

fn older(ages: &mut Ages, last: u8) {
    let last = usize::from(last);
    for age in (0..last).rev() {
        ages[age + 1] += std::mem::take(&mut ages[age]);
    }
}

impl Case {
    fn deployment(self, template: usize) -> Deployment {
        let (surge, unavailable) = (u64::from(self.surge), u64::from(self.unavailable));
        let strategy = Strategy::Rolling {
            surge: Share::Count(surge),
            unavailable: Share::Count(unavailable),
        };
        Deployment {
            template,
            min_ready: seconds(u64::from(self.min_ready)),
            deadline: None,
            ..Deployment::new(u64::from(self.replicas), strategy)
        }
    }

    fn budget(self) -> Rolling {
        Rolling {
            replicas: u64::from(self.replicas),
            surge: u64::from(self.surge),
            unavailable: u64::from(self.unavailable),
            holding: Duration::seconds(u64::from(self.stop)),
            boot: Some(Duration::seconds(u64::from(self.boot))),
            min_ready: Duration::seconds(u64::from(self.min_ready)),
        }
    }

    fn begin(self, further: bool) -> State {
        let mut state = State {
            template: 1,
            further,
            exists: [true, false, false],
            specs: [self.replicas, 0, 0],
            ..State::default()
        };
        state.ready[0][usize::from(self.min_ready)] = self.replicas;
        state
    }

    /// The most pods in any state that can be reached, and how: from state to state.
    fn search(self, further: bool) -> (u8, Vec<State>) {
        let mut plan = Plan::default();
        let (first, mut most) = self.begin(further).synced(self, &mut plan);
        let mut from = BTreeMap::from([(first, None)]);
        let (mut open, mut last) = (vec![first], first);
        while let Some(state) = open.pop() {
            let aged = state.later(self);
            for next in self.choices(aged) {
                let (next, peak) = next.synced(self, &mut plan);
                if from.contains_key(&next) {
                    continue;
                }
                from.insert(next, Some(state));
                open.push(next);
                if most < peak {
                    (most, last) = (peak, next);
                }
            }
        }
        let mut path = vec![last];
        while let Some(Some(state)) = from.get(path.last().unwrap()) {
            path.push(*state);
        }
        path.reverse();
        (most, path)
    }

    /// Whoever may become ready does or does not; and a further template or the first may come.
    fn choices(self, state: State) -> Vec<State> {
        let mut choices = vec![state];
        for revision in 0..3 {
            let each = |state: State| {
                let may = state.may(self, revision);
                (0..=may).map(move |count| state.readied(self, revision, count))
            };
            choices = choices.into_iter().flat_map(each).collect();
        }
        if state.further {
            let templates = |state: State| {
                let turned = [0, 2].map(|template| State {
                    template,
                    further: false,
                    ..state
                });
                [state].into_iter().chain(turned)
            };
            choices = choices.into_iter().flat_map(templates).collect();
        }
        choices
    }

    /// The peak of the control plane itself, if its pods live as they did on this path.
    fn replay(self, path: &[State]) -> u64 {
        let mut boots: Vec<Option<crate::Span>> = Vec::new();
        let mut created: Vec<usize> = Vec::new();
        for (second, state) in path.iter().enumerate() {
            let ready = usize::from(state.ready[1].iter().sum::<u8>());
            let done = boots.iter().flatten().count();
            for pod in done..ready {
                boots[pod] = Some(seconds((second - created[pod]) as u64));
            }
            while created.len() < usize::from(state.active(1)) {
                created.push(second);
                boots.push(None);
            }
        }
        let lives = Lives {
            boots,
            stop: seconds(u64::from(self.stop)),
            ..Lives::default()
        };
        let mut told = Foretold::at_rest(Settings::ideal(), self.deployment(0), vec![lives]);
        told.change(Tick::START, 0, Change::Template(1));
        told.run().unwrap().peak_live()
    }
}

/// All small rollouts up to so many replicas, seconds of boot and of termination.
fn cases(replicas: u8, boots: u8, stops: u8) -> impl Iterator<Item = Case> {
    let fences = (1..=replicas).flat_map(|replicas| {
        let surges = 0..=replicas;
        surges.flat_map(move |surge| (0..=replicas).map(move |unavailable| (replicas, surge, unavailable)))
    });
    let fences = fences.filter(|(_, surge, unavailable)| surge + unavailable != 0);
    fences.flat_map(move |(replicas, surge, unavailable)| {
        let times = (1..=boots).flat_map(move |boot| (0..2).map(move |min_ready| (boot, min_ready)));
        times.flat_map(move |(boot, min_ready)| {
            (0..=stops).map(move |stop| Case {
                replicas,
                surge,
                unavailable,
                boot,
                min_ready,
                stop,
            })
        })
    })
}

#[test]
fn no_order_of_readiness_goes_beyond_the_budget_and_most_reach_it() {
    let (mut all, mut equal) = (0, 0);
    for case in cases(6, 2, 4) {
        let (most, path) = case.search(false);
        let budget = case.budget().live().count;
        assert!(
            u64::from(most) <= budget,
            "{case:?}: {most} live, {budget} counted with"
        );
        // One fewer would be refuted by this run of the control plane.
        assert_eq!(case.replay(&path), u64::from(most), "{case:?}");
        all += 1;
        equal += u64::from(u64::from(most) == budget);
    }
    assert!(85 * all <= 100 * equal, "{equal} of {all}");
}

#[test]
fn nor_does_any_with_a_further_revision_or_a_rollback() {
    for case in cases(4, 2, 3) {
        let (most, _) = case.search(true);
        let budget = case.budget().with_rollover();
        assert!(
            u64::from(most) <= budget,
            "{case:?}: {most} live, {budget} counted with"
        );
    }
}
