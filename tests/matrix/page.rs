//! `docs/targets/matrix.md`.

use std::collections::{BTreeMap, BTreeSet};

use loadline_compiler::model::TargetName;

use super::silent::{Excuses, runs};
use super::{Fate, Flipped};

const HEAD: &str = "\
# What is carried where

Every setting of the language on every target. Generated: a test changes each setting and looks at what each target writes and says, so
nothing here is a promise. What the words mean is in the [reference](../language/README.md), what each target does with them in
[targets.md](../targets.md).

● the output follows the setting<br>
◐ it does, and `compile` says what is different<br>
○ it does not, and `compile` says so, at the setting<br>
✕ `compile` refuses it<br>
· not this target's: [why](#what-is-not-a-targets)

A part of what is left out as a whole is left out with it, and has no row of its own. Other settings that stand in no table are for the checks and the simulator: [which](#for-checks-and-the-simulator). What `compile` says is under
each table, once for each target.
";

pub(crate) fn text(all: &[Flipped], excuses: &Excuses) -> String {
    let mut out = HEAD.to_owned();
    let mut blocks: Vec<&str> = Vec::new();
    for flipped in all {
        if !blocks.contains(&flipped.row.path[0].as_str()) {
            blocks.push(&flipped.row.path[0]);
        }
    }
    for block in blocks {
        let rows: Vec<&Flipped> = all.iter().filter(|flipped| flipped.row.path[0] == block).collect();
        section(block, &rows, all, &mut out);
    }
    checks(all, &mut out);
    reasons(excuses, &mut out);
    out
}

fn section(block: &str, rows: &[&Flipped], all: &[Flipped], out: &mut String) {
    let is_shown = |flipped: &&&Flipped| {
        let says_more =
            |target: &TargetName| !matches!(flipped.fates[target], Fate::Within | Fate::Silent | Fate::NotThere);
        TargetName::ALL.iter().any(says_more) && !(block == "job" && is_like_a_service(flipped, all))
    };
    let shown: Vec<&&Flipped> = rows.iter().filter(is_shown).collect();
    if shown.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {block}\n\n"));
    match block {
        "service" => out.push_str("The same for a `worker`.\n\n"),
        "job" => out.push_str("What is not here is as for a service.\n\n"),
        _ => {}
    }
    // A target that has nothing to do with the block needs no column.
    let concerned = |target: &&TargetName| shown.iter().any(|flipped| mark(&flipped.fates[*target]) != "·");
    let targets: Vec<&TargetName> = TargetName::ALL.iter().filter(concerned).collect();
    out.push_str(&format!(
        "| setting |{}\n",
        targets
            .iter()
            .map(|target| format!(" {} |", target.word()))
            .collect::<String>()
    ));
    out.push_str(&format!(
        "|---|{}\n",
        targets.iter().map(|_| ":-:|").collect::<String>()
    ));
    for flipped in &shown {
        let marks: String = targets
            .iter()
            .map(|target| format!(" {} |", mark(&flipped.fates[*target])))
            .collect();
        out.push_str(&format!("| {} |{marks}\n", flipped.row.shown()));
    }
    for target in targets {
        said(*target, &shown, out);
    }
}

/// What a target says of these settings, each sentence once, with the settings that it is said of.
fn said(target: TargetName, shown: &[&&Flipped], out: &mut String) {
    let mut by_text: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for flipped in shown {
        let (Fate::Nearly(said) | Fate::Left(said) | Fate::Refused(said)) = &flipped.fates[&target] else {
            continue;
        };
        for text in said {
            if !order.contains(&text.as_str()) {
                order.push(text);
            }
            by_text.entry(text).or_default().push(flipped.row.shown());
        }
    }
    if order.is_empty() {
        return;
    }
    out.push_str(&format!("\n**{}**\n\n", target.word()));
    for text in order {
        let settings = &by_text[text];
        let more = if 3 < settings.len() { " …" } else { "" };
        let first: Vec<&str> = settings.iter().take(3).map(String::as_str).collect();
        out.push_str(&format!("- {}{more}: {text}\n", first.join(", ")));
    }
}

fn is_like_a_service(job: &Flipped, all: &[Flipped]) -> bool {
    let of_service = all.iter().find(|other| {
        other.row.path[0] == "service"
            && other.row.path[1..] == job.row.path[1..]
            && other.row.variant == job.row.variant
    });
    of_service.is_some_and(|service| {
        TargetName::ALL
            .iter()
            .all(|target| mark(&service.fates[target]) == mark(&job.fates[target]))
    })
}

const fn mark(fate: &Fate) -> &'static str {
    match fate {
        Fate::Carried => "●",
        Fate::Nearly(_) => "◐",
        Fate::Left(_) | Fate::Within => "○",
        Fate::Refused(_) => "✕",
        Fate::Silent | Fate::NotThere => "·",
    }
}

/// Settings that no target that runs the system reads.
fn checks(all: &[Flipped], out: &mut String) {
    out.push_str("\n## For checks and the simulator\n\n| block | settings |\n|---|---|\n");
    let mut by_block: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for flipped in all {
        let is_read = TargetName::ALL
            .iter()
            .any(|target| !matches!(flipped.fates[target], Fate::Within | Fate::Silent | Fate::NotThere));
        if is_read || flipped.row.path[0] == "job" {
            continue;
        }
        let block = flipped.row.path[0].as_str();
        if !order.contains(&block) {
            order.push(block);
        }
        by_block.entry(block).or_default().insert(flipped.row.shown());
    }
    for block in order {
        let settings: Vec<String> = by_block[block].iter().cloned().collect();
        out.push_str(&format!("| {block} | {} |\n", settings.join(", ")));
    }
    out.push_str("| change, scenario, policy | everything |\n");
}

/// Why targets say nothing of what is not theirs.
fn reasons(excuses: &Excuses, out: &mut String) {
    out.push_str("\n## What is not a target's\n\nSettings as paths; `*` is any text.\n\n| targets | settings | |\n|---|---|---|\n");
    let of_targets = excuses
        .all
        .iter()
        .filter(|excuse| excuse.targets.iter().any(|target| runs(*target)));
    for excuse in of_targets {
        let targets: Vec<&str> = excuse.targets.iter().map(|target| target.word()).collect();
        let targets = if excuse.is_for_all {
            "all".to_owned()
        } else {
            targets.join(", ")
        };
        let settings: Vec<String> = excuse.settings.iter().map(|setting| format!("`{setting}`")).collect();
        out.push_str(&format!(
            "| {targets} | {} | {} |\n",
            settings.join(", "),
            excuse.reason
        ));
    }
}
