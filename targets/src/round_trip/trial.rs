//! A spec in which texts stand, or marks in their stead, and the files of both.

use std::collections::{BTreeMap, BTreeSet};

use loadline_compiler::diagnostic::Severity;
use loadline_compiler::model::TargetName;
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use serde_json::Value;

use super::texts::literal;

/// Files by their paths.
pub(super) type Files = BTreeMap<String, String>;

/// One text in one place.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) place: &'static str,
    pub(super) text: String,
    /// Of the literal, in the spec.
    range: std::ops::Range<usize>,
}

/// What becomes of a text in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Written,
    Refused,
    Either,
}

/// A spec that is being written.
pub(super) struct Spec<'t> {
    pub(super) texts: &'t [String],
    written: String,
    uses: Vec<Use>,
    /// The uses in which marks stand; all of them, without a list.
    marked: Option<&'t BTreeSet<usize>>,
}

/// Long enough to be no part of a text, and a word everywhere.
fn mark(number: usize) -> String {
    format!("zq{number:05}qz")
}

impl Spec<'_> {
    /// Text of the spec itself.
    pub(super) fn add(&mut self, text: &str) {
        self.written.push_str(text);
    }

    /// One of the texts as a string of the language, with something around it.
    pub(super) fn text_in(&mut self, place: &'static str, before: &str, text: usize, after: &str) {
        self.used(place, text, |shown| literal(&format!("{before}{shown}{after}")));
    }

    /// One of the texts with a reference behind it.
    pub(super) fn text_and(&mut self, place: &'static str, text: usize, reference: &str) {
        let written = |shown: &str| {
            literal(shown)
                .strip_suffix('"')
                .map(|open| format!("{open}{reference}\""))
        };
        self.used(place, text, |shown| written(shown).unwrap_or_default());
    }

    /// Some of the texts as the documentation of something, each with its number: those that can be one.
    pub(super) fn documented(&mut self, every: usize, something: impl Fn(usize) -> String) {
        for number in (0..self.texts.len()).step_by(every) {
            let text = &self.texts[number];
            let words: Vec<&str> = text.split_whitespace().collect();
            let plain = words.join(" ") == *text && !text.contains(loadline_grammar::is_forbidden);
            // A full stop behind a sentence is left out.
            let ends = text.ends_with(['.', '\\']);
            // Nor does everything show what will never be a character.
            let never = text.contains(|c: char| u32::from(c) & 0xFFFE == 0xFFFE);
            if plain && !ends && !never && !text.is_empty() && !text.starts_with('#') {
                self.used("documentation", number, |shown| format!("## {shown}"));
                self.add("\n");
                self.add(&something(number));
                self.add("\n");
            }
        }
    }

    fn used(&mut self, place: &'static str, text: usize, written: impl Fn(&str) -> String) {
        let number = self.uses.len();
        let text = self.texts[text].clone();
        let shown = match self.marked {
            Some(marked) if !marked.contains(&number) => text.clone(),
            _ => mark(number),
        };
        let start = self.written.len();
        self.written.push_str(&written(&shown));
        let range = start..self.written.len();
        self.uses.push(Use { place, text, range });
    }

    pub(super) fn text(&mut self, place: &'static str, text: usize) {
        self.text_in(place, "", text, "");
    }

    /// The texts that can be words of a list. A list has one place in the spec, so nothing in it may be refused.
    pub(super) fn list(&mut self, place: &'static str, good: impl Fn(&str) -> bool) {
        self.list_in(place, "", good);
    }

    /// The same with something before each.
    pub(super) fn list_in(&mut self, place: &'static str, inside: &str, good: impl Fn(&str) -> bool) {
        self.add("[");
        for number in 0..self.texts.len() {
            if good(&self.texts[number]) {
                self.text_in(place, inside, number, "");
                self.add(", ");
            }
        }
        self.add("]");
    }

    /// A line for each text: what stands before it (`V@ `, with its number for the `@`), the text, and what stands behind.
    pub(super) fn each(&mut self, place: &'static str, before: &str, after: &str) {
        self.each_in(place, before, "", after);
    }

    /// The same with something before the text in its string.
    pub(super) fn each_in(&mut self, place: &'static str, before: &str, inside: &str, after: &str) {
        for number in 0..self.texts.len() {
            let numbered = |text: &str| text.replace('@', &number.to_string());
            self.add(&numbered(before));
            self.text_in(place, &numbered(inside), number, "");
            self.add(&numbered(after));
        }
    }
}

/// What became of a spec.
pub(super) struct Trial {
    pub(super) uses: Vec<Use>,
    /// What was refused, by its number, with the message.
    pub(super) refused: BTreeMap<usize, String>,
    /// The files with texts, where they were not refused.
    pub(super) files: Files,
    /// The files with marks.
    marked: Files,
}

impl Trial {
    /// Compiles a spec with its texts, once more without those that were refused, and with marks.
    #[track_caller]
    pub(super) fn new(target: TargetName, texts: &[String], build: &dyn Fn(&mut Spec<'_>)) -> Self {
        let written = |marked: Option<&BTreeSet<usize>>| {
            let (written, uses) = (String::new(), Vec::new());
            let mut spec = Spec {
                texts,
                written,
                uses,
                marked,
            };
            build(&mut spec);
            (spec.written, spec.uses)
        };
        let (marks, _) = written(None);
        let marked = compiled(target, &marks).unwrap_or_else(|found| {
            let first = found.into_iter().next().unwrap_or_default();
            panic!("the spec itself is wrong: {}: {}", first.1, &marks[first.0])
        });
        let mut refused: BTreeMap<usize, String> = BTreeMap::new();
        // What stops the compiler early hides what it would find later.
        for _ in 0..8 {
            let (spec, uses) = written(Some(&refused.keys().copied().collect()));
            match compiled(target, &spec) {
                Ok(files) => {
                    return Self {
                        uses,
                        refused,
                        files,
                        marked,
                    };
                }
                Err(found) => {
                    for (range, message) in found {
                        // A list has one place, which is that of its only text.
                        let within = |outer: &std::ops::Range<usize>, inner: &std::ops::Range<usize>| {
                            outer.start <= inner.start && inner.end <= outer.end
                        };
                        let inside: Vec<usize> = (0..uses.len())
                            .filter(|&one| within(&range, &uses[one].range))
                            .collect();
                        let at = uses.iter().position(|one| within(&one.range, &range));
                        let at = at.or(inside.first().copied().filter(|_| inside.len() == 1));
                        let line = spec[range.clone()].chars().take(200).collect::<String>();
                        let at =
                            at.unwrap_or_else(|| panic!("not refused at the place of a text: {message}, at {line}"));
                        assert!(
                            !message.is_empty() && !message.contains(loadline_grammar::is_forbidden),
                            "{message:?}"
                        );
                        refused.insert(at, message);
                    }
                }
            }
        }
        panic!("the compiler finds something new each time");
    }

    /// What may be refused is, and nothing else; of every place something is accepted.
    #[track_caller]
    pub(super) fn fates_are(&self, fate: &dyn Fn(&str, &str) -> Fate) {
        let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, Use { place, text, .. }) in self.uses.iter().enumerate() {
            let entry = accepted.entry(place).or_default();
            match (fate(place, text), self.refused.get(&number)) {
                (Fate::Written, Some(message)) => panic!("{place}: {text:?} was refused: {message}"),
                (Fate::Refused, None) => panic!("{place}: {text:?} was not refused"),
                (Fate::Written | Fate::Either, None) => *entry += 1,
                (Fate::Refused | Fate::Either, Some(_)) => {}
            }
        }
        for (place, accepted) in accepted {
            assert!(0 < accepted, "no text was accepted as {place}");
        }
    }

    /// What a target without escapes would have written, where only one text stands.
    pub(super) fn naive(&self, text: &str) -> Files {
        let with = |contents: &String| substituted(contents, |_| Some(text.to_owned()));
        self.marked
            .iter()
            .map(|(path, contents)| (path.clone(), with(contents)))
            .collect()
    }

    /// The same without quotes of any kind.
    pub(super) fn bare(&self, text: &str) -> Files {
        let quoted = |quote: char| (0..self.uses.len()).map(move |number| format!("{quote}{}{quote}", mark(number)));
        let with = |contents: &String| {
            quoted('\'')
                .chain(quoted('"'))
                .fold(contents.clone(), |contents, quoted| contents.replace(&quoted, text))
        };
        self.marked
            .iter()
            .map(|(path, contents)| (path.clone(), with(contents)))
            .collect()
    }

    /// The files with marks.
    pub(super) fn marked(&self) -> &Files {
        &self.marked
    }

    /// What a reader should see, from what it sees of the files with marks.
    pub(super) fn wanted(&self, marked: &str) -> String {
        substituted(marked, |number| {
            let accepted = !self.refused.contains_key(&number);
            accepted
                .then(|| self.uses.get(number).map(|one| one.text.clone()))
                .flatten()
        })
    }

    /// The same of a whole document.
    pub(super) fn wanted_of(&self, marked: &Value) -> Value {
        mapped(marked, &|text| self.wanted(text))
    }

    /// The same with one text in every place: what a reader should see of [`Self::naive`].
    pub(super) fn wanted_with(marked: &Value, text: &str) -> Value {
        mapped(marked, &|marked| Self::wanted_with_text(marked, text))
    }

    /// The same of a text.
    pub(super) fn wanted_with_text(marked: &str, text: &str) -> String {
        substituted(marked, |_| Some(text.to_owned()))
    }

    /// Every text is somewhere in what was read of the files with marks.
    #[track_caller]
    pub(super) fn all_are_read(&self, marked: &str, except: &[&str]) {
        for (number, one) in self.uses.iter().enumerate() {
            let read = except.contains(&one.place) || marked.contains(&mark(number));
            assert!(read, "{} is nowhere", one.place);
        }
    }
}

/// A document with other texts.
pub(super) fn mapped(document: &Value, with: &dyn Fn(&str) -> String) -> Value {
    match document {
        Value::String(text) => Value::from(with(text)),
        Value::Array(items) => items.iter().map(|item| mapped(item, with)).collect(),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| (with(key), mapped(value, with)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

/// Marks replaced by something else, if there is something for their numbers.
fn substituted(text: &str, with: impl Fn(usize) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("zq") {
        out.push_str(before);
        let number = after.get(..7).and_then(|word| word.strip_suffix("qz")?.parse().ok());
        match number.and_then(&with) {
            Some(text) => {
                out.push_str(&text);
                rest = &after[7..];
            }
            None => {
                out.push_str("zq");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The first difference of two documents, as a path and both sides.
pub(super) fn difference(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    let differ = || Some(format!("{at}: wanted {wanted}, found {found}"));
    match (wanted, found) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
            let (ours, theirs) = (keys(one), keys(other));
            if ours != theirs {
                let apart: Vec<&String> = ours.symmetric_difference(&theirs).collect();
                return Some(format!("{at}: keys {apart:?}"));
            }
            one.iter()
                .find_map(|(key, value)| difference(value, &other[key], &format!("{at}/{key}")))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (one, other))| difference(one, other, &format!("{at}/{index}")))
        }
        _ if wanted == found => None,
        _ => differ(),
    }
}

/// The spec, and the same text for every other file.
struct Memory<'s>(&'s str);

impl Loader for Memory<'_> {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        Ok(if path == "loadline.load" { self.0 } else { "content\n" }.to_owned())
    }
}

/// The files, or the errors with the places in the spec.
fn compiled(target: TargetName, spec: &str) -> Result<Files, Vec<(std::ops::Range<usize>, String)>> {
    let sources = Sources::new();
    let mut loader = Memory(spec);
    let project = project::load(&sources, &mut loader, "loadline.load").expect("the spec is there");
    let resolution = project.resolve(None, &mut loader);
    let output = crate::emit(&resolution.model, target);
    let found = project
        .diagnostics()
        .iter()
        .chain(&resolution.diagnostics)
        .chain(&output.diagnostics);
    let errors: Vec<_> = found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| {
            let file = sources.file(found.span()).expect("an error has a place");
            (file.range(found.span()), found.message.clone())
        })
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let contents = |artifact: &crate::Artifact| (artifact.path.clone(), artifact.contents("loadline.load"));
    Ok(output.artifacts.iter().map(contents).collect())
}
