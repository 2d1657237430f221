//! Parts and wholes, without runs of the engine.

use proptest::prelude::*;

use super::*;
use crate::report::Style;
use crate::report::sweep::{json, markdown, text};

fn axis(text: &str) -> Axis {
    Axis::parse(text).unwrap()
}

/// A row that depends on nothing but where it stands.
fn row(cell: usize, run: u64) -> Row {
    let luck = (run * 7 + cell as u64 * 3) % 10;
    let holds = luck + cell as u64 * 2 < 12;
    Row {
        run,
        settled: luck != 9,
        requests: [1_000, 990 - luck, luck, 2],
        latency_us: [Some(1_000 + luck), Some(20_000 + luck * 1_000), None],
        connections: vec![30 + luck],
        refused: vec![0],
        measured: vec![Some(990_000 - luck), None],
        held: vec![holds, true],
    }
}

/// Cells of which the last cannot be simulated.
fn sweep(mode: Mode, axes: Vec<Axis>, runs: u64, shard: Option<Shard>) -> Sweep {
    let question = Question {
        scenario: "bad-deploy".to_owned(),
        asked: Vec::new(),
        spec_sha256: "3626a24d87f036263770592445d2f7d7".to_owned(),
        seed: 1,
        runs,
        mode,
        axes,
    };
    let asked = |text: &str, unit| Asked {
        text: text.to_owned(),
        share_ppm: 900_000,
        unit,
    };
    let all = cells(&question.axes, if mode == Mode::Largest { Mode::Grid } else { mode }).unwrap();
    let count = all.len();
    let cells = all.iter().enumerate().map(|(place, steps)| {
        let broken = place + 1 == count && mode == Mode::Grid;
        let mut cell = Cell {
            values: question.values(steps),
            problems: Vec::new(),
            expectations: vec![
                asked("availability api >= 99% in 90%", Unit::Ppm),
                asked("p99 | api <= 1s in 90%", Unit::Us),
            ],
            stores: vec!["orders-db".to_owned()],
            runs: Vec::new(),
        };
        if broken {
            cell = Cell {
                problems: vec!["loadline.load:4:3: too many\n  help: fewer".to_owned()],
                expectations: Vec::new(),
                stores: Vec::new(),
                ..cell
            };
        } else {
            let has = |run: &u64| shard.is_none_or(|shard| shard.has(place, *run, runs));
            cell.runs = (0..runs).filter(has).map(|run| row(place, run)).collect();
        }
        cell
    });
    let cells = cells.collect();
    Sweep { question, shard, cells }
}

fn grid(runs: u64, shard: Option<Shard>) -> Sweep {
    sweep(
        Mode::Grid,
        vec![axis("api.scale=3,4"), axis("traffic=1x..3x:1x")],
        runs,
        shard,
    )
}

fn parts(runs: u64, of: u64) -> Vec<(String, Sweep)> {
    (0..of)
        .map(|index| (format!("{index}.json"), grid(runs, Some(Shard { index, of }))))
        .collect()
}

const STYLE: Style = Style {
    color: false,
    width: 100,
};

#[test]
fn looks_like_this() {
    let whole = grid(10, None);
    insta::assert_snapshot!("text", text(&whole, STYLE));
    insta::assert_snapshot!("markdown", markdown(&whole));
    insta::assert_snapshot!("json", json(&grid(2, None)));
    insta::assert_snapshot!("part", json(&grid(2, Some(Shard { index: 1, of: 4 }))));
    let each = sweep(
        Mode::OneAtATime,
        vec![axis("api.scale=3,4"), axis("traffic=2x")],
        10,
        None,
    );
    insta::assert_snapshot!("one-at-a-time", text(&each, STYLE));
    let found = sweep(Mode::Largest, vec![axis("traffic=1x..6x:1x")], 10, None);
    insta::assert_snapshot!("largest", text(&found, STYLE));
    let colored = text(&whole, Style { color: true, ..STYLE });
    assert!(colored.contains("\u{1b}[32m"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However many parts, in whatever order, and through files: the bytes of one machine.
    #[test]
    fn parts_are_the_whole(runs in 1_u64..9, of in 1_u64..8, order in any::<u64>()) {
        let mut parts = parts(runs, of);
        let count = parts.len();
        parts.rotate_left(usize::try_from(order % of).unwrap());
        if order % 2 == 0 {
            parts.swap(0, count - 1);
        }
        for (_, part) in &mut parts {
            *part = read(&json(part)).unwrap();
        }
        let whole = grid(runs, None);
        let merged = merge(parts).unwrap();
        prop_assert_eq!(json(&merged), json(&whole));
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(read(&json(&whole)).unwrap(), whole);
    }
}

#[test]
fn what_does_not_fit_together_is_said() {
    let mut said = Vec::new();
    let mut refused = |what: &str, parts: Vec<(String, Sweep)>| {
        said.push(format!("{what}: {}", merge(parts).unwrap_err()));
    };
    let changed = |change: fn(&mut Sweep)| {
        let mut parts = parts(4, 3);
        change(&mut parts[2].1);
        parts
    };
    refused("nothing", Vec::new());
    refused("one is missing", parts(4, 3).into_iter().take(2).collect());
    refused("most are missing", parts(4, 40).into_iter().take(2).collect());
    refused(
        "one is there twice",
        parts(4, 3).into_iter().chain(parts(4, 3)).collect(),
    );
    refused(
        "a whole among parts",
        parts(4, 3)
            .into_iter()
            .chain([("all.json".to_owned(), grid(4, None))])
            .collect(),
    );
    refused(
        "two wholes",
        vec![("a".to_owned(), grid(4, None)), ("b".to_owned(), grid(4, None))],
    );
    refused(
        "other number of parts",
        parts(4, 3)
            .into_iter()
            .take(1)
            .chain(parts(4, 4).into_iter().skip(1))
            .collect(),
    );
    refused(
        "another spec",
        changed(|part| part.question.spec_sha256 = "0".repeat(64)),
    );
    refused("another seed", changed(|part| part.question.seed = 2));
    refused("other runs", changed(|part| part.question.runs = 5));
    refused(
        "another scenario",
        changed(|part| part.question.scenario = "quiet".to_owned()),
    );
    refused("other values", changed(|part| part.question.axes[0].values.swap(0, 1)));
    refused(
        "other expectations",
        changed(|part| part.cells[0].expectations[0].share_ppm = 1),
    );
    refused("a run is missing", changed(|part| part.cells[0].runs.clear()));
    insta::assert_snapshot!(said.join("\n"));
    let whole = vec![("all.json".to_owned(), grid(4, None))];
    assert_eq!(merge(whole), Ok(grid(4, None)));
}

#[test]
fn what_was_cut_or_edited_is_refused() {
    let good = json(&grid(4, None));
    assert!(read(&good).is_ok());
    for (from, to) in [
        ("\"run\": [0, 1, 2, 3]", "\"run\": [0, 1, 2]"),
        ("\"run\": [0, 1, 2, 3]", "\"run\": [0, 1, 1, 3]"),
        ("\"arrived\": [1000", "\"arrived\": [0"),
        ("\"held\": [[true", "\"held\": [[true, true"),
        ("\"settled\": [true", "\"settled\": [true, true"),
        ("\"values\": [\"3\", \"1x\"]", "\"values\": [\"3\"]"),
        ("\"schema_version\": 1", "\"schema_version\": 2"),
        ("\"version\": \"", "\"version\": \"9"),
        ("\"runs\": 4", "\"runs\": 18446744073709551615"),
        ("{", "["),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(read(&good.replacen(from, to, 1)).is_err(), "{from} → {to}");
    }
}
