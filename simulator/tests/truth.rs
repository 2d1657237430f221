//! The simulator against what is known to be true: closed forms of queueing theory, published figures of overload, and laws
//! that hold always. `scripts/validate-simulator` runs all of it, for longer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    unreachable_pub,
    reason = "a test may panic, and theory is made of real numbers"
)]

#[path = "truth/lab.rs"]
mod lab;
#[path = "truth/laws.rs"]
mod laws;
#[path = "truth/metamorphic.rs"]
mod metamorphic;
#[path = "truth/metastable.rs"]
mod metastable;
#[path = "truth/networks.rs"]
mod networks;
#[path = "truth/oracle.rs"]
mod oracle;
#[path = "truth/stations.rs"]
mod stations;
#[path = "truth/worst_case.rs"]
mod worst_case;

use lab::Estimate;

/// Whether everything is run, for as long as it takes to be sure.
#[expect(clippy::disallowed_methods, reason = "a test may be told how long it takes")]
fn full() -> bool {
    std::env::var("LOADLINE_TRUTH").is_ok_and(|value| value == "full")
}

/// Something that theory knows, and what it came to.
struct Row {
    station: String,
    what: &'static str,
    truth: f64,
    found: Estimate,
    /// The greatest standard error that says anything, as a part.
    blur: f64,
}

impl Row {
    fn holds(&self) -> bool {
        self.found.off(self.truth) <= 4.0 && self.found.blur() <= self.blur
    }
}

/// Prints the table, and fails if a row does not hold.
#[track_caller]
fn print_and_judge(name: &str, rows: &[Row]) {
    println!("table {name}");
    println!("| station | what | theory | simulated | standard error | off by |");
    println!("|---|---|---|---|---|---|");
    for Row {
        station,
        what,
        truth,
        found,
        ..
    } in rows
    {
        println!(
            "| {station} | {what} | {truth:.4} | {:.4} | {:.2} % | {:.1} |",
            found.mean,
            found.blur() * 100.0,
            found.off(*truth)
        );
    }
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| !row.holds())
        .map(|row| format!("{}: {}", row.station, row.what))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
