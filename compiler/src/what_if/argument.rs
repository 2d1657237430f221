//! An argument, taken apart: `THING=VALUE@AT+FOR:SETTING=VALUE,…`.

use std::ops::Range;

use super::block::event_form;
use super::{Problem, Word, receiver};
use crate::lower::Scalar;
use crate::project::Project;

/// A part of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    pub(super) range: Range<usize>,
}

/// An argument of an event.
#[derive(Clone, Debug)]
pub(super) struct Argument<'t> {
    /// What stands on the event's line: the thing, and a rate or a number.
    pub(super) values: Vec<Part<'t>>,
    pub(super) at: Option<Part<'t>>,
    /// For how long.
    pub(super) lasts: Option<Part<'t>>,
    pub(super) settings: Vec<(Part<'t>, Part<'t>)>,
    pub(super) whole: Range<usize>,
}

impl<'t> Argument<'t> {
    pub(super) fn read(word: Word, text: &'t str, project: &'t Project<'_>) -> Result<Self, Problem> {
        let cut = |range: Range<usize>| Part {
            text: text.get(range.clone()).unwrap_or_default(),
            range,
        };
        // Settings come last, and may hold anything; before them a time, and before that a length.
        let colon = text.find(':').unwrap_or(text.len());
        let head = text.get(..colon).unwrap_or_default();
        let plus = head.rfind('+').unwrap_or(colon);
        let at = head.get(..plus).unwrap_or_default().find('@').unwrap_or(plus);
        let time = (at < plus).then(|| cut(at.saturating_add(1)..plus));
        let lasts = (plus < colon).then(|| cut(plus.saturating_add(1)..colon));
        for (mark, part, example) in [("@", &time, "@60s"), ("+", &lasts, "+20s")] {
            if let Some(part) = part.as_ref().filter(|part| !is_value(part.text)) {
                let message = format!("a time follows `{mark}`, as in `{example}`");
                return Err(problem(word, text, part, message, "no time"));
            }
        }
        if let Some(lasts) = lasts.as_ref().filter(|_| !may_last(word)) {
            let message = format!("`{}` happens at once, and lasts for no time", word.option());
            return Err(
                problem(word, text, lasts, message, "for how long?").help(format!("leave `+{}` out", lasts.text))
            );
        }
        Ok(Self {
            values: values(word, text, cut(0..at), project)?,
            at: time,
            lasts,
            settings: settings(word, text, colon)?,
            whole: 0..text.len(),
        })
    }
}

/// What stands before the time.
fn values<'t>(word: Word, text: &'t str, head: Part<'t>, project: &'t Project<'_>) -> Result<Vec<Part<'t>>, Problem> {
    let split = |mark: char| {
        let (first, second) = head.text.split_once(mark)?;
        let middle = head.range.start.saturating_add(first.len());
        let first = Part {
            text: first,
            range: head.range.start..middle,
        };
        let second = Part {
            text: second,
            range: middle.saturating_add(1)..head.range.end,
        };
        Some(vec![first, second])
    };
    let parts = match word {
        Word::Traffic => match split('=') {
            Some(parts) => parts,
            None if is_rate(head.text) => vec![receiver::only(word, text, &head, project)?, head],
            None => vec![head],
        },
        Word::Scale => split('=')
            .ok_or_else(|| Problem::whole(word, text, format!("`{}` needs a thing and a number", word.option())))?,
        Word::Partition => {
            split(',').ok_or_else(|| Problem::whole(word, text, "two things are parted, with a comma between"))?
        }
        _ => vec![head],
    };
    for part in &parts {
        if part.text.is_empty() {
            return Err(Problem::whole(
                word,
                text,
                format!("`{}` needs {}", word.option(), word.usage()),
            ));
        }
        if !is_value(part.text) {
            let message = format!("`{}` is neither a name nor a value", part.text);
            let found = problem(word, text, part, message, "cannot stand here");
            return Err(found.help(format!("write for example `{}`", word.example())));
        }
    }
    Ok(parts)
}

/// The kind of settings that may stand without a value.
const FLAG: &str = <bool as Scalar>::KIND.name;

/// `:errors=5%,slower=50%`, and `:all`
fn settings<'t>(word: Word, text: &'t str, colon: usize) -> Result<Vec<(Part<'t>, Part<'t>)>, Problem> {
    let mut all = Vec::new();
    let Some(rest) = text.get(colon.saturating_add(1)..) else {
        return Ok(all);
    };
    let mut start = colon.saturating_add(1);
    for one in rest.split(',') {
        let whole = Part {
            text: one,
            range: start..start.saturating_add(one.len()),
        };
        start = whole.range.end.saturating_add(1);
        let is_flag = event_form(word.event().unwrap_or_default()).is_some_and(|form| {
            let named = form.settings.iter().find(|setting| setting.name == one);
            named.is_some_and(|setting| setting.form.head.iter().any(|slot| slot.kind.name == FLAG))
        });
        if is_flag {
            let behind = Part {
                text: "",
                range: whole.range.end..whole.range.end,
            };
            all.push((whole, behind));
            continue;
        }
        let named = one
            .split_once('=')
            .filter(|(name, value)| is_name(name) && !value.is_empty());
        let Some((name, value)) = named else {
            let message = format!("`{one}` is no setting with a value");
            let names = event_form(word.event().unwrap_or_default()).map_or(&[][..], |form| form.settings);
            let names: Vec<String> = names.iter().map(|setting| format!("`{}`", setting.name)).collect();
            let found = problem(word, text, &whole, message, "expected `SETTING=VALUE`");
            return Err(match names.is_empty() {
                true => found.help(format!("`{}` has no settings", word.option())),
                false => found.help(format!("there is {}", crate::diagnostic::listed(&names))),
            });
        };
        let middle = whole.range.start.saturating_add(name.len());
        let name = Part {
            text: name,
            range: whole.range.start..middle,
        };
        let value = Part {
            text: value,
            range: middle.saturating_add(1)..whole.range.end,
        };
        if !is_value(value.text) && value.text.contains(['"', '{', '}', '#', '\n']) {
            let message = format!("`{}` is not a value", value.text);
            return Err(problem(word, text, &value, message, "cannot stand here"));
        }
        all.push((name, value));
    }
    Ok(all)
}

/// An expectation is one line of a scenario, and nothing else.
pub(super) fn expectation(text: &str) -> Result<(), Problem> {
    let line = format!("expect {text}");
    let parse = loadline_grammar::parse(&line, 0);
    let [entry] = parse.file.entries.as_slice() else {
        return Err(Problem::whole(Word::Expect, text, "an expectation is one line"));
    };
    let prefix = line.len().saturating_sub(text.len());
    if let Some(error) = parse.errors.first() {
        let at = |place: u32| {
            usize::try_from(place)
                .unwrap_or(usize::MAX)
                .saturating_sub(prefix)
                .min(text.len())
        };
        let range = at(error.span.start)..at(error.span.end);
        let found = Problem::new(Word::Expect, text, range, error.message.clone(), &error.label);
        return Err(found.help(format!("write for example `{}`", Word::Expect.example())));
    }
    let has_comment = entry.trail.is_some() || !parse.file.tail.is_empty();
    if entry.block.is_some() || has_comment || text.contains(['\n', ';']) {
        return Err(Problem::whole(
            Word::Expect,
            text,
            "an expectation is one line, without braces",
        ));
    }
    Ok(())
}

/// A setting of the scenario itself: its name.
pub(super) fn setting(word: Word, text: &str) -> Result<&'static str, Problem> {
    if is_value(text) {
        return Ok(word.option().trim_start_matches('-'));
    }
    Err(Problem::whole(
        word,
        text,
        format!("`{text}` is no value for `{}`", word.option()),
    ))
}

fn problem(word: Word, text: &str, part: &Part<'_>, message: impl Into<String>, label: &str) -> Problem {
    Problem::new(word, text, part.range.clone(), message, label)
}

/// Exactly one value of the language: nothing else can come into the block.
fn is_value(text: &str) -> bool {
    loadline_grammar::parse_value(text, 0).is_ok()
}

fn is_rate(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '$')
}

fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_letter)
}

fn may_last(word: Word) -> bool {
    let form = word.event().and_then(event_form);
    form.is_some_and(|form| form.settings.iter().any(|setting| setting.name == "for"))
}
