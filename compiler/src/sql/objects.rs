//! Statements other than `ALTER TABLE`.

use sqlparser::tokenizer::Token;

use super::action::{Action, Change, NewIndex, NewTable, Write};
use super::columns::table_parts;
use super::cursor::{Cursor, folded, is_word};
use super::{alter, rows, upkeep};
use crate::facts::postgres_locks::Kind;

/// What a statement does; `None` when it is not one of these, or not understood.
pub(super) fn actions(tokens: &[Token]) -> Option<Vec<Action>> {
    let mut at = Cursor::new(tokens);
    if at.eat("alter table") {
        return alter::table(&mut at);
    }
    if at.eat("create") {
        return create(&mut at).or_else(|| upkeep::harmless(tokens));
    }
    if at.eat("drop") {
        return drop(&mut at).or_else(|| upkeep::harmless(tokens));
    }
    if at.eat("alter type") {
        return Some(vec![alter_type(&mut at)?]);
    }
    if at.eat("alter index") || at.eat("alter sequence") || at.sees("alter view") || at.sees("alter materialized view")
    {
        // No table is locked, and no column changes. Renaming an index takes a lock on the index only.
        return Some(vec![Action::Nothing]);
    }
    if at.eat("rename table") {
        return rename_tables(&mut at);
    }
    if let Some(action) = upkeep::maintenance(&mut at) {
        return Some(action);
    }
    if let Some(action) = upkeep::session(&mut at) {
        return Some(vec![action]);
    }
    rows::actions(tokens).or_else(|| upkeep::harmless(tokens))
}

pub(super) fn on(kind: Kind, table: String) -> Action {
    Action::On { kind, table }
}

fn create(at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let _ = at.eat("or replace");
    let temporary = at.eat("temporary") || at.eat("temp") || at.eat("global temporary") || at.eat("local temporary");
    let _ = at.eat("unlogged");
    if at.eat("table") {
        return Some(vec![Action::CreateTable(table(at, temporary)?)]);
    }
    let unique = at.eat("unique");
    let _ = at.eat("fulltext") || at.eat("spatial");
    if at.eat("index") {
        return Some(vec![Action::CreateIndex(index(at, unique)?)]);
    }
    let _ = at.eat("recursive");
    let stored = at.eat("materialized");
    if at.eat("view") {
        let _ = at.eat("if not exists");
        let view = at.name()?;
        return Some(vec![Action::CreateView {
            view,
            words: words(at.rest()),
            stored,
        }]);
    }
    if at.eat("sequence") {
        let _ = at.eat("if not exists");
        return Some(vec![Action::CreateSequence { name: at.name()? }]);
    }
    if at.eat("type") {
        let name = at.name()?;
        return Some(vec![if at.eat("as enum") {
            Action::CreateEnum { name }
        } else {
            Action::Nothing
        }]);
    }
    if at.eat("domain") {
        let name = at.name()?;
        let constrained = at
            .rest()
            .iter()
            .any(|token| is_word(token, "check") || is_word(token, "not"));
        return Some(vec![Action::CreateDomain { name, constrained }]);
    }
    let _ = at.eat("constraint");
    if at.eat("trigger") {
        return Some(vec![on(Kind::CreateTrigger, after("on", at)?)]);
    }
    if at.eat("policy") {
        return Some(vec![on(Kind::Policy, after("on", at)?)]);
    }
    if at.eat("rule") {
        return Some(vec![on(Kind::Rule, after("to", at)?)]);
    }
    if at.eat("statistics") {
        return Some(vec![on(Kind::Statistics, after("from", at)?)]);
    }
    if at.eat("publication") {
        return Some(match after("table", at) {
            Some(table) => vec![on(Kind::Publication, table)],
            None => vec![Action::Nothing],
        });
    }
    None
}

/// The name behind a word.
pub(super) fn after(word: &str, at: &mut Cursor<'_>) -> Option<String> {
    while !at.at_end() && !at.sees(word) {
        at.next();
    }
    at.eat(word);
    let _ = at.eat("only");
    at.name()
}

fn table(at: &mut Cursor<'_>, temporary: bool) -> Option<NewTable> {
    let _ = at.eat("if not exists");
    let mut new = NewTable {
        name: at.name()?,
        temporary,
        ..NewTable::default()
    };
    if at.eat("partition of") {
        new.partition_of = Some(at.name()?);
    } else if let Some(inside) = at.parenthesised() {
        // `CREATE TABLE t (a, b) AS SELECT …` names columns only.
        if !at.sees("as") {
            table_parts(&mut new, inside)?;
        }
    } else if !(at.sees("as") || at.sees("like") || at.sees("using") || at.sees("with") || at.sees("select")) {
        return None;
    }
    new.partitioned = at
        .rest()
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if is_word(a, "partition") && is_word(b, "by")));
    Some(new)
}

fn index(at: &mut Cursor<'_>, unique: bool) -> Option<NewIndex> {
    let concurrently = at.eat("concurrently");
    let if_not_exists = at.eat("if not exists");
    let name = if at.sees("on") { None } else { Some(at.name()?) };
    if at.eat("using") {
        at.ident()?;
    }
    if !at.eat("on") {
        return None;
    }
    let only = at.eat("only");
    let table = at.name()?;
    if at.eat("using") {
        at.ident()?;
    }
    let columns = at.columns()?;
    Some(NewIndex {
        name,
        table,
        unique,
        concurrently,
        if_not_exists,
        only,
        columns,
    })
}

fn drop(at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let _ = at.eat("temporary");
    if at.eat("table") {
        let _ = at.eat("if exists");
        let tables = at.names()?;
        let cascade = at.eat("cascade");
        return Some(
            tables
                .into_iter()
                .map(|table| Action::DropTable { table, cascade })
                .collect(),
        );
    }
    if at.eat("index") {
        let concurrently = at.eat("concurrently");
        let _ = at.eat("if exists");
        let names = at.names()?;
        let table = if at.eat("on") { at.name() } else { None };
        let one = |index| Action::DropIndex {
            index,
            table: table.clone(),
            concurrently,
        };
        return Some(names.into_iter().map(one).collect());
    }
    if at.eat("view") || at.eat("materialized view") {
        let _ = at.eat("if exists");
        let views = at.names()?;
        return Some(views.into_iter().map(|view| Action::DropView { view }).collect());
    }
    if at.eat("trigger") || at.eat("rule") || at.eat("policy") {
        // MySQL does not say the table.
        return Some(vec![
            after("on", at).map_or(Action::Nothing, |table| on(Kind::DropTrigger, table)),
        ]);
    }
    if at.eat("type") || at.eat("domain") {
        let _ = at.eat("if exists");
        let names = at.names()?;
        let cascade = at.eat("cascade");
        return Some(
            names
                .into_iter()
                .map(|name| Action::DropType { name, cascade })
                .collect(),
        );
    }
    None
}

fn alter_type(at: &mut Cursor<'_>) -> Option<Action> {
    let name = at.name()?;
    if at.eat("add value") {
        let _ = at.eat("if not exists");
        let value = at.text()?.to_owned();
        return Some(Action::AddEnumValue { name, value });
    }
    if at.eat("rename value") {
        let old = at.text()?.to_owned();
        return Some(Action::RenameEnumValue { name, old });
    }
    Some(Action::Nothing)
}

/// MySQL: `RENAME TABLE a TO b, c TO d`.
fn rename_tables(at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let mut actions = Vec::new();
    loop {
        let table = at.name()?;
        if !at.eat("to") {
            return None;
        }
        let new = at.name()?;
        actions.push(Action::AlterTable {
            table,
            change: Change::Rename { new },
        });
        if !at.eat_token(&Token::Comma) {
            return Some(actions);
        }
    }
}

/// Words of a query that may be names of tables or columns.
pub(super) fn words(tokens: &[Token]) -> Vec<String> {
    let word = |token: &Token| match token {
        Token::Word(word) => Some(folded(word)),
        _ => None,
    };
    tokens.iter().filter_map(word).collect()
}

/// One write of rows, for the reader of queries.
pub(super) fn write(kind: Kind, table: String, columns: Vec<String>, unbounded: bool) -> Action {
    Action::Write(Write {
        table,
        kind,
        columns,
        unbounded,
    })
}
