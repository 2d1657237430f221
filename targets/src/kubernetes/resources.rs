//! Processor and memory of a container.

use loadline_compiler::model::Memory;
use loadline_compiler::quantity::Cpu;
use loadline_compiler::values::{Bounds, Val};
use serde::Serialize;

use super::units;

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Resources {
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    requests: Amounts,
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    limits: Amounts,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Amounts {
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<String>,
}

impl Amounts {
    fn is_empty(&self) -> bool {
        self.cpu.is_none() && self.memory.is_none()
    }
}

/// The same as request and limit.
pub(crate) fn fixed(cpu: &str, memory: &str) -> Resources {
    let amounts = || Amounts {
        cpu: Some(cpu.to_owned()),
        memory: Some(memory.to_owned()),
    };
    Resources {
        requests: amounts(),
        limits: amounts(),
    }
}

/// Request and limit; nothing when neither is declared.
pub(crate) fn of(cpu: Option<&Val<Bounds<Cpu>>>, memory: Option<&Memory>) -> Option<Resources> {
    let resources = Resources {
        requests: Amounts {
            cpu: cpu.map(|cpu| units::cores(cpu.low)),
            memory: memory.and_then(Memory::request).map(units::size),
        },
        limits: Amounts {
            cpu: cpu.map(|cpu| units::cores(cpu.high)),
            memory: memory.and_then(Memory::limit).map(units::size),
        },
    };
    let empty = resources.requests.is_empty() && resources.limits.is_empty();
    (!empty).then_some(resources)
}
