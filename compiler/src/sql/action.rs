//! What a statement does, as far as schema, locks and running code are concerned.

use loadline_grammar::Span;

use super::types::Type;
use crate::facts::postgres_locks::{Kind, Lock};

/// A statement of a file.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// What it does, in order: one entry for each part of an `ALTER TABLE`.
    pub actions: Vec<Action>,
    /// Comments before it that silence a rule for it.
    pub allows: Vec<Allowance>,
    /// Its words that are quoted text: values that it uses.
    pub texts: Vec<String>,
}

impl Statement {
    /// Whether it says that the server shall refuse it where others would have to wait.
    #[must_use]
    pub fn refuses_to_block(&self) -> bool {
        let only_online = |action: &Action| {
            matches!(
                action,
                Action::AlterTable {
                    change: Change::OnlyOnline,
                    ..
                }
            )
        };
        self.actions.iter().any(only_online)
    }
}

/// A comment `-- loadline: allow RULE "reason"` before a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The comment.
    pub span: Span,
    /// The rule's name.
    pub rule: String,
    /// Why; without one it silences nothing.
    pub reason: Option<String>,
}

/// One thing that a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the statement names")]
pub enum Action {
    CreateTable(NewTable),
    AlterTable {
        table: String,
        change: Change,
    },
    DropTable {
        table: String,
        cascade: bool,
    },
    CreateIndex(NewIndex),
    DropIndex {
        index: String,
        table: Option<String>,
        concurrently: bool,
    },
    Reindex {
        name: String,
        is_table: bool,
        concurrently: bool,
    },
    CreateView {
        view: String,
        words: Vec<String>,
        stored: bool,
    },
    DropView {
        view: String,
    },
    RefreshView {
        view: String,
        concurrently: bool,
    },
    CreateEnum {
        name: String,
    },
    AddEnumValue {
        name: String,
        value: String,
    },
    RenameEnumValue {
        name: String,
        old: String,
    },
    CreateSequence {
        name: String,
    },
    CreateDomain {
        name: String,
        constrained: bool,
    },
    DropType {
        name: String,
        cascade: bool,
    },
    Truncate {
        tables: Vec<String>,
        cascade: bool,
    },
    Lock {
        tables: Vec<String>,
        mode: Lock,
    },
    /// Something on one table that changes nothing that is kept track of.
    On {
        kind: Kind,
        table: String,
    },
    Write(Write),
    /// Reads tables; the words of the query, among them their names.
    Query {
        words: Vec<String>,
        locks_rows: bool,
    },
    Begin,
    /// The end of a transaction, either way.
    End,
    Set {
        name: String,
        value: String,
        local: bool,
    },
    /// Understood, and of no consequence to any table.
    Nothing,
}

/// A part of `ALTER TABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the statement names")]
pub enum Change {
    AddColumn(ColumnSpec),
    DropColumn {
        column: String,
    },
    RenameColumn {
        old: String,
        new: String,
    },
    Rename {
        new: String,
    },
    RenameConstraint {
        old: String,
        new: String,
    },
    SetDefault {
        column: String,
    },
    DropDefault {
        column: String,
    },
    SetNotNull {
        column: String,
    },
    DropNotNull {
        column: String,
    },
    /// The type of a column; `converted` when an expression other than the column itself gives its values.
    SetType {
        column: String,
        to: Type,
        converted: bool,
    },
    /// MySQL says a column anew, by another name with `CHANGE`.
    Redefine {
        old: String,
        column: ColumnSpec,
    },
    /// An identity gives a value to every row that does not name the column.
    AddIdentity {
        column: String,
    },
    AddConstraint(Constraint),
    ValidateConstraint {
        name: String,
    },
    DropConstraint {
        name: String,
    },
    AttachPartition {
        partition: String,
    },
    DetachPartition {
        partition: String,
        concurrently: bool,
    },
    /// MySQL: all text columns get another character set.
    ConvertCharacterSet,
    /// MySQL: `ALGORITHM=INPLACE`, `ALGORITHM=INSTANT` or `LOCK=NONE`, with which the server refuses what would block.
    OnlyOnline,
    /// Something else, by its kind.
    Plain(Kind),
}

/// A table with what is declared in its parentheses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTable {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
    /// Constraints of the table.
    pub constraints: Vec<Constraint>,
    /// The table it is a partition of.
    pub partition_of: Option<String>,
    /// It has partitions.
    pub partitioned: bool,
    /// Nobody else sees it.
    pub temporary: bool,
}

/// A column as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Declared NOT NULL, or a primary key.
    pub not_null: bool,
    /// Where values of rows come from that do not name it.
    pub value: Value,
    /// Constraints declared with the column.
    pub constraints: Vec<Constraint>,
}

/// Where values of rows come from that do not name a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nowhere: they are null.
    Null,
    /// One value for all rows: a constant, or a function that is stable.
    Same,
    /// One value for each row: a volatile function, a sequence.
    Each,
    /// Computed and stored.
    Stored,
    /// Computed when read.
    Virtual,
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, if it is given one.
    pub name: Option<String>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// Columns it is about.
    pub columns: Vec<String>,
    /// Rows that are there already are not looked at.
    pub not_valid: bool,
    /// An index that is there is taken for it.
    pub using_index: Option<String>,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    Check,
    NotNull,
    Exclude,
    References(String),
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the statement")]
pub struct NewIndex {
    pub name: Option<String>,
    pub table: String,
    pub unique: bool,
    pub concurrently: bool,
    pub if_not_exists: bool,
    /// Only the table itself, not its partitions.
    pub only: bool,
    /// Its columns; expressions are left out.
    pub columns: Vec<String>,
}

/// Rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The table.
    pub table: String,
    /// `Insert`, `Update` or `Delete`.
    pub kind: Kind,
    /// The columns that are written.
    pub columns: Vec<String>,
    /// Nothing in it limits how many rows it writes.
    pub unbounded: bool,
}
