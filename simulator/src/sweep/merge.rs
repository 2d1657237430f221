//! Parts of a sweep, put together.

use super::{Cell, Shard, Sweep};

/// The whole of which these are the parts, each with the name under which it is talked about. Their order does not matter.
///
/// # Errors
/// When they are not exactly the parts of one sweep: which of them, and why.
pub fn merge(parts: Vec<(String, Sweep)>) -> Result<Sweep, String> {
    let mut parts = parts.into_iter();
    let (first, mut whole) = parts.next().ok_or("there is nothing to put together")?;
    let Some(Shard { index, of }) = whole.shard else {
        return match parts.next() {
            None => Ok(whole),
            Some((second, _)) => Err(format!("{first} is a whole sweep; {second} adds nothing to it")),
        };
    };
    let mut seen: Vec<(u64, String)> = vec![(index, first)];
    for (name, part) in parts {
        let (_, first) = seen.first().ok_or("there is nothing to put together")?;
        let Some(shard) = part.shard else {
            return Err(format!("{name} is a whole sweep, {first} a part of one"));
        };
        if let Some(what) = difference(&whole, &part) {
            return Err(format!("{first} and {name} are of different sweeps: {what}"));
        }
        if shard.of != of {
            return Err(format!("{first} is one of {of} parts, {name} one of {}", shard.of));
        }
        if let Some((_, other)) = seen.iter().find(|(index, _)| *index == shard.index) {
            return Err(format!("{other} and {name} are both part {}/{of}", shard.index));
        }
        for (cell, more) in whole.cells.iter_mut().zip(part.cells) {
            cell.runs.extend(more.runs);
        }
        seen.push((shard.index, name));
    }
    let is_missing = |index: &u64| !seen.iter().any(|(seen, _)| seen == index);
    // A part may say that it is one of very many.
    let missing: Vec<String> = (0..of)
        .filter(is_missing)
        .take(10)
        .map(|index| format!("{index}/{of}"))
        .collect();
    if !missing.is_empty() {
        let count = of - seen.len() as u64;
        let more = if 10 < count {
            format!(" and {} more", count - 10)
        } else {
            String::new()
        };
        return Err(format!("{count} of {of} parts missing: {}{more}", missing.join(", ")));
    }
    for cell in &mut whole.cells {
        cell.runs.sort_by_key(|row| row.run);
    }
    whole.shard = None;
    if whole.is_consistent() {
        Ok(whole)
    } else {
        Err("the parts do not hold every run once".to_owned())
    }
}

/// In what two parts differ that should not.
fn difference(one: &Sweep, other: &Sweep) -> Option<String> {
    let (mine, theirs) = (&one.question, &other.question);
    if mine.scenario != theirs.scenario {
        return Some(format!("scenario {} and {}", mine.scenario, theirs.scenario));
    }
    if mine.asked != theirs.asked {
        return Some(format!("{} and {}", mine.asked.join(" "), theirs.asked.join(" ")));
    }
    if mine.spec_sha256 != theirs.spec_sha256 {
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        let (mine, theirs) = (short(&mine.spec_sha256), short(&theirs.spec_sha256));
        return Some(format!("the spec of one has the digest {mine}, of the other {theirs}"));
    }
    if mine.axes != theirs.axes || mine.mode != theirs.mode {
        return Some("other values are varied".to_owned());
    }
    if mine.seed != theirs.seed {
        return Some(format!("seed {} and {}", mine.seed, theirs.seed));
    }
    if mine.runs != theirs.runs {
        return Some(format!("{} runs and {}", mine.runs, theirs.runs));
    }
    let same = |(one, other): (&Cell, &Cell)| {
        let (one, other) = (one.without_runs(), other.without_runs());
        one == other
    };
    let cells = one.cells.len() == other.cells.len() && one.cells.iter().zip(&other.cells).all(same);
    (!cells).then(|| "their cells are not the same".to_owned())
}

impl Cell {
    fn without_runs(&self) -> Self {
        Self {
            values: self.values.clone(),
            problems: self.problems.clone(),
            expectations: self.expectations.clone(),
            stores: self.stores.clone(),
            runs: Vec::new(),
        }
    }
}
