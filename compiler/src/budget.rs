//! The arithmetic of the domain: worst-case instances, connections, memory, shutdown.
//!
//! Rules, help texts, `show`, emitters and the simulator's bound all read these numbers, so that they cannot disagree.
//! Every sum keeps its terms: a reader can check it with a pencil.

pub mod availability;
pub mod capacity;
pub mod connections;
pub mod host_memory;
pub mod instances;
pub mod memory;
pub mod placement;
pub mod probes;
pub mod proxy;
pub mod ready;
pub mod release;
pub mod replacement;
pub mod restart;
pub mod restart_threshold;
pub mod retries;
pub mod rolling;
pub mod shutdown;
pub mod visible_memory;

pub use connections::{Client, ClientDemand, Demand, Situation, Supply};
pub use instances::{Live, LiveHow};
pub use memory::MemorySum;
pub use restart_threshold::RestartThreshold;
pub use shutdown::ShutdownSum;
pub use visible_memory::VisibleMemory;
