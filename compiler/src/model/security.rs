//! What a process may do.

use crate::lower::{InstancePath, Text, Val};
use crate::schema::block;

block! {
    /// Locked down unless something is opened here: no root, read-only files, no capabilities.
    pub struct Security("security") {
        /// Numeric user; names cannot be checked to be other than root.
        user: Option<Val<u64>>,
        /// Numeric group.
        group: Option<Val<u64>>,
        /// Paths that may be written; the rest of the file system is read-only.
        writable: Option<Val<Vec<InstancePath>>>,
        /// Linux capabilities that are kept: `["NET_BIND_SERVICE"]`.
        capabilities: Option<Val<Vec<Text>>>,
        /// Where it may connect to besides what the graph says: CIDR blocks.
        egress: Option<Val<Vec<Text>>>,
    }
}
