//! What `loadline simulate` says of a spec, against the same spec running: what was emitted for nginx and PM2, Node, PostgreSQL.
//!
//! Each experiment compares numbers of requests by what became of them, and says beforehand what another spec would have been
//! told: that has to disagree, or the comparison would prove nothing. What is measured is a row of the table in
//! `docs/simulator.md`; `scripts/validate-live` makes it.

mod distance;
mod event_loop;
mod keep_alive;
mod load;
mod pool;
mod prediction;
mod reload;
mod retries;
mod sessions;
mod stage;
mod upstreams;
