//! Stories that are good, and each with one step missing or two neighbours swapped.

use crate::spec::{Change, Column, Does, Op, Revision, Spec, Step};

fn revision(service: &'static str, version: u32, reads: &[Column], writes: &[Column]) -> Revision {
    Revision {
        service,
        version,
        reads: reads.to_vec(),
        writes: writes.to_vec(),
    }
}

fn deploy(service: &'static str, version: u32, reads: &[Column], writes: &[Column]) -> Does {
    Does::Deploy(revision(service, version, reads, writes))
}

fn change(moves: &[(Column, Column)], from: Vec<Revision>, steps: Vec<Does>) -> Change {
    Change {
        moves: moves.to_vec(),
        from,
        steps: steps.into_iter().map(|does| Step { does, after: None }).collect(),
    }
}

fn add(column: Column) -> Does {
    Does::Expand(vec![Op::Add(column, false, false)])
}

fn drop(column: Column) -> Does {
    Does::Contract(vec![Op::Drop(column)])
}

pub(crate) fn good() -> Vec<(&'static str, Spec)> {
    vec![
        ("full-name", alone(None, full_name())),
        (
            "cents",
            alone(Some(vec![("t.a", true, false), ("t.c", true, true)]), cents()),
        ),
        (
            "drop a column",
            alone(Some(vec![("t.a", false, false), ("t.b", true, false)]), drop_column()),
        ),
        (
            "split a table",
            alone(Some(vec![("t.a", false, false), ("t.b", false, false)]), split_table()),
        ),
        ("a payload of a queue", alone(None, payload())),
        (
            "a column that must not be null",
            alone(Some(vec![("t.a", true, false)]), required()),
        ),
        ("a target that another column takes away", alone(None, lost_elsewhere())),
        ("two changes of one service", in_a_row()),
        ("two changes of two services", beside()),
    ]
}

fn alone(schema: Option<Vec<(Column, bool, bool)>>, change: Change) -> Spec {
    Spec {
        schema,
        changes: vec![change],
    }
}

/// The documented story: `t.a` is the name, `t.b` the full name.
fn full_name() -> Change {
    change(
        &[("t.a", "t.b")],
        vec![revision("api", 0, &["t.a"], &["t.a"])],
        vec![
            add("t.b"),
            deploy("api", 1, &["t.a"], &["t.a", "t.b"]),
            Does::Backfill(vec!["t.b"]),
            deploy("api", 2, &["t.b"], &["t.a", "t.b"]),
            deploy("api", 3, &["t.b"], &["t.b"]),
            Does::Retire("api", 2),
            drop("t.a"),
        ],
    )
}

/// The story of examples/orders: the old column is NOT NULL, so it is first made optional.
fn cents() -> Change {
    let mut cents = full_name();
    cents.steps[0].does = Does::Expand(vec![Op::Add("t.b", false, false), Op::NotNull("t.a", false)]);
    cents
}

fn drop_column() -> Change {
    change(
        &[],
        vec![revision("api", 0, &["t.a", "t.b"], &["t.a", "t.b"])],
        vec![
            deploy("api", 1, &["t.b"], &["t.a", "t.b"]),
            deploy("api", 2, &["t.b"], &["t.b"]),
            Does::Retire("api", 1),
            drop("t.a"),
        ],
    )
}

/// `t.b` moves to a table of its own, of which a second service reads.
fn split_table() -> Change {
    change(
        &[("t.b", "u.b")],
        vec![
            revision("api", 0, &["t.a", "t.b"], &["t.a", "t.b"]),
            revision("web", 0, &["t.b"], &[]),
        ],
        vec![
            Does::Expand(vec![Op::Add("u.a", false, false), Op::Add("u.b", false, false)]),
            deploy("api", 1, &["t.a", "t.b"], &["t.a", "t.b", "u.a", "u.b"]),
            Does::Backfill(vec!["u.b"]),
            // Once `web` reads the new table, nobody goes back to what does not fill it.
            Does::Retire("api", 0),
            deploy("web", 1, &["u.b"], &[]),
            deploy("api", 2, &["t.a", "u.b"], &["t.a", "t.b", "u.a", "u.b"]),
            Does::Retire("web", 0),
            deploy("api", 3, &["t.a", "u.b"], &["t.a", "u.a", "u.b"]),
            Does::Retire("api", 2),
            drop("t.b"),
        ],
    )
}

/// Who reads comes before who writes: a field that the writer adds, and the reader takes when it is there.
fn payload() -> Change {
    change(
        &[("t.a", "t.c")],
        vec![revision("api", 0, &[], &["t.a"]), revision("mailer", 0, &["t.a"], &[])],
        vec![
            add("t.c"),
            deploy("api", 1, &[], &["t.a", "t.c"]),
            Does::Backfill(vec!["t.c"]),
            Does::Retire("api", 0),
            deploy("mailer", 1, &["t.c"], &[]),
            Does::Retire("mailer", 0),
            deploy("api", 2, &[], &["t.c"]),
            Does::Retire("api", 1),
            drop("t.a"),
        ],
    )
}

/// A column is added, written by all, filled, and then demanded.
fn required() -> Change {
    change(
        &[("t.a", "t.b")],
        vec![revision("api", 0, &["t.a"], &["t.a"])],
        vec![
            add("t.b"),
            deploy("api", 1, &["t.a"], &["t.a", "t.b"]),
            Does::Backfill(vec!["t.b"]),
            deploy("api", 2, &["t.b"], &["t.a", "t.b"]),
            Does::Expand(vec![Op::NotNull("t.b", true)]),
        ],
    )
}

/// Only the first revision touches `u.a`, and nobody goes back to it when that goes: it would not fill `t.b`.
fn lost_elsewhere() -> Change {
    let mut moved = full_name();
    moved.from[0].reads.push("u.a");
    moved.steps.truncate(4);
    moved.steps.push(Step {
        does: drop("u.a"),
        after: None,
    });
    moved
}

/// The second begins with the revision that the first ends with.
fn in_a_row() -> Spec {
    let second = change(
        &[],
        vec![revision("api", 3, &["t.b"], &["t.b"])],
        vec![
            add("t.c"),
            deploy("api", 4, &["t.b", "t.c"], &["t.b", "t.c"]),
            Does::Backfill(vec!["t.c"]),
        ],
    );
    Spec {
        schema: None,
        changes: vec![full_name(), second],
    }
}

/// One stops to write what the other's service reads as well, so it waits for it.
fn beside() -> Spec {
    let mut first = full_name();
    first.steps[4].after = Some((1, 2));
    let second = change(
        &[],
        vec![revision("web", 0, &["t.a"], &[])],
        vec![
            Does::Expand(vec![Op::Add("u.a", false, true)]),
            deploy("web", 1, &["u.a"], &["u.a"]),
            Does::Retire("web", 0),
        ],
    );
    Spec {
        schema: None,
        changes: vec![first, second],
    }
}

/// Every deletion of one step, and every swap of two neighbours.
pub(crate) fn broken(spec: &Spec) -> Vec<(String, Spec)> {
    let mut all = Vec::new();
    for change in 0..spec.changes.len() {
        let steps = spec.changes[change].steps.len();
        for step in 0..steps {
            let mut without = spec.clone();
            without.changes[change].steps.remove(step);
            moved(&mut without, change, |at| match at {
                at if at == step => None,
                at if step < at => Some(at - 1),
                at => Some(at),
            });
            all.push((format!("change {change} without step {}", step + 1), without));
        }
        for step in 1..steps {
            let mut swapped = spec.clone();
            swapped.changes[change].steps.swap(step - 1, step);
            moved(&mut swapped, change, |at| match at {
                at if at == step => Some(step - 1),
                at if at + 1 == step => Some(step),
                at => Some(at),
            });
            all.push((format!("change {change} with step {step} behind the next"), swapped));
        }
    }
    all
}

/// `after` follows the steps that it names.
fn moved(spec: &mut Spec, change: usize, to: impl Fn(usize) -> Option<usize>) {
    for step in spec.changes.iter_mut().flat_map(|change| &mut change.steps) {
        if let Some((other, at)) = step.after
            && other == change
        {
            step.after = to(at).map(|at| (other, at));
        }
    }
}
