//! `HEALTHCHECK`: only where no orchestrator asks. Kubernetes ignores it, and one answer is better than two.

use loadline_compiler::model::{Model, Platform, Workload};

use super::probe::{self, Inside};
use super::view::Healthcheck;
use crate::escape::dockerfile as escape;
use crate::output::Output;

pub(crate) fn view(model: &Model, workload: &Workload, out: &mut Output) -> Option<Healthcheck> {
    let platform = model.platform(workload);
    if matches!(platform, Platform::Kubernetes(_)) {
        return None;
    }
    let health = &workload.health;
    let asked = health.ready.as_ref().or(health.live.as_ref())?;
    let span = probe::span(asked);
    probe::judge_headers(Inside::of(workload), asked, out);
    let command = match probe::command(Inside::of(workload), asked) {
        Ok(command) => command,
        Err(reason) => {
            // The compose file has health checks of its own, and says so itself.
            if platform != Platform::Compose {
                out.not_expressible(span, "the image gets no HEALTHCHECK", reason);
            }
            return None;
        }
    };
    let mut flags = vec![
        format!("--interval={}", probe::duration(asked.every.value)),
        format!("--timeout={}", probe::duration(asked.timeout.value)),
        format!("--retries={}", asked.failures()),
    ];
    let boot = workload.load.boot.as_ref().map(|boot| boot.high);
    let start = probe::start_period(health, boot, asked);
    if !start.is_zero() {
        flags.push(format!("--start-period={}", probe::duration(start)));
    }
    if let Some(startup) = &health.startup {
        flags.push(format!("--start-interval={}", probe::duration(startup.every.value)));
    }
    Some(Healthcheck {
        flags: out.escaped(span, escape::own(&flags.join(" "))),
        command: out.escaped(span, escape::exec(&command)),
    })
}
