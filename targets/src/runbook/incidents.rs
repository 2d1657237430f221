//! What to do when it happens: five procedures, with the numbers and commands of this workload.

use loadline_compiler::budget::connections::Clients;
use loadline_compiler::budget::{MemorySum, retries};
use loadline_compiler::diagnostic::counted;
use loadline_compiler::model::{Language, Model, Store, TargetName, ThingId, Workload};

use super::page::Section;
use super::place::{Kind, Place};
use super::{change, inside, stores};
use crate::escape::markdown::Piece::{Code, Own, Text};

/// Step by step: what is seen, what is done, how it is known to be over.
pub(crate) fn all(place: &Place<'_>, clients: &Clients<'_>) -> Vec<Section> {
    vec![
        bad_deploy(place),
        high_cpu(place, clients),
        high_memory(place),
        latency(place, clients),
        outage(place),
    ]
}

fn bad_deploy(place: &Place<'_>) -> Section {
    let mut section = Section::new("When a deploy is bad");
    section.say(&[Own(
        "Errors, slow answers or instances that do not become ready, since a deploy.",
    )]);
    alerts(
        place,
        "Alerts: `ErrorBudgetBurn`, `RestartLoop`, `ServiceDown`.",
        &mut section,
    );
    section.say(&[Own(
        "**Confirm.** The first failures are younger than the deploy, and come from new instances.",
    )]);
    section.run([place.status(), place.logs()]);
    section.run(place.ended());
    section.run(inside::ask(place));
    let pause = change::pause(place);
    if !pause.is_empty() {
        section.say(&[Own(
            "**Stop**, if you do not go back at once: no further instance gets the new revision.",
        )]);
        section.run(pause);
    }
    section.say(&[Own(
        "**Go back.** See [Rollback](#rollback). Do not wait for the cause.",
    )]);
    section.say(&[Own("**Verify.** Failures and durations are what they were before the deploy, for as long as the shortest window of an alert: 5m.")]);
    section.say(&[Own(
        "**Keep** the log of the failed revision and the digest of its image, before they are gone.",
    )]);
    section
}

fn high_cpu(place: &Place<'_>, clients: &Clients<'_>) -> Section {
    let mut section = Section::new("When the processor is busy");
    let limit = place.workload.cpu.as_ref().map(|cpu| cpu.high.to_string());
    match (&limit, &place.kind) {
        (Some(limit), Kind::Kubernetes { .. } | Kind::Systemd { .. } | Kind::Compose) => {
            section.say(&[
                Own("**Confirm.** The limit of an instance is "),
                Text(limit),
                Own("; close to it the kernel holds the process back, also when the average looks low."),
            ]);
        }
        _ => section.say(&[Own("**Confirm.** The cores of the machine are the limit.")]),
    }
    section.run([place.usage()]);
    section.run(inside::throttling(place));
    section.say(&[Own("**Correlate.** A deploy, more or other traffic ("), Own("see the load in [Limits](#limits)), or a dependency that fails and is tried again: then this is [an outage](#when-a-dependency-is-away).")]);
    section.say(&[Own("**Look** at what takes the time. Typical: parsing or serialising large documents, a regular expression that explodes, compression in the process, logging, password hashes, retries.")]);
    inside::profile(place, &mut section);
    section.say(&[Own("**Contain.** Go back if it came with a deploy ([Rollback](#rollback)), switch off the feature that causes it, or add instances.")]);
    change::more(place, clients, &mut section);
    section.say(&[Own(
        "**Verify.** Slow answers and processor time for each request fall, not only the average use.",
    )]);
    section
}

fn high_memory(place: &Place<'_>) -> Section {
    let mut section = Section::new("When memory runs out");
    alerts(
        place,
        "Alerts: `MemoryHeadroomLow`, `HeapNearlyFull`, `OutOfMemory`.",
        &mut section,
    );
    if let Some(sum) = MemorySum::of(place.model, place.workload) {
        section.say(&[
            Own("**Confirm.** An instance may have "),
            Text(&sum.limit.to_string()),
            Own(", and the spec expects it to need "),
            Text(&sum.total().about()),
            Own("; the parts are in [Limits](#limits)."),
        ]);
    } else {
        section.say(&[Own(
            "**Confirm.** The spec gives it no limit, so it takes from its neighbours.",
        )]);
    }
    section.run([place.usage()]);
    section.run(place.ended());
    section.say(&[Own("**Tell apart** what grows:")]);
    let heap = place.workload.memory.as_ref().and_then(|memory| memory.heap.flag());
    let heap = heap.map_or_else(|| "whatever the runtime takes".to_owned(), |heap| heap.to_string());
    let rows = [
        (
            "The heap, and never falls",
            format!(
                "objects are kept: a cache without a bound, listeners, timers. Its limit is {heap}; a larger one only delays it"
            ),
        ),
        (
            "The whole process, but not the heap",
            "buffers, native libraries, fragmentation: a larger heap makes it worse".to_owned(),
        ),
        (
            "Nothing, on average",
            "a burst: large bodies, a report, many requests at once".to_owned(),
        ),
        (
            "Pauses",
            "the heap is nearly full, or very much is allocated".to_owned(),
        ),
    ];
    section.table(
        &["What grows", "What it is"],
        rows.iter()
            .map(|(what, cause)| {
                vec![
                    crate::escape::markdown::line(&[Text(what)]),
                    crate::escape::markdown::line(&[Text(cause)]),
                ]
            })
            .collect(),
    );
    if inside::language(place.workload) == Some(Language::Node) {
        section.say(&[Own("**Capture** a heap snapshot only where personal data may be kept: it holds everything. The process stands still for seconds, and needs as much memory again. First take its traffic away, or use a copy.")]);
        inside::profile(place, &mut section);
    }
    section.say(&[Own(
        "**Contain.** Go back if it came with a deploy ([Rollback](#rollback)); else replace the largest instance.",
    )]);
    section.run([change::again(place)]);
    section.say(&[Own(
        "**Verify.** Memory reaches a level and stays there, for longer than it took to fill.",
    )]);
    section
}

fn latency(place: &Place<'_>, clients: &Clients<'_>) -> Section {
    let is_node = inside::language(place.workload) == Some(Language::Node);
    let mut section = Section::new(if is_node {
        "When the event loop is late"
    } else {
        "When answers are slow"
    });
    alerts(
        place,
        "Alerts: `LatencyBudgetBurn`, `ConnectionPoolSaturated`.",
        &mut section,
    );
    if is_node {
        section.say(&[Own("**Confirm.** The delay of the event loop (`nodejs_eventloop_delay_p99_seconds`) rises with the durations. If it does not, requests wait for somebody else: "), Own("[an outage](#when-a-dependency-is-away), or for a connection of a pool.")]);
    } else {
        section.say(&[Own("**Confirm.** Are all threads busy, or do they wait for a connection of a pool or for [somebody else](#when-a-dependency-is-away)?")]);
    }
    section.run([place.usage()]);
    section.run(inside::throttling(place));
    if is_node {
        section.say(&[Own("**Look** at what blocks it, and which route asked for it: synchronous calls, large JSON, regular expressions, compression.")]);
    }
    inside::profile(place, &mut section);
    for store in used(place.model, place.workload)
        .into_iter()
        .filter(|store| store.is_database())
    {
        stores::look(store, &mut section);
    }
    section.say(&[Own(
        "**Contain.** Switch the costly path off, send its traffic elsewhere, or add instances.",
    )]);
    change::more(place, clients, &mut section);
    section.say(&[Own(
        "**Mend** for good by moving the work out of the process: a worker thread, a stream, a queue.",
    )]);
    section
}

fn outage(place: &Place<'_>) -> Section {
    let mut section = Section::new("When a dependency is away");
    section.say(&[Own("**Identify** which one: its name, and whether it refuses, answers with errors, or does not answer in time. What its absence means is in [Dependencies](#dependencies).")]);
    section.run([place.logs()]);
    for store in used(place.model, place.workload) {
        stores::look(store, &mut section);
    }
    for call in &place.workload.calls {
        let name = place.model.name(call.callee.value.id);
        let attempts = counted(retries::attempts(call), "attempt");
        let longest = retries::longest(call).map_or_else(
            || "for as long as it takes, since there is no timeout".to_owned(),
            |time| format!("{time} in all"),
        );
        section.say(&[
            Code(name),
            Own(": up to "),
            Text(&attempts),
            Own(" for a request, "),
            Text(&longest),
            Own("."),
        ]);
    }
    section.say(&[Own("**Contain.** Let the breaker open, switch off what needs it, or serve what is cached. Do not start instances again: they lose what they have, and connect all at once.")]);
    section.say(&[Own(
        "**Reduce.** If it is overloaded, lower `retries` and pools in the spec, and deploy: attempts keep it down.",
    )]);
    section.say(&[Own(
        "**Say so** where its users look: the status page, the channel of the incident.",
    )]);
    section.say(&[Own("**Recover.** When it is well again, put retries and caches back, and see that what waits in queues is worked off.")]);
    section
}

/// Which alerts lead here, where there are alerts.
fn alerts(place: &Place<'_>, text: &'static str, section: &mut Section) {
    let targets = place.model.project.targets.as_ref();
    if targets.is_some_and(|targets| targets.contains(&TargetName::Alerts)) {
        section.say(&[Own(text)]);
    }
}

/// The stores that a workload has to do with, each once.
fn used<'m>(model: &'m Model, workload: &Workload) -> Vec<&'m Store> {
    let uses = workload.uses.iter().map(|uses| uses.store.id);
    let publishes = workload.publishes.iter().map(|publishes| publishes.queue.id);
    let consumes = workload.consumes.iter().map(|consumes| consumes.queue.id);
    let calls = workload.calls.iter().map(|call| call.callee.value.id);
    let all: Vec<ThingId> = uses.chain(publishes).chain(consumes).chain(calls).collect();
    model.stores.iter().filter(|store| all.contains(&store.id)).collect()
}
