//! What SQL files do to a schema: read from the statements, not from trust.
//!
//! Statement by statement, so that one that is not understood (a finding, never silence) does not hide the others.

use loadline_grammar::Span;
use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, AssignmentTarget, ColumnDef, ColumnOption, Ident, ObjectName,
    ObjectType, RenameTableNameKind, Statement, TableFactor,
};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::lower::Column;

/// What one file does, statement by statement.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// In order.
    pub statements: Vec<Effect>,
    /// Statements that were not understood, with the parser's reason.
    pub not_understood: Vec<(Span, String)>,
}

/// One thing that a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The statement.
    pub span: Span,
    /// What it does.
    pub kind: EffectKind,
}

/// The effects that matter to running code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// A table with its columns.
    AddTable {
        /// Its name.
        table: String,
        /// Its columns.
        columns: Vec<NewColumn>,
    },
    /// A table goes.
    DropTable(String),
    /// A table gets another name.
    RenameTable {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// A column of an existing table.
    AddColumn {
        /// Its table.
        table: String,
        /// The column.
        column: NewColumn,
    },
    /// A column goes.
    DropColumn(Column),
    /// A column gets another name.
    RenameColumn {
        /// Before.
        old: Column,
        /// After.
        new: Column,
    },
    /// A column gets a default.
    SetDefault(Column),
    /// A column loses its default.
    DropDefault(Column),
    /// A column may no longer be null.
    SetNotNull(Column),
    /// A column may be null from now on.
    DropNotNull(Column),
    /// Rows are changed: which columns of which table.
    Write {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// Understood, and of no consequence to which columns there are.
    Other,
}

/// A column as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// It may be null.
    pub nullable: bool,
    /// Rows that do not name it get a value all the same.
    pub defaulted: bool,
}

impl Effects {
    /// Statements that take away what code may still use: drops and renames.
    pub fn destructive(&self) -> impl Iterator<Item = &Effect> {
        self.statements.iter().filter(|effect| {
            matches!(
                effect.kind,
                EffectKind::DropTable(_)
                    | EffectKind::DropColumn(_)
                    | EffectKind::RenameColumn { .. }
                    | EffectKind::RenameTable { .. }
            )
        })
    }
}

/// Reads a file for an engine. `base` is the position of its first byte.
#[must_use]
pub fn read(text: &str, base: u32, engine: &str) -> Effects {
    let dialect: Box<dyn Dialect> = match engine {
        "postgres" | "postgresql" | "aurora-postgres" | "cockroach" | "" => Box::new(PostgreSqlDialect {}),
        "mysql" | "mariadb" | "aurora-mysql" => Box::new(MySqlDialect {}),
        _ => Box::new(GenericDialect {}),
    };
    let lines = Lines::new(text, base);
    let mut effects = Effects::default();
    let tokens = match Tokenizer::new(dialect.as_ref(), text).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(error) => {
            let at = lines.position(error.location);
            effects.not_understood.push((Span::at(at), error.message));
            return effects;
        }
    };
    for statement in tokens.split(|token| token.token == Token::SemiColon) {
        let first = statement.iter().find(|token| !is_space(token));
        let last = statement.iter().rev().find(|token| !is_space(token));
        let (Some(first), Some(last)) = (first, last) else {
            continue;
        };
        let span = Span::new(lines.position(first.span.start), lines.position(last.span.end));
        let mut parser = Parser::new(dialect.as_ref()).with_tokens_with_locations(statement.to_vec());
        match parser.parse_statement() {
            Ok(parsed) => {
                let kinds = kinds(&parsed);
                effects
                    .statements
                    .extend(kinds.into_iter().map(|kind| Effect { span, kind }));
            }
            Err(error) => effects.not_understood.push((span, error.to_string())),
        }
    }
    effects
}

fn is_space(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_) | Token::EOF)
}

/// Line and column of the SQL parser to positions of ours.
struct Lines<'t> {
    text: &'t str,
    base: u32,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, base: u32) -> Self {
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            text,
            base,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    fn position(&self, location: Location) -> u32 {
        let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let offset = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        self.base
            .saturating_add(u32::try_from(start + offset).unwrap_or(u32::MAX))
    }
}

fn kinds(statement: &Statement) -> Vec<EffectKind> {
    match statement {
        Statement::CreateTable(create) => {
            let keys = primary_key_columns(create);
            let mut columns: Vec<NewColumn> = create.columns.iter().map(new_column).collect();
            for column in &mut columns {
                column.nullable &= !keys.contains(&column.name);
            }
            vec![EffectKind::AddTable {
                table: table_name(&create.name),
                columns,
            }]
        }
        Statement::Drop {
            object_type: ObjectType::Table,
            names,
            ..
        } => names
            .iter()
            .map(|name| EffectKind::DropTable(table_name(name)))
            .collect(),
        Statement::AlterTable(alter) => {
            let table = table_name(&alter.name);
            alter
                .operations
                .iter()
                .flat_map(|operation| alter_kinds(&table, operation))
                .collect()
        }
        Statement::Update(update) => {
            let TableFactor::Table { name, .. } = &update.table.relation else {
                return vec![EffectKind::Other];
            };
            let columns = update
                .assignments
                .iter()
                .flat_map(|assignment| match &assignment.target {
                    AssignmentTarget::ColumnName(name) => vec![last_part(name)],
                    AssignmentTarget::Tuple(names) => names.iter().map(last_part).collect(),
                });
            vec![EffectKind::Write {
                table: table_name(name),
                columns: columns.collect(),
            }]
        }
        _ => vec![EffectKind::Other],
    }
}

fn alter_kinds(table: &str, operation: &AlterTableOperation) -> Vec<EffectKind> {
    let column = |name: &Ident| Column {
        table: table.to_owned(),
        column: folded(name),
    };
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            vec![EffectKind::AddColumn {
                table: table.to_owned(),
                column: new_column(column_def),
            }]
        }
        AlterTableOperation::DropColumn { column_names, .. } => column_names
            .iter()
            .map(|name| EffectKind::DropColumn(column(name)))
            .collect(),
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => {
            vec![EffectKind::RenameColumn {
                old: column(old_column_name),
                new: column(new_column_name),
            }]
        }
        AlterTableOperation::ChangeColumn {
            old_name,
            new_name,
            options,
            ..
        } => {
            let mut kinds = Vec::new();
            if folded(old_name) != folded(new_name) {
                kinds.push(EffectKind::RenameColumn {
                    old: column(old_name),
                    new: column(new_name),
                });
            }
            kinds.extend(redefined(&column(new_name), options));
            kinds
        }
        AlterTableOperation::ModifyColumn { col_name, options, .. } => redefined(&column(col_name), options).into(),
        AlterTableOperation::RenameTable { table_name: new } => {
            let (RenameTableNameKind::As(new) | RenameTableNameKind::To(new)) = new;
            vec![EffectKind::RenameTable {
                old: table.to_owned(),
                new: table_name(new),
            }]
        }
        AlterTableOperation::AlterColumn { column_name, op } => match op {
            AlterColumnOperation::SetNotNull => vec![EffectKind::SetNotNull(column(column_name))],
            AlterColumnOperation::DropNotNull => vec![EffectKind::DropNotNull(column(column_name))],
            AlterColumnOperation::SetDefault { .. } => {
                vec![EffectKind::SetDefault(column(column_name))]
            }
            AlterColumnOperation::DropDefault => vec![EffectKind::DropDefault(column(column_name))],
            // An identity gives a value to every row that does not name the column.
            AlterColumnOperation::AddGenerated { .. } => vec![EffectKind::SetDefault(column(column_name))],
            _ => vec![EffectKind::Other],
        },
        _ => vec![EffectKind::Other],
    }
}

/// MySQL says a column anew: what is not said again no longer holds.
fn redefined(column: &Column, options: &[ColumnOption]) -> [EffectKind; 2] {
    let not_null = options.iter().any(is_not_null);
    let defaulted = options.iter().any(gives_value);
    [
        if not_null {
            EffectKind::SetNotNull(column.clone())
        } else {
            EffectKind::DropNotNull(column.clone())
        },
        if defaulted {
            EffectKind::SetDefault(column.clone())
        } else {
            EffectKind::DropDefault(column.clone())
        },
    ]
}

fn is_not_null(option: &ColumnOption) -> bool {
    matches!(option, ColumnOption::NotNull | ColumnOption::PrimaryKey(_))
}

/// Rows that do not name the column get a value.
fn gives_value(option: &ColumnOption) -> bool {
    matches!(
        option,
        ColumnOption::Default(_) | ColumnOption::Generated { .. } | ColumnOption::Identity(_)
    ) || option.to_string().to_ascii_uppercase().contains("AUTO_INCREMENT")
}

fn primary_key_columns(create: &sqlparser::ast::CreateTable) -> Vec<String> {
    let keys = create.constraints.iter().filter_map(|constraint| match constraint {
        sqlparser::ast::TableConstraint::PrimaryKey(key) => Some(&key.columns),
        _ => None,
    });
    keys.flatten()
        .map(|column| column.to_string().to_ascii_lowercase())
        .collect()
}

fn new_column(definition: &ColumnDef) -> NewColumn {
    let options = || definition.options.iter().map(|option| &option.option);
    // Serial types are columns with a default by another name.
    let kind = definition.data_type.to_string().to_ascii_lowercase();
    let serial = matches!(kind.as_str(), "serial" | "bigserial" | "smallserial");
    NewColumn {
        name: folded(&definition.name),
        nullable: !serial && !options().any(is_not_null),
        defaulted: serial || options().any(gives_value),
    }
}

/// PostgreSQL folds names that are not quoted to lower case; quoted ones stay.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() {
        name.value.clone()
    } else {
        name.value.to_ascii_lowercase()
    }
}

fn last_part(name: &ObjectName) -> String {
    name.0
        .last()
        .and_then(|part| part.as_ident())
        .map(folded)
        .unwrap_or_default()
}

/// `public` is where PostgreSQL looks first, so `public.users` and `users` are one table.
fn table_name(name: &ObjectName) -> String {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(folded).collect();
    let full = parts.join(".");
    full.strip_prefix("public.").map_or_else(|| full.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds_of(sql: &str) -> Vec<EffectKind> {
        let effects = read(sql, 0, "postgres");
        assert!(effects.not_understood.is_empty(), "{:?}", effects.not_understood);
        effects.statements.into_iter().map(|effect| effect.kind).collect()
    }

    fn column(table: &str, column: &str) -> Column {
        Column {
            table: table.to_owned(),
            column: column.to_owned(),
        }
    }

    #[test]
    fn reads_what_is_added_dropped_and_renamed() {
        let kinds = kinds_of(
            "ALTER TABLE public.users ADD COLUMN full_name text, DROP COLUMN Name;\n\
             alter table users rename column a to b; DROP TABLE old_one, old_two;\n\
             CREATE TABLE t (id bigserial PRIMARY KEY, n int NOT NULL, d int DEFAULT 3, x text);",
        );
        let new = |name: &str, nullable, defaulted| NewColumn {
            name: name.to_owned(),
            nullable,
            defaulted,
        };
        assert_eq!(
            kinds,
            [
                EffectKind::AddColumn {
                    table: "users".to_owned(),
                    column: new("full_name", true, false)
                },
                EffectKind::DropColumn(column("users", "name")),
                EffectKind::RenameColumn {
                    old: column("users", "a"),
                    new: column("users", "b")
                },
                EffectKind::DropTable("old_one".to_owned()),
                EffectKind::DropTable("old_two".to_owned()),
                EffectKind::AddTable {
                    table: "t".to_owned(),
                    columns: vec![
                        new("id", false, true),
                        new("n", false, false),
                        new("d", true, true),
                        new("x", true, false)
                    ]
                },
            ]
        );
    }

    #[test]
    fn mysql_says_a_column_anew() {
        let effects = read(
            "ALTER TABLE t MODIFY COLUMN n int NOT NULL DEFAULT 0; ALTER TABLE t CHANGE COLUMN n m int;",
            0,
            "mysql",
        );
        let kinds: Vec<EffectKind> = effects.statements.into_iter().map(|effect| effect.kind).collect();
        let expected = [
            EffectKind::SetNotNull(column("t", "n")),
            EffectKind::SetDefault(column("t", "n")),
            EffectKind::RenameColumn {
                old: column("t", "n"),
                new: column("t", "m"),
            },
            EffectKind::DropNotNull(column("t", "m")),
            EffectKind::DropDefault(column("t", "m")),
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn reads_what_a_backfill_writes() {
        let kinds = kinds_of("UPDATE users SET full_name = name WHERE full_name IS NULL");
        let expected = EffectKind::Write {
            table: "users".to_owned(),
            columns: vec!["full_name".to_owned()],
        };
        assert_eq!(kinds, [expected]);
    }

    #[test]
    fn what_is_not_understood_is_said_at_its_place() {
        let effects = read(
            "ALTER TABLE a ADD COLUMN b int;\nFROB THE KNOB;\nDROP TABLE c;",
            100,
            "postgres",
        );
        assert_eq!(effects.statements.len(), 2);
        assert_eq!(effects.not_understood.len(), 1);
        assert_eq!(effects.not_understood[0].0, Span::new(132, 145));
    }

    #[test]
    fn functions_in_dollar_quotes_are_one_statement() {
        let sql = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; RETURN NEW; END $$;";
        assert_eq!(kinds_of(sql), [EffectKind::Other]);
    }
}
