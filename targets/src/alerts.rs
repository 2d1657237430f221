//! Rules of Prometheus: what somebody must look at, made from the objectives, limits and budgets of the spec; and their
//! tests.

mod burn;
mod certificates;
mod file;
mod instances;
mod memory;
mod pools;
mod proof;
mod queues;
mod slo;
mod stores;
mod subject;
#[cfg(test)]
mod tests;

use loadline_compiler::budget::connections::Clients;
use loadline_compiler::model::{Model, Platform, ThingKind};

use crate::artifact::Artifact;
use crate::output::Output;
use crate::yaml;
use file::RuleFile;
use proof::TestFile;
use subject::Subject;

pub(crate) use subject::namespace;

const RULES: &str = "alerts.yaml";
const TESTS: &str = "alerts.test.yaml";

pub(crate) fn emit(model: &Model, out: &mut Output) {
    let mut file = RuleFile::default();
    let mut tests = TestFile::new(RULES);
    let clients = Clients::of(model);
    for workload in &model.workloads {
        let said = out.said();
        let mut subject = Subject::new(model, &workload.name.value);
        slo::add(&mut subject, workload, &mut tests, out);
        instances::add(&mut subject, workload, &mut tests, out);
        memory::add(&mut subject, workload, &mut tests);
        pools::add(&mut subject, workload, &clients, &mut tests);
        file.groups.extend(subject.group());
        out.about(said, workload.id);
    }
    for store in &model.stores {
        let said = out.said();
        let mut subject = Subject::new(model, &store.name.value);
        match store.id.kind {
            ThingKind::Queue => queues::add(&mut subject, store, &mut tests),
            _ => stores::add(&mut subject, store, &clients, &mut tests, out),
        }
        file.groups.extend(subject.group());
        out.about(said, store.id);
    }
    for gateway in &model.gateways {
        let mut subject = Subject::new(model, &gateway.name.value);
        certificates::add(&mut subject, gateway, &mut tests);
        file.groups.extend(subject.group());
    }
    if file.groups.is_empty() {
        let message = "nothing in this spec has an alert";
        out.remark(model.project.span, message, "no file is written");
        return;
    }
    let introduction = introduction(model);
    let explained =
        "# Every alert of alerts.yaml, made to fire and kept from it: promtool test rules alerts.test.yaml\n";
    for (path, text, written) in [
        (RULES, introduction.as_str(), yaml::document(&file)),
        (TESTS, explained, yaml::document(&tests)),
    ] {
        match written {
            Ok(document) => out.push(Artifact::new(path, format!("{text}{document}"))),
            Err(error) => out.refuse(model.project.span, error, "cannot be written"),
        }
    }
}

/// What is taken for granted, of what there is.
fn introduction(model: &Model) -> String {
    let mut text = "\
# promtool check rules alerts.yaml; then a line under `rule_files` of Prometheus, or the rules of a PrometheusRule.
# `page` wakes somebody, `ticket` waits for the day. Rules that fit nothing that is scraped stay silent, so it must be
# scraped as follows:
"
    .to_owned();
    let mut say = |wanted: bool, line: &str| {
        if wanted {
            text.push_str("#   ");
            text.push_str(line);
            text.push('\n');
        }
    };
    let runs = |wanted: fn(Platform) -> bool| model.workloads.iter().any(|workload| wanted(model.platform(workload)));
    let stores = |kind: ThingKind| model.stores.iter().any(|store| store.id.kind == kind);
    say(
        true,
        "HTTP servers, queue consumers, pools and heaps: OpenTelemetry's semantic conventions",
    );
    say(
        runs(|platform| matches!(platform, Platform::Kubernetes(_))),
        "pods: kube-state-metrics and cAdvisor; the pods' own metrics with the labels namespace, pod and container",
    );
    say(
        model
            .workloads
            .iter()
            .any(|workload| instances::is_scraped_by_job(model, workload)),
        "processes: each by a job of the service's name, with the process metrics of Prometheus' client libraries",
    );
    say(
        runs(|platform| matches!(platform, Platform::Systemd(_))),
        "units: node_exporter --collector.systemd --collector.systemd.enable-restarts-metrics",
    );
    say(
        stores(ThingKind::Database) || stores(ThingKind::Cache),
        "databases and caches: postgres_exporter, mysqld_exporter, redis_exporter, each by a job of the store's name",
    );
    say(
        stores(ThingKind::Queue),
        "queues: queue_messages_ready and queue_oldest_message_age_seconds with the label queue",
    );
    say(
        model.gateways.iter().any(|gateway| gateway.tls.is_some()),
        "certificates: cert-manager on a cluster with ACME, else blackbox_exporter with the URL as instance",
    );
    text
}

/// A number in millionths, as Prometheus reads it.
fn decimal(millionths: u64) -> String {
    let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
