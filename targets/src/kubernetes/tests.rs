//! Specs and what becomes of them. The specs stand in files, so that the validators' test reads them too.

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::TargetName;

use crate::testing::{model, model_with, shown};
use crate::{Output, emit};

const FILES: &[(&str, &str)] = &[("config/app.json", "{ \"theme\": \"dark\" }\n")];

/// The spec with those files of its output whose names begin with one of these.
fn snapshot(spec: &str, only: &[&str]) -> String {
    let mut output = emit(&model_with(spec, FILES), TargetName::Kubernetes);
    let wanted = |path: &str| only.is_empty() || only.iter().any(|start| path.starts_with(start));
    output.artifacts.retain(|artifact| wanted(&artifact.path));
    shown(spec, &output)
}

macro_rules! snapshots {
    ($( $name:ident: $file:literal, [$($only:literal),*]; )+) => {
        $(
            #[test]
            fn $name() {
                let spec = include_str!(concat!("../../tests/kubernetes/", $file, ".load"));
                insta::assert_snapshot!(stringify!($name), snapshot(spec, &[$($only),*]));
            }
        )+
    };
}

snapshots! {
    a_service: "service", [];
    a_stateful_service: "stateful", ["stateful", "service-", "deployment"];
    autoscaling: "autoscale", ["horizontal", "poddisruption", "deployment-mailer"];
    the_graph_on_the_network: "network", ["prod/networkpolicy", "prod/service-", "other/"];
    a_gateway: "gateway", ["ingress", "networkpolicy-api", "networkpolicy-acme", "kustomization"];
    canaries: "canary", ["rollout", "analysis", "service-", "ingress", "horizontal"];
    blue_and_green: "blue-green", ["rollout", "analysis", "service-", "networkpolicy"];
    migrations: "migrate", [];
    jobs: "jobs", ["job", "cronjob", "networkpolicy-sweep"];
    pods: "pods", ["deployment", "serviceaccount", "configmap", "service-"];
    an_old_cluster: "old-version", ["deployment", "job"];
}

fn findings(output: &Output, severity: Severity) -> Vec<&str> {
    let found = output.diagnostics.iter();
    found
        .filter(|found| found.severity == severity)
        .map(|found| found.message.as_str())
        .collect()
}

fn errors(spec: &str) -> Vec<String> {
    let output = emit(&model(spec), TargetName::Kubernetes);
    let found = findings(&output, Severity::Error);
    found.into_iter().map(str::to_owned).collect()
}

/// A service of these settings on a cluster of those.
fn with(cluster: &str, settings: &str) -> String {
    format!(
        "project shop\ncluster prod {{ {cluster} }}\ntemplate base {{ image \"a:1\"; listen http 80 }}\nservice api {{ extends base; {settings} }}"
    )
}

#[test]
fn what_pod_security_does_not_admit_is_said() {
    let emitted = |list: &str| {
        let spec = with("", &format!("security {{ capabilities [{list}] }}"));
        emit(&model(&spec), TargetName::Kubernetes)
    };
    let bind = emitted("\"NET_BIND_SERVICE\"");
    assert!(findings(&bind, Severity::Warning).is_empty());
    let trace = emitted("\"NET_BIND_SERVICE\", \"SYS_PTRACE\"");
    assert_eq!(
        findings(&trace, Severity::Warning),
        ["pod security `restricted` does not admit `SYS_PTRACE`"]
    );
}

#[test]
fn a_queue_inside_a_cache_has_its_port() {
    let stores = "cache redis { engine redis 7 }\nqueue mails { on redis }";
    let spec = format!("{}\n{stores}", with("", "publishes mails"));
    let output = emit(&model(&spec), TargetName::Kubernetes);
    assert!(findings(&output, Severity::Warning).is_empty());
    let policy = output
        .artifacts
        .iter()
        .find(|artifact| artifact.path.contains("networkpolicy-api"));
    assert!(policy.unwrap().body.contains("port: 6379"));
}

#[test]
fn what_a_cluster_cannot_do_is_an_error() {
    for (cluster, settings, message) in [
        (
            "",
            "rollout canary { step 10% }",
            "Kubernetes itself cannot do a canary rollout",
        ),
        (
            "",
            "rollout blue-green",
            "Kubernetes itself cannot do a blue-green rollout",
        ),
        (
            "",
            "rollout reload",
            "`rollout reload` is PM2's, and Kubernetes has no such thing",
        ),
        (
            "rollouts argo",
            "volume data \"/data\" { kind persistent; size 1Gi }; rollout canary { step 10% }",
            "`api` keeps volumes, and a canary rollout needs a second set of them",
        ),
        (
            "rollouts argo",
            "rollout blue-green { step 10% }",
            "steps of traffic need a gateway that splits it",
        ),
        (
            "",
            "secret A from \"env:A\"",
            "a cluster does not know the environment of who starts the process",
        ),
        (
            "",
            "secret A from \"file:/a\"",
            "a cluster has no files that hold secrets",
        ),
        (
            "",
            "secret A from \"vault:one#key\"; secret B from \"vault:two#key\"",
            "the Secret `api` would have the key `key` from `one` and from `two`",
        ),
        (
            "",
            "secret A from \"k8s:s#a/b\"",
            "Kubernetes does not take `a/b` as a key of a Secret or ConfigMap",
        ),
        (
            "",
            "env \"A B\" c",
            "Kubernetes does not take `A B` as the name of a variable",
        ),
        (
            "",
            "env A \"\\u{0}\"",
            "a variable or argument cannot hold the character NUL",
        ),
        (
            "",
            "volume data \"/data\" { kind persistent }",
            "the persistent volume `data` does not say how much it holds",
        ),
        (
            "",
            "listen tcp 80 { name other }",
            "two listeners of `api` are reached on port 80",
        ),
        ("", "image \" a:1\"", "` a:1` is no reference to an image"),
        ("", "migrate before", "the migration of `api` does not say what to run"),
        ("", "sidecar a", "the sidecar `a` has no image"),
        (
            "",
            "sidecar api { image \"a:1\" }",
            "two containers of a pod would be called `api`",
        ),
        (
            "",
            "sidecar a { image \"a:1\"; health { ready \"/\" } }",
            "the probe does not say which port it asks",
        ),
        ("", "before a", "the step `a` does not say what to run"),
        (
            "",
            "security { capabilities [\"all of them\"] }",
            "a capability is written in capitals, as in `NET_BIND_SERVICE`",
        ),
    ] {
        let found = errors(&with(cluster, settings));
        assert_eq!(found, [message], "{settings}");
    }
}

#[test]
fn labels_that_the_api_refuses_are_errors() {
    let found = errors(&with("", "labels { team \"team shop\"; \"a/b/c\" \"d\" }"));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_via_that_leads_nowhere_is_an_error() {
    let spec = with("rollouts argo", "rollout canary { via edge; step 10% }");
    let elsewhere =
        format!("{spec}\nservice web {{ image \"a:1\"; listen http 80 }}\ngateway edge {{ route \"/\" web }}");
    assert_eq!(
        errors(&elsewhere),
        ["the gateway `edge` does not route to `api` from the cluster"]
    );
    let other = format!("{spec}\ngateway edge {{ class traefik; route \"/\" api }}");
    assert_eq!(
        errors(&other),
        ["traffic is split by ingress-nginx, and `edge` is of another class"]
    );
}

#[test]
fn two_objects_of_one_name_are_an_error() {
    let spec = with("rollouts argo", "scale 2; rollout blue-green");
    let second = format!("{spec}\nservice api-preview {{ image \"a:1\"; listen http 80 }}");
    let found = errors(&second);
    assert_eq!(found, ["two objects of the kind Service would be called `api-preview`"]);
}

/// The condition of an abort finds the new pods by the beginning of their names.
#[test]
fn a_name_that_pods_cannot_carry_is_an_error() {
    for (length, found) in [(46, 0), (47, 1)] {
        let rollout = "rollout canary { step 10%; abort error_rate > 1% }";
        let name = "a".repeat(length);
        let spec = with("rollouts argo", rollout).replace("service api", &format!("service {name}"));
        assert_eq!(errors(&spec).len(), found, "{length}");
    }
}

#[test]
fn an_old_version_gets_nothing_that_it_does_not_know() {
    for (version, known) in [("1.25", false), ("1.26", false), ("1.27", true), ("1.34", true)] {
        let output = emit(
            &model(&with(&format!("version {version}"), "scale 2")),
            TargetName::Kubernetes,
        );
        let budget = output
            .artifacts
            .iter()
            .find(|file| file.path.starts_with("poddisruption"));
        let written = budget.unwrap().body.contains("unhealthyPodEvictionPolicy");
        assert_eq!(written, known, "{version}");
    }
    assert_eq!(
        errors(&with("version 1.24", "")),
        ["objects are not written for Kubernetes 1.24"]
    );
}

#[test]
fn schedules_are_read() {
    let job = |cron: &str| format!("project shop\njob a {{ image \"a:1\"; schedule \"{cron}\" }}");
    assert_eq!(errors(&job("@daily")), Vec::<String>::new());
    for bad in ["* * *", "TZ=UTC 0 0 * * *"] {
        assert_eq!(errors(&job(bad)).len(), 1, "{bad}");
    }
}

#[test]
fn a_change_of_configuration_changes_the_pods() {
    let spec = include_str!("../../tests/kubernetes/service.load");
    let deployment = |text: &str| {
        let files = [("config/app.json", text)];
        let output = emit(&model_with(spec, &files), TargetName::Kubernetes);
        let found = output.artifacts.into_iter();
        found
            .filter(|file| file.path == "deployment-api.yaml")
            .map(|file| file.body)
            .next()
    };
    assert_eq!(deployment("a"), deployment("a"));
    assert_ne!(deployment("a"), deployment("b"));
}

#[test]
fn one_line_of_the_spec_changes_few_files() {
    let spec = include_str!("../../tests/kubernetes/service.load");
    let bodies = |spec: &str| emit(&model_with(spec, FILES), TargetName::Kubernetes).artifacts;
    let (before, after) = (bodies(spec), bodies(&spec.replace("scale   3", "scale   4")));
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.path.as_str())
        .collect();
    assert_eq!(changed, ["deployment-api.yaml"]);
}

#[test]
fn no_literal_secret_is_written() {
    let spec = with("", "secret A from \"hunter2\"");
    let output = emit(&model(&spec), TargetName::Kubernetes);
    assert!(output.has_errors());
    assert!(output.artifacts.iter().all(|file| !file.body.contains("hunter2")));
    assert!(
        output
            .diagnostics
            .iter()
            .all(|found| !format!("{found:?}").contains("hunter2"))
    );
}
