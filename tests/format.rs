//! `loadline fmt`

use crate::harness::Case;

const MESSY: &str = "service api {\nimage   \"a:1\" # why\n   memory 512Mi..1Gi {heap 640Mi;native 64Mi}\n}\n";
const TIDY: &str = "service api {\n  image  \"a:1\"  # why\n  memory 512Mi..1Gi { heap 640Mi; native 64Mi }\n}\n";

#[test]
fn formats_the_project_and_what_it_imports() {
    let case = Case::spec("import \"parts/db.load\"\n\n\n\nproject   shop {}\n").file("parts/db.load", MESSY);
    let run = case.run("fmt");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "formatted loadline.load\nformatted parts/db.load\n")
    );
    assert_eq!(case.read("parts/db.load"), TIDY);
    assert_eq!(
        case.read("loadline.load"),
        "import \"parts/db.load\"\n\nproject shop {}\n"
    );
    assert_eq!(case.run("fmt").stdout, "");
}

#[test]
fn check_shows_the_difference_and_writes_nothing() {
    let case = Case::spec(MESSY);
    let run = case.run("fmt --check");
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("+  image  \"a:1\"  # why"), "{}", run.stdout);
    assert_eq!(case.read("loadline.load"), MESSY);
    case.write("loadline.load", TIDY);
    assert_eq!(case.run("fmt --check").code, 0);
}

#[test]
fn what_does_not_parse_is_left_alone() {
    let case = Case::spec("service api {\n  image = 3\n}\n");
    let run = case.run("fmt");
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("expected a value after `image`, found `=`"),
        "{}",
        run.stderr
    );
    assert_eq!(case.read("loadline.load"), "service api {\n  image = 3\n}\n");
}

#[test]
fn reads_standard_input() {
    let run = Case::new().run_with(&["fmt", "-"], MESSY);
    assert_eq!((run.code, run.stdout.as_str()), (0, TIDY));
    assert_eq!(Case::new().run_with(&["fmt", "-", "--check"], TIDY).code, 0);
    assert_eq!(Case::new().run_with(&["fmt", "-"], "a {").code, 1);
}

#[test]
fn a_link_stays_a_link() {
    let case = Case::new().file("real.load", "project   shop { }\n");
    std::os::unix::fs::symlink("real.load", case.path("loadline.load")).unwrap();
    assert_eq!(case.run("fmt").code, 0);
    assert!(
        std::fs::symlink_metadata(case.path("loadline.load"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(case.read("real.load"), "project shop {}\n");
}
