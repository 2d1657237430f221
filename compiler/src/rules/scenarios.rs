//! LL10: what-ifs that cannot be, or that show nothing.

pub mod event_after_end;
pub mod event_cannot_happen;
pub mod metric_does_not_fit;
pub mod nothing_to_measure;
pub mod scenario_expects_nothing;
