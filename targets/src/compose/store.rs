//! Databases, caches and queues as containers.

use std::collections::BTreeMap;

use loadline_compiler::model::{Model, Store, ThingId, ThingKind};

use super::engines::{self, Engine};
use super::file::{Attachment, File, Healthcheck, Mount, Nothing, Service};
use super::text::Text;
use super::{INTERNAL, labels, mounts, variables};
use crate::output::Output;

/// The container that a store is in: its own, the cache's that it lives in, or, for dead letters, that of the queue
/// they come from, since a broker passes them on to none but itself. `None` for what runs elsewhere.
pub(crate) fn container(model: &Model, id: ThingId) -> Option<&str> {
    let store = model.store(id)?;
    if store.id.kind == ThingKind::External {
        return None;
    }
    let host = host(model, store).unwrap_or(store);
    engines::engine(host).map(|_| host.name.value.0.as_str())
}

/// The other store that one is inside of.
fn host<'m>(model: &'m Model, store: &Store) -> Option<&'m Store> {
    if let Some(on) = &store.on
        && on.id.kind == ThingKind::Cache
        && on.id != store.id
    {
        return model.store(on.id);
    }
    let takes = |other: &&Store| {
        let dead = other.dead_letter.as_ref().map(|dead| dead.id);
        dead == Some(store.id) && other.id != store.id && other.engine_name() == store.engine_name()
    };
    // A queue of dead letters that has dead letters of its own is on its own.
    let plain = store.dead_letter.is_none() && store.url.is_none();
    model.stores.iter().filter(|_| plain).find(takes)
}

/// Adds the containers of all stores.
pub(crate) fn add(model: &Model, file: &mut File, out: &mut Output) {
    for store in &model.stores {
        if store.id.kind == ThingKind::External || host(model, store).is_some() {
            continue;
        }
        if let Some(engine) = engines::engine(store) {
            let service = service(model, store, &engine, file, out);
            file.services.insert(store.name.value.0.clone(), service);
        } else if let Some(engine) = &store.engine {
            let name = &store.name.value;
            let message = format!("the compose file has no container for `{name}`");
            let consequence = match store.url {
                Some(_) => "no image of it is known here; clients connect to its `url`",
                None => "no image of it is known here; it has to run elsewhere",
            };
            let said = out.said();
            out.not_expressible(engine.name.span, message, consequence);
            out.about(said, store.id);
        }
    }
}

fn service(model: &Model, store: &Store, engine: &Engine, file: &mut File, out: &mut Output) -> Service {
    let name = store.name.value.0.as_str();
    let mut environment: BTreeMap<String, Text> = BTreeMap::new();
    for (variable, value) in &engine.environment {
        let span = store.url.as_ref().map_or(store.span, |url| url.span);
        environment.insert((*variable).to_owned(), out.escaped(span, Text::plain(value)));
    }
    if let Some((variable, default)) = engine.user {
        environment.insert(variable.to_owned(), variables::user(name, default));
    }
    if let Some(variable) = engine.password {
        environment.insert(variable.to_owned(), variables::password(name));
    }
    // What only a cache holds is gone with it, and is no use in a volume.
    let keeps = store.id.kind != ThingKind::Cache && !engine.data.is_empty();
    let mut mounted: Vec<Mount> = Vec::new();
    if keeps {
        let volume = format!("{name}-data");
        mounted.push(mounts::volume(&volume, Text::own(engine.data)));
        file.volumes.insert(volume, Nothing {});
    } else if !engine.data.is_empty() {
        mounted.push(mounts::tmpfs(Text::own(engine.data), None));
    }
    Service {
        image: image(store, engine, out),
        command: engine.command.iter().map(Text::own).collect(),
        hostname: engine.named.then(|| Text::own(name)),
        networks: BTreeMap::from([(INTERNAL, attachment(model, store))]),
        environment,
        volumes: mounted,
        healthcheck: Some(healthcheck(engine)),
        restart: Text::own("unless-stopped"),
        stop_grace_period: engine.stop.map(Text::own),
        security_opt: vec![Text::own("no-new-privileges:true")],
        labels: labels::of_project(model, out),
        ..Service::default()
    }
}

/// Known by its own name, and by the names of what is inside it.
fn attachment(model: &Model, store: &Store) -> Attachment {
    let inside = model
        .stores
        .iter()
        .filter(|other| host(model, other).is_some_and(|host| host.id == store.id));
    Attachment {
        aliases: inside.map(|other| Text::own(&other.name.value.0)).collect(),
    }
}

fn image(store: &Store, engine: &Engine, out: &mut Output) -> Text {
    let version = store.engine.as_ref().and_then(|engine| engine.version.as_ref());
    let span = version.map_or(store.span, |version| version.span);
    let tag = version.map_or(engine.version, |version| version.value.0.as_str());
    out.escaped(span, tagged(engine, tag))
}

/// Source of the form: the distribution specification of OCI.
fn tagged(engine: &Engine, tag: &str) -> Result<Text, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if tag.is_empty() || !tag.chars().all(good) || tag.starts_with(['.', '-']) {
        return Err(format!("`{tag}` cannot be part of an image's tag"));
    }
    Ok(Text::own(format!("{}:{tag}{}", engine.image, engine.variant)))
}

/// Asked every second while it starts, so that nobody waits longer than needed; the first start of a database takes its time.
fn healthcheck(engine: &Engine) -> Healthcheck {
    Healthcheck {
        test: engine.test.iter().map(Text::own).collect(),
        interval: Text::own("10s"),
        timeout: Text::own("5s"),
        retries: 5,
        start_period: Some(Text::own("60s")),
        start_interval: Some(Text::own("1s")),
    }
}
