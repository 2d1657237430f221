//! How fast an autoscaler goes up and down.

use loadline_compiler::model::{Scale, ScaleStep};
use loadline_compiler::quantity::Share;
use loadline_grammar::Span;
use serde::Serialize;

use super::units::{self, Round};
use crate::output::Output;

/// Longest period of a scaling policy, and longest window. Source: autoscaling validation.
const PERIOD_MAX: u64 = 1800;
const WINDOW_MAX: u64 = 3600;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Behavior {
    #[serde(skip_serializing_if = "Option::is_none")]
    scale_up: Option<Rules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale_down: Option<Rules>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    #[serde(skip_serializing_if = "Option::is_none")]
    stabilization_window_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    select_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policies: Vec<Policy>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    r#type: &'static str,
    value: u64,
    period_seconds: u64,
}

/// What the spec says about the pace; Kubernetes has its own where it says nothing.
pub(crate) fn of(scale: &Scale, out: &mut Output) -> Option<Behavior> {
    if scale.up.is_none() && scale.down.is_none() {
        return None;
    }
    Some(Behavior {
        scale_up: scale.up.as_ref().map(|step| rules(step, out)),
        scale_down: scale.down.as_ref().map(|step| rules(step, out)),
    })
}

fn rules(step: &ScaleStep, out: &mut Output) -> Rules {
    let window = step.window.as_ref();
    let mut rules = Rules {
        stabilization_window_seconds: window
            .map(|window| at_most(units::seconds(window, "window", out), WINDOW_MAX, window.span, out)),
        ..Rules::default()
    };
    let Some(by) = &step.by else {
        return rules;
    };
    if by.value.is_zero() {
        rules.select_policy = Some("Disabled");
        return rules;
    }
    let (r#type, value) = match by.value {
        Share::Count(count) => ("Pods", count),
        Share::Ratio(ratio) => ("Percent", units::percent(ratio, by.span, Round::Up, "by", out)),
    };
    let period = units::seconds(&step.every, "every", out).max(1);
    rules.policies.push(Policy {
        r#type,
        value,
        period_seconds: at_most(period, PERIOD_MAX, step.every.span, out),
    });
    rules
}

fn at_most(seconds: u64, most: u64, span: Span, out: &mut Output) -> u64 {
    if most < seconds {
        let message = format!("an autoscaler of Kubernetes looks back {most}s at most");
        out.remark(span, message, format!("{most}s is written"));
    }
    seconds.min(most)
}
