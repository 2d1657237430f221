//! Who asks, as specs say it; and that the rule about sessions says what runs show.

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::Model;
use loadline_compiler::rules;
use loadline_compiler::values::Date;

use crate::Tick;
use crate::engine::{Luck, Plan, run};
use crate::scenario::Scenario;
use crate::system::Use;
use crate::testing::model;
use crate::{Seed, outcome};

/// A service with sessions, and what happens to it.
fn spec(place: &str, service: &str, route: &str, traffic: &str) -> Model {
    model(&format!(
        "project shop {{}}
{place}
gateway edge {{ domain \"example.com\"; route \"/\" api {route} }}
service api {{
  version 2.1.0
  image \"registry.example.com/api:1\"
  runtime node 24
  run \"server.js\"
  memory 256Mi
  listen http 8080
  {service}
}}
scenario calm {{ {traffic}; until 1m }}
scenario release {{ {traffic}; at 20s {{ rollout api {{ to 2.2 }} }}; until 2m }}
"
    ))
}

fn read(model: &Model, scenario: usize) -> Scenario {
    Scenario::of(model, &model.scenarios[scenario]).unwrap()
}

fn sessions_lost(model: &Model, scenario: usize) -> u64 {
    let Scenario { system, plan, .. } = read(model, scenario);
    let luck = Luck { seed: Seed(1), run: 0 };
    let figures: outcome::Figures = run(&system, &plan, luck).figures;
    figures.services[0].sessions.map_or(0, |sessions| sessions.lost())
}

/// What the rule says before anything runs is what is seen when it does: an error where sessions are lost on a calm day, a warning or
/// a note where a release ends them.
#[test]
fn the_rule_and_the_simulator_agree() {
    const LOAD: &str = "load { rate 20/s; users 40; cpu 2ms; boot 4s; longest 3s }";
    const CACHE: &str = "cluster prod {}; cache store { engine memcached 1.6; max_clients 100 }";
    let cases = [
        ("cluster prod {}", "scale 3; sessions memory", "", Some(Severity::Error)),
        (
            "cluster prod {}",
            "scale 3; sessions memory",
            "{ sticky }",
            Some(Severity::Warning),
        ),
        (
            "cluster prod {}",
            "processes 2; sessions memory",
            "{ sticky }",
            Some(Severity::Error),
        ),
        ("cluster prod {}", "scale 1; sessions memory", "", Some(Severity::Note)),
        (
            "host main { process systemd }",
            "scale 3; sessions memory",
            "",
            Some(Severity::Error),
        ),
        (
            "host main { process systemd }",
            "scale 3; sessions memory",
            "{ sticky }",
            Some(Severity::Warning),
        ),
        (
            "host main { process pm2 }",
            "scale 3; sessions memory",
            "{ sticky }",
            Some(Severity::Error),
        ),
        (CACHE, "scale 3; uses store { pool 2 }; sessions cache store", "", None),
        ("cluster prod {}", "scale 3; sessions token", "", None),
    ];
    for (place, service, route, severity) in cases {
        let model = spec(
            place,
            &format!("{service}; {LOAD}"),
            route,
            "at 0s { traffic api 20/s }",
        );
        let found = rules::check(&model, &[], None, Date::parse("2026-11-21").unwrap());
        let of = found.iter().find(|found| found.rule.name == "sessions-in-memory");
        assert_eq!(of.map(|found| found.severity), severity, "{place} {service} {route}");
        let (calm, release) = (sessions_lost(&model, 0), sessions_lost(&model, 1));
        let is_lost_anyway = severity == Some(Severity::Error);
        assert_eq!(
            0 < calm,
            is_lost_anyway,
            "{place} {service} {route}: {calm} on a calm day"
        );
        assert_eq!(0 < release, severity.is_some(), "{place} {service} {route}: {release}");
    }
}

fn users(load: &str, traffic: &str) -> (Vec<(u64, u64)>, Option<String>) {
    let model = spec(
        "cluster prod {}",
        &format!("scale 2; sessions memory; load {{ {load} }}"),
        "",
        traffic,
    );
    let Scenario { plan, assumptions, .. } = read(&model, 0);
    let Plan { users, .. } = plan;
    let users = users.iter().map(|users| (users.from.micros() / 1_000_000, users.count));
    let assumed = assumptions.into_iter().map(|assumed| assumed.message);
    (
        users.collect(),
        assumed.into_iter().find(|message| message.contains("users")),
    )
}

#[test]
fn as_many_as_are_said_or_as_the_rate_needs() {
    let boot = "boot 4s; cpu 2ms";
    let said = users(&format!("{boot}; rate 20/s; users 40"), "at 0s { traffic api 50/s }");
    assert_eq!(said, (vec![(0, 40)], None));
    let by_events = "at 0s { traffic api 50/s { users 300 } }; at 30s { traffic api 90/s { users 500 } }";
    assert_eq!(users(boot, by_events).0, [(0, 630), (0, 300), (30, 500)]);
    let (assumed, message) = users(boot, "at 0s { traffic api 50/s }; at 9s { traffic api 80.5/s }");
    assert_eq!(assumed, [(0, 564)]);
    let message = message.unwrap();
    assert_eq!(
        message,
        "564 users ask `api`, each once in 7s: how many there are is not known"
    );
    // Clients who wait for answers are who they are.
    assert_eq!(users(boot, "at 0s { traffic api { clients 5 } }"), (vec![(0, 1)], None));
}

#[test]
fn more_traffic_is_more_users() {
    let model = spec(
        "cluster prod {}",
        "scale 2; sessions memory; load { rate 1/s; users 40 }",
        "",
        "at 0s { traffic api 5/s }",
    );
    let mut scenario = read(&model, 0);
    scenario.scale_traffic(2_500_000);
    assert_eq!(scenario.plan.users[0].count, 100);
    assert_eq!(scenario.plan.users[0].from, Tick::START);
}

/// Nobody is told apart where it makes no difference.
#[test]
fn only_where_it_matters() {
    let is_told = |service: &str, route: &str| {
        let model = spec(
            "cluster prod {}",
            &format!("scale 2; load {{ rate 1/s }}; {service}"),
            route,
            "at 0s { traffic api 5/s }",
        );
        let scenario = read(&model, 0);
        assert_eq!(scenario.plan.users.is_empty(), !scenario.system.edges[0].knows_users);
        scenario.system.edges[0].knows_users
    };
    assert!(!is_told("", "") && !is_told("sessions token", "") && !is_told("sessions none", ""));
    assert!(is_told("", "{ sticky }") && is_told("sessions memory", ""));
}

#[test]
fn each_request_reads_its_session_once() {
    let uses = |said: &str, engine: &str| {
        let cache = format!("cluster prod {{}}; cache store {{ engine {engine}; max_clients 100 }}");
        let model = spec(
            &cache,
            &format!("sessions cache store; load {{ rate 1/s }}; {said}"),
            "",
            "at 0s { traffic api 5/s }",
        );
        let system = read(&model, 0).system;
        let uses: Vec<u64> = system.services[0]
            .uses
            .iter()
            .map(|used: &Use| used.per_request)
            .collect();
        (uses, system.services[0].sessions.is_some())
    };
    assert_eq!(uses("", "redis 7"), (vec![1_000_000], false));
    assert_eq!(
        uses("uses store { pool 2 }", "redis 7; volatile"),
        (vec![1_000_000], true)
    );
    assert_eq!(
        uses("uses store { pool 2; per_request 3 }", "memcached 1.6"),
        (vec![3_000_000], true)
    );
}
