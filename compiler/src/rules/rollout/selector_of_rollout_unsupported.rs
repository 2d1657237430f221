//! `selector-of-rollout-unsupported`

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Model, Platform, RolloutController, Strategy, Workload};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// The platform can do the rollout that is chosen: canary and blue-green need Argo Rollouts in the cluster and no persistent
    /// volume, reload needs PM2. A cluster of which the spec does not say who carries out rollouts is a note: somebody may do it
    /// beside Kubernetes. `compile` writes no Deployment in place of one, and refuses.
    /// ## Why
    /// A platform that cannot do it does something else in its stead, and the trial that the spec promises never takes
    /// place: every instance gets the new revision at once.
    /// ## Source
    /// Kubernetes: a Deployment knows RollingUpdate and Recreate, a StatefulSet only the first. systemd and compose stop and start.
    ///
    /// ```loadline,bad
    /// host web { count 2; cpu 4; memory 8Gi; process systemd }
    /// service api {
    ///   runtime rust
    ///   run     "bin/api"
    ///   memory  512Mi
    ///   rollout canary { step 25% { for 10m }; abort error_rate > 1% }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// cluster prod { nodes 3; rollouts argo }
    /// service api {
    ///   image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   scale   4
    ///   memory  512Mi
    ///   rollout canary { step 25% { for 10m }; abort error_rate > 1% }
    /// }
    /// ```
    713 "selector-of-rollout-unsupported" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let Some(rollout) = &workload.rollout else {
            continue;
        };
        let strategy = rollout.strategy.value;
        let Some((who, label, help)) = unsupported(context.model, workload, strategy) else {
            continue;
        };
        let (name, word) = (&workload.name.value, strategy.word());
        let message = format!("`{name}` asks for a {word} rollout, which {who} cannot do");
        let diagnostic = Diagnostic::new(&RULE, message, rollout.strategy.span, label);
        let is_open = matches!(context.model.platform(workload), Platform::Kubernetes(_)) && moves_traffic(strategy);
        let diagnostic = if is_open && !workload.is_stateful() {
            diagnostic.at(Severity::Note)
        } else {
            diagnostic
        };
        found.push(diagnostic.help(help).about(workload.id));
    }
}

const fn moves_traffic(strategy: Strategy) -> bool {
    matches!(strategy, Strategy::Canary | Strategy::BlueGreen)
}

/// Who cannot do it, what is missing, and what to write.
fn unsupported(
    model: &Model,
    workload: &Workload,
    strategy: Strategy,
) -> Option<(&'static str, &'static str, &'static str)> {
    let moves_traffic = moves_traffic(strategy);
    let reloads = strategy == Strategy::Reload;
    match model.platform(workload) {
        Platform::Kubernetes(_) if reloads => Some(("Kubernetes", "PM2's own", "write `rollout rolling`")),
        Platform::Kubernetes(_) if moves_traffic && workload.is_stateful() => Some((
            "a StatefulSet",
            "a second set would need volumes of its own",
            "write `rollout rolling`: its instances are replaced one by one",
        )),
        Platform::Kubernetes(cluster) if moves_traffic => {
            let cluster = cluster.and_then(|id| model.cluster(id));
            let controller = cluster.and_then(|cluster| cluster.rollouts.as_ref());
            let argo = controller.is_some_and(|controller| controller.value == RolloutController::Argo);
            (!argo).then_some((
                "Kubernetes itself",
                "needs Argo Rollouts",
                "write `rollouts argo` in the cluster where it is installed, or `rollout rolling`",
            ))
        }
        Platform::Systemd(_) if reloads || moves_traffic => Some((
            "systemd",
            "units are stopped and started",
            "leave it out: units restart one after the other",
        )),
        Platform::Pm2(_) if moves_traffic => Some(("PM2", "it reloads process by process", "write `rollout reload`")),
        Platform::Compose if reloads || moves_traffic => Some((
            "compose",
            "containers are recreated",
            "leave it out, or write `rollout recreate`",
        )),
        Platform::Kubernetes(_) | Platform::Systemd(_) | Platform::Pm2(_) | Platform::Compose => None,
    }
}
