//! Arguments, exit codes, and commands that only print.

use crate::harness::{Case, run_in};

const SPEC: &str = r#"project shop { as_of "2026-11-21" }
cluster prod { version 1.34 }
database orders-db { engine postgres 16; max_connections 300; reserve 30 }
template node-service {
  runtime node 24
  memory  256Mi..512Mi { heap auto }
}
service api {
  extends node-service
  image   "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  scale   3
  listen  http 3000
  env     PORT self.http.port
  uses    orders-db { pool auto }
  load    { rate 50/s; boot 8s; longest 10s }
}
environment staging {
  service api { scale 1 }
}
"#;

#[test]
fn help_teaches() {
    let run = Case::new().run("--help");
    assert_eq!(run.code, 0);
    for word in [
        "check",
        "compile",
        "fmt",
        "show",
        "graph",
        "explain",
        "init",
        "completions",
        "man",
        "Exit codes",
    ] {
        assert!(run.stdout.contains(word), "{word}");
    }
    // Without arguments the help is shown, and it is wrong usage.
    assert_eq!(Case::new().run("").code, 2);
}

#[test]
fn wrong_usage_and_unreadable_input_exit_with_two() {
    let case = Case::new();
    for arguments in [
        "check",
        "check nowhere",
        "frobnicate",
        "check --format yaml",
        "explain no-such-rule",
        "show",
    ] {
        let run = case.run(arguments);
        assert_eq!(run.code, 2, "{arguments}: {}", run.stderr);
        assert!(run.stdout.is_empty(), "{arguments}");
        assert!(!run.stderr.is_empty(), "{arguments}");
    }
    let spec = Case::spec(SPEC);
    for arguments in [
        "check --env stagin",
        "check --set api.scale",
        "check --set apy.scale=3",
        "check --today yesterday",
    ] {
        assert_eq!(spec.run(arguments).code, 2, "{arguments}");
    }
    let bytes = Case::new();
    std::fs::write(bytes.path("loadline.load"), [0x73, 0xFF, 0xFE]).unwrap();
    let run = bytes.run("check");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("not UTF-8 text (first at byte 1)"),
        "{}",
        run.stderr
    );
}

#[test]
fn init_writes_a_project_that_is_silent_and_formatted() {
    let case = Case::new();
    assert_eq!(case.run("init shop").code, 0);
    let run = case.run("check shop");
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.starts_with("nothing found"), "{}", run.stdout);
    assert_eq!(case.run("fmt --check shop").code, 0);
    let again = case.run("init shop");
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("already there, and left as it is"),
        "{}",
        again.stderr
    );
}

#[test]
fn show_prints_values_and_where_they_come_from() {
    let case = Case::spec(SPEC);
    insta::assert_snapshot!(case.run("show api.memory").shown());
    insta::assert_snapshot!(case.run("show api --env staging").shown());
    insta::assert_snapshot!(case.run("show orders-db").shown());
    insta::assert_snapshot!(case.run("show").shown());
    let json = case.run("show api.uses.orders-db.pool --format json").stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["path"], "api.uses.orders-db.pool");
    assert_eq!(rows[0]["origin"], "computed");
}

#[test]
fn show_says_where_a_template_or_environment_comes_in() {
    let case = Case::spec(SPEC);
    let line = |arguments: &str| case.run(arguments).stdout;
    assert!(line("show api.runtime.version").contains("loadline.load:5:16, template node-service"));
    assert!(line("show api.scale.replicas --env staging").contains("loadline.load:18:23, environment staging"));
    assert!(line("show api.scale.replicas --set api.scale=7").contains("7"));
    assert!(case.run("show apy").stderr.contains("did you mean `api`?"));
    assert!(
        case.run("show api.memroy.size")
            .stderr
            .contains("did you mean `api.memory.size`?")
    );
}

#[test]
fn show_follows_names_to_where_an_environment_sets_them_anew() {
    let case = Case::spec(
        r#"project shop { owner "team" }
        let level info
        template base { logs { level info }; env { A $level; B "is-${level}"; C self.logs.level; D "not-\$level" } }
        service api { extends base; image "api:1" }
        environment staging { let level debug; service api { logs { level warn } } }
        "#,
    );
    let line = |name: &str| case.run(&format!("show api.env.{name} --env staging")).stdout;
    let anew = "$level at loadline.load:5:41, environment staging\n";
    for (name, ends) in [
        ("A", anew),
        ("B", anew),
        ("C", "api.logs.level at loadline.load:5:75, environment staging\n"),
        ("D", "template base\n"),
    ] {
        assert!(line(name).ends_with(ends), "{}", line(name));
    }
    assert!(
        case.run("show api.env.A")
            .stdout
            .ends_with("$level at loadline.load:2:19\n")
    );
    // The project's own block needs no mention.
    let project = case.run("show project.owner").stdout;
    assert!(project.ends_with("loadline.load:1:22\n"), "{project}");
}

#[test]
fn show_adds_up_what_stands_between_clients_and_a_database() {
    let case = Case::spec(
        "database db {
           engine postgres 16; max_connections 100; reserve 10
           pooler pgbouncer { mode transaction; size 15; processes 3; pools 2; max_clients 300 }
         }
         service api {
           image \"api@sha256:0\"; memory 512Mi; rollout recreate
           uses db { pool 5 }
           migrate before { run \"m.js\"; uses db { pool 2; from_reserve } }
         }
        ",
    );
    let shown = case.run("show db").stdout;
    let expected = "
connections to the pooler: 5 at full scale; 900 usable
  api: 5 = 1 instance × 5
    1 instance at full scale

connections of the pooler: 90; 90 usable: 100 − 10 reserved
  pgbouncer: 90 = 3 processes × 2 pools × 15

connections of the reserve: 2 at full scale, of 10
  api: 2 of the migration
    1 instance of one run
";
    assert!(shown.ends_with(expected), "{shown}");
}

#[test]
fn a_second_client_of_a_store_is_addressed_by_its_alias() {
    let case = Case::spec(
        "database d { engine postgres 16; max_connections 100; reserve 5 }
         template web { uses d as r { pool 4 } }
         service a { extends web; image \"a:1\"; memory 512Mi; uses d { pool 3 } }
         environment staging { service a { uses d as s { pool 2 } } }",
    );
    let value = |arguments: &str| {
        let run = case.run(arguments);
        assert_eq!(run.code, 0, "{arguments}: {}", run.shown());
        run.stdout.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(value("show a.uses.d.pool"), "3");
    assert_eq!(value("show a.uses.r.pool"), "4");
    assert_eq!(value("show a.uses.r.pool --set a.uses.r.pool=9"), "9");
    assert_eq!(value("show a.uses.d.pool --set a.uses.r.pool=9"), "3");
    assert_eq!(value("show a.uses.s.pool --env staging --set a.uses.s.pool=7"), "7");
}

#[test]
fn what_stands_before_a_block_is_repeated_by_set() {
    let case = Case::spec(
        "service a {
           image \"a:1\"; memory 512Mi
           listen http 3000
           listen http 9000 { name admin }
           config PAGE_SIZE integer { min 5; default 6 }
         }",
    );
    for (path, value) in [
        ("listen.http.max_body", "2Mi"),
        ("listen.admin.max_body", "3Mi"),
        ("config.PAGE_SIZE.min", "4"),
    ] {
        let run = case.run(&format!("show a.{path} --set a.{path}={value}"));
        assert_eq!(run.code, 0, "{path}: {}", run.shown());
        assert_eq!(run.stdout.split_whitespace().nth(1), Some(value));
    }
    let run = case.run("show a.listen.admin.port --set a.listen.admin.max_body=3Mi");
    assert_eq!(run.stdout.split_whitespace().nth(1), Some("9000"), "{}", run.shown());
}

#[test]
fn one_environment_at_a_time_is_shown() {
    let case = Case::spec(SPEC);
    for command in ["show api", "graph"] {
        let run = case.run(&format!("{command} --env staging --env base"));
        assert_eq!(run.code, 2, "{}", run.shown());
        assert!(run.stderr.contains("name one"), "{}", run.stderr);
        assert_eq!(case.run(&format!("{command} --env staging")).code, 0);
    }
}

#[test]
fn graphs_are_drawn() {
    let case = Case::spec(SPEC);
    insta::assert_snapshot!(case.run("graph").shown());
    insta::assert_snapshot!(case.run("graph --format mermaid").shown());
}

#[test]
fn explain_prints_pages_and_lists_rules() {
    let case = Case::new();
    let by_name = case.run("explain pool-overcommit");
    assert_eq!(
        (by_name.code, by_name.stdout.clone()),
        (0, case.run("explain ll201").stdout)
    );
    assert!(by_name.stdout.starts_with("# LL201 pool-overcommit (error)\n"));
    assert!(case.run("explain --list").stdout.contains("LL201 pool-overcommit"));
    assert!(
        case.run("explain pool-overcomit")
            .stderr
            .contains("did you mean `pool-overcommit`?")
    );
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let case = Case::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = case.run(&format!("completions {shell}"));
        assert!(run.code == 0 && run.stdout.contains("loadline"), "{shell}");
    }
    assert!(case.run("man").stdout.contains(".TH loadline"));
    assert!(case.run("man compile").stdout.contains("verify"));
    assert_eq!(case.run("man frobnicate").code, 2);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let case = Case::new();
    let binary = env!("CARGO_BIN_EXE_loadline");
    let script = format!("{binary} explain --list | true; echo ${{PIPESTATUS[0]}}");
    let run = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(case.path("."))
        .output()
        .unwrap();
    let code = String::from_utf8(run.stdout).unwrap();
    // Whether the pipe was closed in time is the system's choice; it never panics.
    assert_eq!(code.trim(), "0", "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn colour_follows_the_flag() {
    let case = Case::spec("service api { memmory 3 }");
    assert!(!case.run("check").stdout.contains('\u{1b}'));
    assert!(case.run("check --color always").stdout.contains('\u{1b}'));
    let with_no_color = run_in(&case.path("."), &["check", "--color", "never"], "");
    assert!(!with_no_color.stdout.contains('\u{1b}'));
}
