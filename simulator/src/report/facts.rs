//! What happened, in words.

use loadline_compiler::diagnostic::{counted, thousands};

use super::words::{called, holders, name, one_line, percent, span};
use crate::outcome::{Fact, FactKind, Killed, Names, Subject};

/// A fact as a sentence without its full stop.
pub(super) fn sentence(names: &Names, fact: &Fact) -> String {
    sentence_of(names, fact, 1)
}

/// The same of so many facts that differ in nothing but their instance, and perhaps their time.
pub(super) fn sentence_of(names: &Names, fact: &Fact, count: u64) -> String {
    let thing = subject(names, fact.subject);
    let instances = if count == 1 {
        format!("an instance of {thing} is")
    } else {
        format!("{} of {thing} are", counted(count, "instance"))
    };
    match &fact.what {
        FactKind::Event(text) => format!("the scenario says `{}`", one_line(text)),
        FactKind::RolloutBegan(revision) => {
            format!(
                "the rollout of {thing} to {} begins",
                revision_of(names, fact.subject, *revision)
            )
        }
        FactKind::TrafficSplit(parts) => {
            format!(
                "{} of the traffic of {thing} goes to the new revision",
                percent(u64::from(*parts))
            )
        }
        FactKind::RolloutComplete => format!("the rollout of {thing} is complete"),
        FactKind::RolloutStuck => format!("the rollout of {thing} made no progress for longer than its deadline"),
        FactKind::RolloutAborted(trigger) => format!("the rollout of {thing} is taken back: {}", one_line(trigger)),
        FactKind::Scaled { from, to } => {
            format!(
                "the autoscaler wants {} of {thing} instead of {}",
                counted(*to, "instance"),
                thousands(*from)
            )
        }
        FactKind::InstanceReady => format!("an instance of {thing} becomes ready"),
        FactKind::InstanceUnready => format!("{instances} not ready any more"),
        FactKind::InstanceKilled(by) => format!("{instances} {}", killed(*by)),
        FactKind::InstanceStopping => format!("{instances} told to stop"),
        FactKind::InstancePending => format!("{instances} waiting: no node has room"),
        FactKind::DrainWaits { service, ready, needed } => format!(
            "the drain of {thing} waits: the budget of {} allows no eviction ({} ready, {} needed)",
            called(&names.services, *service),
            thousands(*ready),
            thousands(*needed)
        ),
        FactKind::DrainUnended { left, refused } => format!(
            "the drain of {thing} has not ended: {} left, asked to go {}",
            counted(*left, "instance"),
            counted(*refused, "time")
        ),
        FactKind::NoneReady => format!("no instance of {thing} is ready"),
        FactKind::IdleRace { kept, used } => format!(
            "{thing} closes idle connections after {}, and requests to it come on those that were idle for up to {}",
            span(*kept),
            span(*used)
        ),
        FactKind::StoreFull {
            limit,
            holders: who,
            changes,
        } => full(&thing, *limit, &holders(who, *changes, &names.services)),
        FactKind::StoreDown => format!("{thing} is away"),
        FactKind::StoreBack => format!("{thing} is back"),
        FactKind::PoolExhausted { store, size } => {
            let (store, size) = (called(&names.stores, *store), thousands(*size));
            format!("a pool of {thing} to {store} has no connection left ({size} of {size}), and a request waits")
        }
        FactKind::StepBegan(step) => format!("{} begins", called(&names.steps, *step)),
        FactKind::LockAwaited {
            step,
            lock,
            table,
            holders,
        } => {
            let step = called(&names.steps, *step);
            format!("{step} waits for {lock} on `{table}`, {}", in_the_way(*holders))
        }
        FactKind::LockTaken {
            step,
            lock,
            table,
            waited,
        } => {
            let (step, waited) = (called(&names.steps, *step), span(*waited));
            format!("{step} gets {lock} on `{table}` after {waited}")
        }
        FactKind::RequestsWait { step, table } => {
            let step = called(&names.steps, *step);
            format!("requests that need `{table}` wait behind {step}, each with its connection")
        }
        FactKind::Outdated { revision, step } => {
            let revision = revision_of(names, fact.subject, *revision);
            format!(
                "{} has taken away what {thing} {revision} touches",
                called(&names.steps, *step)
            )
        }
        FactKind::StepEnded(step) => format!("{} has ended", called(&names.steps, *step)),
        FactKind::StepFailed { step, why, again } => {
            let step = called(&names.steps, *step);
            match again {
                Some(again) => format!(
                    "{step} gives up: {}; it tries again after {}",
                    one_line(why),
                    span(*again)
                ),
                None => format!("{step} has failed: {}", one_line(why)),
            }
        }
        FactKind::BreakerOpened => format!("the breaker of {thing} opens"),
        FactKind::BreakerClosed => format!("the breaker of {thing} closes"),
        FactKind::BudgetSpent => format!("the retry budget of {thing} is spent"),
        FactKind::Overloaded => format!("{thing} has more work than it can do: callers give up before its turn comes"),
        FactKind::SessionsEnded { users } => {
            format!(
                "with an instance of {thing} go the sessions of {}",
                counted(*users, "user")
            )
        }
        FactKind::SessionsEmptied { store, users } => format!(
            "with what {} held go the sessions of {} of {thing}",
            called(&names.stores, *store),
            counted(*users, "user")
        ),
        FactKind::SessionElsewhere => {
            format!("a request reaches a process of {thing} that does not know its session: another one does")
        }
        FactKind::QueueFull => format!("{thing} is full"),
        FactKind::QueueGrows { left, worker } => {
            let done = worker.map_or_else(
                || "are worked on".to_owned(),
                |worker| format!("{} works on", called(&names.services, worker)),
            );
            let left = counted(*left, "message");
            format!("{thing} grows to the end: more messages come than {done}, and {left} are left")
        }
        FactKind::MessageFailed(cause) => {
            format!(
                "work of {thing} on a message fails for the first time: {}",
                cause.words()
            )
        }
        FactKind::FirstFailure(cause) => {
            let ends = if cause.is_drop() { "is dropped" } else { "fails" };
            format!(
                "the first request {} {ends}: {}",
                direction(fact.subject, &thing),
                cause.words()
            )
        }
    }
}

const fn killed(by: Killed) -> &'static str {
    match by {
        Killed::Scenario => "killed by the scenario",
        Killed::Startup => "ended by the startup probe, which did not pass in time",
        Killed::Liveness => "ended by the liveness probe",
        Killed::Memory => "killed by the kernel: over the memory limit",
        Killed::Drain => "ended with work in flight: the time to drain is over",
        Killed::Grace => "killed with work in flight: the grace period is over",
        Killed::Deaf => "killed as its grace period is over: a stalled process hears no signal",
        Killed::GaveUp => "not started again: it ended too often",
    }
}

fn in_the_way(holders: u64) -> String {
    match holders {
        0 => "behind another change".to_owned(),
        1 => "behind a transaction that is under way".to_owned(),
        _ => format!("behind {} that are under way", counted(holders, "transaction")),
    }
}

fn full(thing: &str, limit: u64, holders: &str) -> String {
    let limit = thousands(limit);
    let colon = if holders.is_empty() { "" } else { ": " };
    format!("{thing} has no connection left ({limit} of {limit}){colon}{holders}")
}

/// What a fact is about, as a sentence calls it.
pub(super) fn subject(names: &Names, subject: Subject) -> String {
    match subject {
        Subject::Clients => "clients".to_owned(),
        Subject::Service(index) => called(&names.services, index),
        Subject::Store(index) => called(&names.stores, index),
        Subject::Queue(index) => called(&names.queues, index),
        Subject::Node(index) => called(&names.nodes, index),
        Subject::Call(service, call) => {
            let calls = names.calls.get(service).map_or(&[][..], Vec::as_slice);
            format!("{} to {}", called(&names.services, service), called(calls, call))
        }
    }
}

/// A request comes from clients, and goes to everything else.
fn direction(subject: Subject, thing: &str) -> String {
    match subject {
        Subject::Clients => format!("of {thing}"),
        Subject::Call(..) => format!("from {thing}"),
        Subject::Service(_) | Subject::Store(_) | Subject::Queue(_) | Subject::Node(_) => format!("to {thing}"),
    }
}

fn revision_of(names: &Names, subject: Subject, revision: usize) -> String {
    let revisions = match subject {
        Subject::Service(service) => names.revisions.get(service),
        _ => None,
    };
    name(revisions.map_or(&[][..], Vec::as_slice), revision)
}

/// The kind of a fact as one word for programs; it is what [`FactKind`] is called in a study, too.
pub(super) const fn kind(what: &FactKind) -> &'static str {
    match what {
        FactKind::Event(_) => "event",
        FactKind::RolloutBegan(_) => "rollout_began",
        FactKind::TrafficSplit(_) => "traffic_split",
        FactKind::RolloutComplete => "rollout_complete",
        FactKind::RolloutStuck => "rollout_stuck",
        FactKind::RolloutAborted(_) => "rollout_aborted",
        FactKind::Scaled { .. } => "scaled",
        FactKind::InstanceReady => "instance_ready",
        FactKind::InstanceUnready => "instance_unready",
        FactKind::InstanceKilled(_) => "instance_killed",
        FactKind::InstanceStopping => "instance_stopping",
        FactKind::InstancePending => "instance_pending",
        FactKind::DrainWaits { .. } => "drain_waits",
        FactKind::DrainUnended { .. } => "drain_unended",
        FactKind::NoneReady => "none_ready",
        FactKind::IdleRace { .. } => "idle_race",
        FactKind::StoreFull { .. } => "store_full",
        FactKind::StoreDown => "store_down",
        FactKind::StoreBack => "store_back",
        FactKind::PoolExhausted { .. } => "pool_exhausted",
        FactKind::StepBegan(_) => "step_began",
        FactKind::LockAwaited { .. } => "lock_awaited",
        FactKind::LockTaken { .. } => "lock_taken",
        FactKind::RequestsWait { .. } => "requests_wait",
        FactKind::Outdated { .. } => "outdated",
        FactKind::StepEnded(_) => "step_ended",
        FactKind::StepFailed { .. } => "step_failed",
        FactKind::BreakerOpened => "breaker_opened",
        FactKind::BreakerClosed => "breaker_closed",
        FactKind::BudgetSpent => "budget_spent",
        FactKind::Overloaded => "overloaded",
        FactKind::SessionsEnded { .. } => "sessions_ended",
        FactKind::SessionsEmptied { .. } => "sessions_emptied",
        FactKind::SessionElsewhere => "session_elsewhere",
        FactKind::QueueFull => "queue_full",
        FactKind::QueueGrows { .. } => "queue_grows",
        FactKind::FirstFailure(_) => "first_failure",
        FactKind::MessageFailed(_) => "message_failed",
    }
}

/// What a reader wants marked on a chart: what was done from outside, and what took over a whole thing. What happens to single
/// instances is left to the counts.
pub(super) const fn is_mark(what: &FactKind) -> bool {
    !matches!(
        what,
        FactKind::InstanceReady
            | FactKind::InstanceUnready
            | FactKind::InstanceStopping
            | FactKind::InstanceKilled(_)
            | FactKind::SessionsEnded { .. }
    )
}
