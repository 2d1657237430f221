//! A rolling update of the example's API. The test stands in for the control plane: it starts and ends the processes in its order.

use std::net::Ipv4Addr;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::http::Connection;
use super::orders::{command, container, env, object};
use super::postgres::Postgres;
use super::process::{Process, eventually, free_port};
use crate::harness::Case;

/// Everything that lasts is this much shorter than in the spec.
const SPED_UP: u32 = 10;

/// The pods of a Deployment, and the control plane's part of replacing them.
pub(crate) struct Rollout<'a> {
    case: &'a Case,
    url: String,
    deployment: Value,
    container: Value,
    live: Vec<Pod>,
    stopping: Vec<(Pod, Connection)>,
    started: usize,
}

struct Pod {
    process: Process,
    port: u16,
}

impl Pod {
    fn connection(&self) -> Result<Connection, String> {
        Connection::open((Ipv4Addr::LOCALHOST, self.port).into())
    }

    fn answers(&self, path: &str) -> bool {
        let answer = self
            .connection()
            .and_then(|mut one| one.ask(&format!("GET {path}"), ""));
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// A client that never finishes its request: it keeps the process from ending early.
    fn slow_client(&self, path: &str) -> Connection {
        let mut client = self.connection().unwrap();
        let begun = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{");
        client.send(begun.as_bytes()).unwrap();
        client
    }
}

impl<'a> Rollout<'a> {
    /// The database, and the schema as the emitted migration leaves it.
    pub(crate) fn prepare(case: &'a Case, postgres: &Postgres, files: &Path) -> Self {
        postgres.ask("postgres", "CREATE ROLE api LOGIN");
        postgres.ask("postgres", "CREATE DATABASE orders");
        let job = container(files, "job-api-migrate-", "initContainers");
        let mut migrate = command(case, &job, &postgres.url("owner", "orders"), &[]);
        let mut migration = Process::logged(&mut migrate, &case.path("migrate.log"));
        assert!(migration.end().success(), "{}", migration.said());
        postgres.ask("orders", "GRANT ALL ON ALL TABLES IN SCHEMA public TO api");
        Self {
            case,
            url: postgres.url("api", "orders"),
            deployment: object(files, "deployment-api."),
            container: container(files, "deployment-api.", "containers"),
            live: Vec::new(),
            stopping: Vec::new(),
            started: 0,
        }
    }

    fn start(&mut self) -> Pod {
        self.started += 1;
        let port = free_port();
        let drain = env(&self.container, "SHUTDOWN_MS").parse::<u32>().unwrap() / SPED_UP;
        let own = [("PORT", port.to_string()), ("SHUTDOWN_MS", drain.to_string())];
        let mut command = command(self.case, &self.container, &self.url, &own);
        let log = self.case.path(&format!("api-{}.log", self.started));
        Pod {
            process: Process::logged(&mut command, &log),
            port,
        }
    }

    /// All replicas, ready.
    pub(crate) fn scale(&mut self) {
        let replicas = self.deployment["spec"]["replicas"].as_u64().unwrap();
        for _ in 0..replicas {
            let mut pod = self.start();
            assert!(self.becomes_ready(&mut pod), "{}", pod.process.said());
            self.live.push(pod);
        }
    }

    /// Whether it gets there; it may end instead.
    fn becomes_ready(&self, pod: &mut Pod) -> bool {
        let path = self.container["readinessProbe"]["httpGet"]["path"].as_str().unwrap();
        eventually("a pod is ready, or gives up", || match pod.process.has_ended() {
            Some(_) => Some(false),
            None => pod.answers(path).then_some(true),
        })
    }

    /// One round: this many new pods beside all old ones; when they are ready and have been for a while, as many old ones are
    /// told to stop. Nobody waits until they have. Returns how many of the new pods ended instead.
    pub(crate) fn replace(&mut self, surge: usize) -> usize {
        let mut new: Vec<Pod> = (0..surge).map(|_| self.start()).collect();
        new.retain_mut(|pod| self.becomes_ready(pod));
        let failed = surge - new.len();
        sleep(self.seconds("minReadySeconds"));
        let settle = &self.container["lifecycle"]["preStop"]["sleep"]["seconds"];
        let settle = Duration::from_secs(settle.as_u64().unwrap()) / SPED_UP;
        for pod in self.live.drain(..new.len()) {
            let client = pod.slow_client("/orders");
            self.stopping.push((pod, client));
        }
        self.live.append(&mut new);
        // `preStop` waits inside of the pod, and the next round need not.
        sleep(settle);
        for (pod, _) in &self.stopping {
            pod.process.terminate();
        }
        self.stopping.retain_mut(|(pod, _)| pod.process.has_ended().is_none());
        failed
    }

    fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.deployment["spec"][name].as_u64().unwrap()) / SPED_UP
    }

    /// What all pods have said.
    pub(crate) fn said(&self) -> String {
        let logs = (1..=self.started).map(|number| self.case.read(&format!("api-{number}.log")));
        logs.collect::<Vec<_>>().join("\n")
    }
}
