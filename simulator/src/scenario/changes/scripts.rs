//! SQL files: transactions, the locks that their statements need, and how long they take.

use loadline_compiler::facts::postgres_locks::Kind;
use loadline_compiler::model::{SqlStep, ThingId};
use loadline_compiler::sql::{Action, Family, Ran, Role, Script};

use super::super::Reading;
use crate::Span;
use crate::chance::Law;
use crate::system::{self, Claim, Statement, Transaction, Waits, Work};

/// The wait before a further attempt, where the step does not say: what strong_migrations takes
/// (`lock_timeout_retry_delay`, 10 s).
const AGAIN: Span = Span::from_micros(10_000_000);

/// A transaction, its number in the file, and the places of its statements.
type Placed = (Option<usize>, Transaction, Vec<loadline_grammar::Span>);

impl<'m> Reading<'m> {
    pub(super) fn script(&mut self, sql: &'m SqlStep, script: &Script<'m>) -> Work {
        let store = script.store.and_then(|store| self.stores.get(&store).copied());
        let Some(store) = store else { return Work::Nothing };
        let is_backfill = script.role == Role::Backfill;
        let batches = if is_backfill { self.batches(sql) } else { 1 };
        let pause = sql.pause.as_ref().map(|pause| Span::from(pause.value));
        Work::Script(system::Script {
            store,
            transactions: self.transactions(sql, script, store),
            batches,
            pause: pause.unwrap_or(Span::ZERO),
            retries: sql.retries.value,
            // A pause between batches is too short to wait for a connection.
            again: pause.filter(|_| !is_backfill).unwrap_or(AGAIN),
            goes_on: is_backfill,
        })
    }

    fn batches(&mut self, sql: &SqlStep) -> u64 {
        let Some(batch) = sql.batch.as_ref().map(|batch| batch.value.max(1)) else {
            return 1;
        };
        if let Some(rows) = &sql.rows {
            return rows.value.div_ceil(batch).max(1);
        }
        let message = format!(
            "`{}` is one batch: how many rows it fills is not known",
            sql.file.value.0
        );
        self.assume(sql.span, message, "say how many: `{ rows 2_000_000 }`");
        1
    }

    /// The statements of a file by the transactions that they are part of: one for the file, unless it says otherwise or
    /// something in it cannot be in one.
    fn transactions(&mut self, sql: &SqlStep, script: &Script<'_>, store: usize) -> Vec<Transaction> {
        let says = |ran: &Ran<'_>| matches!(ran.action, Action::Begin | Action::End) || ran.weight.alone;
        let is_one = script.server.family == Family::Postgres
            && script.effects.transaction.is_none()
            && !script.ran.iter().any(says);
        let step = sql.lock_timeout.as_ref().map(|timeout| Span::from(timeout.value));
        let mut timeout = step.or_else(|| self.told_outside(script.store));
        let mut all: Vec<Placed> = Vec::new();
        for ran in &script.ran {
            match ran.action {
                Action::Set { name, value, .. } => match name.as_str() {
                    "lock_timeout" => timeout = time(value, 1),
                    "lock_wait_timeout" => timeout = time(value, 1_000),
                    _ => {}
                },
                Action::Begin | Action::End | Action::Nothing => {}
                _ => {
                    let statement = self.statement(sql, script, ran, store, timeout);
                    let number = if is_one { Some(0) } else { ran.transaction };
                    put(&mut all, number, ran.statement.span, statement);
                }
            }
        }
        if script.server.family == Family::Other {
            let message = format!(
                "nobody waits for a lock of `{}`: those of its database are not known",
                script.path
            );
            self.assume(sql.span, message, "known are those of PostgreSQL and MySQL");
        }
        all.into_iter().map(|(_, transaction, _)| transaction).collect()
    }

    fn statement(
        &mut self,
        sql: &SqlStep,
        script: &Script<'_>,
        ran: &Ran<'_>,
        store: usize,
        lock_timeout: Option<Span>,
    ) -> Statement {
        let locks = ran.held().map(|held| Claim {
            table: self.table(store, &held.table),
            lock: held.lock,
        });
        let locks = locks.collect();
        let is_long = match ran.action {
            Action::Write(write) => {
                script.role == Role::Backfill || (write.unbounded && !ran.new.contains(&write.table))
            }
            _ => ran.work().next().is_some(),
        };
        let is_of = |kinds: &[Kind]| ran.weight.kinds.iter().any(|kind| kinds.contains(kind));
        Statement {
            locks,
            lock_timeout,
            timeout: sql.timeout.as_ref().map(|timeout| timeout.value.into()),
            work: if is_long {
                self.work(sql, script, ran, store)
            } else {
                Law::Zero
            },
            waits_for: if is_of(&[Kind::CreateIndexConcurrently, Kind::ReindexConcurrently]) {
                Waits::WritersThenAll
            } else if is_of(&[Kind::DropIndexConcurrently, Kind::DetachPartitionConcurrently]) {
                Waits::Users
            } else {
                Waits::None
            },
        }
    }

    /// How long what depends on the size of a table takes.
    fn work(&mut self, sql: &SqlStep, script: &Script<'_>, ran: &Ran<'_>, store: usize) -> Law {
        if let Some(takes) = &sql.takes {
            let takes = Span::from(takes.value);
            return if takes == Span::ZERO {
                Law::Zero
            } else {
                Law::Fixed(takes)
            };
        }
        let what = if script.role == Role::Backfill && sql.batch.is_some() {
            "a batch of it"
        } else {
            "it"
        };
        let message = format!(
            "`{}` takes as long as any request to its database: how long {what} takes is not known",
            ran.action.shown()
        );
        self.assume(ran.statement.span, message, "say how long at its step: `{ takes 3s }`");
        let store = self.system.stores.get(store);
        store.map_or(Law::Zero, |store| store.service.clone())
    }

    /// What a `migrate` of the database tells every connection.
    fn told_outside(&self, store: Option<ThingId>) -> Option<Span> {
        self.model.workloads.iter().find_map(|workload| {
            let migrate = workload.migrate.as_ref()?;
            let uses = if migrate.uses.is_empty() {
                &workload.uses
            } else {
                &migrate.uses
            };
            let timeout = migrate.lock_timeout.as_ref()?;
            let is_of_store = uses.iter().any(|uses| Some(uses.store.id) == store);
            is_of_store.then(|| timeout.value.into())
        })
    }

    /// The number of a table, the same for all who name it.
    pub(super) fn table(&mut self, store: usize, name: &str) -> usize {
        let tables = &mut self.system.tables;
        *self.tables.entry((store, name.to_owned())).or_insert_with(|| {
            tables.push(name.to_owned());
            tables.len() - 1
        })
    }
}

/// Puts a statement, or a part of the one before it, into its transaction.
fn put(all: &mut Vec<Placed>, number: Option<usize>, here: loadline_grammar::Span, statement: Statement) {
    let goes_on = |(last, _, spans): &&mut Placed| (number.is_some() && *last == number) || spans.last() == Some(&here);
    let Some((_, transaction, spans)) = all.last_mut().filter(goes_on) else {
        let transaction = Transaction {
            statements: vec![statement],
            breaks: Vec::new(),
        };
        all.push((number, transaction, vec![here]));
        return;
    };
    // The parts of one `ALTER TABLE` are done together, in one go.
    match transaction
        .statements
        .last_mut()
        .filter(|_| spans.last() == Some(&here))
    {
        Some(whole) => join(whole, statement),
        None => transaction.statements.push(statement),
    }
    spans.push(here);
}

/// The parts of one statement have the strongest lock of each, and go through the table once.
fn join(whole: &mut Statement, part: Statement) {
    for claim in part.locks {
        match whole.locks.iter_mut().find(|known| known.table == claim.table) {
            Some(known) => known.lock = known.lock.max(claim.lock),
            None => whole.locks.push(claim),
        }
    }
    if matches!(whole.work, Law::Zero) {
        whole.work = part.work;
    }
}

/// `2s`, `500ms`, or a bare number of so many milliseconds; nothing is to wait for ever. Source: PostgreSQL manual, "Setting
/// Parameters", units of time.
fn time(value: &str, bare: u64) -> Option<Span> {
    let value = value.trim();
    let unit = value.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let number: u64 = value.strip_suffix(unit)?.parse().ok()?;
    let micros = match unit.trim() {
        "" => bare * 1_000,
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    Some(Span::from_micros(number.saturating_mul(micros))).filter(|span| *span != Span::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_server_reads_them() {
        let read = |value, bare| time(value, bare).map(Span::micros);
        assert_eq!(read("2s", 1), Some(2_000_000));
        assert_eq!(read("500 ms", 1), Some(500_000));
        assert_eq!(read("1500", 1), Some(1_500_000));
        assert_eq!(read("2", 1_000), Some(2_000_000));
        for never in ["0", "", "default", "0s", "2 fortnights"] {
            assert_eq!(read(never, 1), None, "{never}");
        }
    }
}
