//! Releases: a reload and a restart replace what is there, and nothing on a host runs two releases beside each other.

use loadline_compiler::model::{Model, Platform, Processes, Rollout, Strategy, Workload};

use crate::output::Output;
use crate::{host, release};

pub(super) fn warn(model: &Model, workload: &Workload, manager: &str, out: &mut Output) {
    let is_pm2 = matches!(model.platform(workload), Platform::Pm2(_));
    if let Some(rollout) = &workload.rollout {
        strategy(model, workload, manager, rollout, out);
        settings(model, rollout, manager, out);
    }
    let makes_own = !(is_pm2 && host::in_pm2_cluster(workload));
    if makes_own && workload.processes.is_written() && workload.processes.value != Processes::Count(1) {
        out.remark(
            workload.processes.span,
            format!("{manager} starts one process of an instance"),
            "`run` itself must start the others",
        );
    }
}

fn strategy(model: &Model, workload: &Workload, manager: &str, rollout: &Rollout, out: &mut Output) {
    let is_pm2 = matches!(model.platform(workload), Platform::Pm2(_));
    let span = rollout.strategy.span;
    let name = &workload.name.value;
    match rollout.strategy.value {
        Strategy::Canary | Strategy::BlueGreen => out.not_expressible(
            span,
            format!("{manager} has no {} rollouts", rollout.strategy.value.word()),
            "every instance gets the new release without a trial",
        ),
        Strategy::Recreate if is_pm2 => out.not_expressible(
            span,
            "PM2 replaces one process after another",
            format!("old and new ones run at the same time, unless you `pm2 stop {name}` first"),
        ),
        Strategy::Recreate => out.remark(
            span,
            format!("{manager} carries out no rollouts"),
            "stop all instances before the release, and start them behind it",
        ),
        Strategy::Reload if !is_pm2 && !release::is_wanted(model) => out.remark(
            span,
            format!("{manager} reloads no processes"),
            "restart one instance after another, or add the target `release`",
        ),
        Strategy::Reload | Strategy::Rolling => {}
    }
}

fn settings(model: &Model, rollout: &Rollout, manager: &str, out: &mut Output) {
    let counts = [
        rollout.surge.is_written().then_some((rollout.surge.span, "surge")),
        rollout
            .unavailable
            .is_written()
            .then_some((rollout.unavailable.span, "unavailable")),
        rollout
            .min_ready
            .is_written()
            .then_some((rollout.min_ready.span, "min_ready")),
        rollout
            .deadline
            .is_written()
            .then_some((rollout.deadline.span, "deadline")),
    ];
    // A strategy that is not there is said as a whole.
    let is_rolling = rollout.strategy.value == Strategy::Rolling;
    for (span, what) in counts.into_iter().flatten().filter(|_| is_rolling) {
        out.not_expressible(
            span,
            format!("{manager} counts no instances during a release"),
            format!("`{what}` is left out"),
        );
    }
    if let Some(verify) = rollout.verify.as_ref().filter(|_| !release::is_wanted(model)) {
        out.not_expressible(
            verify.span,
            format!("{manager} does not verify a release"),
            format!(
                "ask `{}` yourself after the reload, or add the target `release`",
                verify.path.value.0
            ),
        );
    }
}
