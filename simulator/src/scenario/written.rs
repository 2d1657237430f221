//! Events in the words of the spec, on one line.

use std::fmt::Display;

use loadline_compiler::model::{Boot, Leak, Outage, Partition, RolloutEvent, Stall, TrafficEvent};
use loadline_compiler::values::Val;

/// An event with those of its settings that are said.
struct Text {
    head: String,
    settings: Vec<String>,
}

impl Text {
    fn new(head: String) -> Self {
        Self {
            head,
            settings: Vec::new(),
        }
    }

    fn with<T: Display>(mut self, name: &str, value: Option<&Val<T>>) -> Self {
        self.settings
            .extend(value.map(|value| format!("{name} {}", value.value)));
        self
    }

    fn finish(self) -> String {
        if self.settings.is_empty() {
            return self.head;
        }
        format!("{} {{ {} }}", self.head, self.settings.join("; "))
    }
}

pub(super) fn traffic(event: &TrafficEvent) -> String {
    let rate = event.rate.as_ref();
    let rate = rate.map_or_else(String::new, |rate| format!(" {}", rate.value));
    let mut text = Text::new(format!("traffic {}{rate}", event.target.value.name))
        .with("clients", event.clients.as_ref())
        .with("think", event.think.as_ref().map(|think| &think.given))
        .with("burst", event.burst.as_ref())
        .with("ramp", event.ramp.as_ref())
        .with("for", event.duration.as_ref())
        .with("timeout", event.timeout.as_ref())
        .with("retries", Some(&event.retries).filter(|retries| retries.value != 0));
    if let Some(series) = &event.series {
        text.settings.push(format!("series \"{}\"", series.value.0));
    }
    text.finish()
}

pub(super) fn rollout(event: &RolloutEvent, version: &str) -> String {
    let mut text = Text::new(format!("rollout {}", event.service.value.name));
    text.settings.extend(event.to.as_ref().map(|_| format!("to {version}")));
    let mut text = text
        .with("errors", event.errors.as_ref())
        .with("slower", event.slower.as_ref());
    text.settings.extend(event.boot.as_ref().map(|boot| match boot.value {
        Boot::Never => "boot never".to_owned(),
        Boot::After(range) if range.low == range.high => format!("boot {}", range.low),
        Boot::After(range) => format!("boot {}..{}", range.low, range.high),
    }));
    text.with("memory", event.memory.as_ref()).finish()
}

pub(super) fn outage(word: &str, event: &Outage) -> String {
    Text::new(format!("{word} {}", event.thing.value.name))
        .with("by", event.by.as_ref())
        .with("share", event.share.as_ref())
        .with("for", event.duration.as_ref())
        .finish()
}

pub(super) fn partition(event: &Partition) -> String {
    Text::new(format!("partition {} {}", event.one.value.name, event.other.value.name))
        .with("for", event.duration.as_ref())
        .finish()
}

pub(super) fn leak(event: &Leak) -> String {
    Text::new(format!("leak {}", event.service.value.name))
        .with("memory", event.memory.as_ref())
        .with("every", Some(&event.every).filter(|every| every.is_written()))
        .finish()
}

pub(super) fn stall(event: &Stall) -> String {
    Text::new(format!("stall {}", event.service.value.name))
        .with("for", event.duration.as_ref())
        .finish()
}
