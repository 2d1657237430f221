//! What a finding advises fits the case, not only the rule.

use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;

struct Files(String);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        Ok(match path {
            "loadline.load" => self.0.clone(),
            "add.sql" => "ALTER TABLE users ADD COLUMN full_name text;".to_owned(),
            "rename.sql" => "ALTER TABLE users RENAME COLUMN name TO full_name;".to_owned(),
            _ => return Err(ReadError::NotFound),
        })
    }
}

/// The help of each finding of a rule.
fn advice(rule: &str, spec: &str) -> Vec<String> {
    let sources = Sources::new();
    let mut files = Files(spec.to_owned());
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let found = project.check(None, &mut files, |_| Date::default()).judged.diagnostics;
    let own = found.into_iter().filter(|found| found.rule.name == rule);
    own.filter_map(|found| found.help).collect()
}

#[test]
fn what_a_new_user_writes() {
    let header = "template base { }\nservice api extends base { image \"api:1\" }\n";
    assert_eq!(
        advice("syntax-error", header),
        ["`extends` is a setting: write it inside the braces, `{ extends … }`"]
    );
    let list = "service web { image \"web:1\" }\nservice api { image \"api:1\"; calls [web, web] }\n";
    assert!(advice("wrong-unit", list)[0].contains("each has a line of its own"));
    let upstream = advice("missing-setting", "service api { version 2.2.0 }\n");
    assert!(upstream[0].starts_with("write `image "), "{upstream:?}");
}

fn story(steps: &str) -> String {
    format!(
        "database db {{ engine postgres 16; max_connections 100; reserve 10 }}\n\
         service api {{ image \"api:1\"; memory 512Mi }}\n\
         change full-name {{\n on db\n moves users.name to users.full_name\n{steps}\n}}\n"
    )
}

#[test]
fn a_word_where_a_string_belongs_lacks_its_quotes() {
    let gateway = |value: &str| {
        let spec = format!("gateway edge {{ domain \"a.example\"; headers {{ \"X-Frame-Options\" {value} }} }}");
        advice("wrong-unit", &spec)
    };
    assert_eq!(gateway("DENY"), ["write `\"DENY\"`"]);
    assert_eq!(gateway("31536000"), ["write `\"31536000\"`"]);
    // It may be meant as a reference.
    assert_eq!(gateway("api.http"), ["write for example `\"text\"`"]);
}

#[test]
fn a_setting_of_an_inner_block_says_where_it_stands() {
    let spec = |line: &str| format!("service api {{ image \"api:1\"; {line} }}\n");
    assert_eq!(
        advice("unknown-setting", &spec("ready \"/readyz\"")),
        ["it stands one block deeper: `health { ready … }`"]
    );
    assert_eq!(
        advice("unknown-reference", &spec("env GREETING \"$${user}\"")),
        ["declare it on the top level: `let user VALUE`; `\\$` is a plain dollar"]
    );
    assert_eq!(
        advice("duplicate-setting", &spec("listen http 80; listen http 81")),
        ["remove one of them, or tell them apart: `listen … { name NAME }`"]
    );
    assert_eq!(
        advice("duplicate-setting", &spec("scale 1; scale 2")),
        ["remove one of them"]
    );
}

#[test]
fn what_is_built_needs_a_runtime() {
    assert_eq!(
        advice("missing-setting", "service api { run \"node dist/server.mjs\" }\n"),
        ["write `runtime node 24`"]
    );
    assert_eq!(advice("missing-setting", "service api { run \"./api\" }\n"), [""; 0]);
}

#[test]
fn more_instances_of_a_host_share_its_cores() {
    let of = |place: &str| {
        let service = "service api { image \"api:1\"; run \"s.js\"; cpu 2; processes 4; memory 1Gi }";
        advice("processes-exceed-cores", &format!("{place}\n{service}"))
    };
    assert_eq!(of("cluster prod {}"), ["`processes 2`, and more replicas"]);
    assert_eq!(
        of("host web { cpu 2 }"),
        ["`processes 2`, or a machine with more cores"]
    );
}

#[test]
fn processes_that_wait_may_be_more_than_the_cores() {
    let of = |runtime: &str, count: u64| {
        let service = format!("run \"s\"; runtime {runtime}; cpu 2; processes {count}; memory 8Gi {{ heap 128Mi }}");
        advice(
            "processes-exceed-cores",
            &format!("cluster prod {{}}\nservice api {{ image \"api:1\"; {service} }}"),
        )
    };
    assert_eq!(of("node 24", 3), ["`processes 2`, and more replicas"]);
    assert!(of("node 24", 2).is_empty());
    assert!(of("python 3.13", 5).is_empty());
    assert_eq!(of("python 3.13", 6), ["`processes 5`, and more replicas"]);
    assert!(of("binary", 50).is_empty());
}

#[test]
fn a_rename_is_called_one() {
    let steps = " from api 2.0 { reads users.name }\n expand \"rename.sql\"";
    let [help] = <[String; 1]>::try_from(advice("contract-before-last-use", &story(steps))).unwrap();
    assert!(help.starts_with("add the new column beside it"), "{help}");
}

#[test]
fn who_reads_the_old_column_is_told_otherwise_than_who_reads_the_new_one() {
    let new = " from api 2.0 { reads users.name; writes users.name }\n expand \"add.sql\"\n \
               deploy api 2.1 { reads users.full_name; writes [users.name, users.full_name] }";
    let [help] = <[String; 1]>::try_from(advice("write-skew", &story(new))).unwrap();
    assert!(help.contains("does not read it yet, then backfill"), "{help}");
    let old = " from api 2.0 { reads users.name; writes users.name }\n expand \"add.sql\"\n \
               deploy api 2.1 { writes users.full_name }";
    let [help] = <[String; 1]>::try_from(advice("write-skew", &story(old))).unwrap();
    assert_eq!(
        help,
        "write `users.name` until no live revision reads it, and stop in a later revision"
    );
}

/// Findings by code and the text they point to.
fn found(spec: &str) -> Vec<String> {
    let sources = Sources::new();
    let mut files = Files(spec.to_owned());
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let judged = project.check(None, &mut files, |_| Date::default()).judged;
    let at = |found: &loadline_compiler::diagnostic::Diagnostic| sources.slice(found.span()).to_owned();
    let shown = judged
        .diagnostics
        .iter()
        .map(|one| format!("{} {}", one.rule.name, at(one)));
    shown.collect()
}

#[test]
fn a_name_whose_block_does_not_read_is_declared_all_the_same() {
    let with = |header: &str| {
        let service =
            "uses orders-db { pool 1 }; env HOST orders-db.host; health { ready \"/r\" { checks [orders-db] } }";
        found(&format!(
            "{header} {{ engine postgres 16 }}\nservice api {{ image \"api:1\"; {service} }}\n"
        ))
    };
    assert_eq!(with("database orders-db!"), ["syntax-error !"]);
    assert_eq!(with("database orders-db ="), ["syntax-error ="]);
    assert_eq!(with("databse orders-db"), ["unknown-block databse"]);
    // Another name is another mistake.
    let other = with("database orders!");
    assert_eq!(
        other
            .iter()
            .filter(|line| line.starts_with("unknown-reference"))
            .count(),
        3,
        "{other:?}"
    );
}

#[test]
fn a_reference_without_value_says_what_there_is() {
    let spec = |env: &str| {
        let api = "service api { image \"api:1\"; memory 512Mi; listen grpc 7070 }";
        format!("cache redis {{ engine redis 7.2 }}\n{api}\nservice web {{ image \"web:1\"; memory 512Mi; {env} }}\n")
    };
    let said = |env: &str| advice("unknown-reference", &spec(env)).join("\n");
    assert!(said("env A api.grpc.address").starts_with("there is `api.grpc.host`, `api.grpc.port`"));
    assert!(said("env A redis.address").starts_with("there is `redis.host`"));
    // Nothing listens here.
    let own = said("env A self.address");
    assert!(
        own.starts_with("there is each value that `loadline show web` prints"),
        "{own}"
    );
}
