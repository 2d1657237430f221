//! `secret-literal`

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::model::{FileSource, Model, SecretSource, Template, TemplatePart, ThingId};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// No secret stands in the spec: no variable named like one with a literal value, no value that begins like a known kind of
    /// key, no URL with a password, no `secret … from` that is not a reference.
    /// ## Why
    /// What stands in a spec stands in the repository, in every output, in `kubectl describe` and in the logs of the pipeline.
    /// It cannot be taken back.
    /// ## Source
    /// Prefixes as published by the issuers: Stripe `sk_live_`, GitHub `ghp_` and `github_pat_`, GitLab `glpat-`, Slack
    /// `xoxb-`, AWS `AKIA`, Google `AIza`, npm `npm_`, PEM `-----BEGIN`.
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

/// Parts of a name that say it holds a secret.
const NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIAL",
    "CREDENTIALS",
];

/// Endings that say it is something about a secret, not the secret: a time, a place, a kind.
const HARMLESS_ENDINGS: &[&str] = &[
    "_MS",
    "_S",
    "_SECONDS",
    "_MINUTES",
    "_HOURS",
    "_DAYS",
    "_TTL",
    "_EXPIRY",
    "_EXPIRES_IN",
    "_LIFETIME",
    "_COUNT",
    "_SIZE",
    "_LENGTH",
    "_LIMIT",
    "_NAME",
    "_FILE",
    "_PATH",
    "_DIR",
    "_URL",
    "_URI",
    "_ENDPOINT",
    "_HEADER",
    "_COOKIE",
    "_ISSUER",
    "_AUDIENCE",
    "_ALGORITHM",
    "_ALG",
    "_TYPE",
    "_ENABLED",
    "_REQUIRED",
    "_ID",
    "_VERSION",
    "_PREFIX",
    "_PROVIDER",
];

/// How keys of known issuers begin, with the least length of a real one.
const PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 20),
    ("sk_test_", 20),
    ("rk_live_", 20),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 30),
    ("npm_", 30),
    ("SG.", 30),
    ("shpat_", 20),
    ("-----BEGIN", 10),
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (thing, name, name_span, value, span) in variables(context.model) {
        let Some(text) = literal(value) else { continue };
        let Some(what) = suspicion(name, &text) else {
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

/// The text that stands in the spec; references to addresses are none.
fn literal(value: &Template) -> Option<String> {
    let text = value.parts.iter().map(|part| match part {
        TemplatePart::Text(text) => text.as_str(),
        TemplatePart::Path { .. } | TemplatePart::Address(_) => "",
    });
    let text: String = text.collect();
    (!text.trim().is_empty()).then_some(text)
}

fn suspicion(name: &str, value: &str) -> Option<&'static str> {
    if PREFIXES
        .iter()
        .any(|(prefix, length)| value.starts_with(prefix) && *length <= value.len())
    {
        return Some("begins like a key of a known issuer");
    }
    if password_in_url(value) {
        return Some("a URL with a password");
    }
    let upper = name.to_ascii_uppercase().replace('-', "_");
    let harmless = HARMLESS_ENDINGS.iter().any(|ending| upper.ends_with(ending));
    let is_switch = matches!(value, "true" | "false" | "on" | "off" | "none");
    let named = NAMES.iter().any(|part| names(&upper, part));
    (named && !harmless && !is_switch).then_some("named like a secret, with a value")
}

/// Whether a part stands in a name as words of its own, or ends it: `TOKEN` in `TOKEN_OLD`, `MY_TOKEN_2`, `GITHUBTOKEN`.
fn names(upper: &str, part: &str) -> bool {
    let mut from_each_word = std::iter::successors(Some(upper), |rest| rest.split_once('_').map(|(_, rest)| rest));
    let whole = |rest: &str| rest.strip_prefix(part).is_some_and(|behind| behind.starts_with('_'));
    upper.ends_with(part) || from_each_word.any(whole)
}

/// `scheme://user:password@host`
fn password_in_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme
        && user
            .and_then(|user| user.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::suspicion;

    #[test]
    fn names_and_values_that_are_secrets() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("SESSION_SECRET", "keyboard cat"),
            ("STRIPE_API_KEY", "abc"),
            ("githubToken", "abc"),
            ("JWT_SIGNING_KEY", "abc"),
            ("ANYTHING", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
            ("URL", "redis://:pw@cache:6379"),
            ("KEY", "-----BEGIN PRIVATE KEY-----"),
            ("OLD_API_KEY_2", "abc"),
            ("TOKEN_OLD", "abc"),
        ] {
            assert!(suspicion(name, value).is_some(), "{name}={value}");
        }
    }

    #[test]
    fn names_and_values_that_are_none() {
        for (name, value) in [
            ("TOKEN_TTL_MS", "3600000"),
            ("SECRET_NAME", "orders"),
            ("SIGNING_KEY_ID", "2026-11"),
            ("AUTH_TOKEN_URL", "https://auth.example.com/token"),
            ("DATABASE_URL", "postgres://db.internal:5432/orders"),
            ("LOG_LEVEL", "info"),
            ("TOKENIZER", "bpe"),
            ("DETOKEN_RATE", "3"),
            ("REQUIRE_PASSWORD", "true"),
            ("NOTE", "user:password style"),
        ] {
            assert!(suspicion(name, value).is_none(), "{name}={value}");
        }
    }
}
