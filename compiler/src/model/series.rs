//! Recorded rates of traffic.

use std::collections::BTreeMap;

use crate::quantity::Rate;

/// Rates by file, in the order of its lines.
#[derive(Clone, Debug, Default)]
pub struct Series(pub BTreeMap<String, Vec<Rate>>);
