//! The simulator against what is known to be true: closed forms of queueing theory, and laws that hold always.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::missing_docs_in_private_items,
    unreachable_pub,
    reason = "a test may panic, and theory is made of real numbers"
)]

#[path = "truth/oracle.rs"]
mod oracle;
