//! What is typed about a workload where it runs.

use loadline_compiler::model::{Model, Platform, Strategy, Workload};

use super::page::Command;
use crate::escape::command::Part::{Own, Word};
use crate::escape::markdown::Piece::{Code, Own as Say};

/// A workload, as the tools of its platform know it.
pub(crate) struct Place<'m> {
    pub(crate) model: &'m Model,
    pub(crate) workload: &'m Workload,
    pub(crate) name: &'m str,
    pub(crate) kind: Kind<'m>,
}

/// The platform.
pub(crate) enum Kind<'m> {
    Kubernetes {
        namespace: &'m str,
        /// `deployment`, `statefulset` or `rollout`.
        object: &'static str,
    },
    /// Units: `api.service`, or `api@*.service`.
    Systemd {
        units: String,
        first: String,
        starts: String,
    },
    /// The account and home of the daemon.
    Pm2 {
        daemon: String,
    },
    Compose,
}

impl<'m> Place<'m> {
    pub(crate) fn of(model: &'m Model, workload: &'m Workload) -> Self {
        let name: &str = &workload.name.value;
        let kind = match model.platform(workload) {
            Platform::Kubernetes(_) => Kind::Kubernetes {
                namespace: crate::alerts::namespace(model, workload),
                object: object(workload),
            },
            Platform::Systemd(_) if workload.scale.max() == 1 => Kind::Systemd {
                units: format!("{name}.service"),
                first: format!("{name}.service"),
                starts: format!("{name}.service"),
            },
            Platform::Systemd(_) => Kind::Systemd {
                units: format!("{name}@*.service"),
                first: format!("{name}@1.service"),
                starts: format!("{name}.target"),
            },
            Platform::Pm2(_) => Kind::Pm2 {
                daemon: format!("pm2-{}", model.project.name()),
            },
            Platform::Compose => Kind::Compose,
        };
        Self {
            model,
            workload,
            name,
            kind,
        }
    }

    /// One instance for the commands that need one.
    pub(crate) fn choose(&self) -> Command {
        match &self.kind {
            Kind::Kubernetes { namespace, .. } => Command::reads(
                &[Say(
                    "Choose a pod for the commands that name one; take another by hand.",
                )],
                &[
                    Own("POD=$(kubectl --namespace "),
                    Word(namespace),
                    Own(" get pods --selector app.kubernetes.io/name="),
                    Word(self.name),
                    Own(" --output 'jsonpath={.items[0].metadata.name}')"),
                ],
            )
            .and(&[Own("echo \"$POD\"")]),
            Kind::Systemd { first, .. } => Command::reads(
                &[Say("Choose a process for the commands that name one.")],
                &[
                    Own("PID=$(systemctl show --property MainPID --value "),
                    Word(first),
                    Own(")"),
                ],
            )
            .and(&[Own("echo \"$PID\"")]),
            Kind::Pm2 { .. } => {
                let mut line = vec![Own("PID=$(")];
                line.extend(self.pm2());
                line.extend([Own(" pid "), Word(self.name), Own(" | head --lines 1)")]);
                Command::reads(&[Say("Choose a process for the commands that name one.")], &line)
                    .and(&[Own("echo \"$PID\"")])
            }
            Kind::Compose => Command::reads(
                &[Say(
                    "In the directory of compose.yaml: choose a container for the commands that name one.",
                )],
                &[
                    Own("CONTAINER=$(docker compose ps --quiet "),
                    Word(self.name),
                    Own(" | head --lines 1)"),
                ],
            )
            .and(&[Own("echo \"$CONTAINER\"")]),
        }
    }

    pub(crate) fn status(&self) -> Command {
        let what = &[Say("Which instances there are, and how they are.")];
        match &self.kind {
            Kind::Kubernetes { namespace, .. } => Command::reads(
                what,
                &[
                    Own("kubectl --namespace "),
                    Word(namespace),
                    Own(" get pods --output wide --selector app.kubernetes.io/name="),
                    Word(self.name),
                ],
            ),
            Kind::Systemd { units, .. } => {
                Command::reads(what, &[Own("systemctl status --no-pager --lines 0 "), Word(units)])
            }
            Kind::Pm2 { .. } => {
                let mut line = self.pm2().to_vec();
                line.extend([Own(" describe "), Word(self.name)]);
                Command::reads(what, &line)
            }
            Kind::Compose => Command::reads(what, &[Own("docker compose ps --all "), Word(self.name)]),
        }
    }

    pub(crate) fn logs(&self) -> Command {
        let what = &[Say("The log of the last 15 minutes, of all instances.")];
        match &self.kind {
            Kind::Kubernetes { namespace, .. } => Command::reads(
                what,
                &[
                    Own("kubectl --namespace "),
                    Word(namespace),
                    Own(" logs --since 15m --tail -1 --prefix --container "),
                    Word(self.name),
                    Own(" --selector app.kubernetes.io/name="),
                    Word(self.name),
                ],
            ),
            Kind::Systemd { units, .. } => Command::reads(
                what,
                &[Own("journalctl --no-pager --since -15min --unit "), Word(units)],
            ),
            Kind::Pm2 { .. } => {
                let mut line = self.pm2().to_vec();
                line.extend([Own(" logs "), Word(self.name), Own(" --nostream --lines 500")]);
                Command::reads(&[Say("The last 500 lines of the log, of all processes.")], &line)
            }
            Kind::Compose => Command::reads(
                what,
                &[Own("docker compose logs --since 15m --timestamps "), Word(self.name)],
            ),
        }
    }

    /// What ended before, and why.
    pub(crate) fn ended(&self) -> Vec<Command> {
        match &self.kind {
            Kind::Kubernetes { namespace, .. } => vec![
                Command::reads(
                    &[
                        Say("Why the container ended last: "),
                        Code("OOMKilled"),
                        Say(" is memory, 137 without it a kill after the grace period."),
                    ],
                    &[
                        Own("kubectl --namespace "),
                        Word(namespace),
                        Own(" get pods --selector app.kubernetes.io/name="),
                        Word(self.name),
                        Own(
                            " --output 'jsonpath={range .items[*]}{.metadata.name}{\"\\t\"}{.status.containerStatuses[*].restartCount}{\"\\t\"}{.status.containerStatuses[*].lastState.terminated}{\"\\n\"}{end}'",
                        ),
                    ],
                ),
                Command::reads(
                    &[Say("The log of the run before.")],
                    &[
                        Own("kubectl --namespace "),
                        Word(namespace),
                        Own(" logs \"${POD:?}\" --previous --tail 200 --container "),
                        Word(self.name),
                    ],
                ),
                Command::reads(
                    &[Say(
                        "What the cluster did: probes that failed, pods that found no node, images that could not be pulled.",
                    )],
                    &[
                        Own("kubectl --namespace "),
                        Word(namespace),
                        Own(" get events --sort-by .lastTimestamp"),
                    ],
                ),
            ],
            Kind::Systemd { units, .. } => vec![
                Command::reads(
                    &[Say("How it ended last, and how often it was started again.")],
                    &[
                        Own("systemctl show --property Id,Result,NRestarts,ExecMainStatus "),
                        Word(units),
                    ],
                ),
                Command::reads(
                    &[Say("Whether the kernel ended a process for its memory.")],
                    &[Own(
                        "journalctl --no-pager --dmesg --since -1h --grep 'out of memory|oom-kill'",
                    )],
                ),
            ],
            Kind::Pm2 { daemon } => vec![Command::reads(
                &[Say(
                    "What the daemon did: starts, restarts at the memory limit, processes that did not become ready.",
                )],
                &[
                    Own("sudo tail --lines 200 "),
                    Word(&format!("/var/lib/{daemon}/pm2.log")),
                ],
            )],
            Kind::Compose => vec![Command::reads(
                &[Say("How it ended last.")],
                &[Own("docker inspect --format '{{json .State}}' \"${CONTAINER:?}\"")],
            )],
        }
    }

    /// Processor and memory that are in use.
    pub(crate) fn usage(&self) -> Command {
        let what = &[Say("Processor and memory in use, instance by instance.")];
        match &self.kind {
            Kind::Kubernetes { namespace, .. } => Command::reads(
                what,
                &[
                    Own("kubectl --namespace "),
                    Word(namespace),
                    Own(" top pods --containers --selector app.kubernetes.io/name="),
                    Word(self.name),
                ],
            ),
            Kind::Systemd { units, .. } => Command::reads(
                what,
                &[
                    Own("systemctl show --property Id,MemoryCurrent,CPUUsageNSec,TasksCurrent "),
                    Word(units),
                ],
            ),
            Kind::Pm2 { .. } => {
                let mut line = vec![Own("ps --format pid,pcpu,rss,etime,args --pid \"$(")];
                line.extend(self.pm2());
                line.extend([
                    Own(" pid "),
                    Word(self.name),
                    Own(" | paste --serial --delimiters ,)\""),
                ]);
                Command::reads(what, &line)
            }
            Kind::Compose => Command::reads(what, &[Own("docker compose stats --no-stream "), Word(self.name)]),
        }
    }

    /// `sudo --user … pm2`, as the words of a line.
    pub(crate) fn pm2(&self) -> [crate::escape::command::Part<'_>; 5] {
        let daemon = match &self.kind {
            Kind::Pm2 { daemon } => daemon.as_str(),
            Kind::Kubernetes { .. } | Kind::Systemd { .. } | Kind::Compose => "",
        };
        [
            Own("sudo --user "),
            Word(daemon),
            Own(" env PM2_HOME=/var/lib/"),
            Word(daemon),
            Own(" pm2"),
        ]
    }
}

fn object(workload: &Workload) -> &'static str {
    let strategy = workload.rollout.as_ref().map(|rollout| rollout.strategy.value);
    match strategy {
        _ if workload.is_stateful() => "statefulset",
        Some(Strategy::Canary | Strategy::BlueGreen) => "rollout",
        _ => "deployment",
    }
}
