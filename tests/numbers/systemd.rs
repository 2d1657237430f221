//! Unit files: `Setting=value`, the last one counts.

use std::collections::BTreeMap;

use super::Files;
use super::read::{Numbers, heap, size, time};

/// The settings of a unit.
pub(crate) fn settings(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).collect()
}

pub(crate) fn read(files: &Files) -> Numbers {
    let mut found = Numbers::default();
    for (path, text) in files {
        let file = path.rsplit_once('/').map_or(path.as_str(), |(_, file)| file);
        let Some(name) = file.strip_suffix(".service").map(|name| name.trim_end_matches('@')) else {
            continue;
        };
        if name.ends_with("-migrate") {
            continue;
        }
        let unit = settings(text);
        let duration = |setting: &str| unit.get(setting).and_then(|text| time(text, "s"));
        found.add(name, "stop", duration("TimeoutStopSec"));
        found.add(name, "start", duration("TimeoutStartSec"));
        found.add(name, "restart delay", duration("RestartSec"));
        found.add(
            name,
            "memory limit",
            unit.get("MemoryMax").and_then(|text| size(text, 1024)),
        );
        let quota = unit.get("CPUQuota").and_then(|text| text.strip_suffix('%'));
        found.add(
            name,
            "cpu limit",
            quota.and_then(super::read::thousandths).map(|percent| percent / 100),
        );
        found.add(
            name,
            "heap",
            unit.get("ExecStart").and_then(|text| heap(text)).or_else(|| heap(text)),
        );
    }
    found
}
