//! Services and workers: how they are run, how an instance lives, what a request costs.

use loadline_compiler::budget::connections::{Client, Clients, Opener};
use loadline_compiler::budget::instances::{self, Effective};
use loadline_compiler::facts::runtimes;
use loadline_compiler::model::{
    Discipline as Order, Language, Model, Platform, PoolOpen, Release, Store as StoreOf, Unsaid, Uses, Workload,
};
use loadline_compiler::quantity::{Cpu, Duration, Ratio, Share};

use super::laws::{boot, law};
use super::{Reading, place, places};
use crate::Span;
use crate::autoscaler::{Hpa, SYNC_PERIOD};
use crate::broker;
use crate::chance::Law;
use crate::kubelet::Termination;
use crate::memory::WarmUp;
use crate::orchestrator::Orchestrator;
use crate::placement::Amounts;
use crate::rollout::{Management, StatefulSet, Strategy};
use crate::system::{Behaviour, Discipline, Lifecycle, Publish, Scaling, Service, Touches, Use};

impl<'m> Reading<'m> {
    pub(super) fn services(&mut self) {
        let model = self.model;
        for workload in model.workloads.iter().filter(|workload| Self::is_service(workload.id)) {
            self.services.insert(workload.id, self.system.services.len());
            let service = self.service_of(workload);
            self.system.services.push(service);
            self.system.places.services.push(places::of_service(workload));
            let version = workload
                .version
                .as_ref()
                .map_or_else(|| "current".to_owned(), |version| version.value.0.clone());
            self.system.names.services.push(workload.name.value.0.clone());
            self.system.names.revisions.push(vec![version]);
            self.system.names.calls.push(Vec::new());
        }
        // Pools of the model in its own order of clients.
        let clients = Clients::of(model);
        for store in &model.stores {
            for client in clients.of_store(store.id) {
                self.client(store, client);
            }
        }
        for workload in &model.workloads {
            self.reads_sessions(workload);
        }
    }

    fn service_of(&mut self, workload: &'m Workload) -> Service {
        let model = self.model;
        let (units, processes) = units(model, workload);
        let queueing = &workload.queueing;
        let publishes = workload.publishes.iter().filter_map(|publishes| {
            Some(Publish {
                queue: *self.queues.get(&publishes.queue.value.id)?,
                per_request: publishes.per_request.value.in_millionths(),
            })
        });
        let publishes = publishes.collect();
        let consumes = self.consumes(workload);
        let memory = workload.memory.as_ref();
        Service {
            place: place(workload.name.span),
            replicas: units,
            scaling: self.scaling(workload),
            processes,
            servers: servers(workload),
            event_loop: is_event_loop(workload),
            revisions: vec![self.behaviour(workload)],
            concurrency: queueing
                .concurrency
                .as_ref()
                .map(|most| u32::try_from(most.value).unwrap_or(u32::MAX)),
            queue_limit: queueing.limit.as_ref().map(|limit| limit.value),
            discipline: match queueing.discipline.value {
                Order::Fifo => Discipline::Fifo,
                Order::Lifo => Discipline::Lifo,
            },
            cancel_on_timeout: queueing.cancel_on_timeout.value,
            drop_expired: queueing.drop_expired.value,
            uses: Vec::new(),
            calls: Vec::new(),
            publishes,
            sessions: self.sessions(workload),
            consumes,
            life: Lifecycle {
                start: self.start(),
                termination: Termination::of(model, workload),
            },
            probes: super::probes::probes(self, workload),
            roll: self.roll(workload),
            group: self.group(workload),
            requested: Amounts::requested(workload),
            memory_limit: memory.and_then(|memory| memory.limit()).map(|bytes| bytes.get()),
            disruptions: self.disruptions(workload),
            deregistration: self.deregistration(workload),
        }
    }

    fn scaling(&self, workload: &Workload) -> Option<Scaling> {
        let hpa = Hpa::of(self.model, workload)?;
        let cluster = self.model.clusters.first();
        let every = cluster.map_or(SYNC_PERIOD, |cluster| cluster.autoscaler.every.value.into());
        let queues = workload
            .scale
            .queue
            .iter()
            .filter_map(|target| self.queues.get(&target.queue.value.id));
        Some(Scaling {
            hpa,
            every,
            queues: queues.map(|queue| u32::try_from(*queue).unwrap_or(u32::MAX)).collect(),
        })
    }

    fn start(&self) -> Span {
        let cluster = self.model.clusters.first();
        cluster.map_or(Span::ZERO, |cluster| {
            cluster
                .control_plane
                .scheduling
                .value
                .plus(cluster.image_pull.value)
                .into()
        })
    }

    fn deregistration(&self, workload: &Workload) -> Span {
        let outside = self.model.entrances(workload.id).next().is_some();
        let cluster = self.model.clusters.first().filter(|_| outside);
        cluster.map_or(Span::ZERO, |cluster| {
            let endpoints = &cluster.endpoints;
            if endpoints.deregister.value.is_zero() {
                Span::ZERO
            } else {
                endpoints.remove.value.plus(endpoints.deregister.value).into()
            }
        })
    }

    /// What a request costs the revision of the spec.
    fn behaviour(&mut self, workload: &Workload) -> Behaviour {
        let model = self.model;
        let load = &workload.load;
        let name = &workload.name.value;
        if load.boot.is_none() {
            let help = "say how long: `load { boot 8s }`";
            self.assume(
                workload.name.span,
                format!("`{name}` is ready as soon as its processes start: `load.boot` is not known"),
                help,
            );
        }
        if load.cpu.is_none() && load.wait.is_none() {
            let help = "say what one costs: `load { cpu 4ms; wait 25ms }`";
            self.assume(
                workload.name.span,
                format!("requests to `{name}` take no time of their own: `load.cpu` and `load.wait` are not known"),
                help,
            );
        }
        let cpu = law(load.cpu.as_ref(), Unsaid::Exponential, &model.samples);
        let boot = load
            .boot
            .as_ref()
            .map_or(Law::Fixed(self.start()), |drawn| boot(drawn, &model.samples));
        Behaviour {
            cpu: throttled(cpu, model, workload),
            wait: law(load.wait.as_ref(), Unsaid::Exponential, &model.samples),
            boot: Some(boot),
            errors: load.errors.as_ref().map_or(0, |errors| parts(errors.value)),
            warmup: load.warmup.as_ref().map_or(WarmUp::NONE, |warmup| WarmUp {
                over: warmup.period.value.into(),
                slower: warmup.by.value,
            }),
            memory: None,
        }
    }

    fn consumes(&mut self, workload: &Workload) -> Vec<(usize, u32)> {
        let mut all = Vec::new();
        for consumes in &workload.consumes {
            let id = consumes.queue.value.id;
            let (Some(queue), Some(store)) = (self.queues.get(&id).copied(), self.model.store(id)) else {
                continue;
            };
            if let Some(queue) = self.system.queues.get_mut(queue) {
                queue.settings = broker::Settings::of(store, Some(consumes));
            }
            all.push((queue, u32::try_from(consumes.concurrency.value).unwrap_or(u32::MAX)));
        }
        all
    }

    fn roll(&self, workload: &Workload) -> crate::system::Roll {
        if let Some(orchestrator) = Orchestrator::of(self.model, workload, 0, self.start()) {
            // Everywhere else than on Kubernetes nothing but the controller starts a process again.
            let on_host = !matches!(self.model.platform(workload), Platform::Kubernetes(_));
            let machines = instances::hosts(self.model, workload);
            return crate::system::Roll::Own {
                orchestrator: Box::new(orchestrator.on_machines(machines)),
                on_host,
            };
        }
        if workload.is_stateful() && matches!(self.model.platform(workload), Platform::Kubernetes(_)) {
            return crate::system::Roll::Stateful(stateful(workload, instances::replicas_min(self.model, workload)));
        }
        let rollout = workload.rollout.as_ref();
        let strategy = match instances::strategy(self.model, workload) {
            Effective::OneSet => Strategy::Recreate,
            _ => Strategy::Rolling {
                surge: rollout.map_or(Share::Count(1), |rollout| rollout.surge.value),
                unavailable: rollout.map_or(Share::Count(0), |rollout| rollout.unavailable.value),
            },
        };
        let min_ready = rollout.map_or(Duration::ZERO, |rollout| rollout.min_ready.value);
        let deadline = rollout.map_or(Duration::minutes(10), |rollout| rollout.deadline.value);
        crate::system::Roll::Deployment {
            strategy,
            min_ready: min_ready.into(),
            deadline: Some(deadline.into()),
        }
    }

    /// A pool of a service for a store.
    fn client(&mut self, store: &StoreOf, client: &Client<'m>) {
        if client.opener.migrates() || client.uses.from_reserve.value {
            return;
        }
        let (Some(service), Some(place)) = (self.service(client.workload.id), self.stores.get(&store.id).copied())
        else {
            return;
        };
        let of_requests = client.opener == Opener::Main;
        let used = self.used(client, place, of_requests);
        if let Some(service) = self.system.services.get_mut(service) {
            service.uses.push(used);
        }
        if let Some(places) = self.system.places.services.get_mut(service) {
            places.uses.push(places::of_use(client.uses));
        }
    }

    fn used(&self, client: &Client<'m>, store: usize, of_requests: bool) -> Use {
        let uses: &Uses = client.uses;
        let overflow = uses.overflow.value;
        let pools = client.threads();
        let size = client
            .pool()
            .map(|size| size.saturating_sub(overflow).saturating_mul(pools));
        Use {
            place: place(uses.span),
            store,
            pool: size,
            overflow: overflow.saturating_mul(pools),
            once: client.opener == Opener::Sidecar,
            eager: uses.open.value == PoolOpen::Eager,
            acquire_timeout: uses.acquire_timeout.as_ref().map(|time| time.value.into()),
            hold: uses
                .hold
                .as_ref()
                .map(|hold| law(Some(hold), Unsaid::Exponential, &self.model.samples)),
            statement_timeout: uses.statement_timeout.as_ref().map(|time| time.value.into()),
            per_request: if of_requests {
                uses.per_request.value.in_millionths()
            } else {
                0
            },
            // Without `hold` nobody knows which are unused.
            idle: uses
                .idle
                .as_ref()
                .filter(|_| uses.hold.is_some())
                .map(|idle| idle.value.into()),
            min_idle: uses
                .min_idle
                .as_ref()
                .map_or(0, |least| least.value.saturating_mul(pools)),
            close: uses.close.value.into(),
            on_signal: uses.release.value == Release::OnSignal,
            touches: Touches::Any,
        }
    }
}

/// As a StatefulSet is written: pods one after the other, all of them updated.
fn stateful(workload: &Workload, replicas: u64) -> StatefulSet {
    let rollout = workload.rollout.as_ref();
    StatefulSet {
        replicas,
        management: Management::OrderedReady,
        partition: 0,
        max_unavailable: None,
        min_ready: rollout.map_or(Duration::ZERO, |rollout| rollout.min_ready.value).into(),
        template: 0,
    }
}

/// Instances, and processes of each. What PM2 starts are processes, each an instance of its own.
fn units(model: &Model, workload: &Workload) -> (u64, u32) {
    let replicas = instances::replicas_min(model, workload);
    let processes = instances::processes(model, workload);
    match model.platform(workload) {
        Platform::Pm2(_) if workload.is_in_pm2_cluster() => (replicas.saturating_mul(processes), 1),
        _ => (replicas, u32::try_from(processes).unwrap_or(u32::MAX)),
    }
}

/// On how many requests a process computes at once: an event loop on one; what has threads on as many as it has cores.
fn servers(workload: &Workload) -> u32 {
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    if !language.is_some_and(runtimes::computes_in_parallel) {
        return 1;
    }
    let cores = workload.cpu.as_ref().map_or(1, |cpu| cpu.high.ceil_cores());
    u32::try_from(cores.max(1)).unwrap_or(u32::MAX)
}

/// Node has one event loop in a process. So have some programs in Python, which the spec does not tell apart.
fn is_event_loop(workload: &Workload) -> bool {
    let language = workload.runtime.as_ref().map(|runtime| runtime.language.value);
    language == Some(Language::Node)
}

/// The kernel gives a container no more processor time than its limit: with less than a core for each that computes, all
/// takes longer.
fn throttled(cpu: Law, model: &Model, workload: &Workload) -> Law {
    let limit = workload
        .cpu
        .as_ref()
        .map(|cpu| cpu.high.in_millicores())
        .filter(|limit| *limit != 0);
    let Some(limit) = limit.filter(|_| !model.platform(workload).is_host()) else {
        return cpu;
    };
    let computing = instances::processes(model, workload).saturating_mul(u64::from(servers(workload)));
    let wanted = Cpu::millicores(1_000).times(computing).in_millicores();
    if wanted <= limit {
        return cpu;
    }
    cpu.stretched(Ratio::millionths(wanted.saturating_mul(1_000_000) / limit))
}

pub(super) fn parts(ratio: Ratio) -> u32 {
    u32::try_from(ratio.in_millionths()).unwrap_or(u32::MAX)
}
