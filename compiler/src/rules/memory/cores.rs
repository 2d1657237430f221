//! The cores that an instance has.

use loadline_grammar::Span;

use crate::model::{Model, Platform, Workload};
use crate::quantity::Cpu;

/// The cores that an instance has, and who says so.
pub(super) struct Cores {
    pub(super) count: Cpu,
    pub(super) span: Span,
    pub(super) what: &'static str,
}

impl Cores {
    /// `1 core`, `2.5 cores`
    pub(super) fn text(&self) -> String {
        match self.count.to_string().as_str() {
            "1" => "1 core".to_owned(),
            count => format!("{count} cores"),
        }
    }
}

/// Those of the processor limit in a container, those of the machine on a host; `None` when they are not declared.
pub(super) fn of(model: &Model, workload: &Workload) -> Option<Cores> {
    match model.platform(workload) {
        Platform::Systemd(host) | Platform::Pm2(host) => {
            let cpu = model.host(host)?.cpu.as_ref()?;
            Some(Cores {
                count: cpu.value,
                span: cpu.span,
                what: "cores of the machine",
            })
        }
        Platform::Kubernetes(_) | Platform::Compose => {
            let cpu = workload.cpu.as_ref()?;
            Some(Cores {
                count: cpu.high,
                span: cpu.span,
                what: "the CPU limit",
            })
        }
    }
}
