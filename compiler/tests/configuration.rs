//! Declared configuration against what each environment gives.

use crate::harness::check_with;

fn found(spec: &str, environment: Option<&str>) -> String {
    check_with(spec, &[], environment).all()
}

fn service(settings: &str) -> String {
    found(
        &format!("service api {{ image \"api@sha256:0\"; memory 512Mi; {settings} }}"),
        None,
    )
}

#[test]
fn values_have_the_declared_type() {
    for (kind, good, bad) in [
        ("integer", "12", "1.5"),
        ("integer", "-3", "x"),
        ("number", "1.5", "1,5"),
        ("boolean", "true", "yes"),
        ("duration", "5s", "5"),
        ("url", "\"https://a.example/x\"", "\"a b\""),
    ] {
        assert_eq!(
            service(&format!("env X {}; config X {kind}", quoted(good))),
            "",
            "{kind} {good}"
        );
        let wrong = service(&format!("env X {}; config X {kind}", quoted(bad)));
        assert!(
            wrong.starts_with(&format!("error config-wrong-type: `X` of `api` is not of type {kind}")),
            "{wrong}"
        );
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.trim_matches('"'))
}

#[test]
fn values_lie_between_the_bounds() {
    let with = |value: &str| service(&format!("env X \"{value}\"; config X number {{ min 5; max 10.5 }}"));
    for good in ["5", "10.5", "7.12345678", "1e1"] {
        assert_eq!(with(good), "", "{good}");
    }
    for (bad, reason) in [
        ("4.999", "is less than 5"),
        ("-7", "is less than 5"),
        ("10.6", "is more than 10.5"),
        ("99999999999999999999999999", "is more than 10.5"),
    ] {
        assert_eq!(
            with(bad),
            format!("error config-wrong-type: `X` of `api` {reason}: {bad:?}\n")
        );
    }
    assert!(service("env X a; config X string { min 5 }").contains("which has no `min` and `max`"));
    assert!(service("env X 6; config X integer { min 7; max 5 }").contains("nothing lies between 7 and 5"));
}

#[test]
fn values_are_those_listed_and_there_is_one() {
    assert_eq!(service("env X debug; config X string { one_of [debug, info] }"), "");
    assert_eq!(
        service("env X warn; config X string { one_of [debug, info] }"),
        "error config-wrong-type: `X` of `api` is not debug or info: \"warn\"\n"
    );
    assert_eq!(
        service("config X integer"),
        "error config-missing-in-environment: `api` needs `X`, and nothing sets it\n"
    );
    assert_eq!(service("config X integer { default 5 }"), "");
    assert_eq!(service("config X string; secret X from \"env:X\""), "");
}

#[test]
fn each_environment_is_judged_by_its_own_value() {
    let spec = "config_set shared { env X 6 }
        service api { image \"api@sha256:0\"; memory 512Mi; env_from shared; config X integer { min 5 } }
        environment small { config_set shared { env X 1 } }";
    assert_eq!(found(spec, None), "");
    assert!(found(spec, Some("small")).contains("is less than 5"));
}
