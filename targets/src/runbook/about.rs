//! Who answers for it, what it promises, and what hangs together with it.

use loadline_compiler::model::{EdgeKind, Model, Platform, ThingId, Workload};
use loadline_compiler::quantity::{Duration, Ratio};

use super::page::{Fact, Section, fact};
use super::place::{Kind, Place};
use crate::escape::markdown::Piece::{Code, Link, Own, Text};
use crate::escape::markdown::{Piece, line};
use crate::template::Escaped;

pub(crate) fn facts(place: &Place<'_>) -> Vec<Fact> {
    let (model, workload) = (place.model, place.workload);
    let owner = model.project.owner.as_ref();
    let mut facts = vec![fact(
        "Owner",
        &owner.map_or([Own("nobody: set `owner` of the project")], |owner| {
            [Text(&owner.value)]
        }),
    )];
    if let Some(runbook) = &model.project.runbook {
        facts.push(fact("Runbooks", &[Link(&runbook.value)]));
    }
    // The spec has no word for dashboards; annotations often have.
    for annotation in &workload.annotations {
        if annotation.value.value.starts_with("https://") || annotation.value.value.starts_with("http://") {
            facts.push(Fact::named(&annotation.name.value, &[Link(&annotation.value.value)]));
        }
    }
    facts.push(fact("Project", &[Text(model.project.name())]));
    facts.push(fact("Environment", &[Text(model.environment_name())]));
    if let Some(version) = &workload.version {
        facts.push(fact("Version", &[Text(&version.value.0)]));
    }
    if let Kind::Kubernetes { .. } | Kind::Compose = place.kind {
        facts.push(fact("Image", &[Code(&crate::image::image(model, workload))]));
    }
    facts.push(runs_on(place));
    for listen in &workload.listen {
        let (name, port) = (listen.name(), listen.port.value.0.to_string());
        facts.push(fact("Listens", &[Text(name), Own(" on "), Text(&port)]));
    }
    facts
}

fn runs_on(place: &Place<'_>) -> Fact {
    let model = place.model;
    match (&place.kind, model.platform(place.workload)) {
        (Kind::Kubernetes { namespace, object }, Platform::Kubernetes(Some(cluster))) => fact(
            "Runs on",
            &[
                Own("Kubernetes, cluster "),
                Code(model.name(cluster)),
                Own(", namespace "),
                Code(namespace),
                Own(", "),
                Own(object),
                Own(" "),
                Code(place.name),
            ],
        ),
        (Kind::Kubernetes { namespace, object }, _) => fact(
            "Runs on",
            &[
                Own("Kubernetes, namespace "),
                Code(namespace),
                Own(", "),
                Own(object),
                Own(" "),
                Code(place.name),
            ],
        ),
        (Kind::Systemd { units, .. }, Platform::Systemd(host)) => fact(
            "Runs on",
            &[Own("host "), Code(model.name(host)), Own(", units "), Code(units)],
        ),
        (Kind::Pm2 { daemon }, Platform::Pm2(host)) => fact(
            "Runs on",
            &[
                Own("host "),
                Code(model.name(host)),
                Own(", PM2 of the account "),
                Code(daemon),
            ],
        ),
        _ => fact("Runs on", &[Own("Docker Compose, service "), Code(place.name)]),
    }
}

pub(crate) fn objectives(workload: &Workload) -> Section {
    let mut section = Section::new("Objectives");
    let Some(slo) = &workload.slo else {
        section.say(&[Own(
            "None are declared: nothing says when it is bad enough to wake somebody.",
        )]);
        return section;
    };
    let window = slo.window.value.to_string();
    if let Some(availability) = &slo.availability {
        let part = Ratio::ONE
            .in_millionths()
            .saturating_sub(availability.value.in_millionths());
        let micros = u128::from(slo.window.value.in_micros()) * u128::from(part) / 1_000_000;
        let outage = Duration::seconds(u64::try_from(micros / 1_000_000).unwrap_or(u64::MAX));
        section.say(&[
            Text(&availability.value.to_string()),
            Own(" of requests succeed, over "),
            Text(&window),
            Own(". A complete outage of "),
            Text(&clock(outage)),
            Own(" uses up what may fail in that time."),
        ]);
    }
    for (part, target) in [("95", &slo.p95), ("99", &slo.p99)] {
        if let Some(target) = target {
            section.say(&[
                Text(part),
                Own(" of 100 are faster than "),
                Text(&target.value.to_string()),
                Own("."),
            ]);
        }
    }
    section
}

/// `43m 12s`
fn clock(time: Duration) -> String {
    let seconds = time.ceil_seconds();
    let parts = [(86_400, 365, "d"), (3_600, 24, "h"), (60, 60, "m"), (1, 60, "s")];
    let shown: Vec<String> = parts
        .iter()
        .map(|(length, turn, unit)| (seconds / length % turn, unit))
        .filter(|(count, _)| *count != 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if shown.is_empty() {
        "less than a second".to_owned()
    } else {
        shown.join(" ")
    }
}

/// Who needs it, and whom it needs.
pub(crate) fn dependencies(model: &Model, workload: &Workload) -> Section {
    let mut section = Section::new("Dependencies");
    let mut needs: Vec<Vec<Escaped>> = Vec::new();
    let mut row = |name: &str, how: &[Piece<'_>], without: &[Piece<'_>]| {
        needs.push(vec![line(&[Code(name)]), line(how), line(without)]);
    };
    for call in &workload.calls {
        let timeout = call
            .timeout
            .as_ref()
            .map_or_else(|| "no timeout".to_owned(), |time| format!("timeout {}", time.value));
        let retries = call.retries.value.to_string();
        let breaker = call.breaker.as_ref().map_or_else(
            || "no breaker".to_owned(),
            |breaker| format!("breaker at {}", breaker.threshold.value),
        );
        let how = [
            Own("calls, "),
            Text(&timeout),
            Own(", "),
            Text(&retries),
            Own(" retries, "),
            Text(&breaker),
        ];
        row(model.name(call.callee.value.id), &how, &[Own(consequence(call))]);
    }
    for uses in &workload.uses {
        let pool = uses
            .pool_size()
            .map_or_else(|| "a pool".to_owned(), |pool| format!("a pool of {pool}"));
        let acquire = uses.acquire_timeout.as_ref();
        let acquire = acquire.map_or_else(
            || "requests wait without end for a connection".to_owned(),
            |time| format!("requests fail after {} without a connection", time.value),
        );
        row(
            &uses.store.name,
            &[Own("uses, "), Text(&pool), Own(" in each process")],
            &[Text(&acquire)],
        );
    }
    for publishes in &workload.publishes {
        row(
            &publishes.queue.name,
            &[Own("publishes")],
            &[Own(
                "messages cannot be put on it: their requests fail, or the messages are lost",
            )],
        );
    }
    for consumes in &workload.consumes {
        let at_once = consumes.concurrency.value.to_string();
        row(
            &consumes.queue.name,
            &[Own("consumes, "), Text(&at_once), Own(" at a time in each process")],
            &[Own("it has nothing to do; messages wait with their publishers")],
        );
    }
    if needs.is_empty() {
        section.say(&[Own("It needs nothing that the spec knows of.")]);
    } else {
        section.table(&["Needs", "How", "When that is away"], needs);
    }
    let callers = callers(model, workload.id);
    if callers.is_empty() {
        section.say(&[Own("Nothing in the spec needs it.")]);
    } else {
        section.table(&["Needed by", "How", "When this is away"], callers);
    }
    section
}

fn consequence(call: &loadline_compiler::model::Calls) -> &'static str {
    match (call.is_waited_for(), call.optional.value) {
        (true, false) => "requests that need it fail",
        (true, true) => "requests are answered without it",
        (false, _) => "nobody waits for it",
    }
}

fn callers(model: &Model, id: ThingId) -> Vec<Vec<Escaped>> {
    let mut rows = Vec::new();
    for caller in &model.workloads {
        for call in caller.calls.iter().filter(|call| call.callee.value.id == id) {
            rows.push(vec![
                line(&[Code(&caller.name.value)]),
                line(&[Own("calls")]),
                line(&[Own(match (call.is_waited_for(), call.optional.value) {
                    (true, false) => "its requests that need this fail",
                    (true, true) => "it answers without this",
                    (false, _) => "it does not wait for this",
                })]),
            ]);
        }
    }
    for edge in model
        .graph
        .edges()
        .filter(|edge| edge.to == id && edge.kind == EdgeKind::Routes)
    {
        let Some(gateway) = model.gateway(edge.from) else {
            continue;
        };
        let routes = gateway.route.iter().filter(|route| route.target.value.id == id);
        let paths: Vec<&str> = routes.map(|route| route.path.value.0.as_str()).collect();
        let row = vec![
            line(&[Code(&gateway.name.value)]),
            line(&[Own("routes "), Text(&paths.join(", "))]),
            line(&[Own("clients get 502, 503 or 504")]),
        ];
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}
