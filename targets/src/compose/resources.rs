//! Processor and memory, and how many containers there are.

use loadline_compiler::model::Memory;
use loadline_compiler::quantity::{Bytes, Cpu};
use loadline_compiler::values::{Bounds, Val};

use super::file::{Amounts, Resources};
use super::text::Text;

/// Requests are reservations, limits are limits.
pub(crate) fn resources(cpu: Option<&Val<Bounds<Cpu>>>, memory: Option<&Memory>) -> Resources {
    let amounts = |cpu: Option<Cpu>, memory: Option<Bytes>| Amounts {
        cpus: cpu.map(|cpu| Text::own(cores(cpu))),
        memory: memory.map(|memory| Text::own(bytes(memory))),
    };
    Resources {
        limits: amounts(cpu.map(|cpu| cpu.high), memory.and_then(Memory::limit)),
        reservations: amounts(cpu.map(|cpu| cpu.low), memory.and_then(Memory::request)),
    }
}

/// `0.25`, `1.5`, `2`.
fn cores(cpu: Cpu) -> String {
    let millicores = cpu.in_millicores();
    let text = format!("{}.{:03}", millicores / 1000, millicores % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Docker's `m` is a mebibyte.
fn bytes(bytes: Bytes) -> String {
    if bytes == Bytes::mib(bytes.in_mib()) {
        format!("{}m", bytes.in_mib())
    } else {
        format!("{}b", bytes.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_docker_reads_them() {
        assert_eq!(cores(Cpu::millicores(250)), "0.25");
        assert_eq!(cores(Cpu::millicores(1500)), "1.5");
        assert_eq!(cores(Cpu::millicores(10_000)), "10");
        assert_eq!(bytes(Bytes::mib(512)), "512m");
        assert_eq!(bytes(Bytes::new(1_500_000)), "1500000b");
    }
}
