//! What a run comes to: plain figures, which many runs can be summed up from, and the story of one.

mod cause;
mod figures;
mod story;
mod study;

pub use cause::{Cause, Tally};
pub use figures::{
    Breakdown, Figures, Holder, NodeFigures, Percentiles, QueueFigures, RolloutEnd, RolloutFigures, ServiceFigures,
    SessionFigures, StepEnd, StepFigures, StoreFigures,
};
pub use story::{Chapter, Fact, FactKind, Killed, Place, QueueLine, ServiceLine, StoreLine, Story, Subject, Timeline};
pub use study::{Judged, Measurement, Names, Study, Told};
