//! The table of facts agrees with every measured row.

use std::collections::BTreeMap;

use loadline_compiler::facts::postgres_locks::{Lock, Work};
use loadline_compiler::sql::{self, Schema, Server, Wrap};
use loadline_compiler::values::Version;

const MEASURED: &str = include_str!("data/postgres_locks.tsv");
const SCHEMA: &str = include_str!("data/postgres_locks_schema.sql");

/// Rows whose error is about the rows or names of the measured database, not about the kind of statement.
const OF_THE_DATA: &[&str] = &[
    "schema \"pg_temp_dummy\" does not exist",
    "new row for relation",
    "foreign key constraint \"t_ref_fk_nv\" cannot be implemented",
    "function gen_random_uuid() does not exist",
    "cannot create index on partitioned table",
    "syntax error at or near \"DEFAULT\"",
];

/// What a row says, or what the facts say of its statement.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    locks: BTreeMap<String, Lock>,
    rewritten: Vec<String>,
    scanned: bool,
    keys_checked: bool,
    index_built: bool,
    refused: bool,
}

fn lock(short: &str) -> Lock {
    match short {
        "AS" => Lock::AccessShare,
        "RS" => Lock::RowShare,
        "RE" => Lock::RowExclusive,
        "SUE" => Lock::ShareUpdateExclusive,
        "S" => Lock::Share,
        "SRE" => Lock::ShareRowExclusive,
        "E" => Lock::Exclusive,
        "AE" => Lock::AccessExclusive,
        other => panic!("{other}"),
    }
}

/// Indexes and sequences are locked with their tables.
fn is_table(name: &str) -> bool {
    matches!(
        name,
        "t" | "t2" | "ref" | "p" | "p1" | "p2" | "p3" | "p9" | "pd" | "nt" | "tt" | "v" | "mv"
    )
}

fn measured(fields: &[&str]) -> Seen {
    let mut seen = Seen::default();
    for held in fields[3].split_whitespace() {
        let (name, short) = held.split_once(':').unwrap();
        if is_table(name) {
            seen.locks.insert(name.to_owned(), lock(short));
        }
    }
    seen.rewritten = fields[5]
        .split_whitespace()
        .filter(|name| is_table(name))
        .map(str::to_owned)
        .collect();
    seen.scanned = fields[4].contains("verifying table");
    seen.keys_checked = fields[4].contains("validating foreign key");
    seen.index_built = fields[4].contains("building index") && seen.rewritten.is_empty();
    seen.refused = !fields[6].is_empty();
    seen
}

fn predicted(statement: &str, major: &str) -> Seen {
    let mut schema = Schema::default();
    let server = Server::of("postgres", Some(&Version(major.to_owned())));
    let read = sql::read(SCHEMA, 0, "postgres");
    assert!(read.not_understood.is_empty(), "{:?}", read.not_understood);
    sql::run(&read.script, &mut schema, server, Wrap::Unknown);
    let text = format!("BEGIN; {statement}");
    let read = sql::read(&text, 0, "postgres");
    assert!(read.not_understood.is_empty(), "{statement}: {:?}", read.not_understood);
    let ran = sql::run(&read.script, &mut schema, server, Wrap::Unknown);
    let last = ran.last().and_then(|ran| ran.transaction);
    let mut seen = Seen::default();
    for one in &ran {
        seen.refused |=
            one.weight.refused.is_some() || one.weight.used_by_view || (one.weight.alone && one.transaction.is_some());
        seen.refused |= one.statement.texts.iter().any(|text| one.new_values.contains(text));
        // Locks of a transaction that has ended are gone.
        if one.transaction != last {
            continue;
        }
        for held in &one.weight.held {
            let known = seen.locks.entry(held.table.clone()).or_insert(held.lock);
            *known = held.lock.max(*known);
        }
        for (work, table) in &one.weight.work {
            match work {
                Work::Rewrite => seen.rewritten.push(table.clone()),
                Work::Scan => seen.scanned = true,
                Work::CheckReferences => seen.keys_checked = true,
                Work::BuildIndex => seen.index_built = true,
            }
        }
    }
    seen
}

#[test]
fn every_measured_row_agrees() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in MEASURED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let (first, last) = fields[1].split_once('-').unwrap_or((fields[1], fields[1]));
        for major in first.parse::<u64>().unwrap()..=last.parse().unwrap() {
            rows += 1;
            let (mut seen, mut said) = (measured(&fields), predicted(fields[2], &major.to_string()));
            if OF_THE_DATA.iter().any(|error| fields[6].contains(error)) {
                continue;
            }
            if seen.refused || said.refused {
                // What would be locked before it is refused is of no interest.
                (seen, said) = (
                    Seen {
                        refused: seen.refused,
                        ..Seen::default()
                    },
                    Seen {
                        refused: said.refused,
                        ..Seen::default()
                    },
                );
            }
            adjust(fields[0], &mut seen, &mut said);
            if seen != said {
                wrong.push(format!(
                    "{} on {major}: {}\n  measured {seen:?}\n  facts    {said:?}",
                    fields[0], fields[2]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(1_000 < rows, "{rows}");
}

/// What the measurement could not see, or saw by another name.
fn adjust(what: &str, seen: &mut Seen, said: &mut Seen) {
    // What was dropped is no longer in pg_locks, and a renamed table is there by its new name.
    if what.starts_with("drop table") || what == "drop view" || what.starts_with("set schema") || what == "rename table"
    {
        said.locks.retain(|name, _| seen.locks.contains_key(name));
        seen.locks.retain(|name, _| name != "tt");
    }
    // A new empty file is no copy, and an index of an empty table no work.
    if what.starts_with("truncate") || what == "create table with FK" {
        seen.rewritten.clear();
        seen.index_built = false;
    }
    // The scan of VALIDATE for NOT NULL writes no message; that it is one was measured by its time.
    if what == "validate not null (18+)" || what.starts_with("set not null after") {
        said.scanned = false;
    }
}
