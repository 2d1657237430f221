//! What-ifs: what the table of settings cannot say about their events and expectations.

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Val};
use crate::migrations::find_step;
use crate::model::{At, Expect, ExpectMetric, Measure, MeasureKind, Model, Scenario, TrafficEvent, Word};
use crate::quantity::{Amount, Ratio};
use crate::rules::syntax;
use crate::suggest;

pub(crate) fn check(model: &Model, cx: &mut Cx<'_>) {
    for scenario in &model.scenarios {
        if scenario.runs.value == 0 {
            none("runs", scenario.runs.span, cx);
        }
        if scenario.until.value.is_at_once() {
            none("until", scenario.until.span, cx);
        }
        scenario.at.iter().for_each(|at| happens(at, model, cx));
        scenario.expect.iter().for_each(|expect| measured(expect, cx));
        once(scenario, cx);
    }
}

fn happens(at: &At, model: &Model, cx: &mut Cx<'_>) {
    at.traffic.iter().for_each(|traffic| comes(traffic, cx));
    for slow in at.slow.iter().filter(|slow| slow.by.is_none()) {
        if cx.is_misread(slow.span) {
            continue;
        }
        let what = format!("`slow {}` does not say how slow", slow.thing.name);
        let found = Diagnostic::new(&syntax::missing_setting::RULE, what, slow.span, "by how much?");
        cx.report(found.help(format!(
            "write `slow {} {{ by 100% }}` for twice the time",
            slow.thing.name
        )));
    }
    let outages = at.fail.iter().chain(&at.slow).map(|outage| &outage.duration);
    let others = at.stall.iter().map(|stall| &stall.duration);
    let parted = at.partition.iter().map(|partition| &partition.duration);
    let spikes = at.traffic.iter().map(|traffic| &traffic.duration);
    let lengths = outages.chain(others).chain(parted).chain(spikes).flatten();
    for length in lengths.filter(|length| length.is_zero()) {
        none("for", length.span, cx);
    }
    for outage in at.fail.iter().chain(&at.slow) {
        part_of_the_whole("share", outage.share.as_ref(), cx);
    }
    for rollout in &at.rollout {
        part_of_the_whole("errors", rollout.errors.as_ref(), cx);
    }
    for leak in &at.leak {
        if leak.memory.is_none() && !cx.is_misread(leak.span) {
            let what = format!("`leak {}` does not say how much", leak.service.name);
            let found = Diagnostic::new(&syntax::missing_setting::RULE, what, leak.span, "how much memory?");
            cx.report(found.help(format!("write `leak {} {{ memory 1Mi; every 1s }}`", leak.service.name)));
        }
        if let Some(memory) = leak.memory.as_ref().filter(|memory| memory.value.get() == 0) {
            none("memory", memory.span, cx);
        }
        if leak.every.is_zero() {
            none("every", leak.every.span, cx);
        }
    }
    for kill in at.kill.iter().filter(|kill| kill.count.value == 0) {
        none("count", kill.count.span, cx);
    }
    for migrate in &at.migrate {
        known_step(&migrate.change, model, cx);
    }
}

/// Traffic is a rate, a series, clients, or only a burst.
fn comes(traffic: &TrafficEvent, cx: &mut Cx<'_>) {
    let name = &traffic.target.name;
    let levels = [
        traffic.rate.as_ref().map(|rate| ("a rate", rate.span)),
        traffic.series.as_ref().map(|series| ("a `series`", series.span)),
        traffic.clients.as_ref().map(|clients| ("`clients`", clients.span)),
    ];
    let mut levels = levels.into_iter().flatten();
    let first = levels.next();
    if let (Some((one, first)), Some((other, second))) = (first, levels.next()) {
        let message = format!("traffic on `{name}` has {one} and {other}");
        let found = Diagnostic::new(&syntax::duplicate_setting::RULE, message, second, "the second");
        cx.report(found.label(first, "the first").help("remove one of them"));
    }
    if first.is_none() && traffic.burst.is_none() && !cx.is_misread(traffic.span) {
        let message = format!("`traffic {name}` does not say how much");
        let found = Diagnostic::new(
            &syntax::missing_setting::RULE,
            message,
            traffic.span,
            "how many requests?",
        );
        let help = format!("write `traffic {name} 200/s`, or in braces `burst 500`, `series \"FILE\"` or `clients 50`");
        cx.report(found.help(help));
    }
    let belongs = [
        (
            "every",
            traffic.every.as_ref().map(|every| every.span),
            "series",
            traffic.series.is_some(),
        ),
        (
            "think",
            traffic.think.as_ref().map(|think| think.span),
            "clients",
            traffic.clients.is_some(),
        ),
    ];
    for (setting, span, to, there) in belongs {
        if let (Some(span), false) = (span, there) {
            let message = format!("`{setting}` means nothing without `{to}`");
            cx.report(Diagnostic::new(
                &syntax::missing_setting::RULE,
                message,
                span,
                "of what?",
            ));
        }
    }
    if let Some(every) = traffic.every.as_ref().filter(|every| every.is_zero()) {
        none("every", every.span, cx);
    }
    if let Some(users) = traffic.users.as_ref().filter(|users| users.value == 0) {
        none("users", users.span, cx);
    }
    let spike = traffic.duration.as_ref().zip(traffic.ramp.as_ref());
    if let Some((only, ramp)) = spike.filter(|(only, ramp)| only.value < ramp.value) {
        let message = format!(
            "the ramp of {} is longer than the {} that the traffic lasts",
            ramp.value, only.value
        );
        let found = Diagnostic::new(&syntax::value_out_of_range::RULE, message, ramp.span, "never reached");
        cx.report(found.label(only.span, "over by then"));
    }
}

/// A change, or a step of one.
fn known_step(change: &Val<Word>, model: &Model, cx: &mut Cx<'_>) {
    let name = change.split_once('.').map_or(&*change.0, |(name, _)| name);
    let rule = &syntax::unknown_reference::RULE;
    let Some(known) = model.changes.iter().find(|known| *known.name.value == *name) else {
        let found = Diagnostic::new(
            rule,
            format!("there is no change `{name}`"),
            change.span,
            "not declared",
        );
        let names = model.changes.iter().map(|known| known.name.value.0.as_str());
        cx.report(match suggest::nearest(name, names) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help(format!("declare it: `change {name} {{ … }}`")),
        });
        return;
    };
    if change.contains('.') && find_step(&model.changes, change).is_none() {
        let steps = known.step_names();
        let named: Vec<String> = steps.iter().map(|step| format!("`{name}.{step}`")).collect();
        let message = format!("change `{name}` has no such step");
        let found = Diagnostic::new(rule, message, change.span, "no step of it").label(known.name.span, "this change");
        cx.report(found.help(format!("there is {}", crate::diagnostic::listed(&named))));
    }
}

/// The value has the unit of the metric.
fn measured(expect: &Expect, cx: &mut Cx<'_>) {
    let metric = expect.metric.value;
    let (kind, span) = (expect.value.value.kind(), expect.value.span);
    if !metric.kinds().contains(&kind) {
        let wanted: Vec<&str> = metric.kinds().iter().map(|kind| kind.name()).collect();
        let message = format!(
            "`{}` is {}, not {}",
            metric.word(),
            crate::diagnostic::alternatives(&wanted),
            kind.name()
        );
        let found = Diagnostic::new(
            &syntax::wrong_unit::RULE,
            message,
            span,
            format!("this is {}", kind.name()),
        );
        let mended = mended(metric, &expect.value.value);
        let found = match mended.as_slice() {
            [only] => found.edit(span, only.clone()),
            _ => found,
        };
        let mended: Vec<String> = mended.iter().map(|mended| format!("`{mended}`")).collect();
        cx.report(match mended.is_empty() {
            true => found.help(format!("write for example `{}`", metric.example())),
            false => found.help(format!("write {}", crate::diagnostic::alternatives(&mended))),
        });
        return;
    }
    if let Measure::Ratio(ratio) = expect.value.value
        && Ratio::ONE < ratio
    {
        let message = format!("`{}` is never {ratio}: it is a part of a whole", metric.word());
        cx.report(Diagnostic::new(
            &syntax::value_out_of_range::RULE,
            message,
            span,
            "more than all",
        ));
    }
    part_of_the_whole("in", expect.share.as_ref(), cx);
}

/// The same number with the unit it lacks.
fn mended(metric: ExpectMetric, value: &Measure) -> Vec<String> {
    let Measure::Amount(amount) = value else {
        return Vec::new();
    };
    let kinds = metric.kinds();
    if kinds.contains(&MeasureKind::Duration) {
        return vec![format!("{amount}ms"), format!("{amount}s")];
    }
    if kinds.contains(&MeasureKind::Ratio) && *amount <= Amount::ONE {
        // 0.995 and 99.5%
        return vec![Ratio::millionths(amount.in_millionths()).to_string()];
    }
    if kinds.contains(&MeasureKind::Ratio) && *amount <= Amount::whole(100) {
        return vec![format!("{amount}%")];
    }
    Vec::new()
}

fn part_of_the_whole(name: &str, ratio: Option<&Val<Ratio>>, cx: &mut Cx<'_>) {
    let Some(ratio) = ratio else { return };
    at_most_all(name, ratio, cx);
    if ratio.value.in_millionths() == 0 && name != "errors" {
        none(name, ratio.span, cx);
    }
}

/// It may be none, and not more than all.
pub(super) fn at_most_all(name: &str, ratio: &Val<Ratio>, cx: &mut Cx<'_>) {
    if Ratio::ONE < ratio.value {
        let message = format!("`{name} {}` is more than all", ratio.value);
        let found = Diagnostic::new(
            &syntax::value_out_of_range::RULE,
            message,
            ratio.span,
            "a part of a whole",
        );
        cx.report(found.help("write at most `100%`").edit(ratio.span, "100%"));
    }
}

/// Nobody has said the same twice, with another value or not.
fn once(scenario: &Scenario, cx: &mut Cx<'_>) {
    let mut before: Vec<&Expect> = Vec::new();
    for expect in &scenario.expect {
        let same = before.iter().find(|other| other.says_the_same(expect));
        if let Some(other) = same {
            let message = format!("`{}` is expected twice", expect.metric.word());
            let found = Diagnostic::new(&syntax::duplicate_setting::RULE, message, expect.span, "again here");
            cx.report(found.label(other.span, "first here").help("remove one of them"));
        }
        before.push(expect);
    }
}

fn none(name: &str, span: loadline_grammar::Span, cx: &mut Cx<'_>) {
    let message = format!("`{name}` cannot be 0");
    cx.report(Diagnostic::new(
        &syntax::value_out_of_range::RULE,
        message,
        span,
        "more than nothing",
    ));
}
