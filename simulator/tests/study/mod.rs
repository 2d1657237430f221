//! A study as an engine would fill it, put together by rule so that it adds up: three runs of a bad deploy, in which the
//! surge takes the database's last connections.

use loadline_simulator::outcome::*;
use loadline_simulator::system::Refusal;
use loadline_simulator::{Instances, Span, Tick};

/// Seconds of a run, and what it is sampled in.
const SECONDS: u32 = 420;
const POOL: u32 = 20;
const MAILER: u32 = 30;
const LIMIT: u32 = 270;

/// Three runs, each with a slower end of its old instances.
pub fn bad_deploy() -> Study {
    let runs: Vec<(Figures, Story)> = (0..3).map(|run| one(run, 14 + 8 * run)).collect();
    let availability = runs
        .iter()
        .map(|(figures, _)| figures.clients.availability().map(Measurement::Parts));
    let availability: Vec<Option<Measurement>> = availability.collect();
    let worst = runs[2].0.clients.availability().unwrap();
    let told = Told {
        run: 2,
        story: runs[2].1.clone(),
        replay: "loadline simulate bad-deploy --seed 7 --run 2".to_owned(),
    };
    Study {
        scenario: "bad-deploy".to_owned(),
        seed: 7,
        names: names(),
        remarks: vec![Refusal {
            place: Place { start: 12, end: 20 },
            message: "`nightly` does not run: its 4 connections to `orders-db` are missing in the figures".to_owned(),
            help: "take them from the store: `--set orders-db.reserve=34`".to_owned(),
        }],
        expectations: vec![
            Judged {
                text: "availability api >= 99.5%".to_owned(),
                place: Some(Place { start: 145, end: 170 }),
                share: 1_000_000,
                held: false,
                runs_held: 1,
                runs: 3,
                interval: (61_495, 792_340),
                values: availability,
                worst: Some(Measurement::Parts(worst)),
                margin: Some(i64::try_from(worst).unwrap() - 995_000),
                bound: Measurement::Parts(995_000),
            },
            counted(
                "connections orders-db <= 270",
                270,
                runs.iter().map(|run| run.0.stores[0].peak.connections),
            ),
            counted(
                "queue_depth paid-orders <= 500",
                500,
                runs.iter().map(|run| run.0.queues[0].deepest.0),
            ),
        ],
        runs: runs.into_iter().map(|(figures, _)| figures).collect(),
        told: Some(told),
    }
}

/// A run in which nothing went wrong and nothing was expected.
#[allow(dead_code, reason = "used by one of the test binaries that include this file")]
pub fn quiet() -> Study {
    let mut study = bad_deploy();
    study.scenario = "quiet".to_owned();
    study.expectations.clear();
    study.remarks.clear();
    study.runs = vec![Figures {
        clients: tally(1_000, &[]),
        ..study.runs[0].clone()
    }];
    for store in &mut study.runs[0].stores {
        store.limit = None;
    }
    study.told = None;
    study
}

fn counted(text: &str, bound: u64, values: impl Iterator<Item = u64>) -> Judged {
    let values: Vec<u64> = values.collect();
    let worst = values.iter().copied().max().unwrap();
    Judged {
        text: text.to_owned(),
        place: Some(Place { start: 146, end: 170 }),
        share: 990_000,
        held: true,
        runs_held: 3,
        runs: 3,
        interval: (438_494, 1_000_000),
        values: values
            .into_iter()
            .map(|value| Some(Measurement::Count(value)))
            .collect(),
        worst: Some(Measurement::Count(worst)),
        margin: Some(i64::try_from(bound).unwrap() - i64::try_from(worst).unwrap()),
        bound: Measurement::Count(bound),
    }
}

fn names() -> Names {
    let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    Names {
        services: texts(&["api", "mailer"]),
        revisions: vec![texts(&["2.1.0", "2.2"]), texts(&["1.4.0"])],
        calls: vec![texts(&["card-processor"]), Vec::new()],
        stores: texts(&["orders-db", "card-processor"]),
        queues: texts(&["paid-orders"]),
        nodes: texts(&["prod-1", "prod-2"]),
        steps: texts(&["full-name.add"]),
    }
}

/// Old instances go every eight seconds from 38 s on, each takes `ends` seconds to go; all come back at 300 s.
fn instances(second: u32, ends: u32) -> Instances {
    let phase = |begin: u32| {
        let since = second.saturating_sub(begin);
        let replaced = (since / 8).min(10);
        let going = (1..=replaced).filter(|&number| since < number * 8 + ends).count() as u32;
        (replaced, going)
    };
    let began = if second < 300 { 30 } else { 300 };
    let (replaced, going) = phase(began);
    let starting = u32::from(began <= second && replaced < 10);
    Instances {
        starting: u64::from(starting),
        ready: 10,
        terminating: u64::from(going),
    }
}

/// Not random, and not flat either.
fn wobble(second: u32, run: u32, within: u32) -> u32 {
    (second.wrapping_mul(2_654_435_761).wrapping_add(run * 97) >> 7) % within
}

fn one(run: u32, ends: u32) -> (Figures, Story) {
    let mut api = ServiceLine::default();
    let mut db = StoreLine::default();
    let mut depth = Vec::new();
    let mut causes = [
        Cause::StoreRefused,
        Cause::PoolExhausted,
        Cause::Error,
        Cause::Timeout,
        Cause::BreakerOpen,
    ]
    .map(|cause| (cause, Vec::new()));
    let mut holders = [(0, Vec::new()), (1, Vec::new())];
    for second in 0..SECONDS {
        let count = instances(second, ends);
        let wanted = u32::try_from(count.live()).unwrap() * POOL + MAILER;
        let over = wanted.saturating_sub(LIMIT);
        let arrived = 780 + wobble(second, run, 41);
        let bad = (30..380).contains(&second) && second < 350;
        let failed = [
            over * 2,
            over / 3,
            if bad { arrived / 100 + wobble(second, run, 4) } else { 0 },
            if 40 < over { over / 8 } else { 0 },
            if (60..75).contains(&second) && 0 < run { 3 } else { 0 },
        ];
        for ((_, line), count) in causes.iter_mut().zip(failed) {
            line.push(count);
        }
        api.arrived.push(arrived);
        api.succeeded.push(arrived - failed.iter().sum::<u32>());
        api.starting.push(u32::try_from(count.starting).unwrap());
        api.ready.push(u32::try_from(count.ready).unwrap());
        api.terminating.push(u32::try_from(count.terminating).unwrap());
        let slow = 1 + over / 4;
        let time = |micros: u32| Some(Span::from_micros(u64::from(micros)));
        api.p50.push(time(11_000 + wobble(second, run, 2_000) + 100 * slow));
        api.p95.push(time(38_000 + wobble(second, run, 9_000) + 4_000 * slow));
        api.p99.push(time(95_000 + wobble(second, run, 30_000) + 90_000 * slow));
        db.connections.push(wanted.min(LIMIT));
        db.refused.push(over * 2);
        db.waiting.push(over / 2);
        holders[0].1.push(wanted.min(LIMIT) - MAILER);
        holders[1].1.push(MAILER);
        depth.push(20 + wobble(second, run, 30) + over * 3);
    }
    api.causes = causes.to_vec();
    db.holders = holders.to_vec();
    let figures = figures(run, &api, &db, &depth, ends);
    let story = story(
        &figures,
        &db.clone(),
        Timeline {
            step: Span::from_micros(1_000_000),
            clients: ServiceLine {
                starting: Vec::new(),
                ready: Vec::new(),
                terminating: Vec::new(),
                ..api.clone()
            },
            services: vec![api, mailer()],
            stores: vec![db, processor()],
            queues: vec![QueueLine { depth }],
        },
    );
    (figures, story)
}

fn mailer() -> ServiceLine {
    let all = |value: u32| vec![value; SECONDS as usize];
    ServiceLine {
        starting: all(0),
        ready: all(2),
        terminating: all(0),
        arrived: all(160),
        succeeded: all(160),
        p50: vec![Some(Span::from_micros(120_000)); SECONDS as usize],
        p95: vec![Some(Span::from_micros(180_000)); SECONDS as usize],
        p99: vec![Some(Span::from_micros(240_000)); SECONDS as usize],
        ..ServiceLine::default()
    }
}

fn processor() -> StoreLine {
    let all = |value: u32| vec![value; SECONDS as usize];
    StoreLine {
        connections: all(29),
        holders: vec![(0, all(29))],
        refused: all(0),
        waiting: all(0),
    }
}

fn tally(arrived: u64, causes: &[(Cause, u64)]) -> Tally {
    let mut tally = Tally {
        arrived,
        succeeded: arrived - causes.iter().map(|(_, count)| count).sum::<u64>(),
        ..Tally::default()
    };
    for (cause, count) in causes {
        tally.causes[*cause as usize] = *count;
    }
    tally
}

fn sum(values: &[u32]) -> u64 {
    values.iter().map(|&value| u64::from(value)).sum()
}

/// The first second of the highest.
fn most(values: &[u32]) -> (u64, Tick) {
    let most = values.iter().copied().max().unwrap();
    let second = values.iter().position(|&value| value == most).unwrap();
    (u64::from(most), Tick::at(second as u64 * 1_000_000))
}

fn percentiles(p50: u64, p95: u64, p99: u64, max: u64) -> Percentiles {
    let time = |micros| Some(Span::from_micros(micros));
    Percentiles {
        p50: time(p50),
        p95: time(p95),
        p99: time(p99),
        max: time(max),
    }
}

fn figures(run: u32, api: &ServiceLine, db: &StoreLine, depth: &[u32], ends: u32) -> Figures {
    let causes: Vec<(Cause, u64)> = api.causes.iter().map(|(cause, counts)| (*cause, sum(counts))).collect();
    let requests = tally(sum(&api.arrived), &causes);
    let (connections, at) = most(&db.connections);
    let counts = instances(u32::try_from(at.micros() / 1_000_000).unwrap(), ends);
    let live = (0..SECONDS)
        .map(|second| u32::try_from(instances(second, ends).live()).unwrap())
        .collect::<Vec<_>>();
    let peak = most(&live).1;
    let peak_counts = instances(u32::try_from(peak.micros() / 1_000_000).unwrap(), ends);
    let above = |limit: u32| {
        let seconds = db.connections.iter().filter(|&&count| limit <= count).count();
        Span::from_micros(seconds as u64 * 1_000_000)
    };
    let of_api = connections - u64::from(MAILER);
    let holder = |service, instances: Instances, connections| Holder {
        service,
        instances,
        connections,
    };
    let ready = |ready| Instances {
        ready,
        ..Instances::default()
    };
    let of_api = Instances {
        ready: of_api - u64::from(POOL) * (counts.starting + counts.terminating).min(1),
        starting: 0,
        terminating: u64::from(POOL) * (counts.starting + counts.terminating).min(1),
    };
    let wave = u64::from(run) * 130_000;
    Figures {
        run: u64::from(run),
        end: Tick::at(u64::from(SECONDS) * 1_000_000),
        settled: true,
        clients: requests,
        client_latency: percentiles(11_900, 46_200 + wave, 310_000 + wave, 2_400_000 + wave),
        services: vec![
            ServiceFigures {
                requests,
                attempts: requests,
                latency: percentiles(11_900, 46_200 + wave, 310_000 + wave, 2_400_000 + wave),
                least_ready: (10, Tick::START),
                most_live: (peak_counts, peak),
                restarts: 0,
                oom_kills: 0,
                sessions: Some(SessionFigures {
                    begun: 5_810,
                    ended: 210 + u64::from(run),
                    elsewhere: 3,
                }),
            },
            ServiceFigures {
                requests: tally(160 * u64::from(SECONDS), &[]),
                attempts: tally(160 * u64::from(SECONDS), &[]),
                latency: percentiles(120_000, 180_000, 240_000, 300_000),
                least_ready: (2, Tick::START),
                most_live: (ready(2), Tick::START),
                restarts: 1,
                oom_kills: 1,
                sessions: None,
            },
        ],
        stores: vec![
            StoreFigures {
                limit: Some(u64::from(LIMIT)),
                peak: Breakdown {
                    at,
                    connections,
                    holders: vec![holder(0, counts, of_api), holder(1, ready(2), ready(u64::from(MAILER)))],
                    changes: 0,
                },
                above: [above(LIMIT * 8 / 10 + 1), above(LIMIT * 9 / 10 + 1), above(LIMIT)],
                refused: sum(&db.refused),
                operations: requests.succeeded,
                most_waiting: most(&db.waiting).0,
            },
            StoreFigures {
                limit: None,
                peak: Breakdown {
                    at: Tick::START,
                    connections: 29,
                    holders: vec![holder(0, ready(10), ready(29))],
                    changes: 0,
                },
                above: [Span::ZERO; 3],
                refused: 0,
                operations: requests.succeeded / 5,
                most_waiting: 0,
            },
        ],
        queues: vec![QueueFigures {
            published: 160 * u64::from(SECONDS),
            consumed: 160 * u64::from(SECONDS) - 20,
            redelivered: 3,
            dead: 0,
            lost: 0,
            deepest: most(depth),
            left: 20,
        }],
        nodes: vec![
            NodeFigures {
                cpu_requested: 2_250,
                memory_requested: 5 << 30,
                cpu: Some(3_600),
                memory: Some(15_461_882_265),
            };
            2
        ],
        rollouts: vec![rollout(1, 30, ends), rollout(0, 300, ends)],
        steps: Vec::new(),
    }
}

fn rollout(revision: usize, began: u64, ends: u32) -> RolloutFigures {
    let second = |second: u64| Tick::at(second * 1_000_000);
    RolloutFigures {
        service: 0,
        revision,
        began: second(began),
        complete: Some(second(began + 80)),
        drained: Some(second(began + 80 + u64::from(ends))),
        end: if revision == 1 {
            RolloutEnd::RolledBack
        } else {
            RolloutEnd::Complete
        },
        batches: 10,
    }
}

fn story(figures: &Figures, db: &StoreLine, timeline: Timeline) -> Story {
    let second = |at: u64| Tick::at(at * 1_000_000);
    let peak = &figures.stores[0].peak;
    let full = db.refused.iter().position(|&count| 0 < count).unwrap() as u64;
    let fact = |at, subject, what, because, line| Fact {
        instance: None,
        at,
        subject,
        what,
        because,
        place: (line != 0).then_some(Place {
            start: line,
            end: line + 10,
        }),
    };
    let api = Subject::Service(0);
    let event = |text: &str| FactKind::Event(text.to_owned());
    let holders = peak.holders.clone();
    let limit = u64::from(LIMIT);
    let facts = vec![
        fact(second(0), Subject::Clients, event("traffic api 800/s"), None, 141),
        fact(
            second(30),
            api,
            event("rollout api { to 2.2; errors 5%; slower 50% }"),
            None,
            142,
        ),
        fact(second(30), api, FactKind::RolloutBegan(1), Some(1), 142),
        fact(
            Tick::at(30_900_000),
            api,
            FactKind::FirstFailure(Cause::Error),
            Some(1),
            0,
        ),
        fact(Tick::at(37_250_000), api, FactKind::InstanceReady, Some(2), 0),
        fact(
            second(full),
            Subject::Store(0),
            FactKind::StoreFull {
                limit,
                holders,
                changes: 0,
            },
            Some(2),
            31,
        ),
        fact(
            second(full + 1),
            api,
            FactKind::PoolExhausted { store: 0, size: 20 },
            Some(5),
            130,
        ),
        fact(
            Tick::at(full * 1_000_000 + 1_250_000),
            api,
            FactKind::FirstFailure(Cause::StoreRefused),
            Some(5),
            0,
        ),
        fact(second(60), Subject::Call(0, 0), FactKind::BreakerOpened, None, 133),
        fact(second(75), Subject::Call(0, 0), FactKind::BreakerClosed, Some(8), 0),
        fact(second(110), api, FactKind::RolloutComplete, Some(2), 0),
        fact(second(300), api, event("rollback api"), None, 143),
        fact(
            second(300),
            api,
            FactKind::RolloutAborted("rollback by the scenario".to_owned()),
            Some(11),
            143,
        ),
        fact(second(380), api, FactKind::RolloutComplete, Some(12), 0),
    ];
    Story {
        facts,
        chain: vec![1, 2, 5, 7],
        timeline,
    }
}
