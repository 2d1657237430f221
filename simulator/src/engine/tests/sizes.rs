//! What there are many of stays small.

use super::super::agenda::Event;
use super::super::attempt::Attempt;
use super::super::instances::Instance;
use super::super::pools::Pool;
use super::super::serve::Process;
use super::super::table::Ticket;
use crate::Tick;

/// The goals: 1 KiB an instance (here with a process and two pools), 200 bytes a request in flight (here with what is planned for
/// it, and its place among those that may time out).
#[test]
fn an_instance_and_a_request_are_small() {
    let instance = size_of::<Instance>() + size_of::<Process>() + 2 * size_of::<Pool>();
    let request = size_of::<Attempt>() + size_of::<Event>() + 16 + size_of::<(Tick, Ticket)>();
    assert!(instance <= 1024, "{instance} bytes");
    assert!(request <= 200, "{request} bytes");
}
