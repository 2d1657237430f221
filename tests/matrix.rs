//! Nothing of the model is dropped silently: every setting is flipped, and every target either writes something else
//! or says at the setting that it does not. `UPDATE=1` writes what came out to `docs/targets/matrix.md`.

mod page;
mod rows;
mod silent;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use loadline_compiler::model::TargetName;

use crate::harness::same_file;
use rows::Row;
use silent::Excuses;
use world::{Bench, Made, Said, WAYS};

/// What became of a setting on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The output differs, or the target does without being asked what the setting asks for.
    Carried,
    /// The output differs, and something is said.
    Nearly(Vec<String>),
    /// The output does not differ, and that is said.
    Left(Vec<String>),
    /// The output does not differ, and that is said of what the setting belongs to.
    Within,
    /// Nothing is written, and that is said.
    Refused(Vec<String>),
    /// Nothing differs, nothing is said.
    Silent,
    /// The target's world has no place for it.
    NotThere,
}

/// A row with its fate on every target.
pub(crate) struct Flipped {
    pub(crate) row: Row,
    pub(crate) fates: BTreeMap<TargetName, Fate>,
}

fn fate(row: &Row, before: &Made, after: &Made) -> Fate {
    let texts = |made: &Made| -> BTreeSet<String> { made.said.iter().map(|said| said.text.clone()).collect() };
    let (known, now) = (texts(before), texts(after));
    let changed = row.changed();
    let is_about = |said: &&Said| !known.contains(&said.text) || said.is_at(&changed);
    let about: Vec<&Said> = after.said.iter().filter(is_about).collect();
    let said: Vec<String> = about.iter().map(|said| said.text.clone()).collect();
    if about.iter().any(|said| said.is_error) {
        return Fate::Refused(said);
    }
    let whole = 0..row.after_text().len();
    let is_said_there = about.iter().any(|said| said.is_at(&whole));
    let was_said = before
        .said
        .iter()
        .any(|said| said.is_at(&(0..row.before_text().len())) && !now.contains(&said.text));
    match before.files == after.files {
        false if said.is_empty() => Fate::Carried,
        false => Fate::Nearly(said),
        true if is_said_there => Fate::Left(said),
        // Before the target said that it does something else, and now it does not.
        true if was_said => Fate::Carried,
        true => Fate::Silent,
    }
}

/// Every row, flipped on every target. It takes a while, and several tests ask.
fn flipped() -> &'static [Flipped] {
    static ALL: OnceLock<Vec<Flipped>> = OnceLock::new();
    ALL.get_or_init(|| {
        let rows = rows::all();
        // A way is a spec of its own; nothing is shared between them.
        let by_way: Vec<Vec<BTreeMap<TargetName, Fate>>> = std::thread::scope(|scope| {
            let run = |way| {
                let rows = &rows;
                scope.spawn(move || {
                    let bench = Bench::default();
                    rows.iter().map(|row| fates(&bench, way, row)).collect()
                })
            };
            let running = WAYS.map(run);
            running
                .into_iter()
                .map(|thread| thread.join().expect("a row that is no spec is shown above"))
                .collect()
        });
        let mut all: Vec<Flipped> = rows
            .into_iter()
            .map(|row| Flipped {
                row,
                fates: BTreeMap::new(),
            })
            .collect();
        for fates in by_way {
            for (flipped, fates) in all.iter_mut().zip(fates) {
                flipped.fates.extend(fates);
            }
        }
        inherit(&mut all);
        all
    })
}

fn fates(bench: &Bench, way: world::Way, row: &Row) -> BTreeMap<TargetName, Fate> {
    let Some((before, after)) = bench.both(way, row) else {
        return way.targets().map(|target| (target, Fate::NotThere)).collect();
    };
    way.targets()
        .map(|target| (target, fate(row, &before[&target], &after[&target])))
        .collect()
}

/// A part of what is left out or refused as a whole is left out with it.
fn inherit(all: &mut [Flipped]) {
    let mut wholes: Vec<(Vec<String>, String, TargetName)> = Vec::new();
    for flipped in all.iter_mut() {
        for (target, fate) in &mut flipped.fates {
            let (path, text) = (&flipped.row.path, flipped.row.after_text());
            let whole = wholes.iter().find(|(whole, variant, on)| {
                on == target && whole.len() < path.len() && path.starts_with(whole) && text.contains(variant.as_str())
            });
            if *fate == Fate::Silent && whole.is_some() {
                *fate = Fate::Within;
            }
            if matches!(fate, Fate::Left(_) | Fate::Refused(_) | Fate::Within) {
                wholes.push((path.clone(), flipped.row.variant.clone(), *target));
            }
        }
    }
}

#[test]
fn every_setting_has_a_row() {
    let all = rows::all();
    let flipped: BTreeSet<String> = all.iter().map(|row| row.path.join(".")).collect();
    let paths = rows::paths();
    let missing: Vec<&String> = paths
        .iter()
        .filter(|path| !flipped.contains(*path) && !rows::is_elsewhere(path))
        .collect();
    assert!(missing.is_empty(), "no row in tests/matrix/rows flips {missing:#?}");
    let unknown: Vec<&String> = flipped.iter().filter(|path| !paths.contains(*path)).collect();
    assert!(unknown.is_empty(), "rows of settings that do not exist: {unknown:#?}");
}

#[test]
fn nothing_is_dropped_silently() {
    let excuses = Excuses::read();
    let mut dropped = Vec::new();
    for flipped in flipped() {
        for (target, fate) in flipped.fates.iter().filter(|(_, fate)| **fate == Fate::Silent) {
            if silent::runs(*target) && excuses.of(*target, &flipped.row).is_none() {
                dropped.push(format!("{}: {} {fate:?}", target.word(), flipped.row.name()));
            }
        }
    }
    assert!(
        dropped.is_empty(),
        "{} settings change nothing, and nothing is said; carry it, say it, or give the reason in tests/matrix/silent.txt:\n{}",
        dropped.len(),
        dropped.join("\n")
    );
    let unused = excuses.unused();
    assert!(
        unused.is_empty(),
        "tests/matrix/silent.txt excuses what needs no excuse:\n{}",
        unused.join("\n")
    );
}

#[test]
fn the_page_is_what_came_out() {
    same_file("docs/targets/matrix.md", &page::text(flipped(), &Excuses::read()));
}

/// The test itself must be able to see a setting that is dropped.
#[test]
fn a_dropped_setting_is_seen() {
    let row = |path: &str| rows::all().into_iter().find(|row| row.name() == path).unwrap();
    let made = |files: &str, said: &[(&str, i64)]| Made {
        files: files.to_owned(),
        said: said.iter().map(|(text, at)| Said::at(text, *at)).collect(),
    };
    let drain = row("service.shutdown.drain");
    assert_eq!(fate(&drain, &made("20", &[]), &made("28", &[])), Fate::Carried);
    assert_eq!(fate(&drain, &made("20", &[]), &made("20", &[])), Fate::Silent);
    // What was said before, of something else, says nothing of this.
    assert_eq!(
        fate(&drain, &made("20", &[("no", 0)]), &made("20", &[("no", 0)])),
        Fate::Silent
    );
    let at = i64::try_from(drain.changed().start).unwrap();
    let said = Fate::Left(vec!["no".to_owned()]);
    assert_eq!(
        fate(&drain, &made("20", &[("no", at)]), &made("20", &[("no", at)])),
        said
    );
    // Said, but far from the setting.
    assert_eq!(
        fate(&drain, &made("20", &[]), &made("20", &[("no", -50)])),
        Fate::Silent
    );
    assert!(
        TargetName::ALL
            .iter()
            .all(|target| WAYS.iter().any(|way| way.targets().any(|other| other == *target)))
    );
}
