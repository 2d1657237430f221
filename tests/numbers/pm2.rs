//! The ecosystem file, a setting a line, and the unit of the daemon.

use super::read::{Numbers, heap, size, time};
use super::{Files, systemd};

pub(crate) fn read(files: &Files) -> Numbers {
    let mut found = Numbers::default();
    for (path, text) in files {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let daemon = if folder.is_empty() {
            "daemon".to_owned()
        } else {
            format!("daemon-of-{folder}")
        };
        if file == "ecosystem.config.cjs" {
            apps(text, &mut found);
        } else if file.starts_with("pm2-") && file.ends_with(".service") {
            let unit = systemd::settings(text);
            found.add(
                &daemon,
                "all stopped",
                unit.get("TimeoutStopSec").and_then(|text| time(text, "s")),
            );
        }
    }
    found
}

/// An app begins with its name; its own settings stand at one depth.
fn apps(text: &str, found: &mut Numbers) {
    let mut name = String::new();
    for line in text.lines() {
        let Some(setting) = line.strip_prefix("      ").filter(|line| !line.starts_with(' ')) else {
            continue;
        };
        let setting = setting.split(" // ").next().unwrap_or(setting).trim_end_matches(',');
        let Some((key, value)) = setting.split_once(": ") else {
            continue;
        };
        let text = value.trim_matches('"');
        match key {
            "name" => name = text.to_owned(),
            "kill_timeout" => found.add(&name, "stop", time(text, "ms")),
            "listen_timeout" => found.add(&name, "start", time(text, "ms")),
            "instances" => found.add(&name, "instances", text.parse().ok()),
            "max_memory_restart" => found.add(&name, "replaced above", size(text, 1024)),
            "restart_delay" => found.add(&name, "restart delay", time(text, "ms")),
            "node_args" => found.add(&name, "heap", heap(value)),
            _ => {}
        }
    }
}
