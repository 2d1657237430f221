//! Starting, stopping, and starting again.

use loadline_compiler::diagnostic::Severity;

use super::*;

#[test]
fn a_restart_that_nobody_limits_is_neither_given_up_nor_hasty() {
    let unit = "api.service";
    let (of, limited) = (service(""), service("restart on_failure { delay 2s; limit 5 in 30s }"));
    assert_eq!(values(&of, unit, "Restart"), ["always"]);
    assert_eq!(values(&of, unit, "RestartSec"), ["5s"]);
    assert_eq!(values(&of, unit, "StartLimitIntervalSec"), ["0s"]);
    assert_eq!(values(&of, unit, "StartLimitBurst"), [""; 0]);
    assert_eq!(values(&limited, unit, "Restart"), ["on-failure"]);
    assert_eq!(values(&limited, unit, "RestartSec"), ["2s"]);
    assert_eq!(values(&limited, unit, "StartLimitIntervalSec"), ["30s"]);
    assert_eq!(values(&limited, unit, "StartLimitBurst"), ["5"]);
    assert_eq!(values(&service("restart never"), unit, "Restart"), ["no"]);
    // systemd accepts the limit in the wrong section without a word.
    let text = body(&limited, unit);
    assert!(text.find("StartLimitBurst").unwrap() < text.find("[Service]").unwrap());
}

#[test]
fn retries_of_a_job_are_counted_between_two_runs() {
    let job = |settings: &str| {
        emitted(&format!(
            "host web {{ }}\njob a {{ runtime go; run \"a\"; {settings} }}"
        ))
    };
    let limits = |out: &Output| {
        let of = |setting| values(out, "a.service", setting).join(" ");
        format!(
            "{} {}/{}",
            of("Restart"),
            of("StartLimitBurst"),
            of("StartLimitIntervalSec")
        )
    };
    assert_eq!(limits(&job("schedule \"*/10 * * * *\"")), "on-failure 4/598s");
    assert_eq!(limits(&job("timeout 1m")), "on-failure 4/260s");
    assert_eq!(limits(&job("")), "on-failure 4/1h");
    assert_eq!(limits(&job("retries 0")), "no /0s");
    assert_eq!(limits(&job("restart never")), "no /0s");
    assert_eq!(limits(&job("restart on_failure { limit 3 in 1h }")), "on-failure 3/1h");
}

#[test]
fn the_stop_is_the_grace_period_without_its_settle_time() {
    let stop = |settings: &str| values(&service(settings), "api.service", "TimeoutStopSec").join(" ");
    assert_eq!(stop("shutdown { settle 5s; drain 20s; grace 45s }"), "40s");
    assert_eq!(stop("load { longest 10s }"), "14s");
    assert_eq!(stop("shutdown { drain 500ms }"), "2500ms");
    // 0 would be no limit at all.
    assert_eq!(stop("shutdown { settle 5s; drain 0s; grace 5s }"), "1s");
}

#[test]
fn signals_and_start_timeouts_follow_the_program() {
    let of = |settings: &str, setting: &str| values(&service(settings), "api.service", setting).join(" ");
    assert_eq!(of("", "KillSignal"), "");
    assert_eq!(of("shutdown { signals [SIGTERM, SIGINT] }", "KillSignal"), "");
    assert_eq!(of("shutdown { signals [SIGINT] }", "KillSignal"), "SIGINT");
    assert_eq!(of("load { boot 10s }", "TimeoutStartSec"), "90s");
    assert_eq!(of("load { boot 60s..100s }", "TimeoutStartSec"), "150s");
    assert_eq!(
        of("migrate on_start { run \"m.mjs\"; timeout 5m }", "TimeoutStartSec"),
        "390s"
    );
}

#[test]
fn readiness_is_a_warning_only_where_no_gateway_passes_over_an_instance() {
    let spec = |gateway: &str| {
        let service = "service api { runtime go; run \"a\"; listen http 3000; health { ready \"/r\" } }";
        emitted(&format!("host web {{ }}\n{service}\n{gateway}"))
    };
    assert_eq!(
        said(&spec("")),
        ["warning: systemd has no readiness probe [nothing on the machine asks: ask it yourself after a release]"]
    );
    assert_eq!(
        said(&spec("gateway edge { domain \"a.example.com\"; route \"/\" api }")),
        ["note: systemd has no readiness probe [nginx passes over an instance that does not answer]"]
    );
}

#[test]
fn a_trial_of_a_release_is_no_restart() {
    assert_eq!(
        said(&service("rollout blue-green { hold 10m }; processes 4")),
        [
            "warning: systemd has no blue-green rollouts [every instance gets the new release without a trial]",
            "note: systemd starts one process of an instance [`run` itself must start the others]"
        ]
    );
}

#[test]
fn who_verifies_a_release_is_said() {
    let verified = |targets: &str| {
        let service = "service api { runtime go; run \"api\"; rollout reload { verify \"/health\" } }";
        said(&emitted(&format!(
            "project shop {{ {targets} }}\nhost web {{ }}\n{service}"
        )))
    };
    // The target `release` is written for whoever names no targets.
    assert_eq!(verified(""), [""; 0]);
    assert_eq!(
        verified("targets [systemd]"),
        [
            "note: systemd reloads no processes [restart one instance after another, or add the target `release`]",
            "warning: systemd does not verify a release \
             [ask `/health` yourself after the reload, or add the target `release`]"
        ]
    );
}

#[test]
fn what_is_known_can_be_allowed_and_an_error_cannot() {
    let judged = |settings: &str| {
        let allow = "allow not-expressible \"known\"; allow value-not-writable \"no\"";
        let spec = format!("host web {{ }}\nservice api {{ runtime node 24; run \"a.mjs\"; {allow}; {settings} }}");
        let model = model(&spec);
        let mut out = Output::default();
        emit(&model, &mut out);
        let judged = loadline_compiler::rules::judge(&model, out.diagnostics);
        let errors = judged
            .diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error);
        (judged.silenced.len(), errors.count())
    };
    assert_eq!(judged("health { live \"/l\" }"), (1, 0));
    assert_eq!(judged("env A \"\\u{0}\""), (0, 1));
}
