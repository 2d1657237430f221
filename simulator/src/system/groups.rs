//! The nodes that services share.

use crate::placement::{Amounts, Nodes};

/// The nodes of a cluster that says how many it has.
#[derive(Clone, Debug)]
pub struct Group {
    /// With what runs there and is not simulated in its place already.
    pub nodes: Nodes,
    /// What pods can ask for on each; without end where it is not said.
    pub allocatable: Amounts,
    /// What the first of them is among all nodes by their names.
    pub first: usize,
}
