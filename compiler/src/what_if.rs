//! What-ifs without a scenario block: the words of a command line, written as a block of the language.
//!
//! `--rollout api@30s:errors=5%` becomes `at 30s { rollout api { errors 5% } }`, and the ordinary reading does the rest: there is
//! one way to read a scenario, with one set of messages. What is wrong points back into the argument.

mod argument;
mod block;
mod problem;
mod receiver;

use std::ops::Range;

use loadline_grammar::Span;

use crate::diagnostic::{Diagnostic, Severity};
use crate::project::Project;
use argument::Argument;
use block::{Block, Origin};
pub use problem::Problem;

/// When something happens that does not say: late enough to see what was before.
pub const AT_DEFAULT: &str = "30s";

/// What an option of the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// `[THING=]RATE[@AT][+FOR][:ramp=…]`, or `THING:clients=50,think=1s`.
    Traffic,
    /// `THING[@AT][:to=…,errors=…,slower=…,boot=…,memory=…]`
    Rollout,
    /// `THING[@AT]`
    Rollback,
    /// `THING[@AT][+FOR][:share=…]`
    Fail,
    /// `THING[@AT][+FOR]:by=…[,share=…]`
    Slow,
    /// `THING[@AT][+FOR]`
    Stall,
    /// `ONE,OTHER[@AT][+FOR]`
    Partition,
    /// `THING[@AT][:count=…]`
    Kill,
    /// `PLACE[@AT][:node=…]`
    Drain,
    /// `THING=REPLICAS[@AT]`
    Scale,
    /// `THING[@AT]:memory=…[,every=…]`
    Leak,
    /// `CHANGE[.STEP][@AT]`
    Migrate,
    /// An expectation as in a scenario: `availability api >= 99.5%`.
    Expect,
    /// How many times it is run.
    Runs,
    /// Where the luck begins.
    Seed,
    /// When a run ends: a time, or `settled`.
    Until,
}

impl Word {
    /// Every word, in the order of the help.
    pub const ALL: &'static [Self] = &[
        Self::Traffic,
        Self::Rollout,
        Self::Rollback,
        Self::Fail,
        Self::Slow,
        Self::Stall,
        Self::Partition,
        Self::Kill,
        Self::Drain,
        Self::Scale,
        Self::Leak,
        Self::Migrate,
        Self::Expect,
        Self::Runs,
        Self::Seed,
        Self::Until,
    ];

    /// The option: `--drain`.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::Traffic => "--traffic",
            Self::Rollout => "--rollout",
            Self::Rollback => "--rollback",
            Self::Fail => "--fail",
            Self::Slow => "--slow",
            Self::Stall => "--stall",
            Self::Partition => "--partition",
            Self::Kill => "--kill",
            Self::Drain => "--drain",
            Self::Scale => "--scale",
            Self::Leak => "--leak",
            Self::Migrate => "--migrate",
            Self::Expect => "--expect",
            Self::Runs => "--runs",
            Self::Seed => "--seed",
            Self::Until => "--until",
        }
    }

    /// What it takes, for the help.
    #[must_use]
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Traffic => "[THING=]RATE[@AT][+FOR][:SETTING=VALUE,…]",
            Self::Rollout | Self::Kill | Self::Leak => "THING[@AT][:SETTING=VALUE,…]",
            Self::Rollback => "THING[@AT]",
            Self::Fail | Self::Slow => "THING[@AT][+FOR][:SETTING=VALUE,…]",
            Self::Stall => "THING[@AT][+FOR]",
            Self::Partition => "ONE,OTHER[@AT][+FOR]",
            Self::Drain => "PLACE[@AT][:node=N]",
            Self::Scale => "THING=REPLICAS[@AT]",
            Self::Migrate => "CHANGE[.STEP][@AT][:all]",
            Self::Expect => "METRIC [THING] COMPARISON VALUE [in SHARE]",
            Self::Runs | Self::Seed => "NUMBER",
            Self::Until => "TIME | settled",
        }
    }

    /// An argument that reads.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Traffic => "--traffic api=800/s",
            Self::Rollout => "--rollout api@30s:errors=5%,slower=50%",
            Self::Rollback => "--rollback api@5m",
            Self::Fail => "--fail orders-db@60s+20s",
            Self::Slow => "--slow orders-db@60s+20s:by=300%",
            Self::Stall => "--stall api@60s+10s",
            Self::Partition => "--partition api,orders-db@60s+20s",
            Self::Kill => "--kill api@60s:count=2",
            Self::Drain => "--drain prod@90s",
            Self::Scale => "--scale api=12@60s",
            Self::Leak => "--leak api@30s:memory=1Mi",
            Self::Migrate => "--migrate full-name.expand@60s",
            Self::Expect => "--expect 'availability api >= 99.5%'",
            Self::Runs => "--runs 200",
            Self::Seed => "--seed 7",
            Self::Until => "--until 10m",
        }
    }

    /// The event of a scenario that it stands for.
    const fn event(self) -> Option<&'static str> {
        match self {
            Self::Traffic => Some("traffic"),
            Self::Rollout => Some("rollout"),
            Self::Rollback => Some("rollback"),
            Self::Fail => Some("fail"),
            Self::Slow => Some("slow"),
            Self::Stall => Some("stall"),
            Self::Partition => Some("partition"),
            Self::Kill => Some("kill"),
            Self::Drain => Some("drain_node"),
            Self::Scale => Some("scale"),
            Self::Leak => Some("leak"),
            Self::Migrate => Some("migrate"),
            Self::Expect | Self::Runs | Self::Seed | Self::Until => None,
        }
    }
}

/// A what-if as a command line asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Each option with its argument, in the order they are written.
    pub words: Vec<(Word, String)>,
}

/// A what-if that was made part of a project.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The scenario's name in the model.
    pub scenario: String,
    /// The scenario, as a block of the language.
    pub text: String,
    base: u32,
    origins: Vec<Origin>,
    ask: Ask,
}

/// Makes a what-if part of a project: what `project` resolves to has one more scenario.
///
/// # Errors
/// What cannot be taken apart, all of it. What can be, and means nothing, is found when the project is resolved;
/// [`Asked::problem`] says where in the arguments.
pub fn ask(project: &mut Project<'_>, ask: &Ask) -> Result<Asked, Vec<Problem>> {
    let scenario = free_name(project);
    let mut block = Block::new(&scenario);
    let mut problems = Vec::new();
    for (index, (word, text)) in ask.words.iter().enumerate() {
        let written = match word.event() {
            Some(event) => Argument::read(*word, text, project).map(|read| block.event(index, event, &read)),
            None if *word == Word::Expect => argument::expectation(text).map(|()| block.expect(index, text)),
            None => argument::setting(*word, text).map(|name| block.setting(index, name, text)),
        };
        problems.extend(written.err());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (text, origins) = block.finish();
    match project.add("the command line", &text) {
        Ok(base) => Ok(Asked {
            scenario,
            text,
            base,
            origins,
            ask: ask.clone(),
        }),
        Err(message) => Err(vec![Problem::whole(Word::Expect, "", message)]),
    }
}

impl Asked {
    /// Whether a place is in the scenario that was asked for.
    #[must_use]
    pub fn contains(&self, span: Span) -> bool {
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        Span::new(self.base, self.base.saturating_add(length)).contains(span.start)
    }

    /// What a finding says of an argument; `None` when it is of something else, or of the scenario as a whole.
    #[must_use]
    pub fn problem(&self, found: &Diagnostic) -> Option<Problem> {
        let label = found.labels.first().map(|label| label.text.clone());
        Some(Problem {
            severity: found.severity,
            label: label.unwrap_or_default(),
            help: found.help.clone(),
            ..self.refused(found.span(), &found.message, "")?
        })
    }

    /// What keeps an argument from being simulated; `None` when it is of something else, or of the scenario as a whole.
    #[must_use]
    pub fn refused(&self, span: Span, message: &str, help: &str) -> Option<Problem> {
        if !self.contains(span) {
            return None;
        }
        let range = self.range(span);
        let origin = self.origin(&range)?;
        let (word, argument) = self.ask.words.get(origin.word)?;
        Some(Problem {
            word: *word,
            argument: argument.clone(),
            at: origin.in_argument(&range),
            severity: Severity::Error,
            message: message.to_owned(),
            label: String::new(),
            help: Some(help.to_owned()),
        })
    }

    /// The option that a place is of, with its argument as it was given; `None` when it is of something else, or of the scenario
    /// as a whole.
    #[must_use]
    pub fn argument(&self, span: Span) -> Option<(Word, &str)> {
        let origin = self.origin(&self.range(span)).filter(|_| self.contains(span))?;
        self.ask
            .words
            .get(origin.word)
            .map(|(word, argument)| (*word, argument.as_str()))
    }

    /// In bytes of the block.
    fn range(&self, span: Span) -> Range<usize> {
        let at = |place: u32| usize::try_from(place.saturating_sub(self.base)).unwrap_or(usize::MAX);
        at(span.start)..at(span.end)
    }

    fn origin(&self, range: &Range<usize>) -> Option<&Origin> {
        let own = |origin: &&Origin| origin.written.start <= range.start && range.start < origin.written.end;
        self.origins.iter().find(own)
    }
}

/// A name that no scenario of the project has.
fn free_name(project: &Project<'_>) -> String {
    let is_taken = |name: &str| {
        let mut scenarios = project.entries().filter(|entry| entry.key.text == "scenario");
        scenarios.any(|entry| entry.values.first().and_then(crate::lower::value_text) == Some(name))
    };
    let numbered = (2..).map(|number: u32| format!("what-if-{number}"));
    let mut names = std::iter::once("what-if".to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}
