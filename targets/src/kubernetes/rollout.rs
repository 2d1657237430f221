//! Rollouts of Argo Rollouts: canary and blue-green.

use loadline_compiler::model::{Rollout, TrafficStep};

use super::analysis;
use super::argo::{
    Analysis, Argument, ArgumentSource, BlueGreen, Canary, CanaryScale, NginxRouting, Pause, RolloutSpec, Step,
    Strategy, TemplateRef, TrafficRouting,
};
use super::controller::{Progressive, ProgressiveKind};
use super::deployment::{self, Surge, replicas};
use super::metadata::Object;
use super::names;
use super::objects::Objects;
use super::pod::PodTemplate;
use super::smoke;
use super::subject::Subject;
use super::units::{self, Round};
use crate::output::Output;

pub(crate) fn emit<'m>(
    subject: &Subject<'m>,
    progressive: &Progressive<'m>,
    template: PodTemplate<'m>,
    objects: &mut Objects<'_, '_>,
) {
    let rollout = progressive.rollout;
    let smoke = rollout.smoke.is_some();
    let abort = !rollout.abort.is_empty();
    let out = &mut *objects.out;
    let strategy = match &progressive.kind {
        ProgressiveKind::BlueGreen => Strategy {
            blue_green: Some(BlueGreen {
                active_service: subject.name,
                preview_service: names::suffixed(subject.name, "preview"),
                auto_promotion_enabled: true,
                scale_down_delay_seconds: hold(rollout, out),
                pre_promotion_analysis: smoke.then(|| smoke_analysis(subject)),
                post_promotion_analysis: abort.then(|| abort_analysis(subject)),
            }),
            canary: None,
        },
        ProgressiveKind::Canary => {
            let Surge {
                max_surge,
                max_unavailable,
            } = deployment::surge(Some(rollout), out);
            Strategy {
                canary: Some(Canary {
                    max_surge: Some(max_surge),
                    max_unavailable: Some(max_unavailable),
                    analysis: abort.then(|| abort_analysis(subject)),
                    steps: steps(&rollout.step, out),
                    ..Canary::default()
                }),
                blue_green: None,
            }
        }
        ProgressiveKind::Routed { ingresses, whole } => {
            said_of_routed(rollout, out);
            let mut first = Vec::new();
            if *whole {
                // A complete second set before any traffic; Argo's own blue-green cannot move traffic in steps.
                first.push(Step {
                    set_canary_scale: Some(CanaryScale { weight: 100 }),
                    ..Step::default()
                });
                if smoke {
                    first.push(Step {
                        analysis: Some(smoke_analysis(subject)),
                        ..Step::default()
                    });
                }
            }
            first.extend(steps(&rollout.step, out));
            Strategy {
                canary: Some(Canary {
                    stable_service: Some(subject.name),
                    canary_service: Some(names::suffixed(subject.name, "canary")),
                    traffic_routing: Some(TrafficRouting {
                        nginx: routing(ingresses),
                    }),
                    scale_down_delay_seconds: hold(rollout, out),
                    analysis: abort.then(|| abort_analysis(subject)),
                    steps: first,
                    ..Canary::default()
                }),
                blue_green: None,
            }
        }
    };
    let pace = deployment::pace(Some(rollout), out);
    let object = Object {
        api_version: "argoproj.io/v1alpha1",
        kind: "Rollout",
        metadata: subject.controller(subject.name),
        spec: RolloutSpec {
            replicas: replicas(subject),
            selector: subject.selector(subject.name),
            strategy,
            min_ready_seconds: pace.min_ready,
            progress_deadline_seconds: pace.deadline,
            template,
        },
    };
    objects.add("Rollout", subject.name, &object);
}

/// How long the old set stays after the traffic left it; Argo's own 30s when it is not said.
fn hold(rollout: &Rollout, out: &mut Output) -> Option<u64> {
    let hold = rollout.hold.as_ref();
    hold.map(|hold| units::seconds(hold, "hold", out))
}

fn routing(ingresses: &[String]) -> NginxRouting {
    match ingresses {
        [one] => NginxRouting {
            stable_ingress: Some(one.clone()),
            ..NginxRouting::default()
        },
        several => NginxRouting {
            stable_ingresses: several.to_vec(),
            ..NginxRouting::default()
        },
    }
}

/// Weights and pauses. That all traffic follows at the end is implied, here as in the spec.
fn steps<'m>(declared: &[TrafficStep], out: &mut Output) -> Vec<Step<'m>> {
    let mut steps = Vec::new();
    for step in declared {
        let weight = &step.weight;
        let percent = units::percent(weight.value, weight.span, Round::Up, "step", out);
        if 100 < percent {
            let message = format!("a step of {percent}% is more than all of the traffic");
            out.refuse(weight.span, message, "100% is all");
        }
        steps.push(Step {
            set_weight: Some(percent),
            ..Step::default()
        });
        if let Some(time) = &step.duration {
            let duration = units::go_duration(time.value);
            steps.push(Step {
                pause: Some(Pause { duration }),
                ..Step::default()
            });
        }
    }
    steps
}

/// With a gateway that splits the traffic, the old set stays whole and the new one grows with its share.
fn said_of_routed(rollout: &Rollout, out: &mut Output) {
    for (setting, written) in [
        (&rollout.surge, rollout.surge.is_written()),
        (&rollout.unavailable, rollout.unavailable.is_written()),
    ] {
        if written {
            let message = "surge and unavailable mean nothing where a gateway splits the traffic";
            let consequence = "the old set stays whole until all traffic has left it";
            out.not_expressible(setting.span, message, consequence);
        }
    }
}

fn smoke_analysis<'m>(subject: &Subject<'m>) -> Analysis<'m> {
    Analysis {
        templates: [TemplateRef {
            template_name: smoke::name(subject),
        }],
        args: Vec::new(),
    }
}

/// The new pods are told apart by the hash in their names.
fn abort_analysis<'m>(subject: &Subject<'m>) -> Analysis<'m> {
    Analysis {
        templates: [TemplateRef {
            template_name: analysis::abort_name(subject),
        }],
        args: vec![Argument {
            name: analysis::HASH_ARGUMENT,
            value_from: ArgumentSource {
                pod_template_hash_value: "Latest",
            },
        }],
    }
}
