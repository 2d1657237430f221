//! A fact points at the setting that decides.

use super::super::{Luck, run};
use crate::Seed;
use crate::outcome::{Fact, FactKind};
use crate::scenario::Scenario;
use crate::testing::model;

/// A service behind a store, a call and a queue, with every setting that can run out: each is generous unless a case says otherwise.
const SYSTEM: &str = r#"project shop {}
cluster prod { nodes 2; cpu 4; memory 8Gi; version 1.34 }
database db { engine postgres 16; max_connections 60; reserve 10; service_time 1ms }
external card { latency 20ms }
queue mail { engine rabbitmq 4; max_depth 50 }
gateway edge { domain "example.com"; tls { acme }; route "/" web { timeout 3s }; runs_on prod }
service web {
  image "registry.example.com/web:1"; runtime node 24; run "web.js"; listen http 8080 { idle_timeout 75s }
  scale 2; cpu 100m..1; memory 256Mi
  calls api { timeout 2s; retries 1; retry_budget 5%; breaker 50% }
  load { cpu 1ms; boot 2s; longest 5s }
}
service api {
  image "registry.example.com/api:1"; runtime node 24; run "api.js"; listen http 3000
  scale 2; cpu 100m..1; memory 256Mi
  uses db { pool 4; acquire_timeout 500ms; hold 10ms }
  calls card { timeout 1s }
  health { ready "/readyz" { every 2s; failing 1; checks [db] }; live "/livez" { every 2s; failing 2; checks [db] } }
  queueing { limit 500 }
  shutdown { settle 1s; drain 8s; grace 15s }
  rollout rolling { surge 1; unavailable 0; deadline 30s }
  load { cpu 2ms; wait 5ms; boot 2s; longest 5s; errors 0.01% }
}
scenario now {
  at 0s { traffic edge 20/s }
  WHAT
  until 60s
}
"#;

/// What a case brings, and the first fact of the kind that it is about, with the text at its place.
fn pointed(changes: &[(&str, &str)], what: &str, is_it: impl Fn(&FactKind) -> bool) -> String {
    let spec = changes.iter().fold(SYSTEM.to_owned(), |spec, (from, to)| {
        assert!(spec.contains(from), "{from}");
        spec.replace(from, to)
    });
    let spec = spec.replace("WHAT", what);
    let model = model(&spec);
    let mut scenario = Scenario::of(&model, model.scenarios.first().unwrap()).unwrap();
    scenario.plan.told = true;
    let luck = Luck { seed: Seed(1), run: 0 };
    let story = run(&scenario.system, &scenario.plan, luck).story.unwrap();
    let found: Option<&Fact> = story.facts.iter().find(|fact| is_it(&fact.what));
    // What is first in a map of sources begins at its first byte.
    found.map_or_else(
        || {
            format!(
                "nothing: {:?}",
                story.facts.iter().map(|fact| &fact.what).collect::<Vec<_>>()
            )
        },
        |fact| {
            let place = fact.place.map(|place| place.start as usize..place.end as usize);
            let text = place.and_then(|place| spec.get(place)).unwrap_or("nowhere");
            let kind = format!("{:?}", fact.what);
            let kind = kind.split([' ', '{']).next().unwrap_or_default();
            format!("{kind} at `{}`", text.lines().next().unwrap_or_default())
        },
    )
}

/// The first failure with a cause.
fn failure(cause: &str) -> impl Fn(&FactKind) -> bool {
    let name = format!("FirstFailure({cause})");
    move |what| format!("{what:?}") == name
}

fn kind(name: &'static str) -> impl Fn(&FactKind) -> bool {
    move |what| format!("{what:?}").starts_with(name)
}

#[test]
fn each_kind_of_fact_points_at_what_decides() {
    let slow = "at 10s { slow db { by 30_000% } }";
    let away = "at 10s { fail db { for 20s } }";
    let cases = [
        pointed(&[], slow, kind("PoolExhausted")),
        pointed(&[], slow, failure("PoolExhausted")),
        pointed(&[("pool 4", "pool 40")], "", kind("StoreFull")),
        pointed(
            &[("pool 4", "pool 20"), ("; checks [db]", "")],
            "at 10s { scale api 6 }",
            failure("StoreRefused"),
        ),
        pointed(&[], away, kind("StoreDown")),
        pointed(&[], away, failure("StoreDown")),
        pointed(&[], away, kind("InstanceUnready")),
        pointed(&[], away, kind("InstanceKilled(Liveness)")),
        pointed(&[], away, failure("NoEndpoint")),
        pointed(&[], away, kind("BreakerOpened")),
        pointed(&[], away, kind("BudgetSpent")),
        pointed(&[], away, failure("BreakerOpen")),
        pointed(&[], "at 10s { fail card }", failure("StoreDown")),
        pointed(&[], "at 10s { slow card { by 9_000% } }", failure("Timeout")),
        pointed(
            &[(
                "calls card { timeout 1s }",
                "calls card { timeout 1s; retries 2; retry_budget 7% }",
            )],
            "at 10s { fail card }",
            failure("BudgetSpent"),
        ),
        pointed(
            &[("calls card { timeout 1s }", "calls card { timeout 1s; breaker 40% }")],
            "at 10s { fail card }",
            failure("BreakerOpen"),
        ),
        pointed(&[], "at 10s { kill api { count 2 } }", failure("NoEndpoint")),
        // Otherwise a pool runs dry before callers give up, since a busy loop gives connections back late; or requests are refused.
        pointed(
            &[
                ("pool 4; acquire_timeout 500ms", "pool 1_000; acquire_timeout 500ms"),
                ("max_connections 60", "max_connections 9_000"),
                ("limit 500", "limit 50_000"),
            ],
            "at 10s { traffic edge 1_200/s }",
            kind("Overloaded"),
        ),
        pointed(
            &[("  calls api { timeout 2s", "  calls api { timeout 20s")],
            "at 10s { slow web { by 900_000% } }",
            failure("Timeout"),
        ),
        pointed(&[("errors 0.01%", "errors 5%")], "", failure("Error")),
        pointed(&[], "at 10s { rollout api { to 2; errors 30% } }", failure("Error")),
        pointed(&[], "at 10s { rollout api { to 2 } }", kind("RolloutBegan")),
        pointed(&[], "at 10s { rollout api { to 2; boot never } }", kind("RolloutStuck")),
        pointed(
            &[
                ("drain 8s", "drain 1s"),
                ("latency 20ms", "latency 3s"),
                ("timeout 1s", "timeout 9s"),
                ("timeout 2s; retries 1; retry_budget 5%; breaker 50%", "timeout 9s"),
            ],
            "at 10s { rollout api { to 2 } }",
            kind("InstanceKilled(Drain)"),
        ),
        pointed(
            &[
                ("drain 8s; grace 15s", "drain 8s; grace 2s"),
                ("latency 20ms", "latency 3s"),
                ("timeout 1s", "timeout 9s"),
                ("timeout 2s; retries 1; retry_budget 5%; breaker 50%", "timeout 9s"),
            ],
            "at 10s { rollout api { to 2 } }",
            kind("InstanceKilled(Grace)"),
        ),
        pointed(
            &[],
            "at 10s { leak api { memory 20Mi; every 1s } }",
            kind("InstanceKilled(Memory)"),
        ),
        pointed(&[], "at 10s { kill api }", kind("InstanceKilled(Scenario)")),
        pointed(
            &[("limit 500", "limit 2")],
            "at 10s { slow api { by 3_000% } }",
            failure("Shed"),
        ),
        pointed(
            &[
                ("boot 2s; longest 5s; errors", "boot 40s; longest 5s; errors"),
                ("health {", "health { startup \"/up\" { every 2s; failing 2 };"),
            ],
            "at 10s { kill api }",
            kind("InstanceKilled(Startup)"),
        ),
        pointed(
            &[(
                "scale 2; cpu 100m..1; memory 256Mi\n  uses",
                "scale 2..5 { cpu 20% }; cpu 100m..1; memory 256Mi\n  uses",
            )],
            "at 10s { traffic edge 90/s }",
            kind("Scaled"),
        ),
        pointed(
            &[("memory 8Gi", "memory 640Mi")],
            "at 10s { rollout api { to 2 } }",
            kind("InstancePending"),
        ),
        pointed(
            &[("rollout rolling", "budget { unavailable 0 }; rollout rolling")],
            "at 10s { drain_node prod }",
            kind("DrainWaits"),
        ),
        pointed(&[], "at 10s { traffic mail 20/s }", kind("QueueFull")),
        pointed(
            &[("max_depth 50", "max_depth 5_000")],
            "at 10s { traffic mail 20/s }",
            kind("QueueGrows"),
        ),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}
