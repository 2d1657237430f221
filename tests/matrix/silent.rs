//! What may change nothing without a word, each with the reason: `silent.txt`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use loadline_compiler::model::TargetName;

use super::rows::Row;

/// Targets that describe a system and do not run it: what they leave out is not lost.
const DESCRIBE: &[TargetName] = &[
    TargetName::Release,
    TargetName::Alerts,
    TargetName::Runbook,
    TargetName::Ci,
];

/// Whether something that is left out of this target must be said.
pub(crate) fn runs(target: TargetName) -> bool {
    !DESCRIBE.contains(&target)
}

pub(crate) struct Excuse {
    pub(crate) targets: Vec<TargetName>,
    pub(crate) is_for_all: bool,
    pub(crate) settings: Vec<&'static str>,
    pub(crate) reason: &'static str,
}

pub(crate) struct Excuses {
    pub(crate) all: Vec<Excuse>,
    /// Pairs of line and pattern that excused something.
    used: RefCell<BTreeSet<(usize, &'static str, TargetName)>>,
}

impl Excuses {
    pub(crate) fn read() -> Self {
        let lines = include_str!("silent.txt").lines();
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self {
            all: lines.map(excuse).collect(),
            used: RefCell::default(),
        }
    }

    /// Why nothing needs to be said.
    pub(crate) fn of(&self, target: TargetName, row: &Row) -> Option<&'static str> {
        let name = row.name();
        for (line, excuse) in self
            .all
            .iter()
            .enumerate()
            .filter(|(_, excuse)| excuse.targets.contains(&target))
        {
            let fits = |pattern: &&&'static str| is_like(&name, pattern) || is_like(&row.path.join("."), pattern);
            if let Some(pattern) = excuse.settings.iter().find(fits) {
                self.used.borrow_mut().insert((line, pattern, target));
                return Some(excuse.reason);
            }
        }
        None
    }

    /// Lines of which a setting or a target excused nothing.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        let mut found = Vec::new();
        for (line, excuse) in self.all.iter().enumerate() {
            for pattern in &excuse.settings {
                let is_used = used.iter().any(|(other, used, _)| *other == line && used == pattern);
                if !is_used {
                    found.push(format!("{pattern} | {}", excuse.reason));
                }
            }
            for target in excuse.targets.iter().filter(|_| !excuse.is_for_all) {
                if !used.iter().any(|(other, _, used)| *other == line && used == target) {
                    found.push(format!("{} | {}", target.word(), excuse.reason));
                }
            }
        }
        found
    }
}

fn excuse(line: &'static str) -> Excuse {
    let [targets, settings, reason] = line.split(" | ").collect::<Vec<_>>()[..] else {
        panic!("not `TARGETS | SETTINGS | why`: {line}")
    };
    let is_for_all = targets == "all";
    let named = |target: &&TargetName| is_for_all || targets.split(", ").any(|word| word == target.word());
    Excuse {
        targets: TargetName::ALL
            .iter()
            .filter(|target| runs(**target))
            .filter(named)
            .copied()
            .collect(),
        is_for_all,
        settings: settings.split(", ").collect(),
        reason,
    }
}

/// `*` stands for any text.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let ends = std::iter::once(name.len()).chain(name.char_indices().map(|(at, _)| at));
            ends.into_iter().any(|at| is_like(&name[at..], rest))
        }),
    }
}

#[test]
fn patterns() {
    assert!(is_like("service.uses.pool", "*.uses.*"));
    assert!(is_like("service.threads", "*.threads*"));
    assert!(!is_like("service.uses", "*.uses.*"));
    assert!(is_like("service.calls.kind async", "*.calls.kind *"));
}
