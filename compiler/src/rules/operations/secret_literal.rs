//! `secret-literal`

use loadline_grammar::Span;

use super::secrets;
use crate::diagnostic::Diagnostic;
use crate::model::{FileSource, Model, SecretSource, Template, TemplatePart, ThingId};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// No secret stands in the spec: no variable named like one with a literal value, no value that begins like a known kind of
    /// key, no URL or connection string with a password, no flag of a command line that is given one, no `secret … from` that is
    /// not a reference.
    /// ## Why
    /// What stands in a spec stands in the repository, in every output, in `kubectl describe` and in the logs of the pipeline.
    /// It cannot be taken back.
    /// ## Source
    /// Prefixes as published by the issuers: Stripe `sk_live_`, GitHub `ghp_` and `github_pat_`, GitLab `glpat-`, Slack
    /// `xoxb-`, AWS `AKIA`, Google `AIza`, npm `npm_`, PyPI `pypi-`, Docker `dckr_pat_`, PEM private keys; RFC 7519 for signed
    /// tokens.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   env    DATABASE_URL "postgres://app:hunter2@db.internal/orders"
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   secret DATABASE_URL from "vault:orders/api#database_url"
    ///   env    TOKEN_TTL_MS 3600000
    /// }
    /// ```
    901 "secret-literal" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (thing, name, name_span, value, span) in variables(context.model) {
        let Some(text) = literal(value) else { continue };
        let Some(what) = secrets::of_variable(name, &text) else {
            continue;
        };
        let message = format!(
            "`{name}` of `{}` holds a secret in plain text",
            context.model.name(thing)
        );
        let diagnostic = Diagnostic::new(&RULE, message, span, what)
            .label(name_span, "a reference belongs here")
            .help(format!(
                "write `secret {name} from \"vault:PATH#KEY\"` (or `env:`, `file:`, `k8s:`)"
            ))
            .about(thing);
        found.push(diagnostic);
    }
    for (thing, place, text, span) in texts(context.model) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(what) = secrets::of_value(place, &text).or_else(|| secrets::of_words(&words).map(|(_, why)| why))
        else {
            continue;
        };
        let message = format!(
            "{place} of `{}` holds a secret in plain text",
            context.model.name(thing)
        );
        found.push(
            Diagnostic::new(&RULE, message, span, what)
                .help("leave it out, and give it to the process with `secret NAME from \"vault:PATH#KEY\"`")
                .about(thing),
        );
    }
    for workload in &context.model.workloads {
        let named = workload
            .secret
            .iter()
            .map(|secret| (&secret.name.value.0, &secret.source));
        let mounted = workload.file.iter().filter_map(|file| match &file.source {
            FileSource::Secret(source) => Some((&file.path.value.0, source)),
            FileSource::Local(_) => None,
        });
        for (name, source) in named.chain(mounted) {
            if source.value == SecretSource::Literal {
                let message = format!("`{name}` of `{}` is not a reference to a secret", workload.name.value);
                let diagnostic = Diagnostic::new(&RULE, message, source.span, "perhaps the secret itself")
                    .help("write `from \"vault:PATH#KEY\"`, `\"env:NAME\"`, `\"file:/path\"` or `\"k8s:NAME#KEY\"`")
                    .about(workload.id);
                found.push(diagnostic);
            }
        }
    }
}

type Variable<'m> = (ThingId, &'m str, Span, &'m Template, Span);

/// Every variable of the model with a value.
fn variables(model: &Model) -> Vec<Variable<'_>> {
    let mut all: Vec<Variable<'_>> = Vec::new();
    for workload in &model.workloads {
        let beside = workload.sidecar.iter().map(|sidecar| &sidecar.env);
        let before = workload.before.iter().map(|before| &before.env);
        for pair in std::iter::once(&workload.env).chain(beside).chain(before).flatten() {
            all.push((
                workload.id,
                &pair.name.value,
                pair.name.span,
                &pair.value.value,
                pair.value.span,
            ));
        }
        for config in &workload.config {
            if let Some(default) = &config.default {
                all.push((
                    workload.id,
                    &config.name.value.0,
                    config.name.span,
                    &default.value,
                    default.span,
                ));
            }
        }
    }
    for set in &model.config_sets {
        let pairs = set.env.iter();
        all.extend(pairs.map(|pair| {
            (
                set.id,
                pair.name.value.as_str(),
                pair.name.span,
                &pair.value.value,
                pair.value.span,
            )
        }));
    }
    all
}

type Text = (ThingId, &'static str, String, Span);

/// Other texts that reach outputs: addresses, command lines, headers, annotations.
fn texts(model: &Model) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    let urls = model
        .stores
        .iter()
        .filter_map(|store| Some((store.id, store.url.as_ref()?)));
    all.extend(urls.map(|(id, url)| (id, "`url`", url.value.0.clone(), url.span)));
    for gateway in &model.gateways {
        let headers = gateway.headers.iter();
        all.extend(headers.map(|pair| (gateway.id, "a header", pair.value.value.0.clone(), pair.value.span)));
    }
    for workload in &model.workloads {
        let id = workload.id;
        let run = workload.run.iter();
        all.extend(run.map(|run| (id, "`run`", run.words().join(" "), run.span)));
        let args = workload.args.iter();
        all.extend(args.map(|args| {
            let words: Vec<&str> = args.value.iter().map(|word| word.0.as_str()).collect();
            (id, "`args`", words.join(" "), args.span)
        }));
        let annotations = workload.annotations.iter();
        all.extend(annotations.map(|pair| (id, "an annotation", pair.value.value.0.clone(), pair.value.span)));
        let health = &workload.health;
        let probes = [&health.startup, &health.ready, &health.live].into_iter().flatten();
        let headers = probes.flat_map(|probe| probe.header.iter());
        all.extend(headers.map(|pair| (id, "a header", pair.value.value.0.clone(), pair.value.span)));
    }
    all
}

/// The text that stands in the spec; references to addresses are none.
fn literal(value: &Template) -> Option<String> {
    let text = value.parts.iter().map(|part| match part {
        TemplatePart::Text(text) => text.as_str(),
        TemplatePart::Path { .. } | TemplatePart::Address(_) => "",
    });
    let text: String = text.collect();
    (!text.trim().is_empty()).then_some(text)
}
