//! The controller of a workload, with the numbers that its targets write for it.

use loadline_compiler::budget::instances::{self, Effective};
use loadline_compiler::budget::release::{
    FAILURES_SUFFERED, MEASURED_EVERY, Verification, asked_listener, listen_timeout, measurements_behind_switch,
};
use loadline_compiler::budget::restart::Restarts;
use loadline_compiler::model::{
    Abort, Measure, Model, Platform, ProbeCheck, RestartPolicy as Written, Rollout, Strategy, Workload,
};
use loadline_compiler::quantity::Duration;

use super::{
    BlueGreen, BlueGreenSettings, Canary, CanarySettings, CanaryStep, Compose, ComposeSettings, Condition,
    Orchestrator, Pace, Pm2, Pm2Settings, RestartPolicy, Script, Smoke, StartLimit, Systemd, SystemdSettings, Verify,
};
use crate::Span;

/// `scaleDownDelaySeconds` where nothing is said. Source: Argo Rollouts, defaults.go.
const HOLD: Duration = Duration::seconds(30);

impl Orchestrator {
    /// The controller of a service or worker that runs a revision; on hosts, that of one machine. `None` for those
    /// that have others: Deployments, StatefulSets and jobs.
    ///
    /// `pod_start` is how long the pod of a check takes until it asks.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload, revision: u32, pod_start: Span) -> Option<Self> {
        let effective = instances::strategy(model, workload);
        let rollout = workload.rollout.as_ref();
        match (model.platform(workload), effective) {
            (_, Effective::None) => None,
            (Platform::Pm2(_), _) => Some(Self::from(Pm2::new(pm2(model, workload), revision))),
            (Platform::Systemd(_), _) => Some(Self::from(Systemd::new(systemd(model, workload), revision))),
            (Platform::Compose, _) => Some(Self::from(Compose::new(compose(workload), revision))),
            (Platform::Kubernetes(_), Effective::OneSet) => None,
            (Platform::Kubernetes(_), _) => {
                let rollout = rollout?;
                match (rollout.strategy.value, rollout.via.is_some()) {
                    (Strategy::BlueGreen, false) => {
                        Some(Self::from(BlueGreen::new(blue_green(rollout, pod_start), revision)))
                    }
                    (Strategy::BlueGreen, true) | (Strategy::Canary, _) => {
                        Some(Self::from(Canary::new(canary(rollout, pod_start), revision)))
                    }
                    (Strategy::Rolling | Strategy::Recreate | Strategy::Reload, _) => None,
                }
            }
        }
    }
}

/// As a Rollout is written: in whole seconds and whole percent, rounded up.
fn canary(rollout: &Rollout, pod_start: Span) -> CanarySettings {
    let whole = rollout.strategy.value == Strategy::BlueGreen;
    let mut steps = Vec::new();
    if whole {
        steps.push(CanaryStep::Whole);
        steps.extend(smoke(rollout, pod_start).map(CanaryStep::Smoke));
    }
    for step in &rollout.step {
        steps.push(CanaryStep::Weight(step.weight.value.in_millionths().div_ceil(10_000)));
        steps.extend(
            step.duration
                .as_ref()
                .map(|time| CanaryStep::Pause(seconds(time.value))),
        );
    }
    CanarySettings {
        routed: rollout.via.is_some(),
        surge: rollout.surge.value,
        unavailable: rollout.unavailable.value,
        min_ready: seconds(rollout.min_ready.value),
        deadline: seconds(rollout.deadline.value),
        steps,
        aborts: conditions(&rollout.abort),
        pace: pace(None),
        hold: hold(rollout),
    }
}

fn blue_green(rollout: &Rollout, pod_start: Span) -> BlueGreenSettings {
    BlueGreenSettings {
        min_ready: seconds(rollout.min_ready.value),
        deadline: seconds(rollout.deadline.value),
        smoke: smoke(rollout, pod_start),
        aborts: conditions(&rollout.abort),
        pace: pace(Some(measurements_behind_switch(rollout))),
        hold: hold(rollout),
    }
}

fn smoke(rollout: &Rollout, pod_start: Span) -> Option<Smoke> {
    rollout.smoke.as_ref().map(|smoke| Smoke {
        start: pod_start,
        fetches: matches!(smoke.check, ProbeCheck::Http(_)),
    })
}

fn hold(rollout: &Rollout) -> Span {
    seconds(rollout.hold.as_ref().map_or(HOLD, |hold| hold.value))
}

fn pace(count: Option<u64>) -> Pace {
    Pace {
        delay: MEASURED_EVERY.into(),
        interval: MEASURED_EVERY.into(),
        count,
        failures: FAILURES_SUFFERED,
    }
}

/// A condition whose value is of the wrong kind is refused by the target, and watches nothing here.
fn conditions(aborts: &[Abort]) -> Vec<Condition> {
    let condition = |abort: &Abort| Condition {
        metric: abort.metric.value,
        comparison: abort.comparison.value,
        bound: match abort.value.value {
            Measure::Ratio(ratio) => ratio.in_millionths(),
            Measure::Duration(time) => time.in_micros(),
            Measure::Amount(_) | Measure::Rate(_) => u64::MAX,
        },
    };
    aborts.iter().map(condition).collect()
}

fn pm2(model: &Model, workload: &Workload) -> Pm2Settings {
    let restarts = Restarts::of(workload);
    let (max_restarts, min_uptime) = restarts.unstable();
    let cluster = workload.is_in_pm2_cluster() && !workload.listen.is_empty();
    let probed = workload.health.startup.is_some() || workload.health.ready.is_some();
    let candidates = instances::reload(model, workload).candidates;
    Pm2Settings {
        cluster,
        waits_for_ready: cluster && probed,
        listen_timeout: listen_timeout(workload).into(),
        restart: policy(restarts.policy),
        delay: restarts.delay.into(),
        backoff: None,
        min_uptime: min_uptime.into(),
        max_restarts,
        script: (candidates != 0).then(|| Script {
            candidate: !workload.listen.is_empty(),
            verify: verify(workload),
        }),
    }
}

/// As `restart` of a service is written: a limit is only one of `on-failure`.
fn compose(workload: &Workload) -> ComposeSettings {
    let restarts = Restarts::of(workload);
    let restart = policy(restarts.policy);
    let most = restarts.limit.map(|(starts, _)| starts);
    ComposeSettings {
        restart,
        most: most.filter(|_| restart == RestartPolicy::OnFailure),
    }
}

fn systemd(model: &Model, workload: &Workload) -> SystemdSettings {
    let restarts = Restarts::of(workload);
    SystemdSettings {
        restart: policy(restarts.policy),
        delay: restarts.delay.into(),
        limit: restarts.limit.map(|(starts, window)| StartLimit {
            starts,
            window: window.into(),
        }),
        script: Script {
            candidate: instances::candidates(model, workload) != 0,
            verify: verify(workload),
        },
    }
}

fn verify(workload: &Workload) -> Verify {
    let written = Verification::of(workload);
    Verify {
        asks: asked_listener(workload).is_some(),
        boot: written.boot.into(),
        after: written.after.into(),
        every: written.every.into(),
        tries: written.tries,
        answer: written.answer.into(),
    }
}

const fn policy(written: Written) -> RestartPolicy {
    match written {
        Written::Always => RestartPolicy::Always,
        Written::OnFailure => RestartPolicy::OnFailure,
        Written::Never => RestartPolicy::Never,
    }
}

fn seconds(time: Duration) -> Span {
    Duration::seconds(time.ceil_seconds()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    fn written(spec: &str) -> String {
        let model = model(spec);
        let workload = model.workloads.first().unwrap();
        let controller = Orchestrator::of(&model, workload, 1, Span::from_micros(300_000));
        let settings = match &controller {
            None | Some(Orchestrator::Machines(_)) => "a controller of another kind".to_owned(),
            Some(Orchestrator::Canary(canary)) => format!("{:?}", canary.settings()),
            Some(Orchestrator::BlueGreen(blue_green)) => format!("{:?}", blue_green.settings()),
            Some(Orchestrator::Compose(compose)) => format!("{:?}", compose.settings()),
            Some(Orchestrator::Pm2(pm2)) => format!("{:?}", pm2.settings()),
            Some(Orchestrator::Systemd(systemd)) => format!("{:?}", systemd.settings()),
        };
        format!("{}\n---\n{}", spec.trim(), by_line(&settings))
    }

    /// A line for each field, and for each element of a list.
    fn by_line(debug: &str) -> String {
        let mut depth = 0;
        let mut text = String::new();
        for character in debug.chars() {
            match character {
                '{' | '[' => depth += 1,
                '}' | ']' => depth -= 1,
                _ => {}
            }
            text.push(character);
            if (character == ',' && depth <= 2) || (character == '{' && depth == 1) || (character == '[' && depth == 2)
            {
                text.push('\n');
            }
        }
        text
    }

    const CLUSTER: &str = "
project shop {}
cluster main { version 1.34; rollouts argo }
gateway edge { domain \"example.com\"; tls { acme }; route \"/\" api; class nginx; runs_on main }
";

    fn service(rest: &str) -> String {
        format!("service api {{\n  image \"registry.example.com/api:1\"\n  listen http 8080\n  scale 3\n  {rest}\n}}\n")
    }

    #[test]
    fn a_canary_is_what_is_written_for_it() {
        let rollout =
            "rollout canary { via edge; step 10% { for 90s }; step 50%; abort error_rate > 1%; abort p99 > 500ms }";
        insta::assert_snapshot!(written(&format!("{CLUSTER}{}", service(rollout))));
    }

    #[test]
    fn blue_green_is_what_is_written_for_it() {
        let rollout = "rollout blue-green { smoke \"/health\"; abort error_rate > 1%; hold 10m }";
        insta::assert_snapshot!(written(&format!("{CLUSTER}{}", service(rollout))));
    }

    #[test]
    fn blue_green_in_steps_is_a_canary_that_begins_with_all_pods() {
        let rollout = "rollout blue-green { via edge; smoke exec [\"check\"]; step 10% { for 1m } }";
        let model = model(&format!("{CLUSTER}{}", service(rollout)));
        let settings = canary(model.workloads[0].rollout.as_ref().unwrap(), Span::ZERO);
        let smoke = Smoke {
            start: Span::ZERO,
            fetches: false,
        };
        let minute = Span::from_micros(60_000_000);
        let steps = [
            CanaryStep::Whole,
            CanaryStep::Smoke(smoke),
            CanaryStep::Weight(10),
            CanaryStep::Pause(minute),
        ];
        assert_eq!((settings.routed, settings.steps), (true, steps.to_vec()));
    }

    #[test]
    fn deployments_and_jobs_have_controllers_of_other_kinds() {
        for rest in ["rollout rolling", "rollout recreate", "restart always"] {
            let model = model(&format!("{CLUSTER}{}", service(rest)));
            let workload = model.workloads.first().unwrap();
            assert!(Orchestrator::of(&model, workload, 1, Span::ZERO).is_none(), "{rest}");
        }
    }

    #[test]
    fn a_service_of_compose_is_what_is_written_for_it() {
        let spec = "project shop { targets [compose] }\n";
        let rest = "restart on_failure { limit 3 in 1m }";
        insta::assert_snapshot!(written(&format!("{spec}{}", service(rest))));
    }

    const HOST: &str = "
project shop { targets [PROCESS, release] }
host web { cpu 4; memory 8Gi; process PROCESS }
service api {
  runtime node 24
  run \"server.js\"
  listen http 3000
  scale 2
  health { ready \"/health\" { every 5s } }
  restart on_failure { delay 2s; limit 5 in 30s }
  load { boot 3s..4s }
}
";

    #[test]
    fn an_app_of_pm2_is_what_is_written_for_it() {
        insta::assert_snapshot!(written(&HOST.replace("PROCESS", "pm2")));
    }

    #[test]
    fn units_of_systemd_are_what_is_written_for_them() {
        insta::assert_snapshot!(written(&HOST.replace("PROCESS", "systemd")));
    }
}
