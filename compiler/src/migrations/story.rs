//! The facts of a change: its revisions, its columns, and which columns are one datum.

use std::collections::{BTreeMap, BTreeSet};

use loadline_grammar::Span;

use crate::lower::{Column, Version};
use crate::model::{Change, Model, Step, ThingId};
use crate::sql::{EffectKind, Effects};

/// A revision of a service in a story.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The service.
    pub service: ThingId,
    /// Its name.
    pub name: String,
    /// The revision's version.
    pub version: Version,
    /// Columns it reads.
    pub reads: BTreeSet<Column>,
    /// Columns it writes.
    pub writes: BTreeSet<Column>,
    /// Where it is written.
    pub span: Span,
}

impl Revision {
    /// `api 2.1`
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Whether it reads or writes a column.
    #[must_use]
    pub fn touches(&self, column: &Column) -> bool {
        self.reads.contains(column) || self.writes.contains(column)
    }

    /// Every column that it names.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.reads.union(&self.writes)
    }

    fn of(revision: &crate::model::Revision) -> Self {
        let columns = |list: &Option<crate::lower::Val<Vec<Column>>>| {
            list.iter()
                .flat_map(|list| &list.value)
                .map(normal)
                .collect::<BTreeSet<Column>>()
        };
        Self {
            service: revision.service.id,
            name: revision.service.name.clone(),
            version: revision.version.value.clone(),
            reads: columns(&revision.reads),
            writes: columns(&revision.writes),
            span: revision.span,
        }
    }
}

/// What is known of a column that does not change in the story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Nature {
    /// It may be null; `None` when nothing says.
    pub(super) nullable: Option<bool>,
    /// Rows that do not name it get a value.
    pub(super) defaulted: bool,
    /// An `expand` of this story adds it to a table that is there already.
    pub(super) added: bool,
}

/// One step with what it does.
#[derive(Debug)]
pub(super) enum Action<'m> {
    /// An SQL file: which kind of step, and its effects if it could be read.
    Sql {
        step: Step<'m>,
        effects: Option<&'m Effects>,
    },
    /// A rollout: the revision by its place in [`Story::revisions`].
    Deploy(usize),
    /// Revisions of a service are given up, up to this version.
    Retire { service: ThingId, version: &'m Version },
}

/// A change, ready to be explored.
#[derive(Debug)]
pub struct Story<'m> {
    /// The change.
    pub change: &'m Change,
    /// First revisions, then those of the deploys, in order.
    pub revisions: Vec<Revision>,
    /// How many of them run when the story begins.
    pub(super) first: usize,
    /// The steps, in order.
    pub(super) actions: Vec<(Span, Action<'m>)>,
    pub(super) natures: BTreeMap<Column, Nature>,
    /// Columns that are there when the story begins.
    pub(super) present: BTreeSet<Column>,
    /// Columns that are one datum, where there is more than one.
    data: Vec<BTreeSet<Column>>,
    /// Whether the schema is declared: then what is not in it is not there.
    pub(super) schema_known: bool,
}

impl<'m> Story<'m> {
    /// The facts of a change.
    #[must_use]
    pub fn of(model: &'m Model, change: &'m Change) -> Self {
        let mut revisions: Vec<Revision> = change.from.iter().map(Revision::of).collect();
        let first = revisions.len();
        let mut actions = Vec::new();
        for step in change.steps() {
            let action = match step {
                Step::Deploy(deploy) => {
                    revisions.push(Revision::of(deploy));
                    Action::Deploy(revisions.len() - 1)
                }
                Step::Retire(retire) => Action::Retire {
                    service: retire.service.id,
                    version: &retire.version.value,
                },
                Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql) => Action::Sql {
                    step,
                    effects: change.file(&sql.file.value.0).map(|file| &file.effects),
                },
            };
            actions.push((step.span(), action));
        }
        let mut story = Self {
            change,
            revisions,
            first,
            actions,
            natures: BTreeMap::new(),
            present: BTreeSet::new(),
            data: data(change),
            schema_known: change.schema.is_some(),
        };
        story.find_columns(model);
        story
    }

    /// What is there at the start: the schema, what other changes of the database add, and (without a schema) everything
    /// that is named and that no step of this story adds.
    fn find_columns(&mut self, model: &Model) {
        let mut added: BTreeMap<Column, Nature> = BTreeMap::new();
        for (_, action) in &self.actions {
            if let Action::Sql {
                effects: Some(effects), ..
            } = action
            {
                collect_added(effects, &mut added);
            }
        }
        let mut at_start: BTreeMap<Column, Nature> = BTreeMap::new();
        if let Some(schema) = &self.change.schema {
            collect_added(&schema.effects, &mut at_start);
            collect_redeclared(&schema.effects, &mut at_start);
        }
        let database = self.change.on.as_ref().map(|on| on.id);
        let others = model.changes.iter().filter(|other| !std::ptr::eq(*other, self.change));
        for other in others.filter(|other| other.on.as_ref().map(|on| on.id) == database) {
            other
                .expand
                .iter()
                .filter_map(|step| other.file(&step.file.value.0))
                .for_each(|file| {
                    collect_added(&file.effects, &mut at_start);
                    collect_redeclared(&file.effects, &mut at_start);
                });
        }
        for nature in at_start.values_mut() {
            nature.added = false;
        }
        if !self.schema_known {
            let moved = self.data.iter().flatten();
            let named = self.revisions.iter().flat_map(Revision::columns).chain(moved);
            for column in named.filter(|column| !added.contains_key(column)) {
                at_start.entry(column.clone()).or_default();
            }
        }
        self.present = at_start.keys().cloned().collect();
        self.natures = added;
        self.natures.extend(at_start);
    }

    pub(super) fn nature(&self, column: &Column) -> Nature {
        self.natures.get(column).copied().unwrap_or_default()
    }

    /// The other columns of a column's datum, itself included; `None` when it is alone.
    pub(super) fn datum(&self, column: &Column) -> Option<&BTreeSet<Column>> {
        self.data.iter().find(|datum| datum.contains(column))
    }

    /// Whether a live revision leaves a column without what it should hold: it writes the datum, or inserts rows, and does
    /// not write the column. Whether a default fills it is asked of the state.
    pub(super) fn leaves_out(&self, revision: &Revision, column: &Column) -> bool {
        let nature = self.nature(column);
        if revision.writes.contains(column) {
            return false;
        }
        match self.datum(column) {
            Some(datum) => revision.writes.iter().any(|written| datum.contains(written)),
            // A nullable column that holds nothing else's data may be left out.
            None if nature.nullable != Some(false) => false,
            None => nature.added && revision.writes.iter().any(|written| written.table == column.table),
        }
    }

    /// Whether a revision inserts rows that do not name a column, as far as the story shows. `since` is the step from which on the
    /// column demands a value, 0 when it did before the first.
    pub(super) fn inserts_without(&self, revision: &Revision, column: &Column, since: usize) -> bool {
        let writes_table = revision.writes.iter().any(|written| written.table == column.table);
        if !writes_table || revision.writes.contains(column) {
            return false;
        }
        let own = |other: &Revision| other.service == revision.service && other.writes.contains(column);
        if since == 0 {
            // What runs when the story begins and leaves it out does well: it changes rows, and does not insert any.
            return self.revisions.iter().take(self.first).any(own);
        }
        let same_datum = self
            .datum(column)
            .is_some_and(|datum| !datum.is_disjoint(&revision.writes));
        self.nature(column).added || same_datum || self.revisions.iter().any(own)
    }

    /// Whether a column is complete as soon as it is there.
    pub(super) fn complete_at_birth(&self, column: &Column) -> bool {
        let nature = self.nature(column);
        let alone_and_nullable = self.datum(column).is_none() && nature.nullable != Some(false);
        nature.defaulted || alone_and_nullable
    }
}

/// Columns joined by `moves`, chains included.
fn data(change: &Change) -> Vec<BTreeSet<Column>> {
    let mut data: Vec<BTreeSet<Column>> = Vec::new();
    for moves in &change.moves {
        let pair = BTreeSet::from([normal(&moves.old.value), normal(&moves.new.value)]);
        let (mut joined, apart): (Vec<_>, Vec<_>) = data.into_iter().partition(|datum| !datum.is_disjoint(&pair));
        joined.push(pair);
        data = apart;
        data.push(joined.into_iter().flatten().collect());
    }
    data
}

/// PostgreSQL folds names, and `public` is where it looks first.
pub(super) fn normal(column: &Column) -> Column {
    let table = column.table.to_ascii_lowercase();
    let table = table
        .strip_prefix("public.")
        .map_or_else(|| table.clone(), str::to_owned);
    Column {
        table,
        column: column.column.to_ascii_lowercase(),
    }
}

/// What later statements say of columns that are there. What a story itself says of them holds from its step on.
fn collect_redeclared(effects: &Effects, into: &mut BTreeMap<Column, Nature>) {
    for effect in &effects.statements {
        let (EffectKind::SetNotNull(column)
        | EffectKind::DropNotNull(column)
        | EffectKind::SetDefault(column)
        | EffectKind::DropDefault(column)) = &effect.kind
        else {
            continue;
        };
        // Of a column that nothing declares, one property is not enough to judge by.
        let Some(nature) = into.get_mut(&normal(column)) else {
            continue;
        };
        match &effect.kind {
            EffectKind::SetNotNull(_) => nature.nullable = Some(false),
            EffectKind::DropNotNull(_) => nature.nullable = Some(true),
            EffectKind::SetDefault(_) => nature.defaulted = true,
            _ => nature.defaulted = false,
        }
    }
}

fn collect_added(effects: &Effects, into: &mut BTreeMap<Column, Nature>) {
    for effect in &effects.statements {
        match &effect.kind {
            EffectKind::AddTable { table, columns } => {
                for column in columns {
                    let key = normal(&Column {
                        table: table.clone(),
                        column: column.name.clone(),
                    });
                    into.insert(
                        key,
                        Nature {
                            nullable: Some(column.nullable),
                            defaulted: column.defaulted,
                            added: false,
                        },
                    );
                }
            }
            EffectKind::AddColumn { table, column } => {
                let key = normal(&Column {
                    table: table.clone(),
                    column: column.name.clone(),
                });
                into.insert(
                    key,
                    Nature {
                        nullable: Some(column.nullable),
                        defaulted: column.defaulted,
                        added: true,
                    },
                );
            }
            EffectKind::RenameColumn { old, new } => {
                let nature = into.get(&normal(old)).copied().unwrap_or_default();
                into.insert(normal(new), nature);
            }
            _ => {}
        }
    }
}
