//! A sweep as one JSON document, and back; its schema is `docs/schema/sweep.schema.json`.
//!
//! Of each cell every run is there, in columns: a part is put together with others from them, and nothing is rounded.

use serde::{Deserialize, Serialize};

use super::{Asked, Cell, Mode, Question, Row, Shard, Summary, Sweep};

/// Raised when a field is removed or changes its meaning; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    schema_version: u32,
    tool: Tool,
    #[serde(flatten)]
    question: Question,
    shard: Option<Shard>,
    /// See [`Sweep::succeeds`]; nothing in a part, which does not know it.
    #[serde(skip_deserializing)]
    passed: Option<bool>,
    cells: Vec<CellDocument>,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct CellDocument {
    values: Vec<Option<String>>,
    problems: Vec<String>,
    expectations: Vec<Asked>,
    stores: Vec<String>,
    /// Nothing in a part, which does not know it.
    #[serde(skip_deserializing)]
    summary: Option<Summary>,
    runs: Columns,
}

/// Rows as columns.
#[derive(Default, Serialize, Deserialize)]
struct Columns {
    run: Vec<u64>,
    settled: Vec<bool>,
    arrived: Vec<u64>,
    succeeded: Vec<u64>,
    failed: Vec<u64>,
    dropped: Vec<u64>,
    p50_us: Vec<Option<u64>>,
    p95_us: Vec<Option<u64>>,
    p99_us: Vec<Option<u64>>,
    /// A list for each run, in the order of stores.
    connections: Vec<Vec<u64>>,
    refused: Vec<Vec<u64>>,
    /// A list for each run, in the order of expectations.
    measured: Vec<Vec<Option<u64>>>,
    held: Vec<Vec<bool>>,
}

/// Why a text is no sweep, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// A document as a value that is written.
pub(crate) fn write(sweep: &Sweep) -> impl Serialize {
    let whole = sweep.shard.is_none();
    let cells: Vec<CellDocument> = sweep.cells.iter().map(|cell| CellDocument::of(cell, whole)).collect();
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "loadline".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        question: sweep.question.clone(),
        shard: sweep.shard,
        passed: whole.then(|| sweep.succeeds()),
        cells,
    }
}

/// What [`write`] wrote.
///
/// # Errors
/// When it is something else, was written by another version, or contradicts itself.
pub fn read(text: &str) -> Result<Sweep, Unreadable> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| Unreadable(format!("no result of a sweep: {error}")))?;
    let version = env!("CARGO_PKG_VERSION");
    if document.schema_version != SCHEMA_VERSION || document.tool.version != version {
        let other = document.tool.version;
        return Err(Unreadable(format!(
            "written by loadline {other}; this is {version}, whose results may differ"
        )));
    }
    let cells: Option<Vec<Cell>> = document.cells.into_iter().map(CellDocument::into_cell).collect();
    let sweep = cells.map(|cells| Sweep {
        question: document.question,
        shard: document.shard,
        cells,
    });
    sweep
        .filter(Sweep::is_consistent)
        .ok_or_else(|| Unreadable("its runs do not fit what it says of itself; was it cut or edited?".to_owned()))
}

impl Sweep {
    /// Whether every expectation held in every cell, and each could be simulated; of a search, whether the least value holds.
    #[must_use]
    pub fn succeeds(&self) -> bool {
        let mut passed = self
            .cells
            .iter()
            .map(|cell| Summary::of(cell).is_some_and(|summary| summary.passed));
        match self.question.mode {
            Mode::Grid | Mode::OneAtATime => passed.all(|passed| passed),
            Mode::Largest => passed.next().unwrap_or(false),
        }
    }

    /// Whether each cell has the runs that it should have, in their order, each once.
    pub(super) fn is_consistent(&self) -> bool {
        let runs = self.question.runs;
        let axes = &self.question.axes;
        let shard = self.shard;
        shard.is_none_or(|shard| shard.index < shard.of)
            && self.cells.iter().enumerate().all(|(place, cell)| {
                let has = |run: &u64| shard.is_none_or(|shard| shard.has(place, *run, runs));
                let wanted = (0..runs).filter(has).filter(|_| cell.problems.is_empty());
                cell.values.len() == axes.len()
                    && cell.runs.iter().map(|row| row.run).eq(wanted)
                    && cell.runs.iter().all(|row| cell.fits(row))
            })
    }
}

impl Cell {
    fn fits(&self, row: &Row) -> bool {
        let stores = self.stores.len();
        let expectations = self.expectations.len();
        let [arrived, succeeded, failed, dropped] = row.requests;
        let done = [succeeded, failed, dropped]
            .into_iter()
            .try_fold(0_u64, u64::checked_add);
        (row.connections.len(), row.refused.len()) == (stores, stores)
            && (row.measured.len(), row.held.len()) == (expectations, expectations)
            && done.is_some_and(|done| done <= arrived)
    }
}

impl CellDocument {
    fn of(cell: &Cell, whole: bool) -> Self {
        let mut runs = Columns::default();
        for row in &cell.runs {
            runs.push(row.clone());
        }
        Self {
            values: cell.values.clone(),
            problems: cell.problems.clone(),
            expectations: cell.expectations.clone(),
            stores: cell.stores.clone(),
            summary: Summary::of(cell).filter(|_| whole),
            runs,
        }
    }

    fn into_cell(self) -> Option<Cell> {
        Some(Cell {
            runs: self.runs.into_rows()?,
            values: self.values,
            problems: self.problems,
            expectations: self.expectations,
            stores: self.stores,
        })
    }
}

impl Columns {
    fn push(&mut self, row: Row) {
        let [arrived, succeeded, failed, dropped] = row.requests;
        let [p50, p95, p99] = row.latency_us;
        self.run.push(row.run);
        self.settled.push(row.settled);
        self.arrived.push(arrived);
        self.succeeded.push(succeeded);
        self.failed.push(failed);
        self.dropped.push(dropped);
        self.p50_us.push(p50);
        self.p95_us.push(p95);
        self.p99_us.push(p99);
        self.connections.push(row.connections);
        self.refused.push(row.refused);
        self.measured.push(row.measured);
        self.held.push(row.held);
    }

    /// Nothing if the columns are not equally long.
    fn into_rows(self) -> Option<Vec<Row>> {
        let count = self.run.len();
        let mut settled = self.settled.into_iter();
        let mut requests = [self.arrived, self.succeeded, self.failed, self.dropped].map(Vec::into_iter);
        let mut latency = [self.p50_us, self.p95_us, self.p99_us].map(Vec::into_iter);
        let mut lists = [self.connections, self.refused].map(Vec::into_iter);
        let mut measured = self.measured.into_iter();
        let mut held = self.held.into_iter();
        let mut rows = Vec::with_capacity(count);
        for run in self.run {
            let [arrived, succeeded, failed, dropped] = requests.each_mut().map(Iterator::next);
            let [p50, p95, p99] = latency.each_mut().map(Iterator::next);
            let [connections, refused] = lists.each_mut().map(Iterator::next);
            rows.push(Row {
                run,
                settled: settled.next()?,
                requests: [arrived?, succeeded?, failed?, dropped?],
                latency_us: [p50?, p95?, p99?],
                connections: connections?,
                refused: refused?,
                measured: measured.next()?,
                held: held.next()?,
            });
        }
        let ended = requests.iter().all(|column| column.len() == 0)
            && latency.iter().all(|column| column.len() == 0)
            && lists.iter().all(|column| column.len() == 0)
            && (settled.len(), measured.len(), held.len()) == (0, 0, 0);
        ended.then_some(rows)
    }
}
