//! What-ifs: events and expectations that mean something, and those that do not.

use loadline_compiler::model::{Boot, Until};
use loadline_compiler::quantity::{Duration, Rate};
use loadline_compiler::values::Bounds;

use crate::harness::{Checked, check, check_with};
use crate::judged::{of, one, silent};

const SYSTEM: &str = r#"
cluster prod { nodes 3; cpu 4; memory 16Gi }
database orders-db { engine postgres 16; max_connections 100; reserve 3 }
queue mail { engine rabbitmq 4.1; max_depth 50_000 }
config_set shared { env REGION eu }
service api { image "a:1"; memory 512Mi; listen http 3000; uses orders-db { pool 5 }; publishes mail; load { longest 5s } }
worker mailer { image "a:1"; memory 512Mi; consumes mail }
job report { image "a:1"; memory 512Mi }
change names {
  on orders-db
  from api 2.0 { reads users.id }
  expand "1.sql"
  deploy api 2.1
  contract "2.sql"
}
"#;

fn spec(scenario: &str) -> String {
    format!("{SYSTEM}scenario s {{ {scenario} }}\n")
}

fn read(scenario: &str) -> Checked {
    let files = [
        ("1.sql", "ALTER TABLE users ADD COLUMN full_name text;"),
        ("2.sql", "SELECT 1;"),
        ("rates.txt", "# a day\n10\n20/s\n\n600/m\n"),
        ("words.txt", "10\nmany\n10 20\n"),
    ];
    check_with(&spec(scenario), &files, None)
}

/// What is found by reading alone.
fn unread(scenario: &str) -> String {
    read(scenario).of_family(0)
}

#[test]
fn every_event_can_be_said() {
    let checked = read(
        r#"
        at 0s  { traffic api 800/s { ramp 30s; timeout 1s; retries 2; backoff 100ms..1s } }
        at 10s { traffic api 2_000/s { for 20s }; traffic mail 50/s { burst 500 } }
        at 15s { traffic api { burst 100 } }
        at 20s { traffic api { series "rates.txt"; every 1m } }
        at 25s { traffic api { clients 50; think 2s { fixed } } }
        at 30s { rollout api { to 2.2; errors 5%; slower 50%; boot 20s..40s; memory 600Mi } }
        at 40s { rollout mailer { boot never } }
        at 50s { fail orders-db { for 20s }; slow api { by 300%; for 20s; share 50% } }
        at 60s { partition api orders-db { for 10s } }
        at 70s { kill api { count 2 }; kill report; drain_node prod { node 3 } }
        at 80s { scale api 5; leak api { memory 1Mi; every 100ms } }
        at 90s { migrate names; migrate names.contract; rollback api }
        expect availability api >= 99.5% in 99%
        expect errors api < 10
        expect errors mailer < 1%
        expect p50 api < 50ms
        expect p95 api < 300ms
        expect p99 api < 1s
        expect dropped api == 0 in 99%
        expect dropped mailer <= 0.5%
        expect connections orders-db <= 97
        expect min_ready api >= 1
        expect live api <= 12
        expect queue_depth mail <= 1_000
        expect duration api <= 10m
        runs 200; seed 7; until 10m
    "#,
    );
    assert_eq!(checked.of_family(0), "");
    let scenario = &checked.model.scenarios[0];
    let series = scenario.at[3].traffic[0].series.as_ref().unwrap();
    let rates = &checked.model.series.0[&series.value.0];
    assert_eq!(
        *rates,
        [10, 20, 10].map(Rate::per_second),
        "bare numbers are requests a second"
    );
    let boot = |at: usize| scenario.at[at].rollout[0].boot.as_ref().unwrap().value;
    let range = Bounds {
        low: Duration::seconds(20),
        high: Duration::seconds(40),
    };
    assert_eq!((boot(5), boot(6)), (Boot::After(range), Boot::Never));
    assert_eq!(scenario.until.value, Until::Time(Duration::minutes(10)));
    let found: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|found| found.rule.family() == "scenarios")
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_unit_of_an_expectation_is_that_of_its_metric() {
    let wrong = [
        (
            "availability api >= 0.995",
            "`availability` is a ratio, not a number",
            "write `99.5%`",
        ),
        (
            "availability api >= 99.5",
            "`availability` is a ratio, not a number",
            "write `99.5%`",
        ),
        (
            "p95 api < 300",
            "`p95` is a duration, not a number",
            "write `300ms` or `300s`",
        ),
        (
            "p99 api < 5%",
            "`p99` is a duration, not a ratio",
            "write for example `expect p99 api < 1s`",
        ),
        (
            "connections orders-db <= 80%",
            "`connections` is a number, not a ratio",
            "write for example `expect connections orders-db <= 270`",
        ),
        (
            "dropped api == 0s",
            "`dropped` is a ratio or a number, not a duration",
            "write for example `expect dropped api == 0`",
        ),
        (
            "live api <= 10/s",
            "`live` is a number, not a rate",
            "write for example `expect live api <= 12`",
        ),
        (
            "duration api <= 10",
            "`duration` is a duration, not a number",
            "write `10ms` or `10s`",
        ),
    ];
    for (expect, message, help) in wrong {
        let checked = read(&format!("at 0s {{ traffic api 1/s; rollout api }}; expect {expect}"));
        assert_eq!(
            checked.of("wrong-unit"),
            format!("error wrong-unit: {message}\n"),
            "{expect}"
        );
        assert_eq!(checked.help("wrong-unit"), help);
    }
    assert!(unread("expect availability api >= 101%").contains("`availability` is never 101%"));
    assert!(unread("expect availability api >= 99% in 101%").contains("`in 101%` is more than all"));
    assert!(unread("expect availability api >= 99% in 0%").contains("`in` cannot be 0"));
    assert!(unread("expect p95 api < 1s; expect p95 api < 2s").contains("`p95` is expected twice"));
    assert_eq!(
        unread("expect live api > 1; expect live api < 9; expect live mailer < 9"),
        ""
    );
}

#[test]
fn who_asks_is_somebody_and_parts_are_of_a_whole() {
    let wrong = [
        ("users 0", "`users` cannot be 0"),
        ("reads 101%", "`reads 101%` is more than all"),
        ("errors 150%", "`errors 150%` is more than all"),
    ];
    for (setting, message) in wrong {
        let found = check(&format!(
            "service api {{ image \"example.com/api:1\"; memory 256Mi; load {{ {setting} }} }}"
        ));
        let found = found.of_family(0);
        assert!(found.contains(message), "{setting}: {found}");
    }
    let right =
        check("service api { image \"example.com/api:1\"; memory 256Mi; load { users 1; reads 0%; errors 100% } }");
    assert_eq!(right.of("value-out-of-range"), "");
}

#[test]
fn an_event_says_what_it_needs() {
    let wrong = [
        ("slow api", "`slow api` does not say how slow"),
        ("leak api", "`leak api` does not say how much"),
        ("leak api { memory 1Mi; every 0s }", "`every` cannot be 0"),
        ("kill api { count 0 }", "`count` cannot be 0"),
        ("traffic api 1/s { users 0 }", "`users` cannot be 0"),
        ("fail orders-db { share 120% }", "`share 120%` is more than all"),
        ("rollout api { errors 120% }", "`errors 120%` is more than all"),
        ("rollout report", "`report` is a job, not a service or worker"),
        ("scale report 3", "`report` is a job, not a service or worker"),
        (
            "leak orders-db { memory 1Mi }",
            "`orders-db` is a database, not a service or worker",
        ),
        (
            "traffic orders-db 5/s",
            "`orders-db` is a database, not a service, worker, site, gateway or queue",
        ),
        ("drain_node api", "`api` is a service, not a host or cluster"),
        ("traffic api", "`traffic api` does not say how much"),
        (
            "traffic api 5/s { clients 5 }",
            "traffic on `api` has a rate and `clients`",
        ),
        (
            "traffic api 5/s { think 1s }",
            "`think` means nothing without `clients`",
        ),
        ("traffic api 5/s { every 1s }", "`every` means nothing without `series`"),
        (
            "traffic api 5/s { ramp 1m; for 30s }",
            "the ramp of 1m is longer than the 30s",
        ),
        ("traffic api { series \"none.txt\" }", "there is no file `none.txt`"),
        ("migrate name", "there is no change `name`"),
        ("migrate names.drop", "change `names` has no such step"),
        ("rollout api { boot soon }", "expected a duration or `never`"),
    ];
    for (event, message) in wrong {
        let found = unread(&format!("at 5s {{ {event} }}"));
        assert!(found.contains(message), "{event}: {found}");
        assert_eq!(found.lines().count(), 1, "{event}: {found}");
    }
    let found = unread("at 0s { traffic api { series \"words.txt\" } }");
    assert_eq!(found.matches("error wrong-unit").count(), 2, "{found}");
    assert!(unread("runs 0").contains("`runs` cannot be 0"));
}

#[test]
fn a_metric_belongs_to_its_kind_of_thing() {
    let rule = "metric-does-not-fit";
    let found = |expect: &str| read(&format!("at 0s {{ traffic api 1/s; rollout api }}; expect {expect}")).of(rule);
    assert!(found("connections api <= 9").contains("`api` is a service, and has no `connections`"));
    assert!(found("queue_depth api <= 9").contains("has no `queue_depth`"));
    assert!(found("min_ready orders-db >= 1").contains("`orders-db` is a database, and has no `min_ready`"));
    assert!(found("availability prod >= 1%").contains("`prod` is a cluster"));
    assert!(found("duration report <= 1m").contains("`report` is a job"));
    assert!(found("connections <= 9").contains("`connections` is measured at one thing, and none is named"));
    for good in [
        "connections orders-db <= 9",
        "availability mailer >= 1%",
        "live mailer <= 9",
        "queue_depth mail <= 9",
    ] {
        assert_eq!(found(good), "");
    }
    let help = read("at 0s { traffic api 1/s }; expect p95 mail < 1s").help(rule);
    assert_eq!(
        help,
        "`p95` is measured at a service, worker, site or gateway; a queue has `connections` or `queue_depth`"
    );
}

fn happens(events: &str) -> String {
    read(&format!("at 0s {{ traffic api 1/s }}; {events}; expect live api <= 9")).of("event-cannot-happen")
}

#[test]
fn what_cannot_happen_is_an_error() {
    assert!(happens("at 5s { drain_node prod { node 4 } }").contains("`prod` has no node 4: it has 3 nodes"));
    assert!(happens("at 5s { drain_node prod { node 0 } }").contains("`prod` has no node 0"));
    assert!(happens("at 5s { traffic mailer 5/s }").contains("`mailer` does not listen"));
    assert!(happens("at 5s { partition api api }").contains("cannot be parted from itself"));
    assert!(happens("at 5s { partition api shared }").contains("`shared` is configuration"));
    assert_eq!(happens("at 5s { drain_node prod { node 3 } }"), "");
    assert_eq!(happens("at 5s { partition api orders-db }"), "");
}

#[test]
fn nothing_goes_back_before_it_went_on() {
    let back = "`api` cannot go back: no rollout of it comes before";
    assert!(happens("at 5s { rollback api }").contains(back));
    assert!(
        happens("at 9s { rollout api }; at 5s { rollback api }").contains(back),
        "by time, not by line"
    );
    assert!(happens("at 5s { rollout mailer }; at 9s { rollback api }").contains(back));
    assert_eq!(happens("at 9s { rollback api }; at 5s { rollout api }"), "");
}

#[test]
fn a_change_has_as_many_steps_as_it_has() {
    let steps = |count: usize| {
        happens(&format!(
            "at 5s {{ traffic mail 1/s }}; {}",
            "at 9s { migrate names }; ".repeat(count)
        ))
    };
    assert_eq!(steps(3), "");
    assert!(steps(4).contains("change `names` has no step left"));
    assert_eq!(steps(5).lines().count(), 1, "said once");
}

#[test]
fn a_node_needs_a_count_and_something_on_it() {
    let drain = |place: &str| {
        let spec = format!(
            "{place}\nservice api {{ image \"a:1\"; runs_on web }}\nscenario s {{ at 5s {{ traffic api 1/s; drain_node web; drain_node spare }} }}"
        );
        of("event-cannot-happen", &spec)
    };
    let found = drain("cluster web { }\nhost spare { count 2 }");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("`web` does not say how many nodes it has"),
        "{found:?}"
    );
    assert!(found[1].contains("nothing runs on `spare`"), "{found:?}");
}

/// A run, an outage and a leak are more than nothing; that a run of no time ends before its events is no second mistake.
#[test]
fn nothing_is_no_length() {
    for (scenario, named) in [
        ("at 0s { traffic api 1/s }; until 0s", "until"),
        ("at 0s { traffic api 1/s { for 0s } }", "for"),
        ("at 1s { fail api { for 0s } }", "for"),
        ("at 1s { slow api { by 50%; for 0s } }", "for"),
        ("at 1s { stall api { for 0s } }", "for"),
        ("at 1s { partition api orders-db { for 0s } }", "for"),
        ("at 1s { leak api { memory 0Mi } }", "memory"),
    ] {
        let found = unread(scenario);
        assert!(found.contains(&format!("`{named}` cannot be 0")), "{scenario}: {found}");
        assert!(read(scenario).of("event-after-end").is_empty(), "{scenario}");
    }
}

/// What could not be read is not missing as well.
#[test]
fn a_slip_is_said_once() {
    for (scenario, said) in [
        ("at 0s { traffic api 5 }", "a rate needs a time"),
        ("at 0s { traffic api { burst 5x } }", "expected a whole number"),
        (
            "at 1s { leak api { every 2s; memory 1 }; kill api }",
            "a size needs a unit",
        ),
        ("at 1s { slow api { by 5 } }", "a ratio is written in percent"),
    ] {
        let found = read(scenario).diagnostics;
        let errors: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        let errors: Vec<&&str> = errors
            .iter()
            .filter(|message| !message.contains("expects nothing"))
            .collect();
        assert!(
            errors.len() == 1 && errors[0].starts_with(said),
            "{scenario}: {errors:?}"
        );
    }
    assert!(unread("at 1s { slow api; leak api { memory 1 } }").contains("does not say how slow"));
}

#[test]
fn events_come_before_the_end() {
    let rule = "event-after-end";
    let late = |until: &str| {
        spec(&format!(
            "at 0s {{ traffic api 1/s }}; at 5m {{ kill api }}; expect live api <= 9; until {until}"
        ))
    };
    let late = |until: &str| {
        late(until).replace(
            "  from api 2.0 { reads users.id }\n  expand \"1.sql\"\n  deploy api 2.1\n  contract \"2.sql\"\n",
            "",
        )
    };
    assert!(one(rule, &late("3m")).contains("what happens at 5m is after the end of the run at 3m"));
    assert!(one(rule, &late("5m")).contains("write `until settled`"));
    silent(rule, &late("301s"));
    silent(rule, &late("settled"));
}

#[test]
fn what_is_measured_is_there() {
    let rule = "nothing-to-measure";
    let found = |scenario: &str| read(scenario).of(rule);
    assert!(found("expect availability api >= 99%").contains("nothing asks `api` for anything"));
    assert!(found("at 0s { traffic mail 1/s }; expect p95 api < 1s").contains("nothing asks `api`"));
    assert_eq!(
        found("at 0s { traffic mail 1/s }; expect p95 mailer < 1s"),
        "",
        "the queue asks its worker"
    );
    assert_eq!(
        found("at 0s { traffic api 1/s }; expect queue_depth mail < 9"),
        "",
        "the service fills it"
    );
    assert!(
        found("at 0s { traffic api 1/s }; expect duration api < 1m")
            .contains("no rollout of `api` is in this scenario")
    );
    assert_eq!(
        found("at 0s { traffic api 1/s; rollout api }; expect duration api < 1m"),
        ""
    );
    assert!(found("at 0s { traffic api 1/s }; expect availability >= 99%").contains("none gets a request"));
    assert_eq!(found("expect connections orders-db <= 9; expect live api <= 9"), "");
    let loaded = spec("expect availability api >= 99%").replace("longest 5s", "longest 5s; rate 5/s");
    assert_eq!(check(&loaded).of(rule), "");
}

#[test]
fn a_scenario_expects_something() {
    let message = "scenario `s` expects nothing, so it cannot fail";
    let says = |scenario: &str| {
        let found = read(scenario).diagnostics;
        found
            .iter()
            .any(|found| found.message == message || found.notes.iter().any(|note| note.ends_with(message)))
    };
    assert!(says("at 0s { traffic api 1/s }"));
    assert!(!says("at 0s { traffic api 1/s }; expect live api <= 9"));
}
