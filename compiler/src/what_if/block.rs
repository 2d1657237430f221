//! The scenario block that arguments become, and where each part of it comes from.

use std::ops::Range;

use super::AT_DEFAULT;
use super::argument::{Argument, Part};
use crate::lower::quoted;
use crate::schema::{Form, form};

/// A part of the block that stands in an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// In bytes of the block.
    pub(super) written: Range<usize>,
    /// Which argument.
    pub(super) word: usize,
    /// In bytes of the argument.
    from: Range<usize>,
}

impl Origin {
    /// The part of the argument that a part of the block comes from.
    pub(super) fn in_argument(&self, range: &Range<usize>) -> Range<usize> {
        // What had to be quoted has moved.
        if self.written.len() != self.from.len() {
            return self.from.clone();
        }
        let shift = |at: usize| self.from.start.saturating_add(at.saturating_sub(self.written.start));
        shift(range.start)..shift(range.end).min(self.from.end)
    }
}

/// A block that is being written.
pub(super) struct Block {
    text: String,
    origins: Vec<Origin>,
}

impl Block {
    pub(super) fn new(name: &str) -> Self {
        Self {
            text: format!("scenario {name} {{\n"),
            origins: Vec::new(),
        }
    }

    /// `at 30s { rollout api { errors 5% } }`
    pub(super) fn event(&mut self, word: usize, event: &str, argument: &Argument<'_>) {
        let whole = self.text.len();
        self.text.push_str("  at ");
        match &argument.at {
            Some(at) => self.part(word, at),
            // Traffic is there from the start.
            None if event == "traffic" => self.text.push_str("0s"),
            None => self.text.push_str(AT_DEFAULT),
        }
        self.text.push_str(&format!(" {{ {event}"));
        for value in &argument.values {
            self.text.push(' ');
            self.part(word, value);
        }
        let settings = event_form(event).map_or(&[][..], |form| form.settings);
        let mut inner = Vec::new();
        inner.extend(argument.lasts.as_ref().map(|lasts| (None, lasts)));
        inner.extend(argument.settings.iter().map(|(name, value)| (Some(name), value)));
        let has_inner = !inner.is_empty();
        for (index, (name, value)) in inner.into_iter().enumerate() {
            self.text.push_str(if index == 0 { " { " } else { "; " });
            let name_text = match name {
                Some(name) => {
                    self.part(word, name);
                    name.text
                }
                None => {
                    self.text.push_str("for");
                    "for"
                }
            };
            self.text.push(' ');
            let takes_text = settings
                .iter()
                .filter(|setting| setting.name == name_text)
                .flat_map(|setting| setting.form.head)
                .any(|slot| slot.kind.example.starts_with('"'));
            if takes_text && !value.text.starts_with('"') {
                self.written(word, value.range.clone(), &quoted(value.text));
            } else {
                self.part(word, value);
            }
        }
        if has_inner {
            self.text.push_str(" }");
        }
        self.text.push_str(" }");
        self.rest_of(word, whole, argument.whole.clone());
    }

    /// `expect availability api >= 99.5%`
    pub(super) fn expect(&mut self, word: usize, text: &str) {
        let whole = self.text.len();
        self.text.push_str("  expect ");
        self.written(word, 0..text.len(), text);
        self.rest_of(word, whole, 0..text.len());
    }

    /// `runs 200`
    pub(super) fn setting(&mut self, word: usize, name: &str, text: &str) {
        let whole = self.text.len();
        self.text.push_str(&format!("  {name} "));
        self.written(word, 0..text.len(), text);
        self.rest_of(word, whole, 0..text.len());
    }

    pub(super) fn finish(mut self) -> (String, Vec<Origin>) {
        self.text.push_str("}\n");
        (self.text, self.origins)
    }

    fn part(&mut self, word: usize, part: &Part<'_>) {
        self.written(word, part.range.clone(), part.text);
    }

    fn written(&mut self, word: usize, from: Range<usize>, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.origins.push(Origin {
            written: start..self.text.len(),
            word,
            from,
        });
    }

    /// What stands on a line and in no argument is about the argument as a whole.
    fn rest_of(&mut self, word: usize, start: usize, from: Range<usize>) {
        self.origins.push(Origin {
            written: start..self.text.len().saturating_add(1),
            word,
            from,
        });
        self.text.push('\n');
    }
}

/// The settings of an event.
pub(super) fn event_form(event: &str) -> Option<&'static Form> {
    let at = form("scenario")?.settings.iter().find(|setting| setting.name == "at")?;
    let event = at.form.settings.iter().find(|setting| setting.name == event)?;
    Some(event.form)
}
