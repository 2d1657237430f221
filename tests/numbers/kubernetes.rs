//! Objects, read by a YAML parser that is not ours.

use serde_json::Value;

use super::Files;
use super::read::{Numbers, heap, size, thousandths};

pub(crate) fn read(files: &Files) -> Numbers {
    let mut found = Numbers::default();
    for text in files
        .iter()
        .filter(|(path, _)| path.ends_with(".yaml"))
        .map(|(_, text)| text)
    {
        let Ok(object) = serde_yaml::from_str::<Value>(text) else {
            continue;
        };
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        match object["kind"].as_str() {
            Some("Deployment" | "StatefulSet" | "Rollout") => controller(&name, &object["spec"], &mut found),
            Some("CronJob") => job(&name, &object["spec"]["jobTemplate"]["spec"], &mut found),
            Some("HorizontalPodAutoscaler") => {
                found.add(&name, "fewest", object["spec"]["minReplicas"].as_u64());
                found.add(&name, "most", object["spec"]["maxReplicas"].as_u64());
            }
            Some("Ingress") => ingress(&object, &mut found),
            _ => {}
        }
    }
    found
}

fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().map(|seconds| seconds * 1000)
}

fn controller(name: &str, spec: &Value, found: &mut Numbers) {
    found.add(name, "replicas", spec["replicas"].as_u64());
    found.add(
        name,
        "min ready",
        seconds(&spec["minReadySeconds"]).filter(|time| *time != 0),
    );
    found.add(name, "deadline", seconds(&spec["progressDeadlineSeconds"]));
    let pod = &spec["template"]["spec"];
    found.add(name, "grace", seconds(&pod["terminationGracePeriodSeconds"]));
    container(name, pod, found);
}

fn job(name: &str, spec: &Value, found: &mut Numbers) {
    found.add(name, "timeout", seconds(&spec["activeDeadlineSeconds"]));
    found.add(name, "retries", spec["backoffLimit"].as_u64());
    let pod = &spec["template"]["spec"];
    found.add(name, "grace", seconds(&pod["terminationGracePeriodSeconds"]));
    container(name, pod, found);
}

fn container(name: &str, pod: &Value, found: &mut Numbers) {
    let mut containers = pod["containers"].as_array().into_iter().flatten();
    let Some(container) = containers.find(|container| container["name"] == name) else {
        return;
    };
    let pre_stop = &container["lifecycle"]["preStop"];
    let by_command = pre_stop["exec"]["command"][1]
        .as_str()
        .and_then(|text| text.parse::<u64>().ok());
    let settle = seconds(&pre_stop["sleep"]["seconds"]).or(by_command.map(|seconds| seconds * 1000));
    found.add(name, "settle", settle);
    for (field, probe) in [
        ("startupProbe", "startup"),
        ("readinessProbe", "ready"),
        ("livenessProbe", "live"),
    ] {
        let probed = &container[field];
        found.add(name, &format!("{probe} every"), seconds(&probed["periodSeconds"]));
        found.add(name, &format!("{probe} timeout"), seconds(&probed["timeoutSeconds"]));
        found.add(name, &format!("{probe} failing"), probed["failureThreshold"].as_u64());
        found.add(
            name,
            &format!("{probe} after"),
            seconds(&probed["initialDelaySeconds"]).filter(|time| *time != 0),
        );
    }
    for (field, what) in [("requests", "request"), ("limits", "limit")] {
        let amounts = &container["resources"][field];
        found.add(
            name,
            &format!("memory {what}"),
            amounts["memory"].as_str().and_then(|text| size(text, 1000)),
        );
        found.add(
            name,
            &format!("cpu {what}"),
            amounts["cpu"].as_str().and_then(thousandths),
        );
    }
    let words = ["command", "args", "env"]
        .map(|field| container[field].to_string())
        .join(" ");
    found.add(name, "heap", heap(&words));
}

/// Settings of a route are annotations of the Ingress of its paths.
fn ingress(object: &Value, found: &mut Numbers) {
    let annotation =
        |name: &str| object["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{name}")].as_str();
    for rule in object["spec"]["rules"].as_array().into_iter().flatten() {
        for path in rule["http"]["paths"].as_array().into_iter().flatten() {
            let to = path["backend"]["service"]["name"].as_str().unwrap_or_default();
            for what in ["read", "send", "connect"] {
                let time = annotation(&format!("proxy-{what}-timeout")).and_then(|text| text.parse::<u64>().ok());
                found.add(to, &format!("{what} timeout"), time.map(|seconds| seconds * 1000));
            }
            found.add(
                to,
                "body",
                annotation("proxy-body-size").and_then(|text| size(text, 1024)),
            );
        }
    }
}
