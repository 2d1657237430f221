//! Templates and patches of the project: applied, said in the header, and refused where they do not fit.

use std::fs;

use crate::harness::{Case, Run, root};

const SPEC: &str = r#"project shop {
  as_of "2026-11-21"
  PROJECT
}
cluster prod { version 1.34; namespace shop }
service api {
  image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  scale  3
  memory 512Mi
  listen http 3000
}
"#;

const HOST: &str = r#"project shop {
  as_of "2026-11-21"
  templates "overrides"
}
host machine { process systemd; cpu 2; memory 2Gi }
service api { runtime go; run "bin/api"; listen http 3000; memory 512Mi }
service web { runtime go; run "bin/web"; listen http 4000; memory 512Mi }
gateway edge { domain "shop.example.com"; route "/" api }
"#;

fn patched(patch: &str) -> (Case, Run) {
    let case = Case::spec(&SPEC.replace("PROJECT", patch));
    let run = case.run("compile -o deploy --target kubernetes");
    (case, run)
}

fn built_in(path: &str) -> String {
    fs::read_to_string(root().join("targets/templates").join(path)).unwrap()
}

#[test]
fn a_patch_changes_one_object_and_says_so() {
    let (case, run) = patched(
        r#"patch kubernetes "deployment/api" {
    metadata { annotations { "example.com/team" "shop" } }
    spec {
      replicas 7
      revisionHistoryLimit 3
      strategy { rollingUpdate { maxSurge "50%" } }
      template { spec {
        enableServiceLinks null
        hostAliases []
        containers api { imagePullPolicy Always; stdin true }
        containers extra { image "ghcr.io/acme/extra:1"; args ["--verbose", "2"] }
      } }
    }
  }"#,
    );
    assert_eq!(run.code, 0, "{}", run.shown());
    let object = case.read("deploy/base/kubernetes/deployment-api.yaml");
    let mut lines = object.lines().skip(2);
    let said = lines.next().unwrap();
    assert!(
        said.starts_with("# Patch kubernetes \"deployment/api\", sha256 "),
        "{said}"
    );
    for wanted in [
        "  replicas: 7\n",
        "  revisionHistoryLimit: 3\n",
        "      maxSurge: '50%'\n",
        "    example.com/team: 'shop'\n",
        "          imagePullPolicy: 'Always'\n",
        "          stdin: true\n",
        "        - name: 'extra'\n          image: 'ghcr.io/acme/extra:1'\n          args:\n            - '--verbose'\n            - '2'\n",
    ] {
        assert!(object.contains(wanted), "{wanted}\n{object}");
    }
    assert!(!object.contains("enableServiceLinks"), "{object}");
    // What is not named stays where it is.
    let order = [
        "apiVersion",
        "kind",
        "metadata",
        "spec",
        "  selector",
        "  strategy",
        "  template",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|key| object.find(&format!("\n{key}:")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{object}");
    let service = case.read("deploy/base/kubernetes/service-api.yaml");
    assert!(!service.contains("# Patch"), "{service}");
    let verify = case.run("compile -o deploy --target kubernetes --verify");
    assert_eq!(verify.code, 0, "{}", verify.shown());
    let shown = "overridden: base/kubernetes/deployment-api.yaml: Patch kubernetes \"deployment/api\", sha256 ";
    assert!(verify.stdout.contains(shown), "{}", verify.stdout);
}

#[test]
fn a_patch_that_does_not_fit_is_refused_at_its_place() {
    for (patch, said) in [
        (
            r#"patch kubernetes "deployment/apj" { spec { replicas 4 } }"#,
            "there is no object `deployment/apj`",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec { replicas "four" } }"#,
            "`replicas` is a number, and the patch makes it text",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec { replicas { min 2 } } }"#,
            "`replicas` is a number, and the patch makes it a block",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec [] }"#,
            "`spec` is a block, and the patch makes it a list",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec api { replicas 2 } }"#,
            "`spec` is a block, and the patch makes it a list of named elements",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec { paused null } }"#,
            "`paused` is not there, so nothing is taken away",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec { replicas 1 2 } }"#,
            "`replicas` in a patch needs one value, or a block",
        ),
        (
            r#"patch kubernetes "deployment/api" { spec { replicas 1..2 } }"#,
            "a range has no meaning in a patch",
        ),
        (
            r#"patch compose "service/api" { image "a" }"#,
            "outputs of `compose` cannot be patched",
        ),
    ] {
        let (case, run) = patched(patch);
        assert_eq!(run.code, 1, "{patch}: {}", run.shown());
        assert!(run.stderr.contains(said), "{patch}: {}", run.stderr);
        assert!(run.stderr.contains("loadline.load:3:"), "{patch}: {}", run.stderr);
        assert!(!case.exists("deploy"), "{patch}");
    }
    let near = patched(r#"patch kubernetes "deployment/apj" { spec { replicas 4 } }"#).1;
    assert!(near.stderr.contains("write `deployment/api`"), "{}", near.stderr);
}

#[test]
fn an_environment_patches_for_itself() {
    let spec = format!(
        "{}environment staging {{ project {{ patch kubernetes \"service/api\" {{ spec {{ type NodePort }} }} }} }}\n",
        SPEC.replace("PROJECT", "")
    );
    let case = Case::spec(&spec);
    assert_eq!(case.run("compile -o deploy --target kubernetes").code, 0);
    assert!(
        !case
            .read("deploy/base/kubernetes/service-api.yaml")
            .contains("NodePort")
    );
    assert!(
        case.read("deploy/staging/kubernetes/service-api.yaml")
            .contains("  type: 'NodePort'\n")
    );
}

#[test]
fn a_template_of_the_project_replaces_ours() {
    let own =
        built_in("systemd/service.unit.j2").replace("[Service]\n", "[Service]\n# Of our team.\nOOMScoreAdjust=-100\n");
    let case = Case::spec(HOST)
        .file("overrides/systemd/service.unit.j2", &own)
        .file("overrides/.swp", "of an editor");
    let run = case.run("compile -o deploy --target systemd");
    assert_eq!(run.code, 0, "{}", run.shown());
    let unit = case.read("deploy/base/systemd/api.service");
    assert!(
        unit.contains("\n[Service]\n# Of our team.\nOOMScoreAdjust=-100\n"),
        "{unit}"
    );
    let said = unit.lines().nth(2).unwrap();
    assert!(
        said.starts_with("# Template overrides/systemd/service.unit.j2, sha256 "),
        "{said}"
    );
    let verify = case.run("compile -o deploy --target systemd --verify");
    assert_eq!(verify.code, 0);
    for service in ["api", "web"] {
        let shown =
            format!("overridden: base/systemd/{service}.service: Template overrides/systemd/service.unit.j2, sha256 ");
        assert!(verify.stdout.contains(&shown), "{}", verify.stdout);
    }
    // Another text of the template is another digest, even where it makes the same file.
    case.write("overrides/systemd/service.unit.j2", &format!("{own}{{# nothing #}}"));
    let verify = case.run("compile -o deploy --target systemd --verify");
    assert_eq!(verify.code, 1, "{}", verify.stdout);
    assert!(
        verify.stdout.contains("stale: base/systemd/api.service"),
        "{}",
        verify.stdout
    );
}

#[test]
fn our_own_templates_in_the_folder_change_nothing_but_the_header() {
    let case = Case::spec(&HOST.replace("  templates \"overrides\"\n", ""));
    assert_eq!(case.run("compile -o ours --target systemd,nginx").code, 0);
    let theirs = Case::spec(HOST);
    for path in loadline_targets::TEMPLATES {
        theirs.write(&format!("overrides/{path}"), &built_in(path));
    }
    assert_eq!(theirs.run("compile -o ours --target systemd,nginx").code, 0);
    let mut overridden = 0;
    for path in case.tree("ours").iter().filter(|path| !path.ends_with(".json")) {
        let (ours, other) = (case.read(&format!("ours/{path}")), theirs.read(&format!("ours/{path}")));
        let without: Vec<&str> = other.lines().filter(|line| !line.starts_with("# Template ")).collect();
        overridden += usize::from(without.len() < other.lines().count());
        assert_eq!(ours.lines().collect::<Vec<_>>(), without, "{path}");
    }
    assert!(4 < overridden, "{overridden}");
}

#[test]
fn a_template_that_does_not_fit_is_refused_where_its_folder_is_named() {
    let unit = "systemd/service.unit.j2";
    for (path, text, said) in [
        (
            "systemd/service.j2",
            "",
            "`overrides/systemd/service.j2` replaces no template",
        ),
        (unit, "{{ descriptoin }}", "undefined value"),
        (unit, "{{ restart.nothing }}", "undefined value"),
        (unit, "{{ \"a\" }}", "a string that was not escaped"),
        (unit, "{{ description ~ \"a\" }}", "a string that was not escaped"),
        (unit, "{{ description|safe }}", "unknown filter"),
        (unit, "{% include \"/etc/passwd\" %}", "systemd/service.unit.j2"),
        (unit, "{% if %}", "syntax error"),
    ] {
        let case = Case::spec(HOST).file(&format!("overrides/{path}"), text);
        let run = case.run("compile -o deploy --target systemd");
        assert_eq!(run.code, 1, "{text}: {}", run.shown());
        let joined = run.stderr.replace("\n  │ ", " ");
        assert!(joined.contains(said), "{text}: {}", run.stderr);
        assert!(run.stderr.contains("loadline.load:3:"), "{text}: {}", run.stderr);
        assert!(!case.exists("deploy"), "{text}");
        // Two units are made from it, and it is wrong once.
        assert_eq!(
            run.stderr.matches("override-not-applied (").count().max(1),
            1,
            "{}",
            run.stderr
        );
    }
}

#[test]
fn templates_stay_inside_of_the_project() {
    let missing = Case::spec(HOST).run("compile -o deploy --target systemd");
    assert_eq!(missing.code, 1, "{}", missing.shown());
    assert!(
        missing.stderr.contains("there is no file `overrides`"),
        "{}",
        missing.stderr
    );
    let outside = Case::new().file("systemd/service.unit.j2", "");
    let case = Case::spec(HOST);
    std::os::unix::fs::symlink(outside.path(""), case.path("overrides")).unwrap();
    let run = case.run("compile -o deploy --target systemd");
    assert_eq!(run.code, 1, "{}", run.shown());
    assert!(
        run.stderr.contains("`overrides` is outside the project"),
        "{}",
        run.stderr
    );
    let case = Case::spec(HOST).file("overrides/systemd/timer.unit.j2", "");
    let link = case.path("overrides/systemd/service.unit.j2");
    std::os::unix::fs::symlink(outside.path("systemd/service.unit.j2"), link).unwrap();
    let run = case.run("compile -o deploy --target systemd");
    assert_eq!(run.code, 1, "{}", run.shown());
    assert!(
        run.stderr
            .contains("`overrides/systemd/service.unit.j2` is outside the project"),
        "{}",
        run.stderr
    );
}
