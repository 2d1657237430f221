//! The compose file, read by a YAML parser that is not ours.

use serde_json::Value;

use super::Files;
use super::read::{Numbers, heap, size, thousandths, time};

pub(crate) fn read(files: &Files) -> Numbers {
    let mut found = Numbers::default();
    let text = files.get("compose.yaml").expect("a compose file");
    let Ok(file) = serde_yaml::from_str::<Value>(text) else {
        return found;
    };
    for (name, service) in file["services"].as_object().into_iter().flatten() {
        let duration = |value: &Value| value.as_str().and_then(|text| time(text, "s"));
        found.add(name, "stop", duration(&service["stop_grace_period"]));
        let check = &service["healthcheck"];
        found.add(name, "check every", duration(&check["interval"]));
        found.add(name, "check timeout", duration(&check["timeout"]));
        found.add(name, "check failing", check["retries"].as_u64());
        let deploy = &service["deploy"];
        found.add(name, "replicas", deploy["replicas"].as_u64());
        for (field, what) in [("reservations", "request"), ("limits", "limit")] {
            let amounts = &deploy["resources"][field];
            found.add(
                name,
                &format!("memory {what}"),
                amounts["memory"].as_str().and_then(|text| size(text, 1024)),
            );
            found.add(
                name,
                &format!("cpu {what}"),
                amounts["cpus"].as_str().and_then(thousandths),
            );
        }
        let words = ["entrypoint", "command", "environment"]
            .map(|field| service[field].to_string())
            .join(" ");
        found.add(name, "heap", heap(&words));
        let connections = words.split_once("max_connections=").map(|(_, rest)| rest);
        let digits = connections.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        found.add(name, "connections", digits.and_then(|digits| digits.parse().ok()));
    }
    found
}
