//! The autoscaler of a workload, with the numbers that are written for it.

use loadline_compiler::model::{Model, Platform, Scale, ScaleStep, Workload};
use loadline_compiler::quantity::{Duration, Share};

use super::behavior::{Behavior, Change, Policy, Rules, Select};
use super::{Hpa, Target};

/// What Kubernetes scales on when nothing is said. Source: autoscaling/v2 defaults.
const CPU_DEFAULT: u64 = 80;

/// Longest period of a scaling policy, and longest window, in seconds. Source: autoscaling validation.
const PERIOD_MAX: u64 = 1800;
const WINDOW_MAX: u64 = 3600;

impl Hpa {
    /// That of a workload; `None` where nothing scales by itself. Queues are in the order in which `scale` names them.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload) -> Option<Self> {
        let scale = &workload.scale;
        let scales = scale.is_automatic() && matches!(model.platform(workload), Platform::Kubernetes(_));
        scales.then(|| Self {
            min: scale.min().max(1),
            max: scale.max(),
            targets: targets(workload),
            behavior: behavior(scale),
        })
    }
}

fn targets(workload: &Workload) -> Vec<Target> {
    let scale = &workload.scale;
    let cpu = |percent| Target::Cpu {
        request: workload.cpu.as_ref().map(|cpu| cpu.low.in_millicores()),
        percent,
    };
    // Whole percent, rounded down, as it is written.
    let percent = |millionths: u64| (millionths / 10_000).max(1);
    let mut targets = Vec::new();
    targets.extend(
        scale
            .cpu
            .as_ref()
            .map(|ratio| cpu(percent(ratio.value.in_millionths()))),
    );
    targets.extend(scale.memory.as_ref().map(|ratio| {
        Target::Memory {
            request: workload
                .memory
                .as_ref()
                .and_then(|memory| memory.request())
                .map(loadline_compiler::quantity::Bytes::get),
            percent: percent(ratio.value.in_millionths()),
        }
    }));
    targets.extend(scale.queue.iter().enumerate().map(|(queue, target)| Target::Queue {
        queue,
        each: target.per_instance.value,
    }));
    // Millionths an hour are 3,600,000 to a thousandth a second.
    targets.extend(scale.rate.as_ref().map(|rate| Target::Rate {
        millis: rate.value.in_millionths_per_hour().div_ceil(3_600_000),
    }));
    if targets.is_empty() {
        targets.push(cpu(CPU_DEFAULT));
    }
    targets
}

/// What is said in one direction fills the other with its defaults, and takes both away from the older rules.
fn behavior(scale: &Scale) -> Option<Behavior> {
    if scale.up.is_none() && scale.down.is_none() {
        return None;
    }
    Some(Behavior {
        up: rules(scale.up.as_ref(), Rules::up()),
        down: rules(scale.down.as_ref(), Rules::down()),
    })
}

fn rules(written: Option<&ScaleStep>, mut rules: Rules) -> Rules {
    let Some(step) = written else { return rules };
    let seconds = |time: Duration, most: u64| Duration::seconds(time.ceil_seconds().min(most));
    if let Some(window) = &step.window {
        rules.window = seconds(window.value, WINDOW_MAX).into();
    }
    let Some(by) = &step.by else { return rules };
    if by.value.is_zero() {
        rules.select = Select::Disabled;
        return rules;
    }
    rules.policies = vec![Policy {
        change: match by.value {
            Share::Count(pods) => Change::Pods(pods),
            Share::Ratio(ratio) => Change::Percent(ratio.in_millionths().div_ceil(10_000)),
        },
        period: seconds(step.every.value.max(Duration::seconds(1)), PERIOD_MAX).into(),
    }];
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::testing::model;

    fn written(scale: &str) -> Option<Hpa> {
        let model = model(&format!(
            "project shop {{}}\ncluster main {{ version 1.34 }}\n\
             service api {{ image \"registry.example.com/api:1\"; listen http 8080; cpu 500m..1; memory 256Mi..512Mi; {scale} }}\n"
        ));
        Hpa::of(&model, model.workloads.first().unwrap())
    }

    #[test]
    fn without_a_range_there_is_none() {
        assert_eq!(written("scale 3"), None);
    }

    #[test]
    fn what_is_not_said_is_80_percent_of_the_processor_and_the_older_rules() {
        let hpa = written("scale 3..10").unwrap();
        let target = Target::Cpu {
            request: Some(500),
            percent: 80,
        };
        assert_eq!(
            (hpa.min, hpa.max, hpa.targets, hpa.behavior),
            (3, 10, vec![target], None)
        );
    }

    #[test]
    fn targets_are_relative_to_requests() {
        let hpa = written("scale 1..4 { cpu 72.5%; memory 70%; rate 30/m }").unwrap();
        let targets = [
            Target::Cpu {
                request: Some(500),
                percent: 72,
            },
            Target::Memory {
                request: Some(256 << 20),
                percent: 70,
            },
            Target::Rate { millis: 500 },
        ];
        assert_eq!(hpa.targets, targets);
    }

    #[test]
    fn what_is_said_of_one_direction_leaves_the_other_its_defaults() {
        let behavior = written("scale 1..40 { cpu 70%; up { by 10%; every 30s; window 1m } }")
            .unwrap()
            .behavior
            .unwrap();
        let seconds = |seconds: u64| Span::from_micros(seconds * 1_000_000);
        let policy = Policy {
            change: Change::Percent(10),
            period: seconds(30),
        };
        let up = Rules {
            window: seconds(60),
            select: Select::Max,
            policies: vec![policy],
        };
        assert_eq!((behavior.up, behavior.down), (up, Rules::down()));
        let never = written("scale 1..40 { down { by 0 } }").unwrap().behavior.unwrap();
        assert_eq!((never.up, never.down.select), (Rules::up(), Select::Disabled));
    }
}
