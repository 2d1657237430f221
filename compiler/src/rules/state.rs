//! LL8: where state lives, and what traffic does on its way.

mod entrance;
pub mod html_cached;
pub mod queue_unbounded;
pub mod queue_without_dead_letter;
pub mod sessions_in_memory;
pub mod slo_unreachable;
pub mod sticky_with_scale_in;
pub mod stream_buffered;
pub mod upload_exceeds_body_limit;
pub mod visibility_shorter_than_processing;
pub mod websocket_without_affinity_or_pubsub;
pub mod worker_not_idempotent;
