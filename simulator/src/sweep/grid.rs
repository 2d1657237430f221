//! Which combinations there are, and which machine computes what.

use serde::{Deserialize, Serialize};

use super::Axis;

/// Most cells of a sweep.
pub const CELLS_MAX: usize = 10_000;

/// How values are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each with each.
    Grid,
    /// The spec as it is, then each value alone.
    OneAtATime,
    /// Those that were looked at in search of the largest that holds.
    Largest,
}

/// For each axis the place of its value; none where the spec stays as it is.
pub type Steps = Vec<Option<usize>>;

/// All cells; of a grid the last axis changes fastest.
///
/// # Errors
/// When there are more than [`CELLS_MAX`].
pub fn cells(axes: &[Axis], mode: Mode) -> Result<Vec<Steps>, String> {
    let lengths = axes.iter().map(|axis| axis.values.len());
    let count = match mode {
        Mode::Grid => lengths.fold(1_usize, usize::saturating_mul),
        Mode::OneAtATime | Mode::Largest => lengths.fold(1_usize, usize::saturating_add),
    };
    if CELLS_MAX < count {
        return Err(format!("these are {count} cells; {CELLS_MAX} are the most"));
    }
    let start: Vec<Steps> = vec![Vec::new()];
    Ok(match mode {
        Mode::Grid => axes.iter().fold(start, |cells, axis| {
            let longer = cells.iter().flat_map(|cell| {
                (0..axis.values.len()).map(|place| {
                    let mut cell = cell.clone();
                    cell.push(Some(place));
                    cell
                })
            });
            longer.collect()
        }),
        Mode::OneAtATime | Mode::Largest => {
            let as_it_is: Steps = vec![None; axes.len()];
            let alone = axes.iter().enumerate().flat_map(|(varied, axis)| {
                let width = axes.len();
                (0..axis.values.len())
                    .map(move |place| (0..width).map(|each| (each == varied).then_some(place)).collect())
            });
            std::iter::once(as_it_is).chain(alone).collect()
        }
    })
}

/// A part of a sweep's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u64,
    /// How many parts there are.
    pub of: u64,
}

impl Shard {
    /// From `I/N`, as in `0/3`, `1/3`, `2/3`.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index < of => Ok(Self { index, of }),
            Some((index, of)) if 0 < of => Err(format!(
                "parts count from 0: the last of {of} is {}/{of}, not {index}/{of}",
                of - 1
            )),
            _ => Err("write `I/N`: of three parts `0/3`, `1/3` and `2/3`".to_owned()),
        }
    }

    /// Whether a run of a cell is in it. Runs are dealt like cards: neighbours, which take about as long, go to different parts.
    #[must_use]
    pub fn has(self, cell: usize, run: u64, runs: u64) -> bool {
        let place = (cell as u128) * u128::from(runs) + u128::from(run);
        place % u128::from(self.of.max(1)) == u128::from(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(path: &str, values: &[&str]) -> Axis {
        Axis {
            path: path.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        }
    }

    #[test]
    fn every_combination_or_each_alone() {
        let axes = [axis("a", &["1", "2"]), axis("b", &["x", "y", "z"])];
        let shown = |mode| {
            let cells = cells(&axes, mode).unwrap();
            let place = |place: &Option<usize>| place.map_or_else(|| "-".to_owned(), |place| place.to_string());
            let cell = |cell: &Steps| cell.iter().map(place).collect::<String>();
            cells.iter().map(cell).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(Mode::Grid), "00 01 02 10 11 12");
        assert_eq!(shown(Mode::OneAtATime), "-- 0- 1- -0 -1 -2");
        let long: Vec<String> = (0..101).map(|value| value.to_string()).collect();
        let long = Axis {
            path: "a".to_owned(),
            values: long,
        };
        assert!(cells(&[long.clone(), long], Mode::Grid).is_err());
    }

    #[test]
    fn every_run_is_in_one_part() {
        for of in 1..6 {
            for (cell, run) in (0..4).flat_map(|cell| (0..7).map(move |run| (cell, run))) {
                let parts = (0..of).filter(|&index| Shard { index, of }.has(cell, run, 7));
                assert_eq!(parts.count(), 1);
            }
        }
        assert_eq!(Shard::parse("2/3"), Ok(Shard { index: 2, of: 3 }));
        for wrong in ["3/3", "0/0", "1", "a/b", "-1/2", ""] {
            assert!(Shard::parse(wrong).is_err(), "{wrong}");
        }
    }
}
