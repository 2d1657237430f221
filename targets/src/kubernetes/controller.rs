//! What makes the pods of a service or worker.

use loadline_compiler::diagnostic::Diagnostic;
use loadline_compiler::model::{Rollout, RolloutController, Strategy};
use loadline_compiler::rules::operations;
use loadline_grammar::Span;

use super::ingress::Ingresses;
use super::subject::Subject;
use crate::output::Output;

/// The kinds of object that make pods.
#[derive(Clone, Debug)]
pub(crate) enum Controller<'m> {
    Deployment,
    /// Its pods have names and volumes of their own.
    StatefulSet,
    /// Argo Rollouts': a Deployment that can do canary and blue-green.
    Rollout(Progressive<'m>),
}

/// A rollout that moves traffic.
#[derive(Clone, Debug)]
pub(crate) struct Progressive<'m> {
    pub(crate) rollout: &'m Rollout,
    pub(crate) kind: ProgressiveKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ProgressiveKind {
    /// Traffic follows the number of pods.
    Canary,
    /// The named Ingresses split the traffic; `whole` starts every new pod before any traffic.
    Routed { ingresses: Vec<String>, whole: bool },
    /// A second set, and a switch of the Service.
    BlueGreen,
}

impl Controller<'_> {
    pub(crate) const fn api_version(&self) -> &'static str {
        match self {
            Self::Deployment | Self::StatefulSet => "apps/v1",
            Self::Rollout(_) => "argoproj.io/v1alpha1",
        }
    }

    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::Rollout(_) => "Rollout",
        }
    }

    /// The further Service that reaches only new pods: its suffix.
    pub(crate) const fn preview(&self) -> Option<&'static str> {
        match self {
            Self::Rollout(progressive) => match progressive.kind {
                ProgressiveKind::Canary => None,
                ProgressiveKind::Routed { .. } => Some("canary"),
                ProgressiveKind::BlueGreen => Some("preview"),
            },
            Self::Deployment | Self::StatefulSet => None,
        }
    }
}

/// Which it is. A rollout that the cluster cannot carry out is an error, never another rollout in its stead.
pub(crate) fn of<'m>(subject: &Subject<'m>, ingresses: &Ingresses<'m>, out: &mut Output) -> Controller<'m> {
    let workload = subject.workload;
    let plain = if workload.is_stateful() {
        Controller::StatefulSet
    } else {
        Controller::Deployment
    };
    let Some(rollout) = &workload.rollout else {
        return plain;
    };
    let span = rollout.strategy.span;
    let strategy = rollout.strategy.value;
    match strategy {
        Strategy::Rolling | Strategy::Recreate => return plain,
        Strategy::Reload => {
            let message = "`rollout reload` is PM2's, and Kubernetes has no such thing";
            refuse(out, span, message, "not on a cluster", "write `rollout rolling`");
            return plain;
        }
        Strategy::Canary | Strategy::BlueGreen => {}
    }
    let word = strategy.word();
    if workload.is_stateful() {
        let message = format!(
            "`{}` keeps volumes, and a {word} rollout needs a second set of them",
            subject.name
        );
        let help = "write `rollout rolling`: its pods are replaced one by one";
        refuse(out, span, message, "not with a persistent volume", help);
        return plain;
    }
    if !subject.place.cluster.is_some_and(|cluster| {
        let controller = cluster.rollouts.as_ref().map(|rollouts| rollouts.value);
        controller == Some(RolloutController::Argo)
    }) {
        let message = format!("Kubernetes itself cannot do a {word} rollout");
        let help =
            "say `rollouts argo` in the cluster when Argo Rollouts is installed there, or write `rollout rolling`";
        refuse(out, span, message, "needs a rollout controller", help);
        return plain;
    }
    match progressive(subject, rollout, ingresses, out) {
        Some(kind) => Controller::Rollout(Progressive { rollout, kind }),
        None => plain,
    }
}

fn progressive<'m>(
    subject: &Subject<'m>,
    rollout: &Rollout,
    ingresses: &Ingresses<'m>,
    out: &mut Output,
) -> Option<ProgressiveKind> {
    let name = subject.name;
    let blue_green = rollout.strategy.value == Strategy::BlueGreen;
    let span = rollout.strategy.span;
    let Some(via) = &rollout.via else {
        if let Some(step) = rollout.step.first().filter(|_| blue_green) {
            let message = "steps of traffic need a gateway that splits it";
            refuse(out, step.span, message, "how?", "write `via GATEWAY`");
            return None;
        }
        if blue_green && subject.workload.listen.is_empty() {
            let message = format!("a blue-green rollout switches a Service, and `{name}` listens on nothing");
            refuse(out, span, message, "nothing to switch", "write `rollout rolling`");
            return None;
        }
        let canary = ProgressiveKind::Canary;
        return Some(if blue_green { ProgressiveKind::BlueGreen } else { canary });
    };
    let gateway = subject.place.model.gateway(via.value.id)?;
    let names = ingresses.of(gateway.id, subject.workload.id);
    if names.is_empty() {
        let gateway = &gateway.name.value;
        let message = format!("the gateway `{gateway}` does not route to `{name}` from the cluster");
        let help = format!("add a `route` to `{name}` to a gateway that runs on the cluster, or leave `via` out");
        refuse(out, via.span, message, "cannot split its traffic", help);
        return None;
    }
    if !ingresses.is_nginx(gateway) {
        let message = format!(
            "traffic is split by ingress-nginx, and `{}` is of another class",
            gateway.name.value
        );
        refuse(out, via.span, message, "cannot split traffic", "leave `via` out");
        return None;
    }
    Some(ProgressiveKind::Routed {
        ingresses: names,
        whole: blue_green,
    })
}

fn refuse(out: &mut Output, span: Span, message: impl Into<String>, label: &str, help: impl Into<String>) {
    let rule = &operations::value_not_writable::RULE;
    out.diagnostics
        .push(Diagnostic::new(rule, message, span, label).help(help));
}
