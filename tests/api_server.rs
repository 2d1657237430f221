//! What an API server rejects, what it takes and should not, and what it only warns of: each is refused at its place in the
//! spec, or cannot come out whatever the spec says.
//!
//! The items were seen on servers of 1.32 and 1.36, with `kubectl create --dry-run=server --validate=strict`.

mod beside;
mod settings;

use beside::{BESIDE, CLUSTERS};
use settings::SETTINGS;

use crate::harness::Case;

/// What becomes of it.
enum Is {
    /// An error of which the message holds this, with a place.
    Refused(&'static str),
    /// The file whose name begins so holds this.
    Written(&'static str, &'static str),
    /// … and does not hold this.
    Absent(&'static str, &'static str),
}
use Is::{Absent, Refused, Written};

#[test]
fn what_a_server_should_not_get_does_not_come_out() {
    let newest = "version 1.34";
    let settings = SETTINGS.iter().map(|(item, text, is)| (*item, newest, *text, "", is));
    let beside = BESIDE.iter().map(|(item, text, is)| (*item, newest, "", *text, is));
    let clusters = CLUSTERS
        .iter()
        .map(|(item, cluster, text, is)| (*item, *cluster, *text, "", is));
    let mut wrong = Vec::new();
    for (item, cluster, settings, beside, is) in settings.chain(beside).chain(clusters) {
        let image = if settings.starts_with("image") {
            ""
        } else {
            "image \"a:1\"; "
        };
        let case = Case::spec(&format!(
            "project shop {{ targets [kubernetes] }}\ncluster prod {{ {cluster}; namespace shop; rollouts argo }}\n\
             service api {{ {image}listen http 80; {settings} }}\n{beside}\n"
        ));
        case.write("big.txt", &"x".repeat(1_100_000));
        case.write("a.txt", "a\n");
        let run = case.run("compile -o out");
        let holds = |start: &str, text: &str| {
            let files = case
                .tree("out/base/kubernetes")
                .into_iter()
                .filter(|file| file.starts_with(start));
            let bodies: Vec<String> = files
                .map(|file| case.read(&format!("out/base/kubernetes/{file}")))
                .collect();
            assert!(!bodies.is_empty(), "{item}: no {start}");
            bodies.iter().any(|body| body.contains(text))
        };
        let shown = run.shown();
        let good = match is {
            Refused(message) => run.code == 1 && shown.contains(message) && shown.contains("loadline.load:"),
            Written(start, text) => run.code == 0 && holds(start, text),
            Absent(start, text) => run.code == 0 && !holds(start, text),
        };
        if !good {
            wrong.push(format!("{item}: {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
