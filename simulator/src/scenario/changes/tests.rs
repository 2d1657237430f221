//! SQL files of a spec, as a run takes them.

use loadline_compiler::facts::postgres_locks::Lock;

use crate::chance::Law;
use crate::engine::{Luck, run};
use crate::outcome::StepEnd;
use crate::scenario::Scenario;
use crate::system::{Script, Touches, Waits, Work};
use crate::testing::model_with;
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

const SCHEMA: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, name text, old text); CREATE TABLE orders (id bigint);";

fn spec(change: &str, events: &str) -> String {
    format!(
        "project p
         cluster c {{ version 1.34 }}
         database db {{ engine postgres 16; max_connections 50; service_time 3ms {{ fixed }}; schema \"schema.sql\" }}
         service api {{
           runs_on c; image \"example.com/api:1\"; version 1.0; memory 256Mi; scale 2
           listen http 3000
           uses db {{ pool 5; hold 5ms; reads users.name; writes orders.id }}
           load {{ cpu 1ms; boot 5s }}
         }}
         change names {{ on db; {change} }}
         scenario s {{ at 0s {{ traffic api 10/s }}; {events} }}"
    )
}

fn scenario(change: &str, sql: &str, events: &str) -> Scenario {
    let files = [
        ("schema.sql", SCHEMA),
        ("a.sql", sql),
        ("drop.sql", "ALTER TABLE users DROP COLUMN old;"),
    ];
    let model = model_with(&spec(change, events), &files);
    Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated")
}

/// The first step.
fn script(step: &str, sql: &str) -> (Scenario, Script) {
    let scenario = scenario(step, sql, "at 10s { migrate names }");
    let Work::Script(script) = scenario.system.changes[0].steps[0].work.clone() else {
        panic!("no script");
    };
    (scenario, script)
}

/// Each transaction as the locks and works of its statements.
fn shown(step: &str, sql: &str) -> String {
    let (scenario, script) = script(step, sql);
    let transactions = script.transactions.iter().map(|transaction| {
        let statements = transaction.statements.iter().map(|statement| {
            let locks = statement
                .locks
                .iter()
                .map(|claim| format!("{} {}", scenario.system.tables[claim.table], claim.lock.name()));
            let work = match &statement.work {
                Law::Zero => String::new(),
                Law::Fixed(span) => format!(" for {} ms", span.micros() / 1_000),
                other => format!(" for {other:?}"),
            };
            let waits = if statement.waits_for == Waits::None {
                ""
            } else {
                ", lets end"
            };
            format!("{}{work}{waits}", locks.collect::<Vec<_>>().join(" + "))
        });
        statements.collect::<Vec<_>>().join("; ")
    });
    transactions.collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_file_is_one_transaction_unless_it_says_otherwise() {
    let step = "expand \"a.sql\" { takes 3s }";
    let two = "ALTER TABLE users ADD COLUMN a text; ALTER TABLE orders ALTER COLUMN id TYPE text;";
    assert_eq!(
        shown(step, two),
        "users ACCESS EXCLUSIVE; orders ACCESS EXCLUSIVE for 3000 ms"
    );
    let apart = "BEGIN; ALTER TABLE users ADD COLUMN a text; COMMIT; ALTER TABLE orders ADD COLUMN b text;";
    assert_eq!(shown(step, apart), "users ACCESS EXCLUSIVE | orders ACCESS EXCLUSIVE");
    let alone = "CREATE INDEX CONCURRENTLY i ON users (name); ALTER TABLE orders ADD COLUMN b text;";
    assert_eq!(
        shown(step, alone),
        "users SHARE UPDATE EXCLUSIVE for 3000 ms, lets end | orders ACCESS EXCLUSIVE"
    );
    // The parts of one statement go through the table once.
    let parts = "ALTER TABLE users ADD CONSTRAINT a CHECK (id > 0), ALTER COLUMN name SET NOT NULL;";
    assert_eq!(shown(step, parts), "users ACCESS EXCLUSIVE for 3000 ms");
    // Nobody waits for a table that is new.
    assert_eq!(shown(step, "CREATE TABLE n (id int); CREATE INDEX ON n (id);"), "; ");
}

#[test]
fn what_is_not_said_is_taken_from_elsewhere_and_said() {
    let (scenario, own) = script(
        "expand \"a.sql\"",
        "SET lock_timeout = '2s'; CREATE INDEX i ON users (name);",
    );
    let statement = &own.transactions[0].statements[0];
    assert_eq!(statement.lock_timeout, Some(Span::from_micros(2_000_000)));
    assert!(
        matches!(&statement.work, Law::Fixed(span) if span.micros() == 3_000),
        "{:?}",
        statement.work
    );
    let said: Vec<&str> = scenario.assumptions.iter().map(|one| one.message.as_str()).collect();
    assert!(
        said.iter().any(|said| said.contains("how long it takes is not known")),
        "{said:?}"
    );
    // Its tables are said, so nothing is assumed of them.
    assert!(
        !said.iter().any(|said| said.contains("may write any table")),
        "{said:?}"
    );
    let Touches::Tables(claims) = &scenario.system.services[0].uses[0].touches else {
        panic!("any table");
    };
    let claims = claims
        .iter()
        .map(|claim| (scenario.system.tables[claim.table].as_str(), claim.lock));
    let expected = [("orders", Lock::RowExclusive), ("users", Lock::AccessShare)];
    assert_eq!(claims.collect::<Vec<_>>(), expected);
}

#[test]
fn a_backfill_has_batches() {
    let sql = "UPDATE users SET name = old WHERE name IS NULL;";
    let (_, own) = script(
        "backfill \"a.sql\" { batch 300; rows 1_000; takes 40ms; pause 100ms }",
        sql,
    );
    assert_eq!(
        (own.batches, own.pause, own.goes_on),
        (4, Span::from_micros(100_000), true)
    );
    assert_eq!(own.again, Span::from_micros(10_000_000));
    let (scenario, own) = script("backfill \"a.sql\" { batch 300; takes 40ms }", sql);
    assert_eq!(own.batches, 1);
    assert!(
        scenario
            .assumptions
            .iter()
            .any(|one| one.message.contains("how many rows it fills"))
    );
}

#[test]
fn a_whole_change_is_one_event() {
    let change = "from api 1.0 { reads users.old }; expand \"a.sql\" as add; deploy api 1.1 { reads users.name }; \
                  retire api 1.0; contract \"drop.sql\" as drop";
    let told = scenario(
        change,
        "ALTER TABLE users ADD COLUMN a text;",
        "at 10s { migrate names { all } }",
    );
    let figures = run(&told.system, &told.plan, LUCK).figures;
    let names: Vec<&str> = figures
        .steps
        .iter()
        .map(|step| told.system.names.steps[step.step].as_str())
        .collect();
    assert_eq!(names, ["names.add", "names.deploy", "names.retire", "names.drop"]);
    assert!(
        figures.steps.iter().all(|step| step.end == StepEnd::Done),
        "{:?}",
        figures.steps
    );
    assert_eq!((figures.clients.failed(), figures.settled), (0, true));
    assert_eq!(figures.steps[3].began, figures.rollouts[0].drained.unwrap());
    // By itself the last step does not wait, and takes away what the first revision reads.
    let early = "at 10s { migrate names.add }; at 20s { migrate names }; at 21s { migrate names.drop }; until 2m";
    let told = scenario(change, "ALTER TABLE users ADD COLUMN a text;", early);
    let figures = run(&told.system, &told.plan, LUCK).figures;
    assert_eq!(figures.steps[2].began, Tick::at(21_000_000));
    assert_ne!(figures.clients.failed(), 0);
}

#[test]
fn what_a_release_migrates_is_not_known() {
    let said = |setting: &str| {
        let text = spec("from api 1.0", "at 10s { rollout api { to 2.0 } }");
        let text = text.replace("service api {", &format!("service api {{ {setting}"));
        let model = model_with(&text, &[("schema.sql", SCHEMA)]);
        let scenario = Scenario::of(&model, &model.scenarios[0]).expect("it can be simulated");
        scenario
            .assumptions
            .iter()
            .any(|one| one.message.contains("does not run its `migrate before`"))
    };
    assert!(said(
        "migrate before { run \"m.js\"; uses db { pool 1 }; lock_timeout 2s; timeout 1m }"
    ));
    assert!(!said(""));
}

#[test]
fn one_revision_in_two_changes_is_one_rollout() {
    let change = "from api 1.0; deploy api 1.1; expand \"a.sql\" }\n\
                  change others { on db; from api 1.0; deploy api 1.1; contract \"drop.sql\"";
    let events = "at 10s { migrate names { all } }; at 12s { migrate others { all } }";
    let told = scenario(change, "ALTER TABLE users ADD COLUMN a text;", events);
    let figures = run(&told.system, &told.plan, LUCK).figures;
    assert_eq!((figures.rollouts.len(), figures.steps.len()), (1, 4));
    assert!(
        figures.steps.iter().all(|step| step.end == StepEnd::Done),
        "{:?}",
        figures.steps
    );
    let drained = figures.rollouts[0].drained.unwrap();
    assert!(figures.steps.iter().all(|step| step.ended >= Some(drained)));
}
