//! What a page consists of.

use serde::Serialize;

use crate::escape::command::{self, Part as Word};
use crate::escape::markdown::{self, Piece};
use crate::template::Escaped;

#[derive(Serialize)]
pub(crate) struct Page {
    pub(crate) title: Escaped,
    pub(crate) documentation: Option<Escaped>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) sections: Vec<Section>,
}

#[derive(Serialize)]
pub(crate) struct Fact {
    name: Escaped,
    value: Escaped,
}

#[derive(Serialize)]
pub(crate) struct Section {
    title: Escaped,
    parts: Vec<Part>,
}

/// One of the three.
#[derive(Default, Serialize)]
struct Part {
    paragraph: Option<Escaped>,
    table: Option<Table>,
    command: Option<Shown>,
}

#[derive(Serialize)]
struct Table {
    head: Vec<Escaped>,
    rows: Vec<Vec<Escaped>>,
}

#[derive(Serialize)]
struct Shown {
    what: Escaped,
    lines: Escaped,
}

/// Whether something is different after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    ReadOnly,
    Mutating,
}

/// Lines to copy, and what they are for.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    what: Escaped,
    lines: Vec<String>,
}

impl Command {
    pub(crate) fn reads(what: &[Piece<'_>], line: &[Word<'_>]) -> Self {
        Self::new(Effect::ReadOnly, what, line)
    }

    pub(crate) fn changes(what: &[Piece<'_>], line: &[Word<'_>]) -> Self {
        Self::new(Effect::Mutating, what, line)
    }

    fn new(effect: Effect, what: &[Piece<'_>], line: &[Word<'_>]) -> Self {
        Self {
            what: match effect {
                Effect::ReadOnly => markdown::line(&[&[Piece::Own("**Read-only.** ")], what].concat()),
                Effect::Mutating => markdown::line(&[&[Piece::Own("**Mutating.** ")], what].concat()),
            },
            lines: vec![command::line(line)],
        }
    }

    /// A further line.
    pub(crate) fn and(mut self, line: &[Word<'_>]) -> Self {
        self.lines.push(command::line(line));
        self
    }
}

pub(crate) fn fact(name: &'static str, value: &[Piece<'_>]) -> Fact {
    Fact {
        name: markdown::line(&[Piece::Own(name)]),
        value: markdown::line(value),
    }
}

impl Fact {
    /// By a name of the user's.
    pub(crate) fn named(name: &str, value: &[Piece<'_>]) -> Self {
        Self {
            name: markdown::line(&[Piece::Text(name)]),
            value: markdown::line(value),
        }
    }
}

impl Section {
    pub(crate) fn new(title: &'static str) -> Self {
        Self {
            title: markdown::line(&[Piece::Own(title)]),
            parts: Vec::new(),
        }
    }

    pub(crate) fn say(&mut self, pieces: &[Piece<'_>]) {
        self.parts.push(Part {
            paragraph: Some(markdown::line(pieces)),
            ..Part::default()
        });
    }

    /// Nothing where there are no rows.
    pub(crate) fn table(&mut self, head: &[&'static str], rows: Vec<Vec<Escaped>>) {
        if !rows.is_empty() {
            let head = head.iter().map(|cell| markdown::line(&[Piece::Own(cell)])).collect();
            self.parts.push(Part {
                table: Some(Table { head, rows }),
                ..Part::default()
            });
        }
    }

    pub(crate) fn run(&mut self, command: impl IntoIterator<Item = Command>) {
        for command in command {
            self.parts.push(Part {
                command: Some(Shown {
                    what: command.what,
                    lines: markdown::commands(&command.lines.join("\n")),
                }),
                ..Part::default()
            });
        }
    }
}
