//! All blocks of the project by name, and what the environment and `--set` lay over them.

use std::collections::BTreeMap;

use loadline_grammar::Span;
use loadline_grammar::ast::{Entry, Value};

use crate::diagnostic::Diagnostic;
use crate::lower::{Declared, value_text};
use crate::model::{ThingId, ThingKind};
use crate::project::Project;
use crate::rules::syntax;
use crate::suggest;

/// The name of the environment that is none.
pub(crate) const BASE: &str = "base";

/// What a top-level entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Import,
    Let,
    Project,
    Environment,
    Template,
    Thing(ThingKind),
    Change,
    Scenario,
    Policy,
}

impl Kind {
    pub(crate) fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "import" => Self::Import,
            "let" => Self::Let,
            "project" => Self::Project,
            "environment" => Self::Environment,
            "template" => Self::Template,
            "change" => Self::Change,
            "scenario" => Self::Scenario,
            "policy" => Self::Policy,
            other => Self::Thing(ThingKind::from_keyword(other)?),
        })
    }

    /// Every keyword of the top level.
    pub(crate) fn keywords() -> impl Iterator<Item = &'static str> {
        let others = [
            "import",
            "let",
            "project",
            "environment",
            "template",
            "change",
            "scenario",
            "policy",
        ];
        ThingKind::ALL.into_iter().map(ThingKind::keyword).chain(others)
    }

    /// Whether names of both kinds may not be the same.
    const fn same_namespace(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Thing(_), Self::Thing(_))
                | (Self::Template, Self::Template)
                | (Self::Change, Self::Change)
                | (Self::Scenario, Self::Scenario)
                | (Self::Policy, Self::Policy)
                | (Self::Let, Self::Let)
                | (Self::Project, Self::Project)
        )
    }
}

/// A block of the base, or one that an environment adds, with what is laid over it.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) entry: &'a Entry<'a>,
    /// Strongest first.
    pub(crate) overlays: Vec<&'a Entry<'a>>,
    /// Only for things.
    pub(crate) id: Option<ThingId>,
}

/// Everything of a project, by name.
#[derive(Debug, Default)]
pub(crate) struct Collected<'a> {
    /// In the order they are written.
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) names: BTreeMap<&'a str, Declared>,
    pub(crate) lets: BTreeMap<&'a str, &'a Value<'a>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Items by namespace and name.
    places: BTreeMap<(u8, &'a str), usize>,
}

pub(crate) fn collect<'a>(project: &'a Project<'a>, environment: Option<&str>) -> Collected<'a> {
    let mut collected = Collected::default();
    let mut overlays: Vec<&'a Entry<'a>> = Vec::new();
    for entry in project.files.iter().flat_map(|file| &file.entries) {
        match Kind::of(entry.key.text).filter(|_| !entry.key.quoted) {
            Some(Kind::Import) => {}
            Some(Kind::Environment) => {
                if let Some(name) = collected.environment_name(entry)
                    && environment == Some(name)
                {
                    overlays.extend(entry.block.iter().flat_map(|block| &block.entries));
                }
            }
            Some(kind) => collected.declare(kind, entry),
            None => collected.diagnostics.push(unknown_block(entry)),
        }
    }
    for entry in overlays {
        collected.overlay(entry, environment.unwrap_or(BASE));
    }
    // The last `--set` is the strongest.
    for entry in project.sets.iter().flat_map(|file| &file.entries) {
        collected.overlay(entry, "--set");
    }
    collected.number();
    collected
}

impl<'a> Collected<'a> {
    fn environment_name(&mut self, entry: &'a Entry<'a>) -> Option<&'a str> {
        let name = entry.values.first().and_then(value_text);
        match name {
            Some(BASE) => {
                let found = Diagnostic::new(
                    &syntax::value_out_of_range::RULE,
                    format!("`{BASE}` is the name of what is written outside environments"),
                    entry.head_span(),
                    "choose another name",
                );
                self.diagnostics.push(found);
            }
            None => self.diagnostics.push(without_name(entry)),
            Some(_) => {}
        }
        name
    }

    fn declare(&mut self, kind: Kind, entry: &'a Entry<'a>) {
        let name = entry.values.first().and_then(value_text);
        if kind == Kind::Let {
            self.declare_let(entry);
            return;
        }
        let name = match (kind, name) {
            (Kind::Project, _) => "",
            (_, Some(name)) => name,
            (_, None) => {
                self.diagnostics.push(without_name(entry));
                return;
            }
        };
        if let Some(first) = self.find(kind, name) {
            self.diagnostics.push(duplicate(kind, name, first, entry));
            return;
        }
        self.places.insert((namespace(kind), name), self.items.len());
        self.items.push(Item {
            kind,
            name,
            entry,
            overlays: Vec::new(),
            id: None,
        });
    }

    fn declare_let(&mut self, entry: &'a Entry<'a>) {
        let (Some(name), Some(value), 2, None) = (
            entry.values.first().and_then(value_text),
            entry.values.get(1),
            entry.values.len(),
            &entry.block,
        ) else {
            let found = Diagnostic::new(
                &syntax::missing_setting::RULE,
                "`let` needs a name and one value",
                entry.head_span(),
                "here",
            )
            .help("write `let NAME VALUE`");
            self.diagnostics.push(found);
            return;
        };
        if let Some(first) = self.lets.insert(name, value) {
            let found = Diagnostic::new(
                &syntax::duplicate_name::RULE,
                format!("`let {name}` is there twice"),
                entry.head_span(),
                "again here",
            )
            .label(first.span, "first here")
            .help("remove one of them");
            self.diagnostics.push(found);
        }
    }

    fn overlay(&mut self, entry: &'a Entry<'a>, environment: &str) {
        let name = entry.values.first().and_then(value_text);
        let Some(kind) = Kind::of(entry.key.text).filter(|kind| !matches!(kind, Kind::Import | Kind::Environment))
        else {
            self.diagnostics.push(unknown_block(entry));
            return;
        };
        match (kind, name) {
            (Kind::Let, Some(name)) => match entry.values.get(1) {
                // An environment sets a `let` anew, or adds one.
                Some(value) => _ = self.lets.insert(name, value),
                None => self.declare_let(entry),
            },
            (Kind::Project, _) => self.lay_over(kind, "", entry, environment),
            (_, Some(name)) => self.lay_over(kind, name, entry, environment),
            (_, None) => self.diagnostics.push(without_name(entry)),
        }
    }

    fn lay_over(&mut self, kind: Kind, name: &'a str, entry: &'a Entry<'a>, environment: &str) {
        let place = self.places.get(&(namespace(kind), name)).copied();
        match place.and_then(|place| self.items.get_mut(place)) {
            Some(item) if item.kind == kind => item.overlays.insert(0, entry),
            Some(item) => {
                let message = format!("`{name}` is a {}, not a {}", item.entry.key.text, entry.key.text);
                let found = Diagnostic::new(
                    &syntax::unknown_reference::RULE,
                    message,
                    entry.head_span(),
                    "laid over another kind",
                )
                .label(item.entry.head_span(), "declared here");
                self.diagnostics.push(found);
            }
            // A project needs no declaration, and what is marked `new` is one.
            None if kind == Kind::Project || is_new(entry) => self.declare(kind, entry),
            None => {
                let keyword = entry.key.text;
                let known = self.items.iter().filter(|item| item.kind == kind).map(|item| item.name);
                let found = Diagnostic::new(
                    &syntax::unknown_reference::RULE,
                    format!("environment `{environment}` changes `{keyword} {name}`, which does not exist"),
                    entry.head_span(),
                    "not declared outside",
                );
                let found = match suggest::nearest(name, known) {
                    Some(near) => found.help(format!(
                        "did you mean `{near}`? If it exists only here, say `new` in its block"
                    )),
                    None => found.help("if it exists only in this environment, say `new` in its block"),
                };
                self.diagnostics.push(found);
            }
        }
    }

    fn find(&self, kind: Kind, name: &str) -> Option<&'a Entry<'a>> {
        let place = self.places.get(&(namespace(kind), name))?;
        self.items.get(*place).map(|item| item.entry)
    }

    /// The block that a name of a kind declares.
    pub(crate) fn item(&self, kind: Kind, name: &str) -> Option<&Item<'a>> {
        let place = self.places.get(&(namespace(kind), name))?;
        self.items.get(*place)
    }

    /// Gives every thing its place in the model.
    fn number(&mut self) {
        let mut counts: Vec<(ThingKind, u32)> = Vec::new();
        for item in &mut self.items {
            let Kind::Thing(kind) = item.kind else {
                continue;
            };
            let place = match counts.iter_mut().find(|(other, _)| other.same_list(kind)) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    counts.push((kind, 0));
                    0
                }
            };
            let id = ThingId::new(kind, place);
            item.id = Some(id);
            self.names.insert(
                item.name,
                Declared {
                    id,
                    span: item.entry.head_span(),
                },
            );
        }
    }
}

const fn namespace(kind: Kind) -> u8 {
    match kind {
        Kind::Import | Kind::Let => 0,
        Kind::Project => 1,
        Kind::Environment => 2,
        Kind::Template => 3,
        Kind::Thing(_) => 4,
        Kind::Change => 5,
        Kind::Scenario => 6,
        Kind::Policy => 7,
    }
}

fn is_new(entry: &Entry<'_>) -> bool {
    let entries = entry.block.iter().flat_map(|block| &block.entries);
    entries
        .into_iter()
        .any(|inner| inner.key.text == "new" && inner.values.is_empty() && inner.block.is_none())
}

fn without_name(entry: &Entry<'_>) -> Diagnostic {
    let key = entry.key.text;
    Diagnostic::new(
        &syntax::missing_setting::RULE,
        format!("`{key}` needs a name"),
        entry.head_span(),
        "which one?",
    )
    .help(format!("write `{key} NAME {{ … }}`"))
}

fn duplicate(kind: Kind, name: &str, first: &Entry<'_>, second: &Entry<'_>) -> Diagnostic {
    let message = match kind {
        Kind::Project => "there are two `project` blocks".to_owned(),
        _ if kind.same_namespace(Kind::Thing(ThingKind::Service)) => {
            format!("there are two things named `{name}`")
        }
        _ => format!("there are two of `{} {name}`", second.key.text),
    };
    Diagnostic::new(&syntax::duplicate_name::RULE, message, second.head_span(), "again here")
        .label(first.head_span(), "first here")
        .help("rename or merge one of them")
}

fn unknown_block(entry: &Entry<'_>) -> Diagnostic {
    let key = entry.key.text;
    let span: Span = entry.key.span;
    let found = Diagnostic::new(
        &syntax::unknown_block::RULE,
        format!("unknown block `{key}`"),
        span,
        "not of this language",
    );
    let habit = match key {
        "app" | "deployment" | "api" | "server" => Some("service"),
        "db" | "postgres" | "mysql" | "datastore" => Some("database"),
        "redis" => Some("cache"),
        "cron" | "cronjob" | "task" => Some("job"),
        "consumer" => Some("worker"),
        "ingress" | "proxy" | "nginx" => Some("gateway"),
        "frontend" | "static" => Some("site"),
        "env" => Some("environment"),
        "migration" => Some("change"),
        "include" => Some("import"),
        _ => None,
    };
    match habit.or_else(|| suggest::nearest(key, Kind::keywords())) {
        Some(near) => found.help(format!("did you mean `{near}`?")).edit(span, near),
        None => found.help(format!("there is {}", Kind::keywords().collect::<Vec<_>>().join(", "))),
    }
}
