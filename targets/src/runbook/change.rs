//! What is done to a workload where it runs: back to the release before, fewer, more, again.

use loadline_compiler::budget::connections::{self, Clients};
use loadline_compiler::budget::instances;

use super::page::{Command, Section};
use super::place::{Kind, Place};
use crate::escape::command::Part::{Own, Word};
use crate::escape::markdown::Piece::{Code, Own as Say, Text};
use crate::host::releases_root;
use crate::release;

/// No more instances than this are tried out.
const SEARCHED: u64 = 100;

/// Back to the release before.
pub(crate) fn rollback(place: &Place<'_>, section: &mut Section) {
    let name = place.name;
    match &place.kind {
        Kind::Kubernetes {
            namespace,
            object: "rollout",
        } => section.run([
            Command::reads(
                &[Say("Which revisions there are.")],
                &[
                    Own("kubectl argo rollouts get rollout "),
                    Word(name),
                    Own(" --namespace "),
                    Word(namespace),
                ],
            ),
            Command::changes(
                &[Say("Take the traffic back from a rollout that is underway.")],
                &[
                    Own("kubectl argo rollouts abort "),
                    Word(name),
                    Own(" --namespace "),
                    Word(namespace),
                ],
            ),
            Command::changes(
                &[Say("Go back to the revision before, once it is over.")],
                &[
                    Own("kubectl argo rollouts undo "),
                    Word(name),
                    Own(" --namespace "),
                    Word(namespace),
                ],
            ),
        ]),
        Kind::Kubernetes { namespace, object } => section.run([
            Command::reads(
                &[Say("Which revisions there are, and how far the rollout is.")],
                &[
                    Own("kubectl --namespace "),
                    Word(namespace),
                    Own(" rollout history "),
                    Own(object),
                    Own("/"),
                    Word(name),
                ],
            )
            .and(&[
                Own("kubectl --namespace "),
                Word(namespace),
                Own(" rollout status --watch=false "),
                Own(object),
                Own("/"),
                Word(name),
            ]),
            Command::changes(
                &[Say("Go back to the revision before.")],
                &[
                    Own("kubectl --namespace "),
                    Word(namespace),
                    Own(" rollout undo "),
                    Own(object),
                    Own("/"),
                    Word(name),
                ],
            ),
        ]),
        Kind::Systemd { .. } | Kind::Pm2 { .. } if by_script(place, section) => {}
        Kind::Systemd { starts, .. } => {
            link(place, section);
            section.run([restart(place, starts)]);
        }
        Kind::Pm2 { daemon } => {
            link(place, section);
            section.run([Command::changes(
                &[
                    Say("Start the release that "),
                    Code("current"),
                    Say(" names now, process by process."),
                ],
                &[Own("sudo systemctl reload "), Word(daemon)],
            )]);
        }
        Kind::Compose => section.run([Command::changes(
            &[Say("In a checkout of the revision before, with its compiled files:")],
            &[
                Own("docker compose --file \"${COMPOSE_FILE:?}\" up --detach --no-deps "),
                Word(name),
            ],
        )]),
    }
    section.say(&[
        Say("Then make the spec say it too, or the next deploy brings the bad revision back. "),
        Say("A step `contract` of a change that has run since cannot be taken back this way: the release before needs what it dropped."),
    ]);
}

/// The units of a host: one after the other, where it is known how long one needs.
fn restart(place: &Place<'_>, starts: &str) -> Command {
    let boot = place.workload.load.boot.as_ref().map(|boot| boot.high.ceil_seconds());
    let count = place.workload.scale.max();
    match boot {
        Some(boot) if 1 < count => Command::changes(
            &[
                Say("Start the release that "),
                Code("current"),
                Say(" names now: one instance after the other, each with the time that it needs until it is ready."),
            ],
            &[
                Own("for N in $(seq "),
                Word(&count.to_string()),
                Own("); do sudo systemctl restart "),
                Word(place.name),
                Own("@\"$N\".service && sleep "),
                Word(&boot.to_string()),
                Own("; done"),
            ],
        ),
        _ => Command::changes(
            &[
                Say("Start the release that "),
                Code("current"),
                Say(" names now. Every instance is away until it is up."),
            ],
            &[Own("sudo systemctl restart "), Word(starts)],
        ),
    }
}

/// The script of the target `release`, where it is written.
fn by_script(place: &Place<'_>, section: &mut Section) -> bool {
    let Some(root) = releases_root(place.workload).filter(|_| release::is_wanted(place.model)) else {
        return false;
    };
    let script = format!("{root}/release.sh");
    section.run([
        Command::reads(
            &[Say("Which release runs, and which others are there.")],
            &[Own("sudo "), Word(&script), Own(" status")],
        ),
        Command::changes(
            &[Say(
                "Go back to the release before, or to another by its name: it must answer before it gets traffic. No migration runs.",
            )],
            &[Own("sudo "), Word(&script), Own(" rollback")],
        ),
    ]);
    true
}

/// The link `current` of a host.
fn link(place: &Place<'_>, section: &mut Section) {
    let Some(root) = releases_root(place.workload) else {
        section.say(&[Say(
            "The spec starts it in a directory without releases: put the files of the release before there.",
        )]);
        return;
    };
    let (current, next) = (format!("{root}/current"), format!("{root}/current.next"));
    let releases = format!("{root}/releases");
    section.run([
        Command::reads(
            &[Say("Which release runs, and which others are there.")],
            &[Own("readlink "), Word(&current)],
        )
        .and(&[Own("ls -lt "), Word(&releases)]),
        Command::changes(
            &[
                Say("Point "),
                Code("current"),
                Say(" at the directory of the release before, at once."),
            ],
            &[Own("sudo ln -sfn \"${RELEASE:?its directory}\" "), Word(&next)],
        )
        .and(&[Own("sudo mv -T "), Word(&next), Own(" "), Word(&current)]),
    ]);
}

/// What stops a rollout where it is.
pub(crate) fn pause(place: &Place<'_>) -> Vec<Command> {
    match &place.kind {
        Kind::Kubernetes {
            namespace,
            object: "deployment",
        } => {
            let line = |verb: &'static str| {
                [
                    Own("kubectl --namespace "),
                    Word(namespace),
                    Own(verb),
                    Word(place.name),
                ]
            };
            vec![
                Command::changes(
                    &[Say("Stop the rollout where it is, to look longer.")],
                    &line(" rollout pause deployment/"),
                ),
                Command::changes(
                    &[Say(
                        "Let it go on. **A paused deployment cannot be undone**, so this comes before a rollback too.",
                    )],
                    &line(" rollout resume deployment/"),
                ),
            ]
        }
        _ => Vec::new(),
    }
}

/// One instance is started again.
pub(crate) fn again(place: &Place<'_>) -> Command {
    match &place.kind {
        Kind::Kubernetes { namespace, .. } => Command::changes(
            &[Say(
                "Replace one pod. What it holds in memory, and its log, is gone: look first.",
            )],
            &[
                Own("kubectl --namespace "),
                Word(namespace),
                Own(" delete pod \"${POD:?}\""),
            ],
        ),
        Kind::Systemd { first, .. } => Command::changes(
            &[Say(
                "Start one instance again. What it holds in memory is gone: look first.",
            )],
            &[Own("sudo systemctl restart "), Word(first)],
        ),
        Kind::Pm2 { .. } => {
            let mut line = place.pm2().to_vec();
            line.extend([Own(" reload "), Word(place.name)]);
            Command::changes(
                &[Say(
                    "Replace every process, one after the other. What they hold in memory is gone: look first.",
                )],
                &line,
            )
        }
        Kind::Compose => Command::changes(
            &[Say("Start it again. What it holds in memory is gone: look first.")],
            &[Own("docker compose restart "), Word(place.name)],
        ),
    }
}

/// More instances, and how many more the databases bear.
pub(crate) fn more(place: &Place<'_>, clients: &Clients<'_>, section: &mut Section) {
    let most = instances::replicas_max(place.model, place.workload);
    let room = room(place, clients);
    match &room {
        Some((0, store)) => {
            section.say(&[
                Say("**Do not add instances**: in the worst rollout the connections of "),
                Code(store),
                Say(" are used up by those there are. Lower a pool first."),
            ]);
            return;
        }
        Some((more, store)) => section.say(&[
            Say("The connections of "),
            Code(store),
            Say(if *more < searched(place) {
                " bear "
            } else {
                " bear at least "
            }),
            Text(&more.to_string()),
            Say(" more, a rollout included."),
        ]),
        None => {}
    }
    let wanted = most
        .saturating_add(room.map_or(1, |(more, _)| more.min(most.max(1))))
        .to_string();
    match &place.kind {
        Kind::Kubernetes { namespace, .. } if place.workload.scale.is_automatic() => {
            let patch = format!("{{\"spec\":{{\"maxReplicas\":{wanted}}}}}");
            section.run([
                Command::reads(
                    &[Say("Whether the autoscaler is at its most, and what it looks at.")],
                    &[
                        Own("kubectl --namespace "),
                        Word(namespace),
                        Own(" describe hpa "),
                        Word(place.name),
                    ],
                ),
                Command::changes(
                    &[Say("Let the autoscaler go further.")],
                    &[
                        Own("kubectl --namespace "),
                        Word(namespace),
                        Own(" patch hpa "),
                        Word(place.name),
                        Own(" --patch "),
                        Word(&patch),
                    ],
                ),
            ]);
        }
        Kind::Kubernetes { namespace, object } => section.run([Command::changes(
            &[Say("More pods, until the next deploy.")],
            &[
                Own("kubectl --namespace "),
                Word(namespace),
                Own(" scale "),
                Own(object),
                Own("/"),
                Word(place.name),
                Own(" --replicas "),
                Word(&wanted),
            ],
        )]),
        Kind::Compose => section.run([Command::changes(
            &[Say("More containers.")],
            &[
                Own("docker compose up --detach --no-recreate --scale "),
                Word(place.name),
                Own("="),
                Word(&wanted),
                Own(" "),
                Word(place.name),
            ],
        )]),
        Kind::Systemd { .. } | Kind::Pm2 { .. } => section.say(&[
            Say("On a host the number of instances is in the spec: raise "),
            Code("scale"),
            Say(", compile and release. The cores of the machine are the limit."),
        ]),
    }
}

/// Twice as many as there are is as far as anybody goes at night.
fn searched(place: &Place<'_>) -> u64 {
    place.workload.scale.max().clamp(1, SEARCHED)
}

/// How many more instances the tightest of its stores bears, rollouts and the autoscaler's swings included.
fn room(place: &Place<'_>, clients: &Clients<'_>) -> Option<(u64, String)> {
    let id = place.workload.id;
    let most = place.workload.scale.max();
    let stores = place.model.stores.iter().filter(|store| {
        let own = clients.of_store(store.id).iter();
        own.filter(|client| client.opener.is_process())
            .any(|client| client.workload.id == id)
    });
    let rooms = stores.filter_map(|store| {
        let supply = connections::supply(store)?;
        let fits = |more: u64| {
            let worst = clients.worst_with(store.id, |workload| {
                if workload.id == id {
                    let fixed = !workload.scale.is_automatic();
                    let replicas = &mut workload.settings.scale.replicas.value;
                    replicas.high = most.saturating_add(more);
                    if fixed {
                        replicas.low = replicas.high;
                    }
                }
            });
            worst.is_some_and(|worst| worst <= supply.usable())
        };
        let more = (1..=searched(place)).take_while(|more| fits(*more)).last();
        Some((more.unwrap_or_default(), store.name.value.0.clone()))
    });
    rooms.min_by_key(|(room, _)| *room)
}
