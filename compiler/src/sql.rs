//! What SQL files do to a schema: read from the statements, not from trust.
//!
//! Statement by statement, so that one that is not understood (a finding, never silence) does not hide the others. What
//! defines tables is read here, from tokens; sqlparser makes the tokens, and says of everything else whether it is SQL.

mod action;
mod alter;
mod columns;
mod cursor;
mod effects;
mod folder;
mod locks;
mod mysql;
mod objects;
mod rows;
mod run;
mod schema;
mod script;
mod shown;
mod split;
mod types;
mod upkeep;

pub use action::*;
pub use effects::{Effect, EffectKind, Effects, NewColumn};
pub use folder::{Folder, Layout};
pub use locks::{Held, Weight};
pub use run::{Family, Ran, Server, Wrap, run};
pub use schema::Schema;
pub use script::{Role, Script};
pub use shown::quoted;
pub use types::{Retype, Type};

use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::tokenizer::Token;

/// Reads a file for an engine. `base` is the position of its first byte.
#[must_use]
pub fn read(text: &str, base: u32, engine: &str) -> Effects {
    let dialect: Box<dyn Dialect> = match (Server::of(engine, None).family, engine) {
        (Family::Postgres, _) | (_, "cockroach") => Box::new(PostgreSqlDialect {}),
        (Family::MySql, _) => Box::new(MySqlDialect {}),
        _ => Box::new(GenericDialect {}),
    };
    let mut effects = Effects {
        transaction: split::transaction(text),
        ..Effects::default()
    };
    let (parts, stuck) = split::statements(dialect.as_ref(), text, base);
    for part in parts {
        let mut tokens = part.tokens.as_slice();
        if let [Token::LParen, inside @ .., Token::RParen] = tokens {
            tokens = inside;
        }
        let actions = match objects::actions(tokens) {
            Some(actions) => actions,
            None if may_be_harmless(tokens) && rows::is_read_by_the_parser(dialect.as_ref(), tokens) => {
                vec![Action::Nothing]
            }
            None => {
                let shown = reason(dialect.as_ref(), tokens);
                effects.not_understood.push((part.span, shown));
                continue;
            }
        };
        let text = |token: &Token| match token {
            Token::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        };
        let statement = Statement {
            span: part.span,
            actions,
            allows: part.allows,
            texts: tokens.iter().filter_map(text).collect(),
        };
        effects.add(statement);
    }
    let nothing_behind = |(place, reason): (_, String)| (place, format!("{reason}; nothing from here on is read"));
    effects.not_understood.extend(stuck.map(nothing_behind));
    effects
}

/// Statements about tables are read here or not at all: what is left of them hides something.
fn may_be_harmless(tokens: &[Token]) -> bool {
    let at = cursor::Cursor::new(tokens);
    let ours = [
        "alter table",
        "drop table",
        "create table",
        "create index",
        "create unique index",
        "drop index",
        "rename",
        "truncate",
    ];
    !ours.into_iter().any(|words| at.sees(words))
}

/// Why a statement is not understood.
fn reason(dialect: &dyn Dialect, tokens: &[Token]) -> String {
    let mut parser = sqlparser::parser::Parser::new(dialect).with_tokens(tokens.to_vec());
    match parser.parse_statement() {
        Ok(_) => "a part of it is not known".to_owned(),
        Err(error) => {
            let error = error.to_string();
            let error = error.trim_start_matches("sql parser error: ");
            error.split(" at Line:").next().unwrap_or(error).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use loadline_grammar::Span;

    use super::*;
    use crate::values::Column;

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

    #[test]
    fn statements_of_every_kind_are_understood() {
        let sql = "ALTER TABLE ONLY a ALTER COLUMN b SET STATISTICS 5, ADD COLUMN IF NOT EXISTS c numeric(10,2) NOT NULL DEFAULT 0.0;\n\
            CREATE TABLE x (LIKE y INCLUDING ALL); DROP INDEX CONCURRENTLY IF EXISTS i, j; DO $$ BEGIN END $$;\n\
            CREATE TABLE k (key varchar(20) PRIMARY KEY, \"order\" int[] DEFAULT '{}'::int[], at timestamp(3) with time zone DEFAULT now(),\n\
              CONSTRAINT one CHECK (key <> ''), UNIQUE (key, at), FOREIGN KEY (key) REFERENCES z (k) ON DELETE SET NULL ON UPDATE CASCADE);\n\
            WITH x AS (SELECT id FROM t LIMIT 10) UPDATE t SET a = 1 FROM x WHERE x.id = t.id;\n\
            INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT DO NOTHING; SELECT setval('s', 1);\n\
            CREATE INDEX i ON ONLY p USING gin (a jsonb_path_ops, (b ->> 'c')) INCLUDE (d) WHERE a IS NOT NULL;\n\
            GRANT ALL ON ALL TABLES IN SCHEMA public TO api; ALTER SEQUENCE s OWNED BY t.a; ALTER TYPE m ADD VALUE 'x' AFTER 'y';\n\
            ALTER TABLE t ALTER COLUMN a DROP IDENTITY, CLUSTER ON i, SET WITHOUT CLUSTER, SET (fillfactor = 80);";
        kinds_of(sql);
        for broken in [
            "ALTER TABLE a ADD COLUMN b;",
            "ALTER TABLE a ADD COLUMN b int DEFAULT;",
            "DROP COLUMN a;",
            "UPDATE a SET b;",
        ] {
            let effects = read(broken, 0, "postgres");
            assert_eq!(effects.not_understood.len(), 1, "{broken}: {:?}", effects.script);
        }
    }

    #[test]
    fn what_runs_backwards_is_not_read() {
        let sql = "-- migrate:up\nALTER TABLE a ADD COLUMN b int;\n-- migrate:down\nALTER TABLE a DROP COLUMN b;\n";
        let expected = EffectKind::AddColumn {
            table: "a".to_owned(),
            column: NewColumn {
                name: "b".to_owned(),
                nullable: true,
                defaulted: false,
            },
        };
        assert_eq!(kinds_of(sql), [expected]);
    }

    #[test]
    fn a_quote_that_nobody_closes_hides_only_what_follows() {
        let effects = read("DROP TABLE a;\nDROP TABLE b;\nSELECT 'x;\nDROP TABLE c;", 0, "postgres");
        assert_eq!(effects.script.len(), 2);
        assert_eq!(effects.not_understood.len(), 1);
    }
}
