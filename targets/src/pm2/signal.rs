//! The signal that tells an app to stop.

use loadline_compiler::model::{Signal, Workload};

use crate::output::Output;

/// What the daemon is told to send, where SIGINT, which it sends on its own, would not be heard.
/// Source: PM2 7.0.4, `KILL_SIGNAL` in constants.js: one for all apps.
pub(crate) fn of(workloads: &[&Workload], out: &mut Output) -> Option<Signal> {
    let written = || {
        let signals = workloads.iter().map(|workload| (workload, &workload.shutdown.signals));
        signals.filter_map(|(workload, signals)| Some((workload, signals.as_ref()?)))
    };
    let (_, deaf) = written().find(|(_, signals)| !signals.contains(&Signal::Int))?;
    let is_term = deaf.contains(&Signal::Term);
    let sent = if is_term { Signal::Term } else { *deaf.first()? };
    for (workload, signals) in written().filter(|(_, signals)| !signals.contains(&sent)) {
        let said = out.said();
        out.not_expressible(
            signals.span,
            "PM2 sends one signal to all its apps",
            format!("`{}` is stopped by {}", workload.name.value, sent.word()),
        );
        out.about(said, workload.id);
    }
    Some(sent)
}
