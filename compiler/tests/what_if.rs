//! What-ifs from a command line: what they are written as, and where their problems point.

use loadline_compiler::project;
use loadline_compiler::source::Sources;
use loadline_compiler::values::Date;
use loadline_compiler::what_if::{Ask, Word, ask};
use proptest::prelude::*;

use crate::harness::Files;

const SYSTEM: &str = r#"
cluster prod { nodes 3; cpu 4; memory 16Gi }
database orders-db { engine postgres 16; max_connections 100; reserve 3 }
queue mail { engine rabbitmq 4.1; max_depth 50_000 }
service api { image "a:1"; memory 512Mi; listen http 3000; uses orders-db { pool 5 }; publishes mail; load { longest 5s } }
worker mailer { image "a:1"; memory 512Mi; consumes mail }
scenario what-if { at 0s { traffic api 5/s }; expect live api <= 9 }
"#;

/// The block, or the problems, of some words in a project.
fn asked_of(system: &str, words: &[(Word, &str)]) -> Result<(String, String), String> {
    let sources = Sources::new();
    let mut files = Files::of(&[("loadline.load", system), ("day.txt", "10/s\n20/s\n")]);
    let mut project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let words = words.iter().map(|(word, text)| (*word, (*text).to_owned())).collect();
    let show = |problems: Vec<loadline_compiler::what_if::Problem>| {
        problems
            .iter()
            .map(|problem| format!("{problem}\n"))
            .collect::<String>()
    };
    let asked = ask(&mut project, &Ask { words }).map_err(show)?;
    let today = Date::parse("2026-11-21").unwrap();
    let checked = project.check(None, &mut files, |_| today);
    assert!(
        checked
            .model
            .scenarios
            .iter()
            .any(|scenario| scenario.name.value.0 == asked.scenario)
    );
    let found = checked
        .judged
        .diagnostics
        .iter()
        .filter_map(|found| asked.problem(found))
        .collect();
    Ok((asked.text, show(found)))
}

/// The lines of a block that mean what they say.
#[track_caller]
fn lines(words: &[(Word, &str)]) -> String {
    let (text, problems) = asked_of(SYSTEM, words).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(problems, "", "{text}");
    let inner = text
        .strip_prefix("scenario what-if-2 {\n")
        .and_then(|text| text.strip_suffix("}\n"));
    inner
        .unwrap_or_else(|| panic!("{text}"))
        .lines()
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

#[track_caller]
fn problem(word: Word, text: &str) -> String {
    match asked_of(SYSTEM, &[(Word::Traffic, "api=5/s"), (word, text)]) {
        Ok((_, problems)) => problems,
        Err(problems) => problems,
    }
}

#[test]
fn every_word_becomes_a_line_of_a_scenario() {
    let words = [
        (Word::Traffic, "api=800/s"),
        (Word::Traffic, "2_000/s@60s+20s:ramp=5s,timeout=1s"),
        (Word::Traffic, "mail:burst=500"),
        (Word::Traffic, "api@2m:series=day.txt,every=1m"),
        (Word::Rollout, "api"),
        (Word::Rollout, "api@30s:to=2.2,errors=5%,slower=50%,boot=20s..40s"),
        (Word::Rollout, "mailer@1m30s:boot=never"),
        (Word::Rollback, "api@5m"),
        (Word::Fail, "orders-db@60s+20s"),
        (Word::Fail, "orders-db+20s:share=50%"),
        (Word::Slow, "orders-db@60s+20s:by=300%"),
        (Word::Stall, "api@60s+10s"),
        (Word::Partition, "api,orders-db@60s+20s"),
        (Word::Kill, "api@60s:count=2"),
        (Word::Drain, "prod@90s:node=2"),
        (Word::Scale, "api=12@60s"),
        (Word::Leak, "api@30s:memory=1Mi"),
        (Word::Expect, "availability api >= 99.5% in 99%"),
        (Word::Expect, "p95 api < 300ms"),
        (Word::Runs, "200"),
        (Word::Seed, "7"),
        (Word::Until, "10m"),
    ];
    let wanted = "\
at 0s { traffic api 800/s }
at 60s { traffic api 2_000/s { for 20s; ramp 5s; timeout 1s } }
at 0s { traffic mail { burst 500 } }
at 2m { traffic api { series \"day.txt\"; every 1m } }
at 30s { rollout api }
at 30s { rollout api { to 2.2; errors 5%; slower 50%; boot 20s..40s } }
at 1m30s { rollout mailer { boot never } }
at 5m { rollback api }
at 60s { fail orders-db { for 20s } }
at 30s { fail orders-db { for 20s; share 50% } }
at 60s { slow orders-db { for 20s; by 300% } }
at 60s { stall api { for 10s } }
at 60s { partition api orders-db { for 20s } }
at 60s { kill api { count 2 } }
at 90s { drain_node prod { node 2 } }
at 60s { scale api 12 }
at 30s { leak api { memory 1Mi } }
expect availability api >= 99.5% in 99%
expect p95 api < 300ms
runs 200
seed 7
until 10m
";
    assert_eq!(lines(&words), wanted);
}

/// The help shows them.
#[test]
fn every_example_reads() {
    let system = format!("{SYSTEM}\nchange full-name {{ on orders-db; expand \"1.sql\" }}");
    for word in Word::ALL {
        let argument = word
            .example()
            .strip_prefix(word.option())
            .unwrap()
            .trim()
            .trim_matches('\'');
        assert!(asked_of(&system, &[(*word, argument)]).is_ok(), "{}", word.example());
    }
}

#[test]
fn what_means_nothing_points_into_the_argument() {
    let found = problem(Word::Fail, "orders-bd@60s+20s");
    let wanted = "\
there is no service, worker, site, gateway or store `orders-bd`
  --fail orders-bd@60s+20s
         ^^^^^^^^^ not declared
  help: did you mean `orders-db`?
";
    assert_eq!(found, wanted);
    let marked = [
        (
            Word::Fail,
            "orders-db@60+20s",
            "60",
            "a duration needs a unit, and `60` has none",
        ),
        (
            Word::Fail,
            "orders-db@60s+20x",
            "20x",
            "expected a duration, found `20x`",
        ),
        (
            Word::Rollout,
            "api:errors=5",
            "5",
            "a ratio is written in percent, and `5` has no `%`",
        ),
        (
            Word::Rollout,
            "api:erors=5%",
            "erors",
            "unknown setting `erors` in `rollout`",
        ),
        (Word::Slow, "api@60s", "api@60s", "`slow api` does not say how slow"),
        (Word::Drain, "prod:node=4", "4", "`prod` has no node 4: it has 3 nodes"),
        (Word::Scale, "api=2.5", "2.5", "expected a whole number, found `2.5`"),
        (
            Word::Expect,
            "availability api >= 0.995",
            "0.995",
            "`availability` is a ratio, not a number",
        ),
        (
            Word::Expect,
            "conections orders-db <= 9",
            "conections",
            "`conections` is not a metric",
        ),
        (
            Word::Rollback,
            "api@5m",
            "api",
            "`api` cannot go back: no rollout of it comes before",
        ),
        (
            Word::Traffic,
            "api@60s:series=nigth.txt",
            "nigth.txt",
            "there is no file `nigth.txt`",
        ),
        (Word::Until, "10", "10", "a duration needs a unit, and `10` has none"),
        (Word::Runs, "0", "0", "`runs` cannot be 0"),
    ];
    for (word, text, part, message) in marked {
        let found = problem(word, text);
        assert!(found.starts_with(message), "{text}: {found}");
        let lines: Vec<&str> = found.lines().collect();
        let under = lines[2].find('^').unwrap();
        let marked: String = lines[1]
            .chars()
            .skip(under)
            .take(lines[2].matches('^').count())
            .collect();
        assert_eq!(marked, part, "{found}");
    }
}

#[test]
fn what_cannot_be_taken_apart_says_how_it_is_written() {
    let wrong = [
        (Word::Fail, "", "`--fail` needs THING[@AT][+FOR]"),
        (Word::Fail, "@60s", "`--fail` needs THING"),
        (Word::Fail, "orders-db@", "a time follows `@`, as in `@60s`"),
        (Word::Fail, "orders-db+", "a time follows `+`, as in `+20s`"),
        (
            Word::Kill,
            "api@60s+20s",
            "`--kill` happens at once, and lasts for no time",
        ),
        (Word::Scale, "api", "`--scale` needs a thing and a number"),
        (Word::Partition, "api", "two things are parted, with a comma between"),
        (Word::Rollout, "api:5%", "`5%` is no setting with a value"),
        (Word::Rollout, "api:errors=", "`errors=` is no setting with a value"),
        (Word::Rollout, "api:", "`` is no setting with a value"),
        (Word::Rollout, "a b", "`a b` is neither a name nor a value"),
        (Word::Rollout, "api:to={", "`{` is not a value"),
        (Word::Expect, "p95 api <", "`expect` needs a number"),
        (Word::Expect, "p95 api < 1s } # {", "`}` closes nothing"),
        (Word::Expect, "p95 api < 1s; runs 5", "an expectation is one line"),
        (
            Word::Expect,
            "p95 api < 1s { }",
            "an expectation is one line, without braces",
        ),
        (Word::Runs, "5; seed 3", "`5; seed 3` is no value for `--runs`"),
    ];
    for (word, text, message) in wrong {
        let found = problem(word, text);
        assert!(found.starts_with(message), "{text}: {found}");
    }
    let help = problem(Word::Rollout, "api:5%");
    assert!(
        help.ends_with("help: there is `to`, `errors`, `slower`, `boot` and `memory`\n"),
        "{help}"
    );
    // All of them at once.
    let both = asked_of(SYSTEM, &[(Word::Kill, "api+1s"), (Word::Scale, "api")]).unwrap_err();
    assert!(
        both.contains("lasts for no time") && both.contains("needs a thing and a number"),
        "{both}"
    );
}

#[test]
fn traffic_finds_the_only_one_who_can_get_it() {
    let to = |system: &str| asked_of(system, &[(Word::Traffic, "5/s")]).map(|(text, _)| text);
    let service = |name: &str| format!("service {name} {{ image \"a:1\" }}\n");
    let gateway = |name: &str| format!("gateway {name} {{ domain \"a.example\"; route \"/\" one }}\n");
    let two = service("one") + &service("two");
    assert!(to(&service("one")).unwrap().contains("traffic one 5/s"));
    assert!(
        to(&(two.clone() + &gateway("edge")))
            .unwrap()
            .contains("traffic edge 5/s")
    );
    let many = to(&two).unwrap_err();
    assert!(
        many.starts_with("there is no gateway, and more than one service: who gets the traffic?"),
        "{many}"
    );
    assert!(
        many.contains("name one of `one` or `two`: `--traffic one=5/s`"),
        "{many}"
    );
    let gateways = to(&(two + &gateway("edge") + &gateway("inner"))).unwrap_err();
    assert!(gateways.contains("`edge` or `inner`"), "{gateways}");
    assert!(
        to("cache c { }")
            .unwrap_err()
            .starts_with("there is nothing that serves requests")
    );
}

proptest! {
    /// Whatever an argument holds, it becomes a part of one scenario and of nothing else, and nothing panics.
    #[test]
    fn an_argument_stays_in_its_scenario(
        word in proptest::sample::select(Word::ALL),
        text in "[a-z0-9@+:=,%/.{}\"#;\n $<>é-]{0,24}",
    ) {
        let sources = Sources::new();
        let mut files = Files::of(&[("loadline.load", SYSTEM)]);
        let mut project = project::load(&sources, &mut files, "loadline.load").unwrap();
        let words = vec![(word, text.clone()), (Word::Kill, "api".to_owned())];
        match ask(&mut project, &Ask { words }) {
            Err(problems) => prop_assert!(problems.iter().all(|problem| !problem.to_string().is_empty())),
            Ok(asked) => {
                let resolution = project.resolve(None, &mut files);
                prop_assert_eq!(resolution.model.scenarios.len(), 2);
                prop_assert_eq!(resolution.model.workloads.len(), 2);
                let own = resolution.diagnostics.iter().filter(|found| asked.contains(found.span()));
                own.for_each(|found| _ = asked.problem(found).map(|problem| problem.to_string()));
            }
        }
    }
}

#[test]
fn a_flag_needs_no_value() {
    let system = format!("{SYSTEM}change names {{ on orders-db; from api 1.0; deploy api 1.1 }}\n");
    let (text, problems) = asked_of(&system, &[(Word::Migrate, "names@60s:all")]).unwrap();
    assert_eq!(problems, "", "{text}");
    assert!(text.contains("at 60s { migrate names { all  } }"), "{text}");
    let refused = asked_of(&system, &[(Word::Migrate, "names@60s:some")]).unwrap_err();
    assert!(refused.contains("`some` is no setting with a value"), "{refused}");
}
