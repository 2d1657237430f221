//! Long chains and deep nesting: no stack overflows, and what is too much is said.

use std::fmt::Write as _;

use crate::harness::Case;

const LONG: usize = 10_000;

/// A line for each number, which names the next one.
fn chain(count: usize, line: impl Fn(usize, usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "{}", line(number, number + 1));
        text
    })
}

#[track_caller]
fn says(case: &Case, arguments: &str, code: i32, said: &str) {
    let run = case.run(arguments);
    let all = format!("{}{}", run.stdout, run.stderr);
    let shown: String = all.chars().take(2_000).collect();
    assert_eq!(run.code, code, "{shown}");
    assert!(all.contains(said), "{shown}");
}

#[test]
fn a_long_chain_of_calls_is_drawn_and_a_circle_checked() {
    let services = chain(LONG, |own, next| {
        format!("service s{own} {{ image \"a:1\"; memory 64Mi; listen http 80; calls s{next} {{ timeout 1s }} }}")
    });
    let case = Case::spec(&format!(
        "{services}service s{LONG} {{ image \"a:1\"; memory 64Mi; listen http 80 }}\n"
    ));
    says(&case, "graph", 0, "s9999");
    // The same in a circle.
    let circle = services.replace(&format!("calls s{LONG} "), "calls s0 ");
    says(&Case::spec(&circle), "check", 0, "dependency-cycle");
}

#[test]
fn a_long_chain_of_imports_is_read() {
    let case = Case::spec("import \"f1.load\"\n");
    let last = 4_000;
    for file in 1..last {
        case.write(&format!("f{file}.load"), &format!("import \"f{}.load\"\n", file + 1));
    }
    case.write(&format!("f{last}.load"), "service api { image \"a:1\"; memory 64Mi }\n");
    says(&case, "check", 0, "");
    says(&case, "show api", 0, "image");
    case.write(&format!("f{last}.load"), "import \"f1.load\"\n");
    says(&case, "check", 1, "imports itself");
}

#[test]
fn a_long_chain_of_values_is_followed() {
    let lets = chain(LONG, |own, next| format!("let l{own} $l{next}"));
    let case = Case::spec(&format!(
        "{lets}let l{LONG} 512Mi\nservice a {{ image \"a:1\"; memory $l0 }}\n"
    ));
    says(&case, "show a", 0, "512Mi");
    let circle = lets.replace(&format!("$l{LONG}"), "$l0");
    let case = Case::spec(&format!("{circle}service a {{ image \"a:1\"; memory $l0 }}\n"));
    says(&case, "check", 1, "in a circle");
}

#[test]
fn texts_inside_texts_have_an_end() {
    let with = |lets: &str| Case::spec(&format!("{lets}service a {{ image \"${{l0}}:1\"; memory 64Mi }}\n"));
    let deep = chain(LONG, |own, next| format!("let l{own} \"${{l{next}}}\""));
    says(
        &with(&format!("{deep}let l{LONG} \"a\"\n")),
        "check",
        1,
        "more than 64 `let`s",
    );
    says(&with("let l0 \"${l1}\"\nlet l1 \"${l0}\"\n"), "check", 1, "in a circle");
    let doubled = chain(40, |own, next| format!("let l{own} \"${{l{next}}}${{l{next}}}\""));
    says(
        &with(&format!("{doubled}let l40 \"a\"\n")),
        "check",
        1,
        "more than 64Mi",
    );
}

#[test]
fn a_long_chain_of_templates_is_refused() {
    let with = |count| {
        let templates = chain(count, |own, next| format!("template t{own} {{ extends t{next} }}"));
        let last = format!("template t{count} {{ memory 512Mi }}\nservice a {{ extends t0; image \"a:1\" }}\n");
        Case::spec(&format!("{templates}{last}"))
    };
    says(&with(60), "show a", 0, "512Mi");
    says(&with(LONG), "check", 1, "extends more than 64 templates");
}

#[test]
fn deep_sql_is_said_to_be_not_understood() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(LONG), close.repeat(LONG));
    for sql in [
        format!("SELECT {};", deep("(", ")")),
        format!("ALTER TABLE t ADD COLUMN c int DEFAULT {};", deep("(", ")")),
        format!("UPDATE t SET c = {};", deep("CASE WHEN ", " END")),
        format!("UPDATE t SET c = {};", deep("NOT ", "")),
        format!("SELECT {};", deep("ARRAY[", "]")),
        format!("WITH {};", deep("a AS (SELECT ", ")")),
        format!("SELECT {};", vec!["1"; LONG].join(" UNION SELECT ")),
        format!("SELECT {};", vec!["1"; LONG].join(" + ")),
        format!("CREATE TABLE t (c {});", deep("ARRAY<", ">")),
        deep("/*", "*/"),
    ] {
        let run = Case::new().file("1.sql", &sql).run("check --sql .");
        assert!((0..2).contains(&run.code), "{}: {}", run.code, run.stderr);
    }
}
