//! `config-wrong-type`

use super::config_values::{Value, value};
use crate::diagnostic::{Diagnostic, alternatives};
use crate::model::{Config, ConfigType, Template, Workload};
use crate::quantity::{Amount, Duration};
use crate::rules::{Context, rule};
use crate::values::Val;

rule! {
    /// ## What it checks
    /// What `env` gives a variable that is declared with `config` is of its type, between `min` and `max`, and one of
    /// `one_of`; its default as well.
    /// ## Why
    /// The process refuses it when it starts, in the one environment that has the wrong value.
    /// ## Source
    /// The declaration itself.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   config PAGE_SIZE integer { min 5; max 500 }
    ///   env    PAGE_SIZE 1
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   config PAGE_SIZE integer { min 5; max 500 }
    ///   env    PAGE_SIZE 50
    /// }
    /// ```
    913 "config-wrong-type" Error, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        for config in &workload.config {
            found.extend(bounds(workload, config));
            if let Value::Given(given) = value(context.model, workload, config) {
                found.extend(judged(workload, config, given));
            }
        }
    }
}

/// Bounds that nothing could be compared with, or that nothing lies between.
fn bounds(workload: &Workload, config: &Config) -> Option<Diagnostic> {
    let kind = config.kind.value;
    let bound = config.min.as_ref().or(config.max.as_ref())?;
    if !matches!(kind, ConfigType::Integer | ConfigType::Number) {
        let message = format!("`{}` is a {}, which has no `min` and `max`", config.name.0, kind.word());
        let found = Diagnostic::new(&RULE, message, bound.span, "compares numbers");
        return Some(found.label(config.kind.span, "declared here").about(workload.id));
    }
    let (min, max) = (config.min.as_ref()?, config.max.as_ref()?);
    if min.value <= max.value {
        return None;
    }
    let message = format!("nothing lies between {} and {}", min.value, max.value);
    let found = Diagnostic::new(&RULE, message, max.span, "less than `min`");
    Some(found.label(min.span, "the least value").about(workload.id))
}

fn judged(workload: &Workload, config: &Config, given: &Val<Template>) -> Option<Diagnostic> {
    // An address is known only to the target that writes it.
    let text = given.value.as_text()?;
    let kind = config.kind.value;
    let name = &config.name.0;
    let (reason, label, span) = if !is_of(kind, text) {
        let word = kind.word();
        (
            format!("is not of type {word}"),
            format!("{word} is declared"),
            config.kind.span,
        )
    } else if let Some((reason, span)) = outside(config, text) {
        (reason, "declared here".to_owned(), span)
    } else {
        let words = config.one_of.as_ref()?;
        let allowed: Vec<&str> = words.value.iter().filter_map(Template::as_text).collect();
        if allowed.contains(&text) {
            return None;
        }
        let reason = format!("is not {}", alternatives(&allowed));
        (reason, "the only values".to_owned(), words.span)
    };
    let message = format!("`{name}` of `{}` {reason}: {text:?}", workload.name.value);
    let found = Diagnostic::new(&RULE, message, given.span, "given here");
    Some(found.label(span, label).about(workload.id))
}

fn is_of(kind: ConfigType, text: &str) -> bool {
    match kind {
        ConfigType::String => true,
        ConfigType::Integer => text.parse::<i128>().is_ok(),
        ConfigType::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
        ConfigType::Boolean => matches!(text, "true" | "false"),
        ConfigType::Duration => Duration::read(text).is_ok(),
        ConfigType::Url => is_url(text),
    }
}

/// `scheme:` and something behind it. Source: RFC 3986, 3.1.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(letters)
        && !rest.trim_start_matches('/').is_empty()
        && !text.contains(char::is_whitespace)
}

/// The bound that a number breaks. Bounds are never negative, so what is lies below each of them.
fn outside(config: &Config, text: &str) -> Option<(String, loadline_grammar::Span)> {
    if !matches!(config.kind.value, ConfigType::Integer | ConfigType::Number) {
        return None;
    }
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['+', '-']);
    // Powers of ten are left to the process.
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let amount = Amount::read(&format!("0{whole}.{}0", fraction.get(..5).unwrap_or(fraction))).ok();
    let below = |min: &&Val<Amount>| negative || amount.is_some_and(|amount| amount < min.value);
    // What is too large to be read is larger than any bound.
    let above = |max: &&Val<Amount>| !negative && amount.is_none_or(|amount| max.value < amount);
    let below = config.min.as_ref().filter(below);
    below
        .map(|min| (format!("is less than {}", min.value), min.span))
        .or_else(|| {
            let max = config.max.as_ref().filter(above)?;
            Some((format!("is more than {}", max.value), max.span))
        })
}
