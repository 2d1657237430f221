//! How many requests instances can serve.

use crate::budget::instances::hosts;
use crate::budget::ready::processes_of_one;
use crate::model::{Language, Model, Platform, Requirement, Workload};
use crate::quantity::{Cpu, Duration, Rate, Ratio};

/// The part of its processor time that an instance can be busy with requests before they wait for each other, unless a
/// policy says otherwise. Source: Kubernetes' autoscaler aims at 80% where no metric is given (autoscaling/v2 defaults);
/// domain of queueing theory, where the wait at 80% of one server is four service times (M/M/1).
const UTILIZATION_DEFAULT: Ratio = Ratio::percent(80);

/// What one unit of [`Ready`](super::ready::Ready) can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Processor of one instance.
    pub each: Cpu,
    /// Processor of all machines together, where instances share them.
    pub machines: Option<Cpu>,
    /// How busy they may be.
    pub utilization: Ratio,
    /// Processor time of a request.
    pub request: Duration,
}

impl Capacity {
    /// Of a workload; `None` where `load.cpu` is not given, or nothing says how many cores it can use.
    #[must_use]
    pub fn of(model: &Model, workload: &Workload) -> Option<Self> {
        let request = workload.load.cpu.as_ref().filter(|cpu| !cpu.is_zero())?.value;
        let host = match model.platform(workload) {
            Platform::Systemd(host) | Platform::Pm2(host) => model.host(host).and_then(|host| host.cpu.as_ref()),
            Platform::Kubernetes(_) | Platform::Compose => None,
        };
        let machines = host.map(|cpu| cpu.times(hosts(model, workload)));
        // PM2 limits no processor time.
        let limited = !matches!(model.platform(workload), Platform::Pm2(_));
        let limit = workload.cpu.as_ref().filter(|_| limited).map(|cpu| cpu.high);
        let each = threads(model, workload)
            .into_iter()
            .chain(limit)
            .chain(machines)
            .min()?;
        let required = model.required(Requirement::CpuUtilization);
        let utilization = required.and_then(|require| require.value.as_ref());
        Some(Self {
            each,
            machines,
            utilization: utilization.map_or(UTILIZATION_DEFAULT, |value| value.value),
            request,
        })
    }

    /// With no time to spare: what cannot be exceeded, not what is wise.
    #[must_use]
    pub const fn to_the_last(self) -> Self {
        Self {
            utilization: Ratio::ONE,
            ..self
        }
    }

    /// Requests per second of so many instances, rounded down.
    #[must_use]
    pub fn per_second(&self, instances: u64) -> u64 {
        let millicores = u128::from(self.all(instances).in_millicores());
        let busy = millicores * u128::from(self.utilization.in_millionths());
        // Millicores × millionths ÷ µs: 1000 × 1,000,000 ÷ 1,000,000.
        u64::try_from(busy / 1_000 / u128::from(self.request.in_micros().max(1))).unwrap_or(u64::MAX)
    }

    /// Whether so many instances can serve a rate.
    #[must_use]
    pub fn serves(&self, instances: u64, rate: Rate) -> bool {
        // Cores needed = rate/3.6e9 × µs/1e6; cores there are = millicores/1e3 × millionths/1e6.
        let needed = u128::from(rate.in_millionths_per_hour()).checked_mul(u128::from(self.request.in_micros()));
        let millicores = u128::from(self.all(instances).in_millicores());
        let there = millicores * u128::from(self.utilization.in_millionths());
        needed.is_some_and(|needed| needed <= there.saturating_mul(3_600_000))
    }

    fn all(&self, instances: u64) -> Cpu {
        let all = self.each.times(instances);
        self.machines.map_or(all, |machines| all.min(machines))
    }
}

/// What the threads of an instance can use at most; `None` for runtimes whose one process uses all cores there are.
fn threads(model: &Model, workload: &Workload) -> Option<Cpu> {
    match workload.runtime.as_ref()?.language.value {
        // JavaScript and Python run on one core for each process, and Node's worker threads on one each.
        Language::Node => {
            let workers = workload.threads.as_ref().map_or(0, |threads| threads.count.value);
            let threads = workers.saturating_add(1);
            let processes = processes_of_one(model, workload);
            Some(Cpu::millicores(1_000).times(processes.saturating_mul(threads)))
        }
        Language::Python => Some(Cpu::millicores(1_000).times(processes_of_one(model, workload))),
        Language::Jvm | Language::Go | Language::Dotnet | Language::Rust | Language::Binary => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_exact() {
        let capacity = Capacity {
            each: Cpu::millicores(1_000),
            machines: Some(Cpu::millicores(4_000)),
            utilization: Ratio::percent(80),
            request: Duration::millis(3),
        };
        // 0.8 / 3 ms = 266.67 a second.
        assert_eq!(capacity.per_second(1), 266);
        assert!(capacity.serves(1, Rate::read("266.6/s").unwrap()));
        assert!(!capacity.serves(1, Rate::read("266.7/s").unwrap()));
        assert!(capacity.serves(3, Rate::per_second(800)));
        assert!(!capacity.serves(3, Rate::read("48001/m").unwrap()));
        // Eight instances share four cores.
        assert_eq!(capacity.per_second(8), 1_066);
        assert!(!capacity.serves(0, Rate::per_second(1)));
    }
}
