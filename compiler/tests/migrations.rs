//! The documented story of a moved column, and every way to get it wrong.

use loadline_compiler::migrations::{World, explore_within};
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(String);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        Ok(match path {
            "loadline.load" => self.0.clone(),
            "schema.sql" => "CREATE TABLE users (id bigserial PRIMARY KEY, name text, email text NOT NULL);".to_owned(),
            "add.sql" => "ALTER TABLE users ADD COLUMN full_name text;".to_owned(),
            "fill.sql" => "UPDATE users SET full_name = name WHERE full_name IS NULL;".to_owned(),
            "drop.sql" => "ALTER TABLE users DROP COLUMN name;".to_owned(),
            "add-flag.sql" => "ALTER TABLE users ADD COLUMN flag int NOT NULL DEFAULT 0;".to_owned(),
            "add-note.sql" => "ALTER TABLE users ADD COLUMN note text;".to_owned(),
            "add-rank.sql" => "ALTER TABLE users ADD COLUMN rank int NOT NULL;".to_owned(),
            "strict.sql" => {
                "CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL, email text NOT NULL);".to_owned()
            }
            "add-and-free.sql" => "ALTER TABLE users ADD COLUMN full_name text;\n\
                                   ALTER TABLE users ALTER COLUMN name DROP NOT NULL;"
                .to_owned(),
            "add-and-default.sql" => "ALTER TABLE users ADD COLUMN full_name text;\n\
                                      ALTER TABLE users ALTER COLUMN name SET DEFAULT '';"
                .to_owned(),
            "require.sql" => "ALTER TABLE users ALTER COLUMN full_name SET NOT NULL;".to_owned(),
            "rename.sql" => "ALTER TABLE users RENAME COLUMN name TO full_name;".to_owned(),
            _ => return Err(ReadError::NotFound),
        })
    }
}

/// Findings of the migration family, one a line: severity, rule, message.
fn judge(database: &str, steps: &str) -> String {
    judge_in(None, database, steps)
}

fn judge_in(environment: Option<&str>, database: &str, steps: &str) -> String {
    let spec = format!(
        "database orders-db {{ engine postgres 16; max_connections 100; reserve 10; {database} }}\n\
         service api {{ image \"api:1\"; memory 512Mi }}\n\
         service web {{ image \"web:1\"; memory 512Mi }}\n\
         change full-name {{\n on orders-db\n{steps}\n}}\n"
    );
    let sources = Sources::new();
    let mut files = Files(spec);
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let checked = project.check(environment, &mut files, |_| Date::default());
    let found = checked
        .judged
        .diagnostics
        .iter()
        .filter(|found| found.rule.code / 100 == 4 || found.rule.code < 100)
        // How a statement is run is not the story's business.
        .filter(|found| !matches!(found.rule.name, "no-lock-timeout" | "backfill-unbatched"));
    found
        .map(|found| format!("{} {}: {}\n", found.severity.word(), found.rule.name, found.message))
        .collect()
}

const MOVES: &str = " moves users.name to users.full_name\n from api 2.0 { reads users.name; writes users.name }\n";
const EXPAND: &str = " expand \"add.sql\"\n";
const BOTH: &str = " deploy api 2.1 { reads users.name; writes [users.name, users.full_name] }\n";
const FILL: &str = " backfill \"fill.sql\"\n";
const READ_NEW: &str = " deploy api 2.2 { reads users.full_name; writes [users.name, users.full_name] }\n";
const ONLY_NEW: &str = " deploy api 2.3 { reads users.full_name; writes users.full_name }\n";
const RETIRE: &str = " retire api 2.2\n";
const CONTRACT: &str = " contract \"drop.sql\"\n";

fn story(parts: &[&str]) -> String {
    format!("{MOVES}{}", parts.concat())
}

#[test]
fn the_documented_story_is_good_and_says_which_targets_go() {
    let good = story(&[EXPAND, BOTH, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]);
    let expected = "note rollback-target-lost: from step 4 on `api 2.0` is no longer a rollback target\n\
                    note rollback-target-lost: from step 5 on `api 2.1` is no longer a rollback target\n";
    assert_eq!(judge("", &good), expected);
    // The same with the schema declared.
    assert_eq!(judge("schema \"schema.sql\"", &good), expected);
}

#[test]
fn without_retire_the_drop_is_refused() {
    let found = judge("", &story(&[EXPAND, BOTH, FILL, READ_NEW, ONLY_NEW, CONTRACT]));
    assert!(
        found.contains(
            "error contract-before-last-use: `users.name` is dropped while `api 2.2` can still be rolled back to"
        ),
        "{found}"
    );
}

#[test]
fn contract_before_the_last_deploy_is_refused() {
    let found = judge("", &story(&[EXPAND, BOTH, FILL, READ_NEW, CONTRACT, ONLY_NEW]));
    assert!(
        found.contains("error contract-before-last-use: `users.name` is dropped while `api 2.2` still writes it"),
        "{found}"
    );
}

#[test]
fn going_straight_to_reading_new_is_refused() {
    let found = judge("", &story(&[EXPAND, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]));
    assert!(
        found.contains("error write-skew: `api 2.2` reads `users.full_name` while `api 2.0` does not write it"),
        "{found}"
    );
}

#[test]
fn a_backfill_before_anyone_writes_both_is_refused() {
    let found = judge("", &story(&[EXPAND, FILL, BOTH, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]));
    assert!(
        found.contains("error read-before-complete: `api 2.2` reads `users.full_name`, which old rows do not fill yet"),
        "{found}"
    );
}

#[test]
fn a_deploy_before_the_expand_is_refused() {
    let found = judge("", &story(&[BOTH, EXPAND, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]));
    assert!(
        found.contains("error column-not-there: `api 2.1` writes `users.full_name` before it is added"),
        "{found}"
    );
}

#[test]
fn a_column_that_the_schema_does_not_have_is_refused() {
    let steps = " from api 2.0 { reads users.nickname }\n deploy api 2.1 { reads users.email }\n";
    assert_eq!(judge("", steps), "");
    let found = judge("schema \"schema.sql\"", steps);
    assert_eq!(
        found,
        "error column-not-there: `api 2.0` reads `users.nickname`, which nothing adds\n"
    );
}

#[test]
fn columns_that_may_be_left_out_need_no_backfill() {
    // A default fills old rows and those of old writers; a nullable column that holds nothing else's data may be empty.
    for file in ["add-flag.sql", "add-note.sql"] {
        let column = if file == "add-flag.sql" {
            "users.flag"
        } else {
            "users.note"
        };
        let steps = format!(
            " from api 2.0 {{ reads users.email; writes users.email }}\n expand \"{file}\"\n \
             deploy api 2.1 {{ reads [users.email, {column}]; writes [users.email, {column}] }}\n"
        );
        assert_eq!(judge("schema \"schema.sql\"", &steps), "", "{file}");
    }
    // One that must be filled cannot be added while those live that do not fill it.
    let steps = " from api 2.0 { reads users.email; writes users.email }\n expand \"add-rank.sql\"\n \
                 deploy api 2.1 { reads [users.email, users.rank]; writes [users.email, users.rank] }\n";
    let found = judge("schema \"schema.sql\"", steps);
    let expected = "error not-null-without-default: `api 2.0` inserts rows without `users.rank`, which is NOT NULL and has no \
                    default\n";
    assert_eq!(found, expected);
}

#[test]
fn a_revision_that_stops_writing_a_not_null_column_is_refused() {
    let steps = |expand: &str| story(&[expand, BOTH, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]);
    let schema = "schema \"strict.sql\"";
    let found = judge(schema, &steps(EXPAND));
    let expected = "error not-null-without-default: `api 2.3` inserts rows without `users.name`, which is NOT NULL and has no default\n";
    assert!(found.contains(expected), "{found}");
    assert_eq!(
        found.matches("error").count(),
        1,
        "what follows is not reported again: {found}"
    );
    // Either way out is one, and what nothing declares is not judged.
    for (database, expand) in [
        (schema, " expand \"add-and-free.sql\"\n"),
        (schema, " expand \"add-and-default.sql\"\n"),
        ("", EXPAND),
    ] {
        let found = judge(database, &steps(expand));
        assert!(!found.contains("not-null-without-default"), "{expand}: {found}");
    }
}

#[test]
fn who_never_wrote_a_not_null_column_only_changes_rows() {
    let steps = " from api 2.0 { writes [users.name, users.email] }\n from web 1.0 { writes users.email }\n \
                 deploy web 1.1 { writes users.email }\n deploy api 2.1 { writes [users.name, users.email] }\n";
    assert_eq!(judge("schema \"strict.sql\"", steps), "");
    // One that begins to write it, too.
    let begins = steps.replace(
        "web 1.1 { writes users.email }",
        "web 1.1 { writes [users.email, users.name] }",
    );
    assert_eq!(judge("schema \"strict.sql\"", &begins), "");
}

#[test]
fn a_column_becomes_not_null_when_everyone_writes_it() {
    let require = " expand \"require.sql\"\n";
    let found = judge("", &story(&[EXPAND, BOTH, FILL, READ_NEW, require]));
    assert!(!found.contains("error"), "{found}");
    // 2.0 does not write it, so nobody can go back to it.
    let found = judge("", &story(&[EXPAND, BOTH, FILL, require, READ_NEW]));
    let stranded = "from step 4 on `api` cannot be rolled back: `api 2.0` was the last target";
    assert!(found.contains(stranded), "{found}");
    let early = judge("", &story(&[EXPAND, require, BOTH, FILL, READ_NEW]));
    assert!(
        early.contains("error not-null-without-default: `api 2.0` inserts rows without `users.full_name`"),
        "{early}"
    );
}

#[test]
fn a_rename_in_place_breaks_both_directions() {
    let steps = story(&[" expand \"rename.sql\"\n", ONLY_NEW]);
    let found = judge("", &steps);
    assert!(
        found.contains(
            "error contract-before-last-use: `users.name` is renamed while `api 2.0` still reads and writes it"
        ),
        "{found}"
    );
}

#[test]
fn losing_the_last_target_is_an_error() {
    // Once `web` stops writing the old column, nothing keeps it for an `api` that would come back.
    let steps = " moves users.name to users.full_name\n\
                  from api 2.0 { reads users.name; writes [users.name, users.full_name] }\n\
                  from web 1.0 { writes [users.name, users.full_name] }\n\
                  deploy api 2.1 { reads users.full_name; writes [users.name, users.full_name] }\n\
                  deploy web 1.1 { writes users.full_name }\n";
    let found = judge("", steps);
    let expected =
        "error rollback-target-lost: from step 2 on `api` cannot be rolled back: `api 2.0` was the last target\n";
    assert_eq!(found, expected);
    assert_eq!(
        judge("", &steps.replace("deploy web", "retire api 2.0\ndeploy web")),
        ""
    );
}

#[test]
fn a_running_revision_cannot_be_retired() {
    let steps = " from api 2.0 { reads users.email }\n deploy api 2.1 { reads users.email }\n retire api 2.1\n";
    let found = judge("", steps);
    assert!(
        found.contains("error rollback-target-lost: `api 2.1` is given up while it runs"),
        "{found}"
    );
}

/// Findings for changes that stand beside each other.
fn judge_several(first: &str, second: &str) -> String {
    judge("", &format!("{first}}}\nchange second {{\n on orders-db\n{second}"))
}

#[test]
fn the_second_of_two_changes_begins_behind_what_it_is_from() {
    let good = story(&[EXPAND, BOTH, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]);
    let second = " from api 2.3 { reads users.full_name; writes users.full_name }\n expand \"add-note.sql\"\n \
                  deploy api 2.4 { reads [users.full_name, users.note]; writes [users.full_name, users.note] }\n";
    let found = judge_several(&good, second);
    assert!(!found.contains("error"), "{found}");
    // From a revision that is gone by then, it cannot begin behind the first.
    let too_old = second
        .replace("api 2.3 {", "api 2.0 {")
        .replace("\"add-note.sql\"", "\"add-note.sql\" { after full-name.contract }");
    let found = judge_several(&good, &too_old);
    assert!(
        found.contains("error step-cycle: step 2 of `full-name` waits for itself"),
        "{found}"
    );
}

#[test]
fn what_is_not_ordered_may_come_first() {
    let good = story(&[EXPAND, BOTH, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]);
    let reader = " from web 1.0 { reads users.email }\n deploy web 1.1 { reads users.full_name }\n";
    let found = judge_several(&good, reader);
    assert!(
        found.contains("error column-not-there: `web 1.1` reads `users.full_name` before it is added"),
        "{found}"
    );
    // Behind the last revision that leaves it out, and its way back, it is good.
    let behind = reader.replace("1.1 { ", "1.1 { after full-name.retire; ");
    let found = judge_several(&good, &behind);
    assert!(!found.contains("error"), "{found}");
    let unknown = judge_several(&good, &reader.replace("1.1 { ", "1.1 { after full-name.contarct; "));
    assert!(
        unknown.contains("change `full-name` has no step `contarct`"),
        "{unknown}"
    );
}

#[test]
fn a_version_in_the_middle_must_be_one_of_the_change() {
    let steps = story(&[EXPAND, BOTH, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]);
    let steps = steps.replace("api 2.2", "api 2.4").replace("api 2.3", "api 2.6");
    for (version, said) in [
        ("1.9", false),
        ("2.0", false),
        ("2.1.7", false),
        ("2.3.0", true),
        ("2.5", true),
        ("2.6", false),
        ("3.0", false),
    ] {
        let environment = format!("}}\nenvironment at {{ service api {{ version {version} }} ");
        let found = judge_in(Some("at"), "", &format!("{steps}{environment}"));
        assert_eq!(
            found.contains("warning version-not-in-change"),
            said,
            "{version}: {found}"
        );
    }
}

#[test]
fn too_many_states_are_said() {
    let good = story(&[EXPAND, BOTH, FILL, READ_NEW, ONLY_NEW, RETIRE, CONTRACT]);
    let sources = Sources::new();
    let mut files = Files(format!(
        "database orders-db {{ engine postgres 16; max_connections 100; reserve 10 }}\n\
         service api {{ image \"api:1\"; memory 512Mi }}\nchange full-name {{\n on orders-db\n{good}\n}}\n"
    ));
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let model = project.resolve(None, &mut files).model;
    let world = World::of(&model);
    // Eleven events one behind the other make twelve states.
    let undecided = |limit| explore_within(&world, limit).undecided.len();
    assert_eq!((undecided(100), undecided(5)), (0, 1));
}

#[test]
fn a_step_takes_some_time_and_has_some_rows() {
    for (steps, message) in [
        ("backfill \"fill.sql\" { batch 0 }", "`batch` cannot be 0"),
        ("backfill \"fill.sql\" { batch 5; rows 0 }", "`rows` cannot be 0"),
        (
            "expand \"add.sql\" { timeout 2s; takes 3s }",
            "a statement that takes 3s is ended after 2s",
        ),
        ("expand \"add.sql\" { rows 5 }", "rows"),
        ("expand \"add.sql\" { takes 5 }", "5"),
    ] {
        let found = judge("", &format!("from api 1.0\n{steps}"));
        assert!(found.contains(message), "{steps}: {found}");
    }
    let good = "from api 1.0\nexpand \"add.sql\" { timeout 5s; takes 3s; retries 3; pause 1s }";
    assert_eq!(judge("schema \"schema.sql\"", good), "");
}
