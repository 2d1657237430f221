//! Questions that the text of a change leaves open: what columns a revision touches says nothing of the values.

use loadline_grammar::Span;

use super::columns::ColumnId;
use super::order::{Part, StepId};
use super::world::World;
use crate::lower::Column;
use crate::model::{Change, Step};
use crate::sql::{Action, Change as TableChange, ConstraintKind, Statement};

/// A question that only the code of a revision answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The step that raises it.
    pub step: StepId,
    /// The statement.
    pub statement: Span,
    /// The column.
    pub column: ColumnId,
    /// A revision that is live when the step runs.
    pub revision: usize,
    /// What is not known.
    pub question: Question,
}

/// What is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether it knows a value that an enum gets, which a later revision may write.
    KnowsValue {
        /// The value.
        value: String,
        /// The later revision.
        writer: usize,
    },
    /// Whether it writes a value once only.
    KeepsUnique,
    /// Whether what it writes is in another table.
    Refers {
        /// That table.
        to: String,
    },
}

impl World<'_> {
    /// What nothing says of revisions that are live when a step runs.
    #[must_use]
    pub fn open_questions(&self) -> Vec<Open> {
        let mut open = Vec::new();
        if self.contradiction.is_some() {
            return open;
        }
        for (event, settings) in self.order.events.iter().enumerate() {
            let step = settings.step();
            let sql = match (settings.part, self.step(step)) {
                (Part::Whole | Part::Start, Some(Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql))) => sql,
                _ => continue,
            };
            let file = self
                .changes
                .get(step.change)
                .and_then(|change| change.file(&sql.file.value.0));
            // What is live is dear to find, and few steps ask.
            let mut live = None;
            for statement in file.iter().flat_map(|file| &file.effects.script) {
                for action in statement.actions.iter().filter(|action| may_ask(action)) {
                    let live = live.get_or_insert_with(|| self.live_before(event));
                    self.ask(step, statement, action, live, &mut open);
                }
            }
        }
        open
    }

    /// The revision of each service that runs when an event comes as early as it can.
    fn live_before(&self, event: usize) -> Vec<usize> {
        let needed = self.order.needed([event]);
        let happened = |other: usize| self.order.initial.contains(other) || (other != event && needed.contains(other));
        let live = |line: &super::line::Line| line.revisions.get(line.position(happened)?).copied();
        self.lines.iter().filter_map(live).collect()
    }

    fn ask(&self, step: StepId, statement: &Statement, action: &Action, live: &[usize], open: &mut Vec<Open>) {
        let mut put = |column: ColumnId, revision: usize, question: Question| {
            open.push(Open {
                step,
                statement: statement.span,
                column,
                revision,
                question,
            });
        };
        let writing = |column: &ColumnId| {
            let column = *column;
            live.iter()
                .copied()
                .find(move |index| self.revision_writes(*index, column))
        };
        let (table, columns, question) = match action {
            Action::AddEnumValue { name, value } => {
                for column in self.columns_of_type(step.change, name) {
                    let reads = |index: &usize| self.revisions.get(*index).is_some_and(|it| it.reads.contains(&column));
                    for reader in live.iter().copied().filter(reads) {
                        if let Some(writer) = self.later_writer(live, column) {
                            let value = value.clone();
                            put(column, reader, Question::KnowsValue { value, writer });
                        }
                    }
                }
                return;
            }
            Action::CreateIndex(index) if index.unique => (&index.table, &index.columns, Question::KeepsUnique),
            Action::AlterTable {
                table,
                change: TableChange::AddConstraint(constraint),
            } => match &constraint.kind {
                ConstraintKind::Unique => (table, &constraint.columns, Question::KeepsUnique),
                ConstraintKind::References(to) => (table, &constraint.columns, Question::Refers { to: to.clone() }),
                _ => return,
            },
            _ => return,
        };
        let named = columns.iter().filter_map(|column| {
            let (table, column) = (table.clone(), column.clone());
            self.columns.find(step.change, &Column { table, column })
        });
        // Of several columns together, one is enough to ask.
        let asked = named.filter_map(|column| Some((column, writing(&column)?))).next();
        if let Some((column, revision)) = asked {
            put(column, revision, question);
        }
    }

    fn revision_writes(&self, index: usize, column: ColumnId) -> bool {
        self.revisions
            .get(index)
            .is_some_and(|revision| revision.writes.contains(&column))
    }

    /// A revision that comes when these are live, and writes a column.
    fn later_writer(&self, live: &[usize], column: ColumnId) -> Option<usize> {
        self.lines.iter().find_map(|line| {
            let now = line.revisions.iter().position(|index| live.contains(index));
            let later = line.revisions.iter().skip(now.map_or(0, |now| now + 1));
            later.copied().find(|index| self.revision_writes(*index, column))
        })
    }

    /// Columns of an enum, as far as schema and steps declare them.
    fn columns_of_type(&self, change: usize, name: &str) -> Vec<ColumnId> {
        let mut found = Vec::new();
        let on = |change: &Change| change.on.as_ref().map(|on| on.id);
        let database = self.changes.get(change).and_then(on);
        for (index, other) in self
            .changes
            .iter()
            .enumerate()
            .filter(|(_, other)| on(other) == database)
        {
            let files = other.schema.iter().chain(&other.files);
            let actions = files
                .flat_map(|file| &file.effects.script)
                .flat_map(|statement| &statement.actions);
            for action in actions {
                let (table, specs) = match action {
                    Action::CreateTable(new) => (&new.name, new.columns.as_slice()),
                    Action::AlterTable {
                        table,
                        change: TableChange::AddColumn(spec),
                    } => (table, std::slice::from_ref(spec)),
                    _ => continue,
                };
                for spec in specs.iter().filter(|spec| spec.kind.name == *name) {
                    let column = Column {
                        table: table.clone(),
                        column: spec.name.clone(),
                    };
                    found.extend(self.columns.find(index, &column));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

/// Whether an action may raise a question.
fn may_ask(action: &Action) -> bool {
    matches!(
        action,
        Action::AddEnumValue { .. }
            | Action::CreateIndex(_)
            | Action::AlterTable {
                change: TableChange::AddConstraint(_),
                ..
            }
    )
}
