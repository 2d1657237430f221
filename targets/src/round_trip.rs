//! Texts go through whole targets, and what reads the files gives them back.
//!
//! Each target gets one spec with awkward texts in every place that takes text of the user's. It is compiled twice: once
//! with the texts, once with marks in their stead. The consumer's own reader reads both, and what it sees of the first
//! must be what it sees of the second with the texts put in for the marks: so every text comes back, and none changes
//! anything beside its place. A text that is refused instead must be refused at its own place, and for a reason.
//!
//! The outputs with marks also give what a target without escapes would have written. The readers must notice that.
//!
//! `scripts/texts` draws other texts each time, and more of them.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::string_slice,
    reason = "the tests ask real programs"
)]

mod compose;
mod docker;
mod kubelet;
mod kubernetes;
mod nginx;
mod pm2;
mod probes;
mod release;
mod systemd;
mod texts;
mod tools;
mod trial;

pub(crate) use kubelet::expanded;
