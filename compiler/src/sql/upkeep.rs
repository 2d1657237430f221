//! Statements that are about no definition: upkeep, transactions, settings, and what needs no reading.

use sqlparser::tokenizer::Token;

use super::action::Action;
use super::cursor::{Cursor, is_word};
use super::objects::on;
use crate::facts::postgres_locks::{Kind, Lock};

/// Upkeep of tables and indexes.
pub(super) fn maintenance(at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    if at.eat("reindex") {
        let _ = at.parenthesised();
        let is_table = at.sees("table");
        if !(at.eat("index") || at.eat("table")) {
            return Some(vec![Action::Nothing]);
        }
        let concurrently = at.eat("concurrently");
        let name = at.name()?;
        return Some(vec![Action::Reindex {
            name,
            is_table,
            concurrently,
        }]);
    }
    if at.eat("refresh materialized view") {
        let concurrently = at.eat("concurrently");
        let view = at.name()?;
        return Some(vec![Action::RefreshView { view, concurrently }]);
    }
    if at.eat("cluster") {
        return Some(vec![
            at.name().map_or(Action::Nothing, |table| on(Kind::Cluster, table)),
        ]);
    }
    if at.eat("vacuum") {
        let options = at.parenthesised().unwrap_or_default();
        let full = options.iter().any(|token| is_word(token, "full")) || at.eat("full");
        while at.eat("freeze") || at.eat("verbose") || at.eat("analyze") {}
        let kind = if full { Kind::VacuumFull } else { Kind::Vacuum };
        return Some(vec![on(kind, at.name().unwrap_or_default())]);
    }
    if at.eat("analyze") {
        let _ = at.parenthesised();
        let _ = at.eat("verbose") || at.eat("table");
        return Some(vec![
            at.name().map_or(Action::Nothing, |table| on(Kind::Analyze, table)),
        ]);
    }
    if at.eat("truncate") {
        let _ = at.eat("table");
        let _ = at.eat("only");
        let tables = at.names()?;
        let cascade = at.rest().iter().any(|token| is_word(token, "cascade"));
        return Some(vec![Action::Truncate { tables, cascade }]);
    }
    if at.eat("lock") {
        let _ = at.eat("table") || at.eat("tables");
        let _ = at.eat("only");
        let tables = at.names()?;
        let _ = at.eat("in");
        let modes = [
            ("access share", Lock::AccessShare),
            ("row share", Lock::RowShare),
            ("row exclusive", Lock::RowExclusive),
            ("share update exclusive", Lock::ShareUpdateExclusive),
            ("share row exclusive", Lock::ShareRowExclusive),
            ("share", Lock::Share),
            ("exclusive", Lock::Exclusive),
        ];
        let mode = modes.into_iter().find(|(words, _)| at.sees(words));
        let mode = mode.map_or(Lock::AccessExclusive, |(_, mode)| mode);
        return Some(vec![Action::Lock { tables, mode }]);
    }
    if at.eat("comment on table") {
        return Some(vec![on(Kind::Comment, at.name()?)]);
    }
    if at.eat("comment on column") {
        let name = at.name()?;
        let table = name
            .rsplit_once('.')
            .map_or(name.clone(), |(table, _)| table.to_owned());
        return Some(vec![on(Kind::Comment, table)]);
    }
    if (at.sees("grant") || at.sees("revoke")) && !at.rest().iter().any(is_kind_of_object) {
        let table = super::objects::after("on", at);
        return Some(vec![table.map_or(Action::Nothing, |table| on(Kind::Grant, table))]);
    }
    None
}

/// What can be granted on besides tables.
fn is_kind_of_object(token: &Token) -> bool {
    let words = [
        "schema",
        "sequence",
        "sequences",
        "function",
        "functions",
        "database",
        "all",
        "type",
        "language",
    ];
    words.into_iter().any(|word| is_word(token, word))
}

/// Transactions and settings.
pub(super) fn session(at: &mut Cursor<'_>) -> Option<Action> {
    if at.sees("begin") || at.sees("start transaction") {
        return Some(Action::Begin);
    }
    if at.sees("commit")
        || at.sees("end")
        || at.sees("abort")
        || (at.eat("rollback") && !at.rest().iter().any(|token| is_word(token, "to")))
    {
        return Some(Action::End);
    }
    let reset = at.eat("reset");
    if !reset && !at.eat("set") {
        return None;
    }
    let local = at.eat("local");
    let _ = at.eat("session") || at.eat("global");
    let name = if at.eat("time zone") {
        "timezone".to_owned()
    } else {
        at.name()?
    };
    let _ = at.eat("to") || at.eat_token(&Token::Eq);
    let shown = |token: &Token| match token {
        Token::SingleQuotedString(text) => text.clone(),
        other => other.to_string(),
    };
    let value = at.rest().iter().map(shown).collect();
    Some(Action::Set { name, value, local })
}

/// Statements that change no table and take no lock that matters on one. Those that the parser of queries reads are found
/// there; these it does not read.
pub(super) fn harmless(tokens: &[Token]) -> Option<Vec<Action>> {
    let at = Cursor::new(tokens);
    let starts = [
        "do",
        "security label",
        "alter default privileges",
        "create event trigger",
        "alter event trigger",
        "drop event trigger",
        "alter domain",
        "alter extension",
        "create aggregate",
        "create cast",
        "create text search",
        "alter text search",
        "create function",
        "create or replace function",
        "create procedure",
        "create or replace procedure",
        "alter function",
        "alter procedure",
        "alter schema",
        "alter database",
        "alter role",
        "alter system",
        "alter publication",
        "create subscription",
        "alter subscription",
        "create collation",
        "create operator",
        "create language",
        "create or replace language",
        "create foreign",
        "create server",
        "create user mapping",
        "import foreign schema",
        "drop function",
        "drop procedure",
        "drop aggregate",
        "drop cast",
        "drop operator",
        "drop extension",
        "drop sequence",
        "drop schema",
        "drop role",
        "drop publication",
        "drop subscription",
        "drop statistics",
        "create extension",
        "create sequence",
        "create schema",
        "create role",
        "create user",
        "create event",
        "grant",
        "revoke",
        "comment on",
        "notify",
        "listen",
        "discard",
        "checkpoint",
        "prepare",
        "deallocate",
        "call",
        "savepoint",
        "release",
        "rollback",
        "copy",
        "use",
        "flush",
        "unlock tables",
        "show",
        "reassign owned",
        "delimiter",
    ];
    starts
        .into_iter()
        .any(|words| at.sees(words))
        .then(|| vec![Action::Nothing])
}
