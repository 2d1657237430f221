//! Why a system cannot be simulated as it is written.

use serde::{Deserialize, Serialize};

use crate::outcome::Place;

/// Something that stands in the way, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Where.
    pub place: Place,
    /// What, in a sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}
