//! Services, workers and jobs.

use super::env::{Config, File, Secret, Template, Volume};
use super::health::Health;
use super::listen::Listen;
use super::load::{Load, Logs, Slo};
use super::memory::{Memory, Threads};
use super::migrate::{Migrate, Schedule};
use super::parts::{Allow, ToConfigSet, ToDependency};
use super::placement::{Placement, RunsOn};
use super::queueing::Queueing;
use super::rollout::Rollout;
use super::runtime::{Build, Runtime};
use super::scale::{Processes, Scale};
use super::security::Security;
use super::shutdown::Shutdown;
use super::thing::{ThingId, ThingKind};
use super::traffic::{Calls, Sessions};
use super::uses::{Consumes, Publishes, Uses};
use crate::lower::{Bounds, Command, InstancePath, Name, Pairs, Ref, Text, Val, Version};
use crate::quantity::{Cpu, Duration, Share};
use crate::schema::{block, words};

block! {
    /// A program of yours: a `service` serves requests, a `worker` consumes a queue, a `job` runs to its end.
    pub struct Settings("service") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// What this revision of the spec deploys; `change` refers to it.
        version: Option<Val<Version>>,
        /// The image. A digest (`name@sha256:…`) makes every environment run the same bytes.
        image: Option<Val<Text>>,
        /// How the image and the versioned directory are built. In a container, what has `run` and no `image` is built by
        /// what the runtime needs.
        build: Option<Build>,
        /// What executes the code.
        runtime: Option<Runtime>,
        /// The process itself, never a shell or a package manager: signals must reach it. A file, or a list of a program and its
        /// arguments.
        run: Option<Val<Command>>,
        /// Arguments behind `run`.
        args: Option<Val<Vec<Text>>>,
        /// Directory it starts in.
        working_dir: Option<Val<InstancePath>>,
        /// Operating system processes of one instance; multiplies pools and memory. Left out it is what gunicorn, uvicorn and their
        /// like are told by `--workers` or `WEB_CONCURRENCY`, else 1.
        processes: Val<Processes> = Processes::Count(1),
        /// Worker threads of each process.
        threads: Option<Threads>,
        /// A port that the process listens on; may repeat.
        listen in ["service", "worker"]: Vec<Listen>,
        /// Replicas and autoscaling.
        scale in ["service", "worker"]: Scale,
        /// Processor: request..limit; one value is both.
        cpu: Option<Val<Bounds<Cpu>>>,
        /// Memory: request..limit, and what is inside it.
        memory: Option<Memory>,
        /// When a process that ended is started again.
        restart: Option<Restart>,
        /// How many instances may be taken away on purpose at the same time, by a node drain for example.
        budget in ["service", "worker"]: Option<Budget>,
        /// Plain configuration: `env NAME VALUE`, or several in braces.
        env: Pairs<Template>,
        /// Shared configuration.
        env_from: Vec<Val<Ref<ToConfigSet>>>,
        /// A secret in the environment, by reference.
        secret: Vec<Secret>,
        /// A variable that the process validates when it starts.
        config: Vec<Config>,
        /// A path that may be written.
        volume: Vec<Volume>,
        /// A configuration file that is mounted.
        file: Vec<File>,
        /// A further container beside the main one.
        sidecar: Vec<Sidecar>,
        /// A step that must end before the main process starts.
        before: Vec<Before>,
        /// Labels that are carried to the platform.
        labels: Pairs<Text>,
        /// Annotations that are carried to the platform.
        annotations: Pairs<Text>,
        /// Where instances go.
        placement: Option<Placement>,
        /// A database or cache that each process opens connections to; may repeat.
        uses: Vec<Uses>,
        /// Another service that it calls; may repeat.
        calls: Vec<Calls>,
        /// A queue that it puts messages on; may repeat.
        publishes: Vec<Publishes>,
        /// A queue that it takes messages from; may repeat.
        consumes: Vec<Consumes>,
        /// Where session state lives.
        sessions in ["service"]: Option<Sessions>,
        /// How the platform asks whether it is well.
        health in ["service", "worker"]: Health,
        /// How an instance stops.
        shutdown: Shutdown,
        /// How a new revision replaces the old one.
        rollout in ["service", "worker"]: Option<Rollout>,
        /// Objectives.
        slo in ["service", "worker"]: Option<Slo>,
        /// Expected load.
        load: Load,
        /// What becomes of requests that come while others are worked on; for the simulator.
        queueing in ["service", "worker"]: Queueing,
        /// What it writes to its log.
        logs: Logs,
        /// What it may do.
        security: Security,
        /// Schema migrations that go with its rollout.
        migrate in ["service", "worker"]: Option<Migrate>,
        /// When it runs.
        schedule in ["job"]: Option<Schedule>,
        /// How many instances of a run work at the same time.
        parallel in ["job"]: Val<u64> = 1,
        /// How often a run that failed is tried again.
        retries in ["job"]: Val<u64> = 3,
        /// How long a run may take.
        timeout in ["job"]: Option<Val<Duration>>,
        /// The host or cluster it runs on; the only one when left out.
        runs_on: Option<RunsOn>,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// A service, worker or job with all its settings.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// Where it runs: `runs_on`, or the only host or cluster there is.
    pub place: Option<ThingId>,
    /// Clients of queues that live in a cache, which they are clients of too.
    pub queue_clients: Vec<Uses>,
    /// Its settings.
    pub settings: Settings,
}

impl std::ops::Deref for Workload {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl Workload {
    /// Whether it is a job.
    #[must_use]
    pub fn is_job(&self) -> bool {
        self.id.kind == ThingKind::Job
    }

    /// Whether a volume outlives its instances: each then has an identity, and a replacement waits for its predecessor.
    #[must_use]
    pub fn is_stateful(&self) -> bool {
        self.volume
            .iter()
            .any(|volume| volume.kind.value == super::env::VolumeKind::Persistent)
    }

    /// Whether PM2 starts the processes of an instance, which then share its ports: its cluster mode is for Node. Any other
    /// program makes its own processes, and is started as often as it is scaled.
    #[must_use]
    pub fn is_in_pm2_cluster(&self) -> bool {
        self.runtime.as_ref().is_some_and(super::runtime::Runtime::is_node)
    }

    /// Every client that it opens, its sidecars' and its migration's excepted.
    #[must_use]
    pub fn uses_of(&self, store: ThingId) -> Vec<&Uses> {
        self.uses.iter().filter(|uses| uses.store.id == store).collect()
    }

    /// The listener with a name or port, or the first.
    #[must_use]
    pub fn listener(&self, name: Option<&str>) -> Option<&Listen> {
        match name {
            Some(name) => self.listen.iter().find(|listen| listen.name() == name),
            None => self.listen.first(),
        }
    }

    /// V8 flags of the main process, in the order they are given. Where they can they stand between `node` and the file,
    /// since PM2's cluster mode ignores them in `NODE_OPTIONS`; [`Workload::flags_by`] says where else they are.
    #[must_use]
    pub fn runtime_flags(&self) -> Vec<String> {
        let Some(runtime) = &self.runtime else {
            return Vec::new();
        };
        let heap = self.memory.as_ref().and_then(|memory| memory.heap.flag());
        match (runtime.language.value, heap) {
            (super::runtime::Language::Node, Some(heap)) => {
                let mut flags = vec![format!("--max-old-space-size={}", heap.in_mib())];
                let young = self.memory.as_ref().and_then(|memory| memory.young.as_ref());
                // V8 takes the size of one of three semi-spaces.
                flags.extend(young.map(|young| format!("--max-semi-space-size={}", (young.in_mib() / 3).max(1))));
                flags
            }
            (super::runtime::Language::Jvm, Some(heap)) => vec![format!("-Xmx{}m", heap.in_mib())],
            _ => Vec::new(),
        }
    }
}

words! {
    /// When a process that ended is started again.
    pub enum RestartPolicy("a restart policy") {
        /// Whatever it ended with.
        Always = "always",
        /// When it failed.
        OnFailure = "on_failure",
        /// Never.
        Never = "never",
    }
}

block! {
    /// When a process that ended is started again.
    pub struct Restart("restart") {
        head {
            /// When.
            policy: Val<RestartPolicy>,
        }
        /// How long to wait before.
        delay: Val<Duration> = Duration::seconds(5),
        /// Give up after so many starts in such a time: `limit 5 in 10s`. Never, when left out.
        limit: Option<RestartLimit>,
    }
}

block! {
    /// How many starts are too many.
    pub struct RestartLimit("limit") {
        head {
            /// Starts.
            starts: Val<u64>,
            /// In this time.
            "in" window: Val<Duration>,
        }
    }
}

block! {
    /// How many instances may be taken away on purpose at the same time.
    pub struct Budget("budget") {
        /// At most so many, or such a part of them.
        unavailable: Val<Share> = Share::Count(1),
    }
}

block! {
    /// A container beside the main one, started and stopped with it.
    pub struct Sidecar("sidecar") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// The image.
        image: Option<Val<Text>>,
        /// What it runs, a file or a list; the image's own entry point when left out.
        run: Option<Val<Command>>,
        /// Processor: request..limit.
        cpu: Option<Val<Bounds<Cpu>>>,
        /// Memory: request..limit.
        memory: Option<Memory>,
        /// Plain configuration.
        env: Pairs<Template>,
        /// Connections that it opens.
        uses: Vec<Uses>,
        /// How the platform asks whether it is well.
        health: Health,
    }
}

block! {
    /// A step that must end before the main process starts.
    pub struct Before("before") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// The image; that of the workload when left out.
        image: Option<Val<Text>>,
        /// What it runs, a file or a list.
        run: Option<Val<Command>>,
        /// Plain configuration.
        env: Pairs<Template>,
        /// It is done when this thing can be reached.
        wait_for: Option<Val<Ref<ToDependency>>>,
    }
}
