//! `ALTER TABLE`, part by part.

use sqlparser::tokenizer::Token;

use super::action::{Action, Change, NewIndex};
use super::columns::{column, is_constraint, table_constraint};
use super::cursor::{Cursor, split_commas};
use super::types::Type;
use crate::facts::postgres_locks::Kind;

/// What follows `ALTER TABLE`; `None` when some part is not understood.
pub(super) fn table(at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let _ = at.eat("if exists");
    let _ = at.eat("only");
    let table = at.name()?;
    at.eat_token(&Token::Mul);
    let mut actions = Vec::new();
    for part in split_commas(at.rest()) {
        let mut at = Cursor::new(part);
        actions.extend(one(&table, &mut at)?);
    }
    (!actions.is_empty()).then_some(actions)
}

fn one(table: &str, at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let alter = |change| {
        Some(vec![Action::AlterTable {
            table: table.to_owned(),
            change,
        }])
    };
    if at.eat("add") {
        return add(table, at);
    }
    if at.eat("drop") {
        return drop(table, at);
    }
    if at.eat("rename") {
        if at.eat("constraint") || at.eat("index") || at.eat("key") {
            let old = at.ident()?;
            at.eat("to");
            let new = at.ident()?;
            return alter(Change::RenameConstraint { old, new });
        }
        if at.eat("to") || at.eat("as") {
            let new = at.name()?;
            return alter(Change::Rename { new });
        }
        let _ = at.eat("column");
        let old = at.ident()?;
        if !at.eat("to") {
            return None;
        }
        let new = at.ident()?;
        return alter(Change::RenameColumn { old, new });
    }
    if at.eat("modify") {
        let _ = at.eat("column");
        let column = column(at)?;
        let old = column.name.clone();
        return alter(Change::Redefine { old, column });
    }
    if at.eat("change") {
        let _ = at.eat("column");
        let old = at.ident()?;
        let column = column(at)?;
        return alter(Change::Redefine { old, column });
    }
    if at.eat("validate constraint") {
        let name = at.ident()?;
        return alter(Change::ValidateConstraint { name });
    }
    if at.eat("attach partition") {
        let partition = at.name()?;
        return alter(Change::AttachPartition { partition });
    }
    if at.eat("detach partition") {
        let partition = at.name()?;
        let concurrently = at.eat("concurrently") || at.eat("finalize");
        return alter(Change::DetachPartition {
            partition,
            concurrently,
        });
    }
    if at.sees("alter constraint") {
        return alter(Change::Plain(Kind::AlterConstraint));
    }
    if at.sees("alter index") || at.sees("alter check") {
        return alter(Change::Plain(Kind::OtherAlterTable));
    }
    if at.eat("alter") {
        let _ = at.eat("column");
        let column = at.ident()?;
        return alter(alter_column(column, at)?);
    }
    if at.eat("algorithm") || at.eat("lock") {
        at.eat_token(&Token::Eq);
        let online = at.sees("inplace") || at.sees("instant") || at.sees("none");
        return alter(if online {
            Change::OnlyOnline
        } else {
            Change::Plain(Kind::Nothing)
        });
    }
    if at.sees("convert to") {
        return alter(Change::ConvertCharacterSet);
    }
    alter(Change::Plain(plain(at)?))
}

/// What tables do besides columns and constraints. Source of the locks: the manual of `ALTER TABLE`, and measured.
fn plain(at: &mut Cursor<'_>) -> Option<Kind> {
    let known = [
        ("owner to", Kind::Owner),
        ("set schema", Kind::SetSchema),
        ("set tablespace", Kind::SetTablespace),
        ("set logged", Kind::SetLogged),
        ("set unlogged", Kind::SetLogged),
        ("set access method", Kind::SetLogged),
        ("set without cluster", Kind::Analyze),
        ("cluster on", Kind::Analyze),
        ("replica identity", Kind::ReplicaIdentity),
        ("enable row level security", Kind::RowSecurity),
        ("force row level security", Kind::RowSecurity),
        ("disable row level security", Kind::Policy),
        ("no force row level security", Kind::Policy),
        ("enable trigger", Kind::SwitchTrigger),
        ("disable trigger", Kind::SwitchTrigger),
        ("enable replica trigger", Kind::SwitchTrigger),
        ("enable always trigger", Kind::SwitchTrigger),
        ("enable rule", Kind::Rule),
        ("disable rule", Kind::Rule),
        ("enable replica rule", Kind::Rule),
        ("enable always rule", Kind::Rule),
        ("inherit", Kind::OtherAlterTable),
        ("no inherit", Kind::OtherAlterTable),
        ("of", Kind::OtherAlterTable),
        ("not of", Kind::OtherAlterTable),
        ("set", Kind::SetParameters),
        ("reset", Kind::SetParameters),
        // MySQL: how the rest is done, and options of the table.
        ("engine", Kind::OtherAlterTable),
        ("comment", Kind::Nothing),
        ("auto_increment", Kind::Nothing),
        ("default character set", Kind::OtherAlterTable),
        ("row_format", Kind::OtherAlterTable),
    ];
    known
        .into_iter()
        .find(|(words, _)| at.sees(words))
        .map(|(_, kind)| kind)
}

fn add(table: &str, at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let alter = |change| Action::AlterTable {
        table: table.to_owned(),
        change,
    };
    if is_constraint(at) {
        return Some(vec![alter(Change::AddConstraint(table_constraint(at)?))]);
    }
    // MySQL: an index is a part of ALTER TABLE.
    for words in [
        "index",
        "key",
        "fulltext index",
        "fulltext key",
        "fulltext",
        "spatial index",
    ] {
        let mut ahead = *at;
        if ahead.eat(words) {
            let name = if ahead.peek() == Some(&Token::LParen) {
                None
            } else {
                ahead.ident()
            };
            if ahead.eat("using") {
                ahead.ident()?;
            }
            if ahead.peek() == Some(&Token::LParen) {
                return Some(vec![Action::CreateIndex(NewIndex {
                    name,
                    table: table.to_owned(),
                    unique: false,
                    concurrently: false,
                    if_not_exists: false,
                    only: false,
                    columns: Vec::new(),
                })]);
            }
        }
    }
    let _ = at.eat("column");
    let _ = at.eat("if not exists");
    // MySQL: several columns in parentheses.
    if at.peek() == Some(&Token::LParen) {
        let inside = at.parenthesised()?;
        let columns = split_commas(inside)
            .into_iter()
            .map(|part| column(&mut Cursor::new(part)));
        return columns.map(|spec| Some(alter(Change::AddColumn(spec?)))).collect();
    }
    Some(vec![alter(Change::AddColumn(column(at)?))])
}

fn drop(table: &str, at: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let alter = |change| {
        Some(vec![Action::AlterTable {
            table: table.to_owned(),
            change,
        }])
    };
    if at.eat("constraint") || at.eat("foreign key") || at.eat("check") {
        let _ = at.eat("if exists");
        let name = at.ident()?;
        return alter(Change::DropConstraint { name });
    }
    if at.eat("primary key") {
        let name = format!("{table}_pkey");
        return alter(Change::DropConstraint { name });
    }
    let mut ahead = *at;
    if (ahead.eat("index") || ahead.eat("key"))
        && let Some(index) = ahead.ident()
    {
        return Some(vec![Action::DropIndex {
            index,
            table: Some(table.to_owned()),
            concurrently: false,
        }]);
    }
    let _ = at.eat("column");
    let _ = at.eat("if exists");
    let column = at.ident()?;
    let _ = at.eat("cascade") || at.eat("restrict");
    if !at.at_end() {
        return None;
    }
    alter(Change::DropColumn { column })
}

fn alter_column(column: String, at: &mut Cursor<'_>) -> Option<Change> {
    Some(if at.eat("set not null") {
        Change::SetNotNull { column }
    } else if at.eat("drop not null") {
        Change::DropNotNull { column }
    } else if at.eat("set default") {
        if at.at_end() {
            return None;
        }
        Change::SetDefault { column }
    } else if at.eat("drop default") {
        Change::DropDefault { column }
    } else if at.eat("type") || at.eat("set data type") {
        let to = Type::read(at)?;
        if at.eat("collate") {
            at.name()?;
        }
        let converted = at.eat("using") && !converts_to_itself(&column, &to, at);
        Change::SetType { column, to, converted }
    } else if at.eat("add generated") {
        Change::AddIdentity { column }
    } else if at.eat("drop identity") || at.eat("drop expression") {
        Change::DropDefault { column }
    } else if at.sees("set statistics") || at.sees("set (") || at.sees("reset") {
        Change::Plain(Kind::SetStatistics)
    } else if at.sees("set storage") || at.sees("set compression") {
        Change::Plain(Kind::SetStorage)
    } else if at.eat("set") && at.peek() == Some(&Token::LParen) {
        Change::Plain(Kind::SetStatistics)
    } else if at.sees("generated") || at.sees("expression") || at.sees("increment") || at.sees("start") {
        Change::Plain(Kind::OtherAlterTable)
    } else {
        return None;
    })
}

/// `USING column`, or `USING column::type`: what happens without it, too.
fn converts_to_itself(column: &str, to: &Type, at: &mut Cursor<'_>) -> bool {
    let mut rest = at.rest();
    while let [Token::LParen, inside @ .., Token::RParen] = rest {
        rest = inside;
    }
    let mut at = Cursor::new(rest);
    let same = at.ident().is_some_and(|name| name == column);
    let cast = !at.eat_token(&Token::DoubleColon) || Type::read(&mut at).is_some_and(|kind| kind == *to);
    same && cast && at.at_end()
}
