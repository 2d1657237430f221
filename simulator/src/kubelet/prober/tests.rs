//! Each line of the algorithm, and what follows from it: how soon a failure is noticed, how long a start may take.

use loadline_compiler::budget::probes::startup_deadline;
use proptest::prelude::*;

use super::*;
use crate::testing::model;

const SECOND: u64 = 1_000_000;

fn seconds(seconds: u64) -> Tick {
    Tick::at(seconds * SECOND)
}

/// The defaults of core/v1 Probe.
fn probing(role: Role) -> Probing {
    Probing {
        role,
        after_seconds: 0,
        period: Span::from_micros(10 * SECOND),
        timeout: Span::from_micros(SECOND),
        failing: 3,
        passing: 1,
    }
}

fn prober(role: Role) -> Prober {
    Prober::new(probing(role), Tick::START)
}

/// A container that runs since the start.
fn running(id: u64) -> Seen {
    Seen {
        is_started: true,
        container: Some(Container {
            id,
            running_since: Some(Tick::START),
        }),
        ..Seen::default()
    }
}

fn starting(id: u64) -> Seen {
    Seen {
        is_started: false,
        ..running(id)
    }
}

fn published(container: u64, verdict: Verdict) -> Option<Published> {
    Some(Published { container, verdict })
}

/// A look that ends in asking, and the answer; the verdict, if it is new.
fn ask(prober: &mut Prober, seen: Seen, answer: Answer) -> Option<Published> {
    let turn = prober.tick(seconds(60), seen);
    assert_eq!(turn.step, Step::Ask);
    prober.answered(answer)
}

#[test]
fn looks_every_period_from_when_the_pod_was_admitted() {
    let mut prober = Prober::new(probing(Role::Liveness), seconds(3));
    assert_eq!(prober.next(seconds(3)), Some(seconds(13)));
    prober.tick(seconds(13), Seen::default());
    assert_eq!(prober.next(seconds(13)), Some(seconds(23)));
}

#[test]
fn what_is_taken_for_granted_before_the_first_answer() {
    for (role, verdict) in [
        (Role::Readiness, Verdict::Failure),
        (Role::Liveness, Verdict::Success),
        (Role::Startup, Verdict::Unknown),
    ] {
        let mut prober = prober(role);
        assert_eq!(prober.published(), None);
        let seen = if role == Role::Startup { starting(1) } else { running(1) };
        let turn = prober.tick(seconds(10), seen);
        assert_eq!((turn.published, turn.step), (published(1, verdict), Step::Ask));
    }
}

#[test]
fn a_pod_that_is_over_ends_it() {
    let mut prober = prober(Role::Readiness);
    let over = Seen {
        is_over: true,
        ..running(1)
    };
    assert_eq!(prober.tick(seconds(10), over).step, Step::Stop);
    assert_eq!(prober.next(seconds(10)), None);
    assert_eq!(prober.tick(seconds(20), running(1)).step, Step::Stop);
}

#[test]
fn without_a_container_it_waits() {
    let mut prober = prober(Role::Liveness);
    let turn = prober.tick(seconds(10), Seen::default());
    assert_eq!((turn.published, turn.step), (None, Step::Wait));
}

#[test]
fn a_new_container_begins_anew_and_ends_the_hold() {
    let mut prober = prober(Role::Liveness);
    (0..2).for_each(|_| assert_eq!(ask(&mut prober, running(1), Answer::Failed), None));
    assert_eq!(
        ask(&mut prober, running(1), Answer::Failed),
        published(1, Verdict::Failure)
    );
    // On hold: it does not ask, and says nothing.
    let held = prober.tick(seconds(70), running(1));
    assert_eq!((held.published, held.step), (None, Step::Wait));
    let anew = prober.tick(seconds(80), running(2));
    assert_eq!((anew.published, anew.step), (published(2, Verdict::Success), Step::Ask));
    // Counting begins anew, too.
    assert_eq!(prober.answered(Answer::Failed), None);
}

#[test]
fn readiness_keeps_counting_over_a_restart() {
    let mut prober = prober(Role::Readiness);
    assert_eq!(
        ask(&mut prober, running(1), Answer::Passed),
        published(1, Verdict::Success)
    );
    (0..2).for_each(|_| assert_eq!(ask(&mut prober, running(1), Answer::Failed), None));
    // The third failure is that of another container. It is not ready anyway: nothing is new.
    let turn = prober.tick(seconds(70), running(2));
    assert_eq!(turn.published, published(2, Verdict::Failure));
    assert_eq!(prober.answered(Answer::Failed), None);
    assert_eq!(prober.published(), published(2, Verdict::Failure));
}

#[test]
fn what_does_not_run_has_failed() {
    for role in [Role::Readiness, Role::Liveness, Role::Startup] {
        let mut prober = prober(role);
        let ended = Seen {
            container: Some(Container {
                id: 1,
                running_since: None,
            }),
            ..running(1)
        };
        let turn = prober.tick(seconds(10), ended);
        assert_eq!(
            (turn.published, turn.step),
            (published(1, Verdict::Failure), Step::Wait)
        );
    }
}

#[test]
fn deleting_ends_liveness_and_startup_as_well_and_readiness_goes_on() {
    for role in [Role::Startup, Role::Liveness] {
        let mut prober = prober(role);
        let deleting = Seen {
            is_deleting: true,
            ..running(1)
        };
        let turn = prober.tick(seconds(10), deleting);
        assert_eq!(
            (turn.published, turn.step),
            (published(1, Verdict::Success), Step::Stop)
        );
    }
    let mut prober = prober(Role::Readiness);
    let deleting = Seen {
        is_deleting: true,
        ..running(1)
    };
    assert_eq!(
        ask(&mut prober, deleting, Answer::Passed),
        published(1, Verdict::Success)
    );
}

#[test]
fn the_delay_is_counted_in_whole_seconds_since_the_start() {
    let mut prober = Prober::new(
        Probing {
            after_seconds: 2,
            ..probing(Role::Liveness)
        },
        Tick::START,
    );
    let seen = |id| Seen {
        container: Some(Container {
            id,
            running_since: Some(seconds(10)),
        }),
        ..running(id)
    };
    assert_eq!(prober.tick(Tick::at(12 * SECOND - 1), seen(1)).step, Step::Wait);
    assert_eq!(prober.tick(Tick::at(12 * SECOND), seen(1)).step, Step::Ask);
}

#[test]
fn startup_is_asked_first_and_the_others_then() {
    for (role, while_starting, after) in [
        (Role::Startup, Step::Ask, Step::Wait),
        (Role::Liveness, Step::Wait, Step::Ask),
        (Role::Readiness, Step::Wait, Step::Ask),
    ] {
        assert_eq!(prober(role).tick(seconds(10), starting(1)).step, while_starting);
        assert_eq!(prober(role).tick(seconds(10), running(1)).step, after);
    }
}

#[test]
fn what_could_not_be_asked_counts_for_nothing() {
    let mut prober = prober(Role::Liveness);
    for answer in [Answer::Failed, Answer::Failed, Answer::NotAsked] {
        assert_eq!(ask(&mut prober, running(1), answer), None);
    }
    assert_eq!(
        ask(&mut prober, running(1), Answer::Failed),
        published(1, Verdict::Failure)
    );
}

#[test]
fn only_answers_in_a_row_count() {
    let two = Probing {
        passing: 2,
        ..probing(Role::Readiness)
    };
    let mut prober = Prober::new(two, Tick::START);
    for answer in [Answer::Passed, Answer::Failed, Answer::Passed] {
        assert_eq!(ask(&mut prober, running(1), answer), None);
    }
    assert_eq!(
        ask(&mut prober, running(1), Answer::Passed),
        published(1, Verdict::Success)
    );
    for answer in [
        Answer::Failed,
        Answer::Failed,
        Answer::Passed,
        Answer::Failed,
        Answer::Failed,
    ] {
        assert_eq!(ask(&mut prober, running(1), answer), None);
    }
    assert_eq!(
        ask(&mut prober, running(1), Answer::Failed),
        published(1, Verdict::Failure)
    );
    assert_eq!(ask(&mut prober, running(1), Answer::Failed), None, "not new");
}

#[test]
fn startup_is_on_hold_after_either_verdict() {
    for (answers, verdict) in [(1, Verdict::Success), (3, Verdict::Failure)] {
        let mut prober = prober(Role::Startup);
        let answer = if verdict == Verdict::Success {
            Answer::Passed
        } else {
            Answer::Failed
        };
        let last = (0..answers).fold(None, |_, _| ask(&mut prober, starting(1), answer));
        assert_eq!(last, published(1, verdict));
        assert_eq!(prober.tick(seconds(70), starting(1)).step, Step::Wait);
        assert_eq!(prober.tick(seconds(80), starting(2)).step, Step::Ask);
    }
}

#[test]
fn a_trigger_asks_readiness_at_once_and_moves_no_tick() {
    let mut prober = prober(Role::Readiness);
    assert!(prober.trigger());
    assert_eq!(prober.next(seconds(4)), Some(seconds(4)));
    assert_eq!(prober.tick(seconds(4), running(1)).step, Step::Ask);
    // While it asks it only remembers: one more time, however often.
    assert!(!prober.trigger());
    assert!(!prober.trigger());
    assert_eq!(prober.answered(Answer::Failed), None);
    assert_eq!(prober.next(seconds(5)), Some(seconds(5)));
    assert_eq!(prober.tick(seconds(5), running(1)).step, Step::Ask);
    assert_eq!(prober.answered(Answer::Passed), published(1, Verdict::Success));
    assert_eq!(prober.next(seconds(5)), Some(seconds(10)));
    // Ready: a status changes nothing any more.
    assert!(!prober.trigger());
    assert!(!super::Prober::new(probing(Role::Liveness), Tick::START).trigger());
}

#[test]
fn a_tick_and_a_trigger_are_two_looks() {
    let mut prober = prober(Role::Readiness);
    prober.trigger();
    prober.tick(seconds(10), Seen::default());
    assert_eq!(prober.next(seconds(11)), Some(seconds(11)));
    prober.tick(seconds(11), Seen::default());
    assert_eq!(prober.next(seconds(11)), Some(seconds(20)));
}

/// When a probe first says `verdict`: of a container that starts then, and answers as `is_well` says, or not until the timeout.
fn first(probing: Probing, started: Tick, verdict: Verdict, is_well: impl Fn(Tick) -> bool) -> Tick {
    let mut prober = Prober::new(probing, Tick::START);
    let mut now = Tick::START;
    loop {
        now = prober.next(now).unwrap();
        let seen = Seen {
            is_started: probing.role != Role::Startup,
            container: (started <= now).then_some(Container {
                id: 1,
                running_since: Some(started),
            }),
            ..Seen::default()
        };
        if prober.tick(now, seen).step != Step::Ask {
            continue;
        }
        let answer = if is_well(now) {
            Answer::Passed
        } else {
            now = now.after(probing.timeout).unwrap();
            Answer::Failed
        };
        if prober.answered(answer).is_some_and(|new| new.verdict == verdict) {
            return now;
        }
        assert!(now < seconds(1_000), "it never says so");
    }
}

proptest! {
    /// A process that no longer answers is noticed after (failures − 1) × period + timeout, and what is left of a period.
    #[test]
    fn how_soon_a_failure_is_noticed(failing in 1_u64..5, period in 1_u64..20, timeout in 1_u64..5, dead in 30_000_000_u64..90_000_000) {
        prop_assume!(timeout <= period);
        for role in [Role::Readiness, Role::Liveness] {
            let probing = Probing {
                failing,
                period: Span::from_micros(period * SECOND),
                timeout: Span::from_micros(timeout * SECOND),
                ..probing(role)
            };
            let noticed = first(probing, seconds(1), Verdict::Failure, |now| now.micros() < dead);
            let least = ((failing - 1) * period + timeout) * SECOND;
            // The first verdict of readiness is a failure, before it has passed: that is not the one.
            let took = noticed.micros().checked_sub(dead);
            prop_assert!(took.is_some_and(|took| least <= took && took < least + period * SECOND), "{role:?}: {took:?}");
        }
    }

    /// What never comes up is killed after delay + failures × period at the earliest possible, a timeout later at most; the
    /// budget has the same formula.
    #[test]
    fn how_long_a_start_may_take(after in 0_u64..30, period in 1_u64..20, failing in 1_u64..6, timeout in 1_u64..5, started in 0_u64..20_000_000, with_startup: bool) {
        prop_assume!(timeout <= period);
        let probe = format!("{{ after {after}s; every {period}s; failing {failing}; timeout {timeout}s }}");
        let health = if with_startup {
            format!("startup \"/h\" {probe}; live \"/h\"")
        } else {
            format!("live \"/h\" {probe}")
        };
        let model = model(&format!("project p\ncluster c\nservice s {{ runs_on c; image \"example.com/s:1\"; listen http 80; health {{ {health} }} }}"));
        let deadline = startup_deadline(&model.workloads[0].health).unwrap();
        let role = if with_startup { Role::Startup } else { Role::Liveness };
        let probing = Probing::new(role, deadline.probe);
        prop_assert_eq!((probing.after_seconds, probing.failing), (after, failing));

        let killed = first(probing, Tick::at(started), Verdict::Failure, |_| false);
        let took = killed.since(Tick::at(started)).micros();
        let bound = Span::from(deadline.time).micros() + timeout * SECOND;
        prop_assert!(took <= bound, "{took} of {bound}");
        prop_assert!(bound < took + period * SECOND + 1, "{took} of {bound}");
    }
}
