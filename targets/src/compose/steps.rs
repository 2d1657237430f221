//! What runs around a workload: migrations, steps before the start, sidecars.

use loadline_compiler::model::{Before, MigrateWhen, Model, Sidecar, Workload, argv};
use loadline_compiler::values::{Command, Val};

use super::environment::written;
use super::file::{Condition, Deploy, File, Service};
use super::order::{self, Order};
use super::text::Text;
use super::{health, mounts, resources, workload as main};
use crate::docker::probe::Inside;
use crate::environment;
use crate::image;
use crate::lock_timeout;
use crate::output::Output;

/// Adds the services around a workload, in the order in which they run.
pub(crate) fn add(
    model: &Model,
    workload: &Workload,
    surroundings: &Service,
    file: &mut File,
    order: &mut Order,
    out: &mut Output,
) {
    let name = workload.name.value.0.as_str();
    let mut last: Option<String> = None;
    if let Some((when, service)) = migration(model, workload, surroundings, out) {
        let step = new_name(model, file, &format!("{name}-migrate"));
        file.services.insert(step.clone(), service);
        let uses = workload.migrate.iter().flat_map(|migrate| &migrate.uses);
        if uses.clone().next().is_none() {
            order::add_stores(model, workload, &step, order);
        }
        for uses in uses {
            if let Some((store, condition)) = order::target(model, uses.store.id) {
                order.add(&step, &store, condition);
            }
        }
        match when {
            MigrateWhen::After => _ = order.add(&step, name, order::condition(workload)),
            _ => {
                order.add(name, &step, Condition::Completed);
                last = Some(step);
            }
        }
    }
    let mut pending: Vec<(String, Condition)> = Vec::new();
    for before in &workload.before {
        let waits_for = before.wait_for.as_ref();
        let waits_for = waits_for.and_then(|thing| order::target(model, thing.id));
        let Some(service) = step(model, before, workload, surroundings, out) else {
            // Nothing runs: whatever comes next waits, and the workload itself in the end.
            if let Some((thing, condition)) = waits_for {
                wait(order, before, name, &thing, condition, out);
                pending.push((thing, condition));
            }
            continue;
        };
        let step = new_name(model, file, &format!("{name}-{}", before.name.value));
        file.services.insert(step.clone(), service);
        order.add(name, &step, Condition::Completed);
        if before.image.is_none() {
            // The same program with the same connections; and nobody tries again when it fails.
            order::add_stores(model, workload, &step, order);
        }
        for (thing, condition) in pending.drain(..).chain(waits_for) {
            wait(order, before, &step, &thing, condition, out);
        }
        if let Some(last) = last.replace(step.clone()) {
            order.add(&step, &last, Condition::Completed);
        }
    }
    for sidecar in &workload.sidecar {
        let service = beside(model, sidecar, workload, out);
        let beside = new_name(model, file, &format!("{name}-{}", sidecar.name.value));
        file.services.insert(beside.clone(), service);
        order.add(&beside, name, Condition::Started);
    }
}

/// The migration runs with the image of the workload, once.
fn migration(
    model: &Model,
    workload: &Workload,
    surroundings: &Service,
    out: &mut Output,
) -> Option<(MigrateWhen, Service)> {
    let migrate = workload.migrate.as_ref()?;
    if migrate.when.value == MigrateWhen::OnStart {
        return None;
    }
    let run = migrate.run.as_ref()?;
    let mut service = Service {
        entrypoint: words(run, workload, out),
        restart: Text::own("no"),
        ..surroundings.clone()
    };
    let told = lock_timeout::variable(model, workload, migrate, out);
    let told = told.map(|(name, value)| (name.to_owned(), Text::own(value)));
    service.environment.extend(told);
    Some((migrate.when.value, service))
}

/// A step with a command of its own; with the image of the workload it also has its environment.
fn step(
    model: &Model,
    before: &Before,
    workload: &Workload,
    surroundings: &Service,
    out: &mut Output,
) -> Option<Service> {
    if before.run.is_none() && before.image.is_none() {
        return None;
    }
    let mut service = surroundings.clone();
    if let Some(image) = &before.image {
        image::judge_reference(&image.value, image.span, out);
        service.image = out.escape(image, |image| Text::plain(image));
        service.build = None;
        service.init = false;
        service.working_dir = None;
        service.environment.clear();
    }
    let own = environment::plain(&before.env);
    service.environment.extend(written(model, workload, own, out));
    if let Some(run) = &before.run {
        service.entrypoint = if before.image.is_some() {
            plain_words(run, out)
        } else {
            words(run, workload, out)
        };
    }
    service.restart = Text::own("no");
    Some(service)
}

/// A container in the network of the main one, so that both are each other's localhost.
fn beside(model: &Model, sidecar: &Sidecar, workload: &Workload, out: &mut Output) -> Service {
    let image = match &sidecar.image {
        Some(image) => {
            image::judge_reference(&image.value, image.span, out);
            image.value.0.clone()
        }
        None => image::image(model, workload),
    };
    let image = Text::own(image);
    Service {
        image,
        network_mode: Some(Text::own(format!("service:{}", workload.name.value))),
        entrypoint: sidecar
            .run
            .as_ref()
            .map(|run| plain_words(run, out))
            .unwrap_or_default(),
        environment: written(model, workload, environment::plain(&sidecar.env), out),
        volumes: vec![mounts::tmpfs(Text::own("/tmp"), None)],
        healthcheck: health::check(Inside::unknown(), &sidecar.health, None, out),
        restart: Text::own("unless-stopped"),
        deploy: Deploy {
            replicas: None,
            resources: resources::resources(sidecar.cpu.as_ref(), sidecar.memory.as_ref()),
        }
        .some(),
        ..main::hardened(workload, out)
    }
}

fn wait(order: &mut Order, before: &Before, from: &str, to: &str, condition: Condition, out: &mut Output) {
    if !order.add(from, to, condition) {
        let message = format!("`{to}` waits for `{from}` itself");
        out.not_expressible(before.span, message, "the compose file leaves this wait out");
    }
}

fn words(run: &Val<Command>, workload: &Workload, out: &mut Output) -> Vec<Text> {
    let argv = argv(Some(&run.value), workload.runtime.as_ref(), &[], Vec::new());
    argv.iter()
        .map(|word| out.escaped(run.span, Text::plain(word)))
        .collect()
}

fn plain_words(run: &Val<Command>, out: &mut Output) -> Vec<Text> {
    let words = run.value.words().iter();
    words.map(|word| out.escaped(run.span, Text::plain(word))).collect()
}

/// A name that nothing of the project has.
fn new_name(model: &Model, file: &File, name: &str) -> String {
    super::unused(name, |name| {
        let is_thing = model.graph.things().any(|thing| model.name(thing) == name);
        is_thing || file.services.contains_key(name)
    })
}
