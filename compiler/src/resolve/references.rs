//! References in environment variables: `self.http.port`, `api.http.url`, `orders-db.host`, `self.shutdown.drain.ms`.
//!
//! Values of the model are filled in as text. Addresses stay references: what they are depends on the network of the
//! target that writes them.

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Lower, find};
use crate::model::{Address, Facet, Model, Template, TemplatePart, ThingId, ThingKind, joined};
use crate::rules::syntax;

pub(crate) fn fill_in(model: &mut Model, cx: &mut Cx<'_>) {
    let mut resolved: Vec<Template> = Vec::new();
    // First read, then write: resolving one value looks at all others.
    visit(model, &mut |model, own, template| {
        resolved.push(Template {
            parts: joined(
                template
                    .parts
                    .iter()
                    .map(|part| resolve(part, model, own, cx))
                    .collect(),
            ),
        });
    });
    let mut resolved = resolved.into_iter();
    replace(model, &mut |template| {
        if let Some(done) = resolved.next() {
            *template = done;
        }
    });
}

/// Every template of the model with the thing it belongs to, in a fixed order.
fn visit(model: &Model, see: &mut dyn FnMut(&Model, ThingId, &Template)) {
    for workload in &model.workloads {
        let beside = workload.sidecar.iter().map(|sidecar| &sidecar.env);
        let before = workload.before.iter().map(|before| &before.env);
        for env in std::iter::once(&workload.env).chain(beside).chain(before) {
            env.iter().for_each(|pair| see(model, workload.id, &pair.value.value));
        }
        for config in &workload.config {
            config
                .default
                .iter()
                .for_each(|default| see(model, workload.id, &default.value));
        }
    }
    for set in &model.config_sets {
        set.env.iter().for_each(|pair| see(model, set.id, &pair.value.value));
    }
}

/// The same templates in the same order, to be changed.
fn replace(model: &mut Model, change: &mut dyn FnMut(&mut Template)) {
    for workload in &mut model.workloads {
        let settings = &mut workload.settings;
        let beside = settings.sidecar.iter_mut().map(|sidecar| &mut sidecar.env);
        let before = settings.before.iter_mut().map(|before| &mut before.env);
        for env in std::iter::once(&mut settings.env).chain(beside).chain(before) {
            env.0.iter_mut().for_each(|pair| change(&mut pair.value.value));
        }
        for config in &mut settings.config {
            config.default.iter_mut().for_each(|default| change(&mut default.value));
        }
    }
    for set in &mut model.config_sets {
        set.settings
            .env
            .0
            .iter_mut()
            .for_each(|pair| change(&mut pair.value.value));
    }
}

fn resolve(part: &TemplatePart, model: &Model, own: ThingId, cx: &mut Cx<'_>) -> TemplatePart {
    let TemplatePart::Path { path, span } = part else {
        return part.clone();
    };
    cx.subject = Some(own);
    let segments: Vec<&str> = path.split('.').collect();
    let (id, name, rest) = match segments.as_slice() {
        ["self", rest @ ..] => (own, "self", rest),
        [name, rest @ ..] => match cx.thing(name, *span, &ThingKind::ALL, "a thing of this project") {
            Some(id) => (id, *name, rest),
            // Reported with the nearest name.
            None => return part.clone(),
        },
        [] => return part.clone(),
    };
    let Some(done) = value(model, id, id == own, rest, (path, *span)) else {
        let message = format!("`{path}` leads to no value");
        let found = Diagnostic::new(&syntax::unknown_reference::RULE, message, *span, "nothing there");
        cx.report(found.help(what_there_is(model, id, name)));
        return part.clone();
    };
    cx.subject = None;
    done
}

/// What a reference to a thing can be.
fn what_there_is(model: &Model, id: ThingId, name: &str) -> String {
    let place = match (model.workload(id), model.store(id), model.gateway(id)) {
        (Some(workload), _, _) => workload
            .listen
            .first()
            .map(|listen| format!("{name}.{}", listen.name())),
        (None, None, None) => None,
        _ => Some(name.to_owned()),
    };
    let addresses = match place {
        Some(place) => format!("there is `{place}.host`, `{place}.port`, `{place}.url`, and "),
        None => "there is ".to_owned(),
    };
    let thing = if name == "self" { model.name(id) } else { name };
    format!("{addresses}each value that `loadline show {thing}` prints; quote it to make it text")
}

fn value(model: &Model, id: ThingId, own: bool, path: &[&str], (written, span): (&str, Span)) -> Option<TemplatePart> {
    let address = |listener: usize, facet: Facet| {
        TemplatePart::Address(Address {
            thing: id,
            listener,
            facet,
            own,
            path: written.to_owned(),
            span,
        })
    };
    let text = |found: Option<String>| found.map(|text| TemplatePart::Text(bare(&text)));
    if let Some(workload) = model.workload(id) {
        return match path {
            [facet] if let (Some(facet), true) = (Facet::from_word(facet), !workload.listen.is_empty()) => {
                Some(address(0, facet))
            }
            [listener, facet]
                if let (Some(place), Some(facet)) = (
                    workload.listen.iter().position(|listen| listen.name() == *listener),
                    Facet::from_word(facet),
                ) =>
            {
                Some(address(place, facet))
            }
            path => text(find(&workload.settings, path)),
        };
    }
    if let Some(store) = model.store(id) {
        return match path {
            [facet] if let Some(facet) = Facet::from_word(facet) => Some(address(0, facet)),
            path => text(find(&store.settings, path)),
        };
    }
    if let (Some(_), [facet]) = (model.gateway(id), path)
        && let Some(facet) = Facet::from_word(facet)
    {
        return Some(address(0, facet));
    }
    text(match id.kind {
        ThingKind::Site => find_in(model.site(id).map(|site| &site.settings), path),
        ThingKind::Gateway => find_in(model.gateway(id).map(|gateway| &gateway.settings), path),
        ThingKind::Host => find_in(model.host(id).map(|host| &host.settings), path),
        ThingKind::Cluster => find_in(model.cluster(id).map(|cluster| &cluster.settings), path),
        ThingKind::ConfigSet => find_in(model.config_set(id).map(|set| &set.settings), path),
        _ => None,
    })
}

fn find_in(block: Option<&impl Lower>, path: &[&str]) -> Option<String> {
    block.and_then(|block| find(block, path))
}

/// Without the quotes of a string literal: the text itself goes into the environment.
fn bare(shown: &str) -> String {
    shown
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(shown)
        .to_owned()
}
