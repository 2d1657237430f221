//! Instances that are not there, and that are started again and again.
//!
//! Source of the metrics: kube-state-metrics, pod metrics; node_exporter, collector `systemd` with
//! `--collector.systemd.enable-restarts-metrics`; Prometheus, `up`; its client libraries, process metrics.

use loadline_compiler::model::{Model, Platform, Workload};
use loadline_compiler::quantity::Duration;

use super::proof::{Proof, Series, TestFile};
use super::subject::{Said, Severity, Subject, matchers};
use crate::escape::prometheus::{Piece, literal, regex};
use crate::output::Output;

/// So long without an instance, and somebody is woken: longer than a scrape that failed, and than most starts.
const ABSENT: Duration = Duration::minutes(5);

/// More starts than this in [`RESTARTS_OVER`] are a loop. Kubernetes waits 10s, 20s, 40s … up to 5m before a start, so a
/// container that cannot start makes six in the first half of an hour, and six in every other.
const RESTARTS: u64 = 3;
const RESTARTS_OVER: &str = "30m";

pub(crate) fn add(subject: &mut Subject<'_>, workload: &Workload, tests: &mut TestFile, out: &mut Output) {
    if workload.is_job() {
        return;
    }
    down(subject, workload, tests);
    match subject.model.platform(workload) {
        Platform::Kubernetes(_) => {
            let own = matchers(subject.model, workload);
            let counter = format!("kube_pod_container_status_restarts_total{{{own}}}");
            let series = format!("kube_pod_container_status_restarts_total{{{own},pod=\"a\"}}");
            let expr = format!("increase({counter}[{RESTARTS_OVER}]) > {RESTARTS}");
            restarts(subject, Piece::Code("{{ $labels.pod }}"), expr, series, tests);
            out_of_memory(subject, workload, tests);
        }
        Platform::Systemd(_) => {
            let units = units(workload);
            let own = format!("name=~{}", literal(&units));
            let expr = format!("increase(node_systemd_service_restart_total{{{own}}}[{RESTARTS_OVER}]) > {RESTARTS}");
            let unit = literal(&format!("{}.service", workload.name.value));
            let series = format!("node_systemd_service_restart_total{{name={unit}}}");
            restarts(subject, Piece::Code("{{ $labels.name }}"), expr, series, tests);
            given_up(subject, &own, &unit, tests);
        }
        Platform::Compose => {
            let own = matchers(subject.model, workload);
            let expr = format!("changes(process_start_time_seconds{{{own}}}[{RESTARTS_OVER}]) > {RESTARTS}");
            let series = format!("process_start_time_seconds{{{own},instance=\"a\"}}");
            restarts(subject, Piece::Code("{{ $labels.instance }}"), expr, series, tests);
        }
        Platform::Pm2(_) => {
            let message = "no metric says how often PM2 starts a process again";
            out.remark(workload.span, message, "restart loops have no alert");
        }
    }
}

/// No instance answers. Where a source of the metric itself is gone, nothing is known, and nothing is said.
fn down(subject: &mut Subject<'_>, workload: &Workload, tests: &mut TestFile) {
    let own = matchers(subject.model, workload);
    let (expr, series, others, what) = if let Platform::Kubernetes(_) = subject.model.platform(workload) {
        let ready = "kube_pod_container_status_ready";
        let expr = format!("absent({ready}{{{own}}} == 1)\nand on ()\ncount({ready})");
        let other = Series::constant(format!("{ready}{{namespace=\"elsewhere\"}}"), 1, 120);
        (expr, format!("{ready}{{{own},pod=\"a\"}}"), vec![other], "is ready")
    } else {
        (
            format!("absent(up{{{own}}} == 1)"),
            format!("up{{{own},instance=\"a\"}}"),
            Vec::new(),
            "answers when it is scraped",
        )
    };
    // Where the old instances go before the new ones come, a start is no outage that anybody can mend.
    let boot = workload.load.boot.as_ref().map(|boot| boot.high);
    let boot = Duration::minutes(boot.unwrap_or_default().scaled_up(3, 2).ceil_seconds().div_ceil(60));
    let lasting = ABSENT.max(boot);
    let minutes = lasting.ceil_seconds().div_ceil(60).saturating_add(5).min(110);
    let time = lasting.to_string();
    let with = |value: u64| [&[Series::constant(&series, value, 120)][..], &others].concat();
    let mut quiet = vec![("while one is ready", with(1))];
    if !others.is_empty() {
        quiet.push(("without kube-state-metrics", Vec::new()));
    }
    subject.alert(
        Said {
            alert: "ServiceDown",
            severity: Severity::Page,
            expr,
            lasting: Some(lasting),
            labels: &[],
            summary: &[Piece::Text("no instance "), Piece::Text(what)],
            description: &[
                Piece::Text("None has for "),
                Piece::Text(&time),
                Piece::Text(". Where nothing is served nothing fails either, so other alerts may not see it."),
            ],
            proof: Proof {
                minutes,
                firing: with(0),
                quiet,
            },
        },
        tests,
    );
}

fn restarts(subject: &mut Subject<'_>, who: Piece<'static>, expr: String, series: String, tests: &mut TestFile) {
    // A start every five minutes; or two starts, and then none. A start time changes as a counter does.
    let looping = (0..9_u64).map(|start| format!("{start}x4")).collect::<Vec<String>>();
    let once = "0x10 1x4 2x40".to_owned();
    subject.alert(
        Said {
            alert: "RestartLoop",
            severity: Severity::Ticket,
            expr,
            lasting: None,
            labels: &[],
            summary: &[who, Piece::Text(" keeps starting again")],
            description: &[
                Piece::Code("{{ $value | humanize }}"),
                Piece::Text(" starts in "),
                Piece::Text(RESTARTS_OVER),
                Piece::Text(". The log of the run before the last start says why."),
            ],
            proof: Proof {
                minutes: 44,
                firing: vec![Series::samples(&series, looping.join(" "))],
                quiet: vec![("after two starts", vec![Series::samples(&series, once)])],
            },
        },
        tests,
    );
}

/// The last run of a container ended at its memory limit, lately.
fn out_of_memory(subject: &mut Subject<'_>, workload: &Workload, tests: &mut TestFile) {
    let own = matchers(subject.model, workload);
    let reason = format!("kube_pod_container_status_last_terminated_reason{{{own},reason=\"OOMKilled\"}}");
    let counter = format!("kube_pod_container_status_restarts_total{{{own}}}");
    let limit = workload.memory.as_ref().and_then(|memory| memory.limit());
    let limit = limit.map_or_else(|| "its limit".to_owned(), |limit| format!("its limit of {limit}"));
    let killed = |restarts: &str| {
        vec![
            Series::constant(reason.replace('}', ",pod=\"a\"}"), 1, 60),
            Series::samples(counter.replace('}', ",pod=\"a\"}"), restarts.to_owned()),
        ]
    };
    subject.alert(
        Said {
            alert: "OutOfMemory",
            severity: Severity::Ticket,
            expr: format!("{reason} == 1\nand on (namespace, pod, container)\nincrease({counter}[15m]) > 0"),
            lasting: None,
            labels: &[],
            summary: &[
                Piece::Code("{{ $labels.pod }}"),
                Piece::Text(" was killed at its memory limit"),
            ],
            description: &[
                Piece::Text("The kernel ended a process that needed more than "),
                Piece::Text(&limit),
                Piece::Text("."),
            ],
            proof: Proof {
                minutes: 40,
                firing: killed("0x30 1x20"),
                quiet: vec![("long after", killed("0x10 1x50"))],
            },
        },
        tests,
    );
}

/// Every unit of a workload, as a regular expression: `api.service`, `api@2.service`.
fn units(workload: &Workload) -> String {
    format!("{}(@[0-9]+)?[.]service", regex(&workload.name.value))
}

/// The limit of starts is reached, or the unit ended by itself.
fn given_up(subject: &mut Subject<'_>, own: &str, unit: &str, tests: &mut TestFile) {
    let series = format!("node_systemd_unit_state{{name={unit},state=\"failed\"}}");
    subject.alert(
        Said {
            alert: "UnitFailed",
            severity: Severity::Page,
            expr: format!("node_systemd_unit_state{{{own},state=\"failed\"}} == 1"),
            lasting: Some(Duration::minutes(2)),
            labels: &[],
            summary: &[Piece::Code("{{ $labels.name }}"), Piece::Text(" has failed")],
            description: &[
                Piece::Text("systemd does not start "),
                Piece::Code("{{ $labels.name }}"),
                Piece::Text(" again by itself."),
            ],
            proof: Proof {
                minutes: 10,
                firing: vec![Series::constant(&series, 1, 20)],
                quiet: vec![("while it runs", vec![Series::constant(&series, 0, 20)])],
            },
        },
        tests,
    );
}

/// Whether a workload is scraped by a job of its own name, which hosts and compose files leave to whoever configures
/// Prometheus.
pub(crate) fn is_scraped_by_job(model: &Model, workload: &Workload) -> bool {
    !matches!(model.platform(workload), Platform::Kubernetes(_))
}
